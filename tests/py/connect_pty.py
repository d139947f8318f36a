#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
`runbook connect` under a pseudo-terminal: prompt, window size and its change, Ctrl-C, exit.

    connect_pty.py RUNBOOK
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time


class Terminal:
    def __init__(self, argv, rows, cols):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execv(argv[0], argv)
        self.seen = ""
        self.resize(rows, cols)

    def resize(self, rows, cols):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def type(self, text):
        self.seen = ""
        os.write(self.fd, text.encode())

    def expect(self, pattern, seconds=20):
        end = time.monotonic() + seconds
        while not re.search(pattern, self.seen):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                sys.exit(f"no {pattern!r} in {self.seen!r}")
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                data = b""
            if not data:
                sys.exit(f"it ended before {pattern!r}: {self.seen!r}")
            # without what a shell says to terminals alone, and with one kind of line end
            self.seen += data.decode(errors="replace")
            self.seen = re.sub(r"\x1b\[\?2004[hl]|\r\n?", "\n", self.seen)

    def finish(self, seconds=90):
        """Its status, and what it still said."""
        said, end = b"", time.monotonic() + seconds
        while True:
            if not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
                os.kill(self.pid, signal.SIGKILL)
                sys.exit(f"it does not end: {self.seen!r}{said!r}")
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                break
            if not data:
                break
            said += data
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return status, said.decode(errors="replace")

    def end(self):
        return self.finish()[0]


PROMPT = r"[$#] \n?$"


def size_is(t, rows, cols):
    """The change travels beside the bytes: asked for until it is there."""
    for _ in range(200):
        t.type("stty size; echo 'said'\n")
        # Up to the prompt: before it, readline writes back the size that it has read, and a
        # change that comes between the two is lost.
        t.expect(rf"(?m)^said$[\s\S]*{PROMPT}")
        if re.search(rf"(?m)^{rows} {cols}$", t.seen):
            return
    sys.exit(f"the remote terminal never was {rows} by {cols}: {t.seen!r}")


def main():
    runbook = os.path.abspath(sys.argv[1])
    before = os.getcwd()
    t = Terminal([runbook, "connect"], 40, 100)
    t.expect(PROMPT)
    t.type("tty\n")
    t.expect(rf"(?m)^/dev/pts/\d+$[\s\S]*{PROMPT}")
    size_is(t, 40, 100)
    t.resize(51, 133)
    size_is(t, 51, 133)
    began = time.monotonic()
    # It speaks when the terminal is its own: a Ctrl-C while bash still makes it ready ends
    # neither, and bash loses the terminal to it.
    t.type("sh -c \"echo slee''ping; exec sleep 100\"; echo inter''rupted $?\n")
    t.expect(r"(?m)^sleeping$")
    t.type("\x03")
    t.expect(rf"\^C[\s\S]*{PROMPT}")  # a shell drops what is typed before it asks again
    t.type("echo back $((40 + 2))\n")
    t.expect(r"(?m)^back 42")
    if time.monotonic() - began > 50:
        sys.exit("Ctrl-C did not interrupt")
    t.type("exit 9\n")
    status = t.end()
    if status != 9:
        sys.exit(f"the shell's status is {status}, not 9")
    assert os.getcwd() == before


if __name__ == "__main__":
    main()
