#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every hint that tells another value of a parameter: a run's are fixed, so it says 'runbook undo'.

usage: tests/py/hint_parameters.py        (from the top of the tree; ends with 1 and the hints that lead nowhere)

A hint of an error that is marked by rb_error_of_parameter is let through: the command line adds "a
run's parameters are fixed, so first: runbook undo" to it.  What lies under runbook/record and
runbook/cli, and src/aws/eic_region.c, speaks before a run begins.
"""

import glob
import re
import sys

PARAMETER = re.compile(r"--set\b|(?<![\w.])(?:source|destination|upload)\.[a-z_]+")
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
# Told to look at, not to change, or before a run begins, or marked by who found it.
LOOKS = {"runbook/ssh/connection.c", "runbook/ssh/step_ssh.c", "src/aws/eic_region.c"}


def text(code):
    return "".join(LITERAL.findall(code))


def calls(source, name):
    """The text of each call of `name`, its brackets balanced, and where it begins."""
    for found in re.finditer(r"\b%s\(" % name, source):
        depth, at, quoted = 1, found.end(), False
        while depth:
            c = source[at]
            if quoted:
                at += c == "\\"
                quoted = c != '"'
            elif c == '"':
                quoted = True
            elif c == "'":
                at += 2 if source[at + 1] != "\\" else 3
            depth += 0 if quoted else (c == "(") - (c == ")")
            at += 1
        yield found.start(), source[found.end():at - 1]


def second_argument(call):
    depth, quoted, at = 0, False, 0
    while at < len(call):
        c = call[at]
        if quoted:
            at += c == "\\"
            quoted = c != '"'
        elif c == '"':
            quoted = True
        elif c == "," and not depth:
            return call[at + 1:]
        else:
            depth += (c in "({") - (c in ")}")
        at += 1
    return ""


def is_marked(source, at):
    begin, end = source.rfind("\n{\n", 0, at), source.find("\n}\n", at)
    return "rb_error_of_parameter(" in source[begin:end]


def main():
    wrong, seen = [], 0
    with open("src/aws/core/advice.c", encoding="utf-8") as f:
        table = f.read()
    for row in re.findall(r"\n\t\{ (\"[^\n]*?(?:[^}\"]|\"(?:[^\"\\]|\\.)*\")*?) \},", table):
        kind = re.search(r"RB_[A-Z]+,", row)
        hint = text(row[kind.end():]) if kind else ""
        if PARAMETER.search(hint):
            seen += 1
            if "runbook undo" not in hint:
                wrong.append(f"src/aws/core/advice.c: {row.split(',')[0]}: {hint}")
    for path in sorted(glob.glob("steps/**/*.c", recursive=True) + glob.glob("src/aws/**/*.c", recursive=True) +
                       glob.glob("runbook/ssh/*.c") + glob.glob("runbook/engine/*.c")):
        with open(path, encoding="utf-8") as f:
            source = f.read()
        for at, call in calls(source, "rb_error_hint"):
            hint = text(second_argument(call))
            if not PARAMETER.search(hint) or path in LOOKS:
                continue
            seen += 1
            if "runbook undo" not in hint and not is_marked(source, at):
                wrong.append(f"{path}:{source.count(chr(10), 0, at) + 1}: {hint}")
    if seen < 15:
        wrong.append(f"only {seen} hints that name a parameter were found")
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
