# SPDX-License-Identifier: BSD-2-Clause
"""Gaps, losses and delays from the probes' logs. Times are CLOCK_MONOTONIC in ns."""
import array
import bisect
import re
import statistics

MS = 1_000_000
IN_FLIGHT = 200 * MS  # what is on its way when a link goes is lost with the link


class Stream:
    """One direction. `received` is in the order of arrival."""

    def __init__(self, path):
        words = array.array("Q")
        with open(path, "rb") as file:
            octets = file.read()
        words.frombytes(octets[:len(octets) // 24 * 24])
        self.sequence, self.due, self.received = words[0::3], words[1::3], words[2::3]
        self.interval = 0
        if len(self.sequence) > 1:
            last = max(range(len(self.sequence)), key=self.sequence.__getitem__)
            first = min(range(len(self.sequence)), key=self.sequence.__getitem__)
            self.interval = ((self.due[last] - self.due[first])
                             // (self.sequence[last] - self.sequence[first]))
            self.start = self.due[first] - self.sequence[first] * self.interval

    def arrivals(self, since, until):
        """Indices of what arrived in [since, until)."""
        return range(bisect.bisect_left(self.received, since),
                     bisect.bisect_left(self.received, until))

    def gap(self, since, until):
        """The longest silence that ended in [since, until): (ns, its beginning)."""
        inside = self.arrivals(since, until)
        longest, at = 0, since
        for i in range(max(inside.start, 1), inside.stop):
            silence = self.received[i] - self.received[i - 1]
            if silence > longest:
                longest, at = silence, self.received[i - 1]
        if inside.stop == len(self.received) and inside.stop > 0 and until != float("inf"):
            silence = until - self.received[-1]  # nothing came since
            if silence > longest:
                longest, at = silence, self.received[-1]
        return longest, at

    def lost(self, since, until):
        """Sequence numbers that were due in [since, until) and never arrived."""
        first = max(0, -(-(since - self.start) // self.interval))
        end = max(first, -(-(until - self.start) // self.interval))
        here = {s for s in self.sequence if first <= s < end}
        return [s for s in range(first, end) if s not in here]

    def delay(self, since, until):
        """Median time on the way, ns; None if nothing arrived."""
        inside = self.arrivals(since, until)
        if not inside:
            return None
        return statistics.median(self.received[i] - self.due[i] for i in inside)


class Stalls:
    """The times at which this machine delayed an ordinary process: (due, late), in ns."""

    def __init__(self, path):
        words = array.array("Q")
        with open(path, "rb") as file:
            octets = file.read()
        words.frombytes(octets[:len(octets) // 16 * 16])
        self.all = list(zip(words[0::2], words[1::2]))

    def sum(self, since, until):
        """Of all that began before `until` and ended after `since`."""
        return sum(min(due + late, until) - max(due, since) for due, late in self.all
                   if due < until and due + late > since)


def waited(path="/proc/pressure/cpu"):
    """How long some process has had to wait for a processor so far, in ns. 0: this kernel does not say."""
    try:
        with open(path, encoding="ascii") as file:
            return int(re.search(r"^some .*total=(\d+)", file.read(), re.M)[1]) * 1000
    except (OSError, TypeError):
        return 0


class Ways:
    """Traffic through the home agent, and other traffic. `samples`: (ns, {name: (received, sent)}) of the
    interfaces to each, as Sampler has them: octets both ways."""

    def __init__(self, samples, detour, straight):
        self.times = [t for t, counters in samples if detour in counters and straight in counters]
        self.detour, self.straight = (
            [sum(counters[name]) for _, counters in samples
             if detour in counters and straight in counters] for name in (detour, straight))
        self.begin = self.times[0] if self.times else 0

    def octets(self, since, until):
        """(by the home agent, directly), from the last sample not after `since` to the first one not
        before `until`."""
        if not self.times:
            return 0, 0
        first = max(0, bisect.bisect_right(self.times, since) - 1)
        last = min(len(self.times) - 1, bisect.bisect_left(self.times, until))
        return tuple(counters[last] - counters[first] for counters in (self.detour, self.straight))

    def share(self, since, until):
        """Of the home agent; None if nothing went."""
        detour, straight = self.octets(since, until)
        return detour / (detour + straight) if detour + straight else None

    def octets_within(self, spans):
        """The same, between the first and the last sample within each of several spans of time."""
        detour = straight = 0
        for since, until in spans:
            first = bisect.bisect_left(self.times, since)
            last = bisect.bisect_right(self.times, until) - 1
            if first < last:
                detour += self.detour[last] - self.detour[first]
                straight += self.straight[last] - self.straight[first]
        return detour, straight

    def series(self):
        """(time in ns, share) of the interval that ends then, where anything went."""
        shares = ((until, self.share(since, until))
                  for since, until in zip(self.times, self.times[1:]))
        return [(t, share) for t, share in shares if share is not None]


def round_trip(down, up, since, until):
    """From the medians of both directions, ns; 0 if one of them is not known."""
    delays = down.delay(since, until), up.delay(since, until)
    return 0 if None in delays else sum(delays)


def event_figures(event, down, up, until, stalls):
    """Gap, losses and limits of an event whose consequences last at most till `until`. No daemon can act
    while the machine delays it, or takes a round trip that was delayed for a longer one: the delay is added to
    the limit."""
    since = event.time
    rtt = max(round_trip(down, up, since - 1000 * MS, since),
              round_trip(down, up, until - 1000 * MS, until))
    gaps = [stream.gap(since, until) for stream in (down, up)]
    lost = [len(stream.lost(since - IN_FLIGHT, until - IN_FLIGHT)) for stream in (down, up)]
    stalled = max(stalls.sum(since, min(until, event.settled or until)), event.waited)
    limit = None if event.gap_ms is None else event.gap_ms + (rtt + stalled) / MS
    passed = event.ready is not None and event.bid_after == event.bid_expected
    if limit is not None:
        passed = passed and all(gap <= limit * MS for gap, _ in gaps)
    if event.lost is not None:
        passed = passed and max(lost) <= event.lost
    return {
        "number": event.number,
        "name": event.name,
        "text": event.text,
        "gap_down_ms": round(gaps[0][0] / MS, 2),
        "gap_up_ms": round(gaps[1][0] / MS, 2),
        "lost_down": lost[0],
        "lost_up": lost[1],
        "bid_before": event.bid_before,
        "bid_after": event.bid_after,
        "round_trip_ms": round(rtt / MS, 3),
        "stalled_ms": round(stalled / MS, 2),
        "spread_seconds": None if event.spread_seconds is None else round(event.spread_seconds, 3),
        "limit_gap_ms": None if limit is None else round(limit, 2),
        "limit_lost": event.lost,
        "passed": passed,
    }
