# SPDX-License-Identifier: BSD-2-Clause
"""monami check, through monamid --check. What is an error is tested in tests/unit/daemon."""

import json
import os

import pytest
from conftest import ROOT

BAD = "mtu = 5\nhome_agent {\n\taddress = fe80::1\n}\n"
ERRORS = [(1, 7, "mtu: not a number from 1280 to 65535 or 0"), (3, 12, "address: not a unicast routable address"),
          (2, 1, "home_agent: home_prefix is missing"), (2, 1, "home_agent: interfaces is missing")]


def test_examples_are_right(monami):
    names = sorted(os.listdir(os.path.join(ROOT, "examples")))
    assert len(names) >= 4
    for name in names:
        path = os.path.join(ROOT, "examples", name)
        done = monami("check", path)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"{path}: right: ") and done.stdout.count("\n") == 1


@pytest.mark.parametrize("name, text, keys", [
    ("home-agent.conf", "home-agent, 2 mobile nodes, 1 interface",
     {"roles": ["home-agent"], "mobile_nodes": 2, "interfaces": 1}),
    ("mobile-node.conf", "mobile-node, 3 links", {"roles": ["mobile-node"], "links": 3}),
    ("mobile-node-optimizes.conf", "mobile-node and correspondent, 2 links",
     {"roles": ["mobile-node", "correspondent"], "links": 2}),
    ("correspondent.conf", "correspondent, 1 interface", {"roles": ["correspondent"], "interfaces": 1}),
    ("several-roles.conf", "home-agent and mobile-node, 1 mobile node, 2 mobile_node blocks, 4 links, 1 interface",
     {"roles": ["home-agent", "mobile-node"], "mobile_nodes": 1, "mobile_node_blocks": 2, "links": 4,
      "interfaces": 1})])
def test_a_right_file_is_said_to_be_right(monami, name, text, keys):
    path = os.path.join(ROOT, "examples", name)
    assert monami("check", path).stdout == f"{path}: right: {text}\n"
    assert monami.lines("check", path) == [{"file": path, "ok": True, **keys}]


@pytest.mark.parametrize("store, replay, warns", [('store = none', "false", True), ('store = none', "true", False),
                                                  ("", "false", False), ("", "true", False)])
def test_recorded_updates_after_a_restart(monami, tmp_path, store, replay, warns):
    """Neither timestamps nor a store with the sequence numbers: allowed, but said."""
    with open(os.path.join(ROOT, "examples", "home-agent.conf"), encoding="ascii") as file:
        text = file.read()
    path = tmp_path / "home-agent.conf"
    path.write_text(text.replace("lifetime_max = 300", f"lifetime_max = 300\n\t{store}")
                    .replace("spi = 257", f"spi = 257\n\t\treplay = {replay}"))
    done = monami("check", path)
    assert done.returncode == 0
    assert ("a recorded Binding Update is accepted" in done.stdout) == warns
    assert ("warning" in monami.lines("check", path)[0]) == warns


def test_every_error_has_file_line_and_column(monami, tmp_path):
    path = tmp_path / "bad.conf"
    path.write_text(BAD)
    done = monami("check", path)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [f"{path}:{line}:{column}: {text}" for line, column, text in ERRORS]


def test_json(monami, tmp_path):
    path = tmp_path / "bad.conf"
    path.write_text(BAD)
    done = monami("--json", "check", path)
    assert done.returncode == 1
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"file": str(path), "line": line, "column": column, "text": text} for line, column, text in ERRORS]


def test_a_missing_file_is_an_error(monami):
    done = monami("check", "/nonexistent")
    assert done.returncode == 1
    assert done.stdout == "/nonexistent: cannot be read: No such file or directory\n"


EXAMPLE = os.path.join(ROOT, "examples", "mobile-node.conf")


@pytest.mark.parametrize("spoil, expected", [
    (lambda text: b"\xef\xbb\xbf" + text, "1:1: a byte order mark: save the file as UTF-8 without one"),
    (lambda text: text.decode().encode("utf-16"), " cannot be read: it is UTF-16, save it as UTF-8"),
    (lambda text: text.replace(b"\n", b"\r"),
     " cannot be read: its lines end with CR alone, save it with LF"),
    (lambda text: text.replace(b'{ bid = 1  priority = 1 }', b'{ bid = 1  priority = 1'),
     "14:2: link: the block that begins here is not closed before 'link' in line 15"),
    (lambda text: text.rstrip().removesuffix(b"}"), "4:1: mobile_node: the block that begins here is not closed"),
    (lambda text: text + b"}\n", "18:1: a closing brace too many: the last block ended in line 17"),
    (lambda text: text.replace(b'"eth0"', b'"eth0'), "14:7: the quote that opens here is not closed"),
    (lambda text: text.replace(b"lifetime", b"lifetim"),
     "7:2: unknown keyword 'lifetim'; did you mean 'lifetime'?"),
    (lambda text: text.replace(b"spi = 256", b"spi = 256\n\tspi = 256"),
     "11:8: spi: given twice in this block, first in line 10"),
    (lambda text: b"", " the file is empty"),
    (lambda text: text + b"\0", " cannot be read: it is not text (it holds a NUL)")])
def test_what_an_editor_does_to_a_file(monami, tmp_path, spoil, expected):
    with open(EXAMPLE, "rb") as file:
        text = file.read()
    assert spoil(text) != text
    path = tmp_path / "spoilt.conf"
    path.write_bytes(spoil(text))
    done = monami("check", path)
    assert (done.returncode, done.stdout) == (1, f"{path}:{expected}\n")


def test_several_roles_and_mobile_nodes(monami, tmp_path):
    def block(number):
        return (f'mobile_node "m{number}" {{\n\thome_address = 2001:db8:{number}::2\n\thome_agent = 2001:db8:{number}::1\n'
                '\tauthentication = insecure-none\n\tlink "wlan0" { bid = 1 priority = 1 }\n}\n')

    path = tmp_path / "several.conf"
    with open(os.path.join(ROOT, "examples", "home-agent.conf"), encoding="ascii") as file:
        path.write_text(file.read() + block(1) + block(2) + "correspondent {\n}\n")
    assert monami("check", path).stdout == (f"{path}: right: home-agent and mobile-node and correspondent, 2 mobile nodes, "
                                            "2 mobile_node blocks, 2 links, 1 interface\n")
    assert monami.lines("check", path) == [{
        "file": str(path), "ok": True, "roles": ["home-agent", "mobile-node", "correspondent"], "mobile_nodes": 2,
        "mobile_node_blocks": 2, "links": 2, "interfaces": 1}]
    path.write_text(block(1) + block(1))
    assert monami("check", path).stdout.splitlines() == [
        f"{path}:7:1: mobile_node: the same {what} as in line 1 of several.conf" for what in ("home_address", "name")]


def test_mistakes_of_the_text_do_not_hide_others(monami, tmp_path):
    path = tmp_path / "text.conf"
    path.write_text('mtu 1400\ndevice = "monami0\ncorrespondent {\n\tinterfaces = {eth0 eth1}\n\tmcoa = maybe\n')
    assert monami("check", path).stdout.splitlines() == [
        f"{path}:1:1: mtu: the equal sign is missing", f"{path}:2:10: the quote that opens here is not closed",
        f"{path}:4:21: interfaces: a comma is missing", f"{path}:5:9: mcoa: neither true nor false",
        f"{path}:3:1: correspondent: the block that begins here is not closed"]


def test_prefixes_of_a_second_block_are_counted(monami, tmp_path):
    def block(net, count):
        prefixes = (f"prefix 2001:db8:{net}:{number:x}::/64 {{ never = true }}\n" for number in range(count))
        return "route_optimization {\n" + "".join(prefixes) + "}\n"

    path = tmp_path / "prefixes.conf"
    path.write_text("mobile_node {\nhome_address = 2001:db8:1::2\nhome_agent = 2001:db8:1::1\n"
                    "authentication = insecure-none\nlink wlan0 { bid = 1 priority = 1 }\n"
                    + block(2, 63) + block(3, 2) + "}\n")
    assert monami("check", path).stdout.splitlines() == [
        f"{path}:71:1: route_optimization: a second block of this kind; the first is in line 6",
        f"{path}:72:1: prefix: more than 63 prefixes", f"{path}:73:1: prefix: more than 63 prefixes"]


@pytest.mark.parametrize("text, expected", [
    ('"{\\' * 500000, "1:1: the quote that opens here is not closed"),
    ("a {" * 1000000, "1:1: unknown block 'a'"), ("${" * 1000000, "1:1: unknown block '$'")],
    ids=["quotes", "braces", "variables"])
def test_the_time_grows_with_the_size_only(monami, tmp_path, text, expected):
    path = tmp_path / "long.conf"
    path.write_text(text)
    assert monami("check", path).stdout.splitlines()[0].startswith(f"{path}:{expected}")


def test_included_files_are_counted(monami, tmp_path):
    for depth in range(8):
        (tmp_path / f"{depth}.conf").write_text(f'include("{depth + 1}.conf")\n' * 12)
    (tmp_path / "8.conf").write_text("# nothing\n")
    done = monami("check", tmp_path / "0.conf")
    assert done.returncode == 1
    assert "include: more than 65536 files" in done.stdout


def test_probe_of_a_link(monami, tmp_path):
    with open(EXAMPLE, "rb") as file:
        text = file.read()
    path = tmp_path / "probe.conf"
    for word, status in ((b"false", 0), (b"true", 0), (b"seldom", 1)):
        path.write_bytes(text.replace(b"bid = 1  priority = 1 ", b"bid = 1  priority = 1  probe = " + word + b" "))
        assert monami("check", path).returncode == status


def test_lines_that_end_with_cr_and_lf_are_right(monami, tmp_path):
    path = tmp_path / "crlf.conf"
    with open(EXAMPLE, "rb") as file:
        path.write_bytes(file.read().replace(b"\n", b"\r\n"))
    assert monami("check", path).returncode == 0


def test_a_directory_is_no_file(monami, tmp_path):
    assert monami("check", tmp_path).stdout == f"{tmp_path}: cannot be read: it is a directory\n"


def test_a_file_name_is_not_a_command(monami, tmp_path):
    path = tmp_path / "$(touch gone); x"
    path.write_text(BAD)
    assert monami("check", path, cwd=tmp_path).returncode == 1
    assert os.listdir(tmp_path) == [path.name]
