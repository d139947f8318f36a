#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Runs what README.md, docs/*.md and docs/ja/*.md show.

    docs_commands.py FOLDER [--write]    from the top of the tree; FOLDER is empty; runbook is on PATH

A block ```console is a recording: each "$ command" is run, and what it says must be what is shown, ids, times and
durations aside; --write puts what it says now into the page.  A block ```sh is run as a script, or stands in LISTED
with its reason.  Of a page in Japanese the recordings alone are run, in that language: its scripts are those of the
English one.
"""
import glob
import os
import re
import subprocess
import sys

# A block's first line, and the test that runs what it says, or why nothing can.
LISTED = {
    "make demo": "tests/roots.sh runs both, in bare roots",
    "make && sudo make install": "it installs on this machine; tests/roots.sh runs make",
    "runbook plan ": "against an account; tests/e2e/run_sandbox.sh runs it against a sandbox on its own",
    "runbook verify --stack prod": "tests/e2e/verify_ci.sh",
    "systemctl --user": "there is no systemd in a build",
    "runbook run --sandbox --speed 60 --record": "tests/e2e/compare.sh",
    "rsync ": "there is no other machine",
    "for region in": "tests/e2e/leftovers_docs.sh",
}
# What a script cannot do as a person does it.
ADAPTED = [
    (r"^make\n", ""),  # built already
    (r"^export PATH=.*\n", ""),
    (r"(runbook undo --sandbox)( .*)?$", r"\1 --yes\2"),  # nobody is there to be asked
    (r"(runbook connect --sandbox)( .*)?$", r"echo exit | \1\2"),
]
SHAPE = [
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
    (r"\b\d{8}-[0-9a-f]{8}\b", "RUN"),
    (r"\b(vpc|subnet|rtb|rtbassoc|sg|eice|vpce|pcx|i|ami|eni|igw)-[0-9a-f]{8,17}\b", r"\1-ID"),
    (r"\b\d+ min \d+ s|\b\d+(\.\d+)? s\b", "DURATION"),
    (r"\b\d+ 分 \d+ 秒|\b\d+(\.\d+)? 秒", "時間"),
]
BLOCKS_AT_LEAST = 8


def blocks(text):
    """(language, the lines) of each fenced block that is a shell's."""
    return re.findall(r"^```(sh|console)\n(.*?)^```$", text, re.M | re.S)


def shape(text):
    """By command, its lines: calls that go side by side end in any order, and a wait may be over at once."""
    for pattern, name in SHAPE:
        text = re.sub(pattern, name, text)
    commands = re.split(r"^(?=\$ )", text, flags=re.M)
    waits = ("(usually DURATION)", "(通常 時間)")
    return [sorted(line for line in c.splitlines() if not any(w in line for w in waits)) for c in commands]


def run(script, folder, shell_options="", language=None):
    env = dict(os.environ)
    if language:
        env.pop("LC_ALL", None)
        env.pop("LC_MESSAGES", None)
        env["LANG"] = language
    done = subprocess.run(["bash", "-c", f"set -e {shell_options}\n{script}"], cwd=folder, text=True, env=env,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=False,
                          stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout


def play(recording, folder, language):
    """A recording as it would be now; and what ended otherwise than well."""
    now, bad = [], []
    for command in re.findall(r"^\$ (.*)$", recording, re.M):
        status, said = run(command, folder, language=language)
        now.append(f"$ {command}\n{said}")
        if status:
            bad.append(f"'{command}' ended with {status}: {said}")
    return "".join(now), bad


def main():
    folder, write = sys.argv[1], sys.argv[2:] == ["--write"]
    wrong, n, unused = [], 0, set(LISTED)
    for page in ["README.md"] + sorted(glob.glob("docs/*.md")) + sorted(glob.glob("docs/ja/*.md")):
        japanese = page.startswith("docs/ja/")
        with open(page, encoding="utf-8") as f:
            text = f.read()
        for number, (language, block) in enumerate(blocks(text)):
            if japanese and language != "console":
                continue
            n += 1
            here = os.path.join(folder, f"{page.replace('/', '-')}-{number}")
            os.mkdir(here)
            listed = [k for k in LISTED if block.startswith(k)]
            unused -= set(listed)
            if language == "console":
                now, bad = play(block, here, "ja_JP.UTF-8" if japanese else None)
                wrong += [f"{page}: {b}" for b in bad]
                if write:
                    text = text.replace(block, now)
                elif shape(now) != shape(block):
                    wrong.append(f"{page} shows\n{block}\nand it says now\n{now}")
            elif not listed:
                for pattern, other in ADAPTED:
                    block = re.sub(pattern, other, block, flags=re.M)
                status, said = run(block, here, "-o pipefail")
                if status:
                    wrong.append(f"{page}: a block ended with {status}:\n{block}\n{said}")
        if write:
            with open(page, "w", encoding="utf-8") as f:
                f.write(text)
    wrong += [f"no block begins with '{k}' any more" for k in unused]
    print("\n".join(wrong))
    print(f"{n} blocks, {len(wrong)} wrong")
    return 1 if wrong or n < BLOCKS_AT_LEAST else 0


if __name__ == "__main__":
    sys.exit(main())
