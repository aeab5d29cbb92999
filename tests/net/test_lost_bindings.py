# SPDX-License-Identifier: BSD-2-Clause
"""A home agent that has lost its bindings while all links live: restarted without a store, or with its
store's file deleted. All bindings are back within three seconds while packets go up, down or both
ways. No refresh helps: lifetimes are 60 s, refreshed after 45."""
import contextlib
import os
import time

import pytest
import topology
from conftest import BUILD
from netns import wait_for
from topology import CORRESPONDENT, HOME_ADDRESS
from traffic import Echoes, ping

# argv: own address ("" for any), peer; a datagram each 20 ms, whether anybody takes it or not
_DATAGRAMS = r"""
import socket, sys, time
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
if sys.argv[1]:
    s.bind((sys.argv[1], 0))
while True:
    try:
        s.sendto(b"x" * 100, (sys.argv[2], 9))
    except OSError:
        pass
    time.sleep(0.02)
"""


@pytest.fixture(scope="module")
def network():
    with topology.world(BUILD, "lost") as made:
        made.wait_care_of_addresses(20)
        # no ICMPv6 errors: nothing is to come back
        for host in (made.cn, made.mn):
            host.nft("table inet quiet {\n\tchain in {\n\t\ttype filter hook input priority 0\n"
                     "\t\tudp dport 9 drop\n\t}\n}\n")
        made.start()
        yield made


@contextlib.contextmanager
def traffic(network, kind):
    started = []
    if kind in ("up", "both"):
        started.append(network.mn.start("datagrams", "/usr/bin/python3", "-c", _DATAGRAMS,
                                        HOME_ADDRESS, CORRESPONDENT))
    if kind in ("down", "both"):
        started.append(network.cn.start("datagrams", "/usr/bin/python3", "-c", _DATAGRAMS,
                                        "", HOME_ADDRESS))
    yield
    for process in started:
        process.stop()


def forget(network):
    """A restart without memory; returns when it answers again."""
    network.home_agent.stop()
    with contextlib.suppress(FileNotFoundError):
        os.unlink(network.home_agent.store)
    network.home_agent.start()
    return time.monotonic()


def bindings_back(network, since, seconds):
    wait_for("3 bindings", lambda: len(network.home_agent.bindings()) == 3,
             seconds - (time.monotonic() - since), 0.05)
    # and carry, both ways
    assert ping(network.cn, HOME_ADDRESS) == 3


@pytest.mark.parametrize("kind", ["up", "down", "both"])
def test_bindings_are_back_within_three_seconds(network, kind):
    network.wait_registered()
    with traffic(network, kind):
        time.sleep(1.5)
        bindings_back(network, forget(network), 3)


@contextlib.contextmanager
def probes_off(network):
    daemon = network.mobile_node
    with open(daemon.file, encoding="ascii") as file:
        before = file.read()
    try:
        daemon.stop()
        with open(daemon.file, "w", encoding="ascii") as file:
            file.write(before.replace("lifetime = 60", "lifetime = 60\n\tprobe = false"))
        daemon.start()
        network.wait_registered()
        yield
    finally:
        daemon.stop()
        with open(daemon.file, "w", encoding="ascii") as file:
            file.write(before)
        daemon.start()


def test_probes_off(network):
    """Tunnelled packets of a known mobile node without a binding are answered with a Binding Error. A home
    agent whose kernel knows no tunnel answers them with an ICMPv6 error: it is registered with at once,
    too."""
    def updates():
        return network.mobile_node.ask("show", "counters")["updates_sent"]

    with probes_off(network):
        with traffic(network, "up"):
            bindings_back(network, forget(network), 3)
        network.home_agent.stop()
        before = updates()
        time.sleep(0.5)
        assert updates() == before
        # errors of a moment ago were believed, the next one is after some seconds (ADR 38)
        wait_for("an update", lambda: ping(network.mn, CORRESPONDENT, 1, HOME_ADDRESS) == 0 and
                 updates() > before, 8)
        network.home_agent.start()


def test_daemon_killed_loses_nothing(network):
    """The maps answer for the bindings: no update is sent, and no packet is lost."""
    network.wait_registered()
    time.sleep(1)
    sent = network.mobile_node.ask("show", "counters")["updates_sent"]
    pings = Echoes(network.mn, CORRESPONDENT, source=HOME_ADDRESS)
    time.sleep(0.5)
    network.home_agent.kill()
    time.sleep(4)
    assert pings.lost() == 0
    assert network.mobile_node.ask("show", "counters")["updates_sent"] == sent
    network.home_agent.start()
    assert len(network.home_agent.bindings()) == 3
