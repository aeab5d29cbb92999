# SPDX-License-Identifier: BSD-2-Clause
"""Two mobile nodes that are each other's correspondents: ours, and the kernel's own. Each packet has
the receiver's home address in a type 2 routing header, and the sender's in an option behind it."""
import mip6
import pytest
import uml
from netns import Net
from sides import MEGABYTES, PORT, RIGHT, Side
from test_route_optimization import HOME_AGENT, DataPlane, Pair, gateway, on_the_way

HOME_ADDRESS, CARE_OF = "2001:db8:100::100", "2001:db8:1::100"
THEIR_HOME_ADDRESS, THEIR_CARE_OF = "2001:db8:200::200", "2001:db8:2::200"
BID, PRIORITY = 3, 2
THERE = (CARE_OF, THEIR_CARE_OF, HOME_ADDRESS, THEIR_HOME_ADDRESS)
BACK = (THEIR_CARE_OF, CARE_OF, THEIR_HOME_ADDRESS, HOME_ADDRESS)


@pytest.fixture(scope="module")
def sides():
    """(our side, their side, pair)"""
    with Net("mut") as net:
        pair = Pair(net)
        ours = pair.ours
        with uml.Kernel(pair.theirs, ["wire0"], modules=mip6.MODULES) as kernel:
            pair.connect(kernel, CARE_OF, THEIR_CARE_OF)
            kernel.ip(f"route add default via {gateway(THEIR_CARE_OF)}")
            mip6.be_mobile_with(kernel, THEIR_HOME_ADDRESS, THEIR_CARE_OF, HOME_ADDRESS, CARE_OF)
            plane = DataPlane(ours, "mobile-node", "corresponds")
            ours.run("ip", "link", "set", "monami0", "mtu", "1452")  # 48 octets less
            ours.ip(f"addr add {HOME_ADDRESS}/128 dev monami0 nodad",
                    f"route add default dev monami0 src {HOME_ADDRESS}",
                    f"route add default via {gateway(CARE_OF)} dev eth0 table 100",
                    f"rule add from {CARE_OF} table 100")
            plane.do("attach", "eth0")
            for address in (HOME_ADDRESS, CARE_OF):  # as the daemon has them of its links
                plane.do("local", address)
            plane.do("tunnel", HOME_ADDRESS, CARE_OF, HOME_AGENT, BID, PRIORITY, "eth0",
                     gateway(CARE_OF))
            plane.do("to-correspondent", HOME_ADDRESS, CARE_OF, THEIR_HOME_ADDRESS, BID, PRIORITY,
                     "eth0", gateway(CARE_OF))
            plane.do("to-mobile-node", THEIR_HOME_ADDRESS, HOME_ADDRESS, THEIR_CARE_OF, BID, PRIORITY)
            yield Side(ours, HOME_ADDRESS), Side(kernel, THEIR_HOME_ADDRESS), pair
            pair.stop()


@pytest.fixture(params=["we", "they"])
def ends(request, sides):
    """The initiator, and the other node."""
    return sides[:2] if request.param == "we" else sides[1::-1]


# Packets that exceed 1452 octets only with both headers leave Linux 6.1 with a wrong ICMPv6 checksum.
@pytest.mark.parametrize("octets", [0, 56, 1340])
def test_ping(sides, ends, octets):
    """RFC 6275 6.3, 6.4, 9.3.1, 9.3.2, 11.3.1, 11.3.3."""
    assert ends[0].ping(ends[1], "-s", str(octets))
    assert on_the_way(sides[2], "icmpv6.type == 128 || icmpv6.type == 129") == {THERE, BACK}


def test_fragments(sides, ends):
    """RFC 6275 6.3, 6.4: both headers stand before a Fragment header."""
    assert ends[0].ping(ends[1], "-s", "4000")
    assert on_the_way(sides[2], "ipv6.fraghdr") == {THERE, BACK}


def test_transfer(sides, ends):
    assert ends[0].exchange(ends[1], MEGABYTES) == RIGHT
    assert on_the_way(sides[2], f"tcp.port == {PORT} || udp.port == {PORT}") == {THERE, BACK}
    assert mip6.refused(sides[1].place) == {}
