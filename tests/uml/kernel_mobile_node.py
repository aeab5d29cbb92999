#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A mobile node that is not ours at all: return_routability.py registers with a correspondent, the
kernel's XFRM states carry the data. Runs inside a kernel of uml.py, as root.

    kernel_mobile_node.py HOME-ADDRESS CARE-OF-ADDRESS CORRESPONDENT INTERFACE SEQUENCE BID

Nobody tunnels: the home address is routed to the interface. Prints the status of the acknowledgement.
A BID of 0: without one.
"""
import os
import socket
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "support"))

import scapy_mip6                                               # noqa: E402
from return_routability import MobileNode                       # noqa: E402
from scapy.layers import inet6                                  # noqa: E402
from wire import Wire                                           # noqa: E402

MOBILITY = 135
SECONDS = 10


def ask(wire, packet, wanted):
    wire.send(packet)
    answer = wire.receive(wanted, SECONDS)
    if answer is None:
        sys.exit(f"no answer to {inet6.IPv6(bytes(packet)).summary()}")
    return answer


def main(home_address, care_of, correspondent, interface, sequence, bid):
    # While somebody listens, the kernel does not call the protocol unknown.
    listener = socket.socket(socket.AF_INET6, socket.SOCK_RAW, MOBILITY)
    node, wire = MobileNode(home_address, correspondent), Wire(None, interface)
    bid = int(bid)
    for address, number in ((home_address, None), (care_of, bid or None)):
        test = ask(wire, node.init(address, number), lambda p, at=address: node.answers(p, at))
        node.learn(test, address)
    options = [scapy_mip6.MIP6OptBID(bid=bid, coa6=care_of)] if bid else []
    answer = ask(wire, node.update(care_of, int(sequence), options=options),
                 lambda packet: inet6.MIP6MH_BA in packet)
    if not node.believes(answer, care_of):
        sys.exit("acknowledgement with a wrong authenticator")
    listener.close()
    print(answer[inet6.MIP6MH_BA].status)


main(*sys.argv[1:])
