# SPDX-License-Identifier: Apache-2.0
"""
Which calls the commands made, by action, beside the table that says which they make.

    call_counts.py TABLE COLUMN=REQUESTS.json...    what /_sandbox/requests answered after each
    call_counts.py --write TABLE COLUMN=...         writes the table anew

Each file holds the requests of those before it as well: all are of one sandbox.
"""
import collections
import json
import sys

HEAD = """\
# What each command asks of AWS, call by call, on the sandbox without waits and without lag: a run of
# all steps, a verify and an undo after it, and beside them what trials before each step add to a run
# (`--try always`) and a preflight alone.  tests/e2e/call_counts.sh counts; who adds a call sees it.
"""


def counted(arguments):
    columns, before = {}, 0
    for argument in arguments:
        name, path = argument.split("=", 1)
        with open(path) as f:
            requests = json.load(f)
        columns[name] = collections.Counter((r["service"], r["action"])
                                            for r in requests[before:])
        before = len(requests)
    return columns


def text(columns):
    actions = sorted({a for c in columns.values() for a in c})
    wide = max(len(f"{s} {a}") for s, a in actions)
    rows = [" " * wide + "".join(f"{name:>11}" for name in columns)]
    rows += [f"{s + ' ' + a:<{wide}}" + "".join(f"{c[s, a] or '-':>11}" for c in columns.values())
             for s, a in actions]
    rows.append(f"{'all':<{wide}}" + "".join(f"{sum(c.values()):>11}" for c in columns.values()))
    return HEAD + "\n".join(rows) + "\n"


def main(arguments):
    write = arguments[0] == "--write"
    table, *files = arguments[write:]
    found = text(counted(files))
    if write:
        with open(table, "w") as f:
            f.write(found)
        return 0
    with open(table) as f:
        said = f.read()
    if said == found:
        return 0
    for line in [x for x in said.splitlines() if x not in found.splitlines()]:
        print("- " + line)
    for line in [x for x in found.splitlines() if x not in said.splitlines()]:
        print("+ " + line)
    return 1


sys.exit(main(sys.argv[1:]))
