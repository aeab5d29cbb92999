# SPDX-License-Identifier: BSD-2-Clause
"""tests/run_tests.py: what it makes of tests that pass only when they are run once more."""

import os
import sys
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests"))

import run_tests                                                # noqa: E402


def results(path, **failed):
    """A JUnit file with these cases."""
    suite = ElementTree.Element("testsuite")
    for name, has_failed in failed.items():
        case = ElementTree.SubElement(suite, "testcase", classname="tests.net.test_x", name=name)
        if has_failed:
            ElementTree.SubElement(case, "failure")
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
