# SPDX-License-Identifier: BSD-2-Clause
"""Settings of the host that take a mobile node's links away: the log, `monami status` and `monami show links`
name them (systemd#27639, systemd#40322)."""
import pytest
import topology
from conftest import BUILD
from netns import wait_for


@pytest.fixture(scope="module")
def world():
    """One network for all cases: each mends what it broke. The mobile node has a link in its
    configuration that its host does not have."""
    with topology.world(BUILD) as made:
        with open(made.mobile_node.file, encoding="ascii") as file:
            text = file.read()
        with open(made.mobile_node.file, "w", encoding="ascii") as file:
            file.write(topology.in_last_block(text, '\tlink "none0" {\n\t\tbid = 9\n\t\tpriority = 9\n\t}\n'))
        made.wait_care_of_addresses()
        made.start()
        yield made


def log_of(daemon):
    return daemon.process.text()


def warnings(daemon):
    return daemon.ask("status")["warnings"]


def test_an_interface_that_does_not_exist(world):
    assert "warning: none0: there is no interface of this name" in log_of(world.mobile_node)
    assert warnings(world.mobile_node) == ["none0: there is no interface of this name"]
    links = world.mobile_node.links()
    assert links["none0"]["reason"] == "there is no interface of this name"
    assert "reason" not in links["wifi0"]
    world.mn.run("ip", "link", "add", "none0", "type", "veth", "peer", "name", "none1")
    wait_for("the interface is seen", lambda: "none0: no problem any more" in log_of(world.mobile_node), 5)
    assert warnings(world.mobile_node) == ["none0: the interface is down"]
    world.mn.run("ip", "link", "del", "none0")


@pytest.mark.parametrize("which", ["all", "wifi0"])
def test_forwarding_without_accept_ra(world, which):
    """The kernel that forwards discards Router Advertisements and the routes that they brought."""
    names = [link.name for link in world.links] if which == "all" else [which]
    line = "warning: {}: forwarding is 1 and accept_ra is 1"

    def said():
        return [log_of(world.mobile_node).count(line.format(name)) for name in names]
    before = said()
    world.mn.sysctl(f"net.ipv6.conf.{which}.forwarding", 1)
    wait_for("the warning", lambda: said() == [count + 1 for count in before], 5)  # once for each link
    shown = world.mobile_node.links()
    assert all("accept_ra is 1" in shown[name]["reason"] for name in names)
    for name in names:  # the very command that the log names
        command = f"sysctl -w net.ipv6.conf.{name}.accept_ra=2"
        assert f"do: {command}" in log_of(world.mobile_node)
        world.mn.run(*command.split())
    world.wait_registered()
    shown = world.mobile_node.links()
    assert not any("reason" in shown[name] for name in names)
    wait_for("the end of it is logged", lambda: all(f"{name}: no problem any more" in
                                                    log_of(world.mobile_node) for name in names), 3)
    world.mn.sysctl(f"net.ipv6.conf.{which}.forwarding", 0)
    for name in names:
        world.mn.sysctl(f"net.ipv6.conf.{name}.accept_ra", 1)


def test_it_is_said_at_the_start(world):
    world.mn.sysctl("net.ipv6.conf.all.forwarding", 1)
    world.mobile_node.stop()
    world.mobile_node.start()
    wait_for("the warning", lambda: log_of(world.mobile_node).count(
        "sysctl -w net.ipv6.conf.cell0.accept_ra=2") >= 1, 3)
    world.mn.sysctl("net.ipv6.conf.all.forwarding", 0)
    world.wait_registered()


def test_the_address_of_a_home_agent_that_goes(world):
    address = f"{topology.HOME_AGENT}/64"
    world.ha.ip(f"addr del {address} dev core0")
    wait_for("the warning", lambda: f"{topology.HOME_AGENT}: no interface of this host has" in
             log_of(world.home_agent), 3)
    assert warnings(world.home_agent) == [
        f"{topology.HOME_AGENT}: no interface of this host has the home agent's address"]
    command = log_of(world.home_agent).rsplit("do: ", 1)[1].splitlines()[0]
    world.ha.run(*command.split())
    assert warnings(world.home_agent) == []
    world.ha.ip("route replace default via 2001:db8:ffff::ff")
