# SPDX-License-Identifier: BSD-2-Clause
"""A mobile node with two links of equal rate, which share one connection, or not; and the same hosts
with multipath TCP in the kernel instead of Monami. Standard library only."""
import time

import topology
from netns import wait_for
from transfer import transfer

MBIT = 20


def first_link_dies(after):
    """For transfer(): in so many seconds all packets begin to vanish on the first link."""
    def die(world):
        time.sleep(after)
        world.silence(world.links[0], True)
    return die


class TwoLinks(topology.World):
    """Two links of equal rate."""

    sharing = ("aggregate", "aggregate")  # home agent, mobile node

    @staticmethod
    def make_links():
        return [topology.Link("wifi0", 1, MBIT, "2001:db8:1::/64"), topology.Link("cell0", 2, MBIT, "2001:db8:2::/64")]

    def home_agent_config(self):
        return super().home_agent_config().replace("replay = true", f"replay = true\n\t\tsharing = {self.sharing[0]}")

    def mobile_node_config(self):
        return super().mobile_node_config().replace("replay = true", f"replay = true\n\tsharing = {self.sharing[1]}")

    def shares(self):
        """How many of the daemons share links."""
        return sum("shares links, too" in daemon.process.text() for daemon in self.daemons())

    def parts(self, direction, **how):
        """A transfer: the result, and the octets of each link in this direction."""
        names, column = [link.name for link in self.links], 0 if direction == "down" else 1
        before = topology.interface_octets(self.mobile_node.process.pid, names)
        result = transfer(self, direction, **how)
        after = topology.interface_octets(self.mobile_node.process.pid, names)
        return result, [after[name][column] - before[name][column] for name in names]

    def wait_sharing(self):
        wait_for("both ends to share", lambda: self.shares() == 2, 5)

    def configure(self, sharing):
        """Both daemons begin anew."""
        for daemon in self.daemons()[::-1]:
            daemon.stop()
        self.sharing = sharing
        build = self.home_agent.build
        self.home_agent = topology.Daemon(self.ha, build, self.home_agent_config())
        self.mobile_node = topology.Daemon(self.mn, build, self.mobile_node_config())
        self.start()

    def each_alone(self, direction, **how):
        """Mbit/s of each link alone, without sharing: the others have no carrier."""
        rates = []
        for link in self.links:
            others = [other for other in self.links if other is not link]
            for other in others:
                self.carrier(other, False)
            self.wait_selected(link.name)
            rates.append(transfer(self, direction, **how).mbit)
            for other in others:
                self.carrier(other, True)
            self.wait_registered()
        return rates

    def multipath(self, **how):
        """Mbit/s of multipath TCP from the mobile node's care-of addresses, without any daemon."""
        for daemon in self.daemons()[::-1]:
            daemon.stop()
        addresses = [self.care_of_address(link) for link in self.links]
        for number, (link, address) in enumerate(zip(self.links, addresses), 101):
            self.mn.ip(f"route replace default via {link.network}::ff dev {link.name} table {number}",
                       f"rule add from {address} lookup {number} priority {number}")
        self.mn.run("ip", "mptcp", "limits", "set", "subflow", "2")
        self.cn.run("ip", "mptcp", "limits", "set", "subflow", "2")
        self.mn.run("ip", "mptcp", "endpoint", "add", addresses[1], "dev", self.links[1].name, "subflow")
        return transfer(self, "up", kind="mptcp", source_address=addresses[0], **how).mbit
