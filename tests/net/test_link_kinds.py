# SPDX-License-Identifier: BSD-2-Clause
"""Links other than Ethernet: types without link header work like any other, types that cannot work are
refused by name."""
import json
import signal

import pytest
import tun_link
from netns import Net, wait_for
from topology import CORRESPONDENT, HOME_ADDRESS, World
from traffic import ping

from conftest import BUILD


OCTETS = 1_000_000
SEND = r"""
import socket, sys
own, peer, octets = sys.argv[1], sys.argv[2], int(sys.argv[3])
s = socket.create_connection((peer, 7300), 10, (own, 0))
s.sendall(bytes(range(250)) * (octets // 250)); s.close()
"""
RECEIVE = r"""
import socket, sys
l = socket.create_server((sys.argv[1], 7300), family=socket.AF_INET6)
print("listening", flush=True)
s, _ = l.accept(); s.settimeout(20)
got = b""
while chunk := s.recv(1 << 20):
    got += chunk
print(len(got) if got == bytes(range(250)) * (len(got) // 250) else "damaged", flush=True)
"""


def transfer(sender, receiver, to, source):
    """Sends OCTETS by TCP. Whether they arrived as they were."""
    there = receiver.start("receive", "/usr/bin/python3", "-c", RECEIVE, to, pipe=True)
    assert there.popen.stdout.readline() == "listening\n"
    sender.run("/usr/bin/python3", "-c", SEND, source, to, str(OCTETS))
    return there.popen.stdout.readline() == f"{OCTETS}\n"


class Tuns(World):
    """The mobile node's first link is a veth pair; the others, and the home agent's, are TUN devices
    (type none)."""

    def __init__(self, net, build):
        self.relays = {}
        self.veth = net.link
        net.link = self._link
        super().__init__(net, build)
        net.link = self.veth

    def _link(self, host_a, name_a, host_b, name_b, **options):
        if name_b in ("cell0", "sat0") or (name_a, name_b) == ("ha0", "core0"):
            self.relays[name_b if name_b != "core0" else name_a] = tun_link.join(host_a, name_a, host_b, name_b)
        else:
            self.veth(host_a, name_a, host_b, name_b, **options)

    def silence(self, link, on):
        self.relays[link.name].kill(signal.SIGUSR1 if on else signal.SIGUSR2)


    def mobile_node_config(self):
        return super().mobile_node_config().rstrip("}\n") + (
            '\t}\n\tlink "lo" {\n\t\tbid = 4\n\t\tpriority = 4\n\t}\n'
            '\tlink "later0" {\n\t\tbid = 5\n\t\tpriority = 5\n\t}\n}\n')

    def home_agent_config(self):
        return super().home_agent_config().replace("{core0}", "{core0, lo}")


@pytest.fixture(scope="module", name="tuns")
def fixture_tuns():
    with Net("tun") as net:
        world = Tuns(net, BUILD)
        world.wait_care_of_addresses()
        world.start()
        yield world


def kind(host, interface):
    return json.loads(host.run("ip", "-j", "link", "show", "dev", interface).stdout)[0]["link_type"]


def test_links_without_header_work_like_others(tuns):
    """Care-of addresses by SLAAC, registered, found dead and left: with TCP's large packets under way."""
    wifi, cell = tuns.link("wifi0"), tuns.link("cell0")
    assert kind(tuns.mn, "cell0") == kind(tuns.ha, "core0") == "none" and kind(tuns.mn, "wifi0") == "ether"
    tuns.wait_selected("wifi0")
    tuns.carrier(wifi, False)
    tuns.wait_selected("cell0")
    assert ping(tuns.cn, HOME_ADDRESS) == 3
    before = tuns.mobile_node.links()["cell0"]
    for ends in ((tuns.mn, tuns.cn, CORRESPONDENT, HOME_ADDRESS), (tuns.cn, tuns.mn, HOME_ADDRESS, CORRESPONDENT)):
        assert transfer(*ends)
    after = tuns.mobile_node.links()["cell0"]
    for counter in ("sent_octets", "received_octets"):
        assert after[counter] - before[counter] > OCTETS
    tuns.silence(cell, True)
    tuns.wait_selected("sat0")
    assert ping(tuns.cn, HOME_ADDRESS) == 3
    tuns.silence(cell, False)
    tuns.wait_selected("cell0")
    tuns.carrier(wifi, True)
    tuns.wait_selected("wifi0")
    assert all(daemon.ask("show", "counters")["slow_path_dropped"] == 0 for daemon in tuns.daemons())


def test_fragments_by_links_without_header(tuns):
    """RFC 2473 7.1 b: put together of fragments, a packet is taken and counted as one that came in whole."""
    wifi, cell = tuns.link("wifi0"), tuns.link("cell0")
    for host, name in ((tuns.mn, "cell0"), (cell.router, "access0")):
        host.ip(f"link set {name} mtu 1280")
    tuns.carrier(wifi, False)
    tuns.wait_selected("cell0")

    def passes():
        return all(host.run("ping", "-n", "-c", "1", "-W", "1", "-M", "do", "-Q", "2", "-s", "1232", to,
                            check=False).returncode == 0
                   for host, to in ((tuns.mn, CORRESPONDENT), (tuns.cn, HOME_ADDRESS)))
    wait_for("packets of 1280 octets", passes, 5)
    before = tuns.mobile_node.links()["cell0"], tuns.home_agent.links()["core0"]
    assert passes()
    after = tuns.mobile_node.links()["cell0"], tuns.home_agent.links()["core0"]
    for link in range(2):
        assert after[link]["received_packets"] - before[link]["received_packets"] == 2
        assert after[link]["received_octets"] - before[link]["received_octets"] == 2 * 1280
    for host, name in ((tuns.mn, "cell0"), (cell.router, "access0")):
        host.ip(f"link set {name} mtu 1500")
    tuns.carrier(wifi, True)
    tuns.wait_selected("wifi0")


def remake(world, link):
    """The link with both its ends is destroyed, and made again under the same names."""
    radvd = link.radvd
    radvd.kill(signal.SIGKILL)
    radvd.wait()
    if link.name in world.relays:
        relay = world.relays[link.name]
        relay.kill(signal.SIGKILL)
        relay.wait()
    else:
        world.mn.ip(f"link del {link.name}")
    wait_for("its end", lambda: not world.mn.has(link.name), 5)
    wait_for("its loss", lambda: "ifindex" not in world.mobile_node.links()[link.name], 5)
    wait_for("word of it to the home agent", lambda: link.bid not in [
        binding["bid"] for binding in world.home_agent.bindings()], 5)
    updates = world.mobile_node.ask("show", "counters")["updates_sent"]
    world.core.ip(f"route del {link.prefix}")
    world._link(link.router, "access0", world.mn, link.name)  # pylint: disable=protected-access
    world._serve(link)                                        # pylint: disable=protected-access
    return updates


@pytest.mark.parametrize("name", ["wifi0", "cell0"])
def test_destroyed_and_made_again(tuns, name):
    """Attached again, and registered by one update, once it has an address."""
    link = tuns.link(name)
    before = tuns.mobile_node.links()[name]["ifindex"]
    tuns.wait_registered()
    updates = remake(tuns, link)
    tuns.wait_registered([name])
    shown = tuns.mobile_node.links()[name]
    assert shown["ifindex"] != before
    assert "monami_receive" in tuns.mn.run("tc", "filter", "show", "dev", name, "ingress").stdout
    assert tuns.mobile_node.ask("show", "counters")["updates_sent"] <= updates + 1
    # and it carries data
    better = [other for other in tuns.links if other.priority < link.priority]
    for other in better:
        tuns.carrier(other, False)
    tuns.wait_selected(name)
    wait_for("word of it to the home agent", lambda: not {other.bid for other in better} & {
        binding["bid"] for binding in tuns.home_agent.bindings()}, 5)
    assert ping(tuns.cn, HOME_ADDRESS) == 3
    for other in better:
        tuns.carrier(other, True)
        tuns.wait_selected(other.name, 15)


def test_what_cannot_work_is_refused_by_name(tuns):
    refusal = "links of type loopback (772) are not supported"
    for daemon in tuns.daemons():
        assert daemon.links()["lo"]["reason"] == refusal
        assert daemon.process.text().count(f"warning: lo: {refusal}") == 1
        assert "clsact" not in daemon.host.run("tc", "qdisc", "show", "dev", "lo").stdout
        assert f"lo: {refusal}" in daemon.ask("status")["warnings"]
    tuns.mn.ip("link set lo down", "link set lo name later0", "link set later0 up")
    wait_for("its refusal", lambda: tuns.mobile_node.links()["later0"].get("reason") == refusal, 5)
    assert tuns.mobile_node.links()["lo"]["reason"] == "there is no interface of this name"
    assert tuns.mobile_node.process.text().count(f"warning: later0: {refusal}") == 1
    assert tuns.mobile_node.links()["later0"]["path"] == "down"
