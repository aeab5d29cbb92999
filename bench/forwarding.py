# SPDX-License-Identifier: BSD-2-Clause
"""Forwarding through the tunnel against plain forwarding of the same path, in turns.

    +----+       +----+       +--------+       +----+
    | cn |-------| ha |-------| router |-------| mn |
    +----+       +----+       +--------+       +----+

To the home address, packets go through the tunnel between ha and mn; to the care-of address they
pass the same hosts and interfaces without it. The sender runs on one core and the receiver on
another; with veth, the sender's core carries a packet through all hosts.
"""
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

TCP_GOAL = 0.95
UDP_GOAL = 0.85
UDP_OCTETS = 64
UDP_PORT = 7000
DOWN, UP = "down", "up"
TEXT = {DOWN: "to the mobile node", UP: "from the mobile node"}


class Path:
    """The picture above, with both daemons running and the mobile node registered."""

    def __init__(self, net, options):
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
            f'\t\t{AUTHENTICATION}\tlink "net0" {{\n\t\tbid = 1\n\t\tpriority = 1\n\t}}\n}}\n'))
        self.home_agent.start()
        self.mobile_node.start()
        wait_for("registration", lambda: self.mobile_node.links()["net0"]["registered"], 15)

    def tunnelled(self):
        """Packets that the mobile node has sent and received through its tunnel."""
        link = self.mobile_node.links()["net0"]
        return link["sent_packets"] + link["received_packets"]


class Wrong(RuntimeError):
    """What was measured is not what should be measured."""


def measured(path, way, address, measure):
    """Runs `measure`, and makes sure that the packets went where they should."""
    before = path.tunnelled()
    result = measure(path, way, address)
    through = path.tunnelled() - before
    if (address == HOME_ADDRESS) != (through > 1000):
        raise Wrong(f"{through} packets through the tunnel, with {address} for destination")
    return result


def compare(path, way, measure, figure, pairs):
    """Plain, tunnel, plain, tunnel, ...; one ratio for each pair. The first pair is to warm up."""
    for pair in range(pairs + 1):
        plain = measured(path, way, CARE_OF_ADDRESS, measure)
        tunnel = measured(path, way, HOME_ADDRESS, measure)
        if pair > 0:
            beside = {f"plain_{name}": value for name, value in plain.items()}
            beside.update({f"tunnel_{name}": value for name, value in tunnel.items()})
            figure.add(tunnel["per_second"] / plain["per_second"],
                       cpu_ratio=plain["cpu_ns"] / tunnel["cpu_ns"], **beside)
        path.options.say(f"{figure.name}: {plain['per_second']:.4g} plain, "
                         f"{tunnel['per_second']:.4g} tunnel")
    # Whatever disturbs makes slower: the fastest runs were disturbed least.
    figure.facts["ratio_of_best"] = (max(figure.beside["tunnel_per_second"])
                                     / max(figure.beside["plain_per_second"]))
    figure.facts["cpu_ratio_of_best"] = (min(figure.beside["plain_cpu_ns"])
                                         / min(figure.beside["tunnel_cpu_ns"]))


def tcp_run(path, way, address):
    """One stream. The client is the correspondent both ways, so that the mobile node's address is
    the one that the client names. CPU time is that of both ends, with what the kernel does for them,
    for a thousand octets."""
    options = path.options
    cores = f"{options.cores[0]},{options.cores[1]}"
    if way == UP:
        cores = f"{options.cores[1]},{options.cores[0]}"
    done = json.loads(path.cn.run(
        "iperf3", "-6", "-J", "-c", address, "-t", str(options.tcp_seconds), "-A", cores,
        *(["-R"] if way == UP else []), timeout=options.tcp_seconds + 20).stdout)
    end = done["end"]
    cpu = end["cpu_utilization_percent"]
    received = end["sum_received"]
    return {"per_second": received["bits_per_second"],
            "cpu_ns": (cpu["host_total"] + cpu["remote_total"]) / 100 * received["seconds"] * 1e9
            / (received["bytes"] / 1000)}


def udp_run(path, way, address):
    """What arrives of as many small packets as the sender can send. CPU time is the sender's with
    the path's, for a packet."""
    options = path.options
    sender, receiver = (path.cn, path.mn) if way == DOWN else (path.mn, path.cn)
    source, destination = ((CORRESPONDENT, address) if way == DOWN else (address, CORRESPONDENT))
    counter = receiver.start("udp_rate", "taskset", "-c", str(options.cores[1]), options.udp_rate,
                             "receive", str(UDP_PORT), str(options.udp_seconds + 5), pipe=True)
    wait_for("udp_rate", lambda: f":{UDP_PORT:04X} " in receiver.run("cat", "/proc/net/udp6").stdout, 5)
    sent = json.loads(sender.run(
        "taskset", "-c", str(options.cores[0]), options.udp_rate, "send", source, destination,
        str(UDP_PORT), str(UDP_OCTETS), str(int(options.udp_seconds * 1000))).stdout)
    received = json.loads(counter.popen.communicate(timeout=10)[0])
    return {"per_second": received["received"] / received["seconds"],
            "cpu_ns": sent["cpu_ns_per_packet"],
            "lost_percent": 100 * (1 - received["received"] / sent["sent"])}


def tcp(options):
    with Net("mb") as net:
        path = Path(net, options)
        path.mn.start("iperf3", "iperf3", "-6", "-s")
        wait_for("iperf3", lambda: ":1451 " in path.mn.run("cat", "/proc/net/tcp6").stdout, 5)
        for way in (DOWN, UP):
            figure = Figure(f"tcp-{way}", f"one TCP stream {TEXT[way]}, tunnel / plain forwarding",
                            "ratio", TCP_GOAL)
            compare(path, way, tcp_run, figure, options.pairs)
            yield figure


def udp(options):
    with Net("mb") as net:
        path = Path(net, options)
        for way in (DOWN, UP):
            figure = Figure(f"udp-{way}", f"UDP packets with {UDP_OCTETS} octets of payload "
                            f"{TEXT[way]}, tunnel / plain forwarding", "ratio", UDP_GOAL)
            compare(path, way, udp_run, figure, options.pairs)
            yield figure
