# SPDX-License-Identifier: BSD-2-Clause
"""A mobile node whose links are tunnels of the kernel: sit, gre and ip6tnl, which have no link header. It is registered
by each of them, and data goes both ways."""
import contextlib

from netns import Net, wait_for
from story import PATIENT, echoes, transfer
from topology import CORRESPONDENT, HOME_ADDRESS, World

KINDS = {"wifi0": "sit", "cell0": "gre", "sat0": "ip6tnl"}


class Tunnels(World):
    def __init__(self, net, build):
        self.wire = net.link
        net.link = self._link
        super().__init__(net, build)
        net.link = self.wire

    def _link(self, host_a, name_a, host_b, name_b, **options):
        kind = KINDS.get(name_b)
        if kind is None:
            self.wire(host_a, name_a, host_b, name_b, **options)
            return
        under = f"u{name_b}"
        number = 1 + list(KINDS).index(name_b)
        self.wire(host_a, under, host_b, under)
        for host, name, own, other in ((host_a, name_a, 1, 2), (host_b, name_b, 2, 1)):
            host.run("ip", "addr", "add", f"10.9.{number}.{own}/24", "dev", under)
            host.ip(f"addr add fd00:9:{number}::{own}/64 dev {under} nodad")
            ends = [f"10.9.{number}.{own}", f"10.9.{number}.{other}"] if kind != "ip6tnl" else [
                f"fd00:9:{number}::{own}", f"fd00:9:{number}::{other}"]
            more = ["mode", "ip6ip6", "encaplimit", "none"] if kind == "ip6tnl" else []
            host.run("ip", "link", "add", name, "type", kind, "local", ends[0], "remote", ends[1], *more)
            host.ip(f"link set {name} up")

    def _serve(self, link):
        """Set by hand: not every tunnel carries multicast."""
        link.router.ip(f"addr add {link.network}::ff/64 dev access0 nodad")
        self.core.ip(f"route add {link.prefix} via 2001:db8:a:{link.bid}::1")
        self.mn.ip(f"addr add {link.network}::100/64 dev {link.name} nodad",
                   f"route add default via {link.network}::ff dev {link.name} metric {1024 + link.bid}")


def carries(world, link):
    """It is preferred, and what goes both ways goes by it."""
    for one in world.links:
        world.mobile_node.ask("prefer", str(one.bid), "1" if one is link else "9")
    world.wait_selected(link.name, PATIENT)
    before = world.mobile_node.links()[link.name]
    assert echoes(world.cn, HOME_ADDRESS) == 5
    transfer(world.mn, HOME_ADDRESS, world.cn, CORRESPONDENT)
    transfer(world.cn, CORRESPONDENT, world.mn, HOME_ADDRESS)
    after = world.mobile_node.links()[link.name]
    for counter in ("sent_octets", "received_octets"):
        assert after[counter] - before[counter] > 1_000_000, f"{counter}: {before[counter]}, {after[counter]}"
    assert after["dropped_packets"] == 0


def dies(world, link, other):
    """Silence at the far end of the tunnel."""
    world.mobile_node.ask("prefer", str(link.bid), "1")
    world.mobile_node.ask("prefer", str(other.bid), "2")
    world.wait_selected(link.name, PATIENT)
    link.router.ip(f"link set u{link.name} down")
    wait_for("the other link", lambda: world.mobile_node.selected() != link.name, PATIENT)
    wait_for("data", lambda: echoes(world.cn, HOME_ADDRESS, 1) == 1, PATIENT)


def tell(build, case):
    with contextlib.ExitStack() as stack:
        net = stack.enter_context(Net("kind"))
        world = Tunnels(net, build)

        def register():
            world.home_agent.start()
            world.mobile_node.start()
            world.wait_registered(seconds=PATIENT)
            assert all("reason" not in link for link in world.mobile_node.links().values())

        chapters = [("links of type sit, gre, ip6tnl: registered", register)]
        chapters += [(f"data by a link of type {KINDS[link.name]}", lambda link=link: carries(world, link))
                     for link in world.links]
        chapters += [("silent death of a tunnel", lambda: dies(world, world.links[0], world.links[1]))]
        for name, chapter in chapters:
            if not case(name, chapter):
                for process in net.processes:
                    if process.name.endswith("monamid"):
                        print(f"-- {process.name}\n{process.text()[-3000:]}", flush=True)
                return
