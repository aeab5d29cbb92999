# SPDX-License-Identifier: BSD-2-Clause
"""One TCP connection over two links of 20 Mbit/s and equal delay that share it (`sharing = aggregate`),
against the sum of what each link alone gives in the same run; and multipath TCP of the kernel, without
Monami, against the same sum. The links are token buckets in network namespaces. And one over three links of
unequal rate and delay, in User-Mode Linux."""
from figure import Figure
from netns import Net
from transfer import transfer
from two_links import TwoLinks
from unequal_links import unequal as measure_unequal

GOAL = 0.97
GOAL_UNEQUAL = 0.85
GOAL_BEST = 0.98
UNEQUAL_RUNS = 3  # of minutes each
TEXT = {"down": "to the mobile node", "up": "from the mobile node"}


def once(options, figures, multipath):
    """A run of all figures in one network."""
    how = {"seconds": options.aggregate_seconds, "start": options.aggregate_seconds / 2}
    with Net("ma") as net:
        world = TwoLinks(net, options.build)
        world.wait_care_of_addresses()
        world.start()
        world.configure(("first", "first"))
        alone = {way: world.each_alone(way, **how) for way in figures}
        world.configure(TwoLinks.sharing)
        world.wait_sharing()
        for way, figure in figures.items():
            both = transfer(world, way, **how)
            figure.add(both.mbit / sum(alone[way]), mbit=both.mbit, alone_mbit=sum(alone[way]))
            options.say(f"{figure.name}: {both.mbit:.1f} of {sum(alone[way]):.1f} Mbit/s: {figure.values[-1]:.3f}")
        rate = world.multipath(**how)
        multipath.add(rate / sum(alone["up"]), mbit=rate)
        options.say(f"{multipath.name}: {rate:.1f} Mbit/s: {multipath.values[-1]:.3f}")


def aggregate(options):
    figures = {way: Figure(f"aggregate-{way}", f"one TCP connection {text} over two links / the sum of each alone",
                           "ratio", GOAL) for way, text in TEXT.items()}
    multipath = Figure("aggregate-mptcp", "multipath TCP of the kernel from the mobile node / the same sum", "ratio")
    for _ in range(options.runs):
        once(options, figures, multipath)
    yield from figures.values()
    yield multipath


def unequal(options):
    for way, text in TEXT.items():
        of_sum = Figure(f"unequal-{way}", f"one TCP connection {text} over three unequal links / the sum of each alone",
                        "ratio", GOAL_UNEQUAL)
        of_best = Figure(f"unequal-best-{way}", "the same / the best link alone", "ratio", GOAL_BEST)
        for _ in range(min(options.runs, UNEQUAL_RUNS)):
            rates = measure_unequal(options.build, way, options.aggregate_seconds)
            alone, together = rates["alone"], rates["all"]
            of_sum.add(together / sum(alone), mbit=together, alone_mbit=sum(alone))
            of_best.add(together / max(alone), best_mbit=max(alone))
            options.say(f"{of_sum.name}: {together:.1f} of {sum(alone):.1f} Mbit/s: {of_sum.values[-1]:.3f}, "
                        f"{of_best.values[-1]:.3f} of the best")
        yield of_sum
        yield of_best
