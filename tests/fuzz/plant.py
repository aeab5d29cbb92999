#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""plant.py SOURCE OLD NEW OUTPUT: a copy of a source file with a fault put in, in place of OLD, which
must stand there once. The fault is in no program but the fuzz target that is to find it (meson.build)."""

import sys


def main():
    source, old, new, output = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        text = file.read()
    if text.count(old) != 1:
        sys.exit(f"{source} has {text.count(old)} times, not once: {old}\n"
                 "Its planted fault in tests/fuzz/meson.build needs another place.")
    with open(output, "w", encoding="utf-8") as file:
        file.write(f'#line 1 "{source}"\n{text.replace(old, new)}')


if __name__ == "__main__":
    main()
