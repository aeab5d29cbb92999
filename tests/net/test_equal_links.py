# SPDX-License-Identifier: BSD-2-Clause
"""Flows over two equally good links: when a link fails, its flows go on by the other one; when it returns, they
come back, both ways, without loss. By the home agent, and directly to a correspondent."""
import json
import os
import time

import pytest
import rendezvous
import topology
from conftest import BUILD
from direct_network import DirectNetwork
from netns import wait_for
from topology import CORRESPONDENT, HOME_ADDRESS

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")

FLOWS, FIRST_PORT, EVERY = 16, 5000, 0.02
RETURN_SECONDS = 2

# A numbered packet of each flow every `every` seconds, to a peer that runs the same. For each line on
# standard input it prints the next number; at the end, which numbers came, of each flow.
_FLOWS = r"""
import json, select, socket, sys, time
own, peer, first, flows, every = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:5]), float(sys.argv[5])
sockets = []
for port in range(first, first + flows):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.bind((own, port)); s.connect((peer, port)); s.setblocking(False)
    sockets.append(s)
came, number, due, end = [[] for _ in sockets], 0, time.monotonic(), None
while end is None or time.monotonic() < end:
    waiting = sockets if end else [*sockets, sys.stdin]
    for ready in select.select(waiting, [], [], max(0, due - time.monotonic()))[0]:
        if ready is not sys.stdin:
            try:
                came[sockets.index(ready)].append(int(ready.recv(100)))
            except OSError:
                pass
        elif sys.stdin.readline():
            print(number, flush=True)
        else:
            end = time.monotonic() + 0.5
    if time.monotonic() >= due and not end:
        for s in sockets:
            try:
                s.send(b"%d" % number)
            except OSError:
                pass
        number += 1
        due = max(due + every, time.monotonic() - every)
print(json.dumps({"end": number, "came": came}), flush=True)
"""


class Flows:
    """Between the same ports of both ends."""

    def __init__(self, world):
        words = (FIRST_PORT, FLOWS, EVERY)
        self.ends = [world.mn.start("flows", "/usr/bin/python3", "-c", _FLOWS, HOME_ADDRESS, CORRESPONDENT,
                                    *words, pipe=True),
                     world.cn.start("flows", "/usr/bin/python3", "-c", _FLOWS, CORRESPONDENT, HOME_ADDRESS,
                                    *words, pipe=True)]

    def mark(self):
        """The next packet of each end: (up, down)."""
        marks = []
        for end in self.ends:
            end.popen.stdin.write("\n")
            end.popen.stdin.flush()
            marks.append(int(end.popen.stdout.readline()))
        return marks

    def lost_since(self, marks):
        """Ends them. What was sent since and did not come: [(flow, number), ...] up and down."""
        for end in self.ends:
            end.popen.stdin.close()
        here, there = (json.loads(end.popen.stdout.readline()) for end in self.ends)
        return [[(flow, number) for flow in range(FLOWS)
                 for number in range(mark, sender["end"]) if number not in set(receiver["came"][flow])]
                for mark, sender, receiver in zip(marks, (here, there), (there, here))]


def foretold(bids):
    """How many flows each of the equally good links takes."""
    taken = [rendezvous.bid_of(bids, HOME_ADDRESS, CORRESPONDENT, rendezvous.UDP, port, port)
             for port in range(FIRST_PORT, FIRST_PORT + FLOWS)]
    return {bid: taken.count(bid) for bid in (1, 2)}


def counters(world, directly):
    return {b["bid"]: (b["sent_packets"], b["received_packets"]) for b in world.mobile_node.bindings()
            if b.get("peer") == (CORRESPONDENT if directly else None)}


def shares(world, directly):
    """How many of the flows each link carries, in the next moments: ({BID: up}, {BID: down}). What
    was just on its way is no whole flow: rounded."""
    before = counters(world, directly)
    time.sleep(0.4)
    after = counters(world, directly)
    each = []
    for way in (0, 1):
        grown = {bid: after.get(bid, (0, 0))[way] - before.get(bid, (0, 0))[way] for bid in (1, 2)}
        total = max(1, sum(grown.values()))
        each.append({bid: round(FLOWS * count / total) for bid, count in grown.items()})
    return tuple(each)


def wait_shares(world, directly, bids, seconds):
    wanted = foretold(bids)
    seen = []

    def as_foretold():
        seen[:] = [shares(world, directly)]
        return seen[0] == (wanted, wanted)
    wait_for(f"flows as foretold {wanted}", as_foretold, seconds, 0)


class _Equal:
    """wifi0 and cell0 are equally good."""

    def mobile_node_config(self):
        self.link("cell0").priority = self.link("wifi0").priority
        return super().mobile_node_config()


class ByHomeAgent(_Equal, topology.World):
    def begin(self):
        self.start()


class Straight(_Equal, DirectNetwork):
    def begin(self):
        self.optimize()

    def wait_registered(self, names=None, seconds=15):
        super().wait_registered(names, seconds)
        if names:
            self.wait_optimized([self.link(name) for name in names], seconds)


@pytest.mark.parametrize("kind", [ByHomeAgent, Straight])
def test_flows_come_back_with_their_link(kind):
    directly = kind is Straight
    with topology.world(BUILD, kind=kind) as world:
        world.wait_care_of_addresses()
        world.begin()
        assert min(foretold((1, 2)).values()) >= FLOWS // 4
        flows = Flows(world)
        wait_shares(world, directly, (1, 2), 5)
        world.carrier(world.link("wifi0"), False)
        wait_shares(world, directly, (2,), 5)
        marks = flows.mark()
        world.carrier(world.link("wifi0"), True)
        world.wait_registered(["wifi0", "cell0", "sat0"])
        wait_shares(world, directly, (1, 2), RETURN_SECONDS)
        assert flows.lost_since(marks) == [[], []]
