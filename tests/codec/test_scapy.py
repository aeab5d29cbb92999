# SPDX-License-Identifier: BSD-2-Clause
"""Two codecs on the same messages: scapy builds and ours decodes; ours builds and scapy decodes."""

import ipaddress

import scapy_mip6 as mip6
from hypothesis import given, settings, HealthCheck
from hypothesis import strategies as st
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
    MIP6MH_CoTI,
    MIP6MH_HoT,
    MIP6MH_HoTI,
    MIP6OptAltCoA,
    MIP6OptBRAdvice,
    MIP6OptUnknown,
    Pad1,
    PadN,
)

NO_TIME_LIMIT = settings(
    deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True, database=None)

u8 = st.integers(0, 0xFF)
u16 = st.integers(0, 0xFFFF)
u32 = st.integers(0, 0xFFFFFFFF)
u64 = st.integers(0, 0xFFFFFFFFFFFFFFFF)
addresses = st.integers(0, 2**128 - 1).map(lambda number: str(ipaddress.IPv6Address(number)))
ipv4_addresses = u32.map(lambda number: str(ipaddress.IPv4Address(number)))
routable = st.integers(0, 2**64 - 1).map(
    lambda number: str(ipaddress.IPv6Address((0x20010DB8 << 96) + number)))


# ---- options: (type, scapy's option, the fields that it means) ----

def bid(number, status, h, priority, care_of):
    keywords = {}
    if care_of is not None:
        keywords = {"coa6" if ":" in care_of else "coa4": care_of}
    return (35, mip6.MIP6OptBID(bid=number, status=status, h=h, priority=priority, **keywords),
            {"bid": number, "status": status, "flags": h << 7 | priority, "care_of": care_of})


def authentication(subtype, spi, data):
    return (9, mip6.MIP6OptMsgAuth(subtype=subtype, mspi=spi, authdata=data),
            {"subtype": subtype, "spi": spi, "authenticator": data.hex()})


OPTIONS_ONCE = [
    u16.map(lambda x: (2, MIP6OptBRAdvice(rinter=x), {"interval": x})),
    addresses.map(lambda x: (3, MIP6OptAltCoA(acoa=x), {"address": x})),
    st.tuples(u16, u16).map(lambda x: (
        4, mip6.MIP6OptNonceIndices(hni=x[0], coni=x[1]), {"home": x[0], "care_of": x[1]})),
    st.tuples(u8, st.binary(max_size=20)).map(lambda x: (
        7, mip6.MIP6OptLinkLayerAddress(ocode=x[0], lla=x[1]),
        {"code": x[0], "address": x[1].hex()})),
    st.tuples(u8, st.binary(max_size=60)).map(lambda x: (
        8, mip6.MIP6OptMNID(subtype=x[0], id=x[1]), {"subtype": x[0], "identifier": x[1].hex()})),
    u64.map(lambda x: (10, mip6.MIP6OptReplayProtection(timestamp=x), {"timestamp": x})),
]
BIDS = st.lists(
    st.builds(bid, u16, u8, st.integers(0, 1), st.integers(0, 127),
              st.none() | addresses | ipv4_addresses), max_size=8)
AUTHENTICATIONS = st.lists(
    st.builds(authentication, u8, u32, st.binary(min_size=1, max_size=32)), max_size=2)
AUTHORIZATION = st.none() | st.binary(min_size=12, max_size=12).map(lambda x: (
    5, mip6.MIP6OptBindingAuthData(authenticator=x), {"authenticator": x.hex()}))
UNKNOWN = st.lists(st.tuples(
    st.sampled_from([6, 11, 43, 200, 255]), st.binary(max_size=9)).map(lambda x: (
        None, MIP6OptUnknown(otype=x[0], odata=x[1]), None)), max_size=2)

# The order of opts.def, in which ours tells and encodes the options.
ORDER = [2, 3, 4, 7, 35, 8, 10, 9, 5]


@st.composite
def options(draw):
    some = [draw(one) for one in OPTIONS_ONCE if draw(st.booleans())]
    some += draw(BIDS) + draw(UNKNOWN)
    some = draw(st.permutations(some))
    last = draw(AUTHORIZATION)
    return some + draw(AUTHENTICATIONS) + ([last] if last else [])


def cookie(number):
    return number.to_bytes(8, "big")


# ---- messages: (type, scapy's class and keywords, the fields that it means) ----

MESSAGES = st.one_of(
    st.just((0, MIP6MH_BRR, {"res2": 0}, {})),
    u64.map(lambda x: (1, MIP6MH_HoTI, {"cookie": cookie(x)}, {"cookie": x})),
    u64.map(lambda x: (2, MIP6MH_CoTI, {"mhtype": 2, "cookie": cookie(x)}, {"cookie": x})),
    st.tuples(u16, u64, u64).map(lambda x: (
        3, MIP6MH_HoT, {"index": x[0], "cookie": cookie(x[1]), "token": cookie(x[2])},
        {"nonce_index": x[0], "cookie": x[1], "token": x[2]})),
    st.tuples(u16, u64, u64).map(lambda x: (
        4, MIP6MH_CoT, {"mhtype": 4, "index": x[0], "cookie": cookie(x[1]), "token": cookie(x[2])},
        {"nonce_index": x[0], "cookie": x[1], "token": x[2]})),
    st.tuples(u16, u16, u16).map(lambda x: (
        5, MIP6MH_BU, {"seq": x[0], "flags": x[1] >> 9, "reserved": x[1] & 0x1FF, "mhtime": x[2]},
        {"sequence": x[0], "flags": x[1], "lifetime": x[2]})),
    st.tuples(u8, u8, u16, u16).map(lambda x: (
        6, MIP6MH_BA, {"status": x[0], "flags": x[1] >> 5, "res2": x[1] & 0x1F, "seq": x[2],
                       "mhtime": x[3]},
        {"status": x[0], "flags": x[1], "sequence": x[2], "lifetime": x[3]})),
    st.tuples(u8, addresses).map(lambda x: (
        7, MIP6MH_BE, {"status": x[0], "ha": x[1]}, {"status": x[0], "home_address": x[1]})),
)

FRAMES = st.tuples(routable, routable, st.none() | routable, st.none() | routable)


def frame(source, destination, home_address, routing_address):
    packet = IPv6(src=source, dst=destination)
    if routing_address:
        packet /= IPv6ExtHdrRouting(type=2, segleft=1, addresses=[routing_address])
    if home_address:
        packet /= IPv6ExtHdrDestOpt(options=[HAO(hoa=home_address)])
    return packet


def normal(address):
    return str(ipaddress.ip_address(address)) if address else None


def told(expected):
    """The expected decoding of scapy's options: in the order of opts.def, without unknown ones."""
    known = [(number, fields) for number, _, fields in expected if number is not None]
    known.sort(key=lambda option: ORDER.index(option[0]))
    return known


def comparable(fields):
    """inet_ntop and Python write some addresses differently."""
    return {name: normal(value) if name in ("address", "care_of", "home_address") and value and (
        ":" in str(value) or "." in str(value)) else value for name, value in fields.items()}


@NO_TIME_LIMIT
@given(message=MESSAGES, options=options(), ends=FRAMES)
def test_ours_decodes_what_scapy_builds(codec, message, options, ends):
    number, cls, keywords, fields = message
    packet = frame(*ends) / cls(res=0, options=[option for _, option, _ in options], **keywords)
    answer = codec.packet(packet)
    assert answer["error"] == "ok"
    assert answer["type"] == number
    assert comparable(answer["fields"]) == comparable(fields)
    assert (normal(answer["source"]), normal(answer["destination"])) == ends[:2]
    assert normal(answer.get("home_address")) == ends[2]
    assert normal(answer.get("routing_address")) == ends[3]
    assert [(option["type"], comparable(option["fields"])) for option in answer["options"]] == [
        (number, comparable(fields)) for number, fields in told(options)]


def dissected_options(message):
    """(offset in the message, option) of scapy's dissection, padding left out."""
    at = len(bytes(message)) - sum(len(bytes(option)) for option in message.options)
    for option in message.options:
        if not isinstance(option, (Pad1, PadN)):
            yield at, option
        at += len(bytes(option))


@NO_TIME_LIMIT
@given(message=MESSAGES, options=options(), ends=FRAMES)
def test_scapy_decodes_what_ours_builds(codec, message, options, ends):
    number, cls, keywords, _ = message
    built = [option for option in options if option[0] is not None]
    built.sort(key=lambda option: ORDER.index(option[0]))
    packet = frame(*ends) / cls(res=0, options=[option for _, option, _ in built], **keywords)
    rebuilt = IPv6(bytes.fromhex(codec.packet(packet)["rebuilt"]))

    assert (normal(rebuilt.src), normal(rebuilt.dst)) == ends[:2]
    assert IPv6ExtHdrRouting in rebuilt if ends[3] else IPv6ExtHdrRouting not in rebuilt
    message = rebuilt.getlayer(cls)
    assert message.mhtype == number
    for name, value in keywords.items():
        actual = getattr(message, name)
        assert (normal(actual) if name == "ha" else actual) == value
    assert (message.len + 1) * 8 == len(bytes(message))

    found = list(dissected_options(message))
    assert [bytes(option) for _, option in found] == [bytes(option) for _, option, _ in built]
    for at, option in found:
        if option.x:
            assert at % option.x == option.y

    # scapy computes the same checksum over the same octets, in a frame of its own
    checksum = message.cksum
    del message.cksum
    assert IPv6(bytes(frame(*ends) / message.copy())).getlayer(cls).cksum == checksum


@NO_TIME_LIMIT
@given(message=MESSAGES, options=options(), ends=FRAMES)
def test_octets_are_equal_where_the_documents_leave_no_choice(codec, message, options, ends):
    """All but the authentication option, which RFC 4285 5 lets stand at 4n + 1, ours at 8n + 5."""
    _, cls, keywords, _ = message
    built = [option for option in options if option[0] not in (None, 9)]
    built.sort(key=lambda option: ORDER.index(option[0]))
    packet = frame(*ends) / cls(res=0, options=[option for _, option, _ in built], **keywords)
    assert codec.packet(packet)["rebuilt"] == bytes(packet).hex()


@NO_TIME_LIMIT
@given(octets=st.binary(max_size=300))
def test_any_octets_get_an_answer(codec, octets):
    assert "error" in codec.packet(octets)
    assert "error" in codec.message(octets)
    assert "error" in codec.message(b"\x3b" + bytes([len(octets) // 8]) + b"\x05\0\0\0" + octets)
