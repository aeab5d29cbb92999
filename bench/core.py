# SPDX-License-Identifier: BSD-2-Clause
"""The core alone: no socket, no data plane, CPU time of one thread."""
import json

from figure import Figure
from netns import execute

GOAL = 300000


def core(options):
    refresh = Figure("core-refresh", "Binding Updates in the core alone, refreshing three bindings of "
                     f"{options.core_nodes:,} mobile nodes", "/s", GOAL)
    first = Figure("core-first", "the same, first registrations", "/s", GOAL)
    replay = Figure("core-replay", "the same refreshes with timestamps", "/s", GOAL)
    for _ in range(options.runs):
        words = ["taskset", "-c", str(options.cores[0]), options.core_rate,
                 "--nodes", str(options.core_nodes), "--rounds", str(options.core_rounds)]
        plain = json.loads(execute(words).stdout)
        refresh.add(plain["refresh_per_second"])
        first.add(plain["first_per_second"], octets_per_binding=plain["octets_per_binding"])
        replay.add(json.loads(execute(words + ["--replay"]).stdout)["refresh_per_second"])
        options.say(f"core: {refresh.values[-1]:,.0f}/s refreshed, {first.values[-1]:,.0f}/s first, "
                    f"{replay.values[-1]:,.0f}/s with timestamps")
    yield from (refresh, first, replay)
