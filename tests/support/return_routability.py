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
    """A mobile node's state for one correspondent. It makes packets, and reads replies."""

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


class Correspondent:
    """The other side: answers packets, and keeps what a correspondent keeps. `identifiers`: whether
    it knows RFC 5648, or RFC 6275 alone."""

    def __init__(self, address, identifiers=True):
        self.address = address
        self.identifiers = identifiers
        self.kcn = os.urandom(20)
        self.nonces = {index: os.urandom(8) for index in os.urandom(2)}
        self.bindings = {}   # (home address, BID or 0): care-of address
        self.sequences = {}  # by home address

    def answer(self, packet):
        """The octets of the answer to a packet with a Mobility Header, or None."""
        message = mobility_header(packet)
        if packet.dst != self.address or not checksum_right(packet):
            return None
        if message.mhtype in (1, 2) and message.underlayer is packet:
            return bytes(self._test(packet, message))
        return self._binding(packet, message) if message.mhtype == 5 else None

    def _token(self, address, index, which):
        return keygen_token(self.kcn, address, self.nonces[index], which)

    def _test(self, packet, message):
        index = next(iter(self.nonces))
        token = self._token(packet.src, index, message.mhtype - 1)
        kind = inet6.MIP6MH_HoT if message.mhtype == 1 else inet6.MIP6MH_CoT
        return (inet6.IPv6(src=self.address, dst=packet.src)
                / kind(mhtype=message.mhtype + 2, index=index, cookie=message.cookie, token=token,
                       options=self._echoed(packet)))

    def _echoed(self, packet):
        return [mip6.MIP6OptBID(bid=option.bid) for option in options_of(packet, mip6.MIP6OptBID)
                if self.identifiers]

    def _binding(self, packet, message):
        """RFC 6275 9.5.1 as far as a mobile node that does all right needs it: anything else is
        silence."""
        home_address = next(option.hoa for option in packet[inet6.IPv6ExtHdrDestOpt].options
                            if isinstance(option, inet6.HAO))
        named = options_of(packet, mip6.MIP6OptBID) if self.identifiers else []
        bid, care_of = (named[0].bid, named[0].coa6 or packet.src) if named else (0, packet.src)
        nonces, = options_of(packet, mip6.MIP6OptNonceIndices)
        gone = message.mhtime == 0
        key = kbm(self._token(home_address, nonces.hni, 0),
                  b"" if gone else self._token(care_of, nonces.coni, 1))
        covered = home_address if gone else care_of
        last = self.sequences.get(home_address)
        if (not verified(packet, key, covered, self.address)
                or last is not None and (message.seq - last) % 0x10000 in (0, *range(0x8000, 0x10000))):
            return None
        self.sequences[home_address] = message.seq
        self._keep(home_address, bid, None if gone else care_of)
        answer = (inet6.IPv6(src=self.address, dst=packet.src)
                  / inet6.IPv6ExtHdrRouting(type=2, segleft=1, addresses=[home_address])
                  / inet6.MIP6MH_BA(status=0, flags=0, res2=0, seq=message.seq, mhtime=message.mhtime,
                                    options=[*self._echoed(packet), mip6.MIP6OptBindingAuthData()]))
        return sealed(answer, key, covered, self.address)

    def _keep(self, home_address, bid, care_of):
        if bid == 0:
            self.bindings = {key: value for key, value in self.bindings.items()
                             if key[0] != home_address}
        self.bindings.pop((home_address, bid), None)
        if care_of:
            self.bindings[home_address, bid] = care_of
