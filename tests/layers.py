#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds the code against the may-use table of ARCHITECTURE.md.

    layers.py SOURCE_ROOT WIRE_ARCHIVE CORE_ARCHIVE

The archives of wire and core may leave undefined only what the table allows, and no file may include
a header of a layer that it may not use.
"""

import os
import re
import subprocess
import sys

# What a compiler may call by itself, in any layer.
COMPILER = {"__stack_chk_fail", "_GLOBAL_OFFSET_TABLE_"}
STRINGS = re.compile(r"(mem|str)[a-z]+$|__(mem|str)[a-z]+_chk$")
MEMORY = {"malloc", "calloc", "realloc", "free", "__assert_fail"}

MAY_INCLUDE = {
    "wire": {"wire"},
    "core": {"core", "wire"},
    "bpf": {"bpf"},
    "io": {"io", "core", "wire", "bpf"},
    "program": {"program"},
    "daemon": {"daemon", "program", "io", "core", "wire", "bpf"},
    "cli": {"cli", "program"},
}
# A pure layer's system headers: types and constants, and what the table lets it call.
MAY_INCLUDE_SYSTEM = {
    "wire": {"netinet/in.h", "stdbool.h", "stddef.h", "stdint.h", "string.h"},
    "core": {"netinet/in.h", "stdbool.h", "stddef.h", "stdint.h", "string.h", "assert.h", "errno.h",
             "stdlib.h", "limits.h", "uthash.h", "netinet/icmp6.h"},
}


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


def foreign_includes(root):
    for layer, allowed in MAY_INCLUDE.items():
        folder = os.path.join(root, "src", layer)
        for name in sorted(os.listdir(folder)):
            if not name.endswith((".c", ".h")):
                continue
            text = open(os.path.join(folder, name), encoding="utf-8").read()
            for other in re.findall(r'#include "\.\./(\w+)/', text):
                if other not in allowed:
                    yield f"src/{layer}/{name} includes src/{other}"
            for system in re.findall(r"#include <([^>]+)>", text):
                if layer in MAY_INCLUDE_SYSTEM and system not in MAY_INCLUDE_SYSTEM[layer]:
                    yield f"src/{layer}/{name} includes <{system}>"


def main():
    root, wire, core = sys.argv[1:4]
    faults = [f"wire calls {name}" for name in foreign_symbols(wire, set())]
    faults += [f"core calls {name}" for name in foreign_symbols(core, MEMORY, also=[wire])]
    faults += foreign_includes(root)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
