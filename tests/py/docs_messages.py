#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
    docs_messages.py TEMPLATE.pot

Each message of docs/troubleshooting.md, the first column of its tables, is one that the program has: a text of
the template (runbook/po/extract.sh) with "…" where that has a conversion.
"""
import re
import sys


def literal(text):
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text)).replace('\\"', '"').replace("\\n", "\n")


with open(sys.argv[1], encoding="utf-8") as f:
    known = {re.sub(r"%(\d+\$)?[-+0-9.*]*(ll|l|z)?[a-z]", "…", literal(m)).rstrip("\n")
             for m in re.findall(r'^msgid(?:_plural)? ((?:"(?:[^"\\]|\\.)*"\n)+)', f.read(), re.M)}
with open("docs/troubleshooting.md", encoding="utf-8") as f:
    told = re.findall(r"^\| `(.*?)` \|", f.read(), re.M)
strange = [m for m in told if m not in known]
for message in strange:
    print(f"the program has no message '{message}'")
print(f"{len(told)} messages, {len(strange)} strange")
sys.exit(1 if strange or len(told) < 15 else 0)
