# SPDX-License-Identifier: BSD-2-Clause
"""Where traffic is counted: the commands of monamid(8) and docs/operation.md, with packets that pass."""

import json
import re

from netns import execute, wait_for
from topology import HOME_ADDRESS

PINGS = 20
OCTETS = PINGS * (40 + 8 + 56)  # IPv6, ICMPv6, ping's data


def device(host):
    """The kernel's counters of monami0: of the driver, and packets at the egress hook."""
    [link] = json.loads(execute(["ip", "-n", host.netns, "-j", "-s", "link", "show", "monami0"]).stdout)
    shown = execute(["tc", "-n", host.netns, "-s", "qdisc", "show", "dev", "monami0"]).stdout
    clsact = int(re.search(r"qdisc clsact .*\n Sent \d+ bytes (\d+) pkt", shown)[1])
    return link["stats64"]["rx"]["packets"], link["stats64"]["tx"]["packets"], clsact


def grown(daemon, before, sent, received):
    now = daemon.ask("show", "counters")
    return (now["sent_packets"] - before["sent_packets"] == sent[0] and
            now["sent_octets"] - before["sent_octets"] == sent[1] and
            now["received_packets"] - before["received_packets"] == received[0] and
            now["received_octets"] - before["received_octets"] == received[1])


def test_what_passes_is_counted_by_the_documented_commands(running):
    sides = [(running.mn, running.mobile_node), (running.ha, running.home_agent)]
    # the first packet may take the slow path
    running.cn.run("ping", "-c", "1", HOME_ADDRESS)
    before = [(device(host), daemon.ask("show", "counters")) for host, daemon in sides]
    running.cn.run("ping", "-c", str(PINGS), "-i", "0.01", "-s", "56", HOME_ADDRESS)

    for (host, daemon), ((rx, tx, clsact), counters) in zip(sides, before):
        wait_for("counters", lambda d=daemon, c=counters: grown(d, c, (PINGS, OCTETS), (PINGS, OCTETS)), 5)
        rx_now, tx_now, clsact_now = device(host)
        # If this fails, the kernel has learned to count redirected packets, and the pages are wrong.
        # The kernel itself sends Multicast Listener Reports there.
        assert rx_now - rx + tx_now - tx < PINGS / 4
        assert PINGS <= clsact_now - clsact < 1.5 * PINGS
    text = execute([running.mobile_node.monami, "--socket", running.mobile_node.socket, "show",
                    "counters"]).stdout
    assert re.search(r"^\d+ +sent_packets$", text, re.M) and re.search(r"^\d+ +received_octets$", text, re.M)
