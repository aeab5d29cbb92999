# SPDX-License-Identifier: BSD-2-Clause
"""The preferred link is good for a second and bad for a second, under traffic. tests/scene/mobile_node_marginal.c has
30 % loss, other periods and whole minutes, in virtual time."""
import time

import pytest
from topology import HOME_ADDRESS
from traffic import Echoes

LOSSY = """table netdev lossy {{
  chain in {{ type filter hook ingress device "access0" priority 0; numgen random mod 100 < {0} drop; }}
  chain out {{ type filter hook egress device "access0" priority 0; numgen random mod 100 < {0} drop; }}
}}
"""


@pytest.mark.parametrize("percent, cycles", [(50, 5), (99, 4)])
def test_marginal_link(running, percent, cycles):
    def moves():
        return running.mobile_node.process.text().count("sending moves to")

    router, before = running.link("wifi0").router, moves()
    echoes = Echoes(running.cn, HOME_ADDRESS, interval=0.02)
    reasons = set()
    for _ in range(cycles):
        router.nft(LOSSY.format(percent))
        time.sleep(1)
        reasons.add(running.mobile_node.links()["wifi0"].get("reason"))
        router.nft("delete table netdev lossy\n")
        time.sleep(1)
        reasons.add(running.mobile_node.links()["wifi0"].get("reason"))
    sent, received = echoes.stop()
    assert moves() - before <= 4
    assert received > sent * 0.8
    assert any(reason and "died" in reason for reason in reasons), reasons
