# SPDX-License-Identifier: BSD-2-Clause
"""Direct packets that are not of the plain form, written octet by octet, to our correspondent's own
kernel: extension headers and options that RFC 8200 4.1 and RFC 6275 6.3 allow beside a Home Address
option, fragments, and type 2 routing headers that are not for it. The network is that of
test_correspondent_with_scapy.py."""
import ipaddress
import struct

import pytest
from scapy.layers import inet6
from scapy.utils import checksum
from test_correspondent_with_scapy import (                     # noqa: F401
    CORRESPONDENT, HOME_ADDRESS, SILENCE, WIFI, authorized, bound, node)

HOP_BY_HOP, ROUTING, FRAGMENT, ICMPV6, DESTINATION = 0, 43, 44, 58, 60
STRANGER = "2001:db8:1::bad"
PIECE = 400


def octets_of(address):
    return ipaddress.IPv6Address(address).packed


def padding(behind):
    """RFC 8200 4.2: options that are padding."""
    return bytes([behind, 0, 1, 4, 0, 0, 0, 0])


def option(behind):
    """RFC 6275 6.3, in its plain form."""
    return bytes([behind, 2, 1, 2, 0, 0, 201, 16]) + octets_of(HOME_ADDRESS)


def options(behind):
    """Between two others that are skipped by who does not know them (RFC 4727)."""
    return (bytes([behind, 3, 30, 2, 1, 2, 201, 16]) + octets_of(HOME_ADDRESS)
            + bytes([30, 6, 1, 2, 3, 4, 5, 6]))


def routing(behind, address, left):
    """RFC 6275 6.4.1"""
    return bytes([behind, 2, 2, left, 0, 0, 0, 0]) + octets_of(address)


def used_up(behind):
    """RFC 8200 4.4: a routing header of an unknown type, with nothing left."""
    return bytes([behind, 0, 7, 0, 0, 0, 0, 0])


# The IPv6 header's Next Header, and what comes before `behind`.
FORMS = {
    "plain": lambda behind: (DESTINATION, option(behind)),
    "hop-by-hop": lambda behind: (HOP_BY_HOP, padding(DESTINATION) + option(behind)),
    "destination": lambda behind: (DESTINATION, padding(DESTINATION) + option(behind)),
    "both": lambda behind: (HOP_BY_HOP, padding(DESTINATION) + padding(DESTINATION) + option(behind)),
    "routing": lambda behind: (ROUTING, used_up(DESTINATION) + option(behind)),
    "options": lambda behind: (DESTINATION, options(behind)),
}


def packet(first, payload, source=WIFI):
    return (struct.pack("!IHBB", 6 << 28, len(payload), first, 64) + octets_of(source)
            + octets_of(CORRESPONDENT) + payload)


def echo(number, octets=16, source=HOME_ADDRESS):
    """An Echo Request, as the home address has written it."""
    body = struct.pack("!BBHHH", 128, 0, 0, number, 1) + bytes(range(256)) * (octets // 256 + 1)
    body = body[:8 + octets]
    pseudo = octets_of(source) + octets_of(CORRESPONDENT) + struct.pack("!II", len(body), ICMPV6)
    return body[:2] + struct.pack("!H", checksum(pseudo + body)) + body[4:]


def formed(form, number, source=WIFI):
    first, headers = FORMS[form](ICMPV6)
    return [packet(first, headers + echo(number), source)]


def fragmented(form, number, source=WIFI):
    """RFC 8200 4.5: the option is in each."""
    whole, made = echo(number, 3 * PIECE), []
    first, headers = FORMS[form](FRAGMENT)
    for at in range(0, len(whole), PIECE):
        more = at + PIECE < len(whole)
        fragment = struct.pack("!BBHI", ICMPV6, 0, at | more, number)
        made.append(packet(first, headers + fragment + whole[at:at + PIECE], source))
    return made


def answers(number):
    """The reply, or the first piece of it."""
    return lambda p: bytes(p).find(struct.pack("!HH", number, 1), 40) > 0 and (
        p.src == CORRESPONDENT and p.dst == WIFI and inet6.IPv6ExtHdrRouting in p)


def send(node, packets):
    for made in packets:
        node.wires[WIFI].send(made)


def anything(p):
    """Of the correspondent, but for Neighbour Discovery."""
    return p.src == CORRESPONDENT and not (p.nh == ICMPV6 and bytes(p)[40] in range(133, 138))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("write", [formed, fragmented])
# Shows RFC 6275 9.3.1-7, 9.3.1-8.
def test_every_form_is_delivered(bound, write, form):          # noqa: F811
    """RFC 6275 9.3.1: the kernel answers the home address, whose packet it was; the answer goes to the
    care-of address."""
    send(bound, write(form, 0x4b1d))
    answer = bound.wires[WIFI].receive(answers(0x4b1d))
    assert answer is not None
    assert answer[inet6.IPv6ExtHdrRouting].addresses == [HOME_ADDRESS]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("write", [formed, fragmented])
# Shows RFC 6275 9.3.1-3, 9.3.1-6.
def test_no_form_is_delivered_without_binding(authorized, write, form):    # noqa: F811
    """RFC 6275 9.3.1, 9.3.3: dropped, and a Binding Error for each; nothing else is heard of it, here or at
    the home address."""
    made = write(form, 0x4b1e)
    send(authorized, made)
    for _ in made:
        error = authorized.wires[WIFI].receive(anything)
        assert error is not None and inet6.MIP6MH_BE in error
        assert (error[inet6.MIP6MH_BE].status, error[inet6.MIP6MH_BE].ha) == (1, HOME_ADDRESS)
    assert authorized.wires[WIFI].receive(anything, SILENCE) is None
    assert authorized.wires[HOME_ADDRESS].receive(anything, 0.1) is None


@pytest.mark.parametrize("address", [CORRESPONDENT, HOME_ADDRESS, STRANGER])
@pytest.mark.parametrize("left", [0, 1, 2])
# Shows RFC 6275 8.2-3.
def test_routing_headers_are_dropped_silently(bound, left, address):       # noqa: F811
    """RFC 6275 6.4, 8.2: it is no mobile node. Neither delivered nor answered; with an option of somebody who
    has a binding too."""
    header = routing(ICMPV6, address, left)
    wire = bound.wires[WIFI]
    wire.send(packet(ROUTING, header + echo(0x4b1f, source=WIFI)))
    wire.send(packet(HOP_BY_HOP, padding(ROUTING) + header + echo(0x4b1f, source=WIFI)))
    wire.send(packet(ROUTING, routing(DESTINATION, address, left) + option(ICMPV6) + echo(0x4b1f)))
    wire.send(packet(DESTINATION, option(ROUTING) + header + echo(0x4b1f)))
    assert wire.receive(anything, SILENCE) is None
    send(bound, formed("plain", 0x4b20))
    assert wire.receive(answers(0x4b20)) is not None
