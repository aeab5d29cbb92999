#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs fuzz targets, each for so many seconds, all of them whatever one finds, and sums up.

    ./run fuzz [SECONDS [OPTION...]]

OPTION goes to libFuzzer. What an input breaks is kept as build-fuzz/NAME.crash-… (also .leak-, .oom-,
.timeout-), what it adds to the coverage in build-fuzz/NAME.found for the next run. A target that
executes nothing, or reaches nothing, is an error.

--planted runs the programs that have a fault put into the code under test (plant.py), with those inputs of
the corpus that do not show it: the fuzzer must find it.
"""

import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
# The state machines reach many places: libFuzzer's entropic schedule, which searches a list for each
# place reached, takes three quarters of their time. Of them, longer inputs find nothing more.
MACHINE = ("-entropic=0", "-max_len=512")
OPTIONS_OF = {"correspondent": MACHINE, "home_agent": MACHINE, "mobile_node": ("-entropic=0", "-max_len=256")}
OPTIONS = ("-print_final_stats=1", "-timeout=20")
ENVIRONMENT = {
    # Little memory is used, and used again: fresh pages cost more than what they show.
    "ASAN_OPTIONS": "quarantine_size_mb=4:allocator_release_to_os_interval_ms=-1:malloc_context_size=8",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
}


def targets():
    return sorted(re.match(r"fuzz_(\w+)\.c$", name)[1] for name in os.listdir(HERE)
                  if re.match(r"fuzz_\w+\.c$", name))


class Result:
    def __init__(self, name):
        self.name = name
        self.problem = ""  # "": none
        self.line = ""


def start(program, seconds, folders, artifacts, log, options):
    """The exit status, and what it took."""
    began = time.monotonic()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with open(log, "w", encoding="utf-8") as file, tempfile.TemporaryDirectory(dir=memory) as folder:
        status = subprocess.run(
            [program, f"-max_total_time={seconds}", f"-artifact_prefix={artifacts}", *options, *folders],
            stdout=file, stderr=subprocess.STDOUT, check=False,
            env={**os.environ, **ENVIRONMENT, "TMPDIR": folder}).returncode
    return status, time.monotonic() - began


def read(log):
    with open(log, encoding="utf-8", errors="replace") as file:
        return file.read()


def number(pattern, text):
    found = re.findall(pattern, text, re.M)
    return int(found[-1]) if found else 0


def options_of(build, name):
    dictionary = os.path.join(build, "tests", "fuzz", f"{name}.dict")
    return [*OPTIONS, *OPTIONS_OF.get(name, ()), *[f"-dict={dictionary}"] * os.path.exists(dictionary)]


def what_failed(text):
    """The line that says it: of a sanitizer, libFuzzer, or an assertion."""
    found = re.search(r"^(?:.*(?:SUMMARY|ERROR): .*|.*runtime error: .*|.*Assertion .*)$", text, re.M)
    return found[0].strip() if found else text.strip().splitlines()[-1] if text.strip() else "no output"


def fuzz(build, name, seconds, options):
    result = Result(name)
    found = os.path.join(build, f"fuzz_{name}.found")
    log = os.path.join(build, f"fuzz_{name}.log")
    os.makedirs(found, exist_ok=True)
    status, took = start(os.path.join(build, "tests", "fuzz", f"fuzz_{name}"), seconds,
                         [found, os.path.join(HERE, "corpus", name)], os.path.join(build, f"{name}."), log,
                         [*options_of(build, name), *options])
    text = read(log)
    executed = number(r"^stat::number_of_executed_units: *(\d+)", text)
    reached = number(r"\bcov: (\d+)", text)
    result.line = f"executed {executed}, reached {reached} places, {executed / took * 60:.0f} a minute"
    if status != 0:
        kept = re.findall(r"Test unit written to (\S+)", text)
        result.problem = f"{what_failed(text)} ({', '.join(kept) or log})"
    elif executed == 0 or reached == 0:
        result.problem = f"has fuzzed nothing ({log})"
    return result


def inputs_that_pass(program, folder, log):
    """The corpus without those of its inputs that find the fault already: the fuzzer is to find it."""
    waiting = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    passed = []
    while waiting:
        status, _ = start(program, 0, waiting, os.devnull, log, [])
        if status == 0:
            return passed + waiting
        ran = re.findall(r"^Running: (\S+)$", read(log), re.M)
        if not ran or ran[-1] not in waiting:
            return []
        place = waiting.index(ran[-1])
        passed, waiting = passed + waiting[:place], waiting[place + 1:]
    return passed


def faults(build, name):
    """The programs with a fault for this target to find."""
    return sorted(entry for entry in os.listdir(os.path.join(build, "tests", "fuzz"))
                  if re.fullmatch(rf"planted_{name}(_\d)?", entry)) or [f"planted_{name}"]


def find_planted(build, name, seconds, options, fault):
    result = Result(fault.replace("_", " ", 1))
    program = os.path.join(build, "tests", "fuzz", fault)
    log = os.path.join(build, f"{fault}.log")
    with tempfile.TemporaryDirectory() as folder:
        found, corpus = os.path.join(folder, "found"), os.path.join(folder, "corpus")
        os.mkdir(found)
        os.mkdir(corpus)
        inputs = inputs_that_pass(program, os.path.join(HERE, "corpus", name), log)
        for path in inputs:
            shutil.copy(path, corpus)
        status, took = start(program, seconds, [found, corpus], os.path.join(folder, "artifact."), log,
                             [*options_of(build, name), *options])
        text = read(log)
        if not inputs:
            result.problem = f"no input of the corpus runs ({log})"
        elif status == 0:
            result.problem = f"not found in {seconds} s ({log})"
        elif "Test unit written to" not in text:
            result.problem = f"ended without an input ({log})"
        result.line = f"found after {took:.1f} s: {what_failed(text)}"
    return result


def run(build, seconds, options=(), jobs=1, planted=False, names=None, tell=print):
    """Yields a result for each as it ends."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        waiting = []
        for name in names or targets():
            if planted:
                waiting += [pool.submit(find_planted, build, name, seconds, options, fault)
                            for fault in faults(build, name)]
            else:
                waiting.append(pool.submit(fuzz, build, name, seconds, options))
        for done in concurrent.futures.as_completed(waiting):
            result = done.result()
            tell(f"{result.name}: {result.problem or result.line}", flush=True)
            yield result


def write_junit(path, results):
    suite = ElementTree.Element("testsuite")
    for result in results:
        case = ElementTree.SubElement(suite, "testcase", classname="", name=result.name)
        if result.problem:
            ElementTree.SubElement(case, "failure", message=result.problem)
    ElementTree.ElementTree(suite).write(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     add_help=False, allow_abbrev=False)
    parser.add_argument("--build", default="build-fuzz")
    parser.add_argument("--jobs", type=int, default=1, help="so many targets at once")
    parser.add_argument("--junit", metavar="FILE", help="writes the results there, too")
    parser.add_argument("--planted", action="store_true", help="the programs with a fault planted")
    parser.add_argument("--only", action="append", metavar="NAME", choices=targets(), help="this target")
    parser.add_argument("seconds", nargs="?", type=int, default=60)
    arguments, options = parser.parse_known_args()
    results = list(run(arguments.build, arguments.seconds, options, arguments.jobs, arguments.planted,
                       arguments.only))
    if arguments.junit:
        write_junit(arguments.junit, results)
    failed = [result for result in results if result.problem]
    print(f"{len(results)} targets, {len(failed)} failed", flush=True)
    for result in failed:
        print(f"FAILED   {result.name}: {result.problem}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
