#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
`run`, `resume` and `undo --step-by-step` under a pseudo-terminal.

    step_by_step_pty.py RUNBOOK      (AWS_* point at a sandbox of speed 600, RUNBOOK_HOME is where stacks are)
"""
import json
import os
import re
import signal
import subprocess
import sys
import time
import unicodedata
import urllib.request

from connect_pty import Terminal

RUNBOOK = os.path.abspath(sys.argv[1])
STEPS = "1-1 1-2 1-3 1-4 2-1 2-2 2-3 2-4 3-1 3-2 3-3 3-4 4-1 4-2".split()
PEOPLE = ["--operator", "alice", "--witness", "bob"]


def check(what, good, said=""):
    if not good:
        sys.exit(f"{what}:\n{said}")


def start(*words, columns=100, **environ):
    env = {**os.environ, **environ, "TERM": "xterm"}
    return Terminal(["/usr/bin/env", "-i", *(f"{k}={v}" for k, v in env.items()), RUNBOOK, *words,
                     "--speed", "600"], 40, columns)


def fault(spec):
    """Empty: none any more."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(urllib.request.Request(os.environ["AWS_ENDPOINT_URL"] + "/_sandbox/fault", spec.encode() or None,
                                       method="POST" if spec else "DELETE"))


# With its choices: the prompt alone comes again, below what happened while it was open.
QUESTION = r"(?m)^ +s  [^\[]*^(\d-\d) \[d/[hwls/]+\] $"


def question(t, step, seconds=30):
    """The next question: it is of that step."""
    t.expect(QUESTION, seconds)
    found = re.findall(QUESTION, t.seen)
    check(f"asked for {found}, not for {step}", found == [step], t.seen)
    check("a live row", "\x1b" not in t.seen, t.seen)
    return t.seen


def kill(t):
    os.kill(t.pid, signal.SIGKILL)
    check("not killed", t.finish(30)[0] == -signal.SIGKILL)


def ends(t, want, words=""):
    status, said = t.finish(40)
    check(f"ends with {status}, not {want}", status == want and words in said, said)
    return said


def states(stack="default"):
    doc = json.loads(subprocess.run([RUNBOOK, "status", "--output", "json", "--stack", stack],
                                    stdout=subprocess.PIPE, check=True).stdout)
    return {s["id"]: s["state"] for s in doc["steps"]}


def walk():
    """Each step: looked at, killed at, by hand, stopped at, done; the question is the same each time."""
    t = start("run", "--step-by-step", *PEOPLE)
    t.expect(r"Begin it\? \[y/N\] $")
    t.type("y\n")
    for i, step in enumerate(STEPS):
        seen = question(t, step)
        if step == "2-3":
            for words in ("region us-east-1", "What it makes:", "interface endpoint: service name", "ec2 CreateVpcEndpoint",
                          "usually holds after", "0.0100 USD an hour", "operator: alice", "witness: bob",
                          "d  do it", "h  do it by hand", "l  look again", "s  stop here"):
                check(f"no {words!r}", words in seen, seen)
        if "/w/" in seen:  # AWS works on the one before, or did so a moment ago
            t.type("w\n")
            seen += question(t, step)
        if i:
            check("no evidence of the step before", re.search(rf"(?m)^{STEPS[i - 1]}  held .*\n +evidence: \d+ claim", seen),
                  seen)
        t.type("x\n")
        question(t, step)
        t.type("l\n")
        seen = question(t, step)
        for other in STEPS[:i]:
            check(f"{other} was not looked at", f"{other}  holds" in seen, seen)
        kill(t)

        t = start("resume", *PEOPLE)
        question(t, step)
        t.type("s\n")
        said = ends(t, 130, f"stopped before step {step}")
        check("no next command", "runbook resume" in said, said)

        t = start("run", *PEOPLE)
        question(t, step)
        t.type("h\n")
        t.expect(rf"{step}  to be done by hand: ")
        if step == "4-1":  # whoever logs in changes nothing: it holds at once
            continue
        kill(t)
        check(f"{step} was made by the program", states()[step] == "doing", states())

        t = start("resume", *PEOPLE)
        seen = question(t, step)
        check("it does not say that it is a person's", "left to a person" in seen, seen)
        t.type("d\n")
    ends(t, 0, "14 of 14 steps hold")
    # what holds has no question left
    ends(start("resume"), 0, "14 of 14 steps hold")


def undo():
    t = start("undo", "--step-by-step", "--operator", "carol")
    t.expect(r"(?s)Undo run .*\[y/N\] $")
    t.type("y\n")
    seen = question(t, "4-2")
    check("it does not name the object", "object dummy.txt" in seen, seen)
    kill(t)
    t = start("undo", "--operator", "carol")
    t.expect(r"(?s)Undo run .*\[y/N\] $")
    t.type("y\n")
    question(t, "4-2")
    t.type("s\n")
    ends(t, 130, "runbook undo")
    t = start("undo", "--step-by-step", "--operator", "carol")
    t.expect(r"\[y/N\] $")
    t.type("y\n")
    for step in reversed(STEPS):
        seen = question(t, step)
        check("it does not tell what goes", "What it deletes:" in seen, seen)
        t.type("d\n")
    ends(t, 0, "is left")


def width(line):
    return sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in line)


def narrow_and_japanese():
    """1-3's look takes long: meanwhile 1-4 is asked about, and waited with, or done all the same."""
    t = start("run", "--step-by-step", "--stack", "ja", "--lang", "ja", *PEOPLE, columns=40)
    t.expect(r"\[y/N\] $")
    t.type("y\n")
    shown = ""
    for step in STEPS[:2]:
        shown += question(t, step)
        t.type("d\n")
    shown += question(t, "1-3")
    fault("DescribeInstanceConnectEndpoints=slow=1500")
    t.type("d\n")
    shown += question(t, "1-4")
    check("1-3 is not waited for", "1-4 [d/h/w/l/s]" in shown and "1-3" in t.seen, t.seen)
    check("1-3 holds already", not re.search(r"(?m)^1-3  完了", t.seen), t.seen)
    t.type("w\n")
    shown += question(t, "1-4")
    check("1-3's evidence is not there", re.search(r"(?m)^1-3  完了[\s\S]*^       エビデンス: \d+ 項目が一致\n[\s\S]*\[d", t.seen), t.seen)
    check("it waits for something still", "1-4 [d/h/l/s]" in t.seen, t.seen)
    fault("")
    for words in ("作業者: alice", "確認者: bob", "d  実行する", "s  ここで止める"):
        check(f"no {words!r}", words in shown, shown)
    for line in shown.split("\n"):
        check(f"{width(line)} columns", width(line) <= 40, line)
    # the input's end is no answer
    t.type("\x04")
    ends(t, 2)
    t = start("resume", "--stack", "ja")
    question(t, "1-4")
    t.type("\x03")
    ends(t, 130)
    # a step that holds meanwhile is told above the open question, which stays
    t = start("resume", "--stack", "ja")
    question(t, "1-4")
    fault("DescribeInstances=slow=1500")
    t.type("d\n")
    question(t, "2-1")
    check("1-4 is not waited for", "2-1 [d/h/w/l/s]" in t.seen, t.seen)
    t.seen = ""
    t.expect(r"(?m)^1-4  held [\s\S]*evidence: \d+ claims agree[\s\S]*^2-1 \[d/h/l/s\] $", 60)
    fault("")
    t.type("s\n")
    ends(t, 130, "stopped before step 2-1")
    check("1-4 is half made", states("ja")["1-4"] == "held", states("ja"))


begun = time.monotonic()
walk()
undo()
narrow_and_japanese()
