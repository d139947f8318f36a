#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Throughput of ssh through `runbook tunnel` beside plain ssh to the same kind of server.

    bench_tunnel.py PLAIN_PORT        BIN: the programs' folder; MIB: how much each way (1024)
"""
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time

BLOCK = 16 << 20
GOAL = 0.7
BIN = os.path.abspath(os.environ.get("BIN", "build/bin"))
MIB = int(os.environ.get("MIB", "1024"))
TIMES = (MIB << 20) // BLOCK
KEYS = {"AWS_ACCESS_KEY_ID": "AKIASANDBOX000000000", "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}


def there(argv, block, want):
    began = time.monotonic()
    p = subprocess.Popen(argv + ["sha256sum"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for _ in range(TIMES):
        p.stdin.write(block)
    p.stdin.close()
    got = p.stdout.read().split()[0].decode()
    if p.wait() or got != want:
        sys.exit(f"{MIB} MiB there did not arrive intact: {got}")
    return MIB / (time.monotonic() - began)


def back(argv, file, want):
    began = time.monotonic()
    p = subprocess.Popen(argv + [f"i=0; while [ $i -lt {TIMES} ]; do cat {file}; i=$((i+1)); done"],
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    got = hashlib.sha256()
    while data := p.stdout.read(1 << 20):
        got.update(data)
    if p.wait() or got.hexdigest() != want:
        sys.exit(f"{MIB} MiB back did not arrive intact")
    return MIB / (time.monotonic() - began)


def measure(work, port):
    block = os.urandom(BLOCK)
    whole = hashlib.sha256()
    for _ in range(TIMES):
        whole.update(block)
    want, file = whole.hexdigest(), work + "/block"
    with open(file, "wb") as f:
        f.write(block)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", work + "/key"], check=True)
    plain = ["ssh", "-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o",
             "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes",
             "-o", "IdentityAgent=none", "-i", work + "/key", "-p", port, "somebody@127.0.0.1"]
    tunnel = [BIN + "/runbook", "connect", "--"]
    good = True
    for name, one in (("there", lambda argv: there(argv, block, want)),
                      ("back", lambda argv: back(argv, file, want))):
        by_ssh, by_tunnel = one(plain), one(tunnel)
        ratio = by_tunnel / by_ssh
        good = good and ratio >= GOAL
        print(f"tunnel, {MIB} MiB {name}: {by_tunnel:.0f} MiB/s; plain ssh: {by_ssh:.0f} MiB/s; "
              f"ratio {ratio:.2f} (goal {GOAL:.2f})", flush=True)
    return good


def main():
    work = tempfile.mkdtemp()
    os.environ.update(KEYS, RUNBOOK_HOME=work + "/home", TMPDIR=work)
    sandbox = subprocess.Popen([BIN + "/runbook-sandbox", "serve", "--speed", "2000"],
                               stdout=subprocess.PIPE, text=True)
    try:
        url = sandbox.stdout.readline().split()[1]
        info = subprocess.run(["curl", "-sf", "--noproxy", "*", url + "/_sandbox/info"],
                              check=True, capture_output=True, text=True).stdout
        tls, ca = (subprocess.run(["jq", "-r", key], input=info, check=True, text=True,
                                  capture_output=True).stdout.strip()
                   for key in (".tls_port", ".ca_file"))
        os.environ.update(AWS_ENDPOINT_URL=url, AWS_CA_BUNDLE=ca,
                          RUNBOOK_CONNECT_TO=f"::127.0.0.1:{tls}")
        subprocess.run([BIN + "/runbook", "run", "--to", "1-4", "--speed", "2000"], check=True,
                       capture_output=True)
        measure(work, sys.argv[1])
    finally:
        sandbox.terminate()
        sandbox.wait()
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
