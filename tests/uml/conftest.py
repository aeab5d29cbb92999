# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the tests with a second kernel in User-Mode Linux (tests/support/uml.py)."""
import os
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import netns                                                    # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def cleaned_up_when_told_to_end():
    with netns.signals_raise():
        yield


@pytest.fixture
def net():
    with netns.Net("mu") as made:
        yield made
