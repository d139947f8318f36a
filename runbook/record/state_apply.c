/* SPDX-License-Identifier: Apache-2.0 */
/* Replaying a record by its type: each has a function. */
#include "runbook/record/state.h"

#include <string.h>

#include "runbook/record/journal.h"
#include "runbook/record/state_inner.h"

/* For people alone. */
static struct rb_error *apply_nothing(struct run_state *st, struct step_history *history,
				      const json_t *rec)
{
	(void)st;
	(void)history;
	(void)rec;
	return NULL;
}

static const struct {
	const char *type;
	bool of_step; /* it names one */
	state_replay_fn *apply;
} record_types[] = {
	{ "run", false, state_apply_run },
	{ "command", false, state_apply_command },
	{ "state", true, state_apply_state },
	{ "intent", true, state_apply_intent },
	{ "outcome", true, state_apply_outcome },
	{ "output", true, state_apply_output },
	{ "forget", true, state_apply_forget },
	{ "token-retired", true, state_apply_token },
	{ "evidence", true, state_apply_evidence },
	{ "error", true, state_apply_error },
	{ "note", true, state_apply_note },
	{ "keeps", true, state_apply_kept },
	{ "sweep", false, state_apply_sweep },
	{ "hook", false, apply_nothing },
	{ "expires", false, state_apply_expires },
	{ "decision", false, apply_nothing },
	{ "handed-over", false, state_apply_handed_over },
	{ "by-hand", true, state_apply_by_hand },
	{ "recovered", false, state_apply_recovered },
};

struct rb_error *state_apply(void *arg, const json_t *rec)
{
	struct run_state *st = arg;
	const char *type = journal_type(rec);

	st->last_ms = journal_time_ms(rec);
	st->n_records++;
	for (size_t i = 0; i < ARRAY_LEN(record_types); i++) {
		const char *step_id = state_record_text(rec, "step");
		struct step_history *history = step_id ? state_history(st, step_id) : NULL;

		if (strcmp(record_types[i].type, type) != 0)
			continue;
		if (!st->run_id && strcmp(type, "run") != 0)
			STATE_DAMAGED("a '%s' record comes before the run's own", type);
		if (record_types[i].of_step && !history) {
			if (step_id)
				return state_needs_version(st, N_("step"), step_id);
			STATE_DAMAGED(N_("it names no step"));
		}
		return record_types[i].apply(st, history, rec);
	}
	STATE_DAMAGED("its type '%.40s' is none that this runbook knows", type);
}
