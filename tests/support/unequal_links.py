# SPDX-License-Identifier: BSD-2-Clause
"""A mobile node with three links of unequal rate and delay. The kernel needs netem. As a program: what one TCP
connection gets over each link alone and over all of them, as JSON; User-Mode Linux runs it inside (unequal()).
Standard library only."""
import json
import os
import sys

import topology
import uml
from netns import Net
from transfer import transfer
from two_links import TwoLinks

# Mbit/s, one-way delay in ms: a fifth of 50, 20 and 5 Mbit/s, which an emulated kernel cannot forward.
LINKS = [("wifi0", 10, 10), ("cell0", 4, 40), ("sat0", 1, 100)]
MODULES = ["veth", "tun", "sch_htb", "sch_netem", "cls_u32", "cls_bpf", "sch_ingress"]


class UnequalLinks(TwoLinks):
    """The delay is between access router and core, so that no sender is charged for packets under way."""

    @staticmethod
    def make_links():
        return [topology.Link(name, bid, mbit, f"2001:db8:{bid}::/64")
                for bid, (name, mbit, _) in enumerate(LINKS, 1)]

    def _access(self, link):
        super()._access(link)
        delay = LINKS[link.bid - 1][2]
        for host, interface in (link.router, "core0"), (self.core, link.router.name):
            host.tc(f"qdisc add dev {interface} root netem delay {delay}ms limit 10000")


def measure(build, direction, seconds):
    """Mbit/s of each link alone, and of all that share one connection."""
    how = {"seconds": seconds, "start": seconds / 2}
    with Net("mq") as net:
        world = UnequalLinks(net, build)
        world.wait_care_of_addresses()
        world.start()
        world.configure(("first", "first"))
        alone = world.each_alone(direction, **how)
        world.configure(TwoLinks.sharing)
        world.wait_sharing()
        both = transfer(world, direction, **how)
        return {"alone": alone, "all": both.mbit, "stall": both.stall}


def unequal(build, direction, seconds):
    """The same inside User-Mode Linux."""
    with Net("mw") as net, uml.Kernel(net.host("emulated"), modules=MODULES, memory="768M") as kernel:
        done = kernel.run("env", "TMPDIR=/run", "MONAMI_PATIENCE=6", sys.executable, os.path.abspath(__file__), build,
                          direction, seconds, timeout=400)
        return json.loads(done.stdout)


if __name__ == "__main__":
    json.dump(measure(sys.argv[1], sys.argv[2], float(sys.argv[3])), sys.stdout)
