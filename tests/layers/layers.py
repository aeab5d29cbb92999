#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds the code against the may-use table of ARCHITECTURE.md.

    layers.py SOURCE_ROOT WIRE_ARCHIVE CORE_ARCHIVE SHARING_ARCHIVE

Each folder below src is a room, and has a row in ROOMS. No file includes a file of a room that its
own row does not name; each include of a file of ours leads to a file. The archives of wire, core
and sharing leave undefined only what the table allows.
"""

import os
import re
import subprocess
import sys

# Functions that a compiler may call by itself, in any layer.
COMPILER = {"__stack_chk_fail", "_GLOBAL_OFFSET_TABLE_"}
STRINGS = re.compile(r"(mem|str)[a-z]+$|__(mem|str)[a-z]+_chk$")
MEMORY = {"malloc", "calloc", "realloc", "free", "__assert_fail"}

# A room, and the other rooms whose files its own may include; or single files. A room in a room is another room.
CORE_BASE = {"wire", "core/api"}
CORE_ROLE = CORE_BASE | {"core/base", "core/binding"}
IO_BASE = CORE_BASE | {"core/base", "bpf", "io/base"}
IO = {"io/base", "io/dataplane", "io/host", "io/send", "io/store"}
DAEMON = CORE_BASE | {"core/base", "program", "bpf", "sharing"} | IO
DAEMON_PART = DAEMON | {"daemon/base", "daemon/config"}
ROOMS = {
    "wire": set(),
    "core/api": {"wire"},
    "core/base": CORE_BASE,
    "core/binding": CORE_BASE | {"core/base"},
    "core/home_agent": CORE_ROLE | {"core/home_agent/home_link"},
    "core/home_agent/home_link": CORE_ROLE,
    "core/mobile_node": CORE_ROLE | {"core/mobile_node/home"},
    "core/mobile_node/home": CORE_ROLE,
    "core/correspondent": CORE_ROLE,
    "core/route_optimization": CORE_ROLE | {"core/mobile_node"},
    "core": CORE_ROLE | {"core/home_agent", "core/mobile_node", "core/correspondent", "core/route_optimization"},
    "sharing": {"wire", "core/api/port.h"},
    "bpf": {"core/api/encapsulations.def", "wire/flow_field.h"},
    "io/base": IO_BASE,
    "io/dataplane": IO_BASE | {"io/host"},
    "io/host": IO_BASE,
    "io/send": IO_BASE,
    "io/store": IO_BASE,
    "program": {"wire"},
    "views": set(),
    "daemon/base": DAEMON | {"daemon/config"},
    "daemon/config": DAEMON,
    "daemon/control": DAEMON | {"views", "daemon/config", "daemon/doctor"},
    "daemon/doctor": DAEMON | {"daemon/config"},
    "daemon/host": DAEMON_PART | {"daemon/doctor"},
    "daemon/traffic": DAEMON_PART | {"daemon/host"},
    "daemon": DAEMON_PART | {"daemon/control", "daemon/doctor", "daemon/host", "daemon/traffic"},
    "decode": {"wire", "program"},
    "cli": {"program", "decode", "views"},
}
# Includes across rooms that the table above does not allow, and that are still to be cut. No line is added here.
KNOTS = {}
# A pure layer's system headers: types and constants, and what the table lets it call. They hold for the
# rooms in it, too.
TYPES = {"netinet/in.h", "stdbool.h", "stddef.h", "stdint.h", "string.h"}
SYSTEM_HEADERS = {
    "wire": TYPES,
    "sharing": TYPES | {"assert.h", "errno.h", "stdlib.h"},
    "core": TYPES | {"assert.h", "errno.h", "stdlib.h", "limits.h", "uthash.h", "netinet/icmp6.h"},
}

SOURCE = (".c", ".h", ".def")
OTHER = ("meson.build", "README.md")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.M)
# Any form of the directive: #import, a macro, a line that goes on.
DIRECTIVE = re.compile(r"^\s*#\s*(?:include|import)", re.M)


def symbols(archive):
    """(defined, undefined) names of an archive."""
    output = subprocess.run(["nm", "--portability", archive], check=True, capture_output=True,
                            text=True).stdout
    defined, undefined = set(), set()
    for line in output.splitlines():
        fields = line.split()
        if len(fields) >= 2 and len(fields[1]) == 1:
            (undefined if fields[1] == "U" else defined).add(fields[0])
    return defined, undefined


def foreign_symbols(archive, allowed, also=()):
    defined, undefined = symbols(archive)
    for other in also:
        defined |= symbols(other)[0]
    return sorted(name for name in undefined - defined - COMPILER - allowed
                  if not STRINGS.match(name))


def room_of(root, path):
    """The room of a file, None if the file is outside of src."""
    room = os.path.relpath(os.path.dirname(path), os.path.join(root, "src"))
    return None if room.startswith("..") else room


def include_fault(root, path, room, kind, name):
    """The error of one include, None if there is none."""
    if kind == "<":
        allowed = SYSTEM_HEADERS.get(room.split(os.sep)[0])
        return None if allowed is None or name in allowed else f"includes <{name}>"
    there = os.path.normpath(os.path.join(os.path.dirname(path), name))
    if not os.path.isfile(there):
        return f"includes {name}, which is not there"
    other = room_of(root, there)
    allowed = ROOMS[room] | KNOTS.get(room, set())
    file = os.path.relpath(there, os.path.join(root, "src"))
    return None if other == room or other in allowed or file in allowed else f"includes {os.path.relpath(there, root)}"


def foreign_includes(root):
    for folder, _, names in sorted(os.walk(os.path.join(root, "src"))):
        for name in sorted(names):
            path = os.path.join(folder, name)
            room = room_of(root, path)
            if name in OTHER:
                continue
            if not name.endswith(SOURCE):
                yield f"{os.path.relpath(path, root)} is neither .c, .h nor .def"
                continue
            if room not in ROOMS:
                yield f"{os.path.relpath(path, root)} is in a room without a row"
                continue
            with open(path, encoding="utf-8") as file:
                text = file.read()
            includes = INCLUDE.findall(text)
            if len(DIRECTIVE.findall(text)) != len(includes):
                yield f"{os.path.relpath(path, root)} includes in a form that this check does not read"
            for kind, other in includes:
                fault = include_fault(root, path, room, kind, other)
                if fault:
                    yield f"{os.path.relpath(path, root)} {fault}"


def main():
    root, wire, core, sharing = sys.argv[1:5]
    faults = [f"wire calls {name}" for name in foreign_symbols(wire, set())]
    faults += [f"core calls {name}" for name in foreign_symbols(core, MEMORY, also=[wire])]
    faults += [f"sharing calls {name}" for name in foreign_symbols(sharing, MEMORY, also=[wire])]
    faults += foreign_includes(root)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
