# SPDX-License-Identifier: BSD-2-Clause
"""`--route-optimization`: the same story with a correspondent that is reached directly, by two links
at once; and what goes by the home agent all the same."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "support"))

import measure                                                  # noqa: E402
import rendezvous                                               # noqa: E402
from direct_network import DirectNetwork                        # noqa: E402
from events import Event, numbered, story                       # noqa: E402
from load import PROBE_PORT, Download, Downloads, Sampler       # noqa: E402
from topology import CORRESPONDENT, HOME_ADDRESS                # noqa: E402

# A correspondent that did not answer is soon asked again.
OPTIMIZATION = "refused = 2"
# Of a firewall before the correspondent that lets nothing of Mobile IPv6's signalling through.
FIREWALL = ("table ip6 firewall {\n\tchain through { type filter hook forward priority 0\n"
            "\t\tmeta l4proto 135 drop\n\t}\n}\n")
FIRST_SECONDS = 5
# A download for each of the equally good links. Addresses and ports decide which link a flow takes: the demo looks
# for own ports from FIRST_OWN_PORT on.
DOWNLOADS = ((8080, "wifi0"), (8081, "cell0"))
FIRST_OWN_PORT = 8001
# In the network of DirectNetwork, all that goes between mobile node and correspondent passes the
# router `edge` by one of these.
DETOUR, STRAIGHT = "ha0", "core0"
# Home tests go by the home agent.
SHARE_BEFORE, SHARE_AFTER = 0.99, 0.01


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


def direct_story(short):
    first = Event("straight", "a firewall before the correspondent lets Mobility Headers through",
                  "the node shows where it is; then packets go straight, by two links at once, and none "
                  "is lost",
                  "wifi0", open_firewall, 8, lost=0)
    return numbered([first, *story(short)])


def equal_bids(world):
    return [world.link(name).bid for _, name in DOWNLOADS]


def downloads(world):
    """One by each of the equally good links."""
    return Downloads([Download(world, port, next(rendezvous.home_ports(
        world.link(name).bid, equal_bids(world), HOME_ADDRESS, CORRESPONDENT, rendezvous.TCP, port,
        FIRST_OWN_PORT))) for port, name in DOWNLOADS])


def probe_port(world):
    """The port of both ends of the probes, chosen so that they go by wifi0, the link that fails."""
    return next(port for port in range(PROBE_PORT, 65536) if world.link("wifi0").bid == rendezvous.bid_of(
        equal_bids(world), HOME_ADDRESS, CORRESPONDENT, rendezvous.UDP, port, port))


def edge_sampler(world):
    inside = world.edge.start("inside", "sleep", "infinity")
    return Sampler(inside.pid, [DETOUR, STRAIGHT])


def ways_of(samples):
    return measure.Ways(samples, DETOUR, STRAIGHT)


def add_to_summary(summary, events, ways, rates, end):
    """The additional results of route optimization: shares of the home agent, and whether they and the two links are as
    they should be. What comes back from an outage goes by the home agent until it is bound again, which
    takes as long as it takes: it is not counted."""
    ends = [event.time for event in events[1:]] + [end]
    for event, figures, until in zip(events, summary["events"], ends):
        figures["home_agent_share"] = ways.share(event.time, until)
    straight, following = events[0], events[1]
    since = straight.settled or straight.time
    before = ways.share(ways.begin, straight.time)
    by_home_agent, directly = ways.octets_within(
        [(event.ready, until) for event, until in zip(events, ends) if event.ready])
    after = by_home_agent / (by_home_agent + directly) if by_home_agent + directly else None
    spread = [event.spread_seconds for event in events if len(event.bids_after) > 1]
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
        "seconds": [None if one is None else round(one, 3) for one in spread],
        "passed": len(spread) > 1 and None not in spread,
    }
    summary["passed"] = (summary["passed"] and summary["home_agent"]["passed"]
                         and summary["links_at_once"]["passed"])


def mean(rates, since, until):
    times, received, _ = rates
    inside = [rate for t, rate in zip(times, received) if since <= t < until]
    return sum(inside) / len(inside) if inside else 0
