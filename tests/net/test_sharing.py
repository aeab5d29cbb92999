# SPDX-License-Identifier: BSD-2-Clause
"""One connection over two links at once (`sharing = aggregate`), against what each link alone gives in the same
run; and what is left when a link dies, or the home agent does not share. The ratios asserted are below those of
`./run bench --only aggregate`, since other work disturbs the machine that runs the tests."""
import os
import time

import pytest
import topology
from conftest import BUILD
from transfer import transfer
from two_links import MBIT, TwoLinks, first_link_dies

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")

class OneEnd(TwoLinks):
    """The home agent does not share."""

    sharing = ("first", "aggregate")


class Copies(TwoLinks):
    """Each packet by both links."""

    sharing = ("redundant", "redundant")


@pytest.fixture
def world(request):
    with topology.world(BUILD, kind=request.param) as made:
        request.node.world = made
        made.wait_care_of_addresses()
        made.start()
        if request.param.sharing[0] == request.param.sharing[1]:
            made.wait_sharing()
        yield made


@pytest.mark.parametrize("world", [TwoLinks], indirect=True)
def test_one_connection(world):
    world.configure(("first", "first"))
    alone = world.each_alone("down", seconds=4, start=1.5)
    world.configure(TwoLinks.sharing)
    world.wait_sharing()
    for direction in ("down", "up"):
        both = transfer(world, direction, seconds=8, start=3)
        print(f"{direction}: {both.mbit:.1f} of {alone[0]:.1f} + {alone[1]:.1f} Mbit/s, "
              f"{both.mbit / sum(alone):.3f} of the sum")
        assert both.mbit > 0.85 * sum(alone)


@pytest.mark.parametrize("world", [TwoLinks], indirect=True)
def test_datagrams_in_order(world):
    """At a rate for which one link is not enough, as far as the machine sends so fast: that depends on its other
    work, and the parts of the links do not. A daemon that its machine delays for longer than packets are held lets
    some pass late; how order is kept is asserted in virtual time (unit sharing)."""
    both, parts = world.parts("down", seconds=6, start=2, kind="udp", mbit=60)
    print(f"{both.mbit:.1f} Mbit/s by {parts}, {both.late} late, {both.twice} twice")
    assert both.came > 500
    assert min(parts) > 0.2 * sum(parts)
    assert both.late < 0.01 * both.came and both.twice == 0


@pytest.mark.parametrize("world", [TwoLinks], indirect=True)
def test_link_dies(world):
    rest = transfer(world, "down", seconds=8, start=2, during=first_link_dies(4))
    print(f"stall {rest.stall:.2f} s")
    assert rest.stall <= 0.5
    assert sum(rest.slices[-30:-10]) * 8 / 1e6 > 0.6 * MBIT


@pytest.mark.parametrize("world", [OneEnd], indirect=True)
def test_other_end_does_not_share(world):
    time.sleep(1)
    rate = transfer(world, "up", seconds=4, start=1.5)
    assert rate.mbit > 0.7 * MBIT
    assert world.shares() == 0


@pytest.mark.parametrize("world", [Copies], indirect=True)
def test_copies(world):
    """No datagram is lost, none comes twice, although one of the links dies."""
    rest = transfer(world, "down", seconds=5, start=1, kind="udp", mbit=2, during=first_link_dies(2))
    assert rest.twice == 0
    assert rest.late == 0
    assert rest.stall <= 0.1
    assert rest.came >= 0.999 * 5 * 2e6 / 8 / 1360 - 10
