# SPDX-License-Identifier: BSD-2-Clause
"""ICMPv6 errors about tunnelled packets (RFC 2473 8, RFC 6275 9.3.4): true ones reach the sender of the
inner packet, forged ones change nothing. One network for all cases; each mends what it broke."""
import contextlib
import itertools
import os
import re
import socket
import textwrap

import pytest

import topology
from netns import wait_for
from topology import CORRESPONDENT, HOME_ADDRESS, HOME_AGENT

BUILD = os.environ.get("MONAMI_BUILD", os.path.join(os.path.dirname(__file__), "..", "..", "build"))
TUNNEL = 1460
COUNTER = itertools.count()

SEND = textwrap.dedent("""
    import socket, sys
    # The kernel computes the checksum of ICMPv6 (RFC 3542 3.1).
    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    s.sendto(bytes.fromhex(sys.argv[2]), (sys.argv[1], 0))
    """)

# Waits for an outer packet between two addresses, and answers it from here with these errors.
ANSWER = textwrap.dedent("""
    import socket, sys
    interface, source, destination, *errors = sys.argv[1:]
    source, destination = (socket.inet_pton(socket.AF_INET6, a) for a in (source, destination))
    sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x86dd))
    sniffer.bind((interface, 0x86dd))
    sniffer.settimeout(5)
    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    print("ready", flush=True)
    while True:
        packet = sniffer.recv(2000)
        if packet[6] == 41 and packet[8:24] == source and packet[24:40] == destination:
            break
    for error in errors:
        s.sendto(bytes.fromhex(error) + packet[:1232], (sys.argv[2], 0))
    """)


@pytest.fixture(name="running", scope="module")
def fixture_running():
    with topology.world(BUILD) as made:
        made.wait_care_of_addresses()
        made.start()
        yield made


def error(kind, code=0, detail=0):
    return bytes([kind, code, 0, 0]) + detail.to_bytes(4, "big")


def octets(address):
    return socket.inet_pton(socket.AF_INET6, address)


def header(source, destination, next_header, length, label=0):
    return (0x60000000 | label).to_bytes(4, "big") + length.to_bytes(2, "big") + \
        bytes([next_header, 60]) + octets(source) + octets(destination)


def forge(host, to, message):
    host.run("/usr/bin/python3", "-c", SEND, to, message.hex())


def ping(host, to, size, *more, check=False):
    return host.run("ping", "-6", "-n", "-c", "1", "-W", "0.4", "-M", "do", "-s", size - 48, *more, to,
                    check=check)


def mtus(daemon):
    """MTU of the tunnel of each link, or of each binding."""
    return {one["bid"]: one["mtu"] for one in daemon.bindings()}


def care_of(running, name="wifi0"):
    return running.care_of_address(running.link(name))


# ---- forged ----

def test_forged_packet_too_big_about_an_echo_request(running):
    """The home agent's kernel believes it, for what its own sockets send to the care-of address: not the
    tunnel. Packets of all sizes go on as before."""
    address = care_of(running)
    echo = header(HOME_AGENT, address, 58, 1460) + bytes([128, 0, 0, 0, 0, 9, 0, 1]) + bytes(1000)
    forge(running.cn, HOME_AGENT, error(2, 0, 1280) + echo)
    wait_for("the kernel's path MTU", lambda: "mtu 1280" in running.ha.run(
        "ip", "-6", "route", "get", address).stdout, 2)
    for size in (1241, 1280, TUNNEL):
        assert ping(running.cn, HOME_ADDRESS, size).returncode == 0
    assert mtus(running.home_agent)[1] == TUNNEL
    # its own socket still learns it
    assert "mtu: 1280" in ping(running.ha, address, 1400).stderr


@pytest.mark.parametrize("label", [0, 0x12345])
def test_forged_packet_too_big_about_the_tunnel(running, label):
    """The errors quote packets of the tunnel; an attacker off the path has not seen their labels."""
    address = care_of(running)
    to_home = header(CORRESPONDENT, HOME_ADDRESS, 17, 1420, label) + bytes(1000)
    from_home = header(HOME_ADDRESS, CORRESPONDENT, 17, 1420, label) + bytes(1000)
    dropped = unproven(running.home_agent), unproven(running.mobile_node)
    forge(running.cn, HOME_AGENT,
          error(2, 0, 1280) + header(HOME_AGENT, address, 41, 1460, label) + to_home)
    forge(running.cn, address,
          error(2, 0, 1280) + header(address, HOME_AGENT, 41, 1460, label) + from_home)
    for before, daemon in zip(dropped, running.daemons()):
        wait_for("counted", lambda d=daemon, b=before: unproven(d) == b + 1, 2)
        assert set(mtus(daemon).values()) == {TUNNEL}


def unproven(daemon):
    return next(drop["count"] for drop in daemon.ask("show", "counters")["drops"]
                if drop["name"] == "unproven")


# ---- true ----

@contextlib.contextmanager
def rule(running, hook, text):
    """Of the access router of wifi0, for tunnelled packets."""
    router = running.link("wifi0").router
    router.nft(f"table ip6 errors {{\n\tchain c {{ type filter hook {hook} priority 0\n"
               f"\t\tip6 nexthdr 41 counter {text}\n\t}}\n}}\n")
    try:
        yield router
    finally:
        router.nft("delete table ip6 errors\n")


def answered(running, sender, to, size, *errors):
    """The error that a ping gets when the access router answers its outer packet with these errors."""
    ends, interface = [HOME_AGENT, care_of(running)], "core0"
    if sender is running.mn:
        ends, interface = ends[::-1], "access0"
    running.wait_selected("wifi0")
    with rule(running, "forward", "drop") as router:
        helper = router.start(f"answer{next(COUNTER)}", "/usr/bin/python3", "-c", ANSWER, interface, *ends,
                              *(one.hex() for one in errors))
        wait_for("the helper", lambda: "ready" in helper.text(), 5)
        done = ping(sender, to, size)
        assert helper.wait() == 0, helper.text()
    return done.stdout + done.stderr


def sides(running):
    return ((running.cn, HOME_ADDRESS, HOME_AGENT), (running.mn, CORRESPONDENT, HOME_ADDRESS))


@contextlib.contextmanager
def routed(running, action):
    """Sets the treatment of tunnelled packets at the access router of wifi0."""
    router = running.link("wifi0").router
    router.ip(f"rule add pref 10 ipproto ipv6 {action}")
    try:
        yield
    finally:
        router.ip("rule del pref 10")


def assert_unreachable(running):
    for sender, to, entry in sides(running):
        said = ping(sender, to, 100).stdout
        assert re.search(rf"From {entry} .*Address unreachable", said), said


@pytest.mark.parametrize("action", ["unreachable", "prohibit"])
def test_destination_unreachable_reaches_both_senders(running, action):
    """RFC 2473 8.2: as Destination Unreachable, address unreachable, from the tunnel's entry point. Since a router
    says so, and not the home agent, the mobile node has no reason to register."""
    # Shows RFC 6275 9.3.4-1.
    with routed(running, action):
        assert_unreachable(running)
    assert "has lost the bindings" not in running.mobile_node.process.text()


def test_time_exceeded_reaches_both_senders(running):
    """RFC 2473 8.2: hop limit exceeded in the tunnel is the same to the sender."""
    with rule(running, "prerouting", "ip6 hoplimit set 1"):
        assert_unreachable(running)


def test_packet_too_big_reaches_both_senders_and_lowers_one_tunnel(running):
    """RFC 2473 7.1, 8.2, RFC 8201 4. The other two links' tunnels are left as they are."""
    for sender, to, entry in sides(running):
        said = answered(running, sender, to, TUNNEL, error(2, 0, 1400))
        assert re.search(rf"From {entry} .*mtu[ =:]+1360", said), said
    for daemon in running.daemons():
        assert mtus(daemon) == {1: 1360, 2: TUNNEL, 3: TUNNEL}


def test_implausible_packet_too_big_changes_nothing(running):
    """RFC 8201 4: less than 1280 is discarded; so is what the quoted packet would have fitted."""
    before = [mtus(daemon) for daemon in running.daemons()]
    for sender, to, _ in sides(running):
        said = answered(running, sender, to, 1290, error(2, 0, 1279), error(2, 0, 1330), error(2, 0, 0))
        assert "mtu" not in said and "From" not in said, said
    assert [mtus(daemon) for daemon in running.daemons()] == before


def test_parameter_problem_of_a_node_that_is_no_tunnel_end(running):
    """RFC 4443 3.4 code 1: it does not take IPv6 in IPv6. What lies in the inner packet is not the
    tunnel's, and what the tunnel's headers are is not the sender's."""
    for sender, to, entry in sides(running):
        said = answered(running, sender, to, 100, error(4, 1, 6))
        assert re.search(rf"From {entry} .*Address unreachable", said), said
        said = answered(running, sender, to, 100, error(4, 0, 4), error(4, 1, 46), error(3, 1), error(100))
        assert "From" not in said, said


def test_no_error_about_an_error(running):
    """RFC 4443 2.4 (e)."""
    sent = [daemon.ask("show", "counters")["slow_path_errors"] for daemon in running.daemons()]
    with rule(running, "prerouting", "ip6 hoplimit set 1") as router:
        # Destination Unreachable, code 4: no socket has this port
        forge(running.cn, HOME_ADDRESS, error(1, 4) + header(HOME_ADDRESS, CORRESPONDENT, 17, 8) + bytes(8))
        wait_for("forwarded", lambda: "packets 1" in router.run("nft", "list", "ruleset").stdout, 3)
    assert ping(running.cn, HOME_ADDRESS, 100).returncode == 0
    assert [daemon.ask("show", "counters")["slow_path_errors"] for daemon in running.daemons()] == sent
