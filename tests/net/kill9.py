#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""kill -9 of a home agent between update and acknowledgement, again and again.

    +-----------+         +----+
    | generator |---------| ha |   monamid, killed within a burst of Binding Updates, and started again
    +-----------+         +----+

Each home address has one update under way at most. So after each start the home agent must have, for
each home address, exactly the bindings of the last update that was acknowledged, or, if there is one
without an acknowledgement, exactly those of that; never less, never a mixture. And an update that was
acknowledged once is refused when it comes again. Every second time the kernel has forgotten all
(pinned maps, device), as after a reboot.

    kill9.py [--build DIRECTORY] [--seed N] [KILLS]
"""
import argparse
import hashlib
import hmac
import json
import os
import random
import select
import shutil
import socket
import struct
import sys
import time

if __name__ == "__main__":
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                    "support"))

from netns import Net, execute, signals_raise                   # noqa: E402
from peer import ntp                                            # noqa: E402
from topology import Daemon                                     # noqa: E402
from wire import entered                                        # noqa: E402

HOMES = 48
SPI = 256
LIFETIME = 1200
MH, HOME_ADDRESS_OPTION, ROUTING = 135, 0xC9, 43
ACKNOWLEDGED_WITHIN = 1.0
REFUSED = 128
ETH_P_IPV6 = 0x86DD


def packed(text):
    return socket.inet_pton(socket.AF_INET6, text)


HOME_AGENT = packed("2001:db8:ffff::1")


def configuration():
    text = ["home_agent {\n\taddress = 2001:db8:ffff::1\n\thome_prefix = 2001:db8:100::/64\n"
            f"\tinterfaces = {{net0}}\n\tlifetime_max = {LIFETIME}\n"]
    for number in range(HOMES):
        text.append(f'\tmobile_node "2001:db8:100::1:{number:x}" {{\n\t\tspi = {SPI}\n'
                    f'\t\tkey = "{key(number).hex()}"\n\t\treplay = true\n\t}}\n')
    return "".join(text) + "}\n"


def key(number):
    return b"\x5a" * 12 + number.to_bytes(4, "big")


def checksum(source, destination, octets):
    """RFC 8200 8.1"""
    text = source + destination + struct.pack("!II", len(octets), MH) + octets
    text += b"\0" * (len(text) % 2)
    total = sum(struct.unpack(f"!{len(text) // 2}H", text))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Home:
    """A mobile node, as far as it registers."""

    def __init__(self, number, chance):
        self.number = number
        self.address = packed(f"2001:db8:100::1:{number:x}")
        self.chance = chance
        self.sequence = chance.randrange(65536)
        self.acknowledged = {}     # BID: care-of address
        self.last = None           # (sequence, bindings, octets) of them
        self.pending = None        # (sequence, bindings, octets)

    def update(self):
        """RFC 6275 6.1.7, RFC 5648 4.3, RFC 4285 5 and 6: with the O flag, all bindings at once."""
        self.sequence = (self.sequence + 1) % 65536
        bids = self.chance.sample(range(1, 9), self.chance.randrange(1, 5))
        bindings = {bid: packed(f"2001:db8:{bid:x}::{self.number:x}:{self.sequence:x}:"
                                f"{self.chance.randrange(1, 65536):x}") for bid in bids}
        source = bindings[bids[0]]
        options = bytearray()
        for bid, care_of in bindings.items():
            # 8n+2 (RFC 5648 4.3), from the header's twelve octets on
            padding = (2 - 12 - len(options)) % 8
            options += b"\0" if padding == 1 else bytes([1, padding - 2]) + bytes(padding - 2) \
                if padding else b""
            options += struct.pack("!BBHBB", 35, 20, bid, 0, bid) + care_of
        padding = (2 - 12 - len(options)) % 8            # RFC 4285 6: 8n+2
        options += b"\0" if padding == 1 else bytes([1, padding - 2]) + bytes(padding - 2) \
            if padding else b""
        options += struct.pack("!BBQ", 10, 8, ntp())
        padding = (1 - 12 - len(options)) % 4            # RFC 4285 5: 4n+1
        options += b"\0" if padding == 1 else bytes([1, padding - 2]) + bytes(padding - 2) \
            if padding else b""
        options += struct.pack("!BBBI", 9, 17, 1, SPI)
        length = (12 + len(options) + 12 + 7) // 8 * 8
        header = struct.pack("!BBBBHHHH", 59, length // 8 - 1, 5, 0, 0, self.sequence,
                             0xC040,                     # A and H; O in the ninth place
                             LIFETIME // 4)
        text = header + bytes(options)
        seal = hmac.new(key(self.number), source + self.address + text, hashlib.sha1).digest()[:12]
        text += seal
        rest = length - len(text)
        text += b"\0" if rest == 1 else bytes([1, rest - 2]) + bytes(rest - 2) if rest else b""
        text = text[:4] + checksum(self.address, HOME_AGENT, text).to_bytes(2, "big") + text[6:]
        destination = bytes([MH, 2, 1, 2, 0, 0, HOME_ADDRESS_OPTION, 16]) + self.address
        octets = struct.pack("!IHBB", 6 << 28, len(destination) + len(text), 60, 64) + source \
            + HOME_AGENT + destination + text
        self.pending = (self.sequence, bindings, octets)
        return octets

    def answer(self, sequence, status):
        """Evaluates an acknowledgement. True if it was for the update under way."""
        if self.pending is None or self.pending[0] != sequence:
            return False            # of one that is over, or was sent again
        assert status < REFUSED, f"home address {self.number}: status {status}"
        self.settle(self.pending)
        return True

    def settle(self, update):
        self.acknowledged = update[1]
        self.last = update
        self.pending = None


def acknowledgement(octets):
    """(home address, status, sequence), or None if the packet is something else."""
    if len(octets) < 40 + 24 + 12 or octets[6] != ROUTING or octets[42] != 2:
        return None
    header = octets[64:]
    if octets[40] != MH or header[2] != 6:
        return None
    status, _, sequence = struct.unpack("!BBH", header[6:10])
    return octets[48:64], status, sequence


class Fleet:
    """The picture above, with the daemon running."""

    def __init__(self, net, build, seed):
        self.chance = random.Random(seed)
        self.ha, self.generator = net.host("ha"), net.host("generator")
        self.generator.sysctl("net.ipv6.conf.all.disable_ipv6", 1)
        net.link(self.ha, "net0", self.generator, "ha0")
        self.ha.forward()
        self.ha.ip("addr add 2001:db8:ffff::1/64 dev net0",
                   f"neigh add 2001:db8:ffff::ff lladdr {self.mac(self.generator, 'ha0')} "
                   "dev net0 nud permanent", "route add default via 2001:db8:ffff::ff")
        with entered(self.generator):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                                        socket.htons(ETH_P_IPV6))
        self.socket.bind(("ha0", ETH_P_IPV6))
        self.router = ("ha0", ETH_P_IPV6, 0, 0,
                       bytes.fromhex(self.mac(self.ha, "net0").replace(":", "")))
        self.daemon = Daemon(self.ha, build, configuration())
        self.homes = [Home(number, self.chance) for number in range(HOMES)]
        self.by_address = {home.address: home for home in self.homes}
        self.figures = {"kills": 0, "within": 0, "acknowledged": 0, "open": 0, "open_kept": 0,
                        "replays": 0, "reboots": 0}
        self.daemon.start()

    @staticmethod
    def mac(host, interface):
        return json.loads(execute(["ip", "-n", host.netns, "-j", "link", "show", "dev",
                                   interface]).stdout)[0]["address"]

    def send(self, octets):
        self.socket.sendto(octets, self.router)

    def receive(self, seconds):
        """Acknowledgements that come within that time: (home, status, sequence)."""
        end = time.monotonic() + seconds
        while True:
            left = max(0, end - time.monotonic())
            if not select.select([self.socket], [], [], left)[0]:
                return
            octets, origin = self.socket.recvfrom(2048)
            found = acknowledgement(octets) if origin[2] != socket.PACKET_OUTGOING else None
            if found and found[0] in self.by_address:
                yield self.by_address[found[0]], found[1], found[2]

    def take_answers(self, seconds):
        for home, status, sequence in self.receive(seconds):
            self.figures["acknowledged"] += home.answer(sequence, status)

    def round(self):
        for home in self.chance.sample(self.homes, HOMES):
            if home.pending is None:
                self.send(home.update())

    def kill(self):
        """The daemon dies some rounds of updates and answers later, soon after it was sent the last
        updates. What it sent before counts."""
        for _ in range(self.chance.randrange(3)):
            self.round()
            self.take_answers(self.chance.uniform(0, 0.01))
        self.round()
        time.sleep(self.chance.uniform(0, 0.002))
        self.daemon.kill()
        self.take_answers(0.005)
        self.figures["kills"] += 1
        self.figures["within"] += any(home.pending for home in self.homes)

    def forget(self):
        """Removes the state that a reboot loses."""
        shutil.rmtree(self.daemon.pins)
        execute(["ip", "-n", self.ha.netns, "link", "del", "monami0"])
        execute(["tc", "-n", self.ha.netns, "qdisc", "del", "dev", "net0", "clsact"])
        self.figures["reboots"] += 1

    def compare(self):
        """Compares the home agent's bindings with those that it acknowledged."""
        kept = {home.address: {} for home in self.homes}
        for binding in self.daemon.bindings():
            kept[packed(binding["home_address"])][binding["bid"]] = packed(
                binding["care_of_address"])
        for home in self.homes:
            has = kept[home.address]
            if home.pending is not None:
                self.figures["open"] += 1
                if has == home.pending[1]:
                    self.figures["open_kept"] += 1
                    home.settle(home.pending)
                    continue
            if has != home.acknowledged:
                raise AssertionError(
                    f"kill {self.figures['kills']}, home address {home.number}: has {has}, "
                    f"acknowledged {home.acknowledged}, under way {home.pending}")

    def replay(self):
        """The last update that was acknowledged comes again, of one home address."""
        known = [home for home in self.homes if home.last and not home.pending]
        if not known:
            return
        again = self.chance.choice(known)
        self.send(again.last[2])
        for home, status, sequence in self.receive(0.02):
            if home is again and sequence == again.last[0] and status < REFUSED:
                raise AssertionError(f"home address {home.number}: a replayed update was accepted")
            home.answer(sequence, status)
        self.figures["replays"] += 1

    def once(self, reboot):
        self.kill()
        if reboot:
            self.forget()
        self.daemon.start()
        # The kernel may have kept some of the burst for the next daemon.
        self.take_answers(0.005)
        self.compare()
        self.replay()
        for home in self.homes:
            home.pending = None


def run(build, kills, seed, say=lambda text: None):
    """Returns the figures; raises what was wrong."""
    with Net("k9") as net:
        fleet = Fleet(net, build, seed)
        begun = time.monotonic()
        for number in range(kills):
            fleet.once(reboot=number % 2 == 1)
            if number % 50 == 49:
                say(f"{number + 1} kills, {(time.monotonic() - begun) / (number + 1):.2f} s each")
        fleet.figures["seconds"] = round(time.monotonic() - begun, 1)
        return fleet.figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kills", nargs="?", type=int, default=1000)
    parser.add_argument("--build", default="build")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    with signals_raise():
        figures = run(os.path.abspath(given.build), given.kills, given.seed,
                      lambda text: print(text, flush=True))
    print(json.dumps(figures))
    print(f"{figures['kills']} kills, {figures['within']} of them with updates under way; "
          f"{figures['acknowledged']} updates acknowledged, none lost; of {figures['open']} without an "
          f"acknowledgement {figures['open_kept']} had been kept; {figures['replays']} replayed, none "
          "accepted")


if __name__ == "__main__":
    main()
