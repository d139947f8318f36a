#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Writes the completions for zsh (docs/_runbook) and fish (docs/runbook.fish) from the program's tables:
commands.def, options.def, the parameters and the steps.

    docs/completions.py            writes both
    docs/completions.py --check    ends with 1, and names it, when one is not what it would write

The one for bash is written by hand (docs/runbook.bash); tests/e2e/docs_match.sh compares all three with the tables.
"""
import glob
import os
import re
import sys

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


OPTION = re.compile(r'OPTION\("([a-z-]+)", (0|\'.\'), (\w+), ("[^"]*"|NULL), \w+,\s*(.*?),'
                    r'\s*"((?:[^"\\]|\\.)*)"\)', re.S)
COMMAND = re.compile(r'COMMAND\((\w+), "[^"]*", -?\d+, \w+,\s*"((?:[^"\\]|\\.)*)"\)')
# What an option's argument can be; FILE and DIR are paths.
VALUES = {
    "color": "auto always never", "lang": "en ja", "output": "text json",
    "for": "run verify connect undo preflight all", "from": "STEPS", "to": "STEPS",
    "step": "STEPS", "set": "PARAMETERS", "home": "DIR", "hooks": "DIR", "config": "FILE",
    "output-file": "FILE", "record": "FILE", "send-key": "FILE",
}
VALUES["procedure"] = " ".join(re.findall(r"^PROCEDURE\((\w+)\)", read("steps/procedures.def"), re.M))

commands = COMMAND.findall(read("runbook/cli/commands.def"))
options = []
for name, letter, kind, argument, on, text in OPTION.findall(read("runbook/cli/options.def")):
    options.append({
        "name": name, "letter": letter.strip("'") if letter != "0" else "", "kind": kind,
        "argument": "" if argument == "NULL" else argument.strip('"'), "text": text,
        "commands": None if "ON_ALL" in on else re.findall(r"ON\((\w+)\)", on),
    })
parameters = []
for path in ["steps/common/param_rows.c"] + sorted(glob.glob("steps/*/params.c")):
    for name in re.findall(r'^\t\.name = "(.*)",', read(path), re.M):
        parameters.append(name if name.endswith(".") else name + "=")
steps = []
for path in sorted(glob.glob("steps/*/steps.def")):
    for step in re.findall(r"^STEP\((\w+), ", read(path), re.M):
        if step.replace("_", "-") not in steps:
            steps.append(step.replace("_", "-"))


def fish():
    out = ["# SPDX-License-Identifier: Apache-2.0", "# fish completion for runbook(1); written by docs/completions.py",
           "set -l commands " + " ".join(c for c, _ in commands), "set -l steps " + " ".join(steps),
           "set -l parameters " + " ".join(parameters), "complete -c runbook -f",
           'complete -c runbook -n "not __fish_seen_subcommand_from $commands" -a "$commands"',
           'complete -c runbook -n "__fish_seen_subcommand_from help" -a "$commands"',
           'complete -c runbook -n "__fish_seen_subcommand_from verify steps" -a "$steps"']
    for o in options:
        line = "complete -c runbook"
        if o["commands"]:
            line += f' -n "__fish_seen_subcommand_from {" ".join(o["commands"])}"'
        line += " -l " + o["name"] + (" -s " + o["letter"] if o["letter"] else "")
        values = VALUES.get(o["name"], "")
        if values in ("FILE", "DIR"):
            line += " -r -F"
        elif o["argument"]:
            named = {"STEPS": "$steps", "PARAMETERS": "$parameters"}.get(values, values)
            line += " -x" + (f' -a "{named}"' if named else "")
        out.append(line + " -d '" + o["text"].replace("'", "\\'") + "'")
    out.append('complete -c runbook -n "__fish_seen_subcommand_from verify" -l output -x -a "tap junit"')
    return "\n".join(out) + "\n"


def zsh_option(o):
    """As _arguments reads it; what expands stands in double quotes."""
    action = {"FILE": "_files", "DIR": "_files -/", "STEPS": "($steps)", "PARAMETERS": "($parameters)"}.get(
        VALUES.get(o["name"], ""), f'({VALUES.get(o["name"], "")})'.replace("()", ""))
    if o["name"] == "output":
        action = "($outputs)"
    text = re.sub(r"([\[\]:])", r"\\\1", o["text"])
    spec = ("*" if o["kind"] == "LIST" else "") + f'--{o["name"]}' + ("=" if o["argument"] else "") + f"[{text}]"
    if o["argument"]:
        spec += f':{o["argument"].replace(":", " ")}:{action}'
    if "$" in action:
        return '"' + spec.replace('"', '\\"') + '"'
    return "'" + spec.replace("'", "'\\''") + "'"


def zsh():
    out = ["#compdef runbook", "# SPDX-License-Identifier: Apache-2.0",
           "# zsh completion for runbook(1); written by docs/completions.py", "_runbook()", "{",
           '\tlocal command= word outputs="text json"', "\tlocal -a commands options",
           f'\tlocal steps="{" ".join(steps)}"', f'\tlocal parameters="{" ".join(parameters)}"', "\tcommands=("]
    for name, text in commands:
        escaped = text.replace(":", "\\:").replace("'", "'\\''")
        out.append(f"\t\t'{name}:{escaped}'")
    out += ["\t)", "\tfor word in ${words[2,CURRENT-1]}; do",
            "\t\t[[ -n ${commands[(r)$word:*]} ]] && command=$word && break", "\tdone",
            '\t[[ $command == verify ]] && outputs="text json tap junit"', "\toptions=("]
    out += ["\t\t" + zsh_option(o) for o in options if not o["commands"]]
    out += ["\t)", "\tcase $command in"]
    for name, _ in commands:
        own = [o for o in options if o["commands"] and name in o["commands"]]
        if own:
            out += [f"\t{name})", "\t\toptions+=("] + ["\t\t\t" + zsh_option(o) for o in own] + ["\t\t)", "\t\t;;"]
    out += ["\tesac", "\t[[ -n $command ]] && options+=('1:command: ')", "\tcase $command in",
            "\t'') options+=('1:command:{_describe command commands}') ;;",
            "\thelp) options+=('*:command:{_describe command commands}') ;;",
            '\tverify | steps) options+=("*:step:($steps)") ;;', "\tesac", "\t_arguments -s $options", "}",
            '_runbook "$@"']
    return "\n".join(out) + "\n"


def main():
    stale = 0
    for path, text in (("docs/_runbook", zsh()), ("docs/runbook.fish", fish())):
        if sys.argv[1:] != ["--check"]:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        elif not os.path.exists(path) or read(path) != text:
            print(f"{path} is not what docs/completions.py writes")
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
