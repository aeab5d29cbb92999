# SPDX-License-Identifier: BSD-2-Clause
"""A host with several mobile nodes, each with a home agent of its own: the network of topology.py with two links and
a second home agent, hb. Standard library only."""
import topology
from netns import wait_for
from topology import HOME_ADDRESS, HOME_AGENT, HOME_PREFIX, KEY, SPI, Daemon

SECOND_PREFIX = "2001:db8:200::/64"
SECOND_HOME = "2001:db8:200::200"
SECOND_HOME_AGENT = "2001:db8:bb::1"


def mobile_node(name, home_address, home_agent, links, more=""):
    return (f'mobile_node "{name}" {{\n\thome_address = {home_address}\n\thome_agent = {home_agent}\n'
            f'\tlifetime = 60\n\tspi = {SPI}\n\tkey = "{KEY}"\n'
            + "".join(f'\tlink "{link}" {{ bid = {bid}  priority = {bid} }}\n' for bid, link in links) + more + "}\n")


def home_agent(address, prefix, interface, *home_addresses):
    return (f"home_agent {{\n\taddress = {address}\n\thome_prefix = {prefix}\n\tinterfaces = {{{interface}}}\n"
            + "".join(f'\tmobile_node "{home_address}" {{\n\t\tspi = {SPI}\n\t\tkey = "{KEY}"\n\t}}\n'
                      for home_address in home_addresses) + "}\n")


class SeveralHomes(topology.World):
    """Subclasses name the mobile nodes of mn, and write its configuration."""

    names = ()
    second_homes = (SECOND_HOME,)  # of the second home agent

    def __init__(self, net, build):
        self.hb = net.host("hb")
        super().__init__(net, build)
        self.second_home_agent = Daemon(
            self.hb, build, home_agent(SECOND_HOME_AGENT, SECOND_PREFIX, "core0", *self.second_homes))

    def _core(self):
        super()._core()
        self.links.pop()  # two are enough
        self.hb.forward()
        self.net.link(self.core, "hb0", self.hb, "core0")
        self.core.ip("addr add 2001:db8:bb::ff/64 dev hb0")
        self.hb.ip(f"addr add {SECOND_HOME_AGENT}/64 dev core0", "route add default via 2001:db8:bb::ff")
        self.core.ip(f"route add {SECOND_PREFIX} via {SECOND_HOME_AGENT}")

    def home_agent_config(self):
        return home_agent(HOME_AGENT, HOME_PREFIX, "core0", HOME_ADDRESS)

    def daemons(self):
        return [self.home_agent, self.second_home_agent, self.mobile_node]

    def start(self):
        for daemon in self.daemons():
            daemon.start()
        self.wait_all_registered()

    def links_of(self, name):
        shown = self.mobile_node.ask("show", "links", "--mobile-node", name)["links"]
        return {link["name"]: link for link in shown}

    def wait_all_registered(self, seconds=15):
        for name in self.names:
            wait_for(f"registration of {name}", lambda name=name: all(
                link["registered"] and link["path"] == "alive" for link in self.links_of(name).values()), seconds)

    def wait_selected_by(self, name, link):
        wait_for(f"{name} sends by {link}", lambda: self.links_of(name)[link]["selected"], 10, 0.05)

    def silence_second_home_agent(self, on):
        """What is sent to it vanishes."""
        if on:
            self.hb.nft('table netdev silence {\n\tchain in { type filter hook ingress device "core0" priority 0\n'
                        "\t\tdrop\n\t}\n}\n")
        else:
            self.hb.nft("delete table netdev silence\n")
