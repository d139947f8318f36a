/* SPDX-License-Identifier: Apache-2.0 */
/* Replaying the records of a step: its state, its outputs, what it told, who did it. */
#include "runbook/record/state_inner.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/record/journal.h"
#include "runbook/record/state.h"

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

struct rb_error *state_apply_state(struct run_state *st, struct step_history *history,
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

struct rb_error *state_apply_output(struct run_state *st, struct step_history *history,
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

struct rb_error *state_apply_forget(struct run_state *st, struct step_history *history,
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

struct rb_error *state_apply_token(struct run_state *st, struct step_history *history,
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

struct rb_error *state_apply_evidence(struct run_state *st, struct step_history *history,
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

struct rb_error *state_apply_error(struct run_state *st, struct step_history *history,
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

struct rb_error *state_apply_note(struct run_state *st, struct step_history *history,
				  const json_t *rec)
{
	const char *text = state_record_text(rec, "text");

	(void)st;
	if (!text)
		STATE_DAMAGED(N_("it tells nothing"));
	strv_add_once(&history->notes, text);
	return NULL;
}

struct rb_error *state_apply_kept(struct run_state *st, struct step_history *history,
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
struct rb_error *state_apply_by_hand(struct run_state *st, struct step_history *history,
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
