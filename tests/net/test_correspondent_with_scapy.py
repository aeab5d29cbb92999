# SPDX-License-Identifier: BSD-2-Clause
"""The correspondent, and a mobile node that is not ours: return routability and Binding Updates
made with scapy, hmac and hashlib (tests/support/return_routability.py).

    cn ---- core ==== mn       home0: packets to and from the home address, as its home agent would
                               tunnel them; wifi0, cell0: a care-of address each
"""
import contextlib
import time

import packets
import pytest
import return_routability as rr
import scapy_mip6 as mip6
from conftest import BUILD
from leftovers import pinned
from netns import Net, wait_for
from scapy.layers import inet6
from topology import Daemon
from traffic import ping
from wire import Wire, keep_kernel_quiet

HOME_ADDRESS = "2001:db8:100::100"
CORRESPONDENT = "2001:db8:c::1"
CARE_OF = {"wifi0": "2001:db8:1::100", "cell0": "2001:db8:2::100"}
WIFI, CELL = CARE_OF.values()
LINKS = {"home0": HOME_ADDRESS, **CARE_OF}
SILENCE = 0.7
LIFETIME = 400
LIFETIME_MAX = 420  # RFC 6275 12: MAX_RR_BINDING_LIFETIME
ACCEPTED, NOT_THERE, OLD, BULK = 0, 133, 135, 168
UNKNOWN_NONCE = {"home": 136, "care-of": 137, "both": 138}


class MobileNode(rr.MobileNode):
    """With three links, and a capture of what the correspondent hears and says."""

    def __init__(self, net):
        super().__init__(HOME_ADDRESS, CORRESPONDENT)
        core, self.cn, self.host = (net.host(name) for name in ("core", "cn", "mn"))
        self.core = core
        core.forward()
        net.link(core, "cn0", self.cn, "core0")
        core.ip("addr add 2001:db8:c::ff/64 dev cn0")
        self.cn.ip(f"addr add {CORRESPONDENT}/64 dev core0", "route add default via 2001:db8:c::ff")
        for metric, (link, address) in enumerate(LINKS.items(), 1):
            router = address.replace("::100", "::ff")
            net.link(core, link, self.host, link)
            core.ip(f"addr add {router}/64 dev {link}")
            self.host.ip(f"addr add {address}/64 dev {link}",
                         f"route add default via {router} dev {link} metric {metric}")
        keep_kernel_quiet(self.host)
        self.wires = {address: Wire(self.host, link) for link, address in LINKS.items()}
        self.capturing, self.capture = self.cn.capture("core0")
        self.daemon = Daemon(self.cn, BUILD, "correspondent {\n\tinterfaces = {core0}\n}\n")
        self.daemon.start()

    def close(self):
        for wire in self.wires.values():
            wire.close()
        self.capturing.stop()

    def test(self, address, bid=None):
        """Test Init from an address of ours: returns the Test."""
        wire = self.wires[address]
        wire.send(self.init(address, bid))
        found = wire.receive(lambda packet: self.answers(packet, address))
        assert found, f"no Test to {address}"
        self.learn(found, address)
        return found

    def exchange(self, octets, link, seconds=2.0):
        """Sends a Binding Update by a link: the acknowledgement, or None."""
        self.wires[link].send(octets)
        return self.wires[link].receive(lambda packet: inet6.MIP6MH_BA in packet, seconds)

    def bind(self, care_of, sequence, bid=None, **more):
        """Registers: returns the acknowledgement."""
        options = [] if bid is None else [mip6.MIP6OptBID(bid=bid, coa6=care_of)]
        return self.exchange(self.update(care_of, sequence, options=options, **more), care_of)

    def bindings(self):
        return {(b.get("bid") or 0, b["care_of_address"]) for b in self.daemon.bindings()}


@pytest.fixture
def node():
    """Everything that either side says must be well-formed."""
    with Net("mc") as net, contextlib.closing(MobileNode(net)) as made:
        yield made
        assert made.daemon.ask("status")
        made.close()
        assert packets.malformed(made.capture) == []
        assert packets.wrong_checksums(made.capture) == []


@pytest.fixture
def authorized(node):
    """With tokens for all addresses."""
    node.test(HOME_ADDRESS)
    node.test(WIFI, 1)
    node.test(CELL, 2)
    return node


@pytest.fixture
def bound(authorized):
    """With a binding for each care-of address."""
    authorized.bind(WIFI, 1, 1)
    authorized.bind(CELL, 2, 2)
    assert authorized.bindings() == {(1, WIFI), (2, CELL)}
    return authorized


def message(packet):
    return packet.getlayer(inet6.MIP6MH_BA)


def echoed(packet):
    """{BID: status} of a message's options."""
    return {option.bid: option.status for option in rr.options_of(packet, mip6.MIP6OptBID)}


# ---- return routability ----

# Shows RFC 6275 9.4.3-2, 9.4.4-2.
def test_tests(node):
    """RFC 6275 9.4.1 to 9.4.4: to where the Init came from, with its cookie; nothing is kept."""
    home, care_of = node.test(HOME_ADDRESS), node.test(WIFI)
    assert (home.dst, care_of.dst) == (HOME_ADDRESS, WIFI)
    assert not echoed(home) and not echoed(care_of)
    assert node.tokens[HOME_ADDRESS][0] != node.tokens[WIFI][0]
    assert node.bindings() == set()


def test_token_depends_on_the_address_alone(node):
    """RFC 6275 5.2.5: the same nonce gives the same token, whatever the cookie."""
    def same():
        node.test(WIFI)
        first = node.tokens[WIFI]
        node.test(CELL)
        other = node.tokens[CELL]
        node.test(WIFI)
        return node.tokens[WIFI] == first and other[1] == first[1] and other[0] != first[0]
    wait_for("one nonce for three Tests", same, 10)  # a new nonce each 30 s


# Shows draft-05 6.2-5, 6.2-6.
def test_identifier_is_echoed(node):
    """draft-05 6.2: the Care-of Test says which Care-of Test Init it answers."""
    assert echoed(node.test(WIFI, 7)) == {7: 0}
    assert not rr.options_of(node.test(WIFI), mip6.MIP6OptBID)


# Shows RFC 6275 9.4.1-2, 9.4.2-2.
@pytest.mark.parametrize("address", [HOME_ADDRESS, WIFI])
def test_init_with_a_home_address_option(node, address):
    """RFC 6275 9.4.1, 9.4.2: silence."""
    init = node.init(address)
    option = inet6.IPv6ExtHdrDestOpt(options=[inet6.HAO(hoa=HOME_ADDRESS)])
    header = init.payload
    init.remove_payload()
    node.wires[address].send(init / option / header)
    assert node.wires[address].receive(lambda p: node.answers(p, address), SILENCE) is None


# ---- Binding Updates ----

# Shows RFC 6275 6.2.7-1, 9.5.4-9, 9.5.4-15.
def test_binding_with_identifier(authorized):
    """RFC 5648 6.2, RFC 6275 9.5.4: answered to the care-of address, by the routing header, with an
    authenticator; the identifier is echoed."""
    answer = authorized.bind(WIFI, 7, 1)
    assert (answer.src, answer.dst) == (CORRESPONDENT, WIFI)
    assert answer[inet6.IPv6ExtHdrRouting].addresses == [HOME_ADDRESS]
    assert (message(answer).status, message(answer).seq) == (ACCEPTED, 7)
    assert 0 < message(answer).mhtime * rr.LIFETIME_UNIT <= LIFETIME
    assert echoed(answer) == {1: 0}
    assert authorized.believes(answer, WIFI)
    assert authorized.bindings() == {(1, WIFI)}


def test_several_bindings(bound):
    """RFC 5648 6.2: one more goes beside the others; the same with another address moves it."""
    answer = bound.exchange(
        bound.update(CELL, 3, options=[mip6.MIP6OptBID(bid=1, coa6=CELL)]), CELL)
    assert message(answer).status == ACCEPTED
    assert bound.believes(answer, CELL)
    assert bound.bindings() == {(1, CELL), (2, CELL)}


def test_binding_without_identifier(authorized):
    """RFC 6275 9.5.1: a mobile node that knows no identifiers."""
    answer = authorized.bind(WIFI, 1)
    assert message(answer).status == ACCEPTED
    assert authorized.believes(answer, WIFI)
    assert not echoed(answer)
    assert {care_of for _, care_of in authorized.bindings()} == {WIFI}


def test_refresh_without_address(bound):
    """RFC 5648 6.2: of a binding that is there; the care-of address is that which it has."""
    answer = bound.exchange(bound.update(WIFI, 3, options=[mip6.MIP6OptBID(bid=1)]), WIFI)
    assert (message(answer).status, echoed(answer)) == (ACCEPTED, {1: 0})
    assert bound.believes(answer, WIFI)
    assert bound.bindings() == {(1, WIFI), (2, CELL)}


def test_lifetime(authorized):
    """RFC 6275 5.2.7: at most MAX_RR_BINDING_LIFETIME."""
    answer = authorized.bind(WIFI, 1, 1, lifetime=4000)
    assert message(answer).status == ACCEPTED
    assert message(answer).mhtime * rr.LIFETIME_UNIT <= LIFETIME_MAX


def test_overwrite(bound):
    """RFC 5648 6.2: with the O flag all other bindings go."""
    assert message(bound.bind(CELL, 3, 3, reserved=rr.OVERWRITE)).status == ACCEPTED
    assert bound.bindings() == {(3, CELL)}


# Shows RFC 5648 6.2-7.
def test_two_identifiers(authorized):
    """RFC 5648 6.2: 168, bulk registration is for home agents."""
    options = [mip6.MIP6OptBID(bid=1, coa6=WIFI), mip6.MIP6OptBID(bid=2, coa6=CELL)]
    answer = authorized.exchange(authorized.update(WIFI, 1, options=options), WIFI)
    assert message(answer).status == BULK
    assert authorized.bindings() == set()


def test_old_sequence_number(bound):
    """RFC 6275 9.5.1: 135, with the last one that was accepted."""
    answer = bound.bind(WIFI, 2, 1)
    assert (message(answer).status, message(answer).seq) == (OLD, 2)
    assert bound.believes(answer, WIFI)


@pytest.mark.parametrize("which", UNKNOWN_NONCE)
def test_unknown_nonce(authorized, which):
    """RFC 6275 9.5.1, 9.5.4: 136, 137, 138; without an authenticator."""
    indices = [authorized.tokens[HOME_ADDRESS][1], authorized.tokens[WIFI][1]]
    for place, name in enumerate(("home", "care-of")):
        if which in (name, "both"):
            indices[place] = (indices[place] + 0x8000) % 0x10000
    answer = authorized.bind(WIFI, 1, 1, indices=indices)
    assert (message(answer).status, message(answer).seq) == (UNKNOWN_NONCE[which], 1)
    assert rr.options_of(answer, mip6.MIP6OptBindingAuthData) == []
    assert authorized.bindings() == set()


FORGERIES = {
    "no key": lambda node: {"key": bytes(20)},
    "home token alone": lambda node: {"key": node.key(None)},
    "token of another care-of address": lambda node: {"key": node.key(CELL)},
    "home token of another address": lambda node: {
        "key": rr.kbm(node.tokens[CELL][0], node.tokens[WIFI][0])},
    "a third party's address": lambda node: {"authenticated": "2001:db8:bad::1"},
}


# Shows RFC 6275 9.5.1-9, 9.5.1-19, 15.4.2-1.
@pytest.mark.parametrize("forgery", FORGERIES)
def test_forged(authorized, forgery):
    """RFC 6275 9.5.1: silence, and no binding."""
    octets = authorized.update(WIFI, 1, options=[mip6.MIP6OptBID(bid=1, coa6=WIFI)],
                               **FORGERIES[forgery](authorized))
    assert authorized.exchange(octets, WIFI, SILENCE) is None
    assert authorized.bindings() == set()
    assert message(authorized.bind(WIFI, 1, 1)).status == ACCEPTED


STRANGER = "2001:db8:2::bad"


# Shows RFC 6275 15.4.2-1.
@pytest.mark.parametrize("authenticated", [STRANGER, WIFI])
def test_third_party_as_care_of_address(authorized, authenticated):
    """RFC 5648 6.2: the address in the option is what the care-of token must be for."""
    octets = authorized.update(WIFI, 1, options=[mip6.MIP6OptBID(bid=1, coa6=STRANGER)],
                               authenticated=authenticated)
    assert authorized.exchange(octets, WIFI, SILENCE) is None
    assert authorized.bindings() == set()


def test_address_of_the_option_counts(authorized):
    """RFC 5648 6.2, RFC 6275 9.5.4: not where the update came from; but the answer goes there."""
    answer = authorized.exchange(authorized.update(
        WIFI, 1, options=[mip6.MIP6OptBID(bid=1, coa6=WIFI)], source=CELL), CELL)
    assert (message(answer).status, answer.dst) == (ACCEPTED, CELL)
    assert authorized.believes(answer, WIFI)
    assert authorized.bindings() == {(1, WIFI)}


# ---- their end ----

def gone(node, sequence, options=(), by=WIFI):
    return node.exchange(node.update(by, sequence, 0, options=options), by)


def test_one_goes(bound):
    """RFC 5648 6.2, RFC 6275 5.2.6: by the home token alone, and by whichever link."""
    answer = gone(bound, 3, [mip6.MIP6OptBID(bid=1)], by=CELL)
    assert (message(answer).status, message(answer).mhtime) == (ACCEPTED, 0)
    assert echoed(answer) == {1: 0}
    assert bound.believes(answer, CELL, gone=True)
    assert bound.bindings() == {(2, CELL)}


def test_all_go(bound):
    """RFC 5648 6.2: without an identifier."""
    answer = gone(bound, 3)
    assert (message(answer).status, message(answer).mhtime) == (ACCEPTED, 0)
    assert bound.believes(answer, WIFI, gone=True)
    assert bound.bindings() == set()


def test_one_that_is_not_there(bound):
    """RFC 5648 6.2: 133."""
    answer = gone(bound, 3, [mip6.MIP6OptBID(bid=9)])
    assert message(answer).status == NOT_THERE
    assert bound.bindings() == {(1, WIFI), (2, CELL)}


# Shows RFC 6275 9.5.3-3, 15.4.4-1.
def test_replayed_after_the_end(authorized):
    """RFC 6275 5.2.8: the tokens of a deleted binding do not make it anew, nor do recorded octets."""
    recorded = authorized.update(WIFI, 5, options=[mip6.MIP6OptBID(bid=1, coa6=WIFI)])
    assert message(authorized.exchange(recorded, WIFI)).status == ACCEPTED
    assert message(gone(authorized, 6, [mip6.MIP6OptBID(bid=1)])).status == ACCEPTED
    for octets in (recorded, authorized.update(WIFI, 7, options=[mip6.MIP6OptBID(bid=1, coa6=WIFI)])):
        answer = authorized.exchange(octets, WIFI, SILENCE)
        assert answer is None or message(answer).status >= 128
        assert authorized.bindings() == set()


# ---- data ----

def echo(care_of, number, home_address=HOME_ADDRESS):
    return (inet6.IPv6(src=care_of, dst=CORRESPONDENT)
            / inet6.IPv6ExtHdrDestOpt(options=[inet6.HAO(hoa=home_address)])
            / inet6.ICMPv6EchoRequest(id=number, seq=1, data=b"0123456789"))


# Shows RFC 6275 9.3.1-6.
def test_data_without_binding(authorized):
    """RFC 6275 9.3.1, 9.3.3: Binding Error with status 1, to where the packet came from."""
    authorized.wires[WIFI].send(echo(WIFI, 1))
    error = authorized.wires[WIFI].receive(lambda packet: inet6.MIP6MH_BE in packet)
    assert (error.src, error.dst) == (CORRESPONDENT, WIFI)
    assert (error[inet6.MIP6MH_BE].status, error[inet6.MIP6MH_BE].ha) == (1, HOME_ADDRESS)


# Shows RFC 5648 6.5-1; RFC 6275 9.3.1-7, 9.3.1-8, 9.3.2-2.
@pytest.mark.parametrize("link", CARE_OF)
def test_data(bound, link):
    """RFC 6275 9.3.1, 9.3.2, RFC 5648 6.5: taken from each bound care-of address; the answer comes
    to one of them, by the routing header, with the checksum of the home address."""
    bound.wires[CARE_OF[link]].send(echo(CARE_OF[link], 2))
    answers = [wire.receive(lambda packet: inet6.ICMPv6EchoReply in packet, 1)
               for address, wire in bound.wires.items() if address != HOME_ADDRESS]
    answer, = filter(None, answers)
    assert answer.src == CORRESPONDENT
    assert answer[inet6.IPv6ExtHdrRouting].addresses == [HOME_ADDRESS]
    assert answer[inet6.IPv6ExtHdrRouting].segleft == 1
    reply = answer[inet6.ICMPv6EchoReply]
    assert (reply.id, reply.data) == (2, b"0123456789")
    expected = (inet6.IPv6(src=CORRESPONDENT, dst=HOME_ADDRESS)
                / inet6.ICMPv6EchoReply(id=2, seq=1, data=b"0123456789"))
    assert reply.cksum == inet6.IPv6(bytes(expected))[inet6.ICMPv6EchoReply].cksum


@pytest.mark.parametrize("source, home_address", [
    ("2001:db8:1::bad", HOME_ADDRESS), (WIFI, "2001:db8:100::bad")])
# Shows RFC 5648 6.5-2; RFC 6275 9.3.1-4.
def test_data_from_elsewhere(bound, source, home_address):
    """RFC 6275 9.3.1: no other address, neither as source nor as home address; nobody is answered, wherever
    he is. The one that is bound is: the capture is not deaf."""
    bound.wires[WIFI].send(echo(source, 3, home_address))
    bound.wires[WIFI].send(echo(WIFI, 4))
    wait_for("the answer to another one", lambda: replies(bound, 4), 5)
    time.sleep(SILENCE)
    assert replies(bound, 3) == []


def replies(node, number):
    """What has left the correspondent as an answer to echo(..., number): whose Echo Replies."""
    return packets.tshark(node.capture, "-Y", f"icmpv6.type == 129 && icmpv6.echo.identifier == {number}",
                          "-T", "fields", "-e", "ipv6.dst")


# ---- a care-of address that is not reached ----

# Shows RFC 6275 9.3.4-2.
def test_unreachable_care_of_address(authorized):
    """RFC 6275 9.3.4: while the router says that the care-of address is not reached, the binding goes
    after ten seconds, and packets go to the home address."""
    authorized.bind(WIFI, 1, 1)
    began = time.monotonic()
    authorized.core.ip(f"route add unreachable {WIFI}/128")
    pinging = authorized.cn.start("ping", "ping", "-i", "0.25", HOME_ADDRESS)
    home = authorized.wires[HOME_ADDRESS]
    wait_for("the binding to go", lambda: authorized.bindings() == set(), 20)
    assert time.monotonic() - began > 9
    found = home.receive(lambda packet: inet6.ICMPv6EchoRequest in packet and packet.dst == HOME_ADDRESS, 3)
    assert found is not None and inet6.IPv6ExtHdrRouting not in found
    pinging.stop()


# ---- a stop ----

def is_problem(packet):
    return packet.src == CORRESPONDENT and inet6.ICMPv6ParamProblem in packet


def attached(node):
    return [line for line in node.cn.run("bpftool", "net").stdout.splitlines() if "monami" in line]


def test_stop_is_silent_until_the_bindings_end(authorized):
    """RFC 6275 11.3.5: a kernel without Mobile IPv6 answers a Mobility Header with a Parameter Problem, and
    mobile nodes do not ask again for minutes. After a stop they hear a Binding Error and then nothing
    until their bindings have ended; the next daemon answers. Without bindings nothing stays."""
    node = authorized
    assert message(node.bind(WIFI, 1, 1)).status == ACCEPTED
    assert node.daemon.stop() == 0
    assert node.wires[WIFI].receive(lambda packet: inet6.MIP6MH_BE in packet) is not None
    assert ["monami_silence" in line for line in attached(node)] == [True]
    assert not node.cn.has("monami0")
    for address in (WIFI, HOME_ADDRESS):
        node.wires[address].send(node.init(address, None))
        assert node.wires[address].receive(is_problem, SILENCE) is None
    assert ping(node.cn, "2001:db8:c::ff") == 3  # all else is the kernel's
    node.daemon.start()
    node.test(HOME_ADDRESS)
    node.test(WIFI, 1)
    assert message(node.bind(WIFI, 1, 1, lifetime=4)).status == ACCEPTED
    assert node.daemon.stop() == 0
    node.wires[WIFI].send(node.init(WIFI, None))
    assert node.wires[WIFI].receive(is_problem, SILENCE) is None
    time.sleep(3.5)
    node.wires[WIFI].send(node.init(WIFI, None))
    assert node.wires[WIFI].receive(is_problem, 2) is not None
    node.daemon.start()
    assert node.daemon.stop() == 0
    assert attached(node) == [] and pinned(node.daemon) == []
    assert "clsact" not in node.cn.run("tc", "qdisc").stdout
    node.daemon.start()


# ---- before their end ----

MOBILITY_HEADER = 135
SHORT = 8  # a Binding Refresh Request when a quarter of it is left, and when half of that is


def is_request(packet):
    return packet.src == CORRESPONDENT and inet6.MIP6MH_BRR in packet


def bind_shortly(node):
    """A short binding beside a long one. What is used is the home address (RFC 6275 9.5.5)."""
    assert message(node.bind(CELL, 1, 2)).status == ACCEPTED
    assert message(node.bind(WIFI, 2, 1, lifetime=SHORT)).status == ACCEPTED


def test_binding_in_use_is_asked_for(authorized):
    """RFC 6275 9.5.5, RFC 5648 6.4: before the end, to the home address by its home agent and without a
    routing header, with the identifier of the binding that ends; no more of them after a refresh."""
    bind_shortly(authorized)
    authorized.wires[WIFI].send(echo(WIFI, 4))
    asked = authorized.wires[HOME_ADDRESS].receive(is_request, SHORT)
    assert asked is not None and (asked.dst, asked.nh) == (HOME_ADDRESS, MOBILITY_HEADER)
    assert rr.checksum_right(asked) and echoed(asked) == {1: 0}
    assert authorized.bindings() == {(1, WIFI), (2, CELL)}
    assert message(authorized.bind(WIFI, 3, 1)).status == ACCEPTED
    assert authorized.wires[HOME_ADDRESS].receive(is_request, SHORT / 4 + 1) is None


def test_binding_not_in_use_is_not_asked_for(authorized):
    """RFC 6275 9.5.5: it ends unasked."""
    bind_shortly(authorized)
    wait_for("its end", lambda: authorized.bindings() == {(2, CELL)}, SHORT + 5)
    # what has come waits to be read
    assert all(wire.receive(is_request, 0.3) is None for wire in authorized.wires.values())
