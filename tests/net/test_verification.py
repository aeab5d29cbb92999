# SPDX-License-Identifier: BSD-2-Clause
"""Care-of addresses get traffic (RFC 5648 10) where kernels answer the echo requests, or not."""
import peer
import pytest
from netns import wait_for
from scapy.layers import inet6
from topology import HOME_ADDRESS, HOME_AGENT, HOME_PREFIX

INVALID_CARE_OF = 174  # RFC 5648 4.4


def verify(world, how):
    """The home agent's policy for the mobile node's addresses."""
    daemon = world.home_agent
    with open(daemon.file, encoding="ascii") as file:
        config = file.read()
    assert config.count("replay = true") == 1
    with open(daemon.file, "w", encoding="ascii") as file:
        file.write(config.replace("replay = true", f"replay = true\n\t\tverify = {how}"))


@pytest.fixture
def peers(request, world):
    """The home agent runs; a Peer on each link of the mobile node."""
    verify(world, getattr(request, "param", "off"))
    with peer.on_each_link(world) as made:
        yield made


def verified(world):
    return {b["bid"] for b in world.home_agent.bindings() if b["verified"]}


def ignore_echo_requests(world, link):
    world.mn.nft(f'table ip6 deaf {{\n\tchain in {{ type filter hook input priority 0\n\t\tiifname "{link.name}" '
                 f"ip6 saddr {HOME_AGENT} icmpv6 type echo-request drop\n\t}}\n}}\n")


def answer_echo_requests(world):
    world.mn.nft("delete table ip6 deaf\n")


@pytest.mark.parametrize("peers", ["probe"], indirect=True)
def test_address_that_does_not_answer_gets_no_traffic_until_it_does(world, peers):
    """draft-13 10-1: it is acknowledged, and preferred, yet what comes for the home address goes to the
    other address, which has answered."""
    ignore_echo_requests(world, world.links[0])
    answer = peers[0].exchange(peer.alone(peers[0], 1, 1))
    assert peer.statuses(answer) == {1: 0}
    assert not peer.forwards(world, peers[0])
    answer = peers[1].exchange(peer.alone(peers[1], 2, 2))
    assert peer.statuses(answer) == {2: 0}
    wait_for("the answer of BID 2", lambda: verified(world) == {2}, 5)
    assert peer.forwards(world, peers[1])
    answer_echo_requests(world)
    wait_for("the answer of BID 1", lambda: verified(world) == {1, 2}, 40)
    assert peer.forwards(world, peers[0])


def test_without_verification_it_gets_traffic_at_once(world, peers):
    """The default; and that the test above could find it."""
    ignore_echo_requests(world, world.links[0])
    assert peer.statuses(peers[0].exchange(peer.alone(peers[0], 1, 1))) == {1: 0}
    assert peer.forwards(world, peers[0])


def test_refused_bulk_leads_to_registrations_one_by_one(world):
    """draft-13 10-2, RFC 5648 5.3: 168 for several addresses of which only one is proved; the mobile node then
    registers each from its own link, and packets come by each."""
    verify(world, "no_bulk")
    world.start()
    said = world.home_agent.process.text()
    assert "status 168" in said
    assert peer.registered(world) == {(link.bid, world.care_of_address(link)) for link in world.links}
    for link in world.links:
        world.mobile_node.ask("prefer", str(link.bid), "1")
        for other in world.links:
            if other is not link:
                world.mobile_node.ask("prefer", str(other.bid), "100")
        wait_for("new priorities", lambda link=link: {
            b["bid"] for b in world.home_agent.bindings() if b["priority"] == 1} == {link.bid}, 10)
        before = world.home_agent.bindings()
        world.cn.run("ping", "-n", "-c", "3", "-i", "0.2", HOME_ADDRESS)
        sent = {b["bid"]: b["sent_packets"] for b in world.home_agent.bindings()}
        assert sent[link.bid] >= 3 + next(b["sent_packets"] for b in before if b["bid"] == link.bid)


def test_care_of_address_inside_the_home_prefix_is_refused(world, peers):
    """RFC 6275 6.1.7; draft-13 10: no address that the home agent itself would have to tunnel; the
    others of the same update are registered."""
    inside = HOME_PREFIX.replace("::/64", "::5")
    options = [peer.binding(1, inside), peer.binding(2, peers[1].care_of)]
    answer = peers[1].exchange(peer.update(peers[1].care_of, options, 1, reserved=0))
    assert peer.statuses(answer) == {1: INVALID_CARE_OF, 2: 0}
    assert peer.registered(world) == {(2, peers[1].care_of)}
    # alone it is refused, too
    answer = peers[1].exchange(peer.update(peers[1].care_of, [peer.binding(1, inside)], 2, reserved=0,
                                           authenticated=inside))
    message = answer[inet6.MIP6MH_BA]
    assert INVALID_CARE_OF in (message.status, peer.statuses(answer).get(1))
    assert peer.registered(world) == {(2, peers[1].care_of)}
