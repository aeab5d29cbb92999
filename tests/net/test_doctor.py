# SPDX-License-Identifier: BSD-2-Clause
"""`monami doctor`: a test makes a fault; the check names it, and finds nothing after the command that it printed."""
import contextlib
import json
import os
import shutil
import subprocess

import netns
import pytest
import topology
from conftest import BUILD
from netns import wait_for
from test_start_errors import Site

MONAMI = os.path.join(BUILD, "src/cli/monami")
# Findings about the machine that runs the tests: its clock, nft, kernel.
OF_THE_MACHINE = {"clock", "kernel"}


class Doctor:
    """The doctor in one namespace, for one configuration."""

    def __init__(self, host, file, before=()):
        self.host, self.file, self.before = host, file, before

    def __call__(self):
        done = self.host.run(*self.before, MONAMI, "--json", "--config", str(self.file), "doctor", check=False)
        assert done.stderr == "", done
        document = json.loads(done.stdout)
        verdicts = [c["verdict"] for c in document["checks"]]
        assert (document["problems"], document["warnings"]) == (verdicts.count("problem"), verdicts.count("warning"))
        assert done.returncode == (1 if document["problems"] else 0)
        return document["checks"]

    def bad(self, check=None):
        """The findings that are not ok (of one check), without those of this machine."""
        return [c for c in self() if c["verdict"] in ("warning", "problem") and
                (c["check"] == check if check else c["check"] not in OF_THE_MACHINE)]

    def one(self, check, verdict, words, object_=None):
        """The one bad line of a check, which says how to mend it."""
        found, = [c for c in self.bad(check) if c.get("object") == object_]
        assert found["verdict"] == verdict, found
        assert words in found["text"] and found["why"] and found["remedy"], found
        return found

    def mend(self, found):
        """Runs the very command that it printed."""
        self.host.run("sh", "-c", found["remedy"])

    def wait_well(self, check=None, seconds=5):
        wait_for(f"{check or 'all'} well", lambda: not self.bad(check), seconds, 0.2)


class AsymmetricWorld(topology.World):
    """The home agent has a second interface to the core, which carries nothing at first."""

    def _core(self):
        super()._core()
        self.net.link(self.core, "ha1", self.ha, "core1")
        self.core.ip("addr add 2001:db8:fffe::ff/64 dev ha1")
        self.ha.ip("addr add 2001:db8:fffe::1/64 dev core1")


@pytest.fixture(scope="module")
def world():
    with topology.world(BUILD, kind=AsymmetricWorld) as made:
        made.wait_care_of_addresses()
        made.start()
        yield made


@pytest.fixture
def mn(world):
    doctor = Doctor(world.mn, world.mobile_node.file)
    yield doctor
    doctor.wait_well()  # nothing is left for the next test


@pytest.fixture
def ha(world):
    doctor = Doctor(world.ha, world.home_agent.file)
    yield doctor
    doctor.wait_well()


def test_all_is_well(mn, ha):
    mn.wait_well()
    ha.wait_well()
    assert {c["check"] for c in mn() if c["verdict"] == "ok"} >= {
        "configuration", "daemon", "permissions", "device", "bpffs", "pins", "interfaces",
        "router_advertisements", "mtu", "home_agent", "paths", "reverse_path", "mobility_daemons"}
    assert {c["check"] for c in ha() if c["verdict"] == "ok"} >= {"address", "forwarding", "store"}


def test_router_advertisements(world, mn):
    world.mn.sysctl("net.ipv6.conf.wifi0.forwarding", 1)
    wait_for("the loss of the router", lambda: not world.mobile_node.links()["wifi0"]["up"], 3)
    found = mn.one("router_advertisements", "problem", "discards Router Advertisements", "wifi0")
    assert found["remedy"] == "sysctl -w net.ipv6.conf.wifi0.accept_ra=2"
    mn.mend(found)
    world.wait_registered(["wifi0"])
    mn.wait_well()
    world.mn.sysctl("net.ipv6.conf.wifi0.forwarding", 0)
    world.mn.sysctl("net.ipv6.conf.wifi0.accept_ra", 1)


def test_no_router_is_accepted(world, mn):
    world.mn.sysctl("net.ipv6.conf.sat0.accept_ra", 0)
    world.mn.ip("route flush dev sat0 proto ra")
    wait_for("the loss of the router", lambda: not world.mobile_node.links()["sat0"]["up"], 3)
    mn.mend(mn.one("router_advertisements", "warning", "accept_ra is 0", "sat0"))


def test_an_interface_is_down_and_gone(world, mn):
    world.mn.ip("link set sat0 down")
    mn.mend(mn.one("interfaces", "warning", "is down", "sat0"))
    wait_for("the interface", lambda: not mn.bad("interfaces"), 3)
    world.mn.ip("link set sat0 down", "link set sat0 name sat1")
    mn.one("interfaces", "warning", "no interface of this name", "sat0")
    world.mn.ip("link set sat1 name sat0", "link set sat0 up")
    world.wait_registered(["sat0"])


@pytest.mark.parametrize("fault", ["ip link set cell0 mtu 1280", "sysctl -w net.ipv6.conf.cell0.mtu=1280"])
def test_mtu(world, mn, fault):
    world.mn.run(*fault.split())
    mn.mend(mn.one("mtu", "warning", "the MTU is 1280, below 1320", "cell0"))
    assert not mn.bad("mtu")
    world.mn.run(*"ip link set cell0 mtu 1500".split())
    world.mn.sysctl("net.ipv6.conf.cell0.mtu", 1500)


def test_the_address_of_a_home_agent(world, ha):
    world.ha.ip(f"addr del {topology.HOME_AGENT}/64 dev core0")
    ha.mend(ha.one("address", "problem", "no interface of this host", topology.HOME_AGENT))
    world.ha.ip("route replace default via 2001:db8:ffff::ff")


def test_forwarding(world, ha):
    world.ha.sysctl("net.ipv6.conf.all.forwarding", 0)
    ha.mend(ha.one("forwarding", "problem", "does not forward"))


def test_reverse_path_filter(world, ha, mn):
    """A home agent whose way back to a link is another interface. The filter takes the probes of that
    link, so that it dies; the doctor names the rule, and its command brings the link back."""
    link = world.link("wifi0")
    world.ha.ip(f"route add {link.prefix} via 2001:db8:fffe::ff dev core1")
    world.ha.nft("table inet strict {\n\tchain pre {\n\t\ttype filter hook prerouting priority raw;\n"
                 "\t\tmeta nfproto ipv6 fib saddr . mark . iif oif missing drop\n\t}\n}\n")
    traffic = world.cn.start("ping", "ping", "-6", "-i", "0.1", topology.HOME_ADDRESS)  # so that it shows soon
    wait_for("the death of the path", lambda: world.mobile_node.links()["wifi0"]["path"] not in (
        "alive", "suspect"), 15)
    traffic.stop()
    assert [c["object"] for c in mn.bad("paths")] == ["wifi0"]
    found = ha.one("reverse_path", "warning", "reached by another interface", "inet strict pre handle 2")
    assert found["remedy"] == "nft delete rule inet strict pre handle 2"
    ha.mend(found)
    assert not ha.bad("reverse_path")
    world.wait_registered(["wifi0"])
    world.ha.ip(f"route del {link.prefix}")
    world.ha.nft("delete table inet strict\n")


def test_reverse_path_filter_of_ip6tables(world, ha):
    world.ha.run(*"ip6tables-nft -t raw -A PREROUTING -m rpfilter --invert -j DROP".split())
    found = ha.one("reverse_path", "warning", "reached by another", "ip6 raw PREROUTING handle 2")
    ha.mend(found)


def test_nft_that_does_not_answer(tmp_path, ha):
    """As while another program has the kernel's lock: the doctor does without."""
    nft = tmp_path / "nft"
    nft.write_text("#!/bin/sh\necho '{'\nexec sleep 60\n")
    nft.chmod(0o755)
    one = Doctor(ha.host, ha.file, ("timeout", "30", "env", f"PATH={tmp_path}:{os.environ['PATH']}"))
    verdict, = [c["verdict"] for c in one() if c["check"] == "reverse_path"]
    assert verdict == "not applicable"


def test_other_rules_are_no_reverse_path_filters(world, ha):
    world.ha.nft("table inet other {\n\tchain pre {\n\t\ttype filter hook prerouting priority raw;\n"
                 "\t\tfib saddr . iif oif exists accept\n\t\tfib daddr type local accept\n"
                 "\t\tfib saddr . iif oif missing counter\n\t\tip6 saddr 2001:db8:dead::1 drop\n\t}\n}\n")
    assert not ha.bad("reverse_path")
    world.ha.nft("delete table inet other\n")


def test_a_rule_of_somebody_else(world, mn):
    """The daemon compares once a minute, and at once when a rule is added."""
    world.mn.run(*"ip -6 rule add pref 5 from all lookup 5000".split())
    wait_for("the rule", lambda: mn.bad("rules"), 5, 0.2)
    found = mn.one("rules", "warning", "rule 5 (from all lookup 5000) comes before ours")
    mn.mend(found)
    mn.wait_well("rules")


def test_another_mobile_ipv6_daemon(world, mn):
    program = os.path.join(world.net.directory, "mip6d")
    shutil.copy("/bin/sleep", program)
    process = world.mn.start("mip6d", program, "60")
    elsewhere = world.cn.start("mip6d", program, "60")
    wait_for("the daemon", lambda: mn.bad("mobility_daemons"), 3)
    found = mn.one("mobility_daemons", "warning", f"process {process.pid} is another", "mip6d")
    mn.mend(found)
    process.wait()
    assert not mn.bad("mobility_daemons") and elsewhere.running()  # that one is another host's
    elsewhere.stop()


def test_the_store(world, ha):
    """Its directory cannot be made; the doctor's command shows where to look."""
    world.home_agent.stop()
    folder = os.path.join(world.net.directory, "store")
    os.mkdir(folder)
    with open(world.home_agent.file, encoding="ascii") as file:
        config = file.read()
    with open(world.home_agent.file, "w", encoding="ascii") as file:
        file.write(config.replace(world.home_agent.store, f"{folder}/db/home-agent.db"))
    with open(f"{folder}/db", "w", encoding="ascii"):
        pass
    world.home_agent.start()
    found = ha.one("store", "problem", "the store does not work", f"{folder}/db/home-agent.db")
    assert "Not a directory" in world.ha.run("sh", "-c", found["remedy"], check=False).stderr
    os.unlink(f"{folder}/db")
    rewritten(world.home_agent, "store = ", "store = ")  # the same, again: it need not be waited for
    ha.wait_well("store")
    world.home_agent.stop()
    with open(world.home_agent.file, "w", encoding="ascii") as file:
        file.write(config)
    world.home_agent.start()
    world.mobile_node.stop()
    world.mobile_node.start()
    world.wait_registered()


def rewritten(daemon, old, new):
    """The daemon stopped, and started with another configuration."""
    daemon.stop()
    with open(daemon.file, encoding="ascii") as file:
        text = file.read()
    assert old in text
    with open(daemon.file, "w", encoding="ascii") as file:
        file.write(text.replace(old, new))
    daemon.start()


def test_the_home_agent_refuses(world, mn):
    rewritten(world.mobile_node, "replay = true", "replay = false")
    wait_for("the refusal", lambda: mn.bad("home_agent") and "status" in mn.bad("home_agent")[0]["text"], 10, 0.2)
    found = mn.one("home_agent", "problem", "status 145: a timestamp is required", topology.HOME_AGENT)
    assert "replay has to be true" in found["remedy"]
    assert any("status 145" in line for line in world.mobile_node.ask("status")["warnings"])
    rewritten(world.mobile_node, "replay = false", "replay = true")
    world.wait_registered()


def test_the_home_agent_does_not_answer(world, mn):
    world.home_agent.process.kill(netns.signal.SIGSTOP)
    world.mobile_node.kill()
    world.ha.nft("table netdev silence {\n\tchain in { type filter hook ingress device \"core0\" priority 0\n"
                 "\t\tdrop\n\t}\n}\n")
    world.mobile_node.start()
    wait_for("the line", lambda: any(c["object"] == topology.HOME_AGENT and "does not answer" in c["text"]
                                     for c in mn.bad("home_agent")), 30, 0.2)
    world.ha.nft("delete table netdev silence\n")
    world.home_agent.process.kill(netns.signal.SIGCONT)
    # RFC 6275 11.8: the next update may be due only 32 s after the last one
    world.wait_registered(seconds=45)


def test_no_probe_is_answered(world, mn):
    world.mobile_node.stop()
    world.core.nft("table ip6 echo {\n\tchain f {\n\t\ttype filter hook forward priority 0;\n"
                   "\t\ticmpv6 type echo-request drop\n\t}\n}\n")
    world.mobile_node.start()
    wait_for("the line", lambda: len(mn.bad("paths")) == 3, 10, 0.2)
    found = mn.bad("paths")[0]
    assert "no probe was ever answered" in found["text"] and found["object"] == "wifi0"
    world.core.nft("delete table ip6 echo\n")
    world.wait_registered()


# ---- without a daemon ----

@pytest.fixture
def site(tmp_path):
    with netns.Net("dr") as net:
        made = Site(net, tmp_path)
        made.mount()
        made.host.ip("link set core0 up", "link set core1 up")
        try:
            yield made
        finally:
            for process in net.processes:
                process.stop()
            while os.path.ismount(made.pins):
                netns.execute(["umount", made.pins])


@pytest.fixture
def doctor(site):
    return Doctor(site.host, site.config)


def test_without_a_daemon(site, doctor):
    found, = doctor.bad()
    assert (found["check"], found["remedy"]) == ("daemon", "systemctl start monamid")
    process = site.starts()
    assert doctor.bad() == []
    process.stop()


def test_without_a_configuration(site):
    """Only the host is looked at: nothing is wrong with it but what is wrong."""
    done = site.host.run(MONAMI, "--json", "doctor", check=False)
    checks = {c["check"]: c for c in json.loads(done.stdout)["checks"]}
    assert checks["configuration"]["verdict"] == "not applicable"
    assert checks["tun"]["verdict"] == "ok" and "interfaces" in checks
    done = site.host.run(MONAMI, "--json", "--config", "/nonexistent", "doctor", check=False)
    checks = {c["check"]: c for c in json.loads(done.stdout)["checks"]}
    assert done.returncode == 1 and checks["configuration"]["verdict"] == "problem"


def test_configuration_and_key_files(site, doctor):
    key = site.tmp / "key"
    site.write(f"mobile_node {{\n\thome_address = {topology.HOME_ADDRESS}\n\thome_agent = {topology.HOME_AGENT}\n"
               f'\tspi = 256\n\tkey_file = "{key}"\n\tlink "core0" {{\n\t\tbid = 1\n\t\tpriority = 1\n\t}}\n}}\n')
    doctor.mend(doctor.one("configuration", "problem", "there is no such file", str(site.config)))
    assert not doctor.bad("configuration")
    key.chmod(0o644)
    doctor.mend(doctor.one("configuration", "problem", "open to everybody", str(site.config)))
    assert not doctor.bad("configuration")
    key.write_text("0011")
    doctor.one("configuration", "problem", "line 7: key_file: key is shorter than 16 octets", str(site.config))


def test_permissions(site, doctor):
    doctor.before = ["setpriv", "--inh-caps=-net_admin", "--bounding-set=-net_admin"]
    found = doctor.one("permissions", "problem", "lacks CAP_NET_ADMIN")
    assert found["remedy"].startswith("systemctl start monamid")


def test_kernel(site, doctor):
    doctor.before = ["setarch", "--uname-2.6"]
    found, = [c for c in doctor() if c["check"] == "kernel" and c["verdict"] == "problem"]
    assert found["text"] == "lacks Linux 5.10 or newer" and found["object"].startswith("2.6")
    assert found["why"] and found["remedy"]


def test_tun(site, doctor):
    outer = site.tmp / "outer"
    outer.write_text("mount -t tmpfs none /dev && mknod /dev/null c 1 3\n"
                     f'{MONAMI} --json --config {site.config} doctor\n'
                     'sh -c "mkdir -p /dev/net && mknod /dev/net/tun c 10 200"\n'
                     f'{MONAMI} --json --config {site.config} doctor; true\n')
    lines = site.host.run("unshare", "-m", "sh", str(outer)).stdout.splitlines()
    before, after = [{c["check"]: c for c in json.loads(line)["checks"]}["tun"] for line in lines]
    assert (before["verdict"], before["remedy"]) == (
        "problem", "mkdir -p /dev/net && mknod /dev/net/tun c 10 200")
    assert after["verdict"] == "ok"


def test_device(site, doctor):
    site.host.run("ip", "link", "add", "monami0", "type", "veth", "peer", "name", "other0")
    doctor.mend(doctor.one("device", "problem", "is no TUN device, but veth", "monami0"))
    assert not doctor.bad("device")


def test_bpf_file_system(site, doctor):
    netns.execute(["umount", site.pins])
    doctor.mend(doctor.one("bpffs", "problem", "no bpf file system", str(site.pins)))
    assert not doctor.bad("bpffs")


def test_pins_and_device_of_another_daemon(site, doctor):
    first = site.starts()
    site.socket = site.tmp / "run2" / "control"
    site.write("correspondent {\n\tinterfaces = {core0}\n}\n")
    doctor.one("device", "problem", f"process {first.pid} (monamid) has this device", "monami0")
    doctor.mend(doctor.one("pins", "problem", f"process {first.pid} (monamid) has the pin", str(site.pins)))
    first.wait()
    assert not doctor.bad("pins") and not doctor.bad("device")


def test_a_daemon_that_hangs(site, doctor):
    """It is asked for no longer than a moment, and what can be seen without it is still said."""
    process = site.starts()
    process.kill(netns.signal.SIGSTOP)
    with contextlib.suppress(subprocess.TimeoutExpired):
        assert {c["check"] for c in doctor()} >= {"interfaces", "clock"}
    process.kill(netns.signal.SIGCONT)
