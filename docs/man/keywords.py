#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Generates the parts of src/daemon/config/keywords.def outside of the daemon.

    keywords.py              whether monamid.conf.5.scd agrees with it
    keywords.py --write      makes it agree
    keywords.py --dictionary a dictionary for the fuzzer (libFuzzer, AFL++)

An entry of the page begins with two lines from keywords.def: `*keyword* = value`, and what it
means. Lines below them are written by hand, and stay.
"""

import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = os.path.join(ROOT, "docs", "man", "monamid.conf.5.scd")
TABLE = os.path.join(ROOT, "src", "daemon", "config", "keywords.def")
SECTIONS = {"COMMON": "# COMMON", "HOME_AGENT": "# HOME_AGENT", "NODE": "## mobile_node in home_agent",
            "MOBILE_NODE": "# MOBILE_NODE", "LINK": "## link in mobile_node",
            "ROUTE_OPTIMIZATION": "## route_optimization in mobile_node",
            "PREFIX": "## prefix in route_optimization", "FLOW": "## flow in mobile_node",
            "NEW_FLOWS": "# NEW_FLOWS",
            "CORRESPONDENT": "# CORRESPONDENT",
            "AUTHENTICATION": "# AUTHENTICATION"}
STRING = r'"((?:[^"\\]|\\.)*)"'
ROW = re.compile(r"^(KEYWORD|LIST)\((\w+),\s*(\w+),\s*(\w+)(?:\(([^()]*)\))?,\s*([\w.]+),\s*"
                 rf"(REQUIRED|NULL|{STRING}),\s*{STRING}\)$", re.M)
FORMS = {"BOOL": "_BOOLEAN_", "ALLOWED": "_BOOLEAN_", "NUMBER": "_NUMBER_", "NUMBER_OR_ZERO": "_NUMBER_",
         "REPEATED_NUMBER": "_NUMBER_", "FREE_OPTION": "_NUMBER_", "RANGE": "_NUMBER_[-_NUMBER_]", "RATE": "_NUMBER_[*k*|*M*|*G*]",
         "PROTOCOL": "_NAME_ | _NUMBER_[-_NUMBER_]", "ONE_PROTOCOL": "_NAME_ | _NUMBER_",
         "DSCP": "_NAME_ | _NUMBER_[-_NUMBER_]",
         "PREFIX_OR_ADDRESS": "_PREFIX_ | _ADDRESS_",
         "NUMBER_OR_INFINITE": "_NUMBER_ | *infinite*", "SECONDS": "_SECONDS_",
         "LIFETIME": "_SECONDS_ | *infinite*", "ADDRESS": "_ADDRESS_", "PREFIX": "_PREFIX_",
         "INTERFACE": "_NAME_", "NAME": "_NAME_", "PATH": "_PATH_",
         "PATH_OR_NONE": "_PATH_ | *none*", "KEY": '"_HEX DIGITS_"', "KEY_FILE": '"_PATH_"'}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def form(kind, bounds):
    """How the manual shows the values of a type, and its bounds in words."""
    if kind == "WORD":
        return " | ".join(f"*{word}*" for word in re.findall(STRING, bounds)), ""
    if kind in ("BOOL", "ALLOWED") or not bounds or kind.startswith("PREFIX"):
        return FORMS[kind], ""
    least, most, *unit = [bound.strip(' "') for bound in bounds.split(",")]
    unit = {"s": " seconds", "ms": " milliseconds", "": ""}.get(unit[0], f" {unit[0]}") if unit else " seconds"
    multiple = ", a multiple of 4" if kind in ("SECONDS", "LIFETIME") else ""
    return FORMS[kind], f" {least} to {most}{unit}{multiple}."


def table():
    """The rows, those of the macro AUTHENTICATION with that for their block."""
    return re.sub(r"[ \t]*\\\n", "\n", read(TABLE)).replace("\nKEYWORD(block,", "\nKEYWORD(AUTHENTICATION,")


def keywords():
    """{block: {keyword: the two lines of its entry}}, in the order of the table."""
    text = table()
    found = {}
    for row, block, name, kind, bounds, _, value, default, means in ROW.findall(text):
        shown, range_of = form(kind, bounds)
        shown = f"{{{shown}, ...}}" if row == "LIST" else shown
        default = {"REQUIRED": " Required.", "NULL": ""}.get(
            value, f" Default: {default.strip('()')}." if not default.startswith("(required")
            else f" {default.strip('()').capitalize()}.")
        means = means[0].upper() + means[1:]
        found.setdefault(block, {})[name] = f"*{name}* = {shown}\n\t{means}.{range_of}{default}\n"
    if sum(map(len, found.values())) != len(re.findall(r"^(?:KEYWORD|LIST)\(", text, re.M)):
        sys.exit(f"{TABLE}: a row that this script does not understand")
    return found


def section(body, entries):
    """A section of the page with its entries, each with what was written by hand below its two lines."""
    parts = re.split(r"^(?=\*\w+\* = )", body, flags=re.M)
    below = {re.match(r"\*(\w+)\*", part)[1]: "".join(part.splitlines(True)[2:]).strip("\n") for part in parts[1:]}
    whole = [entry + below[name] + "\n" if below.get(name) else entry for name, entry in entries.items()]
    return "\n" + parts[0].strip("\n") + "\n\n" * bool(parts[0].strip("\n")) + "\n".join(whole) + "\n"


def written(page):
    for block, entries in keywords().items():
        begin = page.index(f"\n{SECTIONS[block]}\n") + len(SECTIONS[block]) + 2
        end = re.compile(r"^#", re.M).search(page, begin).start()
        page = page[:begin] + section(page[begin:end], entries) + page[end:]
    return page


def main():
    page = read(PAGE)
    if sys.argv[1:] == ["--dictionary"]:
        text = table()
        words = set(re.findall(r"^(?:KEYWORD|LIST)\(\w+,\s*(\w+)", text, re.M)) | {"include(", "${"}
        words |= set(re.findall(rf"^BLOCK\(\w+, {STRING}", text, re.M)) - {"file"}
        for match in ROW.findall(text):
            words |= set(re.findall(STRING, match[4])) if match[3] == "WORD" else set()
        print("\n".join(f'"{word}"' for word in sorted(words)))
    elif sys.argv[1:] == ["--write"]:
        page = written(page)
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(page)
    elif written(page) != page:
        sys.exit(f"{PAGE} does not agree with {TABLE}; do: docs/man/keywords.py --write")


if __name__ == "__main__":
    main()
