/* SPDX-License-Identifier: Apache-2.0 */
/* Replaying records: what each type of them does to the state. */
#include "runbook/record/state.h"

#include <stdlib.h>
#include <string.h>

#include "aws/core/actions.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/sandbox.h"
#include "base/text.h"
#include "runbook/record/journal.h"

#define DAMAGED(...) return rb_error_because(RB_DAMAGED, __VA_ARGS__)

static const char *text_of(const json_t *rec, const char *key)
{
	return json_string_value(json_object_get(rec, key));
}

/* "this run needs the runbook that began it (1.2.0)": for what a later version added. */
static struct rb_error *needs_version(const struct run_state *st, const char *what,
				      const char *name)
{
	autofree char *shown = text_printable(name, strlen(name), 40);
	autofree char *version =
		text_printable(st->version ? st->version : "unknown",
			       st->version ? strlen(st->version) : strlen("unknown"), 40);
	struct rb_error *err = rb_error_new(RB_USAGE, "this runbook (%s) knows no %-s '%s'",
					    RUNBOOK_VERSION, what, shown);

	err = rb_error_why(err, "version %s of runbook began the run", version);
	return rb_error_hint(err, "use that version or a later one; nothing was touched");
}

/* Format 1 knew one procedure, and did not name it: the default of today. */
static struct rb_error *set_procedure(struct run_state *st, const char *name)
{
	const struct procedure *p = st->procedures[0];

	if (name)
		p = procedure_named(st->procedures, name);
	if (name && !p)
		return needs_version(st, N_("procedure"), name);
	if (p == st->procedure)
		return NULL;
	if (st->run_id)
		DAMAGED("it names the procedure '%s', but the run is of '%s'", p->name,
			st->procedure->name);
	state_choose(st, p);
	return NULL;
}

struct rb_error *state_set_identity(struct run_state *st, const json_t *rec)
{
	const char *run = text_of(rec, "run"), *stack = text_of(rec, "stack");
	const char *account = text_of(rec, "account"), *partition = text_of(rec, "partition");
	const json_t *params = json_object_get(rec, "parameters");

	if (!run || !*run || run[strspn(run, "abcdefghijklmnopqrstuvwxyz0123456789-")] || !stack ||
	    !account || !partition || !json_is_object(params))
		DAMAGED(N_("it does not tell run, stack, account, partition and parameters"));
	if (st->run_id && !text_eq(st->run_id, run))
		DAMAGED("it belongs to run %.40s, not to run %s", run, st->run_id);
	set_str(&st->version, text_of(rec, "version"));
	TRY(set_procedure(st, text_of(rec, "procedure")));
	set_str(&st->run_id, run);
	set_str(&st->stack, stack);
	set_str(&st->account, account);
	/* Whoever serves it, this is an account of examples only. */
	st->rehearsal |= text_eq(account, SANDBOX_ACCOUNT);
	set_str(&st->partition, partition);
	st->created_ms = json_integer_value(json_object_get(rec, "created_ms"));
	return params_from_json(&st->params, params);
}

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
	const char *name = text_of(rec, "state");
	int64_t at_ms = journal_time_ms(rec);
	int s = 0;

	(void)st;
	while (name && s < STEP_STATES_N && strcmp(step_state_name((enum step_state)s), name) != 0)
		s++;
	if (!name || s == STEP_STATES_N)
		DAMAGED(N_("it tells no state that this runbook knows"));
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
	const char *name = text_of(rec, "name"), *value = text_of(rec, "value");
	struct history_output *o;
	int64_t since_s;

	if (!name || !value)
		DAMAGED(N_("it tells no output"));
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
	if (clock_parse_iso8601(text_of(rec, "since") ? text_of(rec, "since") : "", &since_s))
		o->at_ms = since_s * 1000; /* found again: AWS says since when it is there */
	o->nth = st->n_records;
	return NULL;
}

static struct rb_error *apply_forget(struct run_state *st, struct step_history *history,
				     const json_t *rec)
{
	const char *name = text_of(rec, "name");
	struct history_output *o = name ? history_output_row(history, name) : NULL;

	if (!name)
		DAMAGED(N_("it tells no output"));
	if (o && o->value) {
		free(o->former);
		o->former = steal_str(&o->value);
		o->forgotten_nth = st->n_records;
	}
	return NULL;
}

/* Tags lead no packet, and what is done on this machine makes nothing that others rest on. */
static bool changes_a_thing(const struct step *step, const json_t *rec)
{
	const char *action = text_of(rec, "action");

	return action && step->side != SIDE_LOCAL && !text_eq(text_of(rec, "phase"), "verify") &&
	       !aws_action_only_tags(action);
}

/* The last change is one that was not refused, or of which nobody knows. */
static void sum_changes(struct step_history *history)
{
	history->changed_nth = history->answered_nth;
	history->changed_ms = history->answered_ms;
	for (size_t i = 0; i < history->n_changes; i++) {
		if (history->changes[i].nth < history->changed_nth)
			continue;
		history->changed_nth = history->changes[i].nth;
		history->changed_ms = history->changes[i].at_ms;
	}
}

static void answer_change(struct step_history *history, const char *action, bool refused)
{
	size_t i = history->n_changes;

	while (i-- > 0) {
		struct history_change *change = &history->changes[i];

		if (!text_eq(change->action, action))
			continue;
		if (!refused && change->nth > history->answered_nth) {
			history->answered_nth = change->nth;
			history->answered_ms = change->at_ms;
		}
		free(change->action);
		*change = history->changes[--history->n_changes];
		break;
	}
	sum_changes(history);
}

static struct rb_error *apply_intent(struct run_state *st, struct step_history *history,
				     const json_t *rec)
{
	if (changes_a_thing(history->step, rec)) {
		history->changes = xreallocarray(history->changes, history->n_changes + 1,
						 sizeof(*history->changes));
		history->changes[history->n_changes++] =
			(struct history_change){ xstrdup(text_of(rec, "action")), st->n_records,
						 journal_time_ms(rec) };
		sum_changes(history);
	}
	if (text_eq(text_of(rec, "phase"), "do"))
		history->do_nth = st->n_records;
	history->unanswered++;
	/* of this command's own, none is lost before its outcome says so */
	if (!history->in_flight)
		history->unanswered_ms = journal_time_ms(rec);
	return NULL;
}

static void note_done(struct step_history *history, const char *action, int64_t at_ms)
{
	for (size_t i = 0; i < history->n_calls; i++) {
		if (strcmp(history->calls[i].action, action) == 0) {
			history->calls[i].at_ms = at_ms;
			return;
		}
	}
	history->calls =
		xreallocarray(history->calls, history->n_calls + 1, sizeof(*history->calls));
	history->calls[history->n_calls++] = (struct history_call){ xstrdup(action), at_ms };
}

static struct rb_error *apply_outcome(struct run_state *st, struct step_history *history,
				      const json_t *rec)
{
	const char *result = text_of(rec, "result"), *call = text_of(rec, "call");
	const char *action = call ? strchr(call, ' ') : NULL; /* "ec2 DeleteVpc" */

	(void)st;
	if (text_eq(result, "lost"))
		history->unanswered_ms = journal_time_ms(rec);
	else if (history->unanswered > 0)
		history->unanswered--;
	if (action)
		answer_change(history, action + 1, text_eq(result, "failed"));
	if (action && text_eq(result, "ok"))
		note_done(history, action + 1, journal_time_ms(rec));
	return NULL;
}

static struct rb_error *apply_token(struct run_state *st, struct step_history *history,
				    const json_t *rec)
{
	const char *what = text_of(rec, "what");

	(void)st;
	if (!what)
		DAMAGED(N_("it tells no token"));
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
		DAMAGED(N_("it tells no claims"));
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
	history->undo_failed = text_eq(text_of(rec, "phase"), "undo");
	history->state = STEP_FAILED;
	history->held_ms = 0;
	return NULL;
}

static struct rb_error *apply_note(struct run_state *st, struct step_history *history,
				   const json_t *rec)
{
	const char *text = text_of(rec, "text");

	(void)st;
	if (!text)
		DAMAGED(N_("it tells nothing"));
	if (!strv_has(&history->notes, text))
		strv_add(&history->notes, text);
	return NULL;
}

static struct rb_error *apply_kept(struct run_state *st, struct step_history *history,
				   const json_t *rec)
{
	const char *text = text_of(rec, "text");

	(void)st;
	if (!text)
		DAMAGED(N_("it tells nothing"));
	if (!strv_has(&history->kept, text))
		strv_add(&history->kept, text);
	return NULL;
}

/* "adopted" is for people alone. */
static struct rb_error *apply_by_hand(struct run_state *st, struct step_history *history,
				      const json_t *rec)
{
	struct history_hand *hand = history_hand(history, text_eq(text_of(rec, "phase"), "undo"));
	const char *what = text_of(rec, "what");

	(void)st;
	if (!what)
		DAMAGED(N_("it tells nothing"));
	if (text_eq(what, "chosen") || text_eq(what, "withdrawn"))
		hand->chosen = text_eq(what, "chosen");
	if (text_eq(what, "done")) {
		hand->done = true;
		set_str(&hand->by, text_of(rec, "operator"));
	}
	return NULL;
}

static struct rb_error *apply_run(struct run_state *st, struct step_history *history,
				  const json_t *rec)
{
	(void)history;
	return state_set_identity(st, rec);
}

/* The first command decides where the run is made and how fast its AWS is. */
static struct rb_error *apply_command(struct run_state *st, struct step_history *history,
				      const json_t *rec)
{
	double speed = json_number_value(json_object_get(rec, "speed"));
	bool undo = text_eq(text_of(rec, "command"), "undo");

	(void)history;
	set_str(&st->operator_name, text_of(rec, "operator"));
	set_str(&st->witness, text_of(rec, "witness"));
	st->undone = false;
	st->undoing_all = undo && !text_of(rec, "to");
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
	set_str(&st->world, text_of(rec, "world"));
	return NULL;
}

static struct rb_error *apply_expires(struct run_state *st, struct step_history *history,
				      const json_t *rec)
{
	const char *at = text_of(rec, "at");
	int64_t at_s;

	(void)history;
	if (!at || !clock_parse_iso8601(at, &at_s))
		DAMAGED("it tells no time");
	set_str(&st->expires, at);
	st->expires_nth = st->n_records;
	return NULL;
}

/* Somebody else has its things from now on. */
static struct rb_error *apply_handed_over(struct run_state *st, struct step_history *history,
					  const json_t *rec)
{
	const char *to = text_of(rec, "to");

	(void)history;
	if (!to)
		DAMAGED("it does not tell to whom");
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
	const char *id = text_of(rec, "step");

	if (!id) {
		st->recovered_ms = journal_time_ms(rec);
		return NULL;
	}
	history = state_history(st, id);
	if (!history)
		return needs_version(st, N_("step"), id);
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
	{ "intent", true, apply_intent },
	{ "outcome", true, apply_outcome },
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
		const char *step_id = text_of(rec, "step");
		struct step_history *history = step_id ? state_history(st, step_id) : NULL;

		if (strcmp(record_types[i].type, type) != 0)
			continue;
		if (!st->run_id && strcmp(type, "run") != 0)
			DAMAGED("a '%s' record comes before the run's own", type);
		if (record_types[i].of_step && !history) {
			if (step_id)
				return needs_version(st, N_("step"), step_id);
			DAMAGED(N_("it names no step"));
		}
		return record_types[i].apply(st, history, rec);
	}
	DAMAGED("its type '%.40s' is none that this runbook knows", type);
}
