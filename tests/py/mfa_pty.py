#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
`runbook` under a pseudo-terminal with a profile whose role wants an MFA code.

    mfa_pty.py RUNBOOK      (AWS_* point at a sandbox, AWS_CONFIG_FILE has the profile `operator`)
"""
import base64
import hashlib
import hmac
import json
import os
import re
import struct
import subprocess
import sys
import time

from connect_pty import Terminal

import boto3

SECRET = "RUNBOOKSANDBOXMFADEVICE2"
STEP_S = 30
ASKS = r"Enter MFA code for arn:aws:iam::123456789012:mfa/sandbox: "
TRUST = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole",
    "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]}
MAY_ALL = "arn:aws:iam::aws:policy/AdministratorAccess"


def code_of(step):
    """RFC 6238."""
    digest = hmac.new(base64.b32decode(SECRET), struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7fffffff) % 1000000:06}"


def ask(words, code):
    """Type the code at the prompt; the status, and all that the terminal showed."""
    environ = {k: v for k, v in os.environ.items()
               if k not in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    t = Terminal(["/usr/bin/env", "-i", *(f"{k}={v}" for k, v in environ.items()), *words], 40, 120)
    t.expect(ASKS)
    shown = t.seen
    t.type(code + "\r")
    status, rest = t.finish()
    check("the code is shown", not re.match(rf"\s*{code}", rest), shown + rest)
    return status, shown + rest


def check(what, good, said):
    if not good:
        sys.exit(f"{what}:\n{said}")


def main():
    runbook = os.path.abspath(sys.argv[1])
    # Each is taken once, one step early at the most.
    step = int(time.time()) // STEP_S
    first, second = code_of(step), code_of(step + 1)
    right = [code_of(step + i) for i in range(-2, 4)]
    wrong = next(f"{n:06}" for n in range(len(right) + 1) if f"{n:06}" not in right)
    iam = boto3.client("iam", region_name="us-east-1",
                       endpoint_url=os.environ["AWS_ENDPOINT_URL"],
                       aws_access_key_id="AKIASANDBOX000000000", aws_secret_access_key="sandbox")
    iam.create_role(RoleName="operator", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.attach_role_policy(RoleName="operator", PolicyArn=MAY_ALL)
    run = [runbook, "run", "--yes", "--to", "1-4", "--profile", "operator", "--speed", "2000"]

    status, said = ask(run, wrong)
    check(f"a wrong code ends with {status}", status == 5, said)
    check("a wrong code is not told", "one time pass code" in said, said)
    check("no next command", "have the next code ready" in said and said.count("run the same command again") == 1, said)

    status, said = ask(run, first)
    check(f"a run ends with {status}", status == 0, said)
    check("the run is not there", "1-4" in said and "held" in said, said)
    check("asked more than once", said.count("Enter MFA code") == 1, said)
    left = subprocess.run(["grep", "-rlwF", first, os.environ["RUNBOOK_HOME"]],
                          capture_output=True, text=True, check=False)
    check("the code is in a file", left.returncode == 1, left.stdout)

    status, said = ask(run, first)
    check(f"a used code ends with {status}", status == 5, said)

    # A connection is two programs, ours and the tunnel that ssh starts; a person is asked once.
    status, said = ask([runbook, "connect", "--profile", "operator", "--", "echo", "through"],
                       second)
    check(f"connect ends with {status}", status == 0, said)
    check("connect said something else", "through" in said, said)
    check("asked more than once", said.count("Enter MFA code") == 1, said)


if __name__ == "__main__":
    main()
