# SPDX-License-Identifier: BSD-2-Clause
"""Return routability computed with Python's hmac and hashlib, from the text of RFC 6275 5.2.5 and
6.2.7 alone, and written as a C header: what test_binding_key.c expects."""
import hashlib
import hmac
import ipaddress
import struct
import sys

HOME_ADDRESS, CARE_OF, CORRESPONDENT = "2001:db8:1::100", "2001:db8:2::100", "2001:db8:3::1"
KCN = bytes(range(20))
HOME_NONCE, CARE_OF_NONCE = bytes(range(1, 9)), bytes(range(0x11, 0x19))
UPDATES = ((1, 0, False), (2, 1, False), (2, 1, True))  # sequence, BID, with its address

# Results of other programs (two scripts, and tshark for the fields): this one must agree.
HOME_TOKEN, CARE_OF_TOKEN = "37ef3c8eb202a6f2", "679d55df5ccf62c2"
KBM = "3ead17bc8a6576c9dbce5c84dcffb363810e4774"
KBM_DELETE = "6c3b94a5418044de64b5849ee76347b0578e11c6"
MESSAGES = (
    "3b0305009ce6000180000069040400010002050cf9ffc10c4982c99a456e28e2",
    "3b04050000d50002800000690404000100022304000100000100050c51a16c6a7a409d1b1b4ac3ca",
    "3b060500739300028000006904040001000223140001000020010db80002000000000000000001000100050c"
    "c6406566005d3d7dfc63acfb",
)


def packed(text):
    return ipaddress.IPv6Address(text).packed


def token(address, nonce, kind):
    return hmac.new(KCN, packed(address) + nonce + bytes([kind]), hashlib.sha1).digest()[:8]


def checksum(message):
    pseudo = packed(HOME_ADDRESS) + packed(CORRESPONDENT) + struct.pack("!IHBB", len(message), 0, 0,
                                                                        135)
    words = struct.unpack(f"!{(len(pseudo) + len(message)) // 2}H", pseudo + message)
    total = sum(words)
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def update(kbm, sequence, bid, with_address):
    """Options in the order of their types but for the last, each aligned by hand."""
    body = struct.pack("!HHH", sequence, 0x8000, 105)
    options = struct.pack("!BBHH", 4, 4, 1, 2)
    if bid and not with_address:
        options += struct.pack("!BBHBB", 35, 4, bid, 0, 0)
    elif bid:
        options += struct.pack("!BBHBB", 35, 20, bid, 0, 0) + packed(CARE_OF)
    # 6.2.7: the length of the message is a multiple of eight when twelve octets end it
    padding = -(6 + len(body) + len(options) + 14) % 8
    if padding == 1:
        options += bytes(1)
    elif padding:
        options += bytes([1, padding - 2]) + bytes(padding - 2)
    options += bytes([5, 12])
    whole = 6 + len(body) + len(options) + 12
    head = struct.pack("!BBBBH", 59, whole // 8 - 1, 5, 0, 0) + body + options
    mac = hmac.new(kbm, packed(CARE_OF) + packed(CORRESPONDENT) + head, hashlib.sha1).digest()[:12]
    message = head + mac
    return message[:4] + struct.pack("!H", checksum(message)) + message[6:]


def array(name, octets):
    return f"static const uint8_t {name}[] = {{{', '.join(map(hex, octets))}}};\n"


def main():
    home, care_of = token(HOME_ADDRESS, HOME_NONCE, 0), token(CARE_OF, CARE_OF_NONCE, 1)
    kbm = hashlib.sha1(home + care_of).digest()
    assert (home.hex(), care_of.hex()) == (HOME_TOKEN, CARE_OF_TOKEN)
    assert (kbm.hex(), hashlib.sha1(home).hexdigest()) == (KBM, KBM_DELETE)
    text = "/* Made by binding_key_vectors.py. */\n#include <stdbool.h>\n#include <stdint.h>\n"
    for name, address in (("HOME_ADDRESS", HOME_ADDRESS), ("CARE_OF", CARE_OF),
                          ("CORRESPONDENT", CORRESPONDENT)):
        text += f'#define VECTOR_{name} "{address}"\n'
    text += f"#define VECTOR_HOME_TOKEN UINT64_C(0x{home.hex()})\n"
    text += f"#define VECTOR_CARE_OF_TOKEN UINT64_C(0x{care_of.hex()})\n"
    text += array("vector_kcn", KCN) + array("vector_home_nonce", HOME_NONCE)
    text += array("vector_care_of_nonce", CARE_OF_NONCE) + array("vector_kbm", kbm)
    text += array("vector_kbm_delete", hashlib.sha1(home).digest())
    text += ("struct vector {\n\tuint16_t sequence;\n\tuint16_t bid;\n\tbool has_care_of;\n"
             "\tunsigned length;\n\tuint8_t octets[64];\n};\n"
             "static const struct vector vectors[] = {\n")
    for (sequence, bid, with_address), expected in zip(UPDATES, MESSAGES):
        octets = update(kbm, sequence, bid, with_address)
        assert octets.hex() == expected, octets.hex()
        text += (f"\t{{{sequence}, {bid}, {str(with_address).lower()}, {len(octets)}, "
                 f"{{{', '.join(map(hex, octets))}}}}},\n")
    with open(sys.argv[1], "w", encoding="ascii") as file:
        file.write(text + "};\n")


main()
