# SPDX-License-Identifier: BSD-2-Clause
"""A mobile node made of scapy: it speaks to our home agent from the mobile node's links. What it
sends follows the documents, not src/; so does what it understands."""
import contextlib
import hashlib
import hmac
import socket
import time

import scapy_mip6 as mip6
from scapy.layers import inet6
from topology import HOME_ADDRESS, HOME_AGENT, KEY, SPI
from wire import Wire, keep_kernel_quiet

NTP_TO_UNIX = 2208988800
AUTHENTICATOR_OCTETS = 12
UPDATE_FLAGS = 0x60  # A and H, of scapy's seven bits
OVERWRITE = mip6.BU_RESERVED_OVERWRITE


def packed(address):
    return socket.inet_pton(socket.AF_INET6, address)


def ntp(when=None):
    """RFC 4285 6, RFC 5905 6: the time in units of 2^-32 s since 1900."""
    return int(((time.time() if when is None else when) + NTP_TO_UNIX) * 2**32)


def binding(bid, care_of=None, priority=None):
    """A Binding Identifier option. The priority is RFC 6089 4.1's; the BID's number unless given."""
    return mip6.MIP6OptBID(bid=bid, priority=bid % 128 if priority is None else priority,
                           coa6=care_of)


def update(source, options, sequence, *, key=KEY, lifetime=60, reserved=OVERWRITE,
           home_address=HOME_ADDRESS, timestamp=None, authenticated=None, spi=SPI,
           home_agent=HOME_AGENT, flags=UPDATE_FLAGS):
    """A whole Binding Update as octets. `lifetime` in seconds. `authenticated`: the care-of address
    of the authenticator, the source unless given."""
    options = list(options) + [mip6.MIP6OptReplayProtection(timestamp=timestamp or ntp()),
                               mip6.MIP6OptMsgAuth(mspi=spi)]
    packet = (inet6.IPv6(src=source, dst=home_agent)
              / inet6.IPv6ExtHdrDestOpt(options=[inet6.HAO(hoa=home_address)])
              / inet6.MIP6MH_BU(seq=sequence, flags=flags, reserved=reserved,
                                mhtime=lifetime // 4, cksum=0, options=options))
    octets = bytearray(bytes(packet))
    start = len(octets) - len(bytes(packet[inet6.MIP6MH_BU]))
    header = octets[start:]
    header[4:6] = b"\0\0"
    begin = header.rindex(b"\x09\x11\x01" + spi.to_bytes(4, "big")) + 7
    header[begin:begin + AUTHENTICATOR_OCTETS] = authenticator(
        key, authenticated or source, home_address, bytes(header[:begin]))
    header[4:6] = inet6.in6_chksum(135, packet[inet6.MIP6MH_BU].underlayer, bytes(header)).to_bytes(2, "big")
    octets[start:] = header
    return bytes(octets)


def authenticator(key, care_of, home_address, octets):
    """RFC 4285 5.1: up to and with the SPI, checksum zero."""
    text = packed(care_of) + packed(home_address) + octets
    return hmac.new(bytes.fromhex(key), text, hashlib.sha1).digest()[:AUTHENTICATOR_OCTETS]


def verified(acknowledgement, care_of, key=KEY):
    """Whether an acknowledgement's authenticator is right."""
    octets = bytearray(bytes(acknowledgement[inet6.MIP6MH_BA]))
    octets[4:6] = b"\0\0"
    begin = octets.rindex(b"\x09\x11\x01" + SPI.to_bytes(4, "big")) + 7
    return octets[begin:begin + AUTHENTICATOR_OCTETS] == authenticator(
        key, care_of, HOME_ADDRESS, bytes(octets[:begin]))


def alone(each, bid, sequence, **more):
    """An update for one binding that leaves the others as they are."""
    return update(each.care_of, [binding(bid, each.care_of)], sequence, reserved=0, **more)


class Peer(Wire):
    """One link of the mobile node."""

    def __init__(self, world, link):
        super().__init__(world.mn, link.name)
        self.care_of = world.care_of_address(link)

    def exchange(self, octets, seconds=2.0):
        """Sends a Binding Update; its acknowledgement, or None."""
        self.send(octets)
        return self.receive(lambda packet: inet6.MIP6MH_BA in packet, seconds)

    def tunnel(self, inner, source=None):
        """Sends a packet in IPv6, to the home agent."""
        self.send(bytes(inet6.IPv6(src=source or self.care_of, dst=HOME_AGENT, nh=41) / inner))


def statuses(acknowledgement):
    """{BID: status} of an acknowledgement."""
    return {option.bid: option.status for option in acknowledgement[inet6.MIP6MH_BA].options
            if isinstance(option, mip6.MIP6OptBID)}


@contextlib.contextmanager
def on_each_link(world):
    """The home agent runs; a Peer on each link of the mobile node."""
    world.home_agent.start()
    keep_kernel_quiet(world.mn)
    with contextlib.ExitStack() as made:
        yield [made.enter_context(contextlib.closing(Peer(world, link))) for link in world.links]


def registered(world):
    return {(b["bid"], b["care_of_address"]) for b in world.home_agent.bindings()}


def forwards(world, each):
    """Whether a packet to the home address comes by the care-of address of that peer."""
    probe = world.cn.start("ping", "ping", "-n", "-c", "1", "-w", "1", HOME_ADDRESS)
    found = each.receive(lambda packet: packet.dst == each.care_of and packet.nh == 41
                         and inet6.ICMPv6EchoRequest in packet)
    probe.stop()
    return found is not None
