# SPDX-License-Identifier: BSD-2-Clause
"""A home address for each of two interfaces (draft-montavont-mip6-mmi-02 4, 5.1; ADR 64): which one
new flows take, and where their packets go when an interface fails.

    +------+  wifi0   +-----+                 +----+
    |      |----------| ar1 |----+       +----| ha |  home agent of "wifi"
    |  mn  |          +-----+  +------+  |    +----+
    |      |  cell0   +-----+  | core |--+----| hb |  home agent of "cell"
    |      |----------| ar2 |--|      |  |    +----+
    +------+          +-----+  +------+  +----| cn |  correspondent
                                              +----+
"""
import re
import sys

import pytest
import topology
from conftest import BUILD
from leftovers import picture, pinned
from netns import wait_for
from several_homes import SECOND_HOME, SECOND_HOME_AGENT, SeveralHomes, mobile_node
from topology import CORRESPONDENT, HOME_ADDRESS, HOME_AGENT
from traffic import Echoes, ping

WIFI_HOME = HOME_ADDRESS
CELL_HOME = SECOND_HOME
CELL_HOME_AGENT = SECOND_HOME_AGENT
VOICE, MAIL, CALLED, REST = 5060, 25, 7777, 80
NEW_FLOWS = f"""new_flows "voice" {{ protocol = udp  peer_ports = {VOICE}-{VOICE + 1}  mobile_nodes = {{cell, wifi}} }}
new_flows "called" {{ protocol = udp  own_ports = {CALLED}  mobile_nodes = {{cell}} }}
new_flows "office" {{ peer = 2001:db8:c::/64  protocol = tcp  mobile_nodes = {{cell}} }}
"""

# A socket for each of PROTOCOL,ADDRESS,PORT,OWN ADDRESS,OWN PORT: prints the address that the kernel gives it, or
# whether it was refused.
_SOURCES = r"""
import errno, socket, sys
kept = []
for word in sys.argv[1:]:
    protocol, peer, port, own, own_port = word.split(",")
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setblocking(False)
    kept.append(s)
    if own or own_port:
        s.bind((own or "::", int(own_port or 0)))
    try:
        s.connect((peer, int(port)))
    except BlockingIOError:
        pass
    except OSError as e:
        print(errno.errorcode[e.errno])
        continue
    print(s.getsockname()[0])
"""


class TwoHomes(SeveralHomes):
    names = ("wifi", "cell")

    def mobile_node_config(self):
        through = '\tlink "monami0" { bid = 3  priority = 3  through = "cell" }\n'
        return (mobile_node("wifi", WIFI_HOME, HOME_AGENT, [(1, "wifi0"), (2, "cell0")], through)
                + mobile_node("cell", CELL_HOME, CELL_HOME_AGENT, [(1, "cell0"), (2, "wifi0")]) + NEW_FLOWS)

    def sources(self, *flows):
        """The source address of each (protocol, peer, port, own address, own port)."""
        words = [",".join(str(word) for word in (*flow, "", "")[:5]) for flow in flows]
        return self.mn.run(sys.executable, "-c", _SOURCES, *words).stdout.split()

    def source(self, *flow):
        return self.sources(flow)[0]

    def why(self, protocol, peer, port, *more):
        return self.mobile_node.ask("why", protocol, "peer", peer, str(port), *more)


@pytest.fixture(scope="module")
def homes():
    with topology.world(BUILD, kind=TwoHomes) as world:
        world.wait_care_of_addresses()
        world.before = picture(world.mn)
        world.start()
        yield world


@pytest.fixture
def world(request, homes):
    request.node.world = homes
    return homes


# ---- which home address a new flow takes (4.4) ----

FLOWS = {
    ("udp", CORRESPONDENT, VOICE): (CELL_HOME, "voice"),
    ("udp", CORRESPONDENT, VOICE + 1): (CELL_HOME, "voice"),
    ("udp", CORRESPONDENT, VOICE + 2): (WIFI_HOME, None),
    ("tcp", CORRESPONDENT, REST): (CELL_HOME, "office"),
    ("tcp", "2001:db8:d::1", REST): (WIFI_HOME, None),
    ("udp", CORRESPONDENT, REST): (WIFI_HOME, None),
}


def test_a_new_flow_takes_the_preferred_home_address(world):
    """draft-montavont-mip6-mmi-02 4.4-1: a table of preferred interfaces for types of flow, and a default."""
    assert world.sources(*FLOWS) == [home for home, _ in FLOWS.values()]
    assert world.source("udp", CORRESPONDENT, REST, "", CALLED) == CELL_HOME
    for flow, (home, block) in FLOWS.items():
        answer = world.why(*flow)
        assert (answer["own"], answer.get("new_flows")) == (home, block), flow
        assert answer["mobile_node"] == ("cell" if home == CELL_HOME else "wifi")
    answer = world.why("udp", CORRESPONDENT, VOICE)
    assert answer["home_address"] == "that of cell: new_flows voice prefers it"
    assert answer["link"] == "cell0"
    answer = world.why("udp", CORRESPONDENT, REST)
    assert answer["home_address"] == "that of wifi: no new_flows block is for it"
    assert answer["link"] == "wifi0"
    assert world.why("udp", CORRESPONDENT, VOICE, "--mobile-node", "wifi")["own"] == WIFI_HOME


def test_an_address_that_is_bound_stays(world):
    care_of = world.care_of_address(world.link("wifi0"))
    assert world.sources(*(("udp", CORRESPONDENT, VOICE, own) for own in (WIFI_HOME, CELL_HOME, care_of))) == [
        WIFI_HOME, CELL_HOME, care_of]
    for own in (WIFI_HOME, CELL_HOME):
        assert ping(world.mn, CORRESPONDENT, source=own) == 3


def test_a_neighbour_is_no_correspondent(world):
    """A block without peers leaves destinations alone that the main table has a route for."""
    link = world.link("wifi0")
    assert world.source("udp", f"{link.network}::ff", VOICE) == world.care_of_address(link)


def test_a_flow_goes_by_its_interface(world):
    """draft-montavont-mip6-mmi-02 4.4-2: the home address brings its home agent and link."""
    def sent(name):
        return world.links_of(name)["cell0" if name == "cell" else "wifi0"]["sent_packets"]
    server = world.cn.start("server", sys.executable, "-c",
                            "import socket, sys\ns = socket.create_server(('::', 80), family=socket.AF_INET6)\n"
                            "print('ready', flush=True)\nwhile True:\n c, a = s.accept(); c.sendall(a[0].encode()); c.close()\n",
                            pipe=True)
    assert server.popen.stdout.readline() == "ready\n"
    seen = world.mn.run(sys.executable, "-c", "import socket, sys\ns = socket.create_connection((sys.argv[1], 80))\n"
                        "print(s.recv(100).decode())\n", CORRESPONDENT).stdout.strip()
    server.stop()
    assert seen == CELL_HOME
    assert sum(b["received_packets"] for b in world.second_home_agent.bindings()) > 0
    assert sent("cell") > 0


def test_the_next_one_if_the_preferred_has_no_link(world):
    world.silence_second_home_agent(True)
    world.second_home_agent.kill()
    sender = Echoes(world.mn, CORRESPONDENT, source=CELL_HOME)  # a path in use is found dead soon
    wait_for("another home address", lambda: world.source("udp", CORRESPONDENT, VOICE) == WIFI_HOME, 20, 0.2)
    answer = world.why("udp", CORRESPONDENT, VOICE)
    assert answer["home_address"] == "that of wifi: the 1 that new_flows voice prefers has no usable link"
    assert world.source("tcp", CORRESPONDENT, REST) == CELL_HOME  # there is no other
    sender.stop()
    world.silence_second_home_agent(False)
    world.second_home_agent.start()
    world.wait_all_registered(20)
    wait_for("the preferred home address", lambda: world.source("udp", CORRESPONDENT, VOICE) == CELL_HOME, 5, 0.1)


# ---- redirection between interfaces (4.2), and through another home address (5.1) ----

def care_of_addresses(daemon):
    return {b["bid"]: b["care_of_address"] for b in daemon.bindings()}


def reach(world, home):
    """It is reached; what was on its way when packets began to move may be lost."""
    wait_for(f"an echo reply of {home}", lambda: ping(world.cn, home, count=1) == 1, 10, 0.1)
    assert ping(world.cn, home) == 3


def prefer(world, *bids):
    """These links of wifi, in this order."""
    for bid in (1, 2, 3):
        world.mobile_node.ask("prefer", str(bid), str(1 + bids.index(bid) if bid in bids else 50 + bid),
                              "--mobile-node", "wifi")


def test_redirection_between_interfaces(world):
    """draft-montavont-mip6-mmi-02 4.2-1, 4.2-3, 4.2-4: the home address of one interface with the address of the other;
    both home agents follow when that moves; and when the first is back, it is used again."""
    wifi, cell = world.link("wifi0"), world.link("cell0")
    echoes = Echoes(world.cn, WIFI_HOME, interval=0.02)
    world.carrier(wifi, False)
    world.wait_selected_by("wifi", "cell0")
    reach(world, WIFI_HOME)
    here = world.care_of_address(cell)
    assert care_of_addresses(world.home_agent)[2] == here
    assert care_of_addresses(world.second_home_agent)[1] == here
    world.renumber(cell, "2001:db8:22::/64")
    for daemon, bid in ((world.home_agent, 2), (world.second_home_agent, 1)):
        wait_for("the other network", lambda daemon=daemon, bid=bid:
                 care_of_addresses(daemon).get(bid, "").startswith("2001:db8:22:"), 20, 0.1)
    for home in (WIFI_HOME, CELL_HOME):
        reach(world, home)
    world.carrier(wifi, True)
    world.wait_selected_by("wifi", "wifi0")
    reach(world, WIFI_HOME)
    echoes.stop()


@pytest.fixture
def through(world):
    """wifi's packets go through the tunnel of cell."""
    prefer(world, 3, 1, 2)
    world.wait_selected_by("wifi", "monami0")
    wait_for("the sweep after the start", lambda: world.mobile_node.ask("status")["uptime_s"] > 6, 10, 0.2)
    yield world
    world.carrier(world.link("cell0"), True)  # a test that failed has left it down
    prefer(world, 1, 2, 3)
    world.wait_selected_by("wifi", "wifi0")


def test_another_home_address_as_care_of_address(through):
    """draft-montavont-mip6-mmi-02 5.1-2."""
    world = through
    assert care_of_addresses(world.home_agent)[3] == CELL_HOME
    before = {daemon: sum(b["received_packets"] for b in daemon.bindings())
              for daemon in (world.home_agent, world.second_home_agent)}
    for home in (WIFI_HOME, CELL_HOME):
        reach(world, home)
        assert ping(world.mn, CORRESPONDENT, source=home) == 3
    assert ping(world.cn, WIFI_HOME, count=10) == 10
    for daemon, count in before.items():
        assert sum(b["received_packets"] for b in daemon.bindings()) >= count + 16
    # when cell moves to another link, its home agent is told, and that of wifi has nothing to learn
    updates = world.mobile_node.ask("show", "counters")["updates_sent"]
    echoes = Echoes(world.cn, WIFI_HOME, interval=0.02)
    world.carrier(world.link("cell0"), False)
    world.wait_selected_by("cell", "wifi0")
    reach(world, WIFI_HOME)
    world.wait_selected_by("wifi", "monami0")
    assert care_of_addresses(world.home_agent)[3] == CELL_HOME
    wait_for("an update", lambda: world.mobile_node.ask("show", "counters")["updates_sent"] > updates, 5)
    world.carrier(world.link("cell0"), True)
    world.wait_selected_by("cell", "cell0")
    echoes.stop()
    reach(world, WIFI_HOME)


def test_packets_of_both_headers_fit(through):
    """RFC 2473 7.1: a packet of the MTU of both tunnels passes, a larger one is answered."""
    def echo(octets):
        return through.mn.run("ping", "-6", "-c", "2", "-i", "0.2", "-W", "1", "-M", "do", "-s", str(octets - 48), "-I",
                              WIFI_HOME, CORRESPONDENT, check=False)
    assert echo(1420).returncode == 0
    done = echo(1421)
    assert done.returncode != 0 and "mtu" in done.stdout + done.stderr
    # the other end learns it as well, and a connection gets through both ways
    server = through.cn.start("server", sys.executable, "-c", """if True:
        import socket
        s = socket.create_server(('::', 81), family=socket.AF_INET6)
        print('ready', flush=True)
        c, _ = s.accept()
        count = 0
        while data := c.recv(65536): count += len(data)
        c.sendall(b'x' * count)
        c.close()""", pipe=True)
    assert server.popen.stdout.readline() == "ready\n"
    done = through.mn.run(sys.executable, "-c", """if True:
        import socket, sys
        s = socket.create_connection((sys.argv[2], 81), timeout=20, source_address=(sys.argv[1], 0))
        s.sendall(b'x' * 1000000); s.shutdown(socket.SHUT_WR)
        count = 0
        while data := s.recv(65536): count += len(data)
        print(count)""", WIFI_HOME, CORRESPONDENT)
    server.stop()
    assert done.stdout.strip() == "1000000"


def test_the_program_of_the_device_comes_back(through):
    world = through
    for command in ("tc filter del dev monami0 ingress", "tc qdisc del dev monami0 clsact", "ip link del monami0"):
        world.mn.run("sh", "-c", command)
        wait_for(f"a way after '{command}'", lambda: ping(world.cn, WIFI_HOME, count=1) == 1, 10, 0.1)
        assert world.mobile_node.ask("status")["missing"] == []


# ---- rules of another program, restarts, the end ----

def preferences(host):
    """Its rules for new flows."""
    return sorted(line for line in host.run("ip", "-6", "rule").stdout.splitlines()
                  if "iif lo" in line and "proto 77" in line)


def test_rules_come_back(world):
    before = preferences(world.mn)
    assert len(before) == 5  # two for a block without peers
    for line in before:
        priority, words = re.match(r"(\d+):\s+(.*)", line).groups()
        world.mn.ip(f"rule del pref {priority} {words.replace('proto 77', 'protocol 77')}")
        wait_for(f"'{line}'", lambda: preferences(world.mn) == before, 3, 0.02)
    assert "dport 5060-5061 lookup 7016 priority 7101 was removed" in world.mobile_node.process.text()
    assert world.mobile_node.ask("status")["missing"] == []
    world.mobile_node.kill()
    assert preferences(world.mn) == before
    world.mobile_node.start()
    world.wait_all_registered()
    assert preferences(world.mn) == before


def test_rules_of_a_deleted_block_go(world):
    world.mobile_node.kill()
    with open(world.mobile_node.file, encoding="ascii") as file:
        config = file.read()
    with open(world.mobile_node.file, "w", encoding="ascii") as file:
        file.write(config.replace(NEW_FLOWS, NEW_FLOWS.splitlines()[0] + "\n"))
    world.mobile_node.start()
    wait_for("rules of one block only", lambda: len(preferences(world.mn)) == 2, 12)
    world.wait_all_registered()
    assert world.mobile_node.stop() == 0
    assert preferences(world.mn) == []
    with open(world.mobile_node.file, "w", encoding="ascii") as file:
        file.write(config)
    world.mobile_node.start()
    world.wait_all_registered()


def test_without_the_other_there_is_no_way_through(through):
    world = through
    world.silence_second_home_agent(True)
    sender = Echoes(world.mn, CORRESPONDENT, source=CELL_HOME)
    wait_for("another link", lambda: not world.links_of("wifi")["monami0"]["selected"], 20, 0.1)
    reach(world, WIFI_HOME)
    world.silence_second_home_agent(False)
    sender.stop()


def test_nothing_is_left(world):
    assert world.mobile_node.stop() == 0
    left = picture(world.mn)
    # cell0 is in another network than at the start
    networks = [left.pop("addresses"), left.pop("routes")]
    assert left == {key: world.before[key] for key in left}
    assert not [line for lines in networks for line in lines
                if "monami0" in line or "proto 77" in line or WIFI_HOME in line or CELL_HOME in line]
    assert pinned(world.mobile_node) == []
