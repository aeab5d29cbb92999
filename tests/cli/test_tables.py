# SPDX-License-Identifier: BSD-2-Clause
"""Tables on pseudo-terminals of several widths, in pipes and in files."""

import fcntl
import os
import re
import struct
import subprocess
import termios

import pytest
from conftest import BUILD

MONAMI = os.path.join(BUILD, "src", "cli", "monami")
LONG = "2001:db8:1111:2222:3333:4444:5555:6666"
LISTS = {
    "bindings": {"bindings": [
        {"home_address": LONG, "bid": n, "care_of_address": LONG, "home": False, "verified": True,
         "priority": 7, "expires_in_s": 123.5, "sent_packets": 10**9 + n, "received_packets": 5,
         "peer": LONG} for n in (1, 2)]},
    "links": {"links": [
        {"name": "enp0s31f6.1000", "bid": 1, "priority": 2, "up": True, "home": False, "path": "alive",
         "registered": True, "selected": True, "care_of_address": LONG, "rtt_ms": 12.3,
         "sent_packets": 10**9, "received_packets": 10**9 + 1, "dropped_packets": 0},
        {"name": "wwan0"}]},
    "home-agents": {"home_agents": [
        {"address": LONG, "preference": 10, "in_use": True, "expires_in_s": 1800.0}]},
    "prefixes": {"prefixes": [
        {"prefix": LONG + "/128", "valid_s": 86400.0, "preferred_s": 3600.0, "on_link": True,
         "autonomous": True}]},
    "correspondents": {"correspondents": [
        {"address": LONG, "state": "optimized", "bindings": 3, "mcoa": True, "failures": 2,
         "home_token_expires_in_s": 100.0}]},
    "flows": {"flows": [
        {"home_address": LONG, "name": "voice", "number": 1, "priority": 10, "mode": "smallest_delay",
         "selects": "protocol udp, peer_ports 16384-32767", "bids": "eth0, wlan0", "active": True}]},
    "counters": {"acks_sent": 12345678901, "drops": [
        {"layer": "dataplane", "text": "tunnelled packet of a care-of address that is not of this node",
         "count": 7}]},
}
WIDTHS = [200, 80, 60, 50]


def on_terminal(width, *arguments, **environment):
    """The lines that a terminal of that width gets; monami must not fail."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    clean = {k: v for k, v in os.environ.items() if k != "COLUMNS"}
    with subprocess.Popen([MONAMI, *arguments], stdout=theirs, env={**clean, **environment}) as process:
        os.close(theirs)
        text = b""
        while True:
            try:
                text += os.read(ours, 65536)
            except OSError:
                break  # the other end is closed
    os.close(ours)
    assert process.returncode == 0
    return text.decode().splitlines()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("what", LISTS)
def test_no_line_is_wider_than_the_terminal(fake_daemon, what, width):
    fake = fake_daemon({"ok": True, "result": LISTS[what]})
    whole = subprocess.run([MONAMI, "--socket", fake.path, "show", what], stdout=subprocess.PIPE, text=True,
                           check=True).stdout
    lines = on_terminal(width, "--socket", fake.path, "show", what)
    assert max(map(len, lines)) <= width
    cells = re.findall(r"[^ \n,]+", "".join(whole.splitlines(True)[1:]))
    assert sorted(set(cells) - {"-"}) == sorted(
        {cell for cell in cells if re.search(rf"(?<!\S){re.escape(cell)}(?![^\s,])", "\n".join(lines))} - {"-"})


def test_where_it_fits_it_is_a_table(fake_daemon):
    fake = fake_daemon({"ok": True, "result": LISTS["home-agents"]})
    whole = subprocess.run([MONAMI, "--socket", fake.path, "show", "home-agents"], stdout=subprocess.PIPE,
                           text=True, check=True).stdout.splitlines()
    assert len(whole) == 2
    width = max(map(len, whole))
    assert on_terminal(width, "--socket", fake.path, "show", "home-agents") == whole
    assert on_terminal(width - 1, "--socket", fake.path, "show", "home-agents") == [
        LONG, "  preference 10, in use yes, expires (s) 1800.0"]


def test_a_narrow_list_of_links(fake_daemon):
    fake = fake_daemon({"ok": True, "result": LISTS["links"]})
    assert on_terminal(60, "--socket", fake.path, "show", "links") == [
        "enp0s31f6.1000",
        "  bid 1, priority 2, up yes, home no, path alive,",
        "  registered yes, selected yes,",
        f"  care-of address {LONG},",
        "  rtt (ms) 12.3, sent 1000000000, received 1000000001,",
        "  dropped 0",
        "wwan0"]


def test_narrow_counters_keep_their_columns(fake_daemon):
    fake = fake_daemon({"ok": True, "result": LISTS["counters"]})
    assert on_terminal(50, "--socket", fake.path, "show", "counters") == [
        "count        what", "12345678901  acks_sent",
        "7            dropped by dataplane: tunnelled",
        "             packet of a care-of address that is",
        "             not of this node"]


def test_columns_before_the_terminal_and_no_limit_in_a_pipe(fake_daemon):
    fake = fake_daemon({"ok": True, "result": LISTS["links"]})
    command = ["--socket", fake.path, "show", "links"]
    assert max(map(len, on_terminal(200, *command, COLUMNS="70"))) <= 70
    assert len(on_terminal(60, *command, COLUMNS="200")) == 3
    assert len(on_terminal(60, *command, COLUMNS="x")) > 3
    done = subprocess.run([MONAMI, *command], stdout=subprocess.PIPE, text=True, check=True,
                          env={**os.environ, "COLUMNS": "60"})
    assert len(done.stdout.splitlines()) == 3


def test_a_terminal_narrower_than_a_word(fake_daemon):
    for what, result in LISTS.items():
        fake = fake_daemon({"ok": True, "result": result})
        for width in (1, 7):
            assert LONG in "\n".join(on_terminal(width, "--socket", fake.path, "show", what)) or (
                what == "counters")
        fake.listener.close()
        os.unlink(fake.path)


def test_widths_of_later_pages(fake_daemon):
    """Rows never get narrower, and a page that does not fit is folded like all that follow."""
    short, wide = ({"home_address": "2001:db8::1", "care_of_address": address, "bid": 1}
                   for address in ("::1", LONG))
    pages = [{"ok": True, "result": {"bindings": [binding]}, "more": more}
             for binding, more in ((short, True), (wide, True), (short, False))]
    fake = fake_daemon(*pages)
    lines = on_terminal(300, "--socket", fake.path, "show", "bindings")
    assert len(lines) == 4 and len(lines[2]) == len(lines[3]) > len(lines[1])
    lines = on_terminal(len(lines[1]), "--socket", fake.path, "show", "bindings")
    assert lines[2] == lines[4] == "2001:db8::1" and len(lines) == 6


def test_a_list_without_rows_has_its_headings(fake_daemon):
    fake = fake_daemon({"ok": True, "result": {"bindings": []}})
    lines = on_terminal(60, "--socket", fake.path, "show", "bindings")
    assert lines[0].startswith("home address  bid  care-of address") and max(map(len, lines)) <= 60
    assert len(on_terminal(200, "--socket", fake.path, "show", "bindings")) == 1
