# SPDX-License-Identifier: BSD-2-Clause
"""A start that fails names the object, the reason and the command that mends it; after that command,
it starts."""
import os
import shutil

import netns
import pytest
import topology
from conftest import BUILD


def without_kernel(said):
    """Features that this machine's kernel lacks: a warning of every start."""
    return "".join(line for line in said.splitlines(True) if ": warning: this kernel (" not in line)


class Site:
    """A correspondent alone: the smallest configuration. Paths are of this test only."""

    def __init__(self, net, tmp_path):
        self.net, self.tmp = net, tmp_path
        self.host = net.host("h")
        self.host.run("ip", "link", "add", "core0", "type", "veth", "peer", "name", "core1")
        self.config = tmp_path / "monamid.conf"
        self.pins = tmp_path / "pins"
        self.socket = tmp_path / "run" / "control"
        self.write("correspondent {\n\tinterfaces = {core0}\n}\n")

    def write(self, text):
        self.config.write_text(f'control = "{self.socket}"\npin_directory = "{self.pins}"\n{text}')

    def mount(self):
        self.host.run("sh", "-c", f"mkdir -p {self.pins} && mount -t bpf bpf {self.pins}")

    monamid = os.path.join(BUILD, "src", "daemon", "monamid")

    def fails(self, *before):
        """The output of a start that must fail."""
        done = self.host.run(*before, self.monamid, "-c", str(self.config), check=False, timeout=10)
        assert done.returncode == 1, done
        return without_kernel(done.stderr)

    def mend(self, said):
        """Runs the command that the message names."""
        self.host.run("sh", "-c", said.rsplit("do: ", 1)[1].splitlines()[0])

    def starts(self, name="monamid"):
        process = self.host.start(name, self.monamid, "-c", self.config)
        netns.wait_for("the start", lambda: "ready" in process.text() or not process.running(), 10)
        assert "ready" in process.text(), process.text()
        return process


@pytest.fixture
def site(tmp_path):
    with netns.Net("st") as net:
        made = Site(net, tmp_path)
        try:
            yield made
        finally:
            for process in net.processes:
                process.stop()
            if os.path.ismount(made.pins):
                netns.execute(["umount", made.pins])


def test_no_bpf_file_system(site):
    said = site.fails()
    assert said == (f"monamid: error: {site.pins}: there is no bpf file system for the pin directory; "
                    f"do: mkdir -p {site.pins} && mount -t bpf bpf {site.pins}\n")
    site.mend(said)
    site.starts().stop()


def test_the_usual_place_of_the_bpf_file_system(site):
    site.config.write_text(site.config.read_text().replace(str(site.pins), "/sys/fs/bpf/monami"))
    said = site.fails("unshare", "-m", "sh", "-c", 'mount -t tmpfs none /sys/fs && exec "$@"', "sh")
    assert said.endswith("do: mount -t bpf bpf /sys/fs/bpf\n") and "/sys/fs/bpf/monami: there is no" in said


def test_not_root(site):
    site.tmp.chmod(0o777)
    site.mount()
    if not shutil.which("setpriv"):
        pytest.skip("no setpriv")
    for folder in (site.tmp, *site.tmp.parents):  # pytest's own are for root only
        if folder.stat().st_uid == os.geteuid() and str(folder).startswith("/tmp/pytest"):
            folder.chmod(0o755)
    binary = site.tmp / "monamid"
    shutil.copy(site.monamid, binary)
    site.monamid = str(binary)
    site.socket.parent.mkdir(mode=0o777)
    site.socket.parent.chmod(0o777)
    said = site.fails("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    assert said == ("monamid: error: this process does not run as root, and lacks CAP_NET_ADMIN CAP_NET_RAW "
                    "CAP_BPF CAP_PERFMON; do: sudo systemctl start monamid # or run it with sudo\n")
    said = site.fails("setpriv", "--inh-caps=-net_admin", "--bounding-set=-net_admin")
    assert "this process runs as root, but lacks CAP_NET_ADMIN; do: systemctl start" in said


@pytest.mark.parametrize("kind", ["bridge", "tap"])
def test_the_device_is_of_another_type(site, kind):
    site.mount()
    if kind == "tap":
        site.host.run("ip", "tuntap", "add", "monami0", "mode", "tap")
    else:
        site.host.run("ip", "link", "add", "monami0", "type", "veth", "peer", "name", "other0")
    said = site.fails()
    assert said == ("monamid: error: monami0: an interface of this name exists and is no TUN device, but "
                    f"{'tap' if kind == 'tap' else 'veth'}; do: ip link delete monami0 # or give this daemon "
                    "another device\n")
    site.mend(said)
    site.starts().stop()


def test_no_tun(site):
    """In a mount namespace of its own, as of a container without the device file."""
    site.mount()
    script = site.tmp / "container"
    script.write_text('mount -t tmpfs none /dev && mknod /dev/null c 1 3 && mknod /dev/urandom c 1 9\n'
                      '"$@" && exit 5\n'
                      'sh -c "$(sed -n "s/.*do: //p" ' f'{site.tmp}/said)"\nls /dev/net/tun\nexit 1\n')
    done = site.host.run("unshare", "-m", "sh", "-c", f'. {script} 2>{site.tmp}/said', "sh", site.monamid, "-c",
                         site.config, check=False)
    said = without_kernel((site.tmp / "said").read_text())
    assert said == ("monamid: error: /dev/net/tun: the TUN device file is not there; do: mkdir -p /dev/net && "
                    "mknod /dev/net/tun c 10 200\n")
    assert done.stdout == "/dev/net/tun\n"


def test_another_daemon(site):
    """Of the control socket, the pins, the device: each is named with the process that has it."""
    site.mount()
    first = site.starts()
    other = f"process {first.pid} (monamid)"
    assert site.fails() == (f"monamid: error: {site.socket}: {other} answers at the control socket; do: kill "
                            f"{first.pid} # or give this daemon another control, pin_directory and device\n")
    site.socket = site.tmp / "run2" / "control"
    site.write("correspondent {\n\tinterfaces = {core0}\n}\n")
    assert site.fails() == (f"monamid: error: monami0: {other} has this device open; do: kill {first.pid} "
                            "# or give this daemon another device\n")
    site.write('device = "monami1"\ncorrespondent {\n\tinterfaces = {core0}\n}\n')
    said = site.fails()
    assert said == (f"monamid: error: {site.pins}: {other} has the pin directory; do: kill {first.pid} "
                    "# or give this daemon another pin_directory\n")
    site.mend(said)
    first.wait()
    site.starts("second").stop()


def test_the_control_socket(site):
    site.mount()
    site.socket.parent.mkdir()
    site.socket.write_text("a file of somebody")
    said = site.fails()
    assert said == (f"monamid: error: {site.socket}: the control socket's place is taken by another file; "
                    f"do: mv {site.socket} {site.socket}.old\n")
    site.mend(said)
    site.socket = site.tmp / "deep" / "er" / "control"
    site.write("correspondent {\n\tinterfaces = {core0}\n}\n")
    said = site.fails()
    assert said == (f"monamid: error: {site.socket}: the control socket's directory is not there; "
                    f"do: mkdir -p {site.socket.parent}\n")
    site.mend(said)
    site.starts().stop()


def test_the_key_file(site):
    site.mount()
    key = site.tmp / "key"
    site.write(f"mobile_node {{\n\thome_address = {topology.HOME_ADDRESS}\n\thome_agent = {topology.HOME_AGENT}\n"
               f'\tspi = 256\n\tkey_file = "{key}"\n\tlink "core0" {{\n\t\tbid = 1\n\t\tpriority = 1\n\t}}\n}}\n')
    said = site.fails()
    assert f"{site.config}:7:13: key_file: {key}: there is no such file; do: (umask 077 && openssl rand" in said
    site.mend(said)
    key.chmod(0o644)
    said = site.fails()
    assert said == (f"{site.config}:7:13: key_file: {key}: the key is open to everybody (mode 0644); "
                    f"do: chmod 0640 {key}\n")
    assert key.read_text().strip() not in said
    site.mend(said)
    site.starts().stop()
