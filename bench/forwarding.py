# SPDX-License-Identifier: BSD-2-Clause
"""Forwarding through the tunnel, and directly with route optimization, against plain forwarding of the
same path, in turns.

    +----+       +----+       +--------+       +----+
    | cn |-------| ha |-------| router |-------| mn |
    +----+       +----+       +--------+       +----+

To the home address, packets go through the tunnel between ha and mn; to the care-of address they
pass the same hosts and interfaces without it. path_rate goes from one to the other and back every 50
milliseconds. The sender runs on one core and the receiver on another; with veth, the sender's core
carries a packet through all hosts.
"""
import contextlib
import json

from figure import Figure
from netns import Net, wait_for
from topology import Daemon

CORRESPONDENT = "2001:db8:c::1"
HOME_AGENT = "2001:db8:ffff::1"
HOME_PREFIX = "2001:db8:100::/64"
HOME_ADDRESS = "2001:db8:100::100"
CARE_OF_ADDRESS = "2001:db8:1::1"
AUTHENTICATION = 'spi = 256\n\t\tkey = "00112233445566778899aabbccddeeff"\n\t\treplay = true\n'

OPTIMIZE = "\troute_optimization {\n\t\tafter_packets = 1\n\t}\n"

TCP_GOAL = 0.95
UDP_GOAL = 0.85
CHANGE_ALLOWED = 0.01
PORT = 7000
DOWN, UP = "down", "up"
TEXT = {DOWN: "to the mobile node", UP: "from the mobile node"}


class Path:
    """The picture above, with the daemons running and the mobile node registered; `direct`: at the
    correspondent too, whom packets then reach without the tunnel."""

    def __init__(self, net, options, direct=False, flows=""):
        self.direct = direct
        self.options = options
        self.cn, self.ha = net.host("cn"), net.host("ha")
        self.router, self.mn = net.host("router"), net.host("mn")
        self.ha.forward()
        self.router.forward()
        net.link(self.cn, "net0", self.ha, "cn0")
        net.link(self.ha, "net0", self.router, "ha0")
        net.link(self.router, "mn0", self.mn, "net0")
        self.cn.ip(f"addr add {CORRESPONDENT}/64 dev net0",
                   "route add default via 2001:db8:c::ff")
        self.ha.ip("addr add 2001:db8:c::ff/64 dev cn0", f"addr add {HOME_AGENT}/64 dev net0",
                   "route add default via 2001:db8:ffff::ff")
        self.router.ip("addr add 2001:db8:ffff::ff/64 dev ha0",
                       "addr add 2001:db8:1::ff/64 dev mn0", f"route add default via {HOME_AGENT}")
        self.mn.ip(f"addr add {CARE_OF_ADDRESS}/64 dev net0",
                   "route add default via 2001:db8:1::ff")
        self.home_agent = Daemon(self.ha, options.build, (
            f"home_agent {{\n\taddress = {HOME_AGENT}\n\thome_prefix = {HOME_PREFIX}\n"
            "\tinterfaces = {net0}\n"
            f'\tmobile_node "{HOME_ADDRESS}" {{\n\t\t{AUTHENTICATION}\t}}\n}}\n'))
        self.mobile_node = Daemon(self.mn, options.build, (
            f"mobile_node {{\n\thome_address = {HOME_ADDRESS}\n\thome_agent = {HOME_AGENT}\n"
            f'\t\t{AUTHENTICATION}\tlink "net0" {{\n\t\tbid = 1\n\t\tpriority = 1\n\t}}\n'
            f"{flows}{OPTIMIZE if direct else ''}}}\n"))
        self.home_agent.start()
        self.mobile_node.start()
        wait_for("registration", lambda: self.mobile_node.links()["net0"]["registered"], 15)
        if direct:
            self.correspondent = Daemon(self.cn, options.build,
                                        "correspondent {\n\tinterfaces = {net0}\n}\n")
            self.correspondent.start()
            self.reach()

    def reach(self):
        """The route-optimized path is there as soon as something has gone the other one."""
        wait_for("route-optimized path", lambda: self.mn.run(
            "ping", "-n", "-c", "1", "-W", "1", "-I", HOME_ADDRESS, CORRESPONDENT,
            check=False).returncode == 0 and self.bound(), 15, every=0.2)

    def bound(self):
        return [b for b in self.mobile_node.bindings() if b.get("peer") == CORRESPONDENT]

    def tunnelled(self):
        """Packets that the mobile node has sent and received by what is measured."""
        counted = self.bound()[0] if self.direct else self.mobile_node.links()["net0"]
        return counted["sent_packets"] + counted["received_packets"]


class Wrong(RuntimeError):
    """The measured packets took the wrong path."""


def run(path, protocol, way, seconds):
    """Sends by both ways in turns. For each, plain and tunnel: units, seconds and CPU time of the
    sender, units received."""
    options = path.options
    if way == DOWN:
        sender, receiver = path.cn, path.mn
        addresses = (CORRESPONDENT, CARE_OF_ADDRESS, CORRESPONDENT, HOME_ADDRESS)
    else:
        sender, receiver = path.mn, path.cn
        addresses = (CARE_OF_ADDRESS, CORRESPONDENT, HOME_ADDRESS, CORRESPONDENT)
    taker = receiver.start("receive", "taskset", "-c", str(options.cores[1]), options.path_rate,
                           "receive", protocol, str(PORT), pipe=True)
    # Without a remote end: those of the run before may still be there (TIME-WAIT).
    wait_for("receiver", lambda: f":{PORT + 1:04X} {32 * '0'}:0000 " in receiver.run(
        "cat", f"/proc/net/{protocol}6").stdout, 5)
    sent = json.loads(sender.run(
        "taskset", "-c", str(options.cores[0]), options.path_rate, "send", protocol, str(seconds),
        str(PORT), *addresses, timeout=seconds + 30).stdout)
    received = json.loads(taker.popen.communicate(timeout=20)[0])
    for one, units in zip(sent, received):
        one["received"] = units
    return sent


def check_ways(tunnelled, protocol, plain, tunnel):
    """The tunnel's packets went through the tunnel, and the others did not."""
    least = tunnel["units"] if protocol == "udp" else tunnel["units"] // 65536
    most = tunnel["units"] * 1.01 + 1000 if protocol == "udp" else tunnel["units"] // 500
    if not least * 0.99 <= tunnelled <= most:
        raise Wrong(f"{tunnelled} packets went through the tunnel: plain {plain}, tunnel {tunnel}")


def once(path, protocol, way, figure):
    before = path.tunnelled()
    plain, tunnel = run(path, protocol, way, path.options.path_seconds)
    check_ways(path.tunnelled() - before, protocol, plain, tunnel)
    rates = [one["received"] / one["seconds"] for one in (plain, tunnel)]
    figure.add(rates[1] / rates[0], cpu_ratio=plain["cpu_ns"] / tunnel["cpu_ns"],
               plain_per_second=rates[0], tunnel_per_second=rates[1],
               plain_cpu_ns=plain["cpu_ns"], tunnel_cpu_ns=tunnel["cpu_ns"],
               plain_lost_percent=100 * (1 - plain["received"] / plain["units"]),
               tunnel_lost_percent=100 * (1 - tunnel["received"] / tunnel["units"]))
    path.options.say(f"{figure.name}: {rates[0]:,.0f} plain, {rates[1]:,.0f} tunnel: "
                     f"{figure.values[-1]:.3f}, by CPU time {figure.beside['cpu_ratio'][-1]:.3f}")


def compare(paths, protocol, way, figures_of_paths):
    """A run of each path, then again: what else the machine does disturbs all alike."""
    options = paths[-1].options
    for path in paths:
        run(path, protocol, way, options.warm_seconds)
    for _ in range(options.runs):
        for path, figure in zip(paths, figures_of_paths):
            once(path, protocol, way, figure)


def change(name, what, other, ours):
    """By how much our ratio is better than the other build's."""
    figure = Figure(f"{name}-change", f"{what}: this build less the other", "ratio", -CHANGE_ALLOWED)
    figure.add(ours.median() - other.median())
    return figure


def figures(options, protocol, what, unit, goal, direct):
    way_text = "route-optimized path" if direct else "tunnel"
    name = f"{protocol}-direct" if direct else protocol
    with contextlib.ExitStack() as stack:
        paths = [Path(stack.enter_context(Net(f"mb{number}")), one, direct)
                 for number, one in enumerate(options.builds())]
        for way in (DOWN, UP):
            of_paths = [Figure(f"{name}-{way}{one.suffix}",
                               f"{what} {TEXT[way]}, {unit} per second, {way_text} / plain forwarding",
                               "ratio", goal) for one in options.builds()]
            compare(paths, protocol, way, of_paths)
            yield from of_paths
            if len(of_paths) > 1:
                yield change(f"{name}-{way}", f"{what} {TEXT[way]}, {way_text}", *of_paths)


def tcp(options, direct=False):
    yield from figures(options, "tcp", "one TCP stream", "octets", TCP_GOAL, direct)


def udp(options, direct=False):
    yield from figures(options, "udp", "UDP packets with 64 octets of payload", "packets", UDP_GOAL,
                       direct)


def tcp_direct(options):
    yield from tcp(options, True)


def udp_direct(options):
    yield from udp(options, True)
