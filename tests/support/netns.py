# SPDX-License-Identifier: BSD-2-Clause
"""Hosts as network namespaces, links as veth pairs, and processes inside them.

    with netns.Net("mn") as net:
        left, right = net.host("left"), net.host("right")
        net.link(left, "to-right", right, "to-left")
        left.ip("addr add 2001:db8::1/64 dev to-right nodad")
        left.run("ping", "-c", "1", "2001:db8::2")

Whatever is made here goes when the block is left, by an exception or a signal too: processes are
ended by their id, namespaces deleted, the bpffs unmounted, the directory removed. Names begin with
a prefix and the id of this process, so that runs at the same time do not meet.

Standard library only: the demo uses this file on a machine that has nothing else.
"""
import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

NETNS = "/run/netns"


# How much longer than usual is waited: on an emulated machine all is slower (tests/kernels).
PATIENCE = float(os.environ.get("MONAMI_PATIENCE", "1"))


class CommandError(Exception):
    """A command inside a namespace ended with another status than 0."""


class Timeout(Exception):
    """Something that was waited for did not come."""


def wait_for(what, condition, seconds, every=0.05):
    """Calls `condition` until it returns something true, and returns that."""
    seconds *= PATIENCE
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise Timeout(f"{what}: not within {seconds:g} s")
        time.sleep(every)


@contextlib.contextmanager
def signals_raise():
    """SIGTERM and SIGHUP end the block as Ctrl-C does, so that everything is cleaned up. So does
    SIGINT in a shell's background, where it is ignored at first."""
    def interrupt(number, _frame):
        raise KeyboardInterrupt(signal.Signals(number).name)
    before = {n: signal.signal(n, interrupt) for n in
              (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def signals_ignored():
    """A second Ctrl-C does not leave half of the cleaning up undone."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {n: signal.signal(n, signal.SIG_IGN) for n in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def execute(argv, *, check=True, input=None, timeout=30):
    """Runs a command to its end. Its output is in .stdout and .stderr."""
    done = subprocess.run([str(a) for a in argv], input=input, text=True, timeout=timeout * PATIENCE,
                          capture_output=True)
    if check and done.returncode != 0:
        raise CommandError(f"{shlex.join(map(str, argv))}: status {done.returncode}\n"
                           f"{done.stdout}{done.stderr}".rstrip())
    return done


class Process:
    """A process that runs beside us. Its standard error (and output, unless piped) is in `log`."""

    def __init__(self, name, argv, log, pipe):
        self.name = name
        self.log = log
        with open(log, "ab") as out:
            self.popen = subprocess.Popen(
                argv, stdin=subprocess.PIPE if pipe else subprocess.DEVNULL,
                stdout=subprocess.PIPE if pipe else out, stderr=out, text=True,
                start_new_session=True)
        self.pid = self.popen.pid

    def running(self):
        return self.popen.poll() is None

    def ended_or_catches(self, number):
        """Whether it has a handler of this signal by now. The program that is started last has none at first."""
        with contextlib.suppress(FileNotFoundError), open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            caught = int(re.search(r"^SigCgt:\t(\w+)$", status.read(), re.M)[1], 16)
            return bool(caught >> (number - 1) & 1) or not self.running()
        return True

    def kill(self, number=signal.SIGKILL):
        """Sends a signal, without waiting."""
        if self.running():
            self.popen.send_signal(number)

    def wait(self, seconds=10):
        """Waits for its end and returns its status."""
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Timeout(f"{self.name}: still running after {seconds:g} s") from None

    def stop(self, seconds=3):
        """Ends it: SIGTERM, and SIGKILL if that does not help. Returns its status."""
        self.kill(signal.SIGTERM)
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            return self.popen.wait()

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()


# Duplicate Address Detection takes a second, and what asks for a router waits for up to another one
# (RFC 4862 5.4.2, RFC 4861 6.3.7): three or four in all, before anything can be tested.
HURRIED = {"net.ipv6.neigh.{}.retrans_time_ms": 50, "net.ipv6.conf.{}.router_solicitation_delay": 0}
AS_USUAL = {"net.ipv6.neigh.{}.retrans_time_ms": 1000, "net.ipv6.conf.{}.router_solicitation_delay": 1}


class Host:
    """One network namespace."""

    def __init__(self, net, name):
        self.net = net
        self.name = name
        self.netns = f"{net.prefix}-{name}"
        execute(["ip", "netns", "add", self.netns])
        net.hosts.append(self)
        self.inside = ["nsenter", f"--net={NETNS}/{self.netns}"]
        # Static addresses serve at once. Links that shall detect duplicates say so (accept_dad).
        self.sysctl("net.ipv6.conf.default.accept_dad", 0)
        self.sysctl("net.ipv6.conf.default.accept_ra", 0)
        self.ip("link set lo up")

    def run(self, *argv, check=True, input=None, timeout=30):
        """Runs a command in the namespace to its end."""
        return execute(self.inside + list(argv), check=check, input=input, timeout=timeout)

    def start(self, name, *argv, pipe=False):
        """Starts a process in the namespace; it is ended with the net. `pipe`: keep its standard
        input and output, instead of writing the output to its log."""
        log = os.path.join(self.net.directory, f"{self.name}-{name}.log")
        process = Process(f"{self.name}: {name}", self.inside + [str(a) for a in argv], log, pipe)
        self.net.processes.append(process)
        self.net.remember(process.pid)
        return process

    def ip(self, *commands):
        """Runs commands of ip(8), all in one process."""
        return execute(["ip", "-6", "-n", self.netns, "-batch", "-"],
                       input="\n".join(commands) + "\n").stdout

    def tc(self, *commands):
        execute(["tc", "-n", self.netns, "-batch", "-"], input="\n".join(commands) + "\n")

    def nft(self, text):
        self.run("nft", "-f", "-", input=text)

    def sysctl(self, name, value):
        self.run("sysctl", "-q", "-w", f"{name}={value}")

    def settings(self, values):
        """Several of sysctl's."""
        self.run("sysctl", "-q", "-w", *(f"{name}={value}" for name, value in values.items()))

    def as_usual(self, interfaces):
        """Links that were made in a hurry are as the kernel makes them, from now on."""
        self.settings({name.format(interface): value for interface in interfaces
                       for name, value in AS_USUAL.items()})

    def forward(self):
        """Makes it a router."""
        self.sysctl("net.ipv6.conf.all.forwarding", 1)

    def addresses(self, interface, *flags):
        """Global addresses of an interface. `flags` are words of ip(8): -tentative, deprecated."""
        if not self.has(interface):
            return []
        shown = execute(["ip", "-6", "-n", self.netns, "-o", "addr", "show", "dev", interface,
                         "scope", "global", *flags]).stdout
        return re.findall(r" inet6 ([0-9a-f:]+)/", shown)

    def has(self, interface):
        return execute(["ip", "-n", self.netns, "link", "show", "dev", interface],
                       check=False).returncode == 0

    def tcp_counters(self):
        """Counters of the Tcp group of RFC 4022, by name."""
        names, values = [line.split()[1:] for line in
                         self.run("cat", "/proc/net/snmp").stdout.splitlines()
                         if line.startswith("Tcp:")]
        return dict(zip(names, map(int, values)))

    def capture(self, interface, name=None):
        """Writes all packets of an interface to a file: returns (process, path). The file is
        complete after process.stop()."""
        path = os.path.join(self.net.directory, f"{name or self.name + '-' + interface}.pcap")
        # By default the ring has room for 32 packets, and a burst may be longer.
        process = self.start(f"tcpdump-{interface}", "tcpdump", "-n", "-U", "-B", "32768",
                             "--immediate-mode", "-Z", "root", "-i", interface, "-w", path)
        wait_for("tcpdump", lambda: "listening on" in process.text(), 5)
        return process, path

    def advertise(self, interface, prefix, interval_ms=1000):
        """Router advertisements of a prefix: returns the radvd process. The lifetimes are those of
        a network that does not expect to go away: a dead link is not found by their end."""
        path = os.path.join(self.net.directory, f"{self.name}-{interface}-radvd")
        with open(path + ".conf", "w", encoding="ascii") as conf:
            conf.write(
                f"interface {interface} {{\n"
                "\tAdvSendAdvert on;\n"
                "\tIgnoreIfMissing on;\n"
                "\tAdvIntervalOpt on;\n"  # RFC 6275 7.5: allows short intervals
                f"\tMinRtrAdvInterval {interval_ms / 1000 * 0.6:.3f};\n"
                f"\tMaxRtrAdvInterval {interval_ms / 1000:.3f};\n"
                "\tMinDelayBetweenRAs 0.1;\n"
                "\tAdvDefaultLifetime 1800;\n"
                f"\tprefix {prefix} {{ AdvValidLifetime 3600; AdvPreferredLifetime 1800; }};\n"
                "};\n")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path + ".pid")
        return self.start("radvd", "radvd", "--nodaemon", "--logmethod", "stderr",
                          "--config", path + ".conf", "--pidfile", path + ".pid")


class Net:
    """A set of hosts. Use it in a `with`."""

    def __init__(self, word, keep=False):
        self.prefix = f"{word}{os.getpid()}"
        self.keep = keep
        self.hosts = []
        self.processes = []
        self.directory = None

    def __enter__(self):
        if os.geteuid() != 0:
            raise PermissionError("network namespaces need root")
        self.directory = tempfile.mkdtemp(prefix=self.prefix + "-")
        return self

    def __exit__(self, *exception):
        if not self.keep:
            self.close()

    def host(self, name):
        return Host(self, name)

    def link(self, host_a, name_a, host_b, name_b, hurry=False):
        """A link between two hosts, up. `hurry`: until as_usual() both have their addresses sooner."""
        execute(["ip", "link", "add", name_a, "netns", host_a.netns, "type", "veth",
                 "peer", "name", name_b, "netns", host_b.netns])
        if hurry:
            host_a.settings({name.format(name_a): value for name, value in HURRIED.items()})
            host_b.settings({name.format(name_b): value for name, value in HURRIED.items()})
        host_a.ip(f"link set {name_a} up")
        host_b.ip(f"link set {name_b} up")

    def bpffs(self):
        """A BPF file system of this net: returns its directory."""
        directory = os.path.join(self.directory, "bpf")
        if not os.path.isdir(directory):
            os.mkdir(directory)
            execute(["mount", "-t", "bpf", "bpf", directory])
        return directory

    def remember(self, pid):
        """So that another process can remove a net that was kept."""
        with open(os.path.join(self.directory, "pids"), "a", encoding="ascii") as pids:
            pids.write(f"{pid}\n")

    def close(self):
        with signals_ignored():
            for process in reversed(self.processes):
                process.kill(signal.SIGTERM)
            for process in reversed(self.processes):
                process.stop()
            for host in self.hosts:
                execute(["ip", "netns", "del", host.netns], check=False)
            if self.directory:
                remove_directory(self.directory)


def remove_directory(directory):
    bpffs = os.path.join(directory, "bpf")
    if os.path.ismount(bpffs):
        execute(["umount", bpffs], check=False)
    if not os.path.ismount(bpffs):
        shutil.rmtree(directory, ignore_errors=True)


def remove_kept(directory):
    """Removes a net that was kept (Net(keep=True)), by its directory."""
    prefix = os.path.basename(directory).split("-")[0]
    namespaces = [n for n in os.listdir(NETNS) if n.startswith(prefix + "-")]
    with open(os.path.join(directory, "pids"), encoding="ascii") as pids:
        ours = {int(line) for line in pids}
    for namespace in namespaces:
        inside = execute(["ip", "netns", "pids", namespace]).stdout
        for pid in ours & set(map(int, inside.split())):
            os.kill(pid, signal.SIGTERM)
    for namespace in namespaces:
        execute(["ip", "netns", "del", namespace])
    remove_directory(directory)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not os.path.isfile(os.path.join(sys.argv[1], "pids")):
        sys.exit("usage: netns.py DIRECTORY\nRemoves a net that was kept, by its directory.")
    remove_kept(sys.argv[1])
