# SPDX-License-Identifier: BSD-2-Clause
"""src/io/host_command.c: what ip(8) sees of addresses, routes and rules that were set and removed."""
from conftest import HostDriver, ifindex, ip_json
import pytest

TARGET = "2001:db8:a::1"
OURS = "77"


@pytest.fixture
def mn(net):
    host, peer = net.host("mn"), net.host("peer")
    net.link(host, "link0", peer, "peer0")
    host.index = ifindex(host, "link0")
    host.driver = HostDriver(host, TARGET)
    return host


def routes(mn, table="100"):
    return [route for route in ip_json(mn, "route", "show", "table", "all")
            if route.get("protocol") == OURS and str(route.get("table", "main")) == table]


def addresses(mn):
    """ip -j leaves an empty object for what it does not show."""
    [link] = ip_json(mn, "addr", "show", "dev", "link0", "scope", "global")
    return [address for address in link["addr_info"] if address]


def others_routes(mn):
    return [route for route in ip_json(mn, "route", "show", "table", "all")
            if route.get("protocol") != OURS]


def rules(mn):
    return [rule for rule in ip_json(mn, "rule") if rule.get("protocol") == OURS]


def test_home_address_is_usable_at_once_and_forever(mn):
    """RFC 6275 11.5.1: no DAD for a home address that the home agent has seen to."""
    mn.sysctl("net.ipv6.conf.link0.accept_dad", 1)
    for _ in range(2):
        assert mn.driver.ask(f"address-set 2001:db8:1::5 128 {mn.index}") == 0
        [address] = addresses(mn)
        assert (address["local"], address["prefixlen"]) == ("2001:db8:1::5", 128)
        assert "tentative" not in address
        assert address["preferred_life_time"] == address["valid_life_time"] == 0xffffffff
    for _ in range(2):
        assert mn.driver.ask(f"address-remove 2001:db8:1::5 128 {mn.index}") == 0
        assert mn.addresses("link0") == []
    assert mn.driver.ask("address-remove 2001:db8:1::5 128 999") == 0  # no such interface
    assert mn.driver.ask("address-set 2001:db8:1::5 128 999") == -19


def test_address_that_was_deprecated_is_made_preferred(mn):
    mn.ip("addr add 2001:db8:1::5/128 dev link0 nodad valid_lft 100 preferred_lft 0")
    assert mn.driver.ask(f"address-set 2001:db8:1::5 128 {mn.index}") == 0
    assert mn.addresses("link0", "-deprecated") == ["2001:db8:1::5"]


def test_mtu(mn):
    assert mn.driver.ask(f"mtu-set {mn.index} 1300") == 0
    assert ip_json(mn, "link", "show", "link0")[0]["mtu"] == 1300
    assert mn.driver.ask("mtu-set 999 1300") == -19
    assert mn.driver.ask(f"mtu-set {mn.index} 100000000") < 0


def test_route_is_set_changed_and_removed(mn):
    where = f"2001:db8:5:: 48 {mn.index} 7 100"
    for via in ("fe80::1", "fe80::1", "fe80::2"):
        assert mn.driver.ask(f"route-set {where} {via} ::") == 0
        [route] = routes(mn)
        assert (route["dst"], route["gateway"], route["dev"], route["metric"]) == \
            ("2001:db8:5::/48", via, "link0", 7)
    assert mn.driver.ask(f"route-set {where} :: ::") == 0  # on-link now
    [route] = routes(mn)
    assert "gateway" not in route
    for _ in range(2):
        assert mn.driver.ask(f"route-remove {where} fe80::1 ::") == 0  # whatever the next hop is
        assert routes(mn) == []


def test_default_route_with_preferred_source(mn):
    mn.driver.ask(f"address-set 2001:db8:1::5 128 {mn.index}")
    mn.ip("route add default via fe80::9 dev link0 metric 1024")
    where = f":: 0 {mn.index} 64 254"
    assert mn.driver.ask(f"route-set {where} :: 2001:db8:1::5") == 0
    [route] = routes(mn, "main")
    assert (route["dst"], route["prefsrc"], route["metric"]) == ("default", "2001:db8:1::5", 64)
    assert mn.driver.ask(f"route-remove {where} :: ::") == 0
    # The administrator's is still there.
    [left] = [route for route in ip_json(mn, "route") if route["dst"] == "default"]
    assert left["gateway"] == "fe80::9"


def test_route_remove_spares_the_routes_of_others(mn):
    mn.ip("route add 2001:db8:5::/48 via fe80::9 dev link0 metric 7 table 100")
    assert mn.driver.ask(f"route-remove 2001:db8:5:: 48 {mn.index} 7 100 :: ::") == 0
    assert len(ip_json(mn, "route", "show", "table", "100")) == 1


def test_route_to_a_global_router_that_the_table_does_not_know(mn):
    assert mn.driver.ask(f"route-set :: 0 {mn.index} 7 100 2001:db8:77::1 ::") == 0
    assert routes(mn)[0]["gateway"] == "2001:db8:77::1"


def test_route_on_an_interface_that_is_gone(mn):
    assert mn.driver.ask("route-set :: 0 999 7 100 fe80::1 ::") == -19
    assert mn.driver.ask("route-remove :: 0 999 7 100 fe80::1 ::") == 0


def test_rule_is_set_once_and_removed(mn):
    for _ in range(2):
        assert mn.driver.ask("rule-set 2001:db8:1::5 100 1000") == 0
        [rule] = rules(mn)
        assert (rule["src"], rule["table"], rule["priority"]) == ("2001:db8:1::5", "100", 1000)
    for _ in range(2):
        assert mn.driver.ask("rule-remove 2001:db8:1::5 100 1000") == 0
        assert rules(mn) == []


def test_sweep_removes_all_of_ours_and_nothing_else(mn):
    """More than fits into one round of it."""
    mn.ip(*(f"route add 2001:db8:{i:x}::/48 via fe80::1 dev link0 proto 77 table {100 + i % 3}"
            for i in range(1, 1000)),
          "route add default proto 77 nexthop via fe80::1 dev link0 nexthop via fe80::2 dev link0",
          "route add unreachable 2001:db8:ffff::/48 proto 77",
          *(f"rule add from 2001:db8::{i:x} table 100 protocol 77" for i in range(1, 800)))
    mn.ip("route add 2001:db8:1::/48 via fe80::9 dev link0 metric 5 table 100",
          "rule add from 2001:db8::1 table 101 priority 5", "addr add 2001:db8:9::1/64 dev link0 nodad")
    others = len(ip_json(mn, "rule")) - 799, others_routes(mn)
    for _ in range(2):
        assert mn.driver.ask("sweep") == 0
        assert rules(mn) == []
        assert (len(ip_json(mn, "rule")), others_routes(mn)) == others
        assert not routes(mn, "100") and not routes(mn, "main")
