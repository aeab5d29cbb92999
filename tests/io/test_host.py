# SPDX-License-Identifier: BSD-2-Clause
"""src/io/host/host_snapshot.c and host.c: the snapshots of watched interfaces follow what happens to them."""
import os
import struct

from conftest import HostDriver, ifindex, ip_json, link_of
import netns
import pytest

TARGET = "2001:db8:a::1"


@pytest.fixture
def mn(net):
    """A mobile node with one link, `link0`, to the host `peer`."""
    host, peer = net.host("mn"), net.host("peer")
    net.link(host, "link0", peer, "peer0")
    host.peer = peer
    return host


def addresses(snapshot):
    return {one["address"]: one for one in snapshot["addresses"]}


def drops_of(host, pid):
    """How often the kernel could not notify a process."""
    rows = [row.split() for row in host.run("cat", "/proc/net/netlink").stdout.splitlines()]
    column, groups = rows[0].index("Drops"), rows[0].index("Groups")
    own = socket_inodes(pid)
    return sum(int(row[column]) for row in rows[1:]
               if row[rows[0].index("Inode")] in own and int(row[groups], 16))


def socket_inodes(pid):
    found = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        link = os.readlink(f"/proc/{pid}/fd/{name}")
        if link.startswith("socket:["):
            found.add(link[8:-1])
    return found


# ---- the link ----

def test_first_picture_of_what_is_there_and_what_is_not(mn):
    driver = HostDriver(mn, TARGET, "link0", "later")
    there = driver.snapshot("link0", lambda p: p["up"])
    assert (there["ifindex"], there["mtu"]) == (ifindex(mn, "link0"), 1500)
    assert there["router"] is None and there["addresses"] == []
    assert driver.snapshot("later")["ifindex"] == 0
    assert driver.ask("watch even-later") == 0
    assert driver.snapshot("even-later")["ifindex"] == 0
    assert driver.ask("watch link0") == 0  # no second time
    assert driver.ask("watch a-name-too-long-") == -22
    driver.end()


def test_carrier_lost_and_back(mn):
    driver = HostDriver(mn, TARGET, "link0")
    driver.snapshot("link0", lambda p: p["up"])
    mn.peer.ip("link set peer0 down")
    driver.snapshot("link0", lambda p: not p["up"] and p["ifindex"])
    mn.peer.ip("link set peer0 up")
    driver.snapshot("link0", lambda p: p["up"])


def test_set_down_loses_router_and_addresses(mn):
    mn.ip("addr add 2001:db8:1::5/64 dev link0", "route add default via fe80::1 dev link0")
    driver = HostDriver(mn, TARGET, "link0")
    driver.snapshot("link0", lambda p: p["router"] == "fe80::1" and p["addresses"])
    mn.ip("link set link0 down")
    driver.snapshot("link0", lambda p: not p["up"] and p["router"] is None and not p["addresses"])


def test_deleted_and_made_again(net, mn):
    driver = HostDriver(mn, TARGET, "link0")
    first = driver.snapshot("link0", lambda p: p["up"])["ifindex"]
    mn.ip("link del link0")
    driver.snapshot("link0", lambda p: p["ifindex"] == 0 and not p["up"])
    mn.ip("link add between type veth peer name other")  # so that the index is another
    net.link(mn, "link0", mn.peer, "peer0")
    assert driver.snapshot("link0", lambda p: p["up"])["ifindex"] not in (0, first)


def test_renamed_away_and_another_renamed_to_it(mn):
    mn.ip("link add spare type veth peer name other")
    driver = HostDriver(mn, TARGET, "link0")
    driver.snapshot("link0", lambda p: p["up"])
    mn.ip("link set link0 name gone")
    driver.snapshot("link0", lambda p: p["ifindex"] == 0)
    mn.ip("link set spare name link0")
    assert driver.snapshot("link0", lambda p: p["ifindex"])["ifindex"] == ifindex(mn, "link0")


def test_mtu_and_nothing_else_changes(mn):
    driver = HostDriver(mn, TARGET, "link0")
    driver.snapshot("link0", lambda p: p["up"])
    mn.ip("link set link0 mtu 1400")
    driver.snapshot("link0", lambda p: p["mtu"] == 1400)
    before = len(driver.snapshots("link0"))
    mn.ip("link set link0 mtu 1400", "link set link0 alias nothing")
    mn.ip("link set link0 mtu 1300")
    driver.snapshot("link0", lambda p: p["mtu"] == 1300)
    assert len(driver.snapshots("link0")) == before + 1  # one for each change, none without


def test_link_layer_and_link_local_address(mn):
    """A home agent's advertisement on its home link (RFC 4861 4.6.1)."""
    mac = link_of(mn, "link0")["address"]
    driver = HostDriver(mn, TARGET, "link0", "lo")
    first = driver.snapshot("link0", lambda p: p["up"] and p["link_local"] != "::")
    assert first["link_layer"] == mac
    [own] = [a["local"] for a in ip_json(mn, "addr", "show", "dev", "link0", "scope", "link")[0]["addr_info"]]
    assert first["link_local"] == own
    assert driver.snapshot("lo", lambda p: p["up"])["link_layer"] in ("", "00:00:00:00:00:00")
    mn.ip("link set link0 address 02:00:00:00:00:09")
    driver.snapshot("link0", lambda p: p["link_layer"] == "02:00:00:00:00:09")
    mn.ip("addr flush dev link0 scope link", "addr add fe80::9/64 dev link0 nodad", "addr add fe80::a/64 dev link0 nodad")
    driver.snapshot("link0", lambda p: p["link_local"] == "fe80::9")
    mn.ip("addr del fe80::9/64 dev link0")
    driver.snapshot("link0", lambda p: p["link_local"] == "fe80::a")


def test_link_local_address_counts_after_its_duplicate_address_detection(mn):
    mn.sysctl("net.ipv6.conf.link0.accept_dad", 1)
    mn.sysctl("net.ipv6.conf.link0.dad_transmits", 100)
    mn.ip("addr flush dev link0 scope link", "addr add fe80::9/64 dev link0")
    driver = HostDriver(mn, TARGET, "link0")
    assert driver.snapshot("link0", lambda p: p["up"])["link_local"] == "::"
    mn.ip("addr add fe80::a/64 dev link0 nodad")
    driver.snapshot("link0", lambda p: p["link_local"] == "fe80::a")


# ---- addresses ----

def test_address_is_tentative_until_its_dad_has_ended(mn):
    """RFC 6275 11.5.3, RFC 4862 5.4"""
    mn.sysctl("net.ipv6.conf.link0.accept_dad", 1)
    driver = HostDriver(mn, TARGET, "link0")
    driver.snapshot("link0", lambda p: p["up"])
    mn.ip("addr add 2001:db8:1::5/64 dev link0")
    driver.snapshot("link0", lambda p: p["addresses"] and not p["addresses"][0]["tentative"])
    history = [p["addresses"][0] for p in driver.snapshots("link0") if p["addresses"]]
    assert [one["tentative"] for one in history] == [True, False]
    last = history[-1]
    assert (last["address"], last["prefix_length"]) == ("2001:db8:1::5", 64)
    assert not last["deprecated"]


def test_address_that_is_a_duplicate_stays_tentative(mn):
    mn.peer.ip("addr add 2001:db8:1::5/64 dev peer0 nodad")
    mn.sysctl("net.ipv6.conf.link0.accept_dad", 1)
    driver = HostDriver(mn, TARGET, "link0")
    mn.ip("addr add 2001:db8:1::5/64 dev link0")
    netns.wait_for("failed DAD", lambda: mn.addresses("link0", "dadfailed"), 5)
    # An address behind it in the kernel's messages: the snapshot is newer than the failure.
    mn.ip("addr add 2001:db8:2::5/64 dev link0 nodad")
    snapshot = driver.snapshot("link0", lambda p: "2001:db8:2::5" in addresses(p))
    assert addresses(snapshot)["2001:db8:1::5"]["tentative"]
    assert not addresses(snapshot)["2001:db8:2::5"]["tentative"]


def test_address_deprecated_and_removed(mn):
    driver = HostDriver(mn, TARGET, "link0")
    mn.ip("addr add 2001:db8:1::5/64 dev link0 nodad")
    driver.snapshot("link0", lambda p: p["addresses"] and not p["addresses"][0]["deprecated"])
    mn.ip("addr change 2001:db8:1::5/64 dev link0 preferred_lft 0 valid_lft 1000")
    driver.snapshot("link0", lambda p: p["addresses"] and p["addresses"][0]["deprecated"])
    mn.ip("addr del 2001:db8:1::5/64 dev link0")
    driver.snapshot("link0", lambda p: not p["addresses"])


def test_only_global_addresses_and_the_own_end_of_a_peer_address(mn):
    mn.ip("addr add 2001:db8:1::5 peer 2001:db8:1::6/128 dev link0 nodad",
          "addr add fd00::5/64 dev link0 nodad")
    driver = HostDriver(mn, TARGET, "link0")
    snapshot = driver.snapshot("link0", lambda p: len(p["addresses"]) == 2)
    assert set(addresses(snapshot)) == {"2001:db8:1::5", "fd00::5"}


def test_formed_is_the_time_of_the_address(mn):
    driver = HostDriver(mn, TARGET, "link0")
    before = driver.snapshot("link0", lambda p: p["up"])["now"]
    mn.ip("addr add 2001:db8:1::5/64 dev link0 nodad")
    snapshot = driver.snapshot("link0", lambda p: p["addresses"])
    # The kernel counts ticks, whose zero is some tenths of a second away from the clock's.
    assert before - 1 <= snapshot["addresses"][0]["formed"] <= snapshot["now"] + 1


def test_of_too_many_addresses_the_useful_ones_are_kept(mn):
    old = [f"2001:db8:{i:x}::5" for i in range(1, 17)]
    mn.ip(*(f"addr add {address}/64 dev link0 nodad preferred_lft 0 valid_lft 1000"
            for address in old[:-1]),
          f"addr add {old[-1]}/64 dev link0 nodad")
    driver = HostDriver(mn, TARGET, "link0")
    driver.snapshot("link0", lambda p: set(addresses(p)) == set(old))
    mn.ip("addr add 2001:db8:100::5/64 dev link0 nodad")
    snapshot = driver.snapshot("link0", lambda p: "2001:db8:100::5" in addresses(p))
    assert len(snapshot["addresses"]) == 16
    assert old[-1] in addresses(snapshot)


# ---- the way to the target ----

def router_of(driver, name, expected):
    return driver.snapshot(name, lambda p: p["router"] == expected)


def test_router_changes_and_goes(mn):
    driver = HostDriver(mn, TARGET, "link0")
    mn.ip("route add default via fe80::1 dev link0 metric 500")
    router_of(driver, "link0", "fe80::1")
    mn.ip("route replace default via fe80::2 dev link0 metric 500")
    router_of(driver, "link0", "fe80::2")
    mn.ip("route add default via fe80::3 dev link0 metric 400")
    router_of(driver, "link0", "fe80::3")
    mn.ip("route add 2001:db8:a::/48 via fe80::4 dev link0 metric 4000")  # longer prefix
    router_of(driver, "link0", "fe80::4")
    mn.ip("route add 2001:db8:b::/48 via fe80::5 dev link0")  # not where the target is
    mn.ip("route flush default", "route del 2001:db8:a::/48 dev link0")
    router_of(driver, "link0", None)


def test_target_on_link_is_its_own_router(mn):
    driver = HostDriver(mn, TARGET, "link0")
    mn.ip("route add default via fe80::1 dev link0", "addr add 2001:db8:a::5/64 dev link0 nodad")
    router_of(driver, "link0", TARGET)


def test_default_router_beside_the_way_to_the_target(mn):
    """On the home link the target is a neighbour, and everything else goes by a router."""
    driver = HostDriver(mn, TARGET, "link0")
    mn.ip("addr add 2001:db8:a::5/64 dev link0 nodad")
    assert router_of(driver, "link0", TARGET)["default_router"] == "::"
    mn.ip("route add default via fe80::1 dev link0")
    driver.snapshot("link0", lambda p: (p["router"], p["default_router"]) == (TARGET, "fe80::1"))
    mn.ip("route replace default via fe80::2 dev link0")
    driver.snapshot("link0", lambda p: (p["router"], p["default_router"]) == (TARGET, "fe80::2"))


def test_target_changes(mn):
    """A home agent that was found, or another one (RFC 6275 11.4.1)."""
    mn.ip("route add default via fe80::1 dev link0",
          "route add 2001:db8:c::/48 via fe80::3 dev link0")
    driver = HostDriver(mn, "::", "link0")
    router_of(driver, "link0", "fe80::1")
    assert driver.ask("target 2001:db8:c::1") == 0
    router_of(driver, "link0", "fe80::3")
    mn.ip("route replace 2001:db8:c::/48 via fe80::4 dev link0")
    router_of(driver, "link0", "fe80::4")
    assert driver.ask("target 2001:db8:d::1") == 0
    router_of(driver, "link0", "fe80::1")


def test_two_targets(mn):
    """Two home agents, to which different routers lead."""
    mn.ip("route add default via fe80::1 dev link0",
          "route add 2001:db8:c::/48 via fe80::3 dev link0")
    driver = HostDriver(mn, TARGET, "link0")
    assert router_of(driver, "link0", "fe80::1")["second_router"] is None
    assert driver.ask("second-target 2001:db8:c::1") == 0
    driver.snapshot("link0", lambda p: (p["router"], p["second_router"]) == ("fe80::1", "fe80::3"))
    mn.ip("route replace 2001:db8:c::/48 via fe80::4 dev link0")
    driver.snapshot("link0", lambda p: (p["router"], p["second_router"]) == ("fe80::1", "fe80::4"))
    mn.ip("route del 2001:db8:c::/48", "route del default")
    driver.snapshot("link0", lambda p: (p["router"], p["second_router"]) == (None, None))


def test_router_from_another_table_but_not_from_our_routes(mn):
    driver = HostDriver(mn, TARGET, "link0")
    mn.ip("route add default via fe80::1 dev link0 proto 77 metric 1",
          "route add default via fe80::2 dev link0 table 1234 metric 2000")
    router_of(driver, "link0", "fe80::2")
    mn.ip("route del default table 1234")
    router_of(driver, "link0", None)
    mn.ip("route add unreachable default metric 10", "route add blackhole 2001:db8:a::/64")
    mn.ip("link set link0 mtu 1400")
    assert driver.snapshot("link0", lambda p: p["mtu"] == 1400)["router"] is None


def test_two_equal_routers_do_not_alternate(mn):
    mn.ip("route add default via fe80::1 dev link0")
    driver = HostDriver(mn, TARGET, "link0")
    router_of(driver, "link0", "fe80::1")
    mn.ip("route append default via fe80::2 dev link0", "route append default via fe80::3 dev link0")
    mn.ip("link set link0 mtu 1400")
    assert driver.snapshot("link0", lambda p: p["mtu"] == 1400)["router"] == "fe80::1"
    mn.ip("route del default via fe80::1 dev link0")
    kept = driver.snapshot("link0", lambda p: p["router"] in ("fe80::2", "fe80::3"))["router"]
    mn.ip("route prepend default via fe80::1 dev link0", "link set link0 mtu 1300")
    assert driver.snapshot("link0", lambda p: p["mtu"] == 1300)["router"] == kept


def test_each_link_of_a_multipath_route_has_its_router(net, mn):
    net.link(mn, "link1", mn.peer, "peer1")
    driver = HostDriver(mn, TARGET, "link0", "link1")
    mn.ip("route add default nexthop via fe80::1 dev link0 nexthop via fe80::2 dev link1")
    router_of(driver, "link0", "fe80::1")
    router_of(driver, "link1", "fe80::2")
    mn.peer.ip("link set peer0 down")
    driver.snapshot("link0", lambda p: not p["up"] and p["router"] is None)
    mn.peer.ip("link set peer0 up")
    router_of(driver, "link0", "fe80::1")
    mn.ip("link set link0 down")
    driver.snapshot("link0", lambda p: not p["up"])
    assert driver.snapshot("link1")["router"] == "fe80::2"
    mn.ip("route del default via fe80::2 dev link1")
    router_of(driver, "link1", None)


def test_router_advertisements_on_two_links(net, mn):
    """RFC 4861 6.3.4, RFC 4862 5.5.3; the temporary addresses of RFC 8981 are left out."""
    other = net.host("other")
    net.link(mn, "link1", other, "other0")
    for host, interface, link, number in ((mn.peer, "peer0", "link0", 1), (other, "other0", "link1", 2)):
        host.forward()
        host.ip(f"addr add fe80::{number}/64 dev {interface} nodad",
                f"addr add 2001:db8:{number}::1/64 dev {interface} nodad")
        mn.sysctl(f"net.ipv6.conf.{link}.use_tempaddr", 2)
        mn.sysctl(f"net.ipv6.conf.{link}.accept_dad", 1)
        mn.sysctl(f"net.ipv6.conf.{link}.accept_ra", 2)
    driver = HostDriver(mn, TARGET, "link0", "link1")
    servers = [mn.peer.advertise("peer0", "2001:db8:1::/64"), other.advertise("other0", "2001:db8:2::/64")]
    for link, number in (("link0", 1), ("link1", 2)):
        snapshot = driver.snapshot(link, lambda p: p["router"] and p["addresses"]
                                 and not p["addresses"][0]["tentative"])
        # Of the router's link-local addresses radvd takes one as source.
        own = [one["local"] for one in ip_json((mn.peer, other)[number - 1], "addr", "show", "scope",
                                               "link")[0]["addr_info"] if one.get("local")]
        assert snapshot["router"] in own
        [address] = snapshot["addresses"]
        assert address["address"].startswith(f"2001:db8:{number}:")
        netns.wait_for("temporary address", lambda: mn.addresses(link, "temporary"), 10)
        assert address["address"] not in mn.addresses(link, "temporary")
    # A router that says goodbye (RFC 4861 6.2.5) is no router any more.
    servers[0].stop()
    router_of(driver, "link0", None)
    assert driver.snapshot("link1")["router"] is not None


# ---- what can go wrong ----

def test_lost_notifications_leave_no_wrong_picture(mn):
    mn.ip("link add other type veth peer name other-peer")
    driver = HostDriver(mn, TARGET, "link0", "other")
    driver.snapshot("link0", lambda p: p["up"])
    assert driver.ask("small") == 0
    assert driver.ask("pause") == 0
    # The flood fills what room there is; what happens to link0 is not told.
    mn.ip(*(f"addr add 2001:db8:f::{i:x}/64 dev other nodad" for i in range(1, 400)))
    mn.ip("addr add 2001:db8:1::5/64 dev link0 nodad", "route add default via fe80::1 dev link0")
    mn.peer.ip("link set peer0 mtu 1400", "link set peer0 down")
    netns.wait_for("loss of carrier", lambda: "NO-CARRIER" in netns.execute(
        ["ip", "-n", mn.netns, "link", "show", "link0"]).stdout, 5)
    assert drops_of(mn, driver.pid) > 0
    driver.send("go on")
    assert driver.result()["result"] == 0
    snapshot = driver.snapshot("link0", lambda p: not p["up"])
    assert set(addresses(snapshot)) == {"2001:db8:1::5"}
    assert len(driver.snapshot("other", lambda p: p["addresses"])["addresses"]) == 16
    mn.peer.ip("link set peer0 up")  # and it goes on
    router_of(driver, "link0", "fe80::1")


def test_messages_of_other_processes_are_not_the_kernels(mn):
    """An answer that anybody sends to the request socket must not be taken for the kernel's."""
    driver = HostDriver(mn, TARGET, "link0")
    driver.snapshot("link0", lambda p: p["up"])
    index = ifindex(mn, "link0")
    refused = b"".join(struct.pack("=IHHIIiIHHII", 36, 2, 0, sequence, driver.pid, -1, 16, 16, 0, 0, 0)
                       for sequence in range(1, 100))
    script = ("import socket, sys\n"
              "s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)\n"
              "s.bind((0, 0))\n"
              f"s.sendto(bytes.fromhex({refused.hex()!r}), ({driver.pid}, 0))\n")
    mn.run("/usr/bin/python3", "-c", script)
    assert driver.ask(f"mtu-set {index} 1400") == 0
    driver.snapshot("link0", lambda p: p["mtu"] == 1400)


def test_without_privilege_it_watches_but_commands_are_refused(mn):
    driver = HostDriver(mn, TARGET, "link0",
                        before=("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"))
    driver.snapshot("link0", lambda p: p["up"])
    index = ifindex(mn, "link0")
    for command in (f"address-set 2001:db8:1::5 64 {index}", f"mtu-set {index} 1400",
                    "rule-set 2001:db8:1::5 100 1000",
                    f"route-set 2001:db8:5:: 48 {index} 5 100 fe80::1 ::",
                    "rule-remove 2001:db8:1::5 100 1000"):
        assert driver.ask(command) == -1  # EPERM
    mn.ip("link set link0 mtu 1400")
    driver.snapshot("link0", lambda p: p["mtu"] == 1400)
    driver.end()
