# SPDX-License-Identifier: BSD-2-Clause
"""Packets to the mobile node are lost on the link in use, while those from it arrive: the home agent sends by another
link (draft-wakikawa-03 3.2, ADR 62), and returns. Without probes the mobile node cannot say so."""
import contextlib

import pytest
from netns import wait_for
from topology import HOME_ADDRESS
from traffic import Echoes

INTERVAL = 0.02


def configure(daemon, old, new):
    with open(daemon.file, encoding="ascii") as file:
        config = file.read()
    assert old in config
    with open(daemon.file, "w", encoding="ascii") as file:
        file.write(config.replace(old, new))


def start(world, probe):
    configure(world.home_agent, "\tlifetime_max = 300\n", "\tlifetime_max = 300\n\trecovery = true\n")
    if not probe:
        configure(world.mobile_node, "\t\tbid = ", "\t\tprobe = off\n\t\tbid = ")
    world.home_agent.start()
    world.mobile_node.start()
    wait_for("registration", lambda: len(world.home_agent.bindings()) == 3, 15)
    wait_for("sending", world.mobile_node.selected, 15)


@contextlib.contextmanager
def unreachable(world):
    """The access router of wifi0 has no route to the mobile node, and says so."""
    router = world.link("wifi0").router
    router.ip(f"rule add pref 10 iif core0 to {world.link('wifi0').prefix} unreachable")
    yield
    router.ip("rule del pref 10")


@contextlib.contextmanager
def silent(world):
    """It discards all packets to the mobile node."""
    router = world.link("wifi0").router
    router.nft("table ip6 oneway {\n\tchain c { type filter hook forward priority 0\n"
               '\t\tiifname "core0" oifname "access0" drop\n\t}\n}\n')
    yield
    router.nft("delete table ip6 oneway\n")


def reachability(world, bid=1):
    return next((b.get("reachability") for b in world.home_agent.bindings() if b["bid"] == bid), "gone")


def sent(world):
    return {b["bid"]: b["sent_packets"] for b in world.home_agent.bindings()}


def moves_to(world, bid, seconds):
    """Packets of the download leave by this binding, and by no other."""
    def moved():
        before = sent(world)
        wait_for("packets", lambda: sum(sent(world).values()) > sum(before.values()) + 4, 5, 0.02)
        grown = {b for b, count in sent(world).items() if count > before.get(b, 0)}
        return grown == {bid}
    wait_for(f"the download by {bid}", moved, seconds, 0.02)


@pytest.mark.parametrize("fault, limit", [(unreachable, 1), (silent, 4)], ids=["unreachable", "silent"])
def test_mobile_node_does_not_know(world, fault, limit):
    """It has no probes: only the home agent can find out, within a second if a router says so, else within four."""
    start(world, probe=False)
    pings = Echoes(world.cn, HOME_ADDRESS, interval=INTERVAL)
    moves_to(world, 1, 5)
    wait_for("an answer", lambda: world.home_agent.ask("show", "counters")["care_of_answered"] > 0, 5)
    with fault(world):
        moves_to(world, 2, 10)
        assert reachability(world) == "unreachable"
        assert world.mobile_node.selected() == "wifi0"
    moves_to(world, 1, 10)
    assert reachability(world) is None
    assert pings.lost() * INTERVAL < limit
    counters = world.home_agent.ask("show", "counters")
    assert (counters["care_of_unreachable"], counters["care_of_returned"]) == (1, 1)
    text = world.home_agent.process.text()
    assert "care-of address is unreachable" in text and "care-of address is reachable again" in text


def test_mobile_node_probes(world):
    """Its probes are lost, too, and it registers what it finds: whoever is first, the download goes on, and returns."""
    start(world, probe=True)
    world.wait_registered()
    pings = Echoes(world.cn, HOME_ADDRESS, interval=INTERVAL)
    moves_to(world, 1, 5)
    with silent(world):
        moves_to(world, 2, 10)
    moves_to(world, 1, 60)
    assert pings.lost() * INTERVAL < 4
