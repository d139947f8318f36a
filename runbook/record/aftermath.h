/* SPDX-License-Identifier: Apache-2.0 */
/* What came after a run was made: drift that a later look found, and what an undo left. */
#ifndef RUNBOOK_AFTERMATH_H
#define RUNBOOK_AFTERMATH_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "runbook/record/state.h"

/* The verdict of the last look at a step that was held, when it was not "holds"; NULL: it was.
 * Borrowed. */
const char *history_drift(const struct step_history *history);
/* How many steps have one. */
size_t state_drifted(const struct run_state *st);

/* An undo of everything began and did not end: what it removed is missing to who builds on. */
bool state_is_half_undone(const struct run_state *st);

/*
 * Into the document of `status`, each only when there is something to tell: "drift", "sweep", and
 * of steps "former_outputs", the ids that were.
 */
void aftermath_to_json(const struct run_state *st, json_t *doc);
/* "drift" alone, likewise. */
void aftermath_drift_to_json(const struct run_state *st, json_t *doc);

#endif
