#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Nothing secret on disk, on screen or in an argument list.

    no_secrets.py BIN

run, connect, verify and undo with temporary credentials that the sandbox's STS gives, and with
--debug; all that was said, all files of the home and of TMPDIR, and the arguments of all processes
that came of it are searched.  umask 000 and 077 in turn.
"""
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import urllib.request

import boto3

import intents

BIN = os.path.abspath(sys.argv[1])
SPEED = "2000"
FORBIDDEN = ["X-Amz-Signature=", "PRIVATE KEY"]


def fail(*what):
    print("FAILED:", *what)
    sys.exit(1)


def children(pid):
    """All processes below one, by the kernel's own list."""
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as f:
                for child in f.read().split():
                    found += [int(child)] + children(int(child))
    except OSError:
        pass
    return found


class Watch(threading.Thread):
    """Arguments, and core limit, of a process and its children while they live."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.lines, self.cores, self.over = pid, set(), set(), threading.Event()

    def run(self):
        while not self.over.wait(0.002):
            for pid in [self.pid] + children(self.pid):
                try:
                    with open(f"/proc/{pid}/cmdline", "rb") as f:
                        line = f.read()
                    self.lines.add(line)
                    if pid == self.pid and line.startswith(BIN.encode()):
                        with open(f"/proc/{pid}/limits", encoding="ascii") as f:
                            self.cores |= {l.split()[4] for l in f if l.startswith("Max core")}
                except OSError:
                    pass


def files_below(root):
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            if stat.S_ISREG(os.lstat(path).st_mode):
                yield path


def main():
    top = tempfile.mkdtemp(prefix="runbook-secrets.")
    intents.watch(top)
    sandbox = subprocess.Popen(
        [f"{BIN}/runbook-sandbox", "serve", "--until-eof", "--speed", SPEED],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=top)
    try:
        url = sandbox.stdout.readline().split()[1]
        with urllib.request.urlopen(url + "/_sandbox/info", timeout=30) as answer:
            info = json.load(answer)
        for umask in (0o000, 0o077):
            one_life(top + f"/{umask:03o}", url, info, umask)
        if intents.missing(top):
            fail("changes without an intent:\n" + intents.missing(top))
    finally:
        sandbox.stdin.close()
        sandbox.wait(30)
        shutil.rmtree(top, ignore_errors=True)


def one_life(top, url, info, umask):
    keys = boto3.client("sts", region_name="us-east-1", endpoint_url=url,
                        aws_access_key_id="AKIASANDBOX000000000",
                        aws_secret_access_key="sandbox").get_session_token()["Credentials"]
    secrets = [keys["SecretAccessKey"], keys["SessionToken"]] + FORBIDDEN
    for name in ("home", "tmp", "user"):
        os.makedirs(f"{top}/{name}", mode=0o700)
    env = {
        "PATH": os.environ["PATH"], "HOME": top + "/user", "TMPDIR": top + "/tmp",
        "LC_ALL": "C.UTF-8", "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"], "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_CA_BUNDLE": info["ca_file"], "NO_PROXY": "*",
        "RUNBOOK_CONNECT_TO": f"::127.0.0.1:{info['tls_port']}",
        **intents.ENV,
        **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")},
    }
    searched = arguments = 0
    kept_keys = set()

    def search(what, data):
        nonlocal searched
        searched += len(data)
        for secret in secrets:
            if secret.encode() in data:
                fail(f"{secret[:14]}... in {what}")

    record = ("--record", top + "/home/recorded-")
    commands = [("run", *record), ("verify", *record), ("connect", *record, "--", "true"),
                ("report", "-o", top + "/r.html"), ("status",), ("journal",),
                ("undo", "--yes", *record)]
    for words in commands:
        child = subprocess.Popen(
            [f"{BIN}/runbook", words[0], "--debug", "--home", top + "/home", "--speed", SPEED,
             *(w + words[0] if w.endswith("-") and w != "--" else w for w in words[1:])], env=env, cwd=top, umask=umask, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        watch = Watch(child.pid)
        watch.start()
        out, err = child.communicate(timeout=300)
        watch.over.set()
        watch.join()
        if child.returncode:
            fail(words, "ended with", child.returncode, err.decode(errors="replace")[-3000:])
        search(f"stdout of {words}", out)
        search(f"stderr of {words}", err)
        for line in watch.lines:
            arguments += 1
            search(f"arguments {line[:80]}", line)
        if words[0] in ("run", "verify", "undo") and watch.cores != {"0"}:
            # The first samples may come before main has begun.
            if "0" not in watch.cores:
                fail(words, "core limit", watch.cores)
        for root in ("home", "tmp", "user"):
            for path in files_below(f"{top}/{root}"):
                with open(path, "rb") as f:
                    search(path, f.read())
                mode = stat.S_IMODE(os.lstat(path).st_mode)
                if mode != 0o600:
                    fail(f"umask {umask:03o}: {path} has mode {mode:o}")
            for folder, names, _ in os.walk(f"{top}/{root}"):
                for name in names:
                    mode = stat.S_IMODE(os.lstat(os.path.join(folder, name)).st_mode)
                    if mode != 0o700:
                        fail(f"umask {umask:03o}: {folder}/{name} has mode {mode:o}")
        kept_keys |= {p for p in files_below(f"{top}/tmp")}
        if words[0] in ("connect", "run") and os.listdir(f"{top}/tmp"):
            fail(words, "left in TMPDIR:", os.listdir(f"{top}/tmp"))
    if searched < 50000 or arguments < 10:
        fail(f"only {searched} bytes and {arguments} argument lists were looked at")
    print(f"umask {umask:03o}: {searched} bytes, {arguments} argument lists, nothing secret")


main()
