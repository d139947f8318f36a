/* SPDX-License-Identifier: Apache-2.0 */
/* Replaying records: what each type of them does to the state. */
#include "runbook/record/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/record/journal.h"
#include "runbook/record/state_inner.h"

/* ---- one function a type of record -------------------------------------- */

/* What the program does itself from here on, no person did. */
static void forget_hand(struct history_hand *hand)
{
	hand->done = false;
	set_str(&hand->by, NULL);
}

static void apply_state_to_hands(struct step_history *history, enum step_state s)
{
	if (s == STEP_DOING && !history->made_by_hand.chosen)
		forget_hand(&history->made_by_hand);
	if (s == STEP_DOING || (s == STEP_UNDOING && !history->unmade_by_hand.chosen))
		forget_hand(&history->unmade_by_hand);
	if (s == STEP_UNDONE)
		history->unmade_by_hand.chosen = false;
}

static struct rb_error *apply_state(struct run_state *st, struct step_history *history,
				    const json_t *rec)
{
	const char *name = state_record_text(rec, "state");
	int64_t at_ms = journal_time_ms(rec);
	int s = 0;

	(void)st;
	while (name && s < STEP_STATES_N && strcmp(step_state_name((enum step_state)s), name) != 0)
		s++;
	if (!name || s == STEP_STATES_N)
		STATE_DAMAGED(N_("it tells no state that this runbook knows"));
	history->state = (enum step_state)s;
	apply_state_to_hands(history, history->state);
	history->is_evidence_old |= s == STEP_DOING || s == STEP_UNDOING || s == STEP_UNDONE;
	if (s == STEP_DOING && !history->started_ms)
		history->started_ms = at_ms;
	if (s == STEP_HELD)
		history->held_ms = at_ms;
	else
		history->held_ms = 0;
	if (s != STEP_FAILED) {
		json_decref(history->error);
		history->error = NULL;
		history->undo_failed = false;
	}
	if (s == STEP_UNDONE) {
		history->started_ms = 0;
		history->unanswered = 0;
		for (size_t i = 0; i < history->n_outputs; i++) {
			struct history_output *o = &history->outputs[i];

			if (o->value) {
				free(o->former);
				o->former = steal_str(&o->value);
				o->forgotten_nth = st->n_records;
			}
		}
	}
	return NULL;
}

static struct rb_error *apply_output(struct run_state *st, struct step_history *history,
				     const json_t *rec)
{
	const char *name = state_record_text(rec, "name"), *value = state_record_text(rec, "value");
	struct history_output *o;
	int64_t since_s;

	if (!name || !value)
		STATE_DAMAGED(N_("it tells no output"));
	o = history_output_row(history, name);
	if (!o) {
		history->outputs =
			xreallocarray(history->outputs, history->n_outputs + 1, sizeof(*o));
		o = &history->outputs[history->n_outputs++];
		*o = (struct history_output){ .name = xstrdup(name) };
	}
	if (o->value && strcmp(o->value, value) != 0) {
		free(o->former);
		o->former = steal_str(&o->value);
	}
	set_str(&o->value, value);
	o->at_ms = journal_time_ms(rec);
	if (clock_parse_iso8601(state_record_text(rec, "since") ? state_record_text(rec, "since")
								: "",
				&since_s))
		o->at_ms = since_s * 1000; /* found again: AWS says since when it is there */
	o->nth = st->n_records;
	return NULL;
}

static struct rb_error *apply_forget(struct run_state *st, struct step_history *history,
				     const json_t *rec)
{
	const char *name = state_record_text(rec, "name");
	struct history_output *o = name ? history_output_row(history, name) : NULL;

	if (!name)
		STATE_DAMAGED(N_("it tells no output"));
	if (o && o->value) {
		free(o->former);
		o->former = steal_str(&o->value);
		o->forgotten_nth = st->n_records;
	}
	return NULL;
}

static struct rb_error *apply_token(struct run_state *st, struct step_history *history,
				    const json_t *rec)
{
	const char *what = state_record_text(rec, "what");

	(void)st;
	if (!what)
		STATE_DAMAGED(N_("it tells no token"));
	for (size_t i = 0; i < history->n_tokens; i++) {
		if (strcmp(history->tokens[i].what, what) == 0) {
			history->tokens[i].retired++;
			return NULL;
		}
	}
	history->tokens =
		xreallocarray(history->tokens, history->n_tokens + 1, sizeof(*history->tokens));
	history->tokens[history->n_tokens++] = (struct history_token){ xstrdup(what), 1 };
	return NULL;
}

static struct rb_error *apply_evidence(struct run_state *st, struct step_history *history,
				       const json_t *rec)
{
	if (!json_is_array(json_object_get(rec, "claims")))
		STATE_DAMAGED(N_("it tells no claims"));
	json_decref(history->evidence);
	history->evidence = json_deep_copy(rec);
	history->is_evidence_old = false;
	history->evidence_nth = st->n_records;
	return NULL;
}

static struct rb_error *apply_error(struct run_state *st, struct step_history *history,
				    const json_t *rec)
{
	(void)st;
	json_decref(history->error);
	history->error = json_deep_copy(json_object_get(rec, "error"));
	history->error_ms = journal_time_ms(rec);
	history->undo_failed = text_eq(state_record_text(rec, "phase"), "undo");
	history->state = STEP_FAILED;
	history->held_ms = 0;
	return NULL;
}

static struct rb_error *apply_note(struct run_state *st, struct step_history *history,
				   const json_t *rec)
{
	const char *text = state_record_text(rec, "text");

	(void)st;
	if (!text)
		STATE_DAMAGED(N_("it tells nothing"));
	strv_add_once(&history->notes, text);
	return NULL;
}

static struct rb_error *apply_kept(struct run_state *st, struct step_history *history,
				   const json_t *rec)
{
	const char *text = state_record_text(rec, "text");

	(void)st;
	if (!text)
		STATE_DAMAGED(N_("it tells nothing"));
	strv_add_once(&history->kept, text);
	return NULL;
}

/* "adopted" is for people alone. */
static struct rb_error *apply_by_hand(struct run_state *st, struct step_history *history,
				      const json_t *rec)
{
	struct history_hand *hand =
		history_hand(history, text_eq(state_record_text(rec, "phase"), "undo"));
	const char *what = state_record_text(rec, "what");

	(void)st;
	if (!what)
		STATE_DAMAGED(N_("it tells nothing"));
	if (text_eq(what, "chosen") || text_eq(what, "withdrawn"))
		hand->chosen = text_eq(what, "chosen");
	if (text_eq(what, "done")) {
		hand->done = true;
		set_str(&hand->by, state_record_text(rec, "operator"));
	}
	return NULL;
}

static struct rb_error *apply_run(struct run_state *st, struct step_history *history,
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
static struct rb_error *apply_command(struct run_state *st, struct step_history *history,
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

static struct rb_error *apply_expires(struct run_state *st, struct step_history *history,
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
static struct rb_error *apply_handed_over(struct run_state *st, struct step_history *history,
					  const json_t *rec)
{
	const char *to = state_record_text(rec, "to");

	(void)history;
	if (!to)
		STATE_DAMAGED("it does not tell to whom");
	set_str(&st->handed_over, to);
	return NULL;
}

static struct rb_error *apply_sweep(struct run_state *st, struct step_history *history,
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
static struct rb_error *apply_recovered(struct run_state *st, struct step_history *history,
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
	struct rb_error *(*apply)(struct run_state *st, struct step_history *history,
				  const json_t *rec);
} record_types[] = {
	{ "run", false, apply_run },
	{ "command", false, apply_command },
	{ "state", true, apply_state },
	{ "intent", true, state_apply_intent },
	{ "outcome", true, state_apply_outcome },
	{ "output", true, apply_output },
	{ "forget", true, apply_forget },
	{ "token-retired", true, apply_token },
	{ "evidence", true, apply_evidence },
	{ "error", true, apply_error },
	{ "note", true, apply_note },
	{ "keeps", true, apply_kept },
	{ "sweep", false, apply_sweep },
	{ "hook", false, apply_nothing },
	{ "expires", false, apply_expires },
	{ "decision", false, apply_nothing },
	{ "handed-over", false, apply_handed_over },
	{ "by-hand", true, apply_by_hand },
	{ "recovered", false, apply_recovered },
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
