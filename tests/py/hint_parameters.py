#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hints are data: no text names a command of ours, and a parameter is told another value of by RB_NEXT_SET alone.

usage: tests/py/hint_parameters.py        (from the top of the tree; ends with 1 and the hints that break it)

A run's parameters are fixed, so what tells another value leads through 'runbook undo'; the verb sees to it.  A text
that names a parameter stands in a row or a function that gives that verb.  What lies under runbook/record and
runbook/cli speaks before a run begins.
"""

import glob
import re
import sys

PARAMETER = re.compile(r"--set\b|(?<![\w.])(?:source|destination|upload)\.[a-z_]+")
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
COMMAND = re.compile(r"\brunbook (run|resume|undo|verify|status|plan|connect|report|journal|steps)\b|\brunbook \S* ?--")


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


def gives_set(source, at):
    begin, end = source.rfind("\n{\n", 0, at), source.find("\n}\n", at)
    return "RB_NEXT_SET" in source[begin:end]


def main():
    wrong, hints, sets = [], 0, 0
    with open("src/aws/core/advice_rows.c", encoding="utf-8") as f:
        table = f.read()
    for verb in ("TELL", "AGAIN", "WAIT", "SET"):
        for _, call in calls(table, verb):
            words = text(call)
            hints += bool(words)
            sets += verb == "SET"
            if COMMAND.search(words) or verb != "SET" and PARAMETER.search(words):
                wrong.append(f"src/aws/core/advice_rows.c: {verb}: {words}")
    for path in sorted(glob.glob("steps/**/*.c", recursive=True) + glob.glob("src/aws/**/*.c", recursive=True) +
                       glob.glob("src/net/*.c") + glob.glob("runbook/*/*.c")):
        with open(path, encoding="utf-8") as f:
            source = f.read()
        for name in ("rb_error_hint", "rb_error_advise"):
            for at, call in calls(source, name):
                words = text(second_argument(call))
                hints += bool(words)
                where = f"{path}:{source.count(chr(10), 0, at) + 1}: {words}"
                if COMMAND.search(words):
                    wrong.append(where)
                if PARAMETER.search(words) and not gives_set(source, at) and not \
                        path.startswith(("runbook/record/", "runbook/cli/")):
                    wrong.append(where)
        sets += source.count("RB_NEXT_SET,")
    if hints < 150 or sets < 25:
        wrong.append(f"only {hints} hints and {sets} that set a parameter were found")
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
