# SPDX-License-Identifier: BSD-2-Clause
"""Ours, scapy and tshark on the same random messages; `./run differential` takes many more."""

import os

import differential
import pytest

COUNT, SAMPLE = 10000, 0.1


@pytest.fixture(scope="module")
def comparisons():
    build = os.environ.get("MONAMI_BUILD", os.path.join(differential.ROOT, "build"))
    seed = differential.seed_of_run()
    print(f"MONAMI_SEED={seed}")
    return differential.compare(build, seed, COUNT, SAMPLE)


def test_scapy_agrees_or_differs_as_explained(comparisons):
    scapy, _ = comparisons
    assert scapy.compared >= COUNT
    assert list(scapy.faults("scapy", differential.SCAPY_DIFFERENCES)) == []


def test_tshark_agrees_or_differs_as_explained(comparisons):
    _, tshark = comparisons
    assert tshark.compared >= COUNT * SAMPLE
    assert list(tshark.faults("tshark", differential.TSHARK_DIFFERENCES)) == []


def test_a_seed_repeats_its_messages():
    """Else a failure could not be looked into."""
    first, again, other = ([case.octets for case in differential.cases_of(seed, 1, 50)]
                           for seed in ("a", "a", "b"))
    assert first == again != other
