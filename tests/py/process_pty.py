#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
`runbook` under a pseudo-terminal with a credential_process that asks there.

    process_pty.py RUNBOOK WORK_FOLDER      (AWS_ENDPOINT_URL is a sandbox's; AWS_CONFIG_FILE is written here)
"""
import os
import signal
import sys
import termios
import time

from connect_pty import Terminal

KEYS = """printf '{"Version":1,"AccessKeyId":"AKIASANDBOX000000000","SecretAccessKey":"sandbox"}'\n"""
CHECK = '[ "$code" = 123456 ] || { echo "wrong: $code" >&2; exit 1; }\n'

RUNBOOK, WORK = os.path.abspath(sys.argv[1]), sys.argv[2]


def check(what, good, said=""):
    if not good:
        sys.exit(f"{what}:\n{said}")


def start(name, script, shell="/bin/sh"):
    path = f"{WORK}/{name}"
    with open(path, "w", encoding="ascii") as f:
        f.write(f"#!{shell}\n{script}")
    os.chmod(path, 0o700)
    with open(os.environ["AWS_CONFIG_FILE"], "w", encoding="ascii") as f:
        f.write(f"[default]\ncredential_process = {path}\n")
    return Terminal([RUNBOOK, "run", "--to", "1-1", "--yes", "--speed", "600", "--stack", "one"], 40, 120)


def left_of(mark):
    """Processes that have `mark` among their arguments."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                if mark.encode() in f.read():
                    found.append(int(pid))
        except OSError:
            pass
    return found


def gone(mark, seconds=10):
    end = time.monotonic() + seconds
    while left_of(mark):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def echoes(fd):
    return bool(termios.tcgetattr(fd)[3] & termios.ECHO)


def asking():
    for name, script in (
            ("tty", "printf 'code: ' >/dev/tty\nread code </dev/tty\n"),
            ("stdin", "printf 'code: ' >/dev/tty\nread code\n"),
            ("stderr", "printf 'code: ' >&2\nread code\n"),
            ("silent", "printf 'code: ' >/dev/tty\nstty -echo </dev/tty\nread code </dev/tty\nstty echo </dev/tty\n"),
            ("grandchild", "code=$(sh -c 'printf \"code: \" >/dev/tty; read c </dev/tty; echo $c')\n")):
        t = start(name, script + CHECK + KEYS)
        t.expect(r"code: $")
        t.type("123456\n")
        status, rest = t.finish()
        check(f"{name}: ends with {status}", status == 0, rest)

    t = start("wrong", "printf 'code: ' >&2\nread code\n" + CHECK + KEYS)
    t.expect(r"code: $")
    t.type("654321\n")
    status, rest = t.finish()
    check(f"a wrong code ends with {status}", status == 5, rest)
    check("the reason is lost", rest.count("wrong: 654321") == 2 and "exit status 1" in rest, rest)


def interrupted():
    """Ctrl-C at the question: 130, nobody is left, and the terminal is as before."""
    for name, script in (
            ("dies", "printf 'code: ' >/dev/tty\nread code </dev/tty\n"),
            ("fails", "trap 'exit 1' INT\nprintf 'code: ' >/dev/tty\nread code </dev/tty\nexit 1\n"),
            ("deaf", "trap '' INT TERM HUP\n(sleep 1000.MARK) &\nprintf 'code: ' >/dev/tty\nwhile :; do read code </dev/tty; done\n"),
            ("mute", "stty -echo </dev/tty\nprintf 'code: ' >/dev/tty\nread code </dev/tty\n"),
            ("parent", "trap '' INT\nprintf 'code: ' >/dev/tty\nsh -c 'trap \"\" INT; sleep 1000.MARK'\n")):
        mark = f"1000.{os.getpid() % 1000:03}{len(name)}"
        t = start(f"ctrl-c-{name}", script.replace("1000.MARK", mark))
        t.expect(r"code: $")
        t.type("\x03")
        status, rest = t.finish(seconds=30)
        check(f"{name}: Ctrl-C ends with {status}", status == 130, rest)
        check(f"{name}: a child is left", gone(mark) and gone(f"{WORK}/ctrl-c-{name}"), rest)


def killed():
    t = start("killed", "printf 'code: ' >/dev/tty\nsleep 1000.0771\n")
    t.expect(r"code: $")
    os.kill(t.pid, signal.SIGTERM)
    status, rest = t.finish()
    check(f"SIGTERM ends with {status}", status == 130, rest)
    check("a child is left", gone("1000.0771") and gone(f"{WORK}/killed"), rest)


def echo_is_restored():
    """Seen by whoever holds the terminal open beside runbook: a shell that started it."""
    script = f"{WORK}/mute"
    with open(script, "w", encoding="ascii") as f:
        f.write("#!/bin/sh\nstty -echo </dev/tty\nprintf 'code: ' >/dev/tty\nread code </dev/tty\n")
    os.chmod(script, 0o700)
    with open(os.environ["AWS_CONFIG_FILE"], "w", encoding="ascii") as f:
        f.write(f"[default]\ncredential_process = {script}\n")
    t = Terminal(["/bin/sh", "-c", f"trap : INT; '{RUNBOOK}' run --to 1-1 --yes --stack one; echo st=$?; stty -a; read x"], 40, 120)
    t.expect(r"code: $")
    check("the program did not turn echo off", not echoes(t.fd))
    t.type("\x03")
    t.expect(r"st=130[\s\S]*[^-]echo ")
    check("no echo any more", echoes(t.fd), t.seen)
    t.type("\n")
    t.finish()


def in_the_background():
    """A program that leaves the terminal's group and asks all the same is stopped by the kernel."""
    t = start("apart", "import os\nos.setpgid(0, 0)\nopen('/dev/tty').readline()\n", "/usr/bin/python3")
    status, rest = t.finish(seconds=30)
    check(f"asking from the background ends with {status}", status == 5, rest)
    check("nobody says why", "asks on the terminal" in rest and "foreground" in rest, rest)
    check("it is left", gone(f"{WORK}/apart"), rest)


asking()
interrupted()
killed()
echo_is_restored()
in_the_background()
