# SPDX-License-Identifier: BSD-2-Clause
"""Messages as scapy and tshark decode them, in the words of src/wire/*.def.

Each gives an Opinion. Neither of them rejects much by itself; what counts as rejected is that they
could not account for the octets: scapy, if what it dissected as an option is not as long as the
option says, or the parts not as long as the whole; tshark, if it remarks upon anything.
"""

import ipaddress
import json
import subprocess
from dataclasses import dataclass, field

import scapy_mip6  # noqa: F401: registers the options that scapy lacks
from scapy.config import conf
from scapy.fields import ByteField, ConditionalField, PacketListField, StrLenField
from scapy.layers import inet6
from scapy.layers.inet6 import IPv6, Pad1, PadN, in6_chksum
from scapy.packet import Packet, Raw

conf.max_list_count = 4096

# The order of opts.def and of nd_opts.def, in which ours tells the options.
ORDER = [2, 3, 4, 7, 35, 8, 10, 9, 5]
ND_ORDER = [1, 2, 3, 7, 8]


@dataclass
class Opinion:
    accepted: bool
    reason: str = ""  # why not
    kind: int = -1
    fields: dict = field(default_factory=dict)
    options: list = field(default_factory=list)  # (type, fields) of those that mean something
    seen: list = field(default_factory=list)     # (type, length) of all, in their order

    def says(self):
        return (self.kind, self.fields, self.options) if self.accepted else None


def refused(reason, **parts):
    return Opinion(False, reason, **parts)


def by_order(options, order):
    return sorted(options, key=lambda option: order.index(option[0]))


# ---- scapy, Mobility Headers ----

def number(octets):
    return int.from_bytes(octets, "big")


SCAPY_FIELDS = {
    0: lambda m: {},
    1: lambda m: {"cookie": number(m.cookie)},
    2: lambda m: {"cookie": number(m.cookie)},
    3: lambda m: {"nonce_index": m.index, "cookie": number(m.cookie), "token": number(m.token)},
    4: lambda m: {"nonce_index": m.index, "cookie": number(m.cookie), "token": number(m.token)},
    5: lambda m: {"sequence": m.seq, "flags": int(m.flags) << 9 | m.reserved, "lifetime": m.mhtime},
    6: lambda m: {"status": m.status, "flags": int(m.flags) << 5 | m.res2, "sequence": m.seq,
                  "lifetime": m.mhtime},
    7: lambda m: {"status": m.status, "home_address": m.ha},
}
SCAPY_OPTIONS = {
    2: lambda o: {"interval": o.rinter},
    3: lambda o: {"address": o.acoa},
    4: lambda o: {"home": o.hni, "care_of": o.coni},
    5: lambda o: {"authenticator": o.authenticator.hex()},
    7: lambda o: {"code": o.ocode, "address": o.lla.hex()},
    8: lambda o: {"subtype": o.subtype, "identifier": o.id.hex()},
    9: lambda o: {"subtype": o.subtype, "spi": o.mspi, "authenticator": o.authdata.hex()},
    10: lambda o: {"timestamp": o.timestamp},
    35: lambda o: o.meaning(),
}


# Of no octets, they may be missing.
MAY_BE_EMPTY = (StrLenField, PacketListField, inet6.IP6ListField, inet6._PhantomAutoPadField,
                ConditionalField)


def too_short(packet):
    """Scapy gives the fields for which there are no octets their defaults, and says nothing."""
    return any(one.name not in packet.fields and not isinstance(one, MAY_BE_EMPTY)
               for one in packet.fields_desc)


def scapy_options(message):
    """([(type, length)], [(type, fields)], what is wrong)"""
    seen, told = [], []
    for option in message.options:
        if isinstance(option, Raw):
            return seen, told, f"option {option.load[0]}"
        if isinstance(option, Pad1):
            continue
        length = option.optlen if isinstance(option, PadN) else option.olen
        if too_short(option) or len(option.raw_packet_cache) != 2 + length:
            return seen, told, f"option {option.otype}"
        if isinstance(option, PadN):
            continue
        seen.append((option.otype, length))
        if option.otype in SCAPY_OPTIONS:
            told.append((option.otype, SCAPY_OPTIONS[option.otype](option)))
    return seen, told, ""


def scapy_message(octets):
    """A Mobility Header as scapy decodes it."""
    cls = inet6._mip6_mhtype2cls.get(octets[2]) if len(octets) > 2 else None
    if cls is None:
        return refused("message type")
    try:
        message = cls(octets)
    except Exception as error:  # scapy raises what its fields raise
        return refused(f"dissection: {error}")
    seen, told, wrong = scapy_options(message)
    wrong = wrong or (too_short(message) and "too short")
    if wrong:
        return refused(wrong, seen=seen)
    if len(message.raw_packet_cache) != 8 * (message.len + 1):
        return refused("length", seen=seen)
    return Opinion(True, "", octets[2], SCAPY_FIELDS[octets[2]](message), by_order(told, ORDER), seen)


# ---- scapy, ICMPv6 ----

class NDOptUnknown(inet6._ICMPv6NDGuessPayload, Packet):
    """RFC 4861 4.6; scapy's own counts octets."""

    name = "ICMPv6 Neighbor Discovery Option"
    fields_desc = [ByteField("type", None), ByteField("len", 1),
                   StrLenField("data", b"", length_from=lambda pkt: max(8 * pkt.len - 2, 0))]


class Options(dict):
    def get(self, key, default=None):
        return super().get(key, NDOptUnknown)


inet6.icmp6ndoptscls = Options({kind: inet6.icmp6ndoptscls[kind] for kind in ND_ORDER})
ICMPV6 = {134: inet6.ICMPv6ND_RA, 144: inet6.ICMPv6HAADRequest, 145: inet6.ICMPv6HAADReply,
          146: inet6.ICMPv6MPSol, 147: inet6.ICMPv6MPAdv}
# RFC 4861 4.6, RFC 6275 6.8, 7.3, 7.4: which options mean something in which message.
BELONG = {134: (1, 3, 7, 8), 147: (3,)}
PREFIXES_MAX, HOME_AGENTS_MAX = 16, 77  # icmpv6.h has room for so many
SCAPY_ICMPV6 = {
    134: lambda m: {"hop_limit": m.chlim, "managed": m.M, "other": m.O, "home_agent": m.H,
                    "router_lifetime": m.routerlifetime, "reachable_time": m.reachabletime,
                    "retransmit_timer": m.retranstimer},
    144: lambda m: {"identifier": m.id, "mobile_router": m.R},
    145: lambda m: {"identifier": m.id, "mobile_router": m.R,
                    "home_agents": m.addresses[:HOME_AGENTS_MAX]},
    146: lambda m: {"identifier": m.id},
    147: lambda m: {"identifier": m.id, "managed": m.flags >> 1, "other": m.flags & 1},
}
SCAPY_ND_OPTIONS = {
    1: lambda o: {"source_link_layer": o.lladdr.replace(":", "")},
    3: lambda o: {"length": o.prefixlen, "on_link": o.L, "autonomous": o.A, "router": o.R,
                  "valid": o.validlifetime, "preferred": o.preferredlifetime, "prefix": o.prefix},
    7: lambda o: {"advertisement_interval": o.advint},
    8: lambda o: {"preference": o.pref, "home_agent_lifetime": o.lifetime},
}


def that_count(kind, told):
    """Of options that come once the first; of prefixes those that are some, as many as there is room."""
    kept = []
    for option, fields in told:
        same = sum(other == option for other, _ in kept)
        if option not in BELONG.get(kind, ()) or same == (PREFIXES_MAX if option == 3 else 1):
            continue
        if option == 3 and fields["length"] > 128:
            continue
        kept.append((option, fields))
    return by_order(kept, ND_ORDER)


def scapy_nd_options(message):
    seen, told = [], []
    option = message.payload
    while isinstance(option, inet6._ICMPv6NDGuessPayload):
        seen.append((option.type, option.len))
        if option.len == 0 or too_short(option) or len(option.raw_packet_cache) != 8 * option.len:
            return seen, told, f"option {option.type}"
        if option.type in SCAPY_ND_OPTIONS:
            told.append((option.type, SCAPY_ND_OPTIONS[option.type](option)))
        option = option.payload
    return seen, told, f"option {bytes(option)[0]}" if option and len(option) else ""


def scapy_icmpv6(packet):
    """The ICMPv6 message in an IPv6 packet without extension headers, as scapy decodes it."""
    octets = packet[40:]
    if len(octets) < 4 or in6_chksum(58, IPv6(packet[:40]), octets) != 0:
        return refused("checksum")
    kind = octets[0]
    try:
        message = ICMPV6[kind](octets)
        fields = SCAPY_ICMPV6[kind](message)
    except Exception as error:  # scapy raises what its fields raise
        return refused(f"dissection: {error}")
    seen, told, wrong = scapy_nd_options(message) if kind in BELONG else ([], [], "")
    wrong = wrong or (too_short(message) and "too short")
    if wrong:
        return refused(wrong, kind=kind, seen=seen)
    return Opinion(True, "", kind, fields, that_count(kind, told), seen)


# ---- tshark ----

def run_tshark(path, *options):
    """The packets of a capture as tshark sees them: one dict of layers for each."""
    output = subprocess.run(
        ["tshark", "-r", str(path), "-T", "json", "--no-duplicate-keys", *options],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    # of text that is none, tshark shows octets that are not UTF-8
    return [packet["_source"]["layers"] for packet in json.loads(output.decode(errors="replace"))]


def members(layers, wanted):
    """All values of a key, wherever it is, in order."""
    found = []
    if isinstance(layers, list):
        for item in layers:
            found += members(item, wanted)
    elif isinstance(layers, dict):
        for key, value in layers.items():
            if key == wanted:
                found += value if isinstance(value, list) else [value]
            elif isinstance(value, (dict, list)):
                found += members(value, wanted)
    return found


def flags(layers, names):
    """A number from tshark's flags, most significant first; None is a bit that it does not show."""
    value = 0
    for name in names:
        value = value << 1 | (int(members(layers, name)[0]) if name else 0)
    return value


def one(layers, name):
    return int(members(layers, name)[0], 0)


UPDATE_FLAGS = ["mip6.bu.a_flag", "mip6.bu.h_flag", "mip6.bu.l_flag", "mip6.bu.k_flag",
                "mip6.bu.m_flag", "mip6.nemo.bu.r_flag", "mip6.bu.p_flag", "mip6.bu.f_flag",
                "mip6.bu.t_flag", "mip6.bu.b_flag"] + [None] * 6
ACK_FLAGS = ["mip6.ba.k_flag", "mip6.nemo.ba.r_flag", "mip6.ba.p_flag", "mip6.ba.t_flag",
             "mip6.ba.b_flag", None, None, None]
# Bits of `flags` that tshark 4.0 shows.
TSHARK_FLAGS = {5: 0xffc0, 6: 0xf8}
TSHARK_FIELDS = {
    0: lambda layers: {},
    1: lambda layers: {"cookie": one(layers, "mip6.hoti.cookie")},
    2: lambda layers: {"cookie": one(layers, "mip6.coti.cookie")},
    3: lambda layers: {"nonce_index": one(layers, "mip6.hot.nindex"),
                       "cookie": one(layers, "mip6.hot.cookie"),
                       "token": one(layers, "mip6.hot.token")},
    4: lambda layers: {"nonce_index": one(layers, "mip6.cot.nindex"),
                       "cookie": one(layers, "mip6.cot.cookie"),
                       "token": one(layers, "mip6.hot.token")},  # tshark 4.0's name for both
    5: lambda layers: {"sequence": one(layers, "mip6.bu.seqnr"),
                       "flags": flags(layers, UPDATE_FLAGS),
                       "lifetime": one(layers, "mip6.bu.lifetime")},
    6: lambda layers: {"status": one(layers, "mip6.ba.status"),
                       "flags": flags(layers, ACK_FLAGS),
                       "sequence": one(layers, "mip6.ba.seqnr"),
                       "lifetime": one(layers, "mip6.ba.lifetime")},
    7: lambda layers: {"status": one(layers, "mip6.be.status"),
                       "home_address": members(layers, "mip6.be.haddr")[0]},
}


def tshark_fields(layers):
    return TSHARK_FIELDS[one(layers, "mip6.mhtype")](layers)


def digits(text):
    return text.replace(":", "")


def any_base(text):
    return int(text, 0)


# (option type, our field, tshark's field, its text to our value)
TSHARK_OPTIONS = [
    (2, "interval", "mip6.bra.interval", int),
    (3, "address", "mip6.acoa.acoa", str),
    (4, "home", "mip6.ni.hni", int),
    (4, "care_of", "mip6.ni.cni", int),
    (5, "authenticator", "mip6.bad.auth", digits),
    (7, "address", "mip6.lla", digits),
    (7, "code", "mip6.lla.optcode", int),
    (8, "subtype", "mip6.mnid.subtype", int),
    (9, "subtype", "mip6.auth.subtype", int),
    (9, "spi", "mip6.auth.mobility_spi", any_base),
    (35, "bid", "mip6.bi.bid", any_base),
    (35, "status", "mip6.bi.status", int),
]


# tshark's output for unknown fields, or for text that it cannot print.
NO_FAULTS = ("IE data not dissected yet", "Trailing stray characters", "Dissector for ICMPv6 Option",
             "Unknown Data", "Invalid UTF-8")


def remarks(layers):
    """The errors that tshark reports."""
    found = [text for text in members(layers, "_ws.expert.message") if not text.startswith(NO_FAULTS)]
    return found + (["malformed"] if members(layers, "_ws.malformed") else [])


def normal(value):
    """Addresses have several texts."""
    try:
        return str(ipaddress.ip_address(value)) if isinstance(value, str) else value
    except ValueError:
        return value


def in_tshark_terms(ours):
    """Of ours what tshark shows of a Mobility Header: its options as lists, one for each field."""
    if not ours.accepted:
        return ours
    fields = {key: normal(value) for key, value in ours.fields.items()}
    if ours.kind in TSHARK_FLAGS:
        fields["flags"] &= TSHARK_FLAGS[ours.kind]
    # what is of no octets it does not show
    lists = {(kind, name): [normal(fields[name]) for option, fields in ours.options
                            if option == kind and fields[name] != ""]
             for kind, name, _, _ in TSHARK_OPTIONS}
    lists[9, "authenticator"] = [fields["authenticator"] for option, fields in ours.options
                                 if option == 9]
    bids = [fields for option, fields in ours.options if option == 35]
    lists[35, "home"] = [fields["flags"] >> 7 for fields in bids]
    lists[35, "care_of"] = [normal(fields["care_of"]) for fields in bids if fields["care_of"]]
    return Opinion(True, "", ours.kind, fields, lists)


def cut_authenticators(ours, theirs):
    """tshark 4.0 leaves out the last octets of most."""
    key = 9, "authenticator"
    if ours.accepted and theirs.accepted and len(ours.options[key]) == len(theirs.options[key]):
        ours.options[key] = [mine[:len(other)] for mine, other in zip(
            ours.options[key], theirs.options[key])]


def tshark_lists(layers):
    lists = {(kind, name): [normal(convert(text)) for text in members(layers, theirs)]
             for kind, name, theirs, convert in TSHARK_OPTIONS}
    lists[9, "authenticator"] = [digits(text) for text in members(layers, "mip6.auth.auth_data")]
    lists[35, "home"] = [int(text) for text in members(layers, "mip6.bi.h_flag")]
    # each option has one at most
    lists[35, "care_of"] = [normal(address) for option in members(layers, "mip6.options.bi_tree")
                            for address in members(option, "mip6.bi.coa_ipv6") +
                            members(option, "mip6.bi.coa_ipv4")]
    return lists


def tshark_message(layers):
    """The Mobility Header of a packet as tshark decodes it."""
    wrong = remarks(layers)
    if wrong:
        return refused("; ".join(wrong))
    kind = one(layers, "mip6.mhtype")
    if kind not in TSHARK_FIELDS:
        return refused("message type")
    try:
        fields = {key: normal(value) for key, value in TSHARK_FIELDS[kind](layers).items()}
    except IndexError:
        return refused("a field is missing")
    return Opinion(True, "", kind, fields, tshark_lists(layers))


TSHARK_ICMPV6 = {
    134: lambda m: {"hop_limit": one(m, "icmpv6.nd.ra.cur_hop_limit"),
                    "managed": one(m, "icmpv6.nd.ra.flag.m"), "other": one(m, "icmpv6.nd.ra.flag.o"),
                    "home_agent": one(m, "icmpv6.nd.ra.flag.h"),
                    "router_lifetime": one(m, "icmpv6.nd.ra.router_lifetime"),
                    "reachable_time": one(m, "icmpv6.nd.ra.reachable_time"),
                    "retransmit_timer": one(m, "icmpv6.nd.ra.retrans_timer")},
    144: lambda m: {"identifier": one(m, "icmpv6.mip6.identifier"), "mobile_router": reserved_bit(m)},
    145: lambda m: {"identifier": one(m, "icmpv6.mip6.identifier"), "mobile_router": reserved_bit(m),
                    "home_agents": [normal(address) for address in members(
                        m, "icmpv6.mip6.home_agent_address")][:HOME_AGENTS_MAX]},
    146: lambda m: {"identifier": one(m, "icmpv6.mip6.identifier")},
    147: lambda m: {"identifier": one(m, "icmpv6.mip6.identifier"),
                    "managed": one(m, "icmpv6.mip6.flag.m"), "other": one(m, "icmpv6.mip6.flag.o")},
}
TSHARK_ND_OPTIONS = {
    1: lambda o: {"source_link_layer": digits(members(o, "icmpv6.opt.src_linkaddr")[0])},
    3: lambda o: {"length": one(o, "icmpv6.opt.prefix.length"),
                  "on_link": one(o, "icmpv6.opt.prefix.flag.l"),
                  "autonomous": one(o, "icmpv6.opt.prefix.flag.a"),
                  "router": one(o, "icmpv6.opt.prefix.flag.r"),
                  "valid": one(o, "icmpv6.opt.prefix.valid_lifetime"),
                  "preferred": one(o, "icmpv6.opt.prefix.preferred_lifetime"),
                  "prefix": normal(members(o, "icmpv6.opt.prefix")[0])},
    7: lambda o: {"advertisement_interval": one(o, "icmpv6.opt.advertisement_interval")},
    8: lambda o: {"preference": one(o, "icmpv6.opt.home_agent_preference"),
                  "home_agent_lifetime": one(o, "icmpv6.opt.home_agent_lifetime")},
}


def reserved_bit(layers):
    """RFC 3963 7.1: tshark 4.0 shows R as reserved."""
    return int(digits(members(layers, "icmpv6.reserved")[0]), 16) >> 15


def tshark_icmpv6(layers):
    """The ICMPv6 message of a packet as tshark decodes it."""
    wrong = remarks(layers)
    if wrong:
        return refused("; ".join(wrong))
    kind = one(layers, "icmpv6.type")
    seen, told = [], []
    try:
        fields = TSHARK_ICMPV6[kind](layers)
        for option in members(layers, "icmpv6.opt"):
            seen.append((one(option, "icmpv6.opt.type"), one(option, "icmpv6.opt.length")))
            if seen[-1][0] in BELONG.get(kind, ()):
                told.append((seen[-1][0], TSHARK_ND_OPTIONS[seen[-1][0]](option)))
    except IndexError:
        return refused("a field is missing", kind=kind, seen=seen)
    return Opinion(True, "", kind, fields, that_count(kind, told), seen)


def normal_icmpv6(ours):
    if not ours.accepted:
        return ours
    fields = {key: [normal(one) for one in value] if isinstance(value, list) else value
              for key, value in ours.fields.items()}
    told = [(kind, {key: normal(value) if key == "prefix" else value
                    for key, value in option.items()}) for kind, option in ours.options]
    return Opinion(True, "", ours.kind, fields, told)
