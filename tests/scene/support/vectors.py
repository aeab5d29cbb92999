#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes vectors.h: an authenticated Binding Update and the acknowledgement that it is due.

Written from RFC 6275 6.1, 6.3, 6.4, RFC 5648 4.3 and RFC 4285 5.1 with hmac and struct alone, so
that the C code is held against something that shares nothing with it.

    vectors.py > vectors.h
"""

import hashlib
import hmac
import ipaddress
import struct

HOME_AGENT, HOME, CARE_OF = (ipaddress.ip_address(text).packed for text in (
    "2001:db8:1::1", "2001:db8:1::100", "2001:db8:2::100"))
KEY = b"0123456789abcdef"
SPI = 1000
MH = 135


def checksum(source, destination, message):
    data = source + destination + struct.pack("!II", len(message), MH) + message
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def message(mh_type, body, source, destination, care_of):
    """body ends where the authentication option begins; that option ends the message."""
    length = 6 + len(body) + 19
    assert length % 8 == 0
    start = struct.pack("!BBBBH", 59, length // 8 - 1, mh_type, 0, 0) + body
    start += struct.pack("!BBBI", 9, 17, 1, SPI)
    mac = hmac.new(KEY, care_of + HOME + start, hashlib.sha1).digest()[:12]
    whole = start + mac
    return whole[:4] + struct.pack("!H", checksum(source, destination, whole)) + whole[6:]


def pad(octets):
    return b"\0" if octets == 1 else struct.pack("!BB", 1, octets - 2) + bytes(octets - 2)


def ipv6(source, destination, next_header, payload):
    return struct.pack("!IHBB", 6 << 28, len(payload), next_header, 64) + source + destination \
        + payload


def update():
    """Sequence 1, A H O, 600 s, BID 1 at the care-of address."""
    body = struct.pack("!HHH", 1, 0xc040, 150)
    body += pad(6) + struct.pack("!BBHBB", 35, 20, 1, 0, 0) + CARE_OF  # at 18 = 8n + 2
    body += pad(5)  # authentication at 45 = 8n + 5
    extension = struct.pack("!BBBBBBBB", MH, 2, 1, 2, 0, 0, 0xc9, 16) + HOME
    return ipv6(CARE_OF, HOME_AGENT, 60,
                extension + message(5, body, HOME, HOME_AGENT, CARE_OF))


def acknowledgement():
    """Status 0, sequence 1, 600 s, BID 1 without care-of address."""
    body = struct.pack("!BBHH", 0, 0, 1, 150)
    body += struct.pack("!BBHBB", 35, 4, 1, 0, 0)  # at 12 = 2n
    body += pad(3)  # authentication at 21 = 8n + 5
    extension = struct.pack("!BBBBI", MH, 2, 2, 1, 0) + HOME
    return ipv6(HOME_AGENT, CARE_OF, 43,
                extension + message(6, body, HOME_AGENT, HOME, CARE_OF))


def show(name, octets):
    print(f"static const uint8_t {name}[] = {{")
    for at in range(0, len(octets), 12):
        print("\t" + " ".join(f"0x{octet:02x}," for octet in octets[at:at + 12]))
    print("};")


print("/* SPDX-License-Identifier: BSD-2-Clause */")
print("/* Made by vectors.py, from the documents and Python's hmac alone. */")
print("#ifndef MONAMI_TESTS_SCENE_VECTORS_H\n#define MONAMI_TESTS_SCENE_VECTORS_H\n")
print("#include <stdint.h>\n")
show("vector_update", update())
print()
show("vector_acknowledgement", acknowledgement())
print("\n#endif")
