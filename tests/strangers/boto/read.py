# SPDX-License-Identifier: Apache-2.0
"""
Reads what reads.py lists (on stdin) with boto3, and prints each answer as canonical JSON, a line each.

The programs of the other SDKs (../js, ../go) print the same, by these rules: what is empty is left out, for SDKs
differ in what they make of an element that is not there; times are UTC to the second; a body is its SHA-256; IAM's
documents are JSON, and a console's output is text; an error is code, status and message, of a HEAD the status only.
"""
import datetime
import hashlib
import json
import sys

import boto3
import botocore.config
import botocore.exceptions

clients = {}


def client(service, region):
    if (service, region) not in clients:
        config = botocore.config.Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1},
                                        parameter_validation=False)
        clients[service, region] = boto3.client(service, region_name=region, config=config)
    return clients[service, region]


def canonical(value):
    if isinstance(value, dict):
        known = {k: canonical(v) for k, v in value.items()}
        return {k: v for k, v in known.items() if v not in (None, "", [], {})}
    if isinstance(value, list):
        return [canonical(v) for v in value]
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    if hasattr(value, "read"):
        return hashlib.sha256(value.read()).hexdigest()
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    return int(value) if value == int(value) else value


def ask(service, region, operation, params):
    c = client(service, region)
    method = next(m for m, o in c.meta.method_to_api_mapping.items() if o == operation)
    try:
        answer = getattr(c, method)(**params)
    except botocore.exceptions.ClientError as e:
        error = e.response["Error"]
        status = e.response["ResponseMetadata"]["HTTPStatusCode"]
        # A HEAD's answer has no body: botocore then takes the status for the code.
        code = error["Code"] if operation[:4] != "Head" else ""
        return {"Code": code, "Status": status, "Message": error["Message"] if code else ""}
    answer.pop("ResponseMetadata", None)
    if "EncodingType" not in params:
        answer.pop("EncodingType", None)  # botocore asks for it by itself, and decodes the keys
    return answer


for read in json.load(sys.stdin):
    print(json.dumps([read, canonical(ask(*read))], sort_keys=True, separators=(",", ":")))
