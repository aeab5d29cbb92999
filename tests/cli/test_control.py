# SPDX-License-Identifier: BSD-2-Clause
"""The control socket: what it answers, and what it does not let anybody cost it."""

import json
import os
import select
import signal
import stat
import time

import pytest
from conftest import ControlTool


def test_status(control):
    answer, = control(7).ask({"command": "status"})
    assert answer == {"ok": True, "result": {
        "role": "home-agent", "roles": ["home-agent"], "uptime_s": 12.0, "device": "monami0", "mtu": 1460, "insecure": True,
        "put_back": 0, "missing": ["program on wifi0 ingress"], "rules_before": [],
        "bindings": 7, "address": "2001:db8:100::1", "home_prefix": "2001:db8:100::/64",
        "mobile_nodes": 3, "home_link": "home0", "home_link_up": True,
        "warnings": ["wwan0: there is no interface of this name"]}}


def test_status_of_a_mobile_node(control):
    answer, = control("mobile-node").ask({"command": "status"})
    assert answer == {"ok": True, "result": {
        "role": "mobile-node", "roles": ["mobile-node", "correspondent"], "uptime_s": 12.0, "device": "monami0", "mtu": 1460, "insecure": False,
        "put_back": 0, "missing": ["program on wifi0 ingress"], "rules_before": [],
        "bindings": 0, "warnings": ["wwan0: there is no interface of this name"],
        "home_address": "2001:db8:100::100", "home_agent": "2001:db8:100::1",
        "home_prefix": "2001:db8:100::/64", "home_state": "home and visited links",
        "registration_problem": "the home agent refuses the registration with status 145 "
                                "(a timestamp is required: replay must be true)", "correspondents": 2,
        "corresponds": True, "home_addresses": [{
            "home_address": "2001:db8:100::100", "home_agent": "2001:db8:100::1",
            "home_prefix": "2001:db8:100::/64", "home_state": "home and visited links",
            "registration_problem": "the home agent refuses the registration with status 145 "
                                    "(a timestamp is required: replay must be true)", "correspondents": 2}]}}


def test_several_mobile_nodes(control):
    tool = control("several")
    status = tool.ask({"command": "status"})[0]["result"]
    assert [(m["mobile_node"], m["home_address"]) for m in status["home_addresses"]] == [
        ("first", "2001:db8:100::100"), ("second", "2001:db8:200::200")]
    assert status["home_address"] == "2001:db8:100::100"

    def owners(**given):
        answer, = tool.ask({"command": "show", "what": "links", **given})
        return [link["mobile_node"] for link in answer["result"]["links"]]
    assert owners() == ["first", "second"]
    assert owners(mobile_node="first") == ["first"]
    assert owners(mobile_node="2001:db8:200::200") == ["second"]


def test_the_mobile_node_has_to_be_right(control):
    tool = control("several")
    prefer = {"command": "prefer", "bid": 4, "priority": 1}
    assert tool.ask(prefer)[0]["error"] == "there are several mobile nodes: name one by --mobile-node"
    assert tool.ask({**prefer, "mobile_node": "secnd"})[0]["error"] == (
        "no mobile node 'secnd'; did you mean 'second'?")
    assert tool.ask({**prefer, "mobile_node": "2001:db8::1"})[0]["error"] == "no mobile node '2001:db8::1'"
    assert tool.ask({"command": "show", "what": "links", "mobile_node": "x" * 100})[0]["error"] == (
        f"no mobile node '{'x' * 64}'")
    assert tool.ask({**prefer, "mobile_node": "first"})[0]["error"] == "prefer: this daemon has no link with this bid"
    assert tool.ask({**prefer, "mobile_node": "second"}) == [{"ok": True, "result": {}}]
    tool.close()
    assert control().ask(prefer) == [{"ok": True, "result": {}}]


def test_status_of_a_correspondent(control):
    answer, = control("correspondent").ask({"command": "status"})
    assert answer == {"ok": True, "result": {
        "role": "correspondent", "roles": ["correspondent"], "uptime_s": 12.0, "device": "monami0", "mtu": 1460, "insecure": False,
        "put_back": 0, "missing": ["program on wifi0 ingress"], "rules_before": [],
        "bindings": 0, "warnings": ["wwan0: there is no interface of this name"],
        "addresses": ["2001:db8:c::1"]}}


def test_bindings(control):
    answer, = control(3).ask({"command": "show", "what": "bindings"})
    without, infinite, plain = answer["result"]["bindings"]
    assert without == {
        "home_address": "2001:db8:100::", "care_of_address": "2001:db8:1::1", "priority": 9,
        "sequence": 0, "home": False, "verified": True, "expires_in_s": 40.0, "sent_packets": 5, "sent_octets": 0,
        "received_packets": 0, "received_octets": 0, "sent_ago_s": 1.0, "mtu": 0}
    assert infinite["bid"] == 1 and "expires_in_s" not in infinite and not infinite["verified"]
    assert plain["bid"] == 2 and "sent_packets" not in plain and plain["home"]
    assert plain["peer"] == "2001:db8:c::1" and "peer" not in infinite


def test_no_bindings_are_an_empty_list(control):
    assert control(0).ask({"command": "show", "what": "bindings"}) == [
        {"ok": True, "result": {"bindings": []}}]


def test_a_hundred_thousand_bindings_come_in_pages(control):
    tool = control(100000)
    pages = tool.ask({"command": "show", "what": "bindings"})
    assert all(page["more"] for page in pages[:-1]) and "more" not in pages[-1]
    sequence = [b["home_address"] for page in pages for b in page["result"]["bindings"]]
    assert len(sequence) == len(set(sequence)) == 100000
    assert max(len(page["result"]["bindings"]) for page in pages) <= 200


def test_many_flows_come_in_pages(control):
    pages = control(1000).ask({"command": "show", "what": "flows"})
    assert len(pages) == 5 and all(page["more"] for page in pages[:-1]) and "more" not in pages[-1]
    assert [flow["number"] for page in pages for flow in page["result"]["flows"]] == [1, *range(9, 1009)]


def test_a_full_page_is_the_last_if_there_is_no_more(control):
    for count, pages in ((199, 1), (200, 1), (201, 2)):
        tool = control(count)
        assert len(tool.ask({"command": "show", "what": "bindings"})) == pages
        tool.close()


def test_a_long_list_lets_others_through(control):
    tool = control(100000)
    with tool.connect() as slow:
        slow.sendall(b'{"command":"show","what":"bindings"}\n')  # and reads nothing
        assert tool.ask({"command": "status"})[0]["ok"]


def test_links(control):
    answer, = control().ask({"command": "show", "what": "links"})
    link, gone, *others = answer["result"]["links"]
    assert link == {
        "name": "wlan?", "ifindex": 3, "bid": 4, "priority": 2, "up": True, "registered": True,
        "selected": False, "home": True, "path": "suspect", "probe": True, "probes_unanswered": True,
        "deaths": 0, "loss_percent": 0, "reason": "no probe was ever answered", "rtt_ms": 1.5,
        "sent_packets": 0, "sent_octets": 0,
        "received_packets": 0, "received_octets": 0, "signalling_packets": 0, "dropped_packets": 6,
        "sent_bps": 8000, "received_bps": 16000, "usable_bps": 20000000, "sent_history_bps": [800, 8000],
        "received_history_bps": [0, 16000], "rtt_history_ms": [0.0, 1.5], "loss_history_percent": [0, 6],
        "attached": True, "put_back": 2}
    assert gone == {"name": "wwan0", "reason": "there is no such interface"}
    assert [link.get("reason") for link in others] == [
        "on trial: 3 of 32 answers, died 4 times in 5 min",
        "on trial: 0 of 8 answers, 38 % of probes lost, died once in 5 min",
        "no route by this link; no answer, died once in 5 min",
        None]
    assert (others[0]["answers"], others[0]["answers_needed"]) == (3, 32)
    assert "answers" not in others[2]


def test_counters(control):
    answer, = control().ask({"command": "show", "what": "counters"})
    result = answer["result"]
    assert result["refresh_requests_sent"] == 15
    assert (result["tests_sent"], result["tests_answered"], result["errors_returned"]) == (16, 17, 18)
    assert result["updates_accepted"] == 12 and result["packets_refused"] == 14
    drops = {(d["layer"], d["name"]): d for d in result["drops"]}
    assert drops["wire", "bad_checksum"] == {
        "layer": "wire", "name": "bad_checksum", "text": "wrong checksum", "count": 11}
    assert drops["dataplane", "expired"]["count"] == 13
    assert drops["core", "replayed"]["count"] == 0
    assert ("wire", "ok") not in drops


def test_home_agents(control):
    answer, = control().ask({"command": "show", "what": "home-agents"})
    assert answer["result"] == {"home_agents": [
        {"address": "2001:db8:100::1", "preference": 10, "in_use": True},
        {"address": "2001:db8:100::2", "preference": 0, "in_use": False, "expires_in_s": 30.0}]}


def test_correspondents(control):
    answer, = control().ask({"command": "show", "what": "correspondents"})
    assert answer["result"] == {"correspondents": [
        {"address": "2001:db8:c::1", "state": "optimized", "mcoa": True, "bindings": 3, "failures": 0,
         "home_token_expires_in_s": 100.0},
        {"address": "2001:db8:c::2", "state": "refused", "mcoa": False, "bindings": 0, "failures": 4,
         "asked_again_in_s": 500.0}]}


def test_flows(control):
    answer, = control().ask({"command": "show", "what": "flows"})
    assert answer["result"] == {"flows": [
        {"home_address": "2001:db8:100::100", "name": "voice", "number": 1, "priority": 10,
         "selects": "protocol udp, peer 2001:db8:c::/48, peer_ports 16384-32767, traffic_class ef",
         "selector": {"protocol": "udp", "peer": "2001:db8:c::/48", "peer_ports": "16384-32767", "traffic_class": "ef"},
         "mode": "smallest_delay", "interface": "br0", "bids": "eth0, wlan0",
         "links": [{"bid": 1, "name": "eth0"}, {"bid": 2, "name": "wlan0"}]},
        {"home_address": "2001:db8:100::100", "number": 9, "priority": 20, "selects": "all packets", "selector": {},
         "bids": "3", "links": [{"bid": 3}], "active": False}]}


VOICE = {"command": "why", "protocol": "udp", "peer": "2001:db8:c::1", "peer_port": 5060, "own_port": "16384",
         "traffic_class": "ef"}


def test_why(control):
    tool = control()
    answer, = tool.ask(VOICE)
    assert answer["result"] == {
        "own": "2001:db8:100::100", "peer": "2001:db8:c::1",
        "why": "rule voice (number 1, priority 10, smallest_delay) is for protocol udp",
        "now": "packets leave by wlan0 (BID 2), directly", "rule": 1, "name": "voice", "priority": 10, "mode": "smallest_delay",
        "selects": "protocol udp", "verdict": "tunnel", "bid": 2, "link": "wlan0",
        "home_agent": "refused", "home_agent_status": 129, "direct": True,
        "links": [{"name": "wlan0", "bid": 2, "used": True, "tier": 0, "excluded": False},
                  {"bid": 3, "used": False, "tier": 1, "excluded": True, "reason": "it is metered"}]}
    answer, = tool.ask({"command": "why", "protocol": 58, "peer": "2001:db8:c::1"})
    assert answer["result"] == {
        "own": "2001:db8:100::100", "peer": "2001:db8:c::1", "why": "the flow binding 9 is for it",
        "now": "packets are answered with an ICMPv6 error", "rule": 9, "verdict": "rejected", "links": []}


@pytest.mark.parametrize("wrong, text", [
    ({"protocol": None}, "protocol: neither a text nor a number"), ({"peer": None}, "peer: not a text"),
    ({"protocol": 256}, "protocol: not a number from 0 to 255, nor a range, nor a name that is known"),
    ({"peer": "x"}, "peer: not an IPv6 address"), ({"peer_port": "5-6"}, "peer_port: a range: a packet has one number"),
    ({"own": "::1"}, "own: not a unicast routable address"),
    ({"own_port": 1}, "own is no address of a mobile node that is known here"),
    ({"interface": "a/b"}, "interface: not an interface name of 1 to 15 characters"),
    ({"protocol": "icmpv6", "interface": "none0"}, "there is no interface of this name")])
def test_what_is_no_flow(control, wrong, text):
    answer, = control().ask({**VOICE, **wrong})
    assert answer == {"ok": False, "error": f"why: {text}"}


def test_a_flow_has_protocol_and_peer(control):
    tool = control()
    for key in ("protocol", "peer"):
        assert tool.ask({k: v for k, v in VOICE.items() if k != key}) == [{"ok": False, "error": f"why: no {key}"}]


def test_hints(control):
    tool = control()
    assert tool.ask({"command": "hint", "link": "eth0", "leaving": True}) == [{"ok": True, "result": {}}]
    answer, = tool.ask({"command": "hint", "link": "eth9", "leaving": True})
    assert answer == {"ok": False, "error": "hint: this mobile node has no link of this name"}
    for wrong in ({"link": "eth0"}, {"leaving": True}, {"link": 5, "leaving": True}, {"link": "eth0", "leaving": "x"}):
        assert tool.ask({"command": "hint", **wrong}) == [{"ok": False, "error": "hint: needs link and leaving"}]


def test_policies_are_loaded(control):
    tool = control()
    assert tool.ask({"command": "policy-load"}) == [{"ok": True, "result": {"set": 1, "removed": 2, "kept": 3}}]
    assert tool.ask({"command": "policy-load", "file": "/x.conf"}) == [
        {"ok": False, "error": "policy load: the file has errors",
         "errors": [{"file": "/x.conf", "line": 3, "column": 4, "text": "no such link"}]}]


def prefixes(tool):
    answer, = tool.ask({"command": "show", "what": "prefixes"})
    return answer["result"]["prefixes"]


def test_prefixes(control):
    tool = control()
    assert prefixes(tool) == [{"prefix": "2001:db8:100::/64", "on_link": False, "autonomous": True,
                               "preferred_s": 0.0}]
    assert tool.ask({"command": "prefix", "prefix": "2001:db8:200::/56", "valid_s": 100,
                     "preferred_s": 50}) == [{"ok": True, "result": {}}]
    assert prefixes(tool) == [{"prefix": "2001:db8:200::/56", "on_link": True, "autonomous": True,
                               "valid_s": 100.0, "preferred_s": 50.0}]
    assert tool.ask({"command": "prefix", "prefix": "2001:db8:200::/56"})[0]["ok"]  # infinite
    assert prefixes(tool) == [{"prefix": "2001:db8:200::/56", "on_link": True, "autonomous": True}]
    answer, = tool.ask({"command": "prefix", "prefix": "2001:db8:300::/64", "remove": True})
    assert answer == {"ok": False, "error": "prefix: this daemon has no such prefix, or is no home agent"}
    assert tool.ask({"command": "prefix", "prefix": "2001:db8:200::/56", "remove": True})[0]["ok"]
    assert prefixes(tool) == []


def test_what_is_no_prefix_changes_nothing(control):
    tool = control()
    before = prefixes(tool)
    good = {"command": "prefix", "prefix": "2001:db8:200::/64"}
    for wrong in ({"prefix": "2001:db8::1/64"}, {"prefix": "x"}, {"prefix": 5}, {"prefix": "ff02::/64"},
                  {"valid_s": -1}, {"valid_s": 4294967295}, {"valid_s": "5"}, {"valid_s": 5.5},
                  {"valid_s": 10, "preferred_s": 11}, {"valid_s": 10}):
        answer, = tool.ask({**good, **wrong})
        assert answer["ok"] is False and answer["error"].startswith("prefix: "), wrong
    assert tool.ask({"command": "prefix"})[0]["ok"] is False
    assert prefixes(tool) == before


def test_prefer(control):
    tool = control()
    assert tool.ask({"command": "prefer", "bid": 4, "priority": 1}) == [{"ok": True, "result": {}}]
    for request in ({"bid": 5, "priority": 1}, {"bid": 0, "priority": 1}, {"bid": 4, "priority": 128},
                    {"bid": "4", "priority": 1}, {"bid": 4}, {"bid": 65540, "priority": 1}):
        answer, = tool.ask({"command": "prefer", **request})
        assert answer["ok"] is False and answer["error"]


def test_stop(control):
    tool = control()
    with tool.connect() as connection:
        connection.sendall(b'{"command":"stop"}\n')
    assert tool.process.wait(timeout=30) == 0
    assert not os.path.exists(tool.path)


def test_requests_can_follow_each_other(control):
    answers = control().ask(*[{"command": "status"}] * 50)
    assert len(answers) == 50 and all(a["ok"] for a in answers)


def test_what_is_not_known_is_an_error(control):
    tool = control()
    for request in ({"command": "frob"}, {}, {"command": 5}, {"command": "show"},
                    {"command": "show", "what": "everything"}):
        answer, = tool.ask(request)
        assert answer["ok"] is False and answer["error"]


def test_garbage_is_answered_once_and_closed(control):
    tool = control()
    for raw in (b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\n", b"[]\n", b"[" * 3000 + b"\n", b"\xff\xfe\n",
                b'{"command":"status","command":"stop"}\n', b"5\n", b"\n"):
        answers = tool.ask(raw=raw + b'{"command":"status"}\n')
        assert [a["ok"] for a in answers] == [False], raw
    assert tool.ask({"command": "status"})[0]["ok"]


def test_a_line_has_an_end(control):
    tool = control()
    with tool.connect() as connection, connection.makefile() as stream:
        connection.sendall(b'{"command":"' + b"a" * 8000)
        assert json.loads(stream.readline()) == {"ok": False, "error": "line too long"}
        try:
            assert stream.read() == ""
        except ConnectionResetError:  # since not all was read
            pass


def ask_status(connection):
    connection.sendall(b'{"command":"status"}\n')
    received = b""
    while not received.endswith(b"\n"):
        received += connection.recv(65536)
    return json.loads(received)


def follow(connection):
    connection.sendall(b'{"command":"monitor"}\n')
    return json.loads(connection.makefile().readline())


def test_silent_clients_keep_nobody_out(control):
    """Sixteen that ask nothing, or read nothing, give way to the seventeenth: the one that was served
    longest ago first, and one that follows the monitor never."""
    tool = control(100000)
    with tool.connect() as follower:
        assert follow(follower)["ok"]
        slow = tool.connect()
        slow.sendall(b'{"command":"show","what":"bindings"}\n')  # and reads nothing
        crowd = [tool.connect() for _ in range(14)]
        for one in crowd:
            assert ask_status(one)["ok"]
        assert ask_status(crowd[0])["ok"]
        with tool.connect() as late:
            assert ask_status(late)["ok"]
            assert crowd[1].recv(1) == b"", "the one that was served longest ago"
            for one in [crowd[0], *crowd[2:]]:
                assert ask_status(one)["ok"]
        more = []
        for _ in range(5):
            more += [tool.connect() for _ in range(8)]
            assert ask_status(more[-1])["ok"]
        tool.notes(1)
        assert json.loads(follower.makefile().readline())["event"] == "binding_added"
        for one in [slow, *crowd, *more]:
            one.close()


def test_followers_leave_room(control):
    """Also with as many followers of the monitor as want to be, others are answered."""
    tool = control()
    followers = [tool.connect() for _ in range(16)]
    answers = [follow(one)["ok"] for one in followers]
    assert answers == [True] * 12 + [False] * 4
    assert ask_status(followers[12])["ok"]
    with tool.connect() as late:
        assert ask_status(late)["ok"]
    followers[0].close()
    with tool.connect() as late:
        assert follow(late)["ok"]
    for one in followers:
        one.close()


def test_a_client_that_asks_nothing_is_closed(control):
    """After ten seconds, also if it sends an octet now and then. A follower of the monitor stays."""
    tool = control()
    begun = time.monotonic()
    with tool.connect() as silent, tool.connect() as dripping, tool.connect() as follower:
        assert follow(follower)["ok"]
        ended = {}
        while len(ended) < 2 and time.monotonic() < begun + 30:
            if dripping not in ended:
                try:
                    dripping.sendall(b"{")
                except (BrokenPipeError, ConnectionResetError):
                    ended[dripping] = True
            readable, _, _ = select.select([one for one in (silent, dripping) if one not in ended],
                                           [], [], 1)
            for one in readable:
                ended[one] = True
        assert set(ended) == {silent, dripping}
        assert time.monotonic() > begun + 9
        tool.notes(1)
        assert json.loads(follower.makefile().readline())["event"] == "binding_added"


def test_monitor(control):
    tool = control()
    tool.notes(2)
    with tool.connect() as follower, follower.makefile("rw") as stream:
        stream.write('{"command":"monitor"}\n')
        stream.flush()
        assert json.loads(stream.readline()) == {"ok": True, "result": {"seq": 2}}
        tool.notes(2)
        first, second = json.loads(stream.readline()), json.loads(stream.readline())
    assert first["seq"] == 3 and second["seq"] == 4
    assert first["event"] == "binding_added" and first["time"] == 1735689600.0 and first["bid"] == 1
    assert tool.ask({"command": "status"})[0]["ok"]


def test_a_follower_that_does_not_read_loses_notes_and_is_told(control):
    tool = control()
    with tool.connect() as follower, follower.makefile("rw") as stream:
        stream.write('{"command":"monitor"}\n')
        stream.flush()
        stream.readline()
        tool.notes(50000)
        last, lost = 0, 0
        while last + lost < 50000:
            line = json.loads(stream.readline())
            if "lost" in line:
                lost += line["lost"]
            else:
                last += 1
                assert line["seq"] == last + lost
    assert lost > 0


def test_modes(control, tmp_path):
    tool = control()
    assert stat.S_IMODE(os.stat(tool.path).st_mode) == 0o660
    assert stat.S_IMODE(os.stat(tmp_path / "run").st_mode) == 0o755
    assert tool.close() == 0
    assert not os.path.exists(tool.path)


def test_the_socket_of_a_killed_daemon_is_replaced(control):
    tool = control()
    tool.process.send_signal(signal.SIGKILL)
    tool.process.wait()
    assert os.path.exists(tool.path)
    assert control().ask({"command": "status"})[0]["ok"]


def test_a_living_daemon_keeps_its_socket(control):
    tool = control()
    second = ControlTool(tool.path)
    assert second.process.wait(timeout=30) == 1
    assert "in use" in second.process.stderr.read()
    assert tool.ask({"command": "status"})[0]["ok"]


def test_a_file_in_its_place_is_left_alone(tmp_path):
    path = tmp_path / "control"
    path.write_text("precious")
    tool = ControlTool(path)
    assert tool.process.wait(timeout=30) == 1
    assert path.read_text() == "precious"
