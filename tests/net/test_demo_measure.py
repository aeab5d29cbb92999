# SPDX-License-Identifier: BSD-2-Clause
"""The demo's figures, from logs whose gaps and losses are known."""
import array
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "demo"))

import direct                                                   # noqa: E402
import measure                                                  # noqa: E402
from measure import MS, Stream                                  # noqa: E402

START = 1_000_000 * MS
DELAY = 2 * MS


@pytest.fixture
def stream(tmp_path):
    """Makes the Stream of these (sequence number, delay in ms), in the order of arrival."""
    def make(arrivals):
        words = array.array("Q")
        for sequence, delay in arrivals:
            due = START + sequence * MS
            words.extend((sequence, due, due + int(delay * MS)))
        path = tmp_path / "log"
        path.write_bytes(words.tobytes() + b"half a record")
        return Stream(str(path))
    return make


def at(ms):
    return START + ms * MS


def test_steady(stream):
    steady = stream((n, 2) for n in range(1000))
    assert steady.interval == MS
    assert steady.gap(at(100), at(900))[0] == MS
    assert steady.lost(at(0), at(1000)) == []
    assert steady.delay(at(100), at(900)) == DELAY


def test_gap_and_loss(stream):
    """Sequence numbers 300 to 349 vanish: 51 ms from 299 to 350."""
    broken = stream((n, 2) for n in range(1000) if not 300 <= n < 350)
    assert broken.gap(at(100), at(900)) == (51 * MS, at(301))
    assert broken.lost(at(0), at(1000)) == list(range(300, 350))
    assert broken.gap(at(400), at(900))[0] == MS
    assert broken.lost(at(350), at(1000)) == []


def test_delayed_is_not_lost(stream):
    """Packets that waited in a queue make a gap, and are not lost."""
    late = stream((n, 350 - n if 300 <= n < 350 else 2) for n in range(1000))
    assert late.lost(at(0), at(1000)) == []
    assert late.gap(at(100), at(900))[0] == 49 * MS


def test_overtaken_and_doubled(stream):
    """A better link's packets overtake; a packet may come twice."""
    order = [(n, 2) for n in range(100)] + [(105, 2), (105, 2.5)]
    order += [(n, 7.6 + (100 - n)) for n in range(100, 105)] + [(n, 7) for n in range(106, 200)]
    mixed = stream(order)
    assert mixed.lost(at(0), at(200)) == []
    assert mixed.interval == MS


def test_silence_to_the_end(stream):
    """A stream that never comes back has a gap until the end of the window."""
    ended = stream((n, 2) for n in range(500))
    assert ended.gap(at(400), at(900))[0] == 900 * MS - 501 * MS


class Event:
    number, name, text = 1, "event", "something happens"
    bid_before, bid_after, bid_expected = 1, 2, 2
    settled = ready = at(400)
    time = at(300)
    spread_seconds = None

    def __init__(self, gap_ms=None, lost=None, waited=0):
        self.gap_ms, self.lost, self.waited = gap_ms, lost, waited


@pytest.fixture
def stalls(tmp_path):
    """Makes the Stalls of these (due, late), in ms."""
    def make(*late):
        path = tmp_path / "stalls"
        path.write_bytes(array.array("Q", (n for due, ms in late for n in (at(due), ms * MS))).tobytes()
                         + b"half")
        return measure.Stalls(str(path))
    return make


def test_stalls(stalls):
    """The part of each within the window."""
    some = stalls((100, 10), (295, 10), (350, 3), (398, 10))
    assert some.sum(at(300), at(400)) == (5 + 3 + 2) * MS
    assert stalls().sum(at(300), at(400)) == 0


@pytest.mark.parametrize("gap_ms, lost, late, passed", [
    (50, None, (), True),    # 51 ms is within 50 ms and a round trip of 4 ms
    (46, None, (), False),
    (46, None, ((320, 1), (330, 1)), True),  # the machine stood still for 2 ms
    (46, None, ((500, 9),), False),          # but not when it mattered
    (None, 0, (), False),
    (None, 50, (), True),
])
def test_limits(stream, stalls, gap_ms, lost, late, passed):
    broken = stream((n, 2) for n in range(1000) if not 300 <= n < 350)
    figures = measure.event_figures(Event(gap_ms, lost), broken, broken, at(900), stalls(*late))
    assert figures["passed"] is passed
    assert (figures["gap_down_ms"], figures["lost_up"]) == (51, 50)
    assert figures["round_trip_ms"] == 4


def test_a_busy_machine_is_no_fault(stream, stalls):
    """Processes waited for the processor while the event settled; what stalled is not counted twice."""
    broken = stream((n, 2) for n in range(1000) if not 300 <= n < 350)
    for waited, passed in ((1, False), (2, True)):
        event = Event(45, None, waited * MS)
        assert measure.event_figures(event, broken, broken, at(900), stalls((320, 1)))["passed"] is passed


def test_time_waited_for_a_processor(tmp_path):
    (tmp_path / "cpu").write_text("some avg10=1.00 avg60=0.10 avg300=0.00 total=1234\n"
                                  "full avg10=0.00 avg60=0.00 avg300=0.00 total=99\n")
    assert measure.waited(tmp_path / "cpu") == 1_234_000
    assert measure.waited(tmp_path / "nothing") == 0


def test_wrong_binding_does_not_pass(stream, stalls):
    event = Event()
    event.bid_after = 3
    steady = stream((n, 2) for n in range(1000))
    assert not measure.event_figures(event, steady, steady, at(900), stalls())["passed"]


def test_what_does_not_get_ready_does_not_pass(stream, stalls):
    event = Event()
    event.ready = None
    steady = stream((n, 2) for n in range(1000))
    assert not measure.event_figures(event, steady, steady, at(900), stalls())["passed"]


def ways(*octets):
    """Samples each 100 ms; of each, the octets since the one before: (by the home agent, directly)."""
    samples, sums = [(at(0), {"detour": (0, 0), "straight": (0, 0)})], [0, 0]
    for number, (detour, straight) in enumerate(octets, 1):
        sums = [sums[0] + detour, sums[1] + straight]
        # both ways count
        samples.append((at(100 * number), {"detour": (sums[0] // 2, sums[0] - sums[0] // 2),
                                           "straight": (0, sums[1])}))
    return measure.Ways(samples, "detour", "straight")


def test_share_falls():
    """From all to nothing; what nothing went in has no share."""
    falling = ways((1000, 0), (500, 500), (0, 1000), (0, 0), (0, 4000))
    assert falling.series() == [(at(100), 1), (at(200), 0.5), (at(300), 0), (at(500), 0)]
    assert falling.share(at(0), at(500)) == 1500 / 7000
    assert falling.share(at(200), at(500)) == 0
    assert falling.share(at(300), at(400)) is None
    assert falling.octets(at(100), at(300)) == (500, 1500)


def test_share_between_samples():
    """A window is widened to the samples around it: nothing in it is left out."""
    falling = ways((1000, 0), (500, 500), (0, 1000))
    assert falling.octets(at(150), at(250)) == (500, 1500)
    assert falling.octets(at(-500), at(5000)) == (1500, 1500)


def test_share_without_samples():
    """An interface that is not there yet, or never."""
    samples = [(at(0), {"detour": (1, 1)}), (at(100), {"detour": (2, 2), "straight": (0, 0)}),
               (at(200), {"detour": (2, 2), "straight": (5, 0)})]
    assert measure.Ways(samples, "detour", "straight").octets(at(0), at(200)) == (0, 5)
    nothing = measure.Ways(samples[:1], "detour", "straight")
    assert nothing.share(at(0), at(200)) is None and nothing.series() == []


def test_octets_within():
    """Spans are narrowed to the samples inside: what went before is not counted, nor what went after."""
    falling = ways((1000, 0), (500, 500), (0, 1000), (0, 1000))
    assert falling.octets_within([(at(150), at(350))]) == (0, 1000)
    assert falling.octets_within([(at(50), at(250)), (at(300), at(400))]) == (500, 1500)
    assert falling.octets_within([(at(110), at(190))]) == (0, 0)


class Straight(Event):
    settled = ready = at(200)
    time = at(100)
    bids_after = (1, 2)


class Next(Event):
    settled = ready = at(400)
    time = at(400)
    bids_after = (1, 2)


@pytest.mark.parametrize("octets, spread, passed", [
    ([(1000, 0), (1000, 100), (0, 9000), (0, 9000)], (0.5, 1), True),
    ([(1000, 0), (1000, 100), (200, 9000), (0, 9000)], (0.5, 1), False),    # 1.1 % are too many
    ([(900, 100), (1000, 100), (0, 9000), (0, 9000)], (0.5, 1), False),     # it was direct before
    ([(1000, 0), (1000, 100), (0, 9000), (0, 9000)], (0.5, None), False),   # one link only, at last
    ([(0, 0), (0, 100), (0, 9000), (0, 9000)], (0.5, 1), False),
])
def test_verdict_on_the_direct_way(octets, spread, passed):
    summary = {"passed": True, "events": [{}, {}]}
    rates = {name: ([at(300)], [10], [0]) for name in ("wifi0", "cell0")}
    story = [Straight(), Next()]
    for event, seconds in zip(story, spread):
        event.spread_seconds = seconds
    direct.add_to_summary(summary, story, ways(*octets), rates, at(400))
    assert summary["passed"] is passed
    failed = {"passed": False, "events": [{}, {}]}
    direct.add_to_summary(failed, story, ways(*octets), rates, at(400))
    assert failed["passed"] is False
