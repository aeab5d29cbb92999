# SPDX-License-Identifier: BSD-2-Clause
"""One daemon with several roles on one host (ADR 48): a mobile node of home agent A, a mobile node of home
agent B by the same links, the home agent of a third mobile node, and a correspondent.

    +------+  wifi0   +-----+                 +----+
    |      |----------| ar1 |----+       +----| ha |  home agent A
    |  mn  |  cell0   +-----+  +------+  |    +----+
    |      |----------| ar2 |--| core |--+----| hb |  home agent B
    |      |  fixed0  +-----+  +------+  |    +----+
    +------+---------------------+ |     +----| cn |  correspondent
                                 | |          +----+
                            +------+ +------+
       mobile node of mn    | leaf | | peer |    mobile node of home agent B, optimizes routes
                            +------+ +------+
"""
import contextlib
import json
import re
import signal

import pytest
import topology
from conftest import BUILD
from leftovers import picture, pinned
from netns import wait_for
from several_homes import SECOND_HOME, SECOND_HOME_AGENT, SeveralHomes, home_agent, mobile_node
from topology import CORRESPONDENT, HOME_ADDRESS, HOME_AGENT, Daemon
from traffic import Echoes, ping

PEER_HOME = "2001:db8:200::201"
THIRD_HOME = "2001:db8:300::300"
OWN_HOME_AGENT = "2001:db8:5::1"
HOMES = (HOME_ADDRESS, SECOND_HOME, THIRD_HOME)


class SeveralRoles(SeveralHomes):
    names = ("first", "second")
    second_homes = (SECOND_HOME, PEER_HOME)

    def __init__(self, net, build):
        self.leaf = net.host("leaf")
        self.far = net.host("peer")
        super().__init__(net, build)
        self.peer = Daemon(self.far, build, mobile_node("peer", PEER_HOME, SECOND_HOME_AGENT, [(1, "up0")],
                                                        "\troute_optimization { after_packets = 3 }\n"))
        self.third = Daemon(self.leaf, build, mobile_node("leaf", THIRD_HOME, OWN_HOME_AGENT, [(1, "up0")]))

    def _core(self):
        super()._core()
        self.mn.forward()
        for host, name, interface, network in ((self.mn, "mn0", "fixed0", "2001:db8:5"),
                                               (self.leaf, "leaf0", "up0", "2001:db8:6"),
                                               (self.far, "peer0", "up0", "2001:db8:7")):
            self.net.link(self.core, name, host, interface)
            self.core.ip(f"addr add {network}::ff/64 dev {name}")
            host.ip(f"addr add {network}::1/64 dev {interface}", f"route add default via {network}::ff metric 512")
        self.core.ip(f"route add 2001:db8:300::/64 via {OWN_HOME_AGENT}")

    def _access(self, link):
        super()._access(link)
        self.mn.sysctl(f"net.ipv6.conf.{link.name}.accept_ra", 2)

    def mobile_node_config(self):
        links = [(link.bid, link.name) for link in self.links]
        return (mobile_node("first", HOME_ADDRESS, HOME_AGENT, links)
                + mobile_node("second", SECOND_HOME, SECOND_HOME_AGENT, links)
                + home_agent(OWN_HOME_AGENT, "2001:db8:300::/64", "fixed0", THIRD_HOME)
                + "correspondent { }\n")

    def daemons(self):
        return [*super().daemons(), self.third]

    def wait_all_registered(self, seconds=15):
        super().wait_all_registered(seconds)
        wait_for("registration of the third", lambda: self.third.links()["up0"]["registered"], seconds)

    def selected_by(self, name):
        return next((n for n, link in self.links_of(name).items() if link["selected"]), None)


@pytest.fixture(scope="module")
def several():
    with topology.world(BUILD, kind=SeveralRoles) as world:
        world.wait_care_of_addresses()
        world.before = picture(world.mn)
        world.start()
        yield world


@pytest.fixture
def world(request, several):
    request.node.world = several
    return several


@contextlib.contextmanager
def all_are_reached(world, homes=HOMES, lost=0):
    """Echo requests of the correspondent to each home address; `lost` of each may stay unanswered."""
    echoes = {home: Echoes(world.cn, home, interval=0.02) for home in homes}
    yield
    missed = {home: one.lost() for home, one in echoes.items()}
    assert max(missed.values()) <= lost, missed


def test_each_home_address(world):
    for home in HOMES:
        assert ping(world.cn, home) == 3
    for home in HOMES[:2]:
        assert ping(world.mn, CORRESPONDENT, source=home) == 3
        assert ping(world.leaf, home, source=THIRD_HOME) == 3
    assert ping(world.leaf, CORRESPONDENT, source=THIRD_HOME) == 3
    assert {b["home_address"] for b in world.home_agent.bindings()} == {HOME_ADDRESS}
    assert {b["home_address"] for b in world.second_home_agent.bindings()} == {SECOND_HOME}
    assert {(b["home_address"], b["bid"]) for b in world.mobile_node.bindings()} == {
        (HOME_ADDRESS, 1), (HOME_ADDRESS, 2), (SECOND_HOME, 1), (SECOND_HOME, 2), (THIRD_HOME, 1)}


def test_status_has_all_of_them(world):
    status = world.mobile_node.ask("status")
    assert [(m["mobile_node"], m["home_address"], m["home_agent"]) for m in status["home_addresses"]] == [
        ("first", HOME_ADDRESS, HOME_AGENT), ("second", SECOND_HOME, SECOND_HOME_AGENT)]
    assert status["roles"] == ["home-agent", "mobile-node", "correspondent"]
    assert status["warnings"] == [] and status["missing"] == []
    done = world.mn.run(world.mobile_node.monami, "--socket", world.mobile_node.socket, "--json", "doctor", check=False)
    assert {c["object"]: c["verdict"] for c in json.loads(done.stdout)["checks"] if c["check"] == "home_agent"} == {
        HOME_AGENT: "ok", SECOND_HOME_AGENT: "ok"}


def test_a_command_names_the_mobile_node(world):
    """By its name, or its home address; the others do not move."""
    world.mobile_node.ask("prefer", "1", "50", "--mobile-node", SECOND_HOME)
    world.wait_selected_by("second", "cell0")
    assert world.selected_by("first") == "wifi0"
    world.mobile_node.ask("prefer", "1", "1", "--mobile-node", "second")
    world.wait_selected_by("second", "wifi0")
    done = world.mn.run(world.mobile_node.monami, "--socket", world.mobile_node.socket, "prefer", "1", "1",
                        "--mobile-node", "secnd", check=False)
    assert done.returncode != 0
    assert "no mobile node 'secnd'" in done.stderr and "did you mean 'second'?" in done.stderr


def test_a_shared_link_fails(world):
    link = world.link("wifi0")
    with all_are_reached(world, [THIRD_HOME]), all_are_reached(world, HOMES[:2], lost=100):
        world.carrier(link, False)
        for name in ("first", "second"):
            world.wait_selected_by(name, "cell0")
        for home in HOMES:
            assert ping(world.cn, home) == 3
        world.carrier(link, True)
        for name in ("first", "second"):
            world.wait_selected_by(name, "wifi0")


def test_a_home_agent_is_gone(world):
    with all_are_reached(world, [HOME_ADDRESS, THIRD_HOME]):
        world.silence_second_home_agent(True)
        world.second_home_agent.kill()
        sender = Echoes(world.mn, CORRESPONDENT, source=SECOND_HOME)  # a path in use is found dead soon
        wait_for("dead paths", lambda: all(link["path"] == "dead" for link in world.links_of("second").values()), 15, 0.1)
        warnings = world.mobile_node.ask("status")["warnings"]
        assert {f"{link.name}: the path to {SECOND_HOME_AGENT} is dead" for link in world.links} <= set(warnings)
        assert all(SECOND_HOME_AGENT in line for line in warnings)
        assert {link["path"] for link in world.links_of("first").values()} == {"alive"}
        sender.stop()
        world.silence_second_home_agent(False)
        world.second_home_agent.start()
        world.wait_all_registered(20)
    assert ping(world.cn, SECOND_HOME) == 3


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGQUIT])
def test_forwarding_outlives_the_daemon(world, how):
    with all_are_reached(world):
        world.mobile_node.process.kill(how)
        world.mobile_node.process.wait()
        for home in HOMES:
            assert ping(world.cn, home) == 3
        world.mobile_node.start()
        world.wait_all_registered()
    assert {b["home_address"] for b in world.mobile_node.bindings()} == set(HOMES)


# ---- as a correspondent ----

@pytest.fixture
def peer(world):
    """It has bindings at both of mn's addresses, and is heard without a gap."""
    world.peer.start()
    wait_for("registration of the peer", lambda: world.peer.links()["up0"]["registered"], 15)
    for own in (HOME_ADDRESS, OWN_HOME_AGENT):
        assert ping(world.far, own, count=5, source=PEER_HOME) == 5
    wait_for("bindings at both addresses", lambda: bound_at(world) == {HOME_ADDRESS, OWN_HOME_AGENT}, 15)
    yield world.far
    if not world.peer.ended():
        assert world.peer.stop() == 0


def bound_at(world):
    """Where the peer is bound at mn."""
    return {b["peer"] for b in world.mobile_node.bindings() if b["home_address"] == PEER_HOME}


def by_home_agent(world):
    """Packets of the peer that its home agent has tunnelled, both ways."""
    return sum(b["sent_packets"] + b["received_packets"]
               for b in world.second_home_agent.bindings() if b["home_address"] == PEER_HOME)


def test_a_peer_by_a_route_optimized_path(world, peer):
    """RFC 6275 9: to a home address, through the tunnel of that mobile node; and to the home agent's own
    address, without; both ways. Nothing passes the peer's home agent."""
    wait_for("both paths to be used", lambda: {c["state"] for c in world.peer.ask("show", "correspondents")[
        "correspondents"]} == {"optimized"}, 5)
    for own in (HOME_ADDRESS, OWN_HOME_AGENT):
        before = by_home_agent(world)
        assert ping(peer, own, count=20, source=PEER_HOME) == 20
        assert ping(world.mn, PEER_HOME, count=20, source=own) == 20
        assert by_home_agent(world) - before < 20  # tests and updates now and then, but no echoes
    assert {b["care_of_address"] for b in world.mobile_node.bindings() if b["home_address"] == PEER_HOME} == {
        "2001:db8:7::1"}


def test_a_correspondent_beside_other_roles_is_killed(world, peer):
    """kill -9: neither the peer's packets nor those of the other roles wait for the next daemon."""
    with all_are_reached(world), all_are_reached(world, [PEER_HOME]):
        there = [Echoes(peer, own, source=PEER_HOME, interval=0.02) for own in (HOME_ADDRESS, OWN_HOME_AGENT)]
        world.mobile_node.kill()
        assert ping(peer, HOME_ADDRESS, source=PEER_HOME) == 3
        world.mobile_node.start()
        world.wait_all_registered()
        assert [one.lost() for one in there] == [0, 0]
    assert bound_at(world) == {HOME_ADDRESS, OWN_HOME_AGENT}


def test_a_peer_leaves(world, peer):
    """RFC 6275 11.7.2: its bindings at both addresses go; those of the other roles stay."""
    assert world.peer.stop() == 0
    wait_for("no binding of the peer", lambda: bound_at(world) == set(), 5)
    assert {b["home_address"] for b in world.mobile_node.bindings()} == set(HOMES)
    for home in HOMES:
        assert ping(world.cn, home) == 3


def routing(host):
    """Rules and routes that Monami has set, each with its table, and addresses."""
    lines = [*host.run("ip", "-6", "rule").stdout.splitlines(),
             *host.run("ip", "-6", "route", "show", "table", "all", "proto", "77").stdout.splitlines()]
    found = [(int(match[1]), line) for line in lines if (match := re.search(r"(?:lookup|table) (\d+)", line))]
    return found, host.run("ip", "-6", "-o", "addr").stdout


def test_a_deleted_block(world):
    """Nothing of a mobile node stays on the host whose block was deleted while no daemon ran."""
    links = [(link.bid, link.name) for link in world.links]
    block = mobile_node("second", SECOND_HOME, SECOND_HOME_AGENT, links)
    found, addresses = routing(world.mn)
    base = next(table for table, line in found if f"from {SECOND_HOME} " in line)

    def left():
        found, addresses = routing(world.mn)
        return [line for table, line in found if base <= table < base + 16] + (
            [SECOND_HOME] if SECOND_HOME in addresses else [])

    assert SECOND_HOME in addresses
    assert {table for table, _ in found} >= {base, base + 1, base + 2}
    world.mobile_node.kill()
    with open(world.mobile_node.file, encoding="ascii") as file:
        config = file.read()
    assert block in config
    with open(world.mobile_node.file, "w", encoding="ascii") as file:
        file.write(config.replace(block, ""))
    world.mobile_node.start()
    wait_for("nothing of the second to be left", lambda: not left(), 12)
    wait_for("registration of the first", lambda: all(link["registered"] for link in world.links_of("first").values()), 15)
    for home in (HOME_ADDRESS, THIRD_HOME):
        assert ping(world.cn, home) == 3
    world.mobile_node.kill()
    with open(world.mobile_node.file, "w", encoding="ascii") as file:
        file.write(config)
    world.mobile_node.start()
    world.wait_all_registered()


def test_nothing_is_left(world):
    assert world.mobile_node.stop() == 0
    assert picture(world.mn) == world.before
    assert pinned(world.mobile_node) == []
    assert world.home_agent.bindings() == [] and world.second_home_agent.bindings() == []
