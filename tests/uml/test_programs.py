# SPDX-License-Identifier: BSD-2-Clause
"""The tc programs on a kernel without BTF and without JIT compiler: User-Mode Linux."""
import os

import uml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("MONAMI_BUILD", os.path.join(ROOT, "build")))
LOAD = os.path.join(BUILD, "tests", "kernels", "load_programs")


def test_programs_load_without_btf(net):
    """With and without keep_flows, the only constant that changes the code; and the features that the kernel
    lacks are named."""
    with uml.Kernel(net.host("far"), modules=["tun", "veth", "sch_ingress", "cls_bpf"], memory="256M") as kernel:
        assert kernel.run("test", "-e", "/sys/kernel/btf/vmlinux", check=False).returncode != 0
        done = kernel.run(LOAD, check=False, timeout=120)
        assert done.stdout.splitlines() == ["all roles: loaded", "all roles, keep_flows: loaded"], done.stderr
        assert done.returncode == 0
        assert kernel.run(LOAD, "--features").stdout == "eBPF JIT compiler\n"
