# SPDX-License-Identifier: BSD-2-Clause
"""Packets that are too big for the tunnel, or for a link inside it, are answered (RFC 2473 7.1, 8.1;
RFC 8201), so that the sender's kernel learns what fits."""
import os
import re

from netns import wait_for
from topology import CORRESPONDENT, HOME_ADDRESS

OUTER = 40
TUNNEL = 1500 - OUTER


def ping(host, to, octets):
    """A ping whose IPv6 packet has so many octets and may not be fragmented by its sender."""
    return host.run("ping", "-6", "-n", "-c", "1", "-W", "1", "-M", "do", "-s", octets - 48, to,
                    check=False)


def answer(done):
    """The MTU that the kernel was told of, or None."""
    found = re.search(r"mtu[ =:]+(\d+)", done.stdout + done.stderr)
    return int(found[1]) if found else None


def learns(host, to, octets, mtu):
    """The host's kernel is told `mtu`, and what fits it goes through."""
    def told():
        return answer(ping(host, to, octets)) == mtu
    wait_for(f"Packet Too Big with {mtu}", told, 5, 0.2)
    assert ping(host, to, mtu).returncode == 0


def test_too_big_for_the_tunnel_from_the_correspondent(running):
    assert ping(running.cn, HOME_ADDRESS, TUNNEL).returncode == 0
    learns(running.cn, HOME_ADDRESS, TUNNEL + 1, TUNNEL)


def test_too_big_for_the_tunnel_from_the_mobile_node(running):
    assert ping(running.mn, CORRESPONDENT, TUNNEL).returncode == 0
    assert ping(running.mn, CORRESPONDENT, TUNNEL + 1).returncode != 0
    assert answer(ping(running.mn, CORRESPONDENT, TUNNEL + 1)) == TUNNEL


def test_narrow_link_on_the_way_to_the_mobile_node(running):
    running.link("wifi0").router.ip("link set access0 mtu 1400")
    learns(running.cn, HOME_ADDRESS, TUNNEL, 1400 - OUTER)


def test_narrow_link_on_the_way_to_the_home_agent(running):
    running.link("wifi0").router.ip("link set core0 mtu 1380")
    learns(running.mn, CORRESPONDENT, TUNNEL, 1380 - OUTER)


def test_download_over_a_narrow_link(running):
    """TCP finds the path MTU by itself, also with segmentation offload."""
    running.link("wifi0").router.ip("link set access0 mtu 1350")
    with open(os.path.join(running.net.directory, "file"), "wb") as file:
        file.write(bytes(2_000_000))
    server = running.cn.start("http", "/usr/bin/python3", "-m", "http.server", "--bind",
                              CORRESPONDENT, "--directory", running.net.directory, "8080")
    script = ("import urllib.request\n"
              f"url = 'http://[{CORRESPONDENT}]:8080/file'\n"
              "print(len(urllib.request.urlopen(url, timeout=15).read()))\n")
    wait_for("the server", lambda: "8080" in running.cn.run("ss", "-ltn").stdout, 5)
    assert running.mn.run("/usr/bin/python3", "-c", script).stdout == "2000000\n"
    assert server.running()


def test_larger_than_the_minimum_always_goes_through(running):
    """A message that claims less than IPv6 allows does not stop packets of 1280 octets."""
    running.link("wifi0").router.ip("link set access0 mtu 1320")
    learns(running.cn, HOME_ADDRESS, TUNNEL, 1280)


def test_own_link_with_the_minimum(world):
    """A link of 1280 octets must not take IPv6 from monami0, whose MTU cannot be less."""
    world.mn.ip("link set wifi0 mtu 1280")
    world.start()
    assert world.mobile_node.ask("status")["mtu"] == 1280
    assert ping(world.mn, CORRESPONDENT, 1240).returncode == 0
    assert "carries 1280 octets only" in world.mobile_node.process.text()
