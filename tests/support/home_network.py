# SPDX-License-Identifier: BSD-2-Clause
"""The network of the tests of a physical home link: a bridge with the home agent, a correspondent,
and, in topology b of RFC 5648 5.6.2, a second router; and a mobile node that can be plugged in.

    core ---- ha (home0) ---+                          core ---- r2 (home0) ---+     (topology b)
     |                      |  switch                                          |
     |                      +--- local  (a correspondent on the home link)     |
     |                      +--- mn     (home0, unplugged at first)  ----------+
     |
     +---- ar1 ---- mn (wifi0)
     +---- ar2 ---- mn (cell0)
     +---- cn

In topology a the home agent is the only router: the core routes the home prefix to it. In topology b
the core routes the home prefix to r2, and the home agent is no default router on the link: packets
for a home address reach r2 first, which asks for it by Neighbour Discovery. Both send Router
Advertisements by radvd; the home agent's have H, R and the Home Agent Information option.
"""
import contextlib
import os
import re

from netns import Net, wait_for
from topology import KEY, SPI, Daemon

PREFIX = "2001:db8:100::/64"
NETWORK = "2001:db8:100:"
HOME_ADDRESS = "2001:db8:100::100"
HOME_AGENT = "2001:db8:100::1"
SECOND_ROUTER = "2001:db8:100::2"
LOCAL = "2001:db8:100::77"
CORRESPONDENT = "2001:db8:c::1"
VISITED = {"wifi0": 1, "cell0": 2}  # name: BID, and number of the access router
HOME_BID = 9


class HomeNetwork:
    """Topology "a" or "b". `home_agent` and `mobile_node`: further lines of their blocks."""

    def __init__(self, net, build, topology, *, home_agent="", mobile_node="", node=""):
        self.net = net
        self.topology = topology
        self.switch = net.host("switch")
        self.core = net.host("core")
        self.ha = net.host("ha")
        self.r2 = net.host("r2") if topology == "b" else None
        self.local = net.host("local")
        self.cn = net.host("cn")
        self.mn = net.host("mn")
        self.radvd = {}
        self._switch()
        self._backbone()
        for name, number in VISITED.items():
            self._visited(name, number)
        self._advertise_home()
        self.home_agent = Daemon(self.ha, build, self.home_agent_config(home_agent, node))
        self.mobile_node = Daemon(self.mn, build, self.mobile_node_config(mobile_node))

    # ---- what the network is ----

    def _port(self, host):
        """Connects the host's home0 to the bridge by a port with the host's name."""
        self.net.link(self.switch, host.name, host, "home0")
        self.switch.run("ip", "link", "set", host.name, "master", "br0")

    def _switch(self):
        self.switch.run("ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
        self.switch.run("ip", "link", "set", "br0", "up")
        self.mn.sysctl("net.ipv6.conf.default.accept_ra", 1)
        self.mn.sysctl("net.ipv6.conf.default.accept_dad", 1)
        for host in filter(None, (self.ha, self.r2, self.local, self.mn)):
            self._port(host)
        self.unplug()
        self.ha.ip(f"addr add {HOME_AGENT}/64 dev home0")
        router = HOME_AGENT
        if self.r2:
            self.r2.ip(f"addr add {SECOND_ROUTER}/64 dev home0")
            router = SECOND_ROUTER
        self.local.ip(f"addr add {LOCAL}/64 dev home0", f"route add default via {router}")

    def _backbone(self):
        self.core.forward()
        self.ha.forward()
        self.net.link(self.core, "ha0", self.ha, "core0")
        self.net.link(self.core, "cn0", self.cn, "core0")
        self.core.ip("addr add 2001:db8:f::ff/64 dev ha0", "addr add 2001:db8:c::ff/64 dev cn0")
        self.cn.ip(f"addr add {CORRESPONDENT}/64 dev core0", "route add default via 2001:db8:c::ff")
        self.ha.ip("addr add 2001:db8:f::1/64 dev core0", "route add default via 2001:db8:f::ff")
        if not self.r2:
            self.core.ip(f"route add {PREFIX} via 2001:db8:f::1")
            return
        self.r2.forward()
        self.net.link(self.core, "r20", self.r2, "core0")
        self.core.ip("addr add 2001:db8:e::ff/64 dev r20")
        self.r2.ip("addr add 2001:db8:e::1/64 dev core0", "route add default via 2001:db8:e::ff")
        self.core.ip(f"route add {PREFIX} via 2001:db8:e::1")

    def _visited(self, name, number):
        router = self.net.host(f"ar{number}")
        router.forward()
        self.net.link(self.core, f"ar{number}", router, "core0")
        self.net.link(router, "access0", self.mn, name)
        self.core.ip(f"addr add 2001:db8:a:{number}::ff/64 dev ar{number}",
                     f"route add 2001:db8:{number}::/64 via 2001:db8:a:{number}::1")
        router.ip(f"addr add 2001:db8:a:{number}::1/64 dev core0",
                  f"route add default via 2001:db8:a:{number}::ff",
                  f"addr add 2001:db8:{number}::ff/64 dev access0")
        self.radvd[name] = router.advertise("access0", f"2001:db8:{number}::/64")

    def _advertise_home(self):
        """radvd on the home link: the home agent's, and the second router's."""
        self._radvd(self.ha, f"\tAdvHomeAgentFlag on;\n\tAdvHomeAgentInfo on;\n"
                    f"\tHomeAgentLifetime 1800;\n\tHomeAgentPreference 10;\n"
                    f"\tAdvDefaultLifetime {0 if self.r2 else 1800};\n"
                    f"\tprefix {HOME_AGENT}/64 {{ AdvRouterAddr on; "
                    "AdvValidLifetime 3600; AdvPreferredLifetime 1800; };\n")
        if self.r2:
            self._radvd(self.r2, "\tAdvDefaultLifetime 1800;\n"
                        f"\tprefix {PREFIX} {{ AdvValidLifetime 3600; "
                        "AdvPreferredLifetime 1800; };\n")

    def _radvd(self, host, lines):
        path = os.path.join(self.net.directory, f"{host.name}-home0-radvd")
        with open(path + ".conf", "w", encoding="ascii") as conf:
            conf.write("interface home0 {\n\tAdvSendAdvert on;\n\tIgnoreIfMissing on;\n"
                       "\tAdvIntervalOpt on;\n\tMinRtrAdvInterval 0.6;\n\tMaxRtrAdvInterval 1;\n"
                       f"\tMinDelayBetweenRAs 0.1;\n{lines}}};\n")
        self.radvd[host.name] = host.start(
            "radvd", "radvd", "--nodaemon", "--logmethod", "stderr", "--config", path + ".conf",
            "--pidfile", path + ".pid")

    def home_agent_config(self, further, node):
        only = "true" if self.topology == "a" else "false"
        return (f"home_agent {{\n\taddress = {HOME_AGENT}\n\thome_prefix = {PREFIX}\n"
                "\tinterfaces = {core0}\n\thome_link = \"home0\"\n"
                f"\tonly_router = {only}\n\tlifetime_max = 300\n{further}"
                f'\tmobile_node "{HOME_ADDRESS}" {{\n\t\tspi = {SPI}\n\t\tkey = "{KEY}"\n'
                f"\t\treplay = true\n{node}\t}}\n}}\n")

    def mobile_node_config(self, further):
        text = (f"mobile_node {{\n\thome_address = {HOME_ADDRESS}\n\thome_agent = {HOME_AGENT}\n"
                f"\thome_prefix = {PREFIX}\n\tlifetime = 60\n\tspi = {SPI}\n\tkey = \"{KEY}\"\n"
                f"\treplay = true\n{further}")
        for name, bid in [("home0", HOME_BID), *VISITED.items()]:
            priority = 1 if name == "home0" else 10 * bid
            text += f'\tlink "{name}" {{ bid = {bid}  priority = {priority} }}\n'
        return text + "}\n"

    # ---- what can happen ----

    def plug(self):
        """The mobile node's home0 gets its cable."""
        self.switch.ip("link set mn up")

    def unplug(self):
        self.switch.ip("link set mn down")

    # ---- what can be asked ----

    def wait_away(self, seconds=10):
        """Care-of addresses on the visited links, past their DAD."""
        for name, number in VISITED.items():
            wait_for(f"care-of address on {name}",
                     lambda name=name, number=number: any(
                         address.startswith(f"2001:db8:{number}:")
                         for address in self.mn.addresses(name, "-tentative")), seconds)

    def bindings(self):
        """At the home agent, by BID."""
        return {binding.get("bid", 0): binding for binding in self.home_agent.bindings()}

    def wait_bindings(self, bids, seconds=15):
        wait_for(f"bindings {sorted(bids)}", lambda: set(self.bindings()) == set(bids), seconds)

    def state(self):
        """The mobile node's home state."""
        return self.mobile_node.ask("status")["home_state"]

    def wait_state(self, state, seconds=15):
        wait_for(f"home state {state}", lambda: self.state() == state, seconds)

    def tell(self):
        """Prints what the daemons said, for the report of a failed test."""
        for process in self.net.processes:
            if process.name.endswith("monamid"):
                print(f"---- {process.name}\n{process.text()[-8000:]}")
        for daemon in (self.home_agent, self.mobile_node):
            if not daemon.ended():
                print(daemon.ask("status", check=False), daemon.ask("show", "bindings", check=False))

    def link_layer(self, host, interface="home0"):
        shown = host.run("ip", "-o", "link", "show", "dev", interface).stdout
        return re.search(r"link/ether (\S+)", shown)[1]

    def neighbour(self, host, address=HOME_ADDRESS, interface="home0"):
        """The link-layer address that the host's neighbour cache has for `address`, or None."""
        words = host.run("ip", "-6", "neigh", "show", address, "dev", interface).stdout.split()
        return words[words.index("lladdr") + 1] if "lladdr" in words else None

    def forget_neighbour(self, host, address=HOME_ADDRESS, interface="home0"):
        host.run("ip", "-6", "neigh", "flush", "to", address, "dev", interface, check=False)


@contextlib.contextmanager
def home_network(build, topology, **lines):
    """A HomeNetwork in a Net of its own, removed at the end."""
    with Net("mh") as net:
        made = HomeNetwork(net, os.path.abspath(build), topology, **lines)
        made.wait_away()
        try:
            yield made
        except BaseException:
            made.tell()
            raise
