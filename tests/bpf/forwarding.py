# SPDX-License-Identifier: BSD-2-Clause
"""A correspondent, a home agent, a router and a mobile node with two links, as network namespaces.

    cn -- ha -- rt == mn       rt and mn share the links north and south

Programs run in them by nsenter, since `ip netns exec` hides the bpffs. Used by test_forwarding.py.
"""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import tempfile
import time

HOME = "2001:db8:e::10"
SECOND_HOME = "2001:db8:e::20"
HOME_AGENT = "2001:db8:f::1"
CORRESPONDENT = "2001:db8:c::2"
CARE_OF = {"north": "2001:db8:a::2", "south": "2001:db8:b::2"}
ROUTER = {"north": "2001:db8:a::1", "south": "2001:db8:b::1"}
BID = {"north": 1, "south": 2}
HOME_BID = 9
HOME_ROUTER = "2001:db8:e::1"
HOME_LINK_LAYER = {"ha": "02:00:00:00:ee:01", "mn": "02:00:00:00:ee:02"}
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("MONAMI_BUILD", os.path.join(ROOT, "build"))
TOOL = os.path.join(BUILD, "tests", "bpf", "dp_tool")
PROBE_IDENTIFIER = 0x4D50

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def setns(file):
    """os.setns() is not in Debian 12's Python."""
    if LIBC.setns(file.fileno(), CLONE_NEWNET) < 0:
        raise OSError(ctypes.get_errno(), "setns")


def sh(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


class Namespace:
    def __init__(self, name):
        self.name = f"mbpf-{name}-{os.getpid()}"
        sh("ip", "netns", "add", self.name)
        self.run("ip", "link", "set", "lo", "up")

    def prefix(self):
        return ["nsenter", f"--net=/run/netns/{self.name}"]

    def run(self, *words):
        return sh(*self.prefix(), *words)

    def start(self, *words, **options):
        return subprocess.Popen([*self.prefix(), *words], text=True, **options)

    def address(self, device, address, length=64):
        self.run("ip", "-6", "addr", "add", f"{address}/{length}", "dev", device, "nodad")

    @contextlib.contextmanager
    def inside(self):
        """This process's new sockets belong to the namespace."""
        with open("/proc/self/ns/net", encoding="ascii") as before:
            with open(f"/run/netns/{self.name}", encoding="ascii") as there:
                setns(there)
            try:
                yield
            finally:
                setns(before)

    def remove(self):
        subprocess.run(["ip", "netns", "del", self.name], check=False)


class Tool:
    """dp_tool, which stands in for the daemon."""

    def __init__(self, namespace, role, pins, *options):
        self.process = namespace.start(
            TOOL, pins, role, HOME_AGENT, "monami0", *options,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        ready = self.process.stdout.readline()
        assert ready == "ready\n", f"dp_tool did not start: {ready!r}"

    def ask(self, *words):
        self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def do(self, *words):
        answer = self.ask(*words)
        assert answer == "ok", f"{words}: {answer}"

    def read(self, *words):
        return json.loads(self.ask(*words))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def connect(one, one_device, other, other_device):
    one.run("ip", "link", "add", one_device, "type", "veth",
            "peer", "name", other_device, "netns", other.name)
    one.run("ip", "link", "set", one_device, "up")
    other.run("ip", "link", "set", other_device, "up")


class Network:
    MOBILE_NODE_OPTIONS = ()

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="mbpf-")
        sh("mount", "-t", "bpf", "bpf", self.directory)
        self.namespaces = []
        self.tools = {}
        try:
            self.build()
        except BaseException:
            self.remove()
            raise

    def namespace(self, name):
        namespace = Namespace(name)
        self.namespaces.append(namespace)
        return namespace

    def build(self):
        self.cn, self.ha, self.rt, self.mn = (self.namespace(n) for n in ("cn", "ha", "rt", "mn"))
        connect(self.cn, "eth0", self.ha, "lan")
        connect(self.ha, "core", self.rt, "core")
        for link in CARE_OF:
            connect(self.rt, link, self.mn, link)
        for router in (self.ha, self.rt):
            router.run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1")
        self.cn.address("eth0", CORRESPONDENT)
        self.ha.address("lan", "2001:db8:c::1")
        self.ha.address("core", HOME_AGENT)
        self.rt.address("core", "2001:db8:f::2")
        for link in CARE_OF:
            self.rt.address(link, ROUTER[link])
            self.mn.address(link, CARE_OF[link])
            table = str(100 + BID[link])
            self.mn.run("ip", "-6", "route", "add", "default", "via", ROUTER[link], "table", table)
            self.mn.run("ip", "-6", "rule", "add", "from", CARE_OF[link], "table", table)
            self.ha.run("ip", "-6", "route", "add", f"{CARE_OF[link]}/128", "via", "2001:db8:f::2")
        self.cn.run("ip", "-6", "route", "add", "default", "via", "2001:db8:c::1")
        self.rt.run("ip", "-6", "route", "add", "default", "via", HOME_AGENT)
        self.start("ha")
        self.start("mn", *self.MOBILE_NODE_OPTIONS)
        self.ha.run("ip", "-6", "route", "add", "2001:db8:e::/64", "dev", "monami0")
        self.mn.address("monami0", HOME, 128)
        self.mn.run("ip", "-6", "route", "add", "default", "dev", "monami0", "src", HOME)
        for namespace in (self.ha, self.mn):
            namespace.run("ip", "link", "set", "monami0", "mtu", "1460")
        for priority, link in enumerate(CARE_OF):
            self.bind(link, priority + 1)

        self.wait()

    def second_mobile_node(self):
        """Another one, with one link; its binding is set at both ends."""
        node = self.namespace("mn2")
        connect(self.rt, "west", node, "west")
        self.rt.address("west", "2001:db8:d::1")
        node.address("west", "2001:db8:d::2")
        node.run("ip", "-6", "route", "add", HOME_AGENT, "via", "2001:db8:d::1")
        self.ha.run("ip", "-6", "route", "add", "2001:db8:d::/64", "via", "2001:db8:f::2")
        tool = self.tools["mn2"] = Tool(node, "mobile-node", f"{self.directory}/mn2")
        node.address("monami0", SECOND_HOME, 128)
        node.run("ip", "-6", "route", "add", "default", "dev", "monami0", "src", SECOND_HOME)
        node.run("ip", "link", "set", "monami0", "mtu", "1460")
        tool.do("attach", "west")
        tool.do("tunnel", SECOND_HOME, "2001:db8:d::2", HOME_AGENT, 1, 1, "west", "2001:db8:d::1")
        self.tools["ha"].do(
            "tunnel", SECOND_HOME, HOME_AGENT, "2001:db8:d::2", 1, 1, "-", "-")
        self.wait()
        return node

    def home_link(self):
        """The home agent and the mobile node are on the same link, too."""
        connect(self.ha, "home", self.mn, "home")
        self.ha.address("home", HOME_ROUTER, 128)
        for side, link_layer in HOME_LINK_LAYER.items():
            getattr(self, side).run("ip", "link", "set", "home", "address", link_layer)
            self.tools[side].do("attach", "home")
        self.wait()

    def bind_home_link(self, *next_hops):
        """The home binding, at home agent and mobile node; better than any other."""
        for side, (local, remote), next_hop in zip(
                ("ha", "mn"), ((HOME_AGENT, HOME), (HOME, HOME_AGENT)), next_hops):
            self.tools[side].do("home-link", HOME, local, remote, HOME_BID, 0, "home", next_hop)

    def wait(self):
        """Until Duplicate Address Detection has ended everywhere."""
        until = time.monotonic() + 10
        while any(n.run("ip", "-6", "addr", "show", "tentative") for n in self.namespaces):
            assert time.monotonic() < until, "an address stays tentative"
            time.sleep(0.05)

    def start(self, side, *options):
        namespace = getattr(self, side)
        role = "home-agent" if side == "ha" else "mobile-node"
        self.tools[side] = Tool(namespace, role, f"{self.directory}/{side}", *options)
        for link in ["core"] if side == "ha" else CARE_OF:
            self.tools[side].do("attach", link)

    def bind(self, link, priority):
        """The binding of the link's care-of address, at both ends."""
        self.tools["ha"].do("tunnel", HOME, HOME_AGENT, CARE_OF[link], BID[link], priority, "-", "-")
        self.tools["mn"].do("tunnel", HOME, CARE_OF[link], HOME_AGENT, BID[link], priority, link,
                            ROUTER[link])

    def remove(self):
        for tool in self.tools.values():
            if tool.process.poll() is None:
                tool.kill()
        for namespace in self.namespaces:
            namespace.remove()
        subprocess.run(["umount", self.directory], check=False)
        os.rmdir(self.directory)


class DirectNetwork(Network):
    """The correspondent has the tc programs too: packets between it and the mobile node need not pass
    through the tunnel, though the home agent's host is on their way."""

    def build(self):
        super().build()
        tool = self.tools["cn"] = Tool(self.cn, "correspondent", f"{self.directory}/cn")
        tool.do("attach-correspondent", "eth0")
        tool.do("local", CORRESPONDENT)
        for care_of in CARE_OF.values():
            self.tools["mn"].do("local", care_of)
        self.wait()

    def bind_directly(self, link, priority):
        self.tools["cn"].do(
            "to-mobile-node", HOME, CORRESPONDENT, CARE_OF[link], BID[link], priority)
        self.tools["mn"].do("to-correspondent", HOME, CARE_OF[link], CORRESPONDENT, BID[link],
                            priority, link, ROUTER[link])

    def unbind_directly(self, link):
        # as the protocol has it: who sends stops before who accepts does
        for side in ("mn", "cn"):
            self.tools[side].do("route-remove", HOME, CORRESPONDENT, BID[link])

    def direct(self, side, link):
        return self.tools[side].read("counters", HOME, BID[link], CORRESPONDENT)
