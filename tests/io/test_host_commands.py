# SPDX-License-Identifier: BSD-2-Clause
"""src/io/host/host_command.c: what ip(8) sees of addresses, routes and rules that were set and removed."""
import os

from conftest import HostDriver, ifindex, ip_json, link_of
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


def test_rule_of_new_flows(mn):
    """By destination, protocol and ports, and without the table's default route."""
    for words, expected in [
            ("100 20000 2001:db8:c:: 48 0 0 0 0 0 0", {"dst": "2001:db8:c::", "dstlen": 48, "table": "100"}),
            ("100 20001 :: 0 17 7 9 5060 5061 0",
             {"ipproto": "udp", "sport_start": 7, "sport_end": 9, "dport_start": 5060, "dport_end": 5061}),
            ("254 20002 :: 0 6 0 0 25 25 1", {"ipproto": "tcp", "dport": 25, "table": "main", "suppress_prefixlen": 0})]:
        for _ in range(2):
            assert mn.driver.ask(f"local-rule-set {words}") == 0
            [rule] = rules(mn)
            assert rule["src"] == "all" and rule["iif"] == "lo"
            assert {key: rule.get(key) for key in expected} == expected
        assert mn.driver.ask("sweep-stale 0 100") == 0
        assert len(rules(mn)) == 1  # it is known again as the daemon's own
        assert mn.driver.ask(f"local-rule-remove {words}") == 0
        assert rules(mn) == []


def test_sweep_of_rules_to_the_main_table(mn):
    """They are known by their priorities: another daemon has others."""
    mn.ip("rule add iif lo lookup main suppress_prefixlength 0 priority 20099 protocol 77",
          "rule add iif lo lookup main suppress_prefixlength 0 priority 20100 protocol 77",
          "rule add iif lo lookup main suppress_prefixlength 0 priority 20001")
    assert mn.driver.ask("sweep 0 100") == 0
    assert [r["priority"] for r in rules(mn)] == [20100]
    assert 20001 in [r["priority"] for r in ip_json(mn, "rule")]


def test_sweep_removes_all_of_ours_and_nothing_else(mn):
    """More than fits into one round of it."""
    mn.ip(*(f"route add 2001:db8:{i:x}::/48 via fe80::1 dev link0 proto 77 table {100 + i % 3}"
            for i in range(1, 1000)),
          "route add default table 100 proto 77 nexthop via fe80::1 dev link0 nexthop via fe80::2 dev link0",
          "route add unreachable 2001:db8:ffff::/48 table 101 proto 77",
          "route add 2001:db8:fffe::/48 via fe80::1 dev link0 proto 77 table 200",
          *(f"rule add from 2001:db8::{i:x} table 100 protocol 77" for i in range(1, 800)))
    mn.ip("route add 2001:db8:1::/48 via fe80::9 dev link0 metric 5 table 100",
          "rule add from 2001:db8::1 table 101 priority 5", "addr add 2001:db8:9::1/64 dev link0 nodad")
    others = len(ip_json(mn, "rule")) - 799, others_routes(mn)
    for _ in range(2):
        assert mn.driver.ask(f"sweep {mn.index} 100 101") == 0
        assert rules(mn) == []
        assert (len(ip_json(mn, "rule")), others_routes(mn)) == others
        assert not routes(mn, "100") and not routes(mn, "main")


def test_stale_is_what_this_daemon_did_not_set_again(mn):
    """After a kill -9: what is wanted is not touched for a moment, everything else of ours goes."""
    mn.ip("route add 2001:db8:5::/48 via fe80::1 dev link0 metric 7 table 100 proto 77",
          "route add 2001:db8:5::/48 via fe80::1 dev link0 metric 8 table 100 proto 77",
          "route add 2001:db8:5::/48 via fe80::1 dev link0 metric 7 table 101 proto 77",
          "route add 2001:db8:5::/49 via fe80::1 dev link0 metric 7 table 100 proto 77",
          "route add default via fe80::1 dev link0 metric 7 table 100 proto 77",
          "rule add from 2001:db8::1 table 100 priority 1000 protocol 77",
          "rule add from 2001:db8::2 table 100 priority 1000 protocol 77",
          "rule add from 2001:db8::1 table 101 priority 1000 protocol 77",
          "rule add from 2001:db8::1 table 100 priority 1001 protocol 77",
          "route add 2001:db8:6::/48 via fe80::9 dev link0 table 100",
          "rule add from 2001:db8::9 table 100 priority 5")
    others = len(ip_json(mn, "rule")) - 4, others_routes(mn)
    monitor = mn.start("monitor", "ip", "-6", "monitor", "route", "rule")
    for where, via in ((f"2001:db8:5:: 48 {mn.index} 7 100", "fe80::1"), (f":: 0 {mn.index} 7 100", "fe80::2")):
        assert mn.driver.ask(f"route-set {where} {via} ::") == 0
    assert mn.driver.ask("rule-set 2001:db8::1 100 1000") == 0
    assert mn.driver.ask("sweep-stale 0 100 101") == 0
    assert sorted((r["dst"], r["metric"], r["gateway"]) for r in routes(mn)) == [
        ("2001:db8:5::/48", 7, "fe80::1"), ("default", 7, "fe80::2")]
    assert not routes(mn, "101")
    assert [(r["src"], r["table"], r["priority"]) for r in rules(mn)] == [("2001:db8::1", "100", 1000)]
    assert (len(ip_json(mn, "rule")) - 1, others_routes(mn)) == others
    monitor.stop()
    assert "Deleted default" not in monitor.text()
    assert "Deleted 2001:db8:5::/48 via fe80::1 dev link0 table 100 proto 77 metric 7 " not in monitor.text()
    mn.driver.end()


def test_sweeps_spare_what_another_daemon_has(net, mn):
    """Two on one host, with the same protocol number: another device, and other tables."""
    for name in "own0", "other0":
        net.link(mn, name, net.hosts[1], name)
    mn.ip("route add 2001:db8:6::/48 dev other0 proto 77",
          "route add default via fe80::1 dev link0 table 102 proto 77",
          "rule add from 2001:db8::2 table 102 priority 1000 protocol 77")

    def others():
        return (mn.run("ip", "-6", "route", "show", "proto", "77", "table", "all").stdout,
                [(r["src"], r["table"]) for r in rules(mn)])
    before = others()
    assert before[0].count("\n") == 2 and len(before[1]) == 1
    for sweep in "sweep-stale", "sweep":
        mn.ip("route add 2001:db8:5::/48 dev own0 proto 77",
              "route add default via fe80::1 dev link0 table 100 proto 77",
              "rule add from 2001:db8::1 table 100 priority 1000 protocol 77")
        assert others() != before
        assert mn.driver.ask(f"{sweep} {ifindex(mn, 'own0')} 100 101") == 0
        assert others() == before


def test_undone_is_what_this_daemon_set(mn):
    """A start that failed takes back what it made; what was there before it stays."""
    mn.ip("route add 2001:db8:5::/48 via fe80::1 dev link0 metric 7 table 100 proto 77",
          "rule add from 2001:db8::1 table 100 priority 1000 protocol 77")
    assert mn.driver.ask(f"route-set 2001:db8:6:: 48 {mn.index} 7 100 fe80::1 ::") == 0
    assert mn.driver.ask("rule-set 2001:db8::2 100 1000") == 0
    assert mn.driver.ask("sweep-set 0 100") == 0
    assert [r["dst"] for r in routes(mn)] == ["2001:db8:5::/48"]
    assert [r["src"] for r in rules(mn)] == ["2001:db8::1"]


# ---- groups ----

def groups(mn):
    """As the kernel lists them, with how many sockets are members."""
    lines = [line.split() for line in mn.run("cat", "/proc/net/igmp6").stdout.splitlines()]
    return {line[2]: int(line[3]) for line in lines if line[1] == "link0"}


def allmulti(mn):
    return link_of(mn, "link0")["allmulti"]


def descriptors(driver):
    return len(os.listdir(f"/proc/{driver.pid}/fd"))


GROUP = "ff0200000000000000000001ff000005"


def test_group_is_joined_as_often_as_asked_for(mn):
    """RFC 4291 2.7.1: addresses that end alike have one solicited-node group."""
    for _ in range(2):
        assert mn.driver.ask(f"group-join ff02::1:ff00:5 {mn.index}") == 0
        assert groups(mn)[GROUP] == 1
    assert mn.driver.ask(f"group-leave ff02::1:ff00:5 {mn.index}") == 0
    assert GROUP in groups(mn)
    for _ in range(2):
        assert mn.driver.ask(f"group-leave ff02::1:ff00:5 {mn.index}") == 0
        assert GROUP not in groups(mn)
    assert mn.driver.ask("group-join ff02::1:ff00:5 999") == -19
    assert mn.driver.ask(f"group-join 2001:db8::1 {mn.index}") == -22
    mn.driver.end()


def test_group_outlives_its_interface_being_down_but_not_its_end(net, mn):
    assert mn.driver.ask(f"group-join ff02::1:ff00:5 {mn.index}") == 0
    mn.ip("link set link0 down", "link set link0 up")
    assert GROUP in groups(mn)
    mn.ip("link del link0")
    assert mn.driver.ask(f"group-leave ff02::1:ff00:5 {mn.index}") == 0
    mn.driver.end()


def test_more_groups_than_one_socket_may_have(mn):
    before = groups(mn)
    sockets = descriptors(mn.driver)
    assert mn.driver.ask(f"groups-join 9000 {mn.index}") == 0
    assert len(groups(mn)) == len(before) + 9000 and not allmulti(mn)
    assert descriptors(mn.driver) > sockets + 2, "one socket was enough: ask for more groups"
    assert mn.driver.ask(f"groups-leave 9000 {mn.index}") == 0
    assert groups(mn) == before
    mn.driver.end()


def test_a_hundred_thousand_groups_are_received_as_all_multicast(mn):
    """Joining them would take the kernel minutes; this must not take the time of one answer."""
    assert mn.driver.ask(f"groups-join 100000 {mn.index}") == 1
    assert allmulti(mn)
    assert mn.driver.ask(f"groups-leave 100000 {mn.index}") == 0
    mn.driver.end()


def test_when_no_more_groups_can_be_joined_all_multicast_is_received(net):
    """It may open few sockets, and says once that it had to."""
    host, peer = net.host("mn"), net.host("peer")
    net.link(host, "link0", peer, "peer0")
    index = ifindex(host, "link0")
    driver = HostDriver(host, TARGET, before=("prlimit", "--nofile=8"))
    assert driver.ask(f"groups-join 20000 {index}") == 1
    assert allmulti(host)
    assert driver.ask(f"group-join ff02::1:ff00:5 {index}") == 0
    assert driver.ask(f"groups-leave 20000 {index}") == 0
    assert driver.ask(f"group-leave ff02::1:ff00:5 {index}") == 0
    driver.end()
    assert not allmulti(host)


def test_anycast_address_is_joined_again_after_the_interface_was_down(mn):
    """RFC 6275 10.5: requests to the Home-Agents anycast address are taken."""
    anycast, packed = "2001:db8:1:0:fdff:ffff:ffff:fffe", "20010db800010000fdfffffffffffffe"

    def joined():
        return [line for line in mn.run("cat", "/proc/net/anycast6").stdout.splitlines()
                if packed in line]

    def local():
        return [r for r in ip_json(mn, "route", "show", "table", "local", "type", "anycast")
                if r["dst"] == anycast]
    assert mn.driver.ask(f"anycast-join {anycast} {mn.index}") == -99  # no prefix, no router
    mn.ip("addr add 2001:db8:1::5/64 dev link0 nodad")
    for _ in range(2):
        assert mn.driver.ask(f"anycast-join {anycast} {mn.index}") == 0
        assert len(joined()) == 1 and local()
        mn.ip("link set link0 down", "link set link0 up", "addr replace 2001:db8:1::5/64 dev link0 nodad")
    assert mn.driver.ask(f"anycast-join {anycast} 999") == -19
    mn.driver.end()
    assert not joined()
