/* SPDX-License-Identifier: Apache-2.0 */
/* Replaying the records of the run as a whole: its commands, when it ends, what was left of it. */
#include "runbook/record/state_inner.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/record/journal.h"
#include "runbook/record/state.h"

struct rb_error *state_apply_run(struct run_state *st, struct step_history *history,
				 const json_t *rec)
{
	(void)history;
	return state_set_identity(st, rec);
}

const char *state_session_of(const char *arn)
{
	const char *slash = arn ? strrchr(arn, '/') : NULL;
	const char *colon = arn ? strrchr(arn, ':') : NULL;

	return slash ? slash + 1 : colon ? colon + 1 : NULL;
}

static void apply_people(struct run_state *st, const json_t *rec)
{
	const char *operator_name = state_record_text(rec, "operator");
	const char *witness = state_record_text(rec, "witness");
	const char *session = state_session_of(state_record_text(rec, "principal"));

	set_str(&st->operator_name, operator_name);
	set_str(&st->witness, witness);
	if (operator_name && !text_eq(operator_name, session))
		set_str(&st->named_operator, operator_name);
	if (witness)
		set_str(&st->named_witness, witness);
}

/* The first command decides where the run is made and how fast its AWS is. */
struct rb_error *state_apply_command(struct run_state *st, struct step_history *history,
				     const json_t *rec)
{
	double speed = json_number_value(json_object_get(rec, "speed"));
	bool undo = text_eq(state_record_text(rec, "command"), "undo");

	(void)history;
	apply_people(st, rec);
	st->undone = false;
	st->undoing_all = undo && !state_record_text(rec, "to");
	st->step_by_step = json_is_true(json_object_get(rec, "step_by_step"));
	st->last_undoes = undo;
	if (!undo) { /* what is built from here on is not what was looked for */
		json_decref(st->sweep);
		st->sweep = NULL;
	}
	if (st->speed > 0)
		return NULL;
	st->speed = speed > 0 ? speed : 1;
	st->own_sandbox = json_is_true(json_object_get(rec, "sandbox"));
	st->rehearsal |= st->own_sandbox;
	set_str(&st->world, state_record_text(rec, "world"));
	return NULL;
}

struct rb_error *state_apply_expires(struct run_state *st, struct step_history *history,
				     const json_t *rec)
{
	const char *at = state_record_text(rec, "at");
	int64_t at_s;

	(void)history;
	if (!at || !clock_parse_iso8601(at, &at_s))
		STATE_DAMAGED("it tells no time");
	set_str(&st->expires, at);
	st->expires_nth = st->n_records;
	return NULL;
}

/* Somebody else has its things from now on. */
struct rb_error *state_apply_handed_over(struct run_state *st, struct step_history *history,
					 const json_t *rec)
{
	const char *to = state_record_text(rec, "to");

	(void)history;
	if (!to)
		STATE_DAMAGED("it does not tell to whom");
	set_str(&st->handed_over, to);
	return NULL;
}

struct rb_error *state_apply_sweep(struct run_state *st, struct step_history *history,
				   const json_t *rec)
{
	(void)history;
	st->undone = json_is_true(json_object_get(rec, "clean"));
	json_decref(st->sweep);
	st->sweep = json_deep_copy(rec);
	return NULL;
}

/*
 * A run whose journal was lost was found again.  Of a step whose things are not all there, the call
 * that makes the next of them may just have been sent by whoever worked on the run before.
 */
struct rb_error *state_apply_recovered(struct run_state *st, struct step_history *history,
				       const json_t *rec)
{
	const char *id = state_record_text(rec, "step");

	if (!id) {
		st->recovered_ms = journal_time_ms(rec);
		return NULL;
	}
	history = state_history(st, id);
	if (!history)
		return state_needs_version(st, N_("step"), id);
	if (!json_is_true(json_object_get(rec, "stands"))) {
		history->unanswered++;
		history->unanswered_ms = journal_time_ms(rec);
	}
	return NULL;
}
