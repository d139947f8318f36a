/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that replay records share. */
#ifndef RUNBOOK_STATE_INNER_H
#define RUNBOOK_STATE_INNER_H

#include <jansson.h>

#include "base/attr.h"
#include "base/error.h"
#include "runbook/record/state.h"

#define STATE_DAMAGED(...) return rb_error_because(RB_DAMAGED, __VA_ARGS__)

/* NULL: the record has no such text.  Borrowed. */
static inline const char *state_record_text(const json_t *rec, const char *key)
{
	return json_string_value(json_object_get(rec, key));
}

/* "this run needs the runbook that began it (1.2.0)": for what a later version added. */
NODISCARD struct rb_error *state_needs_version(const struct run_state *st, const char *what,
					       const char *name);

/* Replays one record; `history` is that of the step which it names, NULL in a record of the run. */
typedef struct rb_error *state_replay_fn(struct run_state *st, struct step_history *history,
					 const json_t *rec);

#define STATE_REPLAYS(name)                                                                        \
	NODISCARD struct rb_error *name(struct run_state *st, struct step_history *history,        \
					const json_t *rec)

/* Of a step. */
STATE_REPLAYS(state_apply_state);
STATE_REPLAYS(state_apply_output);
STATE_REPLAYS(state_apply_forget);
STATE_REPLAYS(state_apply_token);
STATE_REPLAYS(state_apply_evidence);
STATE_REPLAYS(state_apply_error);
STATE_REPLAYS(state_apply_note);
STATE_REPLAYS(state_apply_kept);
STATE_REPLAYS(state_apply_by_hand);
/* Of a step's calls that change AWS. */
STATE_REPLAYS(state_apply_intent);
STATE_REPLAYS(state_apply_outcome);
/* Of the run. */
STATE_REPLAYS(state_apply_run);
STATE_REPLAYS(state_apply_command);
STATE_REPLAYS(state_apply_expires);
STATE_REPLAYS(state_apply_handed_over);
STATE_REPLAYS(state_apply_sweep);
STATE_REPLAYS(state_apply_recovered);

#endif
