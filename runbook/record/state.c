/* SPDX-License-Identifier: Apache-2.0 */
/* The state that the records add up to; state_apply.c adds them. */
#include "runbook/record/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/record/aftermath.h"

static const char *const state_names[STEP_STATES_N] = {
#define STEP_STATE_NAME_(name, label) [STEP_##name] = (label),
	STEP_STATES(STEP_STATE_NAME_)
#undef STEP_STATE_NAME_
};

const char *step_state_name(enum step_state s)
{
	return state_names[s];
}

const char *verdict_name(enum verdict v)
{
	static const char *const names[] = { N_("holds"), N_("pending"), N_("differs"),
					     N_("missing"), N_("blocked") };

	return names[v];
}

static void clear_history(struct step_history *history)
{
	for (size_t i = 0; i < history->n_outputs; i++) {
		free(history->outputs[i].name);
		free(history->outputs[i].value);
		free(history->outputs[i].former);
	}
	free(history->outputs);
	for (size_t i = 0; i < history->n_tokens; i++)
		free(history->tokens[i].what);
	free(history->tokens);
	for (size_t i = 0; i < history->n_calls; i++)
		free(history->calls[i].action);
	for (size_t i = 0; i < history->n_changes; i++)
		free(history->changes[i].action);
	free(history->changes);
	free(history->calls);
	json_decref(history->error);
	json_decref(history->evidence);
	strv_clear(&history->notes);
	strv_clear(&history->kept);
	strv_clear(&history->offered);
	strv_clear(&history->declined);
	strv_clear(&history->agreed);
	free(history->made_by_hand.by);
	free(history->unmade_by_hand.by);
}

static void clear_steps(struct run_state *st)
{
	for (size_t i = 0; i < st->n; i++)
		clear_history(&st->history[i]);
	free(st->history);
	st->history = NULL;
	st->n = 0;
}

void state_choose(struct run_state *st, const struct procedure *procedure)
{
	clear_steps(st);
	params_clear(&st->params);
	params_init(&st->params, procedure);
	st->procedure = procedure;
	while (procedure->steps[st->n])
		st->n++;
	st->history = xcalloc(st->n + 1, sizeof(*st->history));
	for (size_t i = 0; i < st->n; i++)
		st->history[i].step = procedure->steps[i];
}

void state_init(struct run_state *st, const struct procedure *const *procedures)
{
	memset(st, 0, sizeof(*st));
	st->procedures = procedures;
	state_choose(st, procedures[0]);
}

void state_clear(struct run_state *st)
{
	clear_steps(st);
	free(st->version);
	free(st->world);
	free(st->handed_over);
	free(st->operator_name);
	free(st->witness);
	free(st->named_operator);
	free(st->named_witness);
	json_decref(st->sweep);
	free(st->stack);
	free(st->run_id);
	free(st->account);
	free(st->expires);
	free(st->partition);
	params_clear(&st->params);
	memset(st, 0, sizeof(*st));
}

struct step_history *state_history(const struct run_state *st, const char *step_id)
{
	for (size_t i = 0; step_id && i < st->n; i++)
		if (strcmp(st->history[i].step->id, step_id) == 0)
			return &st->history[i];
	return NULL;
}

struct history_output *history_output_row(const struct step_history *history, const char *name)
{
	for (size_t i = 0; i < history->n_outputs; i++)
		if (strcmp(history->outputs[i].name, name) == 0)
			return &history->outputs[i];
	return NULL;
}

const char *history_output(const struct step_history *history, const char *name)
{
	const struct history_output *o = history_output_row(history, name);

	return o ? o->value : NULL;
}

int64_t history_call_done_ms(const struct step_history *history, const char *action)
{
	for (size_t i = 0; i < history->n_calls; i++)
		if (strcmp(history->calls[i].action, action) == 0)
			return history->calls[i].at_ms;
	return 0;
}

int history_token_retired(const struct step_history *history, const char *what)
{
	for (size_t i = 0; i < history->n_tokens; i++)
		if (strcmp(history->tokens[i].what, what) == 0)
			return history->tokens[i].retired;
	return 0;
}

bool history_begins_with_verify(const struct step_history *history)
{
	return history->state == STEP_MADE || history->state == STEP_HELD ||
	       history->state == STEP_STALE;
}

bool history_is_untouched(const struct step_history *history)
{
	return history->state == STEP_TODO && !history->started_ms && !history->n_outputs;
}

bool history_is_made(const struct step_history *history)
{
	switch (history->state) {
	case STEP_MADE:
	case STEP_HELD:
	case STEP_STALE:
		return true;
	case STEP_DOING:
	case STEP_FAILED: /* perhaps only what came after the making failed */
		return history->started_ms && history_has_all_outputs(history);
	case STEP_TODO:
	case STEP_UNDOING:
	case STEP_UNDONE:
		break;
	}
	return false;
}

bool history_is_half_undone(const struct step_history *history)
{
	return history->state == STEP_UNDOING ||
	       (history->state == STEP_FAILED && history->undo_failed);
}

struct history_hand *history_hand(struct step_history *history, bool undoing)
{
	return undoing ? &history->unmade_by_hand : &history->made_by_hand;
}

bool history_has_all_outputs(const struct step_history *history)
{
	for (const char *const *g = history->step->gives; g && *g; g++)
		if (!history_output(history, *g))
			return false;
	return true;
}

bool state_nothing_is_left(const struct run_state *st)
{
	for (size_t i = 0; i < st->n; i++)
		if (st->history[i].state != STEP_UNDONE && !history_is_untouched(&st->history[i]))
			return false;
	return true;
}

bool state_any_is_undone(const struct run_state *st)
{
	for (size_t i = 0; i < st->n; i++)
		if (st->history[i].state == STEP_UNDONE)
			return true;
	return false;
}

json_t *state_identity(const struct run_state *st)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:o, s:s}", "run", st->run_id, "procedure",
			 st->procedure->name, "stack", st->stack, "account", st->account,
			 "partition", st->partition, "created_ms", (json_int_t)st->created_ms,
			 "parameters", params_to_json(&st->params), "version", RUNBOOK_VERSION);
}

/* ---- for people and programs -------------------------------------------- */

const char *state_summary(const struct run_state *st)
{
	size_t touched = 0, held = 0;

	if (!st->run_id)
		return N_("new");
	if (st->undone)
		return N_("undone");
	for (size_t i = 0; i < st->n; i++) {
		touched += st->history[i].state != STEP_TODO;
		held += st->history[i].state == STEP_HELD;
	}
	return held == st->n ? N_("done") : touched ? N_("partial") : N_("new");
}

static json_t *time_or_null(int64_t ms)
{
	char text[CLOCK_ISO_SIZE];

	if (!ms)
		return json_null();
	clock_iso8601(ms / 1000, text);
	return json_string(text);
}

/* Only where a person did it: {"by": NAME or null}. */
static void add_hands(const struct step_history *history, json_t *o)
{
	const struct history_hand *made = &history->made_by_hand, *gone = &history->unmade_by_hand;

	if (made->done)
		json_object_set_new(o, "made_by_hand", json_pack("{s:s?}", "by", made->by));
	if (gone->done)
		json_object_set_new(o, "unmade_by_hand", json_pack("{s:s?}", "by", gone->by));
}

static json_t *step_to_json(const struct step_history *history)
{
	json_t *outputs = json_object(), *o;

	for (size_t i = 0; i < history->n_outputs; i++)
		if (history->outputs[i].value)
			json_object_set_new(outputs, history->outputs[i].name,
					    json_string(history->outputs[i].value));
	o = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:O?}", "id", history->step->id, "title",
		      history->step->title, "state", step_state_name(history->state), "outputs",
		      outputs, "started_at", time_or_null(history->started_ms), "held_at",
		      time_or_null(history->held_ms), "error", history->error);
	add_hands(history, o);
	return o;
}

json_t *rehearsal_to_json(bool rehearsal, double speed)
{
	return rehearsal ? json_pack("{s:f}", "speed", speed) : json_null();
}

json_t *state_to_json(const struct run_state *st)
{
	json_t *steps = json_array(), *doc;

	for (size_t i = 0; i < st->n; i++)
		json_array_append_new(steps, step_to_json(&st->history[i]));
	doc = json_pack("{s:s, s:s?, s:s?, s:o, s:s, s:o, s:o}", "stack", st->stack, "run",
			st->run_id, "account", st->account, "rehearsal",
			rehearsal_to_json(st->rehearsal, st->speed > 0 ? st->speed : 1), "state",
			state_summary(st), "parameters", params_to_json(&st->params), "steps",
			steps);
	if (st->handed_over)
		json_object_set_new(doc, "handed_over", json_string(st->handed_over));
	if (st->recovered_ms)
		json_object_set_new(doc, "recovered_at", time_or_null(st->recovered_ms));
	aftermath_to_json(st, doc);
	return doc;
}
