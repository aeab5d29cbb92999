# SPDX-License-Identifier: BSD-2-Clause
"""Real stacks, real links, no daemon: data between mobile node and correspondent without the tunnel.

tshark and scapy say what is on the wire; the kernels of both ends, what arrived.
"""

import json
import os
import socket
import struct
import subprocess
import time

import pytest
from scapy.layers.inet import TCP, UDP
from scapy.layers.inet6 import HAO, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrRouting
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.pton_ntop import inet_pton
from scapy.utils import PcapReader, checksum

from forwarding import BID, CARE_OF, CORRESPONDENT, HOME, SECOND_HOME, DirectNetwork, Tool
from test_forwarding import BURST, MALFORMED, OCTETS, Capture, ping, transfer

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")

ETH_P_ALL = 3
TUNNELLED = "ipv6.nxt == 41"
# RFC 6275 6.4.1: length 2, type 2, one segment left; 6.3: option 201 of 16 octets
DOWN = (f"ipv6.nxt == 43 && ipv6.routing.type == 2 && ipv6.routing.segleft == 1 && ipv6.routing.len == 2"
        f" && ipv6.routing.mipv6.home_address == {HOME} && ipv6.src == {CORRESPONDENT}")
UP = f"ipv6.nxt == 60 && ipv6.opt.type == 201 && ipv6.opt.mipv6.home_address == {HOME}"


@pytest.fixture(name="net")
def fixture_net():
    network = DirectNetwork()
    network.bind_directly("north", 1)
    yield network
    network.remove()


def drops(net):
    return sum(sum(tool.read("drops")) for tool in net.tools.values())


def test_both_directions(net, tmp_path):
    """RFC 6275 9.3.2, 11.3.1: past the home agent's tunnel, with one header each."""
    capture = Capture(net.rt, "north", tmp_path / "north")
    assert ping(net.cn, HOME)
    assert ping(net.mn, CORRESPONDENT)
    capture.stop()
    assert capture.count(f"{DOWN} && ipv6.dst == {CARE_OF['north']}") == 6
    assert capture.count(f"{UP} && ipv6.src == {CARE_OF['north']}") == 6
    assert capture.count(TUNNELLED) == capture.count(MALFORMED) == 0
    for side in ("cn", "mn"):
        counters = net.direct(side, "north")
        assert counters["sent"] == counters["received"] == 6
        assert counters["sent_octets"] == counters["received_octets"] == 6 * 104
    assert drops(net) == 0


def test_first_packets_wait_for_the_neighbour(net, tmp_path):
    captures = [Capture(net.rt, device, tmp_path / device) for device in ("core", "north")]
    for namespace in (net.cn, net.mn):
        namespace.run("ip", "-6", "neigh", "flush", "all")
    assert ping(net.mn, CORRESPONDENT)
    assert ping(net.cn, HOME)
    for capture in captures:
        capture.stop()
        assert capture.count("icmpv6.type == 128") == 6
        assert capture.count(f"{MALFORMED} || {TUNNELLED}") == 0


@pytest.mark.parametrize("direction", ["down", "up"])
def test_tcp_keeps_gso(net, tmp_path, direction):
    ends = [(net.cn, CORRESPONDENT), (net.mn, HOME)]
    if direction == "up":
        ends.reverse()
    (sender, source), (receiver, destination) = ends
    capture = Capture(net.rt, "core", tmp_path / "core")
    assert transfer(sender, receiver, destination, source)
    capture.stop()
    assert capture.count(f"{DOWN if direction == 'down' else UP} && frame.len > 20000") > 0
    assert capture.count(f"{MALFORMED} || {TUNNELLED}") == 0
    sides = ("cn", "mn") if direction == "down" else ("mn", "cn")
    sent, received = (net.direct(side, "north") for side in sides)
    assert sent["sent_octets"] >= OCTETS
    assert received["received"] == sent["sent"] >= OCTETS // 1460
    assert drops(net) == 0


def ends(packet):
    """Source and destination as upper layers know them: RFC 6275 6.3, 6.4."""
    source, destination = packet.src, packet.dst
    if IPv6ExtHdrRouting in packet:
        destination = packet[IPv6ExtHdrRouting].addresses[-1]
    if IPv6ExtHdrDestOpt in packet:
        source = next(o.hoa for o in packet[IPv6ExtHdrDestOpt].options if isinstance(o, HAO))
    return source, destination


def checksums(path):
    """Of the TCP packets that a capture has whole: how many, and how many are wrong over home
    addresses."""
    all_packets = wrong = 0
    with PcapReader(str(path)) as packets:
        for packet in packets:
            if TCP not in packet:
                continue
            source, destination = ends(packet[IPv6])
            segment = bytes(packet[TCP])
            pseudo = struct.pack("!16s16sII", inet_pton(socket.AF_INET6, source),
                                 inet_pton(socket.AF_INET6, destination), len(segment), 6)
            all_packets += 1
            wrong += checksum(pseudo + segment) != 0
    return all_packets, wrong


@pytest.mark.parametrize("direction", ["down", "up"])
def test_tbf_cuts_gso_packets_up(net, tmp_path, direction):
    """The kernel segments the extended packets, and fills checksums in, as for any others: behind the
    program, and once more at a router."""
    shape = ["tbf", "rate", "400mbit", "burst", str(BURST), "latency", "100ms"]
    first = (net.cn, "eth0") if direction == "down" else (net.mn, "north")
    second = (net.rt, "north") if direction == "down" else (net.ha, "lan")
    for namespace, device in (first, second):
        namespace.run("tc", "qdisc", "add", "dev", device, "root", *shape)
    for namespace, device in ((net.cn, "eth0"), (net.mn, "north")):
        namespace.run("ethtool", "-K", device, "tx", "off")
    path = tmp_path / "second.pcap"
    with net.rt.start("tcpdump", "-i", "core", "--immediate-mode", "-U", "-B", "65536", "-c", "2000",
                      "-w", str(path), stderr=subprocess.PIPE) as whole:
        assert "listening" in whole.stderr.readline()
        if direction == "down":
            assert transfer(net.cn, net.mn, HOME, CORRESPONDENT)
        else:
            assert transfer(net.mn, net.cn, CORRESPONDENT, HOME)
        whole.terminate()
    capture = Capture.__new__(Capture)
    capture.path = str(path)
    data = DOWN if direction == "down" else UP
    assert capture.count(f"{data} && frame.len > {BURST}") == 0
    # 1460 octets of monami0's, and our header
    assert capture.count(f"{data} && frame.len == 1498") > 500
    assert capture.count(f"{MALFORMED} || {TUNNELLED}") == 0
    all_packets, wrong = checksums(path)
    assert all_packets > 500
    assert wrong == 0


def test_fragments(net, tmp_path):
    """RFC 8200 4.5: each with our header before the Fragment header."""
    capture = Capture(net.rt, "north", tmp_path / "north")
    # as it will be told, since the route says 1500
    net.cn.run("ip", "-6", "route", "add", f"{HOME}/128", "via", "2001:db8:c::1", "mtu", "1460")
    assert ping(net.cn, HOME, size=4000)
    assert ping(net.mn, CORRESPONDENT, size=4000)
    capture.stop()
    assert capture.count(f"{DOWN} && ipv6.routing.nxt == 44") == 18
    assert capture.count(f"{UP} && ipv6.dstopts.nxt == 44") == 18
    assert capture.count(f"{MALFORMED} || {TUNNELLED}") == 0
    assert drops(net) == 0


def test_what_is_too_large_goes_by_the_home_agent(net, tmp_path):
    """Whole, and told to the daemon. (The home agent's tunnel takes 1460 octets.)"""
    net.tools["cn"].do("route-mtu", HOME, CORRESPONDENT, CARE_OF["north"], 1400)
    capture = Capture(net.rt, "north", tmp_path / "north")
    assert ping(net.cn, HOME, count=1, size=1352)
    assert ping(net.cn, HOME, count=1, size=1353)
    capture.stop()
    assert capture.count(f"{DOWN} && icmpv6.type == 128") == 1
    assert capture.count(f"{TUNNELLED} && icmpv6.type == 128") == 1
    counters = net.direct("cn", "north")
    assert counters["sent"] == 1
    assert counters["too_large"] == 1


def test_flows_move_at_once(net):
    """From the tunnel to the route-optimized path, to another link, and back: nothing is lost (the issue's figure
    is for one packet each millisecond)."""
    net.unbind_directly("north")
    command = [*net.cn.prefix(), "ping", "-i", "0.002", "-c", "1500", "-q", HOME]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as pinging:
        for _ in range(5):
            time.sleep(0.1)
            net.bind_directly("north", 2)
            time.sleep(0.1)
            net.bind_directly("south", 1)
            time.sleep(0.1)
            net.unbind_directly("south")
            time.sleep(0.1)
            net.unbind_directly("north")
        assert "1500 received" in pinging.communicate()[0]
    assert drops(net) == 0


def test_by_another_link_of_the_correspondent(net, tmp_path):
    """Its route to the care-of address leaves by another link than the one to the home address."""
    net.cn.run("ip", "link", "add", "eth1", "type", "veth", "peer", "name", "second", "netns",
               net.rt.name)
    net.cn.run("ip", "link", "set", "eth1", "up")
    net.rt.run("ip", "link", "set", "second", "up")
    net.rt.address("second", "2001:db8:cc::1")
    net.cn.address("eth1", "2001:db8:cc::2")
    net.rt.run("ip", "-6", "route", "add", f"{CORRESPONDENT}/128", "via", "2001:db8:cc::2")
    net.wait()
    net.cn.run("ip", "-6", "route", "add", CARE_OF["north"], "via", "2001:db8:cc::1")
    net.tools["cn"].do("attach-correspondent", "eth1")
    capture = Capture(net.rt, "second", tmp_path / "second")
    assert ping(net.cn, HOME)
    assert transfer(net.cn, net.mn, HOME, CORRESPONDENT, 2_000_000)
    capture.stop()
    assert capture.count(f"{DOWN} && icmpv6.type == 128") == 3
    assert capture.count(f"{DOWN} && tcp") > 0
    assert capture.count(f"{MALFORMED} || {TUNNELLED}") == 0
    assert drops(net) == 0


def test_where_the_device_may_not_forward(net):
    """Then the kernel finds the next hop again by itself."""
    net.cn.run("sysctl", "-qw", "net.ipv6.conf.monami0.forwarding=0")
    assert ping(net.cn, HOME)
    assert net.direct("cn", "north")["sent"] == 3
    assert transfer(net.cn, net.mn, HOME, CORRESPONDENT, 2_000_000)
    assert drops(net) == 0


def exchange(net, packet):
    """Puts it on the mobile node's link as it is; what UDP delivers at the correspondent's port 5005,
    and what it sends back, as scapy reads it on that link."""
    with net.cn.inside():
        service = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    with net.mn.inside():
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        # before the tc programs
        link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    for one in (raw, link):
        one.bind(("north", 0))
    router = json.loads(net.rt.run("ip", "-j", "link", "show", "north"))[0]["address"]
    with service, link, raw:
        service.bind((CORRESPONDENT, 5005))
        service.settimeout(3)
        link.settimeout(3)
        raw.send(bytes(Ether(dst=router) / packet))
        payload, sender = service.recvfrom(2000)
        service.sendto(b"answer", sender)
        while True:
            seen = IPv6(link.recv(2000)[14:])
            if seen.src == CORRESPONDENT and UDP in seen and seen.dst != HOME:
                return payload, sender, seen


def test_scapy_speaks_to_the_correspondent(net):
    """Another implementation's header, and its checksum over the home address."""
    packet = (IPv6(src=CARE_OF["north"], dst=CORRESPONDENT, tc=0xB8, fl=0x12345)
              / IPv6ExtHdrDestOpt(options=[HAO(hoa=HOME)])
              / UDP(sport=5006, dport=5005) / Raw(b"question"))
    payload, sender, answer = exchange(net, packet)
    assert payload == b"question"
    assert sender[:2] == (HOME, 5006)
    routing = answer[IPv6ExtHdrRouting]
    assert answer.dst == CARE_OF["north"]
    assert (routing.type, routing.len, routing.segleft, routing.addresses) == (2, 2, 1, [HOME])
    assert bytes(answer[UDP].payload) == b"answer"


def test_the_correspondent_refuses_a_wrong_care_of_address(net):
    before = net.direct("cn", "north")["events"]
    packet = (IPv6(src=CARE_OF["south"], dst=CORRESPONDENT) / IPv6ExtHdrDestOpt(options=[HAO(hoa=HOME)])
              / UDP(sport=5006, dport=5005) / Raw(b"question"))
    with pytest.raises(TimeoutError):
        exchange(net, packet)
    assert net.direct("cn", "north")["events"] == before + 1


class TwoMobileNodes(DirectNetwork):
    """Both correspond, and each has bindings at the other."""

    MOBILE_NODE_OPTIONS = ("corresponds",)

    def build(self):
        super().build()
        second = self.second_mobile_node()
        tool = self.tools["mn2"]
        tool.kill()
        tool = self.tools["mn2"] = Tool(
            second, "mobile-node", f"{self.directory}/mn2", *self.MOBILE_NODE_OPTIONS)
        tool.do("attach", "west")
        tool.do("local", "2001:db8:d::2")
        second.run("ip", "-6", "route", "add", "2001:db8:a::/64", "via", "2001:db8:d::1")
        self.mn2 = second
        self.wait()

    def bind_each_other(self):
        self.tools["mn"].do("to-correspondent", HOME, CARE_OF["north"], SECOND_HOME, 1, 1, "north",
                            "2001:db8:a::1")
        self.tools["mn2"].do("to-mobile-node", HOME, SECOND_HOME, CARE_OF["north"], 1, 1)
        self.bind_back()

    def bind_back(self):
        self.tools["mn2"].do("to-correspondent", SECOND_HOME, "2001:db8:d::2", HOME, 1, 1, "west",
                             "2001:db8:d::1")
        self.tools["mn"].do("to-mobile-node", SECOND_HOME, HOME, "2001:db8:d::2", 1, 1)


@pytest.fixture(name="two")
def fixture_two():
    network = TwoMobileNodes()
    yield network
    network.remove()


BOTH = f"ipv6.nxt == 43 && ipv6.routing.nxt == 60 && ipv6.opt.type == 201"


def test_between_two_mobile_nodes(two, tmp_path):
    """48 octets, and GSO packets keep them."""
    two.bind_each_other()
    # as they will be told: 48 octets less than the links carry
    for namespace, other in ((two.mn, SECOND_HOME), (two.mn2, HOME)):
        namespace.run("ip", "-6", "route", "add", other, "dev", "monami0", "mtu", "1452")
    captures = [Capture(two.rt, device, tmp_path / device) for device in ("north", "core")]
    assert ping(two.mn, SECOND_HOME)
    assert ping(two.mn2, HOME)
    assert transfer(two.mn, two.mn2, SECOND_HOME, HOME)
    assert transfer(two.mn2, two.mn, HOME, SECOND_HOME)
    for capture in captures:
        capture.stop()
    north, core = captures
    assert north.count(f"{BOTH} && icmpv6.type == 128") == 6
    assert north.count(f"{BOTH} && frame.len > 20000 && ipv6.src == {CARE_OF['north']}") > 0
    assert north.count(f"{BOTH} && frame.len > 20000 && ipv6.dst == {CARE_OF['north']}") > 0
    assert core.count("icmpv6.type == 128 || tcp.len > 0") == 0
    assert north.count(MALFORMED) == core.count(MALFORMED) == 0
    assert drops(two) == 0


def test_between_two_mobile_nodes_one_way(two, tmp_path):
    """Only the second has bindings, at the first: what it sends there has its option, what it gets from
    there the routing header, each inside the tunnel of the other end."""
    two.bind_back()
    # as it will be told: the tunnel takes 1460 octets
    two.mn2.run("ip", "-6", "route", "add", HOME, "dev", "monami0", "mtu", "1436")
    capture = Capture(two.rt, "north", tmp_path / "north")
    assert ping(two.mn, SECOND_HOME)
    assert ping(two.mn2, HOME)
    assert transfer(two.mn, two.mn2, SECOND_HOME, HOME, 2_000_000)
    assert transfer(two.mn2, two.mn, HOME, SECOND_HOME, 2_000_000)
    capture.stop()
    assert capture.count(f"{TUNNELLED} && ipv6.routing.type == 2 && icmpv6.type == 128") == 3
    assert capture.count(f"{TUNNELLED} && ipv6.opt.type == 201 && icmpv6.type == 128") == 3
    assert capture.count(MALFORMED) == 0
    assert drops(two) == 0
