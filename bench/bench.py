#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Measures the figures of docs/performance.md, prints them as a table, and writes them as JSON.

Every ratio compares two things within one run. Everything happens in network namespaces of its own,
which are removed at the end, also when interrupted. Standard library only.
"""
import argparse
import json
import os
import platform
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "tests", "support")]

import aggregate  # noqa: E402
import core  # noqa: E402
import figure  # noqa: E402
import flows  # noqa: E402
import forwarding  # noqa: E402
import return_routability  # noqa: E402
import rules  # noqa: E402
import updates  # noqa: E402
from netns import CommandError, Timeout, signals_raise  # noqa: E402
from uml import KernelError  # noqa: E402

MEASUREMENTS = {"tcp": forwarding.tcp, "udp": forwarding.udp, "tcp-direct": forwarding.tcp_direct,
                "udp-direct": forwarding.udp_direct, "updates": updates.updates,
                "tests": return_routability.answered, "detour": return_routability.detour,
                "moves": return_routability.moves, "core": core.core,
                "memory": updates.memory, "rules": rules.measure, "aggregate": aggregate.aggregate,
                "unequal": aggregate.unequal, "stream": flows.stream,
                "many": flows.many, "voice": flows.beside_download, "copies": flows.copies, "shares": flows.shares}
# Minutes each, and a package more: user-mode-linux.
ON_REQUEST = ("unequal",)
# The figures that --against compares.
FORWARDING = ("tcp", "udp", "tcp-direct", "udp-direct")


class Options:
    """How long and how often; the programs; how to tell what is going on."""

    def __init__(self, build, quick, quiet, once=False, against=None):
        self.build = os.path.abspath(build)
        self.suffix = ""
        self.other = Options(against, quick, quiet, once) if against else None
        if self.other:
            self.other.suffix = "-other"
        self.quiet = quiet
        self.core_rate = self._program("bench/core_rate")
        self.update_flood = self._program("bench/update_flood")
        self.test_flood = self._program("bench/test_flood")
        self.path_rate = self._program("bench/path_rate")
        self._program("src/daemon/monamid")
        self._program("src/cli/monami")
        cores = sorted(os.sched_getaffinity(0))
        self.cores = (cores[0], cores[-1])
        self.runs = 1 if once else 2 if quick else 10 if against else 5
        self.warm_seconds = 0.5
        self.path_seconds = 1 if quick else 4
        self.aggregate_seconds = 4 if quick else 12
        self.shared_flows = 1000 if quick else 10000
        self.update_nodes = 5000
        self.update_rounds = 5 if quick else 40
        self.tests = 100000 if quick else 1000000
        self.window = 256
        self.core_nodes = 1000 if quick else 10000
        self.core_rounds = 20
        self.memory_nodes = 2000 if quick else 100000

    def builds(self):
        """The options of each build whose forwarding is measured, in turns; ours is the last one."""
        return [self.other, self] if self.other else [self]

    def _program(self, name):
        path = os.path.join(self.build, name)
        if not os.access(path, os.X_OK):
            sys.exit(f"bench.py: {path} is not there: build it first (./run bench does)")
        return path

    def say(self, text):
        if not self.quiet:
            print(f"   {text}", flush=True)


def cpu_model():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as info:
        for line in info:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def machine():
    with open("/proc/meminfo", encoding="ascii") as info:
        memory = int(info.readline().split()[1]) * 1024
    return {"cores": os.cpu_count(), "cpu": cpu_model(), "kernel": platform.release(),
            "memory_octets": memory, "load": round(os.getloadavg()[0], 2)}


def arguments():
    parser = argparse.ArgumentParser(description="Measures Monami's figures.")
    parser.add_argument("--build", default="build-release", help="build directory")
    parser.add_argument("--quick", action="store_true",
                        help="two short runs of each: shows that the bench works, not how fast")
    parser.add_argument("--once", action="store_true", help="one run of each, with --quick the shortest of all")
    parser.add_argument("--only", action="append", default=[], metavar="NAME",
                        help=f"one of {', '.join(MEASUREMENTS)}; may be repeated")
    parser.add_argument("--against", metavar="BUILD",
                        help="another build's directory: forwarding with both, in turns, ten runs of each")
    parser.add_argument("--output", default=None, help="file to write (bench/results.json)")
    parser.add_argument("--quiet", action="store_true", help="only the table")
    given = parser.parse_args()
    for name in given.only:
        if name not in MEASUREMENTS:
            parser.error(f"there is no figure '{name}': choose from {', '.join(MEASUREMENTS)}")
        if given.against and name not in FORWARDING:
            parser.error(f"--against compares {', '.join(FORWARDING)}, not '{name}'")
    if given.against and not given.only:
        given.only = list(FORWARDING)
    if os.geteuid() != 0:
        parser.error("network namespaces need root")
    if len(os.sched_getaffinity(0)) < 2:
        print("bench.py: one core only: generator and daemon share it", file=sys.stderr)
    return given


def measure(names, options):
    """All figures, and the measurements that could not be made."""
    figures, failed = [], []
    for name in names:
        try:
            for one in MEASUREMENTS[name](options):
                figures.append(one)
        except (CommandError, KernelError, Timeout, RuntimeError, OSError, KeyError, ValueError) as error:
            print(f"bench.py: {name}: {type(error).__name__}: {error}", file=sys.stderr)
            failed.append(name)
    return figures, failed


def main():
    given = arguments()
    options = Options(given.build, given.quick, given.quiet, given.once, given.against)
    begin = time.monotonic()
    facts = machine()
    # Inherited by all that is measured, so that what else the machine does matters little.
    os.setpriority(os.PRIO_PROCESS, 0, -20)
    with signals_raise():
        figures, failed = measure(given.only or [name for name in MEASUREMENTS if name not in ON_REQUEST], options)
    rows = [one.row() for one in figures]
    results = {"machine": facts, "quick": given.quick,
               "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
               "seconds": round(time.monotonic() - begin), "figures": rows, "failed": failed}
    output = given.output or os.path.join(HERE, "results.json")
    with open(output, "w", encoding="ascii") as file:
        json.dump(results, file, indent=1)
        file.write("\n")
    print(figure.table(rows))
    print(f"{facts['cores']} cores, {facts['cpu']}, Linux {facts['kernel']}; "
          f"{results['seconds']} s; {os.path.relpath(output)}")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
