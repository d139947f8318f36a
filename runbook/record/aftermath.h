/* SPDX-License-Identifier: Apache-2.0 */
/* What came after a run was made: drift that a later look found, and what an undo left. */
#ifndef RUNBOOK_AFTERMATH_H
#define RUNBOOK_AFTERMATH_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "runbook/record/state.h"

/* The last verdict of verify on a step that was made, when that is drift (differs, missing,
 * blocked) and nothing was done since; else NULL.  Static. */
const char *history_drift(const struct step_history *history);
/* Likewise: verify last found it missing. */
bool history_seems_missing(const struct step_history *history);
/* It was this very thing that the last verify did not find: another thing of the step may be billed
 * on. Evidence of older journals does not say which: false, until the next verify. */
bool history_output_seems_missing(const struct step_history *history, const char *name);

/* What verify last found of each step, counted as `verify` counts it; a step that was not verified
 * since it was changed counts as one that holds. */
struct findings {
	size_t by_verdict[VERDICT_BLOCKED + 1];
	bool any;   /* something does not hold */
	bool drift; /* and that is more than a wait */
};
struct findings state_findings(const struct run_state *st);

/* An undo of everything began and did not end: what it removed is missing to who builds on. */
bool state_is_half_undone(const struct run_state *st);

/*
 * Into the document of `status`, each only when there is something to report: "drift", "sweep", and
 * of steps "former_outputs", the ids that were.
 */
void aftermath_to_json(const struct run_state *st, json_t *doc);
/* "drift" alone, likewise. */
void aftermath_drift_to_json(const struct run_state *st, json_t *doc);

#endif
