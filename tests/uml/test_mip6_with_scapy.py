# SPDX-License-Identifier: BSD-2-Clause
"""The kernel's Mobile IPv6 as scapy and tshark see it, so that the tests against our data plane
stand on something: what it accepts, what it refuses, and exactly what it sends."""
import contextlib

import mip6
import netns
import packets
import pytest
import uml
from scapy.layers import inet6
from wire import Wire

HOME_ADDRESS = "2001:db8:100::100"
CARE_OF = "2001:db8:1::100"
CORRESPONDENT = "2001:db8:c::1"
OTHER = "2001:db8:1::bad"


@contextlib.contextmanager
def kernel_at(word, address):
    """(kernel, wire, capture), in a net of this word: the kernel with the address, the only other host
    on its link, and what passes the link. tshark understands all of it."""
    with netns.Net(word) as net:
        near, far = net.host("near"), net.host("far")
        net.link(near, "to-far", far, "wire0")
        near.ip("addr add fe80::1/64 dev to-far nodad", "route add default via fe80::2 dev to-far")
        process, capture = near.capture("to-far")
        with uml.Kernel(far, ["wire0"], modules=mip6.MODULES) as kernel, \
                contextlib.closing(Wire(near, "to-far")) as wire:
            kernel.up("vec0", "fe80::2/64", f"{address}/64", f"{OTHER}/128")
            kernel.ip("route add default via fe80::1 dev vec0")
            yield kernel, wire, capture
        process.stop()
        assert packets.malformed(capture) == []


def mobile(home_address, care_of, upper):
    """A packet of a mobile node (RFC 6275 6.3)."""
    return (inet6.IPv6(src=care_of, dst=CORRESPONDENT)
            / inet6.IPv6ExtHdrDestOpt(options=[inet6.HAO(hoa=home_address)]) / upper)


def corresponding(home_address, care_of, upper, left=1):
    """A packet of a correspondent (RFC 6275 6.4)."""
    return (inet6.IPv6(src=CORRESPONDENT, dst=care_of)
            / inet6.IPv6ExtHdrRouting(type=2, segleft=left, addresses=[home_address]) / upper)


def same(packet, expected):
    """Whether all octets are the same but those of the Hop Limit and the Flow Label."""
    expected.fl, expected.hlim = packet.fl, packet.hlim
    return bytes(packet) == bytes(expected)


@pytest.fixture(scope="module")
def correspondent():
    with kernel_at("muc", CORRESPONDENT) as made:
        mip6.correspond(made[0], CORRESPONDENT, HOME_ADDRESS, CARE_OF)
        yield made


@pytest.fixture(scope="module")
def mobile_node():
    with kernel_at("mum", CARE_OF) as made:
        mip6.be_mobile(made[0], HOME_ADDRESS, CARE_OF, CORRESPONDENT)
        yield made


def request(home_address, care_of, number):
    return mobile(home_address, care_of,
                  inet6.ICMPv6EchoRequest(id=number, seq=1, data=b"0123456789"))


def test_correspondent(correspondent):
    """Takes the Home Address option, and answers by a type 2 routing header. tshark sees both."""
    kernel, wire, capture = correspondent
    before = mip6.refused(kernel)
    wire.send(request(HOME_ADDRESS, CARE_OF, 7))
    reply = wire.receive(lambda packet: inet6.ICMPv6EchoReply in packet)
    assert same(reply, corresponding(HOME_ADDRESS, CARE_OF,
                                     inet6.ICMPv6EchoReply(id=7, seq=1, data=b"0123456789")))
    assert mip6.refused(kernel) == before
    words = ("-Y", "icmpv6.echo.identifier == 7", "-T", "fields", "-e",
             "ipv6.opt.mipv6.home_address", "-e", "ipv6.routing.mipv6.home_address")
    seen = netns.wait_for("capture", lambda: len(packets.tshark(capture, *words)) == 2
                          and packets.tshark(capture, *words), 5)
    assert [line.split("\t") for line in seen] == [[HOME_ADDRESS, ""], ["", HOME_ADDRESS]]


@pytest.mark.parametrize("home_address, care_of", [(HOME_ADDRESS, OTHER), (OTHER, CARE_OF)],
                         ids=["another care-of address", "another home address"])
def test_correspondent_refuses(correspondent, home_address, care_of):
    """RFC 6275 9.3.1: what is not bound."""
    kernel, wire, _ = correspondent
    before = mip6.refused(kernel).get("XfrmInNoStates", 0)
    wire.send(request(home_address, care_of, 8))
    assert wire.receive(lambda packet: inet6.ICMPv6EchoReply in packet, 0.5) is None
    assert mip6.refused(kernel)["XfrmInNoStates"] == before + 1


def pinged(kernel, wire, answer):
    """Lets the mobile node ping, and answers with answer(echo reply): (the request, whether ping
    understood the answer)."""
    job = kernel.start("ping", "-n", "-c", "1", "-W", "2", "-I", HOME_ADDRESS, CORRESPONDENT)
    asked = wire.receive(lambda packet: inet6.ICMPv6EchoRequest in packet, 10)
    echo = asked[inet6.ICMPv6EchoRequest]
    wire.send(answer(inet6.ICMPv6EchoReply(id=echo.id, seq=echo.seq, data=echo.data)))
    return asked, job.wait(check=False).returncode == 0


def test_mobile_node(mobile_node):
    """Sends a Home Address option, and takes a type 2 routing header."""
    kernel, wire, _ = mobile_node
    before = mip6.refused(kernel)
    asked, understood = pinged(kernel, wire,
                               lambda reply: corresponding(HOME_ADDRESS, CARE_OF, reply))
    echo = asked[inet6.ICMPv6EchoRequest]
    assert same(asked, mobile(HOME_ADDRESS, CARE_OF, inet6.ICMPv6EchoRequest(
        id=echo.id, seq=echo.seq, data=echo.data)))
    assert understood
    assert mip6.refused(kernel) == before


@pytest.mark.parametrize("answer", [
    lambda reply: corresponding(OTHER, CARE_OF, reply),
    lambda reply: corresponding(HOME_ADDRESS, CARE_OF, reply, left=2),
    lambda reply: corresponding(HOME_ADDRESS, OTHER, reply),
], ids=["another home address", "two segments left", "another care-of address"])
def test_mobile_node_refuses(mobile_node, answer):
    """RFC 6275 11.3.3."""
    kernel, wire, _ = mobile_node
    assert not pinged(kernel, wire, answer)[1]
