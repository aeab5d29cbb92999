# SPDX-License-Identifier: BSD-2-Clause
"""A second kernel as a host: User-Mode Linux (Debian's user-mode-linux) in a network namespace.

    with netns.Net("mu") as net:
        near, far = net.host("near"), net.host("far")
        net.link(near, "to-far", far, "wire0")
        with uml.Kernel(far, ["wire0"], modules=["mip6"]) as kernel:
            kernel.ip("addr add 2001:db8::2/64 dev vec0 nodad")
            kernel.run("ping", "-c", "1", "2001:db8::1")

It is a process of the namespace, and takes its interfaces by packet sockets: vec0 is the first of
those named, vec1 the second. Its root is this machine's, read-only; /run is its own memory. Commands
run inside by way of uml_init.py, its first process, which ends the kernel when nobody listens any
more. So nothing stays, whatever becomes of the test: no file was written, and the process is one of
the Net's.
"""
import contextlib
import itertools
import json
import os
import shlex
import signal
import subprocess
import threading

from netns import CommandError, Timeout

LINUX = "/usr/bin/linux.uml"
INIT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "uml_init.py")
BOOT_SECONDS = 120  # it takes two; a machine may be busy
END_SECONDS = 5
PATIENCE = 60


class KernelError(Exception):
    """There is no kernel, or it ended while an answer was due. The text is what it printed."""


class Job:
    """A command inside."""

    def __init__(self, kernel, number, argv):
        self.kernel = kernel
        self.number = number
        self.argv = argv

    def wait(self, seconds=PATIENCE, check=True):
        """Waits for its end. Its output is in .stdout and .stderr, as of netns.execute."""
        said = self.kernel._answer(self.number, seconds, shlex.join(self.argv))
        done = subprocess.CompletedProcess(self.argv, said["status"], said["out"], said["err"])
        if check and done.returncode != 0:
            raise CommandError(f"{shlex.join(self.argv)}: status {done.returncode} in the kernel of "
                               f"{self.kernel.host.name}\n{done.stdout}{done.stderr}".rstrip())
        return done

    def stop(self):
        """Ends it by SIGTERM, and returns what it had said."""
        self.kernel._tell({"end": self.number})
        return self.wait(check=False)


class Kernel:
    """A running kernel. Use it in a `with`: what follows can be asked inside the block."""

    def __init__(self, host, interfaces=(), modules=(), memory="128M", init=INIT):
        self.host = host
        self.interfaces = list(interfaces)
        self.modules = ["ipv6", *modules]
        self.memory = memory
        self.init = init
        self.process = None
        self.answers = {}
        self.ended = False
        self.arrived = threading.Condition()
        self.numbers = itertools.count()

    def __enter__(self):
        if not os.path.exists(LINUX):
            raise KernelError(f"{LINUX} is missing: package user-mode-linux")
        for name in self.interfaces:
            # The wires are the guest's: the namespace's own kernel has no say on them.
            self.host.sysctl(f"net.ipv6.conf.{name}.disable_ipv6", 1)
        self._boot()
        try:
            self._answer("ready", BOOT_SECONDS, "the boot")
            for module in self.modules:
                self.modprobe(module)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *exception):
        self._end()

    def _boot(self):
        """Its serial line is our pipe, and its console the log. It has no other device of ours."""
        wires = [f"vec{n}:transport=raw,ifname={name},gro=1,mac=02:00:00:00:00:{n + 1:02x}"
                 for n, name in enumerate(self.interfaces)]
        self.process = self.host.start(
            "linux", LINUX, f"mem={self.memory}", "rootfstype=hostfs", "rootflags=/", "ro",
            f"init={self.init}", "con=null", "con0=null,fd:2", "ssl=null", "ssl0=fd:0,fd:1", "quiet",
            f"uml_dir={self.host.net.directory}", f"umid={self.host.name}-linux", *wires, pipe=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        """The kernel's own words may stand before the first line of its first process."""
        for line in self.process.popen.stdout:
            if line.startswith("{"):
                said = json.loads(line)
                with self.arrived:
                    self.answers[said.pop("number")] = said
                    self.arrived.notify_all()
        with self.arrived:
            self.ended = True
            self.arrived.notify_all()

    def _tell(self, what):
        """Of a kernel that has ended, whoever waits for an answer is told."""
        with contextlib.suppress(BrokenPipeError):
            self.process.popen.stdin.write(json.dumps(what) + "\n")
            self.process.popen.stdin.flush()

    def _answer(self, number, seconds, what):
        with self.arrived:
            self.arrived.wait_for(lambda: number in self.answers or self.ended, seconds)
            if number in self.answers:
                return self.answers.pop(number)
        if self.ended:
            raise KernelError(f"{what}: the kernel of {self.host.name} ended\n{self.process.text()}")
        raise Timeout(f"{what}: not within {seconds:g} s in the kernel of {self.host.name}\n"
                      f"{self.process.text()}")

    def _end(self):
        """At SIGTERM it takes its helper processes with it. They are of its process group, and have
        its standard output open: if that is not closed soon, the group is killed."""
        self.process.kill(signal.SIGTERM)
        with self.arrived:
            self.arrived.wait_for(lambda: self.ended, END_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        with contextlib.suppress(BrokenPipeError):
            self.process.popen.stdin.close()

    # ---- what can be done inside ----

    def start(self, *argv):
        """Runs a command beside us; see Job."""
        argv = [str(word) for word in argv]
        number = next(self.numbers)
        self._tell({"number": number, "run": argv})
        return Job(self, number, argv)

    def run(self, *argv, check=True, timeout=PATIENCE):
        """Runs a command to its end. After `timeout` seconds it is ended, which is an error."""
        job = self.start(*argv)
        try:
            return job.wait(timeout, check)
        except Timeout:
            job.stop()
            raise

    def ip(self, *commands):
        """Runs commands of ip(8)."""
        return "".join(self.run("ip", "-6", *shlex.split(command)).stdout for command in commands)

    def sysctl(self, name, value):
        self.run("sysctl", "-q", "-w", f"{name}={value}")

    def modprobe(self, module):
        self.run("modprobe", "-d", "/run/modules", module)

    def up(self, interface="vec0", *addresses):
        """Brings an interface up, with addresses (with their prefix lengths) that serve at once."""
        self.ip(f"link set {interface} up",
                *[f"addr add {address} dev {interface} nodad" for address in addresses])

    def xfrm_counters(self):
        """Counters of XFRM that are not zero, if the kernel keeps them."""
        rows = self.run("cat", "/proc/net/xfrm_stat", check=False).stdout.split()
        return {name: int(value) for name, value in zip(rows[::2], rows[1::2]) if value != "0"}
