# SPDX-License-Identifier: BSD-2-Clause
"""tshark as the second opinion: on packets that ours builds, and on captures (tests/support/captures.py)."""

import ipaddress
import os

import captures
import pytest
import scapy_mip6 as mip6
from opinions import TSHARK_OPTIONS, digits, members, one, run_tshark, tshark_fields
from scapy.config import conf
from scapy.layers.inet6 import (
    HAO,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrRouting,
    MIP6MH_BA,
    MIP6MH_BE,
    MIP6MH_BRR,
    MIP6MH_BU,
    MIP6MH_CoT,
    MIP6MH_HoTI,
    MIP6OptAltCoA,
    MIP6OptBRAdvice,
)
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.utils import PcapWriter, rdpcap

HOME_ADDRESS = "2001:db8:1::100"
CARE_OF = "2001:db8:2::100"
HOME_AGENT = "2001:db8:1::1"
LINKTYPE_IPV6 = 229

conf.verb = 0


def assert_same_options(options, layers):
    for kind, ours, theirs, convert in TSHARK_OPTIONS:
        mine = [option["fields"][ours] for option in options if option["type"] == kind]
        assert mine == [convert(text) for text in members(layers, theirs)], (kind, ours)
    for option, theirs in zip((option for option in options if option["type"] == 9),
                              members(layers, "mip6.auth.auth_data")):
        # tshark 4.0 leaves out the last two octets
        assert option["fields"]["authenticator"].startswith(digits(theirs))
    bids = [option["fields"] for option in options if option["type"] == 35]
    assert [bid["flags"] >> 7 for bid in bids] == [
        int(text) for text in members(layers, "mip6.bi.h_flag")]
    for ours, theirs in ((":", "mip6.bi.coa_ipv6"), (".", "mip6.bi.coa_ipv4")):
        assert [bid["care_of"] for bid in bids if bid["care_of"] and ours in bid["care_of"]
                ] == members(layers, theirs)


# ---- packets that ours builds ----

def away(message):
    return (IPv6(src=CARE_OF, dst=HOME_AGENT) / IPv6ExtHdrDestOpt(options=[HAO(hoa=HOME_ADDRESS)])
            / message)


def to_away(message):
    return (IPv6(src=HOME_AGENT, dst=CARE_OF)
            / IPv6ExtHdrRouting(type=2, segleft=1, addresses=[HOME_ADDRESS]) / message)


def update(*options):
    return MIP6MH_BU(seq=7, flags="HA", reserved=mip6.BU_RESERVED_OVERWRITE, mhtime=150, res=0,
                     options=list(options))


BIDS = [mip6.MIP6OptBID(bid=1, coa6=CARE_OF), mip6.MIP6OptBID(bid=2, coa6="2001:db8:4::100", h=1),
        mip6.MIP6OptBID(bid=3, coa4="192.0.2.1"), mip6.MIP6OptBID(bid=4)]
AUTHENTICATION = [mip6.MIP6OptMNID(id=b"mn@example.org"),
                  mip6.MIP6OptReplayProtection(timestamp=0xE000000000000000),
                  mip6.MIP6OptMsgAuth(mspi=256, authdata=bytes(range(12)))]
PACKETS = {
    "update at home": IPv6(src=HOME_ADDRESS, dst=HOME_AGENT) / update(),
    "update away": away(update(BIDS[0])),
    "bulk": away(update(*BIDS)),
    "bulk, authenticated": away(update(*BIDS, *AUTHENTICATION)),
    "40 bindings": away(update(*[mip6.MIP6OptBID(bid=i, coa6=CARE_OF) for i in range(1, 41)])),
    "link-layer address": away(update(BIDS[1], mip6.MIP6OptLinkLayerAddress(lla=b"\2\0\0\0\0\1"))),
    "alternate care-of address": away(update(MIP6OptAltCoA(acoa=CARE_OF))),
    "return routability": away(update(mip6.MIP6OptNonceIndices(hni=1, coni=2),
                                      mip6.MIP6OptBindingAuthData(authenticator=b"0123456789ab"))),
    "acknowledgement": to_away(MIP6MH_BA(
        status=4, flags="K", res=0, res2=0, seq=7, mhtime=100,
        options=[MIP6OptBRAdvice(rinter=30), mip6.MIP6OptBID(bid=1),
                 mip6.MIP6OptBID(bid=2, status=164), *AUTHENTICATION])),
    "refresh request": to_away(MIP6MH_BRR(res=0, res2=0, options=[mip6.MIP6OptBID(bid=1)])),
    "error": to_away(MIP6MH_BE(status=2, ha=HOME_ADDRESS)),
    "home test init": away(MIP6MH_HoTI(res=0, cookie=b"12345678")),
    "care-of test": to_away(MIP6MH_CoT(
        mhtype=4, res=0, index=3, cookie=b"12345678", token=b"abcdefgh",
        options=[mip6.MIP6OptBID(bid=1)])),
}


@pytest.mark.parametrize("name", PACKETS)
def test_tshark_finds_nothing_malformed_in_ours(codec, tmp_path, name):
    answer = codec.packet(PACKETS[name])
    path = tmp_path / "ours.pcap"
    with PcapWriter(str(path), linktype=LINKTYPE_IPV6) as writer:
        writer.write(Raw(bytes.fromhex(answer["rebuilt"])))
    [layers] = run_tshark(path)

    assert not members(layers, "_ws.malformed")
    assert not members(layers, "_ws.expert")
    assert one(layers, "mip6.mhtype") == answer["type"]
    assert tshark_fields(layers) == answer["fields"]
    assert_same_options(answer["options"], layers)
    assert members(layers, "ipv6.opt.mipv6.home_address")[:1] == (
        [HOME_ADDRESS] if "home_address" in answer else [])
    assert members(layers, "ipv6.routing.mipv6.home_address")[:1] == (
        [HOME_ADDRESS] if "routing_address" in answer else [])


# ---- captures ----

def ipv6_packets(path):
    for packet in rdpcap(path):
        octets = bytes(packet)
        yield octets[14:] if isinstance(packet, Ether) else octets


def authorization_has_padding_behind(layers):
    options = members(layers, "Mobility Options")
    names = list(options[0]) if options else []
    wanted = "mip6.options.bad_auth"  # and its tree
    return wanted in names and names.index(wanted) < len(names) - 2


def right_checksum(octets):
    packet = IPv6(octets)
    message = packet.lastlayer()
    while "cksum" not in message.fields:
        message = message.underlayer
    told = message.cksum
    rebuilt = packet.copy()
    del rebuilt.getlayer(type(message)).cksum
    return IPv6(bytes(rebuilt)).getlayer(type(message)).cksum == told


WITH_TSHARK = [path for path in captures.files() if not os.path.basename(path).startswith("hostile-")]


@pytest.mark.parametrize("path", WITH_TSHARK, ids=os.path.basename)
def test_captures_mean_what_tshark_says(codec, path):
    seen = run_tshark(path)
    packets = list(ipv6_packets(path))
    assert len(seen) == len(packets)
    for layers, octets in zip(seen, packets):
        answer = codec.packet(octets)
        if members(layers, "_ws.malformed") or members(layers, "_ws.short"):
            assert answer["error"] != "ok"
            continue
        if not members(layers, "mip6.mhtype") or one(layers, "ipv6.nxt") == 62:
            # 62 was the Mobility Header's number before RFC 3775
            assert answer["error"] != "ok"
            continue
        payload = octets[40:] if one(layers, "ipv6.nxt") == 135 else None
        assert payload is not None
        if not right_checksum(octets):
            assert answer["error"] == "wrong checksum"
        answer = codec.message(payload)
        if authorization_has_padding_behind(layers):
            # RFC 6275 6.2.7, 9.5.1: tshark does not mind, the document does
            assert answer["error"] == "an option follows the authorization data"
            continue
        assert answer["error"] == "ok"
        assert answer["type"] == one(layers, "mip6.mhtype")
        assert answer["fields"] == tshark_fields(layers)
        assert_same_options(answer["options"], layers)


@pytest.mark.parametrize("name, packets", captures.hostile().items())
def test_hostile_packets_are_refused(codec, name, packets):
    """tshark dissects some of them all the same: differential.py lists which."""
    for packet in packets:
        assert codec.packet(bytes(packet))["error"] != "ok", bytes(packet).hex()


def test_captured_home_address_and_routing_header(codec):
    keys = {"ipv6.opt.mipv6.home_address": "home_address",
            "ipv6.routing.mipv6.home_address": "routing_address"}
    seen = 0
    for path in captures.files():
        if not os.path.basename(path).startswith(("home-address.", "routing-header.", "ipv6-mobile-")):
            continue
        [layers] = run_tshark(path)
        [octets] = ipv6_packets(path)
        answer = codec.packet(octets)
        for header, key in keys.items():
            for address in members(layers, header):
                assert str(ipaddress.ip_address(answer[key])) == address
                seen += 1
    assert seen >= 2
