# SPDX-License-Identifier: BSD-2-Clause
"""Captures as tshark and scapy understand them: the second opinion about every packet we send."""
import subprocess

from scapy.layers.l2 import Ether  # noqa: F401  (binds the layers of a capture)
from scapy.utils import rdpcap
from scapy_mip6 import mobility_checksum, mobility_header

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
    """The packets with a Mobility Header whose checksum is another (RFC 6275 6.1.1)."""
    return [packet for packet in rdpcap(path) if mobility_header(packet)
            and mobility_header(packet).cksum != mobility_checksum(packet)]


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
