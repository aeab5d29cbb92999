# SPDX-License-Identifier: BSD-2-Clause
"""The client and the control socket as separate programs, as their users have them."""

import json
import os
import socket
import subprocess
import sys
import threading

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("MONAMI_BUILD", os.path.join(ROOT, "build"))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))


class Client:
    """monami; `socket` is what --socket says, if anything."""

    path = os.path.join(BUILD, "src", "cli", "monami")

    def __call__(self, *arguments, **keywords):
        return subprocess.run([self.path, *map(str, arguments)], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False, timeout=60, **keywords)

    def lines(self, *arguments):
        """The lines of JSON that a command must succeed in printing."""
        done = self("--json", *arguments)
        assert done.returncode == 0 and done.stderr == "", done
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def monami():
    return Client()


class FakeDaemon:
    """Answers each request line with the lines that `answers` has for it."""

    def __init__(self, path, answers):
        self.path, self.answers, self.requests = str(path), answers, []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return  # closed by the test
            with connection, connection.makefile("rw") as stream:
                request = stream.readline()
                if not request:
                    continue  # somebody only looked whether there is a daemon
                self.requests.append(json.loads(request))
                for line in self.answers:
                    stream.write(line if isinstance(line, str) else json.dumps(line) + "\n")


@pytest.fixture
def fake_daemon(tmp_path):
    return lambda *answers: FakeDaemon(tmp_path / "control", answers)


class ControlTool:
    def __init__(self, path, bindings=0):
        self.path = str(path)
        self.process = subprocess.Popen(
            [os.path.join(BUILD, "tests", "cli", "control_tool"), self.path, str(bindings)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.said = self.process.stdout.readline()

    def connect(self):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(30)
        connection.connect(self.path)
        return connection

    def ask(self, *requests, raw=None):
        """Sends the requests in one go, and returns every line until the socket is closed."""
        with self.connect() as connection:
            connection.sendall(raw or b"".join(json.dumps(r).encode() + b"\n" for r in requests))
            connection.shutdown(socket.SHUT_WR)
            with connection.makefile() as stream:
                return [json.loads(line) for line in stream]

    def notes(self, count):
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"

    def close(self):
        self.process.stdin.close()
        return self.process.wait(timeout=30)


@pytest.fixture
def control(tmp_path):
    tools = []

    def start(bindings=0):
        tools.append(ControlTool(tmp_path / "run" / "control", bindings))
        assert tools[-1].said == "ready\n"
        return tools[-1]

    yield start
    for tool in tools:
        if tool.process.poll() is None:
            assert tool.close() == 0  # also what a sanitizer would say
