#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
What `runbook tunnel` carries and costs, with a stack that has an instance (step 1-4).

    tunnel_cases.py RUNBOOK [MIB]     MIB each way (64)
"""
import hashlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

MEMORY_KIB = 20 * 1024
TUNNELS = 20
BLOCK_MIB = 16
runbook = os.path.abspath(sys.argv[1])
SIZE_MIB = int(sys.argv[2]) if len(sys.argv) > 2 else 64


def need(ok, what):
    if not ok:
        sys.exit(f"FAILED: {what}")
    print("ok ", what)


def until(probe, what, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = probe()
        if answer:
            return answer
        time.sleep(0.005)
    sys.exit(f"FAILED: gave up waiting for {what}")


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            return [int(p) for p in f.read().split()]
    except OSError:
        return []


def tunnel_below(pid):
    """The tunnel that ssh below `pid` started."""
    for child in children(pid):
        try:
            with open(f"/proc/{child}/cmdline", "rb") as f:
                words = f.read().split(b"\0")
        except OSError:
            continue
        if len(words) > 1 and words[1] == b"tunnel":
            return child
        found = tunnel_below(child)
        if found:
            return found
    return None


def peak_kib(pid):
    """Nothing to speak of where a sanitizer keeps its own books in it.  The program is not
    dumpable, so that its maps are for root alone: the file is asked."""
    with open(runbook, "rb") as f:
        if b"__asan_init" in f.read():
            return 1
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmHWM:"))
    except (OSError, StopIteration):  # it has just ended
        return 0


def cpu_ticks(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def connect(command, **streams):
    return subprocess.Popen([runbook, "connect", "--", command], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, **streams)


def bare(stderr=subprocess.PIPE):
    """A tunnel by itself, up: sshd has said its banner."""
    p = subprocess.Popen([runbook, "tunnel"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=stderr)
    need_banner = p.stdout.read(4)
    if need_banner != b"SSH-":
        sys.exit(f"FAILED: no banner: {need_banner!r} {p.stderr.read()!r}")
    return p


def both_ways(block, file):
    """SIZE_MIB there and back at once, intact; the memory that took."""
    times = SIZE_MIB // BLOCK_MIB
    whole = hashlib.sha256()
    for _ in range(times):
        whole.update(block)

    p = connect(f"sha256sum; read _ </dev/null; i=0; while [ $i -lt {times} ]; do cat {file}; "
                "i=$((i+1)); done")
    began = time.monotonic()
    for _ in range(times):
        p.stdin.write(block)
    p.stdin.close()
    line = p.stdout.readline()
    up = SIZE_MIB / (time.monotonic() - began)
    need(line.split()[0].decode() == whole.hexdigest(), f"{SIZE_MIB} MiB there, intact")
    got, n = hashlib.sha256(), 0
    began = time.monotonic()
    peak = 0
    while True:
        data = p.stdout.read(1 << 20)
        if not data:
            break
        got.update(data)
        n += len(data)
        if n >= (SIZE_MIB << 20) - (8 << 20):
            tunnel = tunnel_below(p.pid)
            peak = max(peak, peak_kib(tunnel) if tunnel else 0)
    down = SIZE_MIB / (time.monotonic() - began)
    need(n == SIZE_MIB << 20 and got.digest() == whole.digest(), f"{SIZE_MIB} MiB back, intact")
    need(p.wait(timeout=90) == 0, f"it ended well ({up:.0f} MiB/s there, {down:.0f} MiB/s back)")
    need(0 < peak < MEMORY_KIB, f"the tunnel's memory stayed at {peak} KiB")


def slow_reader(file):
    """Nobody takes what comes: the tunnel waits with a bounded part of it, and stays idle."""
    p = connect(f"cat {file} {file} {file}")
    p.stdout.read(1)
    tunnel = until(lambda: tunnel_below(p.pid), "the tunnel")
    last = [cpu_ticks(tunnel)]

    def still():
        time.sleep(0.3)
        last.append(cpu_ticks(tunnel))
        return last[-1] == last[-2]
    until(still, "the tunnel to come to rest")
    need(0 < peak_kib(tunnel) < MEMORY_KIB, f"a slow reader costs {peak_kib(tunnel)} KiB")
    n = 1 + len(p.stdout.read())
    need(n == 3 * BLOCK_MIB << 20 and p.wait(timeout=90) == 0, "and gets all in the end")


def crowd():
    held = [bare() for _ in range(TUNNELS)]

    def rests():
        before = sum(cpu_ticks(p.pid) for p in held)
        time.sleep(2)
        return sum(cpu_ticks(p.pid) for p in held) - before <= TUNNELS // 4
    need(until(rests, "the tunnels to come to rest"), f"{TUNNELS} tunnels at once come to rest")
    p = subprocess.run([runbook, "tunnel"], stdin=subprocess.DEVNULL, capture_output=True,
                       timeout=90, check=False)
    need(p.returncode == 1 and b"20 connections at a time" in p.stderr, "one more is told why not")
    for p in held:
        p.stdin.close()
    for p in held:
        p.stdout.read()
        if p.wait(timeout=90) or p.stderr.read():
            sys.exit("FAILED: the end of input is no clean end")
    print("ok  the end of input is a clean end of each")


def ends():
    p = bare()
    p.send_signal(signal.SIGHUP)
    status = p.wait(timeout=90)
    need(status == 0 and not p.stderr.read(),
         "SIGHUP, which is how ssh says goodbye, is a clean end")
    for sig in (signal.SIGTERM, signal.SIGINT):
        p = bare()
        p.send_signal(sig)
        need(p.wait(timeout=90) == 130, f"{sig.name} ends it with 130")
    p = bare()
    p.stdout.close()  # whoever started it is gone
    p.stdin.write(b"SSH-2.0-nobody\r\n" + b"\0" * 5)
    p.stdin.flush()
    need(p.wait(timeout=90) == 0, "nobody to read: it ends")
    p = bare()
    p.stdin.write(b"this is no ssh\r\n")  # sshd hangs up
    p.stdin.flush()
    p.stdout.read()
    need(p.wait(timeout=90) == 0 and not p.stderr.read(), "the other side's end is a clean end")


def offered(settings):
    """The cipher suites of TLS 1.3 that a tunnel offers, in their order, on a machine with these settings of OpenSSL's."""
    with tempfile.NamedTemporaryFile("w") as f, socket.create_server(("127.0.0.1", 0)) as server:
        f.write(settings)
        f.flush()
        p = subprocess.Popen([runbook, "tunnel"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                             env=dict(os.environ, OPENSSL_CONF=f.name,
                                      RUNBOOK_CONNECT_TO=f"::127.0.0.1:{server.getsockname()[1]}"))
        server.settimeout(90)
        with server.accept()[0] as peer:
            peer.settimeout(90)
            hello = b""
            while len(hello) < 5 or len(hello) < 5 + int.from_bytes(hello[3:5], "big"):
                got = peer.recv(4096)
                if not got:
                    sys.exit(f"FAILED: it ended within its first record: {hello!r}")
                hello += got
        p.communicate(timeout=90)
    # a record's head and a message's, version and random; then the session, with its length, and the suites with theirs
    suites = 5 + 4 + 34 + 1 + hello[5 + 4 + 34]
    n = int.from_bytes(hello[suites:suites + 2], "big")
    codes = [hello[at:at + 2] for at in range(suites + 2, suites + 2 + n, 2)]
    return [code[1] for code in codes if code[0] == 0x13]


def ciphers():
    aes_128, aes_256, chacha20 = 1, 2, 3
    need(offered("") == [aes_128, aes_256, chacha20], "of TLS 1.3's ciphers the one with the least work is offered first")
    need(offered("openssl_conf = all\n[all]\nssl_conf = tls\n[tls]\nsystem_default = ours\n[ours]\n"
                 "Ciphersuites = TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384\n") == [chacha20, aes_256],
         "what this machine's settings leave out is not offered, and their order stays")


def main():
    block = os.urandom(BLOCK_MIB << 20)
    with tempfile.NamedTemporaryFile() as f:
        f.write(block)
        f.flush()
        both_ways(block, f.name)
        slow_reader(f.name)
    crowd()
    ends()
    ciphers()


if __name__ == "__main__":
    main()
