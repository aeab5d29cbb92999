# SPDX-License-Identifier: BSD-2-Clause
"""A mobile node that knows nothing but its home prefix: it finds its home agent (RFC 6275 10.5,
11.4.1) from a visited link, and learns there that the home link is renumbered (RFC 6275 10.6, 11.4.2,
11.4.3). Topology a of tests/support/home_network.py."""
import contextlib

from conftest import BUILD
from home_network import HOME_AGENT, HOME_ADDRESS, PREFIX, home_network
from netns import wait_for
from topology import Daemon
from traffic import ping

# RFC 2526 2
ANYCAST = "2001:db8:100:0:fdff:ffff:ffff:fffe"
NEW_PREFIX = "2001:db8:101::/64"
SOON = "\tprefix_advertisement_min = 1\n\tprefix_advertisement_max = 2\n"


@contextlib.contextmanager
def searching(**lines):
    """The home agent runs; the mobile node is abroad, and not told who it is."""
    with home_network(BUILD, "a", **lines) as network:
        config = network.mobile_node_config("")
        assert f"\thome_agent = {HOME_AGENT}\n" in config
        network.mobile_node = Daemon(network.mn, BUILD,
                                     config.replace(f"\thome_agent = {HOME_AGENT}\n", ""))
        network.home_agent.start()
        yield network


def home_agents(daemon):
    return {agent["address"]: agent for agent in daemon.ask("show", "home-agents")["home_agents"]}


def prefixes(daemon):
    return {prefix["prefix"]: prefix for prefix in daemon.ask("show", "prefixes")["prefixes"]}


def test_home_agent_is_found():
    """RFC 6275 11.4.1-1, 11.4.1-2, 10.5.1-5: from nothing but the prefix to packets that arrive."""
    with searching() as network:
        network.mobile_node.start()
        network.wait_bindings({1, 2})
        assert home_agents(network.mobile_node)[HOME_AGENT]["in_use"]
        assert ping(network.cn, HOME_ADDRESS) > 0
        assert ping(network.local, HOME_ADDRESS) > 0


def test_home_agent_is_remembered():
    """A mobile node's daemon that was killed goes on with the home agent that it had found."""
    with searching() as network:
        network.mobile_node.start()
        network.wait_bindings({1, 2})
        network.mobile_node.kill()
        assert ping(network.cn, HOME_ADDRESS) > 0
        network.mobile_node.start()
        wait_for("registered again", lambda: all(
            network.mobile_node.links()[name]["registered"] for name in ("wifi0", "cell0")), 15)
        assert set(home_agents(network.mobile_node)) == {HOME_AGENT}
        assert "took over 2 bindings of 1 home addresses" in network.mobile_node.process.text()
        assert ping(network.cn, HOME_ADDRESS) > 0


def test_renumbering_is_heard_of_abroad():
    """RFC 6275 10.6.2-1, 10.6.2-2, 11.4.3-7: a new prefix, and the old one deprecated."""
    with searching(home_agent=SOON) as network:
        network.mobile_node.start()
        network.wait_bindings({1, 2})
        assert prefixes(network.mobile_node) == {}
        network.home_agent.ask("prefix", NEW_PREFIX)
        wait_for("new prefix", lambda: NEW_PREFIX in prefixes(network.mobile_node), 20)
        assert prefixes(network.mobile_node)[PREFIX].get("valid_s") is None  # infinite
        network.home_agent.ask("prefix", PREFIX, "--valid", "7200", "--preferred", "0")
        wait_for("deprecation", lambda: prefixes(network.mobile_node)[PREFIX].get("preferred_s") == 0,
                 20)
        wait_for("warning", lambda: "must be renumbered" in network.mobile_node.process.text(), 5)
        assert 7000 < prefixes(network.mobile_node)[PREFIX]["valid_s"] <= 7200
        assert ping(network.cn, HOME_ADDRESS) > 0
