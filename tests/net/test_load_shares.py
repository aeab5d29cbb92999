# SPDX-License-Identifier: BSD-2-Clause
"""The Load Balancing option of draft-montavont-mip6-mmi-02 between daemons and kernels: a mobile node, its home agent and
a correspondent share flows as the policy says, in each direction. Counted at the other end's bindings."""
import os

import pytest
from conftest import BUILD
from direct_network import PLAIN, DirectNetwork
from netns import Net, wait_for
from topology import CORRESPONDENT, HOME_ADDRESS, flow_blocks, in_last_block

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")

OPTION = "load_balancing_option = 18\n"
WIFI, CELL, SAT = "wifi0", "cell0", "sat0"
FIRST_PORT, FLOWS, PACKETS = 20000, 300, 3
PORT = 7000

# Packets from each of many own ports, which the peer sends back. Prints how many came back.
_ASK = r"""
import socket, sys
own, peer, port, first, flows, packets = *sys.argv[1:3], *map(int, sys.argv[3:])
came = 0
for number in range(flows):
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
        s.bind((own, first + number)); s.connect((peer, port)); s.settimeout(1)
        for _ in range(packets):
            try:
                s.send(b"x" * 100); s.recv(1000); came += 1
            except OSError:
                pass
print(came)
"""
_ANSWER = r"""
import socket, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind((sys.argv[1], int(sys.argv[2])))
print("ready", flush=True)
while True:
    data, sender = s.recvfrom(2000)
    s.sendto(data, sender)
"""


class Shares(DirectNetwork):
    def __init__(self, net, build, flows):
        self.flows = flows
        super().__init__(net, build)
        with open(self.correspondent.file, "a", encoding="ascii") as file:
            file.write(OPTION)

    def home_agent_config(self):
        return OPTION + super().home_agent_config()

    def mobile_node_config(self):
        return OPTION + in_last_block(super().mobile_node_config(), flow_blocks(self.flows))

    def bid(self, name):
        return self.link(name).bid

    def answer(self, host, address):
        process = host.start("answer", "/usr/bin/python3", "-c", _ANSWER, address, str(PORT), pipe=True)
        assert process.popen.stdout.readline() == "ready\n"

    def shares(self, daemon):
        """{BID: share}, as the daemon shows them."""
        return {b["bid"]: b["share"] for b in daemon.bindings() if b["home_address"] == HOME_ADDRESS and "share" in b}

    def wait_shares(self, daemon, **shares):
        wanted = {self.bid(name): share for name, share in shares.items()}
        wait_for(f"the shares {wanted}", lambda: self.shares(daemon) == wanted, 15, 0.2)

    def counters(self, daemon):
        return {(way, b["bid"]): b.get(f"{way}_packets", 0) for b in daemon.bindings()
                if b["home_address"] == HOME_ADDRESS for way in ("sent", "received")}

    def exchange(self, daemon, to):
        """{(way, link): part of the packets}, as the daemon counted them."""
        before = self.counters(daemon)
        done = self.mn.run("/usr/bin/python3", "-c", _ASK, HOME_ADDRESS, to, PORT, FIRST_PORT, FLOWS, PACKETS)
        assert int(done.stdout) >= 0.98 * FLOWS * PACKETS
        grown = {key: count - before.get(key, 0) for key, count in self.counters(daemon).items()}
        return {(way, link.name): grown.get((way, link.bid), 0) / (FLOWS * PACKETS)
                for way in ("sent", "received") for link in self.links}


@pytest.fixture
def shares(request):
    with Net("shares") as net:
        made = Shares(net, os.path.abspath(BUILD), request.param)
        request.node.world = made
        made.wait_care_of_addresses()
        yield made


def flows(**blocks):
    return pytest.mark.parametrize("shares", [blocks], indirect=True, ids=[""])


def close(part, wanted):
    return abs(part - wanted) <= 0.1


def assert_two_to_one(parts):
    for way in ("sent", "received"):
        assert close(parts[way, WIFI], 2 / 3) and close(parts[way, CELL], 1 / 3), parts
        assert parts[way, SAT] < 0.02, parts


@flows(rest=f"mode = balance links = {{{WIFI}, {CELL}}} weights = {{2, 1}}")
def test_shares_at_both_ends(shares):
    """By the home agent and directly; each flow goes one way, and the way of the other direction is its own affair."""
    shares.answer(shares.plain, PLAIN)
    shares.answer(shares.cn, CORRESPONDENT)
    shares.start_all()
    shares.wait_registered()
    shares.wait_shares(shares.home_agent, **{WIFI: 10, CELL: 5})
    assert_two_to_one(shares.exchange(shares.home_agent, PLAIN))
    shares.speak()
    shares.wait_optimized()
    shares.wait_shares(shares.correspondent, **{WIFI: 10, CELL: 5})
    assert_two_to_one(shares.exchange(shares.correspondent, CORRESPONDENT))


@flows(films=f"peer = {CORRESPONDENT} mode = balance links = {{{CELL}}} receive = {{{SAT}}}")
def test_sent_by_one_link_received_by_another(shares):
    """The correspondent is told to send by the satellite; the mobile node sends by the mobile network. When the satellite
    fails, the correspondent sends by what is left."""
    shares.answer(shares.cn, CORRESPONDENT)
    shares.optimize()
    shares.wait_shares(shares.correspondent, **{SAT: 15})
    assert shares.shares(shares.home_agent) == {}
    parts = shares.exchange(shares.correspondent, CORRESPONDENT)
    assert parts["sent", SAT] >= 0.97 and parts["received", CELL] >= 0.97, parts
    assert parts["received", SAT] < 0.02 and parts["sent", CELL] < 0.02, parts
    shares.carrier(shares.link(SAT), False)
    wait_for("the correspondent to have two bindings", lambda: len(shares.registered_there()) == 2, 15)
    wait_for("no share", lambda: shares.shares(shares.correspondent) == {}, 15)
    parts = shares.exchange(shares.correspondent, CORRESPONDENT)
    assert parts["received", CELL] >= 0.97 and parts["sent", WIFI] + parts["sent", CELL] >= 0.97, parts
