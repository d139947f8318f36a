/* SPDX-License-Identifier: Apache-2.0 */
/* What `runbook verify` says. */
#include "runbook/cli/verify_view.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/ui/journal_text.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/rows.h"

enum { TEXT_MAX = 1000, WORD_COLUMNS = 11, WORD_COLUMNS_JA = 12 };

static void print_detail(const char *text)
{
	autofree char *safe = text_printable(text, strlen(text), TEXT_MAX);

	row_detail("%s", safe);
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static void print_claim(const json_t *claim)
{
	autofree char *what = claim_name(text_of(claim, "claim"));
	autofree char *expected = claim_text(claim, "expected");
	autofree char *found = claim_text(claim, "found");

	if (!json_is_true(json_object_get(claim, "agrees")))
		row_detail(tr("%s: expected '%s', found '%s'"), what, expected, found);
}

static void print_reason(const struct rb_error *err)
{
	autofree char *text = tr_reason(err);

	print_detail(text);
}

/* `hint` NULL or empty: none. */
static void print_hint(const char *hint, const struct strv *commands)
{
	autofree char *text = hint && *hint ? xasprintf("%s: %s", tr("hint"), hint) : NULL;

	if (text)
		row_detail_commands(text, commands);
}

/* One that main does not report: with what to do. */
static void print_error(const struct hint_place *place, const struct rb_error *err)
{
	autofree char *hint = hint_text(place, err);
	auto_strv commands = { 0 };

	print_reason(err);
	hint_commands(place, err, &commands);
	print_hint(hint, &commands);
}

/* The failure that the step stands on, unless it holds all the same. */
static const json_t *last_failure(const struct verify_view *v, size_t i)
{
	const struct engine_verify_result *l = &v->results[i];

	return l->checked && l->verdict == VERDICT_HOLDS && !l->err ? NULL
								    : v->state->history[i].error;
}

static void print_last_failure(const struct verify_view *v, size_t i)
{
	const json_t *error = last_failure(v, i);
	char at[CLOCK_ISO_SIZE];

	if (!error)
		return;
	clock_iso8601(v->state->history[i].error_ms / 1000, at);
	{
		autofree char *what = tr_recorded(text_of(error, "what"));
		autofree char *why = tr_recorded(text_of(error, "why"));
		autofree char *hint = hint_text_of_record(&v->place, error);
		autofree char *text = xasprintf(tr("failed at %s: %s%s%s"), at, what,
						*what && *why ? ": " : "", why);
		auto_strv commands = { 0 };

		print_detail(text);
		hint_commands_of_record(&v->place, error, &commands);
		print_hint(hint, &commands);
	}
}

static void print_wait(const struct step_wait *wait)
{
	autofree char *what = tr_text(wait->what);
	autofree char *state = tr_text(wait->state);
	autofree char *reason = tr_text(wait->reason);

	row_detail("%s: %s%s%s", what, state, *reason ? tr(", ") : "", reason);
}

static void print_details(const struct hint_place *place, const struct engine_verify_result *l)
{
	autofree char *causes = strv_join(&l->blocked_by, ", ");
	autofree char *missing = tr_text(l->missing);
	autofree char *untried = tr_text(l->untried);
	json_t *claim;
	size_t i;

	if (l->missing)
		print_detail(missing);
	if (l->wait.what && !l->err)
		print_wait(&l->wait);
	json_array_foreach(l->claims, i, claim)
		print_claim(claim);
	if (l->err && !verify_is_error(l))
		print_error(place, l->err);
	else if (l->err)
		print_reason(l->err);
	if (l->untried && *causes)
		row_detail(tr("%s, see %s"), untried, causes);
	else if (l->untried)
		print_detail(untried);
	else if (*causes)
		row_detail(tr("see %s"), causes);
}

void verify_print(const struct verify_view *v, bool all)
{
	int columns = lang_is_japanese() ? WORD_COLUMNS_JA : WORD_COLUMNS;

	for (size_t i = 0; i < v->state->n; i++) {
		const struct engine_verify_result *l = &v->results[i];
		const struct step *step = v->state->history[i].step;

		if (!v->listed[i])
			continue;
		if (!all && l->checked && !l->err && l->verdict == VERDICT_HOLDS)
			continue;
		if (!all && !l->checked && !last_failure(v, i))
			continue;
		row_print(step->id, step_title(step), tr(verify_word(v, i)), columns, NULL);
		if (l->checked)
			print_details(&v->place, l);
		print_last_failure(v, i);
	}
}

/* ---- JSON ---------------------------------------------------------------- */

static json_t *error_json(const struct rb_error *err)
{
	return json_pack("{s:s, s:s?, s:s?, s:s?, s:o*}", "kind", rb_kind_name(err->kind), "what",
			 err->what, "why", err->why, "where", err->where, "denial",
			 err->denial ? json_loads(err->denial, 0, NULL) : NULL);
}

static json_t *result_json(const struct verify_view *v, size_t i)
{
	const struct engine_verify_result *l = &v->results[i];
	const struct step_history *history = &v->state->history[i];
	json_t *o = json_pack("{s:s, s:s, s:s, s:s}", "id", history->step->id, "title",
			      history->step->title, "state", step_state_name(history->state),
			      "verdict", verify_word(v, i));

	if (last_failure(v, i)) {
		char at[CLOCK_ISO_SIZE];

		clock_iso8601(history->error_ms / 1000, at);
		json_object_set_new(o, "failed",
				    json_pack("{s:s, s:O}", "at", at, "error", history->error));
	}
	if (!l->checked)
		return o;
	json_object_set(o, "claims", l->claims);
	if (l->missing)
		json_object_set_new(o, "missing", json_string(l->missing));
	if (l->untried)
		json_object_set_new(o, "untried", json_string(l->untried));
	if (l->blocked_by.n) {
		json_t *list = json_array();

		for (size_t k = 0; k < l->blocked_by.n; k++)
			json_array_append_new(list, json_string(l->blocked_by.v[k]));
		json_object_set_new(o, "blocked_by", list);
	}
	if (!l->err && l->verdict == VERDICT_PENDING)
		json_object_set_new(o, "waits_for",
				    json_pack("{s:s, s:s, s:s?, s:i}", "what", l->wait.what,
					      "state", l->wait.state, "reason", l->wait.reason,
					      "usual_s", l->wait.usual_s));
	if (l->err)
		json_object_set_new(o, "error", error_json(l->err));
	return o;
}

void verify_to_json(const struct verify_view *v, json_t *doc)
{
	const struct verify_tally *t = &v->tally;
	json_t *steps = json_array();

	for (size_t i = 0; i < v->state->n; i++)
		if (v->listed[i])
			json_array_append_new(steps, result_json(v, i));
	json_object_set_new(doc, "steps", steps);
	json_object_set_new(doc, "summary",
			    json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
				      "looked_at", (json_int_t)t->looked_at, "holds",
				      (json_int_t)t->by_verdict[VERDICT_HOLDS], "differs",
				      (json_int_t)t->by_verdict[VERDICT_DIFFERS], "missing",
				      (json_int_t)t->by_verdict[VERDICT_MISSING], "blocked",
				      (json_int_t)t->by_verdict[VERDICT_BLOCKED], "pending",
				      (json_int_t)t->by_verdict[VERDICT_PENDING], "errors",
				      (json_int_t)t->errors, "not_made", (json_int_t)t->not_made,
				      "half_undone", (json_int_t)t->half_undone, "undone",
				      (json_int_t)t->undone));
}
