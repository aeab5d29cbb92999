# SPDX-License-Identifier: BSD-2-Clause
"""A mobile node made by hand, as a correspondent meets it: return_routability.py on the links of the
tests' mobile node."""
import peer
from return_routability import MobileNode
from scapy.layers import inet6
from scapy_mip6 import mobility_header
from topology import CORRESPONDENT, HOME_ADDRESS

HOME_TEST_INIT, CARE_OF_TEST_INIT, HOME_TEST, CARE_OF_TEST, UPDATE, ACKNOWLEDGEMENT, ERROR = range(1, 8)
NEXT_HEADER = 135


def raw_message(kind, body, source, destination):
    """A Mobility Header of these octets, with its checksum."""
    octets = bytearray(bytes([59, (len(body) + 6) // 8 - 1, kind, 0, 0, 0]) + body)
    assert len(octets) % 8 == 0
    bare = inet6.IPv6(src=source, dst=destination, nh=NEXT_HEADER)
    octets[4:6] = inet6.in6_chksum(NEXT_HEADER, bare, bytes(octets)).to_bytes(2, "big")
    return bytes(octets)


class Mobile(peer.Peer):
    """One link of the mobile node: what it says to the correspondent, and hears of it."""

    def __init__(self, world, link):
        super().__init__(world, link)
        self.node = MobileNode(HOME_ADDRESS, CORRESPONDENT)

    def hear(self, kinds, seconds=2.0, tunnelled=False):
        """The next packet with a Mobility Header of one of these types, out of the tunnel or not."""
        def wanted(packet):
            message = mobility_header(packet)
            return message is not None and message.mhtype in kinds and (packet.nh == 41) == tunnelled
        packet = self.receive(wanted, seconds)
        return packet[inet6.IPv6:2] if packet is not None and tunnelled else packet

    def test(self, address, bid=None, seconds=2.0):
        """A Home Test Init through the tunnel, or a Care-of Test Init; the answer, or None."""
        init = self.node.init(address, bid)
        home = address == HOME_ADDRESS
        if home:
            self.tunnel(init)
        else:
            self.send(init)
        packet = self.hear([HOME_TEST if home else CARE_OF_TEST], seconds, tunnelled=home)
        if packet is not None and self.node.answers(packet, address):
            self.node.learn(packet, address)
        return packet
