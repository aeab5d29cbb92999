# SPDX-License-Identifier: BSD-2-Clause
"""Route optimization with somebody who is not ours at the other end, or in between: messages made by
hand (routability.py), in the network of tests/support/direct_network.py."""
import os
import time

import packets
import peer
import pytest
import routability as rr
from conftest import BUILD
from direct_network import PLAIN, direct_network
from netns import wait_for
from scapy.layers import inet6
from scapy_mip6 import mobility_header
from topology import CORRESPONDENT, HOME_ADDRESS
from wire import Wire, keep_kernel_quiet

OTHER_HOME_ADDRESS = "2001:db8:100::bad"
REFUSED = 128  # RFC 6275 6.1.8: and above


@pytest.fixture
def direct(request):
    with direct_network(BUILD) as made:
        request.node.world = made
        made.wait_care_of_addresses()
        yield made


@pytest.fixture
def mobiles(direct):
    """The home agent and the correspondent run; a mobile node by hand is registered with the home agent
    by its three links. A Mobile for each."""
    direct.home_agent.start()
    direct.correspondent.start()
    keep_kernel_quiet(direct.mn)
    made = [rr.Mobile(direct, link) for link in direct.links]
    bulk = [peer.binding(n, m.care_of) for n, m in enumerate(made, 1)]
    assert made[0].exchange(peer.update(made[0].care_of, bulk, 1)) is not None
    yield made
    for mobile in made:
        mobile.close()
    assert direct.correspondent.ask("status")["role"] == "correspondent"


def bindings(direct):
    return {(b.get("bid", 0), b["care_of_address"]) for b in direct.correspondent.bindings()}


def drops(daemon):
    return {d["name"]: d["count"] for d in daemon.ask("show", "counters")["drops"]}


# ---- what is right ----

def test_tests_are_answered(mobiles):
    """RFC 6275 9.4: cookie and nonce index; the home test comes by the tunnel, the other directly, and
    draft-05 6.2: the BID comes back."""
    first, second, third = mobiles
    home = first.test(HOME_ADDRESS)
    assert first.node.answers(home, HOME_ADDRESS)
    care = second.test(second.care_of, bid=2)
    assert second.node.answers(care, second.care_of)
    assert rr.bid_of(mobility_header(care)) == 2
    assert rr.bid_of(mobility_header(second.test(second.care_of))) is None
    # RFC 6275 5.2.5: another address, another token
    other = third.test(third.care_of, bid=2)
    assert len({bytes(mobility_header(p).token) for p in (home, care, other)}) == 3


def test_home_test_from_every_care_of_address(direct, mobiles):
    """Draft-13 9.3.1, RFC 6275 10.4.5: the home agent carries it from each registered care-of address, and
    the answer back by the best of them."""
    for mobile in mobiles:
        mobile.tunnel(mobile.node.init(HOME_ADDRESS))
        answer = mobiles[0].hear([rr.HOME_TEST], tunnelled=True)
        assert answer is not None and mobile.node.answers(answer, HOME_ADDRESS)


def test_home_test_of_somebody_else(direct, mobiles):
    """RFC 6275 10.4.5, 15.9: what has another's home address, or comes from an address that is not
    registered, is not let out of the tunnel."""
    # Shows draft-13 9.3.1.
    process, path = direct.cn.capture("core0")
    first = mobiles[0]
    for source in (OTHER_HOME_ADDRESS, CORRESPONDENT, first.care_of, PLAIN):
        first.tunnel(rr.MobileNode(source, CORRESPONDENT).init(source))
    stranger = first.care_of[:-1] + ("1" if first.care_of[-1] != "1" else "2")
    first.tunnel(first.node.init(HOME_ADDRESS), source=stranger)
    assert first.test(HOME_ADDRESS) is not None  # by then the others had their time
    time.sleep(0.2)
    process.stop()
    assert [m["source"] for m in packets.mobility(path) if m["type"] == rr.HOME_TEST_INIT] \
        == [HOME_ADDRESS]


def test_update_is_taken(direct, mobiles):
    """RFC 6275 9.5.1, 9.5.2: bound, and acknowledged with an authenticator."""
    first = mobiles[0]
    first.tokens(bid=1)
    packet, message = first.exchange_there(first.update(1, bid=1))
    assert (message.status, message.seq, rr.bid_of(message)) == (0, 1, 1)
    assert 0 < message.mhtime * 4 <= 420  # RFC 6275 12: MAX_RR_BINDING_LIFETIME
    assert first.node.believes(packet, first.care_of)
    assert packet.src == CORRESPONDENT
    assert packet[inet6.IPv6ExtHdrRouting].addresses == [HOME_ADDRESS]
    assert bindings(direct) == {(1, first.care_of)}


def test_without_identifier(direct, mobiles):
    """RFC 6275 9.5.2: one binding, and another care-of address takes its place."""
    for n, mobile in enumerate(mobiles[:2], 1):
        mobile.tokens()
        assert mobile.register(n) == 0
        assert bindings(direct) == {(0, mobile.care_of)}


def echo(care_of, number, home_address=HOME_ADDRESS):
    """As a mobile node sends it. The checksum is that of the home address (RFC 6275 11.3.1)."""
    inner = inet6.IPv6(src=home_address, dst=CORRESPONDENT) / inet6.ICMPv6EchoRequest(id=number)
    option = inet6.IPv6ExtHdrDestOpt(nh=58, options=[inet6.HAO(hoa=home_address)])
    return fixed(bytes(inet6.IPv6(src=care_of, dst=CORRESPONDENT) / option) + bytes(inner)[40:])


def fixed(octets):
    """Its Payload Length made right."""
    octets = bytearray(octets)
    octets[4:6] = (len(octets) - 40).to_bytes(2, "big")
    return bytes(octets)


def echoed(mobiles, mobile, number, seconds=1.0):
    """The reply, at whichever link; None if there is none."""
    mobile.send(echo(mobile.care_of, number))

    def wanted(packet):
        reply = packet.getlayer(inet6.ICMPv6EchoReply)
        return reply is not None and reply.id == number
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for each in mobiles:
            found = each.receive(wanted, 0.05)
            if found is not None:
                return found
    return None


def test_data_both_ways(direct, mobiles):
    """RFC 6275 9.3.1, 9.3.2, RFC 5648 6.5: from each care-of address that is bound; the answer has a
    routing header."""
    for n, mobile in enumerate(mobiles, 1):
        mobile.tokens(bid=n)
        assert mobile.register(n, bid=n) == 0
    for n, mobile in enumerate(mobiles, 1):
        reply = echoed(mobiles, mobile, n)
        assert reply is not None and reply.nh == 43
        assert reply[inet6.IPv6ExtHdrRouting].addresses == [HOME_ADDRESS]


# ---- what is wrong ----

def test_wrong_authenticator(direct, mobiles):
    """RFC 6275 9.5.1: silence, and nothing is bound."""
    first = mobiles[0]
    first.tokens()
    _, message = first.exchange_there(rr.spoilt(first.update(1)), 0.7)
    assert message is None and bindings(direct) == set()
    assert first.register(1) == 0


@pytest.mark.parametrize("which", ["home", "care-of"])
def test_one_right_token(direct, mobiles, which):
    """RFC 6275 5.2.5: who has only one of the two tokens cannot register."""
    first = mobiles[0]
    first.tokens()
    address = HOME_ADDRESS if which == "home" else first.care_of
    first.node.tokens[address] = (os.urandom(8), first.node.tokens[address][1])
    _, message = first.exchange_there(first.update(1), 0.7)
    assert message is None and bindings(direct) == set()


def test_token_of_another_care_of_address(direct, mobiles):
    """RFC 6275 5.2.5, RFC 5648 5.2: a token is for one address; one for a third party's is never had."""
    first, second, _ = mobiles
    first.tokens(bid=1)
    for address in (second.care_of, PLAIN):
        first.node.tokens[address] = first.node.tokens[first.care_of]
    second.node = first.node
    _, message = second.exchange_there(second.update(1, bid=2), 0.7)
    assert message is None
    for source in (first.care_of, PLAIN):
        _, message = first.exchange_there(first.node.update(PLAIN, 2, source=source), 0.7)
        assert message is None
    assert bindings(direct) == set()


def test_unknown_nonce_indices(direct, mobiles):
    """RFC 6275 9.5.1: 136, 137, 138; the answers have no authenticator."""
    first = mobiles[0]
    first.tokens()
    home, care = (first.node.tokens[a][1] for a in (HOME_ADDRESS, first.care_of))
    for n, (indices, status) in enumerate((((home + 9, care), 136), ((home, care + 9), 137),
                                           ((home + 9, care + 9), 138)), 1):
        _, message = first.exchange_there(first.update(n, indices=indices))
        assert message.status == status and not rr.authenticated(message)
    assert bindings(direct) == set()


def test_replayed_after_deletion(direct, mobiles):
    """RFC 6275 5.2.8, 9.5.3: the same octets bring nothing back, nor does another update with the same
    nonces."""
    first = mobiles[0]
    first.tokens()
    octets = first.update(1)
    assert first.exchange_there(octets)[1].status == 0
    assert first.register(2, lifetime=0) == 0
    assert bindings(direct) == set()
    for again in (octets, first.update(3)):
        _, message = first.exchange_there(again, 0.7)
        assert message is None or message.status >= REFUSED
        assert bindings(direct) == set()


def test_old_sequence_number(direct, mobiles):
    """RFC 6275 9.5.1: 135 with the last accepted one."""
    first = mobiles[0]
    first.tokens()
    assert first.register(5) == 0
    _, message = first.exchange_there(first.update(5))
    assert (message.status, message.seq) == (135, 5)


def test_test_inits_with_a_home_address_option(direct, mobiles):
    """RFC 6275 9.4.1, 9.4.2: silence."""
    first = mobiles[0]
    before = direct.correspondent.ask("show", "counters")["tests_answered"]
    for kind in (rr.HOME_TEST_INIT, rr.CARE_OF_TEST_INIT):
        option = inet6.IPv6ExtHdrDestOpt(nh=rr.NEXT_HEADER, options=[inet6.HAO(hoa=HOME_ADDRESS)])
        first.send(bytes(inet6.IPv6(src=first.care_of, dst=CORRESPONDENT) / option / rr.raw_message(
            kind, bytes(10), HOME_ADDRESS, CORRESPONDENT)))
        assert first.hear([rr.HOME_TEST, rr.CARE_OF_TEST], 0.5) is None
    assert direct.correspondent.ask("show", "counters")["tests_answered"] == before


def test_home_address_option_without_a_binding(direct, mobiles):
    """RFC 6275 9.3.1: not taken, so nothing is reflected; a Binding Error goes to where it came from."""
    first, second, _ = mobiles
    first.tokens(bid=1)
    assert first.register(1, bid=1) == 0
    assert echoed(mobiles, first, 1) is not None
    for sender, home_address in ((second, HOME_ADDRESS), (first, OTHER_HOME_ADDRESS), (first, PLAIN)):
        sender.send(echo(sender.care_of, 77, home_address))
        packet = sender.hear([rr.ERROR], 1.0)
        message = mobility_header(packet)
        assert (message.status, message.ha) == (1, home_address)
    assert echoed(mobiles, second, 78, 0.5) is None


def test_answers_are_no_more(direct, mobiles):
    """RFC 6275 15.4.5: a correspondent is no amplifier. There is one answer for each test, and it has the
    token, eight octets, more than the question; none for what is malformed."""
    first = mobiles[0]
    process, path = direct.cn.capture("core0")
    for n in range(5):
        first.test(first.care_of, bid=n + 1)
        time.sleep(0.1)
    first.send(bytes(rr.MobileNode("ff02::1", CORRESPONDENT).init("ff02::1")))
    time.sleep(0.3)
    process.stop()
    sizes = {rr.CARE_OF_TEST_INIT: [], rr.CARE_OF_TEST: []}
    for line in packets.tshark(path, "-Y", "mip6.mhtype == 2 || mip6.mhtype == 4", "-T", "fields", "-e",
                               "mip6.mhtype", "-e", "ipv6.plen"):
        kind, octets = map(int, line.split())
        sizes[kind].append(octets)
    questions, answers = sizes.values()
    assert len(answers) == 5 and len(questions) >= 5
    assert all(answer <= question + 8 for answer, question in zip(answers, questions))


# ---- the mobile node, and who would mislead it ----

@pytest.fixture
def optimized(direct):
    direct.optimize()
    return direct


def acknowledgement(care_of, status, sequence, home=True):
    """A Binding Acknowledgement of the correspondent's that lacks what it cannot have."""
    body = bytes([status, 0]) + sequence.to_bytes(2, "big") + (105).to_bytes(2, "big") + b"\1\2\0\0"
    octets = rr.raw_message(rr.ACKNOWLEDGEMENT, body, CORRESPONDENT, HOME_ADDRESS if home else care_of)
    packet = inet6.IPv6(src=CORRESPONDENT, dst=care_of, nh=43 if home else 135)
    if home:
        packet /= inet6.IPv6ExtHdrRouting(type=2, segleft=1, addresses=[HOME_ADDRESS], nh=135)
    return packet / octets


def test_forged_acknowledgements(optimized):
    """RFC 6275 11.7.3: without the right authenticator they change nothing. 136 to 138 have none, so they
    cost no more than new tests."""
    forger = Wire(optimized.edge, "core0")
    care_of = optimized.care_of_address(optimized.link("wifi0"))
    for status in (0, 128, 129, 133, 135, 168):
        for sequence in range(0, 65536, 4096):
            forger.send(acknowledgement(care_of, status, sequence))
            forger.send(acknowledgement(care_of, status, sequence, home=False))
    time.sleep(0.5)
    assert optimized.registered_here() == optimized.registered_there() == optimized.care_of_addresses()
    assert optimized.peer()["state"] == "optimized"


def test_forged_tests(direct):
    """RFC 6275 11.6.2: a Home Test counts out of the tunnel only, and with the right cookie; a Care-of Test
    with the right cookie."""
    # The correspondent says nothing: all that comes is forged.
    direct.cn.nft("table ip6 deaf {\n\tchain in { type filter hook prerouting priority 0\n"
                  "\t\tmeta l4proto 135 drop\n\t}\n}\n")
    process, path = direct.core.capture("edge0")
    direct.start()
    direct.speak()
    wait_for("tests", lambda: direct.mobile_node.ask("show", "counters")["tests_sent"] >= 4, 5)
    forger = Wire(direct.edge, "core0")
    body = bytes([0, 1]) + bytes(8) + bytes(range(8))
    care_of = direct.care_of_address(direct.link("wifi0"))
    for kind, to in ((rr.HOME_TEST, HOME_ADDRESS), (rr.HOME_TEST, care_of), (rr.CARE_OF_TEST, care_of),
                     (rr.CARE_OF_TEST, HOME_ADDRESS)):
        octets = rr.raw_message(kind, body, CORRESPONDENT, to)
        forger.send(inet6.IPv6(src=CORRESPONDENT, dst=to, nh=135) / octets)
        # a routing header makes a packet to the care-of address one to the home address
        octets = rr.raw_message(kind, body, CORRESPONDENT, HOME_ADDRESS)
        forger.send(inet6.IPv6(src=CORRESPONDENT, dst=care_of, nh=43)
                    / inet6.IPv6ExtHdrRouting(type=2, segleft=1, addresses=[HOME_ADDRESS], nh=135) / octets)
    time.sleep(1)
    process.stop()
    assert [m for m in packets.mobility(path) if m["type"] == rr.UPDATE and m["destination"] == CORRESPONDENT] \
        == []
    assert (direct.peer() or {"bindings": 0})["bindings"] == 0


def test_home_test_beside_the_tunnel(optimized):
    """RFC 6275 11.6.2: the right cookie does not help a Home Test that did not come from the home agent."""
    process, path = optimized.core.capture("edge0")
    optimized.mobile_node.kill()
    optimized.mobile_node.start()
    optimized.wait_registered()
    process.stop()
    # nothing that the daemon before knew is known to this one
    assert drops(optimized.mobile_node)["wrong_peer"] >= 0
    assert [m for m in packets.mobility(path) if m["type"] == rr.HOME_TEST and
            not m["destination"].startswith("2001:db8:100:")] == []


def problem(care_of, pointer):
    """Parameter Problem code 2 of the correspondent's, about a packet with our Home Address option."""
    return (inet6.IPv6(src=CORRESPONDENT, dst=care_of)
            / inet6.ICMPv6ParamProblem(code=2, ptr=pointer) / inet6.IPv6(echo(care_of, 5)))


# Shows RFC 6275 11.3.5-6.
def test_option_that_is_not_known(optimized):
    """RFC 6275 11.3.5: it is logged, and that is all: who answers tests knows the option."""
    said = f"{CORRESPONDENT} does not take packets of route optimization"
    forger = Wire(optimized.edge, "core0")
    care_of = optimized.care_of_address(optimized.link("wifi0"))
    updates = optimized.mobile_node.ask("show", "counters")["updates_sent"]
    assert said not in optimized.mobile_node.process.text()
    forger.send(problem(care_of, 40 + 6))  # at the option's type
    wait_for("log", lambda: said in optimized.mobile_node.process.text(), 2)
    assert optimized.peer()["state"] == "optimized"
    assert optimized.registered_here() == optimized.care_of_addresses()
    assert optimized.mobile_node.ask("show", "counters")["updates_sent"] == updates


@pytest.mark.parametrize("wrong", ["left0", "left2", "foreign", "twice"])
def test_routing_headers(optimized, wrong):
    """RFC 6275 6.4: one, with one segment left, to the home address; everything else is dropped, and leads
    nowhere."""
    forger = Wire(optimized.edge, "core0")
    care_of = optimized.care_of_address(optimized.link("wifi0"))
    target = PLAIN if wrong == "foreign" else HOME_ADDRESS
    left = {"left0": 0, "left2": 2}.get(wrong, 1)
    inner = inet6.IPv6(src=CORRESPONDENT, dst=target) / inet6.ICMPv6EchoRequest(id=99)
    routing = inet6.IPv6ExtHdrRouting(type=2, segleft=left, addresses=[target], nh=58)
    head = inet6.IPv6(src=CORRESPONDENT, dst=care_of)
    if wrong == "twice":
        head /= inet6.IPv6ExtHdrRouting(type=2, segleft=1, addresses=[HOME_ADDRESS], nh=43)
    process, path = optimized.core.capture("edge0")
    process_2, path_2 = optimized.cn.capture("core0")
    forger.send(fixed(bytes(head / routing) + bytes(inner)[40:]))
    time.sleep(0.5)
    process.stop()
    process_2.stop()
    for seen in (path, path_2):
        assert packets.tshark(seen, "-Y", "icmpv6.type == 129 && icmpv6.echo.identifier == 99") == []


def memory(daemon):
    """Its resident memory, in kB."""
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


FLOOD = r"""
import os, random, socket, sys, time
# Care-of and Home Test Inits from ever other sources, as fast as it goes; checksums are right.
from scapy.layers import inet6
from scapy_mip6 import mobility_header
target, link, mac = sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3])
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); out.bind((link, 0x86DD))
own = out.getsockname()[4]
frames = []
for n in range(4096):
    source = f"2001:db8:bad::{random.getrandbits(16):x}:{n:x}"
    kind = 1 + n % 2
    octets = bytearray(bytes([59, 1, kind, 0, 0, 0, 0, 0]) + os.urandom(8))
    packet = inet6.IPv6(src=source, dst=target, nh=135)
    octets[4:6] = inet6.in6_chksum(135, packet, bytes(octets)).to_bytes(2, "big")
    frames.append(mac + own + b"\x86\xdd" + bytes(packet / bytes(octets)))
print("ready", flush=True)
n = 0
while True:
    for frame in frames:
        try:
            out.send(frame)
        except OSError:
            pass
"""


def test_flood_of_test_inits(direct):
    """RFC 6275 5.2.5, 15.4.5: nothing is kept of them, and a real mobile node is served meanwhile."""
    direct.start_all()
    shown = direct.cn.run("ip", "-o", "link", "show", "core0").stdout
    mac = shown.split("link/ether ")[1].split()[0]
    flood = direct.edge.start("flood", "/usr/bin/python3", "-c", FLOOD, CORRESPONDENT, "cn0",
                              mac.replace(":", ""), pipe=True)
    assert flood.popen.stdout.readline() == "ready\n", flood.text()
    time.sleep(1)
    before = memory(direct.correspondent)
    direct.speak(count=50)
    direct.wait_optimized(seconds=30)
    time.sleep(2)
    assert memory(direct.correspondent) - before < 1024
    assert direct.correspondent.ask("show", "counters")["packets_understood"] > 10000
    flood.kill()
