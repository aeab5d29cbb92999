#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The tables of docs/control.md that follow from src/views: views.py [--write]

Without --write: exit status 1 if the page says something else than the rows do.
"""

import ast
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = os.path.join(ROOT, "docs", "control.md")
ROW = re.compile(r'^(?:VALUE|COLUMN)\((.*?)\)$(?=\n(?:VALUE|COLUMN)\(|\n*\Z)', re.M | re.S)
STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')


def rows(name):
    """(key, text) of each row of a document."""
    with open(os.path.join(ROOT, "src", "views", f"{name}.def"), encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/\n", "", file.read(), flags=re.S)
    for row in ROW.findall(text):
        key = ast.literal_eval(STRINGS.match(row)[0])
        # The text is the last argument: adjacent string literals at the end.
        end = re.search(r'((?:"(?:[^"\\]|\\.)*"\s*)+)$', row)[1]
        yield key, "".join(ast.literal_eval(part) for part in STRINGS.findall(end))


def table(name):
    return "\n".join(["| key | what |", "|---|---|"] + [f"| `{key}` | {text} |" for key, text in rows(name)])


def filled(page):
    """The page with each table between its marks made anew."""
    def fill(match):
        return f"<!-- views: {match[1]} -->\n{table(match[1])}\n<!-- end -->"
    return re.sub(r"<!-- views: (\w+) -->\n.*?<!-- end -->", fill, page, flags=re.S)


def main():
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    if filled(page) == page:
        return 0
    if "--write" not in sys.argv[1:]:
        print("docs/control.md is not up to date: docs/views.py --write")
        return 1
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(filled(page))
    return 0


if __name__ == "__main__":
    sys.exit(main())
