# SPDX-License-Identifier: BSD-2-Clause
"""The terminal during the story: announces the events, shows what each link carries now, and says
what was measured as soon as it is known."""
import sys
import time

import measure
from netns import wait_for

RESUME_SECONDS = 30
FLOWING_MBIT = 2.5  # the probes alone are 1.2
SHORT_SECONDS = 1


class Stage:
    """`short`: each step ends as soon as its outcome is there."""

    def __init__(self, quiet, short=False):
        self.quiet = quiet
        self.short = short
        self.live = not quiet and sys.stdout.isatty()
        self.started = time.monotonic()
        self.world = self.sampler = self.probes = self.download = None

    def begin(self, world, sampler, probes, download):
        self.world, self.sampler = world, sampler
        self.probes, self.download = probes, download
        rates = ", ".join(f"{link.name} {link.mbit} Mbit/s (BID {link.bid})"
                          for link in world.links)
        self.note(f"registered: {rates}")
        self.note(f"download over {download.connections} to the home address, until the story is over; "
                  "a probe each ms, both ways")

    # ---- printing ----

    def say(self, text):
        if not self.quiet:
            clear = "\r\033[K" if self.live else ""
            print(clear + text, flush=True)

    def title(self, text):
        self.say(f"\n{time.monotonic() - self.started:6.1f} s  {self.bold(text)}")

    def wrong(self, text):
        """Said also when only the summary is printed."""
        print(text, file=sys.stderr, flush=True)

    def note(self, text):
        self.say(f"          {text}")

    def bold(self, text):
        return f"\033[1m{text}\033[0m" if self.live else text

    def announce(self, event):
        self.title(f"({event.number}) {event.text}")
        self.note(event.aim)

    def measured(self, event):
        """The event's figures, from the logs so far."""
        down, up = measure.Stream(self.probes.down), measure.Stream(self.probes.up)
        if not down.received or not up.received:
            return
        until = min(down.received[-1], up.received[-1])
        figures = measure.event_figures(event, down, up, max(until, event.time + 1),
                                        measure.Stalls(self.probes.stalls))
        self.note(f"BID {figures['bid_before']} -> {figures['bid_after']}: gap "
                  f"{figures['gap_down_ms']:.1f} ms down, {figures['gap_up_ms']:.1f} ms up; lost "
                  f"{figures['lost_down']} down, {figures['lost_up']} up"
                  + (f"; machine stalled {figures['stalled_ms']:.0f} ms" if figures["stalled_ms"] >= 10 else "")
                  + ("" if figures["passed"] else "   NOT within the limit"))

    # ---- waiting ----

    def now(self):
        """Mbit/s received by each link over the last half second."""
        samples = self.sampler.samples[-6:]
        if len(samples) < 2:
            return {}
        (t0, a), (t1, b) = samples[0], samples[-1]
        return {n: (b[n][0] - a[n][0]) * 8e3 / (t1 - t0) for n in b if n in a}

    def tick(self):
        if self.live:
            links = "   ".join(
                f"{link.name} {'█' * round(16 * self.now().get(link.name, 0) / link.mbit):16.16s}"
                f"{self.now().get(link.name, 0):5.1f}" for link in self.world.links)
            print(f"\r          {links} Mbit/s\033[K", end="", flush=True)

    def dwell(self, seconds):
        """Lets the traffic flow."""
        end = time.monotonic() + (min(seconds, SHORT_SECONDS) if self.short else seconds)
        while (left := end - time.monotonic()) > 0:
            self.tick()
            time.sleep(min(0.2, left))

    def wait_download(self):
        """Until the download goes on: TCP, too, has its timers."""
        def flowing():
            self.tick()
            return sum(self.now().values()) > FLOWING_MBIT or not self.download.running()
        wait_for("the download to go on", flowing, RESUME_SECONDS, 0.1)

    def wait_spread(self, names):
        """Waits until each of the links carries a download. The ports decide which link takes which."""
        def spread():
            self.tick()
            rates = self.now()
            return all(rates.get(name, 0) > FLOWING_MBIT for name in names)
        wait_for(f"downloads by {' and '.join(names)} at once", spread, RESUME_SECONDS, 0.1)
