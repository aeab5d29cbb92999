# SPDX-License-Identifier: BSD-2-Clause
"""The Linux kernel's own Mobile IPv6: XFRM states in route-optimization mode (module mip6). It does
the data part of RFC 6275 6.3 and 6.4; bindings and return routability are a daemon's, which these
states stand in for."""

MODULES = ["mip6", "xfrm_user"]


def _state(kernel, source, destination, kind, care_of):
    """A source of :: takes the packets of all."""
    flag = "flag wildrecv" if source == "::" else ""
    kernel.ip(f"xfrm state add src {source} dst {destination} proto {kind} mode ro coa {care_of} {flag}")


def _policy(kernel, source, destination, way, kind):
    level = "use" if way == "in" else "required"
    kernel.ip(f"xfrm policy add src {source} dst {destination} dir {way} "
              f"tmpl src {source} dst {destination} proto {kind} mode ro level {level}")


def correspond(kernel, own, home_address, care_of):
    """A correspondent at `own` with a binding: takes the Home Address option from the care-of
    address, and sends with a type 2 routing header."""
    _state(kernel, home_address, own, "hao", care_of)
    _state(kernel, own, home_address, "route2", care_of)
    _policy(kernel, home_address, own, "in", "hao")
    _policy(kernel, own, home_address, "out", "route2")


def be_mobile(kernel, home_address, care_of, correspondent):
    """A mobile node that is registered with a correspondent: sends with a Home Address option, and
    takes what has a type 2 routing header."""
    kernel.ip(f"addr add {home_address}/128 dev lo nodad home")
    _state(kernel, home_address, correspondent, "hao", care_of)
    _state(kernel, correspondent, home_address, "route2", care_of)
    _policy(kernel, correspondent, home_address, "in", "route2")
    _policy(kernel, home_address, correspondent, "out", "hao")


def be_mobile_with(kernel, home_address, care_of, other, other_care_of):
    """A mobile node whose correspondent is another: both headers, in both directions."""
    kernel.ip(f"addr add {home_address}/128 dev lo nodad home")
    # A routing header is looked at before the option that says who sends.
    _state(kernel, "::", home_address, "route2", care_of)
    _state(kernel, other, home_address, "hao", other_care_of)
    _state(kernel, home_address, other, "hao", care_of)
    _state(kernel, home_address, other, "route2", other_care_of)
    kernel.ip(f"xfrm policy add src {other} dst {home_address} dir in "
              f"tmpl src {other} dst {home_address} proto hao mode ro level use "
              f"tmpl src :: dst {home_address} proto route2 mode ro level use",
              f"xfrm policy add src {home_address} dst {other} dir out "
              f"tmpl src {home_address} dst {other} proto hao mode ro "
              f"tmpl src {home_address} dst {other} proto route2 mode ro")


def move(kernel, home_address, correspondent, care_of, accepted=None):
    """Another care-of address, in either role. `accepted`: whose Home Address options a correspondent
    takes, if others too (::, all)."""
    for source, destination, kind, address in (
            (home_address, correspondent, "hao", accepted or care_of),
            (correspondent, home_address, "route2", care_of)):
        kernel.ip(f"xfrm state update src {source} dst {destination} proto {kind} mode ro "
                  f"coa {address}")


def part(kernel, own, home_address):
    """A correspondent's binding ends."""
    for source, destination, kind, way in ((home_address, own, "hao", "in"),
                                           (own, home_address, "route2", "out")):
        kernel.ip(f"xfrm policy delete src {source} dst {destination} dir {way}",
                  f"xfrm state delete src {source} dst {destination} proto {kind} spi 0")


def refused(kernel):
    """Discarded packets by XFRM's counters."""
    return kernel.xfrm_counters()
