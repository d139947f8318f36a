#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An S3 server that takes every write, whatever condition it has: prints its URL, and serves until it is ended."""

import http.server

EMPTY = b'<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>'
NONE = b"<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>There is none</Message></Error>"


class Careless(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-amz-request-id", "CARELESS")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body if self.command != "HEAD" else b"")

    def do_HEAD(self):
        self.answer(200, x_amz_bucket_region="us-east-1")

    def do_GET(self):
        self.answer(200, EMPTY) if "list-type" in self.path else self.answer(404, NONE)

    def do_PUT(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(200, ETag='"0123456789abcdef0123456789abcdef"')

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Careless)
print(f"listening http://127.0.0.1:{server.server_address[1]}", flush=True)
server.serve_forever()
