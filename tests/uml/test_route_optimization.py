# SPDX-License-Identifier: BSD-2-Clause
"""Our data plane, and the kernel's own Mobile IPv6 at the other end: the Home Address option and
the type 2 routing header of the one are the other's, in both directions and both roles.

    ours ---- router ---- wire of the second kernel

No daemon: dp_tool sets our bindings, XFRM states are the kernel's. tshark looks on.
"""
import contextlib
import json
import os
from concurrent.futures import ThreadPoolExecutor

import mip6
import packets
import pytest
import uml
from netns import Net, wait_for
from sides import BUILD, MEGABYTES, PORT, RIGHT, Side

HOME_ADDRESS = "2001:db8:100::100"
HOME_AGENT = "2001:db8:100::1"
CARE_OF = "2001:db8:1::100"
OTHER_CARE_OF = "2001:db8:1::200"
CORRESPONDENT = "2001:db8:c::1"
EXTENSION = 24  # octets of a header with the home address
BID, PRIORITY = 3, 2
OTHER_BID, BETTER = 4, 1
LONG = 16  # megabytes
SOME_PACKETS = 2000
TOOL = os.path.join(BUILD, "tests", "bpf", "dp_tool")


class DataPlane:
    """dp_tool, which stands in for the daemon."""

    def __init__(self, host, role, *options):
        self.role = role
        pins = os.path.join(host.net.bpffs(), host.name)
        self.process = host.start("dp_tool", TOOL, pins, role, HOME_AGENT, "monami0", *options,
                                  pipe=True)
        assert self.process.popen.stdout.readline() == "ready\n", self.process.text()

    def ask(self, *words):
        self.process.popen.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.popen.stdin.flush()
        return self.process.popen.stdout.readline().strip()

    def do(self, *words):
        answer = self.ask(*words)
        assert answer == "ok", f"{words}: {answer}"

    def bind(self, care_of, bid, priority):
        """A binding of ours, in the role that the data plane has."""
        if self.role == "mobile-node":
            self.do("to-correspondent", HOME_ADDRESS, care_of, CORRESPONDENT, bid, priority, "eth0",
                    gateway(care_of))
        else:
            self.do("to-mobile-node", HOME_ADDRESS, CORRESPONDENT, care_of, bid, priority)

    def sent_and_received(self, bid=BID):
        counters = json.loads(self.ask("counters", HOME_ADDRESS, bid, CORRESPONDENT))
        return counters["sent"], counters["received"]


class Pair:
    """A host of ours with a data plane, and a second kernel, behind a router."""

    def __init__(self, net):
        self.ours, self.router, self.theirs = (net.host(name) for name in
                                               ("ours", "router", "theirs"))
        self.router.forward()
        net.link(self.router, "to-ours", self.ours, "eth0")
        net.link(self.router, "to-theirs", self.theirs, "wire0")
        self.capturing, self.capture = self.router.capture("to-ours")

    def connect(self, kernel, ours, theirs):
        """Addresses and routes: the care-of address is on the mobile node's link."""
        for side, address in (("ours", ours), ("theirs", theirs)):
            self.router.ip(f"addr add {gateway(address)}/64 dev to-{side}")
        self.ours.ip(f"addr add {ours}/64 dev eth0")
        kernel.up("vec0", f"{theirs}/64")

    def stop(self):
        """Nothing that passed the router was malformed."""
        self.capturing.stop()
        assert packets.malformed(self.capture) == []


def gateway(address):
    return address.rsplit(":", 1)[0] + ":ff"


@contextlib.contextmanager
def our_mobile_node():
    """(our side, their side, data plane, pair): the kernel is a correspondent."""
    with Net("muo") as net:
        pair = Pair(net)
        ours = pair.ours
        with uml.Kernel(pair.theirs, ["wire0"], modules=mip6.MODULES) as kernel:
            pair.connect(kernel, CARE_OF, CORRESPONDENT)
            kernel.ip(f"route add default via {gateway(CORRESPONDENT)}")
            mip6.correspond(kernel, CORRESPONDENT, HOME_ADDRESS, CARE_OF)
            plane = DataPlane(ours, "mobile-node")
            ours.run("ip", "link", "set", "monami0", "mtu", "1460")
            ours.ip(f"addr add {HOME_ADDRESS}/128 dev monami0 nodad",
                    f"route add default dev monami0 src {HOME_ADDRESS}",
                    f"route add default via {gateway(CARE_OF)} dev eth0 table 100",
                    f"addr add {OTHER_CARE_OF}/64 dev eth0",
                    f"rule add from {CARE_OF} table 100", f"rule add from {OTHER_CARE_OF} table 100")
            plane.do("attach", "eth0")
            plane.bind(CARE_OF, BID, PRIORITY)
            yield Side(ours, HOME_ADDRESS), Side(kernel, CORRESPONDENT), plane, pair
            pair.stop()


@contextlib.contextmanager
def our_correspondent():
    """The same the other way round: the kernel is a mobile node."""
    with Net("muo") as net:
        pair = Pair(net)
        ours = pair.ours
        with uml.Kernel(pair.theirs, ["wire0"], modules=mip6.MODULES) as kernel:
            pair.connect(kernel, CORRESPONDENT, CARE_OF)
            kernel.ip(f"route add default via {gateway(CARE_OF)}",
                      f"addr add {OTHER_CARE_OF}/64 dev vec0 nodad")
            mip6.be_mobile(kernel, HOME_ADDRESS, CARE_OF, CORRESPONDENT)
            plane = DataPlane(ours, "correspondent")
            # The mtu is what the daemon would teach it by a Packet Too Big.
            ours.ip(f"route add default via {gateway(CORRESPONDENT)} dev eth0",
                    f"route add {HOME_ADDRESS} via {gateway(CORRESPONDENT)} dev eth0 "
                    f"mtu {1500 - EXTENSION}")
            plane.do("attach-correspondent", "eth0")
            plane.do("local", CORRESPONDENT)
            plane.bind(CARE_OF, BID, PRIORITY)
            yield Side(ours, CORRESPONDENT), Side(kernel, HOME_ADDRESS), plane, pair
            pair.stop()


ROLES = {"our mobile node": our_mobile_node, "our correspondent": our_correspondent}


@pytest.fixture(scope="module", params=ROLES)
def sides(request):
    with ROLES[request.param]() as made:
        yield made


@pytest.fixture(params=["we", "they"])
def ends(request, sides):
    """The initiator, and the other node."""
    return sides[:2] if request.param == "we" else sides[1::-1]


def on_the_way(pair, words):
    """Of the packets that pass the router and that a filter of tshark names: source, destination,
    home address in an option, home address in a routing header."""
    lines = packets.tshark(pair.capture, "-Y", words, "-T", "fields", "-e", "ipv6.src", "-e",
                           "ipv6.dst", "-e", "ipv6.opt.mipv6.home_address", "-e",
                           "ipv6.routing.mipv6.home_address")
    return {tuple(line.split("\t")) for line in lines}


THERE = (CARE_OF, CORRESPONDENT, HOME_ADDRESS, "")
BACK = (CORRESPONDENT, CARE_OF, "", HOME_ADDRESS)


# Shows RFC 6275 9.3.1-8, 9.3.2-2, 11.3.1-10, 11.3.1-11.
@pytest.mark.parametrize("octets", [0, 56, 1400])
def test_ping(sides, ends, octets):
    """RFC 6275 6.3, 6.4, 9.3.1, 9.3.2, 11.3.1, 11.3.3."""
    _, _, plane, pair = sides
    sent, received = plane.sent_and_received()
    assert ends[0].ping(ends[1], "-s", str(octets))
    assert plane.sent_and_received() == (sent + 3, received + 3)
    assert on_the_way(pair, "icmpv6.type == 128 || icmpv6.type == 129") == {THERE, BACK}


# Shows RFC 6275 6.3-5.
def test_fragments(sides, ends):
    """RFC 6275 6.3, 6.4: both headers stand before a Fragment header, in each fragment."""
    pair = sides[3]
    assert ends[0].ping(ends[1], "-s", "4000")
    assert on_the_way(pair, "ipv6.fraghdr") == {THERE, BACK}


def test_transfer(sides, ends):
    """TCP of some megabytes each way, with large segments where the stacks make them, and UDP."""
    _, theirs, plane, pair = sides
    sent, received = plane.sent_and_received()
    assert ends[0].exchange(ends[1]) == RIGHT
    after = plane.sent_and_received()
    segments = (MEGABYTES << 20) // 1500
    assert after[0] > sent + segments and after[1] > received + segments
    assert on_the_way(pair, f"tcp.port == {PORT} || udp.port == {PORT}") == {THERE, BACK}
    assert mip6.refused(theirs.place) == {}


def test_connection_lives_while_the_care_of_address_changes(sides, ends):
    """RFC 5648 6.5, 3: a second binding, which is better; the kernel changes sides in the middle of
    a connection. Our side takes either address as long as both are bound."""
    _, theirs, plane, _ = sides
    before = plane.sent_and_received()
    with ThreadPoolExecutor() as pool:
        said = pool.submit(ends[0].exchange, ends[1], LONG)
        try:
            wait_for("some megabytes", lambda: sum(plane.sent_and_received()) >
                     sum(before) + SOME_PACKETS or said.done(), 30)
            plane.bind(OTHER_CARE_OF, OTHER_BID, BETTER)
            mip6.move(theirs.place, HOME_ADDRESS, CORRESPONDENT, OTHER_CARE_OF)
            wait_for("the other care-of address", lambda: min(
                plane.sent_and_received(OTHER_BID)) > 100, 30)
            assert not said.done()
            result = said.result()
        finally:
            mip6.move(theirs.place, HOME_ADDRESS, CORRESPONDENT, CARE_OF)
            plane.bind(OTHER_CARE_OF, OTHER_BID, PRIORITY + 1)
    assert result == RIGHT
    assert ends[0].ping(ends[1])
