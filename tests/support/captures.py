# SPDX-License-Identifier: BSD-2-Clause
"""Captures for tests that read files: equal in kind to those of tcpdump's and zeek's test suites.

Those belong to others. What is built here has the same messages, from the documents: each Mobility
Header message of RFC 6275 6.1, with and without options, a Home Address option, a type 2 routing
header, and messages that are wrong in the ways that made other programs read past the end
(CVE-2015-0261, CVE-2017-13009, CVE-2017-13023 to 13025). The folder MONAMI_CAPTURES, or
`shared/captures` beside the source tree, is read too where it is.
"""

import os
import tempfile

import scapy_mip6 as mip6
from scapy.layers.inet import UDP
from scapy.layers.inet6 import (
    HAO,
    ICMPv6MPAdv,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrRouting,
    MIP6MH_BA,
    MIP6MH_BE,
    MIP6MH_BRR,
    MIP6MH_BU,
    MIP6MH_CoT,
    MIP6MH_CoTI,
    MIP6MH_HoT,
    MIP6MH_HoTI,
    MIP6OptAltCoA,
    MIP6OptBRAdvice,
)
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.utils import PcapWriter

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OTHERS = os.environ.get("MONAMI_CAPTURES", os.path.join(os.path.dirname(ROOT), "shared", "captures"))

MOBILE_NODE, HOME_AGENT, HOME_ADDRESS = "2001:db8:2::100", "2001:db8:1::1", "2001:db8:1::100"
COOKIE, TOKEN = b"\1\2\3\4\5\6\7\x08", b"\x11\x12\x13\x14\x15\x16\x17\x18"
PLAIN = IPv6(src=MOBILE_NODE, dst=HOME_AGENT)
AUTHORIZATION = mip6.MIP6OptBindingAuthData(authenticator=b"0123456789ab")
NONCES = mip6.MIP6OptNonceIndices(hni=3, coni=4)

# As ipv6_mobility_1.pcap.
MESSAGES = [
    MIP6MH_BRR(res=0, res2=0), MIP6MH_HoTI(res=0, cookie=COOKIE), MIP6MH_CoTI(res=0, cookie=COOKIE),
    MIP6MH_HoT(res=0, index=5, cookie=COOKIE, token=TOKEN),
    MIP6MH_CoT(res=0, index=6, cookie=COOKIE, token=TOKEN),
    MIP6MH_BU(seq=1, flags="AHLK", res=0, mhtime=3),
    MIP6MH_BU(seq=2, flags="A", res=0, mhtime=3, options=[MIP6OptAltCoA(acoa=MOBILE_NODE)]),
    MIP6MH_BU(seq=3, flags="H", res=0, mhtime=3, options=[NONCES]),
    MIP6MH_BU(seq=4, flags="L", res=0, mhtime=0, options=[AUTHORIZATION]),
    MIP6MH_BU(seq=5, flags="AK", res=0, mhtime=65535,
              options=[MIP6OptAltCoA(acoa=MOBILE_NODE), NONCES, AUTHORIZATION]),
    MIP6MH_BA(status=0, flags="K", res=0, res2=0, seq=6, mhtime=3),
    MIP6MH_BA(status=135, flags="", res=0, res2=0, seq=7, mhtime=0),
    MIP6MH_BA(status=0, flags="", res=0, res2=0, seq=8, mhtime=5, options=[MIP6OptBRAdvice(rinter=2)]),
    MIP6MH_BA(status=1, flags="K", res=0, res2=0, seq=9, mhtime=5, options=[AUTHORIZATION]),
    MIP6MH_BE(status=1, reserved=0, ha=HOME_ADDRESS),
    MIP6MH_BU(seq=65535, flags="", reserved=mip6.BU_RESERVED_OVERWRITE, res=0, mhtime=3),
]


def mobility(octets):
    """A packet of whatever Mobility Header, with the right checksum if it has room for one."""
    octets = bytearray(octets)
    packet = IPv6(src=MOBILE_NODE, dst=HOME_AGENT, nh=135) / Raw(bytes(octets))
    if len(octets) >= 8 and len(octets) == (octets[1] + 1) * 8:
        octets[4:6] = mip6.mobility_checksum(IPv6(bytes(packet))).to_bytes(2, "big")
        packet = IPv6(src=MOBILE_NODE, dst=HOME_AGENT, nh=135) / Raw(bytes(octets))
    return packet


def header(kind, body, length=None):
    """A Mobility Header; `length` is what it says of itself, right if not given."""
    right = max(0, (len(body) + 6) // 8 - 1)
    return bytes([59, right if length is None else length, kind, 0, 0, 0]) + body


def hostile():
    """By name: packets that say more than they hold. None of them is a right Mobility Header."""
    update = bytes([0, 7, 0x80, 0, 0, 3])  # sequence, flags, lifetime
    return {
        # an option that says it is longer than the message; that ends behind it by one; without length
        "option-too-long": [mobility(header(5, update + bytes([3, 16, 0, 0]))),
                            mobility(header(5, update + bytes([1, 3, 0, 0]))),
                            mobility(header(5, update + bytes([1, 0, 1, 5])))],
        "option-too-short": [mobility(header(5, update + bytes([kind, length] + [0] * 10)))
                             for kind in (2, 3, 4, 9, 10) for length in (0, 1, 3)],
        # the header says that it is longer, or shorter, than the packet and its fixed part
        "header-length": [mobility(header(kind, update + bytes(10), length))
                          for kind in range(8) for length in (0, 255)],
        "cut-short": [mobility(bytes(message)[:size]) for message in MESSAGES
                      for size in range(1, len(message), 3)],
        "unknown-type": [mobility(header(kind, bytes(10))) for kind in (8, 100, 255)],
        # the number of the Mobility Header before RFC 3775
        "before-3775": [IPv6(src=MOBILE_NODE, dst=HOME_AGENT, nh=62) / Raw(header(kind, body)) for kind, body in
                        ((5, update + bytes([4, 0, 0, 0])), (0, b"\x04"), (6, bytes(3)))],
        "home-address-option": [
            IPv6(src=MOBILE_NODE, dst=HOME_AGENT, nh=60) / Raw(bytes([17, 2]) + option + bytes(22 - len(option)))
            for option in (b"\xc9\x01\0\0", b"\x04\x01\0\xc9\x10", b"\xca\x90", b"\xc9\x10")],
        "prefix-advertisement": [IPv6(src=HOME_AGENT, dst=MOBILE_NODE) / ICMPv6MPAdv(id=1) /
                                 Raw(bytes([3, length, 64, 0])) for length in (0, 1, 4, 255)],
    }


def write(path, packets, linktype):
    with PcapWriter(path, linktype=linktype) as out:
        for number, packet in enumerate(packets):
            packet.time = 1735689600.25 + number
            out.write(packet)


def build(directory):
    """Writes the files; those with "hostile" in their names are malformed."""
    def ethernet(name, *packets):
        write(os.path.join(directory, f"{name}.pcap"), [Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02",
                                                              type=0x86dd) / packet for packet in packets], 1)

    write(os.path.join(directory, "messages.pcap"), [Raw(bytes(PLAIN / message)) for message in MESSAGES], 229)
    data = UDP(sport=4000, dport=53) / Raw(b"XXXX")
    ethernet("home-address", PLAIN / IPv6ExtHdrDestOpt(options=[HAO(hoa=HOME_ADDRESS)]) / data)
    ethernet("routing-header", IPv6(src=HOME_AGENT, dst=MOBILE_NODE) /
             IPv6ExtHdrRouting(type=2, segleft=1, addresses=[HOME_ADDRESS]) / data)
    for name, packets in hostile().items():
        ethernet(f"hostile-{name}", *packets)


BUILT = tempfile.TemporaryDirectory(prefix="monami-captures-")
build(BUILT.name)


def is_hostile(path):
    return any(word in os.path.basename(path) for word in ("hostile", "asan", "oobr"))


def files():
    """Every capture: those built here, and those of others where they are."""
    folders = [BUILT.name] + ([OTHERS] if os.path.isdir(OTHERS) else [])
    return [os.path.join(folder, name) for folder in folders for name in sorted(os.listdir(folder))
            if name.endswith(".pcap")]
