# SPDX-License-Identifier: BSD-2-Clause
"""The second kernel itself: it boots, is a host among others, fails loudly, and leaves nothing."""
import os
import subprocess

import netns
import pytest
import uml
from sides import RIGHT, Side

NEAR, FAR = "2001:db8::1", "2001:db8::2"


@pytest.fixture
def pair(net):
    """A namespace, and the one where the kernel's wire ends."""
    near, far = net.host("near"), net.host("far")
    net.link(near, "to-far", far, "wire0")
    near.ip(f"addr add {NEAR}/64 dev to-far nodad")
    return near, far


def processes(net):
    """The processes of this machine that belong to kernels of the net."""
    shown = subprocess.run(["pgrep", "-f", f"^{uml.LINUX} .*uml_dir={net.directory}"],
                           capture_output=True, text=True)
    return shown.stdout.split()


@pytest.mark.parametrize("inside", ["client", "server"])
def test_host_among_others(pair, inside):
    """Pings, large TCP segments and datagrams pass its wire in both directions."""
    near, far = pair
    with uml.Kernel(far, ["wire0"]) as kernel:
        kernel.up("vec0", f"{FAR}/64")
        assert kernel.run("uname", "-r").stdout != near.run("uname", "-r").stdout
        kernel.run("ping", "-c", "1", NEAR)
        near.run("ping", "-c", "1", FAR)
        sides = Side(kernel, FAR), Side(near, NEAR)
        client, server = sides if inside == "client" else sides[::-1]
        assert client.exchange(server) == RIGHT


def test_modules_that_we_need(net):
    """Features that a User-Mode Linux has and other kernels may lack."""
    modules = ["mip6", "xfrm_user", "esp6", "ip6_tunnel", "sch_netem"]
    with uml.Kernel(net.host("far"), modules=modules) as kernel:
        shown = {line.split()[0] for line in kernel.run("cat", "/proc/modules").stdout.splitlines()}
        assert {"ipv6", *modules} <= shown


def test_commands(net):
    """Their status and output, several at a time, and more than a pipe holds."""
    with uml.Kernel(net.host("far")) as kernel:
        done = kernel.run("sh", "-c", "echo out; echo err >&2; exit 7", check=False)
        assert (done.returncode, done.stdout, done.stderr) == (7, "out\n", "err\n")
        with pytest.raises(netns.CommandError, match="status 7"):
            kernel.run("sh", "-c", "exit 7")
        assert kernel.run("no-such-command", check=False).returncode == 127
        job = kernel.start("sleep", "1000")
        assert kernel.run("seq", "1", "40000").stdout == "".join(f"{n}\n" for n in range(1, 40001))
        assert job.stop().returncode == -15
        with pytest.raises(netns.Timeout):
            kernel.run("sleep", "1000", timeout=0.2)


def test_machine_is_safe_from_it(net):
    """Its root is ours, read-only; what it has to write is in its own memory."""
    with uml.Kernel(net.host("far")) as kernel:
        path = os.path.join(net.directory, "written")
        assert kernel.run("touch", path, check=False).returncode != 0
        kernel.run("touch", "/run/written")
        assert not os.path.exists(path)
        assert not os.path.exists("/run/written")


def test_nothing_stays(net):
    """After the block, after an exception in it, after its end by itself and by the net alone."""
    far = net.host("far")
    with uml.Kernel(far):
        assert processes(net)
    assert not processes(net)
    with pytest.raises(ZeroDivisionError), uml.Kernel(far):
        assert 1 / 0
    assert not processes(net)
    with pytest.raises(uml.KernelError, match="the kernel of far ended"), uml.Kernel(far) as kernel:
        kernel.run("sh", "-c", "echo o >/proc/sysrq-trigger; sleep 100")
    assert not processes(net)
    left = uml.Kernel(far)
    left.__enter__()
    left.process.stop()
    netns.wait_for("end", lambda: not processes(net), 10)


def test_kernel_that_does_not_boot(net):
    """It is an error, not a reason to skip; what the kernel printed is in it."""
    with pytest.raises(uml.KernelError, match="No working init|/no/such/init"), \
            uml.Kernel(net.host("far"), init="/no/such/init"):
        pass
    assert not processes(net)
