# SPDX-License-Identifier: BSD-2-Clause
"""The wire layer under test, behind decode_tool."""

import json
import os
import subprocess
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))


class Codec:
    """decode_tool: one line in, one JSON object out."""

    def __init__(self):
        build = os.environ.get("MONAMI_BUILD", os.path.join(ROOT, "build"))
        self.process = subprocess.Popen(
            [os.path.join(build, "tests", "codec", "decode_tool")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def _ask(self, kind, octets):
        self.process.stdin.write(f"{kind} {bytes(octets).hex()}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def packet(self, octets):
        return self._ask("packet", octets)

    def message(self, octets):
        return self._ask("message", octets)

    def experiment(self, octets):
        return self._ask("experiment", octets)

    def close(self):
        self.process.stdin.close()
        return self.process.wait()


@pytest.fixture(scope="session")
def codec():
    tool = Codec()
    yield tool
    assert tool.close() == 0  # also what a sanitizer would say
