#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks that the tc programs have the shapes that every kernel since 5.10 verifies (ADR 26): no loop, no function of
their own. Prints how many instructions each program has.

    shapes.py build/src/bpf/monami.bpf.o

Reads the machine code: the source does not show which loops the compiler left, and how it laid them out.
"""
import struct
import subprocess
import sys

CALL, EXIT, JUMP = 0x85, 0x95, 0x05
PSEUDO_CALL = 1
TWO_SLOTS = 0x18  # a 64-bit constant


def sections(path):
    """The programs: section "tc" of an ELF file, and its functions as (name, first octet, octets)."""
    listing = subprocess.run(["llvm-objdump", "-t", path], check=True, capture_output=True, text=True).stdout
    functions = []
    for line in listing.splitlines():
        words = line.split()
        if len(words) >= 6 and words[2] == "F":
            functions.append((words[-1], words[3], int(words[0], 16), int(words[4], 16)))
    return functions


def octets_of(path, section):
    """ELF, 64 bits, little endian: the section's octets."""
    with open(path, "rb") as file:
        elf = file.read()
    at, = struct.unpack_from("<Q", elf, 40)
    size, count, names = struct.unpack_from("<HHH", elf, 58)
    headers = [struct.unpack_from("<IIQQQQ", elf, at + i * size) for i in range(count)]
    strings = headers[names][4]
    for name, _, _, _, offset, length in headers:
        start = strings + name
        if elf[start:elf.index(b"\0", start)].decode() == section:
            return elf[offset:offset + length]
    raise KeyError(section)


def successors(code, at):
    """Where instruction `at` may lead to, and whether it calls a function of the programs' own."""
    opcode, registers, offset, _ = struct.unpack_from("<BBhi", code, 8 * at)
    following = at + (2 if opcode == TWO_SLOTS else 1)
    if opcode == EXIT:
        return [], False
    if opcode == JUMP:
        return [at + 1 + offset], False
    if opcode == CALL:
        return [following], registers >> 4 == PSEUDO_CALL
    if opcode & 7 in (5, 6):
        return [following, at + 1 + offset], False
    return [following], False


def find_loop(code):
    """The first jump back into what is still under way: (from, to); None: there is none."""
    UNDER_WAY, DONE = 1, 2
    state = {0: UNDER_WAY}
    stack = [(0, iter(successors(code, 0)[0]))]
    while stack:
        at, rest = stack[-1]
        target = next(rest, None)
        if target is None:
            state[at] = DONE
            stack.pop()
        elif state.get(target) == UNDER_WAY:
            return at, target
        elif target not in state:
            state[target] = UNDER_WAY
            stack.append((target, iter(successors(code, target)[0])))
    return None


def main():
    path = sys.argv[1]
    faults = 0
    for name, section, first, length in sections(path):
        code = octets_of(path, section)[first:first + length]
        loop = find_loop(code)
        calls = [at for at in range(length // 8) if successors(code, at)[1]]
        print(f"{name}: {length // 8} instructions")
        if loop:
            print(f"{name}: a loop from instruction {loop[0]} to {loop[1]}: unroll it (#pragma unroll)")
        if calls:
            print(f"{name}: instruction {calls[0]} calls a function: inline it (__always_inline)")
        if section != "tc":
            print(f"{name}: in section {section}: a function of its own; inline it (__always_inline)")
        faults += bool(loop) + bool(calls) + (section != "tc")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
