# SPDX-License-Identifier: BSD-2-Clause
"""Random and mutated messages as octets, from the figures of the documents and by no codec.

Mobility Headers (RFC 6275 6.1, 6.2; RFC 5648 4.3; RFC 4283, 4285, 5568) and ICMPv6 (RFC 6275 6.5 to
6.8 and 7). The same seed gives the same messages.
"""

import random

# Octets between the checksum and the options, of each message: RFC 6275 6.1.2 to 6.1.9.
FIXED = {0: 2, 1: 10, 2: 10, 3: 18, 4: 18, 5: 6, 6: 6, 7: 18}
# Lengths that the options have: those that can be, some of them more often.
LENGTHS = {2: [2], 3: [16], 4: [4], 5: [12, 12, 12, 1, 20], 7: [7, 7, 1, 3, 9], 8: [2, 16, 16, 30, 250],
           9: [17, 17, 17, 6, 37], 10: [8], 35: [4, 4, 8, 20, 20]}
# n and m of the places n * i + m where options stand.
ALIGNED = {2: (2, 0), 3: (8, 6), 4: (2, 0), 9: (4, 1), 10: (8, 2)}
KNOWN = [2, 3, 4, 7, 8, 9, 10, 35, 35, 35]
# Options that ours does not know, but for RFC 6089's; of those whose length others know, few.
OTHERS = [6, 11, 15, 22, 29, 44, 44, 44, 45] + 9 * [13, 99, 200, 254]
# Octets that are types, lengths or limits somewhere.
TELLING = [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 20, 35, 59, 63, 64, 127, 128, 129, 255]


def padding(rng, length, tidy):
    """So many octets of Pad1 and PadN (RFC 6275 6.2.2, 6.2.3)."""
    octets = b""
    while len(octets) < length:
        left = length - len(octets)
        if left == 1 or (not tidy and rng.random() < 0.2):
            octets += b"\0"
        else:
            some = left if tidy else rng.randint(2, left)
            content = bytes(some - 2) if tidy else rng.randbytes(some - 2)
            octets += bytes([1, some - 2]) + content
    return octets


def option(rng, kind, length=None):
    if length is None:
        length = rng.choice(LENGTHS[kind]) if kind in LENGTHS else rng.randint(0, 20)
        if rng.random() < 0.03:
            length = rng.choice([0, 1, 2, 3, 5, 6, 7, 15, 17, 19, 21, rng.randint(0, 60)])
    content = bytearray(rng.randbytes(length))
    if kind == 35 and length >= 3 and rng.random() < 0.5:
        content[0] = content[2] = 0
    return bytes([kind, length]) + bytes(content)


def place(rng, kind, one):
    if kind == 35:
        return (8, 2) if one[1] > 4 else (2, 0)
    return ALIGNED.get(kind, (1, 0))


def options(rng, at):
    """The options of a message that begin at this offset, up to a multiple of eight."""
    octets = b""
    tidy = rng.random() < 0.6
    for _ in range(min(int(rng.expovariate(0.5)), 12)):
        kind = rng.choice(KNOWN if rng.random() < 0.85 else OTHERS)
        one = option(rng, kind)
        n, m = place(rng, kind, one) if tidy else (1, 0)
        octets += padding(rng, (m - at - len(octets)) % n, tidy)
        if not tidy and rng.random() < 0.2:
            octets += padding(rng, rng.randint(0, 9), False)
        octets += one
    if rng.random() < 0.15:
        last = option(rng, 5)
        # RFC 6275 6.2.7: the last one, without padding behind it
        octets += padding(rng, -(at + len(octets) + len(last)) % 8, tidy) + last
    return octets + padding(rng, -(at + len(octets)) % 8, tidy)


def well_formed(rng):
    kind = rng.choice([0, 1, 2, 3, 4, 5, 5, 5, 5, 6, 6, 6, 7])
    fixed = bytearray(rng.randbytes(FIXED[kind]))
    octets = bytes([59, 0, kind, 0, 0, 0]) + bytes(fixed)
    octets = bytearray(octets + options(rng, len(octets)))
    octets[1] = len(octets) // 8 - 1 & 0xff
    return octets


def mutate(rng, octets, keep):
    """Changes one thing; the first `keep` octets stay."""
    at = rng.randrange(keep, len(octets)) if len(octets) > keep else keep
    how = rng.randrange(7)
    if at >= len(octets):
        octets += rng.randbytes(8)
    elif how == 0:
        octets[at] ^= 1 << rng.randrange(8)
    elif how in (1, 2):
        octets[at] = rng.choice(TELLING)
    elif how == 3:
        del octets[at:]
    elif how == 4:
        octets += rng.randbytes(rng.randint(1, 16))
    elif how == 5:
        octets[at:at] = octets[at:at + rng.randint(1, 24)]
    else:
        del octets[at:at + rng.randint(1, 8)]
    return octets


def mobility_header(rng):
    octets = well_formed(rng)[:2048]
    if rng.random() < 0.5:
        return bytes(octets)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        part = rng.random()
        if part < 0.08:
            octets[2] = rng.choice([*range(8), 8, 16, 99, 255])
        elif part < 0.16:
            octets[1] = rng.choice([octets[1] + 1 & 0xff, octets[1] - 1 & 0xff, 0, 1, 255])
        elif part < 0.2:
            octets[0] = rng.choice([0, 58, 135, 255])
        else:
            octets = mutate(rng, octets, 6)
    return bytes(octets[:2048])


# ---- ICMPv6 ----

ND_LENGTHS = {1: 8, 2: 8, 3: 32, 5: 8, 7: 8, 8: 8}


def nd_option(rng):
    kind = rng.choice([1, 3, 3, 3, 7, 8, 5, 2, 99])
    length = ND_LENGTHS.get(kind, 8 * rng.randint(1, 4))
    if rng.random() < 0.03:
        length = 8 * rng.randint(0, 5)
    content = bytearray(rng.randbytes(max(length - 2, 6)))
    if kind == 3 and rng.random() < 0.9:
        content[0] = rng.choice([0, 48, 64, 64, 128])
    return bytes([kind, length // 8]) + bytes(content)


def icmpv6(rng):
    """A message with a checksum of zero: RFC 6275 6.5 to 6.8, and the 7 of Router Advertisements."""
    kind = rng.choice([134, 144, 145, 146, 147])
    octets = bytes([kind, 0, 0, 0]) + rng.randbytes(12 if kind == 134 else 4)
    if kind == 145:
        octets += rng.randbytes(16 * rng.choice([0, 1, 2, 3, 77, 78, 79]))
    elif kind != 144:
        octets += b"".join(nd_option(rng) for _ in range(rng.choice([0, 1, 1, 2, 3, 4, 18])))
    if rng.random() < 0.4:
        octets = mutate(rng, bytearray(octets), 4)
    if rng.random() < 0.03:
        octets = octets[:1] + b"\1" + octets[2:]
    return bytes(octets[:1400])


def generator(*seed):
    return random.Random("/".join(map(str, seed)))
