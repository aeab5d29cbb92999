# SPDX-License-Identifier: BSD-2-Clause
"""The unit contrib/monamid.service: what systemd thinks of it, and that the daemon works with no more than it
allows. And what the daemon keeps of root's privileges without systemd."""
import os
import random
import re
import resource
import shlex
import signal
import socket
import subprocess

import pytest
from conftest import BUILD, ROOT
from netns import wait_for
from test_taken_away import one_by_one, objects
from topology import HOME_ADDRESS, KEY
from traffic import ping

EXPOSURE_MAX = 3.0
KEPT = {"net_admin": 12, "net_raw": 13, "perfmon": 38, "bpf": 39}


def unit():
    """Values of each setting of its section Service, in order."""
    with open(os.path.join(ROOT, "contrib", "monamid.service.in"), encoding="ascii") as file:
        text = file.read()
    settings = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", text.split("[Service]")[1], re.M):
        settings.setdefault(key, []).append(value)
    return text, settings


def calls_of(words):
    """Names of system calls; a group becomes those that systemd has in it."""
    calls = set()
    for word in words:
        if not word.startswith("@"):
            calls.add(word)
            continue
        listed = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", word], text=True,
                                capture_output=True, check=True).stdout
        calls |= calls_of(line.split()[0] for line in listed.splitlines()[1:] if line.strip() and "#" not in line)
    return calls


def allowed_calls(filters):
    """As systemd.exec(5), SystemCallFilter=: later lines add to, or take from, the first one's list. What starts the
    program is always allowed."""
    allowed = calls_of(["@default", "execve"])
    for line in filters:
        if line.startswith("~"):
            allowed -= calls_of(line[1:].split()) - calls_of(["@default", "execve"])
        else:
            allowed |= calls_of(line.split())
    return allowed


def test_exposure(tmp_path):
    text, _ = unit()
    path = tmp_path / "monamid.service"
    path.write_text(text.replace("@sbindir@", "/bin/true #"))
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", str(path)], text=True,
                          capture_output=True, check=True)
    assert "Unknown" not in done.stderr, done.stderr
    assert float(re.search(r"exposure level for monamid.service: ([\d.]+)", done.stdout)[1]) <= EXPOSURE_MAX


def confined(tmp_path, daemon):
    """The daemon's program becomes a script that starts it with what the unit allows: capabilities, calls, address
    families, and only those folders to write to that are named (here: the network's own)."""
    _, settings = unit()
    calls = tmp_path / "calls"
    calls.write_text("\n".join(sorted(allowed_calls(settings["SystemCallFilter"]))) + "\n")
    families = ",".join(str(int(getattr(socket, name))) for name in settings["RestrictAddressFamilies"][0].split())
    capabilities = ",".join("+" + name[len("CAP_"):].lower()
                            for name in settings["CapabilityBoundingSet"][0].split())
    writable = [daemon.host.net.directory,
                *[path for path in settings["ReadWritePaths"][0].split() if path.startswith("/proc")]]
    binds = "".join(f"mount --rbind {shlex.quote(path)} {shlex.quote(path)}\n" for path in writable
                    if not os.path.ismount(path))
    script = tmp_path / "monamid"
    script.write_text(f"""#!/bin/sh -e
exec unshare --mount --propagation private sh -ec '
mount --bind /proc/sys /proc/sys
{binds}mount -o remount,bind,ro /proc/sys
mount -o remount,bind,ro /
ulimit -c 0
exec setpriv --no-new-privs --bounding-set=-all,{capabilities} {BUILD}/tests/net/confine {calls} {families} {daemon.monamid} "$@"
' sh "$@"
""")
    script.chmod(0o755)
    daemon.monamid = str(script)


def status(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def assert_little_is_kept(pid):
    kept = sum(1 << number for number in KEPT.values())
    now = status(pid)
    for which in ("CapEff", "CapPrm"):
        assert int(now[which], 16) == kept, which
    assert int(now["CapBnd"], 16) & ~kept == 0
    assert int(now["CapInh"], 16) == int(now["CapAmb"], 16) == 0
    assert now["NoNewPrivs"] == "1" and now["Seccomp"] == "2"
    with open(f"/proc/{pid}/limits", encoding="ascii") as file:
        assert re.search(r"^Max core file size +0 +0 ", file.read(), re.M)


def test_daemon_works_with_what_the_unit_allows(tmp_path, world):
    """Registers, puts back what is taken away, is killed and takes over, and leaves nothing behind at the end."""
    for daemon in (world.home_agent, world.mobile_node):
        (tmp_path / daemon.host.name).mkdir()
        confined(tmp_path / daemon.host.name, daemon)
    world.start()
    for daemon in (world.home_agent, world.mobile_node):
        assert_little_is_kept(daemon.process.pid)
    one_by_one(world.mobile_node)
    before = objects(world.ha)
    world.ha.ip("link del monami0")
    wait_for("the home agent's device", lambda: objects(world.ha) == before, 5)
    world.wait_registered()
    for daemon in (world.home_agent, world.mobile_node):
        said = daemon.process.text()
        daemon.kill()
        daemon.start()
        assert "not permitted" not in said + daemon.process.text()
    world.wait_registered()
    assert ping(world.cn, HOME_ADDRESS) == 3
    assert world.mobile_node.stop() == 0 and world.home_agent.stop() == 0
    assert objects(world.mn) == [] and objects(world.ha) == []


def in_memory(pid, needles):
    """How often each is in what the process can write."""
    count = dict.fromkeys(needles, 0)
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            where, mode, *_ = line.split()
            if not mode.startswith("rw"):
                continue
            begin, end = (int(number, 16) for number in where.split("-"))
            try:
                memory.seek(begin)
                octets = memory.read(end - begin)
            except OSError:
                continue  # a device's
            for needle in needles:
                count[needle] += octets.count(needle)
    return count


def is_readable(pid):
    """Its memory, to another process of the same user with the same capabilities, and without CAP_SYS_PTRACE."""
    kept = ",".join(f"+{name}" for name in KEPT)
    return subprocess.run(["setpriv", f"--bounding-set=-all,{kept}", "sh", "-c", f": < /proc/{pid}/mem"],
                          capture_output=True, check=False).returncode == 0


def end_by_fault(process):
    """How it ended: os.CLD_KILLED or os.CLD_DUMPED."""
    os.kill(process.pid, signal.SIGSEGV)
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT).si_code


@pytest.fixture
def core_dumps():
    """As large as they may be, for what is started from here."""
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_CORE, before)


@pytest.mark.usefixtures("core_dumps")
def test_privileges_and_keys(world):
    """The privileges of a daemon that root starts without systemd: four capabilities; one copy of each key, in memory that is
    not swapped out, and nothing of the text that the keys were in; and no core dump is written of it."""
    chance = random.Random(5648)
    keys = {number: chance.randbytes(16).hex() for number in range(300)}
    with open(world.home_agent.file, "a", encoding="ascii") as file:
        file.write("home_agent {\n" + "".join(
            f'mobile_node "2001:db8:100::1:{number:x}" {{\nspi = {1000 + number}\nkey = "{key}"\n}}\n'
            for number, key in keys.items()) + "}\n")
    with open(world.home_agent.file, encoding="ascii") as file:
        text = file.read()
    with open(world.home_agent.file, "w", encoding="ascii") as file:
        file.write(text.replace("\t}\n}\nhome_agent {\n", "\t}\n"))
    world.start()
    for daemon, some in ((world.home_agent, [KEY, *chance.sample(list(keys.values()), 20)]),
                         (world.mobile_node, [KEY])):
        pid = daemon.process.pid
        assert_little_is_kept(pid)
        assert "not permitted" not in daemon.process.text()
        assert status(pid)["VmLck"] != "       0 kB"
        assert not is_readable(pid)
        found = in_memory(pid, [bytes.fromhex(key) for key in some] + [key[4:28].encode() for key in some])
        assert {needle: count for needle, count in found.items() if count != (len(needle) == 16)} == {}
        assert end_by_fault(daemon.process.popen) == os.CLD_KILLED
