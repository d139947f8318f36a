# SPDX-License-Identifier: Apache-2.0
"""Holds a value to a JSON schema, as far as the words go that the schemas of docs/ use; a word that
is unknown here is a failure."""
import re

TYPES = {"object": dict, "string": str, "boolean": bool, "array": list, "integer": int, "null": type(None)}
SILENT = ("$schema", "$defs", "title", "description", "format")


def check(value, schema, root=None, at="$"):
    root = schema if root is None else root
    for word, want in schema.items():
        if word in SILENT:
            continue
        if word == "$ref":
            check(value, root["$defs"][want.removeprefix("#/$defs/")], root, at)
        elif word == "type":
            types = [want] if isinstance(want, str) else want
            assert any(isinstance(value, TYPES[t]) for t in types), f"{at}: {value!r} is no {want}"
        elif word == "enum":
            assert value in want, f"{at}: {value!r} is none of {want}"
        elif word == "pattern":
            assert not isinstance(value, str) or re.search(want, value), f"{at}: {value!r} is not {want}"
        elif word == "required":
            assert set(want) <= set(value), f"{at} lacks {set(want) - set(value)}"
        elif word == "properties":
            for name in set(want) & set(value):
                check(value[name], want[name], root, f"{at}.{name}")
        elif word == "additionalProperties" and want is False:
            assert set(value) <= set(schema["properties"]), f"{at} has {set(value) - set(schema['properties'])}"
        elif word == "items":
            for i, item in enumerate(value):
                check(item, want, root, f"{at}[{i}]")
        else:
            raise AssertionError(f"{at}: the schema says {word}")
