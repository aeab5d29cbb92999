# SPDX-License-Identifier: BSD-2-Clause
"""The pages say nothing that is not accepted, and keep nothing back."""

import fnmatch
import os
import re
import subprocess
import sys

import pytest
import snippets
from conftest import ROOT

sys.path[:0] = [os.path.join(ROOT, "docs"), os.path.join(ROOT, "tests", "layers")]

import layers                                                   # noqa: E402
import views                                                    # noqa: E402

CONFIGURATIONS = snippets.snippets(ROOT, "monamid.conf")
RADVD = snippets.snippets(ROOT, "radvd.conf")


@pytest.mark.parametrize("snippet", CONFIGURATIONS, ids=str)
def test_pieces_in_the_pages_are_right(monami, tmp_path, snippet):
    key = tmp_path / "key"
    key.write_text("00112233445566778899aabbccddeeff00112233\n")
    key.chmod(0o600)
    path = tmp_path / "piece.conf"
    path.write_text(snippets.completed(
        re.sub(r'key_file(\s*)= "[^"]*"', rf'key_file\1= "{key}"', snippet.text)))
    done = monami("check", path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


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


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def test_the_manual_of_the_configuration_agrees_with_the_table_of_keywords():
    script = os.path.join(ROOT, "docs", "man", "keywords.py")
    done = subprocess.run([script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    rows = re.findall(r"^(?:KEYWORD|LIST)\((\w+), (\w+),", read("src", "daemon", "config", "keywords.def"), re.M)
    # the page has those of AUTHENTICATION last
    rows = [name for block, name in sorted(rows, key=lambda row: row[0] == "block")]
    entries = re.findall(r"^\*(\w+)\* = ", read("docs", "man", "monamid.conf.5.scd"), re.M)
    assert len(rows) > 70 and rows == entries


def test_every_event_and_state_is_on_the_page_of_the_control_socket():
    notes = re.findall(r"^EVENT\((\w+),", read("src", "core", "api", "events.def"), re.M)
    states = re.findall(r'^HOME_STATE\(\w+, "([^"]+)"\)', read("src", "core", "api", "home_states.def"), re.M)
    routes = re.findall(r'^ROUTE_STATE\(\w+, "([^"]+)"\)', read("src", "core", "api", "ro_states.def"), re.M)
    assert len(notes) > 20 and len(states) == 6 and len(routes) == 5
    states += routes
    told = set(re.findall(r"`([^`]+)`", read("docs", "control.md")))
    assert {note.lower() for note in notes} | set(states) <= told


def test_tables_of_the_control_socket_are_those_of_the_rows():
    assert views.filled(read("docs", "control.md")) == read("docs", "control.md")
    assert re.findall(r"<!-- views: (\w+) -->", read("docs", "control.md")) == [
        "status", "mobile_nodes", "bindings", "links", "home_agents", "prefixes", "flows", "why", "why_links",
        "correspondents", "counters", "events"]


def test_every_row_of_a_view_is_read():
    for name in os.listdir(os.path.join(ROOT, "src", "views")):
        if name.endswith(".def"):
            lines = re.findall(r"^(?:VALUE|COLUMN)\(", read("src", "views", name), re.M)
            assert len(list(views.rows(name.removesuffix(".def")))) == len(lines) > 0


def test_every_key_of_a_finding_is_on_the_page_of_the_control_socket():
    keys = set(re.findall(r'"([a-z_]+)"', read("src", "daemon", "doctor", "finding.c")))
    assert len(keys) > 4
    text = read("docs", "control.md")
    assert {key for key in keys if not re.search(rf"\b{key}\b", text)} == set()


def test_links_between_pages_lead_somewhere():
    broken = []
    for page in snippets.pages(ROOT):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", read(page)):
            if not os.path.exists(os.path.join(ROOT, os.path.dirname(page), target)):
                broken.append(f"{page}: {target}")
    assert broken == []


# Written by the programs, not kept.
MADE = re.compile(r"bench/results\.json|demo/(summary\.json|out/.*)")


def tree():
    """Every file and folder, from the root, without what is built."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not name.startswith((".git", "build"))]
        yield from (os.path.relpath(os.path.join(folder, name), ROOT) for name in names + folders)


def is_there(told, page, there):
    """With a folder: from the root, from src or tests, or from the page. Without: anywhere. Other words
    are no files."""
    bases = [os.path.normpath(base) for base in ("", "src", "tests", os.path.dirname(page))]
    if "/" not in told:
        return not re.search(r"\.(c|h|def|py)$", told) or any(
            path.endswith("/" + told) for path in there)
    paths = [os.path.normpath(os.path.join(base, told)) for base in bases]
    return any(path in there or fnmatch.filter(there, path) for path in paths) or not any(
        os.path.normpath(os.path.join(base, told.split("/")[0])) in there for base in bases)


def test_files_named_in_the_pages_exist():
    there = set(tree())
    for page in snippets.pages(ROOT):
        text = re.sub(r"^```.*?^```", "", read(page), flags=re.M | re.S)
        told = set(re.findall(r"`([\w.-]+(?:/[\w.*-]+)*)`", text))
        missing = {name for name in told if not is_there(name, page, there)}
        assert {name for name in missing if not MADE.fullmatch(name)} == set(), page


def test_files_that_are_missing_are_found():
    there = set(tree())
    for told in ("src/core/no_such.c", "core/no_such.c", "no_such.c", "no_such.py", "tests/no_such/*.txt"):
        assert not is_there(told, "docs/control.md", there)
    for told in ("src/core", "core/api/core.h", "scene/support/node.c", "adr/0014-store.md", "core.c",
                 "tests/conformance/*.txt", "monami0", "no_such/thing"):
        assert is_there(told, "docs/control.md", there)


def test_every_room_has_its_place_in_the_architecture():
    """And the page stays one page: 120 lines."""
    text = read("ARCHITECTURE.md")
    drawing = text.split("```")[1]
    for room in layers.ROOMS:
        assert re.search(rf"\b{os.path.basename(room)}\b", drawing), room
    assert len(text.splitlines()) <= 120


def test_commands_of_run_and_pages_are_the_same():
    commands = set(re.findall(r"^command_(\w+)\(\)", read("run"), re.M))
    told = set(re.findall(r"\./run (\w+)", "".join(read(page) for page in snippets.pages(ROOT))))
    assert {"sim", "faults", "differential", "kill9"} <= told <= commands
    assert commands - told <= {"help", "clean", "build", "format"}


def test_groups_of_the_bench_and_its_page_are_the_same():
    groups = re.findall(r'"([a-z-]+)": \w+\.\w+', read("bench", "bench.py").split("MEASUREMENTS = {")[1].split("}")[0])
    told = re.search(r"measures one\s+group\s+\((.*?)\)", read("docs", "performance.md"), re.S)[1]
    assert len(groups) > 15 and sorted(groups) == sorted(re.findall(r"`([a-z-]+)`", told))
