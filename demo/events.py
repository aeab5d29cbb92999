# SPDX-License-Identifier: BSD-2-Clause
"""The story: what happens to the mobile node, one event after the other. Each event waits for the
state that must follow, not for a time; what it measures is left to measure.py."""
import time

import measure
from netns import Timeout, wait_for

LINKS = ("wifi0", "cell0", "sat0")
OUTAGE_SECONDS, OUTAGE_SHORT_SECONDS = 5, 1
KILLED_SECONDS, KILLED_SHORT_SECONDS = 2, 0.5
# The kernel solicits routers and detects duplicates on links that come back: up to one second of
# random delay, then one second of waiting (RFC 4862 5.4.2, 5.4.1).
RETURN_MS = 3000
SETTLE_SECONDS = 15


class Event:
    """`gap_ms`: the longest silence allowed, beside one round trip; `lost`: packets allowed to be
    lost, each way. None: not limited. `act` does it, `link` is sent by when it is over, and every
    link in `registered` is registered and answers; links that are equally good all carry something.
    `seconds`: how long it then goes on, for the picture."""

    def __init__(self, name, text, aim, link, act, seconds, gap_ms=None, lost=None,
                 outage=False, registered=()):
        self.name = name
        self.text = text
        self.aim = aim
        self.link = link
        self.act = act
        self.seconds = seconds
        self.gap_ms = gap_ms
        self.lost = lost
        self.outage = outage  # for a while nothing can be sent by
        self.number = 0
        self.time = 0
        self.settled = None
        self.waited = 0  # until settled, ns: so long some process had to wait for a processor
        self.ready = None  # settled, all that is to be registered is, and equally good links carry
        self.spread_seconds = None  # from settled until all equally good links carried
        self.registered = registered
        self.moments = []  # (ns, word): what to point at in the picture
        self.bids_before = self.bids_after = ()  # the best first; several if they are equally good
        self.bid_expected = None

    @property
    def bid_before(self):
        return self.bids_before[0] if self.bids_before else None

    @property
    def bid_after(self):
        return self.bids_after[0] if self.bids_after else None

    def run(self, world, stage):
        """Does it, waits until the expected link is sent by, and lets the traffic flow a while."""
        self.bid_expected = world.link(self.link).bid
        self.bids_before = bids(world)
        waited = measure.waited()
        self.time = time.monotonic_ns()
        try:
            self.act(self, world)
            world.wait_selected(self.link, SETTLE_SECONDS)
            self.settled = time.monotonic_ns()
            self.waited = measure.waited() - waited
            if self.lost == 0 and not self.moments:
                self.moments.append((self.settled, "takes over"))
            if self.registered:
                world.wait_registered(self.registered, SETTLE_SECONDS)
            self.bids_after = bids(world)
            stage.wait_download()
            self.wait_spread(world, stage)
            self.ready = time.monotonic_ns()
        except Timeout as e:
            self.bids_after = self.bids_after or bids(world)
            stage.note(str(e))
        stage.dwell(self.seconds)

    def wait_spread(self, world, stage):
        """All links that are as good as the one that is sent by carry a download."""
        if len(self.bids_after) > 1:
            stage.wait_spread([link.name for link in world.links if link.bid in self.bids_after])
            self.spread_seconds = (time.monotonic_ns() - self.settled) / 1e9


def bids(world):
    """Of the link that is sent by, and then of those that are as good as it."""
    links = world.mobile_node.links()
    best = next((link for link in links.values() if link["selected"]), None)
    if best is None:
        return ()
    others = sorted(link["bid"] for link in links.values()
                    if link["priority"] == best["priority"] and link["registered"]
                    and link["path"] == "alive" and link["bid"] != best["bid"])
    return (best["bid"], *others)


def lose_wifi(_event, world):
    world.carrier(world.link("wifi0"), False)


def silence_cell(_event, world):
    world.silence(world.link("cell0"), True)


def cell_elsewhere(_event, world):
    cell = world.link("cell0")
    world.renumber(cell, "2001:db8:22::/64")
    world.silence(cell, False)


def wifi_returns(_event, world):
    world.carrier(world.link("wifi0"), True)


def all_down(seconds):
    def act(_event, world):
        for link in world.links:
            world.carrier(link, False)
        time.sleep(seconds)
        for link in world.links:
            world.carrier(link, True)
    return act


def facts(world):
    """The home agent's bindings, without what changes by itself."""
    return {(b["home_address"], b["bid"], b["care_of_address"])
            for b in world.home_agent.bindings()}


def kill_home_agent(seconds):
    def act(event, world):
        before = facts(world)
        event.moments.append((time.monotonic_ns(), "killed"))
        world.home_agent.kill()
        time.sleep(seconds)
        event.moments.append((time.monotonic_ns(), "started"))
        world.home_agent.start()
        wait_for("the home agent's bindings after its restart", lambda: facts(world) == before,
                 SETTLE_SECONDS)
    return act


def story(short=False):
    outage = OUTAGE_SHORT_SECONDS if short else OUTAGE_SECONDS
    killed = KILLED_SHORT_SECONDS if short else KILLED_SECONDS
    return numbered([
        Event("carrier lost", "wifi0 loses its carrier",
              "the next link is sent by at once, and the home agent is told",
              "cell0", lose_wifi, 8, gap_ms=50),
        Event("silent death", "cell0 goes silently dead: packets vanish, the carrier stays",
              "traffic without an answer makes the path suspect, probes prove it dead",
              "sat0", silence_cell, 9, gap_ms=150),
        Event("another prefix", "cell0 comes back, in another network",
              "a new care-of address under the same BID takes over, nothing is lost",
              "cell0", cell_elsewhere, 8, lost=0, registered=("cell0", "sat0")),
        Event("better link returns", "wifi0 gets its carrier back",
              "the better link takes over, nothing is lost",
              "wifi0", wifi_returns, 8, lost=0, registered=LINKS),
        Event("all links down", f"all three links lose their carrier for {outage} s",
              "the connection waits, and goes on",
              "wifi0", all_down(outage), 6, gap_ms=outage * 1000 + RETURN_MS, outage=True,
              registered=LINKS),
        Event("home agent killed", "the home agent's daemon is killed with -9, and started again",
              "forwarding goes on without it; it finds its bindings again",
              "wifi0", kill_home_agent(killed), 5, lost=0),
    ])


def numbered(events):
    for number, event in enumerate(events, 1):
        event.number = number
    return events
