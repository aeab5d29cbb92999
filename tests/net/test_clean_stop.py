# SPDX-License-Identifier: BSD-2-Clause
"""A clean stop de-registers, and leaves nothing behind on the host."""
import os

import packets
import pytest
from leftovers import picture, pinned
from netns import wait_for
from topology import HOME_ADDRESS
from traffic import ping


def test_nothing_is_left(world):
    before = {host.name: picture(host) for host in (world.mn, world.ha)}
    world.start()
    assert pinned(world.mobile_node) and pinned(world.home_agent)
    assert picture(world.mn) != before["mn"]
    assert world.mobile_node.stop() == 0
    assert picture(world.mn) == before["mn"]
    assert pinned(world.mobile_node) == []
    assert not os.path.exists(world.mobile_node.socket)
    assert world.home_agent.stop() == 0
    assert picture(world.ha) == before["ha"]
    assert pinned(world.home_agent) == []
    assert not os.path.exists(world.home_agent.socket)


def test_stop_deregisters(running):
    """RFC 6275 11.7.1, RFC 5648 5.6: lifetime zero, and the home agent forgets all bindings."""
    process, path = running.core.capture("ha0")
    assert running.mobile_node.stop() == 0
    wait_for("no bindings", lambda: running.home_agent.bindings() == [], 2)
    process.stop()
    updates = [m for m in packets.mobility(path) if m["type"] == packets.UPDATE]
    assert updates and all(int(m["bu_lifetime"]) == 0 for m in updates)


def test_stop_without_home_agent(running):
    """A home agent that does not answer does not hold the stop up for long."""
    running.home_agent.kill()
    assert running.mobile_node.stop() == 0
    assert not running.mn.has("monami0")


def test_the_host_is_an_ordinary_one_again(running):
    """After the stop the mobile node reaches others from its own addresses."""
    # Shows RFC 6275 11.3.1-6.
    running.mobile_node.stop()
    assert ping(running.mn, "2001:db8:c::1") == 3


def test_starts_again(running):
    running.mobile_node.stop()
    running.home_agent.stop()
    running.start()
    assert len(running.home_agent.bindings()) == 3


def test_second_daemon_disturbs_nobody(running):
    """A daemon that cannot have the device, because another has it, takes nothing from that one."""
    before = picture(running.mn)
    with open(running.mobile_node.file, encoding="ascii") as file:
        config = file.read()
    other = running.mobile_node.file + ".second"
    with open(other, "w", encoding="ascii") as file:
        file.write(config.replace(running.mobile_node.socket, running.mobile_node.socket + "2"))
    done = running.mn.run(running.mobile_node.monamid, "-c", other, check=False)
    assert done.returncode != 0
    assert "monami0" in done.stderr
    assert picture(running.mn) == before
    assert ping(running.cn, HOME_ADDRESS) == 3


@pytest.mark.parametrize("which", ["mobile_node", "home_agent"])
@pytest.mark.parametrize("directory", ["of the other", "not on a bpffs"])
def test_start_that_fails_sweeps_nothing(running, which, directory):
    """Another daemon on the host, with a device of its own, that fails after it has made that: what the
    first one has, maps, routes and rules, stays."""
    daemon = getattr(running, which)
    before = picture(daemon.host), pinned(daemon)
    with open(daemon.file, encoding="ascii") as file:
        config = file.read().replace(daemon.socket, daemon.socket + "2").replace(daemon.store, daemon.store + "2")
    if directory == "not on a bpffs":
        config = config.replace(daemon.pins, running.net.directory)
    other = daemon.file + ".second"
    with open(other, "w", encoding="ascii") as file:
        file.write('device = "monami1"\n' + config)
    done = daemon.host.run(daemon.monamid, "-c", other, check=False)
    assert done.returncode != 0
    assert "pin directory" in done.stderr
    assert (picture(daemon.host), pinned(daemon)) == before
    assert ping(running.cn, HOME_ADDRESS) == 3


def test_bad_start_after_a_kill_sweeps_nothing(running):
    """A configuration that cannot be used, then the right one again: forwarding never ends."""
    running.home_agent.kill()
    before = picture(running.ha), pinned(running.home_agent)
    with open(running.home_agent.file, encoding="ascii") as file:
        config = file.read()
    for bad in ('nonsense = 1\n' + config,
                config.replace(running.home_agent.socket, "/proc/none/ha.sock"),
                config.replace("home_agent {", "home_agent {\n\tnodes_max = 7", 1)
                .replace(running.home_agent.pins, running.net.directory)):
        other = running.home_agent.file + ".bad"
        with open(other, "w", encoding="ascii") as file:
            file.write(bad)
        assert running.ha.run(running.home_agent.monamid, "-c", other, check=False).returncode != 0
        assert (picture(running.ha), pinned(running.home_agent)) == before
    assert ping(running.cn, HOME_ADDRESS) == 3
