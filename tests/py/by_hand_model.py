#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Reads the commands that `runbook steps S` prints as the AWS CLI would, and holds them to AWS's own
models: the operation is there, each option is a member of its input, what is required is given, and
each value has the member's shape (the CLI's shorthand is read by the CLI's own parser).

    by_hand_model.py RUNBOOK [OPTION...]     the options go to `runbook steps`

Nothing is called.  Operations that this machine's botocore is too old for are held to
tests/data/model, which knows names alone.
"""
import json
import pathlib
import re
import shlex
import subprocess
import sys

import botocore.session
import botocore.validate
from awscli.shorthand import BackCompatVisitor, ShorthandParser
from botocore import xform_name

COMMANDS_AT_LEAST = 60
# The CLI's own commands, which no model has: the options that are used of them, and the operands.
OWN = {
    "s3 cp": ({"--endpoint-url", "--cli-connect-timeout", "--cli-read-timeout"}, 2),
    "ec2-instance-connect ssh": ({"--instance-id", "--os-user", "--connection-type"}, 0),
}
EVERYWHERE = {"--region", "--query", "--output"}

session = botocore.session.get_session()
models = {}
wrong = []
seen = {}


def model_of(service):
    name = {"s3api": "s3"}.get(service, service)
    if name not in models:
        models[name] = session.get_service_model(name)
    return models[name]


def complain(step, command, text):
    wrong.append(f"{step}: {command['operation']}: {text}")


def operation_of(service, words):
    """botocore's model of it; None: this botocore does not know it."""
    model = model_of(service)
    for name in model.operation_names:
        if xform_name(name, "-") == words:
            return model.operation_model(name)
    return None


def own_members(service, words):
    """The same from tests/data/model: {option: required}; None: it is in neither."""
    path = pathlib.Path("tests/data/model") / f"{service.replace('s3api', 's3')}.json"
    for name, operation in json.loads(path.read_text())["operations"].items():
        if xform_name(name, "-") == words:
            members = {}
            for member, what in operation["params"].items():
                member = member.split(".")[0]
                for spelling in (member, member + "s"):
                    members["--" + xform_name(spelling, "-")] = bool(what.get("req"))
            return members
    return None


def newer_members(operation):
    """Options of this operation that tests/data/model knows and this botocore may not."""
    path = pathlib.Path("tests/data/model") / f"{operation.service_model.service_name}.json"
    known = json.loads(path.read_text())["operations"][operation.name]
    named = {"--" + xform_name(part["member"], "-")
             for kind in known.values() if isinstance(kind, dict)
             for part in kind.values() if isinstance(part, dict) and "member" in part}
    return named | {"--" + xform_name(name.split(".")[0], "-") for name in known.get("params", {})}


def value_of(shape, text):
    """A value as the CLI reads it for this shape; a variable stands for its name."""
    text = re.sub(r"\$\{(\w+)\}", r"\1", text)
    if text.startswith("file://"):
        return "(the file's content)" * 20
    if shape.type_name in ("structure", "list", "map"):
        if text[:1] == "[" or (text[:1] == "{" and shape.type_name != "list"):
            return json.loads(text)
        if text[:1] == "{":  # words, of which each is one of the list
            found = []
            while text:
                item, end = json.JSONDecoder().raw_decode(text)
                found.append(item)
                text = text[end:].lstrip()
            return found
        if shape.type_name == "list" and shape.member.type_name in ("structure", "list", "map"):
            found = []
            for word in shlex.split(text):
                parsed = ShorthandParser().parse(word)
                BackCompatVisitor().visit(parsed, shape.member)
                found.append(parsed)
            return found
        if shape.type_name == "list":
            return text.split()
        parsed = ShorthandParser().parse(text)
        BackCompatVisitor().visit(parsed, shape)
        return parsed
    if shape.type_name in ("integer", "long"):
        return int(text)
    return text


def typed(shape, value):
    """The CLI turns shorthand's texts into what the shape says."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return {k: typed(shape.members[k], v) if k in shape.members else v
                for k, v in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [typed(shape.member, v) for v in value]
    if shape.type_name in ("integer", "long") and isinstance(value, str):
        return int(value)
    if shape.type_name == "boolean" and isinstance(value, str):
        return {"true": True, "false": False}.get(value, value)
    return value


def check_waiter(step, command, service, name, options):
    waiters = session.get_waiter_model({"s3api": "s3"}.get(service, service))
    for waiter in waiters.waiter_names:
        if xform_name(waiter, "-") == name:
            operation = model_of(service).operation_model(waiters.get_waiter(waiter).operation)
            check_options(step, command, operation, options)
            return
    complain(step, command, "there is no such waiter")


def check_options(step, command, operation, options):
    members = {"--" + xform_name(m, "-"): m for m in operation.input_shape.members}
    given = {}
    for option in options:
        name, text = option["name"], option["value"]
        flag = text is None
        negated = flag and name.startswith("--no-")
        member = members.get("--" + name[len("--no-"):] if negated else name)
        if member is None and name in newer_members(operation):
            continue
        if member is None:
            complain(step, command, f"there is no option {name}")
            continue
        shape = operation.input_shape.members[member]
        if flag:
            if shape.type_name == "boolean":
                given[member] = not negated
            elif shape.type_name == "structure" and list(shape.members) == ["Value"]:
                given[member] = {"Value": not negated}
            else:
                complain(step, command, f"{name} needs a value")
            continue
        try:
            given[member] = typed(shape, value_of(shape, text))
        except Exception as err:  # whatever the CLI's parser says of it
            complain(step, command, f"{name} {text}: {err}")
    # MinCount and MaxCount are the CLI's own to give.
    if operation.name == "RunInstances":
        given.update(MinCount=1, MaxCount=1)
    report = botocore.validate.ParamValidator().validate(given, operation.input_shape)
    if report.has_errors():
        complain(step, command, report.generate_report())


def check(step, command):
    """One command: as data, and that its text says the same."""
    words = shlex.split(re.sub(r"^until |^[A-Z0-9_]+=\$\(", "", command["shell"].split("\n[")[0]))
    service, _, rest = command["operation"].partition(" ")
    for word in command["operation"].split():
        if word not in words:
            complain(step, command, f"its text has no {word}")
    own = OWN.get(command["operation"])
    options = command["options"]
    seen.setdefault(step, []).append(command["operation"])
    if own:
        names = [o["name"] for o in options]
        if set(names) - own[0] - {""} or names.count("") != own[1]:
            complain(step, command, f"options {names}")
    elif rest.startswith("wait "):
        check_waiter(step, command, service, rest[len("wait "):], options)
    elif (operation := operation_of(service, rest)) is not None:
        check_options(step, command, operation, options)
    elif (members := own_members(service, rest)) is not None:
        names = {o["name"].replace("--no-", "--") for o in options}
        if names - set(members):
            complain(step, command, f"no options {sorted(names - set(members))}")
        missing = {m for m, required in members.items() if required and m not in names}
        if missing - {m + "s" for m in names} - {m[:-1] for m in names}:
            complain(step, command, f"lacks {sorted(missing)}")
    else:
        complain(step, command, "there is no such operation")


def main():
    runbook, more = sys.argv[1], sys.argv[2:]

    def steps(*args):
        return json.loads(subprocess.run([runbook, "steps", *args, "--output", "json", *more],
                                         check=True, stdout=subprocess.PIPE).stdout)["steps"]
    total = 0
    done = set()
    for row in steps():
        step = steps(row["id"])[0]
        for way in ("by_hand", "undo_by_hand"):
            script = "\n".join(c["shell"] for c in step[way]["variables"] + step[way]["commands"])
            for shell in ("sh", "bash"):
                ran = subprocess.run([shell, "-nu"], input=script, text=True, capture_output=True)
                if ran.returncode or ran.stderr:
                    wrong.append(f"{row['id']}: {shell} cannot read its commands: {ran.stderr}")
            for command in step[way]["commands"]:
                total += 1
                if command["operation"]:
                    check(row["id"], command)
        # The calls that change AWS are those of the step's own row; whoever uploads has logged in.
        done |= {c["operation"].replace("s3api ", "s3 ") for c in step["by_hand"]["commands"]
                 if c["operation"]}
        for call in step["calls"]:
            service, name = call.split()[:2]
            words = f"{service} {xform_name(name, '-')}"
            if not re.match("Describe|Head|Get|OpenTunnel", name) and words not in done and \
                    "(on the instance)" not in call:
                wrong.append(f"{row['id']}: no command for {call}")
        if len(step["background"]) < 40 or not step["troubles"] or not step["console"]:
            wrong.append(f"{row['id']}: hardly anything is told")
    print("\n".join(wrong))
    print(f"{total} commands, {len(wrong)} wrong")
    return 1 if wrong or total < COMMANDS_AT_LEAST else 0


if __name__ == "__main__":
    sys.exit(main())
