# SPDX-License-Identifier: BSD-2-Clause
"""The traffic during the demo: the download and the probes; and the sampling of what
each link carries."""
import json
import os
import sys
import threading
import time

from netns import wait_for
from topology import CORRESPONDENT, HOME_ADDRESS, interface_octets

PROBE_PORT = 4000
PROBE_INTERVAL_US = 1000
DOWNLOAD_PORT = 8080
LAST_OCTETS = 4 << 20  # that a connection carries when all is over
END_SECONDS = 300  # more than either end waits
SAMPLE_SECONDS = 0.1


class Download:
    """From the correspondent to the mobile node, which connects from its home address, until `release()`. The ports decide
    which of the equally good links it takes."""
    connections = "one TCP connection"

    def __init__(self, world, port=DOWNLOAD_PORT, own_port=0):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "transfer.py")
        self.world = world
        self.hosts = (world.cn, world.mn)
        self.before = self._resets()
        self.server = world.cn.start(f"serve-{port}", sys.executable, script, "serve", CORRESPONDENT,
                                     port, port, LAST_OCTETS, pipe=True)
        self.server.popen.stdout.readline()
        self.fetch = (sys.executable, script, "fetch", HOME_ADDRESS, CORRESPONDENT, port, own_port)
        self.client = None

    def start(self):
        self.client = self.world.mn.start("fetch", *self.fetch, pipe=True)

    def _resets(self):
        """RSTs sent, and connections that a RST ended, at both ends."""
        return sum(counters["OutRsts"] + counters["EstabResets"]
                   for counters in (host.tcp_counters() for host in self.hosts))

    def running(self):
        return self.client.running()

    def release(self):
        """The story is over: the last octets may go."""
        self.server.popen.stdin.write("\n")
        self.server.popen.stdin.flush()

    def finish(self):
        """Lets it end, and waits for that."""
        self.release()
        return self.result()

    def result(self):
        """Both ends give up by themselves when no octets arrive."""
        for end in (self.client, self.server):
            end.wait(END_SECONDS)
        fetched, sent = (json.loads(end.popen.stdout.readline()) for end in (self.client, self.server))
        return {
            "octets": sent["octets"],
            "octets_received": fetched["octets"],
            "seconds": fetched["seconds"],
            "sha256_expected": sent["sha256"],
            "sha256_received": fetched["sha256"],
            "equal": fetched["sha256"] == sent["sha256"],
            "error": fetched["error"] or sent["error"],
            "tcp_resets": self._resets() - self.before,
        }


class Downloads:
    """Two at once: as one."""
    connections = "two TCP connections"

    def __init__(self, downloads):
        self.all = downloads

    def start(self):
        for one in self.all:
            one.start()

    def running(self):
        return any(one.running() for one in self.all)

    def finish(self):
        for one in self.all:
            one.release()
        each = [one.result() for one in self.all]
        return {
            "octets": sum(one["octets"] for one in each),
            "octets_received": sum(one["octets_received"] for one in each),
            "seconds": max(one["seconds"] for one in each),
            "sha256_expected": " ".join(one["sha256_expected"] for one in each),
            "sha256_received": " ".join(one["sha256_received"] for one in each),
            "equal": all(one["equal"] for one in each),
            "error": next((one["error"] for one in each if one["error"]), None),
            "tcp_resets": max(one["tcp_resets"] for one in each),  # both count those of the hosts
        }


class Probes:
    """A packet each millisecond, both ways, between the same port of both ends. `down` and `up` are the
    receivers' log files, `stalls` the file with the times at which this machine delayed an ordinary process."""

    def __init__(self, world, program, port=PROBE_PORT):
        self.down = os.path.join(world.net.directory, "probes-down")
        self.up = os.path.join(world.net.directory, "probes-up")
        self.stalls = os.path.join(world.net.directory, "stalls")
        self.ends = [world.mn.start("probe", program, HOME_ADDRESS, CORRESPONDENT, port,
                                    PROBE_INTERVAL_US, self.down, self.stalls, pipe=True),
                     world.cn.start("probe", program, CORRESPONDENT, HOME_ADDRESS, port,
                                    PROBE_INTERVAL_US, self.up, pipe=True)]
        wait_for("probes", lambda: all(os.path.exists(f) and os.path.getsize(f)
                                       for f in (self.down, self.up)), 5)

    def stop(self):
        """Ends them. Returns what each end says of itself: (mobile node, correspondent)."""
        for end in self.ends:
            end.kill(15)
        for end in self.ends:
            end.wait()
        return [json.loads(end.popen.stdout.readline()) for end in self.ends]


class Sampler(threading.Thread):
    """Reads the counters of interfaces of a process's namespace ten times a second."""

    def __init__(self, pid, names):
        super().__init__(daemon=True)
        self.pid = pid
        self.names = names
        self.samples = []  # (monotonic ns, {name: (received, sent)})
        self.over = threading.Event()
        self.start()

    def run(self):
        due = time.monotonic()
        while not self.over.is_set():
            try:
                self.samples.append((time.monotonic_ns(), interface_octets(self.pid, self.names)))
            except OSError:  # the process has ended
                return
            due += SAMPLE_SECONDS
            self.over.wait(max(0, due - time.monotonic()))

    def stop(self):
        self.over.set()
        self.join()

    def rates(self, over=1):
        """For each link (times in ns, Mbit/s received, Mbit/s sent); each value is the mean of the
        interval that ends at its time, of `over` samples."""
        series = {}
        for name in self.names:
            times, received, sent = [], [], []
            for (t0, a), (t1, b) in zip(self.samples, self.samples[over:]):
                if name in a and name in b:
                    times.append(t1)
                    received.append((b[name][0] - a[name][0]) * 8e3 / (t1 - t0))
                    sent.append((b[name][1] - a[name][1]) * 8e3 / (t1 - t0))
            series[name] = (times, received, sent)
        return series
