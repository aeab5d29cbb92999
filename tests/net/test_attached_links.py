# SPDX-License-Identifier: BSD-2-Clause
"""On which links the data plane's program is: on the configured ones, as soon as that is possible."""
import re

import pytest
from netns import wait_for
from topology import HOME_ADDRESS
from traffic import ping

# A filter of another kind in the place of ours.
IN_THE_WAY = "pref 5648 protocol all"


def is_attached(host, interface):
    return "monami_receive" in host.run("tc", "filter", "show", "dev", interface, "ingress").stdout


def ready_and_obstructed(daemon, host, interface):
    host.tc(f"qdisc add dev {interface} clsact",
            f"filter add dev {interface} ingress {IN_THE_WAY} u32 match u8 0 0")
    daemon.start()
    wait_for("its complaint", lambda: f"data plane on {interface}" in daemon.process.text(), 10)
    assert not is_attached(host, interface)


@pytest.mark.parametrize("which", ["home_agent", "mobile_node"])
def test_tried_again(world, which):
    """A failed attachment succeeds later, without log lines in between."""
    daemon = getattr(world, which)
    host, interface = daemon.host, {"home_agent": "core0", "mobile_node": "sat0"}[which]
    ready_and_obstructed(daemon, host, interface)
    host.tc(f"filter del dev {interface} ingress {IN_THE_WAY}")
    wait_for("the program", lambda: is_attached(host, interface), 15)
    wait_for("word of it", lambda: f"data plane on {interface}: attached" in daemon.process.text(), 5)
    assert daemon.process.text().count(f"data plane on {interface}") == 2


def test_left_links_are_left(running):
    """After kill -9 and a start with fewer links nothing of ours stays on those that are left."""
    daemon = running.mobile_node
    assert is_attached(daemon.host, "sat0")
    daemon.kill()
    with open(daemon.file, encoding="ascii") as file:
        config = re.sub(r'link "sat0" \{.*?\}', "", file.read(), flags=re.S)
    with open(daemon.file, "w", encoding="ascii") as file:
        file.write(config)
    daemon.start()
    wait_for("the program to go", lambda: not is_attached(daemon.host, "sat0"), 15)
    assert is_attached(daemon.host, "wifi0") and is_attached(daemon.host, "cell0")
    assert ping(running.cn, HOME_ADDRESS) == 3
