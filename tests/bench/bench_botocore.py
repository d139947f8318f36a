#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Signatures a second of botocore, on the request that bench_sign.c signs."""
import time

import botocore.auth
import botocore.awsrequest
import botocore.credentials

SIGNATURES = 3000
BODY = ("Action=DescribeVpcs&Version=2016-11-15&Filter.1.Name=tag%3Arunbook%3Arun"
        "&Filter.1.Value.1=0123456789abcdef").encode()
SIGNER = botocore.auth.SigV4Auth(
    botocore.credentials.Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
    "ec2", "us-east-1")


def sign_once():
    request = botocore.awsrequest.AWSRequest(
        "POST", "https://ec2.us-east-1.amazonaws.com/", data=BODY,
        headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})
    SIGNER.add_auth(request)


sign_once()
start = time.monotonic()
for _ in range(SIGNATURES):
    sign_once()
print(SIGNATURES / (time.monotonic() - start))
