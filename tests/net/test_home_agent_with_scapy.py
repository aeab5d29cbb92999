# SPDX-License-Identifier: BSD-2-Clause
"""The home agent, and a mobile node that is not ours: Binding Updates made with scapy."""
import socket
import time

import peer
import pytest
from scapy.layers import inet6
from scapy.layers.inet import TCP, UDP
from topology import CORRESPONDENT, HOME_ADDRESS, HOME_AGENT
from wire import entered

REFUSED = 128  # RFC 6275 6.1.8: and above


@pytest.fixture
def world(restarted):
    return restarted


@pytest.fixture
def peers(world):
    """The home agent runs; a Peer on each link of the mobile node."""
    with peer.on_each_link(world) as made:
        yield made
    assert world.home_agent.ended() or world.home_agent.ask("status")


def bulk(peers):
    return [peer.binding(n, p.care_of) for n, p in enumerate(peers, 1)]


def drops(world):
    return {d["name"]: d["count"] for d in world.home_agent.ask("show", "counters")["drops"]}


def test_bulk_of_three(world, peers):
    """RFC 5648 5.3, 6.2: all in one update; the answer has the status of each."""
    answer = peers[0].exchange(peer.update(peers[0].care_of, bulk(peers), 7))
    message = answer[inet6.MIP6MH_BA]
    assert (message.status, message.seq) == (0, 7)
    assert answer[inet6.IPv6].src == HOME_AGENT
    assert answer[inet6.IPv6ExtHdrRouting].addresses == [HOME_ADDRESS]
    assert peer.statuses(answer) == {1: 0, 2: 0, 3: 0}
    assert peer.verified(answer, peers[0].care_of)
    assert peer.registered(world) == {(n, p.care_of) for n, p in enumerate(peers, 1)}


def test_one_by_one(world, peers):
    """RFC 5648 5.2: individual registrations."""
    for number, each in enumerate(peers, 1):
        answer = each.exchange(peer.alone(each, number, number))
        assert answer[inet6.MIP6MH_BA].status == 0
        assert peer.statuses(answer) == {number: 0}
    assert peer.registered(world) == {(n, p.care_of) for n, p in enumerate(peers, 1)}


def test_bid_without_address(world, peers):
    """RFC 5648 6.2: refreshes a binding that is there; 167 (MCOA UNKNOWN COA) if there is none."""
    # Shows RFC 5648 6.2-11, 6.2-12.
    answer = peers[0].exchange(peer.update(peers[0].care_of, [peer.binding(1)], 1, reserved=0))
    message = answer[inet6.MIP6MH_BA]
    assert 167 in (message.status, peer.statuses(answer)[1])
    assert peer.registered(world) == set()
    peers[0].exchange(peer.alone(peers[0], 1, 2))
    answer = peers[0].exchange(peer.update(peers[0].care_of, [peer.binding(1)], 3, reserved=0))
    assert (answer[inet6.MIP6MH_BA].status, peer.statuses(answer)) == (0, {1: 0})
    assert peer.registered(world) == {(1, peers[0].care_of)}


def test_another_care_of_address(world, peers):
    """RFC 5648 6.2: the same BID with another address moves the binding."""
    peers[0].exchange(peer.alone(peers[0], 1, 1))
    answer = peers[1].exchange(peer.alone(peers[1], 1, 2))
    assert answer[inet6.MIP6MH_BA].status == 0
    assert peer.registered(world) == {(1, peers[1].care_of)}


def test_overwrite(world, peers):
    """RFC 5648 6.2: with the O flag all other bindings go."""
    peers[0].exchange(peer.update(peers[0].care_of, bulk(peers), 1))
    peers[1].exchange(peer.update(peers[1].care_of, [peer.binding(2, peers[1].care_of)], 2))
    assert peer.registered(world) == {(2, peers[1].care_of)}


def test_one_goes(world, peers):
    """RFC 5648 5.6, 6.2: lifetime zero with a BID takes that binding and no other."""
    peers[0].exchange(peer.update(peers[0].care_of, bulk(peers), 1))
    answer = peers[1].exchange(peer.update(peers[1].care_of, [peer.binding(2)], 2, lifetime=0,
                                           reserved=0))
    assert answer[inet6.MIP6MH_BA].status == 0
    assert {bid for bid, _ in peer.registered(world)} == {1, 3}


def test_without_bid(world, peers):
    """RFC 6275 10.3.1: a node that knows no BIDs has one binding."""
    answer = peers[0].exchange(peer.update(peers[0].care_of, [], 1, reserved=0))
    assert answer[inet6.MIP6MH_BA].status == 0
    assert peer.statuses(answer) == {}
    assert [b["care_of_address"] for b in world.home_agent.bindings()] == [peers[0].care_of]


def test_replayed(world, peers):
    """RFC 4285 6: the same octets a second time change nothing."""
    first = peer.update(peers[0].care_of, bulk(peers), 1)
    peers[0].exchange(first)
    peers[0].exchange(peer.update(peers[0].care_of, [peer.binding(2)], 2, lifetime=0, reserved=0))
    before = peer.registered(world)
    again = peers[0].exchange(first, 1)
    assert again is None or again[inet6.MIP6MH_BA].status >= REFUSED
    assert peer.registered(world) == before


def test_old_timestamp(world, peers):
    """RFC 4285 6: refused with 144, and the answer brings the home agent's clock."""
    old = peer.ntp(time.time() - 3600)
    answer = peers[0].exchange(peer.update(peers[0].care_of, bulk(peers), 1, timestamp=old))
    assert answer[inet6.MIP6MH_BA].status == 144
    assert peer.verified(answer, peers[0].care_of)
    replay = next(o for o in answer[inet6.MIP6MH_BA].options if o.otype == 10)
    assert replay.timestamp & 0xffffffff == old & 0xffffffff
    assert abs((replay.timestamp >> 32) - (peer.ntp() >> 32)) < 10
    assert peer.registered(world) == set()


@pytest.mark.parametrize("wrong", [
    {"key": "ff" * 16},
    {"spi": 257},
    {"home_address": "2001:db8:100::bad"},
    {"home_address": "ff02::1"},
    {"home_address": "::"},
    {"home_address": "fe80::1"},
    {"home_address": HOME_AGENT},
], ids=str)
def test_not_authentic(world, peers, wrong):
    """RFC 4285 5.1: 146, or silence; no state."""
    answer = peers[0].exchange(peer.update(peers[0].care_of, bulk(peers), 1, **wrong), 1)
    assert answer is None or answer[inet6.MIP6MH_BA].status >= REFUSED
    assert peer.registered(world) == set()


def test_a_bit_changed_on_the_way(world, peers):
    """Everything from the source to the SPI is covered: another lifetime is not authentic."""
    octets = bytearray(peer.update(peers[0].care_of, bulk(peers), 1))
    header = octets.index(bytes([59]), 40 + 24)
    lifetime = header + 10
    # one more, and the checksum made right again (RFC 1624)
    octets[lifetime + 1] += 1
    checksum = int.from_bytes(octets[header + 4:header + 6], "big") - 1
    octets[header + 4:header + 6] = (checksum % 65535).to_bytes(2, "big")
    answer = peers[0].exchange(bytes(octets), 1)
    assert answer is None or answer[inet6.MIP6MH_BA].status >= REFUSED
    assert peer.registered(world) == set()


@pytest.mark.parametrize("care_of", [
    "ff02::1", "ff0e::1", "fe80::1", "::1", "::", HOME_AGENT, HOME_ADDRESS,
])
def test_care_of_address_that_cannot_be_one(world, peers, care_of):
    """RFC 6275 6.1.7: a care-of address is unicast and routable, and not the home agent's own."""
    octets = peer.update(peers[0].care_of, [peer.binding(1, care_of)], 1, reserved=0,
                         authenticated=care_of)
    answer = peers[0].exchange(octets, 1)
    if answer is not None:
        refused = answer[inet6.MIP6MH_BA].status >= REFUSED
        assert refused or peer.statuses(answer)[1] >= REFUSED
    assert peer.registered(world) == set()


@pytest.mark.parametrize("bids", [[0], [1, 1], [65535] * 3, list(range(1, 201))],
                         ids=["zero", "twice", "thrice", "two hundred"])
def test_bids_that_cannot_be(world, peers, bids):
    """RFC 5648 4.1: never 0; 6.2: each once. More than the home agent has room for change nothing."""
    address = peers[0].care_of if len(bids) < 10 else None  # a Mobility Header has at most 2048
    options = [peer.binding(bid, address) for bid in bids]
    peers[0].exchange(peer.update(peers[0].care_of, options, 1), 1)
    assert len(peer.registered(world)) <= 8
    assert 0 not in {bid for bid, _ in peer.registered(world)}


def echo(source, identifier):
    return inet6.IPv6(src=source, dst=CORRESPONDENT) / inet6.ICMPv6EchoRequest(id=identifier)


def answered(each, identifier, seconds=1.0):
    """The outer header of the tunnelled echo reply, or None."""
    def wanted(packet):
        reply = packet.getlayer(inet6.ICMPv6EchoReply)
        return packet.nh == 41 and reply is not None and reply.id == identifier
    return each.receive(wanted, seconds)


def test_data_both_ways(world, peers):
    """RFC 6275 10.4.5, 10.4.2: out of the tunnel to the correspondent, and its answer back."""
    # Shows RFC 5648 3-7; RFC 6275 10.4.2-1, 10.3.1-38, 10.4.5-1.
    peers[0].exchange(peer.update(peers[0].care_of, bulk(peers), 1))
    peers[0].tunnel(echo(HOME_ADDRESS, 11))
    reply = answered(peers[0], 11)
    assert (reply.src, reply.dst) == (HOME_AGENT, peers[0].care_of)
    assert reply[inet6.IPv6:2].dst == HOME_ADDRESS


def test_data_from_each_care_of_address(world, peers):
    """RFC 5648 6.2: from every registered care-of address; the answer takes the best binding."""
    # Shows RFC 6275 10.4.5-3.
    peers[0].exchange(peer.update(peers[0].care_of, bulk(peers), 1))
    for number, each in enumerate(peers, 21):
        each.tunnel(echo(HOME_ADDRESS, number))
        assert answered(peers[0], number)


def test_data_from_nowhere(world, peers):
    """RFC 6275 10.4.5: the outer source must be a care-of address of the inner source."""
    peers[0].exchange(peer.alone(peers[0], 1, 1))
    before = drops(world)["wrong_care_of_address"]
    peers[1].tunnel(echo(HOME_ADDRESS, 31))
    assert answered(peers[0], 31, 0.5) is None
    peers[0].tunnel(echo("2001:db8:100::bad", 32))
    peers[0].tunnel(echo("2001:db8:c::2", 33))
    assert answered(peers[0], 32, 0.5) is None
    assert drops(world)["wrong_care_of_address"] == before + 1
    assert drops(world)["unknown_home_address"] >= 2


def test_data_after_deregistration(world, peers):
    peers[0].exchange(peer.alone(peers[0], 1, 1))
    peers[0].exchange(peer.alone(peers[0], 1, 2, lifetime=0))
    peers[0].tunnel(echo(HOME_ADDRESS, 41))
    assert answered(peers[0], 41, 0.5) is None


def from_home(each):
    """RFC 6275 11.3.1: directly to the home agent, with a Home Address option."""
    option = inet6.IPv6ExtHdrDestOpt(options=[inet6.HAO(hoa=HOME_ADDRESS)])
    return inet6.IPv6(src=each.care_of, dst=HOME_AGENT) / option


def routed_to(each, layer, seconds=1.0):
    """RFC 6275 6.4: what comes from the home agent with a type 2 routing header, and with the layer."""
    def wanted(packet):
        header = packet.getlayer(inet6.IPv6ExtHdrRouting)
        return (header is not None and layer in packet and packet.src == HOME_AGENT
                and (header.type, header.segleft, header.addresses) == (2, 1, [HOME_ADDRESS]))
    return each.receive(wanted, seconds)


def right_checksum(packet, layer):
    """RFC 6275 6.4: of the packet that the routing header makes of it."""
    plain = inet6.IPv6(src=packet.src, dst=HOME_ADDRESS) / packet[layer].copy()
    given = plain[layer].chksum
    del plain[layer].chksum
    return inet6.IPv6(bytes(plain))[layer].chksum == given


def test_home_agent_corresponds(world, peers):
    """RFC 6275 9.3.1, 9.3.2, RFC 5648 6.5: data from each care-of address reaches the home agent's own
    sockets, as from the home address, and what they send comes with a routing header."""
    # Shows RFC 6275 9.3.1-4, 9.3.1-7, 9.3.1-8, 9.3.2-1, 9.3.2-2; RFC 5648 6.5-1, 6.5-2, 6.5-3.
    peers[0].exchange(peer.update(peers[0].care_of, bulk(peers), 1))
    world.ha.run("ethtool", "-K", "core0", "tx", "off")  # checksums as on a wire
    with entered(world.ha):
        udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        tcp = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    with udp, tcp:
        for each in udp, tcp:
            each.bind((HOME_AGENT, 7007))
            each.settimeout(2)
        tcp.listen(1)
        for number, each in enumerate(peers, 51):
            each.send(from_home(each) / UDP(sport=number, dport=7007) / b"question")
            question, sender = udp.recvfrom(100)
            assert (question, sender[:2]) == (b"question", (HOME_ADDRESS, number))
            udp.sendto(b"answer", sender)
            answer = routed_to(peers[0], UDP)
            assert (answer.dst, bytes(answer[UDP].payload)) == (peers[0].care_of, b"answer")
            assert right_checksum(answer, UDP)
            each.send(from_home(each) / inet6.ICMPv6EchoRequest(id=number, data=b"data"))
            assert routed_to(each, inet6.ICMPv6EchoReply)[inet6.ICMPv6EchoReply].id == number
        # a handshake, each packet by another link
        syn = TCP(sport=60, dport=7007, seq=1, flags="S")
        peers[1].send(from_home(peers[1]) / syn)
        answer = routed_to(peers[0], TCP)
        assert (answer[TCP].flags, answer[TCP].ack) == ("SA", 2)
        assert right_checksum(answer, TCP)
        peers[2].send(from_home(peers[2]) / TCP(sport=60, dport=7007, seq=2, ack=answer[TCP].seq + 1,
                                               flags="A"))
        connection, sender = tcp.accept()
        connection.close()
        assert sender[0] == HOME_ADDRESS
        # what is not registered any more
        peers[2].exchange(peer.update(peers[2].care_of, [peer.binding(3)], 2, lifetime=0, reserved=0))
        for _ in range(50):
            peers[2].send(from_home(peers[2]) / UDP(sport=61, dport=7007) / b"no")
        error = peers[2].receive(lambda packet: inet6.MIP6MH_BE in packet)[inet6.MIP6MH_BE]
        assert (error.status, error.ha) == (1, HOME_ADDRESS)
        more = 0
        while peers[2].receive(lambda packet: inet6.MIP6MH_BE in packet, 0.2):
            more += 1
        assert more < 20
        with pytest.raises(TimeoutError):
            udp.settimeout(0.1)
            udp.recvfrom(100)


def test_unknown_message(world, peers):
    """RFC 6275 9.2: Binding Error with status 2."""
    # type 200, four octets of data, checksum by hand
    header = bytearray([59, 0, 200, 0, 0, 0, 0, 0])
    base = inet6.IPv6(src=peers[0].care_of, dst=HOME_AGENT, nh=135)
    header[4:6] = inet6.in6_chksum(135, base, bytes(header)).to_bytes(2, "big")
    peers[0].send(bytes(base / bytes(header)))
    answer = peers[0].receive(lambda packet: inet6.MIP6MH_BE in packet)
    assert answer[inet6.MIP6MH_BE].status == 2


def test_wrong_checksum(world, peers):
    """RFC 6275 9.2: silence."""
    octets = bytearray(peer.update(peers[0].care_of, bulk(peers), 1))
    octets[40 + 24 + 4] ^= 0x55
    assert peers[0].exchange(bytes(octets), 0.7) is None
    assert peer.registered(world) == set()
