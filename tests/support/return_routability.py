# SPDX-License-Identifier: BSD-2-Clause
"""Return routability by the documents alone (RFC 6275 5.2, 6.2.7), with hmac and hashlib: not by
anything in src/. Messages are scapy's, as octets of a Mobility Header or as whole packets."""
import hashlib
import hmac
import os
import socket

import scapy_mip6 as mip6
from scapy.layers import inet6
from scapy_mip6 import mobility_checksum, mobility_header

ACKNOWLEDGE = 0x40  # of scapy's seven bits of flags
OVERWRITE = mip6.BU_RESERVED_OVERWRITE
AUTHENTICATOR_OCTETS = 12
LIFETIME_UNIT = 4
CHECKSUM = slice(4, 6)


def packed(address):
    return socket.inet_pton(socket.AF_INET6, address)


def sha1(octets):
    return hashlib.sha1(octets).digest()


def keygen_token(kcn, address, nonce, which):
    """RFC 6275 5.2.5; `which` is 0 (home) or 1 (care-of)."""
    return hmac.new(kcn, packed(address) + nonce + bytes([which]), hashlib.sha1).digest()[:8]


def kbm(home_token, care_of_token=b""):
    """The binding management key; without a care-of token, for a de-registration."""
    return sha1(home_token + care_of_token)


def authenticator(key, care_of, correspondent, octets):
    """RFC 6275 6.2.7: of a Mobility Header up to (and without) the authenticator itself."""
    octets = bytearray(octets)
    octets[CHECKSUM] = b"\0\0"
    text = packed(care_of) + packed(correspondent) + octets
    return hmac.new(key, text, hashlib.sha1).digest()[:AUTHENTICATOR_OCTETS]


def binding_update(options, sequence, lifetime, *, flags=ACKNOWLEDGE, reserved=0):
    """scapy's message; `lifetime` in seconds."""
    return inet6.MIP6MH_BU(seq=sequence, flags=flags, reserved=reserved,
                           mhtime=lifetime // LIFETIME_UNIT, options=options)


def sealed(packet, key, care_of, correspondent):
    """The packet's octets, where the last 12 are the authenticator, and the checksum is right."""
    octets = bytearray(bytes(packet))
    start = len(octets) - len(bytes(mobility_header(packet)))
    octets[-AUTHENTICATOR_OCTETS:] = authenticator(key, care_of, correspondent,
                                                   octets[start:-AUTHENTICATOR_OCTETS])
    octets[start + 4:start + 6] = mobility_checksum(inet6.IPv6(bytes(octets))).to_bytes(2, "big")
    return bytes(octets)


def checksum_right(packet):
    return mobility_header(packet).cksum == mobility_checksum(packet)


def verified(packet, key, care_of, correspondent):
    """Whether the packet's last option is Binding Authorization Data, nothing is behind it, and it
    is right."""
    message = mobility_header(packet)
    options = message.options
    if not options or not isinstance(options[-1], mip6.MIP6OptBindingAuthData):
        return False
    header = bytes(message)
    if len(header) != (header[1] + 1) * 8:
        return False
    return header[-AUTHENTICATOR_OCTETS:] == authenticator(key, care_of, correspondent,
                                                           header[:-AUTHENTICATOR_OCTETS])


def options_of(packet, kind):
    return [option for option in mobility_header(packet).options
            if isinstance(option, kind)]


class MobileNode:
    """What a mobile node keeps for one correspondent. It makes packets, and reads answers."""

    def __init__(self, home_address, correspondent):
        self.home_address = home_address
        self.correspondent = correspondent
        self.cookies = {}
        self.tokens = {}   # by address: (token, nonce index)

    def init(self, address, bid=None):
        """Home Test Init from the home address, Care-of Test Init from others (RFC 6275 6.1.3,
        6.1.4; with a Binding Identifier, RFC 5648 4.3)."""
        cookie = self.cookies[address] = os.urandom(8)
        kind, mhtype = ((inet6.MIP6MH_HoTI, 1) if address == self.home_address
                        else (inet6.MIP6MH_CoTI, 2))  # scapy builds a CoTI with type 1
        options = [] if bid is None else [mip6.MIP6OptBID(bid=bid)]
        return (inet6.IPv6(src=address, dst=self.correspondent)
                / kind(mhtype=mhtype, cookie=cookie, options=options))

    def answers(self, packet, address):
        """Whether the packet is the Test to the last Init from this address (6.1.5, 6.1.6)."""
        kind = inet6.MIP6MH_HoT if address == self.home_address else inet6.MIP6MH_CoT
        message = packet.getlayer(kind)
        return (message is not None and type(message) is kind and packet.dst == address
                and packet.src == self.correspondent
                and bytes(message.cookie) == self.cookies[address])

    def learn(self, packet, address):
        message = mobility_header(packet)
        self.tokens[address] = (bytes(message.token), message.index)

    def key(self, care_of):
        """Kbm for this care-of address; None: for de-registrations."""
        home_token = self.tokens[self.home_address][0]
        return kbm(home_token, self.tokens[care_of][0] if care_of else b"")

    def update(self, care_of, sequence, lifetime=400, *, options=(), key=None, source=None,
               indices=None, authenticated=None, **more):
        """A Binding Update for a care-of address, as octets. `authenticated`: the address that the
        authenticator is made with, if it is another."""
        gone = lifetime == 0
        key = key or self.key(None if gone else care_of)
        if indices is None:
            indices = (self.tokens[self.home_address][1],
                       0 if gone else self.tokens[care_of][1])
        options = [mip6.MIP6OptNonceIndices(hni=indices[0], coni=indices[1]), *options,
                   mip6.MIP6OptBindingAuthData()]
        packet = (inet6.IPv6(src=source or care_of, dst=self.correspondent)
                  / inet6.IPv6ExtHdrDestOpt(options=[inet6.HAO(hoa=self.home_address)])
                  / binding_update(options, sequence, lifetime, **more))
        return sealed(packet, key, authenticated or (self.home_address if gone else care_of),
                      self.correspondent)

    def believes(self, packet, care_of, gone=False):
        """Whether the acknowledgement's authenticator is right; that of the update's key."""
        return verified(packet, self.key(None if gone else care_of),
                        self.home_address if gone else care_of, self.correspondent)
