#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The conformance list: which statement of the documents is shown by which test.

    conformance.py            checks, and that docs/conformance.md is up to date
    conformance.py --write    writes docs/conformance.md

Statements stand in the *.txt files of this folder, one paragraph each:

    6.2-8 MUST HA
        What the document demands, in our own words.
        not done: why                  or   elsewhere: where     (only if no test shows it)

`6.2-8` is the eighth key word (MUST, MUST NOT, SHOULD, SHOULD NOT, MAY and their like) in section
6.2; `6.2-17,18` is one statement with two of them. A `sections` line at the head of the file says how
many each section has, so that none is forgotten.

A test shows a statement if a comment in it, or directly above it, names it: `RFC 5648 6.2-8`. Code
names sections, or statements, in the same form. The check fails if a statement has neither a test nor
a reason, if a tag names a statement that is not in the list, or if a test that has a tag is not run.
"""
import argparse
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PAGE = os.path.join(ROOT, "docs", "conformance.md")
LEVELS = {"MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY", "REQUIRED", "RECOMMENDED", "OPTIONAL",
          "SHALL", "SHALL NOT", "rule"}
ROLES = {"HA", "MN", "CN", "all", "router"}
ITEM = r"[0-9A-Z]+(?:\.\d+)*(?:-\d+)?"
TAG = re.compile(rf"\b(RFC \d{{4}}|draft-(?:05|13|montavont-mip6-mmi-02)) ({ITEM}(?:(?:, and |, | and | to ){ITEM})*)")
STATEMENT = re.compile(r"^(\S+-\d+(?:,\d+)*) (" + "|".join(sorted(LEVELS, key=len, reverse=True)) +
                       r") (\S+)$")


class Statement:
    def __init__(self, document, name, level, roles):
        self.document, self.level, self.roles = document, level, roles
        self.section, numbers = name.rsplit("-", 1)
        self.numbers = [int(number) for number in numbers.split(",")]
        self.name = name
        self.text, self.reason = "", ""
        self.code, self.tests = set(), set()

    def ids(self):
        return [f"{self.document} {self.section}-{number}" for number in self.numbers]


class Faults(list):
    def add(self, text):
        self.append(text)


def read_document(path, faults):
    """(title, statements) of one list."""
    document, title, counts, statements = None, "", {}, []
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.rstrip("\n")
        place = f"{os.path.basename(path)}:{number}"
        if not line or line.startswith("#"):
            continue
        if line.startswith("document "):
            document, title = line[len("document "):].split(": ", 1)
        elif line.startswith("sections "):
            counts.update((section, int(count)) for section, count in
                          (item.split(":") for item in line[len("sections "):].split()))
        elif line.startswith(" "):
            text = line.strip()
            if text.startswith(("not done: ", "elsewhere: ")) or statements[-1].reason:
                statements[-1].reason = f"{statements[-1].reason} {text}".strip()
            else:
                statements[-1].text = f"{statements[-1].text} {text}".strip()
        else:
            match = STATEMENT.match(line)
            if not match:
                faults.add(f"{place}: not a statement: {line}")
                continue
            if not set(match[3].split("+")) <= ROLES:
                faults.add(f"{place}: unknown role {match[3]}")
            statements.append(Statement(document, match[1], match[2], match[3]))
    check_counts(path, counts, statements, faults)
    return title, statements


def check_counts(path, counts, statements, faults):
    """Every key word of every section has its place in exactly one statement."""
    name = os.path.basename(path)
    found = {}
    for statement in statements:
        found.setdefault(statement.section, []).extend(statement.numbers)
        if not statement.text:
            faults.add(f"{name}: {statement.name} says nothing")
    for section, count in counts.items():
        numbers = sorted(found.pop(section, []))
        if numbers != list(range(1, count + 1)):
            faults.add(f"{name}: section {section} has {count} key words, the list {numbers}")
    for section in found:
        faults.add(f"{name}: section {section} is not in the sections line")


# ---- tags ----

def expand(match):
    """Tags of one match: `RFC 6275 9.2, 9.3.1` names two."""
    return [f"{match[1]} {item}" for item in re.findall(ITEM, match[2]) if re.search(r"\d", item)]


def tags_in(text):
    """(position, tag). Comments that go over lines are joined first."""
    joined = re.sub(r"\n[ \t]*(?:\*|#|//)?[ \t]*", lambda m: " " * len(m[0]), text)
    joined = re.sub(r" {2,}", lambda m: " " + "\0" * (len(m[0]) - 1), joined)
    # positions stay; the fill is skipped by the expression
    squeezed, positions = [], []
    for position, sign in enumerate(joined):
        if sign != "\0":
            squeezed.append(sign)
            positions.append(position)
    for match in TAG.finditer("".join(squeezed)):
        for tag in expand(match):
            yield positions[match.start()], tag


def c_tests(path):
    """(start, end, name) of each test function with the comment above it."""
    text = open(path, encoding="utf-8").read()
    runners = "|".join([r"cmocka_unit_test\w*"] +
                       re.findall(r"^#define (\w+)\(name\b[^)]*\) cmocka_unit_test", text, re.M))
    for match in re.finditer(r"^static void (\w+)\(void \*\*\w+\)\n\{", text, re.M):
        start = match.start()
        while True:
            comment = re.search(r"/\*(?:(?!\*/).)*\*/\s*\Z", text[:start], re.S)
            if not comment:
                break
            start = comment.start()
        end = text.find("\n}\n", match.end())
        yield start, end, match[1], re.search(rf"\b(?:{runners})\(\s*{match[1]}\b", text)


def python_tests(path):
    text = open(path, encoding="utf-8").read()
    places = [(m.start(), m[2]) for m in
              re.finditer(r"^((?:@.*\n|#.*\n)*)def (\w+)\(", text, re.M)]
    for (start, name), following in zip(places, places[1:] + [(len(text), "")]):
        yield start, following[0], name, name.startswith("test_")


def tests():
    """(path, functions) of all tests that may carry tags."""
    for folder, _, names in sorted(os.walk(os.path.join(ROOT, "tests"))):
        if "support" in folder or "corpus" in folder:
            continue
        for name in sorted(names):
            path = os.path.join(folder, name)
            if name.endswith(".c") and re.search(r"/tests/(unit|scene|io|bpf|sim|faults)\b", folder):
                yield path, list(c_tests(path))
            elif name.startswith("test_") and name.endswith(".py"):
                yield path, list(python_tests(path))


def is_built(path):
    """Whether a meson.build above the file names it."""
    folder, stem = os.path.dirname(path), os.path.splitext(os.path.basename(path))[0]
    while folder != ROOT:
        meson = os.path.join(folder, "meson.build")
        if os.path.exists(meson) and re.search(
                rf"['/]{re.escape(stem.removeprefix('test_'))}['.]|['/]{re.escape(stem)}['.]",
                open(meson, encoding="utf-8").read()):
            return True
        folder = os.path.dirname(folder)
    return False


def take_tests(by_id, documents, faults):
    for path, functions in tests():
        text = open(path, encoding="utf-8").read()
        relative = os.path.relpath(path, ROOT)
        for position, tag in tags_in(text):
            document, item = tag.rsplit(" ", 1)
            if "-" not in item or document not in documents:
                continue
            line = text.count("\n", 0, position) + 1
            if tag not in by_id:
                faults.add(f"{relative}:{line}: {tag} is not in the list")
                continue
            inside = [f for f in functions if f[0] <= position <= f[1]]
            if not inside:
                faults.add(f"{relative}:{line}: {tag} stands in no test")
                continue
            _, _, name, runs = inside[0]
            if not runs or (path.endswith(".c") and not is_built(path)):
                faults.add(f"{relative}: {name} shows {tag}, but is not run")
                continue
            by_id[tag].tests.add((relative, name))


def take_code(by_id, statements, documents, faults):
    for folder, _, names in sorted(os.walk(os.path.join(ROOT, "src"))):
        for name in sorted(names):
            if not name.endswith((".c", ".h", ".def")):
                continue
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, ROOT)
            text = open(path, encoding="utf-8").read()
            for position, tag in tags_in(text):
                document, item = tag.rsplit(" ", 1)
                if document not in documents:
                    continue
                if "-" in item:
                    if tag not in by_id:
                        line = text.count("\n", 0, position) + 1
                        faults.add(f"{relative}:{line}: {tag} is not in the list")
                    else:
                        by_id[tag].code.add(relative)
                    continue
                for statement in statements:
                    if statement.document == document and statement.section == item:
                        statement.code.add(relative)


# ---- the page ----

def short(paths):
    return ", ".join(f"`{path.removeprefix('src/')}`" for path in sorted(paths))


def row(statement):
    shown = ", ".join(f"`{path.removeprefix('tests/')}` {name}"
                      for path, name in sorted(statement.tests))
    if statement.reason:
        shown = f"{shown}; {statement.reason}" if shown else statement.reason
    return (f"| {statement.name} | {statement.level} | {statement.roles} | {statement.text} | "
            f"{short(statement.code)} | {shown} |")


def page(lists):
    everything = [statement for _, _, statements in lists for statement in statements]
    shown = sum(1 for statement in everything if statement.tests)
    reasons = sum(1 for statement in everything if not statement.tests and statement.reason)
    lines = ["# Conformance",
             "",
             "Made by `tests/conformance/conformance.py --write` from the lists in `tests/conformance`, "
             "the tags in the code and the tags in the tests; every test run checks it. Section and "
             "number: the n-th key word of that section. Statements are in our own words.",
             "",
             f"{len(everything)} statements: {shown} shown by a test, {reasons} with a reason why not.",
             ""]
    for document, title, statements in lists:
        lines += [f"## {document}: {title}", "",
                  "| statement | level | for | what | code | shown by |",
                  "|---|---|---|---|---|---|"]
        lines += [row(statement) for statement in statements]
        lines.append("")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write docs/conformance.md")
    parser.add_argument("--missing", action="store_true", help="list only what has neither")
    options = parser.parse_args()
    faults = Faults()
    lists = []
    for name in sorted(os.listdir(HERE)):
        if name.endswith(".txt"):
            title, statements = read_document(os.path.join(HERE, name), faults)
            lists.append((statements[0].document, title, statements))
    statements = [statement for _, _, group in lists for statement in group]
    by_id = {}
    for statement in statements:
        for name in statement.ids():
            if name in by_id:
                faults.add(f"{name} is in the list twice")
            by_id[name] = statement
    documents = {document for document, _, _ in lists}
    take_tests(by_id, documents, faults)
    take_code(by_id, statements, documents, faults)
    for statement in statements:
        if not statement.tests and not statement.reason:
            faults.add(f"{statement.document} {statement.name}: no test shows it, and no reason why "
                       f"not: {statement.text}")
    text = page(lists)
    if options.write:
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(text)
    elif not os.path.exists(PAGE) or open(PAGE, encoding="utf-8").read() != text:
        faults.add("docs/conformance.md is not up to date: tests/conformance/conformance.py --write")
    for fault in faults:
        print(fault)
    print(f"{len(statements)} statements, "
          f"{sum(1 for s in statements if s.tests)} shown by a test, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
