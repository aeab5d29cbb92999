#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The cases of kernels.py, inside the emulated machine: writes one line of JSON for each to the shared folder."""
import argparse
import json
import os
import platform
import subprocess
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = "/run/share/cases"
# An emulated processor beside two others, and three daemons on it.
PATIENCE = "6"
BPF_TESTS = ["test_load_error", "test_bpf_home_agent", "test_bpf_mobile_node", "test_bpf_correspondent",
             "test_bpf_forms", "test_bpf_optimizing", "test_bpf_bound_probe", "test_bpf_rules"]


def tell(name, seconds=0.0, failure=""):
    with open(CASES, "a", encoding="utf-8") as file:
        file.write(json.dumps({"name": name, "seconds": round(seconds, 1), "failure": failure}) + "\n")


def case(name, function):
    started = time.monotonic()
    try:
        function()
        failure = ""
    except Exception as error:  # every case is told of, whatever became of it
        failure = f"{type(error).__name__}: {error}\n" + traceback.format_exc(limit=-3)
    tell(name, time.monotonic() - started, failure)
    return not failure


def load_programs(build):
    """A case for each way to load the programs."""
    process = subprocess.Popen([f"{build}/tests/kernels/load_programs"], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
    started, count = time.monotonic(), 0
    for line in process.stdout:
        name, _, failure = line.rstrip().partition(": ")
        tell(f"load {name}", time.monotonic() - started, "" if failure.startswith("loaded") else failure or line)
        started, count = time.monotonic(), count + 1
    if process.wait() != 0 or count == 0:
        tell("load_programs", 0, f"status {process.returncode}")


def named_features(build):
    """Exactly the missing features are named: bpf_fib_lookup tells no MTU before 5.12."""
    done = subprocess.run([f"{build}/tests/kernels/load_programs", "--features"], text=True, capture_output=True, check=True)
    old = platform.release().startswith("5.10.")
    assert done.stdout == ("MTU in bpf_fib_lookup\n" if old else ""), done.stdout


def run_test(path):
    done = subprocess.run([path], text=True, capture_output=True, check=False, timeout=400)
    if done.returncode != 0:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if "OK" not in line and "RUN" not in line]
        raise RuntimeError(f"status {done.returncode}\n" + "\n".join(lines[-30:]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--load", action="store_true")
    options = parser.parse_args()
    print(f"Linux {platform.release()}", flush=True)
    os.environ["MONAMI_PATIENCE"] = PATIENCE
    os.environ["MONAMI_BUILD"] = options.build
    load_programs(options.build)
    if not options.load:
        for name in BPF_TESTS:
            case(name, lambda name=name: run_test(f"{options.build}/tests/bpf/{name}"))
        case("test_kernel_features", lambda: run_test(f"{options.build}/tests/io/test_kernel_features"))
        case("missing features are named", lambda: named_features(options.build))
        sys.path[:0] = [os.path.join(os.path.dirname(HERE), "support"), os.path.join(os.path.dirname(HERE), "net"), HERE]
        import story
        story.tell(options.build, case)
        if not platform.release().startswith("5.10."):  # refused by name before Linux 5.14
            import link_kinds
            link_kinds.tell(options.build, case)
    tell("end")
    return 0


if __name__ == "__main__":
    sys.exit(main())
