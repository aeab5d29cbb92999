# SPDX-License-Identifier: BSD-2-Clause
"""monami check, through monamid --check. What is an error is tested in tests/unit/daemon. And
that the pages say nothing that is not accepted, and keep nothing back."""

import json
import os
import re
import subprocess

import pytest
import snippets
from conftest import ROOT

CONFIGURATIONS = snippets.snippets(ROOT, "monamid.conf")
RADVD = snippets.snippets(ROOT, "radvd.conf")

BAD = "mtu = 5\nhome_agent {\n\taddress = fe80::1\n}\n"
ERRORS = [(1, "mtu: not a number from 1280 to 65535"), (3, "address: not a unicast routable address"),
          (2, "home_agent: home_prefix is missing"), (2, "home_agent: interfaces is missing")]


def test_examples_are_right(monami):
    names = sorted(os.listdir(os.path.join(ROOT, "examples")))
    assert len(names) >= 4
    for name in names:
        done = monami("check", os.path.join(ROOT, "examples", name))
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("snippet", CONFIGURATIONS, ids=str)
def test_pieces_in_the_pages_are_right(monami, tmp_path, snippet):
    key = tmp_path / "key"
    key.write_text("00112233445566778899aabbccddeeff00112233\n")
    key.chmod(0o600)
    path = tmp_path / "piece.conf"
    path.write_text(snippets.completed(
        re.sub(r'key_file(\s*)= "[^"]*"', rf'key_file\1= "{key}"', snippet.text)))
    done = monami("check", path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_wrong_piece_is_found(monami, tmp_path):
    """Nothing that a piece says is lost when it is completed."""
    path = tmp_path / "piece.conf"
    for piece in ("home_agent {\n\tno_such_word = 1\n}\n",
                  "home_agent {\n\taddress = fe80::1\n}\n",
                  'home_agent {\n\tmobile_node "2001:db8:100::5" { verify = maybe }\n}\n',
                  "mobile_node {\n\tat_home = sometimes\n\thome_prefix = 2001:db8:100::/64\n}\n"):
        path.write_text(snippets.completed(piece))
        done = monami("check", path)
        assert (done.returncode, len(done.stdout.splitlines())) == (1, 1), done.stdout


def test_there_are_pieces_in_the_pages():
    assert len(CONFIGURATIONS) >= 10 and {s.page for s in CONFIGURATIONS} >= {
        "README.md", "docs/home-link.md", "docs/operation.md"}
    assert len(RADVD) >= 2


@pytest.mark.parametrize("snippet", RADVD, ids=str)
def test_radvd_understands_the_pages(tmp_path, snippet):
    path = tmp_path / "radvd.conf"
    path.write_text(snippet.text)
    done = subprocess.run(["radvd", "--configtest", "--config", str(path)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout


def test_every_keyword_has_its_place_in_the_manual():
    folder = os.path.join(ROOT, "src", "daemon")
    code = "".join(open(os.path.join(folder, name), encoding="utf-8").read()
                   for name in sorted(os.listdir(folder)) if re.match(r"config.*\.[ch]$", name))
    keywords = set(re.findall(r'\{"(\w+)", (?:true|false), \w+\}', code))
    assert len(keywords) > 40
    with open(os.path.join(ROOT, "docs", "man", "monamid.conf.5.scd"), encoding="utf-8") as file:
        told = set(re.findall(r"\*(\w+)\*", file.read()))
    assert keywords - told == set()


def test_every_error_has_file_and_line(monami, tmp_path):
    path = tmp_path / "bad.conf"
    path.write_text(BAD)
    done = monami("check", path)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [f"{path}:{line}: {text}" for line, text in ERRORS]


def test_json(monami, tmp_path):
    path = tmp_path / "bad.conf"
    path.write_text(BAD)
    done = monami("--json", "check", path)
    assert done.returncode == 1
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"file": str(path), "line": line, "text": text} for line, text in ERRORS]


def test_a_missing_file_is_an_error(monami):
    done = monami("check", "/nonexistent")
    assert done.returncode == 1
    assert done.stdout == "/nonexistent: cannot be read: No such file or directory\n"


def test_a_file_name_is_not_a_command(monami, tmp_path):
    path = tmp_path / "$(touch gone); x"
    path.write_text(BAD)
    assert monami("check", path, cwd=tmp_path).returncode == 1
    assert os.listdir(tmp_path) == [path.name]
