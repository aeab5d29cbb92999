# SPDX-License-Identifier: BSD-2-Clause
"""Datagrams each millisecond between mobile node and correspondent, both ways at once, and which of them
were lost while a flow moves from one way to another. Standard library only."""
import json
import signal
import sys
import time

from netns import wait_for
from topology import CORRESPONDENT, HOME_ADDRESS

STREAM = r"""
import json, select, signal, socket, sys, time
own, peer, port = sys.argv[1], sys.argv[2], 7200
over = []
signal.signal(signal.SIGTERM, lambda *_: over.append(1))
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
s.bind((own, port)); s.setblocking(False)
print("ready", flush=True)
seen, n, next_at = set(), 0, time.monotonic()
end = None
while end is None or time.monotonic() < end:
    now = time.monotonic()
    if over and end is None:
        end = now + 1.0
    if now >= next_at and end is None:
        s.sendto(b"%d" % n, (peer, port)); n += 1; next_at += 0.001
    select.select([s], [], [], max(0, min(next_at, now + 0.05) - time.monotonic()) if end is None else 0.05)
    try:
        while True:
            seen.add(int(s.recv(64)))
    except BlockingIOError:
        pass
print(json.dumps({"sent": n, "received": sorted(seen)}), flush=True)
"""


class Streams:
    """A datagram each millisecond, both ways at once."""

    def __init__(self, network):
        self.ends = [host.start("stream", sys.executable, "-c", STREAM, own, other, pipe=True)
                     for host, own, other in ((network.mn, HOME_ADDRESS, CORRESPONDENT),
                                              (network.cn, CORRESPONDENT, HOME_ADDRESS))]
        for end in self.ends:
            assert end.popen.stdout.readline() == "ready\n", end.text()

    def stop(self):
        """The lost datagrams of both directions by number; without those before the
        other end listened first, and after it stopped."""
        for end in self.ends:
            end.kill(signal.SIGTERM)
        said = [json.loads(end.popen.stdout.readline()) for end in self.ends]
        assert all(one["sent"] > 1000 for one in said)
        return [sorted(set(range(min(one["received"]), max(one["received"]))) - set(one["received"]))
                for one in said]


def move_about(network):
    """From the tunnel to the route-optimized path, to another link of it, and back to the tunnel, while all of them
    live. What was lost, of both directions. The network begins without daemons."""
    network.start_all()
    streams = Streams(network)
    network.wait_optimized()
    time.sleep(0.5)
    network.mobile_node.ask("prefer", "1", "100")
    network.wait_selected("cell0")
    time.sleep(0.5)
    before = network.by_home_agent()
    network.mobile_node.kill()
    network.mobile_node.start()  # it begins without correspondents, by the home agent
    wait_for("the tunnel", lambda: network.by_home_agent() > before + 100, 10)
    network.wait_registered()
    network.wait_optimized()
    time.sleep(0.5)
    return streams.stop()
