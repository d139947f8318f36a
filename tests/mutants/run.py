#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Break the code on purpose, one promise at a time: the test that stands for it must notice.

    run.py [--only TEXT] [--tenth K|auto] [--list | --check]

Every row of tests/mutants/*.mut is a mutant; tests/mutants/README.md tells the format.  The tree is
copied, twice, so that two mutants are tried at a time and nothing here is touched.  In a copy the
row's text is replaced, what its test needs is built, and the test is run: it must fail.

A row is wrong, which is a failure of its own, when its text does not occur exactly once, when the
broken code does not build, when the test fails without the mutant too, or when it runs out of time.

--only TEXT    rows whose title, file, test or table contains TEXT
--tenth K      every tenth row, from the K-th (0 to 9); auto: the number of commits says which
--list         the rows, and nothing is run
--check        whether each row's text stands once in its file and each word of README.md finds
               a row, and nothing is run
The last two lines are "N killed, N survived" and "N passed, N failed".
"""

import argparse
import glob
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRATCH = os.path.join(TOP, "build", "mutants")
LEFT_OUT = {".git", "build", "__pycache__", ".runbook"}
FIELDS = {"file", "test", "promise"}


class RowError(Exception):
    """The row does not say what it means to."""


class Mutant:
    def __init__(self, table, line, title):
        self.table, self.line, self.title = table, line, title
        self.file = self.test = self.promise = None
        self.old, self.new = [], []

    def place(self):
        return f"{self.table}.mut:{self.line}"

    def names(self):
        """The test's file, and which of its tests must fail; none: any."""
        words = self.test.split()
        return words[0], words[1:]


def read_table(path):
    table = os.path.basename(path)[:-len(".mut")]
    rows = []
    with open(path, encoding="utf-8") as f:
        for n, line in enumerate(f, 1):
            line = line.rstrip("\n")
            if not line.strip() or line.startswith("#"):
                continue
            if line.startswith("["):
                if not line.endswith("]"):
                    sys.exit(f"{path}:{n}: a title ends with ']'")
                rows.append(Mutant(table, n, line[1:-1]))
                continue
            field, colon, value = line.partition(":")
            if not rows:
                sys.exit(f"{path}:{n}: no title yet")
            if line[0] == "-":
                rows[-1].old.append(line[1:])
            elif line[0] == "+":
                rows[-1].new.append(line[1:])
            elif colon and field in FIELDS:
                setattr(rows[-1], field, value.strip())
            else:
                sys.exit(f"{path}:{n}: what is '{line}'?")
    for row in rows:
        if not (row.file and row.test and row.promise and row.old):
            sys.exit(f"{path}:{row.line}: a row has file, test, promise and a line with '-'")
    return rows


def files_below(top):
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(d for d in folders if d not in LEFT_OUT)
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), top)


def find_file(files, name):
    """One of the files, by its path or the end of it, so that rows outlive moves."""
    found = [f for f in files if f == name or f.endswith("/" + name)]
    exact = [f for f in found if f == name]
    found = exact or found
    if len(found) != 1:
        raise RowError(f"{len(found)} files are called '{name}'")
    return found[0]


def places(row, text, name):
    """Where the row's text stands: exactly once.

    White space may stand, or not, wherever two tokens meet, so that rows outlive reformatting.
    """
    tokens = re.findall(r"\w+|[^\w\s]", " ".join(row.old))
    form = r"\s*".join(re.escape(t) for t in tokens)
    if tokens and re.match(r"\w", tokens[0]):
        form = r"(?<!\w)" + form  # not the end of a longer name
    hits = list(re.finditer(form, text))
    if len(hits) != 1:
        raise RowError(f"its text stands {len(hits)} times in {name}")
    return hits


def matches(row, text):
    return any(text in t for t in (row.title, row.file, row.test, row.table))


def promised_words():
    """The words of README.md's tables: in the last column, between backticks."""
    with open(os.path.join(TOP, "tests", "mutants", "README.md"), encoding="utf-8") as f:
        text = f.read().partition("## Which promise")[2]
    for line in text.splitlines():
        if line.startswith("| "):
            yield from re.findall(r"`([^`]+)`", line.rstrip("| ").rpartition("|")[2])


def check(rows):
    """Whether each row can be applied and names a test that exists."""
    wrong, files = 0, list(files_below(TOP))
    for word in promised_words():
        if not ARGS.only and not ARGS.tenth and not any(matches(row, word) for row in rows):
            wrong += 1
            print(f"tests/mutants/README.md: no row has '{word}'")
    for row in rows:
        try:
            name = find_file(files, row.file)
            test, names = row.names()
            with open(os.path.join(TOP, find_file(files, test)), encoding="utf-8") as f:
                tests = f.read()
            for wanted in names:
                if not re.search(rf"\b{re.escape(wanted)}\b", tests):
                    raise RowError(f"{test} has no test '{wanted}'")
            with open(os.path.join(TOP, name), encoding="utf-8") as f:
                places(row, f.read(), name)
        except RowError as problem:
            wrong += 1
            print(f"{row.place()}: {row.title}: {problem}")
    print(f"{len(rows)} rows; {wrong} do not fit")
    return 1 if wrong else 0


class Copy:
    """The tree once more, with its own build."""

    def __init__(self, number):
        self.dir = os.path.join(SCRATCH, str(number))
        self.broken = None  # a file that is not as in the tree, and its text
        self.passes = {}  # a test without any mutant

    def refresh(self):
        os.makedirs(self.dir, exist_ok=True)
        first = not os.path.isdir(os.path.join(self.dir, "build"))
        wanted = set(files_below(TOP))
        for name in set(files_below(self.dir)) - wanted:
            os.unlink(os.path.join(self.dir, name))
        for name in wanted:
            source, target = os.path.join(TOP, name), os.path.join(self.dir, name)
            if os.path.islink(source):
                if not os.path.lexists(target):
                    os.makedirs(os.path.dirname(target), exist_ok=True)
                    os.symlink(os.readlink(source), target)
                continue
            with open(source, "rb") as f:
                data = f.read()
            try:
                with open(target, "rb") as f:
                    if f.read() == data:
                        continue
            except FileNotFoundError:
                os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copyfile(source, target)
            shutil.copymode(source, target)
            if first:  # as old as it is: what was built from it there is good here
                shutil.copystat(source, target)
        if first:
            self.take_objects()

    def take_objects(self):
        """Objects, archives and their dependencies; the many programs are linked when needed."""
        for folder, _, names in os.walk(os.path.join(TOP, "build", "rel")):
            for name in names:
                if not name.endswith((".o", ".a", ".d")):
                    continue
                source = os.path.join(folder, name)
                target = os.path.join(self.dir, os.path.relpath(source, TOP))
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copy2(source, target)

    def find(self, name):
        return find_file(list(files_below(self.dir)), name)

    def write(self, name, text):
        with open(os.path.join(self.dir, name), "w", encoding="utf-8") as f:
            f.write(text)

    def mend(self):
        if self.broken:
            self.write(*self.broken)
        self.broken = None

    def apply(self, row):
        name = self.find(row.file)
        if self.broken and self.broken[0] != name:
            self.mend()
        if self.broken:
            text = self.broken[1]
        else:
            with open(os.path.join(self.dir, name), encoding="utf-8") as f:
                text = f.read()
        hits = places(row, text, name)
        new = "\n".join(row.new).strip()
        self.broken = (name, text)
        self.write(name, text[:hits[0].start()] + new + text[hits[0].end():])

    def build(self, test):
        target = ([f"build/rel/tests/{os.path.basename(test)[:-2]}"] if test.endswith(".c")
                  else ["all", "tools"])
        compiler = ["CC=ccache cc"] if shutil.which("ccache") else []
        compiler += ["LDFLAGS=-fuse-ld=mold"] if shutil.which("mold") else []
        done = subprocess.run(["make", "--no-print-directory", *target, *compiler], cwd=self.dir,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace")
        if done.returncode:
            raise RowError("it does not build:\n" + done.stdout[-1500:])

    def run(self, test):
        """Whether it passed, and what it said."""
        program = (f"build/rel/tests/{os.path.basename(test)[:-2]}" if test.endswith(".c")
                   else test)
        env = {**os.environ, "BIN": os.path.join(self.dir, "build", "bin"), "JOBS": "1",
               "RETRIES": "0", "TEST_TIMEOUT": str(ARGS.timeout)}
        os.makedirs(env["BIN"], exist_ok=True)
        done = subprocess.run(["tests/run.sh", program], cwd=self.dir, env=env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace")
        if re.search(r"^FAIL .*\(exit 124,", done.stdout, re.M):
            raise RowError(f"{test} ran out of time")
        return done.returncode == 0, done.stdout

    def try_row(self, row):
        """True: killed."""
        test, names = row.names()
        test = self.find(test)
        if test not in self.passes:
            self.mend()
            self.build(test)
            for n in range(3):  # one that fails now and then passes once in three times
                passed, said = self.run(test)
                self.passes[test] = "always" if passed and not n else passed and "often"
                if passed:
                    break
            else:
                raise RowError(f"{test} fails without it, too:\n" + said[-1500:])
        if not self.passes[test]:
            raise RowError(f"{test} fails without it, too")
        self.apply(row)
        self.build(test)
        passed, said = self.run(test)
        if not passed and self.passes[test] == "often":
            passed, said = self.run(test)
        if passed:
            return False
        for name in names:
            if not re.search(r"FAILED\s*\]\s+(\S+: )?" + re.escape(name) + r"\b", said):
                raise RowError(f"{test} fails, but not in {name}:\n" + said[-1500:])
        return True


def tenth(text):
    if text != "auto":
        return int(text) % 10
    done = subprocess.run(["git", "rev-list", "--count", "HEAD"], cwd=TOP, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return int(done.stdout) % 10 if done.returncode == 0 else time.gmtime().tm_yday % 10


def chosen():
    tables = sorted(glob.glob(os.path.join(TOP, "tests", "mutants", "*.mut")))
    rows = [row for path in tables for row in read_table(path)]
    if ARGS.only:
        rows = [r for r in rows if matches(r, ARGS.only)]
    if ARGS.tenth:
        k = tenth(ARGS.tenth)
        rows = [r for i, r in enumerate(rows) if i % 10 == k]
    return rows


def work(copy, groups, results, lock):
    while True:
        try:
            group = groups.get_nowait()
        except queue.Empty:
            copy.mend()
            return
        for row in group:
            began = time.monotonic()
            try:
                verdict, why = ("killed" if copy.try_row(row) else "SURVIVED"), ""
            except RowError as problem:
                verdict, why = "WRONG", str(problem)
            with lock:
                results.append(verdict)
                print(f"{verdict:<8} {row.title} ({row.place()}, "
                      f"{time.monotonic() - began:.0f} s)", flush=True)
                if verdict == "SURVIVED":
                    print(f"         {row.test} does not notice; promised: {row.promise}",
                          flush=True)
                if why:
                    print("         " + why.replace("\n", "\n         "), flush=True)


def main():
    global ARGS
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--tenth", default="")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=int, default=300, help="seconds that a test may take")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--check", action="store_true")
    ARGS = parser.parse_args()
    rows = chosen()
    if ARGS.list:
        for row in rows:
            print(f"{row.place()}: {row.title} [{row.file}; {row.test}]")
        return 0
    if ARGS.check:
        return check(rows)
    # One file's rows one after the other: only that file is built again.
    groups, by_file = queue.Queue(), {}
    for row in rows:
        by_file.setdefault((row.file, row.names()[0]), []).append(row)
    for group in sorted(by_file.values(), key=len, reverse=True):
        groups.put(group)
    copies = [Copy(n) for n in range(max(1, min(ARGS.jobs, len(by_file))))]
    results, lock = [], threading.Lock()
    for copy in copies:
        copy.refresh()
    workers = [threading.Thread(target=work, args=(c, groups, results, lock)) for c in copies]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    killed, survived = results.count("killed"), results.count("SURVIVED")
    print(f"{killed} killed, {survived} survived")
    print(f"{killed} passed, {len(rows) - killed} failed")
    return 0 if killed == len(rows) and rows else 1


if __name__ == "__main__":
    sys.exit(main())
