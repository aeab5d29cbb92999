# SPDX-License-Identifier: BSD-2-Clause
"""The store against processes that are killed and disks that refuse, by store_tool.

What happens to files, clocks and reboots is in test_store.c."""
import contextlib
import errno
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess

import pytest

from conftest import ROOT
from netns import wait_for

TOOL = os.path.join(os.environ.get("MONAMI_BUILD", os.path.join(ROOT, "build")),
                    "tests", "io", "store_tool")
HOMES = 50
KILLS = 60


class Tool:
    """One store_tool, told line by line."""

    def __init__(self, *before):
        self.popen = subprocess.Popen([*before, TOOL], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)

    def tell(self, line):
        self.popen.stdin.write(line + "\n")
        self.popen.stdin.flush()

    def ask(self, line):
        self.tell(line)
        said = self.popen.stdout.readline()
        assert said, f"store_tool ended at: {line}"
        return json.loads(said)

    def loaded(self):
        """Home address: the pass that put what is kept. -1 would be a row of two passes."""
        done = self.ask("load")
        assert done["error"] == 0
        return {int(home): made_by for home, made_by in done["kept"].items()}

    def inside(self, *argv):
        """Runs something in its mount namespace."""
        subprocess.run(["nsenter", f"--mount=/proc/{self.popen.pid}/ns/mnt", *argv], check=True)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.popen.kill()
        self.popen.communicate()


def expected_after(passes):
    state = {}
    for number in range(1, passes + 1):
        for i in range(number % 20 + 1):
            state[(number * 7 + i * 13) % HOMES] = number
    return state


def last_passes(said):
    """(the last pass that was kept, the last that was begun)"""
    # The last line may be cut short.
    words = [line.split() for line in said.split("\n")[:-1]]
    return (max([int(w[1]) for w in words if w[0] == "kept"], default=0),
            max([int(w[1]) for w in words if w[0] == "begin"], default=0))


@pytest.mark.parametrize("durable", [0, 1])
def test_killed_writer_loses_nothing_that_was_kept(tmp_path, durable):
    """kill -9 wherever it finds the writer: after that the store holds exactly what it held after the
    last pass that was kept, or after the one that was under way; all of it or nothing."""
    chance = random.Random(5648 + durable)
    under_way = 0
    for number in range(KILLS // 2):
        file = tmp_path / f"{number}.db"
        with Tool() as tool:
            assert tool.ask(f"open {file} {durable}")["error"] == 0
            tool.tell(f"run {HOMES}")
            # Some hundred passes, and then somewhere within one.
            read = ""
            while read.count("\n") < chance.randrange(2, 300):
                line = tool.popen.stdout.readline()
                assert line, "the writer ended by itself"
                read += line
            tool.popen.send_signal(signal.SIGKILL)
            kept, begun = last_passes(read + tool.popen.stdout.read())
        assert kept > 0 and begun in (kept, kept + 1)
        with Tool() as tool:
            opened = tool.ask(f"open {file} {durable}")
            assert opened["error"] == 0 and opened["reason"] == "" and not opened["new"]
            assert tool.loaded() in (expected_after(kept), expected_after(begun))
        under_way += begun > kept
    assert under_way > 0, "no writer was killed within a pass"


@pytest.fixture
def small_disk(tmp_path):
    """store_tool with a file system of 256 kB of its own, which it and its children see only."""
    disk = tmp_path / "disk"
    disk.mkdir()
    with Tool("unshare", "--mount", "--propagation", "private", "sh", "-c",
              f'mount -t tmpfs -o size=256k none {disk} && exec "$0"') as tool:
        tool.disk = disk
        # others enter its name space by its id: not before it is there
        wait_for("its disk", lambda: os.path.ismount(f"/proc/{tool.popen.pid}/root{disk}"), 10)
        yield tool


def fill(tool):
    tool.inside("sh", "-c", f"dd if=/dev/zero of={tool.disk}/filler bs=4096 2>&1 | true")


def commit_until_full(tool):
    """Uses up the free space of the log until an error. Returns the committed passes."""
    for number in range(2, 200):
        for home in range(HOMES):
            tool.tell(f"put {home} {number}")
        done = tool.ask("commit")
        if done["error"] != 0:
            return number - 1, done
    raise AssertionError("the disk is never full")


def test_full_disk_refuses_and_keeps_what_it_has(small_disk):
    tool = small_disk
    assert tool.ask(f"open {tool.disk}/store.db 1")["error"] == 0
    for home in range(HOMES):
        tool.tell(f"put {home} 1")
    assert tool.ask("commit")["error"] == 0
    fill(tool)
    last, done = commit_until_full(tool)
    assert done["error"] == -errno.ENOSPC and not done["works"]
    assert "full" in done["reason"]
    # It takes nothing more, until there is room.
    tool.tell("put 1 999")
    assert tool.ask("commit")["error"] == -errno.ENOSPC
    tool.inside("rm", f"{tool.disk}/filler")
    done = tool.ask("retry")
    assert done["error"] == 0 and done["works"] and not done["new"]
    assert tool.loaded() == {home: last for home in range(HOMES)}
    tool.tell("put 1 1000")
    assert tool.ask("commit")["error"] == 0
    assert tool.loaded()[1] == 1000


def test_no_room_for_a_first_file(small_disk):
    """An errno and a reason, no crash; and the file that could not be made is one as soon as it can."""
    tool = small_disk
    fill(tool)
    done = tool.ask(f"open {tool.disk}/store.db 1")
    assert done["error"] == -errno.ENOSPC and not done["works"] and done["reason"]
    assert tool.ask("retry")["error"] == -errno.ENOSPC
    tool.inside("rm", f"{tool.disk}/filler")
    assert tool.ask("retry") == {"error": 0, "works": True, "new": True, "reason": ""}
    tool.tell("put 1 1")
    assert tool.ask("commit")["error"] == 0
    assert tool.loaded() == {1: 1}


def test_read_only_store_is_said_and_works_when_it_can_be_written(small_disk):
    """Permissions would not stop root; a mount does."""
    tool = small_disk
    with Tool("nsenter", f"--mount=/proc/{tool.popen.pid}/ns/mnt") as first:
        assert first.ask(f"open {tool.disk}/store.db 1")["error"] == 0
        first.tell("put 1 1")
        assert first.ask("commit")["error"] == 0
    tool.inside("mount", "-o", "remount,ro", str(tool.disk))
    done = tool.ask(f"open {tool.disk}/store.db 1")
    assert done["error"] == -errno.EROFS and not done["works"]
    assert "Read-only" in done["reason"]
    assert tool.ask("retry")["error"] == -errno.EROFS
    assert tool.ask("load")["error"] == -errno.EROFS
    tool.inside("mount", "-o", "remount,rw", str(tool.disk))
    assert tool.ask("retry") == {"error": 0, "works": True, "new": False, "reason": ""}
    assert tool.loaded() == {1: 1}


def test_file_where_a_directory_should_be_stays(tmp_path):
    (tmp_path / "file").write_text("here")
    with Tool() as tool:
        done = tool.ask(f"open {tmp_path}/file/store.db 1")
        assert done["error"] == -errno.ENOTDIR and done["reason"]
    assert (tmp_path / "file").read_text() == "here"


def tables(page):
    """The view's columns, as docs/operation.md lists them."""
    rows = re.findall(r"^\| `(bindings|home_addresses)` \| (.*) \|$", page, re.M)
    return {view: re.findall(r"`(\w+)`", columns) for view, columns in rows}


def test_page_has_the_query_and_the_columns(tmp_path):
    """The command of docs/operation.md, on a store that is open; and each column of both views."""
    with open(os.path.join(ROOT, "docs", "operation.md"), encoding="utf-8") as file:
        page = file.read()
    path = "/var/lib/monami/home-agent.db"
    said = re.search(rf'sqlite3 -header -column {path} \\\n  "(SELECT [^"]*)"\n```\n\n```\n(.*)\n', page)
    with Tool() as tool:
        assert tool.ask(f"open {tmp_path}/store.db 1")["error"] == 0
        tool.tell("put 1 2")
        assert tool.ask("commit")["error"] == 0
        with contextlib.closing(sqlite3.connect(f"{tmp_path}/store.db")) as store:
            result = store.execute(said[1])
            assert [column for column, *_ in result.description] == said[2].split()
            assert [row[1] for row in store.execute("SELECT * FROM bindings")] == [1, 2]
            assert set(tables(page)) == {"bindings", "home_addresses"}
            for view, columns in tables(page).items():
                result = store.execute(f"SELECT * FROM {view}")
                assert [column for column, *_ in result.description] == columns


def test_only_one_process_has_it(tmp_path):
    """The second is told so and changes nothing; when the first is gone, it works."""
    with Tool() as second:
        with Tool() as first:
            assert first.ask(f"open {tmp_path}/store.db 1")["error"] == 0
            done = second.ask(f"open {tmp_path}/store.db 1")
            assert done["error"] == -errno.EBUSY
            assert "another process has it" in done["reason"]
            first.tell("put 1 1")
            assert first.ask("commit")["error"] == 0
        assert second.ask("retry")["error"] == 0
        assert second.loaded() == {1: 1}


# ---- damage ----

PAGE = 4096
WAL_HEADER, FRAME = 32, 24 + PAGE


def flip(path, chance, count=8):
    """Octets somewhere in it become others."""
    with open(path, "r+b") as file:
        length = os.fstat(file.fileno()).st_size
        for _ in range(count):
            at = chance.randrange(length)
            file.seek(at)
            was = file.read(1)[0]
            file.seek(at)
            file.write(bytes([was ^ chance.randrange(1, 256)]))


def cut(path, unit, first, chance):
    """Ends after some whole units, or within one."""
    units = (os.path.getsize(path) - first) // unit
    at = first + unit * chance.randrange(units) + chance.choice([0, 0, chance.randrange(unit)])
    os.truncate(path, at)


def zero_page(path, chance):
    pages = os.path.getsize(path) // PAGE
    with open(path, "r+b") as file:
        file.seek(PAGE * chance.randrange(pages))
        file.write(bytes(PAGE))


def remove_rows(path, chance):
    """By another program that knows SQLite."""
    with sqlite3.connect(path) as db:
        rows = [row for row, in db.execute("SELECT home_address FROM records ORDER BY home_address")]
        for row in chance.sample(rows, chance.randrange(1, 6)):
            db.execute("DELETE FROM records WHERE home_address = ?", (row,))
    db.close()


def put_older(path, older):
    for part in ("", "-wal"):
        if os.path.exists(older + part):
            shutil.copy(older + part, path + part)


DAMAGES = {
    "octets of the file": lambda path, older, chance: flip(path, chance),
    "octets of the log": lambda path, older, chance: flip(path + "-wal", chance),
    "an octet of the log": lambda path, older, chance: flip(path + "-wal", chance, 1),
    "the file cut": lambda path, older, chance: cut(path, PAGE, 0, chance),
    "the log cut": lambda path, older, chance: cut(path + "-wal", FRAME, WAL_HEADER, chance),
    "the log removed": lambda path, older, chance: os.remove(path + "-wal"),
    "a page of zeros": lambda path, older, chance: zero_page(path, chance),
    "rows removed": lambda path, older, chance: remove_rows(path, chance),
    "an older file": lambda path, older, chance: put_older(path, older),
    "the file empty": lambda path, older, chance: os.truncate(path, 0),
    "the file removed": lambda path, older, chance: os.remove(path),
}


def written(path, passes, die):
    """A store of so many passes, by a process that is killed, or that closes it."""
    tool = Tool()
    assert tool.ask(f"open {path} 1")["error"] == 0
    for number in range(1, passes + 1):
        for i in range(number % 20 + 1):
            tool.tell(f"put {(number * 7 + i * 13) % HOMES} {number}")
        assert tool.ask("commit")["error"] == 0
    if die:
        tool.popen.send_signal(signal.SIGKILL)
    tool.popen.communicate()


def copy_store(source, target):
    for name in os.listdir(os.path.dirname(source)):
        if name.startswith(os.path.basename(source)):
            shutil.copy(os.path.join(os.path.dirname(source), name),
                        target + name[len(os.path.basename(source)):])


def test_damage_that_loses_bindings_is_said(tmp_path):
    """154 damaged files: whatever is lost or older than what was kept, the reason says so; and what is
    not damaged says nothing."""
    chance = random.Random(5648)
    files = {}
    for die in (False, True):
        (tmp_path / str(die)).mkdir()
        (tmp_path / f"{die}-older").mkdir()
        files[die] = str(tmp_path / str(die) / "store.db"), str(tmp_path / f"{die}-older" / "store.db")
        written(files[die][0], 60, die)
        written(files[die][1], 45, die)
    expected = expected_after(60)
    silent, lost, number = [], 0, 0
    for name, damage in [("nothing", None), *DAMAGES.items()]:
        for i in range(14):
            die = i % 2 == 0 or "log" in name
            number += 1
            (tmp_path / f"{number}").mkdir()
            path = str(tmp_path / f"{number}" / "store.db")
            copy_store(files[die][0], path)
            if damage:
                damage(path, files[die][1], chance)
            with Tool() as tool:
                opened = tool.ask(f"open {path} 1")
                assert opened["error"] == 0
                loaded = tool.ask("load")
                now = {int(home): made_by for home, made_by in loaded["kept"].items()}
                said = opened["reason"] != "" or loaded["error"] != 0
            if not damage:
                assert not said and now == expected
            if now != expected:
                lost += 1
                if not said:
                    silent.append(name)
    assert lost > 100
    assert not silent, f"{len(silent)} of {lost}: {sorted(silent)}"
