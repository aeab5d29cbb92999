# SPDX-License-Identifier: BSD-2-Clause
"""monami decode against tshark (captures) and scapy (packets built here)."""

import json
import os
import signal
import struct
import subprocess

import captures
import pytest
import scapy_mip6
from scapy.layers.inet6 import (
    HAO,
    ICMPv6TimeExceeded,
    ICMPv6EchoReply,
    ICMPv6HAADReply,
    ICMPv6HAADRequest,
    ICMPv6MPAdv,
    ICMPv6MPSol,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RA,
    ICMPv6ND_RS,
    ICMPv6NDOptAdvInterval,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptHAInfo,
    ICMPv6NDOptMTU,
    ICMPv6NDOptPrefixInfo,
    ICMPv6NDOptSrcLLAddr,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrRouting,
    MIP6MH_BA,
    MIP6MH_BE,
    MIP6MH_BU,
    MIP6OptAltCoA,
    fragment6,
    in6_chksum,
)
from scapy.layers.inet import UDP
from scapy.layers.l2 import CookedLinux, Dot1Q, Ether, Loopback
from scapy.packet import Raw
from scapy.utils import PcapNgWriter, PcapWriter

MN, HA, HOA = "2001:db8:1::1", "2001:db8:100::1", "2001:db8:100::100"


def write(path, packets, linktype, writer=PcapWriter):
    with writer(str(path), **({} if writer is PcapNgWriter else {"linktype": linktype})) as out:
        for number, packet in enumerate(packets):
            if not isinstance(packet, bytes):
                packet.time = 1735689600.25 + number
            out.write(packet)
    return path


@pytest.fixture
def decode(monami, tmp_path):
    def run(*packets, linktype=101):
        return monami.lines("decode", write(tmp_path / "test.pcap", packets, linktype))
    return run


def update(options=(), **fields):
    """A Binding Update with the Home Address option around it, as a mobile node sends it."""
    return (IPv6(src=MN, dst=HA) / IPv6ExtHdrDestOpt(options=[HAO(hoa=HOA)]) /
            MIP6MH_BU(seq=4660, mhtime=15, options=list(options), **fields))


def test_update(decode):
    message, = decode(update(flags="AHK", options=[
        MIP6OptAltCoA(acoa=MN),
        scapy_mip6.MIP6OptBID(bid=7, status=0, h=1, priority=3, coa6="2001:db8:2::2"),
        scapy_mip6.MIP6OptBID(bid=8, status=4, coa4="192.0.2.1"),
        scapy_mip6.MIP6OptBID(bid=9)]))
    assert message == {
        "time": 1735689600.25, "source": MN, "destination": HA, "home_address": HOA, "type": 5,
        "name": "Binding Update", "checksum_ok": True, "sequence": 4660, "flags": ["A", "H", "K"],
        "lifetime_s": 60, "options": [
            {"type": 3, "name": "alternate care-of address", "address": MN},
            {"type": 35, "name": "binding identifier", "bid": 7, "status": 0, "home_and_foreign": True,
             "priority": 3, "care_of_address": "2001:db8:2::2"},
            {"type": 35, "name": "binding identifier", "bid": 8, "status": 4,
             "home_and_foreign": False, "priority": 0, "care_of_address": "192.0.2.1"},
            {"type": 35, "name": "binding identifier", "bid": 9, "status": 0,
             "home_and_foreign": False, "priority": 0}]}


# RFC 6275 6.1.7, RFC 3963 4.1, RFC 5213 8.1, RFC 5555 3.1.3, RFC 5648 4.2, RFC 6602 4.1
@pytest.mark.parametrize("bits, names", [
    (0xffff, "AHLKMRPFTBSD"), (0xfdff, "AHLKMRFTOSD"), (0x0040, "O"), (0x0240, "PB"), (0x000f, "")])
def test_update_flags(decode, bits, names):
    octets = bytearray(bytes(update()))
    octets[40 + 24 + 8:40 + 24 + 10] = struct.pack("!H", bits)
    message, = decode(Raw(bytes(octets)))
    assert message["flags"] == list(names) and message["checksum_ok"] is (bits == 0x8000)


def test_acknowledgement(decode):
    message, = decode(IPv6(src=HA, dst=MN) / IPv6ExtHdrRouting(type=2, addresses=[HOA], segleft=1) /
                      MIP6MH_BA(status=135, flags="K", seq=65535, mhtime=65535))
    assert message["home_address"] == HOA and message["checksum_ok"]
    assert message["type"] == 6 and message["status"] == 135 and message["sequence"] == 65535
    assert message["flags"] == ["K"] and message["lifetime_s"] == 262140


def test_error_message(decode):
    message, = decode(IPv6(src=HA, dst=MN) / MIP6MH_BE(status=2, ha=HOA))
    assert (message["type"], message["status"], message["home_address"]) == (7, 2, HOA)
    assert message["checksum_ok"] and "sequence" not in message


def test_unknown_option_is_told(decode):
    octets = bytearray(bytes(update(options=[MIP6OptAltCoA(acoa=MN)])))
    octets[40 + 24 + 14] = 99  # type of the alternate care-of address: checksum is wrong then
    message, = decode(Raw(bytes(octets)))
    assert message["checksum_ok"] is False and "error" not in message
    assert message["options"] == [{"type": 99, "data": octets[40 + 24 + 16:40 + 24 + 32].hex()}]


def test_what_is_malformed_has_a_reason_and_what_can_be_read(decode):
    octets = bytearray(bytes(update(options=[MIP6OptAltCoA(acoa=MN)])))
    octets[40 + 24 + 15] = 255  # length of the alternate care-of address
    good = bytes(update())
    overrun, fragment, short, unknown, after = decode(
        Raw(bytes(octets)), Raw(good[:6] + b"\x2c" + good[7:40] + b"\x87\0\0\1\0\0\0\0" + good[48:]),
        Raw(good[:4] + b"\0\x18\x87" + good[7:40] + b"\x3b\x01\x05" + b"\0" * 21),
        Raw(good[:40] + good[40:66] + b"\x63" + good[67:]), Raw(good))
    assert overrun["error"] == "option past the end of the message" and overrun["sequence"] == 4660
    assert overrun["options"] == []
    assert fragment["error"] == "fragment" and fragment["source"] == MN and "type" not in fragment
    assert short["type"] == 5 and short["checksum_ok"] is False
    assert unknown["type"] == 99 and unknown["error"] == "unknown message type"
    assert "error" not in after


def test_link_types(monami, tmp_path):
    packet = update()
    sll2 = struct.pack("!HHIHBB8s", 0x86dd, 0, 1, 1, 0, 6, b"")
    for number, (linktype, frame) in enumerate([
            (1, Ether(type=0x86dd) / packet), (1, Ether() / Dot1Q(vlan=5) / packet),
            (1, Ether(type=0x88a8) / Dot1Q(vlan=5, type=0x8100) / Dot1Q(vlan=6) / packet),
            (101, packet), (229, packet), (113, CookedLinux(proto=0x86dd) / packet),
            (276, Raw(sll2 + bytes(packet))), (0, Loopback(type=24) / packet),
            (108, Raw(b"\0\0\0\x1e" + bytes(packet)))]):
        frame = Raw(bytes(frame))
        message, = monami.lines("decode", write(tmp_path / f"{number}.pcap", [frame], linktype))
        assert message["sequence"] == 4660 and message["checksum_ok"]


def test_pcapng(monami, tmp_path):
    path = write(tmp_path / "test.pcapng", [Ether() / update()], None, PcapNgWriter)
    message, = monami.lines("decode", path)
    assert message["sequence"] == 4660 and message["time"] == 1735689600.25


# RFC 5648 4.3: a Binding Identifier option is 4, 8 or 20 long
@pytest.mark.parametrize("length, fields", [
    (3, {"bid": 7, "status": 1}), (2, {"bid": 7, "status": 0}), (1, {"bid": 0, "status": 0}),
    (19, {"bid": 7, "status": 1})])
def test_a_binding_identifier_of_a_wrong_length_is_marked(decode, length, fields):
    octets = bytearray(bytes(update(options=[scapy_mip6.MIP6OptBID(bid=7, status=1, coa6="2001:db8::100")])))
    at = octets.index(b"\x23\x14\0\x07")
    octets[at + 1] = length
    octets[at + 2 + length:at + 22] = bytes(20 - length)
    message, = decode(Raw(bytes(octets)))
    assert "error" not in message
    assert message["options"] == [{"type": 35, "name": "binding identifier", "home_and_foreign": False,
                                   "priority": 0, "malformed": True, **fields}]


# ---- ICMPv6 ----

def packet_of(message, **fields):
    return IPv6(**{"src": "fe80::1", "dst": "ff02::1", "hlim": 255, **fields}) / message


PREFIX = ICMPv6NDOptPrefixInfo(prefix=HA, prefixlen=64, L=1, A=0, R=1, validlifetime=0xffffffff,
                               preferredlifetime=600)
PREFIX_PRINTED = {"type": 3, "name": "prefix information", "length": 64, "on_link": True,
                  "autonomous": False, "router": True, "valid_s": 4294967295, "preferred_s": 600,
                  "prefix": HA}


# RFC 4861 4.2, RFC 6275 7
def test_router_advertisement(decode):
    message, = decode(packet_of(
        ICMPv6ND_RA(chlim=64, M=0, O=1, H=1, routerlifetime=1800, reachabletime=5, retranstimer=7) /
        ICMPv6NDOptSrcLLAddr(lladdr="02:11:22:33:44:55") / ICMPv6NDOptMTU(mtu=1400) / PREFIX /
        ICMPv6NDOptAdvInterval(advint=3000) / ICMPv6NDOptHAInfo(pref=10, lifetime=3600)))
    assert message == {
        "time": 1735689600.25, "source": "fe80::1", "destination": "ff02::1", "next_header": 58,
        "icmpv6": 134, "name": "Router Advertisement", "checksum_ok": True, "hop_limit": 64,
        "managed": False, "other": True, "home_agent": True, "router_lifetime_s": 1800,
        "reachable_time_ms": 5, "retransmit_timer_ms": 7, "options": [
            {"type": 1, "name": "source link-layer address", "address": "021122334455"}, PREFIX_PRINTED,
            {"type": 7, "name": "advertisement interval", "advertisement_interval_ms": 3000},
            {"type": 8, "name": "home agent information", "preference": 10,
             "home_agent_lifetime_s": 3600}]}


# RFC 4861 4.1, 4.3, 4.4
def test_neighbour_discovery(decode):
    rs, ns, na = decode(packet_of(ICMPv6ND_RS()), packet_of(ICMPv6ND_NS(tgt=HOA)), packet_of(
        ICMPv6ND_NA(tgt=HOA, R=1, S=0, O=1) / ICMPv6NDOptDstLLAddr(lladdr="02:11:22:33:44:55")))
    assert (rs["icmpv6"], rs["name"], rs["options"]) == (133, "Router Solicitation", [])
    assert (ns["icmpv6"], ns["name"], ns["target"]) == (135, "Neighbor Solicitation", HOA)
    assert (na["icmpv6"], na["name"], na["target"]) == (136, "Neighbor Advertisement", HOA)
    assert (na["router"], na["solicited"], na["override"]) == (True, False, True)
    assert na["options"] == [
        {"type": 2, "name": "target link-layer address", "address": "021122334455"}]


# RFC 6275 6.5 to 6.8
def test_discovery_of_home_agents_and_prefixes(decode):
    request, none, two, solicitation, advertisement = decode(
        packet_of(ICMPv6HAADRequest(id=4660, R=0), src=MN, dst=HA),
        packet_of(ICMPv6HAADReply(id=4660, R=1, addresses=[]), src=HA, dst=MN),
        packet_of(ICMPv6HAADReply(id=4660, R=0, addresses=[HA, "2001:db8:100::2"]), src=HA, dst=MN),
        IPv6(src=MN, dst=HA) / IPv6ExtHdrDestOpt(options=[HAO(hoa=HOA)]) / ICMPv6MPSol(id=7),
        IPv6(src=HA, dst=MN) / IPv6ExtHdrRouting(type=2, addresses=[HOA], segleft=1) /
        ICMPv6MPAdv(id=7, flags=2) / PREFIX)
    assert (request["icmpv6"], request["identifier"], request["mobile_router"]) == (144, 4660, False)
    assert (none["icmpv6"], none["home_agents"], none["mobile_router"]) == (145, [], True)
    assert two["home_agents"] == [HA, "2001:db8:100::2"]
    assert solicitation["home_address"] == HOA and solicitation["checksum_ok"]
    assert (solicitation["icmpv6"], solicitation["identifier"]) == (146, 7)
    assert advertisement["home_address"] == HOA and advertisement["checksum_ok"]
    assert (advertisement["icmpv6"], advertisement["identifier"]) == (147, 7)
    assert (advertisement["managed"], advertisement["other"]) == (True, False)
    assert advertisement["options"] == [PREFIX_PRINTED]


def test_echo_is_printed_outside_of_tunnels(decode):
    echo = packet_of(ICMPv6EchoReply(id=1, seq=2, data=b"\1\2"), src=HA, dst=MN)
    message, = decode(IPv6(src=MN, dst=HA) / echo, echo)
    assert (message["icmpv6"], message["name"]) == (129, "Echo Reply")
    assert (message["identifier"], message["sequence"], message["data"]) == (1, 2, "0102")


# RFC 4861 6.1.2
def test_icmpv6_that_is_malformed_has_a_reason(decode):
    far, wrong, zero = decode(
        packet_of(ICMPv6ND_RA(), hlim=254), packet_of(ICMPv6ND_RA(cksum=1)),
        packet_of(ICMPv6ND_RA() / Raw(b"\1\0\0\0\0\0\0\0")))
    assert "hop limit" in far["error"] and far["checksum_ok"]
    assert wrong["error"] == "wrong checksum" and wrong["checksum_ok"] is False
    assert zero["error"] == "option length not allowed"
    for message in (far, wrong, zero):
        assert (message["icmpv6"], message["name"]) == (134, "Router Advertisement")
        assert "options" not in message


def test_icmpv6_as_text(monami, tmp_path):
    path = write(tmp_path / "test.pcap", [packet_of(ICMPv6ND_RA(H=1) / PREFIX)], 101)
    line, option = monami("decode", path).stdout.splitlines()
    assert ": Router Advertisement " in line and " home_agent true" in line
    assert option.startswith("    prefix information length 64 ")


def written_out(digits):
    """A Mobility Header with its checksum, from the home address."""
    octets = bytes.fromhex(digits)
    packet = IPv6(src=HOA, dst=HA, nh=135)
    return packet / Raw(octets[:4] + struct.pack("!H", in6_chksum(135, packet, octets)) + octets[6:])


# RFC 6089 4.2, RFC 6088 3: tests/unit/wire/test_flow_options.c names each field of such octets.
def test_flow_options(decode, monami, tmp_path):
    packet = written_out(
        "3b0c0500" "0000" "0001c0400004" "2c0400070009"     # Flow Summary: FIDs 7, 9
        "2d3b0007000a0083"                                  # FID 7, FID-PRI 10, status 131
        "020400010003" "0000" "032b0200c0320000"            # BIDs 1, 3; IPv6: A B, K L, O
        "20010db8000000000000000000000001" "20010db80000000000000000000000ff" "00500051" "06"
        "010100"
        "2d1000080014000003080100" "80000000c000"           # FID 8; IPv4: A, cut
        "01020000")
    message, = decode(packet)
    assert message["checksum_ok"] and "error" not in message
    assert message["options"] == [
        {"type": 44, "name": "flow summary", "fids": [7, 9]},
        {"type": 45, "name": "flow identification", "fid": 7, "priority": 10, "status": 131,
         "status_text": "BID not found", "options": [
             {"type": 2, "name": "binding reference", "bids": [1, 3]},
             {"type": 3, "name": "traffic selector", "format": 2, "source": ["2001:db8::1", "2001:db8::ff"],
              "destination_port": [80, 81], "protocol": [6, 6]}]},
        {"type": 45, "name": "flow identification", "fid": 8, "priority": 20, "status": 0,
         "status_text": "accepted", "malformed": True, "options": [
             {"type": 3, "name": "traffic selector", "format": 1}]}]
    text = monami("decode", write(tmp_path / "text.pcap", [packet], 101)).stdout
    assert "\n    flow summary fids [7,9]\n" in text
    assert '\n        traffic selector format 2 source ["2001:db8::1","2001:db8::ff"]' in text


def test_other_packets_are_passed_over(decode):
    echo = IPv6(src=MN, dst=HA) / ICMPv6TimeExceeded()
    with_home_address = (IPv6(src=MN, dst=HA) / IPv6ExtHdrDestOpt(options=[HAO(hoa=HOA)]) /
                         ICMPv6TimeExceeded())
    inside = IPv6(src=MN, dst=HA) / update()
    data, message = decode(echo, Raw(b"\x45" + b"\0" * 60), Raw(b""), Raw(b"\x60"), Raw(bytes(echo)[:44]),
                           with_home_address, inside)
    assert data["home_address"] == HOA and data["next_header"] == 58 and "type" not in data
    assert message["type"] == 5


def test_a_truncated_file_ends_with_an_error(monami, tmp_path):
    path = write(tmp_path / "test.pcap", [update(), update()], 101)
    path.write_bytes(path.read_bytes()[:-10])
    done = monami("--json", "decode", path)
    assert done.returncode == 1 and len(done.stdout.splitlines()) == 1
    assert str(path) in done.stderr and "truncated" in done.stderr


def test_no_capture_is_an_error(monami, tmp_path):
    for octets in (b"", b"nothing of the kind", b"\xd4\xc3\xb2\xa1"):
        path = tmp_path / "no.pcap"
        path.write_bytes(octets)
        done = monami("decode", path)
        assert done.returncode == 1 and str(path) in done.stderr
    assert monami("decode", "/nonexistent").stderr == "/nonexistent: No such file or directory\n"
    assert monami("decode", tmp_path).stderr.startswith(f"{tmp_path}: ")


def test_text(monami, tmp_path):
    path = write(tmp_path / "test.pcap", [update(flags="AH", options=[
        scapy_mip6.MIP6OptBID(bid=7, coa6="2001:db8:2::2")])], 101)
    line, option = monami("decode", path).stdout.splitlines()
    assert line == (f"2025-01-01T00:00:00.250000 {MN} > {HA} ({HOA}): Binding Update flags AH "
                    "sequence 4660 lifetime_s 60")
    assert option.startswith("    binding identifier bid 7 ")
    assert "care_of_address 2001:db8:2::2" in option


def test_every_truncation_and_every_octet_changed(decode):
    octets = bytes(update(options=[MIP6OptAltCoA(acoa=MN), scapy_mip6.MIP6OptBID(bid=7, coa6=MN)]))
    cut = [Raw(octets[:length]) for length in range(len(octets))]
    changed = [Raw(octets[:at] + bytes([value]) + octets[at + 1:])
               for at in range(40, len(octets)) for value in (0, 1, 0x7f, 0xff)]
    for message in decode(*cut, *changed):
        assert "error" in message or "options" in message or "next_header" in message


# ---- fragments ----

DATA = UDP(sport=1, dport=2) / Raw(b"\x87" * 1400)
OPTION = IPv6ExtHdrDestOpt(options=[HAO(hoa=HOA)])
ROUTING = IPv6ExtHdrRouting(type=2, addresses=[HOA], segleft=1)


def fragments(before, behind):
    """Both fragments of a packet, by scapy: headers `before` the Fragment header, and `behind` it."""
    packet = before / IPv6ExtHdrFragment(id=0xfedcba98) / behind
    first, second = fragment6(packet, 1280)
    return first, second


@pytest.mark.parametrize("before, behind, named", [
    (IPv6(src=MN, dst=HA) / OPTION, DATA, (True, True)),
    (IPv6(src=HA, dst=MN) / ROUTING, DATA, (True, True)),
    (IPv6(src=MN, dst=HA) / ROUTING / OPTION, DATA, (True, True)),
    (IPv6(src=MN, dst=HA), OPTION / DATA, (True, False)),
    (IPv6(src=HA, dst=MN), ROUTING / DATA, (True, False)),
    (IPv6(src=HA, dst=MN), DATA, (False, False))])
def test_data_fragments(decode, tmp_path, before, behind, named):
    """RFC 8200 4.5: a data fragment is named with its headers, as tshark sees them, and it is no error; behind
    the Fragment header of a later one there are none. Its payload is full of Mobility Headers."""
    first, second = fragments(before, behind)
    messages = decode(first, second)
    assert len(messages) == sum(named)
    path = write(tmp_path / "seen.pcap", [first, second], 101)
    fields = ["ipv6.opt.mipv6.home_address", "ipv6.routing.mipv6.home_address",
              "ipv6.fraghdr.offset", "ipv6.fraghdr.more", "ipv6.fraghdr.ident", "ipv6.fraghdr.nxt"]
    seen = [dict(zip(fields, line.split("|"))) for line in subprocess.run(
        ["tshark", "-o", "ipv6.defragment:FALSE", "-r", path, "-T", "fields", "-E", "separator=|", "-E",
         "occurrence=l", *(word for field in fields for word in ("-e", field))],
        capture_output=True, text=True, check=True).stdout.splitlines()]
    for message, theirs in zip(messages, seen):
        assert "error" not in message and "type" not in message and "icmpv6" not in message
        assert message["name"] == "data fragment"
        assert message["home_address"] == HOA
        assert HOA in (theirs["ipv6.opt.mipv6.home_address"], theirs["ipv6.routing.mipv6.home_address"])
        assert message["fragment_offset"] == 8 * int(theirs["ipv6.fraghdr.offset"])
        assert message["more_fragments"] == (theirs["ipv6.fraghdr.more"] in ("1", "True"))
        assert message["identification"] == int(theirs["ipv6.fraghdr.ident"], 0) == 0xfedcba98
        assert message["next_header"] == 17
    if named == (True, True):
        assert messages[1]["fragment_offset"] > 0 and not messages[1]["more_fragments"]


def test_fragments_that_are_wrong(decode):
    """A fragment of a Mobility Header, two Home Address options, and every truncation."""
    signalling = IPv6(src=MN, dst=HA) / OPTION / IPv6ExtHdrFragment(nh=135, m=1, offset=0) / Raw(b"\x3b" * 40)
    later = IPv6(src=MN, dst=HA) / IPv6ExtHdrFragment(nh=135, m=0, offset=160) / Raw(b"\x3b" * 40)
    twice = IPv6(src=MN, dst=HA) / OPTION / IPv6ExtHdrFragment(m=1, offset=0) / OPTION / DATA
    cut = IPv6(src=MN, dst=HA) / OPTION / IPv6ExtHdrFragment(nh=60, m=1, offset=0) / Raw(b"\x11\x09")
    messages = decode(signalling, later, twice, cut)
    assert [message["error"] for message in messages[:2]] == ["fragment", "fragment"]
    assert "home address" in messages[2]["error"].lower() and "error" in messages[3]
    octets = bytes(fragments(IPv6(src=MN, dst=HA) / OPTION, DATA)[0])
    for message in decode(*(Raw(octets[:length]) for length in range(len(octets)))):
        assert "error" in message


def test_fragment_as_text(monami, tmp_path):
    path = write(tmp_path / "test.pcap", [fragments(IPv6(src=MN, dst=HA) / OPTION, DATA)[0]], 101)
    line, = monami("decode", path).stdout.splitlines()
    assert f" {MN} > {HA} ({HOA}): data fragment next_header 17 fragment_offset 0 more_fragments true " in line


# ---- captures, and tshark ----

def tshark(path):
    fields = ["ipv6.src", "ipv6.dst", "mip6.mhtype", "mip6.bu.seqnr", "mip6.ba.seqnr", "mip6.ba.status",
              "mip6.bu.lifetime", "mip6.ba.lifetime", "mip6.be.status", "frame.time_epoch",
              "mip6.bu.a_flag", "mip6.bu.h_flag", "mip6.bu.l_flag", "mip6.bu.k_flag", "mip6.be.haddr"]
    output = subprocess.run(
        ["tshark", "-r", path, "-Y", "mip6.mhtype", "-T", "fields", "-E", "separator=|", "-E", "occurrence=l",
         *(word for field in fields for word in ("-e", field))],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout
    return [dict(zip(fields, line.split("|"))) for line in output.splitlines()]


def test_well_formed_captures_are_as_tshark_sees_them(monami):
    compared = 0
    for path in captures.files():
        if captures.is_hostile(path):
            continue
        ours = [m for m in monami.lines("decode", path) if "type" in m]
        theirs = tshark(path)
        assert len(ours) == len(theirs), path
        for mine, other in zip(ours, theirs):
            assert mine["type"] == int(other["mip6.mhtype"])
            assert mine["source"] == other["ipv6.src"] and mine["destination"] == other["ipv6.dst"]
            assert abs(mine["time"] - float(other["frame.time_epoch"])) < 1e-6
            sequence = other["mip6.bu.seqnr"] or other["mip6.ba.seqnr"]
            lifetime = other["mip6.bu.lifetime"] or other["mip6.ba.lifetime"]
            status = other["mip6.ba.status"] or other["mip6.be.status"]
            assert str(mine.get("sequence", "")) == sequence
            assert str(mine.get("status", "")) == status
            if lifetime:
                assert mine["lifetime_s"] == 4 * int(lifetime)
            for flag in "AHLK" if mine["type"] == 5 else "":
                assert (flag in mine["flags"]) == (other[f"mip6.bu.{flag.lower()}_flag"] == "1")
            if mine["type"] == 7:
                assert mine["home_address"] == other["mip6.be.haddr"]
            compared += 1
    assert compared >= len(captures.MESSAGES)


def test_hostile_captures_are_read_to_their_end(monami):
    for path in captures.files():
        done = monami("--json", "decode", path)
        # The files themselves are whole, and of link types that libpcap knows (tshark reads each to its end).
        assert done.returncode == 0 and done.stderr == ""
        for line in done.stdout.splitlines():
            json.loads(line)


def test_a_reader_that_leaves_ends_monamid_too(monami, tmp_path):
    capture = write(tmp_path / "many.pcap", [bytes(update())] * 2000, 101)
    with subprocess.Popen([monami.path, "decode", str(capture)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, start_new_session=True) as client:
        client.stdout.readline()
        client.stdout.close()
        try:
            client.communicate(timeout=20)  # monamid has standard error open as long as it runs
        except subprocess.TimeoutExpired:
            os.killpg(client.pid, signal.SIGKILL)
            raise
