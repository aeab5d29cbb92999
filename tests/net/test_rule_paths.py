# SPDX-License-Identifier: BSD-2-Clause
"""Flow rules between a mobile node and a correspondent with route-optimized paths over three links (ADR 66): where packets
went is counted at both ends, and `monami why` has to say the same."""
import os

import pytest
from conftest import BUILD
from direct_network import DirectNetwork
from netns import Net, wait_for
from test_flows import ANSWER, ASK, OWN_PORT, PACKETS
from topology import CORRESPONDENT, HOME_ADDRESS, flow_blocks, in_last_block

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")

CHEAP, FAST, METERED = "wifi0", "cell0", "sat0"
VOICE, BULK, REFUSED, DROPPED, REST = range(5060, 5065)
FLOWS = {
    "voice": f"peer_ports = {VOICE} links = {{{FAST}, {CHEAP}}}",
    "bulk": f"peer_ports = {BULK} links = {{{METERED}}}",
    "refused": f"peer_ports = {REFUSED} mode = reject",
    "dropped": f"peer_ports = {DROPPED} mode = discard",
}


class World(DirectNetwork):
    def mobile_node_config(self):
        flows = {name: f"protocol = udp {words}" for name, words in FLOWS.items()}
        return in_last_block(super().mobile_node_config(), flow_blocks(flows))

    def begin(self):
        self.wait_care_of_addresses()
        self.optimize()
        answer = self.cn.start("answer", "/usr/bin/python3", "-c", ANSWER, CORRESPONDENT, VOICE, REST + 1, pipe=True)
        assert answer.popen.stdout.readline() == "ready\n"

    def counters(self):
        """{(end, way, link): packets}; the link "" is the home agent."""
        names = {link.bid: link.name for link in self.links}
        found = {(end, way, names[binding["bid"]]): binding.get(f"{way}_packets", 0)
                 for end, daemon in (("mn", self.mobile_node), ("cn", self.correspondent))
                 for binding in daemon.bindings() if binding.get("peer") == CORRESPONDENT
                 for way in ("sent", "received")}
        return found | {("ha", "sent", ""): self.by_home_agent()}

    def ask(self, port):
        """(how many came back, errors, {(end, way): links that carried more than a few})"""
        before = self.counters()
        done = self.mn.run("/usr/bin/python3", "-c", ASK, HOME_ADDRESS, CORRESPONDENT, port, OWN_PORT, 1, PACKETS)
        came, *errors = done.stdout.split()
        grown = {key: count - before.get(key, 0) for key, count in self.counters().items()}
        used = {}
        for (end, way, link), count in grown.items():
            if count >= PACKETS // 4:
                used.setdefault((end, way), set()).add(link)
        return int(came), errors, used

    def why(self, port):
        return self.mobile_node.ask("why", "udp", "peer", CORRESPONDENT, str(port), "own", str(OWN_PORT))

    def expect(self, port, link, rule):
        """Directly, both ways, by this link and no other; at once, or as soon as the other end knows it."""
        both_ways = {(end, way): {link} for end in ("mn", "cn") for way in ("sent", "received")}
        seen = []

        def is_so():
            came, errors, used = self.ask(port)
            answer = self.why(port)
            seen[:] = [came, errors, used, answer]
            return ((came, errors, used) == (PACKETS, [], both_ways)
                    and (answer.get("name"), answer["verdict"], answer["link"], answer.get("direct"))
                    == (rule, "tunnel", link, True))
        try:
            wait_for(f"port {port} by {link}", is_so, 15, 0.3)
        except Exception as e:
            raise AssertionError(f"port {port} by {link}: {seen}") from e


@pytest.fixture
def world(request):
    with Net("ro") as net:
        request.node.world = made = World(net, os.path.abspath(BUILD))
        yield made


def test_rules_hold_both_ways(world):
    """RFC 6089 5.3: the correspondent has the flow bindings, and sends by them."""
    world.begin()
    wait_for("the flow bindings", lambda: {flow["number"] for flow in world.correspondent.ask("show", "flows")["flows"]}
             == {1, 2}, 10)
    world.expect(VOICE, FAST, "voice")
    world.expect(BULK, METERED, "bulk")
    world.expect(REST, CHEAP, None)
    came, errors, used = world.ask(REFUSED)
    assert came == 0 and "EACCES" in errors and not used  # ICMPv6: administratively prohibited
    assert world.why(REFUSED)["verdict"] == "rejected"
    came, errors, used = world.ask(DROPPED)
    assert (came, errors, used) == (0, ["timeout"], {})
    assert world.why(DROPPED)["verdict"] == "discarded"


def test_link_goes_and_returns(world):
    world.begin()
    world.expect(VOICE, FAST, "voice")
    world.carrier(world.link(FAST), False)
    world.expect(VOICE, CHEAP, "voice")
    world.carrier(world.link(FAST), True)
    world.wait_registered([FAST])
    world.expect(VOICE, FAST, "voice")
