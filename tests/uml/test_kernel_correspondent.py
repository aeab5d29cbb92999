# SPDX-License-Identifier: BSD-2-Clause
"""Our mobile node and our home agent, and a correspondent of which nothing is ours: the kernel's own
Mobile IPv6, told by Python what return routability has authorized (kernel_correspondent.py). In the
network of tests/support/direct_network.py."""
import contextlib
import json
import os

import mip6
import packets
import pytest
import uml
from direct_network import direct_network
from netns import wait_for
from sides import BUILD, RIGHT, Side
from topology import CORRESPONDENT, HOME_ADDRESS

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "kernel_correspondent.py")
BINDINGS = "/run/bindings.json"


class Network:
    """A DirectNetwork in which `kernel` is the correspondent. Its link is captured."""

    def __init__(self, net, kernel, identifiers):
        self.net = net
        self.kernel = kernel
        self.capturing, self.capture = net.edge.capture("cn0")
        kernel.up("vec0", f"{CORRESPONDENT}/64")
        kernel.ip(f"route add default via {CORRESPONDENT.replace('::1', '::ff')}")
        self.job = kernel.start("/usr/bin/python3", PROGRAM, CORRESPONDENT, "vec0", BINDINGS, identifiers)
        wait_for("correspondent", lambda: self.bindings() is not None, 30)
        self.mobile_node = Side(net.mn, HOME_ADDRESS)
        self.correspondent = Side(kernel, CORRESPONDENT)

    def bindings(self):
        """{BID: care-of address} of the home address, at the correspondent."""
        said = self.kernel.run("cat", BINDINGS, check=False)
        if said.returncode != 0:
            return None
        return {int(key.split()[1]): care_of for key, care_of in json.loads(said.stdout).items()}

    def optimize(self, wanted):
        self.net.start()
        self.net.speak()
        wait_for("bindings at the correspondent", lambda: self.bindings() == wanted, 15)
        wait_for("their acknowledgements", lambda: set(self.net.registered_here().values())
                 == set(wanted.values()), 5)


@contextlib.contextmanager
def network(identifiers):
    with direct_network(BUILD) as net:
        net.wait_care_of_addresses()
        with uml.Kernel(net.cn, ["core0"], modules=mip6.MODULES) as kernel:
            made = Network(net, kernel, identifiers)
            try:
                yield made
            except BaseException:
                print(net.mobile_node.process and net.mobile_node.process.text()[-8000:])
                raise
            made.capturing.stop()
            assert packets.malformed(made.capture) == []
            assert packets.wrong_checksums(made.capture) == []


def transferred(one, other):
    return one.exchange(other, megabytes=1) == RIGHT


# Shows RFC 6275 11.7.2-10, 11.7.2-17.
def test_every_link():
    """RFC 6275 11.6, 11.7.2, RFC 5648 5.2: bound by three links; data goes directly, both ways, and goes
    on when the link dies that it went by. A mobile node that stops leaves nothing behind."""
    with network("with-identifiers") as made:
        net = made.net
        made.optimize(net.care_of_addresses())
        before = net.by_home_agent(), mip6.refused(made.kernel)
        assert transferred(made.mobile_node, made.correspondent)
        assert transferred(made.correspondent, made.mobile_node)
        assert net.by_home_agent() < before[0] + 100  # what the probes of the paths cost, at most
        assert mip6.refused(made.kernel) == before[1]
        assert made.mobile_node.is_refused(made.correspondent)
        assert made.correspondent.is_refused(made.mobile_node)
        net.carrier(net.links[0], False)
        left = net.care_of_addresses(net.links[1:])
        wait_for("de-registration", lambda: made.bindings() == left, 10)
        assert transferred(made.correspondent, made.mobile_node)
        net.mobile_node.stop()
        wait_for("de-registrations", lambda: made.bindings() == {}, 10)
        assert made.kernel.ip("xfrm state") == ""


# Shows RFC 5648 5.7-2.
def test_without_identifiers():
    """RFC 5648 5.7, RFC 6275 11.7.2: a correspondent that echoes none has a single binding, of the best
    link."""
    with network("without") as made:
        made.optimize({0: made.net.care_of_address(made.net.links[0])})
        before = made.net.by_home_agent()
        assert transferred(made.mobile_node, made.correspondent)
        assert transferred(made.correspondent, made.mobile_node)
        assert made.net.by_home_agent() < before + 100
