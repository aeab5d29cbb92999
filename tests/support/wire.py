# SPDX-License-Identifier: BSD-2-Clause
"""Packets made by hand on an interface of a namespace, past its kernel."""
import contextlib
import ctypes
import os
import select
import socket
import time

from netns import NETNS
from scapy.layers import inet6

CLONE_NEWNET = 0x40000000
ETH_P_IPV6 = 0x86DD
PACKET_OCTETS_MAX = 65536


@contextlib.contextmanager
def entered(host):
    """Sockets made in the block belong to the host's namespace, also afterwards. None: where we are."""
    if host is None:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/ns/net", "rb") as ours, \
            open(os.path.join(NETNS, host.netns), "rb") as theirs:
        if libc.setns(theirs.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        try:
            yield
        finally:
            libc.setns(ours.fileno(), CLONE_NEWNET)


def keep_kernel_quiet(host):
    """Its kernel would call our packets unknown (Parameter Problem)."""
    host.nft("table ip6 quiet {\n\tchain out { type filter hook output priority 0\n"
             "\t\ticmpv6 type parameter-problem drop\n\t}\n}\n")


class Wire:
    """One interface. Packets leave as the kernel's routes for their destination lead."""

    def __init__(self, host, interface):
        with entered(host):
            self.out = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
            self.into = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                                      socket.htons(ETH_P_IPV6))
        self.out.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
        self.into.bind((interface, ETH_P_IPV6))

    def close(self):
        self.out.close()
        self.into.close()

    def send(self, octets):
        """A whole packet, octets or scapy's, to the destination in its header."""
        octets = bytes(octets)
        self.out.sendto(octets, (socket.inet_ntop(socket.AF_INET6, octets[24:40]), 0))

    def receive(self, wanted, seconds=2.0):
        """The next packet from elsewhere for which wanted(packet) is true, or None."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.into], [], [], left)[0]:
                octets, origin = self.into.recvfrom(PACKET_OCTETS_MAX)
                packet = inet6.IPv6(octets)
                if origin[2] != socket.PACKET_OUTGOING and wanted(packet):
                    return packet
        return None
