# SPDX-License-Identifier: BSD-2-Clause
"""Runs every command that a page names, in a short form: `./run ...` here, `monami ...` in the test that the table
names. A command that does nothing fails, too."""
import json
import os
import re
import subprocess
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "cli"))

import snippets                                                 # noqa: E402

# ./run COMMAND -> the test that runs it, as FILE::TEST below tests.
HERE = "commands/test_commands.py::"
RUN = {
    "bench": HERE + "test_bench",
    "build": HERE + "test_build",
    "clean": HERE + "test_clean",
    "demo": HERE + "test_demo",
    "differential": HERE + "test_differential",
    "faults": HERE + "test_faults",
    "format": HERE + "test_format",
    "fuzz": HERE + "test_fuzz",
    "help": HERE + "test_help",
    "kernels": "run_tests.py::main",
    "kill9": HERE + "test_kill9",
    "sim": HERE + "test_sim",
    "test": "run_tests.py::main",
}
# monami COMMAND -> the same.
MONAMI = {
    "check": "cli/test_check.py",
    "decode": "cli/test_decode.py",
    "doctor": "cli/test_doctor_output.py",
    "help": "cli/test_client.py::test_help_and_version",
    "hint": "cli/test_client.py::test_a_hint_names_a_link",
    "monitor": "cli/test_client.py::test_monitor",
    "policy": "cli/test_client.py::test_errors_of_a_policy_are_printed_one_by_one",
    "prefer": "cli/test_client.py::test_prefer",
    "prefix": "cli/test_client.py::test_prefix",
    "show bindings": "cli/test_client.py::test_bindings_are_one_document_however_many",
    "show correspondents": "net/test_route_optimization.py",
    "show counters": "cli/test_client.py::test_links_and_counters",
    "show flows": "cli/test_client.py::test_json_is_the_document",
    "show home-agents": "cli/test_client.py::test_home_agents_and_prefixes",
    "show links": "cli/test_client.py::test_links_and_counters",
    "show prefixes": "cli/test_client.py::test_home_agents_and_prefixes",
    "status": "cli/test_client.py::test_status",
    "top": "cli/test_top.py::test_once",
    "why": "cli/test_client.py::test_why",
}


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def pages():
    """All pages and manual pages; without emphasis, and a command on one line."""
    manuals = [os.path.join("docs", "man", name) for name in os.listdir(os.path.join(ROOT, "docs", "man"))
               if name.endswith(".scd")]
    told = "".join(read(page) for page in snippets.pages(ROOT)) + "".join(
        read(page).replace("*", "").replace("_", "") for page in manuals)
    return re.sub(r"\b(monami|show)\n\s*", r"\1 ", told)


# ---- the tables ----

def test_every_command_of_run_is_in_the_table():
    commands = set(re.findall(r"^command_(\w+)\(\)", read("run"), re.M))
    assert commands <= set(RUN)


def test_every_command_of_the_pages_is_in_the_tables():
    told = pages()
    assert set(re.findall(r"\./run (\w+)", told)) <= set(RUN)
    named = set(re.findall(r"\bmonami (?:--?\w+ )*((?:show )?[a-z][a-z-]+)\b", told)) - {"show", "shows"}
    assert {"status", "show links", "decode"} <= named <= set(MONAMI)


def test_every_command_of_the_manual_is_in_the_table():
    section = re.search(r"^# COMMANDS\n(.*?)^# ", read("docs/man/monami.1.scd"), re.M | re.S)[1]
    named = set(re.findall(r"^\*((?:show )?[a-z-]+)\*", section, re.M))
    assert {"status", "show links", "decode"} <= named <= set(MONAMI)


@pytest.mark.parametrize("command", sorted(set(RUN) | set(MONAMI)))
def test_the_tests_of_the_tables_exist_and_name_their_command(command):
    """Finds tests that were renamed, or that run something else now."""
    path, _, test = (RUN.get(command) or MONAMI[command]).partition("::")
    text = read(os.path.join("tests", path))
    if test:
        begin = text.index(f"def {test}(")
        end = re.search(r"^(def |class |@)", text[begin + 1:], re.M)
        text = text[begin:begin + 1 + end.start()] if end else text[begin:]
    assert f'"{command.split()[-1]}"' in text or test in ("main", "test_prefix")


# ---- the commands ----

def run(*words, root=ROOT, status=0, seconds=300):
    """The output of `./run ...`."""
    done = subprocess.run([os.path.join(root, "run"), *words], cwd=root, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, timeout=seconds,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == status, f"./run {' '.join(words)}: status {done.returncode}\n{done.stdout[-6000:]}"
    return done.stdout


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")


def test_help():
    said = run("help")
    for command in re.findall(r"^command_(\w+)\(\)", read("run"), re.M):
        assert re.search(rf"^  {command}\b.*: \w", said, re.M), command


def test_build():
    run("build")
    for program in ("src/daemon/monamid", "src/cli/monami"):
        assert os.access(os.path.join(ROOT, "build", program), os.X_OK)


@needs_root
@pytest.mark.parametrize("options", [(), ("--route-optimization",)], ids=["plain", "route-optimization"])
def test_demo(options):
    """Its own limits decide (demo/README.md)."""
    said = run("demo", "--short", "--json", *options)
    summary = json.loads(said.splitlines()[-1])
    assert summary["passed"] and summary["download"]["octets_received"] > 8 << 20
    assert [event["passed"] for event in summary["events"]] == [True] * (7 if options else 6)


@needs_root
def test_demo_of_flows():
    """Its own limits decide (demo/README.md)."""
    summary = json.loads(run("demo", "--flows", "--short", "--json").splitlines()[-1])
    assert summary["passed"] and [event["passed"] for event in summary["events"]] == [True] * 7
    assert {event["name"]: event["links"]["backup"] for event in summary["events"]}["lost"] == "cell0"


@needs_root
def test_bench(tmp_path):
    """One short run of some figures. How fast is not asked."""
    results = tmp_path / "results.json"
    run("bench", "--quick", "--once", "--only", "udp", "--only", "core", "--only", "rules", "--output", str(results))
    figures = json.loads(results.read_text())["figures"]
    assert len(figures) >= 4 and "rules-udp" in [figure["name"] for figure in figures] and all(figure["median"] > 0 for figure in figures)


@needs_root
def test_bench_of_flows(tmp_path):
    """Figures that do not depend on the machine's speed."""
    results = tmp_path / "results.json"
    run("bench", "--quick", "--once", "--only", "shares", "--only", "copies", "--output", str(results))
    figures = {figure["name"]: figure["median"] for figure in json.loads(results.read_text())["figures"]}
    assert figures["shares-moved"] == figures["copies-twice"] == 0
    assert figures["shares"] < 6 and figures["copies-down"] < 10 and figures["copies-up"] < 10


@needs_root
def test_bench_against(tmp_path):
    """The same build twice: both are measured, each way, and compared."""
    results = tmp_path / "results.json"
    run("bench", "--quick", "--once", "--only", "udp", "--against", "build-release", "--output", str(results))
    figures = {figure["name"]: figure["median"] for figure in json.loads(results.read_text())["figures"]}
    for way in ("udp-down", "udp-up"):
        assert figures[f"{way}-change"] == pytest.approx(figures[way] - figures[f"{way}-other"], abs=0.001)


def test_fuzz():
    """Each target for a second, the same way each time; the command itself fails if one executes nothing."""
    said = run("fuzz", "1", "-seed=1")
    targets = [name for name in os.listdir(os.path.join(ROOT, "tests", "fuzz")) if re.match(r"fuzz_.*\.c$", name)]
    executed = [int(n) for n in re.findall(r"^\w+: executed (\d+), reached [1-9]", said, re.M)]
    assert len(executed) == len(targets) >= 8 and min(executed) > 0


def test_fuzz_runs_all_targets(tmp_path):
    """The first one that finds something, or fuzzes nothing, does not end it: each is named, with its input."""
    programs = {"config": "echo '#1 cov: 7'; echo 'Test unit written to kept.crash-1'; exit 77",
                "decode": "echo 'stat::number_of_executed_units: 0'",
                "icmpv6": "echo '#9 cov: 12 ft: 3'; echo 'stat::number_of_executed_units: 9'"}
    folder = tmp_path / "tests" / "fuzz"
    folder.mkdir(parents=True)
    for name, text in programs.items():
        (folder / f"fuzz_{name}").write_text(f"#!/bin/sh\n{text}\n")
        (folder / f"fuzz_{name}").chmod(0o755)
    chosen = [word for name in programs for word in ("--only", name)]
    ran = subprocess.run([os.path.join(ROOT, "tests", "fuzz", "fuzz.py"), "--build", str(tmp_path), *chosen, "1"],
                         capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert re.search(r"^icmpv6: executed 9, reached 12 places", ran.stdout, re.M)
    assert re.search(r"^3 targets, 2 failed$", ran.stdout, re.M)
    assert re.search(r"^FAILED   config: .*kept\.crash-1", ran.stderr, re.M)
    assert re.search(r"^FAILED   decode: has fuzzed nothing", ran.stderr, re.M)


def test_sim():
    said = run("sim", "--count", "20")
    assert re.search(r"^20 seeds ran, 0 failed$", said, re.M), said


def test_faults():
    said = run("faults", "path")
    assert re.search(r"^Ok: +1 *$", said, re.M), said


@needs_root
def test_kill9():
    said = run("kill9", "3")
    assert re.search(r"^3 kills, ", said, re.M), said


def test_differential():
    said = run("differential", "--count", "200")
    assert int(re.search(r"^scapy: (\d+) messages", said, re.M)[1]) >= 200


# Commands that change or remove files run on files of their own.

def test_format(tmp_path):
    run_beside(tmp_path)
    (tmp_path / "wrong.c").write_text("int   f(int x){return x ;}\n")
    (tmp_path / ".clang-format").write_text(read(".clang-format"))
    for words in (("init", "-q"), ("add", ".")):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    run("format", root=str(tmp_path))
    assert (tmp_path / "wrong.c").read_text() != "int   f(int x){return x ;}\n"


def test_clean(tmp_path):
    run_beside(tmp_path)
    for name in ("build", "build-release", "src"):
        (tmp_path / name).mkdir()
    run("clean", root=str(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "src"]


def run_beside(folder):
    (folder / "run").write_text(read("run"))
    (folder / "run").chmod(0o755)
