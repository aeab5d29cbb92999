# SPDX-License-Identifier: BSD-2-Clause
"""`--route-optimization`: the same story with a correspondent that is reached directly, by two links
at once; and what goes by the home agent all the same."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "support"))

import measure                                                  # noqa: E402
from direct_network import DirectNetwork                        # noqa: E402
from events import Event, numbered, story                       # noqa: E402
from load import Download, Downloads, Sampler                # noqa: E402

# A correspondent that did not answer is soon asked again.
OPTIMIZATION = "refused = 2"
# Of a firewall before the correspondent that lets nothing of Mobile IPv6's signalling through.
FIREWALL = ("table ip6 firewall {\n\tchain through { type filter hook forward priority 0\n"
            "\t\tmeta l4proto 135 drop\n\t}\n}\n")
FIRST_SECONDS = 5
# Flows are spread over equally good links by their addresses and ports (src/bpf/choice.h): with these
# ports one download takes wifi0, as the probes do, and the other one cell0.
DOWNLOADS = ((8080, 8001, 290_000_000), (8081, 8003, 170_000_000))  # port, own port, octets
# In the network of DirectNetwork, all that goes between mobile node and correspondent passes the
# router `edge` by one of these.
DETOUR, STRAIGHT = "ha0", "core0"
# Home tests go by the home agent, and so do packets until a node that comes back is known directly.
SHARE_BEFORE, SHARE_AFTER = 0.99, 0.01
BOTH_MBIT = 1


class World(DirectNetwork):
    """wifi0 and cell0 are equally good. What the mobile node asks the correspondent does not reach it
    until the firewall is opened."""

    def __init__(self, net, build):
        super().__init__(net, build, optimization=OPTIMIZATION)
        self.closed = True
        self.edge.nft(FIREWALL)

    def mobile_node_config(self):
        self.link("cell0").priority = self.link("wifi0").priority
        return super().mobile_node_config()

    def daemons(self):
        return [*super().daemons(), self.correspondent]

    def start(self):
        self.correspondent.start()
        super().start()

    def open(self):
        self.edge.nft("delete table ip6 firewall\n")
        self.closed = False

    def wait_registered(self, names=None, seconds=15):
        """At the correspondent, too, once it is asked."""
        super().wait_registered(names, seconds)
        if not self.closed:
            self.wait_optimized([self.link(name) for name in names or ()] or None, seconds)


def open_firewall(event, world):
    world.open()
    world.wait_optimized(seconds=25)
    event.moments.append((time.monotonic_ns(), "straight"))


def direct_story():
    first = Event("straight", "a firewall before the correspondent lets Mobility Headers through",
                  "the node shows where it is; then packets go straight, by two links at once, and none "
                  "is lost",
                  "wifi0", open_firewall, 8, lost=0)
    return numbered([first, *story()])


def downloads(world):
    """The files are made before anything flows."""
    return Downloads([Download(world, octets, port, own) for port, own, octets in DOWNLOADS])


def edge_sampler(world):
    inside = world.edge.start("inside", "sleep", "infinity")
    return Sampler(inside.pid, [DETOUR, STRAIGHT])


def ways_of(samples):
    return measure.Ways(samples, DETOUR, STRAIGHT)


def add_to_summary(summary, events, ways, rates, end):
    """What route optimization adds: shares of the home agent, and whether they and the two links are as
    they should be."""
    for event, figures, until in zip(events, summary["events"],
                                     [event.time for event in events[1:]] + [end]):
        figures["home_agent_share"] = ways.share(event.time, until)
    straight, following = events[0], events[1]
    since = straight.settled or straight.time
    before = ways.share(ways.begin, straight.time)
    after = ways.share(since, end)
    by_home_agent, directly = ways.octets(since, end)
    links = {name: mean(rates[name], since, following.time) for name in ("wifi0", "cell0")}
    summary["home_agent"] = {
        "share_before": before, "share_after": after,
        "octets_after": by_home_agent, "octets_directly": directly,
        "seconds_to_straight": round((since - straight.time) / 1e9, 3),
        "limit_share_before": SHARE_BEFORE, "limit_share_after": SHARE_AFTER,
        "passed": (before is not None and before >= SHARE_BEFORE
                   and after is not None and after <= SHARE_AFTER),
    }
    summary["links_at_once"] = {
        "mbit_s": {name: round(rate, 2) for name, rate in links.items()},
        "passed": min(links.values()) >= BOTH_MBIT,
    }
    summary["passed"] = (summary["passed"] and summary["home_agent"]["passed"]
                         and summary["links_at_once"]["passed"])


def mean(rates, since, until):
    times, received, _ = rates
    inside = [rate for t, rate in zip(times, received) if since <= t < until]
    return sum(inside) / len(inside) if inside else 0
