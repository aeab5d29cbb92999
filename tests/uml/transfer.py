#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Octets between two hosts, and whether they are the same at the other side.

    transfer.py serve OWN PORT                   until it is ended
    transfer.py exchange OWN PEER PORT OCTETS    that many octets by TCP each way, and some datagrams
    transfer.py knock OWN PEER PORT              a datagram to a port where nobody is

The last two print what came of it, as JSON. Runs in a namespace as in a kernel of uml.py.
"""
import contextlib
import hashlib
import json
import random
import signal
import socket
import sys
import threading

DATAGRAMS = [0, 11, 100, 1001, 1200]
SECONDS = 60


def stream(seed, octets):
    """Octets that nobody would send by mistake, in parts."""
    source = random.Random(seed)
    while octets > 0:
        part = source.randbytes(min(octets, 65536))
        octets -= len(part)
        yield part


def digest(parts):
    """(digest, octets)"""
    found, octets = hashlib.sha256(), 0
    for part in parts:
        found.update(part)
        octets += len(part)
    return found.hexdigest(), octets


def arriving(connection):
    while part := connection.recv(65536):
        yield part


def answer(connection):
    """Says what it understood, in 64 octets, and sends as much."""
    with contextlib.closing(connection):
        arrived, octets = digest(arriving(connection))
        connection.sendall(arrived.encode())
        for part in stream(2, octets):
            connection.sendall(part)


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
    for part in stream(1, octets):
        connection.sendall(part)
    connection.shutdown(socket.SHUT_WR)
    understood = connection.recv(64, socket.MSG_WAITALL).decode()
    print(json.dumps({"tcp_out": understood == digest(stream(1, octets))[0],
                      "tcp_in": digest(arriving(connection)) == digest(stream(2, octets)),
                      "datagrams": echoed(own, peer, port)}))


def echoed(own, peer, port):
    """Whether every datagram comes back."""
    datagrams = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    datagrams.bind((own, 0))
    datagrams.connect((peer, port))
    datagrams.settimeout(1)
    for size in DATAGRAMS:
        octets = b"".join(stream(size, size))
        datagrams.send(octets)
        with contextlib.suppress(OSError):
            if datagrams.recv(65536) == octets:
                continue
        return False
    return True


def knock(own, peer, port):
    """Whether the socket hears that the port is closed. Such answers are rate limited."""
    datagrams = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    datagrams.bind((own, 0))
    datagrams.connect((peer, port))
    datagrams.settimeout(1)
    for _ in range(5):
        try:
            datagrams.send(b"knock")
            datagrams.recv(1)
        except ConnectionRefusedError:
            print("true")
            return
        except TimeoutError:
            pass
    print("false")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.argv[1] == "serve":
        serve(sys.argv[2], int(sys.argv[3]))
    elif sys.argv[1] == "knock":
        knock(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        exchange(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
