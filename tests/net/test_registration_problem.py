# SPDX-License-Identifier: BSD-2-Clause
"""Both sides configured differently: status and log name the difference, at mobile node and home agent."""
import pytest
from netns import Net, wait_for
from topology import KEY, SPI, World

from conftest import BUILD

AUTHENTICATION = f'\tspi = {SPI}\n\tkey = "{KEY}"\n\treplay = true\n'
INSECURE = "\tauthentication = insecure-none\n"


@pytest.fixture(scope="module", name="apart")
def fixture_apart():
    with Net("apart") as net:
        world = World(net, BUILD)
        world.wait_care_of_addresses()
        world.home_agent.start()
        yield world


def start_with(daemon, authentication):
    """The mobile node, with another piece of configuration for AUTHENTICATION."""
    with open(daemon.file, encoding="ascii") as file:
        text = file.read()
    assert text.count(AUTHENTICATION) == 1
    with open(daemon.file, "w", encoding="ascii") as file:
        file.write(text.replace(AUTHENTICATION, authentication + "\tfirst_timeout_ms = 200\n"))
    daemon.start()
    with open(daemon.file, "w", encoding="ascii") as file:
        file.write(text)


@pytest.mark.parametrize("authentication, there, here", [
    (AUTHENTICATION.replace(KEY, KEY[::-1]), "messages do not match the key", "messages do not match the key"),
    (AUTHENTICATION.replace(str(SPI), "4711"), "the home agent answers probes, but no Binding Update",
     "messages come with another spi"),
    (INSECURE, "the home agent answers probes, but no Binding Update",
     "messages come without authentication option"),
], ids=["key", "spi", "insecure"])
def test_the_reason_is_said(apart, authentication, there, here):
    node, agent = apart.mobile_node, apart.home_agent
    before = len(agent.process.text())
    start_with(node, authentication)
    wait_for("the reason", lambda: there in node.ask("status").get("registration_problem", ""), 10)
    wait_for("its line in the log", lambda: there in node.process.text(), 5)
    assert here in agent.process.text()[before:]
    assert KEY not in node.process.text() and KEY not in agent.process.text()
    assert not any(link["registered"] for link in node.links().values())
    node.stop()


def test_no_reason_when_registered(apart):
    apart.mobile_node.start()
    apart.wait_registered()
    assert "registration_problem" not in apart.mobile_node.ask("status")
    assert "discarded" not in apart.mobile_node.process.text().rsplit("registered", maxsplit=1)[-1]
