#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the steps declare, held against what they did.

usage: tests/py/declarations.py STEPS LOG        (ends with 1 and what does not agree)

STEPS is `runbook steps --output json`; LOG is what runs that went well, without anything to repair,
wrote by RUNBOOK_STEP_LOG (runbook/engine/step_log.h):

  parameters  those that do, verify or undo read, all and no others
  gives       those that were recorded, all and no others
  needs       the steps whose outputs do or verify read; one that must be held need not be read
  calls       the changing calls of do, all of them; and those declared, be they reads, were made by do
              or verify
"""

import collections
import json
import sys


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        steps = json.load(f)["steps"]
    seen = collections.defaultdict(set)
    lines = 0
    with open(sys.argv[2], encoding="utf-8") as f:
        for line in f:
            step, phase, what, *name = line.split()
            lines += 1
            if what == "need" and (phase == "undo" or name[0] == step):
                continue
            if what in ("call", "look") and phase != "do":
                if phase == "verify":
                    seen[step, "look"].add(" ".join(name))
                continue
            seen[step, what].add(name[0] if what == "need" else " ".join(name))
    wrong = []
    for step in steps:
        held = {n["step"] for n in step["needs"] if n["when"] == "held"}
        looks = seen.pop((step["id"], "look"), set())
        declared = {"param": set(step["parameters"]), "give": set(step["gives"]),
                    "call": {c.split(" (")[0] for c in step["calls"]},
                    "need": {n["step"] for n in step["needs"]}}
        # nothing can be read of a step that gives nothing
        held |= {s["id"] for s in steps if not s["gives"]}
        never = {"need": held, "call": looks}
        for what, names in declared.items():
            did = seen.pop((step["id"], what), set())
            wrong += [f"{step['id']}: {what} '{n}' is not declared" for n in sorted(did - names)]
            wrong += [f"{step['id']}: {what} '{n}' is declared, and never was"
                      for n in sorted(names - did - never.get(what, set()))]
    wrong += [f"{step}: no such step has {what}s" for step, what in sorted(seen)]
    if lines < 10 * len(steps):
        wrong.append(f"only {lines} lines for {len(steps)} steps")
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
