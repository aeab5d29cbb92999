# SPDX-License-Identifier: BSD-2-Clause
"""Objects of a daemon on its host: for tests that expect none of them, or all."""
import os
import re

from netns import wait_for


def picture(host):
    """Objects that a daemon could have left: links, addresses, routes, rules, programs. Without what
    changes by itself; the kernel has found out whether its addresses are its own."""
    wait_for("addresses", lambda: "tentative" not in host.run("ip", "-6", "addr").stdout, 10)
    def lines(*argv):
        text = host.run(*argv).stdout
        text = re.sub(r"\b(expires|valid_lft|preferred_lft) \S+|linkdown ", "", text)
        return sorted(line.strip() for line in text.splitlines() if "cache" not in line)
    return {
        "links": [re.match(r"\d+: ([^:@]+)", line)[1] for line in lines("ip", "-o", "link")],
        "mtus": re.findall(r"\d+: ([^:@]+).* (mtu \d+)", "\n".join(lines("ip", "-o", "link"))),
        "addresses": lines("ip", "-6", "-o", "addr"),
        "routes": lines("ip", "-6", "route", "show", "table", "all"),
        "rules": lines("ip", "-6", "rule"),
        "qdiscs": lines("tc", "qdisc"),
        "programs": [line for line in lines("bpftool", "net") if "monami" in line],
    }


def pinned(daemon):
    return [os.path.join(where, name) for where, _, names in os.walk(daemon.pins) for name in names]
