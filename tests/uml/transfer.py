#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Octets between two hosts, and whether they are the same at the other side.

    transfer.py serve OWN PORT                   until it is ended
    transfer.py exchange OWN PEER PORT OCTETS    that many octets by TCP each way, and some datagrams

The second prints what came of it, as JSON. Runs in a namespace as in a kernel of uml.py.
"""
import contextlib
import hashlib
import json
import random
import signal
import socket
import sys
import threading

DATAGRAMS = [0, 1, 100, 1000, 1200]
SECONDS = 20


def stream(seed, octets):
    return random.Random(seed).randbytes(octets)


def digest(octets):
    return hashlib.sha256(octets).hexdigest().encode()


def everything(connection):
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def answer(connection):
    """Says what it understood, and sends as much."""
    with contextlib.closing(connection):
        arrived = everything(connection)
        connection.sendall(digest(arrived) + stream(2, len(arrived)))


def serve(own, port):
    listener = socket.socket(socket.AF_INET6)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((own, port))
    listener.listen()
    datagrams = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    datagrams.bind((own, port))

    def echo():
        while True:
            octets, source = datagrams.recvfrom(65536)
            datagrams.sendto(octets, source)
    threading.Thread(target=echo, daemon=True).start()
    print("serving", flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=(connection,), daemon=True).start()


def exchange(own, peer, port, octets):
    connection = socket.create_connection((peer, port), SECONDS, (own, 0))
    connection.settimeout(SECONDS)
    sent = stream(1, octets)
    connection.sendall(sent)
    connection.shutdown(socket.SHUT_WR)
    arrived = everything(connection)
    datagrams = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    datagrams.bind((own, 0))
    datagrams.connect((peer, port))
    datagrams.settimeout(1)
    echoed = []
    for size in DATAGRAMS:
        datagrams.send(stream(size, size))
        with contextlib.suppress(OSError):
            if datagrams.recv(65536) == stream(size, size):
                echoed.append(size)
    print(json.dumps({"tcp_out": arrived[:64] == digest(sent),
                      "tcp_in": arrived[64:] == stream(2, octets),
                      "datagrams": echoed == DATAGRAMS}))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.argv[1] == "serve":
        serve(sys.argv[2], int(sys.argv[3]))
    else:
        exchange(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
