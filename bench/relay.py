# SPDX-License-Identifier: BSD-2-Clause
"""A wire that takes its time: every frame that comes in by one interface leaves by the other so many
milliseconds later, both ways. For a few packets, not for streams. Arguments: the two interfaces, the
milliseconds. Standard library only."""
import collections
import select
import socket
import sys
import time

ETH_P_ALL = 3
SOL_PACKET = 263
PACKET_IGNORE_OUTGOING = 23
FRAME_OCTETS = 65536


def port(interface):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    sock.bind((interface, ETH_P_ALL))
    sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    return sock


def main():
    ports = [port(name) for name in sys.argv[1:3]]
    delay = float(sys.argv[3]) / 1000
    waiting = collections.deque()  # (when, to, frame)
    print("relaying", flush=True)
    while True:
        patience = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        for ready in select.select(ports, [], [], patience)[0]:
            frame = ready.recv(FRAME_OCTETS)
            waiting.append((time.monotonic() + delay, ports[ready is ports[0]], frame))
        while waiting and waiting[0][0] <= time.monotonic():
            _, to, frame = waiting.popleft()
            to.send(frame)


main()
