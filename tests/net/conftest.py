# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the tests between real stacks: the network of tests/support/topology.py.

    world       the network, care-of addresses formed, no daemon started
    running     the same, both daemons started and every link registered
    network     one for all tests of a module, which must leave it as it was
    restarted   the same as `world`, in that network: no daemon, no store of the test before

A test that takes `world` has a network of its own. The build folder is MONAMI_BUILD, or build.
"""
import glob
import os
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import netns                                                    # noqa: E402
import topology                                                 # noqa: E402

BUILD = os.environ.get("MONAMI_BUILD", os.path.join(ROOT, "build"))


# Files that take a minute or more: those of several processes (run_tests.py) begin with them, so that all
# end at about the same time.
LONGEST = ["test_route_optimization", "test_correspondent_with_scapy", "test_home_link",
           "test_route_optimization_attacks", "test_persistence", "test_failover", "test_registration",
           "test_home_agent_with_scapy"]


def pytest_collection_modifyitems(items):
    rank = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(LONGEST)))


@pytest.fixture(scope="session", autouse=True)
def cleaned_up_when_told_to_end():
    with netns.signals_raise():
        yield


@pytest.fixture
def world(request):
    with topology.world(BUILD) as made:
        request.node.world = made
        made.wait_care_of_addresses()
        yield made


@pytest.fixture(scope="module")
def network():
    with topology.world(BUILD) as made:
        made.wait_care_of_addresses()
        yield made


@pytest.fixture
def restarted(network, request):
    request.node.world = network
    yield network
    for daemon in network.daemons():
        if not daemon.ended():
            daemon.stop()
        for path in glob.glob(glob.escape(daemon.store) + "*"):
            os.unlink(path)


@pytest.fixture
def running(world):
    world.start()
    return world


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows what the daemons said."""
    report = (yield).get_result()
    world = getattr(item, "world", None)
    if world is not None and report.failed:
        for process in world.net.processes:
            if process.name.endswith("monamid"):
                report.sections.append((process.name, process.text()[-8000:]))
