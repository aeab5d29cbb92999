# SPDX-License-Identifier: BSD-2-Clause
"""Flows that a correspondent begins while a home address's packets leave by the interface of another one
(draft-montavont-mip6-mmi-02 4.3; ADR 64). The network is that of test_redirection.py."""
import re
import sys

import pytest
import topology
from conftest import BUILD
from netns import wait_for
from several_homes import mobile_node
from test_redirection import CELL_HOME, CELL_HOME_AGENT, WIFI_HOME, TwoHomes
from topology import CORRESPONDENT, HOME_AGENT, Daemon
from traffic import ping

PORT, TABLE = 90, "monami_monami0"

# Echoes what comes by TCP.
_SERVER = f"""if True:
    import socket, threading
    listener = socket.create_server(('::', {PORT}), family=socket.AF_INET6)
    print('ready', flush=True)
    def serve(c):
        while data := c.recv(100): c.sendall(data)
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()"""
# A connection that says a word for each line that it reads.
_TALK = f"""if True:
    import socket, sys
    c = socket.create_connection((sys.argv[1], {PORT}), timeout=10)
    print('connected', flush=True)
    for line in sys.stdin:
        c.sendall(b'word'); print(c.recv(100).decode(), flush=True)"""
_TRY = f"""if True:
    import errno, socket, sys
    try:
        c = socket.create_connection((sys.argv[2], {PORT}), timeout=5, source_address=(sys.argv[1], 0))
        c.sendall(b'word'); print(c.recv(100).decode())
    except socket.timeout:
        print('timeout')
    except OSError as e:
        print(errno.errorcode[e.errno])"""


class Redirected(TwoHomes):
    def __init__(self, net, build):
        super().__init__(net, build)
        self.correspondent = Daemon(self.cn, build, "correspondent { interfaces = {core0} }\n")

    def mobile_node_config(self):
        def redirection(text, link):
            return re.sub(rf'(link "{link}" {{)', r"\1 redirection = true ", text)
        wifi = mobile_node("wifi", WIFI_HOME, HOME_AGENT, [(1, "wifi0"), (2, "cell0")], "\tredirected_flows = reject\n")
        cell = mobile_node("cell", CELL_HOME, CELL_HOME_AGENT, [(1, "cell0"), (2, "wifi0")],
                           "\troute_optimization { after_packets = 10000 }\n\tredirected_flows = optimize\n")
        return redirection(wifi, "cell0") + redirection(cell, "wifi0")

    def start(self):
        self.correspondent.start()
        super().start()

    def connect(self, host, own, peer):
        return host.run(sys.executable, "-c", _TRY, own, peer).stdout.strip()


@pytest.fixture(scope="module")
def made():
    with topology.world(BUILD, kind=Redirected) as world:
        world.wait_care_of_addresses()
        world.start()
        for host in (world.mn, world.cn):
            server = host.start("server", sys.executable, "-c", _SERVER, pipe=True)
            assert server.popen.stdout.readline() == "ready\n"
        yield world


@pytest.fixture
def world(request, made):
    request.node.world = made
    return made


def test_new_flows_are_refused(world):
    """draft-montavont-mip6-mmi-02 4.3-1: flows of before go on, the mobile node's own may begin; the rest is refused."""
    talk = world.cn.start("talk", sys.executable, "-c", _TALK, WIFI_HOME, pipe=True)
    assert talk.popen.stdout.readline() == "connected\n"

    def says():
        talk.popen.stdin.write("\n")
        talk.popen.stdin.flush()
        return talk.popen.stdout.readline()
    assert says() == "word\n"
    assert world.connect(world.cn, CORRESPONDENT, WIFI_HOME) == "word"
    world.carrier(world.link("wifi0"), False)
    world.wait_selected_by("wifi", "cell0")
    wait_for("refusal", lambda: world.connect(world.cn, CORRESPONDENT, WIFI_HOME) == "EACCES", 5, 0.1)
    assert says() == "word\n"
    assert world.connect(world.mn, WIFI_HOME, CORRESPONDENT) == "word"
    assert world.connect(world.cn, CORRESPONDENT, CELL_HOME) == "word"  # its interface is there
    world.carrier(world.link("wifi0"), True)
    world.wait_selected_by("wifi", "wifi0")
    wait_for("an end of it", lambda: world.connect(world.cn, CORRESPONDENT, WIFI_HOME) == "word", 5, 0.1)
    assert says() == "word\n"
    talk.stop()


def tables(world):
    return world.mn.run("nft", "list", "tables").stdout


def test_the_table_comes_back(world):
    """The kernel sends no notification that the daemon hears: it looks when something else was removed."""
    world.mn.run("nft", "delete", "table", "ip6", TABLE)
    world.mn.ip(f"rule del from {WIFI_HOME} pref 10")
    wait_for("the table", lambda: f"table ip6 {TABLE}" in tables(world), 5, 0.1)
    wait_for("word of it", lambda: f"table ip6 {TABLE} was removed by another program: put back"
             in world.mobile_node.process.text(), 2)
    assert world.connect(world.cn, CORRESPONDENT, WIFI_HOME) == "word"


def optimized(world):
    return {c["address"] for c in world.mobile_node.ask("show", "correspondents")["correspondents"]
            if c["state"] == "optimized"}


def test_new_flows_are_optimized_at_once(world):
    """draft-montavont-mip6-mmi-02 4.3-1: the correspondent is told where the mobile node is."""
    assert ping(world.cn, CELL_HOME) == 3
    assert optimized(world) == set()  # so few packets are not enough otherwise
    world.carrier(world.link("cell0"), False)
    world.wait_selected_by("cell", "wifi0")
    assert ping(world.cn, CELL_HOME) == 3
    # Packets of before began to be counted with the usual threshold, which ends after ten seconds.
    wait_for("route optimization", lambda: ping(world.cn, CELL_HOME) == 3 and optimized(world) == {CORRESPONDENT}, 20, 0.1)
    assert ping(world.cn, CELL_HOME) == 3
    world.carrier(world.link("cell0"), True)
    world.wait_selected_by("cell", "cell0")


def test_no_table_is_left(world):
    assert world.mobile_node.stop() == 0
    assert TABLE not in tables(world)
