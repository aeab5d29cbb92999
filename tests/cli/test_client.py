# SPDX-License-Identifier: BSD-2-Clause
"""monami against a daemon that is played, and against the real control socket."""

import json
import os
import re
import shutil
import subprocess

import pytest

BINDING = {"home_address": "2001:db8::1", "bid": 3, "care_of_address": "2001:db8:1::1", "priority": 1,
           "sequence": 5, "expires_in_s": 12.5, "sent_packets": 7}


def bindings(*items, **more):
    return {"ok": True, "result": {"bindings": list(items)}, **more}


@pytest.mark.parametrize("arguments", [
    [], ["frob"], ["show"], ["show", "everything"], ["show", "links", "x"], ["status", "x"], ["check"],
    ["prefer", "1"], ["prefer", "0", "1"], ["prefer", "1", "128"], ["prefer", "x", "1"],
    ["prefer", "65537", "1"], ["prefix"], ["prefix", "2001:db8::/64", "--valid", "x"],
    ["prefix", "2001:db8::/64", "--preferred", "-1"], ["status", "--remove"],
    ["prefix", "2001:db8::/64", "--valid", "4294967295"], ["show", "links", "--valid", "5"],
    ["prefix", "2001:db8::/64", "--remove", "--valid", "5"], ["--frob", "status"], ["--socket"]])
def test_bad_usage_is_2(monami, arguments):
    done = monami(*arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("monami: ") and done.stderr.endswith("('monami help' lists all)\n")


def test_help_and_version(monami):
    assert monami("--version").stdout.startswith("monami ")
    assert monami("help").stdout == monami("--help").stdout != ""


def test_no_daemon(monami, tmp_path):
    path = tmp_path / "control"
    done = monami("--socket", path, "status")
    assert done.returncode == 1
    assert str(path) in done.stderr and "No such file" in done.stderr and "running?" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_no_permission(monami, control):
    """Root's socket, asked by somebody else. The program is handed over open: its folder may be closed."""
    with open(monami.path, "rb") as program:
        done = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
             f"/proc/self/fd/{program.fileno()}", "--socket", control().path, "status"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, pass_fds=[program.fileno()])
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith(": Permission denied (only root and the socket's group may ask)\n")


def test_a_path_that_is_no_socket(monami, tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file"):
        for form in ([], ["--json"]):
            done = monami(*form, "--socket", path, "status")
            assert (done.returncode, done.stdout) == (1, "")
            assert done.stderr == f"monami: {path}: Connection refused (it is no socket)\n"
    done = monami("--socket", "x" * 200, "status")
    assert done.returncode == 1 and done.stderr.endswith(": File name too long\n")


def test_a_client_alone_says_that_it_finds_no_daemon(monami, tmp_path):
    alone = tmp_path / "monami"
    shutil.copy(monami.path, alone)
    done = subprocess.run([alone, "check", "x"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False, env={"PATH": "/nonexistent"})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("monami: monamid, neither beside monami nor in the PATH: "
                           "No such file or directory\n")


def test_the_socket_of_a_killed_daemon(monami, control):
    tool = control()
    tool.process.kill()
    tool.process.wait()
    done = monami("--socket", tool.path, "show", "links")
    assert done.returncode == 1 and "refused" in done.stderr


def test_status(monami, control):
    done = monami("--socket", control(7).path, "status")
    assert done.returncode == 0
    lines = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert lines["role"] == "home-agent" and lines["bindings"] == "7"
    assert lines["home"]  # prefix, link
    assert "home link up  yes" in done.stdout
    assert "INSECURE" in done.stdout
    assert "WARNING: wwan0: there is no interface of this name" in done.stdout


def test_json_is_the_document(monami, control):
    tool = control(3)
    for command, request in ((["status"], {"command": "status"}),
                             (["show", "links"], {"command": "show", "what": "links"}),
                             (["show", "home-agents"], {"command": "show", "what": "home-agents"}),
                             (["show", "prefixes"], {"command": "show", "what": "prefixes"}),
                             (["show", "correspondents"],
                              {"command": "show", "what": "correspondents"}),
                             (["show", "flows"], {"command": "show", "what": "flows"}),
                             (["policy", "load"], {"command": "policy-load"}),
                             (["show", "counters"], {"command": "show", "what": "counters"})):
        assert monami.lines("--socket", tool.path, *command) == [tool.ask(request)[0]["result"]]


def test_flows_are_one_document_however_many(monami, control):
    done = monami("--json", "--socket", control(1000).path, "show", "flows")
    assert [flow["number"] for flow in json.loads(done.stdout)["flows"]] == [1, *range(9, 1009)]


def test_bindings_are_one_document_however_many(monami, control):
    for count in (0, 1, 200, 201, 1000):
        tool = control(count)
        done = monami("--json", "--socket", tool.path, "show", "bindings")
        assert done.returncode == 0
        assert len(json.loads(done.stdout)["bindings"]) == count
        tool.close()


def test_tables_are_aligned(monami, fake_daemon):
    fake = fake_daemon(bindings(BINDING, more=True), bindings({**BINDING, "bid": 4}))
    lines = monami("--socket", fake.path, "show", "bindings").stdout.splitlines()
    assert fake.requests == [{"command": "show", "what": "bindings"}]
    assert len(lines) == 3
    assert len({line.index(word) for line, word in zip(lines, ("care-of", "2001:db8:1", "2001:db8:1"))}) \
        == 1
    assert "12.5" in lines[1] and " - " in lines[1] + " "


def test_errors_of_a_policy_are_printed_one_by_one(monami, control, tmp_path):
    file = tmp_path / "x.conf"
    file.touch()
    tool = control()
    assert monami("--socket", tool.path, "policy", "load").stdout == "1 rules set, 2 removed, 3 kept\n"
    done = monami("--socket", tool.path, "policy", "load", str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"monami: policy load: the file has errors\n{file}:3:4: no such link\n"
    done = monami("--socket", tool.path, "policy", "load", "/nonexistent")
    assert (done.returncode, done.stderr) == (1, "/nonexistent: No such file or directory\n")


def test_why(monami, control, fake_daemon):
    tool = control()
    words = "why udp peer 2001:db8:c::1 5060 own 16384 traffic-class ef".split()
    assert monami("--socket", tool.path, *words).stdout.splitlines() == [
        "what        value",
        "why         rule voice (number 1, priority 10, smallest_delay) is for protocol udp",
        "now         packets leave by wlan0 (BID 2), directly", "home agent  refused", "direct      yes", "",
        "link   bid  used  tier  excluded  reason", "wlan0  2    yes   0     no        -",
        "-      3    no    1     yes       it is metered"]
    fake = fake_daemon({"ok": True, "result": {}})
    monami("--socket", fake.path, "why", "esp", "peer", "2001:db8:c::1", "own", "2001:db8:100::1", "7", "spi", "5", "from",
           "br0", "flow-label", "6")
    assert fake.requests == [{"command": "why", "protocol": "esp", "peer": "2001:db8:c::1", "own": "2001:db8:100::1",
                              "own_port": "7", "spi": "5", "interface": "br0", "flow_label": "6"}]


def test_a_hint_names_a_link(monami, control):
    tool = control()
    assert monami("--socket", tool.path, "hint", "eth0", "leaving").returncode == 0
    done = monami("--socket", tool.path, "hint", "eth9", "leaving")
    assert (done.returncode, done.stderr) == (1, "monami: hint: this mobile node has no link of this name\n")


def test_links_and_counters(monami, control):
    tool = control()
    links = monami("--socket", tool.path, "show", "links").stdout
    assert "suspect" in links and "wlan?" in links and "wwan0" in links
    assert links.splitlines()[2].endswith("there is no such interface")
    counters = monami("--socket", tool.path, "show", "counters").stdout.splitlines()
    assert ["11", "dropped by wire: wrong checksum"] in [line.split(maxsplit=1) for line in counters]
    assert not any("replay" in line for line in counters)  # those at zero are left out


@pytest.mark.parametrize("locale, out", [("C.UTF-8", "▁█ +█"), ("C", "[.]# +#")])
def test_the_last_seconds_of_a_link_are_drawn(monami, control, locale, out):
    links = monami("--socket", control().path, "show", "links", env={**os.environ, "LC_ALL": locale}).stdout
    assert re.search(f" 8000 +16000 +{out} +0 ", links.splitlines()[1])


def test_monitor(monami, fake_daemon):
    note = {"seq": 5, "time": 1735689600.25, "event": "refused", "text": "registration refused",
            "bid": 3, "status": 132}
    answers = {"ok": True, "result": {"seq": 4}}, note, {"lost": 9}
    done = monami("--json", "--socket", fake_daemon(*answers).path, "monitor")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [note, {"lost": 9}]
    assert done.returncode == 1 and "closed" in done.stderr  # it does not end by itself


def test_monitor_as_text(monami, fake_daemon):
    note = {"seq": 5, "time": 1735689600.25, "event": "refused", "text": "registration refused",
            "bid": 3, "status": 132}
    fake = fake_daemon({"ok": True, "result": {"seq": 4}}, note, {"lost": 9})
    lines = monami("--socket", fake.path, "monitor").stdout.splitlines()
    assert lines[0].endswith("registration refused, bid 3, status 132") and ".250 " in lines[0]
    assert lines[1] == "(9 lost)"


def test_prefer(monami, fake_daemon):
    fake = fake_daemon({"ok": True, "result": {}})
    done = monami("--socket", fake.path, "prefer", "3", "1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert fake.requests == [{"command": "prefer", "bid": 3, "priority": 1}]


def test_home_agents_and_prefixes(monami, control):
    tool = control()
    agents = [line.split() for line in
              monami("--socket", tool.path, "show", "home-agents").stdout.splitlines()]
    assert agents[1:] == [["2001:db8:100::1", "10", "yes", "-"], ["2001:db8:100::2", "0", "no", "30.0"]]
    correspondents = [line.split() for line in
                      monami("--socket", tool.path, "show", "correspondents").stdout.splitlines()]
    assert correspondents[1:] == [["2001:db8:c::1", "optimized", "3", "yes", "0", "100.0", "-"],
                                  ["2001:db8:c::2", "refused", "0", "no", "4", "-", "500.0"]]
    _, prefix = monami("--socket", tool.path, "show", "prefixes").stdout.splitlines()
    assert prefix.split() == ["2001:db8:100::/64", "-", "0.0", "no", "yes"]


@pytest.mark.parametrize("arguments, request_keys", [
    ([], {}), (["--valid", "100", "--preferred", "0"], {"valid_s": 100, "preferred_s": 0}),
    (["--preferred", "50"], {"preferred_s": 50}), (["--valid", "infinite"], {}),
    (["--remove"], {"remove": True})])
def test_prefix(monami, fake_daemon, arguments, request_keys):
    fake = fake_daemon({"ok": True, "result": {}})
    done = monami("--socket", fake.path, "prefix", "2001:db8::/64", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert fake.requests == [{"command": "prefix", "prefix": "2001:db8::/64", **request_keys}]


def test_a_refusal_is_shown(monami, control):
    done = monami("--socket", control().path, "prefer", "5", "1")
    assert done.returncode == 1 and done.stderr == "monami: prefer: this daemon has no link with this bid\n"


# Answers that a daemon may give (docs/control.md: a line, an object whose `ok` is true and whose `result` is an object), and
# whether a command other than `monitor` takes it. `show bindings` asks on while `more` is true.
STRANGE_ANSWERS = {
    "": False, "\n": False, "{\n": False, "[]\n": False, "5\n": False, "{}\n": False, "\xff" * 100 + "\n": False,
    '{"ok":true,"result":{}}\n': True, '{"ok":true,"result":{}}': True, '{"ok":false}\n': False,
    '{"ok":1,"result":{}}\n': False, '{"ok":true}\n': False, '{"ok":true,"result":5}\n': False,
    '{"ok":true,"result":{"bindings":[5,{}]}}\n': True, '{"ok":true,"result":{"bindings":{}},"more":true}\n': True}


@pytest.mark.parametrize("answer", STRANGE_ANSWERS)
@pytest.mark.parametrize("command", ["status", "show bindings", "show links", "monitor", "show counters",
                                     "show prefixes", "show home-agents"])
def test_a_strange_daemon_does_no_harm(monami, fake_daemon, answer, command):
    taken = STRANGE_ANSWERS[answer] and command != "monitor"  # it ends when the daemon goes away
    if command == "show bindings" and "more" in answer:
        taken = False
    for form in (["--json"], []):
        fake = fake_daemon(answer)
        done = monami(*form, "--socket", fake.path, *command.split())
        assert done.returncode == (0 if taken else 1)
        assert taken or command == "monitor" or done.stderr.startswith("monami: ")
        fake.listener.close()
        os.unlink(fake.path)


def test_a_closed_output_is_no_crash(monami, control):
    tool = control(5000)
    for form in ("--json", "--socket"):
        arguments = [monami.path, "--json"] if form == "--json" else [monami.path]
        process = subprocess.Popen([*arguments, "--socket", tool.path, "show", "bindings"],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        process.stdout.read(10)
        process.stdout.close()
        assert process.wait(timeout=30) == 1
