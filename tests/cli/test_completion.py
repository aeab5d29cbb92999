# SPDX-License-Identifier: BSD-2-Clause
"""bash completion: the words in COMPREPLY, in a bash without a terminal."""

import os
import re
import subprocess

import pytest
from conftest import BUILD, ROOT

MONAMI = os.path.join(BUILD, "src", "cli", "monami")
MONAMID = os.path.join(BUILD, "src", "daemon", "monamid")
SCRIPT = """
set -u
PS4=
cd "$FOLDER"
source "$1"
program=$2; shift 2
COMP_WORDS=("$program" "$@")
COMP_CWORD=$#
COMPREPLY=()
"_${program##*/}" "$program" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]-}"
"""


def complete(program, *words, folder="/"):
    """The last of the words is what has been typed of the one to complete."""
    path = os.path.join(ROOT, "contrib", "completion", os.path.basename(program))
    done = subprocess.run(["bash", "--norc", "-c", SCRIPT, "bash", path, program, *words],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=60,
                          env={**os.environ, "FOLDER": str(folder)})
    assert (done.returncode, done.stderr) == (0, "")
    return sorted(done.stdout.split())


def table():
    """(commands, second words) of the one table, as it is in the code."""
    with open(os.path.join(ROOT, "src", "cli", "main.c"), encoding="utf-8") as file:
        rows = re.findall(r'^\t\{"(\w+)", (?:NULL|"([\w-]+)"), "', file.read(), re.M)
    assert len(rows) >= 13
    return sorted({name for name, _ in rows}), sorted(second for _, second in rows if second)


def test_commands_are_those_of_the_table():
    commands, seconds = table()
    assert complete(MONAMI, "") == commands
    assert complete(MONAMI, "--json", "") == commands
    assert complete(MONAMI, "show", "") == seconds
    assert complete(MONAMI, "-j", "show", "h") == ["home-agents"]
    assert complete(MONAMI, "pre") == ["prefer", "prefix"]
    assert complete(MONAMI, "xyzzy") == complete(MONAMI, "show", "links", "") == []
    assert complete(MONAMI, "status", "") == complete(MONAMI, "xyzzy", "") == complete(MONAMI, "$(x)", "") == []


def test_options():
    assert complete(MONAMI, "-") == complete(MONAMI, "doctor", "-") == [
        "--config", "--help", "--json", "--mobile-node", "--socket", "--version"]
    assert complete(MONAMI, "status", "--s") == ["--socket"]
    assert complete(MONAMI, "prefix", "2001:db8::/64", "--") == [
        "--help", "--json", "--mobile-node", "--preferred", "--remove", "--socket", "--valid", "--version"]
    assert complete(MONAMI, "prefix", "2001:db8::/64", "--valid", "") == ["infinite"]
    assert complete(MONAMI, "top", "--o") == complete(MONAMI, "-n", "3", "top", "--o") == ["--once"]


@pytest.mark.parametrize("program, words", [
    (MONAMI, ["check"]), (MONAMI, ["decode"]), (MONAMI, ["--socket"]), (MONAMI, ["-s"]),
    (MONAMI, ["policy", "load"]), (MONAMI, ["doctor", "--config"]), (MONAMI, ["-c"]),
    (MONAMI, ["--json", "check"]), (MONAMI, ["--socket", "="]), (MONAMID, ["-c"]), (MONAMID, ["--config"]),
    (MONAMID, ["--check"]), (MONAMID, ["--check", "="]), (MONAMID, ["-v", "-c"])])
def test_files(tmp_path, program, words):
    for name in ("one.conf", "other.conf", "third"):
        (tmp_path / name).touch()
    assert complete(program, *words, "o", folder=tmp_path) == ["one.conf", "other.conf"]
    assert complete(program, *words, "", folder=tmp_path) == ["one.conf", "other.conf", "third"]


def test_options_of_the_daemon():
    wanted = re.findall(r"--[a-z]+", subprocess.run([MONAMID, "--help"], stdout=subprocess.PIPE, text=True,
                                                    check=True).stdout)
    assert complete(MONAMID, "") == complete(MONAMID, "-") == sorted(set(wanted))
    assert complete(MONAMID, "--ch") == ["--check"]


def test_links_and_prefixes_are_asked_of_the_daemon(control):
    tool = control()
    assert complete(MONAMI, "--socket", tool.path, "prefer", "") == ["4", "5", "6", "7", "8"]
    assert complete(MONAMI, "-s", tool.path, "prefer", "4", "") == []
    assert complete(MONAMI, "-s", tool.path, "hint", "e") == ["eth0", "eth1"]
    assert complete(MONAMI, "-s", tool.path, "hint", "eth0", "") == ["leaving", "staying"]
    assert complete(MONAMI, "policy", "") == ["load"]
    assert complete(MONAMI, "--socket", "=", tool.path, "prefix", "") == ["2001:db8:100::/64"]
    assert complete(MONAMI, "--socket", "/nonexistent", "prefer", "") == []


def test_mobile_nodes_are_asked_of_the_daemon(control):
    tool = control("several")
    assert complete(MONAMI, "--socket", tool.path, "--mobile-node", "f") == ["first"]
    assert complete(MONAMI, "--socket", tool.path, "prefer", "--mobile-node", "") == ["first", "second"]
    assert complete(MONAMI, "--socket", tool.path, "--mobile-node", "first", "show", "lin") == ["links"]


def test_it_is_installed(tmp_path):
    shown = subprocess.run(["meson", "introspect", "--installed", BUILD], stdout=subprocess.PIPE, text=True,
                           check=True).stdout
    for name in ("monami", "monamid"):
        assert f"share/bash-completion/completions/{name}" in shown
