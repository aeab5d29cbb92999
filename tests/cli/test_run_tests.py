# SPDX-License-Identifier: BSD-2-Clause
"""tests/run_tests.py: how it counts, and what it makes of tests that pass only when they are run once more."""

import os
import sys
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests"))

import run_tests                                                # noqa: E402


def results(path, **failed):
    """A JUnit file with these cases: failed or not, or the names of the elements that a case has."""
    suite = ElementTree.Element("testsuite")
    for name, kinds in failed.items():
        for kind in kinds if isinstance(kinds, list) else ["failure" if kinds else None]:
            case = ElementTree.SubElement(suite, "testcase", classname="tests.net.test_x", name=name)
            if kind:
                ElementTree.SubElement(case, kind, message="why")
    ElementTree.ElementTree(suite).write(path)


def run_part(counts, tmp_path, label, monkeypatch, first, second):
    """A part whose cases fail as `first` says, and as `second` says when they are run once more."""
    monkeypatch.setattr(run_tests, "ROOT", str(tmp_path))
    os.makedirs(tmp_path / "build", exist_ok=True)

    def run_pytest(junit, workers, *what):
        results(junit, **(first if what == ("tests/net",) else second))
        return 1 if "again" not in junit or any(second.values()) else 0
    monkeypatch.setattr(run_tests, "run_pytest", run_pytest)
    run_tests.pytest(counts, "tests/net", label)


def test_one_that_passes_when_run_again_is_named_and_passes(tmp_path, monkeypatch):
    counts = run_tests.Counts()
    run_part(counts, tmp_path, "net", monkeypatch, {"a": True, "b": False}, {"a": False})
    assert (counts.passed, counts.failed) == (2, 0)
    assert counts.again == ["tests/net/test_x.py::a"]


def test_one_that_fails_again_fails(tmp_path, monkeypatch):
    counts = run_tests.Counts()
    run_part(counts, tmp_path, "net", monkeypatch, {"a": True, "b": False}, {"a": True})
    assert (counts.passed, counts.failed, counts.again) == (1, 1, [])


def test_more_than_two_of_a_part_are_not_run_again(tmp_path, monkeypatch):
    counts = run_tests.Counts()
    run_part(counts, tmp_path, "net", monkeypatch, {"a": True, "b": True, "c": True}, {})
    assert (counts.passed, counts.failed, counts.again) == (0, 3, [])


def test_more_than_two_of_all_parts_fail_the_run(tmp_path, monkeypatch):
    counts = run_tests.Counts()
    run_part(counts, tmp_path, "net", monkeypatch, {"a": True, "b": True}, {"a": False, "b": False})
    assert counts.failed == 0
    run_part(counts, tmp_path, "io", monkeypatch, {"c": True}, {"c": False})
    assert counts.failed == 1 and len(counts.again) == 3


def test_one_that_is_skipped_when_run_again_fails(tmp_path, monkeypatch):
    counts = run_tests.Counts()
    run_part(counts, tmp_path, "net", monkeypatch, {"a": True}, {"a": ["skipped"]})
    assert (counts.passed, counts.failed, counts.again) == (0, 1, [])


def test_the_last_lines_name_it_and_the_last_one_counts(tmp_path, monkeypatch):
    counts = run_tests.Counts()
    run_part(counts, tmp_path, "net", monkeypatch, {"a": True, "b": False, "c": ["skipped"]}, {"a": False})
    counts.case("built", "failed")
    lines = list(counts.summary())
    assert lines[0] == "skipped  net: tests.net.test_x c: why"
    assert lines[1].startswith("AGAIN    tests/net/test_x.py::a: passed only when run once more")
    assert lines[2:] == ["FAILED   built", "2 passed, 1 failed, 1 skipped"]
    assert counts.status() == 1


def test_a_run_with_more_than_two_of_them_fails(tmp_path, monkeypatch):
    counts = run_tests.Counts()
    run_part(counts, tmp_path, "net", monkeypatch, {"a": True, "b": True, "d": False}, {"a": False, "b": False})
    assert counts.status() == 0
    run_part(counts, tmp_path, "io", monkeypatch, {"c": True, "d": False}, {"c": False})
    assert counts.status() == 1
    assert [line.split()[0] for line in counts.summary()] == ["AGAIN"] * 3 + ["FAILED", "4"]


def test_one_that_fails_twice_counts_once(tmp_path, monkeypatch):
    """In its call, and again when it is cleaned up."""
    counts = run_tests.Counts()
    twice = {"a": ["failure", "error"], "b": [None, "error"], "c": False}
    run_part(counts, tmp_path, "net", monkeypatch, twice, {"a": True, "b": False})
    assert (counts.passed, counts.failed) == (2, 1)
    assert counts.again == ["tests/net/test_x.py::b"]


def test_nothing_at_all_is_no_success():
    counts = run_tests.Counts()
    assert counts.status() == 1 and list(counts.summary()) == ["0 passed, 0 failed, 0 skipped"]
