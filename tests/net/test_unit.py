# SPDX-License-Identifier: BSD-2-Clause
"""The unit contrib/monamid.service: what systemd thinks of it, and that the daemon works with no more than it
allows. And what the daemon keeps of root's privileges without systemd."""
import os
import re
import shlex
import socket
import subprocess

from conftest import BUILD, ROOT
from netns import wait_for
from test_taken_away import one_by_one, objects
from topology import HOME_ADDRESS
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


def test_privileges_are_dropped_without_systemd(running):
    """Started with all that root has. Anything else that the kernel says no to would be in the log."""
    for daemon in (running.home_agent, running.mobile_node):
        assert_little_is_kept(daemon.process.pid)
        assert "not permitted" not in daemon.process.text()
