# SPDX-License-Identifier: BSD-2-Clause
"""io_driver in network namespaces: what it is told, and what it says."""
import json
import os
import sys
import threading

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))

import netns  # noqa: E402

DRIVER = os.path.join(os.environ.get("MONAMI_BUILD", os.path.join(ROOT, "build")),
                      "tests", "io", "io_driver")
PATIENCE = 10


class Driver:
    """One io_driver. It prints results, one for each line it is told, and all else unasked."""

    def __init__(self, host, *arguments, before=()):
        self.process = host.start("io_driver", *before, DRIVER, *arguments, pipe=True)
        self.pid = self.process.pid
        self.results = []
        self.said = []
        self.ended = False
        self.arrived = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.popen.stdout:
            said = json.loads(line)
            with self.arrived:
                (self.results if "result" in said or "packets_per_second" in said
                 else self.said).append(said)
                self.arrived.notify_all()
        with self.arrived:
            self.ended = True
            self.arrived.notify_all()

    def result(self):
        with self.arrived:
            self.arrived.wait_for(lambda: self.results or self.ended, PATIENCE)
            assert self.results, "io_driver is silent: " + self.process.text()
            return self.results.pop(0)

    def send(self, line):
        self.process.popen.stdin.write(line + "\n")
        self.process.popen.stdin.flush()

    def ask(self, line):
        self.send(line)
        return self.result()["result"]

    def wait(self, condition):
        """Waits until `condition` of all that was said unasked returns something true."""
        found = []

        def check():
            found[:] = [condition(self.said)]
            return found[0]
        with self.arrived:
            self.arrived.wait_for(lambda: check() or self.ended, PATIENCE)
            if not found[0]:
                raise AssertionError("said: " + json.dumps(self.said, indent=1))
        return found[0]

    def end(self):
        """Lets it end by itself: it must have freed all and not have crashed."""
        self.process.popen.stdin.close()
        assert self.process.wait() == 0, self.process.text()


class HostDriver(Driver):
    def __init__(self, host, target, *interfaces, before=()):
        super().__init__(host, "host", target, *interfaces, before=before)
        assert self.result()["result"] == 0

    def snapshots(self, name):
        return [said for said in self.said if said.get("name") == name]

    def snapshot(self, name, condition=lambda snapshot: True):
        """Waits until the last snapshot of an interface is as it should be, and returns it."""
        def last(_said):
            snapshots = self.snapshots(name)
            return snapshots and condition(snapshots[-1]) and snapshots[-1]
        return self.wait(last)


@pytest.fixture
def net():
    with netns.signals_raise(), netns.Net("mio") as made:
        yield made


def link_of(host, name):
    """As ip(8) sees it."""
    return json.loads(netns.execute(
        ["ip", "-n", host.netns, "-j", "-d", "link", "show", "dev", name]).stdout)[0]


def ifindex(host, name):
    return link_of(host, name)["ifindex"]


def ip_json(host, *words):
    return json.loads(netns.execute(["ip", "-6", "-n", host.netns, "-j", *words]).stdout or "[]")
