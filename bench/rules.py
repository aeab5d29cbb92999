# SPDX-License-Identifier: BSD-2-Clause
"""Forwarding from a mobile node with 64 rules, against one with one rule, in turns.

The packets are for the last rule; each rule compares protocol, addresses and ports. The programs keep
no state of flows (ADR 58), so that it does not matter how many flows there are.
"""
import contextlib

import forwarding
from figure import Figure
from forwarding import CORRESPONDENT, PORT, UP
from netns import Net

GOAL = 0.9
MOST = 64


def rule(number, peer, ports):
    return (f'\tflow "{number}" {{\n\t\tpriority = {number}\n\t\tprotocol = udp\n\t\tpeer = {peer}\n'
            f"\t\tpeer_ports = {ports}\n\t\tlinks = {{net0}}\n\t}}\n")


def rules(count):
    """All but the last one are for other correspondents and ports."""
    others = [rule(number, f"2001:db8:{0x7000 + number:x}::/48", f"{1000 + number}-{2000 + number}")
              for number in range(1, count)]
    return "".join(others) + rule(count, CORRESPONDENT, f"{PORT}-{PORT + 1}")


def classified(path):
    """The programs have the rules."""
    filters = path.mn.run("tc", "filter", "show", "dev", "monami0", "egress").stdout
    if "monami_classify" not in filters or not path.mobile_node.ask("show", "flows")["flows"]:
        raise RuntimeError("no rule is in use")


def measure(options):
    figure = Figure("rules-udp", "UDP packets with 64 octets of payload from the mobile node, 64 rules / one rule",
                    "ratio", GOAL)
    with contextlib.ExitStack() as stack:
        paths = [forwarding.Path(stack.enter_context(Net(f"mr{count}")), options, flows=rules(count))
                 for count in (1, MOST)]
        of_paths = [Figure(f"rules-{count}", "", "ratio") for count in (1, MOST)]
        for path in paths:
            classified(path)
            forwarding.run(path, "udp", UP, options.warm_seconds)
        for _ in range(options.runs):
            for path, one in zip(paths, of_paths):
                forwarding.once(path, "udp", UP, one)
            figure.add(of_paths[1].values[-1] / of_paths[0].values[-1],
                       one_rule=of_paths[0].values[-1], many_rules=of_paths[1].values[-1])
    yield figure
