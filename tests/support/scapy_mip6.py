# SPDX-License-Identifier: BSD-2-Clause
"""Mobility options for scapy 2.5: those it lacks, and those it has wrong.

A second codec, written from the documents and not from src/wire: RFC 5648 4.3 (with RFC 6089 4.1),
RFC 4285 5 and 6, RFC 4283 3, RFC 5568 6.4.4, and RFC 6275 6.2.6 and 6.2.7 with their right lengths.
Importing this module registers the classes, so that scapy dissects them too.
"""

import struct

from scapy.fields import (
    BitField,
    ByteField,
    ConditionalField,
    FieldLenField,
    IntField,
    IP6Field,
    IPField,
    LongField,
    ShortField,
    StrLenField,
)
from scapy.layers import inet6

# scapy draws BU flags as seven named bits and nine reserved ones: these are of the reserved nine.
BU_RESERVED_OVERWRITE = 0x0040  # RFC 5648 4.2


class MIP6OptBID(inet6._MIP6OptAlign):
    """RFC 5648 4.3: Binding Identifier; give `coa6` or `coa4` for a care-of address."""

    name = "MIPv6 Option - Binding Identifier"
    fields_desc = [
        ByteField("otype", 35),
        ByteField("olen", None),
        ShortField("bid", 1),
        ByteField("status", 0),
        BitField("h", 0, 1),
        BitField("priority", 0, 7),  # RFC 6089 4.1; reserved in RFC 5648
        ConditionalField(IPField("coa4", None), lambda pkt: pkt.care_of_octets() == 4),
        ConditionalField(IP6Field("coa6", None), lambda pkt: pkt.care_of_octets() == 16),
    ]

    def care_of_octets(self):
        if self.olen is not None:
            return self.olen - 4
        if self.fields.get("coa6") is not None:
            return 16
        return 4 if self.fields.get("coa4") is not None else 0

    def post_build(self, packet, payload):
        if self.olen is None:
            packet = packet[:1] + struct.pack("B", len(packet) - 2) + packet[2:]
        return packet + payload

    # _MIP6OptAlign wants class attributes; this option's alignment depends on its content
    @property
    def x(self):
        return 8 if self.care_of_octets() else 2

    @property
    def y(self):
        return 2 if self.care_of_octets() else 0

    def meaning(self):
        """In the words of opts.def."""
        return {"bid": self.bid, "status": self.status, "flags": self.h << 7 | self.priority,
                "care_of": self.coa6 or self.coa4}


class MIP6OptBIDMalformed(inet6._MIP6OptAlign):
    """RFC 5648 6.2: of a length that it cannot have; its fields as far as they are there."""

    name = "MIPv6 Option - Binding Identifier of a wrong length"
    fields_desc = [
        ByteField("otype", 35),
        FieldLenField("olen", None, length_of="content", fmt="B"),
        StrLenField("content", b"", length_from=lambda pkt: pkt.olen),
    ]
    x, y = 2, 0

    def meaning(self):
        """In the words of opts.def."""
        bid, status, flags = (self.content[:2], self.content[2:3], self.content[3:4])
        return {"bid": int.from_bytes(bid, "big") if len(bid) == 2 else 0,
                "status": status[0] if status else 0, "flags": flags[0] if flags else 0,
                "care_of": "malformed"}


class MIP6OptNonceIndices(inet6._MIP6OptAlign):
    """RFC 6275 6.2.6; scapy's own says length 16."""

    name = "MIPv6 Option - Nonce Indices"
    fields_desc = [
        ByteField("otype", 4),
        ByteField("olen", 4),
        ShortField("hni", 0),
        ShortField("coni", 0),
    ]
    x, y = 2, 0


class MIP6OptBindingAuthData(inet6._MIP6OptAlign):
    """RFC 6275 6.2.7; scapy's own says length 16."""

    name = "MIPv6 Option - Binding Authorization Data"
    fields_desc = [
        ByteField("otype", 5),
        FieldLenField("olen", None, length_of="authenticator", fmt="B"),
        StrLenField("authenticator", b"\x00" * 12, length_from=lambda pkt: pkt.olen),
    ]
    x, y = 8, 2


class MIP6OptLinkLayerAddress(inet6._MIP6OptAlign):
    """RFC 5568 6.4.4; scapy's own is RFC 4068's, with a pad octet."""

    name = "MIPv6 Option - MH Link-Layer Address"
    fields_desc = [
        ByteField("otype", 7),
        FieldLenField("olen", None, length_of="lla", fmt="B", adjust=lambda pkt, x: x + 1),
        ByteField("ocode", 2),
        StrLenField("lla", b"", length_from=lambda pkt: pkt.olen - 1),
    ]
    x, y = 0, 0


class MIP6OptMNID(inet6._MIP6OptAlign):
    """RFC 4283 3."""

    name = "MIPv6 Option - Mobile Node Identifier"
    fields_desc = [
        ByteField("otype", 8),
        FieldLenField("olen", None, length_of="id", fmt="B", adjust=lambda pkt, x: x + 1),
        ByteField("subtype", 1),
        StrLenField("id", b"", length_from=lambda pkt: pkt.olen - 1),
    ]
    x, y = 0, 0


class MIP6OptMsgAuth(inet6._MIP6OptAlign):
    """RFC 4285 5."""

    name = "MIPv6 Option - Mobility Message Authentication"
    fields_desc = [
        ByteField("otype", 9),
        FieldLenField("olen", None, length_of="authdata", fmt="B", adjust=lambda pkt, x: x + 5),
        ByteField("subtype", 1),
        IntField("mspi", 256),
        StrLenField("authdata", b"\x00" * 12, length_from=lambda pkt: pkt.olen - 5),
    ]
    x, y = 4, 1


class MIP6OptReplayProtection(inet6._MIP6OptAlign):
    """RFC 4285 6."""

    name = "MIPv6 Option - Mesg-ID"
    fields_desc = [ByteField("otype", 10), ByteField("olen", 8), LongField("timestamp", 0)]
    x, y = 8, 2


def option_class(cls, _pkt=None, *_, **__):
    if _pkt and _pkt[0] == 35 and len(_pkt) > 1 and _pkt[1] not in (4, 8, 20):
        return MIP6OptBIDMalformed
    return inet6.moboptcls.get(_pkt[0], cls) if _pkt else cls


def mobility_header(packet):
    """The Mobility Header, whatever its type. scapy finds no layer by its base class unless told."""
    return packet.getlayer(inet6._MobilityHeader, _subclass=True)


def mobility_checksum(packet):
    """Of its Mobility Header, as it ought to be: over a pseudo-header with the home addresses of a
    Home Address option and of a routing header that is not at its end (RFC 6275 6.1.1, 11.3.1).
    scapy's own overlooks the option if there is padding before it in a packet that it dissected."""
    header = mobility_header(packet)
    octets = bytearray(bytes(header))
    octets = octets[:(octets[1] + 1) * 8]
    octets[4:6] = b"\0\0"
    layer = header.underlayer
    source = destination = None
    while not isinstance(layer, inet6.IPv6):
        if isinstance(layer, inet6.IPv6ExtHdrDestOpt):
            source = next((o.hoa for o in layer.options if isinstance(o, inet6.HAO)), source)
        elif isinstance(layer, inet6.IPv6ExtHdrRouting) and layer.segleft:
            destination = layer.addresses[-1]
        layer = layer.underlayer
    bare = inet6.IPv6(src=source or layer.src, dst=destination or layer.dst)
    return inet6.in6_chksum(135, bare, bytes(octets))


inet6.MIP6OptUnknown.dispatch_hook = classmethod(option_class)
inet6.moboptcls.update({
    4: MIP6OptNonceIndices,
    5: MIP6OptBindingAuthData,
    7: MIP6OptLinkLayerAddress,
    8: MIP6OptMNID,
    9: MIP6OptMsgAuth,
    10: MIP6OptReplayProtection,
    35: MIP6OptBID,
})
