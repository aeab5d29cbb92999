# SPDX-License-Identifier: BSD-2-Clause
"""Real stacks, real links, no daemon: what goes through the tunnels, and how."""

import contextlib
import os
import socket
import subprocess
import threading
import time

import pytest

from forwarding import (BID, CORRESPONDENT, HOME, HOME_AGENT, HOME_BID, HOME_LINK_LAYER, HOME_ROUTER,
                        SECOND_HOME, Network)

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")
OCTETS = 20_000_000
BURST = 5000


@pytest.fixture(name="net")
def fixture_net():
    network = Network()
    yield network
    network.remove()


def ping(namespace, destination, count=3, size=56):
    done = subprocess.run(
        [*namespace.prefix(), "ping", "-c", str(count), "-i", "0.05", "-W", "1", "-s", str(size),
         destination], capture_output=True, text=True, check=False)
    return f"{count} received" in done.stdout


def transfer(sender, receiver, address, source, octets=OCTETS):
    """Sends so many octets by TCP; what arrived, as a digest that the order matters to."""
    pattern = bytes(range(251)) * 4096
    with receiver.inside():
        listener = socket.create_server((address, 5001), family=socket.AF_INET6)
    listener.settimeout(30)
    with sender.inside():
        client = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    client.bind((source, 0))
    client.settimeout(30)

    def send():
        left = octets
        with contextlib.closing(client):
            client.connect((address, 5001))
            while left > 0:
                client.sendall(pattern[:left])
                left -= len(pattern[:left])

    thread = threading.Thread(target=send)
    thread.start()
    connection, _ = listener.accept()
    connection.settimeout(30)
    arrived = bytearray()
    with contextlib.closing(listener), contextlib.closing(connection):
        while chunk := connection.recv(1 << 20):
            arrived += chunk
    thread.join()
    whole, rest = divmod(octets, len(pattern))
    return arrived == pattern * whole + pattern[:rest]


class Capture:
    """Packets that tcpdump captures on a link, decoded by tshark."""

    def __init__(self, namespace, device, path):
        self.path = str(path)
        self.process = namespace.start(
            "tcpdump", "-i", device, "--immediate-mode", "-U", "-s", "256", "-B", "16384", "-w", self.path,
            stderr=subprocess.PIPE)
        assert "listening" in self.process.stderr.readline()

    def stop(self):
        time.sleep(0.3)
        self.process.terminate()
        self.process.wait()
        self.process.stderr.close()

    def count(self, display_filter):
        lines = subprocess.run(
            ["tshark", "-r", self.path, "-Y", display_filter, "-T", "fields", "-e",
             "frame.number"], capture_output=True, text=True, check=True).stdout
        return len(lines.split())


# A capture cuts packets short, which is no fault of theirs.
MALFORMED = "_ws.malformed || eth.type != 0x86dd && eth.type != 0x88cc"
OUTER = f"ipv6.src == {HOME_AGENT} && ipv6.nxt == 41"


def test_both_directions(net):
    # Shows RFC 6275 10.4.2-1, 11.3.3-2.
    assert ping(net.cn, HOME)
    assert ping(net.mn, CORRESPONDENT)
    for side in net.tools.values():
        counters = side.read("counters", HOME, BID["north"])
        assert counters["sent"] == counters["received"] == 6
        assert side.read("counters", HOME, BID["south"])["sent"] == 0
        assert sum(side.read("drops")) == 0


def test_first_packets_wait_for_the_neighbour(net, tmp_path):
    """They are sent by the link's own route afterwards, not lost, nor without a link header."""
    captures = [Capture(net.rt, device, tmp_path / device) for device in ("core", "north")]
    for namespace in (net.ha, net.mn):
        namespace.run("ip", "-6", "neigh", "flush", "all")
    assert ping(net.cn, HOME)
    for capture in captures:
        capture.stop()
        assert capture.count("icmpv6.type == 128") == 3
        assert capture.count(MALFORMED) == 0


@pytest.mark.parametrize("direction", ["down", "up"])
def test_tcp_keeps_gso(net, tmp_path, direction):
    """The outer packets on the wire between namespaces are as large as GSO makes them."""
    ends = [(net.cn, CORRESPONDENT), (net.mn, HOME)]
    if direction == "up":
        ends.reverse()
    (sender, source), (receiver, destination) = ends
    capture = Capture(net.rt, "core", tmp_path / "core")
    assert transfer(sender, receiver, destination, source)
    capture.stop()
    assert capture.count("ipv6.nxt == 41 && frame.len > 20000") > 0
    assert capture.count(MALFORMED) == 0
    side = net.tools["ha" if direction == "down" else "mn"]
    other = net.tools["mn" if direction == "down" else "ha"]
    sent = side.read("counters", HOME, BID["north"])
    assert sent["sent"] >= OCTETS // 1460
    assert sent["sent_octets"] >= OCTETS
    assert other.read("counters", HOME, BID["north"])["received"] == sent["sent"]


@pytest.mark.parametrize("direction", ["down", "up"])
def test_tbf_cuts_gso_packets_up(net, tmp_path, direction):
    """A shaper makes the kernel segment what is larger than its burst: what it needs to know of the
    outer header is right. The same again behind the tunnel, where nothing of it may be left."""
    shape = ["tbf", "rate", "400mbit", "burst", str(BURST), "latency", "100ms"]
    if direction == "down":
        net.ha.run("tc", "qdisc", "add", "dev", "core", "root", *shape)
        net.rt.run("tc", "qdisc", "add", "dev", "north", "root", *shape)
        ends = (net.cn, net.mn, HOME, CORRESPONDENT)
    else:
        net.mn.run("tc", "qdisc", "add", "dev", "north", "root", *shape)
        net.ha.run("tc", "qdisc", "add", "dev", "lan", "root", *shape)
        ends = (net.mn, net.cn, CORRESPONDENT, HOME)
    captures = [Capture(net.rt, "core", tmp_path / "core"), Capture(net.cn, "eth0", tmp_path / "cn")]
    assert transfer(*ends)
    for capture in captures:
        capture.stop()
        assert capture.count(MALFORMED) == 0
    if direction == "down":
        assert captures[0].count(f"{OUTER} && frame.len > {BURST}") == 0
        assert captures[0].count(f"{OUTER} && frame.len == 1514") > 1000
    else:
        assert captures[1].count(f"tcp.dstport == 5001 && frame.len > {BURST}") == 0
        assert captures[1].count("tcp.dstport == 5001 && frame.len == 1474") > 1000


def test_one_mobile_node_to_another(net, tmp_path):
    """Out of one tunnel and into the next at the same home agent, in GSO packets that the kernel still
    takes for encapsulated; cut up by a shaper after that."""
    second = net.second_mobile_node()
    net.rt.run("tc", "qdisc", "add", "dev", "west", "root", "tbf", "rate", "400mbit", "burst",
               str(BURST), "latency", "100ms")
    captures = [Capture(net.rt, device, tmp_path / device) for device in ("core", "west")]
    assert ping(net.mn, SECOND_HOME)
    assert transfer(net.mn, second, SECOND_HOME, HOME)
    for capture in captures:
        capture.stop()
        assert capture.count("tcp.dstport == 5001") > 0
        assert capture.count(MALFORMED) == 0
    sent = net.tools["mn"].read("counters", HOME, BID["north"])
    passed = net.tools["ha"].read("counters", SECOND_HOME, 1)
    assert passed["sent_octets"] >= OCTETS and sent["sent_octets"] >= OCTETS
    assert sum(net.tools["ha"].read("drops")) == 0


@pytest.fixture(name="at_home", params=["neighbours", "framed"])
def fixture_at_home(request, net):
    """RFC 5648 5.6.2. `neighbours`: topology a, the mobile node defends its home address. `framed`:
    topology b, nobody asks who has it, both ends know the other's link-layer address."""
    net.home_link()
    if request.param == "framed":
        net.bind_home_link(HOME_LINK_LAYER["mn"], HOME_LINK_LAYER["ha"])
    else:
        net.mn.address("home", HOME, 128)
        net.bind_home_link("-", HOME_ROUTER)
    return request.param


ASKS_FOR_HOME = f"icmpv6.type == 135 && icmpv6.nd.ns.target_address == {HOME}"


def test_home_link_takes_both_directions(net, at_home, tmp_path):
    """Plain packets, to the link-layer address that Neighbour Discovery or the binding gives; the first
    ones too, for which the kernel has to ask first."""
    captures = [Capture(net.mn, device, tmp_path / device) for device in ("home", "north")]
    assert ping(net.cn, HOME)
    assert ping(net.mn, CORRESPONDENT)
    for namespace in (net.ha, net.mn):
        namespace.run("ip", "link", "set", "monami0", "mtu", "1500")
    assert ping(net.cn, HOME, count=1, size=1452)
    for capture in captures:
        capture.stop()
        assert capture.count(MALFORMED) == 0
    home, north = captures
    down = f"eth.src == {HOME_LINK_LAYER['ha']} && eth.dst == {HOME_LINK_LAYER['mn']}"
    up = f"eth.src == {HOME_LINK_LAYER['mn']} && eth.dst == {HOME_LINK_LAYER['ha']}"
    for filter_ in (f"{down} && icmpv6.type == 128", f"{up} && icmpv6.type == 129"):
        assert home.count(f"ipv6.nxt == 58 && {filter_}") == 4
    for filter_ in (f"{up} && icmpv6.type == 128", f"{down} && icmpv6.type == 129"):
        assert home.count(f"ipv6.nxt == 58 && {filter_}") == 3
    # forwarded by the home agent, and by nobody else
    assert home.count(f"ipv6.dst == {HOME} && icmpv6.type == 128 && ipv6.hlim == 63") == 4
    assert north.count("icmpv6.type == 128 || icmpv6.type == 129") == 0
    assert bool(home.count(ASKS_FOR_HOME)) == (at_home == "neighbours")
    for side in net.tools.values():
        counters = side.read("counters", HOME, HOME_BID)
        assert counters["sent"] == 7
        assert counters["mtu"] == 1500
        assert sum(side.read("drops")) == 0


@pytest.mark.parametrize("direction", ["down", "up"])
@pytest.mark.usefixtures("at_home")
def test_home_link_keeps_gso(net, tmp_path, direction):
    ends = [(net.cn, CORRESPONDENT), (net.mn, HOME)]
    if direction == "up":
        ends.reverse()
    (sender, source), (receiver, destination) = ends
    capture = Capture(net.mn, "home", tmp_path / "home")
    assert transfer(sender, receiver, destination, source)
    capture.stop()
    assert capture.count("tcp.dstport == 5001 && frame.len > 20000") > 0
    assert capture.count(MALFORMED) == 0
    sent = net.tools["ha" if direction == "down" else "mn"].read("counters", HOME, HOME_BID)
    assert sent["sent"] >= OCTETS // 1500
    assert sent["sent_octets"] >= OCTETS


@pytest.mark.usefixtures("at_home")
def test_from_a_tunnel_to_the_home_link(net, tmp_path):
    """GSO packets of another mobile node, which the kernel still takes for encapsulated when they
    leave by the home link; cut up by a shaper there."""
    second = net.second_mobile_node()
    net.ha.run("tc", "qdisc", "add", "dev", "home", "root", "tbf", "rate", "400mbit", "burst",
               str(BURST), "latency", "100ms")
    capture = Capture(net.mn, "home", tmp_path / "home")
    assert ping(second, HOME)
    assert transfer(second, net.mn, HOME, SECOND_HOME)
    capture.stop()
    assert capture.count(f"tcp.dstport == 5001 && frame.len > {BURST}") == 0
    assert capture.count("tcp.dstport == 5001 && frame.len == 1474") > 1000
    assert capture.count(MALFORMED) == 0
    assert sum(net.tools["ha"].read("drops")) == 0


def test_best_link_is_used(net):
    assert ping(net.cn, HOME)
    net.bind("south", 0)
    assert ping(net.cn, HOME)
    for side in net.tools.values():
        assert side.read("counters", HOME, BID["north"])["sent"] == 3
        assert side.read("counters", HOME, BID["south"])["sent"] == 3


def test_too_big_goes_to_the_daemon(net):
    before = net.tools["ha"].read("counters", HOME, 1)["slow"]
    net.ha.run("ip", "link", "set", "monami0", "mtu", "1500")
    ping(net.cn, HOME, count=1, size=1420)
    assert net.tools["ha"].read("counters", HOME, 1)["slow"] == before + 1


def test_forwards_without_a_daemon(net):
    assert ping(net.cn, HOME)
    for side in ("ha", "mn"):
        net.tools[side].kill()
    assert ping(net.cn, HOME)
    assert ping(net.mn, CORRESPONDENT)
    assert transfer(net.cn, net.mn, HOME, CORRESPONDENT, 2_000_000)
    for side in ("ha", "mn"):
        net.start(side)
        counters = net.tools[side].read("counters", HOME, BID["north"])
        assert counters["sent"] > 1000 if side == "ha" else counters["received"] > 1000
    assert ping(net.cn, HOME)


def test_replacement_loses_nothing(net):
    """The next daemon's programs take the place of the last one's while packets flow."""
    command = [*net.cn.prefix(), "ping", "-i", "0.002", "-c", "1000", "-q", HOME]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as pinging:
        for _ in range(5):
            for side in ("ha", "mn"):
                net.tools[side].kill()
                net.start(side)
        assert "1000 received" in pinging.communicate()[0]


def test_remove_leaves_nothing(net):
    for side, link in (("ha", "core"), ("mn", "north")):
        net.tools[side].do("remove")
        namespace = getattr(net, side)
        assert namespace.run("tc", "qdisc", "show", "dev", link).find("clsact") < 0
        assert "monami0" not in namespace.run("ip", "link", "show")
        assert os.listdir(f"{net.directory}/{side}") == []
