# SPDX-License-Identifier: BSD-2-Clause
"""Output that cannot be written, or is closed: a message, and another exit status than 0."""

import os
import struct
import subprocess

import pytest
from conftest import BUILD, ROOT

MONAMI = os.path.join(BUILD, "src", "cli", "monami")
MONAMID = os.path.join(BUILD, "src", "daemon", "monamid")
EXAMPLE = os.path.join(ROOT, "examples", "mobile-node.conf")
ASKING = [["status"], *(["show", what] for what in ("bindings", "links", "counters", "home-agents", "prefixes",
                                                    "correspondents", "flows")), ["monitor"]]
FULL = "standard output: No space left on device\n"


def to(redirection, program, *arguments):
    """The command as a shell starts it, with standard output elsewhere."""
    return subprocess.run(["/bin/sh", "-c", f'exec "$@" {redirection}', "sh", program, *arguments],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                          timeout=60)


@pytest.mark.parametrize("command", ASKING, ids=" ".join)
@pytest.mark.parametrize("form", [[], ["--json"]], ids=["text", "json"])
def test_a_full_device_is_an_error(control, command, form):
    tool = control(3)
    if command == ["monitor"]:
        process = subprocess.Popen([MONAMI, *form, "--socket", tool.path, *command],
                                   stdout=open("/dev/full", "w"), stderr=subprocess.PIPE, text=True)
        while process.poll() is None:
            tool.notes(1)
        assert (process.returncode, process.stderr.read()) == (1, f"monami: {FULL}")
        return
    done = to("> /dev/full", MONAMI, *form, "--socket", tool.path, *command)
    assert (done.returncode, done.stderr) == (1, f"monami: {FULL}")


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["text", "json"])
def test_more_than_a_buffer_to_a_full_device(control, form):
    """Output that stdio fails to write before the end."""
    done = to("> /dev/full", MONAMI, *form, "--socket", control(1000).path, "show", "bindings")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert done.stderr.startswith("monami: standard output: ")


@pytest.mark.parametrize("program, arguments", [
    (MONAMI, ["help"]), (MONAMI, ["--help"]), (MONAMI, ["--version"]), (MONAMI, ["check", EXAMPLE]),
    (MONAMI, ["--json", "check", EXAMPLE]), (MONAMID, ["--help"]), (MONAMID, ["--version"]),
    (MONAMID, ["--check", EXAMPLE])])
def test_without_a_daemon(program, arguments):
    name = os.path.basename(program)
    for redirection, why in (("> /dev/full", FULL), (">&-", "standard output: Bad file descriptor\n")):
        done = to(redirection, program, *arguments)
        assert (done.returncode, done.stderr) == (1, f"{name}: {why}")


def test_a_decoder_to_a_full_device(tmp_path):
    """One Binding Refresh Request, RFC 6275 6.1.2, in a capture of IPv6 packets."""
    packet = struct.pack("!IHBB16s16s", 6 << 28, 8, 135, 64, b"\x20\1" + bytes(13) + b"\1",
                         b"\x20\1" + bytes(13) + b"\2") + bytes.fromhex("3b00000000000000")
    path = tmp_path / "one.pcap"
    path.write_bytes(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 229) +
                     struct.pack("<IIII", 0, 0, len(packet), len(packet)) + packet)
    for program, arguments in ((MONAMI, ["decode"]), (MONAMI, ["--json", "decode"])):
        done = to("> /dev/full", program, *arguments, path)
        assert (done.returncode, done.stderr) == (1, f"{os.path.basename(program)}: {FULL}")


def test_a_closed_output_is_not_the_socket(control):
    """The next opened file would get the number of standard output."""
    tool = control(3)
    done = to(">&-", MONAMI, "--socket", tool.path, "status")
    assert (done.returncode, done.stderr) == (1, "monami: standard output: Bad file descriptor\n")
    done = to(">&- 2>&-", MONAMI, "--socket", tool.path, "status")
    assert (done.returncode, done.stderr) == (1, "")
    assert tool.ask({"command": "status"})[0]["ok"]


def test_a_reader_that_went_away_is_no_message(control):
    done = subprocess.run(["/bin/sh", "-c", f'"{MONAMI}" --socket "$0" show bindings | true',
                           control(5000).path], stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    assert done.stderr == ""


def test_prefer_prints_nothing(fake_daemon):
    fake = fake_daemon({"ok": True, "result": {}})
    done = to("> /dev/full", MONAMI, "--socket", fake.path, "prefer", "3", "1")
    assert (done.returncode, done.stderr) == (0, "")
