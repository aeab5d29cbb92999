# SPDX-License-Identifier: BSD-2-Clause
"""Flow rules over three links: cheap (wifi0), fast (cell0) and metered (sat0). Where packets went is counted at both
ends, and `monami why` has to say the same."""
import os
import re

import pytest
import topology
from conftest import BUILD
from netns import wait_for
from topology import CORRESPONDENT, HOME_ADDRESS, flow_blocks, in_last_block

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")

CHEAP, FAST, METERED = "wifi0", "cell0", "sat0"
PACKETS, OWN_PORT = 40, 16384
VOICE, BULK, SHARED, REFUSED, DROPPED, LEAST, REST = range(5060, 5067)
FLOWS = {
    "voice": f"peer_ports = {VOICE} links = {{{FAST}, {CHEAP}}}",
    "bulk": f"peer_ports = {BULK} links = {{{METERED}, {CHEAP}}} unmetered = true",
    "shared": f"peer_ports = {SHARED} links = {{{CHEAP}, {FAST}}} mode = balance weights = {{1, 1}}",
    "refused": f"peer_ports = {REFUSED} mode = reject",
    "dropped": f"peer_ports = {DROPPED} mode = discard",
    "least": f"peer_ports = {LEAST} mode = smallest_delay",
}
FLOWS_PORTS = dict(zip(FLOWS, range(VOICE, REST)))

# Sends PACKETS packets from each of some own ports to a port of the peer, which sends each back. Prints how many came
# back, and the errors of the sockets.
ASK = r"""
import collections, errno, socket, sys, time
own, peer, port, first, flows, packets = *sys.argv[1:3], *map(int, sys.argv[3:])
came, errors = 0, collections.Counter()
sockets = []
for number in range(flows):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.bind((own, first + number)); s.connect((peer, port)); s.settimeout(0.3)
    sockets.append(s)
for s in sockets:
    for number in range(packets):
        try:
            s.send(b"x" * 300); s.recv(1000); came += 1
        except socket.timeout:
            errors["timeout"] += 1
        except OSError as e:
            errors[errno.errorcode[e.errno]] += 1
print(came, *sorted(errors), flush=True)
"""
ANSWER = r"""
import selectors, socket, sys
waiting = selectors.DefaultSelector()
for port in range(int(sys.argv[2]), int(sys.argv[3])):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.bind((sys.argv[1], port)); waiting.register(s, selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in waiting.select():
        data, sender = key.fileobj.recvfrom(2000)
        key.fileobj.sendto(data, sender)
"""


class World(topology.World):
    flows = FLOWS

    def mobile_node_config(self):
        text = super().mobile_node_config()
        text = re.sub(rf'(link "{METERED}" {{)', r"\1\n\t\tmetered = true", text)
        flows = {name: f"protocol = udp {words}" for name, words in self.flows.items()}
        return in_last_block(text, flow_blocks(flows))

    def begin(self):
        self.wait_care_of_addresses()
        self.start()
        answer = self.cn.start("answer", "/usr/bin/python3", "-c", ANSWER, CORRESPONDENT, VOICE, REST + 1, pipe=True)
        assert answer.popen.stdout.readline() == "ready\n"

    def load(self, **flows):
        """Changes these rules in the file and has the daemon take it."""
        with open(self.mobile_node.file, encoding="ascii") as file:
            text = file.read()
        for name, words in flows.items():
            text, count = re.subn(rf'(flow "{name}" {{ protocol = udp) [^}}]*}} ?[^\n]*\n',
                                  rf"\1 {words} }}\n", text)
            assert count == 1
        with open(self.mobile_node.file, "w", encoding="ascii") as file:
            file.write(text)
        return self.mobile_node.ask("policy", "load")

    def name_of(self, bid):
        return next(link.name for link in self.links if link.bid == bid)

    def counters(self):
        """{(end, way, link): packets}"""
        return {(end, way, self.name_of(binding["bid"])): binding.get(f"{way}_packets", 0)
                for end, daemon in (("mn", self.mobile_node), ("ha", self.home_agent))
                for binding in daemon.bindings() for way in ("sent", "received")}

    def ask(self, port, flows=1, packets=PACKETS, first=OWN_PORT):
        """(how many came back, errors, {(end, way): links that carried more than a few})"""
        before = self.counters()
        done = self.mn.run("/usr/bin/python3", "-c", ASK, HOME_ADDRESS, CORRESPONDENT, port, first, flows, packets)
        came, *errors = done.stdout.split()
        grown = {key: count - before.get(key, 0) for key, count in self.counters().items()}
        used = {(end, way): {link for (e, w, link), count in grown.items() if (e, w) == (end, way) and count >= 10}
                for end in ("mn", "ha") for way in ("sent", "received")}
        return int(came), errors, used

    def why(self, port, own_port=OWN_PORT):
        return self.mobile_node.ask("why", "udp", "peer", CORRESPONDENT, str(port), "own", str(own_port))

    def goes_by(self, port, link, rule):
        """Counted at both ends; and `why` says so."""
        came, errors, used = self.ask(port)
        answer = self.why(port)
        return ((came, errors) == (PACKETS, []) and used["mn", "sent"] == used["ha", "received"] == {link}
                and (answer.get("name"), answer["verdict"], answer["link"]) == (rule, "tunnel", link)), (came, errors, used, answer)

    def expect(self, port, link, rule):
        """At once, or as soon as the other end knows it."""
        seen = []

        def as_expected():
            good, what = self.goes_by(port, link, rule)
            seen[:] = [what]
            return good
        try:
            wait_for(f"port {port} by {link}", as_expected, 8, 0.2)
        except Exception as e:
            raise AssertionError(f"port {port} by {link}: {seen}") from e

    def wait_held(self, rule, link):
        """Until the home agent has the flow binding of the rule, for this link alone."""
        number = 1 + list(FLOWS).index(rule)

        def is_held():
            held = self.home_agent.ask("show", "flows")["flows"]
            return ([flow["links"] for flow in held if flow["number"] == number] == [[{"bid": self.link(link).bid}]]
                    and self.why(FLOWS_PORTS[rule])["home_agent"] == "accepted")
        wait_for(f"the flow binding of {rule} for {link}", is_held, 15, 0.2)


def test_each_policy_holds():
    with topology.world(BUILD, kind=World) as world:
        world.begin()
        assert [flow["name"] for flow in world.mobile_node.ask("show", "flows")["flows"]] == list(FLOWS)
        world.expect(VOICE, FAST, "voice")
        world.wait_held("voice", FAST)
        assert world.ask(VOICE)[2]["ha", "sent"] == {FAST}
        world.expect(BULK, CHEAP, "bulk")  # the metered one is named first
        world.expect(REST, CHEAP, None)
        came, errors, used = world.ask(SHARED, flows=16, packets=10)
        assert (came, errors) == (160, [])
        assert used["mn", "sent"] == used["ha", "received"] == {CHEAP, FAST}
        assert {world.why(SHARED, port)["link"] for port in range(OWN_PORT, OWN_PORT + 16)} == {CHEAP, FAST}
        came, errors, _ = world.ask(REFUSED, packets=4)
        assert came == 0 and "EACCES" in errors  # ICMPv6: administratively prohibited
        assert world.why(REFUSED)["verdict"] == "rejected"
        came, errors, _ = world.ask(DROPPED, packets=3)
        assert (came, errors) == (0, ["timeout"])
        assert world.why(DROPPED)["verdict"] == "discarded"
        answer = world.why(LEAST)
        assert world.ask(LEAST)[2][("mn", "sent")] == {answer["link"]}


def test_a_change_moves_only_its_own_flows():
    with topology.world(BUILD, kind=World) as world:
        world.begin()
        world.expect(VOICE, FAST, "voice")
        world.expect(BULK, CHEAP, "bulk")
        assert world.load(voice=f"peer_ports = {VOICE} links = {{{CHEAP}}}") == {"set": 1, "removed": 0, "kept": 5}
        world.expect(VOICE, CHEAP, "voice")
        world.expect(BULK, CHEAP, "bulk")
        assert world.load(bulk=f"peer_ports = {BULK} links = {{{METERED}}}") == {"set": 1, "removed": 0, "kept": 5}
        world.expect(BULK, METERED, "bulk")
        world.expect(VOICE, CHEAP, "voice")
        assert world.load() == {"set": 0, "removed": 0, "kept": 6}


def test_flows_of_a_lost_link_return_to_it():
    with topology.world(BUILD, kind=World) as world:
        world.begin()
        world.expect(VOICE, FAST, "voice")
        world.carrier(world.link(FAST), False)
        world.expect(VOICE, CHEAP, "voice")
        world.carrier(world.link(FAST), True)
        world.wait_registered([FAST])
        world.expect(VOICE, FAST, "voice")
        world.mobile_node.ask("hint", FAST, "leaving")
        world.expect(VOICE, CHEAP, "voice")
        reasons = {link["name"]: link.get("reason") for link in world.why(VOICE)["links"]}
        assert reasons == {CHEAP: None, FAST: "it is about to be lost"}
        world.mobile_node.ask("hint", FAST, "staying")
        world.expect(VOICE, FAST, "voice")


@pytest.mark.parametrize("end", ["mobile_node", "home_agent"])
def test_rules_outlive_a_daemon(end):
    with topology.world(BUILD, kind=World) as world:
        world.begin()
        world.expect(VOICE, FAST, "voice")
        daemon = getattr(world, end)
        daemon.kill()
        done = world.mn.run("/usr/bin/python3", "-c", ASK, HOME_ADDRESS, CORRESPONDENT, VOICE, OWN_PORT, 1, PACKETS)
        came, *errors = done.stdout.split()
        assert (int(came), errors) == (PACKETS, [])
        daemon.start()
        world.wait_registered()
        world.expect(VOICE, FAST, "voice")
        world.expect(BULK, CHEAP, "bulk")
