# SPDX-License-Identifier: BSD-2-Clause
"""The link that a flow takes among equally good ones: the hash of src/bpf/flow_hash.h in Python, so that tests and
the demo can choose ports whose links are known. tests/unit/bpf/test_flow_hash.c has the same example."""
import socket

TCP, UDP = 6, 17
MULTIPLIER = 0x9E3779B97F4A7C15
ALL = (1 << 64) - 1


def _mix(x):
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & ALL
    x = (x ^ x >> 27) * 0x94D049BB133111EB & ALL
    return x ^ x >> 31


def _words(address):
    octets = socket.inet_pton(socket.AF_INET6, address)
    return int.from_bytes(octets[:8], "big"), int.from_bytes(octets[8:], "big")


def flow_hash(home_address, other, protocol, home_port=0, other_port=0):
    flow = home_port << 32 | other_port << 16 | protocol
    for word in (*_words(home_address), *_words(other)):
        flow = (flow ^ flow >> 32) * MULTIPLIER & ALL ^ word
    return flow


def weight(flow, bid):
    return _mix(flow + bid * MULTIPLIER & ALL)


def bid_of(bids, *flow):
    """The one of `bids` that the flow takes. `flow`: as of flow_hash()."""
    return max(bids, key=lambda bid: weight(flow_hash(*flow), bid))


def home_ports(bid, bids, home_address, other, protocol, other_port, first):
    """Ports of the home address, from `first` on, whose flows to the other's port take `bid`."""
    for port in range(first, 65536):
        if bid_of(bids, home_address, other, protocol, port, other_port) == bid:
            yield port
