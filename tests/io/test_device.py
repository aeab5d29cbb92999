# SPDX-License-Identifier: BSD-2-Clause
"""src/io/host/device.c: the device outlives the daemon, and its packets are complete."""
import json
import signal

from conftest import Driver, ip_json
import netns
import pytest
from scapy.layers.inet import TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoReply, ICMPv6EchoRequest, IPv6
from scapy.packet import Raw, raw

HOME = "2001:db8:f::5"
FAR = "2001:db8:e::1"


class DeviceDriver(Driver):
    def __init__(self, host, name="monami0", before=()):
        super().__init__(host, "device", name, before=before)
        self.opened = self.result()

    def packet(self, condition):
        """Waits for a packet, in scapy's words, and returns what was said of it."""
        def find(said):
            for one in said:
                if "packet" in one:
                    one["ip"] = IPv6(bytes.fromhex(one["packet"]))
                    if condition(one["ip"]):
                        return one
            return None
        return self.wait(find)

    def write(self, packet):
        return self.ask("write " + raw(packet).hex())


@pytest.fixture
def mn(net):
    return net.host("mn")


def use(host):
    host.ip(f"addr add {HOME}/128 dev monami0 nodad", f"route add {FAR}/48 dev monami0 src {HOME}")


def link(host):
    [found] = json.loads(netns.execute(
        ["ip", "-n", host.netns, "-j", "-d", "link", "show", "dev", "monami0"]).stdout)
    return found


def checksum_is_right(packet, layer):
    """As scapy computes it when it builds the packet anew."""
    field = "cksum" if layer is ICMPv6EchoReply else "chksum"
    copy = IPv6(raw(packet))
    copy[layer].delfieldval(field)
    return getattr(IPv6(raw(copy))[layer], field) == getattr(packet[layer], field)


def python(host, name, code):
    return host.start(name, "/usr/bin/python3", "-c", code)


# ---- its life ----

def test_new_device_is_up_persistent_and_without_link_local_address(mn):
    driver = DeviceDriver(mn)
    shown = link(mn)
    assert driver.opened == {"result": 0, "ifindex": shown["ifindex"], "found": False}
    assert "UP" in shown["flags"] and "LOWER_UP" in shown["flags"]
    assert shown["linkinfo"]["info_data"]["persist"] and shown["linkinfo"]["info_data"]["vnet_hdr"]
    assert shown["inet6_addr_gen_mode"] == "none"
    assert not [a for one in ip_json(mn, "addr", "show", "dev", "monami0")
                for a in one.get("addr_info", [])]


def test_device_of_a_killed_daemon_is_taken_over(mn):
    driver = DeviceDriver(mn)
    use(mn)
    before = link(mn)["ifindex"]
    driver.process.kill(signal.SIGKILL)
    driver.process.wait()
    assert link(mn)["ifindex"] == before and mn.addresses("monami0") == [HOME]
    again = DeviceDriver(mn)
    assert again.opened == {"result": 0, "ifindex": before, "found": True}
    assert mn.addresses("monami0") == [HOME]
    assert [route for route in ip_json(mn, "route") if route.get("dst") == "2001:db8:e::/48"]
    assert again.write(IPv6(src=FAR, dst=HOME) / ICMPv6EchoRequest(id=7)) == 0
    again.packet(lambda ip: ICMPv6EchoReply in ip)
    again.end()
    assert mn.has("monami0")


def test_removed_device_is_gone(mn):
    driver = DeviceDriver(mn)
    assert driver.ask("remove") == 0
    assert driver.process.wait() == 0
    assert not mn.has("monami0")


def test_refused_opens_leave_nothing_behind(net, mn):
    first = DeviceDriver(mn)
    assert DeviceDriver(mn).opened["result"] == -16  # EBUSY: another daemon runs
    first.end()
    mn.ip("link add wire0 type veth peer name wire1")
    assert DeviceDriver(mn, "wire0").opened["result"] < 0
    assert DeviceDriver(mn, "").opened["result"] == -22
    assert DeviceDriver(mn, "a-name-too-long-").opened["result"] == -22
    unprivileged = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    assert DeviceDriver(mn, "monami1", before=unprivileged).opened["result"] < 0
    names = {one["ifname"] for one in ip_json(mn, "link", "show")}
    assert names == {"lo", "monami0", "wire0", "wire1"}


# ---- its packets ----

@pytest.mark.parametrize("length", [0, 1, 2, 999, 1000])
def test_checksum_left_to_the_card_is_completed(mn, length):
    """RFC 8200 8.1"""
    driver = DeviceDriver(mn)
    use(mn)
    python(mn, "udp", "import socket\n"
           "s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)\n"
           f"s.sendto(bytes(range(250)) * 4 if {length} == 1000 else b'\\xff' * {length}, ('{FAR}', 9))")
    said = driver.packet(lambda ip: UDP in ip)
    assert said["segment"] == 0
    assert said["ip"].src == HOME and said["ip"].dst == FAR
    assert len(bytes.fromhex(said["packet"])) == 48 + length
    assert checksum_is_right(said["ip"], UDP)


def test_udp_checksum_zero_is_sent_as_ffff(mn):
    """RFC 8200 8.1: in IPv6, zero would say that there is none."""
    driver = DeviceDriver(mn)
    use(mn)
    # A payload for which the sum comes to zero: complement of the checksum of the same without it.
    without = IPv6(raw(IPv6(src=HOME, dst=FAR) / UDP(sport=1234, dport=9) / Raw(b"\0\0")))[UDP].chksum
    payload = without.to_bytes(2, "big")
    python(mn, "udp", "import socket\n"
           "s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)\n"
           "s.bind(('', 1234))\n"
           f"s.sendto({payload!r}, ('{FAR}', 9))")
    assert driver.packet(lambda ip: UDP in ip)["ip"][UDP].chksum == 0xffff


def test_written_packet_is_delivered_and_answered(mn):
    driver = DeviceDriver(mn)
    use(mn)
    request = IPv6(src=FAR, dst=HOME) / ICMPv6EchoRequest(id=77, seq=5, data=b"a" * 1001)
    assert driver.write(request) == 0
    reply = driver.packet(lambda ip: ICMPv6EchoReply in ip)["ip"]
    assert (reply.src, reply.dst, reply[ICMPv6EchoReply].id, reply[ICMPv6EchoReply].data) == \
        (HOME, FAR, 77, b"a" * 1001)
    assert checksum_is_right(reply, ICMPv6EchoReply)


def test_gso_packet_comes_with_its_segment_size(mn):
    """A TCP of the host hands over more than a packet at once; we answer its SYN by hand."""
    driver = DeviceDriver(mn)
    use(mn)
    python(mn, "tcp", "import socket, time\n"
           f"s = socket.create_connection(('{FAR}', 80))\n"
           "s.sendall(b'x' * 8000)\n"
           "time.sleep(20)")
    syn = driver.packet(lambda ip: TCP in ip and ip[TCP].flags == "S")["ip"]
    assert checksum_is_right(syn, TCP)
    answer = TCP(sport=80, dport=syn[TCP].sport, flags="SA", seq=1000, ack=syn[TCP].seq + 1,
                 window=60000, options=[("MSS", 1200)])
    assert driver.write(IPv6(src=FAR, dst=HOME) / answer) == 0
    large = driver.packet(lambda ip: TCP in ip and len(ip[TCP].payload) > 1500)
    assert large["segment"] == 1200
    assert large["ip"].plen == len(bytes.fromhex(large["packet"])) - 40
    assert checksum_is_right(large["ip"], TCP)
