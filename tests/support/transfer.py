# SPDX-License-Identifier: BSD-2-Clause
"""One TCP connection as fast as it goes, or a stream of datagrams at a rate, between mobile node and
correspondent, and what arrived when. Standard library only."""
import json
import sys

from netns import wait_for
from topology import CORRESPONDENT, HOME_ADDRESS

SLICE = 0.05

_SINK = r"""
import json, socket, sys, time
MPTCP = 262
own, kind, seconds, every = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM,
                  MPTCP if kind == "mptcp" else 0)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
if kind == "udp":
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
s.bind((own, 7300))
if kind != "udp":
    s.listen(1)
print("ready", flush=True)
if kind != "udp":
    listener = s  # stays open: further subflows of multipath TCP come to it
    s, _ = s.accept()
s.settimeout(0.5)
slices, late, greatest, seen, twice, begin = [], 0, -1, set(), 0, None
while begin is None or time.monotonic() < begin + seconds:
    try:
        octets = s.recv(1 << 18)
    except TimeoutError:
        continue
    if not octets:
        break
    now = time.monotonic()
    begin = begin or now
    place = int((now - begin) / every)
    slices += [0] * (place + 1 - len(slices))
    slices[place] += len(octets)
    if kind == "udp":
        number = int.from_bytes(octets[:8], "big")
        late += number < greatest
        greatest = max(greatest, number)
        twice += number in seen
        seen.add(number)
print(json.dumps({"slices": slices, "late": late, "twice": twice, "came": len(seen), "sent": greatest + 1}), flush=True)
"""

_SOURCE = r"""
import socket, sys, time
own, peer, kind, seconds, mbit, control = *sys.argv[1:4], float(sys.argv[4]), float(sys.argv[5]), sys.argv[6]
end = time.monotonic() + seconds + 0.5
if kind != "udp":
    s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM, 262 if kind == "mptcp" else 0)
    if control:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, control.encode())
    s.bind((own, 0)); s.connect((peer, 7300))
    data = bytes(1 << 16)
    try:
        while time.monotonic() < end:
            s.send(data)
    except OSError:
        pass
else:
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.bind((own, 0)); s.connect((peer, 7300))
    number, due = 0, time.monotonic()
    while time.monotonic() < end:
        try:
            s.send(number.to_bytes(8, "big") + bytes(1352))
        except OSError:
            pass
        number += 1
        due += 1360 * 8 / mbit / 1e6
        time.sleep(max(0, due - time.monotonic()))
"""


class Result:
    """Mbit/s of payload from `start` seconds on, the longest time without any (seconds), datagrams that came
    out of order and twice; how many were sent until the last that came."""

    def __init__(self, said, start):
        kept = said["slices"][round(start / SLICE):]
        self.mbit = sum(kept) * 8 / 1e6 / (len(kept) * SLICE) if kept else 0.0
        self.late, self.twice, self.came = said["late"], said["twice"], said["came"]
        self.sent = said["sent"]
        longest = run = 0
        for octets in kept:
            run = 0 if octets else run + 1
            longest = max(longest, run)
        self.stall = longest * SLICE
        self.slices = said["slices"]


def transfer(world, direction, *, seconds, start, kind="tcp", mbit=0, control="", during=None,
             source_address=None):
    """`direction`: "up", from the mobile node, or "down". `kind`: "tcp", "udp" at `mbit`, "mptcp". `during(world)`
    is called in the middle of it."""
    ends = [(world.mn, HOME_ADDRESS), (world.cn, CORRESPONDENT)]
    (source, own), (sink, peer) = ends if direction == "up" else ends[::-1]
    taker = sink.start("sink", sys.executable, "-c", _SINK, peer, kind, str(seconds), str(SLICE), pipe=True)
    assert taker.popen.stdout.readline() == "ready\n", taker.text()
    giver = source.start("source", sys.executable, "-c", _SOURCE, source_address or own, peer, kind, str(seconds), str(mbit), control)
    if during:
        during(world)
    line = taker.popen.stdout.readline()
    giver.kill()
    wait_for("the end of the source", lambda: not giver.running(), 5)
    return Result(json.loads(line), start)
