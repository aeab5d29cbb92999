# SPDX-License-Identifier: BSD-2-Clause
"""The report of a run: the table for the terminal, the picture (SVG), and a page with both."""
import html
import math

from measure import MS
from svg import Canvas

# Okabe and Ito's colours: distinct for every kind of colour vision.
LINK_COLOURS = ("#0072B2", "#D55E00", "#009E73")
INK, SOFT, FAINT, GRID = "#1c2430", "#5b6675", "#98a2b0", "#e7eaef"
GAP_FILL, GAP_INK = "#f3e3ee", "#8f2f6b"
RIGHT_INK, WRONG_INK = "#00734f", "#b3261e"
LEFT, RIGHT, WIDTH = 78, 1150, 1280
BIN = 100 * MS


def milliseconds(value):
    """Three figures are enough."""
    return f"{value / 1000:.2f} s" if value >= 1000 else f"{value:.1f} ms"


def limits(event):
    """The limits of an event, in words."""
    words = []
    if event["limit_gap_ms"] is not None:
        words.append(f"gap ≤ {milliseconds(event['limit_gap_ms'])}")
    if event["limit_lost"] is not None:
        words.append(f"lost ≤ {event['limit_lost']}" if event["limit_lost"] else "nothing lost")
    return ", ".join(words)


def checks(summary):
    """(what, figure, whether it is right) of the whole run."""
    download, probes = summary["download"], summary["probes"]
    return [
        *checks_of_straight(summary),
        ("SHA-256 of the download",
         "equal" if download["equal"] else download["error"] or "differs", download["equal"]),
        ("TCP resets", str(download["tcp_resets"]), download["tcp_resets"] == 0),
        ("octets of the download", f"{download['octets_received']:,} in "
         f"{download['seconds']:.1f} s", download["octets_received"] == download["octets"]),
        ("round trip before the events", f"{summary['round_trip_ms']:.2f} ms", True),
        ("probes sent / received, down", f"{probes['sent_down']:,} / {probes['received_down']:,}",
         True),
        ("probes sent / received, up", f"{probes['sent_up']:,} / {probes['received_up']:,}", True),
    ]


def percent(share):
    """To a thousandth; nothing is nothing."""
    return "-" if share is None else f"{100 * share:.1f} %" if share else "0 %"


def checks_of_straight(summary):
    """Of a run with route optimization."""
    if "home_agent" not in summary:
        return []
    share, links = summary["home_agent"], summary["links_at_once"]
    return [
        ("octets by the home agent", f"{percent(share['share_before'])} before, "
         f"{percent(share['share_after'])} since it goes straight", share["passed"]),
        ("received at once, Mbit/s", ", ".join(
            f"{name} {rate:.1f}" for name, rate in links["mbit_s"].items()), True),
        ("both carry, after", ", ".join("never" if one is None else f"{one:.1f} s"
                                        for one in links["seconds"]), links["passed"]),
    ]


def table(summary):
    """For the terminal."""
    head = f"  {'':2} {'event':21} {'BID':9}{'gap down':>11}{'gap up':>11}" \
           f"{'lost down':>11}{'lost up':>9}   {'limit':20}"
    lines = ["", head, "  " + "-" * (len(head) - 2)]
    for event in summary["events"]:
        bids = f"{event['bid_before'] or '-'} -> {event['bid_after'] or '-'}"
        lines.append(
            f"  {event['number']:<2} {event['name']:21} {bids:9}"
            f"{milliseconds(event['gap_down_ms']):>11}{milliseconds(event['gap_up_ms']):>11}"
            f"{event['lost_down']:>11}{event['lost_up']:>9}   {limits(event):20}"
            f" {'ok' if event['passed'] else 'MISSED'}")
    lines.append("")
    for what, figure, right in checks(summary):
        lines.append(f"  {what + ':':31} {figure}{'' if right else '   WRONG'}")
    lines += ["", f"  {'passed' if summary['passed'] else 'FAILED'}"]
    return "\n".join(lines)


class Picture:
    """`rates`: Sampler.rates(); `streams`: measure.Stream, down and up; `ways`: measure.Ways, or None."""

    def __init__(self, summary, events, rates, streams, ways=None):
        self.summary, self.events, self.rates = summary, events, rates
        self.down, self.up = streams
        self.ways = ways
        self.begin = self.down.received[0]
        self.end = self.down.received[-1]
        self.links = summary["links"]
        self.canvas = None

    def x(self, t):
        return LEFT + (RIGHT - LEFT) * (t - self.begin) / (self.end - self.begin)

    def svg(self):
        lower = 112 if self.ways else 0
        self.canvas = Canvas(WIDTH, 1000 + lower, INK)
        self._heading()
        self._markers(142, 628 + lower)
        self._rates(164, 424)
        self._path(446, 466)
        if self.ways:
            self._share(512, 578)
        self._silence(512 + lower, 628 + lower)
        self._closely(728 + lower, 920 + lower)
        self._footing(974 + lower)
        return self.canvas.text()

    # ---- the panels, from above ----

    def _heading(self):
        c, summary = self.canvas, self.summary
        download = summary["download"]
        verdict = "arrived whole" if download["equal"] else "DID NOT ARRIVE WHOLE"
        c.write(LEFT, 44, "A connection that outlives its links", 26, weight=600)
        what, how, it = "One TCP download", "", "It"
        if self.ways:
            what, how, it = "Two TCP downloads", " straight, by two links at once", "They"
        c.write(LEFT, 70, f"{what} of {download['octets'] / 1e6:.0f} MB to a home address{how},"
                f" while {'' if how else 'its three '}links fail, return and move. {it} {verdict}, "
                f"with {download['tcp_resets']} TCP resets.", 14.5, SOFT)

    def _markers(self, top, bottom):
        c = self.canvas
        ends = [self.x(event.time) - 26 for event in self.events[1:]] + [WIDTH]
        for event, end in zip(self.events, ends):
            x = self.x(event.time)
            c.line(x, top + 12, x, bottom, FAINT, 1, dash="2 3")
            c.circle(x, top, 10, INK)
            c.write(x, top + 4.2, str(event.number), 12, "#fff", "middle", 600)
            if x + 15 + c.width(event.name, 12.5) < end:
                c.write(x + 15, top + 4.2, event.name, 12.5, INK)
            else:  # no room before the next: above
                c.write(x, top - 15, event.name, 12.5, INK, "middle")

    def _rates(self, top, bottom):
        c = self.canvas
        most = max(link["rate_mbit_s"] for link in self.links) * 1.06

        def y(rate):
            return bottom - (bottom - top) * min(rate, most) / most
        c.write(LEFT, top - 58, "Received by each link, Mbit/s", 12.5, SOFT, weight=600)
        for tick in range(0, int(most) + 1, 10):
            c.line(LEFT, y(tick), RIGHT, y(tick), GRID if tick else FAINT, 1)
            c.write(LEFT - 10, y(tick) + 4, str(tick), 12, SOFT, "end")
        for link, colour in zip(self.links, LINK_COLOURS):
            times, received, _ = self.rates[link["name"]]
            points = [(self.x(t), y(r)) for t, r in zip(times, received)
                      if self.begin <= t <= self.end]
            c.area(points, bottom, colour)
        for link, colour in zip(self.links, LINK_COLOURS):
            rate = y(link["rate_mbit_s"])
            c.line(LEFT, rate, RIGHT, rate, colour, 1, dash="6 5", opacity=0.55)
            c.write(RIGHT + 10, rate - 1, link["name"], 13, colour, weight=600)
            c.write(RIGHT + 10, rate + 13, f"{link['rate_mbit_s']} Mbit/s, BID {link['bid']}", 11,
                    SOFT)

    def _path(self, top, bottom):
        """The bindings in use: from each event's outcome."""
        c = self.canvas
        c.write(LEFT - 10, (top + bottom) / 2 + 4, "path", 12, SOFT, "end")
        changes = [(self.begin, self.events[0].bids_before)]
        for event in self.events:
            if event.outage:
                changes.append((event.time, ()))
            if event.bids_after != changes[-1][1]:
                changes.append((event.settled or event.time, event.bids_after))
        changes.append((self.end, ()))
        for (since, bids), (until, _) in zip(changes, changes[1:]):
            x0, x1 = self.x(since), self.x(until)
            each = (bottom - top) / max(1, len(bids))
            for row, (name, fill, colour) in enumerate(self._named(bids)):
                c.box(x0, top + row * each, x1 - x0, each, fill)
                size = min(11.5, each)
                if x1 - x0 > 4.2 * size:
                    c.write((x0 + x1) / 2, top + (row + 0.5) * each + 0.36 * size, name, size, colour,
                            "middle", 600)

    def _named(self, bids):
        """(name, fill, colour of the name) of each; of none, that there is none."""
        if not bids:
            return [("no link", "#f6f7f9", SOFT)]
        numbers = [[link["bid"] for link in self.links].index(bid) for bid in bids]
        return [(self.links[number]["name"], LINK_COLOURS[number], "#fff") for number in numbers]

    def _share(self, top, bottom):
        """The share of octets that went through the home agent."""
        c = self.canvas

        def y(share):
            return bottom - (bottom - top) * share
        c.label(LEFT, top - 14, "Share of the octets that go by the home agent", 12.5, SOFT, weight=600)
        for share in (0, 0.5, 1):
            c.line(LEFT, y(share), RIGHT, y(share), GRID if share else FAINT, 1)
            c.write(LEFT - 10, y(share) + 4, f"{100 * share:.0f} %", 12, SOFT, "end")
        c.area([(self.x(t), y(share)) for t, share in self.ways.series()
                if self.begin <= t <= self.end], bottom, GAP_INK)
        figures = self.summary["home_agent"]
        c.write(RIGHT + 10, top + 12, f"{percent(figures['share_before'])} before,", 11, SOFT)
        c.write(RIGHT + 10, top + 26, f"{percent(figures['share_after'])} since", 11, SOFT)

    def _silence(self, top, bottom):
        c = self.canvas
        decades = [(1, "1 ms"), (10, "10 ms"), (100, "100 ms"), (1000, "1 s"), (10000, "10 s")]

        def y(ns):
            share = math.log10(max(ns, MS) / MS) / 4
            return bottom - (bottom - top) * min(share, 1)
        c.label(LEFT, top - 14, "Longest silence between two probes (one sent each ms)", 12.5, SOFT,
                weight=600)
        for ms, text in decades:
            c.line(LEFT, y(ms * MS), RIGHT, y(ms * MS), GRID if ms > 1 else FAINT, 1)
            c.write(LEFT - 10, y(ms * MS) + 4, text, 12, SOFT, "end")
        for stream, colour, width in ((self.up, FAINT, 2.6), (self.down, INK, 1.1)):
            c.steps([(self.x(t), self.x(t + BIN), y(gap)) for t, gap in self._bins(stream)],
                    colour, width)
        c.line(RIGHT + 12, top + 12, RIGHT + 34, top + 12, INK, 1.6)
        c.write(RIGHT + 42, top + 16, "down", 12, SOFT)
        c.line(RIGHT + 12, top + 32, RIGHT + 34, top + 32, FAINT, 3)
        c.write(RIGHT + 42, top + 36, "up", 12, SOFT)
        self._seconds(bottom)

    def _bins(self, stream):
        """(beginning, longest silence that ended in the bin); a silence fills the bins it spans."""
        bins = {}
        before = self.begin
        for at in stream.received:
            if self.begin <= at <= self.end:
                for number in range((before - self.begin) // BIN, (at - self.begin) // BIN + 1):
                    if at - before > bins.get(number, 0):
                        bins[number] = at - before
                before = max(before, at)
        return [(self.begin + number * BIN, gap) for number, gap in sorted(bins.items())]

    def _seconds(self, top):
        c = self.canvas
        length = (self.end - self.begin) / 1e9
        step = 10 if length > 40 else 5
        for second in range(0, int(length) + 1, step):
            x = self.x(self.begin + second * 1000 * MS)
            c.line(x, top, x, top + 5, FAINT, 1)
            c.write(x, top + 20, f"{second} s" if second else "0", 12, SOFT, "middle")

    def _closely(self, top, bottom):
        """Each event under the glass: a stroke for each probe that arrived."""
        c = self.canvas
        c.write(LEFT, top - 34, "Each event under the glass: one stroke for each probe that arrived",
                12.5, SOFT, weight=600)
        gap = 22
        width = (RIGHT + 64 - LEFT - gap * (len(self.events) - 1)) / len(self.events)
        for number, (event, figures) in enumerate(zip(self.events, self.summary["events"])):
            self._glass(event, figures, LEFT + number * (width + gap), width, top, bottom)

    def _glass(self, event, figures, left, width, top, bottom):
        c = self.canvas
        until = self.end if event is self.events[-1] else self.events[event.number].time
        gaps = [stream.gap(event.time, until) for stream in (self.down, self.up)]
        longest, at = max(gaps)
        if event.moments:  # nothing should be missing: look at the moments of the change
            at, longest = event.moments[0][0], event.moments[-1][0] - event.moments[0][0]
        span = max(100 * MS, int(longest * 1.6))
        begin = at - (span - longest) // 2
        c.circle(left + 9, top - 8, 9, INK)
        c.write(left + 9, top - 4, str(event.number), 11, "#fff", "middle", 600)
        c.write(left + 25, top - 3.5, event.name, 12.5, INK, weight=600)
        for moment, word in event.moments:
            x = left + (moment - begin) * width / span
            c.line(x, top + 19, x, top + 24, INK, 1)
            c.write(x, top + 15, word, 11.5, SOFT, "middle")
        height = 44
        for row, word in enumerate(("down", "up")):
            y = top + 26 + row * (height + 40)
            self._strokes(left, y, width, height, (begin, span), word, gaps[row],
                          figures[f"lost_{word}"])
        c.scale_bar(left, bottom - 12, width, span / MS, SOFT)
        c.write(left, bottom + 12, f"{limits(figures)}: {'kept' if figures['passed'] else 'MISSED'}",
                11.5, RIGHT_INK if figures["passed"] else WRONG_INK, weight=600)

    def _strokes(self, left, y, width, height, window, word, gap, lost):
        """One direction of an event; `window` is (begin, span), `gap` (length, begin), in ns."""
        c, (begin, span), (silence, since) = self.canvas, window, gap
        stream = self.down if word == "down" else self.up
        scale = width / span
        c.box(left, y, width, height, "#f6f7f9")
        c.strokes(sorted({round(left + (stream.received[i] - begin) * scale, 1)
                          for i in stream.arrivals(begin, begin + span)}), y + 6, y + height - 6,
                  INK)
        if silence > 5 * MS and silence * scale >= 4 and begin <= since < begin + span:
            x0 = left + (since - begin) * scale
            x1 = min(left + width, x0 + silence * scale)
            c.box(x0 + 0.5, y, x1 - x0 - 1, height, GAP_FILL)
            text = milliseconds(silence / MS)
            inside = x1 - x0 > c.width(text, 12.5) + 8
            c.write((x0 + x1) / 2, y + height / 2 + 4.5 if inside else y - 5, text, 12.5, GAP_INK,
                    "middle", 600)
        c.write(left, y + height + 14, word, 11.5, SOFT)
        c.write(left + width, y + height + 14, f"{lost:,} lost" if lost else "none lost", 11.5,
                GAP_INK if lost else SOFT, "end")

    def _footing(self, y):
        rtt = self.summary["round_trip_ms"]
        self.canvas.write(
            LEFT, y, "Monami, IPv6 Mobility with multiple care-of addresses (RFC 6275, RFC 5648). "
            "Kernel interfaces in network namespaces; rates are means of 0.1 s; round trip "
            f"{rtt:.2f} ms before the events.", 11.5, FAINT)

    # ---- the page ----

    def html(self):
        rows = "".join(
            f"<tr><td class=n>{e['number']}</td><td>{html.escape(e['text'])}</td>"
            f"<td class=c>{e['bid_before'] or '–'} → {e['bid_after'] or '–'}</td>"
            f"<td>{milliseconds(e['gap_down_ms'])}</td><td>{milliseconds(e['gap_up_ms'])}</td>"
            f"<td>{e['lost_down']:,}</td><td>{e['lost_up']:,}</td>"
            f"<td class=l>{limits(e)}</td>"
            f"<td class={'y' if e['passed'] else 'x'}>{'✓' if e['passed'] else 'missed'}</td></tr>\n"
            for e in self.summary["events"])
        facts = "".join(
            f"<tr><th>{what}</th><td class={'l' if right else 'x'}>{html.escape(figure)}</td></tr>\n"
            for what, figure, right in checks(self.summary))
        digest = self.summary["download"]["sha256_received"]
        return PAGE.format(svg=self.svg(), rows=rows, facts=facts, digest=digest)


PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Monami: a connection that outlives its links</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ margin: 0 auto; max-width: 1280px; padding: 0 0 4rem; background: #fff; color: #1c2430;
  font: 15px/1.45 Inter, "Helvetica Neue", Arial, "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums }}
svg {{ width: 100%; height: auto; display: block }}
section {{ padding: 0 78px }}
h2 {{ font-size: 17px; font-weight: 600; margin: 2.2rem 0 .6rem }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: right; padding: .42rem .7rem; border-bottom: 1px solid #e7eaef;
  white-space: nowrap }}
thead th {{ color: #5b6675; font-weight: 600; font-size: 13px; border-bottom-color: #98a2b0 }}
th:nth-child(2), td:nth-child(2) {{ text-align: left; white-space: normal }}
.n {{ color: #5b6675 }} .c {{ text-align: center }} .l {{ color: #5b6675; text-align: left }}
.y {{ color: #00734f; font-weight: 600 }} .x {{ color: #b3261e; font-weight: 600 }}
.facts {{ width: auto }} .facts th {{ text-align: left; font-weight: 400; color: #5b6675 }}
code {{ font-size: 13px; color: #5b6675 }}
</style></head><body>
{svg}
<section>
<h2>Events</h2>
<table><thead><tr><th></th><th>what happened</th><th class=c>BID</th><th>gap down</th>
<th>gap up</th><th>lost down</th><th>lost up</th><th class=l>limit</th><th></th></tr></thead>
<tbody>
{rows}</tbody></table>
<h2>The whole run</h2>
<table class=facts><tbody>
{facts}</tbody></table>
<p><code>SHA-256 {digest}</code></p>
</section>
</body></html>
"""
