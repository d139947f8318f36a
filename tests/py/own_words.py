#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No code looks into our own sentences: each strstr reads what others wrote, and says what that is.

usage: tests/py/own_words.py        (from the top of the tree; ends with 1 and the calls that nobody explained)
"""

import glob
import re
import sys

READS = re.compile(r"\b(?:strstr|strcasestr|memmem)\(")
# file: how many calls, and whose text they read.  One call more or fewer is told.
KNOWN = {
    "runbook/cli/by_hand_view.c": (2, "a command of the AWS CLI"),
    "runbook/cli/cmd_export.c": (1, "a parameter's value, for the id of the run"),
    "runbook/cli/export_terraform.c": (1, "a parameter's value, for the number of an account"),
    "runbook/cli/tunnel_request.c": (1, "a key file, in PEM or OpenSSH's form"),
    "runbook/cli/grants.c": (1, "the separator of a table's column"),
    "runbook/cli/policy_statement.c": (1, "an ARN"),
    "runbook/cli/preflight_setting.c": (1, "a key's ARN or alias"),
    "runbook/engine/recover_find.c": (1, "a bucket's name"),
    "runbook/export/tf_text.c": (1, "an endpoint service's name, for the region in it"),
    "runbook/record/by_hand_tags.c": (1, "a command's form with a place for a value"),
    "runbook/record/home_place.c": (2, "the URL of a home, as it was given"),
    "runbook/record/journal_scan.c": (1, "a journal's line"),
    "runbook/record/stack_busy.c": (1, "the system's list of locks"),
    "runbook/ssh/connection_judge.c": (6, "ssh's own prose"),
    "runbook/ssh/connection_prepare.c": (1, "a path, which ssh would expand"),
    "runbook/ssh/target.c": (2, "a host's name as EC2 forms it"),
    "runbook/ui/width.c": (1, "a text to be wrapped, for parts that stay whole"),
    "runbook/ui/catalogue.c": (2, "the header of a catalogue of messages"),
    "runbook/ui/lang.c": (2, "a locale's name"),
    "src/aws/core/advice.c": (2, "AWS's messages, and a list of codes"),
    "src/aws/core/config_ca_bundle.c": (1, "a certificate in PEM"),
    "src/aws/core/known_ids.c": (1, "ids in AWS's messages"),
    "src/aws/core/prose.c": (7, "AWS's prose"),
    "src/aws/core/reply.c": (3, "an answer's body: XML, or HTML of something on the way"),
    "src/aws/eic.c": (1, "a host's name as EC2 forms it"),
    "src/aws/simulate.c": (1, "an ARN"),
    "src/base/said_parse.c": (1, "a sentence of a journal, for the literals of its format"),
    "src/net/peer_error.c": (4, "libcurl's and OpenSSL's prose"),
    "src/net/proxy.c": (1, "a URL"),
    "src/net/tunnel_carry.c": (1, "the reason in the endpoint's close frame, below src/aws"),
    "src/net/upgrade.c": (2, "the ends of HTTP's lines"),
    "src/net/uri.c": (3, "a URL"),
    "steps/common/blockers_interface.c": (1, "EC2's description of an interface"),
    "steps/common/param_governed.c": (1, "a policy's name and path"),
    "steps/common/path_access.c": (1, "a bucket policy"),
    "steps/common/path_role.c": (1, "an ARN"),
    "steps/common/path_probe.c": (5, "what getent and the AWS CLI print on the instance"),
    "steps/common/policy_decide.c": (2, "a policy's values and principals"),
    "steps/common/bucket_recover.c": (2, "a bucket's name"),
    "steps/common/bucket_whose.c": (1, "a bucket's name"),
}


def main():
    wrong, found = [], {}
    for path in sorted(path for top in ("runbook", "steps", "src/aws", "src/net", "src/base")
                       for path in glob.glob(top + "/**/*.[ch]", recursive=True)):
        with open(path, encoding="utf-8") as f:
            n = len(READS.findall(f.read()))
        if n:
            found[path] = n
    for path in sorted(set(found) | set(KNOWN)):
        n, known = found.get(path, 0), KNOWN.get(path, (0, ""))[0]
        if n != known:
            wrong.append(f"{path}: {n} calls look into a text, {known} are explained")
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
