#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
A Python that has read what costs most of a short program, boto3 or the AWS CLI and AWS's models,
and forks for each program that is asked of it; `py` and `aws_cli` of tests/warm.sh ask.

    warm.py FOLDER [boto3|awscli]       each has a botocore of its own, and one process takes one

Once FOLDER/ready is there, programs are asked for at the FIFO FOLDER/ask; it ends with its parent.
A line of the FIFO is the id of the process that asks, PID.  FOLDER/PID.env and PID.argv hold the
environment and the words after "python3", each ended by NUL; folder and standard input are the
process's.  What is printed goes to PID.out and PID.err, then the exit status to the FIFO PID.rc.
"""
import ctypes
import os
import runpy
import signal
import sys
import time

TIME_LIMIT_S = 900
PR_SET_PDEATHSIG = 1


SERVICES = "ec2", "iam", "s3", "sts"


def keep_loaders(module):
    """AWS's models, read once: every session of a fork finds them read."""
    cold, kept = module.create_loader, {}

    def create_loader(path=None):
        if path not in kept:
            kept[path] = cold(path)
        return kept[path]

    module.create_loader = create_loader


def read_boto3():
    import boto3
    import botocore.session

    keep_loaders(botocore.session)
    session = boto3.session.Session("AKIAWARM", "warm")
    for service in SERVICES:
        session.client(service, region_name="us-east-1", endpoint_url="http://127.0.0.1:9")


def read_awscli():
    import awscli.clidriver

    for name in ("awscli.botocore.session", "botocore.session"):  # version 2 brings its own
        if name in sys.modules:
            keep_loaders(sys.modules[name])
    session = awscli.clidriver.create_clidriver().session
    for service in SERVICES + ("ssm",):
        session.create_client(service, region_name="us-east-1", aws_access_key_id="AKIAWARM",
                              aws_secret_access_key="warm", endpoint_url="http://127.0.0.1:9")
        session.get_component("data_loader").load_service_model(service, "paginators-1")
        if service != "sts" and service != "ssm":
            session.get_component("data_loader").load_service_model(service, "waiters-2")
    for name in ("awscli.customizations.s3.s3", "awscli.customizations.waiters"):
        __import__(name)


def words_of(path):
    with open(path, "rb") as f:
        return [os.fsdecode(word) for word in f.read().split(b"\0")[:-1]]


def become(folder, pid):
    """What `env -i ENV /usr/bin/python3 ARGV` of that process would be."""
    new = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for fd, path, flags in ((1, f"{folder}/{pid}.out", new), (2, f"{folder}/{pid}.err", new),
                            (0, f"/proc/{pid}/fd/0", os.O_RDONLY)):
        there = os.open(path, flags, 0o600)
        os.dup2(there, fd)
        os.close(there)
    env, argv = words_of(f"{folder}/{pid}.env"), words_of(f"{folder}/{pid}.argv")
    data_path = os.environ.get("AWS_DATA_PATH")  # set by reading the AWS CLI
    os.environ.clear()
    os.environ.update(word.split("=", 1) for word in env)
    if data_path and "awscli" in sys.modules:
        os.environ.setdefault("AWS_DATA_PATH", data_path)
    time.tzset()
    os.chdir(f"/proc/{pid}/cwd")
    if argv[0] == "-c":
        sys.argv = ["-c"] + argv[2:]
        sys.path[0] = ""
        code = compile(argv[1], "<string>", "exec")
    elif argv[0] == "-":
        sys.argv = argv
        sys.path[0] = ""
        code = compile(sys.stdin.read(), "<stdin>", "exec")
    else:
        sys.argv = argv
        sys.path[0] = os.path.dirname(argv[0])
        runpy.run_path(argv[0], run_name="__main__")
        return
    module = type(sys)("__main__")
    sys.modules["__main__"] = module
    exec(code, module.__dict__)


def status_of(folder, pid):
    try:
        become(folder, pid)
        return 0
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1


def serve(folder, pid):
    """One program, in a process of its own."""
    signal.alarm(TIME_LIMIT_S)
    rc = status_of(folder, pid)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            rc = rc or 1
    with open(f"{folder}/{pid}.rc", "w", encoding="ascii") as f:
        print(rc, file=f)


def main():
    folder = os.path.abspath(sys.argv[1])
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    {"boto3": read_boto3, "awscli": read_awscli}[(sys.argv + ["boto3"])[2]]()
    # With a writer, itself, so that it has no end.
    with os.fdopen(os.open(folder + "/ask", os.O_RDWR), encoding="ascii") as ask:
        with open(folder + "/ready", "x", encoding="ascii"):
            pass
        for line in iter(ask.readline, ""):
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                ask.close()
                try:
                    serve(folder, int(line))
                finally:
                    os._exit(0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
