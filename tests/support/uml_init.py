#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The first process of a kernel of uml.py: does what it is told on the first serial line.

A line is a JSON object: {"number": 7, "run": ["ip", "link"]} runs a command and answers
{"number": 7, "status": 0, "out": "...", "err": "..."} at its end; {"end": 7} sends SIGTERM to it.
At the end of the line, which is when the test is gone, the kernel is switched off.
"""
import contextlib
import ctypes
import json
import os
import signal
import subprocess
import threading
import tty

POWER_OFF = 0x4321fedc  # reboot(2)
SERIAL = "/dev/ttyS0"

lock = threading.Lock()
running = {}


def mount(kind, where):
    subprocess.run(["/usr/bin/mount", "-t", kind, kind, where], check=True)


def prepare():
    os.environ["PATH"] = "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
    os.environ["HOME"] = "/run"
    os.chdir("/")
    mount("proc", "/proc")
    mount("sysfs", "/sys")
    mount("tmpfs", "/run")
    if not os.path.ismount("/dev"):
        mount("devtmpfs", "/dev")
    # modprobe -d wants the folder lib/modules/RELEASE.
    os.makedirs("/run/modules/lib/modules")
    release = os.uname().release
    os.symlink(f"/usr/lib/uml/modules/{release}", f"/run/modules/lib/modules/{release}")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def say(out, what):
    with lock:
        out.write((json.dumps(what) + "\n").encode())


def run(out, number, argv):
    try:
        with lock:
            process = running[number] = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                start_new_session=True)
        printed, complained = process.communicate()
        status = process.returncode
    except OSError as error:
        printed, complained, status = b"", str(error).encode(), 127
    running.pop(number, None)
    say(out, {"number": number, "status": status, "out": printed.decode(errors="replace"),
              "err": complained.decode(errors="replace")})


def obey(out, line):
    told = json.loads(line)
    if "end" in told:
        with lock, contextlib.suppress(KeyError, ProcessLookupError):
            os.killpg(running[told["end"]].pid, signal.SIGTERM)
    else:
        threading.Thread(target=run, args=(out, told["number"], told["run"]), daemon=True).start()


def main():
    prepare()
    # unbuffered: an answer is complete when it is written
    with open(SERIAL, "r+b", buffering=0) as serial:
        tty.setraw(serial)
        say(serial, {"number": "ready"})
        rest = b""
        while octets := os.read(serial.fileno(), 4096):
            *lines, rest = (rest + octets).split(b"\n")
            for line in lines:
                obey(serial, line)


try:
    main()
finally:
    ctypes.CDLL(None).reboot(POWER_OFF)
