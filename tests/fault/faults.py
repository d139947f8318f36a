#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The promise, tested: stop it anywhere, by any means, and the same command run again reaches the
same world; undo leaves nothing.

    faults.py BIN PART... [--all] [--seed N] [--seeds N] [--scale N] [--workers N]

Every case begins with an empty world in a sandbox, disturbs the program once (or twice), runs the
same command again, and compares what then exists, setting by setting, with what an undisturbed run
makes; then it undoes, and the world must be empty.  Counts are asserted, so a loop that bites
nothing fails.

PART is `torture`, which is all of these, or some of
    self-test       deliberate duplicates, orphans and changes: each must be seen, or the comparison
                    of all other parts is blind
    crash-run       die at the n-th fault point of `run`, n = 1, 2, ... until none is left
    crash-undo      likewise in `undo`
    crash-undo-midway  die in `run`, and undo what is half made
    crash-recovery  die in `run`, and again in the run that recovers from it
    crash-connect   die at each fault point that 4-1 and 4-2 add
    journal-cut     cut the journal after each record and within it, as a torn write does
    journal-bytes   the journal of a run and that of an undo, cut at every byte; with --seeds N each
                    seed takes a share of the bytes, all together every one
    lost-journal-run   die in `run`, lose journal and run.json: `recover` finds all of it again, and
                    then `run` makes the same world and nothing twice, or `undo` leaves nothing
    lost-journal-undo  likewise in `undo`
    lost            each changing call: answer lost before or after it took effect, connection reset,
                    torn answer, a 500 that did happen, 503 that did not
    lagging         killed right after a call, or its answer lost, while reads lag so far behind that
                    the look for what it made comes too early
    throttle        each action, throttled many times
    refused         each changing action refused with each kind of refusal
    denied          each single call of run, run again, verify and undo, denied once
    codes           every error code that AWS documents for these calls, at each call where it can
                    occur: asked again, found, waited for, done without, or told (codes.py)
    codes-connect   the same of what 4-1 and 4-2 ask
    disk            the n-th write and the n-th sync of the journal fails: no call without its intent
    memory          the n-th allocation fails

Without --all the loops with many cases take every k-th, chosen so that a run of the test suite
stays short; `make torture` runs them all.  --scale N takes every N-th of these, for the sanitizers'
slow programs.  A table ends it: points hit, worlds compared, duplicates, orphans.
"""

import argparse
import concurrent.futures
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter

import codes

os.environ.setdefault("RUNBOOK_SANDBOX_LAG", "harsh")  # what the program has to survive

ARGS = None
SPEED = "100000"
# The same cases for each procedure, by its name in the environment's PROCEDURE.
PROCEDURE = os.environ.get("PROCEDURE", "peering")
PROCEDURES = {  # its steps, the upload's step, and how many fault points a run and an undo pass at least
    "peering": (("1-1", "1-2", "1-3", "1-4", "2-1", "2-2", "2-3", "2-4", "3-1", "3-2", "3-3", "3-4"), "4-2", 300, 150),
    "direct": (("1-1", "1-2", "1-3", "1-4", "2-1", "2-2"), "3-2", 200, 100),
}
STEPS, UPLOAD_STEP, RUN_POINTS_AT_LEAST, UNDO_POINTS_AT_LEAST = PROCEDURES[PROCEDURE]
LAST_STEP = STEPS[-1]  # the login and the upload need ssh and seconds each: a part of their own
CHUNK = 64  # bytes that one case of journal-bytes cuts at


class Failed(Exception):
    pass


class Tally:
    """What all workers saw in one part."""

    def __init__(self):
        self.lock = threading.Lock()
        self.worlds = self.duplicates = self.orphans = 0

    def made(self, expected, found):
        """Things there are more of than an undisturbed run makes; of one kind and region."""
        def kinds(world):
            count = Counter()
            for text, n in world.items():
                count[" ".join(text.split(" ", 2)[:2])] += n
            return count
        with self.lock:
            self.worlds += 1
            self.duplicates += sum((kinds(found) - kinds(expected)).values())

    def undone(self, found):
        with self.lock:
            self.worlds += 1
            self.orphans += sum(found.values())


TALLY = Tally()


# ---- one sandbox, one program -------------------------------------------------------------------


class Worker:
    """A sandbox of its own, and the program pointed at it."""

    def __init__(self, lag="on", speed=None):
        self.speed = speed or SPEED
        self.dir = tempfile.mkdtemp(prefix="runbook-fault.")
        self.sandbox = subprocess.Popen(
            [f"{ARGS.bin}/runbook-sandbox", "serve", "--until-eof", "--speed", self.speed,
             "--journal", self.dir, "--lag", lag],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=self.dir)
        line = self.sandbox.stdout.readline()
        if not line.startswith("listening "):
            raise Failed("the sandbox does not listen")
        self.url = line.split()[1]
        self.cases = 0
        info = json.loads(self.get("/_sandbox/info"))
        self.env = {
            "PATH": os.environ["PATH"], "HOME": self.dir, "TMPDIR": self.dir, "LC_ALL": "C.UTF-8",
            "AWS_ENDPOINT_URL": self.url, "AWS_ACCESS_KEY_ID": "AKIASANDBOX000000000",
            "AWS_SECRET_ACCESS_KEY": "sandbox", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_CA_BUNDLE": info.get("ca_file", ""), "NO_PROXY": "*",
            "RUNBOOK_CONNECT_TO": f"::127.0.0.1:{info.get('tls_port', 0)}",
            "RUNBOOK_FAULT_SYNCED": "journal.sync",
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def close(self):
        self.sandbox.stdin.close()
        try:
            self.sandbox.wait(20)
        except subprocess.TimeoutExpired:
            self.sandbox.kill()
            self.sandbox.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return answer.read().decode()

    def ask(self, method, path, data=None):
        request = urllib.request.Request(self.url + path, data=data, method=method)
        urllib.request.urlopen(request, timeout=30).read()

    def fault(self, spec):
        self.ask("POST", "/_sandbox/fault", spec.encode())

    def no_faults(self):
        self.ask("DELETE", "/_sandbox/fault")

    def fresh(self):
        """An empty home for the next case, and an empty record of requests: it has an end."""
        shutil.rmtree(self.dir + "/home", ignore_errors=True)
        self.ask("DELETE", "/_sandbox/requests")
        self.cases += 1

    @property
    def stack(self):
        return self.dir + "/home/default"

    def unannounced(self):
        """Calls that changed the world without a synced intent of their own."""
        try:
            with open(self.dir + "/intents-missing", encoding="utf-8") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def runbook(self, *words, speed=None, **env):
        """Exit status and all that was said.  A crash loses what was not synced: all of it, or as
        much as the seed says."""
        if words[0] in ("run", "recover") and PROCEDURE != "peering":
            words = (words[0], "--procedure", PROCEDURE, *words[1:])
        crash_at = env.get("RUNBOOK_FAULT_CRASH_AT", 0)
        if crash_at % 2:
            env["RUNBOOK_FAULT_LOSE"] = ARGS.seed * 1000 + crash_at
        done = subprocess.run(
            [f"{ARGS.bin}/runbook", *words, "--home", self.dir + "/home", "--speed",
             speed or self.speed],
            env={**self.env, **{k: str(v) for k, v in env.items()}}, cwd=self.dir,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", timeout=300)
        return done.returncode, done.stdout

    def ids(self):
        """Of what lives, with what differs from run to run."""
        return {doc.get("id", "") for regions in json.loads(self.get("/_sandbox/world")).values()
                for docs in regions.values() for doc in docs if doc.get("live", True)}

    def world(self):
        """What lives, each thing as text without what differs from run to run."""
        things = Counter()
        world = json.loads(self.get("/_sandbox/world"))
        labels = {doc["id"]: doc["tags"]["Name"] for regions in world.values()
                  for docs in regions.values() for doc in docs
                  if "Name" in doc.get("tags", {}) and "id" in doc and doc.get("live", True)}
        for kind, regions in world.items():
            for region, docs in regions.items():
                for doc in docs:
                    if doc.get("live", True):
                        things[canonical(kind, region, doc, labels)] += 1
        return things


RUN_ID = re.compile(r"\b20\d{6}-[0-9a-f]{8}\b")
# A thing is called by its Name tag: who refers to whom is compared, not only to what kind.
LABELLED = re.compile(r"\b([a-z]{1,12})-[0-9a-f]{17}\b")
RULES = [
    (RUN_ID, "RUN"),
    (re.compile(r"\brunbook-[0-9a-f]{40,}\b"), "TOKEN"),
    (re.compile(r"\b([a-z]{1,12}(?:-attach|-assoc)?)-[0-9a-f]{17}\b"), r"\1-ID"),
    (re.compile(r"\b(AROA|AIPA|AIDA|ANPA|ASIA)[0-9A-Z]{12,}\b"), r"\1-ID"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT[0-9:.]+Z\b"), "TIME"),
    (re.compile(r"\bip-10(?:-\d+){3}\b"), "ip-ADDRESS"),
    (re.compile(r"\b10(?:\.\d+){3}\b(?!/)"), "ADDRESS"),
    (re.compile(r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b"), "MAC"),
    (re.compile(r"(-ID(?:\([^)]*\))?[.-])[0-9a-f]{8}\b"), r"\1HASH"),
]


def strip(value):
    """Without times, and with lists in an order of their own."""
    if isinstance(value, dict):
        return {k: strip(v) for k, v in sorted(value.items())
                if not k.endswith("_ms") and k not in ("host_key", "_host_key", "etag_seed")}
    if isinstance(value, list):
        return sorted((strip(v) for v in value), key=lambda v: json.dumps(v, sort_keys=True))
    return value


def canonical(kind, region, doc, labels):
    text = json.dumps([region, strip(doc)], sort_keys=True)  # an object's region is its bucket
    text = LABELLED.sub(lambda m: f"{m[1]}-ID({labels[m[0]]})" if m[0] in labels else m[0], text)
    for pattern, replacement in RULES:
        text = pattern.sub(replacement, text)
    # Replacing ids changes the order that lists were put in.
    region, doc = json.loads(text)
    return f"{kind} {region} " + json.dumps(strip(doc), sort_keys=True)


def difference(expected, found):
    missing, extra = expected - found, found - expected
    lines = [f"  missing {n}x {t[:1500]}" for t, n in list(missing.items())[:4]]
    lines += [f"  extra   {n}x {t[:1500]}" for t, n in list(extra.items())[:4]]
    return "\n".join(lines)


# ---- what every case ends with ------------------------------------------------------------------


def must(worker, expected_status, *words, **env):
    status, said = worker.runbook(*words, **env)
    if status != expected_status:
        raise Failed(f"'{' '.join(words)}' ended with {status}, not {expected_status}:\n{said}")
    return said


def finish_and_compare(worker, clean, words=("run", "--to", LAST_STEP)):
    """The same command again, to the same world; then down to nothing."""
    must(worker, 0, *words)
    found = worker.world()
    TALLY.made(clean, found)
    if found != clean:
        raise Failed("another world than an undisturbed run's:\n" + difference(clean, found))
    undo_to_nothing(worker)


def undo_to_nothing(worker):
    must(worker, 0, "undo", "--yes")
    left = worker.world()
    TALLY.undone(left)
    if left:
        raise Failed("undo left:\n" + difference(Counter(), left))


def clean_world(worker, to=LAST_STEP):
    worker.fresh()
    must(worker, 0, "run", "--to", to)
    clean = worker.world()
    undo_to_nothing(worker)
    return clean


def points_of(worker, *words, **env):
    """How many fault points a command passes, undisturbed."""
    log = worker.dir + "/points"
    if os.path.exists(log):
        os.unlink(log)
    must(worker, 0, *words, RUNBOOK_FAULT_LOG=log, **env)
    with open(log, encoding="utf-8") as f:
        return [line.strip() for line in f]


KILLED = (-9, 137)


# ---- the loops ----------------------------------------------------------------------------------


def crash_run(worker, clean, n):
    worker.fresh()
    status, _ = worker.runbook("run", "--to", LAST_STEP, RUNBOOK_FAULT_CRASH_AT=n)
    finish_and_compare(worker, clean)
    return status in KILLED


def crash_undo(worker, _clean, n):
    worker.fresh()
    must(worker, 0, "run", "--to", LAST_STEP)
    status, _ = worker.runbook("undo", "--yes", RUNBOOK_FAULT_CRASH_AT=n)
    undo_to_nothing(worker)
    return status in KILLED


def crash_undo_midway(worker, _clean, n):
    """Undo straight after a crash: half-made things must be found and removed."""
    worker.fresh()
    status, _ = worker.runbook("run", "--to", LAST_STEP, RUNBOOK_FAULT_CRASH_AT=n)
    if os.path.exists(worker.stack + "/run.json"):
        undo_to_nothing(worker)
    elif worker.world():
        TALLY.undone(worker.world())
        raise Failed("something exists, and no run is recorded")
    return status in KILLED


def crash_recovery(worker, clean, pair):
    first, second = pair
    worker.fresh()
    status, _ = worker.runbook("run", "--to", LAST_STEP, RUNBOOK_FAULT_CRASH_AT=first)
    again, _ = worker.runbook("run", "--to", LAST_STEP, RUNBOOK_FAULT_CRASH_AT=second)
    finish_and_compare(worker, clean)
    return status in KILLED and again in KILLED


def lose_journal(worker):
    """All that a stack knows of its run; then it is found again.  False: there is none."""
    aside = worker.dir + "/lost"
    shutil.rmtree(aside, ignore_errors=True)
    os.mkdir(aside)
    # The program is dead, and what it sent may still arrive: the sandbox asks for its intent.
    names = [name for name in ("journal.jsonl.synced", "journal.jsonl", "run.json")
             if os.path.exists(worker.stack + "/" + name)]
    for name in names:
        os.link(worker.stack + "/" + name, aside + "/" + name)
    for name in names:
        os.unlink(worker.stack + "/" + name)
    status, said = worker.runbook("recover", *(["--procedure", "peering"] if PROCEDURE == "peering" else []))
    before = worker.world()
    if status == 3:
        TALLY.undone(before)
        if before:
            raise Failed(f"recover finds nothing:\n{said}\nand there is:\n" +
                         difference(Counter(), before))
    elif status:
        raise Failed(f"'recover' ended with {status}:\n{said}")
    return status == 0


def lost_journal(worker, clean, n):
    if not lose_journal(worker):
        return
    if n % 2:
        undo_to_nothing(worker)
    else:
        finish_and_compare(worker, clean)


def lost_journal_run(worker, clean, n):
    worker.fresh()
    status, _ = worker.runbook("run", "--to", LAST_STEP, RUNBOOK_FAULT_CRASH_AT=n)
    lost_journal(worker, clean, n)
    return status in KILLED


def lost_journal_undo(worker, clean, n):
    worker.fresh()
    must(worker, 0, "run", "--to", LAST_STEP)
    status, _ = worker.runbook("undo", "--yes", RUNBOOK_FAULT_CRASH_AT=n)
    lost_journal(worker, clean, n)
    return status in KILLED


def crash_connect(worker, clean, n):
    """In a stack that stands up to 3-4."""
    worker.fresh()
    must(worker, 0, "run", "--to", LAST_STEP)
    status, _ = worker.runbook("run", RUNBOOK_FAULT_CRASH_AT=n)
    finish_and_compare(worker, clean, words=("run",))
    return status in KILLED


def lagging(worker, clean, case):
    """What was just made is not listed when the next command, or the next try, looks for it."""
    how, what = case
    if how == "lost":
        return break_call(worker, clean, what)
    return (crash_run if what % 2 else crash_undo_midway)(worker, clean, what)


def journal_cut(worker, clean, cut):
    """As if all after the first `cut` (of 1000) of the journal had not reached the disk."""
    worker.fresh()
    must(worker, 0, "run", "--to", LAST_STEP)
    path = worker.stack + "/journal.jsonl"
    with open(path, "rb") as f:
        whole = f.read()
    ends = [0] + [i + 1 for i, b in enumerate(whole) if b == 10]
    index, inside = cut
    at = ends[index % len(ends)]
    if inside and at < len(whole):
        at += 1 + random.Random(index).randrange(max(1, whole.index(b"\n", at) - at))
    os.truncate(path, at)
    if index % 2:  # every other one goes straight down
        undo_to_nothing(worker)
    else:
        finish_and_compare(worker, clean)
    return True


def journal_bytes(worker, clean, case):
    """The same world, cut off at one byte after the other; each time the command finds it all."""
    phase, start = case
    path = worker.stack + "/journal.jsonl"
    worker.fresh()
    must(worker, 0, "run", "--to", LAST_STEP)
    before = os.path.getsize(path) if phase == "undo" else 0
    if phase == "undo":
        must(worker, 0, "undo", "--yes")
    with open(path, "rb") as f:
        whole = f.read()
    ids = worker.ids()
    cuts = range(before + start, min(before + start + CHUNK, len(whole)))
    for at in cuts:
        with open(path, "wb") as f:
            f.write(whole[:at])
        if phase == "undo":
            undo_to_nothing(worker)
            continue
        must(worker, 0, "run", "--to", LAST_STEP)
        found = worker.world()
        TALLY.made(clean, found)
        if found != clean:
            raise Failed(f"cut at byte {at}, another world:\n" + difference(clean, found))
        if worker.ids() != ids:
            raise Failed(f"cut at byte {at}, made anew: {sorted(worker.ids() ^ ids)}")
    undo_to_nothing(worker)
    return len(cuts)


def break_call(worker, clean, case):
    """One call of one action goes wrong in one way; whatever the program says, it recovers."""
    phase, action, what = case
    worker.fresh()
    if phase == "undo":
        must(worker, 0, "run", "--to", LAST_STEP)
    worker.fault(f"{action}:1={what}")
    before = requests_of(worker, action)
    if phase == "undo":
        worker.runbook("undo", "--yes")
        worker.no_faults()
        undo_to_nothing(worker)
    else:
        worker.runbook("run", "--to", LAST_STEP)
        worker.no_faults()
        finish_and_compare(worker, clean)
    return requests_of(worker, action) > before


def requests_of(worker, action):
    return sum(1 for r in json.loads(worker.get("/_sandbox/requests")) if r["action"] == action)


def throttle(worker, clean, case):
    phase, action, _ = case
    worker.fresh()
    if phase == "undo":
        must(worker, 0, "run", "--to", LAST_STEP)
    worker.fault(f"{action}:1-20=throttle")
    if phase == "undo":
        worker.runbook("undo", "--yes")
        worker.no_faults()
        undo_to_nothing(worker)
    else:
        worker.runbook("run", "--to", LAST_STEP)
        worker.no_faults()
        finish_and_compare(worker, clean)
    return True


DENIALS = {"ec2": "UnauthorizedOperation", "iam": "AccessDenied", "s3": "AccessDenied"}
# code -> exit status of the program when a call is refused with it for good
REFUSALS = {
    "denied": 5, "ExpiredToken": 5, "SignatureDoesNotMatch": 5,
    "VpcLimitExceeded": 1, "OptInRequired": None, "InvalidParameterValue": 1,
}


def refused(worker, clean, case):
    """Refused every time: it stops there, says the code and the next command, and recovers."""
    phase, action, (service, what) = case
    code = DENIALS[service] if what == "denied" else what
    worker.fresh()
    if phase == "undo":
        must(worker, 0, "run", "--to", LAST_STEP)
    before = requests_of(worker, action)
    worker.fault(f"{action}={code}")
    # One step's refusal can leave another waiting in vain: not for the usual minute here.
    words = ("undo", "--yes") if phase == "undo" else ("run", "--to", LAST_STEP)
    status, said = worker.runbook(*words, "--timeout", "8")
    tries = requests_of(worker, action) - before
    worker.no_faults()
    expected = REFUSALS[what]
    if status == 0 or (expected and status != expected):
        raise Failed(f"{action} refused with {code}: exit {status}, not {expected}:\n{said}")
    if code not in said:
        raise Failed(f"{action} refused with {code}, and the code is not told:\n{said}")
    if "runbook " + phase not in said and "runbook resume" not in said and "runbook run" not in said:
        raise Failed(f"{action} refused with {code}, and no next command is told:\n{said}")
    # Steps side by side may each ask once before the first denial stops them; a retry asks 8 times.
    if what == "denied" and tries > 4:
        raise Failed(f"{action} was denied and asked {tries} times:\n{said}")
    if phase == "undo":
        undo_to_nothing(worker)
    else:
        finish_and_compare(worker, clean)
    return True


def asked(worker, *words):
    """Each call of a command, undisturbed: (service, action, the how manieth)."""
    before = len(json.loads(worker.get("/_sandbox/requests")))
    must(worker, 0, *words)
    count, calls = Counter(), []
    for r in json.loads(worker.get("/_sandbox/requests"))[before:]:
        name = (r["service"], r["action"])
        count[name] += 1
        calls.append((*name, count[name]))
    return calls


WORDS = {"run": ("run", "--to", LAST_STEP), "again": ("run", "--to", LAST_STEP),
         "verify": ("verify", *STEPS), "undo": ("undo", "--yes")}


def denied(worker, clean, case):
    """Denied once: it stops and says so, or does without; a command that only looks changes
    nothing."""
    phase, (service, action, n) = case
    looks = phase in ("again", "verify")
    stands = getattr(worker, "stands", False)
    if stands and not looks:
        undo_to_nothing(worker)
    if not looks or not stands:
        worker.fresh()
        if phase != "run":
            must(worker, 0, *WORDS["run"])
    worker.stands = False
    code = DENIALS.get(service, "AccessDeniedException")
    worker.fault(f"{action}:{n}={code}")
    status, said = worker.runbook(*WORDS[phase], "--timeout", "8")
    worker.no_faults()
    if status not in (0, 5):
        raise Failed(f"{phase}: call {n} of {action} denied: exit {status}:\n{said}")
    if status == 5 and action != "HeadBucket" and code not in said:  # that has no body
        raise Failed(f"{phase}: call {n} of {action} denied, and the code is not told:\n{said}")
    if phase == "undo":
        undo_to_nothing(worker)
    elif phase == "run":
        finish_and_compare(worker, clean)
    else:
        found = worker.world()
        TALLY.made(clean, found)
        if found != clean:
            raise Failed(f"{phase} with call {n} of {action} denied changed the world:\n" +
                         difference(clean, found))
        worker.stands = True
    return status == 5


PASSES = ("AGAIN", "DONE", "WAITED", "WITHOUT")
ENDS = {"STOPPED": 1, "REFUSED": 5, "BLOCKED": 1, "TAKEN": 1}
PATIENT_SPEED = "500"  # what is new or unheard of for minutes must be so for more than a blink


def ends_well(worker, clean, words, speed, why):
    """In that same command, and in the right world."""
    status, said = worker.runbook(*words, speed=speed)
    worker.no_faults()
    if status:
        raise Failed(f"{why}: exit {status}:\n{said}")
    if words[0] == "undo":
        left = worker.world()
        TALLY.undone(left)
        if left:
            raise Failed(f"{why}: undo left:\n" + difference(Counter(), left))
        return
    found = worker.world()
    TALLY.made(clean, found)
    if found != clean:
        raise Failed(f"{why}: another world:\n" + difference(clean, found))
    undo_to_nothing(worker)


def ends_told(worker, clean, case, words, why):
    """It stops with the right status, says what it met and what to do, and recovers."""
    code = case.fault.split("=", 1)[1].split(":")[0]
    before = requests_of(worker, case.action)
    patience = "8" if case.meaning in ("STOPPED", "REFUSED") else "2"
    status, said = worker.runbook(*words, "--timeout", patience)
    tries = requests_of(worker, case.action) - before
    worker.no_faults()
    if status != ENDS[case.meaning]:
        raise Failed(f"{why}: exit {status}, not {ENDS[case.meaning]}:\n{said}")
    unseen = case.meaning == "TAKEN" or (case.action, code) == ("HeadBucket", "AccessDenied")
    if not unseen and code not in said:
        raise Failed(f"{why}: the code is not told:\n{said}")
    if not re.search(r"runbook (run|resume|undo)|the same command again", said):
        raise Failed(f"{why}: no next command is told:\n{said}")
    # Steps side by side may each ask before the first refusal stops them.
    if case.meaning in ("STOPPED", "REFUSED") and tries > 4:
        raise Failed(f"{why}: asked {tries} times:\n{said}")
    if words[0] == "undo":
        undo_to_nothing(worker)
    else:
        finish_and_compare(worker, clean, words)


# phase: what comes before, and what meets the code
MEETING = {
    "run": (None, ("run", "--to", LAST_STEP)),
    "undo": (("run", "--to", LAST_STEP), ("undo", "--yes")),
    "connect": (("run", "--to", LAST_STEP), ("run",)),
    "disconnect": (("run",), ("undo", "--yes")),
}


def meant(worker, clean, case):
    """A code means what codes.py says."""
    worker.fresh()
    first, words = MEETING[case.phase]
    if first:
        must(worker, 0, *first)
    before = requests_of(worker, case.action)
    worker.fault(case.fault)
    if case.action == "HeadBucket" and case.meaning == "REFUSED":  # so is the question why
        worker.fault(case.fault.replace("HeadBucket", "GetBucketLocation"))
    why = f"{case.phase}, {case.fault}, {case.meaning}"
    if case.meaning in PASSES:
        speed = PATIENT_SPEED if case.meaning == "WAITED" else SPEED
        ends_well(worker, clean, words, speed, why)
    else:
        ends_told(worker, clean, case, words, why)
    return requests_of(worker, case.action) > before


def disk(worker, clean, case):
    """A write or sync of the journal fails: nothing is asked of AWS that it could not record."""
    point, n, errno = case
    worker.fresh()
    status, said = worker.runbook("run", "--to", LAST_STEP,
                                  RUNBOOK_FAULT_FAIL=f"{point}:{n}:{errno}")
    if status == 0:
        finish_and_compare(worker, clean)
        return False
    if status != 1:
        raise Failed(f"{point} {n} failed with {errno}: exit {status}, not 1:\n{said}")
    if "journal" not in said:
        raise Failed(f"{point} {n} failed, and the journal is not named:\n{said}")
    finish_and_compare(worker, clean)
    return True


def memory(worker, clean, n):
    worker.fresh()
    status, _ = worker.runbook("run", "--to", LAST_STEP, RUNBOOK_FAULT_ALLOC_AT=n)
    finish_and_compare(worker, clean)
    return status in (-6, 134)


# ---- is the comparison blind? --------------------------------------------------------------------


def tagged(kind, outputs, step, what):
    """The tags that the run itself would give."""
    return [{"ResourceType": kind, "Tags": [
        {"Key": "Name", "Value": f"runbook-default-{step}-{what}"},
        {"Key": "runbook:stack", "Value": "default"},
        {"Key": "runbook:run", "Value": outputs["run"]},
        {"Key": "runbook:step", "Value": step}]}]


def spoil_vpc(aws, out):
    aws("ec2", "ap-northeast-1").create_vpc(
        CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc", out, "1-1", "vpc"))


def spoil_subnet(aws, out):
    aws("ec2", "us-east-1").create_subnet(
        VpcId=out["2-1"]["vpc_id"], CidrBlock="10.1.16.0/20",
        TagSpecifications=tagged("subnet", out, "2-2", "subnet"))


def spoil_group(aws, out):
    aws("ec2", "ap-northeast-1").create_security_group(
        GroupName="again", Description="again", VpcId=out["1-1"]["vpc_id"],
        TagSpecifications=tagged("security-group", out, "1-3", "connect"))


def spoil_rule(aws, out):
    """The right port, from the wrong one of two groups of the run."""
    ec2, group = aws("ec2", "ap-northeast-1"), out["1-4"]["security_group_id"]
    rules = ec2.describe_security_group_rules(
        Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    rule = next(r for r in rules if not r["IsEgress"])
    ec2.modify_security_group_rules(GroupId=group, SecurityGroupRules=[{
        "SecurityGroupRuleId": rule["SecurityGroupRuleId"],
        "SecurityGroupRule": {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22,
                              "ReferencedGroupId": group}}])


def spoil_association(aws, out):
    aws("ec2", "ap-northeast-1").disassociate_route_table(
        AssociationId=out["1-2"]["route_table_association_id"])


def spoil_route(aws, out):
    aws("ec2", "us-east-1").delete_route(RouteTableId=out["2-2"]["route_table_id"],
                                         DestinationCidrBlock="10.0.0.0/16")


def spoil_tag(aws, out):
    aws("ec2", "us-east-1").create_tags(Resources=[out["2-3"]["vpc_endpoint_id"]],
                                        Tags=[{"Key": "runbook:step", "Value": "2-4"}])


def spoil_policy(aws, out):
    aws("s3", "us-east-1").delete_bucket_policy(Bucket=out["2-4"]["bucket"])


def spoil_role(aws, out):
    aws("iam", "us-east-1").detach_role_policy(
        RoleName=out["1-4"]["role_name"], PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")


def spoil_dns(aws, out):
    aws("ec2", "us-east-1").modify_vpc_attribute(VpcId=out["2-1"]["vpc_id"],
                                                 EnableDnsHostnames={"Value": False})


# what is done, and whether it is a duplicate
SPOILERS = {"vpc": (spoil_vpc, True), "subnet": (spoil_subnet, True),
            "group": (spoil_group, True), "rule": (spoil_rule, False),
            "association": (spoil_association, False), "route": (spoil_route, False),
            "tag": (spoil_tag, False), "policy": (spoil_policy, False),
            "role": (spoil_role, False), "dns": (spoil_dns, False)}


def self_test(_worker, clean, name):
    """In a sandbox of its own, since what is spoilt here stays so."""
    import boto3  # only this part needs it
    worker = Worker()
    try:
        worker.fresh()
        must(worker, 0, "run", "--to", LAST_STEP)
        status = subprocess.run(
            [f"{ARGS.bin}/runbook", "status", "--output", "json", "--home", worker.dir + "/home"],
            env=worker.env, cwd=worker.dir, stdout=subprocess.PIPE, check=True).stdout
        status = json.loads(status)
        outputs = {step["id"]: step["outputs"] for step in status["steps"]}
        outputs["run"] = status["run"]
        if worker.world() != clean:
            raise Failed("not the same world even before anything was spoilt:\n" +
                         difference(clean, worker.world()))
        spoil, doubles = SPOILERS[name]
        # A session of its own: the one that boto3 keeps is not for threads.
        session = boto3.session.Session()
        spoil(lambda service, region: session.client(
            service, region_name=region, endpoint_url=worker.url,
            aws_access_key_id="AKIASANDBOX000000000", aws_secret_access_key="sandbox"), outputs)
        found, seen = worker.world(), Tally()
        seen.made(clean, found)
        seen.undone(found - clean)
        if found == clean:
            raise Failed(f"the comparison does not see a spoilt {name}")
        if doubles and not seen.duplicates or not doubles and seen.duplicates:
            raise Failed(f"a spoilt {name} is {seen.duplicates} duplicates")
        if doubles and not seen.orphans:
            raise Failed(f"a second {name} is no orphan")
        return True
    finally:
        worker.close()


# ---- running them -------------------------------------------------------------------------------

CHANGING = {
    "do": {
        "ec2": ["CreateVpc", "ModifyVpcAttribute", "CreateSubnet", "CreateRouteTable",
                "AssociateRouteTable", "CreateSecurityGroup", "AuthorizeSecurityGroupIngress",
                "CreateInstanceConnectEndpoint", "RunInstances", "CreateVpcEndpoint",
                "CreateVpcPeeringConnection", "AcceptVpcPeeringConnection", "CreateRoute",
                "CreateTags"],
        "iam": ["CreateRole", "AttachRolePolicy", "CreateInstanceProfile",
                "AddRoleToInstanceProfile"],
        "s3": ["CreateBucket", "PutBucketTagging", "PutPublicAccessBlock", "PutBucketPolicy"],
    },
    "undo": {
        "ec2": ["TerminateInstances", "DeleteInstanceConnectEndpoint", "DeleteVpcEndpoints",
                "DeleteRoute", "DeleteVpcPeeringConnection", "DeleteSecurityGroup",
                "DisassociateRouteTable", "DeleteRouteTable", "DeleteSubnet", "DeleteVpc"],
        "iam": ["RemoveRoleFromInstanceProfile", "DeleteInstanceProfile", "DetachRolePolicy",
                "DeleteRole"],
        # DeleteBucketPolicy is for a bucket that is not empty: tests/unit/test_steps_undo.c
        "s3": ["DeleteBucket"],
    },
}
# What only peering does.
if PROCEDURE == "direct":
    for PHASE in CHANGING.values():
        PHASE["ec2"] = [a for a in PHASE["ec2"] if "Peering" not in a and a not in ("CreateRoute", "DeleteRoute", "CreateTags")]
# The most that AWS's readers were seen behind; at a speed at which the waits for it are waits.
LAG, LAG_SPEED = "10", "200"
LOSSES = ["lost-before", "lost-after", "reset", "torn", "after=http=500", "http=503"]


def calls(kinds):
    return [(phase, action, kind) for phase, services in CHANGING.items()
            for service, actions in services.items() for action in actions
            for kind in (kinds(service) if callable(kinds) else kinds)]


def every(cases, share):
    """All, or about one in `share`; which ones depends on the seed alone."""
    cases = list(cases)
    share = (1 if ARGS.all else share) * ARGS.scale
    if share <= 1:
        return cases
    return cases[ARGS.seed % share::share]


def plan(probe, part):
    """Cases, the function of a case, and how many must have bitten."""
    if part == "self-test":
        return list(SPOILERS), self_test, 1
    if part in ("crash-run", "crash-undo-midway"):
        probe.fresh()
        points = points_of(probe, "run", "--to", LAST_STEP)
        must(probe, 0, "undo", "--yes")
        # A run that waits a moment more passes a few points more.
        cases = every(range(1, len(points) + 1), 1 if part == "crash-run" else 6)
        if len(points) < RUN_POINTS_AT_LEAST:
            raise Failed(f"only {len(points)} fault points in a run")
        return cases, crash_run if part == "crash-run" else crash_undo_midway, 0.9
    if part == "crash-undo":
        probe.fresh()
        must(probe, 0, "run", "--to", LAST_STEP)
        points = points_of(probe, "undo", "--yes")
        if len(points) < UNDO_POINTS_AT_LEAST:
            raise Failed(f"only {len(points)} fault points in an undo")
        return every(range(1, len(points) + 1), 3), crash_undo, 0.8
    if part == "lost-journal-run":
        probe.fresh()
        points = points_of(probe, "run", "--to", LAST_STEP)
        must(probe, 0, "undo", "--yes")
        # Each call, before it and after it: what the journal holds then is lost all the same.
        at = [n for n, point in enumerate(points, 1) if point.startswith("call.")]
        return every(at, 14), lost_journal_run, 0.8
    if part == "lost-journal-undo":
        probe.fresh()
        must(probe, 0, "run", "--to", LAST_STEP)
        points = points_of(probe, "undo", "--yes")
        at = [n for n, point in enumerate(points, 1) if point.startswith("call.")]
        return every(at, 14), lost_journal_undo, 0.8
    if part == "crash-recovery":
        pick = random.Random(ARGS.seed)
        return (every([(pick.randrange(2, 380), pick.randrange(2, 120))
                       for _ in range(ARGS.pairs if ARGS.all else 60)], 1), crash_recovery, 0.5)
    if part == "crash-connect":
        probe.fresh()
        must(probe, 0, "run", "--to", LAST_STEP)
        points = points_of(probe, "run")
        must(probe, 0, "undo", "--yes")
        return every(range(1, len(points) + 1), max(1, len(points) // 12)), crash_connect, 0.7
    if part == "journal-cut":
        probe.fresh()
        must(probe, 0, "run", "--to", LAST_STEP)
        with open(probe.stack + "/journal.jsonl", "rb") as f:
            records = f.read().count(b"\n")
        must(probe, 0, "undo", "--yes")
        return (every([(i, inside) for i in range(records) for inside in (False, True)], 9),
                journal_cut, 1)
    if part == "journal-bytes":
        probe.fresh()
        path = probe.stack + "/journal.jsonl"
        must(probe, 0, "run", "--to", LAST_STEP)
        run = os.path.getsize(path)
        must(probe, 0, "undo", "--yes")
        undo = os.path.getsize(path) - run
        chunks = ([("run", at) for at in range(0, run, CHUNK)] +
                  [("undo", at) for at in range(0, undo, CHUNK)])
        if ARGS.all:
            chunks = chunks[ARGS.seed % ARGS.seeds::ARGS.seeds]
        return every(chunks, 300), journal_bytes, 1
    if part == "lost":
        return every(calls(LOSSES), 3), break_call, 0.9
    if part == "lagging":
        probe.fresh()
        points = points_of(probe, "run", "--to", LAST_STEP)
        must(probe, 0, "undo", "--yes")
        return (every([("run", n) for n in range(1, len(points) + 1) if points[n - 1] ==
                       "call.after"], 16) +
                every([("lost", c) for c in calls(["lost-after", "after=http=500"])
                       if c[0] == "do"], 16)), lagging, 0.8
    if part == "throttle":
        return every(calls(["throttle"]), 3), throttle, 1
    if part == "refused":
        return (every(calls(lambda service: [(service, what) for what in REFUSALS]), 5),
                refused, 1)
    if part == "denied":
        probe.fresh()
        calls_of = {phase: asked(probe, *WORDS[phase])
                    for phase in ("run", "again", "verify", "undo")}
        return ([("again", c) for c in every(calls_of["again"], 2)] +
                [("verify", c) for c in every(calls_of["verify"], 1)] +
                [("run", c) for c in every(calls_of["run"], 3)] +
                [("undo", c) for c in every(calls_of["undo"], 3)]), denied, 0.7
    if part == "codes":
        probe.fresh()
        calls_of = {phase: {(service, action) for service, action, _ in asked(probe, *WORDS[phase])}
                    for phase in ("run", "undo")}
        changing = {action for services in CHANGING.values() for actions in services.values()
                    for action in actions}
        return every(codes.cases(calls_of, changing), 30), meant, 1
    if part == "codes-connect":
        return every(codes.connect_cases(), 12), meant, 1
    if part == "disk":
        probe.fresh()
        points = Counter(points_of(probe, "run", "--to", LAST_STEP))
        must(probe, 0, "undo", "--yes")
        cases = [(point, n, errno) for point in ("journal.write", "journal.sync")
                 for n in range(1, points[point] + 1) for errno in (28, 5)]
        return every(cases, 8), disk, 0.8
    if part == "memory":
        probe.fresh()
        step = 7 if ARGS.all else 331  # another seed begins at another allocation
        return every(range(1 + (ARGS.seed - 1) % step, 20000, step), 1), memory, 0.3
    raise Failed(f"no part '{part}'")


PARTS = ["self-test", "crash-run", "crash-undo", "crash-undo-midway", "crash-recovery",
         "crash-connect", "lost-journal-run", "lost-journal-undo", "journal-cut", "journal-bytes", "lost", "lagging", "throttle", "refused",
         "denied", "codes", "codes-connect", "disk", "memory"]
ROW = "{:<18} {:>4} {:>6} {:>6} {:>7} {:>11} {:>8} {:>6} {:>6}"


def run_part(part):
    """A row of the table, and how many cases went wrong."""
    global TALLY
    TALLY = Tally()
    workers, lock, local = [], threading.Lock(), threading.local()
    began = time.monotonic()

    def worker():
        if not hasattr(local, "worker"):
            local.worker = Worker(*slow)
            with lock:
                workers.append(local.worker)
        return local.worker

    bitten, wrong = 0, 0
    slow = (LAG, LAG_SPEED) if part == "lagging" else ()
    probe = Worker(*slow)
    workers.append(probe)
    try:
        clean = clean_world(probe, UPLOAD_STEP if part.endswith("-connect") else LAST_STEP)
        if len(clean) < 12:
            raise Failed(f"an undisturbed world of only {len(clean)} kinds of thing")
        cases, function, share = plan(probe, part)

        def one(case):
            try:
                bit = function(worker(), clean, case)
                missing = worker().unannounced()
                if missing:
                    os.unlink(worker().dir + "/intents-missing")
                    raise Failed("changes without a synced intent:\n" + missing)
                return case, bit, None
            except (Failed, subprocess.TimeoutExpired, OSError) as problem:
                w = worker()
                w.no_faults()
                w.runbook("undo", "--yes")
                if w.world():  # this world is spoilt: take another
                    w.close()
                    with lock:
                        workers.remove(w)
                    del local.worker
                return case, False, problem

        with concurrent.futures.ThreadPoolExecutor(ARGS.workers) as pool:
            for case, bit, problem in pool.map(one, cases):
                bitten += bit
                if problem:
                    wrong += 1
                    print(f"FAILED {part} at {case}: {problem}", flush=True)
        if bitten < share * len(cases):
            wrong += 1
            print(f"FAILED {part}: the loop did not bite: {bitten} of {len(cases)}")
        seconds = int(time.monotonic() - began)
        return [part, ARGS.seed, len(cases), bitten, TALLY.worlds, TALLY.duplicates,
                TALLY.orphans, wrong, seconds]
    finally:
        for w in workers:
            w.close()


def main():
    global ARGS
    parser = argparse.ArgumentParser()
    parser.add_argument("bin", type=os.path.abspath)
    parser.add_argument("part", nargs="+")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1, help="so many, from --seed on")
    parser.add_argument("--scale", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=1000, help="crash-recovery's, with --all")
    parser.add_argument("--workers", type=int, default=3)
    ARGS = parser.parse_args()
    parts = PARTS if ARGS.part == ["torture"] else ARGS.part
    unknown = set(parts) - set(PARTS)
    if unknown:
        parser.error("no part " + ", ".join(sorted(unknown)))

    total, began = Counter(), time.monotonic()
    print(ROW.format("part", "seed", "cases", "points", "worlds", "duplicates", "orphans",
                     "wrong", "s"))
    for ARGS.seed in range(ARGS.seed, ARGS.seed + ARGS.seeds):
        for part in parts:
            try:
                row = run_part(part)
            except Failed as problem:
                print(f"FAILED {part}: {problem}")
                row = [part, ARGS.seed, 0, 0, 0, 0, 0, 1, 0]
            print(ROW.format(*row), flush=True)
            total.update(dict(zip(range(2, 8), row[2:8])))
    if len(parts) * ARGS.seeds > 1:
        print(ROW.format("all", "", *(total[i] for i in range(2, 8)),
                         int(time.monotonic() - began)))
    return 1 if total[7] or total[5] or total[6] else 0


if __name__ == "__main__":
    sys.exit(main())
