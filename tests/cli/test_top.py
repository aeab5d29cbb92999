# SPDX-License-Identifier: BSD-2-Clause
"""`monami top`: pages as text, and one page on a terminal that is left as it was."""

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pytest
from conftest import Client

PLAIN = {**os.environ, "LC_ALL": "C"}


def test_once(monami, control):
    done = monami("--socket", control(7).path, "top", "--once", env=PLAIN)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert re.match(r"home-agent monami0, 7 bindings, 1 warning, up 12 s$", lines[0])
    assert lines[2].split() == ["link", "path", "rtt", "ms", "loss", "%", "out", "last", "minute", "in", "last", "minute",
                                "usable"]
    # both directions to one scale: 800 and 8000 out, 0 and 16000 in
    assert re.match(r"wlan\?  suspect +1\.5 +0 +8k +\.- +16k +# +20\.0M$", lines[3])
    assert re.match(r"wwan0 +- +- +- +- ", lines[4])
    assert "2 flows" in lines and "events" not in lines


def test_as_many_pages_as_asked(monami, control):
    begin = time.monotonic()
    done = monami("--socket", control(1).path, "top", "-n", "2")
    assert done.returncode == 0 and done.stdout.count("home-agent monami0") == 2
    assert "\033" not in done.stdout and time.monotonic() - begin >= 0.9


def test_until_the_reader_or_the_daemon_goes(control):
    tool = control(1)
    with subprocess.Popen([Client.path, "--socket", tool.path, "top"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as top:
        assert top.stdout.readline().startswith("home-agent")
        top.stdout.close()
        assert top.wait(10) == 1
    with subprocess.Popen([Client.path, "--socket", tool.path, "top"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as top:
        assert top.stdout.readline().startswith("home-agent")
        tool.process.kill()
        assert top.wait(10) == 1
        assert top.stderr.read().endswith("Connection refused (is monamid running? --socket names another one)\n")


@pytest.mark.parametrize("words", [["top", "x"], ["top", "-n", "0"], ["top", "-n", "x"], ["--json", "top"],
                                   ["status", "--once"], ["show", "links", "-n", "1"]])
def test_bad_usage(monami, words):
    done = monami(*words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


class Terminal:
    """top on a terminal of a size."""

    def __init__(self, tool, rows, columns):
        self.ours, self.theirs = os.openpty()
        self.resize(rows, columns)
        self.before = termios.tcgetattr(self.theirs)
        self.text = ""
        self.process = subprocess.Popen([Client.path, "--socket", tool.path, "top"], stdin=self.theirs, stdout=self.theirs,
                                        stderr=subprocess.PIPE, env=PLAIN, preexec_fn=self.control)

    @staticmethod
    def control():
        """The terminal sends signals to the process."""
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def resize(self, rows, columns):
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def until(self, pattern, seconds=10):
        """What it prints until the pattern has been found in it."""
        end = time.monotonic() + seconds
        while not re.search(pattern, self.text, re.S):
            assert time.monotonic() < end, self.text
            if select.select([self.ours], [], [], 0.1)[0]:
                self.text += os.read(self.ours, 65536).decode()
        found, self.text = self.text, ""
        return found

    def ended(self, status=0):
        assert self.process.wait(10) == status
        after = termios.tcgetattr(self.theirs)
        assert self.process.stderr.read() == b"" and after == self.before
        self.process.stderr.close()
        assert self.until(r"\033\[\?25h$")  # the cursor is back
        os.close(self.ours)
        os.close(self.theirs)


def page(text):
    """The last whole page, without what moves the cursor."""
    pages = re.findall(r"\033\[H(.*?)\033\[J", text, re.S)
    return [line.removesuffix("\033[K") for line in pages[-1].replace("\r", "").splitlines()]


def test_on_a_terminal(control):
    """One page over the other, as large as the terminal; events come as they happen; q ends it."""
    tool = control(3)
    terminal = Terminal(tool, 30, 80)
    lines = page(terminal.until(r"\033\[J.*\033\[J"))
    assert lines[0].startswith("home-agent monami0, 3 bindings") and max(map(len, lines)) <= 80
    tool.notes(9)
    lines = page(terminal.until(r"events.*\033\[J"))
    assert len(lines[lines.index("events") + 1:]) == 6
    terminal.resize(6, 20)
    terminal.until(r"\033\[J")
    lines = page(terminal.until(r"\033\[J"))
    assert len(lines) == 5 and max(map(len, lines)) == 20
    os.write(terminal.ours, b"q")
    terminal.ended()


@pytest.mark.parametrize("end", [
    lambda terminal: os.write(terminal.ours, b"\x03"), lambda terminal: terminal.process.terminate()],
    ids=["ctrl-c", "sigterm"])
def test_an_interrupt_leaves_the_terminal_as_it_was(control, end):
    terminal = Terminal(control(1), 24, 80)
    terminal.until(r"\033\[J")
    end(terminal)
    terminal.ended()


@pytest.mark.parametrize("pages", [0, 1], ids=["at-once", "later"])
def test_a_daemon_that_hangs_does_not_hold_the_user(control, pages):
    """An interrupt ends it while it waits for an answer, and leaves the terminal as it was."""
    tool = control(1)
    if not pages:
        tool.process.send_signal(signal.SIGSTOP)
    terminal = Terminal(tool, 24, 80)
    terminal.until(r"\033\[J" if pages else r"\033\[2J")
    if pages:
        tool.process.send_signal(signal.SIGSTOP)
    time.sleep(2)
    try:
        os.write(terminal.ours, b"\x03")
        terminal.ended()
    finally:
        terminal.process.kill()
        tool.process.send_signal(signal.SIGCONT)
