# SPDX-License-Identifier: Apache-2.0
"""Each action, resource and condition that `runbook policy` prints is needed: policy_needed.py BIN [SHARE OF [WHAT...]],
of the procedure in the environment's PROCEDURE.

For run, verify, connect and undo a user of the sandbox gets exactly the printed documents, less one action, one
resource, or with one condition that is not met.  `runbook preflight` must say no to one of its rows beforehand, and the
command must then be denied, in a step that the reasons of `--output json` name; with the whole policy undo must take down what stands and find nothing left.  Rows that the
reasons mark with only_when (repairs, an account's first) are not tried.  The run has a tag and a permissions boundary
of the account's, so their conditions are tried too.  SHARE OF: every OFth case.
"""
import copy
import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request

ACCOUNT = "123456789012"
BOUNDARY = "arn:aws:iam::123456789012:policy/edge"
GOVERNED = ["--procedure", os.environ.get("PROCEDURE", "peering"), "--set", "tags.Owner=somebody", "--set", f"iam.permissions_boundary={BOUNDARY}"]
KEY = "AKIAOPERATOR00000000"


def as_list(value):
    return value if isinstance(value, list) else [value]


class World:
    def __init__(self, bin_dir, work):
        self.bin, self.work, self.home = bin_dir, work, os.path.join(work, "home")
        self.sandbox = subprocess.Popen(
            [f"{bin_dir}/runbook-sandbox", "serve", "--speed", "600"], stdout=subprocess.PIPE, text=True,
            env=dict(os.environ, RUNBOOK_SANDBOX_JOURNAL=self.home))
        self.url = self.sandbox.stdout.readline().split()[1]
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        info = json.loads(self.opener.open(self.url + "/_sandbox/info", timeout=30).read())
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "RUNBOOK_"))}
        self.env.update(
            AWS_ENDPOINT_URL=self.url, AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY="s3cr3t",
            AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null", AWS_EC2_METADATA_DISABLED="true",
            AWS_CA_BUNDLE=info["ca_file"], RUNBOOK_CONNECT_TO=f"::127.0.0.1:{info['tls_port']}", LC_ALL="C.UTF-8",
            RUNBOOK_HOME=self.home, RUNBOOK_FAULT_SYNCED="journal.sync")

    def close(self):
        self.sandbox.terminate()
        self.sandbox.wait()

    def operator(self, documents):
        edge = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
        body = {"principals": [{"name": "operator", "access_key_id": KEY, "secret": "s3cr3t", "policies": documents}],
                "policies": [{"name": "edge", "policy": edge}]}
        self.opener.open(self.url + "/_sandbox/account", data=json.dumps(body).encode(), timeout=30).close()

    def runbook(self, *words):
        """Exit status, and what was said on both ways."""
        done = subprocess.run([f"{self.bin}/runbook", *words], env=self.env, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
        return done.returncode, done.stdout

    def well(self, *words):
        status, said = self.runbook(*words)
        if status:
            sys.exit(f"FAILED: {' '.join(words)} ended with {status}:\n{said}")
        return said

    def policy(self, what):
        """Documents and reasons; nothing is asked of AWS."""
        got = json.loads(self.well("policy", "--account", ACCOUNT, "--for", what, "--output", "json",
                                   *GOVERNED))["policies"]
        return [p["document"] for p in got], [r for p in got for r in p["reasons"]]


def cases(documents, reasons):
    """(what is taken away, documents without it, steps that need it)."""
    needed = [r for r in reasons if not r.get("only_when")]
    for d, document in enumerate(documents):
        for s, statement in enumerate(document["Statement"]):
            rows = [r for r in needed if r["sid"] == statement["Sid"]]
            for action in as_list(statement["Action"]):
                hit = [r for r in rows if r["action"] == action]
                if hit:
                    yield f"action {action}", less(documents, d, s, "Action", action), hit
            for resource in as_list(statement["Resource"]):
                hit = [r for r in rows if resource in r["resources"]]
                if hit:
                    rest = less(documents, d, s, "Resource", resource)
                    for wider in wider_ones(statement, resource):  # there for a diagnosis only
                        rest = less(rest, d, s, "Resource", wider)
                    # what is asked in a diagnosis goes with it, and may be denied first
                    yield (f"resource {resource} of {statement['Sid']}", rest,
                           [r for r in reasons if r["sid"] == statement["Sid"] and resource in r["resources"]])
            for operator, keys in statement.get("Condition", {}).items():
                for key, values in keys.items():
                    for value in as_list(values):
                        hit = rows
                        if key == "ec2:CreateAction":
                            hit = [r for r in needed if r["action"] == f"ec2:{value}"]
                        elif key == "iam:PassedToService" and value.endswith(".cn"):
                            hit = []
                        if hit:
                            yield (f"{operator} {key} {value} of {statement['Sid']}",
                                   unmet(documents, d, s, operator, key, value), rows)


def wider_ones(statement, resource):
    """Those of the statement that allow the same and more."""
    return [w for w in as_list(statement["Resource"]) if w != resource and fnmatch.fnmatchcase(resource, w)]


def less(documents, d, s, member, item):
    documents = copy.deepcopy(documents)
    rest = [i for i in as_list(documents[d]["Statement"][s][member]) if i != item]
    if rest:
        documents[d]["Statement"][s][member] = rest
    else:
        del documents[d]["Statement"][s]
    return [x for x in documents if x["Statement"]]


def unmet(documents, d, s, operator, key, value):
    documents = copy.deepcopy(documents)
    other = "192.0.2.0/24" if operator == "IpAddress" else "3389" if operator.startswith("Numeric") else \
        "arn:aws:ec2:eu-west-1:123456789012:vpc/*" if operator == "ArnLike" else \
        "arn:aws:iam::aws:policy/None" if operator == "ArnEquals" else "none"
    values = [other if v == value else v for v in as_list(documents[d]["Statement"][s]["Condition"][operator][key])]
    documents[d]["Statement"][s]["Condition"][operator][key] = values
    return documents


def denied_where(said, rows):
    """None when it was denied in a step of these rows, else what is wrong."""
    actions = {r["action"] for r in rows}
    told = set(re.findall(r"not authorized to perform: ([A-Za-z0-9:-]+)", said))
    if not told & actions and not (any(a.startswith("s3:") for a in actions) and re.search("AccessDenied|403", said)):
        return f"was not denied one of {sorted(actions)}"
    step = re.search(r"where: step (\S+)", said)
    if step and step[1] not in {r["step"] for r in rows}:
        return f"was denied in step {step[1]}"
    return None


SIMULATE = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "iam:SimulatePrincipalPolicy", "Resource": "*"}]}


def not_foreseen(world, what, rows):
    """None when preflight says no to what is taken away, else what it says instead."""
    status, said = world.runbook("preflight", "--output", "json", *GOVERNED)
    told = {(p["step"], p["action"]) for p in json.loads(said)["permissions"]
            if p["verdict"] == "no" and what in p["for"] and not p.get("only_when")} if status == 1 else set()
    if told & {(r["step"], r["action"]) for r in rows}:
        return None
    return f"preflight ended with {status} and said no to {sorted(told)}"


def main():
    bin_dir = os.path.abspath(sys.argv[1])
    share, of = (int(sys.argv[2]), int(sys.argv[3])) if len(sys.argv) > 3 else (0, 1)
    only = sys.argv[4:]
    work = tempfile.mkdtemp()
    world = World(bin_dir, work)
    wrong, tried, stands = [], 0, False
    try:
        whole = world.policy("all")[0]
        commands = {
            "run": ["run", "--speed", "600", "--ttl", "4h", *GOVERNED],  # so that runbook:expires is put, too
            "verify": ["verify", "--speed", "600"],
            "connect": ["connect", "--speed", "600", "--", "true"],
            "undo": ["undo", "--yes", "--speed", "600"],
        }
        for what, command in commands.items():
            if only and what not in only:
                continue
            documents, reasons = world.policy(what)
            for i, (title, reduced, rows) in enumerate(cases(documents, reasons)):
                if i % of != share:
                    continue
                tried += 1
                if what != "run" and not stands:
                    world.operator(whole)
                    world.well("run", "--speed", "600", *GOVERNED)
                    stands = True
                world.operator(reduced + [SIMULATE])
                missed = not_foreseen(world, what, rows)
                if missed:
                    wrong.append(f"{what}: without {title} {missed}")
                status, said = world.runbook(*command)
                if status == 0:
                    wrong.append(f"{what}: without {title} it does well")
                else:
                    why = denied_where(said, rows)
                    if why:
                        wrong.append(f"{what}: without {title} it ended with {status} and {why}:\n{said[-1500:]}")
                world.operator(whole)
                if what in ("run", "undo"):
                    world.well("undo", "--yes", "--speed", "600")
                    stands = False
            world.operator(whole)
        world.runbook("undo", "--yes", "--speed", "600")
    finally:
        world.close()
        shutil.rmtree(work)
    for line in wrong:
        print("FAILED:", line, file=sys.stderr)
    print(f"{tried} actions, resources and conditions were taken away, {len(wrong)} were not missed")
    sys.exit(1 if wrong or not tried else 0)


main()
