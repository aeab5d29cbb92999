# SPDX-License-Identifier: BSD-2-Clause
"""Route optimization with somebody who is not ours at the other end, or in between: messages made by
hand (routability.py), in the network of tests/support/direct_network.py."""
import time

import packets
import peer
import pytest
import routability as rr
from conftest import BUILD
from direct_network import PLAIN, SECOND, SECOND_KEY, SECOND_SPI, direct_network
from netns import wait_for
from scapy.layers import inet6
from scapy_mip6 import mobility_header
from topology import CORRESPONDENT, HOME_ADDRESS
from wire import Wire, keep_kernel_quiet

OTHER_HOME_ADDRESS = "2001:db8:100::bad"
OTHER_CARE_OF = "2001:db8:2::9"  # of another mobile node


@pytest.fixture
def direct(request):
    with direct_network(BUILD, **getattr(request, "param", {})) as made:
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


# ---- through the home agent ----


# Shows RFC 5648 9.3.1-2; RFC 6275 10.4.5-3.
def test_home_test_from_every_care_of_address(direct, mobiles):
    """Draft-13 9.3.1, RFC 6275 10.4.5: the home agent carries it from each registered care-of address, and
    the answer back by the best of them."""
    for mobile in mobiles:
        mobile.tunnel(mobile.node.init(HOME_ADDRESS))
        answer = mobiles[0].hear([rr.HOME_TEST], tunnelled=True)
        assert answer is not None and mobile.node.answers(answer, HOME_ADDRESS)


# Shows RFC 5648 9.3.1-2; RFC 6275 10.4.5-3.
def test_home_test_of_somebody_else(direct, mobiles):
    """RFC 6275 10.4.5, 15.9: what has another's home address, or comes from an address that is not
    registered, is not let out of the tunnel."""
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


@pytest.mark.parametrize("direct", [{"second": True}], indirect=True, ids=[""])
def test_home_test_of_another_that_is_registered(direct, mobiles):
    """RFC 6275 10.4.5, 15.9: who is registered itself does not get out of the tunnel what has the home
    address of another mobile node, from no address of its own; that one does."""
    second = rr.Mobile(direct, direct.links[1])
    second.care_of = OTHER_CARE_OF
    direct.mn.ip(f"addr add {OTHER_CARE_OF}/64 dev {direct.links[1].name} nodad")
    update = peer.update(OTHER_CARE_OF, [peer.binding(9, OTHER_CARE_OF)], 1, key=SECOND_KEY, spi=SECOND_SPI,
                         home_address=SECOND)
    assert second.exchange(update)[inet6.MIP6MH_BA].status == 0
    process, path = direct.cn.capture("core0")
    theirs = rr.MobileNode(SECOND, CORRESPONDENT)
    for mobile in mobiles:
        mobile.tunnel(theirs.init(SECOND))
    second.tunnel(second.node.init(HOME_ADDRESS))
    last = theirs.init(SECOND)  # the others had their time when this is answered
    second.tunnel(last)
    assert second.hear([rr.HOME_TEST], tunnelled=True) is not None
    second.close()
    time.sleep(0.2)
    process.stop()
    cookies = [bytes(mobility_header(packet).cookie) for packet in packets.rdpcap(path)
               if mobility_header(packet) and mobility_header(packet).mhtype == rr.HOME_TEST_INIT]
    assert cookies == [theirs.cookies[SECOND]]


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


def sizes(path, display_filter):
    """Octets of the packets of a capture that match."""
    return [40 + int(line) for line in packets.tshark(path, "-Y", display_filter, "-T", "fields",
                                                      "-e", "ipv6.plen")]


# Shows RFC 6275 15.4.1-1.
def test_answers_are_no_more(direct, mobiles):
    """RFC 6275 15.4.5: a correspondent is no amplifier. There is at most one answer for each question of
    anybody's. A Test has the token, eight octets, more than its Init; nothing else is larger than what it
    answers. Nothing answers what is malformed."""
    first = mobiles[0]
    process, path = direct.cn.capture("core0")
    for n in range(5):
        first.test(HOME_ADDRESS)
        first.test(first.care_of, bid=n + 1)
        # refused: an index of no nonce, and no authenticator; what is forged has no answer
        first.send(first.node.update(first.care_of, n + 1, indices=(0xeeee, 0xeeee)))
        assert first.hear([rr.ACKNOWLEDGEMENT]) is not None
        first.send(first.node.update(first.care_of, n + 1, key=bytes(20)))
        # without a binding: one each second to an address
        first.send(echo(first.care_of, n))
    assert first.hear([rr.ERROR]) is not None
    first.send(bytes(rr.MobileNode("ff02::1", CORRESPONDENT).init("ff02::1")))
    time.sleep(0.3)
    process.stop()
    for question, answer, more, least in (
            ("mip6.mhtype == 1", "mip6.mhtype == 3", 8, 5), ("mip6.mhtype == 2", "mip6.mhtype == 4", 8, 5),
            ("mip6.mhtype == 5", "mip6.mhtype == 6", 0, 5),
            ("ipv6.opt.mipv6.home_address && icmpv6", "mip6.mhtype == 7", 0, 1)):
        asked, answered = sizes(path, question), sizes(path, answer)
        assert least <= len(answered) <= (5 if question != "mip6.mhtype == 2" else len(asked))
        assert len(answered) <= len(asked) and max(answered) <= min(asked) + more
    assert len(sizes(path, "mip6.mhtype == 5")) == 10 and len(sizes(path, "mip6.mhtype == 6")) == 5


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


# Shows RFC 6275 11.7.3-2, 11.7.3-5.
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


def next_init(heard, kind, source):
    """The cookie of the next such Test Init that comes to the correspondent."""
    def wanted(packet):
        message = mobility_header(packet)
        return message is not None and message.mhtype == kind and packet.src == source
    packet = heard.receive(wanted, 5)
    assert packet is not None
    return bytes(mobility_header(packet).cookie)


def forged(kind, cookie, to, routed_to=None):
    """A Home or Care-of Test."""
    head = inet6.IPv6(src=CORRESPONDENT, dst=to, nh=rr.NEXT_HEADER)
    if routed_to:
        head = inet6.IPv6(src=CORRESPONDENT, dst=to) / inet6.IPv6ExtHdrRouting(
            type=2, segleft=1, addresses=[routed_to], nh=rr.NEXT_HEADER)
    return head / rr.raw_message(kind, bytes([0, 1]) + cookie + bytes(range(8)), CORRESPONDENT,
                                 routed_to or to)


# Shows RFC 6275 11.6.2-1, 11.6.2-2.
def test_forged_home_tests(direct):
    """RFC 6275 11.6.2: one counts if it came out of the tunnel from the home agent, and its cookie is that of
    the init. With the right cookie it does not count by any other way."""
    # no daemon: nobody but us answers
    direct.cn.nft("table ip6 deaf {\n\tchain in { type filter hook prerouting priority 0\n"
                  "\t\tmeta l4proto 135 drop\n\t}\n}\n")
    heard, forger = Wire(direct.cn, "core0"), Wire(direct.edge, "core0")
    direct.start()
    direct.speak()
    care_of = direct.care_of_address(direct.link("wifi0"))
    next_init(heard, rr.HOME_TEST_INIT, HOME_ADDRESS)
    # the second, after a second; the third comes two seconds later
    cookie = next_init(heard, rr.HOME_TEST_INIT, HOME_ADDRESS)
    for wrong in (forged(rr.HOME_TEST, cookie, care_of),
                  forged(rr.HOME_TEST, cookie, care_of, routed_to=HOME_ADDRESS),
                  forged(rr.HOME_TEST, bytes(8), HOME_ADDRESS),
                  forged(rr.CARE_OF_TEST, cookie, HOME_ADDRESS)):
        forger.send(wrong)
    # who is on the visited link needs no route to the home address
    router = direct.link("wifi0").router
    router.ip(f"route add {HOME_ADDRESS}/128 via {care_of} dev access0")
    neighbour = Wire(router, "access0")
    neighbour.send(forged(rr.HOME_TEST, cookie, HOME_ADDRESS))
    neighbour.close()
    router.ip(f"route del {HOME_ADDRESS}/128 via {care_of} dev access0")
    time.sleep(0.5)
    assert direct.peer()["state"] == "testing" and "home_token_expires_in_s" not in direct.peer()
    forger.send(forged(rr.HOME_TEST, cookie, HOME_ADDRESS))
    wait_for("the token", lambda: "home_token_expires_in_s" in direct.peer(), 1)
    heard.close()
    forger.close()


def second_inits(heard, care_of):
    """The cookies of the second Home Test Init and of the second Care-of Test Init from this address: for
    two seconds they are the last."""
    cookies = {rr.HOME_TEST_INIT: [], rr.CARE_OF_TEST_INIT: []}

    def wanted(packet):
        message = mobility_header(packet)
        if message is not None and packet.src in (HOME_ADDRESS, care_of) and message.mhtype in cookies:
            cookies[message.mhtype].append(bytes(message.cookie))
        return all(len(found) >= 2 for found in cookies.values())
    assert heard.receive(wanted, 5) is not None
    return [found[-1] for found in cookies.values()]


def is_update(packet):
    message = mobility_header(packet)
    return message is not None and message.mhtype == rr.UPDATE


# Shows RFC 6275 11.6.2-4, 11.6.2-5, 11.6.2-6.
def test_forged_care_of_tests(direct):
    """RFC 6275 11.6.2: one counts if it came to the address that was tested, as it is, and its cookie is that
    of the init. With the right cookie it does not count anywhere else."""
    direct.cn.nft("table ip6 deaf {\n\tchain in { type filter hook prerouting priority 0\n"
                  "\t\tmeta l4proto 135 drop\n\t}\n}\n")
    heard, forger = Wire(direct.cn, "core0"), Wire(direct.edge, "core0")
    direct.start()
    direct.speak()
    care_of, other = (direct.care_of_address(direct.link(name)) for name in ("wifi0", "cell0"))
    home_cookie, cookie = second_inits(heard, care_of)
    forger.send(forged(rr.HOME_TEST, home_cookie, HOME_ADDRESS))
    wait_for("the token", lambda: "home_token_expires_in_s" in direct.peer(), 1)
    for wrong in (forged(rr.CARE_OF_TEST, cookie, other),
                  forged(rr.CARE_OF_TEST, cookie, HOME_ADDRESS),
                  forged(rr.CARE_OF_TEST, cookie, care_of, routed_to=HOME_ADDRESS),
                  forged(rr.CARE_OF_TEST, home_cookie, care_of),
                  forged(rr.HOME_TEST, cookie, care_of),
                  forged(rr.CARE_OF_TEST, bytes(8), care_of)):
        forger.send(wrong)
    assert heard.receive(is_update, 0.4) is None
    forger.send(forged(rr.CARE_OF_TEST, cookie, care_of))
    assert heard.receive(is_update, 1).src == care_of
    heard.close()
    forger.close()


def problem(care_of, pointer):
    """Parameter Problem code 2 of the correspondent's, about a packet with our Home Address option."""
    return (inet6.IPv6(src=CORRESPONDENT, dst=care_of)
            / inet6.ICMPv6ParamProblem(code=2, ptr=pointer) / inet6.IPv6(echo(care_of, 5)))


# Shows RFC 6275 11.3.5-6.
def test_option_that_is_not_known(optimized):
    """RFC 6275 11.3.5: it is logged, and anybody can forge it: no binding ends. As after a Binding Error, the
    mobile node asks the correspondent by one update for each binding (ADR 38)."""
    said = f"{CORRESPONDENT} does not take packets of route optimization"
    forger = Wire(optimized.edge, "core0")
    care_of = optimized.care_of_address(optimized.link("wifi0"))

    def counters():
        return optimized.mobile_node.ask("show", "counters")
    asked = counters()["updates_sent"] + len(optimized.links)
    assert said not in optimized.mobile_node.process.text()
    forger.send(problem(care_of, 40 + 6))  # at the option's type
    wait_for("log", lambda: said in optimized.mobile_node.process.text(), 2)
    wait_for("the questions", lambda: counters()["updates_sent"] == asked, 2)
    wait_for("their answers", lambda: counters()["acks_received"] == asked, 2)
    assert counters()["updates_sent"] == asked
    assert optimized.peer()["state"] == "optimized"
    assert optimized.registered_here() == optimized.registered_there() == optimized.care_of_addresses()


# Shows RFC 6275 6.4-1, 6.4.1-4.
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
