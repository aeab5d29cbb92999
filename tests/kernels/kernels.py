#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Monami on Debian's kernels: each is booted in an emulated machine, and guest.py runs there.

    kernels.py --build build [--load] [--only 5.10] [--junit FILE]

The kernels are packages, fetched and verified by apt from the archive that this machine's own sources name, and kept
in $MONAMI_KERNELS (/var/cache/monami-kernels). The guest's root is this machine's, read-only, with a layer in memory
above it: so daemon, tests, python and all tools are the same. QEMU emulates the processor (no /dev/kvm is needed); the
machines run side by side. Prints a line for each case, and a last one that counts them.
"""
import argparse
import glob
import json
import lzma
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CACHE = os.environ.get("MONAMI_KERNELS", "/var/cache/monami-kernels")
# release -> Debian's suite that has it
SUITES = {"5.10": "bullseye", "6.1": "bookworm", "6.12": "trixie"}
BOOT_MODULES = ["virtio_pci", "9pnet_virtio", "9p", "overlay"]
MODULES = ["veth", "tun", "sch_ingress", "cls_bpf", "sch_htb", "sch_fifo", "cls_u32", "nf_tables",
           "sit", "ip_gre", "ip6_tunnel"]
MEMORY_MIB = 1536
SECONDS = int(os.environ.get("MONAMI_KERNELS_SECONDS", "900"))

INIT = """#!/bin/busybox sh
b=/bin/busybox
$b mkdir -p /proc /sys /host /up /root
$b mount -t proc p /proc; $b mount -t sysfs s /sys
for f in /m/*.ko; do $b insmod $f; done
o=trans=virtio,version=9p2000.L,msize=262144,cache=loose
$b mount -t 9p -o ro,$o host /host && $b mount -t tmpfs t /up && $b mkdir /up/u /up/w || $b poweroff -f
$b mount -t overlay -o lowerdir=/host,upperdir=/up/u,workdir=/up/w o /root || $b poweroff -f
for d in proc sys dev run tmp; do $b mkdir -p /root/$d; done
$b mount -t proc p /root/proc; $b mount -t sysfs s /root/sys; $b mount -t devtmpfs d /root/dev
$b mount -t tmpfs t /root/run; $b mount -t tmpfs t /root/tmp
$b mkdir -p /root/dev/pts /root/dev/shm; $b mount -t devpts p /root/dev/pts; $b mount -t tmpfs s /root/dev/shm
$b mount -t bpf b /root/sys/fs/bpf
$b mkdir -p /root/lib/modules /root/run/share
$b mount -t 9p -o ro,$o modules /root/lib/modules
$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=none share /root/run/share
exec $b switch_root /root /bin/bash /run/share/command
"""


class Failure(Exception):
    """There is no kernel to test on; the text says why."""


def run(*words, **keywords):
    done = subprocess.run(words, text=True, capture_output=True, check=False, **keywords)
    if done.returncode != 0:
        raise Failure(f"{' '.join(words[:4])}: status {done.returncode}\n{done.stderr[-1000:]}")
    return done.stdout


def archive():
    """Where this machine gets Debian from."""
    for line in run("apt-get", "indextargets", "--format", "$(REPO_URI)").splitlines():
        if line.endswith("/debian/"):
            return line
    raise Failure("no Debian archive among apt's sources (apt-get update?)")


def fetch(suite):
    """The folder of the suite's newest kernel, unpacked. What was fetched once is used again."""
    kept = sorted(glob.glob(f"{CACHE}/{suite}/linux-image-*/boot"))
    if kept:
        return os.path.dirname(kept[-1])
    cache = f"{CACHE}/{suite}"
    os.makedirs(f"{cache}/lists/partial", exist_ok=True)
    os.makedirs(f"{cache}/archives/partial", exist_ok=True)
    with open(f"{cache}/sources.list", "w", encoding="ascii") as file:
        file.write(f"deb {archive()} {suite} main\n")
    options = [word for setting in (
        f"Dir::Etc::sourcelist={cache}/sources.list", "Dir::Etc::sourceparts=/dev/null",
        f"Dir::State::lists={cache}/lists", f"Dir::Cache={cache}", "APT::Sandbox::User=root")
        for word in ("-o", setting)]
    run("apt-get", *options, "update", "-qq")
    names = [line.split()[0] for line in run(
        "apt-cache", *options, "search", "--names-only", "^linux-image-[0-9][^ ]*-amd64$").splitlines()]
    names = [name for name in names if not re.search(r"cloud|-rt-|dbg|unsigned|bpo", name)]
    if not names:
        raise Failure(f"{suite} has no kernel")
    name = max(names, key=lambda n: [int(x) for x in re.findall(r"\d+", n)])
    run("apt-get", *options, "download", "-qq", name, cwd=cache)
    package, = glob.glob(f"{cache}/{name}_*.deb")
    new = f"{cache}/new"
    shutil.rmtree(new, ignore_errors=True)
    run("dpkg", "-x", package, new)
    os.unlink(package)
    if not os.path.isdir(f"{new}/lib/modules"):
        os.symlink("usr/lib", f"{new}/lib")
    version, = os.listdir(f"{new}/lib/modules")
    run("depmod", "-b", new, version)
    os.rename(new, f"{cache}/{name}")
    return f"{cache}/{name}"


def write_initrd(tree, work):
    """busybox, and the modules that the root needs."""
    version, = os.listdir(f"{tree}/lib/modules")
    files = []
    for module in BOOT_MODULES:
        # A module that is built in is none.
        shown = subprocess.run(["modprobe", "-S", version, "-d", tree, "--show-depends", module], text=True,
                               capture_output=True, check=False).stdout
        files += [line.split()[1] for line in shown.splitlines() if line.startswith("insmod ")]
    os.makedirs(f"{work}/i/bin")
    os.makedirs(f"{work}/i/m")
    shutil.copy("/bin/busybox", f"{work}/i/bin/busybox")
    for number, path in enumerate(dict.fromkeys(files)):
        with open(path, "rb") as file:
            octets = file.read()
        with open(f"{work}/i/m/{number:03d}.ko", "wb") as file:
            file.write(lzma.decompress(octets) if path.endswith(".xz") else octets)
    with open(f"{work}/i/init", "w", encoding="ascii") as file:
        file.write(INIT)
    os.chmod(f"{work}/i/init", 0o755)
    run("sh", "-c", f"cd '{work}/i' && find . | cpio -o -H newc --quiet | gzip -1 >'{work}/initrd'")


class Machine:
    """One kernel: its cases come as lines of a file that host and guest share."""

    def __init__(self, release, build, load_only):
        self.release = release
        self.build = build
        self.load_only = load_only
        self.work = os.path.join(build, "kernels", release)
        self.cases = []
        self.process = None

    def start(self, tree):
        shutil.rmtree(self.work, ignore_errors=True)
        os.makedirs(f"{self.work}/share")
        write_initrd(tree, self.work)
        words = ["/usr/bin/python3", f"{HERE}/guest.py", "--build", self.build] + ["--load"] * self.load_only
        with open(f"{self.work}/share/command", "w", encoding="utf-8") as file:
            file.write("export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root\n"
                       f"for m in {' '.join(MODULES)}; do modprobe $m 2>/dev/null; done\nip link set lo up\n"
                       f"{' '.join(words)}\nsync; echo o >/proc/sysrq-trigger; sleep 10\n")
        shares = [("host", "/", True), ("modules", f"{tree}/lib/modules", True), ("share", f"{self.work}/share", False)]
        virtfs = [word for tag, path, readonly in shares for word in (
            "-virtfs", f"local,path={path},mount_tag={tag},security_model=none,multidevs=remap"
            + (",readonly=on" if readonly else ""))]
        kernel, = glob.glob(f"{tree}/boot/vmlinuz-*")
        with open(f"{self.work}/console", "wb") as console:
            # A busy machine stalls the emulated timer: the kernel is not to test it.
            self.process = subprocess.Popen(
                ["qemu-system-x86_64", "-nodefaults", "-nographic", "-no-reboot", "-serial", "stdio",
                 "-m", str(MEMORY_MIB), "-smp", "1", "-accel", "tcg", "-cpu", "max", "-kernel", kernel,
                 "-initrd", f"{self.work}/initrd", "-append", "console=ttyS0 quiet panic=-1 no_timer_check", *virtfs],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console)

    def read(self):
        """The cases that came since."""
        try:
            with open(f"{self.work}/share/cases", encoding="utf-8") as file:
                lines = [line for line in file.read().split("\n")[:-1] if line]
        except FileNotFoundError:
            return []
        new = [json.loads(line) for line in lines[len(self.cases):]]
        self.cases += new
        return new

    def console(self):
        with open(f"{self.work}/console", encoding="utf-8", errors="replace") as file:
            return file.read()[-3000:].replace("\r", "")

    def follow(self, say):
        """Until the machine is switched off."""
        end = time.monotonic() + SECONDS
        while self.process.poll() is None and time.monotonic() < end:
            for case in self.read():
                say(self, case)
            time.sleep(0.5)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for case in self.read():
            say(self, case)
        if not self.cases or self.cases[-1]["name"] != "end":
            case = {"name": "the machine ends by itself", "seconds": 0, "failure": self.console()}
            self.cases.append(case)
            say(self, case)
        else:
            self.cases.pop()


def write_junit(machines, path):
    suite = ElementTree.Element("testsuite", name="kernels")
    for machine in machines:
        for case in machine.cases:
            element = ElementTree.SubElement(suite, "testcase", classname=f"linux-{machine.release}",
                                             name=case["name"], time=str(case["seconds"]))
            if case["failure"]:
                # A console's control characters are not well-formed XML.
                text = "".join(one for one in case["failure"] if one.isprintable() or one in "\n\t")
                ElementTree.SubElement(element, "failure", message=text[:200]).text = text
    ElementTree.ElementTree(suite).write(path)


def test_on(machine, say):
    try:
        machine.start(fetch(SUITES[machine.release]))
    except (Failure, OSError) as failure:
        case = {"name": "the kernel boots", "seconds": 0, "failure": str(failure)}
        machine.cases.append(case)
        say(machine, case)
        return
    machine.follow(say)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--load", action="store_true", help="load the programs, and nothing else")
    parser.add_argument("--only", choices=SUITES, help="one kernel")
    parser.add_argument("--junit", help="a file for the cases")
    options = parser.parse_args()
    build = os.path.abspath(options.build)
    machines = [Machine(release, build, options.load) for release in SUITES
                if options.only in (None, release)]
    lock = threading.Lock()
    started = time.monotonic()

    def say(machine, case):
        if case["name"] == "end":
            return
        with lock:
            print(f"Linux {machine.release}: {case['name']}: {'FAILED' if case['failure'] else 'passed'} "
                  f"({case['seconds']:.1f} s)", flush=True)
            if case["failure"]:
                print("    " + case["failure"].rstrip().replace("\n", "\n    "), flush=True)

    threads = [threading.Thread(target=test_on, args=(machine, say)) for machine in machines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if options.junit:
        write_junit(machines, options.junit)
    cases = [case for machine in machines for case in machine.cases]
    failed = sum(bool(case["failure"]) for case in cases)
    print(f"{len(cases) - failed} passed, {failed} failed on {len(machines)} kernels, {time.monotonic() - started:.0f} s")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
