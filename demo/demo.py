#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A connection that outlives its links: the demo. `sudo ./run demo` builds, and runs this.

It makes its own network namespaces and removes them, also when interrupted. Exit status 0 only if
the download arrived whole, no TCP reset was seen, and every event stayed within its limits.
"""
import argparse
import json
import os
import shutil
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "out")
sys.path.insert(0, os.path.join(HERE, "..", "tests", "support"))

import direct                                                   # noqa: E402
import flows                                                    # noqa: E402
import measure                                                  # noqa: E402
import report                                                   # noqa: E402
from events import story                                        # noqa: E402
from netns import CommandError, Timeout, signals_raise          # noqa: E402
from stage import Stage                                         # noqa: E402
from topology import World                                      # noqa: E402
from topology import world as make_world                        # noqa: E402
from load import Download, Probes, Sampler                   # noqa: E402

FIRST_SECONDS = 6


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build", help="build folder (default: build)")
    parser.add_argument("--keep", action="store_true",
                        help="leave the network namespaces for looking around")
    parser.add_argument("--json", action="store_true", help="print only the summary")
    parser.add_argument("--route-optimization", action="store_true",
                        help="with a correspondent that is reached directly, by two links at once")
    parser.add_argument("--flows", action="store_true",
                        help="three kinds of traffic on three links, each by a rule")
    parser.add_argument("--short", action="store_true",
                        help="the same story without time for looking at it")
    parser.add_argument("--repeat", type=int, default=1, metavar="N",
                        help="run the story N times, and say how often it passed")
    return parser.parse_args()


def summarize(world, events, probes, down, up, download, stalls):
    ends = [event.time for event in events[1:]] + [down.received[-1]]
    figures = [dict(measure.event_figures(event, down, up, end, stalls),
                    time_s=round((event.time - down.received[0]) / 1e9, 3))
               for event, end in zip(events, ends)]
    first, last = events[0].time - 1_000_000_000, events[0].time
    summary = {
        "version": 1,
        "passed": False,
        "links": [{"name": link.name, "bid": link.bid, "priority": link.priority,
                   "rate_mbit_s": link.mbit} for link in world.links],
        "round_trip_ms": round(measure.round_trip(down, up, first, last) / 1e6, 3),
        "events": figures,
        "download": download,
        "probes": {
            "interval_ms": down.interval / 1e6,
            "sent_down": probes[1]["sent"], "received_down": probes[0]["received"],
            "sent_up": probes[0]["sent"], "received_up": probes[1]["received"],
            # of the measuring itself: how late our own timers were at worst
            "timer_late_ms": round(max(p["latest_ns"] for p in probes) / 1e6, 2),
            "lost_before_events_down": len(down.lost(down.received[0], events[0].time)),
            "lost_before_events_up": len(up.lost(up.received[0], events[0].time)),
        },
    }
    summary["passed"] = (download["equal"] and download["tcp_resets"] == 0
                         and all(event["passed"] for event in figures))
    return summary


def play(world, options, stage):
    """One run of the story. Returns (summary, what the report draws)."""
    straight = options.route_optimization
    stage.title("three links come up, and care-of addresses are formed")
    world.wait_care_of_addresses()
    world.start()
    download = direct.downloads(world) if straight else Download(world)
    download.start()
    probes = Probes(world, os.path.join(options.build, "demo", "demo-probe"),
                    *([direct.probe_port(world)] if straight else []))
    sampler = Sampler(probes.ends[0].pid, [link.name for link in world.links])
    edge = direct.edge_sampler(world) if straight else None
    stage.begin(world, sampler, probes, download)
    stage.wait_download()
    stage.dwell(direct.FIRST_SECONDS if straight else FIRST_SECONDS)
    events = direct.direct_story(options.short) if straight else story(options.short)
    for event in events:
        stage.announce(event)
        event.run(world, stage)
        stage.measured(event)
    stage.title("the end of the download")
    fetched = download.finish()
    sampler.stop()
    ends = probes.stop()
    down, up = measure.Stream(probes.down), measure.Stream(probes.up)
    summary = summarize(world, events, ends, down, up, fetched, measure.Stalls(probes.stalls))
    ways = None
    if straight:
        edge.stop()
        ways = direct.ways_of(edge.samples)
        direct.add_to_summary(summary, events, ways, sampler.rates(), down.received[-1])
    return summary, report.Picture(summary, events, sampler.rates(), (down, up), ways)


def write(summary, picture):
    os.makedirs(OUT, exist_ok=True)
    with open(os.path.join(HERE, "summary.json"), "w", encoding="utf-8") as file:
        json.dump(summary, file, indent=2)
        file.write("\n")
    with open(os.path.join(OUT, "report.svg"), "w", encoding="utf-8") as file:
        file.write(picture.svg())
    with open(os.path.join(OUT, "report.html"), "w", encoding="utf-8") as file:
        file.write(picture.html())


def keep_logs(world):
    os.makedirs(OUT, exist_ok=True)
    for daemon in world.daemons():
        if daemon.process:
            shutil.copy(daemon.process.log, OUT)


def run_once(options):
    """Returns (summary, picture), or None if the story could not be told to its end."""
    stage = Stage(options.json, options.short)
    kind = direct.World if options.route_optimization else World
    with make_world(options.build, keep=options.keep, kind=kind) as world:
        try:
            return play(world, options, stage)
        except (CommandError, RuntimeError, Timeout) as e:
            stage.wrong(f"\n{e}\nThe daemons' logs are in {os.path.relpath(OUT)}.")
            return None
        finally:
            keep_logs(world)
            if options.keep:
                stage.wrong(world.describe())


def main():
    options = arguments()
    # Inherited by the daemons and the measuring programs: other programs must not disturb the figures.
    os.setpriority(os.PRIO_PROCESS, 0, -20)
    if options.flows:
        return 0 if flows.run(options, Stage(options.json, options.short), OUT) else 1
    passed = 0
    for number in range(1, options.repeat + 1):
        started = time.monotonic()
        told = run_once(options)
        if told:
            summary, picture = told
            passed += summary["passed"]
            summary["runs"], summary["runs_passed"] = number, passed
            write(summary, picture)
            print(json.dumps(summary) if options.json else report.table(summary))
        if not options.json:
            print(f"  {time.monotonic() - started:.0f} s in all"
                  + (f"; picture and tables: {os.path.relpath(OUT)}/report.html" if told else ""))
            if options.repeat > 1:
                print(f"  {passed} of {number} runs passed\n", flush=True)
    return 0 if passed == options.repeat else 1


if __name__ == "__main__":
    with signals_raise():
        try:
            sys.exit(main())
        except KeyboardInterrupt:
            print("\ninterrupted", file=sys.stderr)
            sys.exit(130)
