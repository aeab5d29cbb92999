# SPDX-License-Identifier: BSD-2-Clause
"""Flow options and traffic selectors against a second encoder, written from RFC 6089 4.2 and RFC 6088 3.

Neither scapy nor tshark knows them. The encoder here has nothing in common with src/wire: its tables are
the figures of the documents, and it pads by trying.
"""

import ipaddress

from hypothesis import HealthCheck, given, settings, strategies as st

NO_TIME_LIMIT = settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True, database=None)
u8, u16, u32 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32))

# RFC 6088 3.1, 3.2: letters of the flags, name, octets.
FORMATS = {
    1: [("AB", "source", 4), ("CD", "destination", 4), ("EF", "spi", 4), ("GH", "source_port", 2),
        ("IJ", "destination_port", 2), ("KL", "traffic_class", 1), ("MN", "protocol", 1)],
    2: [("AB", "source", 16), ("CD", "destination", 16), ("EF", "spi", 4), ("GH", "flow_label", 4),
        ("IJ", "source_port", 2), ("KL", "destination_port", 2), ("MN", "traffic_class", 1), ("OP", "protocol", 1)],
}
# RFC 6088 3.1, 3.2, "the alignment requirement": the first of these sets of letters that has one.
ALIGNMENTS = {1: [("ABCDEF", 4), ("GHIJ", 2), ("KLMN", 1)], 2: [("ABCD", 8), ("EFGH", 4), ("IJKL", 2), ("MNOP", 1)]}
MASKS = {"traffic_class": 0xFC, "flow_label": 0xFFFFF}


def values(name, octets):
    every = st.integers(0, 2 ** (8 * octets) - 1)
    return every.map(lambda x: x & MASKS.get(name, 2 ** (8 * octets) - 1))


@st.composite
def selectors(draw):
    number = draw(st.sampled_from([1, 2]))
    chosen = draw(st.lists(st.sampled_from(FORMATS[number]), unique=True))
    ranges = {name: (draw(values(name, octets)), draw(values(name, octets))) for _, name, octets in chosen}
    for name in ranges:
        if draw(st.booleans()):
            ranges[name] = (ranges[name][0], ranges[name][0])
    return {"format": number, "ranges": ranges}


UNKNOWN = st.builds(lambda number, octets: {"format": number, "unknown": octets}, st.integers(3, 255), st.binary(max_size=40))
FLOWS = st.lists(st.fixed_dictionaries({
    "fid": u16, "priority": u16, "status": u8,
    "bids": st.none() | st.lists(u16, min_size=1, max_size=16),
    "selector": st.none() | selectors() | UNKNOWN,
}), max_size=6)
FIDS = st.none() | st.lists(u16, min_size=1, max_size=127)


# ---- the encoder: lists of octets, whose length is the offset in the message ----

def number(value, octets):
    return list(value.to_bytes(octets, "big"))


def pad_to(out, n, m=0):
    missing = next(i for i in range(8) if (len(out) + i) % n == m)
    out += [] if missing == 0 else [0] if missing == 1 else [1, missing - 2] + [0] * (missing - 2)


def put(out, kind, alignment, write):
    pad_to(out, *alignment)
    out += [kind, 0]
    start = len(out)
    write(out)
    out[start - 1] = len(out) - start


def selector_body(selector):
    """(octets from TS Format on, letters)"""
    body, letters = [], ""
    for pair, name, octets in FORMATS[selector["format"]]:
        if name in selector["ranges"]:
            first, last = selector["ranges"][name]
            letters += pair[0]
            body += number(first, octets)
            if first != last:
                letters += pair[1]
                body += number(last, octets)
    flags = sum(1 << (31 - (ord(letter) - ord("A"))) for letter in letters)
    return [selector["format"], 0] + number(flags, 4) + body, letters


def put_selector(out, selector):
    if "unknown" in selector:
        put(out, 3, (1,), lambda o: o.extend([selector["format"], 0, *selector["unknown"]]))
        return
    body, letters = selector_body(selector)
    n = next((n for some, n in ALIGNMENTS[selector["format"]] if set(some) & set(letters)), 1)
    put(out, 3, (n,), lambda o: o.extend(body))


def put_flow(out, flow):
    def write(o):
        o += number(flow["fid"], 2) + number(flow["priority"], 2) + [0, flow["status"]]
        if flow["bids"]:
            put(o, 2, (2,), lambda p: [p.extend(number(bid, 2)) for bid in flow["bids"]])
        if flow["selector"]:
            put_selector(o, flow["selector"])

    put(out, 45, (2,), write)


def update(write):
    out = [59, 0, 5, 0, 0, 0, 0, 1, 0x80, 0, 0, 105]  # RFC 6275 6.1.7
    write(out)
    pad_to(out, 8)
    out[1] = len(out) // 8 - 1
    return bytes(out)


def message_of(flows, fids):
    def write(out):
        if fids:
            put(out, 44, (2,), lambda o: [o.extend(number(fid, 2)) for fid in fids])
        for flow in flows:
            put_flow(out, flow)

    return update(write)


# ---- what is to be said of it ----

def said_range(selector, name, pair):
    if name not in ("source", "destination"):
        return list(pair)
    family = ipaddress.IPv4Address if selector["format"] == 1 else ipaddress.IPv6Address
    return [family(value) for value in pair]


def said_selector(selector):
    fields = {"format": selector["format"], "unknown": bytes(selector.get("unknown", b"")).hex()}
    fields |= {name: said_range(selector, name, pair) for name, pair in selector.get("ranges", {}).items()}
    return {"type": 3, "name": "traffic selector", "fields": fields}


def said_flow(flow):
    inside = []
    if flow["bids"]:
        inside.append({"type": 2, "name": "binding reference", "fields": {"bids": flow["bids"]}})
    if flow["selector"]:
        inside.append(said_selector(flow["selector"]))
    said = {"type": 45, "name": "flow identification",
            "fields": {name: flow[name] for name in ("fid", "priority", "status")}}
    return said | ({"options": inside} if inside else {})


def parsed(option):
    """Addresses as such: Python and inet_ntop write some in different ways."""
    fields = {name: [ipaddress.ip_address(one) for one in value] if name in ("source", "destination") else value
              for name, value in option["fields"].items()}
    inside = [parsed(one) for one in option.get("options", [])]
    return option | {"fields": fields} | ({"options": inside} if inside else {})


@NO_TIME_LIMIT
@given(FLOWS, FIDS)
def test_both_encode_and_understand_the_same(codec, flows, fids):
    octets = message_of(flows, fids)
    answer = codec.message(octets)
    expected = [{"type": 44, "name": "flow summary", "fields": {"fids": fids}}] if fids else []
    assert answer["error"] == "ok"
    assert [parsed(one) for one in answer["options"]] == expected + [said_flow(flow) for flow in flows]
    assert answer["encoded"] == octets.hex()


@NO_TIME_LIMIT
@given(selectors(), st.binary(max_size=8), st.data())
def test_cut_and_longer_selectors_are_malformed(codec, selector, more, data):
    """All but the whole selector; the message and the flow behind it are understood."""
    body, _ = selector_body(selector)
    length = data.draw(st.integers(0, len(body) - 1))
    other = body[:length] if not more else body + list(more)

    def write(out):
        put(out, 45, (2,), lambda o: o.extend([0, 7, 0, 1, 0, 0, 3, len(other), *other]))
        put_flow(out, {"fid": 8, "priority": 2, "status": 0, "bids": None, "selector": None})

    answer = codec.message(update(write))
    assert answer["error"] == "ok"
    first, second = answer["options"]
    assert first["fields"]["fid"] == 7 and first["fields"]["malformed"] == 1
    assert second["fields"]["fid"] == 8 and "malformed" not in second["fields"]
    assert "encoded" not in answer


# ---- draft-montavont-mip6-mmi-02 7.1 ----

@NO_TIME_LIMIT
@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15), u8, st.integers(0, 2**128 - 1)), max_size=16))
def test_load_balancing_options(codec, options):
    def write(out):
        for source, destination, care_of_id, address in options:
            put(out, 18, (8, 4), lambda o: o.extend(
                [source << 4 | destination, care_of_id, *number(address, 16)]))

    octets = update(write)
    answer = codec.experiment(octets)
    assert answer["error"] == "ok"
    assert [(one["fields"]["source"], one["fields"]["destination"], one["fields"]["care_of_id"],
             int(ipaddress.IPv6Address(one["fields"]["address"]))) for one in answer["options"]] == options
    assert answer["encoded"] == octets.hex()
    assert codec.message(octets)["options"] == []
