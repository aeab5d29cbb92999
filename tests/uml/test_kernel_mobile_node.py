# SPDX-License-Identifier: BSD-2-Clause
"""Our correspondent, and a mobile node of which nothing is ours: the kernel's own Mobile IPv6, and
Python for return routability (kernel_mobile_node.py).

    cn ---- router ---- wire of the second kernel
"""
import os

import mip6
import packets
import pytest
import uml
from netns import Net
from sides import BUILD, RIGHT, Side
from topology import Daemon

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "kernel_mobile_node.py")
HOME_ADDRESS = "2001:db8:100::100"
CARE_OF = ("2001:db8:1::100", "2001:db8:1::200")
ROUTER = "2001:db8:1::ff"
CORRESPONDENT = "2001:db8:c::1"


class Network:
    def __init__(self, net):
        self.cn, self.router, self.mn = (net.host(name) for name in ("cn", "router", "mn"))
        self.router.forward()
        net.link(self.router, "to-cn", self.cn, "eth0")
        net.link(self.router, "to-mn", self.mn, "wire0")
        self.cn.ip(f"addr add {CORRESPONDENT}/64 dev eth0", "route add default via 2001:db8:c::ff")
        # The second route is the home agent's part.
        self.router.ip("addr add 2001:db8:c::ff/64 dev to-cn", f"addr add {ROUTER}/64 dev to-mn",
                       f"route add {HOME_ADDRESS} via {CARE_OF[0]}")
        self.daemon = Daemon(self.cn, BUILD, "correspondent {\n\tinterfaces = {eth0}\n}\n")
        self.daemon.start()
        self.capturing, self.capture = self.router.capture("to-cn")
        self.correspondent = Side(self.cn, CORRESPONDENT)
        self.kernel = self.mobile_node = None

    def boot(self, kernel):
        self.kernel = kernel
        self.mobile_node = Side(kernel, HOME_ADDRESS)
        kernel.up("vec0", *[f"{address}/64" for address in CARE_OF])
        kernel.ip(f"route add default via {ROUTER}")

    def register(self, care_of, sequence, bid):
        said = self.kernel.run("/usr/bin/python3", PROGRAM, HOME_ADDRESS, care_of, CORRESPONDENT,
                               "vec0", str(sequence), str(bid), timeout=60)
        assert said.stdout == "0\n"

    def bindings(self):
        return {b.get("bid", 0): b["care_of_address"] for b in self.daemon.bindings()}

    def transferred(self):
        """Both ways, whoever begins."""
        sides = self.mobile_node, self.correspondent
        return all(one.exchange(other, megabytes=1) == RIGHT for one, other in (sides, sides[::-1]))


@pytest.fixture
def network():
    with Net("mk") as net:
        made = Network(net)
        try:
            with uml.Kernel(made.mn, ["wire0"], modules=mip6.MODULES) as kernel:
                made.boot(kernel)
                yield made
        finally:
            print(made.daemon.process.text()[-8000:])
        made.capturing.stop()
        assert packets.malformed(made.capture) == []
        assert packets.wrong_checksums(made.capture) == []


def extended(network, words):
    """How many packets that a filter of tshark names have a home address in a header, and how many do
    not."""
    known = "(ipv6.opt.mipv6.home_address || ipv6.routing.mipv6.home_address)"
    return (len(packets.tshark(network.capture, "-Y", f"({words}) && {known}")),
            len(packets.tshark(network.capture, "-Y", f"({words}) && !{known}")))


# Shows RFC 6275 9.3.1-8, 9.3.2-2.
@pytest.mark.parametrize("bid", [0, 7], ids=["RFC 6275 alone", "with an identifier"])
def test_one_care_of_address(network, bid):
    """RFC 6275 9.3, 9.5, 6.3, 6.4. What is too large to be extended has a Packet Too Big as answer, and
    errors about what was extended find their socket."""
    network.register(CARE_OF[0], 1, bid)
    assert network.bindings() == {bid: CARE_OF[0]}
    before = mip6.refused(network.kernel)
    mip6.be_mobile(network.kernel, HOME_ADDRESS, CARE_OF[0], CORRESPONDENT)
    assert network.transferred()
    direct, other = extended(network, f"tcp.len > 0 && ipv6.src == {CORRESPONDENT}")
    assert direct > 10 * other > 0  # by the home agent, until the Packet Too Big
    assert extended(network, f"tcp.len > 0 && ipv6.src != {CORRESPONDENT}")[1] == 0
    assert network.mobile_node.is_refused(network.correspondent)
    assert network.correspondent.is_refused(network.mobile_node)
    assert mip6.refused(network.kernel) == before


# Shows RFC 5648 6.5-1.
def test_two_care_of_addresses(network):
    """RFC 5648 6.2, 6.5: both bound, the kernel uses one and then the other."""
    network.register(CARE_OF[0], 1, 1)
    network.register(CARE_OF[1], 2, 2)
    assert network.bindings() == {1: CARE_OF[0], 2: CARE_OF[1]}
    mip6.be_mobile(network.kernel, HOME_ADDRESS, CARE_OF[1], CORRESPONDENT)
    assert network.transferred()
    mip6.move(network.kernel, HOME_ADDRESS, CORRESPONDENT, CARE_OF[0])
    assert network.transferred()
