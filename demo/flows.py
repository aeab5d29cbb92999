# SPDX-License-Identifier: BSD-2-Clause
"""`--flows`: three kinds of traffic on three links, each by its rule; then one link gets worse, one is lost, and one says
that it is about to be. Which link carries what is counted at the access routers."""
import json
import os
import re
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "support"))

import topology                                                 # noqa: E402
from netns import Timeout, wait_for                             # noqa: E402
from svg import Canvas                                          # noqa: E402
from topology import CORRESPONDENT, HOME_ADDRESS                # noqa: E402

# name: (port, packets a second, octets, words of its rule, colour)
FLOWS = {
    "voice": (5060, 50, 160, "links = {cell0, wifi0} loss_max = 10", "#d9480f"),
    "film": (5070, 300, 1000, "links = {wifi0, cell0, sat0}", "#2b8a3e"),
    "backup": (5080, 300, 1200, "links = {wifi0, sat0, cell0} unmetered = true", "#1864ab"),
}
LINKS = ("wifi0", "cell0", "sat0")
METERED = "sat0"
DWELL_SECONDS, DWELL_SHORT_SECONDS = 6, 2
SETTLE_SECONDS = 40
EVERY_SECONDS = 0.25
SHARE_MIN = 0.95  # of the packets of a flow by the link that is expected
WORSE, LOST, LEAVING = ("#ffd43b", "loses packets"), ("#fa5252", "gone"), ("#74c0fc", "will leave")

_SEND = r"""
import json, socket, sys, time
own, peer, flows = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
sockets = []
for port, each, octets in flows:
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.bind((own, port)); s.connect((peer, port)); s.setblocking(False)
    sockets.append(s)
begin = time.monotonic()
print(begin, flush=True)
sent = [0] * len(flows)
while True:
    now = time.monotonic() - begin
    for i, (port, each, octets) in enumerate(flows):
        while sent[i] < now * each:
            try:
                sockets[i].send(b"%012d" % sent[i] + bytes(octets - 12))
            except OSError:
                pass
            sent[i] += 1
    time.sleep(0.002)
"""
_RECEIVE = r"""
import json, select, socket, sys
own, ports = sys.argv[1], json.loads(sys.argv[2])
sockets = []
for port in ports:
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    s.bind((own, port)); sockets.append(s)
came = [set() for _ in ports]
print("ready", flush=True)
while True:
    ready = select.select([sys.stdin, *sockets], [], [])[0]
    if sys.stdin in ready:
        break
    for s in ready:
        came[sockets.index(s)].add(int(s.recv(4000)[:12]))
print(json.dumps([sorted(numbers) for numbers in came]), flush=True)
"""
# The port of the inner UDP header, behind the outer and the inner IPv6 header.
_COUNT = ("table netdev flows {{\n{counters}\tchain in {{ type filter hook ingress device \"access0\" priority -10\n"
          "{rules}\t}}\n}}\n")


class World(topology.World):
    def mobile_node_config(self):
        text = super().mobile_node_config()
        text = re.sub(rf'(link "{METERED}" {{)', r"\1\n\t\tmetered = true", text)
        flows = {name: f"protocol = udp peer_ports = {port} {words}" for name, (port, _, _, words, _) in FLOWS.items()}
        return topology.in_last_block(text, "\tprobe_idle_ms = 200\n" + topology.flow_blocks(flows))

    def count(self):
        counters = "".join(f"\tcounter {name} {{ }}\n" for name in FLOWS)
        rules = "".join(f"\t\tip6 nexthdr 41 @nh,656,16 {flow[0]} counter name {name}\n" for name, flow in FLOWS.items())
        for link in self.links:
            link.router.nft(_COUNT.format(counters=counters, rules=rules))

    def worsen(self, name, on):
        """A third of the packets is lost, both ways."""
        router = self.link(name).router
        if on:
            router.nft("table netdev worse {\n" + "".join(
                f'\tchain {hook} {{ type filter hook {hook} device "access0" priority 0\n'
                "\t\tnumgen random mod 3 0 drop\n\t}\n" for hook in ("ingress", "egress")) + "}\n")
        else:
            router.nft("delete table netdev worse\n")

    def links_now(self):
        """{flow: the link by which the programs send it}, as `monami why` says."""
        return {name: self.mobile_node.ask("why", "udp", "peer", CORRESPONDENT, str(flow[0]), "own", str(flow[0])).get("link")
                for name, flow in FLOWS.items()}


class Counts(threading.Thread):
    """(time, {(link, flow): packets}) every moment."""

    def __init__(self, world):
        super().__init__(daemon=True)
        self.world = world
        self.samples = []
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(EVERY_SECONDS):
            self.samples.append((time.monotonic(), self.counts()))

    def counts(self):
        seen = {}
        for link in self.world.links:
            shown = json.loads(link.router.run("nft", "-j", "list", "counters").stdout)["nftables"]
            seen.update({(link.name, row["counter"]["name"]): row["counter"]["packets"]
                         for row in shown if "counter" in row})
        return seen

    def stop(self):
        self.over.set()
        self.join()

    def between(self, begin, end):
        """{flow: {link: packets}}"""
        inside = [counts for at, counts in self.samples if begin <= at <= end]
        return {flow: {link: inside[-1][link, flow] - inside[0][link, flow] for link in LINKS} if inside else {}
                for flow in FLOWS}


def story(world):
    """(name, what happens, how the picture shows it, {flow: link} then)"""
    at_first = {"voice": "cell0", "film": "wifi0", "backup": "wifi0"}
    return [
        ("begin", "each flow by the link of its rule", None, at_first, lambda: None),
        ("worse", "cell0 loses a third of its packets", ("cell0", *WORSE), {**at_first, "voice": "wifi0"},
         lambda: world.worsen("cell0", True)),
        ("better", "cell0 is good again", None, at_first, lambda: world.worsen("cell0", False)),
        ("lost", "wifi0 is lost: the backup avoids the metered link", ("wifi0", *LOST), dict.fromkeys(FLOWS, "cell0"),
         lambda: world.carrier(world.link("wifi0"), False)),
        ("back", "wifi0 is back", None, at_first, lambda: world.carrier(world.link("wifi0"), True)),
        ("hint", "monami hint cell0 leaving", ("cell0", *LEAVING), {**at_first, "voice": "wifi0"},
         lambda: world.mobile_node.ask("hint", "cell0", "leaving")),
        ("stays", "monami hint cell0 staying", None, at_first,
         lambda: world.mobile_node.ask("hint", "cell0", "staying")),
    ]


def play(world, stage, short):
    """Returns the events, the counters and what came: ([dict], Counts, {flow: numbers}, the senders' begin)."""
    stage.title("three links come up, and each kind of traffic has a rule")
    world.wait_care_of_addresses()
    world.start()
    world.count()
    ports = [flow[0] for flow in FLOWS.values()]
    receiver = world.cn.start("receive", "/usr/bin/python3", "-c", _RECEIVE, CORRESPONDENT, json.dumps(ports), pipe=True)
    receiver.popen.stdout.readline()
    sender = world.mn.start("send", "/usr/bin/python3", "-c", _SEND, HOME_ADDRESS, CORRESPONDENT,
                            json.dumps([flow[:3] for flow in FLOWS.values()]), pipe=True)
    begin = float(sender.popen.stdout.readline())
    counts = Counts(world)
    counts.start()
    events = []
    for name, text, mark, wanted, act in story(world):
        stage.title(text)
        event = {"name": name, "text": text, "mark": mark, "wanted": wanted, "time": time.monotonic(), "settled": None}
        act()
        try:
            wait_for(f"{name}: flows by {wanted}", lambda wanted=wanted: world.links_now() == wanted, SETTLE_SECONDS, 0.1)
            event["settled"] = time.monotonic()
        except Timeout as e:
            stage.note(str(e))
        event["now"] = world.links_now()
        time.sleep(DWELL_SHORT_SECONDS if short else DWELL_SECONDS)
        event["end"] = time.monotonic()
        events.append(event)
    time.sleep(2 * EVERY_SECONDS)
    sender.stop()
    counts.stop()
    receiver.popen.stdin.write("\n")
    receiver.popen.stdin.flush()
    came = dict(zip(FLOWS, map(set, json.loads(receiver.popen.stdout.readline()))))
    return events, counts, came, begin


def judge(events, counts, came, begin):
    """The summary: for each event the links, how long until all flows were there, and packets lost."""
    rows = []
    for event in events:
        packets = counts.between(event["settled"] or event["time"], event["end"])
        right = {flow: by.get(event["wanted"][flow], 0) / max(1, sum(by.values())) for flow, by in packets.items()}
        lost = {flow: sum(number not in came[flow] for number in
                          range(int((event["time"] - begin) * FLOWS[flow][1]) + 1, int((event["end"] - begin) * FLOWS[flow][1])))
                for flow in FLOWS}
        rows.append({
            "name": event["name"], "text": event["text"], "links": event["now"], "expected": event["wanted"],
            "seconds": None if event["settled"] is None else round(event["settled"] - event["time"], 3),
            "share_by_expected_link": {flow: round(share, 4) for flow, share in right.items()}, "lost": lost,
            "passed": event["settled"] is not None and min(right.values()) >= SHARE_MIN})
    # a hint comes before the loss: nothing has to be lost
    rows[-2]["passed"] = rows[-2]["passed"] and not any(rows[-2]["lost"].values())
    return {"version": 1, "events": rows, "passed": all(row["passed"] for row in rows)}


def table(summary):
    lines = [f"  {'event':<8} {'settled':>8}  " + "".join(f"{flow:<18}" for flow in FLOWS)]
    for row in summary["events"]:
        settled = "-" if row["seconds"] is None else f"{row['seconds']:.1f} s"
        flows = "".join(f"{row['links'][flow] or '-':<6} {row['lost'][flow]:>4} lost  " for flow in FLOWS)
        lines.append(f"  {row['name']:<8} {settled:>8}  {flows}{'' if row['passed'] else 'FAILED'}")
    return "\n".join(lines + [f"  {'passed' if summary['passed'] else 'FAILED'}"])


# ---- the picture: a row for each link, a colour for each kind of traffic ----

WIDTH, LEFT, LANE, TOP = 960, 110, 34, 84
ROW = LANE * len(FLOWS) + 18
INK = "#343a40"


def picture(events, counts, links):
    """A row for each link with a lane for each flow: as high as the part of the flow that goes by this link."""
    samples = counts.samples
    since, until = samples[0][0], samples[-1][0]
    canvas = Canvas(WIDTH, TOP + ROW * len(LINKS) + 20, INK)

    def x(at):
        return LEFT + (WIDTH - LEFT - 20) * (at - since) / (until - since)
    for number, (name, flow) in enumerate(FLOWS.items()):
        canvas.circle(LEFT + 8 + 130 * number, 26, 7, flow[4])
        canvas.write(LEFT + 22 + 130 * number, 31, name, 15, flow[4], weight=600)
    for row, link in enumerate(LINKS):
        top, bottom = TOP + ROW * row, TOP + ROW * (row + 1) - 12
        canvas.box(LEFT, top, WIDTH - 20 - LEFT, bottom - top, "#f1f3f5")
        canvas.write(LEFT - 12, top + 40, link, 16, anchor="end", weight=600)
        canvas.write(LEFT - 12, top + 58, f"{links[link].mbit} Mbit/s", 11, anchor="end")
        if link == METERED:
            canvas.write(LEFT - 12, top + 76, "€ € €", 12, "#e67700", anchor="end", weight=600)
        for event in events:
            if event["mark"] and event["mark"][0] == link:
                canvas.box(x(event["time"]), top, x(event["end"]) - x(event["time"]), bottom - top,
                           event["mark"][1] + "99")
                canvas.write(x(event["time"]) + 8, bottom - 10, event["mark"][2], 12, weight=600)
        for lane, (name, flow) in enumerate(FLOWS.items()):
            floor = top + LANE * (lane + 1) + 1
            canvas.area([(x(later), floor - (LANE - 6) * min(1, (after[link, name] - before[link, name]) / (later - at)
                                                             / flow[1]))
                         for (at, before), (later, after) in zip(samples, samples[1:])], floor, flow[4], 0.85)
    for number, event in enumerate(events):
        if number > 0:
            canvas.line(x(event["time"]), TOP - 16, x(event["time"]), TOP + ROW * len(LINKS) - 12, INK, 0.8, dash="3 3")
            canvas.write(x(event["time"]) + 3, TOP - 6, event["name"], 12)
    return canvas.text()


def run(options, stage, out):
    """The whole of it. Returns whether it passed."""
    with topology.world(options.build, word="fl", keep=options.keep, kind=World) as world:
        try:
            told = play(world, stage, options.short)
        finally:
            if options.keep:
                stage.wrong(world.describe())
        summary = judge(*told)
        os.makedirs(out, exist_ok=True)
        with open(os.path.join(out, "flows.svg"), "w", encoding="utf-8") as file:
            file.write(picture(told[0], told[1], {link.name: link for link in world.links}))
    print(json.dumps(summary) if options.json else
          f"{table(summary)}\n  picture: {os.path.relpath(out)}/flows.svg", flush=True)
    return summary["passed"]
