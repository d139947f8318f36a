#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Several operators, one stack in a bucket: whatever happens to any of them, there is one history, and the
world is that of one undisturbed run.

    operators.py BIN [PART...] [--every N] [--workers N] [--seed N]

PART is some of (default: all)
    crash       die at the n-th fault point of `run`; the same operator runs it again
    crash-undo  likewise in `undo`
    handover    die there, and an operator on another machine takes over and goes on
    paused      stop (SIGSTOP) there; another takes over and finishes; woken (SIGCONT), the first one changes
                nothing more and ends with 4
    paused-undo likewise in `undo`
    three       two are paused, at two points; a third finishes; both are woken
    together    two and three begin `run` at the same instant
    answers     each answer of S3's to the n-th write: lost before and after, 409, 500 that did happen and that
                did not, throttling; none of them is taken for a stranger's
    refused     S3 refuses the n-th write for good: the run stops before its next change, and goes on later

Each case takes every N-th point (--every); the end is a line with the counts.
"""

import argparse
import concurrent.futures
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import faults  # noqa: E402  (its worker, and how worlds are compared)
from faults import LAST_STEP, Failed, Worker, difference  # noqa: E402

RUN = ("run", "--to", LAST_STEP, "--yes")
UNDO = ("undo", "--yes")
BUCKET = "runbook-operators"
ANSWERS = ("lost-before", "lost-after", "ConditionalRequestConflict", "http=500", "after=http=500", "throttle")
LEASE = 40  # seconds: nobody lets it run out, and what a part of it measures is short


class Team(Worker):
    """A sandbox for the procedure, another one for the home, and operators on machines of their own."""

    def __init__(self):
        super().__init__()
        self.home = subprocess.Popen([f"{faults.ARGS.bin}/runbook-sandbox", "serve", "--until-eof", "--lag", "off"],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=self.dir)
        self.home_url = self.home.stdout.readline().split()[1]
        with open(self.dir + "/config", "w", encoding="utf-8") as f:
            for name, url in (("default", self.url), ("profile home", self.home_url)):
                f.write(f"[{name}]\nendpoint_url = {url}\nregion = us-east-1\n"
                        "aws_access_key_id = AKIASANDBOX000000000\naws_secret_access_key = sandbox\n")
        self.env["AWS_CONFIG_FILE"] = self.dir + "/config"
        for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            del self.env[name]
        self.say("alice", 0, "home", "init", f"s3://{BUCKET}?profile=home&region=us-east-1")

    def close(self):
        self.home.stdin.close()
        self.home.wait(20)
        super().close()

    def fresh(self):
        super().fresh()
        self.no_home_faults()

    def home_fault(self, spec):
        urllib.request.urlopen(urllib.request.Request(self.home_url + "/_sandbox/fault", spec.encode(),
                                                      method="POST"), timeout=30).read()

    def no_home_faults(self):
        urllib.request.urlopen(urllib.request.Request(self.home_url + "/_sandbox/fault", method="DELETE"),
                               timeout=30).read()

    def start(self, who, *words, **env):
        place = f"s3://{BUCKET}/{self.cases}?profile=home&region=us-east-1&lease={LEASE}"
        if words[0] == "home":
            place = words[-1]
        return subprocess.Popen(
            [f"{faults.ARGS.bin}/runbook", *words, "--home", place, "--speed", self.speed, "--operator", who]
            if words[0] not in ("home", "status", "journal") else
            [f"{faults.ARGS.bin}/runbook", *words, "--home", place, "--speed", self.speed],
            env={**self.env, "XDG_STATE_HOME": f"{self.dir}/{who}", "LOGNAME": who,
                 **{k: str(v) for k, v in env.items()}},
            cwd=self.dir, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace")

    def end(self, process):
        said, _ = process.communicate(timeout=200)
        return process.returncode, said

    def say(self, who, expected, *words, **env):
        status, said = self.end(self.start(who, *words, **env))
        if expected is not None and status != expected:
            raise Failed(f"{who}: '{' '.join(words)}' ended with {status}, not {expected}:\n{said}")
        return status, said

    def stopped(self, process):
        """True when it has stopped, False when it has ended: whichever comes first."""
        info = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        return info.si_code == os.CLD_STOPPED

    def points(self, *words):
        log = self.dir + "/points"
        if os.path.exists(log):
            os.unlink(log)
        self.say("alice", 0, *words, RUNBOOK_FAULT_LOG=log)
        with open(log, encoding="utf-8") as f:
            return len(f.read().split())


def same_world(team, clean):
    found = team.world()
    if found != clean:
        raise Failed("another world than one run's:\n" + difference(clean, found))


def one_history(team, who="carol"):
    """Who never saw it reads it whole, and each changing call's intent once."""
    status, said = team.say(who, 0, "journal", "--output", "json")
    del status
    records = [json.loads(line) for line in said.splitlines()]
    if [r["seq"] for r in records] != list(range(1, len(records) + 1)):
        raise Failed("the history has a hole")
    if len({r["run"] for r in records if r["type"] == "run"}) != 1:
        raise Failed("there are two runs in it")


def nothing_left(team, who):
    team.say(who, 0, *UNDO, "--take-over")
    left = team.world()
    if left:
        raise Failed("undo left:\n" + difference(type(left)(), left))


def finish(team, clean, who):
    team.say(who, 0, *RUN, "--take-over")
    same_world(team, clean)
    one_history(team)
    nothing_left(team, who)


def crash(team, clean, n):
    team.fresh()
    status, _ = team.say("alice", None, *RUN, RUNBOOK_FAULT_CRASH_AT=n)
    team.say("alice", 0, *RUN)  # its own lease is not waited for
    finish(team, clean, "alice")
    return status == -9


def crash_undo(team, clean, n):
    team.fresh()
    team.say("alice", 0, *RUN)
    status, _ = team.say("alice", None, *UNDO, RUNBOOK_FAULT_CRASH_AT=n)
    nothing_left(team, "alice")
    return status == -9


def handover(team, clean, n):
    team.fresh()
    status, _ = team.say("alice", None, *RUN, RUNBOOK_FAULT_CRASH_AT=n)
    finish(team, clean, "bob")
    return status == -9


def woken(team, process, others):
    """Whoever was paused: 4 where others went on; it may have ended before, or had nothing more to write."""
    os.kill(process.pid, signal.SIGCONT)
    status, said = team.end(process)
    if status not in (0, 4):
        raise Failed(f"woken, it ended with {status}:\n{said}")
    if others and status == 0 and "taken over" in said:
        raise Failed("it was told, and went on:\n" + said)


def pause(team, who, n, *words):
    process = team.start(who, *words, RUNBOOK_FAULT_STOP_AT=n)
    return process, team.stopped(process)


def paused(team, clean, n):
    team.fresh()
    process, stopped = pause(team, "alice", n, *RUN)
    team.say("bob", 0, *RUN, "--take-over")
    same_world(team, clean)
    before = team.ids()
    threading.Event().wait(LEASE / 20 + 0.1)  # that nobody is proved any more, which is measured in such parts
    woken(team, process, stopped)
    if team.ids() != before:
        raise Failed("woken, it changed the world")
    one_history(team)
    nothing_left(team, "bob")
    return stopped


def paused_undo(team, clean, n):
    team.fresh()
    team.say("alice", 0, *RUN)
    process, stopped = pause(team, "alice", n, *UNDO)
    nothing_left(team, "bob")
    threading.Event().wait(LEASE / 20 + 0.1)
    woken(team, process, stopped)
    one_history(team)
    nothing_left(team, "bob")
    return stopped


def three(team, clean, pair):
    team.fresh()
    first, one = pause(team, "alice", pair[0], *RUN)
    second, two = pause(team, "bob", pair[1], *RUN, "--take-over")
    team.say("carol", 0, *RUN, "--take-over")
    same_world(team, clean)
    before = team.ids()
    threading.Event().wait(LEASE / 20 + 0.1)
    woken(team, second, two)
    woken(team, first, one)
    if team.ids() != before:
        raise Failed("woken, they changed the world")
    one_history(team, "dave")
    nothing_left(team, "carol")
    return one and two


def together(team, clean, n):
    team.fresh()
    ends = [team.end(p) for p in [team.start(who, *RUN) for who in ("alice", "bob", "carol")[:n]]]
    if sorted(s for s, _ in ends)[0] != 0 or any(s not in (0, 4) for s, _ in ends):
        raise Failed("nobody went on:\n" + "\n".join(said for _, said in ends))
    finish(team, clean, "bob")
    return any(s == 4 for s, _ in ends)


def answers(team, clean, case):
    n, what = case
    team.fresh()
    team.home_fault(f"PutObject:{n}={what}")
    team.say("alice", 0, *RUN)
    team.no_home_faults()
    finish(team, clean, "alice")
    return True


def refused(team, clean, n):
    team.fresh()
    team.home_fault(f"PutObject:{n}-=AccessDenied")
    status, said = team.say("alice", None, *RUN)
    if status not in (0, 5):
        raise Failed(f"it ended with {status}:\n{said}")
    team.no_home_faults()
    finish(team, clean, "alice")
    return status == 5


PARTS = {"crash": crash, "crash-undo": crash_undo, "handover": handover, "paused": paused, "paused-undo": paused_undo,
         "three": three, "together": together, "answers": answers, "refused": refused}


def cases_of(part, every, run, undo):
    if part == "crash-undo" or part == "paused-undo":
        return range(1 + faults.ARGS.seed % every, undo, every)
    if part == "three":
        return [(n, 2 + n * 7 % run) for n in range(3 + faults.ARGS.seed, run, 2 * every)]
    if part == "together":
        return [2, 3]
    if part == "answers":
        return [(n, what) for i, what in enumerate(ANSWERS) for n in range(1 + i, 40, max(2, every // 3))]
    if part == "refused":
        return range(2, 40, max(2, every // 3))
    return range(1 + faults.ARGS.seed % every, run, every)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("parts", nargs="*", default=[])
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    faults.ARGS = parser.parse_args()
    faults.ARGS.bin = os.path.abspath(faults.ARGS.bin)
    local, teams, lock = threading.local(), [], threading.Lock()
    wrong = 0

    def team():
        if not hasattr(local, "team"):
            local.team = Team()
            with lock:
                teams.append(local.team)
        return local.team

    probe = Team()
    teams.append(probe)
    try:
        probe.fresh()
        run = probe.points(*RUN)
        clean = probe.world()
        undo = probe.points(*UNDO)
        if len(clean) < 12 or run < 200 or undo < 100 or probe.world():
            raise Failed(f"an undisturbed run of {run} points, undo of {undo}, makes {len(clean)} kinds of thing")
        for part in faults.ARGS.parts or PARTS:
            function = PARTS[part]

            def one(case):
                mine = team()
                try:
                    bit = function(mine, clean, case)
                    missing = mine.unannounced()
                    if missing:
                        raise Failed("changes without a synced intent:\n" + missing)
                    return case, bit, None
                except (Failed, subprocess.TimeoutExpired, OSError) as problem:
                    del local.team  # its world is spoilt: the next case takes another
                    return case, False, problem

            bitten = done = 0
            with concurrent.futures.ThreadPoolExecutor(faults.ARGS.workers) as pool:
                for case, bit, problem in pool.map(one, list(cases_of(part, faults.ARGS.every, run, undo))):
                    done += 1
                    bitten += bool(bit)
                    if problem:
                        wrong += 1
                        print(f"WRONG {part} {case}: {problem}")
            print(f"{part:<12} {done:>4} cases, {bitten} disturbed", flush=True)
            if not bitten:
                wrong += 1
                print(f"WRONG {part}: nothing was disturbed")
    finally:
        for t in teams:
            t.close()
    print(f"{wrong} wrong")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
