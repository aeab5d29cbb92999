# SPDX-License-Identifier: BSD-2-Clause
"""The download: a file over one TCP connection, and the SHA-256 of what arrived.

    transfer.py serve ADDRESS PORT FILE HELD    sends the file, the last HELD octets of it not before
                                                a line comes on standard input
    transfer.py fetch OWN ADDRESS PORT OWN_PORT connects from OWN, port OWN_PORT (0: any); prints one
                                                JSON object at the end

It holds the end of the file back so that the connection lasts as long as the story does, however
fast the machine is.
"""
import hashlib
import json
import os
import socket
import sys
import time


def listen(address, port):
    server = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, port))
    server.listen(1)
    return server


def serve(address, port, path, held):
    with listen(address, port) as server:
        print("listening", flush=True)
        connection, _ = server.accept()
    with connection, open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        connection.sendfile(file, 0, size - held)
        sys.stdin.readline()
        connection.sendfile(file, size - held, held)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)  # until the other side has closed, too


def fetch(own, address, port, own_port):
    digest, octets, start, error = hashlib.sha256(), 0, time.monotonic(), None
    try:
        with socket.create_connection((address, port), 10, (own, own_port)) as connection:
            connection.settimeout(60)
            while chunk := connection.recv(1 << 18):
                digest.update(chunk)
                octets += len(chunk)
    except OSError as e:
        error = str(e)
    print(json.dumps({"octets": octets, "sha256": digest.hexdigest(), "error": error,
                      "seconds": round(time.monotonic() - start, 3)}), flush=True)


if __name__ == "__main__":
    command, *words = sys.argv[1:]
    if command == "serve":
        serve(words[0], int(words[1]), words[2], int(words[3]))
    else:
        fetch(words[0], words[1], int(words[2]), int(words[3]))
