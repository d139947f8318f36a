/* SPDX-License-Identifier: Apache-2.0 */
/* What `runbook verify` says: a line a step, a summary, and the same as JSON. */
#ifndef RUNBOOK_VERIFY_VIEW_H
#define RUNBOOK_VERIFY_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/attr.h"
#include "base/buf.h"
#include "runbook/engine/engine.h"
#include "runbook/record/state.h"
#include "runbook/ui/hint.h"

/* How many of the listed steps are so. */
struct verify_tally {
	size_t looked_at;
	size_t by_verdict[VERDICT_BLOCKED + 1];
	size_t errors;	    /* they could not be verified */
	size_t not_made;    /* never begun, or half made */
	size_t half_undone; /* an undo began and did not end */
	size_t undone;
};

/* `listed[i]`: results[i] is to be shown.  All arrays are as the state's steps. */
struct verify_view {
	struct hint_place place;
	const struct run_state *state;
	const struct engine_verify_result *results;
	const bool *listed;
	struct verify_tally tally;
};

/* AWS, the network or this machine kept the step from being verified: it says nothing of the step.
 */
bool verify_is_error(const struct engine_verify_result *result);
/* "holds", "half undone": of any listed step, verified or not; English. */
const char *verify_word(const struct verify_view *v, size_t i);
void verify_count(struct verify_view *v);
/* Every listed step is there and holds. */
bool verify_all_hold(const struct verify_view *v);
/* Something that was made is not as it should be. */
bool verify_has_drift(const struct verify_view *v);

/* "1 differs, 2 missing" of a count by verdict: what does not hold, here and in `status`. */
void verify_add_findings(struct buf *out, const size_t *by_verdict);
/* "10 of 12 hold, 1 differs, 1 missing; 2 not made".  Caller frees. */
NODISCARD char *verify_summary(const struct verify_view *v);
/* To stdout; `all`: also those that hold and have nothing more to say. */
void verify_print(const struct verify_view *v, bool all);
/* "steps" and "summary" into `doc`. */
void verify_to_json(const struct verify_view *v, json_t *doc);

#endif
