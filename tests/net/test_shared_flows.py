# SPDX-License-Identifier: BSD-2-Clause
"""Two flows share two links, each in the mode of its rule, and all other packets do not (ADR 57). The ratio asserted
is below that of a quiet machine."""
import os
import time

import pytest
import topology
from conftest import BUILD
from netns import wait_for
from topology import CORRESPONDENT, flow_blocks, in_last_block
from transfer import transfer
from two_links import MBIT, TwoLinks, first_link_dies

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")

FLOWS = {
    "copies": "protocol = udp peer_ports = 7300 mode = redundant",
    "download": "protocol = tcp own_ports = 7300 mode = aggregate",
}


class Flows(TwoLinks):
    sharing = ("flows", "first")

    def mobile_node_config(self):
        return in_last_block(super().mobile_node_config(), flow_blocks(FLOWS))

    def wait_rules(self):
        for rule in (1, 2):
            wait_for(f"both ends to share rule {rule}", lambda: all(
                f"rule {rule}: the other end shares links, too" in daemon.process.text() for daemon in self.daemons()), 10)


class Refusing(Flows):
    """The home agent does not let flows share links."""

    sharing = ("first", "first")


@pytest.fixture
def world(request):
    with topology.world(BUILD, kind=request.param) as made:
        request.node.world = made
        made.wait_care_of_addresses()
        made.start()
        yield made


@pytest.mark.parametrize("world", [Flows], indirect=True)
def test_each_flow_in_its_mode(world):
    world.wait_rules()
    down, parts = world.parts("down", kind="tcp", seconds=6, start=2)
    print(f"aggregate: {down.mbit:.1f} Mbit/s by {parts}")
    assert down.mbit > 1.25 * MBIT and min(parts) > 0.2 * sum(parts)
    copies, parts = world.parts("up", kind="udp", seconds=3, start=1, mbit=2)
    print(f"redundant: {copies.came} datagrams by {parts}")
    assert copies.twice == copies.late == 0 and min(parts) > 0.8 * max(parts)
    other, parts = world.parts("down", kind="udp", seconds=3, start=1, mbit=2)
    print(f"others: {other.came} datagrams by {parts}")
    assert other.came > 200 and min(parts) < 0.1 * max(parts)
    answer = world.mobile_node.ask("why", "udp", "peer", CORRESPONDENT, "7300")
    assert (answer["name"], answer["verdict"]) == ("copies", "shared")


@pytest.mark.parametrize("world", [Flows], indirect=True)
def test_link_of_copies_dies(world):
    world.wait_rules()
    rest = transfer(world, "up", seconds=5, start=1, kind="udp", mbit=2, during=first_link_dies(2))
    assert rest.twice == rest.late == 0
    assert rest.stall <= 0.1
    assert rest.came >= 0.999 * 5 * 2e6 / 8 / 1360 - 10


@pytest.mark.parametrize("world", [Refusing], indirect=True)
def test_home_agent_does_not_let_them(world):
    time.sleep(2)
    _, parts = world.parts("up", kind="udp", seconds=3, start=1, mbit=2)
    assert min(parts) < 0.1 * max(parts)
    assert world.shares() == 0
