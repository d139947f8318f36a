#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
What a run and its undo cost: time over the waits that nobody can shorten, time where a request is
all that there is to wait for (beside boto3 and the AWS CLI at the same job), calls and connections,
CPU and memory, `status` and the replay of a long journal.

    bench_run.py [PART...]      BIN: the programs' folder; parts: waits latency journal (all)
"""
import collections
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.path.abspath(os.environ.get("BIN", TOP + "/build/bin"))
KEYS = {"AWS_ACCESS_KEY_ID": "AKIASANDBOX000000000", "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_PAGER": "", "NO_PROXY": "*", "LC_ALL": "C.UTF-8"}
# docs/sandbox.md: the longest chain up is the Instance Connect Endpoint's creation; down it is its
# deletion and the interface that stays a while after it.
CHAIN_UP_S, CHAIN_DOWN_S = 180, 180 + 30
# What was set as a goal, and stands beside each figure.
GOALS = {"chain": 1.02, "run s": 1.0, "run calls": 70, "undo s": 0.9, "undo calls": 48,
         "verify s": 0.5, "verify calls": 30}


class Cost(collections.namedtuple("Cost", "wall cpu mib")):
    """Seconds, CPU seconds of the process and its children, MiB of the process at its peak."""


def peak_kib(pid):
    """From /proc: what wait4 tells begins with this interpreter's own size."""
    try:
        with open(f"/proc/{pid}/status") as f:
            return max((int(l.split()[1]) for l in f if l.startswith("VmHWM:")), default=0)
    except (FileNotFoundError, ProcessLookupError):
        return 0


class Sandbox:
    def __init__(self, work, *options):
        self.process = subprocess.Popen(
            [BIN + "/runbook-sandbox", "serve", "--until-eof", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[1]
        info = self.get("info")
        self.env = dict(os.environ, **KEYS, AWS_ENDPOINT_URL=self.url, TMPDIR=work,
                        AWS_CA_BUNDLE=info["ca_file"], RUNBOOK_HOME=work + "/home",
                        RUNBOOK_CONNECT_TO=f"::127.0.0.1:{info['tls_port']}")

    def get(self, what):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.url}/_sandbox/{what}") as answer:
            return json.load(answer)

    def run(self, *command):
        begun = time.monotonic()
        with tempfile.TemporaryFile() as said:
            p = subprocess.Popen(command, env=self.env, stdout=said, stderr=said)
            done, peak = 0, 0
            while not done:
                peak = max(peak, peak_kib(p.pid))
                time.sleep(0.002)
                done, status, usage = os.wait4(p.pid, os.WNOHANG)
            p.returncode = os.waitstatus_to_exitcode(status)
            if p.returncode:
                said.seek(0)
                sys.exit(f"'{' '.join(command)}' ended with {p.returncode}:\n"
                         + said.read().decode(errors="replace"))
        return Cost(time.monotonic() - begun, usage.ru_utime + usage.ru_stime,
                    peak / 1024)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def runbook(*arguments):
    return (BIN + "/runbook", *arguments)


def fresh(work):
    shutil.rmtree(work + "/home", ignore_errors=True)


def over_waits(work):
    """(1) at a twentieth of AWS's usual durations; (3) is counted on the way."""
    speed = 20
    for serial in ((), ("--serial",)):
        fresh(work)
        with Sandbox(work, "--speed", str(speed)) as sandbox:
            options = ("--speed", str(speed), *serial)
            up = sandbox.run(*runbook("run", "--to", "3-4", *options))
            rest = sandbox.run(*runbook("run", *options))
            down = sandbox.run(*runbook("undo", "--yes", *options))
        name = "one by one (--serial)" if serial else "overlapped"
        print(f"run to 3-4, {name}: {up.wall:.2f} s, {up.wall * speed / CHAIN_UP_S:.3f} of the "
              f"longest chain of waits" + ("" if serial else f" (goal {GOALS['chain']})"))
        print(f"undo, {name}: {down.wall:.2f} s, {down.wall * speed / CHAIN_DOWN_S:.3f} of it"
              + ("" if serial else f" (goal {GOALS['chain']})"))
        if not serial:
            print(f"4-1 and 4-2 after it, with real ssh and AWS CLI: {rest.wall:.2f} s")
    # a run in two commands would look again at what the first one held
    fresh(work)
    with Sandbox(work, "--speed", str(speed)) as sandbox:
        up = sandbox.run(*runbook("run", "--speed", str(speed)))
        calls_up = sandbox.get("requests")
        down = sandbox.run(*runbook("undo", "--yes", "--speed", str(speed)))
        calls_down = sandbox.get("requests")[len(calls_up):]
    print(f"CPU and memory: run {up.cpu:.2f} s (ssh included), {up.mib:.0f} MiB; undo "
          f"{down.cpu:.2f} s, {down.mib:.0f} MiB (goal 0.15 s and 16 MiB)")
    for verb, requests in (("run", calls_up), ("undo", calls_down)):
        tunnels = sum(r["action"] == "OpenTunnel" for r in requests)
        reads = sum(is_read(r["action"]) for r in requests)
        refused = sum(r["status"] >= 400 for r in requests)
        places = {(r["service"], r["region"]) for r in requests if r["action"] != "OpenTunnel"}
        connections = {r["connection"] for r in requests if r["action"] != "OpenTunnel"}
        print(f"API calls of {verb}, waits among them: {len(requests) - tunnels}: "
              f"{len(requests) - tunnels - reads} change, {reads} read, {refused} of all were "
              f"refused; {len(connections)} connections to {len(places)} services and regions"
              + (f"; {tunnels} tunnels" if tunnels else ""))


def is_read(action):
    return action.startswith(("Describe", "Get", "List", "Head"))


def line(name, up, down):
    print(f"  {name}: {up.wall:.2f} s up, {down.wall:.2f} s down; CPU {up.cpu + down.cpu:.2f} s, "
          f"{max(up.mib, down.mib):.0f} MiB", flush=True)


def calls(requests):
    """A tunnel is no call: it is a connection."""
    return sum(r["action"] != "OpenTunnel" for r in requests)


def by_latency(work):
    """(2) and (4): no waits, every answer 100 ms late; the same server for all."""
    options = ("--latency", "100", "--speed", "100000", "--lag", "off")
    state = work + "/made.json"
    print("100 ms a request, no waits, steps 1-1 to 3-4 (runbook makes the Instance Connect "
          "Endpoint as well, and reads all back):")
    fresh(work)
    with Sandbox(work, *options) as sandbox:
        ours = [sandbox.run(*runbook(*c, "--speed", "100000"))
                for c in (("run", "--to", "3-4"), ("undo", "--yes"))]
        line(f"runbook (goal {GOALS['run s']} s and {GOALS['undo s']} s)", *ours)
    jobs = [("boto3, one thread", ("/usr/bin/python3", TOP + "/tests/bench/job_boto3.py"), ("1",)),
            ("boto3, two threads", ("/usr/bin/python3", TOP + "/tests/bench/job_boto3.py"),
             ("2",))]
    if shutil.which("aws"):
        jobs.append(("AWS CLI", ("bash", TOP + "/tests/bench/job_awscli.sh"), ()))
    for name, command, more in jobs:
        with Sandbox(work, *options) as sandbox:
            theirs = [sandbox.run(*command, verb, state, *more) for verb in ("up", "down")]
            made = sandbox.get("requests")
            line(name, *theirs)
            print(f"    runbook takes {ours[0].wall / theirs[0].wall:.2f} and "
                  f"{ours[1].wall / theirs[1].wall:.2f} of its time, "
                  f"{sum(o.cpu for o in ours) / sum(t.cpu for t in theirs):.2f} of its CPU; it makes "
                  f"{calls(made)} calls for both, and verifies nothing")
    print("100 ms a request, no waits, all fourteen steps:")
    fresh(work)
    with Sandbox(work, *options) as sandbox:
        before = 0
        for verb, words in (("run", ("run",)), ("verify", ("verify",)), ("undo", ("undo", "--yes"))):
            cost = sandbox.run(*runbook(*words, "--speed", "100000"))
            requests = sandbox.get("requests")
            made, before = calls(requests[before:]), len(requests)
            said = f"{made} calls (goal {GOALS[verb + ' calls']})"
            # of a run ssh and the instance's AWS CLI are a good part; its goal is that to 3-4
            goal = "" if verb == "run" else f" (goal {GOALS[verb + ' s']})"
            print(f"  {verb}: {said}, {cost.wall:.2f} s{goal}", flush=True)


def journal_line(before, record):
    text = json.dumps(record, separators=(",", ":"))[:-1]
    digest = hashlib.sha256((before + text).encode()).hexdigest()[:16]
    return digest, f'{text},"sum":"{digest}"}}\n'


def by_journal(work):
    """(5): what a command costs that only reads the journal."""
    fresh(work)
    with Sandbox(work, "--speed", "100000", "--lag", "off") as sandbox:
        sandbox.run(*runbook("run", "--to", "3-4", "--speed", "100000"))
        costs = [sandbox.run(*runbook("status")) for _ in range(21)]
        # The fastest of many: what a busy machine adds is not the program's.
        print(f"status on the journal of a run: {1000 * min(c.wall for c in costs):.1f} ms, {1000 * min(c.cpu for c in costs):.1f} ms of CPU (goal 10)")
        costs = [sandbox.run(*runbook("--help")) for _ in range(21)]
        print(f"--help: {1000 * min(c.wall for c in costs):.1f} ms, {1000 * min(c.cpu for c in costs):.1f} ms of CPU (goal 5)")
        subprocess.run(["strip", "-o", work + "/stripped", runbook()[0]], check=True)
        print(f"the program, stripped: {os.path.getsize(work + '/stripped') / 1e6:.2f} MB (goal 1.00)")
        path = work + "/home/default/journal.jsonl"
        with open(path) as f:
            lines = f.readlines()
        last = json.loads(lines[-1])
        digest, seq = last["sum"], last["seq"]
        with open(path, "a") as f:
            while seq < 100000:
                seq += 1
                digest, text = journal_line(digest, {
                    "seq": seq, "at_ms": last["at_ms"], "type": "outcome", "step": "1-1",
                    "call": "ec2 CreateVpc", "result": "ok", "http_status": 200,
                    "request_id": "b7cb4b8c-6e9f-4e11-a4a4-6b0f1a2c3d4e", "took_ms": 12,
                    "code": None})
                f.write(text)
        cost = sandbox.run(*runbook("status"))
        print(f"replay of a journal of {seq} lines: {cost.wall:.2f} s (goal 1)")


WRITE_MS = 50


def by_home(work):
    """(5) the journal in a bucket whose every answer takes 50 ms, beside a folder.  What that adds is seconds that
    --speed does not divide, so they are set against the time that AWS itself takes."""
    speed, seconds = 20, {}
    for kind in ("folder", "bucket"):
        fresh(work)
        with Sandbox(work, "--speed", str(speed)) as aws, Sandbox(work, "--latency", str(WRITE_MS)) as home:
            config = work + "/config"
            with open(config, "w") as f:
                for name, url in (("default", aws.url), ("profile home", home.url)):
                    f.write(f"[{name}]\nendpoint_url = {url}\nregion = us-east-1\n"
                            f"aws_access_key_id = {KEYS['AWS_ACCESS_KEY_ID']}\naws_secret_access_key = sandbox\n")
            for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
                del aws.env[name]
            aws.env.update(AWS_CONFIG_FILE=config, XDG_STATE_HOME=work + "/state")
            if kind == "bucket":
                place = "s3://runbook-bench?profile=home&region=us-east-1"
                aws.run(*runbook("home", "init", place))
                before = len(home.get("requests"))
                aws.env["RUNBOOK_HOME"] = place
            seconds[kind] = [aws.run(*runbook(*words, "--speed", str(speed))).wall
                             for words in (("run", "--to", "3-4"), ("undo", "--yes"))]
            if kind == "bucket":
                asked = home.get("requests")[before:]
    puts = sum(r["action"] == "PutObject" for r in asked)
    for verb, there, here in zip(("run to 3-4", "undo"), seconds["bucket"], seconds["folder"]):
        print(f"{verb}, journal in a bucket at {WRITE_MS} ms an answer: {there - here:+.2f} s, "
              f"{1 + (there - here) / (here * speed):.3f} of the time with a folder (goal 1.1)")
    print(f"both together: {puts} objects written, {len(asked)} requests of the home's")


PARTS = {"waits": over_waits, "home": by_home, "latency": by_latency, "journal": by_journal}


def main():
    work = tempfile.mkdtemp()
    try:
        for part in sys.argv[1:] or PARTS:
            PARTS[part](work)
            sys.stdout.flush()
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
