# SPDX-License-Identifier: BSD-2-Clause
"""tests/support/rendezvous.py computes the same choice among equal links as the tc programs."""

import rendezvous

HOME, OTHER = "2001:db8:100::100", "2001:db8:c::1"


def test_example():
    """The same numbers as in tests/unit/bpf/test_flow_hash.c."""
    flow = rendezvous.flow_hash(HOME, OTHER, rendezvous.TCP, 8001, 8080)
    assert flow == 0x985e859f2c88d42d
    assert rendezvous.weight(flow, 1) == 0x6732b02abd504c7b
    assert rendezvous.weight(flow, 2) == 0xbf2bb992f33ea22e


def test_home_ports():
    """Any link has ports that lead to it."""
    for bid in (1, 2, 3):
        port = next(rendezvous.home_ports(bid, (1, 2, 3), HOME, OTHER, rendezvous.TCP, 8080, 8001))
        assert rendezvous.bid_of((1, 2, 3), HOME, OTHER, rendezvous.TCP, port, 8080) == bid
