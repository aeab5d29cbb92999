# SPDX-License-Identifier: BSD-2-Clause
"""Binding Updates through the home agent's daemon, and what its memory is with many mobile nodes.

Addresses and keys are those of fleet.h.
"""
import contextlib
import json
import os

from figure import AT_MOST, Figure
from flooded_daemon import ADDRESS, FloodedDaemon
from netns import Net, execute

UPDATES_GOAL = 50000
OCTETS_GOAL = 512
BINDINGS = 3
SPI = 256
FIRST = 0x10000
LIFETIME = 1200


def configuration(nodes, replay):
    """As fleet_home_address() and fleet_auth()."""
    text = [f"home_agent {{\n\taddress = {ADDRESS}\n\thome_prefix = 2001:db8:100::/64\n"
            f"\tinterfaces = {{net0}}\n\tlifetime_max = {LIFETIME}\n\tnodes_max = {nodes}\n"]
    for node in range(nodes):
        number = FIRST + node
        text.append(f'\tmobile_node "2001:db8:100::{number >> 16:x}:{number & 0xffff:x}" {{\n'
                    f'\t\tspi = {SPI}\n\t\tkey = "{"5a" * 12}{node:08x}"\n'
                    f"\t\treplay = {'true' if replay else 'false'}\n\t}}\n")
    text.append("}\n")
    return "".join(text)


class Fleet(FloodedDaemon):
    """A home agent, and the updates of its mobile nodes (update_flood)."""

    def __init__(self, net, options, nodes, replay):
        super().__init__(net, options, "ha", configuration(nodes, replay), router=True)
        self.nodes = nodes
        self.replay = replay
        self.sequence = 1

    def update(self, rounds, overwrite=False):
        """So many updates of each node."""
        done = self.flood(
            self.options.update_flood, "accepted",
            "--nodes", str(self.nodes), "--rounds", str(rounds), "--bindings", str(BINDINGS),
            "--sequence", str(self.sequence), *(["--overwrite"] if overwrite else []),
            *(["--replay"] if self.replay else []))
        self.sequence += rounds
        return done

    def maps(self):
        """Octets of each of the data plane's maps, by name."""
        octets = {}
        for name in sorted(os.listdir(self.daemon.pins)):
            with contextlib.suppress(ValueError, KeyError):
                shown = execute(["bpftool", "-j", "map", "show", "pinned",
                                 os.path.join(self.daemon.pins, name)], check=False).stdout
                octets[name] = int(json.loads(shown)["bytes_memlock"])
        return octets


def updates(options):
    for name, replay in (("updates", False), ("updates-replay", True)):
        figure = Figure(name, "Binding Updates through the daemon on one core, authenticated, bulk of "
                        f"three, {options.update_nodes:,} mobile nodes"
                        f"{', with timestamps' if replay else ''}", "/s", UPDATES_GOAL)
        with Net("mb") as net:
            fleet = Fleet(net, options, options.update_nodes, replay)
            fleet.update(1, overwrite=True)
            for _ in range(options.runs):
                done = fleet.update(options.update_rounds)
                figure.add(done["per_second"], daemon_cpu_us=done["cpu_us"],
                           per_cpu_second=1e6 / done["cpu_us"],
                           lost=done["lost"], not_accepted=done["other"])
                options.say(f"{name}: {done['per_second']:,.0f}/s, {done['cpu_us']:.2f} us of CPU "
                            f"each, {done['lost']} lost")
        yield figure


def resting_octets(options):
    """Memory of a daemon with hardly anything to remember."""
    with Net("mb") as net:
        return Fleet(net, options, 1, False).own_octets()


# The maps whose size goes with the number of mobile nodes and bindings.
SCALING_MAPS = ("homes", "subjects", "tunnels")


def memory(options):
    nodes, bindings = options.memory_nodes, options.memory_nodes * BINDINGS
    total = Figure("memory", f"home agent's memory, user space and maps, {nodes:,} mobile nodes with "
                   "three bindings each", "octets/binding", OCTETS_GOAL, AT_MOST)
    for _ in range(options.runs):
        resting = resting_octets(options)
        with Net("mb") as net:
            fleet = Fleet(net, options, nodes, False)
            configured = fleet.own_octets()
            done = fleet.update(1, overwrite=True)
            if done["accepted"] != nodes:
                raise RuntimeError(f"not all mobile nodes registered: {done}")
            own = fleet.own_octets() - resting
            maps = fleet.maps()
            scaling = sum(octets for name, octets in maps.items() if name in SCALING_MAPS)
            total.add((own + scaling) / bindings, user_space=own / bindings,
                      user_space_before_registration=(configured - resting) / bindings,
                      maps=scaling / bindings, first_registrations_per_second=done["per_second"],
                      fixed_maps_octets=sum(maps.values()) - scaling,
                      **{f"map_{name}": octets / bindings for name, octets in maps.items()
                         if name in SCALING_MAPS})
            options.say(f"memory: {own / bindings:.0f} in user space, {scaling / bindings:.0f} "
                        "in maps")
    yield total
