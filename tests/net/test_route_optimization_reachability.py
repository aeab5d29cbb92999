# SPDX-License-Identifier: BSD-2-Clause
"""A route-optimized path that does not carry any more, while the tunnel does: what is lost until packets go by the
tunnel, both ways, and that they go directly again (RFC 6275 5.2.9, 11.3.5, 11.3.6). All times are those of
the timers, which the machine's speed has no part in."""
import time

import pytest
from conftest import BUILD
from direct_network import direct_network
from netns import wait_for
from topology import CORRESPONDENT, HOME_ADDRESS
from traffic import Echoes, ping

EACH = 0.1  # seconds between two echo requests
# Packets go and none come: noticed within the second of the daemon's reports, 1.5 s later a test, the last
# one of three 3 s after it, and another second; then an update through the tunnel.
FALLS_BACK = 1 + 1.5 + 3 + 1
ROOM = 1.5  # for a machine that has other work


@pytest.fixture
def optimized(request):
    with direct_network(BUILD) as made:
        request.node.world = made
        made.wait_care_of_addresses()
        made.optimize()
        yield made


class BothWays:
    """Echo requests from either end."""

    def __init__(self, network):
        self.up = Echoes(network.mn, CORRESPONDENT, HOME_ADDRESS, EACH)
        self.down = Echoes(network.cn, HOME_ADDRESS, None, EACH)

    def lost(self):
        """Ends them: seconds of each that had no answer."""
        return self.up.lost() * EACH, self.down.lost() * EACH


def hole(network):
    """Nothing goes by the route-optimized path any more, nor does anybody say so."""
    network.core.nft("table ip6 hole {\n\tchain f {\n\t\ttype filter hook forward priority 0\n"
                     "\t\toifname edge0 drop\n\t\tiifname edge0 drop\n\t}\n}\n")


def carried_by_tunnel(network):
    """Packets go by the home agent, both ways, and none directly."""
    before = network.by_home_agent()
    answered = ping(network.mn, CORRESPONDENT, 5, HOME_ADDRESS), ping(network.cn, HOME_ADDRESS, 5)
    return answered == (5, 5) and network.by_home_agent() - before >= 20


# Shows RFC 6275 5.2.9-4.
def test_the_direct_way_is_a_hole(optimized):
    """Both ends go by the tunnel some seconds later; the binding is taken away through it; and directly
    again when the hole is gone."""
    traffic = BothWays(optimized)
    time.sleep(1)
    hole(optimized)
    wait_for("the bindings to be taken away", lambda: optimized.registered_there() == {}, 15)
    time.sleep(1)
    assert max(traffic.lost()) <= FALLS_BACK + ROOM
    assert carried_by_tunnel(optimized)
    optimized.core.run("nft", "delete", "table", "ip6", "hole")
    traffic = BothWays(optimized)
    optimized.wait_optimized(seconds=45)
    assert max(traffic.lost()) <= EACH
    before = optimized.by_home_agent()
    assert ping(optimized.mn, CORRESPONDENT, 10, HOME_ADDRESS) == 10
    assert optimized.by_home_agent() - before < 20


def test_a_router_has_no_route(optimized):
    """RFC 4443 3.1: what the core says of the mobile node's packets is tried at once, though what the
    correspondent sends comes; RFC 6275 5.2.8 holds for the care-of addresses afterwards."""
    traffic = BothWays(optimized)
    time.sleep(1)
    optimized.core.ip("route replace unreachable 2001:db8:c::/64 metric 1")
    wait_for("the bindings to be taken away", lambda: optimized.registered_there() == {}, 15)
    time.sleep(1)
    # of three links one after the other, or all at once
    assert max(traffic.lost()) <= 3 + 1 + ROOM
    assert carried_by_tunnel(optimized)
    optimized.core.ip("route del unreachable 2001:db8:c::/64 metric 1")
    traffic = BothWays(optimized)
    optimized.wait_optimized(seconds=45)
    assert max(traffic.lost()) <= EACH


def test_the_correspondent_stops(optimized):
    """RFC 6275 11.3.5: nobody is there any more who knows our headers; by the tunnel at once."""
    traffic = BothWays(optimized)
    time.sleep(1)
    optimized.correspondent.stop()
    time.sleep(12)
    lost = traffic.lost()
    assert max(lost) < 1.5
    assert optimized.registered_here() == {}
    # and when it is there again, directly again
    optimized.correspondent.start()
    traffic = BothWays(optimized)
    optimized.wait_optimized(seconds=45)
    assert max(traffic.lost()) <= EACH


def test_the_correspondent_starts_anew_twice(optimized):
    """RFC 6275 11.3.6: the second time is heard too."""
    traffic = BothWays(optimized)
    for _ in range(2):
        time.sleep(3)
        optimized.correspondent.stop()
        optimized.correspondent.start()
    optimized.wait_optimized(seconds=45)
    assert max(traffic.lost()) < 2 * 1.5
