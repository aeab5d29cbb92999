# SPDX-License-Identifier: BSD-2-Clause
"""A running Monami puts back each object that somebody else removes, and no packet of the home address leaves
outside of the tunnels meanwhile: every object at every role, one by one and many at random."""
import os
import random
import re
import time

import pytest
from conftest import BUILD
from direct_network import direct_network
from home_network import CORRESPONDENT as FAR, HOME_BID, home_network
from netns import Timeout, wait_for
from topology import CORRESPONDENT, HOME_ADDRESS
from traffic import Echoes, ping

DEVICE = "monami0"
REMOVALS = 200
# Calls of one comparison (rival.c): twelve make the device, some forty look at its objects or set them.
STEPS = [*range(1, 13), *range(14, 54, 4)]


# ---- what is there, and how to remove it ----

# One shell for all, since it is asked often.
SHOW = f"""ip -6 rule | grep 'proto 77'
ip -6 route show table all proto 77
ip -d -o link show {DEVICE} 2>/dev/null | grep -oE '[<,]UP|mtu [0-9]+|addrgenmode [a-z0-9]+'
ip -6 -o addr show dev {DEVICE} scope global 2>/dev/null | grep -oE 'inet6 [^ ]+'
for name in $(ip -o link | sed 's/^[0-9]*: //; s/[@:].*//'); do
	for where in ingress egress; do
		tc filter show dev $name $where 2>/dev/null | grep -q monami_ && echo program $name $where
	done
done
true"""


def objects(host):
    """All that Monami has set up on a host, as lines of text."""
    return sorted(re.sub(r" (error|pref|proto 77 pref) .*| linkdown", "", line).strip()
                  for line in host.run("sh", "-c", SHOW).stdout.splitlines())


def filters(host, interface):
    return [line.split()[2] for line in objects(host) if line.startswith(f"program {interface} ")]


def removals(host):
    """A command for each object, as somebody else would remove it."""
    there = objects(host)
    routes = [line for line in there if " table " in line or " dev " in line and " lookup " not in line]
    for line in there:
        words = line.split()
        if " lookup " in line:
            yield f"ip -6 rule del pref {words[0].rstrip(':')} {' '.join(words[1:])}"
        elif line in routes:
            yield f"ip -6 route del {line}"
        elif words[0] == "inet6":
            yield f"ip -6 addr del {words[1]} dev {DEVICE}"
        elif words[0] == "program":
            yield f"tc filter del dev {words[1]} {words[2]}"
            yield f"tc qdisc del dev {words[1]} clsact"
    yield f"ip link set {DEVICE} down"
    yield f"ip link set {DEVICE} mtu 9000"
    yield f"ip link set {DEVICE} mtu 1000"  # the kernel takes IPv6 off it
    yield f"ip link set {DEVICE} addrgenmode eui64"
    if routes:  # those that are on it go
        yield f"ip link set {DEVICE} down; ip link set {DEVICE} up"
        yield "ip -6 route flush table all proto 77"
    yield f"ip link del {DEVICE}"


def one_by_one(daemon):
    """Removes each object of a host and waits for it; the log names it, and so does `status`."""
    host, before, pid = daemon.host, objects(daemon.host), daemon.process.pid
    count = daemon.ask("status")["put_back"]
    for command in list(removals(host)):
        said = len(daemon.process.text())
        host.run("sh", "-c", command)
        try:
            wait_for(f"{host.name}: what '{command}' removed", lambda: objects(host) == before, 3, 0.02)
        except Timeout:
            assert objects(host) == before, command
        # The log has fewer lines about an object that is removed more than eight times within seconds.
        wait_for(f"word of '{command}'", lambda: "put back" in daemon.process.text()[said:] or
                 daemon.process.text().count(f"device {DEVICE}") >= 8, 1, 0.02)
        status = daemon.ask("status")
        assert status["put_back"] > count and status["missing"] == [], command
        count = status["put_back"]
    assert daemon.process.running() and daemon.process.pid == pid


# ---- the networks ----

class Bare:
    """Counts, at the other end of each link, what comes with the home address as its source."""

    def __init__(self, routers):
        self.routers = routers
        for router in routers:
            router.nft('table netdev bare {\n chain c {\n type filter hook ingress device "access0" priority 0\n'
                       f" ip6 saddr {HOME_ADDRESS} counter\n }}\n}}\n")

    def count(self):
        return sum(int(re.search(r"packets (\d+)", router.run("nft", "list", "table", "netdev", "bare").stdout)[1])
                   for router in self.routers)


def dropped(daemon):
    return next(d["count"] for d in daemon.ask("show", "counters")["drops"] if d["name"] == "bare")


@pytest.fixture(scope="module")
def direct():
    """Home agent with a virtual home link, mobile node with route optimization, correspondent."""
    with direct_network(BUILD) as made:
        made.wait_care_of_addresses()
        made.optimize()
        made.bare = Bare([link.router for link in made.links])
        yield made


@pytest.fixture(autouse=True)
def shown(request):
    """A daemon that has ended in one test is started again for the next."""
    if "direct" not in request.fixturenames:
        return
    network = request.node.world = request.getfixturevalue("direct")
    ended = [daemon for daemon in (*network.daemons(), network.correspondent) if daemon.ended()]
    for daemon in ended:
        daemon.start()
    if ended:
        network.wait_registered()


def both_ways(network):
    assert ping(network.cn, HOME_ADDRESS) == 3
    assert ping(network.mn, CORRESPONDENT, source=HOME_ADDRESS) == 3


@pytest.mark.parametrize("which", ["mobile_node", "home_agent", "correspondent"])
def test_each_object_comes_back(direct, which):
    direct.speak()
    echoes = Echoes(direct.mn, CORRESPONDENT, source=HOME_ADDRESS)
    one_by_one(getattr(direct, which))
    echoes.stop()
    direct.wait_registered()
    both_ways(direct)
    assert direct.bare.count() == 0


def test_random_removals_under_traffic(direct):
    """At all three at once, faster than they are put back."""
    seed = int(os.environ.get("SEED", random.randrange(1 << 32)))
    print(f"SEED={seed}")
    choose = random.Random(seed)
    daemons = [direct.mobile_node, direct.home_agent, direct.correspondent]
    before = [objects(daemon.host) for daemon in daemons]
    commands = [(daemon, command) for daemon in daemons for command in removals(daemon.host)]
    traffic = [Echoes(direct.mn, CORRESPONDENT, source=HOME_ADDRESS), Echoes(direct.cn, HOME_ADDRESS)]
    for _ in range(REMOVALS):
        daemon, command = choose.choice(commands)
        daemon.host.run("sh", "-c", command, check=False)  # it may be gone already
        time.sleep(choose.choice((0, 0, 0.01, 0.05, 0.1)))
    for daemon, wanted in zip(daemons, before):
        wait_for(f"all of {daemon.host.name}", lambda: objects(daemon.host) == wanted, 5)
        assert daemon.process.running()
        assert daemon.ask("status")["missing"] == []
    direct.wait_registered()
    for echoes in traffic:
        assert echoes.stop()[1] > 0
    both_ways(direct)
    assert direct.bare.count() == 0


def test_fight_is_not_joined(direct):
    """Somebody removes a rule again as soon as it is back: the log stays short, and at the end it is there."""
    daemon, said = direct.mobile_node, len(direct.mobile_node.process.text())
    before = objects(direct.mn)
    direct.mn.run("sh", "-c", "end=$(($(date +%s) + 3)); while [ $(date +%s) -lt $end ]; do "
                              "ip -6 rule del pref 10 2>/dev/null; done; true")
    wait_for("the rule", lambda: objects(direct.mn) == before, 2)
    assert daemon.process.text()[said:].count("rule from") <= 12
    both_ways(direct)
    assert direct.bare.count() == 0


def test_fight_for_the_device(direct):
    """As for any other object: twenty times at once, then four times a second."""
    daemon, before, said = direct.mobile_node, objects(direct.mn), len(direct.mobile_node.process.text())
    direct.mn.run("sh", "-c", "end=$(($(date +%s) + 4)); while [ $(date +%s) -lt $end ]; do "
                              f"ip link del {DEVICE} 2>/dev/null; done; true")
    wait_for("the device", lambda: objects(direct.mn) == before, 3)
    # The log says it of the sixteenth, the thirty-second, the sixty-fourth time.
    times = re.findall(rf"warning: {DEVICE} was removed by another program: put back, (\d+) times",
                       daemon.process.text()[said:])
    assert 16 <= max(map(int, times)) < 64
    direct.wait_registered()
    both_ways(direct)
    assert direct.bare.count() == 0


def test_device_is_deleted_while_it_is_made(tmp_path, world):
    """By another program, after each step that makes the device and what is on it: one more removal."""
    daemon, number, script = world.mobile_node, tmp_path / "number", tmp_path / "monamid"
    script.write_text(f"#!/bin/sh\nLD_PRELOAD={BUILD}/tests/net/librival.so RIVAL={number} "
                      f'exec {daemon.monamid} "$@"\n')
    script.chmod(0o755)
    daemon.monamid = str(script)
    world.start()
    before, pid = objects(world.mn), daemon.process.pid
    for step in STEPS:
        number.write_text(f"{step}\n")
        world.mn.ip(f"link del {DEVICE}")
        wait_for(f"the device, deleted again after step {step}", lambda: not number.exists() and
                 objects(world.mn) == before and daemon.ask("status")["missing"] == [], 5, 0.02)
    assert daemon.process.running() and daemon.process.pid == pid
    world.wait_registered()
    assert ping(world.mn, CORRESPONDENT, source=HOME_ADDRESS) == 3


def test_pins_and_control_socket_come_back(direct):
    """No notification tells of files: the next comparison finds out, here after another object was removed."""
    daemon = direct.home_agent
    pins = sorted(os.listdir(daemon.pins))
    for name in pins[1:]:
        os.unlink(os.path.join(daemon.pins, name))
    os.unlink(daemon.socket)
    direct.ha.ip(f"link set {DEVICE} down")
    wait_for("the socket", lambda: os.path.exists(daemon.socket), 5)
    assert daemon.ask("status")["missing"] == []
    assert sorted(os.listdir(daemon.pins)) == pins
    said = daemon.process.text()
    assert f"control socket {daemon.socket} was removed by another program: put back" in said
    assert f"pinned maps in {daemon.pins} was removed by another program: put back" in said
    daemon.kill()
    daemon.start()
    direct.wait_registered()
    both_ways(direct)


@pytest.mark.parametrize("priority, selector", [(5, ""), (6, " iif lo"), (100, "")])
def test_rule_of_others(direct, priority, selector):
    """Rules after ours do no harm; one before ours is named, and what it catches does not leave."""
    mn, daemon = direct.mn, direct.mobile_node
    router = next(line.split()[2] for line in mn.run("ip", "-6", "route").stdout.splitlines()
                  if line.startswith("default via") and "wifi0" in line)
    said, lost = len(daemon.process.text()), dropped(daemon)
    mn.ip(f"route add default via {router} dev wifi0 table 100",
          f"rule add pref {priority} from all{selector} lookup 100")
    if priority < 10:
        wait_for("its name", lambda: f"rule {priority} (from all lookup 100) comes before ours (10)" in
                 daemon.process.text()[said:], 2)
        assert daemon.ask("status")["rules_before"] == [f"rule {priority} (from all lookup 100) comes before ours (10)"]
        assert ping(direct.cn, HOME_ADDRESS, count=1) == 0
        assert dropped(daemon) > lost
    else:
        both_ways(direct)
        assert daemon.ask("status")["rules_before"] == []
    mn.ip(f"rule del pref {priority}", "route flush table 100")
    wait_for("silence", lambda: daemon.ask("status")["rules_before"] == [], 2)
    both_ways(direct)
    assert direct.bare.count() == 0


def test_interface_is_made_again(direct):
    """The same name, another interface; then with the index that it had."""
    link, mn = direct.links[0], direct.mn
    for index in ("", "same"):
        number = mn.run("ip", "-o", "link", "show", link.name).stdout.split(":")[0]
        mn.run("ip", "link", "del", link.name)
        mn.run("ip", "link", "add", link.name, *(["index", number] if index else []), "type", "veth",
               "peer", "name", "access0", "netns", link.router.netns)
        link.router.ip(f"addr add {link.network}::ff/64 dev access0", "link set access0 up")
        mn.ip(f"link set {link.name} up")
        wait_for("the programs", lambda: filters(mn, link.name) == ["egress", "ingress"], 5)
        direct.wait_registered()
        assert direct.mobile_node.links()[link.name]["attached"]
    both_ways(direct)


# ---- a physical home link ----

@pytest.mark.parametrize("at_home", ["home", "both"])
def test_physical_home_link(at_home):
    """Away, every object of both comes back; at home, those that are needed there."""
    with home_network(BUILD, "a", mobile_node=f"\tat_home = {at_home}\n") as network:
        network.home_agent.start()
        network.mobile_node.start()
        network.wait_bindings({1, 2})
        bare = Bare([host for host in network.net.hosts if host.name in ("ar1", "ar2")])
        if at_home == "home":
            one_by_one(network.home_agent)
            assert ping(network.cn, HOME_ADDRESS) == 3 and ping(network.mn, FAR, source=HOME_ADDRESS) == 3
        network.plug()
        network.wait_state("home link only" if at_home == "home" else "home and visited links")
        wait_for("the rule of its address there", lambda: any(
            f"lookup {7000 + HOME_BID} " in line for line in objects(network.mn)), 5)
        one_by_one(network.mobile_node)
        assert ping(network.cn, HOME_ADDRESS) == 3 and ping(network.mn, FAR, source=HOME_ADDRESS) == 3
        assert bare.count() == 0
