# SPDX-License-Identifier: BSD-2-Clause
"""The download: octets over one TCP connection until the story is over, and the SHA-256 of them at both ends.

    transfer.py serve ADDRESS PORT SEED LAST    sends octets generated from SEED until a line comes on standard
                                                input, then LAST octets more, and ends the connection
    transfer.py fetch OWN ADDRESS PORT OWN_PORT connects from OWN, port OWN_PORT (0: any)

Each prints one JSON object at the end. The story decides how long the download lasts and how much it transfers, not
the speed of the machine. Neither waits longer than PATIENCE_SECONDS for a connection that stands still.
"""
import hashlib
import json
import random
import select
import socket
import sys
import time

PATIENCE_SECONDS = 60
CHUNK_OCTETS = 1 << 16


def listen(address, port):
    server = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, port))
    server.listen(1)
    return server


class Told:
    """Whether a line has come on standard input; LAST octets later there is no more to send."""

    def __init__(self, last):
        self.left = last
        self.over = False

    def next(self):
        """How much to send now; 0: nothing more."""
        if not self.over and select.select([sys.stdin], [], [], 0)[0]:
            sys.stdin.readline()
            self.over = True
        if not self.over:
            return CHUNK_OCTETS
        octets = min(self.left, CHUNK_OCTETS)
        self.left -= octets
        return octets


def report(digest, octets, start, error):
    print(json.dumps({"octets": octets, "sha256": digest.hexdigest(), "error": error,
                      "seconds": round(time.monotonic() - start, 3)}), flush=True)


def serve(address, port, seed, last):
    with listen(address, port) as server:
        print("listening", flush=True)
        connection, _ = server.accept()
    digest, octets, start, error = hashlib.sha256(), 0, time.monotonic(), None
    source, told = random.Random(seed), Told(last)
    try:
        with connection:
            connection.settimeout(PATIENCE_SECONDS)
            while count := told.next():
                chunk = source.randbytes(count)
                connection.sendall(chunk)
                digest.update(chunk)
                octets += count
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1)  # until the other side has closed, too
    except OSError as e:
        error = str(e)
    report(digest, octets, start, error)


def fetch(own, address, port, own_port):
    digest, octets, start, error = hashlib.sha256(), 0, time.monotonic(), None
    try:
        with socket.create_connection((address, port), 10, (own, own_port)) as connection:
            connection.settimeout(PATIENCE_SECONDS)
            while chunk := connection.recv(1 << 18):
                digest.update(chunk)
                octets += len(chunk)
    except OSError as e:
        error = str(e)
    report(digest, octets, start, error)


if __name__ == "__main__":
    command, *words = sys.argv[1:]
    if command == "serve":
        serve(words[0], int(words[1]), int(words[2]), int(words[3]))
    else:
        fetch(words[0], words[1], int(words[2]), int(words[3]))
