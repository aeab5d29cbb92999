# SPDX-License-Identifier: BSD-2-Clause
"""src/io/send/sender.c: packets leave by the link that was said, and one that is refused stops no other."""
from conftest import Driver, ifindex, link_of
import netns
import pytest
from scapy.layers.inet import UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, ICMPv6ND_NS, IPv6, IPv6ExtHdrRouting
from scapy.layers.l2 import Ether
from scapy.packet import raw
from scapy.utils import rdpcap

FAR = "2001:db8:f::1"


class SenderDriver(Driver):
    def __init__(self, host):
        super().__init__(host, "sender")

    def add(self, index, *packets):
        for packet in packets:
            assert self.ask(f"add {index} {raw(packet).hex()}") == 0

    def frame(self, index, link_layer, *packets):
        for packet in packets:
            assert self.ask(f"frame {index} {raw(packet).hex()} {link_layer.replace(':', '')}") == 0

    def flush(self):
        return self.ask("flush")


@pytest.fixture
def mn(net):
    """Two links, to a peer each; whatever the peers are sent, they know as neighbours."""
    mn = net.host("mn")
    mn.peers = [net.host("peer0"), net.host("peer1")]
    for i, peer in enumerate(mn.peers):
        net.link(mn, f"link{i}", peer, "wire")
        peer.ip(f"addr add fe80::{i + 1}/64 dev wire nodad")
        peer.capture_of = peer.capture("wire")
        mn.ip(f"addr add 2001:db8:{i}::5/64 dev link{i} nodad")
    mn.ip("route add default via fe80::1 dev link0 metric 100",
          "route add default via fe80::2 dev link1 metric 200")
    netns.wait_for("links", lambda: all(
        "NO-CARRIER" not in netns.execute(["ip", "-n", mn.netns, "link", "show", f"link{i}"]).stdout
        for i in (0, 1)), 5)
    mn.sender = SenderDriver(mn)
    return mn


def echo(source, number, destination=FAR, data=b""):
    return IPv6(src=source, dst=destination) / ICMPv6EchoRequest(id=9, seq=number, data=data)


def numbers(peer):
    """Sequence numbers of our packets in a capture, in the order of their arrival."""
    packets = rdpcap(peer.capture_of[1])
    return [p[ICMPv6EchoRequest].seq for p in packets
            if ICMPv6EchoRequest in p and p[ICMPv6EchoRequest].id == 9]


def arrived(peer, expected):
    try:
        netns.wait_for("packets", lambda: numbers(peer) == expected, 5)
    except netns.Timeout:
        assert numbers(peer) == expected


def test_packets_leave_by_their_link_whatever_the_route_says(mn):
    mn.sender.add(ifindex(mn, "link1"), echo("2001:db8:1::5", 1), echo("2001:db8:0::5", 2))
    mn.sender.add(ifindex(mn, "link0"), echo("2001:db8:1::5", 3))
    mn.sender.add(0, echo("2001:db8:0::5", 4))
    assert mn.sender.flush() == 0
    arrived(mn.peers[1], [1, 2])
    arrived(mn.peers[0], [3, 4])
    mn.sender.end()


def test_links_send_in_the_order_of_their_first_packets(mn):
    """Whichever link was used first since the start."""
    mn.sender.add(ifindex(mn, "link0"), echo("2001:db8:0::5", 1))
    assert mn.sender.flush() == 0
    mn.sender.add(ifindex(mn, "link1"), echo("2001:db8:1::5", 2))
    mn.sender.add(ifindex(mn, "link0"), echo("2001:db8:0::5", 3))
    assert mn.sender.flush() == 0
    arrived(mn.peers[1], [2])
    arrived(mn.peers[0], [1, 3])
    times = {p[ICMPv6EchoRequest].seq: p.time for peer in mn.peers for p in rdpcap(peer.capture_of[1])
             if ICMPv6EchoRequest in p}
    assert times[1] < times[2] < times[3]
    mn.sender.end()


def test_packet_arrives_octet_by_octet(mn):
    packet = IPv6(src="2001:db8:1::5", dst=FAR, tc=0x48, fl=0x12345, hlim=17) / \
        IPv6ExtHdrRouting(type=2, segleft=1, addresses=["2001:db8:99::1"]) / \
        UDP(sport=1, dport=2) / (b"z" * 500)
    mn.sender.add(ifindex(mn, "link1"), packet)
    assert mn.sender.flush() == 0

    def found():
        return [p for p in rdpcap(mn.peers[1].capture_of[1])
                if IPv6 in p and p[IPv6].fl == 0x12345]
    [got] = netns.wait_for("packet", found, 5)
    assert raw(got[IPv6]) == raw(packet)


def test_packet_goes_where_the_rule_for_its_source_says(mn):
    mn.ip("rule add from 2001:db8:1::5 table 100",
          "route add default via fe80::2 dev link1 table 100")
    mn.sender.add(0, echo("2001:db8:1::5", 1), echo("2001:db8:0::5", 2))
    assert mn.sender.flush() == 0
    arrived(mn.peers[1], [1])
    arrived(mn.peers[0], [2])


def test_source_of_another_node_is_forwarded(mn):
    mn.sender.add(0, echo("2001:db8:77::5", 1))
    assert mn.sender.flush() == 0
    arrived(mn.peers[0], [1])


def test_more_than_the_queue_goes_out_in_order(mn):
    mn.sender.add(0, *(echo("2001:db8:0::5", i) for i in range(150)))
    assert mn.sender.flush() == 0
    arrived(mn.peers[0], list(range(150)))


@pytest.mark.parametrize("bad", [[0], [5], [9], [0, 1, 2], list(range(10))])
def test_refused_packets_stop_no_other(mn, bad):
    mn.ip("link set link0 mtu 1280")
    mn.sender.add(ifindex(mn, "link0"),
                  *(echo("2001:db8:0::5", i, data=b"x" * (1400 if i in bad else 10)) for i in range(10)))
    assert mn.sender.flush() == len(bad)
    arrived(mn.peers[0], [i for i in range(10) if i not in bad])
    assert mn.sender.flush() == 0


def test_packets_without_route_or_on_a_dead_link_are_counted(mn):
    mn.ip("route flush default")
    index = ifindex(mn, "link0")
    mn.sender.add(0, echo("2001:db8:0::5", 1))
    mn.sender.add(index, echo("2001:db8:0::5", 2))
    assert mn.sender.flush() == 2
    mn.ip("route add default via fe80::1 dev link0", "link set link0 down")
    mn.sender.add(index, echo("2001:db8:0::5", 3))
    assert mn.sender.flush() == 1
    mn.ip("link set link0 up", "route replace default via fe80::1 dev link0",
          "addr add 2001:db8:0::5/64 dev link0 nodad")
    mn.sender.add(index, echo("2001:db8:0::5", 4))
    assert mn.sender.flush() == 0
    arrived(mn.peers[0], [4])


def test_link_that_goes_takes_its_packets_along(net, mn):
    index = ifindex(mn, "link1")
    mn.sender.add(index, echo("2001:db8:1::5", 1))
    assert mn.sender.flush() == 0
    arrived(mn.peers[1], [1])
    mn.ip("link del link1")
    mn.sender.add(index, echo("2001:db8:1::5", 2))
    assert mn.sender.flush() == 1  # nobody has told the sender yet
    mn.sender.add(index, echo("2001:db8:1::5", 3))
    mn.sender.add(0, echo("2001:db8:0::5", 4))
    assert mn.sender.ask(f"gone {index}") == 0
    assert mn.sender.ask("gone 999") == 0
    assert mn.sender.flush() == 0
    arrived(mn.peers[0], [4])
    mn.sender.end()


# ---- frames ----

MAC = "02:00:5e:10:20:30"


def frames(peer):
    return [(p[Ether].src, p[Ether].dst, p[Ether].type, raw(p[IPv6]))
            for p in rdpcap(peer.capture_of[1])
            if ICMPv6EchoRequest in p and p[ICMPv6EchoRequest].id == 9]


def test_frame_goes_to_its_link_layer_address_without_neighbour_discovery(mn):
    """RFC 5648 5.6.3: to somebody who answers no solicitation; and as DAD's are, from ::."""
    own = link_of(mn, "link1")["address"]
    packets = [echo("2001:db8:1::5", 1, "2001:db8:1::77"), echo("::", 2, "ff02::1:ff00:77"),
               echo("2001:db8:99::5", 3, "2001:db8:98::1")]
    mn.sender.frame(ifindex(mn, "link1"), MAC, packets[0])
    mn.sender.frame(ifindex(mn, "link1"), "33:33:ff:00:00:77", packets[1])
    mn.sender.frame(ifindex(mn, "link1"), MAC, packets[2])
    assert mn.sender.flush() == 0
    arrived(mn.peers[1], [1, 2, 3])
    assert frames(mn.peers[1]) == [
        (own, MAC, 0x86dd, raw(packets[0])),
        (own, "33:33:ff:00:00:77", 0x86dd, raw(packets[1])),
        (own, MAC, 0x86dd, raw(packets[2]))]
    assert not [p for p in rdpcap(mn.peers[1].capture_of[1])
                if ICMPv6ND_NS in p and p[ICMPv6ND_NS].tgt == "2001:db8:1::77"]
    assert numbers(mn.peers[0]) == []
    mn.sender.end()


def test_frames_and_packets_of_one_link_have_queues_of_their_own(mn):
    index = ifindex(mn, "link0")
    for i in range(100):
        mn.sender.add(index, echo("2001:db8:0::5", i))
        mn.sender.frame(index, MAC, echo("2001:db8:0::5", 1000 + i))
    assert mn.sender.flush() == 0
    netns.wait_for("packets", lambda: len(numbers(mn.peers[0])) == 200, 5)
    got = numbers(mn.peers[0])
    assert [n for n in got if n < 1000] == list(range(100))
    assert [n for n in got if n >= 1000] == list(range(1000, 1100))


def test_frame_needs_a_link_that_is_there(mn):
    packet = raw(echo("2001:db8:0::5", 1)).hex()
    assert mn.sender.ask(f"frame 0 {packet} 02005e102030") == -22
    assert mn.sender.ask(f"frame 999 {packet} 02005e102030") == 0
    assert mn.sender.flush() == 1
    assert mn.sender.ask(f"frame 1 {'60' * 39} 02005e102030") == -22
    assert mn.sender.ask(f"frame 1 {'60' * 1501} 02005e102030") == -90


def test_link_that_goes_takes_its_frames_along(mn):
    index = ifindex(mn, "link1")
    mn.sender.frame(index, MAC, echo("2001:db8:1::5", 1))
    mn.sender.add(index, echo("2001:db8:1::5", 2))
    assert mn.sender.ask(f"gone {index}") == 0
    mn.sender.frame(ifindex(mn, "link0"), MAC, echo("2001:db8:0::5", 3))
    assert mn.sender.flush() == 0
    arrived(mn.peers[0], [3])
    assert numbers(mn.peers[1]) == []
    mn.sender.end()


# ---- the queue ----

@pytest.mark.parametrize("framed", [False, True])
def test_full_means_that_the_next_packet_sends_the_others(mn, framed):
    index = ifindex(mn, "link0")

    def add(number):
        packet = echo("2001:db8:0::5", number)
        mn.sender.frame(index, MAC, packet) if framed else mn.sender.add(index, packet)
    count = 0
    while not mn.sender.ask("full"):
        assert count < 1000
        add(count)
        count += 1
    assert count > 1 and numbers(mn.peers[0]) == []
    add(count)
    assert not mn.sender.ask("full")
    arrived(mn.peers[0], list(range(count)))
    assert mn.sender.flush() == 0
    arrived(mn.peers[0], list(range(count + 1)))


def test_cleared_queue_is_not_sent(mn):
    index = ifindex(mn, "link0")
    mn.sender.add(index, echo("2001:db8:0::5", 1))
    mn.sender.frame(index, MAC, echo("2001:db8:0::5", 2))
    assert mn.sender.ask("clear") == 0
    mn.sender.add(index, echo("2001:db8:0::5", 3))
    assert mn.sender.flush() == 0
    arrived(mn.peers[0], [3])
    mn.sender.end()


def test_what_is_no_packet_or_too_large_is_refused_at_once(mn):
    assert mn.sender.ask("add 0 " + "60" * 39) == -22
    assert mn.sender.ask("add 0 " + "60" * 1501) == -90
    assert mn.sender.flush() == 0


def test_without_privilege_nothing_is_sent(net, mn):
    driver = Driver(mn, "sender", before=("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"))
    for _ in range(2):
        assert driver.ask("add 0 " + raw(echo("2001:db8:0::5", 1)).hex()) == -1
    assert driver.ask("flush") == 0
    driver.end()
