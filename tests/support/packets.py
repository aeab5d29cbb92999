# SPDX-License-Identifier: BSD-2-Clause
"""Captures as tshark and scapy understand them: the second opinion about every packet we send."""
import subprocess

from scapy.layers import inet6
from scapy.layers.l2 import Ether  # noqa: F401  (binds the layers of a capture)
from scapy.utils import rdpcap

# tshark's name of a field, and ours
FIELDS = {
    "frame.number": "number", "ipv6.src": "source", "ipv6.dst": "destination",
    "mip6.mhtype": "type", "mip6.bu.seqnr": "bu_sequence", "mip6.ba.seqnr": "ba_sequence",
    "mip6.ba.status": "status", "mip6.bu.lifetime": "bu_lifetime", "mip6.bi.bid": "bids",
    "mip6.bi.status": "bid_statuses", "mip6.acoa.acoa": "alternate",
    "ipv6.opt.mipv6.home_address": "home_address", "mip6.auth.subtype": "auth_subtype",
    "ipv6.routing.mipv6.home_address": "routed_to",
}
UPDATE, ACKNOWLEDGEMENT = 5, 6


def tshark(path, *words):
    """The lines it prints of a capture."""
    done = subprocess.run(["tshark", "-n", "-r", path, *words], capture_output=True, text=True,
                          check=True)
    return done.stdout.splitlines()


def malformed(path):
    """The packets that tshark calls malformed, a line each."""
    return tshark(path, "-Y", "_ws.malformed")


def wrong_checksums(path):
    """The Mobility Headers whose checksum scapy computes otherwise. It takes the home address from
    the Home Address option and the type 2 routing header (RFC 6275 6.1.1, 11.3.1)."""
    wrong = []
    for packet in rdpcap(path):
        header = packet.getlayer(inet6._MobilityHeader)
        if header is None:
            continue
        octets = bytearray(bytes(header))
        length = (octets[1] + 1) * 8
        found = int.from_bytes(octets[4:6], "big")
        octets[4:6] = b"\0\0"
        if inet6.in6_chksum(135, header.underlayer, bytes(octets[:length])) != found:
            wrong.append(packet)
    return wrong


def mobility(path):
    """The Mobility Headers, as dicts of strings; fields that may repeat are lists."""
    words = ["-Y", "mipv6", "-T", "fields", "-E", "separator=|", "-E", "aggregator=,"]
    for field in FIELDS:
        words += ["-e", field]
    rows = []
    for line in tshark(path, *words):
        row = dict(zip(FIELDS.values(), line.split("|")))
        row["type"] = int(row["type"])
        row["bids"] = [int(b, 0) for b in row["bids"].split(",") if b]
        rows.append(row)
    return rows
