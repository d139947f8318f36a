#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
A system ssh with a WebSocket ProxyCommand, through the Instance Connect Endpoint.

    ssh_cases.py WORK_DIR        build, log in, and everything that must be refused
    ssh_cases.py WORK_DIR again  in a sandbox that was started anew over the same state
    ssh_cases.py WORK_DIR hold N runs `sleep N` twice on the instance, one of them left behind
    ssh_cases.py WORK_DIR end    the instance is terminated, and gone
"""
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

from topology import Topology, until

IMDS = "http://169.254.169.254/latest"


def expect(what, want, got):
    status, out, err = got
    ok = status == want[0] and re.search(want[1], out + err)
    if not ok:
        sys.exit(f"{what}: expected {want}, got {got}")
    print("ok ", what)


def commands(t):
    expect("a command's status and streams", (7, r"^out\nerr$"), t.ssh("echo out; echo err >&2; exit 7"))
    expect("its own directory", (0, rf"/{t.instance}/ec2-user\n"), t.ssh('cd "$HOME" && pwd'))
    expect("standard input", (0, r"^5\n"), t.ssh("wc -c", data=b"12345"))
    expect("the metadata command", (0, rf"^instance-id: {t.instance}\n"),
           t.ssh("ec2-metadata --instance-id"))
    expect("metadata by curl", (0, rf"^{t.instance}$"), t.ssh(
        f"T=$(curl -sf -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' {IMDS}/api/token) && "
        f'curl -sf -m 5 --noproxy "*" -H "X-aws-ec2-metadata-token: $T" {IMDS}/meta-data/instance-id'))
    expect("what getent knows beside", (0, "^root:"), t.ssh("getent passwd root"))
    expect("no metadata without a token", (22, "401"), t.ssh(f"curl -sSf {IMDS}/meta-data/instance-id"))
    expect("no secrets of the operator", (1, "^$"), t.ssh("env | grep -e ^AWS_SECRET -e ^AWS_PROFILE"))
    expect("the role's credentials", (0, '"AccessKeyId": "ASIA'), t.ssh(
        f"T=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' {IMDS}/api/token) && "
        f'curl -sf -H "X-aws-ec2-metadata-token: $T" {IMDS}/meta-data/iam/security-credentials/r'))
    expect("the internet is out of reach", (28, "timed out|timeout"),
           t.ssh("curl -sS -m 1 https://example.com/"))


def terminal(t):
    t.push_key()
    words = t.ssh_words()
    words.insert(1, "-tt")
    done = subprocess.run(words + ["tty; stty size"], capture_output=True, timeout=60,
                          stdin=subprocess.DEVNULL)
    expect("a terminal", (0, r"/dev/pts/\d+\r?\n\d+ \d+"),
           (done.returncode, done.stdout.decode(), done.stderr.decode()))


def window(t):
    """A terminal's size is told at the start and when it changes."""
    def resize(rows, cols):
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def read_until(text):
        end = time.monotonic() + 60
        while text not in seen[0] and time.monotonic() < end:
            if select.select([master], [], [], 0.2)[0]:
                seen[0] += os.read(master, 4096)
        assert text in seen[0], (text, seen[0])

    seen = [b""]
    master, slave = pty.openpty()
    resize(40, 100)
    t.push_key()
    words = t.ssh_words()
    words.insert(1, "-tt")
    p = subprocess.Popen(words + ["trap 'stty size; exit 3' WINCH; stty size; while :; do sleep 0.1; done"],
                         stdin=slave, stdout=slave, stderr=slave)
    read_until(b"40 100")
    resize(50, 120)
    p.send_signal(signal.SIGWINCH)
    read_until(b"50 120")
    expect("a window that changes", (3, ""), (p.wait(timeout=60), "", ""))


def files(t):
    """scp, by sftp, where the machine has a server for it."""
    if not os.path.exists("/usr/lib/openssh/sftp-server"):
        return
    words = t.ssh_words()[1:-1]
    path = os.path.join(t.work, "scp")
    with open(path, "wb") as f:
        f.write(os.urandom(300000))
    for source, target in ((path, f"ec2-user@{t.address}:copy"), (f"ec2-user@{t.address}:copy", path + "2")):
        t.push_key()
        subprocess.run(["scp", "-q", "-s", *words, source, target], check=True, timeout=120)
    with open(path, "rb") as a, open(path + "2", "rb") as b:
        assert a.read() == b.read()
    print("ok  a file there and back")


def bulk(t):
    data = os.urandom(8 << 20)
    t.push_key()
    done = subprocess.run(t.ssh_words() + ["cat"], input=data, capture_output=True, timeout=120)
    if done.returncode or done.stdout != data:
        sys.exit(f"8 MiB there and back: {done.returncode}, {len(done.stdout)}, {done.stderr}")
    print("ok  8 MiB there and back")


def refused_logins(t):
    denied = (255, r"Permission denied \(publickey\)")
    expect("a user that is not there", denied, t.ssh("true", user="root"))
    expect("a key that nobody pushed", denied, (
        t.push_key(key="other"), t.push_key(), t.clear(), t.ssh("true", key="third", push=False))[-1])
    t.push_key(user="somebody")
    t.fault("SendSSHPublicKey=state=expired")
    expect("a key pushed a minute ago", denied, t.ssh("true"))
    t.clear_faults()
    expect("the same key pushed again", (0, ""), t.ssh("true"))


def unreachable(t):
    closed = (255, r"closed: 1011 Unable to connect to target")
    t.src.revoke_security_group_ingress(GroupId=t.instance_group, IpPermissions=[t.ssh_rule])
    expect("a closed group", closed, t.ssh("true"))
    t.src.authorize_security_group_ingress(GroupId=t.instance_group, IpPermissions=[t.ssh_rule])
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    t.src.revoke_security_group_egress(GroupId=t.eice_group, IpPermissions=everything)
    expect("an endpoint that may not go out", closed, t.ssh("true"))
    t.src.authorize_security_group_egress(GroupId=t.eice_group, IpPermissions=everything)
    expect("an address where nothing is", closed, t.ssh("true", changes=["privateIpAddress=10.0.0.77"]))
    expect("a port where nothing listens", closed, t.ssh("true", changes=["remotePort=3389"]))
    expect("all open again", (0, ""), t.ssh("true"))
    expect("a tunnel whose time is over", (255, r"closed: 1001"),
           t.ssh("sleep 30", changes=["maxTunnelDuration=1"]))


def faults(t):
    for spec, said in (("OpenTunnel:1=throttle", "refused: 429"), ("OpenTunnel:1=http=503", "refused: 503"),
                       ("OpenTunnel:1=AccessDenied:no", 'refused: 403 .*"no"'),
                       ("OpenTunnel:1=lost-before", "hung up"), ("OpenTunnel:1=lost-after", "hung up")):
        t.fault(spec)
        expect(spec, (255, said), t.ssh("true"))
        t.clear_faults()
    t.fault("OpenTunnel:1=torn")
    expect("a tunnel that is torn", (255, "hung up"), t.ssh("sleep 30"))
    t.clear_faults()


def stopped(t):
    seconds = f"86401.{os.getpid()}"  # ours alone: others may run this at the same time
    p = subprocess.Popen([sys.executable, __file__, sys.argv[1], "hold", seconds], stdout=subprocess.PIPE)
    until("a session", lambda: subprocess.run(["pgrep", "-f", f"^sleep {seconds}"],
                                              stdout=subprocess.DEVNULL).returncode == 0)
    t.src.stop_instances(InstanceIds=[t.instance])
    out, _ = p.communicate(timeout=60)
    assert b"held: (255" in out, out
    print("ok  a stopped instance takes its sessions along")
    expect("a stopped instance", (255, "Unable to connect to target"), t.ssh("true", push=False))
    until("a stopped state", lambda: t.describe_state() == "stopped")
    t.src.start_instances(InstanceIds=[t.instance])
    until("the instance again", t.describe_running)
    until("its sshd again", lambda: t.ssh("true")[0] == 0)
    print("ok  a started instance")


REFUSALS = [
    ("an unsigned URL", ["plain=1"], 403, "AccessDenied"),
    ("a wrong secret", ["secret=wrong"], 403, "AccessDenied"),
    ("an unknown key", ["key=AKIANOBODY0000000000"], 403, "AccessDenied"),
    ("another region's signature", ["region=us-east-1"], 403, "AccessDenied"),
    ("an old URL", ["at=-90"], 403, "AccessDenied"),
    ("a URL of the future", ["at=1000"], 403, "AccessDenied"),
    ("a URL for an hour", ["expires=3600"], 403, "AccessDenied"),
    ("another port", ["remotePort=80"], 400, "InvalidParameter"),
    ("no port", ["remotePort="], 400, "InvalidParameter"),
    ("another endpoint's id", ["instanceConnectEndpointId=eice-0123456789abcdef0"], 400,
     "InvalidParameter"),
    ("an address of another network", ["privateIpAddress=10.1.0.4"], 400, "InvalidParameter"),
    ("no address", ["privateIpAddress="], 400, "InvalidParameter"),
    ("no duration at all", ["maxTunnelDuration=0"], 400, "InvalidParameter"),
    ("more than an hour", ["maxTunnelDuration=3601"], 400, "InvalidParameter"),
    ("an unknown parameter", ["instanceId=i-0123"], 400, "InvalidParameter"),
]


def refused_upgrades(t):
    for what, changes, status, code in REFUSALS:
        expect(what, (255, rf'refused: {status} {{"ErrorCode":"{code}","Message":"'),
               t.ssh("true", changes=changes, push=False))


def crowd(t):
    """Twenty tunnels are all that an endpoint has."""
    words = [w for w in t.proxy_command().split(" ")]
    held = [subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(20)]
    for p in held:
        assert p.stdout.read(4) == b"SSH-", "a tunnel without a banner"
    expect("a twenty-first tunnel", (255, "refused: 429"), t.ssh("true"))
    for p in held:
        p.stdin.close()
    for p in held:
        assert p.wait(timeout=30) == 0
    until("room again", lambda: t.ssh("true")[0] == 0)
    print("ok  room again")


def main():
    t = Topology(sys.argv[1])
    t.clear = t.clear_faults
    notes = os.path.join(sys.argv[1], "topology.json")
    mode = sys.argv[2] if len(sys.argv) > 2 else ""
    if mode:
        with open(notes) as f:
            vars(t).update(json.load(f))
    if mode == "again":
        expect("the same host key after a restart", (0, ""), t.ssh("true"))
        return
    if mode == "hold":
        print("held:", t.ssh(f"sleep {sys.argv[3]} & sleep {sys.argv[3]}"))
        return
    if mode == "end":
        t.src.terminate_instances(InstanceIds=[t.instance])
        t.push_key = lambda *a: None  # it would be refused already
        expect("a terminated instance", (255, "Unable to connect to target"), t.ssh("true"))
        return
    t.build()
    with open(notes, "w") as f:
        json.dump({k: v for k, v in vars(t).items() if isinstance(v, (str, dict)) and k not in
                   ("url", "info", "work")}, f)
    until("a first login", lambda: t.ssh("true")[0] == 0)
    commands(t)
    terminal(t)
    window(t)
    files(t)
    bulk(t)
    refused_logins(t)
    unreachable(t)
    refused_upgrades(t)
    crowd(t)
    faults(t)
    stopped(t)


if __name__ == "__main__":
    main()
