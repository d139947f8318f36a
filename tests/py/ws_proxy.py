#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
A ProxyCommand for ssh: one tunnel through an Instance Connect Endpoint, by the
standard library alone, as a check that shares nothing with the program.

    ws_proxy.py TLS_PORT CA_FILE EICE_ID DNS_NAME ADDRESS [NAME=VALUE...]

The host name is mapped to 127.0.0.1:TLS_PORT.  NAME=VALUE changes a parameter of the
URL; with `key=`, `secret=`, `at=` (seconds from now), `region=` the signature.  Prints
what the server refuses or why it closes on stderr, and then ends with 1.
"""
import base64
import datetime
import hashlib
import hmac
import os
import selectors
import socket
import ssl
import sys
import urllib.parse

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
EMPTY = hashlib.sha256(b"").hexdigest()


def sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def quote(text):
    return urllib.parse.quote(text, safe="-_.~")


def signed_target(host, params, how):
    now = datetime.datetime.now(datetime.timezone.utc)
    now += datetime.timedelta(seconds=int(how.get("at", "0")))
    stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    region = how.get("region", host.split(".")[-3])
    scope = "%s/%s/ec2-instance-connect/aws4_request" % (day, region)
    query = dict(params)
    query.update({
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": how.get("key", "AKIASANDBOX000000000") + "/" + scope,
        "X-Amz-Date": stamp, "X-Amz-Expires": how.get("expires", "60"),
        "X-Amz-SignedHeaders": "host"})
    canonical = "&".join("%s=%s" % (quote(k), quote(v)) for k, v in sorted(query.items()))
    request = "GET\n/openTunnel\n%s\nhost:%s\n\nhost\n%s" % (canonical, host, EMPTY)
    to_sign = "AWS4-HMAC-SHA256\n%s\n%s\n%s" % (
        stamp, scope, hashlib.sha256(request.encode()).hexdigest())
    k = ("AWS4" + how.get("secret", "sandbox")).encode()
    for part in (day, region, "ec2-instance-connect", "aws4_request"):
        k = sign(k, part)
    return "/openTunnel?%s&X-Amz-Signature=%s" % (canonical, sign(k, to_sign).hex())


def upgrade(conn, host, target):
    """The bytes that came behind the answer; exits when the tunnel is refused."""
    key = base64.b64encode(os.urandom(16)).decode()
    conn.sendall(("GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n\r\n"
                  % (target, host, key)).encode())
    data = b""
    while b"\r\n\r\n" not in data:
        more = conn.recv(65536)
        if not more:
            sys.exit("the server hung up")
        data += more
    head, rest = data.split(b"\r\n\r\n", 1)
    if not head.startswith(b"HTTP/1.1 101 "):
        while True:
            more = conn.recv(65536)
            if not more:
                break
            rest += more
        sys.exit("refused: %s %s" % (head.split(b" ")[1].decode(), rest.decode()))
    accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest())
    if accept not in head:
        sys.exit("a wrong Sec-WebSocket-Accept")
    return rest


def frame(opcode, data):
    mask = os.urandom(4)
    n = len(data)
    if n < 126:
        head = bytes([0x80 | opcode, 0x80 | n])
    elif n < 65536:
        head = bytes([0x80 | opcode, 0x80 | 126]) + n.to_bytes(2, "big")
    else:
        head = bytes([0x80 | opcode, 0x80 | 127]) + n.to_bytes(8, "big")
    # the whole payload at once: as numbers, since a loop over bytes is far too slow here
    pad = mask * (n // 4 + 1)
    masked = int.from_bytes(data, "big") ^ int.from_bytes(pad[:n], "big")
    return head + mask + masked.to_bytes(n, "big")


class Frames:
    """The server's frames, as they come out of a stream."""

    def __init__(self, data):
        self.data = bytearray(data)

    def take(self):
        """(opcode, payload) or None."""
        d = self.data
        if len(d) < 2:
            return None
        n, at = d[1], 2
        if n >= 0x80:
            sys.exit("the server masks its frames")
        if n == 126:
            n, at = int.from_bytes(d[2:4], "big"), 4
        elif n == 127:
            n, at = int.from_bytes(d[2:10], "big"), 10
        if len(d) < at + n:
            return None
        opcode, payload = d[0] & 15, bytes(d[at:at + n])
        del d[:at + n]
        return opcode, payload


def close_of(payload):
    """Exits as the close frame says."""
    code = int.from_bytes(payload[:2], "big") if len(payload) >= 2 else 1000
    if code == 1000:
        sys.exit(0)
    sys.exit("closed: %d %s" % (code, payload[2:].decode()))


def carry(conn, rest):
    frames = Frames(rest)
    conn.setblocking(False)
    wait = selectors.DefaultSelector()
    wait.register(conn, selectors.EVENT_READ)
    wait.register(0, selectors.EVENT_READ)

    def send(data):
        conn.setblocking(True)
        conn.sendall(data)
        conn.setblocking(False)

    def show():
        while True:
            got = frames.take()
            if not got:
                return
            if got[0] == 8:
                close_of(got[1])
            elif got[0] == 9:
                send(frame(10, got[1]))
            elif got[0] in (0, 2):
                os.write(1, got[1]) if len(got[1]) < 4096 else write_all(got[1])

    show()
    while True:
        for key, _ in wait.select():
            if key.fd == 0:
                data = os.read(0, 65000)
                if not data:
                    send(frame(8, (1000).to_bytes(2, "big")))
                    wait.unregister(0)
                    continue
                send(frame(2, data))
                continue
            while True:
                try:
                    data = conn.recv(65536)
                except (ssl.SSLWantReadError, BlockingIOError):
                    break
                if not data:
                    show()
                    sys.exit("the server hung up")
                frames.data += data
            show()


def write_all(data):
    at = 0
    while at < len(data):
        at += os.write(1, data[at:])


def main():
    port, ca, eice, host, address = sys.argv[1:6]
    params = {"instanceConnectEndpointId": eice, "remotePort": "22", "privateIpAddress": address,
              "maxTunnelDuration": "3600"}
    how = {}
    for word in sys.argv[6:]:
        name, value = word.split("=", 1)
        if name in ("key", "secret", "at", "region", "expires", "plain"):
            how[name] = value
        elif value:
            params[name] = value
        else:
            del params[name]
    context = ssl.create_default_context(cafile=ca)
    raw = socket.create_connection(("127.0.0.1", int(port)), timeout=60)
    conn = context.wrap_socket(raw, server_hostname=host)
    target = signed_target(host, params, how)
    if "plain" in how:
        target = "/openTunnel?" + urllib.parse.urlencode(params)
    rest = upgrade(conn, host, target)
    carry(conn, rest)


if __name__ == "__main__":
    main()
