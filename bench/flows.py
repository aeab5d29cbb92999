# SPDX-License-Identifier: BSD-2-Clause
"""Figures of flows that several links carry by rules, against what each link gives alone or what a user would take
instead, in the same run. The links are token buckets in network namespaces."""
import json
import re
import socket
import sys
import time

import topology
from figure import AT_MOST, Figure
from netns import Net, wait_for
from topology import CORRESPONDENT, HOME_ADDRESS, HOME_AGENT, HOME_PREFIX
from transfer import transfer
from two_links import TwoLinks

WAYS = {"down": "to the mobile node", "up": "from the mobile node"}


class World(topology.World):
    """Three links of 50, 20 and 5 Mbit/s, and rules that change while it runs."""

    rules = ()

    def mobile_node_config(self):
        return self.with_rules(super().mobile_node_config(), self.rules)

    @staticmethod
    def with_rules(config, rules):
        return topology.in_last_block(config, "".join(f"\tflow {rule}\n" for rule in rules))

    def begin(self):
        self.wait_care_of_addresses()
        self.start()

    def load(self, *rules):
        with open(self.mobile_node.file, encoding="ascii") as file:
            text = re.sub(r"\tflow [^\n]*\n", "", file.read())
        with open(self.mobile_node.file, "w", encoding="ascii") as file:
            file.write(self.with_rules(text, rules))
        self.mobile_node.ask("policy", "load")
        time.sleep(0.5)  # the home agent is told by an update


# ---- many flows ----

# Takes so many connections, or makes them; prints the octets that came from `start` to `seconds`.
_MANY = r"""
import json, selectors, socket, sys, time
role, own, peer, count, start, seconds = *sys.argv[1:4], int(sys.argv[4]), *map(float, sys.argv[5:])
data, waiting, came = bytes(1 << 14), selectors.DefaultSelector(), 0
if role == "take":
    listener = socket.socket(socket.AF_INET6); listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((own, 7400)); listener.listen(count); listener.setblocking(False)
    waiting.register(listener, selectors.EVENT_READ)
    print("ready", flush=True)
else:
    for number in range(count):
        s = socket.socket(socket.AF_INET6); s.bind((own, 0))
        s.setblocking(False); s.connect_ex((peer, 7400)); waiting.register(s, selectors.EVENT_WRITE)
begin = None
while begin is None or time.monotonic() < begin + seconds:
    for key, _ in waiting.select(0.1):
        s = key.fileobj
        try:
            if role == "give":
                s.send(data)
            elif s is listener:
                new, _ = s.accept(); new.setblocking(False); waiting.register(new, selectors.EVENT_READ)
                begin = begin or time.monotonic()
            else:
                octets = len(s.recv(1 << 16))
                if time.monotonic() >= begin + start:
                    came += octets
        except OSError:
            pass
    begin = begin or (time.monotonic() if role == "give" else None)
print(json.dumps(came), flush=True)
"""
FLOWS = 75


def many_flows(world, way, start, seconds):
    """Mbit/s of all flows together."""
    ends = [(world.mn, HOME_ADDRESS), (world.cn, CORRESPONDENT)]
    (source, own), (sink, peer) = ends if way == "up" else ends[::-1]
    taker = sink.start("take", sys.executable, "-c", _MANY, "take", peer, own, FLOWS, start, seconds, pipe=True)
    assert taker.popen.stdout.readline() == "ready\n", taker.text()
    giver = source.start("give", sys.executable, "-c", _MANY, "give", own, peer, FLOWS, start, seconds + 1, pipe=True)
    came = json.loads(taker.popen.stdout.readline())
    giver.kill()
    wait_for("the end of the flows", lambda: not giver.running(), 5)
    return came * 8 / 1e6 / (seconds - start)


class Equal(World):
    """Links of one priority share the flows without a rule, both ways."""

    @staticmethod
    def make_links():
        links = topology.links()
        for link in links:
            link.priority = 1
        return links


def many(options):
    """Weights by rate where the mobile node sends; equal ones where the home agent does: RFC 6089 says no shares."""
    start, seconds = options.aggregate_seconds / 4, options.aggregate_seconds
    figures = {way: Figure(f"many-{way}", f"{FLOWS} TCP connections {text} over links of 50, 20 and 5 Mbit/s / the sum "
                           "of each alone", "ratio", 0.95) for way, text in WAYS.items()}
    for _ in range(options.runs):
        with Net("mf") as net:
            world = Equal(net, options.build)
            world.begin()
            alone = {way: 0 for way in WAYS}
            for link in world.links:
                world.load(f'"many" {{ links = {{{link.name}}} }}')
                for way in WAYS:
                    alone[way] += many_flows(world, way, start, seconds)
            weights = ", ".join(str(link.mbit) for link in world.links)
            names = ", ".join(link.name for link in world.links)
            for way, figure in figures.items():
                world.load(*([f'"many" {{ links = {{{names}}} mode = balance weights = {{{weights}}} }}'] if way == "up" else []))
                rate = many_flows(world, way, start, seconds)
                figure.add(rate / alone[way], mbit=rate, alone_mbit=alone[way])
                options.say(f"{figure.name}: {rate:.1f} of {alone[way]:.1f} Mbit/s: {figure.values[-1]:.3f}")
    yield from figures.values()


# ---- a voice stream beside a download ----

# A packet of 160 octets each 20 ms, both ways; the clock is the same in all namespaces. On a signal: [(number, delay in ms)]
_VOICE = r"""
import json, select, signal, socket, sys, time
own, peer = sys.argv[1:3]
over = []
signal.signal(signal.SIGTERM, lambda *_: over.append(1))
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind((own, 5060)); s.setblocking(False)
print("ready", flush=True)
came, number, due, end = [], 0, time.monotonic(), None
while end is None or time.monotonic() < end:
    now = time.monotonic()
    if over and end is None:
        end = now + 1.0
    if end is None and now >= due:
        s.sendto(b"%d %d " % (number, time.monotonic_ns()) + bytes(140), (peer, 5060)); number += 1; due += 0.02
    select.select([s], [], [], max(0, due - time.monotonic()) if end is None else 0.05)
    try:
        while True:
            words = s.recv(400).split(b" ")
            came.append((int(words[0]), (time.monotonic_ns() - int(words[1])) / 1e6))
    except BlockingIOError:
        pass
print(json.dumps({"sent": number, "came": came}), flush=True)
"""
VOICE_RULE = '"voice" { protocol = udp peer_ports = 5060 links = {wifi0, cell0} mode = smallest_delay }'


class Queues(World):
    """One queue of 100 ms for each link and direction: what a download queues, all others wait for."""

    rules = (VOICE_RULE,)

    def queue(self):
        for link in self.links:
            for host, interface in ((link.router, "access0"), (self.mn, link.name)):
                host.tc(f"qdisc replace dev {interface} root tbf rate {link.mbit}mbit burst 16k latency 100ms")


def voice(world, seconds):
    """(99th percentile of the delay in ms, packets lost), the worse of both ways."""
    ends = [host.start("voice", sys.executable, "-c", _VOICE, own, peer, pipe=True)
            for host, own, peer in ((world.mn, HOME_ADDRESS, CORRESPONDENT), (world.cn, CORRESPONDENT, HOME_ADDRESS))]
    for end in ends:
        assert end.popen.stdout.readline() == "ready\n", end.text()
    time.sleep(seconds)
    for end in ends:
        end.popen.terminate()
    said = [json.loads(end.popen.stdout.readline()) for end in ends]
    worst = [0, 0]
    for one in said:
        numbers = {number for number, _ in one["came"]}
        # before the first that came, the other end did not listen; after the last, it had stopped
        lost = max(numbers) - min(numbers) + 1 - len(numbers)
        delays = sorted(delay for _, delay in one["came"])
        worst = [max(worst[0], delays[int(len(delays) * 0.99)]), max(worst[1], lost)]
    return worst


class Download:
    """Four connections as fast as they go, to the mobile node."""

    def __init__(self, world):
        self.taker = world.mn.start("take", sys.executable, "-c", _MANY, "take", HOME_ADDRESS, CORRESPONDENT, 4, 0, 3600,
                                    pipe=True)
        assert self.taker.popen.stdout.readline() == "ready\n", self.taker.text()
        self.giver = world.cn.start("give", sys.executable, "-c", _MANY, "give", CORRESPONDENT, HOME_ADDRESS, 4, 0, 3600)

    def stop(self):
        for process in (self.giver, self.taker):
            process.kill()
            wait_for("the end of the download", lambda process=process: not process.running(), 5)


def plain_tunnel(world):
    """A tunnel of its own by socat, over the link that is preferred; without Monami."""
    for daemon in world.daemons()[::-1]:
        daemon.stop()
    link = world.links[0]
    care_of = world.care_of_address(link)
    world.mn.ip(f"route replace {HOME_AGENT} via {link.network}::ff dev {link.name}")
    ends = []
    for host, own, peer in ((world.ha, HOME_AGENT, care_of), (world.mn, care_of, HOME_AGENT)):
        ends.append(host.start("socat", "socat", "TUN,tun-name=plain0,iff-no-pi,iff-up",
                               f"UDP6-DATAGRAM:[{peer}]:5555,bind=[{own}]:5555"))
        wait_for("the tunnel", lambda host=host: "plain0" in host.run("ip", "link").stdout, 5)
        host.ip("link set plain0 mtu 1400")
    world.ha.ip(f"route replace {HOME_PREFIX} dev plain0")
    world.mn.ip(f"addr replace {HOME_ADDRESS}/128 dev plain0", f"route replace {CORRESPONDENT} dev plain0")
    wait_for("an answer by the tunnel", lambda: world.mn.run(
        "ping", "-n", "-c", "1", "-W", "1", "-I", HOME_ADDRESS, CORRESPONDENT, check=False).returncode == 0, 10, 0.2)
    return ends


def voice_link(world):
    return world.mobile_node.ask("why", "udp", "peer", CORRESPONDENT, "5060", "own", "5060").get("link")


def beside_download(options):
    delay = Figure("voice-delay", "a voice stream beside a download, least-delay rule: delay at the 99th percentile, beyond "
                   "that without the download", "ms", 10, AT_MOST)
    lost = Figure("voice-lost", "the same: packets lost", "packets", 0, AT_MOST)
    seconds = options.aggregate_seconds
    for _ in range(options.runs):
        with Net("mv") as net:
            world = Queues(net, options.build)
            world.begin()
            world.queue()
            alone, _ = voice(world, seconds)
            wait_for("the voice to be where the download will be", lambda: voice_link(world) == "wifi0", 60, 0.1)
            download = Download(world)
            begin = time.monotonic()
            wait_for("the voice to leave the link of the download", lambda: voice_link(world) != "wifi0", 60, 0.1)
            moved = time.monotonic() - begin
            time.sleep(5)  # the home agent, too; and the queue is full
            with_rule = voice(world, seconds)
            usable = world.mobile_node.links()["wifi0"].get("usable_bps", 0) / 1e6
            world.load()
            without = voice(world, seconds)
            download.stop()
            tunnel = plain_tunnel(world)
            download = Download(world)
            time.sleep(moved + 5)
            plain = voice(world, seconds)
            download.stop()
            del tunnel
        delay.add(with_rule[0] - alone, alone_ms=alone, without_rule_ms=without[0] - alone, plain_tunnel_ms=plain[0] - alone,
                  moved_after_s=moved, usable_mbit=usable)
        lost.add(with_rule[1], without_rule=without[1], plain_tunnel=plain[1])
        options.say(f"voice: {alone:.1f} ms alone, {with_rule} with the rule, {without} without, {plain} by a plain tunnel")
    yield delay
    yield lost


# ---- copies ----

class Copies(TwoLinks):
    """A fifth of the packets of each link is lost, each way; the probes' too."""

    sharing = ("redundant", "redundant")
    probe = True

    def mobile_node_config(self):
        return re.sub("(priority = .)", rf"\1\n\t\tprobe = {str(self.probe).lower()}", super().mobile_node_config())

    def lose(self):
        for link in self.links:
            link.router.nft("table netdev lose {\n" + "".join(
                f'\tchain {hook} {{ type filter hook {hook} device "access0" priority 0\n'
                "\t\tnumgen random mod 5 0 drop\n\t}\n" for hook in ("ingress", "egress")) + "}\n")


class Unprobed(Copies):
    """Without probes, whose losses make a mobile node leave the link (ADR 31)."""

    probe = False


def lost_and_twice(options, kind):
    """{way: (percent, packets)}"""
    with Net("mc") as net:
        world = kind(net, options.build)
        world.wait_care_of_addresses()
        world.start()
        world.wait_sharing()
        world.lose()
        time.sleep(3)  # the links' state follows the losses
        came = {way: transfer(world, way, seconds=options.aggregate_seconds, start=0, kind="udp", mbit=2) for way in WAYS}
    return {way: (100 * (1 - one.came / one.sent), one.twice) for way, one in came.items()}


def copies(options):
    figures = {way: Figure(f"copies-{way}", f"datagrams {text} by two links that lose 20 % each and are not probed, lost",
                           "percent", 4.5, AT_MOST) for way, text in WAYS.items()}
    twice = Figure("copies-twice", "the same: delivered twice", "packets", 0, AT_MOST)
    for _ in range(options.runs):
        unprobed, probed = lost_and_twice(options, Unprobed), lost_and_twice(options, Copies)
        for way, figure in figures.items():
            figure.add(unprobed[way][0], probed_percent=probed[way][0])
            twice.add(unprobed[way][1] + probed[way][1])
            options.say(f"{figure.name}: {unprobed[way]}, probed {probed[way]}")
    yield from figures.values()
    yield twice


# ---- shares ----

WEIGHTS = (5, 3, 1)


class Asking:
    """The links of flows, by `why`."""

    def __init__(self, daemon):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(daemon.socket)
        self.stream = self.socket.makefile("rw")

    def link(self, port):
        question = {"command": "why", "protocol": "udp", "peer": CORRESPONDENT, "peer_port": 6000 + port // 10000,
                    "own_port": 20000 + port % 10000}
        self.stream.write(json.dumps(question) + "\n")
        self.stream.flush()
        return json.loads(self.stream.readline())["result"].get("link")


def shares(options):
    count = options.shared_flows
    share = Figure("shares", f"shares of {count} flows under weights 5:3:1: greatest difference", "percent", 2, AT_MOST)
    moved = Figure("shares-moved", "flows of other links that the loss of one moves", "flows", 0, AT_MOST)
    with Net("ms") as net:
        world = World(net, options.build)
        names = [link.name for link in world.links]
        world.begin()
        world.load(f'"all" {{ links = {{{", ".join(names)}}} mode = balance weights = {{{", ".join(map(str, WEIGHTS))}}} }}')
        asking = Asking(world.mobile_node)
        before = [asking.link(port) for port in range(count)]
        share.add(max(abs(100 * before.count(name) / count - 100 * weight / sum(WEIGHTS))
                      for name, weight in zip(names, WEIGHTS)))
        world.carrier(world.links[1], False)
        wait_for("the rule without the link", lambda: names[1] not in {asking.link(port) for port in range(50)}, 10)
        after = [asking.link(port) for port in range(count)]
        moved.add(sum(old not in (new, names[1]) for old, new in zip(before, after)), of_the_link=before.count(names[1]))
        options.say(f"shares: {[before.count(name) for name in names]}, then {[after.count(name) for name in names]}")
    yield share
    yield moved


# ---- one stream of datagrams ----

def stream(options):
    figure = Figure("stream", "one UDP stream of 60 Mbit/s to the mobile node over two links of 20 / the sum of each alone",
                    "ratio", 0.95)
    how = {"seconds": options.aggregate_seconds, "start": options.aggregate_seconds / 3, "kind": "udp", "mbit": 60}
    for _ in range(options.runs):
        with Net("mu") as net:
            world = TwoLinks(net, options.build)
            world.wait_care_of_addresses()
            world.start()
            world.configure(("first", "first"))
            alone = sum(world.each_alone("down", **how))
            world.configure(TwoLinks.sharing)
            world.wait_sharing()
            both = transfer(world, "down", **how)
            figure.add(both.mbit / alone, mbit=both.mbit, alone_mbit=alone, late_percent=100 * both.late / both.came)
            options.say(f"stream: {both.mbit:.1f} of {alone:.1f} Mbit/s, {both.late} of {both.came} late")
    yield figure
