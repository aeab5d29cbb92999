# SPDX-License-Identifier: BSD-2-Clause
"""kill -9 of a daemon: forwarding goes on, and the next start takes over what it finds."""
import os
import time

import pytest
from leftovers import picture
from netns import execute, wait_for
from topology import CORRESPONDENT, HOME_ADDRESS
from traffic import Echoes, carries, conversation, ping


def device(host):
    return execute(["ip", "-n", host.netns, "-o", "link", "show", "monami0"]).stdout.split(":")[0]


@pytest.fixture(params=["home_agent", "mobile_node"])
def victim(request, running):
    return getattr(running, request.param)


def test_nothing_is_lost(running, victim):
    before = device(victim.host)
    with conversation(running):
        pings = Echoes(running.cn, HOME_ADDRESS)
        victim.kill()
        time.sleep(1)
        victim.start()
        time.sleep(1)
        assert pings.lost() == 0
    assert device(victim.host) == before


def test_home_agent_finds_its_bindings(running):
    def facts():
        return {(b["home_address"], b["bid"], b["care_of_address"], b["sequence"])
                for b in running.home_agent.bindings()}
    before = facts()
    running.home_agent.kill()
    running.home_agent.start()
    assert facts() == before


def test_registered_again_after_it(running, victim):
    """The node is not kept away: a change right after the restart is registered at once."""
    victim.kill()
    victim.start()
    running.wait_registered()
    running.carrier(running.link("wifi0"), False)
    running.wait_selected("cell0", 2)
    assert carries_pings(running, "cell0")
    running.carrier(running.link("wifi0"), True)
    running.wait_selected("wifi0")
    running.wait_registered()
    assert len(running.home_agent.bindings()) == 3


def carries_pings(world, name):
    pings = Echoes(world.cn, HOME_ADDRESS)
    try:
        return carries(world, name)
    finally:
        pings.stop()


def test_old_updates_stay_old(running):
    """RFC 6275 9.5.1, RFC 4285 6: the last number survives, so that a replay is refused."""
    before = {b["bid"]: b["sequence"] for b in running.home_agent.bindings()}
    running.mobile_node.kill()
    running.mobile_node.start()
    running.wait_registered()

    # A number that the next daemon draws by lot is greater in half of all cases, but not by so little.
    def newer():
        return all(0 < (b["sequence"] - before[b["bid"]]) % 65536 < 32
                   for b in running.home_agent.bindings())
    wait_for("newer numbers", newer, 10)
    assert "took over 3 bindings of 1 home addresses" in running.mobile_node.process.text()


def test_home_agent_starts_with_nothing_left(running):
    """Its pinned maps are lost, and its store, too: the node comes back by itself."""
    running.home_agent.stop()
    os.unlink(running.home_agent.store)
    running.home_agent.start()
    running.carrier(running.link("sat0"), False)  # something to tell
    wait_for("bindings", lambda: len(running.home_agent.bindings()) >= 2, 20)
    assert ping(running.cn, HOME_ADDRESS) == 3


def test_clean_stop_after_take_over(world):
    before = picture(world.mn)
    world.start()
    world.mobile_node.kill()
    world.mobile_node.start()
    world.wait_registered()
    assert world.mobile_node.stop() == 0
    assert picture(world.mn) == before


def test_link_lost_while_the_mobile_node_was_dead(running):
    """The next daemon does not send by a link that disappeared meanwhile."""
    running.mobile_node.kill()
    running.carrier(running.link("wifi0"), False)
    running.mobile_node.start()
    running.wait_selected("cell0")
    assert ping(running.mn, CORRESPONDENT, source=HOME_ADDRESS) == 3
    assert ping(running.cn, HOME_ADDRESS) == 3


def test_maps_of_another_size_are_said(running):
    """Room for more nodes means other maps: the old ones cannot be taken over, and the log says so.
    The bindings come from the store."""
    running.home_agent.kill()
    with open(running.home_agent.file, encoding="ascii") as file:
        config = file.read()
    with open(running.home_agent.file, "w", encoding="ascii") as file:
        file.write(config.replace("home_agent {", "home_agent {\n\tnodes_max = 2000\n", 1))
    running.home_agent.start()
    assert "beginning anew" in running.home_agent.process.text()
    assert sorted(b["bid"] for b in running.home_agent.bindings()) == [1, 2, 3]
    assert ping(running.cn, HOME_ADDRESS) == 3
