#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
AWS answers a tunnel with ids, addresses and names that are commands: each is refused.

    hostile_answers.py RUNBOOK WORK_DIR
"""
import http.server
import os
import subprocess
import sys
import threading
import urllib.parse
from xml.sax.saxutils import escape

NS = 'xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"'
GOOD = {"ip": "10.0.0.9", "id": "eice-0123456789abcdef0",
        "dns": "eice-0123456789abcdef0.aa.ec2-instance-connect-endpoint.ap-northeast-1.amazonaws.com"}
values = dict(GOOD)


class Answers(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(
            self.rfile.read(int(self.headers["Content-Length"])).decode()))
        action = form["Action"]
        if action == "DescribeInstances":
            inner = ("<reservationSet><item><reservationId>r-1</reservationId><instancesSet><item>"
                     "<instanceId>i-0123456789abcdef0</instanceId><instanceState><code>16</code>"
                     "<name>running</name></instanceState><vpcId>vpc-1</vpcId>"
                     f"<subnetId>subnet-1</subnetId><privateIpAddress>{escape(values['ip'])}"
                     "</privateIpAddress></item></instancesSet></item></reservationSet>")
        else:
            inner = ("<instanceConnectEndpointSet><item><state>create-complete</state>"
                     f"<instanceConnectEndpointId>{escape(values['id'])}</instanceConnectEndpointId>"
                     f"<dnsName>{escape(values['dns'])}</dnsName><vpcId>vpc-1</vpcId>"
                     "<subnetId>subnet-1</subnetId></item></instanceConnectEndpointSet>")
        body = f"<{action}Response {NS}><requestId>r</requestId>{inner}</{action}Response>".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def tunnel(runbook):
    return subprocess.run([runbook, "tunnel", "--instance-id", "i-0123456789abcdef0", "--region",
                           "ap-northeast-1"], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=30, check=False)


def main():
    runbook, work = os.path.abspath(sys.argv[1]), sys.argv[2]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ.update(
        AWS_ENDPOINT_URL=f"http://127.0.0.1:{server.server_port}", AWS_ACCESS_KEY_ID="a",
        AWS_SECRET_ACCESS_KEY="b", AWS_EC2_METADATA_DISABLED="true", AWS_CONFIG_FILE="/dev/null",
        AWS_SHARED_CREDENTIALS_FILE="/dev/null", RUNBOOK_CONNECT_TO="::127.0.0.1:1")
    os.chdir(work)
    done = tunnel(runbook)
    assert done.returncode == 1 and "cannot connect to 'eice-" in done.stderr, done
    for part, word in (("ip", "private address"), ("id", "endpoint id"), ("dns", "endpoint name")):
        for bad in ("$(touch x)", "`touch x`", "x;touch x", "-oProxyCommand=touch x", "a b",
                    GOOD[part] + ";touch x", GOOD[part] + "'", GOOD[part] + "%h", "127.0.0.1:1/"):
            values.clear()
            values.update(GOOD, **{part: bad})
            done = tunnel(runbook)
            if done.returncode != 2 or f"is no {word}" not in done.stderr:
                sys.exit(f"{part} {bad!r}: {done}")
            if os.path.exists("x"):
                sys.exit(f"{part} {bad!r} was a command")
    print("27 hostile answers were refused")


if __name__ == "__main__":
    main()
