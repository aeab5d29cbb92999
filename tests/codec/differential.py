#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Many messages through our codec, scapy and tshark: all agree on the fields or on the rejection.

    differential.py [--count N] [--sample PART] [--seed SEED] [--build BUILD]

Random and mutated messages (mobility_octets.py) go through ours and scapy, and a sample of them
through tshark. Where two differ, one of the named differences below must explain it, each of which
must occur in every run. MONAMI_SEED or --seed repeats a run.
"""

import argparse
import collections
import json
import multiprocessing
import os
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))

import mobility_octets as octets_of  # noqa: E402
import opinions  # noqa: E402

CHUNK = 1000
ICMPV6_SHARE = 0.2
SOURCE = bytes.fromhex("20010db8000100000000000000000001")
ROUTER = bytes.fromhex("fe800000000000000000000000000001")
DESTINATION = bytes.fromhex("20010db8000200000000000000000100")
FAILURES_SHOWN = 5
# Both must have agreed on each of these at least once, so that no run compares nothing.
MESSAGES = [("mh", kind) for kind in range(8)] + [("icmpv6", kind) for kind in (134, 144, 145, 146, 147)]
OPTIONS = ([("mh", kind) for kind in (2, 3, 4, 5, 7, 8, 9, 10, 35)] +
           [("icmpv6", kind) for kind in (1, 3, 7, 8)])


# ---- packets ----

def checksum(packet, next_header):
    """RFC 8200 8.1, by a way of its own."""
    payload = packet[40:]
    octets = packet[8:40] + struct.pack("!II", len(payload), next_header) + payload
    octets += bytes(len(octets) % 2)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets)) % 0xffff
    return (0xffff - total) or 0xffff


def packet_of(payload, next_header, at):
    """An IPv6 packet around it, with the right checksum at that offset of the payload."""
    source = ROUTER if next_header == 58 and payload[:1] == b"\x86" else SOURCE
    header = struct.pack("!IHBB", 6 << 28, len(payload), next_header, 255) + source + DESTINATION
    if len(payload) < at + 2:
        return header + payload
    payload = payload[:at] + b"\0\0" + payload[at + 2:]
    # RFC 6275 6.1.1: what is behind the Mobility Header is not in its checksum
    covered = payload[:8 * (payload[1] + 1)] if next_header == 135 else payload
    total = checksum(header + covered, next_header)
    return header + payload[:at] + struct.pack("!H", total) + payload[at + 2:]


@dataclass
class Case:
    family: str     # "mh" or "icmpv6"
    octets: bytes   # the Mobility Header, or the whole packet
    packet: bytes
    ours: opinions.Opinion = None
    error: str = ""  # ours, if not "ok"
    theirs: opinions.Opinion = None


def mh_case(octets):
    return Case("mh", octets, packet_of(octets, 135, 4))


def icmpv6_case(octets, right=True):
    packet = packet_of(octets, 58, 2)
    if not right:
        packet = packet[:-1] + bytes([packet[-1] ^ 1])
    return Case("icmpv6", packet, packet)


# ---- ours ----

def our_opinion(answer):
    if answer["error"] != "ok":
        return opinions.refused(answer["error"])
    # Neither of the others knows the options of RFC 6089: test_flow_options.py.
    told = [(option["type"], option["fields"]) for option in answer["options"] if option["type"] not in (44, 45)]
    return opinions.Opinion(True, "", answer["type"], answer["fields"], told)


def ask_ours(build, cases):
    lines = "".join(f"{'message' if case.family == 'mh' else 'packet'} {case.octets.hex()}\n"
                    for case in cases)
    done = subprocess.run([os.path.join(build, "tests", "codec", "decode_tool")], input=lines,
                          stdout=subprocess.PIPE, text=True, check=True)
    answers = done.stdout.splitlines()
    assert len(answers) == len(cases)
    for case, answer in zip(cases, answers):
        answer = json.loads(answer)
        case.ours, case.error = our_opinion(answer), answer["error"]


# ---- the differences that there are ----

@dataclass
class Difference:
    name: str
    reference: str
    explains: object  # Case -> bool


def parts(case):
    """(type, length) of the options in the octets, padding left out, as far as they can be walked."""
    if case.family == "mh":
        at = 6 + octets_of.FIXED.get(case.octets[2], 0) if len(case.octets) > 2 else 0
        end, unit, header = min(8 * (case.octets[1] + 1), len(case.octets)), 1, 2
    else:
        at = 40 + {134: 16, 146: 8, 147: 8}.get(case.octets[40], 1500)
        end, unit, header = len(case.octets), 8, 0
    found = []
    while at + 2 <= end:
        kind, length = case.octets[at:at + 2]
        if case.family == "mh" and kind == 0:
            at += 1
            continue
        step = header + unit * length
        if step == 0 or at + step > end:
            break
        if case.family == "icmpv6" or kind != 1:
            found.append((kind, length))
        at += step
    return found


def count_of(case, kind):
    return sum(option == kind for option, _ in parts(case))


def comes_twice(case):
    return count_of(case, 9) > 2 or any(count_of(case, kind) > 1 for kind in (2, 3, 4, 7, 8, 10))


def ours_alone(case):
    return case.ours.accepted and not case.theirs.accepted


def theirs_alone(case):
    return case.theirs.accepted and not case.ours.accepted


def is_odd(kind, length):
    """An option of Neighbour Discovery of another length than ours knows it by."""
    return {1: 1, 2: 1, 3: 4, 5: 1, 7: 1, 8: 1}.get(kind, length) != length


def begins(case, icmpv6_type):
    return case.family == "icmpv6" and case.octets[40] == icmpv6_type


def at_option(case, kinds):
    return case.theirs.reason in {f"option {kind}" for kind in kinds}


# Of both; each is what ours demands and the other does not look at.
STRICTER = [
    Difference(
        "payload proto", "RFC 6275 9.2: must be 59",
        lambda case: theirs_alone(case) and case.error == "payload proto is not 59" and
        case.octets[0] != 59),
    Difference(
        "option twice", "no document gives a second one a meaning (RFC 4285 5: one of each subtype)",
        lambda case: theirs_alone(case) and case.error == "option given twice" and comes_twice(case)),
    Difference(
        "flow options", "RFC 6089 4.2.2: one FID or more of two octets; the places for flows are bounded",
        lambda case: theirs_alone(case) and (
            (case.error == "option length not allowed" and
             any(kind == 44 and (length == 0 or length % 2) for kind, length in parts(case))) or
            (case.error == "option given twice" and (count_of(case, 44) > 8 or count_of(case, 45) > 64)))),
    Difference(
        "behind the authorization data", "RFC 6275 6.2.7: nothing follows it",
        lambda case: theirs_alone(case) and
        case.error == "an option follows the authorization data" and count_of(case, 5) > 0),
    Difference(
        "empty authorization data", "RFC 6275 6.2.7: it holds an authenticator",
        lambda case: theirs_alone(case) and case.error == "option length not allowed" and
        (5, 0) in parts(case)),
    Difference(
        "code of a Router Advertisement", "RFC 4861 6.1.2: must be 0",
        lambda case: theirs_alone(case) and begins(case, 134) and case.octets[41] != 0 and
        case.error == "neighbour discovery with a code other than 0"),
    Difference(
        "options of a Mobile Prefix Solicitation",
        "RFC 6275 6.7: in the format of RFC 4861, where length 0 is wrong (4.6)",
        lambda case: theirs_alone(case) and begins(case, 146) and
        case.error in ("option length not allowed", "option past the end of the message")),
]
SCAPY_DIFFERENCES = STRICTER + [
    Difference(
        "too many binding identifiers",
        "more than message.h has room for, which only malformed ones can be",
        lambda case: theirs_alone(case) and case.error == "option given twice" and
        count_of(case, 35) > 340),
    Difference(
        "empty authenticator", "RFC 4285 5: Length is greater than 5",
        lambda case: theirs_alone(case) and case.error == "option length not allowed" and
        (9, 5) in parts(case)),
    Difference(
        "options of NEMO and CGA", "RFC 6275 6.2.1: ours does not know types 6, 11 and 15, and"
        " skips them; scapy takes them to be of one length",
        lambda case: ours_alone(case) and case.family == "mh" and at_option(case, (6, 11, 15))),
    Difference(
        "length of options of Neighbour Discovery", "RFC 4861 9: what is not understood is ignored;"
        " scapy takes them to be of one length",
        lambda case: ours_alone(case) and case.family == "icmpv6" and
        at_option(case, (1, 2, 3, 7, 8)) and any(is_odd(*option) for option in parts(case))),
]
KNOWN_TO_OURS = (2, 3, 4, 5, 7, 8, 9, 10, 35)
ND_KNOWN_TO_OURS = (1, 2, 3, 7, 8)
# tshark's titles of the options of opts.def.
TITLES_OF_OURS = (
    "Binding Refresh Advice", "Alternate Care-of Address", "Nonce Indices", "Authorization Data",
    "Mobility Header Link-Layer Address", "Mobile Node Identifier", "AUTH-OPTION-TYPE", "MESG-ID-OPTION-TYPE",
    "Binding Identifier")
TSHARK_DIFFERENCES = STRICTER + [
    Difference(
        "option past the end of an advertisement", "RFC 4861 4.6: it is not there; tshark does not"
        " look at the length of some that it knows, such as 12",
        lambda case: theirs_alone(case) and (begins(case, 134) or begins(case, 147)) and
        case.error == "option past the end of the message"),
    Difference(
        "header shorter than its message", "RFC 6275 9.2: is refused; tshark reads on behind its end",
        lambda case: theirs_alone(case) and case.error == "header len too small for the type" and
        8 * (case.octets[1] + 1) < 6 + octets_of.FIXED[case.octets[2]]),
    Difference(
        "options of other documents", "RFC 6275 6.2.1: ours skips what it does not know; tshark knows"
        " more, and wants more of it",
        lambda case: ours_alone(case) and case.family == "mh" and
        any(kind not in KNOWN_TO_OURS for kind, _ in parts(case)) and
        not case.theirs.reason.startswith(TITLES_OF_OURS)),
    Difference(
        "binding identifier of a wrong length", "RFC 5648 6.2: it is answered, and so ours marks it;"
        " tshark rejects it if it is shorter than 4, else takes what is there",
        lambda case: case.ours.accepted and any(
            kind == 35 and length not in (4, 8, 20) for kind, length in parts(case))),
    Difference(
        "mobile node identifier of no octets", "RFC 4283 3: Length is that of subtype and identifier;"
        " tshark wants 2 at least",
        lambda case: ours_alone(case) and case.theirs.reason.startswith(
            "Mobile Node Identifier (with option length = 1 byte;") and (8, 1) in parts(case)),
    Difference(
        "options of Neighbour Discovery", "RFC 4861 9: what is not understood is ignored; tshark takes"
        " all as one link-layer address, others to be of one length, and knows more",
        lambda case: case.ours.accepted and case.family == "icmpv6" and
        any(is_odd(*option) or option[0] not in ND_KNOWN_TO_OURS for option in parts(case))),
]


def explanation(case, differences):
    for difference in differences:
        if difference.explains(case):
            return difference.name
    return None


# ---- counting ----

@dataclass
class Tally:
    compared: int = 0
    accepted: int = 0  # by both, with the same fields
    rejected: int = 0  # by both
    explained: collections.Counter = field(default_factory=collections.Counter)
    messages: collections.Counter = field(default_factory=collections.Counter)  # accepted
    options: collections.Counter = field(default_factory=collections.Counter)   # of those
    failures: list = field(default_factory=list)

    def add(self, case, differences):
        self.compared += 1
        if case.ours.says() == case.theirs.says():
            self.accepted += case.ours.accepted
            self.rejected += not case.ours.accepted
            if case.ours.accepted:
                self.messages[case.family, case.ours.kind] += 1
                self.options.update({(case.family, kind) for kind, _ in parts(case)})
            return
        name = explanation(case, differences)
        if name:
            self.explained[name] += 1
        elif len(self.failures) < FAILURES_SHOWN:
            self.failures.append(
                f"{case.family} {case.octets.hex()}\n  ours:   {case.error} {case.ours.says()}\n"
                f"  theirs: {case.theirs.reason} {case.theirs.says()}")

    def merge(self, other):
        self.compared += other.compared
        self.accepted += other.accepted
        self.rejected += other.rejected
        self.explained += other.explained
        self.messages += other.messages
        self.options += other.options
        self.failures = (self.failures + other.failures)[:FAILURES_SHOWN]

    def faults(self, whom, differences):
        """Why the comparison with `whom` has failed; empty if it has not."""
        yield from (f"{whom} differs and nothing explains it: {failure}" for failure in self.failures)
        yield from (f"{whom}: '{difference.name}' explains nothing any more"
                    for difference in differences if not self.explained[difference.name])
        yield from (f"{whom}: no agreement on any message of type {one}"
                    for one in MESSAGES if not self.messages[one])
        yield from (f"{whom}: no agreement on any message with option {one}"
                    for one in OPTIONS if not self.options[one])

    def report(self, whom):
        explained = sum(self.explained.values())
        yield (f"{whom}: {self.compared} messages; agreed on the fields of {self.accepted}, on the"
               f" rejection of {self.rejected}; {explained} differences explained:")
        yield from (f"    {count:7} {name}" for name, count in self.explained.most_common())


# ---- the cases ----

def header(kind, content, proto=59, length=None):
    octets = bytes([proto, 0, kind, 0, 0, 0]) + content
    octets += bytes(-len(octets) % 8)
    return octets[:1] + bytes([len(octets) // 8 - 1 if length is None else length]) + octets[2:]


UPDATE = b"\0\1\xc0\0\0\x96"  # RFC 6275 6.1.7: sequence number, flags, lifetime


def directed():
    """By hand, for each difference one that it explains."""
    yield mh_case(header(0, b"\0\0", proto=58))
    yield mh_case(header(5, UPDATE + 2 * b"\2\2\0\1"))
    yield mh_case(header(5, UPDATE + 341 * b"\x23\0"))
    yield mh_case(header(5, UPDATE + b"\x05\x0c" + bytes(12) + b"\2\2\0\1\1\0"))
    yield mh_case(header(5, UPDATE + b"\1\0\5\0"))
    yield mh_case(header(5, UPDATE + b"\x09\5\1\0\0\1\0"))
    yield mh_case(header(5, UPDATE + b"\6\2\0\0"))
    yield mh_case(header(5, UPDATE, length=0))
    yield mh_case(header(5, UPDATE + b"\x23\3\0\1\0"))
    yield mh_case(header(5, UPDATE + b"\x08\1\1\0"))
    yield mh_case(header(5, UPDATE + b"\x2c\1\0"))
    yield icmpv6_case(b"\x86\1\0\0" + bytes(12))
    yield icmpv6_case(b"\x86\0\0\0" + bytes(12) + b"\1\2" + bytes(14))
    yield icmpv6_case(b"\x86\0\0\0" + bytes(12) + b"\x0c\x8d" + bytes(30))
    yield icmpv6_case(b"\x92\0\0\0\0\1\0\0" + bytes(8))


def plain():
    """One of each message, and one with each option."""
    for kind, length in octets_of.FIXED.items():
        yield mh_case(header(kind, bytes(length)))
    for kind, lengths in octets_of.LENGTHS.items():
        # RFC 6275 6.2.7: the one that must be last ends here on a multiple of eight
        yield mh_case(header(5, UPDATE + b"\1\4" + bytes(4) + bytes([kind, lengths[0]]) + bytes(lengths[0])))
    yield icmpv6_case(b"\x86\0\0\0" + bytes(12) + b"".join(
        bytes([kind, octets // 8]) + bytes(octets - 2) for kind, octets in octets_of.ND_LENGTHS.items()))
    for kind in (144, 145, 146, 147):
        yield icmpv6_case(bytes([kind]) + bytes(7))


def cases_of(seed, index, count):
    rng = octets_of.generator(seed, index)
    if index == 0:
        yield from directed()
        yield from plain()
    for _ in range(count):
        if rng.random() < ICMPV6_SHARE:
            yield icmpv6_case(octets_of.icmpv6(rng), right=rng.random() > 0.02)
        else:
            yield mh_case(octets_of.mobility_header(rng))


# ---- asking ----

def ask_scapy(cases):
    for case in cases:
        case.theirs = (opinions.scapy_message(case.octets) if case.family == "mh"
                       else opinions.scapy_icmpv6(case.packet))


def pcap(packets):
    """Packets that begin with the IPv6 header, in the format of libpcap."""
    octets = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 229)
    for packet in packets:
        octets += struct.pack("<IIII", 0, 0, len(packet), len(packet)) + packet
    return octets


def ask_tshark(cases):
    """Copies of the cases: ours in tshark's terms, theirs tshark's."""
    with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
        file.write(pcap([case.packet for case in cases]))
        file.flush()
        seen = opinions.run_tshark(file.name)
    assert len(seen) == len(cases)
    for case, layers in zip(cases, seen):
        if case.family == "mh":
            ours, theirs = opinions.in_tshark_terms(case.ours), opinions.tshark_message(layers)
            opinions.cut_authenticators(ours, theirs)
        else:
            ours, theirs = opinions.normal_icmpv6(case.ours), opinions.tshark_icmpv6(layers)
        yield Case(case.family, case.octets, case.packet, ours, case.error, theirs)


# ---- a run ----

def run_chunk(build, seed, index, count, sample):
    """(the comparison with scapy, the cases that tshark shall see)"""
    cases = list(cases_of(seed, index, count))
    ask_ours(build, cases)
    ask_scapy(cases)
    tally = Tally()
    for case in cases:
        tally.add(case, SCAPY_DIFFERENCES)
    return tally, cases[:len(cases) - count + round(count * sample)]


def compare(build, seed, count, sample, processes=2):
    """(comparison with scapy, comparison of so large a part with tshark)"""
    chunks = [(build, seed, index, min(CHUNK, count - start), sample)
              for index, start in enumerate(range(0, count, CHUNK))]
    with multiprocessing.Pool(processes) as pool:
        results = pool.starmap(run_chunk, chunks, chunksize=1)
    scapy, tshark = Tally(), Tally()
    for tally, _ in results:
        scapy.merge(tally)
    for case in ask_tshark([case for _, sample in results for case in sample]):
        tshark.add(case, TSHARK_DIFFERENCES)
    return scapy, tshark


def faults_of(scapy, tshark):
    return [*scapy.faults("scapy", SCAPY_DIFFERENCES), *tshark.faults("tshark", TSHARK_DIFFERENCES)]


def seed_of_run():
    return os.environ.get("MONAMI_SEED") or os.urandom(4).hex()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=120000, help="messages (120000)")
    parser.add_argument("--sample", type=float, default=0.03, help="the part for tshark too (0.03)")
    parser.add_argument("--seed", default=None, help="repeats the run that printed it")
    parser.add_argument("--build", default=os.path.join(ROOT, "build"), help="where decode_tool is")
    options = parser.parse_args()
    seed = options.seed or seed_of_run()
    print(f"seed {seed}", flush=True)
    started = time.monotonic()
    scapy, tshark = compare(options.build, seed, options.count, options.sample)
    for line in (*scapy.report("scapy"), *tshark.report("tshark")):
        print(line)
    faults = faults_of(scapy, tshark)
    for fault in faults:
        print(f"FAILED {fault}")
    outcome = "FAILED" if faults else "all agree, or differ as explained"
    print(f"{time.monotonic() - started:.0f} s; {outcome}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
