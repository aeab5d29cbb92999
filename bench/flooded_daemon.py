# SPDX-License-Identifier: BSD-2-Clause
"""A daemon on one core, what floods it on another, and what that costs the daemon.

    +-----------+         +--------+
    | generator |---------| daemon |
    +-----------+         +--------+
"""
import json
import os
import re

from netns import execute
from topology import Daemon

ADDRESS = "2001:db8:ffff::1"
GENERATOR = "2001:db8:ffff::ff"


def link_layer_address(host, interface):
    return json.loads(execute(["ip", "-n", host.netns, "-j", "link", "show", "dev",
                               interface]).stdout)[0]["address"]


class FloodedDaemon:
    """The picture above, with the daemon running: `configuration` names net0, its link."""

    def __init__(self, net, options, name, configuration, router=False):
        self.options = options
        self.host, self.generator = net.host(name), net.host("generator")
        # A packet socket counts the replies; the host drops them.
        self.generator.sysctl("net.ipv6.conf.all.disable_ipv6", 1)
        net.link(self.host, "net0", self.generator, "gen0")
        if router:
            self.host.forward()
        self.host.ip(f"addr add {ADDRESS}/64 dev net0 nodad",
                     f"neigh add {GENERATOR} lladdr {link_layer_address(self.generator, 'gen0')} "
                     "dev net0 nud permanent", f"route add default via {GENERATOR}")
        self.daemon = Daemon(self.host, options.build, configuration)
        self.pid = self.daemon.start().pid
        os.sched_setaffinity(self.pid, {options.cores[0]})

    def flood(self, program, well, *words):
        """What the program says, and the daemon's CPU time for each that ended `well`."""
        before = self.cpu_ns()
        done = json.loads(self.generator.run(
            "taskset", "-c", str(self.options.cores[1]), program, "--interface", "gen0",
            "--router", link_layer_address(self.host, "net0"),
            "--window", str(self.options.window), *words, timeout=60).stdout)
        if done[well] == 0:
            raise RuntimeError(f"nothing was {well}: {done}\n{self.daemon.process.text()}")
        done["cpu_us"] = (self.cpu_ns() - before) / done[well] / 1000
        return done

    def cpu_ns(self):
        with open(f"/proc/{self.pid}/schedstat", encoding="ascii") as stat:
            return int(stat.read().split()[0])

    def own_octets(self):
        """Memory of the process without what it maps (the data plane's maps, its own code)."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            return int(re.search(r"RssAnon:\s+(\d+)", status.read()).group(1)) * 1024
