"""
Bytes a second through the tunnel, beside a plain ssh to the same server without one: each way,
counted and compared, and the most memory that `runbook tunnel` had.  Goal: 70 %, 20 MiB.

usage: bench_tunnel.py BIN [MIB]      BIN: the folder of runbook and runbook-sandbox
"""
import hashlib
import os
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BLOCK = 1 << 20
os.environ.update({"AWS_ACCESS_KEY_ID": "AKIASANDBOX000000000", "AWS_SECRET_ACCESS_KEY": "sandbox",
                   "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
                   "AWS_EC2_METADATA_DISABLED": "true"})
sys.path.insert(0, os.path.join(TOP, "tests", "py"))


def plain_words(t, port):
    words = t.ssh_words()
    words[words.index(next(w for w in words if w.startswith("ProxyCommand=")))] = f"Port={port}"
    words[-1] = words[-1].split("@")[0] + "@127.0.0.1"
    return words


def tunnel_words(t, runbook):
    command = (f"{runbook} tunnel --private-ip {t.address} --endpoint-id {t.eice} "
               f"--endpoint-dns {t.eice_name} --region ap-northeast-1")
    return [f"ProxyCommand={command}" if w.startswith("ProxyCommand=") else w for w in t.ssh_words()]


def peak_kib(command):
    """The most memory of the process whose command line begins so, while it is there."""
    for pid in os.listdir("/proc"):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                if not f.read().replace(b"\0", b" ").startswith(command.encode()):
                    continue
            with open(f"/proc/{pid}/status") as f:
                return int(next(line for line in f if line.startswith("VmHWM")).split()[1])
        except (OSError, StopIteration):
            continue
    return 0


def down(t, words, mib, watch):
    t.push_key()
    p = subprocess.Popen(words + [f"head -c {mib << 20} /dev/zero"], stdout=subprocess.PIPE)
    began, got = None, 0
    while True:
        data = p.stdout.read(BLOCK)
        began = began or time.monotonic()  # logging in is not what is measured
        if not data:
            break
        got += len(data)
    took = time.monotonic() - began
    assert p.wait() == 0 and got == mib << 20, (p.returncode, got)
    return mib / took, 0


def up(t, words, mib, watch):
    t.push_key()
    p = subprocess.Popen(words + ["head -c 1 >/dev/null; echo go; sha256sum"], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE)
    p.stdin.write(b"x")
    p.stdin.flush()
    assert p.stdout.readline() == b"go\n"
    block, digest, began, most = os.urandom(BLOCK), hashlib.sha256(), time.monotonic(), 0
    for _ in range(mib):
        p.stdin.write(block)
    if watch:
        most = peak_kib(watch)
    p.stdin.close()
    said = p.stdout.read().split()[0].decode()
    took = time.monotonic() - began
    assert p.wait() == 0
    for _ in range(mib):
        digest.update(block)
    assert said == digest.hexdigest(), "what arrived is not what was sent"
    return mib / took, most


def measure(t, runbook, mib):
    port = t.ask("ssh", instance=t.instance)["port"]
    for name, move in (("down", down), ("up", up)):
        plain, _ = move(t, plain_words(t, port), mib, None)
        tunnel, peak = move(t, tunnel_words(t, runbook), mib, f"{runbook} tunnel")
        print(f"tunnel, {mib} MiB {name}: {tunnel:.0f} MiB/s, plain ssh {plain:.0f} MiB/s: "
              f"{100 * tunnel / plain:.0f} %" + (f"; peak {peak / 1024:.1f} MiB" if peak else ""))


def main():
    folder, mib = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1024
    with tempfile.TemporaryDirectory() as work:
        sandbox = subprocess.Popen([f"{folder}/runbook-sandbox", "serve", "--speed", "2000"],
                                   stdout=subprocess.PIPE, text=True)
        try:
            os.environ["AWS_ENDPOINT_URL"] = sandbox.stdout.readline().split()[1]
            from topology import Topology, until
            t = Topology(work)
            os.environ["RUNBOOK_CONNECT_TO"] = f"::127.0.0.1:{t.info['tls_port']}"
            os.environ["AWS_CA_BUNDLE"] = t.info["ca_file"]
            t.build()
            until("a first login", lambda: t.ssh("true")[0] == 0)
            measure(t, f"{folder}/runbook", mib)
        finally:
            sandbox.terminate()
            sandbox.wait()


if __name__ == "__main__":
    main()
