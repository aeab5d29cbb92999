# SPDX-License-Identifier: BSD-2-Clause
"""A correspondent under a flood of forged Home and Care-of Test Inits (init_flood.c), and the mobile
node that it serves meanwhile. The network is that of tests/support/direct_network.py; the forger sits
on the last router before the correspondent, so that nothing but the correspondent holds it up.

How fast it goes depends on the machine; what is asserted does not: how much was sent in all, and what
became of the mobile node, the correspondent and its answers."""
import json
import os
import re

import pytest
from conftest import BUILD
from direct_network import direct_network
from netns import execute, wait_for
from topology import CORRESPONDENT, HOME_ADDRESS, HOME_PREFIX
from traffic import Echoes

PACKETS = 1500000
WARM_PACKETS = 100000
SECONDS = 55           # by then so many have been sent on the slowest machine
INIT_OCTETS_MAX = 24   # with a Binding Identifier
TOKEN_OCTETS = 8       # a Test has it, an Init has not (RFC 6275 6.1.3, 6.1.5)
ETHERNET_OCTETS = 14
MEMORY_KB = 256
LIFETIME = 8           # of bindings at the correspondent


class Forger:
    """The flood, between two counters on the correspondent's link: what goes to it and what comes
    from it with a Mobility Header right behind the IPv6 header. Answers to forged sources go no
    further: the networks behind would say that there is nobody."""

    def __init__(self, direct):
        self.edge = direct.edge
        real = ", ".join([HOME_ADDRESS, *direct.care_of_addresses().values()])
        self.edge.nft(
            "table netdev flood {\n\tcounter questions { }\n\tcounter answers { }\n\tcounter larger { }\n"
            '\tchain out { type filter hook egress device "cn0" priority 0\n'
            "\t\tip6 nexthdr 135 counter name questions\n\t}\n"
            '\tchain in { type filter hook ingress device "cn0" priority 0\n'
            "\t\tip6 nexthdr 135 counter name answers\n"
            f"\t\tip6 nexthdr 135 ip6 length > {INIT_OCTETS_MAX + TOKEN_OCTETS} counter name larger\n"
            f"\t\tip6 nexthdr 135 ip6 daddr != {{ {real} }} drop\n\t}}\n}}\n")
        shown = json.loads(execute(["ip", "-n", direct.cn.netns, "-j", "link", "show", "core0"]).stdout)
        networks = [HOME_PREFIX, *(link.prefix for link in direct.links)]
        self.process = self.edge.start(
            "flood", os.path.join(BUILD, "tests/net/init_flood"), "--interface", "cn0", "--router",
            shown[0]["address"], "--correspondent", CORRESPONDENT,
            *(word for n in networks for word in ("--network", n.removesuffix("/64"))), pipe=True)
        assert self.process.popen.stdout.readline() == "ready\n", self.process.text()

    def begin(self):
        self.process.popen.stdin.write("\n")
        self.process.popen.stdin.flush()

    def counted(self, name):
        """(packets, octets from the IPv6 header on)"""
        text = self.edge.run("nft", "list", "counter", "netdev", "flood", name).stdout
        packets, octets = map(int, re.search(r"packets (\d+) bytes (\d+)", text).groups())
        # on the way out the link's header is counted, on the way in it is not there any more
        return packets, octets - (ETHERNET_OCTETS * packets if name == "questions" else 0)

    def wait(self, packets):
        wait_for(f"{packets} packets", lambda: self.counted("questions")[0] >= packets, SECONDS)

    def end(self):
        """Its own counters."""
        self.process.popen.stdin.close()
        said = self.process.popen.stdout.read()
        print("flood:", said)
        return json.loads(said)


@pytest.fixture
def direct(request):
    with direct_network(BUILD, optimization=f"after_packets = 3\n\t\tlifetime = {LIFETIME}") as made:
        request.node.world = made
        made.wait_care_of_addresses()
        yield made


@pytest.fixture
def forger(direct):
    made = Forger(direct)
    yield made
    made.process.kill()


def memory(daemon):
    """Of the process, in kB."""
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as file:
        found = re.findall(r"^(VmRSS|VmData):\s+(\d+) kB", file.read(), re.M)
    return {name: int(kilobytes) for name, kilobytes in found}


def maps(daemon):
    """(octets of its maps, entries of those that have one for each home address or binding)"""
    def shown(what, name):
        path = os.path.join(daemon.pins, name)
        return json.loads(execute(["bpftool", "-j", "map", what, "pinned", path]).stdout)
    octets = sum(shown("show", name)["bytes_memlock"] for name in os.listdir(daemon.pins))
    return octets, {name: len(shown("dump", name)) for name in ("homes", "pairs", "locals")}


def accepted(direct):
    return direct.correspondent.ask("show", "counters")["updates_accepted"]


# Shows RFC 6275 15.4.1-1, 15.4.5-1, 15.4.5-2.
def test_flood_of_test_inits(direct, forger):
    """RFC 6275 5.2.5, 9.4, 15.4.5: nothing is kept of them, and there is no more than one answer to each. A
    mobile node that is bound stays so, a link that comes is bound, and so is a node that begins anew."""
    direct.optimize()
    first, late = direct.links[:-1], direct.links[-1]
    direct.carrier(late, False)
    direct.wait_optimized(first)
    echoes = Echoes(direct.mn, CORRESPONDENT, HOME_ADDRESS, 0.02)
    forger.begin()
    forger.wait(WARM_PACKETS)
    memory_before, maps_before = memory(direct.correspondent), maps(direct.correspondent)
    sent_before = direct.directly()

    before = accepted(direct)
    wait_for("every binding to be refreshed twice",
             lambda: accepted(direct) >= before + 2 * len(first), 4 * LIFETIME)
    assert direct.registered_there() == direct.registered_here() == direct.care_of_addresses(first)

    direct.carrier(late, True)
    wait_for("care-of address", lambda: direct.care_of_address(late), 10)
    direct.wait_optimized(seconds=SECONDS)

    direct.mobile_node.kill()
    direct.mobile_node.start()
    direct.wait_registered()
    direct.speak()
    direct.wait_optimized(seconds=SECONDS)

    forger.wait(PACKETS)
    sent, received = echoes.stop()
    assert forger.end()["sent"] >= PACKETS
    questions, answers = forger.counted("questions"), forger.counted("answers")
    assert WARM_PACKETS < answers[0] <= questions[0]
    assert answers[1] <= questions[1] + TOKEN_OCTETS * answers[0]
    assert forger.counted("larger")[0] == 0
    assert direct.registered_there() == direct.care_of_addresses()
    assert len(direct.correspondent.bindings()) == len(direct.links)
    assert maps(direct.correspondent) == maps_before
    grown = {name: kilobytes - memory_before[name] for name, kilobytes in
             memory(direct.correspondent).items()}
    print(f"memory {memory_before} grew by {grown} kB; {sent} echo requests, {received} answered; "
          f"{questions} questions, {answers} answers")
    assert all(kilobytes < MEMORY_KB for kilobytes in grown.values())
    assert all(now > then for now, then in zip(direct.directly(), sent_before))
    assert received > 0.9 * sent
