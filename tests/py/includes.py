#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every include line of the sources, held to the arrow of docs/architecture.md.

usage: tests/py/includes.py        (from the top of the tree; ends with 1 and the lines that break it)
"""

import os
import re
import sys

BELOW = {  # a folder's sources may include their own folder and these
    "src/base": (),
    "src/net": ("src/base",),
    "src/aws": ("src/net", "src/base"),
    "runbook/contract": ("src/aws", "src/net", "src/base"),
    "steps": ("runbook/contract", "src/aws", "src/net", "src/base"),
    "tests/procedures": ("steps", "runbook/contract", "src/aws", "src/net", "src/base"),
    "runbook/record": ("runbook/contract", "src/aws", "src/net", "src/base"),
    "runbook/engine": ("runbook/record", "runbook/contract", "src/aws", "src/net", "src/base"),
    "runbook/explain": ("runbook/engine", "runbook/record", "runbook/contract", "src/aws", "src/net", "src/base"),
    "runbook/ssh": ("runbook/record", "runbook/contract", "src/aws", "src/net", "src/base"),
    "runbook/ui": ("runbook/record", "runbook/contract", "src/aws", "src/net", "src/base"),
    "runbook/operator": ("runbook/ui", "runbook/engine", "runbook/record", "runbook/contract", "src/aws", "src/net",
                         "src/base"),
    "runbook/report": ("runbook/ui", "runbook/record", "runbook/contract", "src/aws", "src/net",
                       "src/base"),
    "runbook/export": ("runbook/ui", "runbook/record", "runbook/contract", "src/aws", "src/net", "src/base"),
    "runbook/cli": ("runbook/operator", "runbook/report", "runbook/export", "runbook/ui", "runbook/explain",
                    "runbook/engine", "runbook/ssh",
                    "runbook/record",
                    "runbook/contract", "src/aws", "src/net", "src/base"),
    "src/sandbox": ("src/base",),
}
SIGNER = "src/aws/core/sigv4.h"  # all that the sandbox shares with the program above base/


def folder_of(path):
    return next((f for f in BELOW if path.startswith(f + "/")), None)


def included(name):
    """The file that `name` means with -Isrc -I. ."""
    for path in (os.path.join("src", name), name):
        if os.path.exists(path):
            return path
    return None


def main():
    wrong, lines = [], 0
    for top in ("src", "runbook", "steps", "tests/procedures"):
        for folder, _, files in sorted(os.walk(top)):
            for file in sorted(f for f in files if f.endswith((".c", ".h", ".def"))):
                path = os.path.join(folder, file)
                with open(path, encoding="utf-8") as f:
                    names = re.findall(r'^\s*#\s*include\s+"([^"]+)"', f.read(), re.M)
                for name in names:
                    lines += 1
                    target = included(name)
                    mine, its = folder_of(path), folder_of(target) if target else None
                    if target is None or mine is None or its is None:
                        wrong.append(f"{path}: \"{name}\" is in no folder of the arrow")
                    elif mine != its and its not in BELOW[mine] and \
                            not (mine == "src/sandbox" and target == SIGNER):
                        wrong.append(f"{path}: includes {target}, which is not below {mine}")
    if lines < 500:
        wrong.append(f"only {lines} include lines were found")
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
