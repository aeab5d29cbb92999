# SPDX-License-Identifier: BSD-2-Clause
"""The network of route optimization: that of topology.py, where the way by the home agent is a detour.

                                              +----+
    +----+     +-----+         +------+-------| ha |-------+------+         +----+
    |    |-----| ar1 |---------|      |       +----+       |      |---------| cn |  correspondent
    | mn |-----| ar2 |---------| core |                    | edge |         +----+
    |    |-----| ar3 |---------|      |--------------------|      |-------+-------+
    +----+     +-----+         +------+   the route-optimized path   +------+       | plain |  has no daemon
                                                                          +-------+
"""
import contextlib
import os

from netns import Net, wait_for
from topology import CORRESPONDENT, HOME_ADDRESS, HOME_AGENT, HOME_PREFIX, Daemon, World, in_last_block

PLAIN = "2001:db8:d::1"
SECOND = "2001:db8:100::200"  # home address of another mobile node, if there is one
SECOND_SPI = 257
SECOND_KEY = "ffeeddccbbaa99887766554433221100"
OTHER_PREFIX = "2001:db8:200::/64"  # home prefix of the second, if it has a home agent of its own
OTHER_HOME = "2001:db8:200::200"
OTHER_HOME_AGENT = "2001:db8:fffe::1"
SECOND_NETWORK = "2001:db8:21"
OPTIMIZATION = "after_packets = 3"
EDGE_DIRECT = "2001:db8:e:2"  # between core and edge
EDGE_DETOUR = "2001:db8:e:1"  # between home agent and edge


class DirectNetwork(World):
    """`optimization`: what the route_optimization block says; `correspondent`: the block of that
    name, beside its interfaces; `second`: a second mobile node, with one link at the edge, and both are
    correspondents; `apart`: it has a home agent of its own, at the edge, another home address (other_home)
    and a second link."""

    def __init__(self, net, build, optimization=OPTIMIZATION, correspondent="", second=False, apart=False):
        self.optimization = optimization
        self.with_second = second or apart
        self.apart = apart
        self.edge = net.host("edge")
        self.plain = net.host("plain")
        super().__init__(net, build)
        self.correspondent = Daemon(
            self.cn, build, f"correspondent {{\n\tinterfaces = {{core0}}\n{correspondent}}}\n")
        self.second_home_agent = None
        if apart:
            self._second_home(build)
        if self.with_second:
            self._second(build)

    # ---- what the network is ----

    def _core(self):
        for host in (self.core, self.ha, self.edge):
            host.forward()
        self.wire(self.core, "ha0", self.ha, "core0")
        self.wire(self.core, "edge0", self.edge, "core0")
        self.net.link(self.ha, "edge0", self.edge, "ha0")
        self.core.ip("addr add 2001:db8:ffff::ff/64 dev ha0", f"addr add {EDGE_DIRECT}::ff/64 dev edge0",
                     f"route add {HOME_PREFIX} via {HOME_AGENT}",
                     f"route add 2001:db8:c::/64 via {EDGE_DIRECT}::1",
                     f"route add 2001:db8:d::/64 via {EDGE_DIRECT}::1")
        self.ha.ip(f"addr add {HOME_AGENT}/64 dev core0", f"addr add {EDGE_DETOUR}::1/64 dev edge0",
                   "route add default via 2001:db8:ffff::ff",
                   f"route add 2001:db8:c::/64 via {EDGE_DETOUR}::ff",
                   f"route add 2001:db8:d::/64 via {EDGE_DETOUR}::ff")
        self.edge.ip(f"addr add {EDGE_DIRECT}::1/64 dev core0", f"addr add {EDGE_DETOUR}::ff/64 dev ha0",
                     f"route add default via {EDGE_DIRECT}::ff",
                     f"route add {HOME_PREFIX} via {EDGE_DETOUR}::1")
        for host, name, address in ((self.cn, "cn0", CORRESPONDENT), (self.plain, "plain0", PLAIN)):
            router = address.replace("::1", "::ff")
            self.net.link(self.edge, name, host, "core0")
            self.edge.ip(f"addr add {router}/64 dev {name}")
            host.ip(f"addr add {address}/64 dev core0", f"route add default via {router}")

    def wire(self, *ends):
        """One of the two ways from the core on."""
        self.net.link(*ends)

    def _second_home(self, build):
        """The other home agent. What leads to its prefix passes no other home agent."""
        self.ha2 = self.net.host("ha2")
        self.ha2.forward()
        self.net.link(self.edge, "ha2", self.ha2, "core0")
        self.edge.ip("addr add 2001:db8:fffe::ff/64 dev ha2",
                     f"route add {OTHER_PREFIX} via {OTHER_HOME_AGENT}")
        self.ha2.ip(f"addr add {OTHER_HOME_AGENT}/64 dev core0", "route add default via 2001:db8:fffe::ff")
        for prefix in (OTHER_PREFIX, "2001:db8:fffe::/64"):
            self.core.ip(f"route add {prefix} via {EDGE_DIRECT}::1")
        self.second_home_agent = Daemon(self.ha2, build, (
            f"home_agent {{\n\taddress = {OTHER_HOME_AGENT}\n\thome_prefix = {OTHER_PREFIX}\n"
            f"\tinterfaces = {{core0}}\n{self._second_node(OTHER_HOME)}}}\n"))

    def _second_lan(self, name, network):
        self.net.link(self.edge, f"mn2{name}", self.mn2, name)
        self.edge.ip(f"addr add {network}::ff/64 dev mn2{name}")
        self.core.ip(f"route add {network}::/64 via {EDGE_DIRECT}::1")
        self.edge.advertise(f"mn2{name}", f"{network}::/64")

    def _second(self, build):
        self.mn2 = self.net.host("mn2")
        self.mn2.sysctl("net.ipv6.conf.default.accept_ra", 1)
        home, agent, lans = SECOND, HOME_AGENT, {"lan0": 9}
        if self.apart:
            home, agent, lans = OTHER_HOME, OTHER_HOME_AGENT, {"lan0": 9, "lan1": 10}
        for number, name in enumerate(lans):
            self._second_lan(name, f"{SECOND_NETWORK}{number or ''}")
        links = "".join(f'\tlink "{name}" {{ bid = {bid} priority = {bid} }}\n' for name, bid in lans.items())
        self.second = Daemon(self.mn2, build, (
            f"mobile_node {{\n\thome_address = {home}\n\thome_agent = {agent}\n\tlifetime = 60\n"
            f'\tspi = {SECOND_SPI}\n\tkey = "{SECOND_KEY}"\n{links}'
            "\troute_optimization { after_packets = 3 }\n}\ncorrespondent { }\n"))

    def _second_node(self, home_address):
        return f'\tmobile_node "{home_address}" {{\n\t\tspi = {SECOND_SPI}\n\t\tkey = "{SECOND_KEY}"\n\t}}\n'

    def home_agent_config(self):
        whole = super().home_agent_config()
        if not self.with_second or self.apart:
            return whole
        return in_last_block(whole, self._second_node(SECOND))

    def mobile_node_config(self):
        block = f"\troute_optimization {{\n\t\t{self.optimization}\n\t}}\n"
        whole = in_last_block(super().mobile_node_config(), block)
        return whole + "correspondent { }\n" if self.with_second else whole

    # ---- what can be asked ----

    def registered_there(self):
        """{BID: care-of address} of the home address, as the correspondent has them."""
        return {b.get("bid", 0): b["care_of_address"] for b in self.correspondent.bindings()
                if b["home_address"] == HOME_ADDRESS}

    def registered_here(self):
        """The same, as the mobile node has them."""
        return {b.get("bid", 0): b["care_of_address"] for b in self.mobile_node.bindings()
                if b.get("peer") == CORRESPONDENT}

    def peer(self, address=CORRESPONDENT):
        """The mobile node's entry of a correspondent, or None."""
        for one in self.mobile_node.ask("show", "correspondents")["correspondents"]:
            if one["address"] == address:
                return one
        return None

    def care_of_addresses(self, links=None):
        return {link.bid: self.care_of_address(link) for link in links or self.links}

    def by_home_agent(self):
        """Packets that the home agent has tunnelled, both ways."""
        return sum(b["sent_packets"] + b["received_packets"] for b in self.home_agent.bindings())

    def directly(self, who=None):
        """Packets that have gone directly, as one side counts them: (sent, received)."""
        mine = [b for b in (who or self.correspondent).bindings() if "peer" in b and "mtu" in b]
        return (sum(b["sent_packets"] for b in mine), sum(b["received_packets"] for b in mine))

    # ---- what can be done ----

    def start_all(self):
        self.correspondent.start()
        self.start()

    def speak(self, to=CORRESPONDENT, count=10):
        """Enough for a way of their own to be worth it."""
        self.mn.run("ping", "-n", "-q", "-c", str(count), "-i", "0.02", "-W", "1", "-I", HOME_ADDRESS,
                    to, check=False)

    def wait_optimized(self, links=None, seconds=15):
        """Until the care-of addresses of the links (all) are bound at the correspondent, and the
        mobile node knows it."""
        wanted = self.care_of_addresses(links)
        wait_for(f"bindings {sorted(wanted)} at the correspondent",
                 lambda: self.registered_there() == wanted, seconds)
        wait_for("their acknowledgements", lambda: self.registered_here() == wanted, seconds)
        wait_for("it to be sent by", lambda: self.peer()["state"] == "optimized", 2)

    def optimize(self):
        """All daemons, and a mobile node that is bound at the correspondent by all its links."""
        self.start_all()
        self.speak()
        self.wait_optimized()

    def narrow(self, octets):
        """The route-optimized path, and no other, takes packets of so many octets only."""
        self.core.ip(f"link set edge0 mtu {octets}")
        self.edge.ip(f"link set core0 mtu {octets}")


@contextlib.contextmanager
def direct_network(build, **options):
    with Net("ro") as net:
        yield DirectNetwork(net, os.path.abspath(build), **options)
