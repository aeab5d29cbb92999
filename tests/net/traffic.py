# SPDX-License-Identifier: BSD-2-Clause
"""Traffic of the network tests: echo requests, and a TCP connection that talks all the time."""
import contextlib
import json
import re
import signal

from netns import wait_for
from topology import CORRESPONDENT, HOME_ADDRESS, interface_octets

# Each side sends a number a line and waits for the same number from the other; no interval is
# longer than a retransmission. argv: own address, peer ("" to listen), port.
_TALK = r"""
import json, signal, socket, sys, time
own, peer, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
over = []
signal.signal(signal.SIGTERM, lambda *_: over.append(1))
signal.siginterrupt(signal.SIGTERM, False)
if peer:
    s = socket.create_connection((peer, port), 10, (own, 0))
    s.settimeout(40)
    lines, n = s.makefile("rw"), 0
    while not over:
        lines.write(f"{n}\n"); lines.flush()
        assert lines.readline() == f"{n}\n"
        if n == 0:
            print("connected", flush=True)
        n += 1
        time.sleep(0.01)
    print(json.dumps({"rounds": n}), flush=True)
else:
    l = socket.socket(socket.AF_INET6); l.bind((own, port)); l.listen(1)
    print("listening", flush=True)
    s, _ = l.accept()
    lines = s.makefile("rw")
    for line in lines:
        lines.write(line); lines.flush()
"""


class Echoes:
    """Echo requests from one host to an address, many a second."""

    def __init__(self, host, to, source=None, interval=0.01):
        words = ["-I", source] if source else []
        self.process = host.start("echoes", "ping", "-n", "-i", interval, *words, to)
        # Sooner, the signal of stop() would end it without a word.
        wait_for("ping", lambda: self.process.ended_or_catches(signal.SIGINT), 10, 0.005)

    def stop(self):
        """Ends them: returns (sent, received)."""
        self.process.kill(signal.SIGINT)
        self.process.wait()
        # of the last, where there were others before
        found = re.findall(r"(\d+) packets transmitted, (\d+) received", self.process.text())[-1]
        return int(found[0]), int(found[1])

    def lost(self):
        """Ends them: returns how many had no answer. The last may have had no time for it."""
        sent, received = self.stop()
        assert sent > 0
        return max(0, sent - received - 1)


def ping(host, address, count=3, source=None):
    """How many of `count` echo requests are answered."""
    words = ["ping", "-n", "-q", "-c", count, "-i", 0.05, "-W", 1]
    words += ["-I", source] if source else []
    done = host.run(*map(str, words), address, check=False)
    return int(re.search(r"(\d+) received", done.stdout)[1])


@contextlib.contextmanager
def conversation(world, port=7000):
    """A TCP connection from the home address to the correspondent. At the end of the block it must
    still be talking, and no end may have seen a reset."""
    def resets():
        return sum(c["OutRsts"] + c["EstabResets"]
                   for c in (world.cn.tcp_counters(), world.mn.tcp_counters()))
    before = resets()
    server = world.cn.start("talk", "/usr/bin/python3", "-c", _TALK, CORRESPONDENT, "", port,
                            pipe=True)
    assert server.popen.stdout.readline() == "listening\n"
    client = world.mn.start("talk", "/usr/bin/python3", "-c", _TALK, HOME_ADDRESS, CORRESPONDENT,
                            port, pipe=True)
    assert client.popen.stdout.readline() == "connected\n", client.text()
    yield
    client.kill(signal.SIGTERM)
    assert client.wait(45) == 0, client.text()
    assert json.loads(client.popen.stdout.readline())["rounds"] > 0
    assert resets() == before, "a TCP reset was seen"


def carries(world, name, minimum=2000):
    """Whether a link of the mobile node carries traffic, both ways, from now on."""
    pid = world.mobile_node.process.pid
    before = interface_octets(pid, [name])[name]

    def grown():
        now = interface_octets(pid, [name])[name]
        return all(b - a >= minimum for a, b in zip(before, now))
    return wait_for(f"traffic on {name}", grown, 5)
