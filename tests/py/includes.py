#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every include line of the sources, held to the arrow of docs/architecture.md, and the documentation held to the tree:
each file that a page names is there, and each folder of sources is in a table.

usage: tests/py/includes.py        (from the top of the tree; ends with 1 and the lines that break it)
"""

import fnmatch
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


PAGES = ("docs/architecture.md", "docs/sandbox.md", "docs/reliability.md", "docs/s3-home.md", "CONTRIBUTING.md")
BESIDE = ("", "src", "src/sandbox", "src/aws", "runbook", "steps", "tests")  # what a page's names may be relative to
PATTERN = re.compile(r"(^|[/_])([A-Z]+|[sS]?X_Y_name|[A-Z])([._]|$)")  # NAME, N: a reader puts something there
OF_A_USER = {"unsent.jsonl", "journal.jsonl", "runbook.json"}


def missing_files(files):
    """(page, line, name) of each file that a page names in backticks and that is not there."""
    there = [f for f in files]
    missing = []
    for page in PAGES:
        with open(page, encoding="utf-8") as f:
            text = f.read()
        for number, line in enumerate(text.split("\n"), 1):
            folder = ""
            for name in re.findall(r"`([\w./*-]+\.(?:c|h|py|sh|def|po))`", line):
                if any(PATTERN.search(part) for part in name.split("/")) or name in OF_A_USER:
                    continue
                tried = [os.path.normpath(os.path.join(at, name)) for at in (folder, *BESIDE)]
                found = next((t for t in tried if fnmatch.filter(there, t)), None)
                if found:
                    folder = os.path.dirname(found)
                elif not any(fnmatch.fnmatch(f, "*/" + name) for f in there):
                    missing.append(f"{page}:{number}: there is no {name}")
    return missing


def untold_folders(files):
    """Folders with sources that no table of docs/architecture.md or docs/sandbox.md names."""
    told = ""
    for page in ("docs/architecture.md", "docs/sandbox.md"):
        with open(page, encoding="utf-8") as f:
            told += "".join(line for line in f if line.startswith("|"))
    folders = {os.path.dirname(f) for f in files if f.endswith(".c") and not f.startswith("tests/")}
    return [f"docs/architecture.md: nothing about {f}" for f in sorted(folders)
            if f != "steps" and not re.search(rf"`({re.escape(f)}|{re.escape(os.path.basename(f))})`", told)]


def main():
    wrong, lines = [], 0
    files = [os.path.relpath(os.path.join(folder, file), ".") for top in ("src", "runbook", "steps", "tests", "docs")
             for folder, _, names in os.walk(top) for file in names]
    wrong += missing_files(files) + untold_folders(files)
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
