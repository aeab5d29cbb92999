# SPDX-License-Identifier: BSD-2-Clause
"""A short story of the daemons on another kernel: the network of tests/support/direct_network.py, one chapter a case.

An emulated machine is slow: no case depends on speed.
"""
import re

from direct_network import PLAIN, direct_network
from netns import wait_for
from topology import CORRESPONDENT, HOME_ADDRESS

OCTETS = 1_000_000
PATIENT = 30
SINK = ("import hashlib, socket, sys\n"
        "l = socket.socket(socket.AF_INET6); l.bind((sys.argv[1], 7100)); l.listen(1)\n"
        "print('listening', flush=True)\n"
        "s, _ = l.accept(); h, n = hashlib.sha1(), 0\n"
        "while octets := s.recv(65536): h.update(octets); n += len(octets)\n"
        "print(n, h.hexdigest())\n")
SOURCE = ("import hashlib, random, socket, sys\n"
          f"octets = random.Random(7).randbytes({OCTETS})\n"
          "s = socket.create_connection((sys.argv[2], 7100), 60, (sys.argv[1], 0)); s.settimeout(180)\n"
          "s.sendall(octets); print(len(octets), hashlib.sha1(octets).hexdigest())\n")


def echoes(host, address, count=5, source=None):
    """How many of `count` echo requests are answered."""
    words = ["-I", source] if source else []
    done = host.run("ping", "-n", "-q", "-c", count, "-i", 0.2, "-W", 5, *words, address, check=False, timeout=60)
    return int(re.search(r"(\d+) received", done.stdout)[1])


def transfer(source, own, sink, address):
    """A stream by TCP arrives as it was."""
    server = sink.start("sink", "/usr/bin/python3", "-c", SINK, address, pipe=True)
    assert server.popen.stdout.readline() == "listening\n"
    sent = source.run("/usr/bin/python3", "-c", SOURCE, own, address, timeout=240).stdout
    assert server.popen.stdout.readline() == sent, "the stream is not what was sent"
    server.wait()


def segments(host, interface):
    """(packets, octets) that came in: a packet that the kernel has not cut yet counts once."""
    rows = {words[0].rstrip(":"): words[1:] for words in
            (line.split() for line in host.run("cat", "/proc/net/dev").stdout.splitlines())}
    return int(rows[interface][1]), int(rows[interface][0])


class Story:
    def __init__(self, world):
        self.world = world

    def mobile(self):
        return self.world.mobile_node

    def register(self):
        """Every link is registered by a binding of its own."""
        self.world.wait_care_of_addresses(PATIENT)
        self.world.start_all()
        wait_for("bindings", lambda: len(self.world.home_agent.bindings()) == 3, PATIENT)
        assert echoes(self.world.mn, PLAIN, source=HOME_ADDRESS) == 5

    def data(self):
        """By the home agent, both ways, in packets that only the last link cuts."""
        packets, octets = segments(self.world.ha, "edge0")
        transfer(self.world.plain, PLAIN, self.world.mn, HOME_ADDRESS)
        now = segments(self.world.ha, "edge0")
        assert (now[1] - octets) / (now[0] - packets) > 2000, "the home agent got no packet that was to be cut later"
        transfer(self.world.mn, HOME_ADDRESS, self.world.plain, PLAIN)

    def optimize(self):
        """RFC 6275 11.6.1: the correspondent has the bindings, and data goes directly, both ways."""
        self.world.speak()
        self.world.wait_optimized(seconds=PATIENT)
        before = self.world.by_home_agent()
        transfer(self.world.cn, CORRESPONDENT, self.world.mn, HOME_ADDRESS)
        transfer(self.world.mn, HOME_ADDRESS, self.world.cn, CORRESPONDENT)
        assert self.world.by_home_agent() - before < 50, "the streams went by the home agent"

    def works(self):
        return echoes(self.world.plain, HOME_ADDRESS) > 0 and echoes(self.world.mn, CORRESPONDENT, source=HOME_ADDRESS) > 0

    def carrier_lost(self):
        self.world.carrier(self.world.link("wifi0"), False)
        self.world.wait_selected("cell0", PATIENT)
        wait_for("data by the other link", self.works, PATIENT)

    def silent_death(self):
        """The carrier stays, nothing is forwarded any more. (5.10 knows netdev chains of ingress only.)"""
        router = self.world.link("cell0").router
        router.nft("table netdev silence {\n"
                   + "".join(f'\tchain {name} {{ type filter hook ingress device "{name}" priority 0; drop; }}\n'
                             for name in ("access0", "core0")) + "}\n")
        self.world.wait_selected("sat0", PATIENT)
        wait_for("data by the last link", self.works, PATIENT)
        assert self.mobile().links()["cell0"]["up"]

    def killed(self):
        """Forwarding goes on without daemons, and the next ones find what was there."""
        before = {b["bid"] for b in self.world.home_agent.bindings()}
        for daemon in (self.mobile(), self.world.home_agent):
            daemon.kill()
        assert self.works(), "no data while the daemons are dead"
        for daemon in (self.world.home_agent, self.mobile()):
            daemon.start()
        assert {b["bid"] for b in self.world.home_agent.bindings()} >= before - {1, 2}
        self.world.wait_registered(["sat0"], PATIENT)
        wait_for("data", self.works, PATIENT)

    def ended(self):
        """A clean stop leaves nothing behind."""
        for daemon in (self.mobile(), self.world.home_agent, self.world.correspondent):
            daemon.process.kill(15)
            assert daemon.process.wait(60) == 0
        assert not self.world.mn.has("monami0") and not self.world.ha.has("monami0")


CHAPTERS = [("registration by three links", Story.register),
            ("data both ways, GSO", Story.data),
            ("route optimization, GSO", Story.optimize),
            ("carrier lost", Story.carrier_lost),
            ("silent death", Story.silent_death),
            ("kill -9 and restart", Story.killed),
            ("clean stop", Story.ended)]


def tell(build, case):
    """Each chapter needs those before it."""
    with direct_network(build) as world:
        story = Story(world)
        for name, chapter in CHAPTERS:
            if not case(f"story: {name}", lambda chapter=chapter: chapter(story)):
                for process in world.net.processes:
                    if process.name.endswith("monamid"):
                        print(f"-- {process.name}\n{process.text()[-3000:]}", flush=True)
                return
