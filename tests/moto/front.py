# SPDX-License-Identifier: Apache-2.0
"""moto on loopback, with what the procedure needs and moto lacks in front of it.

Starts moto (from PyPI) and a small HTTP server, both on ports that the kernel
gives, and prints `listening http://127.0.0.1:PORT`.  Every request goes to moto
as it came, but for three EC2 actions that moto does not have:
Create-, Describe- and DeleteInstanceConnectEndpoint(s).  Those are answered here,
with EC2's element names, from a table of this process.

Ends when its standard input closes, so it never outlives the test.
"""

import http.client
import os
import re
import sys
import threading
import time
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
from moto.server import ThreadedMotoServer  # noqa: E402

NS = "http://ec2.amazonaws.com/doc/2016-11-15/"
endpoints = {}  # (region, id) -> dict
lock = threading.Lock()


def region_of(headers):
    """The region of the credential scope; moto reads it the same way."""
    scope = re.search(r"Credential=[^/]+/\d{8}/([^/]+)/([^/]+)/", headers.get("Authorization", ""))
    return scope.groups() if scope else ("us-east-1", "")


def tags_of(form):
    tags = {}
    for n in range(1, 51):
        key = form.get(f"TagSpecification.1.Tag.{n}.Key")
        if key is None:
            break
        tags[key] = form.get(f"TagSpecification.1.Tag.{n}.Value", "")
    return tags


def filters_of(form):
    filters = []
    for n in range(1, 201):
        name = form.get(f"Filter.{n}.Name")
        if name is None:
            break
        values = []
        while f"Filter.{n}.Value.{len(values) + 1}" in form:
            values.append(form[f"Filter.{n}.Value.{len(values) + 1}"])
        filters.append((name, values))
    return filters


def matches(endpoint, filters):
    for name, values in filters:
        if name.startswith("tag:"):
            found = endpoint["tags"].get(name[4:])
        else:
            found = {"vpc-id": endpoint["vpc"], "subnet-id": endpoint["subnet"],
                     "state": endpoint["state"],
                     "instance-connect-endpoint-id": endpoint["id"]}.get(name)
        if found not in values:
            return False
    return True


def item(e, tag):
    groups = "".join(f"<item>{escape(g)}</item>" for g in e["groups"])
    tags = "".join(f"<item><key>{escape(k)}</key><value>{escape(v)}</value></item>"
                   for k, v in e["tags"].items())
    return (f"<{tag}><instanceConnectEndpointId>{e['id']}</instanceConnectEndpointId>"
            f"<state>{e['state']}</state><stateMessage/>"
            f"<dnsName>{e['id']}.0a1b2c3d.ec2-instance-connect-endpoint.{e['region']}.amazonaws.com"
            f"</dnsName><vpcId>{escape(e['vpc'])}</vpcId><subnetId>{escape(e['subnet'])}</subnetId>"
            f"<securityGroupIdSet>{groups}</securityGroupIdSet>"
            f"<preserveClientIp>{e['preserve']}</preserveClientIp>"
            f"<createdAt>{e['created']}</createdAt><tagSet>{tags}</tagSet></{tag}>")


def reply(action, inner):
    return 200, (f'<{action}Response xmlns="{NS}"><requestId>{uuid.uuid4()}</requestId>'
                 f"{inner}</{action}Response>")


def failure(code, message):
    return 400, (f"<Response><Errors><Error><Code>{code}</Code><Message>{escape(message)}</Message>"
                 f"</Error></Errors><RequestID>{uuid.uuid4()}</RequestID></Response>")


def vpc_of_subnet(region, subnet):
    import boto3
    ec2 = boto3.client("ec2", region_name=region, endpoint_url=Handler.moto_url,
                       aws_access_key_id="test", aws_secret_access_key="test")
    return ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]


def create(region, form):
    token = form.get("ClientToken")
    with lock:
        for e in endpoints.values():
            if token and e["token"] == token and e["region"] == region:
                return reply("CreateInstanceConnectEndpoint", item(e, "instanceConnectEndpoint"))
    groups = []
    while f"SecurityGroupId.{len(groups) + 1}" in form:
        groups.append(form[f"SecurityGroupId.{len(groups) + 1}"])
    e = {"id": "eice-" + uuid.uuid4().hex[:17], "state": "create-complete", "region": region,
         "subnet": form["SubnetId"], "vpc": vpc_of_subnet(region, form["SubnetId"]),
         "groups": groups, "preserve": form.get("PreserveClientIp", "false"), "token": token,
         "created": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()), "tags": tags_of(form)}
    with lock:
        endpoints[region, e["id"]] = e
    return reply("CreateInstanceConnectEndpoint", item(e, "instanceConnectEndpoint"))


def describe(region, form):
    wanted = [v for k, v in form.items() if k.startswith("InstanceConnectEndpointId.")]
    with lock:
        here = [e for (r, _), e in endpoints.items() if r == region]
    for w in wanted:
        if not any(e["id"] == w for e in here):
            return failure("InvalidInstanceConnectEndpointId.NotFound",
                           f"The instance connect endpoint ID '{w}' does not exist")
    found = [e for e in here if (not wanted or e["id"] in wanted) and matches(e, filters_of(form))]
    return reply("DescribeInstanceConnectEndpoints", "<instanceConnectEndpointSet>" +
                 "".join(item(e, "item") for e in found) + "</instanceConnectEndpointSet>")


def delete(region, form):
    wanted = form.get("InstanceConnectEndpointId", "")
    with lock:
        e = endpoints.pop((region, wanted), None)
    if not e:
        return failure("InvalidInstanceConnectEndpointId.NotFound",
                       f"The instance connect endpoint ID '{wanted}' does not exist")
    e["state"] = "delete-in-progress"
    return reply("DeleteInstanceConnectEndpoint", item(e, "instanceConnectEndpoint"))


OURS = {"CreateInstanceConnectEndpoint": create, "DescribeInstanceConnectEndpoints": describe,
        "DeleteInstanceConnectEndpoint": delete}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    moto_url = ""

    def do_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        region, service = region_of(self.headers)
        if service == "ec2":
            form = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
            ours = OURS.get(form.get("Action", ""))
            if ours:
                status, text = ours(region, form)
                self.answer(status, [("Content-Type", "text/xml;charset=UTF-8")], text.encode())
                return
        upstream = http.client.HTTPConnection(self.moto_url.split("//")[1], timeout=60)
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in ("connection", "transfer-encoding"):
                upstream.putheader(name, value)
        upstream.endheaders(body)
        got = upstream.getresponse()
        data = got.read()
        keep = [(n, v) for n, v in got.getheaders()
                if n.lower() not in ("connection", "transfer-encoding", "content-length")]
        length = got.getheader("Content-Length") if self.command == "HEAD" else None
        self.answer(got.status, keep, data, length)
        upstream.close()

    def answer(self, status, headers, data, length=None):
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", length or str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_any

    def log_message(self, *args):
        pass


def main():
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    Handler.moto_url = f"http://{host}:{port}"
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"listening http://127.0.0.1:{server.server_address[1]}", flush=True)
    sys.stdin.read()
    server.shutdown()
    moto.stop()


main()
