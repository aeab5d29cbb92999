#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A correspondent that is not ours at all: return_routability.py answers, the kernel's XFRM states
carry the data. Runs inside a kernel of uml.py, as root.

    kernel_correspondent.py ADDRESS INTERFACE FILE with-identifiers|without

After each change, FILE says what is bound: {"HOME-ADDRESS BID": "CARE-OF-ADDRESS", ...}. The kernel
has one care-of address to send to for each mobile node: that of the lowest BID. If there are several
it takes packets from any.
"""
import json
import os
import socket
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "support"))

import mip6                                                     # noqa: E402
from return_routability import Correspondent                    # noqa: E402
from scapy.layers import inet6                                  # noqa: E402
from wire import PACKET_OCTETS_MAX, Wire                        # noqa: E402

MOBILITY, DESTINATION_OPTIONS = 135, 60


class Here:
    """As uml.Kernel, from inside."""

    @staticmethod
    def ip(*commands):
        for command in commands:
            subprocess.run(["ip", "-6", *command.split()], check=True)


def has_mobility_header(octets):
    return octets[6] == MOBILITY or octets[6] == DESTINATION_OPTIONS and octets[40] == MOBILITY


def by_home_address(bindings):
    """{home address: its care-of addresses, that of the lowest BID first}"""
    found = {}
    for (home_address, _), care_of in sorted(bindings.items()):
        found.setdefault(home_address, []).append(care_of)
    return found


def carry_out(own, before, after):
    before, after = by_home_address(before), by_home_address(after)
    for home_address in before.keys() - after.keys():
        mip6.part(Here, own, home_address)
    for home_address, addresses in after.items():
        if home_address not in before:
            mip6.correspond(Here, own, home_address, addresses[0])
        mip6.move(Here, home_address, own, addresses[0], "::" if len(addresses) > 1 else None)


def write(path, bindings):
    with open(path + ".new", "w", encoding="ascii") as file:
        json.dump({f"{home_address} {bid}": care_of
                   for (home_address, bid), care_of in bindings.items()}, file)
    os.rename(path + ".new", path)


def main(own, interface, path, identifiers):
    correspondent = Correspondent(own, identifiers == "with-identifiers")
    # While somebody listens, the kernel does not call the protocol unknown.
    listener = socket.socket(socket.AF_INET6, socket.SOCK_RAW, MOBILITY)
    wire = Wire(None, interface)
    write(path, {})
    while listener:
        octets, origin = wire.into.recvfrom(PACKET_OCTETS_MAX)
        if origin[2] == socket.PACKET_OUTGOING or not has_mobility_header(octets):
            continue
        before = dict(correspondent.bindings)
        answer = correspondent.answer(inet6.IPv6(octets))
        if correspondent.bindings != before:
            carry_out(own, before, correspondent.bindings)
            write(path, correspondent.bindings)
        if answer:
            wire.send(answer)


main(*sys.argv[1:])
