# SPDX-License-Identifier: BSD-2-Clause
"""Links fail, return, move; what was connected stays connected."""
import subprocess
import time

import packets
import pytest
from netns import wait_for
from topology import HOME_ADDRESS
from traffic import Echoes, carries, conversation, ping


def binding_of(world, bid):
    return next((b for b in world.home_agent.bindings() if b["bid"] == bid), None)


def test_carrier_lost(running):
    with conversation(running):
        running.carrier(running.link("wifi0"), False)
        running.wait_selected("cell0", 2)
        assert carries(running, "cell0")
    assert ping(running.cn, HOME_ADDRESS) == 3


def test_silent_death_under_traffic(running):
    with conversation(running):
        assert carries(running, "wifi0")
        running.silence(running.link("wifi0"), True)
        running.wait_selected("cell0", 2)
        assert carries(running, "cell0")
        assert running.mobile_node.links()["wifi0"]["up"]
    assert ping(running.cn, HOME_ADDRESS) == 3


def test_silent_death_of_an_idle_path(running):
    """It is found without traffic, too, within ten seconds."""
    running.silence(running.link("sat0"), True)
    wait_for("sat0 known dead", lambda: running.mobile_node.links()["sat0"]["path"] == "dead", 12)
    assert running.mobile_node.selected() == "wifi0"


def test_idle_paths_cost_little(running):
    """At most twelve packets a minute: at most five in any twenty seconds."""
    time.sleep(3)  # the first probes
    process, path = running.mn.capture("sat0")
    time.sleep(20)
    process.stop()
    probes = packets.tshark(path, "-Y", "icmpv6.type == 128")
    assert len(probes) <= 5


def test_better_link_takes_over_without_loss(running):
    link = running.link("wifi0")
    running.carrier(link, False)
    running.wait_selected("cell0", 2)
    pings = Echoes(running.cn, HOME_ADDRESS)
    running.carrier(link, True)
    running.wait_selected("wifi0")
    assert carries(running, "wifi0")
    assert pings.lost() == 0


def test_another_prefix(running):
    """RFC 5648 5.4: the new care-of address takes the place of the old one under its BID."""
    link = running.link("wifi0")
    before = running.care_of_address(link)
    with conversation(running):
        running.renumber(link, "2001:db8:11::/64")
        now = wait_for("new care-of address", lambda: running.care_of_address(link), 8)
        wait_for("its binding", lambda: (binding_of(running, link.bid) or {}).get(
            "care_of_address") == now, 8)
        running.wait_selected("wifi0")
        assert carries(running, "wifi0")
    assert now != before
    assert len(running.home_agent.bindings()) == 3


def test_all_links_down_and_back(running):
    with conversation(running):
        for link in running.links:
            running.carrier(link, False)
        wait_for("no link", lambda: running.mobile_node.selected() is None, 2)
        time.sleep(3)
        for link in running.links:
            running.carrier(link, True)
        running.wait_selected("wifi0")
    running.wait_registered()
    assert ping(running.cn, HOME_ADDRESS) == 3


def test_signalling_leaves_by_its_own_link(running):
    """An update for one care-of address does not leave by another link, dead or alive. Its source
    is an address of the link that it leaves by (RFC 6275 11.7.1, 11.3.1)."""
    # Shows RFC 6275 11.3.1-12, 6.1.7-11.
    captures = {link: running.mn.capture(link.name) for link in running.links}
    running.carrier(running.link("wifi0"), False)
    running.wait_selected("cell0", 2)
    with conversation(running):
        running.silence(running.link("cell0"), True)
        running.wait_selected("sat0", 5)
    running.silence(running.link("cell0"), False)
    running.carrier(running.link("wifi0"), True)
    running.wait_selected("wifi0")
    running.wait_registered()
    seen = 0
    for link, (process, path) in captures.items():
        process.stop()
        for message in packets.mobility(path):
            if message["type"] == packets.UPDATE:
                assert message["source"].startswith(link.network + ":")
                seen += 1
        assert packets.malformed(path) == []
        assert packets.wrong_checksums(path) == []
    assert seen >= 3


@pytest.mark.parametrize("name", ["cell0", "sat0"])
def test_loss_of_a_spare_link_disturbs_nobody(running, name):
    pings = Echoes(running.cn, HOME_ADDRESS)
    running.carrier(running.link(name), False)
    wait_for("it to be noticed", lambda: not running.mobile_node.links()[name]["up"], 2)
    time.sleep(1)
    running.carrier(running.link(name), True)
    running.wait_registered([name])
    assert running.mobile_node.selected() == "wifi0"
    assert pings.lost() == 0


def test_router_with_another_link_layer_address(running):
    """The next hop of a care-of link gets a new network card: what the mobile node sends goes to that,
    and the connection goes on."""
    new = "02:00:5e:10:00:88"
    link = running.links[0]
    running.wait_selected(link.name)
    with conversation(running):
        link.router.ip(f"link set access0 address {new}")

        def by_the_new_one():
            process, path = running.mn.capture(link.name)
            # more than are asked for: what came last need not have been written yet
            assert ping(running.cn, HOME_ADDRESS, count=10) > 0
            process.stop()
            frames = subprocess.run(
                ["tshark", "-n", "-r", path, "-Y", "ipv6.nxt == 41 && icmpv6.type == 129 && "
                 f"eth.dst == {new}"], capture_output=True, text=True, check=True).stdout
            return len(frames.splitlines()) >= 3
        wait_for("frames to the new address", by_the_new_one, 60)
        running.wait_registered(seconds=20)
    assert ping(running.cn, HOME_ADDRESS) == 3
