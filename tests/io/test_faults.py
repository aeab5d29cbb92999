# SPDX-License-Identifier: BSD-2-Clause
"""Every system call of src/io fails once, at each of its places: nothing crashes or leaks, what was
asked is refused or done, and the next attempt succeeds.

Here: host, sender, device. The store is in test_store_faults.c, randomness in test_crypto_faults.c,
the data plane in tests/bpf/test_dataplane_faults.c. clock_gettime() and time() fail by no such error."""
import errno
import ipaddress
import os
import time

from conftest import DRIVER, Driver, ifindex, ip_json, link_of
import netns
import pytest
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
from scapy.packet import raw
from scapy.utils import rdpcap

LIBRARY = os.path.join(os.path.dirname(DRIVER), "libfault_calls.so")
ERRORS = [errno.EINTR, errno.EAGAIN, errno.ENOBUFS, errno.ENETDOWN, errno.EPERM]
# signal(7): what does not wait is not interrupted.
INTERRUPTED = ("sendto", "recvmsg", "sendmmsg", "readv")
# What these return of them; close() has closed nevertheless.
ERRORS_OF = {"open": [errno.EINTR, errno.EPERM], "getsockname": [errno.ENOBUFS], "close": [errno.EINTR]}
TARGET = "2001:db8:a::1"
GROUP = "ff02::1:ff00:99"
ANYCAST = "2001:db8::fdff:ffff:ffff:fffe"


class FaultyDriver(Driver):
    """io_driver, one of whose calls fails. `count`: how many calls there were, after its end."""

    def __init__(self, host, call, nth, error, *arguments):
        self.path = os.path.join(host.net.directory, "calls")
        super().__init__(host, *arguments, before=(
            "env", f"LD_PRELOAD={LIBRARY}", f"FAULT_CALL={call}", f"FAULT_NTH={nth}",
            f"FAULT_ERRNO={error}", f"FAULT_COUNT={self.path}",
            "ASAN_OPTIONS=verify_asan_link_order=0"))

    def count(self):
        with open(self.path, encoding="ascii") as file:
            return int(file.read())


@pytest.fixture
def mn(net):
    host, peer = net.host("mn"), net.host("peer")
    net.link(host, "link0", peer, "peer0")
    peer.ip("addr add fe80::1/64 dev peer0 nodad", "addr add 2001:db8:0::1/64 dev peer0 nodad")
    host.ip("addr add 2001:db8::5/64 dev link0 nodad", "route add default via fe80::1 dev link0")
    net.link(host, "link1", peer, "peer1")
    host.ip("addr add 2001:db8::6/64 dev link1 nodad metric 5000")
    host.peer = peer
    host.other = ifindex(host, "link1")
    host.index = ifindex(host, "link0")
    return host


def errors_of(call):
    return ERRORS_OF.get(call, [e for e in ERRORS if e != errno.EINTR or call in INTERRUPTED])


def each_fault(*calls):
    """Parametrizes a test with each of these calls and each error that it may return."""
    cases = [pytest.param(call, error, id=f"{call}-{errno.errorcode[error]}")
             for call in calls for error in errors_of(call)]
    return pytest.mark.parametrize("call, error", cases)


def each_place(attempt):
    """Runs attempt(nth) without a fault, and then with one at each call that there was."""
    places = attempt(0)
    assert places > 0, "this is never called"
    for nth in range(1, places + 1):
        attempt(nth)


def done_at_the_second_attempt(driver, command, error):
    """A command is carried out, or says why not; and then it is carried out."""
    result = driver.ask(command)
    if error == errno.EINTR:
        assert result == 0, command
    elif result < 0:
        assert result in (-error, -errno.EIO), command
        assert driver.ask(command) >= 0, command


# ---- host: netlink, groups ----

def joined(mn, what, group):
    """The interfaces on which the group is joined, as the kernel lists them."""
    packed = ipaddress.IPv6Address(group).packed.hex()
    lines = [line.split() for line in mn.run("cat", f"/proc/net/{what}").stdout.splitlines()]
    return [line[1] for line in lines if line[2] == packed]


def use_host(mn, call, nth, error):
    driver = FaultyDriver(mn, call, nth, error, "host", TARGET, "link0")
    result = driver.result()["result"]
    if result < 0:  # it did not come up, and says why
        assert result == -error and nth != 0 and error != errno.EINTR
        assert driver.process.wait() != 0
        return driver.count()
    for command in (f"route-set 2001:db8:5:: 48 {mn.index} 7 100 fe80::1 ::",
                    "rule-set 2001:db8:1::5 100 1000", f"address-set 2001:db8:77::5 128 {mn.index}",
                    f"group-join {GROUP} {mn.index}",
                    f"anycast-join {ANYCAST} {mn.other}", f"anycast-join {ANYCAST} {mn.index}"):
        done_at_the_second_attempt(driver, command, error)
    # which it receives also when it receives all
    assert joined(mn, "igmp6", GROUP) == ["link0"] or link_of(mn, "link0")["allmulti"]
    assert joined(mn, "anycast6", ANYCAST) == ["link0"]
    assert [r for r in ip_json(mn, "route", "show", "table", "100") if r["dst"] == "2001:db8:5::/48"]
    assert [r for r in ip_json(mn, "rule") if r.get("src") == "2001:db8:1::5"]
    assert "2001:db8:77::5" in mn.addresses("link0")
    mtu = 1300 + nth % 100  # another one than before
    mn.ip(f"link set link0 mtu {mtu}")

    def seen(said):
        snapshots = [p for p in said if p.get("name") == "link0"]
        return snapshots and snapshots[-1]["mtu"] == mtu and snapshots[-1]["router"] == "fe80::1" and \
            any(a["address"] == "2001:db8:77::5" for a in snapshots[-1]["addresses"])
    driver.wait(seen)
    for command in (f"group-leave {GROUP} {mn.index}",
                    f"address-remove 2001:db8:77::5 128 {mn.index}", f"sweep {mn.index} 100"):
        done_at_the_second_attempt(driver, command, error)
    assert not [r for r in ip_json(mn, "rule") if r.get("protocol") == "77"]
    assert not joined(mn, "igmp6", GROUP)
    driver.end()
    return driver.count()


@each_fault("socket", "bind", "getsockname", "sendto", "recvmsg", "setsockopt", "close")
def test_host(mn, call, error):
    each_place(lambda nth: use_host(mn, call, nth, error))


def files_open(pid):
    """Without those that are open for a moment only: a setting of the kernel that is being read."""
    counts = []
    for _ in range(20):
        counts.append(len(os.listdir(f"/proc/{pid}/fd")))
        time.sleep(0.005)
    return min(counts)


def use_host_without_sockets(mn, call, nth, error):
    driver = FaultyDriver(mn, call, nth, error, "host", TARGET, "link0")
    if driver.result()["result"] < 0:
        driver.process.wait()
        return driver.count()
    most = files_open(driver.pid) + 1  # for the packet socket
    mn.run("prlimit", "--pid", str(driver.pid), f"--nofile={most}")
    done_at_the_second_attempt(driver, f"group-join {GROUP} {mn.index}", error)
    assert link_of(mn, "link0")["allmulti"]
    driver.end()
    return driver.count()


@each_fault("setsockopt")
def test_all_multicast(mn, call, error):
    """The last resort, and the call fails that it takes."""
    each_place(lambda nth: use_host_without_sockets(mn, call, nth, error))


# ---- sender ----

def echo(number):
    return IPv6(src="2001:db8::5", dst="2001:db8::1") / ICMPv6EchoRequest(id=9, seq=number)


def use_sender(mn, call, nth, error, base):
    """Returns the calls, and the numbers that must arrive."""
    driver = FaultyDriver(mn, call, nth, error, "sender")
    expected, refused = [], 0
    for i in range(6):
        number = base + i
        command = f"frame {mn.index} {raw(echo(number)).hex()} 02005e000001" if i % 2 else \
            f"add {mn.index} {raw(echo(number)).hex()}"
        result = driver.ask(command)
        if result < 0:
            assert result == -error and nth != 0
            assert driver.ask(command) == 0
        expected.append(number)
        if i % 3 == 2:
            refused += driver.ask("flush")
    assert refused == (1 if call == "sendmmsg" and nth != 0 and error != errno.EINTR else 0)
    driver.end()
    return driver.count(), expected, refused


@each_fault("socket", "setsockopt", "sendmmsg", "close")
def test_sender(mn, call, error):
    """One packet is lost at most: that which the kernel refused."""
    _, path = mn.peer.capture("peer0")
    expected, refused, base = [], 0, 0

    def attempt(nth):
        nonlocal refused, base
        calls, numbers, lost = use_sender(mn, call, nth, error, base)
        expected.extend(numbers)
        refused += lost
        base += 10
        return calls
    each_place(attempt)

    def arrived():
        return [p[ICMPv6EchoRequest].seq for p in rdpcap(path)
                if ICMPv6EchoRequest in p and p[ICMPv6EchoRequest].id == 9]
    netns.wait_for("packets", lambda: len(arrived()) >= len(expected) - refused, 5)
    assert len(arrived()) == len(set(arrived())) == len(expected) - refused
    assert set(arrived()) <= set(expected)


# ---- device ----

def use_device(mn, call, nth, error):
    driver = FaultyDriver(mn, call, nth, error, "device", "monami0")
    opened = driver.result()
    if opened["result"] < 0:
        assert opened["result"] == -error and nth != 0
        assert driver.process.wait() != 0
        assert not mn.has("monami0"), "a device is left behind"
        return driver.count()
    mn.ip("addr add 2001:db8:f::5/128 dev monami0 nodad",
          "route replace 2001:db8:e::/48 dev monami0 src 2001:db8:f::5")
    for _ in range(3):
        mn.run("ping", "-c", "1", "-W", "0.01", "2001:db8:e::1", check=False)
    driver.wait(lambda said: sum("packet" in one for one in said) >= 3)
    assert all(one["read"] == -error for one in driver.said if "read" in one)
    if call == "ioctl":  # its removal is allowed to fail, and then it is a device like any other
        driver.ask("remove")
        driver.process.wait()
        netns.execute(["ip", "-n", mn.netns, "link", "del", "monami0"], check=False)
    else:
        assert driver.ask("remove") == 0
        assert driver.process.wait() == 0
        assert not mn.has("monami0")
    return driver.count()


@each_fault("ioctl", "sendto", "recvmsg", "readv", "socket", "setsockopt", "bind", "getsockname", "open",
            "if_nametoindex", "close")
def test_device(mn, call, error):
    each_place(lambda nth: use_device(mn, call, nth, error))


def use_device_again(mn, call, nth, error):
    driver = FaultyDriver(mn, call, nth, error, "device", "monami0")
    opened = driver.result()
    if opened["result"] < 0:
        assert opened["result"] == -error and nth != 0
        assert driver.process.wait() != 0
    else:
        assert opened["found"]
        driver.end()
    assert mn.addresses("monami0") == ["2001:db8:f::5"], "the device of the daemon before is gone"
    return driver.count()


@pytest.mark.parametrize("call", ["ioctl", "sendto", "recvmsg", "socket", "setsockopt", "bind", "getsockname",
                                  "open", "if_nametoindex", "close"])
def test_device_of_a_daemon_before(mn, call):
    """With its addresses and routes, it is not taken for one that this daemon made."""
    first = Driver(mn, "device", "monami0")
    assert not first.result()["found"]
    first.end()
    mn.ip("addr add 2001:db8:f::5/128 dev monami0 nodad")
    for error in errors_of(call):
        each_place(lambda nth, error=error: use_device_again(mn, call, nth, error))
