# SPDX-License-Identifier: BSD-2-Clause
"""monami doctor as a program: table, JSON, exit status. tests/net/test_doctor.py tests that it finds faults."""

import json
import os
import re
import subprocess

import pytest

from conftest import BUILD, ROOT

MONAMID = os.path.join(BUILD, "src", "daemon", "monamid")
CONFIG = "correspondent {\n\tinterfaces = {none0}\n}\n"


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "monamid.conf"
    path.write_text(f'control = "{tmp_path}/control"\npin_directory = "{tmp_path}/pins"\n{CONFIG}')
    return path


def document(monami, *arguments):
    done = monami("--json", *arguments, "doctor")
    assert done.stderr == "" and len(done.stdout.splitlines()) == 1, done
    return done.returncode, json.loads(done.stdout)


def rows():
    with open(os.path.join(ROOT, "src", "daemon", "doctor", "doctor.c"), encoding="utf-8") as file:
        table = file.read().split("} rows[] = {")[1].split("\n};")[0]
    return re.findall(r'^\t\{"(\w+)"', table, re.M)


def test_each_check_is_in_the_output_in_order_and_on_the_page(monami, config):
    names = rows()
    assert len(names) >= 19
    _, said = document(monami, "--config", config)
    assert list(dict.fromkeys(c["check"] for c in said["checks"])) == names
    with open(os.path.join(ROOT, "docs", "control.md"), encoding="utf-8") as file:
        page = file.read().split("\n## doctor\n")[1].split("\n## ")[0]
    assert set(names) <= set(re.findall(r"`(\w+)`", page))


def test_json_and_exit_status(monami, config):
    status, said = document(monami, "--config", config)
    assert set(said) == {"checks", "problems", "warnings"}
    for check in said["checks"]:
        bad = check["verdict"] in ("warning", "problem")
        assert bad == ("why" in check) == ("remedy" in check), check
        assert check["verdict"] in ("ok", "not applicable", "warning", "problem") and check["text"]
    assert {c["object"]: c["verdict"] for c in said["checks"] if c["check"] == "interfaces"} == {"none0": "problem"}
    assert status == 1 and said["problems"] >= 1


def test_the_text_is_the_document(monami, config):
    _, said = document(monami, "--config", config)
    done = monami("--config", config, "doctor")
    for check in said["checks"]:
        object_ = f" {check['object']}" if "object" in check else ""
        assert re.search(f"^{check['verdict']} +{check['check']}{re.escape(object_)}: {re.escape(check['text'])}$",
                         done.stdout, re.M), check
        for key, word in (("why", "why: "), ("remedy", "do:  ")):
            assert key not in check or f"  {word}{check[key]}\n" in done.stdout
    assert done.stdout.splitlines()[-1].startswith(f"{said['problems']} problem")


def test_warnings_alone_are_0(monami, tmp_path):
    """Of a host on which nothing needs root."""
    done = monami("--json", "--config", os.path.join(ROOT, "examples", "mobile-node.conf"), "--socket",
                  tmp_path / "nobody", "doctor")
    said = json.loads(done.stdout)
    assert said["warnings"] >= 1 and done.returncode == (1 if said["problems"] else 0)


def test_words(monami, config):
    for arguments in (["--config", config, "status"], ["--config"], ["doctor", "x"]):
        assert monami(*arguments).returncode == 2
    done = subprocess.run([MONAMID, "--socket", "x"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "--doctor" in done.stderr


def test_it_could_not_run_is_2(monami, tmp_path):
    """A client without its monamid."""
    program = tmp_path / "monami"
    os.link(monami.path, program) if os.stat(monami.path).st_dev == os.stat(tmp_path).st_dev else \
        program.write_bytes(open(monami.path, "rb").read())
    program.chmod(0o755)
    done = subprocess.run([program, "doctor"], env={"PATH": str(tmp_path)}, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 2 and "No such file" in done.stderr


FINDING = {"check": "mtu", "object": "x0", "verdict": "problem", "text": "t" * 1000, "why": "w", "remedy": "r"}


@pytest.mark.parametrize("answer, expected", [
    ({"ok": True, "result": {"checks": [FINDING]}}, [("x0", "problem")]),
    ({"ok": True, "result": {"checks": [{**FINDING, "verdict": "strange"}, {**FINDING, "check": "other"}, 5, None,
                                        {}]}}, []),
    ({"ok": True, "result": {"checks": 5}}, []),
    ({"ok": False, "error": "unknown command"}, []),  # a daemon of an earlier version
    ("garbage\n", []), ("", []), ('{"ok":true,"result":{"checks":[', [])])
def test_what_a_daemon_says_is_taken_or_left(monami, fake_daemon, config, answer, expected):
    fake = fake_daemon(answer)
    _, said = document(monami, "--config", config, "--socket", fake.path)
    mtu = [(c.get("object"), c["verdict"]) for c in said["checks"] if c["check"] == "mtu"]
    assert mtu == (expected or [(None, "not applicable")])
    assert {c["check"] for c in said["checks"]} == set(rows())


def test_rules_of_others_and_what_is_missing(monami, fake_daemon, config):
    """As the daemon's status names them; the command deletes the rule."""
    status = {"rules_before": ["rule 100 (from all lookup 100) comes before ours (1000)"],
              "missing": ["route default dev monami0 table 7000"]}
    fake = fake_daemon({"ok": True, "result": {"checks": []}}, {"ok": True, "result": status})
    _, said = document(monami, "--config", config, "--socket", fake.path)
    rule, missing = [c for c in said["checks"] if c["check"] == "rules"]
    assert (rule["verdict"], rule["text"]) == ("warning", status["rules_before"][0])
    assert rule["remedy"].startswith("ip -6 rule del pref 100 #") and "in clear" in rule["why"]
    assert (missing["verdict"], missing["text"]) == (
        "problem", "route default dev monami0 table 7000 is gone and cannot be put back")


@pytest.mark.parametrize("status, verdict", [({"rules_before": [], "missing": []}, "ok"), ({}, "not applicable"),
                                             ({"rules_before": 5, "missing": [5]}, "not applicable")])
def test_no_rules_of_others(monami, fake_daemon, config, status, verdict):
    fake = fake_daemon({"ok": True, "result": {"checks": []}}, {"ok": True, "result": status})
    _, said = document(monami, "--config", config, "--socket", fake.path)
    rule, = [c for c in said["checks"] if c["check"] == "rules"]
    assert rule["verdict"] == verdict
