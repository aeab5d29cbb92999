# SPDX-License-Identifier: BSD-2-Clause
"""RFC 8028: two routers on one link, each with a prefix of its own and a network that takes no other
source. When the one in use falls silent, the address and the router of the other are used.

           +-----+
        .--| ar1 |--.   2001:db8:1::/64
    mn--|  +-----+  |-- core -- ha, cn
        '--| ar9 |--'   2001:db8:9::/64
           +-----+
"""
import re

import pytest
from netns import Net, wait_for
from topology import HOME_ADDRESS, Link, World, links, shape
from traffic import ping

from conftest import BUILD


class TwoRouters(World):
    def __init__(self, net, build):
        self.second = None
        self.switch = net.host("switch")
        self.switch.ip("link add bridge0 type bridge mcast_snooping 0", "link set bridge0 up")
        self.ports = 0
        super().__init__(net, build)

    def plug(self, host, name):
        """A port of the switch for an interface of the host."""
        self.ports += 1
        self.net.link(self.switch, f"port{self.ports}", host, name)
        self.switch.ip(f"link set port{self.ports} master bridge0")

    def _access(self, link):
        if self.second is not None:
            return
        self.links = links()[:1]
        self.second = Link("wifi0", 9, 50, "2001:db8:9::/64")
        for name, value in (("accept_ra", 1), ("accept_dad", 1)):
            self.mn.sysctl(f"net.ipv6.conf.default.{name}", value)
        self.plug(self.mn, "wifi0")
        for one in (self.links[0], self.second):
            self._router(one)

    def _router(self, link):
        link.router = router = self.net.host(f"ar{link.bid}")
        router.forward()
        self.net.link(self.core, router.name, router, "core0")
        self.plug(router, "access0")
        backbone = f"2001:db8:a:{link.bid}"
        self.core.ip(f"addr add {backbone}::ff/64 dev {router.name}")
        router.ip(f"addr add {backbone}::1/64 dev core0", f"route add default via {backbone}::ff")
        shape(router, "access0", link.mbit)
        # BCP 38: packets from the other's prefix end here
        router.nft("table ip6 filter {\n\tchain forward { type filter hook forward priority 0\n"
                   f'\t\tiifname "access0" ip6 saddr != {link.prefix} counter drop\n\t}}\n}}\n')
        self._serve(link)

    def addresses(self):
        return {link.bid: self.care_of_address(link) for link in (self.links[0], self.second)}

    def router_address(self, link):
        shown = link.router.ip("addr show dev access0 scope link")
        return re.search(r" inet6 ([0-9a-f:]+)/", shown)[1]


@pytest.fixture(scope="module", name="both")
def fixture_both():
    with Net("both") as net:
        world = TwoRouters(net, BUILD)
        wait_for("both care-of addresses", lambda: all(world.addresses().values()), 10)
        world.home_agent.start()
        world.mobile_node.start()
        world.wait_registered()
        yield world


def shown(world):
    return world.mobile_node.links()["wifi0"]


def in_use(world):
    """The one whose prefix the care-of address has, and the other."""
    pair = (world.links[0], world.second)
    first = shown(world)["care_of_address"].startswith(pair[0].network + ":")
    return pair if first else pair[::-1]


def refused(router):
    """Packets with the other's source that came to this router."""
    rules = router.run("nft", "list", "table", "ip6", "filter").stdout
    return int(re.search(r"packets (\d+)", rules)[1])


def test_the_other_router_with_its_prefix_is_tried(both):
    wait_for("its router", lambda: "router" in shown(both), 5)
    one, other = in_use(both)
    assert shown(both)["router"] == both.router_address(one)
    before = [refused(link.router) for link in (one, other)]
    assert ping(both.cn, HOME_ADDRESS) == 3
    both.silence(one, True)
    wait_for("registration by the other", lambda: in_use(both)[0] is other and shown(both)["registered"], 5)
    assert shown(both)["router"] == both.router_address(other)
    assert ping(both.cn, HOME_ADDRESS) == 3
    table = both.mn.ip("route show table 7001")
    assert f"via {both.router_address(other)}" in table
    # The first one returns: nothing moves, as the other one works.
    both.silence(one, False)
    assert ping(both.cn, HOME_ADDRESS, 20) == 20
    assert in_use(both)[0] is other
    assert both.mobile_node.process.text().count("monamid: registered") == 2
    # Packets under way while the address changed may have gone to the wrong router.
    assert sum(refused(link.router) for link in (one, other)) - sum(before) <= 1
