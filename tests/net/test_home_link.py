# SPDX-License-Identifier: BSD-2-Clause
"""A physical home link, with real Neighbour Discovery between kernels: the network of
tests/support/home_network.py. Topology a: the home agent is the only router; b: there is another."""
import contextlib
import re
import resource
import socket
import subprocess
import time

import peer
import pytest
from conftest import BUILD
from home_network import (CORRESPONDENT, HOME_ADDRESS, HOME_AGENT, HOME_BID, LOCAL, NETWORK, VISITED,
                          home_network)
from netns import wait_for
from scapy.layers import inet6
from scapy.layers.l2 import Ether
from topology import Daemon
from traffic import Echoes, conversation, ping
from wire import Wire, entered, keep_kernel_quiet

FORGER = "02:00:5e:10:00:ee"
SOLICITED_NODE = "ff02::1:ff00:100"  # of the home address (RFC 4291 2.7.1)
ANYCAST = "20010db801000000fdfffffffffffffe"  # RFC 2526 2: of home agents
AWAY = {1, 2}
BOTH = {1, 2, HOME_BID}
OPTIMIZING = "\tat_home = home\n\troute_optimization { after_packets = 3  lifetime = 8 }\n"
STATE_AWAY = "away"
STATE_ONLY = "home link only"
STATE_VISITED = "on the home link, using visited links only"
STATE_BOTH = "home and visited links"
STATE_BOTH_WITHOUT_ND = "home and visited links, the home agent defends the home address"


@contextlib.contextmanager
def started(topology, **lines):
    """Both daemons, the mobile node away and registered by its two visited links."""
    with home_network(BUILD, topology, **lines) as network:
        network.home_agent.start()
        network.mobile_node.start()
        network.wait_bindings(AWAY)
        yield network


def count(path, display_filter):
    """Packets of a capture that match tshark's display filter."""
    done = subprocess.run(["tshark", "-n", "-r", path, "-Y", display_filter, "-T", "fields", "-e",
                           "frame.number"], capture_output=True, text=True, check=True)
    return len(done.stdout.split())


@contextlib.contextmanager
def captured(host, interface):
    """A list that holds the path of the capture after the block."""
    process, path = host.capture(interface)
    paths = []
    yield paths
    process.stop()
    paths.append(path)


def asked(network, host):
    """The link-layer address that `host` finds for the home address by Neighbour Discovery."""
    network.forget_neighbour(host)
    assert ping(host, HOME_ADDRESS) > 0
    return wait_for("neighbour", lambda: network.neighbour(host), 5)


# ---- away ----

@pytest.mark.parametrize("topology", "ab")
def test_home_agent_stands_in_on_the_home_link(topology):
    """RFC 6275 10.4.1-1, 10.4.1-14, 10.4.1-16: the local correspondent and the second router reach the
    mobile node through the home agent, whose address they get by Neighbour Discovery; and a forged Router
    Advertisement on a visited link changes nothing."""
    with started(topology) as network:
        forged_advertisement_on_a_visited_link(network)
        expected = network.link_layer(network.ha)
        assert asked(network, network.local) == expected
        assert ping(network.cn, HOME_ADDRESS) > 0
        if network.r2:
            assert network.neighbour(network.r2) == expected
        else:
            answers_at_home(network)


def forged_advertisement_on_a_visited_link(network):
    """RFC 6275 11.5.2: anybody on a visited link can send one Router Advertisement with the home prefix. No
    packet is lost, in neither direction, and the other link stays bound; the home agent binds nothing at
    home, though in topology b updates from anywhere come by its home link."""
    router = next(host for host in network.net.hosts if host.name == "ar1")
    down = Echoes(network.cn, HOME_ADDRESS, interval=0.05)
    up = Echoes(network.mn, CORRESPONDENT, HOME_ADDRESS, interval=0.05)
    with contextlib.closing(Frames(router, "access0")) as frames:
        frames.send(inet6.IPv6(src="fe80::ee", dst="ff02::1", hlim=255) /
                    inet6.ICMPv6ND_RA(routerlifetime=0) /
                    inet6.ICMPv6NDOptSrcLLAddr(lladdr=FORGER) /
                    inet6.ICMPv6NDOptPrefixInfo(prefix=NETWORK + ":", prefixlen=64, A=0, L=1),
                    FORGER, "33:33:00:00:00:01")
    wait_for("its belief", lambda: "on the home link, BID 1" in network.mobile_node.process.text(), 5)
    # 50 packets each way, and the answer to the update long before
    time.sleep(2.5)
    assert max(down.lost(), up.lost()) <= 2
    bound = network.bindings()
    assert VISITED["cell0"] in bound
    assert HOME_ADDRESS not in {binding["care_of_address"] for binding in bound.values()}


def answers_at_home(network):
    """RFC 6275 9.3.3: a node at home, whose bindings are still there, hears what the home agent cannot
    take, and not through the tunnel. Here another host stands in for it."""
    network.local.ip(f"addr add {HOME_ADDRESS}/64 dev home0 nodad")
    keep_kernel_quiet(network.local)
    header = bytearray([59, 0, 200, 0, 0, 0, 0, 0])
    base = inet6.IPv6(src=HOME_ADDRESS, dst=HOME_AGENT, nh=135)
    header[4:6] = inet6.in6_chksum(135, base, bytes(header)).to_bytes(2, "big")
    with contextlib.closing(Wire(network.local, "home0")) as wire:
        wire.send(base / bytes(header))
        answer = wire.receive(lambda packet: inet6.MIP6MH_BE in packet)
    assert (answer.dst, answer[inet6.MIP6MH_BE].status) == (HOME_ADDRESS, 2)


def test_first_registration_is_announced():
    """RFC 6275 10.3.1-16, 10.4.1-3, 10.4.1-6, 10.4.1-7, 10.4.1-8, 10.4.1-9, 10.4.1-10: Duplicate
    Address Detection, then Neighbour Advertisements to all nodes, as tshark reads them."""
    with home_network(BUILD, "a") as network:
        with captured(network.local, "home0") as paths:
            network.home_agent.start()
            network.mobile_node.start()
            network.wait_bindings(AWAY)
            # something is sent after the advertisement, so that the capture has it
            assert asked(network, network.local)
        mac = network.link_layer(network.ha)
        detection = (f"icmpv6.type == 135 && ipv6.src == :: && icmpv6.nd.ns.target_address == "
                     f"{HOME_ADDRESS}")
        announcement = (f"icmpv6.type == 136 && ipv6.dst == ff02::1 && ipv6.hlim == 255 && "
                        f"icmpv6.nd.na.target_address == {HOME_ADDRESS} && "
                        f"icmpv6.opt.linkaddr == {mac} && icmpv6.nd.na.flag.r == 0 && "
                        "icmpv6.nd.na.flag.s == 0 && icmpv6.nd.na.flag.o == 1")
        assert count(paths[0], detection) == 1
        assert 1 <= count(paths[0], announcement) <= 3
        assert count(paths[0], "_ws.malformed") == 0


def test_duplicate_address():
    """RFC 6275 10.3.1-17, 11.7.1-23: somebody on the home link has the home address; neither is it
    registered, nor does anything happen to its owner."""
    with home_network(BUILD, "a") as network:
        network.local.ip(f"addr add {HOME_ADDRESS}/64 dev home0 nodad")
        network.home_agent.start()
        network.mobile_node.start()
        wait_for("refusal", lambda: "home address is in use" in network.mobile_node.process.text(), 10)
        assert "status 134" in network.home_agent.process.text()
        assert network.bindings() == {}
        assert ping(network.cn, HOME_ADDRESS) > 0
        assert network.neighbour(network.ha) == network.link_layer(network.local)


def groups(host, interface):
    shown = host.run("ip", "-6", "maddr", "show", "dev", interface).stdout
    return re.findall(r"inet6 (\S+)", shown)


def test_the_group_is_joined_while_duplicates_are_detected():
    """RFC 4862 5.4.2: the solicited-node group of the address. Another's solicitation for it (5.4.3) is
    sent to that group alone, so that a switch need not deliver it to who is no member."""
    with home_network(BUILD, "a", home_agent="\tdad_ms = 6000\n") as network:
        network.home_agent.start()
        assert SOLICITED_NODE not in groups(network.ha, "home0")
        network.mobile_node.start()
        wait_for("the group", lambda: SOLICITED_NODE in groups(network.ha, "home0"), 5)
        assert network.bindings() == {}
        # another node's kernel asks for the same address
        network.local.sysctl("net.ipv6.conf.home0.accept_dad", 1)
        network.local.ip(f"addr add {HOME_ADDRESS}/64 dev home0")
        wait_for("refusal", lambda: "home address is in use" in network.mobile_node.process.text(), 5)
        wait_for("its end", lambda: SOLICITED_NODE not in groups(network.ha, "home0"), 5)


# ---- home interface only ----

@pytest.mark.parametrize("topology", "ab")
def test_home_interface_only(topology):
    """RFC 5648 5.5.1; RFC 6275 10.3.2-13, 11.5.5-1, 11.5.5-11, 11.5.5-13: the home agent stops
    intercepting, the mobile node owns its address, and connections go on."""
    # Shows RFC 6275 11.3.1-2, 11.5.5-12.
    with started(topology, mobile_node="\tat_home = home\n") as network:
        with conversation(network):
            with captured(network.mn, "home0") as paths:
                network.plug()
                network.wait_state(STATE_ONLY)
                assert network.bindings() == {}
                expected = network.link_layer(network.mn)
                assert asked(network, network.local) == expected
                wait_for("route to the home address gone",
                         lambda: HOME_ADDRESS + " " not in network.ha.run(
                             "ip", "-6", "route", "show", "dev", "monami0").stdout, 5)
                assert ping(network.cn, HOME_ADDRESS) == 3
        # nothing on the home link is tunnelled, and our de-registration is as the document wants it
        assert count(paths[0], "ipv6.nxt == 41") == 0
        assert count(paths[0], f"mip6.mhtype == 5 && ipv6.src == {HOME_ADDRESS} && "
                     "mip6.bu.lifetime == 0 && mip6.bu.a_flag == 1 && mip6.bu.h_flag == 1") >= 1
        assert count(paths[0], f"icmpv6.type == 136 && ipv6.dst == ff02::1 && "
                     f"icmpv6.nd.na.target_address == {HOME_ADDRESS} && icmpv6.nd.na.flag.s == 0 && "
                     "icmpv6.nd.na.flag.o == 1") >= 1


class Peer(Daemon):
    """The correspondent beyond the core, started."""

    def __init__(self, network):
        super().__init__(network.cn, BUILD, "correspondent {\n\tinterfaces = {core0}\n}\n")
        self.start()

    def bound(self):
        return {b["bid"] for b in self.bindings()}

    def wait_bound(self, network):
        assert ping(network.mn, CORRESPONDENT, 10, HOME_ADDRESS) > 0
        wait_for("bindings at the correspondent", lambda: self.bound() == AWAY, 10)
        wait_for("their acknowledgements", lambda: network.mobile_node.ask(
            "show", "correspondents")["correspondents"][0]["state"] == "optimized", 5)


def expires(correspondent):
    """{BID: seconds}; empty while a binding is not there."""
    return {b["bid"]: b["expires_in_s"] for b in correspondent.bindings()}


@pytest.mark.parametrize("topology", "ab")
@pytest.mark.parametrize("at_home", ["both", "home"])
def test_coming_home_with_a_correspondent(topology, at_home):
    """Draft-13 5.5.1, figure 2: the node comes home and stays bound at its correspondent by the links that it
    still visits, without losing a packet; when these go the bindings go, and the home link carries all."""
    lines = f"\tat_home = {at_home}\n\troute_optimization {{ after_packets = 3  lifetime = 8 }}\n"
    with started(topology, mobile_node=lines) as network:
        correspondent = Peer(network)
        correspondent.wait_bound(network)
        there, back = Echoes(network.mn, CORRESPONDENT, HOME_ADDRESS), Echoes(network.cn, HOME_ADDRESS)
        network.plug()
        if at_home == "home":
            network.wait_state(STATE_ONLY)
        else:
            network.wait_state(STATE_BOTH_WITHOUT_ND if network.r2 else STATE_BOTH)
            network.wait_bindings(BOTH)
        renewed(correspondent)
        assert (there.lost(), back.lost()) == (0, 0)
        for link in VISITED:
            network.mn.ip(f"link set {link} down")
        wait_for("no bindings", lambda: correspondent.bound() == set(), 12)
        with captured(network.mn, "home0") as paths:
            assert ping(network.mn, CORRESPONDENT, 5, HOME_ADDRESS) == 5
            assert ping(network.cn, HOME_ADDRESS, 5) == 5
            # so that the capture has what was before
            assert ping(network.mn, CORRESPONDENT, 3, HOME_ADDRESS) == 3
        for kind in (128, 129):
            for source, target in ((HOME_ADDRESS, CORRESPONDENT), (CORRESPONDENT, HOME_ADDRESS)):
                assert count(paths[0], f"icmpv6.type == {kind} && ipv6.src == {source} && ipv6.dst == "
                             f"{target} && !(ipv6.nxt == 41) && !ipv6.routing && !ipv6.dstopts") >= 5


def renewed(correspondent):
    """Until each binding has been renewed, twice; they are there all the time."""
    for _ in range(2):
        before = expires(correspondent)
        assert set(before) == AWAY
        left = set(AWAY)

        def all_later():
            now = expires(correspondent)
            assert set(now) == AWAY
            left.difference_update({bid for bid in AWAY if now[bid] > before[bid]})
            before.update(now)
            return not left
        wait_for("renewed bindings", all_later, 10)


@pytest.mark.parametrize("topology", "ab")
def test_tests_of_a_node_that_is_home(topology):
    """RFC 6275 11.6.1: from home, the test of the home address goes by the home link and in no tunnel; those
    of care-of addresses by their links."""
    with started(topology, mobile_node="\troute_optimization { after_packets = 3 }\n") as network:
        correspondent = Peer(network)
        correspondent.wait_bound(network)
        network.plug()
        network.wait_bindings(BOTH)
        network.wait_state(STATE_BOTH_WITHOUT_ND if network.r2 else STATE_BOTH)
        time.sleep(1.5)  # for a second, what was sent by the tunnels may still arrive
        # The mobile node tests as soon as it hears of the end: captures that begin later miss that.
        with captured(network.mn, "home0") as home, captured(network.mn, "wifi0") as visited:
            # another one, which knows no nonces of the first
            correspondent.stop()
            correspondent.start()
            assert correspondent.bound() == set()
            pings = Echoes(network.mn, CORRESPONDENT, HOME_ADDRESS)
            wait_for("bindings again", lambda: correspondent.bound() == AWAY, 15)
            pings.stop()
        for kind, source, target in ((1, HOME_ADDRESS, CORRESPONDENT), (3, CORRESPONDENT, HOME_ADDRESS)):
            assert count(home[0], f"mip6.mhtype == {kind} && ipv6.src == {source} && ipv6.dst == {target} && "
                         "!(ipv6.nxt == 41)") >= 1
            assert count(home[0], "mip6.mhtype && ipv6.nxt == 41") == 0
            assert count(visited[0], f"mip6.mhtype == {kind}") == 0
        assert count(home[0], "mip6.mhtype == 2 || mip6.mhtype == 4") == 0
        assert count(visited[0], "mip6.mhtype == 2") >= 1 and count(visited[0], "mip6.mhtype == 4") >= 1
        for paths in (home, visited):
            assert count(paths[0], "_ws.malformed") == 0


# Shows RFC 6275 11.6.1-1.
def test_home_interface_only_and_a_correspondent():
    """Draft-13 5.5.1, figure 2: care-of addresses stay bound at correspondents, and are tested again when
    that is due, though the home agent has none of them any more."""
    with started("a", mobile_node=OPTIMIZING) as network:
        correspondent = Daemon(network.cn, BUILD, "correspondent {\n\tinterfaces = {core0}\n}\n")
        correspondent.start()
        def bound():
            return sorted(b["bid"] for b in correspondent.bindings())
        assert ping(network.mn, CORRESPONDENT, 10, HOME_ADDRESS) > 0
        wait_for("bindings at the correspondent", lambda: bound() == sorted(AWAY), 10)
        network.plug()
        network.wait_state(STATE_ONLY)
        assert network.bindings() == {} and bound() == sorted(AWAY)
        time.sleep(1.5)  # for a second, what was sent by the tunnels may still arrive
        # another one, which knows no nonces of the first
        correspondent.stop()
        correspondent.start()
        assert bound() == []
        pings = Echoes(network.cn, HOME_ADDRESS)
        wait_for("bindings again", lambda: bound() == sorted(AWAY), 15)
        assert ping(network.mn, CORRESPONDENT, 10, HOME_ADDRESS) == 10
        pings.stop()


def test_leaving_home():
    """RFC 6275 11.5.3: from the home link back to the visited ones, and the connection goes on."""
    with started("a", mobile_node="\tat_home = home\n") as network:
        network.plug()
        network.wait_state(STATE_ONLY)
        with conversation(network):
            network.unplug()
            network.wait_state(STATE_AWAY)
            network.wait_bindings(AWAY)
        assert asked(network, network.local) == network.link_layer(network.ha)


# ---- visited links only ----

def test_visited_links_only():
    """RFC 5648 5.5.2: plugged in at home, it stays away."""
    with started("a", mobile_node="\tat_home = visited\n") as network:
        with captured(network.mn, "home0") as paths:
            network.plug()
            network.wait_state(STATE_VISITED)
            assert ping(network.cn, HOME_ADDRESS) == 3
            assert asked(network, network.local) == network.link_layer(network.ha)
        assert set(network.bindings()) == AWAY
        assert count(paths[0], f"ipv6.src == {HOME_ADDRESS}") == 0


# ---- both at once ----

def test_both_topology_a():
    """RFC 5648 5.6.3-1, 5.6.3-2, 6.3-3: status 0; the mobile node answers for its address, and the home
    agent's packets come by the home link or the visited ones."""
    with started("a") as network:
        with conversation(network), captured(network.mn, "home0") as paths:
            network.plug()
            network.wait_state(STATE_BOTH)
            network.wait_bindings(BOTH)
            home = network.bindings()[HOME_BID]
            assert home["care_of_address"] == HOME_ADDRESS and home["home"]
            assert asked(network, network.local) == network.link_layer(network.mn)
            # the home link is preferred: what the correspondent sends comes by it, as it is
            assert ping(network.cn, HOME_ADDRESS) == 3
        assert count(paths[0], f"icmpv6.type == 128 && ipv6.dst == {HOME_ADDRESS}") >= 3
        assert count(paths[0], "ipv6.nxt == 41") == 0
        # then a visited link is preferred: it comes through the tunnel
        with captured(network.mn, "wifi0") as paths:
            network.mobile_node.ask("prefer", "1", "1")
            network.mobile_node.ask("prefer", str(HOME_BID), "50")
            wait_for("new priority at the home agent",
                     lambda: network.bindings()[HOME_BID]["priority"] == 50, 5)
            assert ping(network.cn, HOME_ADDRESS) == 3
        assert count(paths[0], "ipv6.nxt == 41 && icmpv6.type == 128") >= 3


def test_both_topology_b():
    """RFC 5648 5.6.2-2, 5.6.3-8, 5.6.4-1, 5.6.4-2, 5.6.4-4: status 5; the home agent goes on answering,
    packets pass the home link by link-layer addresses, and the mobile node does no Neighbour
    Discovery for its home address."""
    with started("b") as network:
        with captured(network.mn, "home0") as paths, conversation(network):
            network.plug()
            network.wait_state(STATE_BOTH_WITHOUT_ND)
            network.wait_bindings(BOTH)
            home_agent = network.link_layer(network.ha)
            assert asked(network, network.local) == home_agent
            assert ping(network.cn, HOME_ADDRESS) == 3
            assert network.neighbour(network.r2) == home_agent
        mac = network.link_layer(network.mn)
        router = network.link_layer(network.r2)
        # it neither asks nor answers for or from the home address
        assert count(paths[0], f"eth.src == {mac} && icmpv6.type == 136 && "
                     f"icmpv6.nd.na.target_address == {HOME_ADDRESS}") == 0
        assert count(paths[0], f"eth.src == {mac} && icmpv6.type == 135 && "
                     f"ipv6.src == {HOME_ADDRESS}") == 0
        # packets to it come in frames of the home agent's, and what it sends goes to the router
        assert count(paths[0], f"eth.src == {home_agent} && eth.dst == {mac} && icmpv6.type == 128 "
                     f"&& ipv6.dst == {HOME_ADDRESS}") >= 3
        assert count(paths[0], f"eth.src == {mac} && eth.dst == {router} && icmpv6.type == 129 && "
                     f"ipv6.src == {HOME_ADDRESS}") >= 3


@pytest.mark.parametrize("topology", "ab")
def test_leaving_the_home_link_with_visited_links(topology):
    """RFC 5648 5.6.5-1: an update without H at once; nothing is sent to the home link any more."""
    with started(topology) as network:
        network.plug()
        network.wait_bindings(BOTH)
        with conversation(network):
            network.unplug()
            network.wait_bindings(AWAY)
            network.wait_state(STATE_AWAY)
            assert asked(network, network.local) == network.link_layer(network.ha)


def test_home_binding_is_refreshed():
    """RFC 5648 5.6.3-9: it lives longer than its first lifetime."""
    with started("a", mobile_node="") as network:
        network.plug()
        network.wait_bindings(BOTH)
        before = network.home_agent.ask("show", "bindings")["bindings"][0]["sequence"]
        wait_for("a refresh", lambda: network.bindings().get(HOME_BID, {}).get("sequence") not in
                 (None, before) and network.bindings()[HOME_BID]["expires_in_s"] > 50, 60)


def test_forbidden_at_the_home_agent():
    """RFC 5648 4.4 (169): the mobile node falls back to the home interface."""
    with started("a", home_agent="\thome_and_foreign = false\n") as network:
        with conversation(network):
            network.plug()
            network.wait_state(STATE_ONLY)
            assert network.bindings() == {}
            assert asked(network, network.local) == network.link_layer(network.mn)


def test_home_agent_without_binding_identifiers():
    """RFC 5648 5.7-2, 6.3-5: it takes the home binding for a de-registration; the home interface is
    used, and connections go on."""
    with home_network(BUILD, "a", home_agent="\tmcoa = false\n") as network:
        network.home_agent.start()
        network.mobile_node.start()
        network.wait_bindings({0})
        with conversation(network):
            network.plug()
            network.wait_state(STATE_ONLY)
            assert network.bindings() == {}
            assert asked(network, network.local) == network.link_layer(network.mn)


def test_no_packet_is_lost_coming_home():
    """Both at once: while links are there, coming home and preferring it loses nothing."""
    with started("a") as network:
        pings = Echoes(network.cn, HOME_ADDRESS)
        network.plug()
        network.wait_bindings(BOTH)
        network.wait_state(STATE_BOTH)
        assert ping(network.cn, HOME_ADDRESS) == 3
        assert pings.lost() <= 1


def test_home_agent_restarts_while_the_node_is_home():
    """After kill -9 the home agent still knows what is at home and what is not."""
    with started("b") as network:
        network.plug()
        network.wait_bindings(BOTH)
        network.home_agent.kill()
        network.home_agent.start()
        assert set(network.bindings()) == BOTH
        assert asked(network, network.local) == network.link_layer(network.ha)
        assert ping(network.cn, HOME_ADDRESS) == 3


def test_link_layer_address_changes():
    """RFC 5648 5.6.4: frames to the mobile node at home carry the home agent's link-layer address, also
    when that has become another one."""
    new = "02:00:5e:10:00:77"
    with started("b") as network:
        network.plug()
        network.wait_state(STATE_BOTH_WITHOUT_ND)
        network.wait_bindings(BOTH)
        network.ha.ip(f"link set home0 address {new}")
        wait_for("the new address", lambda: ping(network.cn, HOME_ADDRESS) == 3 and
                 network.neighbour(network.r2) == new, 20)
        with captured(network.mn, "home0") as paths:
            assert ping(network.cn, HOME_ADDRESS) == 3
        to_node = f"icmpv6.type == 128 && ipv6.dst == {HOME_ADDRESS}"
        assert count(paths[0], f"{to_node} && eth.src == {new}") >= 3
        assert count(paths[0], f"{to_node} && eth.src != {new}") == 0


@pytest.mark.parametrize("topology", "ab")
def test_link_layer_address_of_the_mobile_node_changes(topology):
    """RFC 5648 5.6.3, 5.6.4: in topology b the home agent sends frames to the link-layer address that the
    mobile node told it, so that it has to be told of another; in a, neighbours find it themselves."""
    new = "02:00:5e:10:00:99"
    with started(topology) as network:
        network.plug()
        network.wait_state(STATE_BOTH_WITHOUT_ND if network.r2 else STATE_BOTH)
        network.wait_bindings(BOTH)
        assert ping(network.cn, HOME_ADDRESS) == 3
        with conversation(network):
            network.mn.ip(f"link set home0 address {new}")
            wait_for("answers", lambda: ping(network.cn, HOME_ADDRESS) == 3, 20)
            network.wait_bindings(BOTH)
            network.wait_state(STATE_BOTH_WITHOUT_ND if network.r2 else STATE_BOTH)
        # by the home link, which is preferred
        def by_home_link():
            with captured(network.mn, "home0") as paths:
                assert ping(network.cn, HOME_ADDRESS) == 3
            return count(paths[0], f"icmpv6.type == 128 && ipv6.dst == {HOME_ADDRESS} && "
                         f"eth.dst == {new}") >= 3
        wait_for("frames to the new address", by_home_link, 20)


def test_refused_route_is_set_later():
    """What the kernel refuses when a binding is made (here: IPv6 is off on the device) is tried again; one
    line says so, and one that it is well."""
    with home_network(BUILD, "a") as network:
        network.home_agent.start()
        network.ha.sysctl("net.ipv6.conf.monami0.disable_ipv6", 1)
        network.mobile_node.start()
        network.wait_bindings(AWAY)
        wait_for("its complaint", lambda: "home link: route of a home address" in
                 network.home_agent.process.text(), 5)
        network.ha.sysctl("net.ipv6.conf.monami0.disable_ipv6", 0)
        wait_for("the route", lambda: HOME_ADDRESS + " " in network.ha.run(
            "ip", "-6", "route", "show", "dev", "monami0").stdout, 15)
        wait_for("word of it", lambda: network.home_agent.process.text().count("home link: ") == 2, 5)
        assert ping(network.cn, HOME_ADDRESS) == 3


class Descriptors:
    """How many files the daemon may have: none more than it has now, or as many as before."""

    def __init__(self, daemon):
        self.pid = daemon.process.pid
        self.before = resource.prlimit(self.pid, resource.RLIMIT_NOFILE)

    def no_more(self):
        # 0, 1 and 2 are in use
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, (3, self.before[1]))

    def as_before(self):
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, self.before)


def test_refused_group_is_joined_later():
    """The home agent has no descriptor left for the membership when a binding is made."""
    with home_network(BUILD, "a") as network:
        network.home_agent.start()
        descriptors = Descriptors(network.home_agent)
        descriptors.no_more()
        network.mobile_node.start()
        wait_for("a binding", lambda: "binding added" in network.home_agent.process.text(), 10)
        assert SOLICITED_NODE not in groups(network.ha, "home0")
        descriptors.as_before()
        wait_for("the group", lambda: SOLICITED_NODE in groups(network.ha, "home0"), 15)
        wait_for("word of it", lambda: network.home_agent.process.text().count("home link: ") == 2, 5)
        network.wait_bindings(AWAY)
        assert asked(network, network.local) == network.link_layer(network.ha)


def test_refused_anycast_address_is_joined_later():
    """RFC 6275 10.5: discovery from the home link, too, when the kernel refuses the anycast address as
    the link comes up."""
    def found():
        return ANYCAST in network.ha.run("cat", "/proc/net/anycast6").stdout
    with home_network(BUILD, "a") as network:
        network.ha.ip("link set home0 down")
        network.home_agent.start()
        descriptors = Descriptors(network.home_agent)
        descriptors.no_more()
        network.ha.ip("link set home0 up")
        wait_for("its complaint", lambda: "not found by discovery" in
                 network.home_agent.process.text(), 5)
        assert not found()
        descriptors.as_before()
        wait_for("the anycast address", found, 15)
        assert network.home_agent.process.text().count("by discovery from the link") == 2


# ---- answers for a proxied address ----

PROXIED_LINK_LOCAL = "fe80::100"  # RFC 6275 10.3.1: with L, the interface identifier of the home address
NEIGHBOUR = "fe80::77"
UPDATE_FLAGS_AHL = 0x70  # of scapy's seven bits


class Frames:
    """Frames made by hand on an interface, and those that came by it."""

    def __init__(self, host, interface):
        with entered(host):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x86DD))
        self.socket.bind((interface, 0x86DD))
        self.socket.settimeout(0)

    def send(self, packet, source, destination):
        self.socket.send(bytes(Ether(src=source, dst=destination) / packet))

    def came(self, source):
        """IPv6 packets from that link-layer address; all that has come is taken."""
        packets = []
        with contextlib.suppress(BlockingIOError):
            while True:
                frame = Ether(self.socket.recv(65536))
                if frame.src == source:
                    packets.append(frame[inet6.IPv6])
        return packets

    def close(self):
        self.socket.close()


def type_of(packet):
    """The ICMPv6 type of a packet without extension headers, or None."""
    return bytes(packet.payload)[0] if packet.nh == 58 else None


def answers(frames, agent):
    """What the home agent sent, but for its own Neighbour Discovery, and what RFC 6275 10.4.1 has it send
    unasked: to all nodes, with O."""
    return [p for p in frames.came(agent) if type_of(p) not in (134, 135) and not (
        inet6.ICMPv6ND_NA in p and (p[inet6.ICMPv6ND_NA].tgt not in (HOME_ADDRESS, PROXIED_LINK_LOCAL)
                                    or (p.dst, p[inet6.ICMPv6ND_NA].O) == ("ff02::1", 1)))]


def unwanted(target, mac):
    """Neighbour Discovery messages that have no answer, and multicast listener messages."""
    yield inet6.ICMPv6ND_RS() / inet6.ICMPv6NDOptSrcLLAddr(lladdr=mac)
    yield inet6.ICMPv6ND_RA() / inet6.ICMPv6NDOptSrcLLAddr(lladdr=mac)
    yield inet6.ICMPv6ND_NA(tgt=target, R=0, S=1, O=1) / inet6.ICMPv6NDOptDstLLAddr(lladdr=mac)
    yield inet6.ICMPv6ND_Redirect(tgt=NEIGHBOUR, dst=CORRESPONDENT)
    yield inet6.ICMPv6MLQuery()
    yield inet6.ICMPv6MLReport(mladdr="ff02::77")
    yield inet6.ICMPv6MLDone(mladdr="ff02::77")
    yield inet6.ICMPv6MLReport2()
    yield (inet6.IPv6ExtHdrHopByHop(options=[inet6.RouterAlert()]) /
           inet6.ICMPv6MLReport(mladdr="ff02::77"))


@pytest.fixture(scope="module")
def proxied():
    """The home agent, and a mobile node of scapy away from home, with L: (network, Frames of the local
    correspondent, Wire of the mobile node, link-layer addresses of both). It lives to the end of the file."""
    with home_network(BUILD, "a") as network, contextlib.ExitStack() as made:
        network.home_agent.start()
        network.local.ip(f"addr add {NEIGHBOUR}/64 dev home0 nodad")
        keep_kernel_quiet(network.mn)
        care_of = next(a for a in network.mn.addresses("wifi0") if a.startswith("2001:db8:1:"))
        away = made.enter_context(contextlib.closing(Wire(network.mn, "wifi0")))
        away.send(peer.update(care_of, [peer.binding(1, care_of)], 1, home_agent=HOME_AGENT,
                              flags=UPDATE_FLAGS_AHL, lifetime=280))
        wait_for("a binding", lambda: set(network.bindings()) == {1}, 10)
        frames = made.enter_context(contextlib.closing(Frames(network.local, "home0")))
        yield network, frames, away, network.link_layer(network.local), network.link_layer(network.ha)


def inner_packets(wire, seconds=0.5):
    """The inner packets of received tunnelled packets."""
    inner = []
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        packet = wire.receive(lambda packet: packet.nh == 41, left)
        if packet is not None:
            inner.append(packet[inet6.IPv6].payload)
    return inner


def test_solicitations_for_a_proxied_address_are_answered_once(proxied):
    """RFC 6275 10.4.1, RFC 4861 7.2.4, 7.2.8: unicast or multicast, for the home address or the link-local one,
    one advertisement each, R and O clear; nothing from the kernel, and nothing in the tunnel."""
    # Shows RFC 6275 10.4.1-14, 10.4.1-16, 10.4.1-17.
    _, frames, away, mac, agent = proxied
    expected = []
    for target in (HOME_ADDRESS, PROXIED_LINK_LOCAL):
        group = f"ff02::1:ff00:{target.rpartition(':')[2]}"
        asked_for = inet6.ICMPv6ND_NS(tgt=target)
        with_address = asked_for / inet6.ICMPv6NDOptSrcLLAddr(lladdr=mac)
        # ten answers at once for a home address (home_link.c)
        for source, destination, message in (
                (LOCAL, target, with_address), (NEIGHBOUR, target, with_address), (LOCAL, target, asked_for),
                (LOCAL, group, with_address), ("::", group, asked_for), ("::", target, asked_for)):
            link_layer = agent if destination == target else "33:33:ff:00:01:00"
            frames.send(inet6.IPv6(src=source, dst=destination, hlim=255) / message, mac, link_layer)
            if source != "::":
                expected.append((source, target, 0, 1, 0))
            elif destination == group:
                expected.append(("ff02::1", target, 0, 0, 0))
    time.sleep(0.5)
    came = answers(frames, agent)
    flags = [(p.dst, p[inet6.ICMPv6ND_NA].tgt, p[inet6.ICMPv6ND_NA].R, p[inet6.ICMPv6ND_NA].S,
              p[inet6.ICMPv6ND_NA].O) for p in came]
    assert sorted(flags) == sorted(expected)
    assert {(p.hlim, p[inet6.ICMPv6NDOptDstLLAddr].lladdr) for p in came} == {(255, agent)}
    assert inner_packets(away, 0.2) == []


def test_link_scope_messages_to_a_proxied_address_end_at_the_home_agent(proxied):
    """RFC 6275 10.4.2, RFC 4861 6.1, 7.1: neither tunnelled nor answered, by anybody: from the home link and
    from elsewhere, to the home address and to the link-local one."""
    network, frames, away, mac, agent = proxied
    core = contextlib.closing(Frames(network.core, "ha0"))
    with core as core:
        there, here = network.link_layer(network.core, "ha0"), network.link_layer(network.ha, "core0")
        for target in (HOME_ADDRESS, PROXIED_LINK_LOCAL):
            for message in unwanted(target, mac):
                for source, limit in ((LOCAL, 255), (NEIGHBOUR, 255), (NEIGHBOUR, 1), (LOCAL, 64)):
                    frames.send(inet6.IPv6(src=source, dst=target, hlim=limit) / message, mac, agent)
                core.send(inet6.IPv6(src=CORRESPONDENT, dst=HOME_ADDRESS, hlim=64) / message, there, here)
                core.send(inet6.IPv6(src=CORRESPONDENT, dst=HOME_ADDRESS, hlim=255) / message, there, here)
        for limit in (64, 255):
            core.send(inet6.IPv6(src=CORRESPONDENT, dst=HOME_ADDRESS, hlim=limit) /
                      inet6.ICMPv6ND_NS(tgt=HOME_ADDRESS), there, here)
        # a packet that is tunnelled comes behind all of these
        frames.send(inet6.IPv6(src=LOCAL, dst=HOME_ADDRESS) / inet6.ICMPv6EchoRequest(id=7), mac, agent)
        inner = inner_packets(away)
        assert [type_of(packet) for packet in inner] == [128]
        assert [p for p in core.came(here) if type_of(p) is not None and p.dst == CORRESPONDENT] == []
    assert answers(frames, agent) == []


def test_data_to_a_proxied_address(proxied):
    """RFC 6275 10.4.2: to the home address it is tunnelled, without a word to its sender; to the link-local
    address it is not, and Destination Unreachable, code 3, says so, but not to errors or multicast sources."""
    # Shows RFC 6275 10.4.2-2, 10.4.2-3, 10.4.2-4.
    _, frames, away, mac, agent = proxied
    echo = inet6.ICMPv6EchoRequest(id=7, seq=1, data=b"x" * 40)
    frames.send(inet6.IPv6(src=LOCAL, dst=HOME_ADDRESS) / echo, mac, agent)
    assert [type_of(packet) for packet in inner_packets(away)] == [128]
    assert answers(frames, agent) == []
    # RFC 4443 3.1: beyond the scope of a link-local source
    frames.send(inet6.IPv6(src=NEIGHBOUR, dst=HOME_ADDRESS) / echo, mac, agent)
    assert inner_packets(away) == []
    assert [p[inet6.ICMPv6DestUnreach].code for p in answers(frames, agent)] == [2]
    packets = [inet6.IPv6(src=source, dst=PROXIED_LINK_LOCAL) / message
               for message in (echo, inet6.UDP(sport=1, dport=2) / b"x", inet6.TCP(dport=3))
               for source in (LOCAL, NEIGHBOUR)]
    for packet in packets:
        frames.send(packet, mac, agent)
    time.sleep(0.3)
    errors = answers(frames, agent)
    assert [(e.dst, e[inet6.ICMPv6DestUnreach].code) for e in errors] == [(p.src, 3) for p in packets]
    assert [bytes(e[inet6.ICMPv6DestUnreach].payload) for e in errors] == [bytes(p) for p in packets]
    assert PROXIED_LINK_LOCAL not in {e.src for e in errors}
    for packet in (inet6.IPv6(src=NEIGHBOUR, dst=PROXIED_LINK_LOCAL) / inet6.ICMPv6TimeExceeded() / bytes(60),
                   inet6.IPv6(src="ff02::1", dst=PROXIED_LINK_LOCAL) / echo):
        frames.send(packet, mac, agent)
    assert inner_packets(away, 0.4) == []
    assert answers(frames, agent) == []
