# SPDX-License-Identifier: BSD-2-Clause
"""Route optimization between daemons and kernels: the network of tests/support/direct_network.py."""
import os
import time

import packets
import pytest
from conftest import BUILD
from direct_network import OTHER_HOME, OTHER_HOME_AGENT, PLAIN, SECOND, direct_network
from leftovers import picture, pinned
from netns import wait_for
from streams import move_about
from topology import CORRESPONDENT, HOME_ADDRESS, HOME_AGENT
from traffic import Echoes, conversation, ping


@pytest.fixture
def direct(request):
    """The network, no daemon started. A test may parametrize it with options of DirectNetwork."""
    with direct_network(BUILD, **getattr(request, "param", {})) as made:
        request.node.world = made
        made.wait_care_of_addresses()
        yield made


@pytest.fixture
def optimized(direct):
    """The mobile node is bound at the correspondent by all its links."""
    direct.optimize()
    return direct


def options(**given):
    return pytest.mark.parametrize("direct", [given], indirect=True, ids=[""])


def count(path, display_filter):
    """Packets of a capture that match tshark's display filter."""
    return len(packets.tshark(path, "-Y", display_filter))


class Captured:
    """Captures on several interfaces at once."""

    def __init__(self, *where):
        self.running = [host.capture(name, f"{host.name}-{name}-{id(self)}") for host, name in where]

    def stop(self):
        """The paths, in order."""
        time.sleep(0.2)  # what was sent last
        for process, _ in self.running:
            process.stop()
        return [path for _, path in self.running]


# ---- registration ----

def test_every_link_is_bound(direct):
    """RFC 6275 11.6.1, 11.7.2; RFC 5648 5.2: one home test, a care-of test and an update for each link."""
    capture = Captured((direct.cn, "core0"))
    direct.optimize()
    here, = direct.mobile_node.ask("show", "correspondents")["correspondents"]
    assert here.pop("home_token_expires_in_s") <= 240  # RFC 6275 12: MAX_NONCE_LIFETIME
    assert here == {"address": CORRESPONDENT, "state": "optimized", "mcoa": True, "bindings": 3,
                    "failures": 0}
    for binding in direct.correspondent.bindings():
        assert (binding["home_address"], binding["peer"]) == (HOME_ADDRESS, CORRESPONDENT)
        assert binding["expires_in_s"] <= 420  # RFC 6275 12: MAX_RR_BINDING_LIFETIME
    path, = capture.stop()
    seen = packets.mobility(path)
    kinds = [message["type"] for message in seen]
    assert kinds.count(1) == kinds.count(3) == 1
    assert kinds.count(2) == kinds.count(4) == kinds.count(5) == kinds.count(6) == 3
    updates = [m for m in seen if m["type"] == packets.UPDATE]
    assert {m["source"]: m["bids"] for m in updates} == {
        address: [bid] for bid, address in direct.care_of_addresses().items()}
    # RFC 6275 11.6.1: the one by the home agent, the others from where they ask for
    assert [m["source"] for m in seen if m["type"] == 1] == [HOME_ADDRESS]
    assert {m["source"] for m in seen if m["type"] == 2} == set(direct.care_of_addresses().values())
    assert packets.malformed(path) == [] and packets.wrong_checksums(path) == []


# Shows RFC 6275 9.3.2-2, 11.3.1-4.
def test_traffic_leaves_the_home_agent(optimized):
    """RFC 6275 6.3, 6.4, 9.3.2, 11.3.1: straight, with a Home Address option and a routing header."""
    capture = Captured((optimized.ha, "core0"), (optimized.ha, "edge0"), (optimized.cn, "core0"))
    assert ping(optimized.mn, CORRESPONDENT, 20, HOME_ADDRESS) == 20
    assert ping(optimized.cn, HOME_ADDRESS, 20) == 20
    outer, inner, path = capture.stop()
    assert count(inner, f"ipv6.addr == {HOME_ADDRESS}") == 0
    assert count(outer, f"ipv6.addr == {CORRESPONDENT}") == 0
    best = optimized.care_of_address(optimized.link("wifi0"))
    for kind in (128, 129):
        assert count(path, f"icmpv6.type == {kind} && ipv6.src == {best} && "
                     f"ipv6.opt.mipv6.home_address == {HOME_ADDRESS}") == 20
        assert count(path, f"icmpv6.type == {kind} && ipv6.dst == {best} && ipv6.routing.type == 2 && "
                     f"ipv6.routing.segleft == 1 && ipv6.routing.mipv6.home_address == {HOME_ADDRESS}") == 20
    assert count(path, "icmpv6.checksum.status == Bad") == 0
    assert packets.malformed(path) == []
    for who in (optimized.mobile_node, optimized.correspondent):
        assert min(optimized.directly(who)) >= 40


def test_tcp_and_its_segments(optimized):
    """A download and an upload, cut by the kernel or by the card's offload, arrive as they were, and the
    home agent has no part in them."""
    before = optimized.by_home_agent()
    for source, sink, address in ((optimized.cn, optimized.mn, HOME_ADDRESS),
                                  (optimized.mn, optimized.cn, CORRESPONDENT)):
        transfer(source, sink, address)
    assert optimized.by_home_agent() - before < 20


SINK = ("import hashlib, socket, sys\n"
        "l = socket.socket(socket.AF_INET6); l.bind((sys.argv[1], 7100)); l.listen(1)\n"
        "print('listening', flush=True)\n"
        "s, _ = l.accept(); h, n = hashlib.sha1(), 0\n"
        "while octets := s.recv(65536): h.update(octets); n += len(octets)\n"
        "print(n, h.hexdigest())\n")
SOURCE = ("import hashlib, random, socket, sys\n"
          "octets = random.Random(7).randbytes(3_000_000)\n"
          "s = socket.create_connection((sys.argv[2], 7100), 20, (sys.argv[1], 0)); s.settimeout(30)\n"
          "s.sendall(octets); print(len(octets), hashlib.sha1(octets).hexdigest())\n")


def transfer(source, sink, address):
    """Three million octets by TCP to `address` of the host `sink`."""
    own = HOME_ADDRESS if address == CORRESPONDENT else CORRESPONDENT
    server = sink.start("sink", "/usr/bin/python3", "-c", SINK, address, pipe=True)
    assert server.popen.stdout.readline() == "listening\n"
    sent = source.run("/usr/bin/python3", "-c", SOURCE, own, address, timeout=60).stdout
    assert server.popen.stdout.readline() == sent
    server.wait()


@options(correspondent="\tmcoa = false\n")
def test_correspondent_without_identifiers(direct):
    """Draft-05 5.2: no BID in the Care-of Test; RFC 5648 5.7: then one binding, of the best link."""
    direct.start_all()
    direct.speak()
    best = {0: direct.care_of_address(direct.link("wifi0"))}
    wait_for("one binding", lambda: direct.registered_there() == best, 10)
    wait_for("it to be known", lambda: direct.peer()["bindings"] == 1, 5)
    assert not direct.peer()["mcoa"]
    direct.carrier(direct.link("wifi0"), False)
    direct.wait_selected("cell0", 2)
    direct.speak()
    wait_for("the next link's", lambda: direct.registered_there() == {
        0: direct.care_of_address(direct.link("cell0"))}, 10)


# Shows RFC 6275 11.7.2-6.
@options(optimization='after_packets = 3 prefix "2001:db8:c::/48" { never = true }')
def test_those_that_shall_not_know(direct):
    """Nothing is said to a correspondent that the configuration excludes; others are asked."""
    direct.start_all()
    direct.speak(count=30)
    direct.speak(PLAIN)
    wait_for("the other", lambda: direct.peer(PLAIN), 5)
    assert direct.peer(CORRESPONDENT) is None
    assert direct.correspondent.ask("show", "counters")["tests_answered"] == 0


@options(optimization="after_packets = 3 idle = 3 lifetime = 8")
def test_idle_correspondents_are_let_go(direct):
    """RFC 6275 11.7.2, 11.8: what is used is refreshed; what is not, ends."""
    direct.optimize()
    for _ in range(10):
        direct.speak(count=2)
        time.sleep(1)
    assert len(direct.registered_there()) == 3
    wait_for("no bindings", lambda: direct.registered_there() == {}, 12)
    wait_for("it to be forgotten", lambda: direct.peer() is None, 5)
    assert ping(direct.cn, HOME_ADDRESS) == 3
    direct.speak()
    direct.wait_optimized()


STREAM = """
import socket, sys, time
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 7500)); print("ready", flush=True)
_, peer = s.recvfrom(100)
while True:
    s.sendto(bytes(1000), peer); time.sleep(0.01)
"""
ASKING = """
import socket, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 7501)); s.sendto(b"please", (sys.argv[2], 7500))
while True:
    s.recv(2000)
"""
UNASKED = """
import socket, sys, time
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.bind((sys.argv[1], 0))
for _ in range(100):
    s.sendto(bytes(1000), (sys.argv[2], 7500)); time.sleep(0.01)
"""


# Shows RFC 6275 11.7.2-3, 11.7.2-4, 11.7.2-5.
@options(optimization="after_packets = 20")
def test_a_stream_that_only_comes(direct):
    """RFC 6275 11.7.2: what comes out of the tunnel is worth a route-optimized path, after one packet that asked for
    it; and goes directly from then on."""
    direct.start_all()
    source = direct.cn.start("source", "/usr/bin/python3", "-c", STREAM, CORRESPONDENT, pipe=True)
    assert source.popen.stdout.readline() == "ready\n"
    direct.mn.start("sink", "/usr/bin/python3", "-c", ASKING, HOME_ADDRESS, CORRESPONDENT)
    direct.wait_optimized()
    before, detour = direct.directly()[0], direct.by_home_agent()
    wait_for("the stream", lambda: direct.directly()[0] > before + 100, 10)
    assert direct.by_home_agent() - detour < 20


@options(optimization="after_packets = 20")
def test_what_nobody_asked_for(direct):
    """RFC 6275 15.4.5: who sends to the home address what is not answered is not asked, nor told where it
    leads."""
    direct.mn.nft("table ip6 silent {\n\tchain in { type filter hook input priority 0\n"
                  "\t\tudp dport 7500 drop\n\t}\n}\n")
    direct.start_all()
    before = direct.by_home_agent()
    direct.cn.run("/usr/bin/python3", "-c", UNASKED, CORRESPONDENT, HOME_ADDRESS)
    assert direct.by_home_agent() >= before + 100
    assert direct.peer() is None
    direct.speak(count=20)
    direct.wait_optimized()


# ---- links come and go ----

def test_a_link_dies(optimized):
    """The flow goes on by another care-of address, at both sides at once, and not by the home agent. The
    dead link's binding goes, by another link."""
    link = optimized.link("wifi0")
    with conversation(optimized):
        optimized.carrier(link, False)
        optimized.wait_selected("cell0", 2)
        rest = optimized.links[1:]
        wait_for("its binding to go",
                 lambda: optimized.registered_there() == optimized.care_of_addresses(rest), 10)
        capture = Captured((optimized.ha, "edge0"), (optimized.cn, "core0"))
        time.sleep(1)
        detour, path = capture.stop()
        now = optimized.care_of_address(rest[0])
        assert count(path, f"tcp && ipv6.src == {now}") > 20
        assert count(path, f"tcp && ipv6.dst == {now}") > 20
        assert count(detour, "tcp") == 0
        optimized.carrier(link, True)
        optimized.wait_optimized()


def test_a_link_dies_silently(optimized):
    """Nobody tells; what the correspondent sends is found to be lost as at the home agent."""
    with conversation(optimized):
        optimized.silence(optimized.link("wifi0"), True)
        optimized.wait_selected("cell0", 3)
        wait_for("its binding to go", lambda: 1 not in optimized.registered_there(), 10)
    assert ping(optimized.cn, HOME_ADDRESS) == 3


def test_another_prefix(optimized):
    """RFC 5648 5.4, RFC 6275 11.7.2: a new care-of address under the same BID, tokens of its own."""
    link = optimized.link("wifi0")
    before = optimized.care_of_address(link)
    with conversation(optimized):
        optimized.renumber(link, "2001:db8:11::/64")
        wait_for("new care-of address", lambda: optimized.care_of_address(link) not in (None, before), 8)
        optimized.wait_optimized()


def test_another_router(optimized):
    """A link's router is replaced by one of another link-local address: the route-optimized path follows it at once."""
    link = optimized.link("wifi0")
    old = link.router.run("ip", "-6", "-o", "addr", "show", "dev", "access0", "scope", "link").stdout
    old = old.split("inet6 ")[1].split("/")[0]
    link.router.ip("addr add fe80::77/64 dev access0", f"addr del {old}/64 dev access0")
    optimized.mn.ip("route add default via fe80::77 dev wifi0 metric 512", f"route del default via {old} dev wifi0")
    optimized.mn.ip(f"neigh flush dev wifi0")
    before = min(optimized.directly())
    wait_for("the other router", lambda: ping(optimized.mn, CORRESPONDENT, 3, HOME_ADDRESS) == 3, 5)
    assert min(optimized.directly()) >= before + 3
    wait_for("the link", lambda: optimized.mobile_node.selected() == "wifi0", 5)


# ---- correspondents without route optimization ----

# Shows RFC 6275 11.3.5-1, 11.3.5-2, 11.6.2-10.
def test_a_host_that_does_not_speak_it(direct):
    """RFC 6275 11.3.5: its kernel answers with Parameter Problem, and is not asked again; what the tunnel
    carries, it goes on carrying."""
    direct.start_all()
    echoes = Echoes(direct.mn, PLAIN, HOME_ADDRESS)
    wait_for("refusal", lambda: (direct.peer(PLAIN) or {}).get("state") == "refused", 10)
    sent = direct.mobile_node.ask("show", "counters")["tests_sent"]
    time.sleep(2)
    assert echoes.lost() == 0
    assert direct.mobile_node.ask("show", "counters")["tests_sent"] == sent
    refused = direct.peer(PLAIN)
    assert refused["bindings"] == 0 and 500 < refused["asked_again_in_s"] <= 600


# Shows RFC 6275 5.2.9-2.
def test_a_host_that_says_nothing(direct):
    """RFC 6275 12: MAX_RO_FAILURE attempts without an answer, then by the home agent only."""
    direct.plain.nft("table ip6 deaf {\n\tchain in { type filter hook prerouting priority 0\n"
                     "\t\tmeta l4proto 135 drop\n\t}\n}\n")
    direct.start_all()
    echoes = Echoes(direct.mn, PLAIN, HOME_ADDRESS)
    wait_for("refusal", lambda: (direct.peer(PLAIN) or {}).get("state") == "refused", 40)
    assert echoes.lost() == 0


# ---- daemons come and go ----

def restarted(daemon):
    daemon.kill()
    daemon.start()


def test_the_correspondent_is_killed(optimized):
    """kill -9: packets go on, the next daemon finds the bindings, and takes the next updates."""
    wanted = optimized.care_of_addresses()
    capture = Captured((optimized.ha, "edge0"))
    there, back = Echoes(optimized.mn, CORRESPONDENT, HOME_ADDRESS), Echoes(optimized.cn, HOME_ADDRESS)
    time.sleep(0.5)
    optimized.correspondent.kill()
    time.sleep(0.5)
    optimized.correspondent.start()
    time.sleep(0.5)
    assert (there.lost(), back.lost()) == (0, 0)
    assert count(capture.stop()[0], "icmpv6.type == 128") == 0
    assert optimized.registered_there() == wanted
    optimized.renumber(optimized.link("wifi0"), "2001:db8:11::/64")
    wait_for("new care-of address", lambda: optimized.registered_there().get(1, "").startswith(
        "2001:db8:11:"), 15)


def test_the_mobile_node_is_killed(optimized):
    """kill -9: packets go on, directly and then by the home agent, until the next daemon has bound
    itself again."""
    there, back = Echoes(optimized.mn, CORRESPONDENT, HOME_ADDRESS), Echoes(optimized.cn, HOME_ADDRESS)
    time.sleep(0.5)
    optimized.mobile_node.kill()
    time.sleep(0.5)
    optimized.mobile_node.start()
    optimized.wait_registered()
    optimized.wait_optimized()
    assert (there.lost(), back.lost()) == (0, 0)


def test_the_mobile_node_stops(direct):
    """RFC 6275 11.7.2: its bindings go, and nothing is left on either host."""
    wait_for("all addresses", lambda: all("tentative" not in direct.mn.run(
        "ip", "-6", "addr", "show", "dev", link.name).stdout for link in direct.links), 5)
    before = {host.name: picture(host) for host in (direct.mn, direct.cn)}
    direct.optimize()
    assert direct.mobile_node.stop() == 0
    wait_for("no bindings", lambda: direct.registered_there() == {}, 2)
    assert picture(direct.mn) == before["mn"] and pinned(direct.mobile_node) == []
    assert direct.correspondent.stop() == 0
    assert picture(direct.cn) == before["cn"] and pinned(direct.correspondent) == []
    assert not os.path.exists(direct.correspondent.socket)


# Shows RFC 6275 11.3.6-4, 11.3.6-5.
def test_the_correspondent_has_lost_all(optimized):
    """RFC 6275 9.3.1, 11.3.6: Binding Error for what comes directly without a binding; the mobile node
    goes by the home agent, and then binds itself again."""
    optimized.correspondent.stop()
    optimized.correspondent.start()
    assert optimized.registered_there() == {}
    with conversation_of_pings(optimized):
        # of three updates under way at once, some may be overtaken, and wait to be sent again
        optimized.wait_optimized(seconds=45)
    assert ping(optimized.mn, CORRESPONDENT, 5, HOME_ADDRESS) == 5


def test_the_correspondent_stops(optimized):
    """RFC 6275 9.3.3, 11.3.6: each care-of address is told, and what the mobile node sends from then on goes by
    the home agent, so that nothing is lost."""
    capture = Captured((optimized.cn, "core0"))
    assert optimized.correspondent.stop() == 0
    assert ping(optimized.mn, CORRESPONDENT, 20, HOME_ADDRESS) == 20
    path, = capture.stop()
    assert count(path, "mip6.mhtype == 7 && mip6.be.status == 1") == 3
    assert count(path, f"ipv6.src == {HOME_ADDRESS} && icmpv6.type == 128") == 20
    assert count(path, "ipv6.opt.mipv6.home_address && icmpv6.type == 128") == 0


class conversation_of_pings:
    """Somebody pings all the time, whether answered or not."""

    def __init__(self, network):
        self.network = network

    def __enter__(self):
        self.echoes = Echoes(self.network.mn, CORRESPONDENT, HOME_ADDRESS)

    def __exit__(self, *_):
        self.echoes.stop()


def test_own_addresses_come_and_go(direct):
    """The correspondent is one at the addresses that it has now."""
    def addresses():
        return set(direct.correspondent.ask("status")["addresses"])
    direct.start_all()
    wait_for("its address", lambda: addresses() == {CORRESPONDENT}, 5)
    direct.cn.ip("addr add 2001:db8:c::2/64 dev core0")
    wait_for("another", lambda: addresses() == {CORRESPONDENT, "2001:db8:c::2"}, 5)
    direct.speak("2001:db8:c::2")
    wait_for("bindings of that", lambda: [
        b["peer"] for b in direct.correspondent.bindings()] == 3 * ["2001:db8:c::2"], 10)
    assert ping(direct.mn, "2001:db8:c::2", 5, HOME_ADDRESS) == 5
    direct.cn.ip("addr del 2001:db8:c::2/64 dev core0")
    wait_for("it to go", lambda: addresses() == {CORRESPONDENT}, 5)
    direct.speak()
    wait_for("bindings of the first", lambda: len(direct.registered_there()) == 3, 10)


# ---- both ends are mobile ----

def of(daemon, home_address, peer):
    """BIDs of the bindings of a home address for a peer, as this daemon has them."""
    return {b["bid"] for b in daemon.bindings()
            if (b["home_address"], b.get("peer")) == (home_address, peer)}


# Shows RFC 6275 5.2.9-1, 6.3-5.
@options(second=True)
def test_two_mobile_nodes(direct):
    """RFC 6275 6.1.7, 9.3.2, 11.3.1: each is the other's correspondent, at its home address; packets have both
    headers, and the home agent no part in them."""
    direct.home_agent.start()
    direct.mobile_node.start()
    direct.second.start()
    direct.wait_registered()
    wait_for("the second's registration", lambda: direct.second.links()["lan0"]["registered"], 10)
    assert ping(direct.mn, SECOND, 10, HOME_ADDRESS) == 10
    for daemon in (direct.mobile_node, direct.second):
        wait_for("its bindings there", lambda: of(daemon, HOME_ADDRESS, SECOND) == {1, 2, 3}, 15)
        wait_for("the other's", lambda: of(daemon, SECOND, HOME_ADDRESS) == {9}, 15)
    capture = Captured((direct.ha, "core0"), (direct.mn2, "lan0"))
    assert ping(direct.mn, SECOND, 10, HOME_ADDRESS) == 10
    assert ping(direct.mn2, HOME_ADDRESS, 10, SECOND) == 10
    detour, path = capture.stop()
    assert count(detour, "icmpv6.type == 128 && ipv6.nxt == 41") == 0
    for source, target in ((HOME_ADDRESS, SECOND), (SECOND, HOME_ADDRESS)):
        assert count(path, f"icmpv6.type == 128 && ipv6.opt.mipv6.home_address == {source} && "
                     f"ipv6.routing.mipv6.home_address == {target}") == 10
    assert count(path, "icmpv6.checksum.status == Bad") == 0
    assert packets.malformed(path) == []


def start_two(direct):
    """Two home agents, two mobile nodes, each registered with its own."""
    for daemon in (direct.home_agent, direct.second_home_agent, direct.mobile_node, direct.second):
        daemon.start()
    direct.wait_registered()
    wait_for("the second's registration", lambda: all(
        link["registered"] and link["path"] == "alive" for link in direct.second.links().values()), 15)


def wait_two(direct, second=(9, 10)):
    """Until each is bound at the other, by all its links (the second's that are given), and both know."""
    for daemon in (direct.mobile_node, direct.second):
        wait_for("its bindings there", lambda: of(daemon, HOME_ADDRESS, OTHER_HOME) == {1, 2, 3}, 20)
        wait_for("the other's", lambda: of(daemon, OTHER_HOME, HOME_ADDRESS) == set(second), 20)
    for daemon in (direct.mobile_node, direct.second):
        wait_for("it to be sent by", lambda: daemon.ask("show", "correspondents")["correspondents"][0][
            "state"] == "optimized", 5)


FIELDS = ("mip6.mhtype", "icmpv6.type", "ipv6.src", "ipv6.dst", "ipv6.opt.mipv6.home_address",
          "ipv6.routing.mipv6.home_address")
# Mobility Headers (RFC 6275 6.1) and echoes, by tshark's first two fields
HOME_TEST_INIT, CARE_OF_TEST_INIT, HOME_TEST, CARE_OF_TEST = (f"{n}|" for n in range(1, 5))
REQUEST, REPLY = "|128", "|129"


def dissected(path):
    """The packets of a capture: (kind, [(source, destination) of each IPv6 header, the outer
    one first], home address of the option, home address of the routing header)."""
    words = [word for field in FIELDS for word in ("-e", field)]
    found = []
    for line in packets.tshark(path, "-T", "fields", "-E", "separator=|", "-E", "aggregator=,", *words):
        message, echo, sources, targets, option, routed = line.split("|")
        found.append((f"{message}|{echo}", list(zip(sources.split(","), targets.split(","))), option, routed))
    return found


# Shows RFC 6275 5.2.9-1, 10.4.5-3.
@options(apart=True)
def test_two_mobile_nodes_with_two_home_agents(direct):
    """RFC 6275 5.2.5, 11.6.1: what the tests of home addresses need passes both home agents, in the tunnel of
    each; so does data, until each knows the other's care-of addresses. Then no home agent has a part in it,
    also when one of the two has lost a link."""
    capture = Captured(*all_of_home_agents(direct))
    start_two(direct)
    assert ping(direct.mn, OTHER_HOME, 10, HOME_ADDRESS) == 10
    wait_two(direct)
    paths = capture.stop()
    core, edge, second = map(dissected, paths)
    for seen, own, other, agent in ((core + edge, HOME_ADDRESS, OTHER_HOME, HOME_AGENT),
                                    (second, OTHER_HOME, HOME_ADDRESS, OTHER_HOME_AGENT)):
        for kind, *ends in ((HOME_TEST_INIT, own, other), (HOME_TEST, other, own),  # its own test
                            (HOME_TEST_INIT, other, own), (HOME_TEST, own, other),  # that of the other
                            (REQUEST, HOME_ADDRESS, OTHER_HOME), (REPLY, OTHER_HOME, HOME_ADDRESS)):
            alike = [headers for of_kind, headers, *_ in seen
                     if of_kind == kind and headers[-1] == tuple(ends)]
            # in the tunnel, and as it leaves or comes without it
            assert any(len(headers) == 2 and agent in headers[0] for headers in alike), (kind, ends)
            assert [tuple(ends)] in alike, (kind, ends)
        # RFC 6275 11.6.1: a care-of address is not tested by the tunnel of its own
        assert not [headers for kind, headers, *_ in seen if len(headers) == 2 and
                    (kind == CARE_OF_TEST_INIT and headers[0][1] == agent or
                     kind == CARE_OF_TEST and headers[0][0] == agent)]
    for path in paths:
        assert packets.malformed(path) == []
    goes_directly(direct, "lan0")
    direct.edge.ip("link set mn2lan0 down")
    wait_for("the other link", lambda: direct.second.selected() == "lan1", 5)
    with Conversing(direct):
        wait_two(direct, [10])
    assert [b["care_of_address"] for b in direct.mobile_node.bindings() if b["home_address"] == OTHER_HOME] \
        == direct.mn2.addresses("lan1")
    goes_directly(direct, "lan1")


class Conversing:
    """The two ping each other while it lasts."""

    def __init__(self, direct):
        self.direct = direct

    def __enter__(self):
        self.echoes = [Echoes(self.direct.mn, OTHER_HOME, HOME_ADDRESS),
                       Echoes(self.direct.mn2, HOME_ADDRESS, OTHER_HOME)]

    def __exit__(self, kind, *_):
        received = [echoes.stop()[1] for echoes in self.echoes]
        assert kind or min(received) > 0


def all_of_home_agents(direct):
    return (direct.ha, "core0"), (direct.ha, "edge0"), (direct.ha2, "core0")


def goes_directly(direct, link):
    """Data both ways has both headers, comes by this link of the second, and by no home agent."""
    capture = Captured((direct.mn2, link), *all_of_home_agents(direct))
    assert ping(direct.mn, OTHER_HOME, 10, HOME_ADDRESS) == 10
    assert ping(direct.mn2, HOME_ADDRESS, 10, OTHER_HOME) == 10
    path, *passed = capture.stop()
    seen = dissected(path)
    for kind in (REQUEST, REPLY):
        for source, target in ((HOME_ADDRESS, OTHER_HOME), (OTHER_HOME, HOME_ADDRESS)):
            assert len([headers for of_kind, headers, option, routed in seen if of_kind == kind and
                        len(headers) == 1 and (option, routed) == (source, target)]) == 10
    assert not [headers for one in passed for kind, headers, *_ in dissected(one)
                if kind in (REQUEST, REPLY) and set(headers[-1]) == {HOME_ADDRESS, OTHER_HOME}]
    assert count(path, "icmpv6.checksum.status == Bad") == 0
    assert packets.malformed(path) == []


@options(apart=True)
def test_path_mtu_of_two_mobile_nodes(direct):
    """RFC 8201, RFC 6275 9.3.4, 11.3.1: both sockets learn of a narrow way, less what both headers take."""
    start_two(direct)
    assert ping(direct.mn, OTHER_HOME, 10, HOME_ADDRESS) == 10
    wait_two(direct)
    direct.narrow(1400)
    capture = Captured((direct.edge, "core0"), (direct.mn2, "lan0"))
    assert learnt_mtu(direct.mn, HOME_ADDRESS, OTHER_HOME, 1440) == 1400 - 2 * DIRECT_HEADER
    assert learnt_mtu(direct.mn2, OTHER_HOME, HOME_ADDRESS, 1440) == 1400 - 2 * DIRECT_HEADER
    for host, own, peer in ((direct.mn, HOME_ADDRESS, OTHER_HOME), (direct.mn2, OTHER_HOME, HOME_ADDRESS)):
        # as large as they may now be
        done = host.run("ping", "-n", "-c", "5", "-i", "0.1", "-M", "do", "-s", str(1352 - 48), "-I", own, peer)
        assert " 5 received" in done.stdout
    narrow, path = capture.stop()
    for source, target in ((HOME_ADDRESS, OTHER_HOME), (OTHER_HOME, HOME_ADDRESS)):
        assert count(narrow, "icmpv6.type == 128 && ipv6.plen == 1360 && ipv6.opt.mipv6.home_address == "
                     f"{source} && ipv6.routing.mipv6.home_address == {target}") == 5
    for seen in (narrow, path):
        assert packets.malformed(seen) == []


# ---- moving between the ways ----

@options(optimization="after_packets = 300")
def test_nothing_is_lost_when_a_flow_moves(direct):
    """From the tunnel to the route-optimized path, to another link of it, and back to the tunnel, while all of them
    live: 0 of one packet each millisecond."""
    assert move_about(direct) == [[], []]


# ---- sizes ----

UDP_MTU = r"""
import errno, socket, sys, time
own, peer, octets = sys.argv[1], sys.argv[2], int(sys.argv[3])
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IPV6, 23, 2)  # IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO
s.bind((own, 0)); s.connect((peer, 9))
for _ in range(100):
    try:
        s.send(bytes(octets - 48))
    except OSError as error:
        if error.errno == errno.EMSGSIZE:
            print(s.getsockopt(socket.IPPROTO_IPV6, 24))  # IPV6_MTU
            break
        if error.errno != errno.ECONNREFUSED:
            raise
    time.sleep(0.05)
else:
    print("none")
"""


def learnt_mtu(host, own, peer, octets):
    """The error of a socket that sends so large packets, or None."""
    said = host.run("/usr/bin/python3", "-c", UDP_MTU, own, peer, octets).stdout.strip()
    return None if said == "none" else int(said)


DIRECT_HEADER = 24  # RFC 6275 6.3, 6.4.1


def test_path_mtu_of_the_mobile_node(optimized):
    """RFC 8201: a router's Packet Too Big quotes the care-of address; the socket learns of it, less what
    the Home Address option takes."""
    optimized.narrow(1400)
    assert learnt_mtu(optimized.mn, HOME_ADDRESS, CORRESPONDENT, 1440) == 1400 - DIRECT_HEADER
    assert optimized.mobile_node.ask("show", "counters")["errors_returned"] > 0
    before = optimized.by_home_agent()
    transfer(optimized.mn, optimized.cn, CORRESPONDENT)
    assert optimized.by_home_agent() - before < 20


def test_path_mtu_of_the_correspondent(optimized):
    """The same with the routing header (RFC 6275 9.3.4)."""
    optimized.narrow(1400)
    assert learnt_mtu(optimized.cn, CORRESPONDENT, HOME_ADDRESS, 1440) == 1400 - DIRECT_HEADER
    assert optimized.correspondent.ask("show", "counters")["errors_returned"] > 0
    before = optimized.by_home_agent()
    transfer(optimized.cn, optimized.mn, HOME_ADDRESS)
    assert optimized.by_home_agent() - before < 20


def test_too_large_to_be_extended(optimized):
    """The socket learns the size if a packet fits the correspondent's own link, but not with a routing header."""
    # the home agent, by which the packet goes, says what its tunnel takes, too
    mtu = learnt_mtu(optimized.cn, CORRESPONDENT, HOME_ADDRESS, 1500)
    assert mtu in (1500 - DIRECT_HEADER, 1500 - 40)
    assert optimized.correspondent.ask("show", "counters")["errors_returned"] > 0
    before = optimized.directly()[0]
    optimized.cn.run("ping", "-n", "-q", "-c", "3", "-i", "0.1", "-M", "do", "-s", str(mtu - 48),
                     HOME_ADDRESS)
    assert optimized.directly()[0] == before + 3


def test_a_transfer_meets_a_narrow_way(optimized):
    """TCP that runs already goes on when the route-optimized path becomes narrow."""
    with conversation(optimized):
        optimized.narrow(1320)
        transfer(optimized.mn, optimized.cn, CORRESPONDENT)
        transfer(optimized.cn, optimized.mn, HOME_ADDRESS)


def test_links_of_the_least_mtu(optimized):
    """RFC 2473 7.1 b: what gets too large by the route-optimized path takes the tunnel, in fragments."""
    for link in optimized.links:
        optimized.mn.ip(f"link set {link.name} mtu 1280")
        link.router.ip("link set access0 mtu 1280")

    def passes():
        return all("1 received" in host.run("ping", "-n", "-c", "1", "-W", "1", "-M", "do", "-s", str(1280 - 48),
                                            "-I", own, peer, check=False).stdout
                   for host, own, peer in ((optimized.mn, HOME_ADDRESS, CORRESPONDENT),
                                           (optimized.cn, CORRESPONDENT, HOME_ADDRESS)))
    wait_for("packets of 1280 octets", passes, 5)
    transfer(optimized.mn, optimized.cn, CORRESPONDENT)
    transfer(optimized.cn, optimized.mn, HOME_ADDRESS)


DATAGRAMS = r"""
import hashlib, select, socket, sys
own, peer, port, send = sys.argv[1], sys.argv[2], 7300, sys.argv[3] == "send"
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.bind((own, port))
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
print("ready", flush=True)
want = [hashlib.sha1(b"%d" % n).digest() * (50 * (n % 10 + 1)) for n in range(50)]
got = set()
for n in range(50):
    if send:
        s.sendto(want[n], (peer, port))
        if not select.select([s], [], [], 3)[0]:
            continue
        assert s.recv(65536) == want[n]; got.add(n)
    else:
        octets, back = s.recvfrom(65536)
        s.sendto(octets, back)
print(len(got), flush=True)
"""


def test_fragmented_datagrams(optimized):
    """Datagrams of 1000 to 10000 octets, there and back, whole: fragments go directly too, or by the home
    agent while the kernel does not know the path MTU."""
    capture = Captured((optimized.cn, "core0"))
    server = optimized.cn.start("datagrams", "/usr/bin/python3", "-c", DATAGRAMS, CORRESPONDENT,
                                HOME_ADDRESS, "answer", pipe=True)
    assert server.popen.stdout.readline() == "ready\n"
    said = optimized.mn.run("/usr/bin/python3", "-c", DATAGRAMS, HOME_ADDRESS, CORRESPONDENT, "send",
                            timeout=200).stdout
    # the first answers of each size may have been lost, as with every path MTU that is found
    assert int(said.split()[-1]) >= 48
    path, = capture.stop()
    assert count(path, f"ipv6.opt.mipv6.home_address == {HOME_ADDRESS} && ipv6.fraghdr") > 50
    assert count(path, f"ipv6.routing.mipv6.home_address == {HOME_ADDRESS} && ipv6.fraghdr") > 50
    assert packets.malformed(path) == []


def test_errors_find_their_connection(optimized):
    """RFC 4443 3.1: port unreachable from the correspondent, and no route from a router on the route-optimized path,
    reach the socket that wrote to it."""
    script = ("import socket, sys, time\n"
              "s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.bind((sys.argv[1], 0))\n"
              "s.setsockopt(socket.IPPROTO_IPV6, 25, 1)\n"  # IPV6_RECVERR: soft ones too
              "s.connect((sys.argv[2], 9)); error = 0\n"
              "for _ in range(40):\n"
              "    try:\n        s.send(b'x'); time.sleep(0.05)\n"
              "    except OSError as e:\n        error = e.errno; break\n"
              "print(error)\n")
    done = optimized.mn.run("/usr/bin/python3", "-c", script, HOME_ADDRESS, CORRESPONDENT)
    assert done.stdout == "111\n"  # ECONNREFUSED
    optimized.core.ip("route replace unreachable 2001:db8:c::/64 metric 1")
    done = optimized.mn.run("/usr/bin/python3", "-c", script, HOME_ADDRESS, CORRESPONDENT)
    assert done.stdout == "101\n"  # ENETUNREACH
