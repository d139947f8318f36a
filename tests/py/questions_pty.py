#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
The questions of `run` and `undo` under a pseudo-terminal.

    questions_pty.py RUNBOOK      (AWS_* point at a sandbox, RUNBOOK_HOME is where stacks are)
"""
import json
import os
import re
import subprocess
import sys
import urllib.request

from connect_pty import Terminal

RUNBOOK = os.path.abspath(sys.argv[1])
HOME = os.environ["RUNBOOK_HOME"]
SANDBOX = os.environ["AWS_ENDPOINT_URL"]
BEGIN = r"Begin it\? \[y/N\] $"


def check(what, good, said=""):
    if not good:
        sys.exit(f"{what}:\n{said}")


def start(*words, columns=120, **environ):
    env = {**os.environ, **environ, "TERM": "dumb"}
    return Terminal(["/usr/bin/env", "-i", *(f"{k}={v}" for k, v in env.items() if v), RUNBOOK,
                     *words, "--speed", "20000"], 40, columns)


def changes():
    """Requests that were no reads."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    asked = json.load(opener.open(SANDBOX + "/_sandbox/requests"))
    return [r["action"] for r in asked if not re.match("Get|List|Describe|Head", r["action"])]


def fault(spec):
    """Empty: none any more."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(urllib.request.Request(SANDBOX + "/_sandbox/fault", spec.encode() or None, method="POST" if spec else "DELETE"))


def no_folder(when):
    left = [os.path.join(at, f) for at, _, files in os.walk(HOME) for f in files]
    check(f"{when}: a folder is left", not os.path.exists(HOME), left)


def first_run():
    t = start("run", "--to", "2-2", "--ttl", "4h")
    t.expect(BEGIN)
    for words in ("stack 'default'", "account: 123456789012 (it has no alias)",
                  "principal: arn:aws:iam::123456789012:root",
                  "regions: ap-northeast-1 to us-east-1", "steps: up to 2-2",
                  "VPC (2), subnet (2), route table (2)", "instance (1)", "about 0.015 USD an hour",
                  "time to live: 4h"):
        check(f"no {words!r}", words in t.seen, t.seen)
    check("it makes a bucket", "bucket" not in t.seen, t.seen)
    check("it was asked twice", t.seen.count("[y/N]") == 1, t.seen)
    t.type("n\n")
    status, said = t.finish(30)
    check(f"no ends with {status}", status == 0 and "nothing was changed" in said, said)
    no_folder("no")
    t = start("run", "--to", "2-2")
    t.expect(BEGIN)
    check("no end of life", "no end (--ttl sets one)" in t.seen, t.seen)
    t.type("\x04")
    status, said = t.finish(30)
    check(f"the input's end ends with {status}", status == 2 and "got no answer" in said, said)
    no_folder("the input's end")
    fault("ListAccountAliases=AccessDenied")
    t = start("run", "--to", "2-2")
    t.expect(BEGIN)
    check("the refused alias", "(its alias is not known: AccessDenied)" in t.seen, t.seen)
    t.type("\x03")
    status, said = t.finish(30)
    check(f"Ctrl-C ends with {status}", status == 130, said)
    no_folder("Ctrl-C")
    fault("")
    check("it changed something", not changes(), changes())


def named_account():
    import boto3
    iam = boto3.client("iam", endpoint_url=SANDBOX, region_name="us-east-1")
    iam.create_account_alias(AccountAlias="production")
    t = start("run", "--to", "2-2")
    t.expect(BEGIN)
    check("no alias", "account: 123456789012 (alias production)" in t.seen, t.seen)
    t.type("n\n")
    check("no", t.finish(30)[0] == 0)
    iam.delete_account_alias(AccountAlias="production")


def narrow_and_japanese():
    t = start("run", "--sandbox", "--to", "1-1", "--stack", "own", AWS_ENDPOINT_URL="")
    status, said = t.finish(30)
    check("a rehearsal is asked about", status == 0 and "[y/N]" not in said, said)
    t = start("run", "--lang", "ja", columns=40, LC_ALL="C.UTF-8")
    t.expect(r"\[y/N\] $")
    check("not Japanese", "アカウント" in t.seen and "リージョン" in t.seen, t.seen)
    for line in t.seen.split("\n"):
        wide = sum(1 + (ord(c) > 0x2e80) for c in line)
        check(f"{wide} columns", wide <= 40, line)
    t.type("n\n")
    check("no, in Japanese", t.finish(30)[0] == 0, "")


def without_credentials():
    none = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    for words in (["run", "--try", "always"], ["undo", "--stack", "own"]):
        t = start(*words, **none)
        status, said = t.finish(30)
        check(f"{words} was asked or ends with {status}", "[y/N]" not in said and status in (2, 5), said)


def undo():
    t = start("run")
    t.expect(BEGIN)
    check("no bucket", "bucket (1)" in t.seen and "object (1)" in t.seen, t.seen)
    check("what is accepted is no thing of its own", "peering connection (1)" in t.seen, t.seen)
    t.type("y\n")
    status, said = t.finish(30)
    check(f"yes ends with {status}", status == 0 and "14 of 14 steps hold" in said, said)
    outputs = {(s["id"], k): v for s in json.loads(subprocess.run(
        [RUNBOOK, "status", "--output", "json"], stdout=subprocess.PIPE, check=True).stdout)["steps"]
        for k, v in s["outputs"].items()}
    made = len(changes())
    for answer, want in (("n\n", 0), ("\x04", 2)):
        t = start("undo")
        t.expect(r"\? \[y/N\] $")
        for step, name in (("1-1", "vpc_id"), ("1-2", "subnet_id"), ("1-3", "instance_connect_endpoint_id"),
                           ("1-4", "instance_id"), ("2-3", "vpc_endpoint_id"), ("2-4", "bucket"),
                           ("1-4", "role_name"), ("3-1", "vpc_peering_connection_id")):
            check(f"no {step} {name}", outputs[step, name] in t.seen, t.seen)
        for words in (r"(?m)^ap-northeast-1 \(9\):$", r"(?m)^us-east-1 \(7\):$", r"(?m)^in no region \(1\):$",
                      r"bucket \S+ with its object dummy.txt", "route 10.1.0.0/16"):
            check(f"no {words!r}", re.search(words, t.seen), t.seen)
        t.type(answer)
        status, said = t.finish(30)
        check(f"{answer!r} ends with {status}", status == want, said)
    check("it changed something", len(changes()) == made, changes())
    t = start("undo", "--to", "3-1", columns=80)
    t.expect(r"\[y/N\] $")
    for line in t.seen.split("\n"):
        check(f"{len(line)} columns", len(line.rstrip("\r")) <= 80, line)
    check("the rest is not named", outputs["1-1", "vpc_id"] not in t.seen and "ap-northeast-1 (2):" in t.seen, t.seen)
    t.type("y\n")
    check("undo --to", t.finish(30)[0] == 0)
    subprocess.run([RUNBOOK, "undo", "--yes", "--speed", "20000"], stderr=subprocess.DEVNULL, check=True)


first_run()
named_account()
narrow_and_japanese()
without_credentials()
undo()
