#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write models.c, the sandbox's table of request parameters, from tests/data/model/*.json.

usage: src/sandbox/core/gen_models.py > src/sandbox/core/models.c     (from the top of the tree)
"""

import json
import os

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
TYPES = {
    "string": "s", "boolean": "b", "integer": "i", "timestamp": "t", "blob": "B",
    "structure": "S", "list": "L",
}
# Longer lists of values (instance types, taggable resources) grow every month; the actions that
# take them check them against what the sandbox offers.
MOST_VALUES = 40

HEAD = """/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parameters that each action takes.  Written by gen_models.py from
 * tests/data/model, facts of the botocore API models (Apache License 2.0,
 * Copyright Amazon.com, Inc. or its affiliates); do not edit.
 */
#include "sandbox/core/inner.h"

/* clang-format off */
"""


def quote(text):
    return json.dumps(text)


def main():
    print(HEAD)
    enums, lists, models = {}, {}, []
    for service in ("ec2", "iam", "sts"):
        path = os.path.join(TOP, "tests", "data", "model", service + ".json")
        with open(path, encoding="utf-8") as f:
            model = json.load(f)
        for action, op in sorted(model["operations"].items()):
            rows = []
            for name, row in sorted(op["params"].items()):
                values = "NULL"
                known = model["enums"].get(row.get("enum"), [])
                if known and len(known) <= MOST_VALUES:
                    values = "E_%s_%s" % (service, row["enum"])
                    enums[values] = known
                rows.append('\t{ %s, \'%s\', %d, %d, %d, %s },' % (
                    quote(name), TYPES[row["t"]], bool(row.get("req")),
                    row.get("min", 0), row.get("max", 0), values))
            models.append((service, action, op, rows))
            if op.get("filters"):
                lists["F_" + action] = op["filters"]
    for name, values in sorted(list(enums.items()) + list(lists.items())):
        print("static const char *const %s[] = {" % name)
        for value in values:
            print("\t%s," % quote(value))
        print("\tNULL\n};")
    for service, action, op, rows in models:
        if rows:
            print("static const struct model_param P_%s_%s[] = {" % (service, action))
            print("\n".join(rows))
            print("};")
    print("const struct sbx_model sbx_models[] = {")
    for service, action, op, rows in models:
        print('\t{ "%s", "%s", %s, %d, %d, %s },' % (
            service, action, "P_%s_%s" % (service, action) if rows else "NULL", len(rows),
            bool(op.get("dry_run")), "F_" + action if op.get("filters") else "NULL"))
    print("};\nconst size_t sbx_n_models = ARRAY_LEN(sbx_models);")


main()
