# SPDX-License-Identifier: BSD-2-Clause
"""Links of 1280 octets: inner packets of up to 1280 octets go through the tunnels in fragments (RFC
2473 7.1 b), larger ones are answered; and what an attacker makes of fragments."""
import os
import random
import re
import socket
import threading

import pytest
import topology
from conftest import BUILD
from netns import wait_for
from packets import tshark
from scapy.layers import inet, inet6
from scapy.packet import Raw
from topology import CORRESPONDENT, HOME_ADDRESS, HOME_AGENT
from wire import Wire, entered

SOL_UDP, UDP_SEGMENT = 17, 103  # linux/udp.h
FIRST = 1232                    # octets of the outer payload in a first fragment of 1280
PORT = 4000


@pytest.fixture(scope="module", name="narrow")
def narrow_links():
    """Every link carries 1280 octets."""
    with topology.world(BUILD, "frag") as made:
        for link in made.links:
            made.mn.ip(f"link set {link.name} mtu 1280")
            link.router.ip("link set access0 mtu 1280")
        made.wait_care_of_addresses()
        made.start()
        wait_until_passes(made)
        yield made


def ping(host, to, octets, *more):
    """A packet of so many octets that its sender may not fragment."""
    return host.run("ping", "-n", "-c", "1", "-W", "1", "-M", "do", *more, "-s", str(octets - 48), to,
                    check=False)


def both_ways(world):
    return ((world.mn, CORRESPONDENT), (world.cn, HOME_ADDRESS))


def wait_until_passes(world):
    """The first packet by a narrow link that is not one's own is lost: its router answers it."""
    def passes():
        return all(ping(host, to, 1280).returncode == 0 for host, to in both_ways(world))
    wait_for("packets of 1280 octets", passes, 5)


def assert_goes_through(world, *sizes):
    for host, to in both_ways(world):
        for octets in sizes:
            assert ping(host, to, octets).returncode == 0


def drops(daemon):
    return {drop["name"]: drop["count"] for drop in daemon.ask("show", "counters")["drops"]}


def udp(host, address, port=0):
    with entered(host):
        made = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    made.bind((address, port))
    made.settimeout(3)
    return made


# ---- what goes through ----

def test_every_packet_of_the_minimum(narrow):
    assert_goes_through(narrow, 1240, 1241, 1279, 1280)


def test_larger_ones_are_answered(narrow):
    assert re.search(r"mtu[ =:]+1280", ping(narrow.mn, CORRESPONDENT, 1281).stderr)

    def told():
        return re.search(r"mtu[ =:]+1280", ping(narrow.cn, HOME_ADDRESS, 1281).stdout)
    wait_for("Packet Too Big with 1280", told, 3)


def test_what_is_said_is_true(narrow):
    assert narrow.mobile_node.ask("status")["mtu"] == 1280
    assert {each["mtu"] for each in narrow.mobile_node.bindings()} == {1240}
    assert "packets of more than 1240 do not fit" in narrow.mobile_node.process.text()


def exchange(world, octets):
    """TCP in both directions at once: how many octets came to the mobile node and from it."""
    with entered(world.cn):
        server = socket.create_server((CORRESPONDENT, PORT), family=socket.AF_INET6)
    with entered(world.mn):
        client = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    with server, client:
        client.settimeout(10)
        client.connect((CORRESPONDENT, PORT))
        peer = server.accept()[0]
        peer.settimeout(10)
        sending = [threading.Thread(target=each.sendall, args=(bytes(octets),))
                   for each in (client, peer)]
        counts = [0, 0]

        def receive(which, each):
            while counts[which] < octets and (got := len(each.recv(65536))):
                counts[which] += got
        receiving = [threading.Thread(target=receive, args=each)
                     for each in enumerate((client, peer))]
        for thread in sending + receiving:
            thread.start()
        for thread in sending + receiving:
            thread.join()
        peer.close()
    return counts


FIELDS = ("frame.len", "ipv6.src", "ipv6.fraghdr.more", "ipv6.fraghdr.ident",
          "ipv6.reassembled.length", "tcp.port")


def assert_fragments_are_right(path, *sources):
    """The packets that tshark reassembles from a capture."""
    words = [word for field in FIELDS for word in ("-e", field)]
    rows = [dict(zip(FIELDS, line.split("\t")))
            for line in tshark(path, "-Y", "ipv6", "-T", "fields", *words)]
    assert max(int(row["frame.len"]) for row in rows) <= 14 + 1280
    for source in sources:
        own = [row for row in rows if row["ipv6.src"].split(",")[0] == source]
        firsts = [row["ipv6.fraghdr.ident"] for row in own if row["ipv6.fraghdr.more"] == "1"]
        assert len(firsts) > 100 and len(set(firsts)) == len(firsts)
        whole = [row for row in own if row["ipv6.reassembled.length"] and row["tcp.port"]]
        assert len(whole) > 100
    assert tshark(path, "-Y", "ipv6.fragment.error || ipv6.fragment.overlap") == []


def test_tcp(narrow):
    """With GSO: the kernel cuts packets up before the daemon fragments them."""
    process, path = narrow.mn.capture("wifi0")
    assert exchange(narrow, 500_000) == [500_000, 500_000]
    process.stop()
    assert_fragments_are_right(path, HOME_AGENT, narrow.care_of_address(narrow.link("wifi0")))


def test_udp_with_gso(narrow):
    """Datagrams of 1232 octets are packets of 1280."""
    for (host, address), (other, to) in (((narrow.mn, HOME_ADDRESS), (narrow.cn, CORRESPONDENT)),
                                         ((narrow.cn, CORRESPONDENT), (narrow.mn, HOME_ADDRESS))):
        with udp(host, address) as sender, udp(other, to) as receiver:
            sender.setsockopt(SOL_UDP, UDP_SEGMENT, 1232)
            sent = b"".join(bytes([i]) * 1232 for i in range(8))
            sender.sendto(sent, receiver.getsockname())
            assert b"".join(receiver.recv(65536) for _ in range(8)) == sent


def test_inner_fragments(narrow):
    """The tunnel leaves alone what the inner sender has fragmented."""
    for (host, address), (other, to) in (((narrow.mn, HOME_ADDRESS), (narrow.cn, CORRESPONDENT)),
                                         ((narrow.cn, CORRESPONDENT), (narrow.mn, HOME_ADDRESS))):
        with udp(host, address) as sender, udp(other, to) as receiver:
            receiver.settimeout(0.3)
            sent = random.Random(1).randbytes(5000)

            def arrives():
                sender.sendto(sent, receiver.getsockname())
                try:
                    return receiver.recv(65536) == sent
                except TimeoutError:
                    return False  # the correspondent has yet to learn the path MTU
            wait_for("a datagram of 5000 octets", arrives, 5)


# ---- attackers ----

def outer_fragments(source, inner, cuts=(FIRST,), identification=None):
    """The fragments of a tunnelled packet, cut at these octets of the inner one."""
    octets = bytes(inner)
    identification = random.getrandbits(32) if identification is None else identification
    ends = [*cuts, len(octets)]
    return [inet6.IPv6(src=source, dst=HOME_AGENT) / inet6.IPv6ExtHdrFragment(
                nh=41, offset=begin // 8, m=int(end != len(octets)), id=identification)
            / Raw(octets[begin:end])
            for begin, end in zip([0, *cuts], ends)]


@pytest.fixture(name="attack")
def attacker(narrow):
    """Sends fragments as from a care-of address, and hears what comes to the correspondent."""
    class Attack:
        care_of = narrow.care_of_address(narrow.link("wifi0"))
        wire = Wire(narrow.mn, "wifi0")
        listener = udp(narrow.cn, CORRESPONDENT, PORT)

        def inner(self, mark, octets=1280, source=HOME_ADDRESS):
            return (inet6.IPv6(src=source, dst=CORRESPONDENT)
                    / inet.UDP(sport=PORT, dport=PORT) / Raw(mark * (octets - 48)))

        def send(self, *fragments):
            for fragment in fragments:
                self.wire.send(fragment)

        def heard(self, seconds=0.3):
            """The first octets of all datagrams that came."""
            marks = []
            self.listener.settimeout(seconds)
            try:
                while True:
                    marks.append(self.listener.recv(65536)[:1])
            except TimeoutError:
                return marks
    made = Attack()
    yield made
    made.wire.close()
    made.listener.close()


def test_any_order_and_number(attack):
    """RFC 8200 4.5: fragments as others may make them."""
    one, two = outer_fragments(attack.care_of, attack.inner(b"a"))
    attack.send(one, two)
    attack.send(*reversed(outer_fragments(attack.care_of, attack.inner(b"b"))))
    attack.send(*outer_fragments(attack.care_of, attack.inner(b"c"), (40, 800, 1000)))
    attack.send(*(each for each in outer_fragments(attack.care_of, attack.inner(b"d")) * 2))
    attack.send(*outer_fragments(attack.care_of, attack.inner(b"e", 100), ()))
    assert attack.heard() == [b"a", b"b", b"c", b"d", b"d", b"e"]


def test_what_is_not_delivered(narrow, attack):
    """Packets of an attacker are dropped, whole or as fragments that contradict each other."""
    before = drops(narrow.home_agent)
    stranger = narrow.mn.addresses("wifi0")[0].rsplit(":", 1)[0] + ":77"
    attack.send(*outer_fragments(stranger, attack.inner(b"a")))
    attack.send(*outer_fragments(attack.care_of, attack.inner(b"b", source="2001:db8:100::bad")))
    # the inner header is not in the first one (RFC 7112 5)
    attack.send(*outer_fragments(attack.care_of, attack.inner(b"c"), (32, 1200)))
    # missing, or not whole
    one, two = outer_fragments(attack.care_of, attack.inner(b"d"))
    attack.send(one)
    one, two = outer_fragments(attack.care_of, attack.inner(b"e"))
    attack.send(two)
    # overlapping (RFC 5722): another source in place of the one that was checked
    one, two = outer_fragments(attack.care_of, attack.inner(b"f"))
    forged = outer_fragments(attack.care_of, attack.inner(b"g", source="2001:db8:100::bad"),
                             (8, FIRST), one[inet6.IPv6ExtHdrFragment].id)
    attack.send(one, forged[1], two)
    one, two = outer_fragments(attack.care_of, attack.inner(b"h"))
    late = outer_fragments(attack.care_of, attack.inner(b"i"), (FIRST - 8,),
                           one[inet6.IPv6ExtHdrFragment].id)
    attack.send(one, late[1], two)
    assert attack.heard() == []
    after = drops(narrow.home_agent)
    assert after["wrong_care_of_address"] > before["wrong_care_of_address"]
    assert after["unknown_home_address"] > before["unknown_home_address"]
    assert after["malformed"] > before["malformed"]


def test_flood_of_fragments_that_never_become_whole(narrow, attack):
    """Neither the memory nor the tunnels of others suffer; the other links are other sources."""
    status = f"/proc/{narrow.home_agent.process.pid}/status"

    def resident():
        with open(status, encoding="ascii") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])
    attack.send(*outer_fragments(attack.care_of, attack.inner(b"a")))
    assert attack.heard(0.2) == [b"a"]
    # all that reassembly takes is taken
    size = resident()
    halves = [bytes(each) for each in outer_fragments(attack.care_of, attack.inner(b"x"))]
    for number in range(3000):
        half = halves[number % 2]
        attack.send(half[:44] + number.to_bytes(4, "big") + half[48:])
    assert_goes_through(narrow, 1280)
    attack.send(*outer_fragments(attack.care_of, attack.inner(b"b")))
    assert b"b" in attack.heard()
    assert resident() < size + 4096
    assert narrow.home_agent.ask("status")


# ---- narrow links among others ----

def test_one_of_several_links_and_in_the_middle(running):
    """Only what goes by the narrow link is fragmented, in either direction."""
    wifi, cell = running.link("wifi0"), running.link("cell0")
    running.mn.ip("link set wifi0 mtu 1280")
    wifi.router.ip("link set access0 mtu 1280")
    wait_for("its MTU", lambda: running.mobile_node.ask("status")["mtu"] == 1280, 3)
    process, path = running.mn.capture("wifi0")
    wait_until_passes(running)
    process.stop()
    assert len(tshark(path, "-Y", "ipv6.fraghdr.more == 1")) >= 2
    # the next link is wide at its end; on the way to the home agent there is a narrow one
    cell.router.ip("link set core0 mtu 1300")
    running.core.ip("link set ar2 mtu 1300")
    running.carrier(wifi, False)
    running.wait_selected("cell0")
    wait_until_passes(running)
    assert_goes_through(running, 1240, 1280)
    assert exchange(running, 100_000) == [100_000, 100_000]


def test_narrow_link_of_the_home_agent(world):
    world.ha.ip("link set core0 mtu 1280")
    world.core.ip("link set ha0 mtu 1280")
    world.start()
    assert world.home_agent.ask("status")["mtu"] == 1280
    wait_until_passes(world)
    assert exchange(world, 100_000) == [100_000, 100_000]
