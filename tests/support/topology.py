# SPDX-License-Identifier: BSD-2-Clause
"""The network of the demo and of the network tests: a mobile node with three links, IPv6 only.

                     wifi0  50 Mbit/s   +-----+
              +-------------------------| ar1 |-----+           +----+
              |                         +-----+     |      +----| ha |  home agent, routes the
    +----+    |      cell0  20 Mbit/s   +-----+  +------+  |    +----+  home prefix to monami0
    | mn |----+-------------------------| ar2 |--| core |--+
    +----+    |                         +-----+  +------+  |    +----+
              |      sat0    5 Mbit/s   +-----+     |      +----| cn |  correspondent
              +-------------------------| ar3 |-----+           +----+
                                        +-----+

The access routers announce a prefix each (radvd); the mobile node forms its care-of addresses by
SLAAC, after Duplicate Address Detection. Standard library only.
"""
import contextlib
import json
import os
import re
import signal

from netns import Net, execute, wait_for

HOME_PREFIX = "2001:db8:100::/64"
HOME_ADDRESS = "2001:db8:100::100"
HOME_AGENT = "2001:db8:ffff::1"
CORRESPONDENT = "2001:db8:c::1"
SPI = 256
KEY = "00112233445566778899aabbccddeeff"


class Link:
    """One link of the mobile node, and the access router at its other end."""

    def __init__(self, name, bid, mbit, prefix):
        self.name = name
        self.bid = bid
        self.priority = bid
        self.mbit = mbit
        self.prefix = prefix
        self.router = None
        self.radvd = None

    @property
    def network(self):
        return self.prefix.removesuffix("::/64")


def links():
    return [Link("wifi0", 1, 50, "2001:db8:1::/64"),
            Link("cell0", 2, 20, "2001:db8:2::/64"),
            Link("sat0", 3, 5, "2001:db8:3::/64")]


def shape(host, interface, mbit):
    """Limits what leaves by an interface. A token bucket as tbf's, with two classes: packets under
    256 octets first, so that what the probes lose is lost by a link and not by the download's full
    queue. The download's queue holds 60 ms, or 64 kB if that is more."""
    limit = max(65536, mbit * 125 * 60)
    host.tc(f"qdisc add dev {interface} root handle 1: htb default 20",
            f"class add dev {interface} parent 1: classid 1:1 htb rate {mbit}mbit",
            f"class add dev {interface} parent 1:1 classid 1:10 htb rate {mbit / 2:g}mbit "
            f"ceil {mbit}mbit prio 0",
            f"class add dev {interface} parent 1:1 classid 1:20 htb rate {mbit / 2:g}mbit "
            f"ceil {mbit}mbit prio 1",
            f"qdisc add dev {interface} parent 1:10 handle 10: pfifo limit 500",
            f"qdisc add dev {interface} parent 1:20 handle 20: bfifo limit {limit}",
            # the IPv6 header's Payload Length, at octet 4
            f"filter add dev {interface} parent 1: protocol ipv6 prio 1 u32 "
            "match u16 0x0000 0xff00 at 4 flowid 1:10")


class Daemon:
    """monamid in one namespace, and the client that asks it. It keeps its configuration, socket
    and pinned maps over restarts."""

    def __init__(self, host, build, config):
        self.host = host
        self.build = build
        self.monamid = os.path.join(build, "src/daemon/monamid")
        self.monami = os.path.join(build, "src/cli/monami")
        directory = host.net.directory
        self.socket = os.path.join(directory, f"{host.name}.sock")
        self.pins = os.path.join(host.net.bpffs(), host.name)
        self.file = os.path.join(directory, f"{host.name}.conf")
        # Never the default: that is the machine's own.
        self.store = os.path.join(directory, f"{host.name}.db")
        if "store = " not in config:
            config = config.replace("home_agent {", f'home_agent {{\n\tstore = "{self.store}"', 1)
        self.process = None
        with open(self.file, "w", encoding="ascii") as file:
            file.write(f'control = "{self.socket}"\npin_directory = "{self.pins}"\n{config}')

    def start(self, ready=True):
        """Starts it, and waits until it answers the client."""
        self.process = self.host.start("monamid", self.monamid, "-c", self.file)
        if ready:
            wait_for(f"monamid of {self.host.name}", self.ready, 10)
        return self.process

    def ready(self):
        if not self.process.running():
            raise RuntimeError(f"monamid of {self.host.name} ended with status "
                               f"{self.process.popen.returncode}:\n{self.process.text()}")
        return self.ask("status", check=False) is not None

    def ask(self, *words, check=True):
        """The client's output, decoded. None if the daemon does not answer (check=False)."""
        done = execute([self.monami, "--socket", self.socket, "--json", *words], check=check)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def links(self):
        """Mobile node: links by name."""
        return {link["name"]: link for link in self.ask("show", "links")["links"]}

    def bindings(self):
        return self.ask("show", "bindings")["bindings"]

    def monitor(self):
        """The feed of events: a process whose .popen.stdout yields JSON lines."""
        return self.host.start("monitor", self.monami, "--socket", self.socket, "--json", "monitor",
                               pipe=True)

    def selected(self):
        """Name of the link that is sent by, or None."""
        for name, link in self.links().items():
            if link["selected"]:
                return name
        return None

    def kill(self):
        """kill -9, and waits until it is gone."""
        self.process.kill(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """A clean stop: returns the status."""
        self.process.kill(signal.SIGTERM)
        return self.process.wait()

    def ended(self):
        return self.process is None or not self.process.running()


class World:
    """The picture above, with the daemons' configurations written but no daemon started."""

    make_links = staticmethod(links)

    def __init__(self, net: Net, build):
        self.net = net
        self.core = net.host("core")
        self.ha = net.host("ha")
        self.cn = net.host("cn")
        self.mn = net.host("mn")
        self.links = self.make_links()
        self._core()
        for link in self.links:
            self._access(link)
        self.home_agent = Daemon(self.ha, build, self.home_agent_config())
        self.mobile_node = Daemon(self.mn, build, self.mobile_node_config())

    # ---- what the network is ----

    def _core(self):
        self.core.forward()
        self.ha.forward()
        self.net.link(self.core, "ha0", self.ha, "core0")
        self.net.link(self.core, "cn0", self.cn, "core0")
        self.core.ip("addr add 2001:db8:ffff::ff/64 dev ha0", "addr add 2001:db8:c::ff/64 dev cn0",
                     f"route add {HOME_PREFIX} via {HOME_AGENT}")
        self.ha.ip(f"addr add {HOME_AGENT}/64 dev core0", "route add default via 2001:db8:ffff::ff")
        self.cn.ip(f"addr add {CORRESPONDENT}/64 dev core0",
                   "route add default via 2001:db8:c::ff")

    def _access(self, link):
        router = self.net.host(f"ar{link.bid}")
        link.router = router
        router.forward()
        # Addresses of a router outlive its link.
        router.sysctl("net.ipv6.conf.default.keep_addr_on_down", 1)
        self.mn.sysctl("net.ipv6.conf.default.accept_ra", 1)
        self.mn.sysctl("net.ipv6.conf.default.accept_dad", 1)
        self.net.link(self.core, router.name, router, "core0")
        self.net.link(router, "access0", self.mn, link.name, hurry=True)
        backbone = f"2001:db8:a:{link.bid}"
        self.core.ip(f"addr add {backbone}::ff/64 dev {router.name}")
        router.ip(f"addr add {backbone}::1/64 dev core0", f"route add default via {backbone}::ff")
        shape(router, "access0", link.mbit)
        shape(self.mn, link.name, link.mbit)
        self._serve(link)

    def _serve(self, link):
        link.router.ip(f"addr add {link.network}::ff/64 dev access0")
        self.core.ip(f"route add {link.prefix} via 2001:db8:a:{link.bid}::1")
        link.radvd = link.router.advertise("access0", link.prefix)

    def home_agent_config(self):
        return (f"home_agent {{\n\taddress = {HOME_AGENT}\n\thome_prefix = {HOME_PREFIX}\n"
                "\tinterfaces = {core0}\n\tlifetime_max = 300\n"
                f'\tmobile_node "{HOME_ADDRESS}" {{\n'
                f'\t\tspi = {SPI}\n\t\tkey = "{KEY}"\n\t\treplay = true\n\t}}\n}}\n')

    def mobile_node_config(self):
        text = (f"mobile_node {{\n\thome_address = {HOME_ADDRESS}\n\thome_agent = {HOME_AGENT}\n"
                f'\tlifetime = 60\n\tspi = {SPI}\n\tkey = "{KEY}"\n\treplay = true\n')
        for link in self.links:
            text += f'\tlink "{link.name}" {{\n\t\tbid = {link.bid}\n' \
                    f"\t\tpriority = {link.priority}\n\t}}\n"
        return text + "}\n"

    def daemons(self):
        return [self.home_agent, self.mobile_node]

    # ---- what can be asked ----

    def link(self, name):
        return next(link for link in self.links if link.name == name)

    def care_of_address(self, link):
        """The address that SLAAC formed from the link's present prefix, past its DAD, or None."""
        for address in self.mn.addresses(link.name, "-tentative"):
            if address.startswith(link.network + ":"):
                return address
        return None

    def wait_care_of_addresses(self, seconds=10):
        """The first ones come in a hurry; all that come later as usual."""
        addresses = [wait_for(f"care-of address on {link.name}",
                              lambda link=link: self.care_of_address(link), seconds)
                     for link in self.links]
        self.mn.as_usual(link.name for link in self.links)
        for link in self.links:
            link.router.as_usual(["access0"])
        return addresses

    def start(self):
        """Both daemons, and waits until all links are registered."""
        self.home_agent.start()
        self.mobile_node.start()
        self.wait_registered()

    def wait_registered(self, names=None, seconds=15):
        """Until the named links (all) are registered and answer."""
        names = names or [link.name for link in self.links]

        def registered():
            shown = self.mobile_node.links()
            return all(shown[n]["registered"] and shown[n]["path"] == "alive" for n in names)
        wait_for(f"registration of {', '.join(names)}", registered, seconds)

    def wait_selected(self, name, seconds=10):
        wait_for(f"sending by {name}", lambda: self.mobile_node.selected() == name, seconds, 0.02)

    # ---- what can happen to a link ----

    def carrier(self, link, on):
        """The mobile node's side loses its carrier, or gets it again."""
        link.router.ip(f"link set access0 {'up' if on else 'down'}")
        if on:
            # Packets on a link that goes down are lost.
            link.router.ip(f"addr replace {link.network}::ff/64 dev access0")

    def silence(self, link, on):
        """All packets vanish at the access router, both ways; the carrier stays."""
        if on:
            link.router.nft("table netdev silence {\n"
                            '\tchain in { type filter hook ingress device "access0" priority 0\n'
                            "\t\tdrop\n\t}\n"
                            '\tchain out { type filter hook egress device "access0" priority 0\n'
                            "\t\tdrop\n\t}\n}\n")
        else:
            link.router.nft("delete table netdev silence\n")

    def renumber(self, link, prefix):
        """The link is now in another network: its router announces and serves another prefix, and
        nothing leads to the old one."""
        link.radvd.kill(signal.SIGKILL)  # with no word of farewell to the old prefix
        link.radvd.wait()
        self.core.ip(f"route del {link.prefix}")
        link.router.ip(f"addr del {link.network}::ff/64 dev access0")
        link.prefix = prefix
        self._serve(link)

    def describe(self):
        """How to look into a net that was kept."""
        names = " ".join(host.netns for host in self.net.hosts)
        lines = [f"namespaces: {names}",
                 f"enter one:  nsenter --net=/run/netns/{self.mn.netns}",
                 f"ask:        {self.mobile_node.monami} --socket {self.mobile_node.socket} "
                 "show links",
                 f"files:      {self.net.directory}",
                 f"remove:     /usr/bin/python3 {os.path.join(os.path.dirname(__file__), 'netns.py')}"
                 f" {self.net.directory}"]
        return "\n".join(lines)


def in_last_block(config, lines):
    """A configuration whose last block has these lines, too."""
    return config.rstrip().removesuffix("}") + lines + "}\n"


def flow_blocks(flows):
    """The lines of {name: words}."""
    return "".join(f'\tflow "{name}" {{ {words} }}\n' for name, words in flows.items())


@contextlib.contextmanager
def world(build, word="mn", keep=False, kind=World):
    """A World, or what follows from it, in a Net of its own, removed at the end."""
    with Net(word, keep) as net:
        yield kind(net, os.path.abspath(build))


def interface_octets(pid, names):
    """(received, sent) octets of interfaces, as a process in their namespace sees them."""
    with open(f"/proc/{pid}/net/dev", encoding="ascii") as file:
        rows = dict(re.findall(r"^\s*([\w.-]+):\s*(.*)$", file.read(), re.M))
    return {name: (int(rows[name].split()[0]), int(rows[name].split()[8]))
            for name in names if name in rows}
