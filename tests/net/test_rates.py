# SPDX-License-Identifier: BSD-2-Clause
"""Rates of links, from the counters of the programs: octets that are known exactly, not a speed."""
import os
import re
import sys

import pytest
import topology
from conftest import BUILD
from netns import wait_for
from topology import CORRESPONDENT, HOME_ADDRESS, flow_blocks, in_last_block

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")

PORT, SLOW_PORT = 5060, 5070
PACKETS, PAYLOAD, HEADERS = 500, 1000, 48
OCTETS = PACKETS * (PAYLOAD + HEADERS)
SEND = """
import socket, sys, time
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 0))
for number in range(int(sys.argv[4])):
    s.sendto(bytes(int(sys.argv[5])), (sys.argv[2], int(sys.argv[3]))); time.sleep(0.002)
"""


class World(topology.World):
    """A rule that leads to wifi0, and one that asks more of it than it is said to carry."""

    def mobile_node_config(self):
        text = re.sub(r'(link "wifi0" {)', r"\1\n\t\trate = 1M", super().mobile_node_config())
        return in_last_block(text, flow_blocks({
            "any": f"protocol = udp peer_ports = {PORT} links = {{wifi0}}",
            "fast": f"protocol = udp peer_ports = {SLOW_PORT} links = {{wifi0, cell0}} rate_min = 2M"}))


@pytest.fixture(scope="module")
def world():
    with topology.world(BUILD, kind=World) as made:
        made.wait_care_of_addresses()
        made.start()
        yield made


def send(world):
    """PACKETS packets from the home address; the correspondent answers each with an ICMPv6 error, or does not."""
    world.mn.run(sys.executable, "-c", SEND, HOME_ADDRESS, CORRESPONDENT, PORT, PACKETS, PAYLOAD)


def test_rate_of_what_was_sent(world):
    """The seconds of the history hold the octets that were sent. A sample of D seconds fills D seconds more or less a
    part of one, so that their sum is at the least half and at the most twice as much."""
    before = world.mobile_node.links()["wifi0"]
    send(world)
    world.mobile_node.links()
    shown = wait_for("another sample", lambda: (link := world.mobile_node.links()["wifi0"])["sent_bps"] == 0 and link, 15, 0.3)
    sent = shown["sent_octets"] - before["sent_octets"]
    assert OCTETS <= sent <= OCTETS * 1.1  # and what else the home address says
    history = shown["sent_history_bps"]
    assert OCTETS / 2 <= sum(history) / 8 <= OCTETS * 2
    assert len(history) == len(shown["received_history_bps"]) == len(shown["rtt_history_ms"]) <= 60
    assert max(shown["rtt_history_ms"]) > 0 and max(shown["loss_history_percent"]) <= 100
    other = world.mobile_node.links()["sat0"]
    assert sum(other["sent_history_bps"]) / 8 < OCTETS / 10


def test_the_home_agents_interface_while_it_is_asked(world):
    world.home_agent.links()
    send(world)
    shown = wait_for("a sample", lambda: "sent_bps" in (link := world.home_agent.links()["core0"]) and link, 5, 0.3)
    assert OCTETS / 2 <= sum(shown["received_history_bps"]) / 8 <= OCTETS * 2
    assert "rtt_history_ms" not in shown and "usable_bps" not in shown


def test_rate_min(world):
    """What the configuration says counts while nothing is measured."""
    links = world.mobile_node.links()
    assert links["wifi0"]["usable_bps"] == 1000000 and "usable_bps" not in links["cell0"]

    def why(port):
        return world.mobile_node.ask("why", "udp", "peer", CORRESPONDENT, str(port))
    wait_for("the rule leaves wifi0", lambda: why(SLOW_PORT)["link"] == "cell0", 15, 0.3)
    said = {link["name"]: link.get("reason") for link in why(SLOW_PORT)["links"]}
    assert said["wifi0"] == "its rate is below the rule's" and not said["cell0"]
    assert why(PORT)["link"] == "wifi0"
    uses = {flow["name"]: flow["uses"] for flow in world.mobile_node.ask("show", "flows")["flows"]}
    assert uses == {"any": "wifi0", "fast": "cell0"}
