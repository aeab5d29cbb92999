#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A link without link header: two TUN devices in two namespaces, and a process that carries packets
from one to the other.

    process = join(host_a, "wan0", host_b, "mn0")

GSO packets pass as they are (IFF_VNET_HDR). SIGUSR1: all packets are lost from now on; SIGUSR2: they pass
again. Standard library only.
"""
import ctypes
import fcntl
import os
import select
import signal
import struct
import sys

NETNS = "/run/netns"
CLONE_NEWNET = 0x40000000
TUNSETIFF, TUNSETOFFLOAD = 0x400454CA, 0x400454D0
IFF_TUN, IFF_NO_PI, IFF_VNET_HDR = 0x0001, 0x1000, 0x4000
TUN_F_CSUM, TUN_F_TSO4, TUN_F_TSO6 = 0x01, 0x02, 0x04


def join(host_a, name_a, host_b, name_b):
    """Makes both devices, and sets them up. The process goes with the net, and the devices with it."""
    process = host_a.start(f"tun-{name_a}", "/usr/bin/python3", os.path.abspath(__file__),
                           host_a.netns, name_a, host_b.netns, name_b)
    from netns import wait_for
    for host, name in ((host_a, name_a), (host_b, name_b)):
        wait_for(f"TUN device {name}", lambda host=host, name=name: host.has(name), 5)
        host.ip(f"link set {name} up")
    return process


def make(netns, name):
    with open(os.path.join(NETNS, netns), encoding="ascii") as there:
        if ctypes.CDLL(None, use_errno=True).setns(there.fileno(), CLONE_NEWNET) < 0:
            raise OSError(ctypes.get_errno(), "setns")
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI | IFF_VNET_HDR))
    fcntl.ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6)
    return fd


class Relay:
    def __init__(self, one, other):
        self.ends = {one: other, other: one}
        self.silent = False
        signal.signal(signal.SIGUSR1, lambda *_: setattr(self, "silent", True))
        signal.signal(signal.SIGUSR2, lambda *_: setattr(self, "silent", False))

    def carry(self, fd):
        for _ in range(64):
            try:
                packet = os.read(fd, 70000)
            except BlockingIOError:
                return
            except OSError:  # the device is down
                return
            if not self.silent:
                try:
                    os.write(self.ends[fd], packet)
                except OSError:  # the other one is down, or full
                    pass

    def run(self):
        while True:
            for fd in select.select(list(self.ends), [], [])[0]:
                self.carry(fd)


if __name__ == "__main__":
    Relay(make(sys.argv[1], sys.argv[2]), make(sys.argv[3], sys.argv[4])).run()
