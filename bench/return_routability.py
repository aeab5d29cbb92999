# SPDX-License-Identifier: BSD-2-Clause
"""The cost of return routability: tests answered by a correspondent's daemon, and how long it takes a
mobile node with three links to be reached directly, where the way by its home agent is a detour.

The tests come from test_flood (flooded_daemon.py); the detour is

                         +------+      +----+
                   .-----| wire |------| ha |-----.
                   |     +------+      +----+     |
    +----+     +------+  +------+              +------+     +----+
    | mn |=====| core |--| wire |--------------| edge |-----| cn |
    +----+     +------+  +------+              +------+     +----+

The wires hold every frame for a while, each way: a namespace with a relay (relay.py).
"""
import json
import os
import re
import statistics
import sys
import threading

from direct_network import PLAIN, DirectNetwork
from figure import AT_MOST, Figure
from flooded_daemon import ADDRESS, FloodedDaemon
from netns import Net
from streams import move_about
from topology import CORRESPONDENT, HOME_ADDRESS

TESTS_GOAL = 200000
ROUND_TRIP_GOAL = 1.05
ESTABLISHED_GOAL_MS = 20
DELAYS_MS = {"ha0": 25, "edge0": 5}  # from the core; the detour costs 40 ms of a round trip
PINGS = 50
RELAY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "relay.py")


# ---- tests answered ----

def flood(daemon, options, count):
    return daemon.flood(options.test_flood, "answered", "--correspondent", ADDRESS, "--count", str(count))


def answered(options):
    figure = Figure("tests", "Home and Care-of Test Inits answered by a correspondent's daemon on one "
                    "core, each from a network of its own", "/s", TESTS_GOAL)
    with Net("mb") as net:
        daemon = FloodedDaemon(net, options, "cn", "correspondent {\n\tinterfaces = {net0}\n}\n")
        flood(daemon, options, options.tests // 4)
        before = daemon.own_octets()
        for _ in range(options.runs):
            done = flood(daemon, options, options.tests)
            figure.add(done["per_second"], daemon_cpu_us=done["cpu_us"],
                       per_cpu_second=1e6 / done["cpu_us"], lost=done["lost"],
                       memory_growth_octets=daemon.own_octets() - before)
            options.say(f"tests: {done['per_second']:,.0f}/s, {done['cpu_us']:.2f} us of CPU each, "
                        f"{done['lost']} lost")
    yield figure


# ---- the detour ----

class Detour(DirectNetwork):
    """The picture above."""

    def __init__(self, net, options):
        super().__init__(net, options.build, optimization="after_packets = 1")

    def wire(self, host_a, name_a, host_b, name_b):
        between = self.net.host(f"wire-{name_a}")
        between.sysctl("net.ipv6.conf.all.disable_ipv6", 1)
        self.net.link(host_a, name_a, between, "near0")
        self.net.link(between, "far0", host_b, name_b)
        for host, name in ((host_a, name_a), (host_b, name_b)):
            host.run("ethtool", "-K", name, "tx", "off", "tso", "off", "gso", "off")
        between.start("relay", sys.executable, RELAY, "near0", "far0", DELAYS_MS[name_a])

    def round_trip_ms(self, source, to=CORRESPONDENT, count=PINGS):
        """The median of so many."""
        done = self.mn.run("ping", "-n", "-c", str(count), "-i", "0.01", "-I", source, to).stdout
        return statistics.median(float(ms) for ms in re.findall(r"time=([\d.]+) ms", done))

    def best_care_of(self):
        return self.care_of_address(min(self.links, key=lambda link: link.bid))


# One packet when it is told to, and when that was.
SEND_ONE = """
import socket, sys, time
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 0))
print("ready", flush=True)
sys.stdin.readline()
s.sendto(b"x", (sys.argv[2], 9))
print(time.time(), flush=True)
"""


def established(network):
    """Seconds from the first packet until the correspondent has acknowledged every link."""
    feed = network.mobile_node.monitor()
    overdue = threading.Timer(15, feed.kill)
    overdue.start()
    one = network.mn.start("one", sys.executable, "-c", SEND_ONE, HOME_ADDRESS, CORRESPONDENT,
                           pipe=True).popen
    one.stdout.readline()
    one.stdin.write("\n")
    one.stdin.flush()
    sent = float(one.stdout.readline())
    bids = set()
    for line in feed.popen.stdout:
        event = json.loads(line)
        if event["event"] == "route_optimized" and event["peer"] == CORRESPONDENT:
            bids.add(event["bid"])
        if len(bids) == len(network.links):
            overdue.cancel()
            return event["time"] - sent
    raise RuntimeError(f"bound by {sorted(bids)} only, after 15 s")


def detour(options):
    ratio = Figure("round-trip-direct", "round trip by the route-optimized path / plain IPv6, where the way by the "
                   "home agent takes 40 ms longer", "ratio", ROUND_TRIP_GOAL, AT_MOST)
    time_to = Figure("established", "from the first packet until three links are bound at the "
                     "correspondent, beyond one round trip by the home agent and a direct one", "ms",
                     ESTABLISHED_GOAL_MS, AT_MOST)
    for _ in range(options.runs):
        with Net("mb") as net:
            network = Detour(net, options)
            network.home_agent.start()
            network.mobile_node.start()
            network.wait_registered([link.name for link in network.links], 20)
            by_home_agent = network.round_trip_ms(HOME_ADDRESS, PLAIN)
            direct = network.round_trip_ms(network.best_care_of())
            network.correspondent.start()
            took = 1000 * established(network)
            network.wait_optimized()
            time_to.add(took - by_home_agent - direct, whole_ms=took, by_home_agent_ms=by_home_agent)
            plain = network.round_trip_ms(network.best_care_of())
            optimized = network.round_trip_ms(HOME_ADDRESS)
            ratio.add(optimized / plain, plain_ms=plain, optimized_ms=optimized,
                      by_home_agent_ms=by_home_agent)
            options.say(f"detour: bound {took:.1f} ms after the first packet; round trip {plain:.3f} ms "
                        f"plain, {optimized:.3f} direct, {by_home_agent:.1f} by the home agent")
    yield ratio
    yield time_to


def moves(options):
    figure = Figure("moves", "packets lost when a flow moves from the tunnel to the route-optimized path, from link to "
                    "link on it and back, of one each millisecond, both ways", "packets", 0, AT_MOST)
    for _ in range(options.runs):
        with Net("mb") as net:
            lost = move_about(DirectNetwork(net, options.build, optimization="after_packets = 300"))
        figure.add(sum(map(len, lost)))
        options.say(f"moves: {len(lost[0])} and {len(lost[1])} packets lost")
    yield figure
