#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Throughput of ssh through `runbook tunnel` beside plain ssh to the same kind of server, by turns, and how fairly
20 tunnels at once share an endpoint.  Started by bench_tunnel.c, which is the servers.

    bench_tunnel.py PLAIN_PORT ENDPOINT_PORT CA_FILE
        BIN: the programs' folder; MIB: how much each way (512); TIMES: how often, of which the fastest counts (2)
"""
import hashlib
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time

BLOCK = 16 << 20
GOAL = 0.9
FAIR_GOAL = 0.95
TUNNELS, FAIR_S = 20, 4
BIN = os.path.abspath(os.environ.get("BIN", "build/bin"))
MIB = int(os.environ.get("MIB", "512"))
ROUNDS = int(os.environ.get("TIMES", "2"))
TIMES = (MIB << 20) // BLOCK
KEYS = {"AWS_ACCESS_KEY_ID": "AKIASANDBOX000000000", "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}


def there(argv, block, wants):
    """MiB/s of all blocks but the first, with which the connection comes to be; both sums must be right."""
    p = subprocess.Popen(argv + [f"head -c {BLOCK} | sha256sum; sha256sum"], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE)
    p.stdin.write(block)
    p.stdin.flush()
    sums = [p.stdout.readline()]
    began = time.monotonic()
    for _ in range(TIMES - 1):
        p.stdin.write(block)
    p.stdin.close()
    sums.append(p.stdout.readline())
    took = time.monotonic() - began
    if p.wait() or [s.split()[0].decode() for s in sums] != wants:
        sys.exit(f"{MIB} MiB there did not arrive intact: {sums}")
    return MIB * (1 - 1 / TIMES) / took


def back(argv, file, wants):
    """The same, the other way."""
    p = subprocess.Popen(argv + [f"i=0; while [ $i -lt {TIMES} ]; do cat {file}; i=$((i+1)); done"],
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    first, rest = hashlib.sha256(p.stdout.read(BLOCK)), hashlib.sha256()
    began = time.monotonic()
    while data := p.stdout.read(1 << 20):
        rest.update(data)
    took = time.monotonic() - began
    if p.wait() or [first.hexdigest(), rest.hexdigest()] != wants:
        sys.exit(f"{MIB} MiB back did not arrive intact")
    return MIB * (1 - 1 / TIMES) / took


def measure(work, port):
    block = os.urandom(BLOCK)
    rest = hashlib.sha256()
    for _ in range(TIMES - 1):
        rest.update(block)
    wants, file = [hashlib.sha256(block).hexdigest(), rest.hexdigest()], work + "/block"
    with open(file, "wb") as f:
        f.write(block)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", work + "/key"], check=True)
    plain = ["ssh", "-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o",
             "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes",
             "-o", "IdentityAgent=none", "-i", work + "/key", "-p", port, "somebody@127.0.0.1"]
    tunnel = [BIN + "/runbook", "connect", "--"]
    good = True
    for name, one in (("there", lambda argv: there(argv, block, wants)),
                      ("back", lambda argv: back(argv, file, wants))):
        by_ssh = by_tunnel = 0
        for _ in range(ROUNDS):
            by_ssh, by_tunnel = max(by_ssh, one(plain)), max(by_tunnel, one(tunnel))
        ratio = by_tunnel / by_ssh
        good = good and ratio >= GOAL
        print(f"tunnel, {MIB} MiB {name}: {by_tunnel:.0f} MiB/s; plain ssh: {by_ssh:.0f} MiB/s; "
              f"ratio {ratio:.2f} (goal {GOAL:.2f})", flush=True)
    return good


def share(endpoint_port, ca_file):
    """20 at once, each sending as fast as it may: Jain's index of what each got through (1: all the same)."""
    eice = "eice-0123456789abcdef0"
    name = eice + ".00000000.ec2-instance-connect-endpoint.ap-northeast-1.amazonaws.com"
    argv = [BIN + "/runbook", "tunnel", "--region", "ap-northeast-1", "--endpoint-id", eice, "--endpoint-dns", name,
            "--port", "3389", "--private-ip", "10.0.0.4"]
    env = dict(os.environ, AWS_CA_BUNDLE=ca_file, RUNBOOK_CONNECT_TO=f"::127.0.0.1:{endpoint_port}")
    tunnels = [subprocess.Popen(argv, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL) for _ in range(TUNNELS)]
    poll, block = select.poll(), bytes(1 << 16)
    for p in tunnels:
        os.set_blocking(p.stdin.fileno(), False)
        poll.register(p.stdin, select.POLLOUT)
    place = {p.stdin.fileno(): n for n, p in enumerate(tunnels)}
    sent = dict.fromkeys(range(TUNNELS), 0)
    warm, until = {}, time.monotonic() + 60
    while time.monotonic() < until:
        for fd, _ in poll.poll(1000):
            n = place[fd]
            try:
                sent[n] += os.write(fd, block)
            except BlockingIOError:
                pass
            except BrokenPipeError:
                sys.exit("a tunnel of many ended")
        # It begins when all of them carry.
        if not warm and min(sent.values()) > 4 << 20:
            warm, until = dict(sent), time.monotonic() + FAIR_S
    for p in tunnels:
        p.terminate()
        p.wait()
    if not warm:
        sys.exit("not all tunnels carried anything")
    got = [sent[n] - warm[n] for n in range(TUNNELS)]
    index = sum(got) ** 2 / (TUNNELS * sum(x * x for x in got))
    print(f"{TUNNELS} tunnels at once: {sum(got) / FAIR_S / (1 << 20):.0f} MiB/s in all, the slowest "
          f"{min(got) / max(got):.2f} of the fastest; Jain's index {index:.3f} (goal {FAIR_GOAL:.2f})", flush=True)


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
        share(sys.argv[2], sys.argv[3])
    finally:
        sandbox.terminate()
        sandbox.wait()
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
