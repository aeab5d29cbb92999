# SPDX-License-Identifier: BSD-2-Clause
"""A wrong word gets one line that names it, and the right word if one is near."""

import os
import subprocess

import pytest
from conftest import BUILD, ROOT

MONAMI = os.path.join(BUILD, "src", "cli", "monami")
MONAMID = os.path.join(BUILD, "src", "daemon", "monamid")
RUN = os.path.join(ROOT, "run")
HELP = {MONAMI: "('monami help' lists all)", MONAMID: "('monamid --help' lists all)",
        RUN: "('./run help' lists all)"}


def words(program, *arguments):
    done = subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    name = os.path.basename(program)
    assert done.stderr.startswith(f"{name}: ") and done.stderr.endswith(f" {HELP[program]}\n")
    assert done.stderr.count("\n") == 1
    return done.stderr.removeprefix(f"{name}: ").removesuffix(f" {HELP[program]}\n")


@pytest.mark.parametrize("program, arguments, text", [
    (MONAMI, ["statsu"], "no command 'statsu'; did you mean 'status'?"),
    (MONAMI, ["chek", "x"], "no command 'chek'; did you mean 'check'?"),
    (MONAMI, ["pre"], "no command 'pre'; did you mean 'prefer' or 'prefix'?"),
    (MONAMI, ["sho", "links"], "no command 'sho'; did you mean 'show'?"),
    (MONAMI, ["xyzzy"], "no command 'xyzzy'"),
    (MONAMI, ["x" * 40], f"no command '{'x' * 40}'"),
    (MONAMI, [""], "no command ''"),
    (MONAMI, ["show"], "show: what?"),
    (MONAMI, ["show", "link"], "show: nothing is called 'link'; did you mean 'links'?"),
    (MONAMI, ["show", "homeagents"], "show: nothing is called 'homeagents'; did you mean 'home-agents'?"),
    (MONAMI, ["show", "everything"], "show: nothing is called 'everything'"),
    (MONAMI, ["status", "x"], "status: 'x' is one word too many"),
    (MONAMI, ["check", "a", "b"], "check: 'b' is one word too many"),
    (MONAMI, ["prefer", "1"], "prefer: needs BID PRIORITY"),
    (MONAMI, ["prefer", "x", "1"], "prefer: BID is a number from 1 to 65535, not 'x'"),
    (MONAMI, ["hint", "eth0"], "hint: needs LINK leaving|staying"),
    (MONAMI, ["hint", "eth0", "gone"], "hint: leaving or staying, not 'gone'"),
    (MONAMI, ["why", "udp"], "why: needs PROTOCOL peer ADDRESS [PORT] [own [ADDRESS] [PORT]]"),
    (MONAMI, ["why", "udp", "peer"], "why: 'peer' needs an address or a port"),
    (MONAMI, ["why", "udp", "per", "2001:db8::1"], "why: 'per' is not understood; did you mean 'peer'?"),
    (MONAMI, ["why", "udp", "peer", "2001:db8::1", "spi"], "why: 'spi' needs a value"),
    (MONAMI, ["policy"], "policy: needs load [FILE]"),
    (MONAMI, ["policy", "lood"], "policy: load, not 'lood'"),
    (MONAMI, ["policy", "load", "x", "y"], "policy: 'y' is one word too many"),
    (MONAMI, ["prefix", "::/0", "--valid", "x"],
     "prefix: --valid is a number of seconds or infinite, not 'x'"),
    (MONAMI, ["status", "--remove"], "status: takes no --valid, --preferred or --remove"),
    (MONAMI, ["--jsno", "status"], "no option '--jsno'; did you mean '--json'?"),
    (MONAMI, ["-x"], "no option '-x'"),
    (MONAMI, ["-jx", "status"], "no option '-x'"),
    (MONAMI, ["--json=5", "status"], "option '--json' takes no value"),
    (MONAMI, ["--socket"], "option '--socket' needs a value"),
    (MONAMI, ["status", "-s"], "option '-s' needs a value"),
    (MONAMI, ["--ver=1"], "option '--ver' takes no value"),
    (MONAMI, ["--v"], "no option '--v'; did you mean '--version' or '--valid'?"),
    (MONAMID, ["x"], "takes no argument 'x'"),
    (MONAMID, ["--chekc", "x"], "no option '--chekc'; did you mean '--check'?"),
    (MONAMID, ["--config"], "option '--config' needs a value"),
    (MONAMID, ["-x"], "no option '-x'"),
    (RUN, ["demmo"], "no command 'demmo'; did you mean 'demo'?"),
    (RUN, ["bild"], "no command 'bild'; did you mean 'build'?"),
    (RUN, ["xyzzy"], "no command 'xyzzy'"),
])
def test_one_line_names_the_wrong_word(program, arguments, text):
    assert words(program, *arguments) == text
