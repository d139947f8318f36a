#!/usr/bin/python3
"""The promise, tested: stop it anywhere, by any means, and the same command run again reaches the
same world; undo leaves nothing.

    faults.py BIN PART [--all] [--seed N] [--workers N] [--full]

Every case begins with an empty world in a sandbox, disturbs the program once (or twice), runs the
same command again, and compares what then exists, setting by setting, with what an undisturbed run
makes; then it undoes, and the world must be empty.  Counts are asserted, so a loop that bites
nothing fails.

PART is one of
    crash-run       die at the n-th fault point of `run`, n = 1, 2, ... until none is left
    crash-undo      likewise in `undo`
    crash-recovery  die in `run`, and again in the run that recovers from it
    crash-connect   die at each fault point that 4-1 and 4-2 add
    journal-cut     cut the journal after each record and within it, as a torn write does
    lost            each changing call: answer lost before or after it took effect, connection reset,
                    torn answer, a 500 that did happen, 503 that did not
    throttle        each action, throttled many times
    refused         each changing action refused with each kind of refusal
    disk            the n-th write and the n-th sync of the journal fails: no call without its intent
    memory          the n-th allocation fails

Without --all the loops with thousands of cases take every k-th, chosen so that a run of the test
suite stays short; `make torture` runs them all.
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
import urllib.request
from collections import Counter

ARGS = None
SPEED = "100000"
LAST_STEP = "3-4"  # 4-1 and 4-2 need ssh and seconds each: a part of their own
RUN_POINTS_AT_LEAST = 300
UNDO_POINTS_AT_LEAST = 150


class Failed(Exception):
    pass


# ---- one sandbox, one program -------------------------------------------------------------------


class Worker:
    """A sandbox of its own, and the program pointed at it."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="runbook-fault.")
        self.sandbox = subprocess.Popen(
            [f"{ARGS.bin}/runbook-sandbox", "serve", "--until-eof", "--speed", SPEED],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=self.dir)
        line = self.sandbox.stdout.readline()
        if not line.startswith("listening "):
            raise Failed("the sandbox does not listen")
        self.url = line.split()[1]
        self.cases = 0
        info = json.loads(self.get("/_sandbox/info"))
        self.env = {
            "PATH": os.environ["PATH"], "HOME": self.dir, "LC_ALL": "C.UTF-8",
            "AWS_ENDPOINT_URL": self.url, "AWS_ACCESS_KEY_ID": "AKIASANDBOX000000000",
            "AWS_SECRET_ACCESS_KEY": "sandbox", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_CA_BUNDLE": info.get("ca_file", ""), "NO_PROXY": "*",
            "RUNBOOK_CONNECT_TO": f"::127.0.0.1:{info.get('tls_port', 0)}",
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

    def fault(self, spec):
        request = urllib.request.Request(self.url + "/_sandbox/fault", data=spec.encode(),
                                         method="POST")
        urllib.request.urlopen(request, timeout=30).read()

    def no_faults(self):
        request = urllib.request.Request(self.url + "/_sandbox/fault", method="DELETE")
        urllib.request.urlopen(request, timeout=30).read()

    def fresh(self):
        """An empty home for the next case."""
        shutil.rmtree(self.dir + "/home", ignore_errors=True)
        self.cases += 1

    @property
    def stack(self):
        return self.dir + "/home/default"

    def runbook(self, *words, **env):
        """Exit status and all that was said."""
        done = subprocess.run(
            [f"{ARGS.bin}/runbook", *words, "--home", self.dir + "/home", "--speed", SPEED],
            env={**self.env, **{k: str(v) for k, v in env.items()}}, cwd=self.dir,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", timeout=300)
        return done.returncode, done.stdout

    def world(self):
        """What lives, each thing as text without what differs from run to run."""
        things = Counter()
        for kind, regions in json.loads(self.get("/_sandbox/world")).items():
            for region, docs in regions.items():
                for doc in docs:
                    if doc.get("live", True):
                        things[canonical(kind, region, doc)] += 1
        return things


RUN_ID = re.compile(r"\b20\d{6}-[0-9a-f]{8}\b")
RULES = [
    (RUN_ID, "RUN"),
    (re.compile(r"\brunbook-[0-9a-f]{40,}\b"), "TOKEN"),
    (re.compile(r"\b([a-z]{1,12}(?:-attach|-assoc)?)-[0-9a-f]{17}\b"), r"\1-ID"),
    (re.compile(r"\b(AROA|AIPA|AIDA|ANPA|ASIA)[0-9A-Z]{12,}\b"), r"\1-ID"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT[0-9:.]+Z\b"), "TIME"),
    (re.compile(r"\bip-10(?:-\d+){3}\b"), "ip-ADDRESS"),
    (re.compile(r"\b10(?:\.\d+){3}\b(?!/)"), "ADDRESS"),
    (re.compile(r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b"), "MAC"),
    (re.compile(r"(?<=-ID[.-])[0-9a-f]{8}\b"), "HASH"),
]


def strip(value):
    """Without times, and with lists in an order of their own."""
    if isinstance(value, dict):
        return {k: strip(v) for k, v in sorted(value.items())
                if not k.endswith("_ms") and k not in ("host_key", "_host_key", "etag_seed")}
    if isinstance(value, list):
        return sorted((strip(v) for v in value), key=lambda v: json.dumps(v, sort_keys=True))
    return value


def canonical(kind, region, doc):
    text = json.dumps([region, strip(doc)], sort_keys=True)  # an object's region is its bucket
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
    if found != clean:
        raise Failed("another world than an undisturbed run's:\n" + difference(clean, found))
    undo_to_nothing(worker)


def undo_to_nothing(worker):
    must(worker, 0, "undo", "--yes")
    left = worker.world()
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
        raise Failed("something exists, and no run is recorded")
    return status in KILLED


def crash_recovery(worker, clean, pair):
    first, second = pair
    worker.fresh()
    status, _ = worker.runbook("run", "--to", LAST_STEP, RUNBOOK_FAULT_CRASH_AT=first)
    again, _ = worker.runbook("run", "--to", LAST_STEP, RUNBOOK_FAULT_CRASH_AT=second)
    finish_and_compare(worker, clean)
    return status in KILLED and again in KILLED


def crash_connect(worker, clean, n):
    """In a stack that stands up to 3-4."""
    worker.fresh()
    must(worker, 0, "run", "--to", LAST_STEP)
    status, _ = worker.runbook("run", RUNBOOK_FAULT_CRASH_AT=n)
    finish_and_compare(worker, clean, words=("run",))
    return status in KILLED


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
    words = ("undo", "--yes") if phase == "undo" else ("run", "--to", LAST_STEP)
    status, said = worker.runbook(*words)
    tries = requests_of(worker, action) - before
    worker.no_faults()
    expected = REFUSALS[what]
    if status == 0 or (expected and status != expected):
        raise Failed(f"{action} refused with {code}: exit {status}, not {expected}:\n{said}")
    if code not in said:
        raise Failed(f"{action} refused with {code}, and the code is not told:\n{said}")
    if "runbook " + phase not in said and "runbook resume" not in said and "runbook run" not in said:
        raise Failed(f"{action} refused with {code}, and no next command is told:\n{said}")
    if what == "denied" and tries > 2:
        raise Failed(f"{action} was denied and asked {tries} times:\n{said}")
    if phase == "undo":
        undo_to_nothing(worker)
    else:
        finish_and_compare(worker, clean)
    return True


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
        "s3": ["DeleteBucketPolicy", "DeleteBucket"],
    },
}
LOSSES = ["lost-before", "lost-after", "reset", "torn", "http=500", "http=503"]


def calls(kinds):
    return [(phase, action, kind) for phase, services in CHANGING.items()
            for service, actions in services.items() for action in actions
            for kind in (kinds(service) if callable(kinds) else kinds)]


def every(cases, share):
    """All, or about one in `share`; which ones depends on the seed alone."""
    cases = list(cases)
    if ARGS.all or share <= 1:
        return cases
    return cases[ARGS.seed % share::share]


def plan(probe):
    """Cases, the function of a case, and how many must have bitten."""
    part = ARGS.part
    if part in ("crash-run", "crash-undo-midway"):
        probe.fresh()
        points = points_of(probe, "run", "--to", LAST_STEP)
        must(probe, 0, "undo", "--yes")
        # A run that waits a moment more passes a few points more.
        cases = every(range(1, len(points) + 1), 1 if part == "crash-run" else 4)
        if len(points) < RUN_POINTS_AT_LEAST:
            raise Failed(f"only {len(points)} fault points in a run")
        return cases, crash_run if part == "crash-run" else crash_undo_midway, 0.9
    if part == "crash-undo":
        probe.fresh()
        must(probe, 0, "run", "--to", LAST_STEP)
        points = points_of(probe, "undo", "--yes")
        if len(points) < UNDO_POINTS_AT_LEAST:
            raise Failed(f"only {len(points)} fault points in an undo")
        return every(range(1, len(points) + 1), 1), crash_undo, 0.8
    if part == "crash-recovery":
        pick = random.Random(ARGS.seed)
        return ([(pick.randrange(2, 380), pick.randrange(2, 120))
                 for _ in range(4000 if ARGS.all else 60)], crash_recovery, 0.5)
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
    if part == "lost":
        return every(calls(LOSSES), 2), break_call, 0.9
    if part == "throttle":
        return every(calls(["throttle"]), 3), throttle, 1
    if part == "refused":
        return (every(calls(lambda service: [(service, what) for what in REFUSALS]), 5),
                refused, 1)
    if part == "disk":
        probe.fresh()
        points = Counter(points_of(probe, "run", "--to", LAST_STEP))
        must(probe, 0, "undo", "--yes")
        cases = [(point, n, errno) for point in ("journal.write", "journal.sync")
                 for n in range(1, points[point] + 1) for errno in (28, 5)]
        return every(cases, 8), disk, 0.8
    if part == "memory":
        probe.fresh()
        return every(range(1, 20000, 7 if ARGS.all else 331), 1), memory, 0.3
    raise Failed(f"no part '{part}'")


def main():
    global ARGS
    parser = argparse.ArgumentParser()
    parser.add_argument("bin", type=os.path.abspath)
    parser.add_argument("part")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=4)
    ARGS = parser.parse_args()

    workers, lock, local = [], threading.Lock(), threading.local()

    def worker():
        if not hasattr(local, "worker"):
            local.worker = Worker()
            with lock:
                workers.append(local.worker)
        return local.worker

    bitten, failures = 0, []
    probe = Worker()
    workers.append(probe)
    try:
        clean = clean_world(probe, "4-2" if ARGS.part == "crash-connect" else LAST_STEP)
        if len(clean) < 12:
            raise Failed(f"an undisturbed world of only {len(clean)} kinds of thing")
        cases, function, share = plan(probe)

        def one(case):
            try:
                return case, function(worker(), clean, case), None
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
                    failures.append(case)
                    print(f"FAILED {ARGS.part} at {case}: {problem}", flush=True)
        print(f"{ARGS.part}: {len(cases)} cases, {bitten} disturbed, worlds compared {len(cases)}, "
              f"wrong {len(failures)}")
        if bitten < share * len(cases):
            print(f"{ARGS.part}: the loop did not bite: {bitten} of {len(cases)}")
            return 1
        return 1 if failures else 0
    except Failed as problem:
        print(f"{ARGS.part}: {problem}")
        return 1
    finally:
        for w in workers:
            w.close()


sys.exit(main())
