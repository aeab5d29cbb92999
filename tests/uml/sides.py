# SPDX-License-Identifier: BSD-2-Clause
"""The two ends of a conversation, each a namespace (netns.Host) or a kernel (uml.Kernel)."""
import json
import os

import uml
from netns import wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("MONAMI_BUILD", os.path.join(os.path.dirname(os.path.dirname(HERE)), "build"))
TRANSFER = os.path.join(HERE, "transfer.py")
PORT = 5001
MEGABYTES = 4
RIGHT = {"tcp_out": True, "tcp_in": True, "datagrams": True}


class Side:
    """One end, and the address that it uses."""

    def __init__(self, place, address):
        self.place = place
        self.address = address

    def serve(self):
        words = "/usr/bin/python3", TRANSFER, "serve", self.address, PORT
        kernel = isinstance(self.place, uml.Kernel)
        job = self.place.start(*words) if kernel else self.place.start("transfer", *words)
        wait_for("server", lambda: f":{PORT} " in self.place.run("ss", "-6Hnlt").stdout, 10)
        return job

    def exchange(self, other, megabytes=MEGABYTES):
        """TCP and UDP to a server at the other end, and back: RIGHT, if all octets are the same."""
        job = other.serve()
        try:
            return json.loads(self.place.run(
                "/usr/bin/python3", TRANSFER, "exchange", self.address, other.address, str(PORT),
                str(megabytes << 20), timeout=120).stdout)
        finally:
            job.stop()

    def is_refused(self, other):
        """Whether the error about a datagram to a closed port finds its socket."""
        return json.loads(self.place.run("/usr/bin/python3", TRANSFER, "knock", self.address,
                                         other.address, str(PORT + 1)).stdout)

    def ping(self, other, *words):
        return self.place.run("ping", "-n", "-c", "3", "-i", "0.1", "-W", "2", *words, "-I",
                              self.address, other.address, check=False).returncode == 0
