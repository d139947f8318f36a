/* SPDX-License-Identifier: Apache-2.0 */
/* How long what is left of a run usually takes, and why. */
#ifndef RUNBOOK_PLAN_TIME_H
#define RUNBOOK_PLAN_TIME_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/strv.h"
#include "runbook/record/state.h"

/* The pass that a run would begin with: "do", or "verify" of what is made already. */
const char *plan_action(const struct step_history *history);
/* Its waits are waited again: what was last seen not to hold is done again after the look. */
bool plan_takes_time(const struct step_history *history);
/*
 * AWS's usual time for all of it, in seconds, when all that can overlap does: that of the longest
 * chain of steps of which each waits until the one before holds.  `chain` (may be NULL) gets their
 * ids, the first one first.
 */
int plan_usual_s(const struct run_state *st, struct strv *chain);
/* The same of an undo of all steps: each waits for those whose undo must be done before. */
int plan_undo_usual_s(const struct run_state *st);

#endif
