# SPDX-License-Identifier: BSD-2-Clause
"""Clients of the control socket that mean no good, or are many: each gets one answer to each request, or is
closed, and the daemon serves others all the time."""

import contextlib
import json
import os
import socket
import threading

import pytest
from netns import wait_for
from test_control import ask_status

PREFER = {"command": "prefer", "bid": 4, "priority": 1}
STATUS = b'{"command":"status"}\n'
THREADS = 8
REQUESTS = 200


def descriptors(tool):
    return len(os.listdir(f"/proc/{tool.process.pid}/fd"))


def still_serves(tool):
    with connect_at_last(tool) as connection:
        return ask_status(connection)["ok"]


def connect_at_last(tool):
    """Waits as long as so many others do, instead of failing with EAGAIN."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(tool.path)
    return connection


def read_all(connection):
    """The answer until the daemon closes, also if it has not read the whole request."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while octets := connection.recv(65536):
            received += octets
    return received


@pytest.mark.parametrize("octets", [4000, 4095, 4097, 65536, 4 << 20])
@pytest.mark.parametrize("ends", [True, False], ids=["line", "no end"])
def test_oversized_requests(control, octets, ends):
    """Of more than 4096 octets with the end of the line."""
    tool = control()
    beginning, end = b'{"command":"status","x":"', b'"}\n'
    request = beginning + b"a" * (octets - len(beginning) - len(end)) + end
    with tool.connect() as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(request if ends else request[:-1])
            connection.shutdown(socket.SHUT_WR)
        lines = read_all(connection).splitlines()
    answers = [json.loads(line) for line in lines]
    if octets > 4096:
        assert answers == [] or answers == [{"ok": False, "error": "line too long"}]
    else:
        assert [answer["ok"] for answer in answers] == ([True] if ends else [])
    assert still_serves(tool)


def test_half_requests(control):
    """Every beginning of a request, and then nothing more, or the end of the connection."""
    tool = control()
    before = descriptors(tool)
    for length in range(len(STATUS) - 1):
        for how in (socket.SHUT_WR, socket.SHUT_RDWR):
            with tool.connect() as connection:
                connection.sendall(STATUS[:length])
                connection.shutdown(how)
                assert connection.recv(1) == b""
    assert still_serves(tool)
    # Sooner than a client that says nothing is closed (control.c).
    wait_for("the end of each connection", lambda: descriptors(tool) == before, 5)


def test_requests_in_pieces(control):
    tool = control()
    with tool.connect() as connection:
        for octet in STATUS + STATUS:
            connection.sendall(bytes([octet]))
        stream = connection.makefile()
        assert json.loads(stream.readline())["ok"] and json.loads(stream.readline())["ok"]


def test_thousands_of_clients(control):
    """They come, ask half a request, and stay or go; at no time does the daemon keep more than sixteen."""
    tool = control()
    before = descriptors(tool)
    crowd = []
    for number in range(4000):
        connection = connect_at_last(tool)
        with contextlib.suppress(BrokenPipeError):
            connection.sendall(STATUS[:number % len(STATUS)])
        crowd.append(connection)
        if len(crowd) > 200:
            crowd.pop(0).close()
        if number % 400 == 0:
            assert still_serves(tool)
            assert descriptors(tool) <= before + 17
    for connection in crowd:
        connection.close()
    assert still_serves(tool)


@pytest.mark.parametrize("name", [
    "", " ", "x" * 1000, "first\n", "first ", "FIRST", "2001:db8:100::100 ", "2001:db8:100::", "::", "%s%n",
    "../first", "é" * 100, "x" * 63 + "é", "x" * 62 + "日本", "\ud83d\ude00" * 50, "\u2028", "\x7f\x01"])
def test_unknown_mobile_nodes(control, name):
    """One error each, and nothing is preferred; the client may ask again."""
    tool = control("several")
    for request in (PREFER, {"command": "show", "what": "links"}, {"command": "show", "what": "correspondents"}):
        refused, answered = tool.ask({**request, "mobile_node": name}, {"command": "status"})
        assert refused["ok"] is False and refused["error"].startswith("no mobile node '")
        assert answered["ok"]


@pytest.mark.parametrize("name", [5, 1.5, None, True, [], ["first"], {"first": "first"}])
def test_mobile_nodes_that_are_no_text(control, name):
    """None of them is taken for "every mobile node"."""
    tool = control("several")
    for request in (PREFER, {"command": "show", "what": "links"}):
        answer, = tool.ask({**request, "mobile_node": name})
        assert answer == {"ok": False, "error": "mobile_node is not a text"}


@pytest.mark.parametrize("text", ["é" * 500, "x" * 399 + "é", "2001:db8::/64" + "日" * 200])
def test_errors_quote_what_is_no_whole_character(control, text):
    tool = control()
    refused, answered = tool.ask({"command": "prefix", "prefix": text}, {"command": "status"})
    assert refused["ok"] is False and refused["error"]
    assert answered["ok"]


def test_prefer_from_many_clients(control):
    """Each of many at once gets the answer to its own request."""
    tool = control("several")
    wrong = []
    asked = [({**PREFER, "mobile_node": "second"}, None),
             ({**PREFER, "mobile_node": "first"}, "prefer: this daemon has no link with this bid"),
             ({**PREFER, "mobile_node": "third"}, "no mobile node 'third'"),
             (PREFER, "there are several mobile nodes: name one by --mobile-node")]

    def ask(offset):
        with tool.connect() as connection, connection.makefile() as stream:
            for number in range(REQUESTS):
                request, error = asked[(number + offset) % len(asked)]
                connection.sendall(json.dumps(request).encode() + b"\n")
                answer = json.loads(stream.readline())
                if not answer.get("error", "").startswith(error or "") or answer["ok"] != (error is None):
                    wrong.append((request, answer))

    threads = [threading.Thread(target=ask, args=(offset,)) for offset in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert still_serves(tool)
