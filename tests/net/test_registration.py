# SPDX-License-Identifier: BSD-2-Clause
"""A mobile node with three links registers them, and is reached at its home address."""
import signal

import packets
import pytest
from netns import Timeout, execute, wait_for
from topology import CORRESPONDENT, HOME_ADDRESS, HOME_AGENT, interface_octets
from traffic import conversation, ping


_OCTETS = 300000
PING_OCTETS = 104
_SINK = f"""
import socket
l = socket.create_server(("{HOME_ADDRESS}", 7008), family=socket.AF_INET6)
print("listening", flush=True)
s, _ = l.accept()
n = 0
while octets := s.recv(65536):
    n += len(octets)
print(n, flush=True)
"""
_SOURCE = f"""
import socket
socket.create_connection(("{HOME_ADDRESS}", 7008), 5).sendall(bytes({_OCTETS}))
"""


@pytest.fixture
def captured(world):
    """A registration, and what passed the home agent's link: (world, function that ends the
    capture and returns its file)."""
    process, path = world.core.capture("ha0")
    world.start()

    def read():
        process.stop()
        return path
    return world, read


def test_three_bindings(running):
    """RFC 5648 5.1: each care-of address under the BID of its link."""
    # Shows RFC 6275 11.5.3-8.
    bindings = running.home_agent.bindings()
    expected = {(link.bid, running.care_of_address(link)) for link in running.links}
    assert {(b["bid"], b["care_of_address"]) for b in bindings} == expected
    assert {b["home_address"] for b in bindings} == {HOME_ADDRESS}
    assert all(0 < b["expires_in_s"] <= 60 for b in bindings)  # the lifetime asked for


def test_mobile_node_says_the_same(running):
    links = running.mobile_node.links()
    for link in running.links:
        shown = links[link.name]
        assert shown["bid"] == link.bid
        assert shown["care_of_address"] == running.care_of_address(link)
        assert shown["registered"] and shown["up"] and shown["path"] == "alive"
    assert running.mobile_node.selected() == "wifi0"


def test_home_address_answers(running):
    assert ping(running.cn, HOME_ADDRESS) == 3
    assert ping(running.mn, CORRESPONDENT, source=HOME_ADDRESS) == 3


def test_home_address_talks_tcp(running):
    with conversation(running):
        pass


def test_mobile_node_uses_its_home_address_of_itself(running):
    """RFC 6275 11.3.1: without another wish, packets go from the home address."""
    # Shows RFC 6275 11.3.1-1, 11.3.1-3.
    route = running.mn.run("ip", "-6", "route", "get", CORRESPONDENT).stdout
    assert f"src {HOME_ADDRESS} " in route + " "
    assert "dev monami0" in route


def test_traffic_is_tunnelled_both_ways(captured):
    """RFC 6275 10.4.2, 10.4.5: IPv6 in IPv6 between home agent and care-of address."""
    # Shows RFC 6275 11.3.1-5.
    world, path = captured
    assert ping(world.cn, HOME_ADDRESS) == 3
    care_of = world.care_of_address(world.link("wifi0"))
    lines = execute(["tshark", "-n", "-r", path(), "-Y", "ipv6.nxt == 41 && icmpv6.type >= 128",
                     "-T", "fields", "-e", "ipv6.src", "-e", "ipv6.dst"]).stdout.split("\n")
    assert f"{HOME_AGENT},{CORRESPONDENT}\t{care_of},{HOME_ADDRESS}" in lines
    assert f"{care_of},{HOME_ADDRESS}\t{HOME_AGENT},{CORRESPONDENT}" in lines


def test_home_agent_and_mobile_node_talk(captured):
    """RFC 6275 9.3.2: the home agent is a correspondent of its mobile nodes."""
    world, path = captured
    assert ping(world.ha, HOME_ADDRESS) == 3
    assert ping(world.mn, HOME_AGENT, source=HOME_ADDRESS) == 3
    server = world.mn.start("sink", "/usr/bin/python3", "-c", _SINK, pipe=True)
    assert server.popen.stdout.readline() == "listening\n"
    world.ha.run("/usr/bin/python3", "-c", _SOURCE)
    assert server.popen.stdout.readline() == f"{_OCTETS}\n"
    path = path()
    care_of = world.care_of_address(world.link("wifi0"))
    lines = execute(["tshark", "-n", "-r", path, "-Y", "ipv6.routing.type == 2 && (icmpv6.type == 128 || tcp)",
                     "-T", "fields", "-e", "ipv6.src", "-e", "ipv6.dst",
                     "-e", "ipv6.routing.mipv6.home_address"]).stdout.splitlines()
    assert set(lines) == {f"{HOME_AGENT}\t{care_of}\t{HOME_ADDRESS}"}
    assert packets.malformed(path) == []
    assert packets.wrong_checksums(path) == []


def test_packets_are_well_formed(captured):
    # Shows RFC 6275 11.7.1-17.
    world, path = captured
    assert ping(world.cn, HOME_ADDRESS) == 3
    path = path()
    assert packets.mobility(path)
    assert packets.malformed(path) == []
    assert packets.wrong_checksums(path) == []


def test_updates_and_acknowledgements(captured):
    """RFC 6275 11.7.1, 10.3.1: what is in them, and that each number is acknowledged."""
    world, path = captured
    messages = packets.mobility(path())
    care_of = {link.bid: world.care_of_address(link) for link in world.links}
    updates = [m for m in messages if m["type"] == packets.UPDATE]
    acks = [m for m in messages if m["type"] == packets.ACKNOWLEDGEMENT]
    for update in updates:
        assert update["destination"] == HOME_AGENT
        assert update["home_address"] == HOME_ADDRESS    # RFC 6275 11.7.1
        assert update["source"] in care_of.values()
        assert update["auth_subtype"] == "1"             # RFC 4285 5.1
    assert {bid for update in updates for bid in update["bids"]} == set(care_of)
    for ack in acks:
        assert ack["source"] == HOME_AGENT
        assert ack["routed_to"] == HOME_ADDRESS          # RFC 6275 9.5.4
        assert int(ack["status"]) < 128
        assert ack["auth_subtype"] == "1"
    # RFC 5648 6.2: every BID of an update is in its acknowledgement
    assert {bid for ack in acks for bid in ack["bids"]} == set(care_of)
    assert {u["bu_sequence"] for u in updates} == {a["ba_sequence"] for a in acks}


def test_no_care_of_address_before_its_dad_ended(world):
    """RFC 4862 5.4: a tentative address is not used, and one that DAD found taken never is. The
    kernel forms it anew with each router advertisement, so that it is tentative often."""
    # Shows RFC 6275 11.5.3-9.
    link = world.link("cell0")
    identifier = world.care_of_address(link).removeprefix(link.network)
    taken = "2001:db8:22" + identifier
    world.start()
    link.router.ip(f"addr add {taken}/64 dev access0")
    process, path = world.mn.capture("cell0")
    world.renumber(link, "2001:db8:22::/64")
    wait_for("a tentative address", lambda: taken in world.mn.addresses("cell0", "tentative"), 5,
             0.01)
    with pytest.raises(Timeout):
        wait_for("a binding of it", lambda: taken in [
            b["care_of_address"] for b in world.home_agent.bindings()], 3)
    process.stop()
    assert taken not in [m["source"] for m in packets.mobility(path)]
    assert taken not in world.mn.addresses("cell0", "-tentative")


def test_show_for_people(running):
    """The client's output without --json names the links and their states."""
    daemon = running.mobile_node
    text = execute([daemon.monami, "--socket", daemon.socket, "show", "links"]).stdout
    for link in running.links:
        assert link.name in text
    text = execute([running.home_agent.monami, "--socket", running.home_agent.socket, "show",
                    "bindings"]).stdout
    for link in running.links:
        assert running.care_of_address(link) in text


def test_wrong_key_changes_nothing(world):
    """RFC 4285 5.1: an update that does not verify is refused, and there is no binding."""
    daemon = world.mobile_node
    with open(daemon.file, encoding="ascii") as file:
        text = file.read()
    with open(daemon.file, "w", encoding="ascii") as file:
        file.write(text.replace('key = "00', 'key = "ff'))
    world.home_agent.start()
    daemon.start()

    def refused():
        counters = world.home_agent.ask("show", "counters")
        return (counters["updates_refused"]
                or any(d["count"] and "auth" in d["name"] for d in counters["drops"]))
    wait_for("a refusal", refused, 10)
    assert world.home_agent.bindings() == []
    assert ping(world.cn, HOME_ADDRESS, count=1) == 0


def test_packets_sent_while_the_first_registration_is_in_flight(world):
    """They are kept until the home agent knows the care-of address, and then arrive."""
    home_agent = world.home_agent.start()
    home_agent.kill(signal.SIGSTOP)  # the update waits in its ring buffer
    world.mobile_node.start()
    wait_for("the first update", lambda: world.mobile_node.ask("show", "counters")["updates_sent"] >= 1, 5)
    pings = world.mn.start("ping", "ping", "-n", "-c", "3", "-i", "0.01", "-W", "8",
                           "-I", HOME_ADDRESS, CORRESPONDENT)
    wait_for("the packets on the device", lambda: interface_octets(
        world.mobile_node.process.pid, ["monami0"])["monami0"][1] >= 3 * PING_OCTETS, 5, 0.01)
    assert world.mobile_node.ask("show", "counters")["acks_received"] == 0
    home_agent.kill(signal.SIGCONT)
    pings.wait(20)
    assert "3 received" in pings.text()
