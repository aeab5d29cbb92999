#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs every test and ends with one line that counts them.

1. the plain build: unit tests, scenes, corpus replay, BPF programs, layers;
2. two lanes side by side, to the end:
   what mostly waits, and has deadlines: the networks of tests/net; every command that the pages
   name, in a short form; programs and daemons on Debian's kernels 5.10, 6.1 and 6.12
   (tests/kernels), in emulated machines;
   what computes, and yields: codec, client, io, BPF forwarding, User-Mode Linux, each fuzz target
   for ten seconds and its planted fault, the simulator for a minute; the C tests under
   AddressSanitizer and UndefinedBehaviorSanitizer (built by clang), beside the kernels.

`--quick`: a plain build; then its C tests without the failing allocations and the client, beside a
few tests between real stacks.
"""

import argparse
import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PYTHON = "/usr/bin/python3"
# More failures than these, in a part or in the whole run, are not due to a busy machine.
AGAIN_MAX = 2
# All tests were run, passed or not; any other status: some were not found.
PYTEST_RAN = (0, 1)
# `./run sim` is the full length.
SIMULATOR_SECONDS = 60
# `./run fuzz` is the full length. A planted fault is found within ten seconds on two idle cores, mostly
# within one; beside other tests it may take longer.
FUZZ_SECONDS = 10
PLANTED_SECONDS = 60
FUZZ_JOBS = 2
# C tests that do not run under the sanitizers.
NOT_SANITIZED = ("bpf", "layers", "faults", "conformance")
# `--quick`: registration and data between real stacks.
SMOKE = ("tests/net/test_registration.py", "tests/net/test_equal_links.py")


# The lane that computes yields to the lane whose protocols have deadlines.
LANE_NICENESS = 10
# What has no deadline at all: it takes what the emulated machines leave.
BUILD_NICENESS = SANITIZERS_NICENESS = 19
SANITIZERS_PATIENCE = "20"
# Of tests/net at a time: one alone needs a third of a processor.
NETWORKS = 3
# Of the other folders, tests at a time.
TESTS = 2
# Their tests share what a file sets up: a file stays with one process.
WHOLE_FILES = ("tests/net", "tests/uml")
CLEAN_UP_SECONDS = 60

# Of a thread that is a lane: the file that its commands write to.
LANE = threading.local()
TERMINAL = threading.Lock()


def say(text):
    print(f"\033[1m== {text}\033[0m", file=getattr(LANE, "output", None), flush=True)


class Counts:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.failures = []
        self.skips = []
        self.again = []
        self.seconds = []  # (part, how long)
        self.lock = threading.RLock()

    @contextlib.contextmanager
    def part(self, name):
        """Says what begins, and remembers how long it took. A lane's part is shown when it is over."""
        started = time.monotonic()
        if hasattr(LANE, "niceness"):
            with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as LANE.output:
                try:
                    yield
                finally:
                    LANE.output.seek(0)
                    text = LANE.output.read()
                    del LANE.output
                    with TERMINAL:
                        say(name)
                        print(text, end="", flush=True)
        else:
            with TERMINAL:
                say(name)
            yield
        self.seconds.append((name, time.monotonic() - started))

    def case(self, name, outcome, reason=""):
        with self.lock:
            self._case(name, outcome, reason)

    def _case(self, name, outcome, reason):
        if outcome == "failed":
            self.failed += 1
            self.failures.append(name)
        elif outcome == "skipped":
            self.skipped += 1
            self.skips.append(f"{name}: {reason}")
        else:
            self.passed += 1

    def take_again(self, names):
        """Of the tests that passed only when run once more, those that count as passed: a run has at
        most AGAIN_MAX of them."""
        with self.lock:
            self.again += sorted(names)
            return names if len(self.again) <= AGAIN_MAX else ()

    def junit(self, path, label, passed_again=()):
        """Adds the cases of a JUnit file; one that is missing is a failure of its own."""
        if not os.path.exists(path):
            self.case(f"{label}: no result file", "failed")
            return
        for (folder, name), (outcome, reason) in outcomes(path).items():
            if outcome == "failed" and node_of(folder, name) in passed_again:
                outcome = "passed"
            self.case(f"{label}: {folder} {name}", outcome, reason)

    def summary(self):
        """The last lines; the very last one counts."""
        yield from (f"{took:7.1f} s  {name}" for name, took in self.seconds)
        yield from (f"skipped  {line}" for line in self.skips)
        yield from (f"AGAIN    {line}: passed only when run once more; a run with more than {AGAIN_MAX} of these fails"
                    for line in self.again)
        yield from (f"FAILED   {line}" for line in self.failures)
        yield f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"

    def status(self):
        return 1 if self.failed or not self.passed else 0


def node_of(folder, name):
    """As pytest's arguments name a test."""
    return f"{folder.replace('.', '/')}.py::{name}"


def outcomes(junit):
    """{(classname, name): (outcome, reason)}. A test that fails, and then fails to clean up, has two elements."""
    found = {}
    for case in ElementTree.parse(junit).getroot().iter("testcase"):
        key = case.get("classname") or "", case.get("name")
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            found[key] = "failed", ""
        elif skipped is not None:
            found.setdefault(key, ("skipped", skipped.get("message") or ""))
        else:
            found.setdefault(key, ("passed", ""))
    return found


def yield_to_others(niceness):
    """For a child process. Where the scheduler groups by session, a niceness counts within the
    session only, and the group has one of its own."""
    os.setsid()
    os.nice(niceness)
    with contextlib.suppress(OSError), open("/proc/self/autogroup", "w", encoding="ascii") as group:
        group.write(str(niceness))


def session_lives(leader):
    """Also when only processes that the leader started are left of it. One that has ended and that
    nobody waits for any more is reaped."""
    leader.poll()
    try:
        os.killpg(leader.pid, 0)
    except ProcessLookupError:
        return False
    return True


class Children:
    """Processes in sessions of their own, which end with this process."""

    def __init__(self):
        self.lock = threading.Lock()
        self.leaders = set()
        self.ended = False

    def run(self, arguments, niceness, **keywords):
        with self.lock:
            if self.ended:
                return -signal.SIGTERM
            # pylint: disable=consider-using-with,subprocess-popen-preexec-fn
            child = subprocess.Popen(arguments, cwd=ROOT, preexec_fn=lambda: yield_to_others(niceness), **keywords)
            self.leaders.add(child)
        status = child.wait()
        with self.lock:
            self.leaders.discard(child)
        return status

    def end(self):
        """Tests that are told to end remove their namespaces first."""
        with self.lock:
            self.ended = True
            leaders = set(self.leaders)
        for leader in leaders:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(leader.pid, signal.SIGTERM)
        end = time.monotonic() + CLEAN_UP_SECONDS
        while leaders and time.monotonic() < end:
            time.sleep(0.1)
            leaders = {leader for leader in leaders if session_lives(leader)}


CHILDREN = Children()


def call(*arguments, **keywords):
    keywords.setdefault("stdout", getattr(LANE, "output", None))
    return CHILDREN.run(arguments, getattr(LANE, "niceness", 0), stderr=subprocess.STDOUT, **keywords)


def set_up(directory, *options, environment=None):
    """Also makes what is said of a folder that is there already that of today's meson.build files."""
    if os.path.exists(os.path.join(ROOT, directory, "build.ninja")):
        return call("ninja", "-C", directory, "--quiet", "build.ninja") == 0
    return call("meson", "setup", directory, *options, env=environment, stdout=subprocess.DEVNULL) == 0


def options_of_build(name):
    """As ./run has them."""
    with open(os.path.join(ROOT, "run"), encoding="utf-8") as file:
        return shlex.split(re.search(rf"^{name}_OPTIONS=\((.*)\)$", file.read(), re.M)[1])


def programs_of_tests(directory, suites_left_out):
    """The targets that ninja must make for the tests of all other suites."""
    def introspect(what):
        path = os.path.join(ROOT, directory, "meson-info", f"intro-{what}.json")
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    files = {target["id"]: target["filename"] for target in introspect("targets")}
    wanted = {os.path.relpath(name, os.path.join(ROOT, directory))
              for test in introspect("tests")
              if not {suite.rpartition(":")[2] for suite in test["suite"]} & set(suites_left_out)
              for target in test["depends"] for name in files[target]}
    return sorted(wanted)


def without(suites):
    return [word for suite in suites for word in ("--no-suite", suite)]


class Ahead:
    """Compiles in the background, at the lowest priority, what later parts need, in the order of the parts."""

    def __init__(self, only):
        self.only = only
        self.made = {}
        self.over = {what: threading.Event() for what in ("fuzz", "release", "clang")}
        threading.Thread(target=self._run).start()

    def _wanted(self, *parts):
        return self.only is None or self.only in parts

    def _run(self):
        LANE.niceness, LANE.output = BUILD_NICENESS, None
        try:
            for what, over in self.over.items():
                self.made[what] = getattr(self, f"_{what}")()
                over.set()
        finally:
            for over in self.over.values():
                over.set()

    def _fuzz(self):
        return self._wanted("fuzz", "commands") and (
            set_up("build-fuzz", *options_of_build("FUZZ"), environment={**os.environ, "CC": "clang"})
            and self._ninja("build-fuzz", "fuzz-targets"))

    def _release(self):
        return self._wanted("sim", "commands") and (
            set_up("build-release", "--buildtype=release")
            and self._ninja("build-release", "tests/sim/sim", "bench-programs"))

    def _clang(self):
        return self._wanted("sanitizers") and (
            set_up("build-clang", *options_of_build("CLANG"), environment={**os.environ, "CC": "clang"})
            and self._ninja("build-clang", *programs_of_tests("build-clang", NOT_SANITIZED)))

    @staticmethod
    def _ninja(directory, *targets):
        return call("ninja", "-C", directory, "--quiet", *targets) == 0

    def until(self, *names):
        for what in names:
            self.over[what].wait()

    def wait(self, counts, what, name):
        """Whether it was made. One that was not is a failure."""
        if not self.over[what].is_set():
            with counts.part(f"waiting for the {name}"):
                self.until(what)
        if not self.made.get(what):
            counts.case(name, "failed")
        return self.made.get(what)


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
    passed = call("build-release/tests/sim/sim", "--budget", str(seconds)) == 0
    counts.case("simulator", "passed" if passed else "failed")


def fuzz_targets(counts):
    """Each target is a case, and so is each planted fault that a target has to find."""
    for label, seconds, options in (("fuzz", FUZZ_SECONDS, ()), ("fuzz-planted", PLANTED_SECONDS, ("--planted",))):
        junit = os.path.join(ROOT, "build-fuzz", f"{label}.xml")
        if os.path.exists(junit):
            os.unlink(junit)
        call(PYTHON, "tests/fuzz/fuzz.py", "--jobs", str(FUZZ_JOBS), "--junit", junit, *options,
             str(seconds), "-seed=1")
        counts.junit(junit, label)


def run_pytest(junit, workers, *what):
    if os.path.exists(junit):
        os.unlink(junit)
    environment = {**os.environ, "MONAMI_BUILD": os.path.join(ROOT, "build")}
    dist = "loadfile" if what[0] in WHOLE_FILES else "load"
    return call(PYTHON, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", f"--junitxml={junit}",
                *(["-n", str(workers), "--dist", dist] if workers > 1 else []), *what, env=environment)


def cases(junit, wanted):
    """Node names of pytest, of the tests with this outcome."""
    if not os.path.exists(junit):
        return []
    return [node_of(*key) for key, (outcome, _) in outcomes(junit).items() if outcome == wanted]


def pytest(counts, what, label, workers=1):
    """A few tests between real stacks that failed are run once more, alone: a busy machine can stall
    a process for longer than a protocol allows. The summary names each that passed only then."""
    junit = os.path.join(ROOT, "build", f"pytest-{label}.xml")
    status = run_pytest(junit, workers, what)
    failed = cases(junit, "failed")
    ran = status in PYTEST_RAN
    if not ran or (status != 0 and not failed):
        counts.case(f"{label}: pytest ended with status {status}", "failed")
    if not failed or not ran or len(failed) > AGAIN_MAX:
        counts.junit(junit, label)
        return
    again = os.path.join(ROOT, "build", f"pytest-{label}-again.xml")
    say("once more: " + ", ".join(failed))
    ran = run_pytest(again, 1, *failed) in PYTEST_RAN
    counts.junit(junit, label, counts.take_again(set(failed) & set(cases(again, "passed")) if ran else ()))


def kernels(counts):
    """Its own lines name each case; the JUnit file counts them."""
    junit = os.path.join(ROOT, "build", "kernels.xml")
    if os.path.exists(junit):
        os.unlink(junit)
    call(PYTHON, "tests/kernels/kernels.py", "--build", "build", "--junit", junit)
    counts.junit(junit, "kernels")


def quick(counts):
    with counts.part("building (gcc)"):
        left_out = ("faults", "bpf", "sim")
        if not set_up("build") or call("ninja", "-C", "build", "--quiet", "src/daemon/monamid",
                                       "src/cli/monami", "tests/cli/control_tool",
                                       *programs_of_tests("build", left_out)) != 0:
            counts.case("build with gcc", "failed")
            return
    computing = Lane(lambda: compute_quickly(counts, left_out))
    with counts.part("between real stacks: a few"):
        for path in SMOKE:
            pytest(counts, path, os.path.basename(path).removesuffix(".py"))
    computing.join()


class Lane:
    """A thread whose commands yield to others, and whose parts are shown when they are over."""

    def __init__(self, work):
        self.error = None
        self.thread = threading.Thread(target=self._run, args=(work,))
        self.thread.start()

    def _run(self, work):
        LANE.niceness = LANE_NICENESS
        try:
            work()
        except BaseException as error:
            self.error = error

    def join(self):
        self.thread.join()
        if self.error:
            raise self.error


def compute_quickly(counts, left_out):
    with counts.part("unit tests, scenes, corpus, layers"):
        meson_tests(counts, "build", "c", *without(left_out))
    with counts.part("cli"):
        pytest(counts, "tests/cli", "cli", TESTS)


def compute(counts, only, ahead, patient):
    """The parts that need the processors more than the clock. `patient` is set when what is left has no
    deadline."""
    try:
        compute_in_time(counts, only, ahead)
    finally:
        patient.set()
    LANE.niceness = SANITIZERS_NICENESS
    if only in (None, "sanitizers") and ahead.wait(counts, "clang", "build with clang and sanitizers"):
        with counts.part("the C tests under AddressSanitizer and UBSan"):
            meson_tests(counts, "build-clang", "sanitizers", "--timeout-multiplier", SANITIZERS_PATIENCE,
                        *without(NOT_SANITIZED))


def compute_in_time(counts, only, ahead):
    if only in (None, "net"):
        for folder in ("codec", "cli", "io", "bpf", "uml"):
            with counts.part(folder):
                pytest(counts, os.path.join("tests", folder), folder, TESTS)
    if only in (None, "fuzz") and ahead.wait(counts, "fuzz", "build of the fuzz targets"):
        with counts.part(f"each fuzz target {FUZZ_SECONDS} s, and its planted fault"):
            fuzz_targets(counts)
    if only in (None, "sim") and ahead.wait(counts, "release", "build of the simulator"):
        with counts.part(f"simulator, {SIMULATOR_SECONDS} s"):
            simulator(counts, SIMULATOR_SECONDS)


def whole(counts, only):
    with counts.part("building (gcc)"):
        made = set_up("build")
        # Programs whose allocations fail are not built by default.
        tested = programs_of_tests("build", ()) if made and only in (None, "c") else []
        if not made or call("ninja", "-C", "build", "--quiet", "all", *tested) != 0:
            counts.case("build with gcc", "failed")
            return
    if only in (None, "c"):
        with counts.part("unit tests, scenes, corpus, BPF programs, layers"):
            meson_tests(counts, "build", "c")
    ahead = Ahead(only)
    patient = threading.Event()
    computing = Lane(lambda: compute(counts, only, ahead, patient))
    if only in (None, "net"):
        with counts.part("between real stacks: net"):
            pytest(counts, "tests/net", "net", NETWORKS)
    if only in (None, "commands"):
        ahead.until("fuzz", "release")
        with counts.part("every command of the pages"):
            pytest(counts, os.path.join("tests", "commands"), "commands")
    if only in (None, "kernels"):
        with counts.part("waiting for what computes and has deadlines"):
            patient.wait()
        with counts.part("on other kernels"):
            kernels(counts)
    computing.join()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--only", choices=["c", "sanitizers", "fuzz", "sim", "net", "commands", "kernels"],
                        help="one part of the tests")
    choice.add_argument("--quick", action="store_true", help="a part of them, in three minutes")
    options = parser.parse_args()
    started = time.monotonic()
    counts = Counts()

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if options.quick:
            quick(counts)
        else:
            whole(counts, options.only)
    finally:
        CHILDREN.end()

    say(f"summary, {time.monotonic() - started:.0f} s")
    print(*counts.summary(), sep="\n")
    return counts.status()


if __name__ == "__main__":
    sys.exit(main())
