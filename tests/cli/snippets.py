# SPDX-License-Identifier: BSD-2-Clause
"""Pieces of configuration in the pages: fenced blocks marked `monamid.conf` or `radvd.conf`.

A piece shows what it is about. What a whole configuration needs besides is completed from below,
where a block that is opened leaves it out.
"""
import os
import re
from dataclasses import dataclass

KEY = 'key = "00112233445566778899aabbccddeeff00112233"'
HOME_AGENT = ["address = 2001:db8:100::1", "home_prefix = 2001:db8:100::/64", "interfaces = {core0}"]
MOBILE_NODE = ["home_address = 2001:db8:100::100", "home_agent = 2001:db8:100::1",
               'link "wlan0" { bid = 1  priority = 1 }', "spi = 256", KEY]
NODE = ["spi = 256", KEY]
FENCE = re.compile(r"^```(\S+)\n(.*?)^```$", re.M | re.S)
OPENING = re.compile(r'^\s*(home_agent|mobile_node)(\s+"[^"]*")?\s*\{')


@dataclass
class Snippet:
    page: str  # relative to the root
    line: int
    kind: str
    text: str

    def __str__(self):
        return f"{self.page}:{self.line}"


def pages(root):
    """All of the project's pages that are written in Markdown."""
    found = [name for name in os.listdir(root) if name.endswith(".md")]
    for below in ("docs", "demo"):
        for folder, _, names in os.walk(os.path.join(root, below)):
            found += [os.path.relpath(os.path.join(folder, name), root) for name in names
                      if name.endswith(".md")]
    return sorted(found)


def snippets(root, kind):
    found = []
    for page in pages(root):
        with open(os.path.join(root, page), encoding="utf-8") as file:
            text = file.read()
        found += [Snippet(page, text.count("\n", 0, match.start()) + 1, kind, match[2])
                  for match in FENCE.finditer(text) if match[1] == kind]
    return found


def body(lines, opening):
    """The lines of the block that opens at this line, without those of blocks in it."""
    depth, inside = 0, []
    for line in lines[opening:]:
        if depth == 1 or not inside:
            inside.append(line)
        depth += line.count("{") - line.count("}")
        if depth == 0:
            break
    return "\n".join(inside)


def missing(wanted, inside):
    def given(line):
        word = line.split()[0]
        # a home agent that is looked for, and a key in a file of its own
        instead = {"home_agent": "home_agent|home_prefix", "key": "key|key_file"}.get(word, word)
        return re.search(rf"(?:^|[\s{{])(?:{instead})(?:\s*=|\s+\")", inside)

    return [line for line in wanted if not given(line)]


def completed(text):
    """A whole configuration, line for line the piece but for the lines that open a block."""
    lines = text.splitlines()
    whole = []
    for number, line in enumerate(lines):
        opening = OPENING.match(line)
        if opening:
            wanted = NODE if ":" in (opening[2] or "") else HOME_AGENT if opening[1] == "home_agent" else MOBILE_NODE
            rest = line[opening.end():]
            line = "\n".join([line[:opening.end()], *missing(wanted, body(lines, number)), rest])
        whole.append(line)
    return "\n".join(whole) + "\n"
