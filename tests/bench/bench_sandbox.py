# SPDX-License-Identifier: Apache-2.0
"""
How fast the sandbox is, beside moto when its virtual environment (make check-moto) is there:
DescribeVpcs a second over one kept-alive connection, start-up, memory after all of it.
The request is signed once and sent again and again, so that only the server is measured.

usage: bench_sandbox.py SANDBOX-PROGRAM [REQUESTS]
"""
import os
import socket
import statistics
import subprocess
import sys
import time

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MOTO = f"{TOP}/build/moto-venv/bin/python"
FORM = "application/x-www-form-urlencoded; charset=utf-8"


def request(address, form):
    r = AWSRequest("POST", f"http://{address}/", data=form,
                   headers={"Content-Type": FORM, "Host": address})
    SigV4Auth(Credentials("AKIASANDBOX000000000", "sandbox"), "ec2", "us-east-1").add_auth(r)
    head = "".join(f"{k}: {v}\r\n" for k, v in dict(r.headers).items())
    return (f"POST / HTTP/1.1\r\n{head}Content-Length: {len(form)}\r\n\r\n{form}").encode()


class Client:
    def __init__(self, address):
        host, port = address.split(":")
        self.to = (host, int(port))
        self.socket = None

    def ask(self, data):
        while True:
            if not self.socket:
                self.socket = socket.create_connection(self.to)
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.sendall(data)
            answer = b""
            while b"\r\n\r\n" not in answer:
                got = self.socket.recv(65536)
                if not got:
                    break
                answer += got
            if answer:
                break
            self.socket = None  # closed since the last answer
        head, body = answer.split(b"\r\n\r\n", 1)
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        while len(body) < int(fields[b"content-length"]):
            body += self.socket.recv(65536)
        if fields.get(b"connection") == b"close":
            self.socket.close()
            self.socket = None
        assert head.split()[1] == b"200", (head, body)
        return body


def start(command):
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    line = ""
    while not line.startswith("listening "):
        line = process.stdout.readline()
        assert line, f"{command[0]} did not start"
    return process, line.split("://")[1].strip(), 1000 * (time.monotonic() - begun)


def stop(process):
    process.stdin.close()
    process.terminate()
    process.wait()


def memory_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS")) / 1024


def measure(name, command, starts, requests):
    times = []
    for _ in range(starts - 1):
        process, _, ms = start(command)
        times.append(ms)
        stop(process)
    process, address, ms = start(command)
    times.append(ms)
    client = Client(address)
    for i in range(3):
        client.ask(request(address, f"Action=CreateVpc&Version=2016-11-15&CidrBlock=10.{i}.0.0/16"))
    data = request(address, "Action=DescribeVpcs&Version=2016-11-15")
    client.ask(data)
    begun = time.monotonic()
    for _ in range(requests):
        client.ask(data)
    rate = requests / (time.monotonic() - begun)
    print(f"{name:10} {rate:8.0f} DescribeVpcs/s   start-up {statistics.median(times):7.1f} ms"
          f"   {memory_mib(process.pid):6.1f} MiB after {requests} requests", flush=True)
    stop(process)


count = int(sys.argv[2]) if len(sys.argv) > 2 else 100000
measure("sandbox", [sys.argv[1], "serve", "--until-eof"], 9, count)
if os.path.exists(MOTO):
    measure("moto", [MOTO, f"{TOP}/tests/moto/front.py"], 1, min(count, 500))
