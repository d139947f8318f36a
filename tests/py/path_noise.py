#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Hostile clients of everything that the sandbox listens on beside its main port.

    path_noise.py URL

Garbage, half requests, giant heads, endless TLS hellos, and many connections that do nothing;
after each kind the sandbox still answers by TLS and by its proxy.
"""
import json
import random
import socket
import ssl
import sys
import threading
import urllib.request

HOST = "sts.us-east-1.amazonaws.com"
rng = random.Random(7)


def info(url):
    with urllib.request.urlopen(url + "/_sandbox/info", timeout=30) as answer:
        return json.load(answer)


def talk(port, data, wait=2.0):
    """What comes back for `data`, cut at 64 KiB, until the end or a short silence."""
    got = b""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as s:
        try:
            s.sendall(data)
            while len(got) < 65536:
                more = s.recv(65536)
                if not more:
                    break
                got += more
        except OSError:
            pass
    return got


def alive(i):
    """A good request by the TLS port and one by the proxy; both get an answer from the services."""
    context = ssl.create_default_context(cafile=i["ca_file"])
    for port, first in ((i["tls_port"], None), (i["proxy_port"], f"CONNECT {HOST}:443 HTTP/1.1\r\n\r\n")):
        raw = socket.create_connection(("127.0.0.1", port), timeout=30)
        if first:
            raw.sendall(first.encode())
            assert b" 200 " in raw.recv(4096)
        with context.wrap_socket(raw, server_hostname=HOST) as s:
            s.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
            assert s.recv(4096).startswith(b"HTTP/1.1 4")


def heads():
    yield b""
    yield b"\r\n\r\n"
    yield b"CONNECT\r\n\r\n"
    yield b"CONNECT " + HOST.encode() + b" HTTP/1.1\r\n\r\n"
    yield b"CONNECT " + HOST.encode() + b":0 HTTP/1.1\r\n\r\n"
    yield b"CONNECT " + HOST.encode() + b":99999 HTTP/1.1\r\n\r\n"
    yield b"CONNECT :443 HTTP/1.1\r\n\r\n"
    yield b"CONNECT [::1]:443 HTTP/1.1\r\n\r\n"
    yield b"CONNECT 127.0.0.1:22 HTTP/1.1\r\n\r\n"
    yield b"CONNECT 10.0.0.1:443 HTTP/1.1\r\n\r\n"
    yield b"CONNECT example.com:443 HTTP/1.1\r\n\r\n"
    yield b"CONNECT " + b"a." * 200 + b"amazonaws.com:443 HTTP/1.1\r\n\r\n"
    yield b"CONNECT " + HOST.encode() + b":443 HTTP/1.1\r\n\r\nearly bytes"
    yield b"CONNECT " + HOST.encode() + b":443 HTTP/1.1\r\n\r\n" + rng.randbytes(2000)
    yield b"GET http://169.254.169.254/latest/ HTTP/1.1\r\n\r\n"
    yield b"GET http://example.com/ HTTP/1.1\r\n\r\n"
    yield b"GET /credentials HTTP/1.1\r\nAuthorization: i-0123456789abcdef0:00\r\n\r\n"
    yield b"GET /resolve?name=%00 HTTP/1.1\r\n\r\n"
    for value in (b"Basic", b"Basic !!!", b"Basic aTow", b"Basic " + b"A" * 9000, b"Bearer x", b"Basic AAAA"):
        yield b"CONNECT x:443 HTTP/1.1\r\nProxy-Authorization: " + value + b"\r\n\r\n"
    yield b"GET / HTTP/1.1\r\n" + b"".join(b"a%d: b\r\n" % n for n in range(500)) + b"\r\n"
    yield b"A" * 100000
    yield b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n"
    yield b"GET / HTTP/1.1\r\nX: " + bytes(range(256)) + b"\r\n\r\n"


def hellos():
    """TLS records that begin well, and then do not go on well."""
    context = ssl.create_default_context()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=HOST)
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello = outgoing.read()
    yield hello[:-20]
    yield hello[:3]
    yield hello.replace(b"amazonaws", b"amaz\x00naws")
    yield hello.replace(b"sts.us-", b"\xff\xfe\x00\x01\x02-")
    for _ in range(60):
        broken = bytearray(hello)
        for _ in range(rng.randint(1, 8)):
            broken[rng.randrange(5, len(broken))] = rng.randrange(256)
        yield bytes(broken)
    yield hello * 50


def inside_tls(i, host, data):
    """Garbage that comes in a good TLS session."""
    context = ssl.create_default_context(cafile=i["ca_file"])
    raw = socket.create_connection(("127.0.0.1", i["tls_port"]), timeout=3)
    try:
        with context.wrap_socket(raw, server_hostname=host) as s:
            s.sendall(data)
            return s.recv(65536)
    except OSError:
        return b""


def idle(i, n):
    """Many that connect and say nothing, or half of something."""
    held = []
    for k in range(n):
        s = socket.create_connection(("127.0.0.1", i["tls_port" if k % 2 else "proxy_port"]), timeout=30)
        if k % 3 == 0:
            s.sendall(b"CONN" if k % 2 == 0 else b"\x16\x03\x01")
        held.append(s)
    alive(i)
    for s in held:
        s.close()


def main():
    url = sys.argv[1]
    i = info(url)
    alive(i)
    wait = 0.3
    for data in heads():
        talk(i["proxy_port"], data, wait)
        talk(i["tls_port"], data, wait)
    alive(i)
    print("ok  heads")
    for data in hellos():
        talk(i["tls_port"], data, 0.1)
    alive(i)
    print("ok  hellos")
    eice = ("eice-0123456789abcdef0.b1946ac9.ec2-instance-connect-endpoint."
            "ap-northeast-1.amazonaws.com")
    for data in list(heads()) + [
            f"GET /openTunnel?{q} HTTP/1.1\r\nHost: {eice}\r\n\r\n".encode() for q in (
                "", "a", "%zz", "X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Signature=" + "0" * 9000,
                "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/b/c/d/aws4_request&X-Amz-Date="
                "20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00")]:
        inside_tls(i, eice, data)
        inside_tls(i, HOST, data)
    assert b'{"ErrorCode":"AccessDenied"' in inside_tls(
        i, eice, f"GET /openTunnel HTTP/1.1\r\nHost: {eice}\r\n\r\n".encode())
    alive(i)
    print("ok  inside TLS")
    crowd = [threading.Thread(target=alive, args=(i,)) for _ in range(40)]
    for t in crowd:
        t.start()
    for t in crowd:
        t.join()
    print("ok  forty at once")
    idle(i, 300)
    alive(i)
    print("ok  three hundred idle ones")


if __name__ == "__main__":
    main()
