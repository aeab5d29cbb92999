#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs every test and ends with one line that counts them.

1. the plain build: unit tests, scenes, corpus replay, BPF programs, layers;
2. the same C tests under AddressSanitizer and UndefinedBehaviorSanitizer, built by clang;
3. the simulator, for a minute;
4. the tests between real stacks (pytest): namespaces, scapy, tshark, the client.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PYTHON = "/usr/bin/python3"
# More failures than these are no accident of the machine.
AGAIN_MAX = 3
# All tests were run, whatever came of them; any other status: some were not even found.
PYTEST_RAN = (0, 1)
# `./run sim` is the full length.
SIMULATOR_SECONDS = 60


def say(text):
    print(f"\033[1m== {text}\033[0m", flush=True)


class Counts:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.failures = []
        self.skips = []
        self.again = []

    def case(self, name, outcome, reason=""):
        if outcome == "failed":
            self.failed += 1
            self.failures.append(name)
        elif outcome == "skipped":
            self.skipped += 1
            self.skips.append(f"{name}: {reason}")
        else:
            self.passed += 1

    def junit(self, path, label, passed_again=()):
        """Adds the cases of a JUnit file; one that is missing is a failure of its own."""
        if not os.path.exists(path):
            self.case(f"{label}: no result file", "failed")
            return
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            name = f"{label}: {case.get('classname', '')} {case.get('name')}"
            skipped = case.find("skipped")
            node = f"{(case.get('classname') or '').replace('.', '/')}.py::{case.get('name')}"
            failed = case.find("failure") is not None or case.find("error") is not None
            if failed and node not in passed_again:
                self.case(name, "failed")
            elif failed:
                self.case(name, "passed")
            elif skipped is not None:
                self.case(name, "skipped", skipped.get("message") or "")
            else:
                self.case(name, "passed")


def call(*arguments, **keywords):
    return subprocess.run(arguments, cwd=ROOT, check=False, **keywords).returncode


def build(directory, *options, environment=None):
    environment = {**os.environ, **(environment or {})}
    if not os.path.exists(os.path.join(ROOT, directory, "build.ninja")):
        if call("meson", "setup", directory, *options, env=environment) != 0:
            return False
    return call("ninja", "-C", directory, "--quiet", env=environment) == 0


def meson_tests(counts, directory, label, *arguments):
    """Meson's own log, a JSON object each line: its JUnit file says nothing of a test that timed out."""
    log = os.path.join(ROOT, directory, "meson-logs", "testlog.json")
    if os.path.exists(log):
        os.unlink(log)
    failed = counts.failed
    status = call("meson", "test", "-C", directory, "--no-rebuild", "--print-errorlogs", *arguments)
    cases = [json.loads(line) for line in open(log, encoding="utf-8")] if os.path.exists(log) else []
    for case in cases:
        outcome = {"OK": "passed", "SKIP": "skipped"}.get(case["result"], "failed")
        counts.case(f"{label}: {case['name']}", outcome, case["result"])
    if not cases or (status != 0 and counts.failed == failed):
        counts.case(f"{label}: meson test ended with status {status}", "failed")


def simulator(counts, seconds):
    """As many seeds as fit; each of them is a world, all of them one case."""
    directory = "build-release"
    if not os.path.exists(os.path.join(ROOT, directory, "build.ninja")):
        call("meson", "setup", directory, "--buildtype=release", stdout=subprocess.DEVNULL)
    if call("ninja", "-C", directory, "--quiet", "tests/sim/sim") != 0:
        counts.case("build of the simulator", "failed")
        return
    passed = call(f"{directory}/tests/sim/sim", "--budget", str(seconds)) == 0
    counts.case("simulator", "passed" if passed else "failed")


def run_pytest(junit, *what):
    if os.path.exists(junit):
        os.unlink(junit)
    environment = {**os.environ, "MONAMI_BUILD": os.path.join(ROOT, "build")}
    return call(PYTHON, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", f"--junitxml={junit}",
                *what, env=environment)


def failed_cases(junit):
    """Node names of pytest, of the cases that failed."""
    if not os.path.exists(junit):
        return []
    return [f"{case.get('classname').replace('.', '/')}.py::{case.get('name')}"
            for case in ElementTree.parse(junit).getroot().iter("testcase")
            if case.find("failure") is not None or case.find("error") is not None]


def pytest(counts, folder, label):
    """A few tests between real stacks that failed are run once more, alone: a busy machine can stall
    a process for longer than a protocol allows. The summary names each that passed only then."""
    junit = os.path.join(ROOT, "build", f"pytest-{label}.xml")
    status = run_pytest(junit, folder)
    failed = failed_cases(junit)
    whole = status in PYTEST_RAN
    if not whole or (status != 0 and not failed):
        counts.case(f"{label}: pytest ended with status {status}", "failed")
    if not failed or not whole or len(failed) > AGAIN_MAX:
        counts.junit(junit, label)
        return
    again = os.path.join(ROOT, "build", f"pytest-{label}-again.xml")
    say("once more: " + ", ".join(failed))
    whole = run_pytest(again, *failed) in PYTEST_RAN
    still = failed_cases(again) if whole else failed
    counts.again += [name for name in failed if name not in still]
    counts.junit(junit, label, set(failed) - set(still))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=["c", "sanitizers", "sim", "net"], help="one part of the tests")
    options = parser.parse_args()
    started = time.monotonic()
    counts = Counts()

    say("building (gcc)")
    if not build("build"):
        counts.case("build with gcc", "failed")
    if options.only in (None, "c") and not counts.failed:
        say("unit tests, scenes, corpus, BPF programs, layers")
        meson_tests(counts, "build", "c")
    if options.only in (None, "sanitizers"):
        say("building (clang, sanitizers)")
        if build("build-sanitizers", "-Db_sanitize=address,undefined", "-Db_lundef=false",
                 environment={"CC": "clang"}):
            say("the same under AddressSanitizer and UBSan")
            meson_tests(counts, "build-sanitizers", "sanitizers", "--no-suite", "bpf", "--no-suite",
                        "layers", "--no-suite", "faults", "--no-suite", "conformance")
        else:
            counts.case("build with clang and sanitizers", "failed")
    if options.only in (None, "sim"):
        say(f"simulator, {SIMULATOR_SECONDS} s")
        simulator(counts, SIMULATOR_SECONDS)
    if options.only in (None, "net") and os.path.exists(os.path.join(ROOT, "build/build.ninja")):
        say("between real stacks")
        for folder in ("codec", "cli", "io", "bpf", "net", "uml"):
            pytest(counts, os.path.join("tests", folder), folder)

    say(f"summary, {time.monotonic() - started:.0f} s")
    for line in counts.skips:
        print(f"skipped  {line}")
    for line in counts.again:
        print(f"AGAIN    {line}: passed only when run once more")
    for line in counts.failures:
        print(f"FAILED   {line}")
    print(f"{counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped")
    return 1 if counts.failed or not counts.passed else 0


if __name__ == "__main__":
    sys.exit(main())
