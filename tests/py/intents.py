# SPDX-License-Identifier: Apache-2.0
"""The program's first promise, for scripts that start sandboxes: every call that changes AWS comes
after a synced intent of its own.  The sandbox looks (its option --journal); this tells it where."""

import os

ENV = {"RUNBOOK_FAULT_SYNCED": "journal.sync"}  # for the program: it says what is synced


def watch(folder):
    """Sandboxes that are started from now on hold the journals below `folder` to it."""
    os.environ.update(ENV, RUNBOOK_SANDBOX_JOURNAL=folder)


def missing(folder):
    """Calls without an intent so far, as text; "" when there were none."""
    try:
        with open(folder + "/intents-missing", encoding="utf-8") as f:
            return f.read()
    except FileNotFoundError:
        return ""
