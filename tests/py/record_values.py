#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
No value of a run occurs in its recording, however it is written.

    record_values.py SANDBOX-URL HOME WORD... -- RECORDING...

Looked for: every id, address, ARN, host name and account of the sandbox's world and of the journal,
their tags, the keys in the environment, the user's and the machine's name, the home, and each WORD;
as they are, percent-encoded, escaped for XML and JSON, and in base64 at each of its three offsets.
"""
import base64
import getpass
import glob
import html
import json
import os
import re
import socket
import sys
import urllib.parse
import urllib.request

url, home = sys.argv[1:3]
split = sys.argv.index("--")
values = {w: "word" for w in sys.argv[3:split]}
files = sys.argv[split + 1:]

PATTERNS = [  # what is looked for in texts, and why it is real
    ("id", r"\b(?:[a-z]+-)+[0-9a-f]{17}\b|\b(?:[a-z]+-)+[0-9a-f]{8}\b"),
    ("iam id", r"\bA[A-Z]{3}[A-Z0-9]{12,}\b"),
    ("address", r"\b(?:10|172|192)(?:\.\d{1,3}){3}\b"),
    ("mac", r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b"),
    ("run", r"\b\d{8}-[0-9a-f]{8}\b"),
    ("account", r"\b\d{12}\b"),
]
AWSS = {"000000000000"}


def collect(text):
    for why, pattern in PATTERNS:
        for found in re.findall(pattern, text):
            if found not in AWSS:
                values.setdefault(found, why)


def tags(thing):
    if isinstance(thing, dict):
        for name, value in thing.items():
            if name.lower() == "tags" and isinstance(value, dict):
                for v in value.values():
                    if len(str(v)) > 3:
                        values.setdefault(str(v), "tag")
            tags(value)
    elif isinstance(thing, list):
        for value in thing:
            tags(value)


with urllib.request.urlopen(url + "/_sandbox/world", timeout=30) as answer:
    world = answer.read().decode()
collect(world)
tags(json.loads(world))
for path in glob.glob(home + "/*/journal*.jsonl"):
    with open(path, encoding="utf-8") as f:
        journal = re.sub(r'"(?:sum|at|token|invocation)":"[^"]*"', "", f.read())
    collect(journal)
    for name in ("bucket", "role_name", "instance_profile_name", "object_key",
                 "vpc_endpoint_dns", "instance_connect_endpoint_dns", "host_key_fingerprint",
                 "object_checksum"):
        for found in re.findall(rf'"name":"{name}","value":"([^"]+)"', journal):
            values[found] = name
for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
    if os.environ.get(name):
        values[os.environ[name]] = name
for value, why in ((getpass.getuser(), "user"), (socket.gethostname(), "host"), (home, "home")):
    if len(value) > 4 or why == "home":
        values[value] = why
for value in list(values):
    if re.fullmatch(r"(?:\d{1,3}\.){3}\d{1,3}", value):
        values[value.replace(".", "-")] = "address in a host name"


def forms(value):
    raw = value.encode()
    yield raw
    yield urllib.parse.quote(value, safe="").encode()
    yield "".join(f"%{b:02X}" for b in raw).encode()
    yield html.escape(value).encode()
    yield json.dumps(value)[1:-1].encode()
    if len(raw) >= 8:
        for before in range(3):  # the whole groups of it, wherever it begins
            coded = base64.b64encode(b"\0" * before + raw).rstrip(b"=")
            yield coded[(4 if before else 0):-4]


kinds = {}
for why in values.values():
    kinds[why] = kinds.get(why, 0) + 1
print("looked for:", ", ".join(f"{n} {k}" for k, n in sorted(kinds.items())))
for needed in ("id", "iam id", "address", "mac", "run", "account", "bucket", "instance_profile_name",
               "vpc_endpoint_dns", "tag"):
    assert kinds.get(needed), f"no {needed} was found to look for"
assert kinds["id"] > 20, kinds
failed = False
for path in files:
    with open(path, "rb") as f:
        data = f.read()
    assert len(data) > 20000, (path, len(data))
    for value, why in values.items():
        for form in forms(value):
            # A word is looked for as one; digits inside a longer hash are not it.
            if re.search(rb"(?<![0-9A-Za-z])" + re.escape(form) + rb"(?![0-9A-Za-z])", data):
                at = data.find(form)
                print(f"FAILED: {path}: the {why} '{value}' is in it: {data[at - 60:at + 60]}")
                failed = True
sys.exit(failed)
