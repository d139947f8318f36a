/* SPDX-License-Identifier: Apache-2.0 */
/* What of one run stands: its steps find their things, and the records of that are gathered. */
#include "runbook/engine/recover.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

/* ---- words ----------------------------------------------------------------- */

void recover_say(struct recover_words *w, struct said *said)
{
	w->v = xreallocarray(w->v, w->n + 1, sizeof(*w->v));
	w->v[w->n++].said = said;
}

void recover_say_error(struct recover_words *w, const struct rb_error *err)
{
	if (err->what && err->why)
		recover_say(w, said_new("%-s: %-s", err->what, err->why));
	else
		recover_say(w, said_new("%-s", err->what ? err->what : err->why));
}

void recover_words_clear(struct recover_words *w)
{
	for (size_t i = 0; i < w->n; i++)
		said_free(w->v[i].said);
	free(w->v);
	memset(w, 0, sizeof(*w));
}

void recovery_clear(struct recovery *r)
{
	for (size_t i = 0; r->steps && i < r->stack.state.n; i++) {
		json_decref(r->steps[i].known);
		recover_words_clear(&r->steps[i].alone);
		recover_words_clear(&r->steps[i].blind);
	}
	free(r->steps);
	strv_clear(&r->buckets);
	json_decref(r->params);
	aws_tags_clear(&r->common);
	free(r->expires);
	recover_words_clear(&r->candidates);
	recover_words_clear(&r->unfit);
	stack_close(&r->stack);
	memset(r, 0, sizeof(*r));
}

static bool fits_place(const struct found_place *place, const struct params *params)
{
	const struct step *step = procedure_step(params->procedure, place->step);
	auto_strv asked = { 0 };

	if (!place->step)
		return true; /* somebody took the tag away: no step will take it */
	if (!step || step->side == SIDE_LOCAL)
		return false; /* such a step leaves no thing */
	params_regions(params, &asked);
	return !strv_has(&asked, place->region) ||
	       text_eq(place->region, params_region(params, step->side));
}

bool recover_fits(const struct found_run *found, const struct params *params)
{
	for (size_t i = 0; i < found->n_places; i++)
		if (!fits_place(&found->places[i], params))
			return false;
	return true;
}

/* ---- the reading -------------------------------------------------------------- */

/* One step after the other: a later one finds what carries no tag beside an earlier one's. */
struct reading {
	struct run *run;
	struct recovery *r;
};

/* What may not be looked at, and what is a stranger's, is told, and the rest goes on. */
static struct rb_error *read_step(const struct reading *reading, struct recovered_step *row)
{
	size_t candidates = reading->r->candidates.n;
	struct step_ctx ctx;
	struct rb_error *err;

	step_ctx_init(&ctx, reading->run, row->step, PHASE_RECOVER);
	err = step_ctx_call(&ctx);
	step_ctx_clear(&ctx);
	if (rb_error_is(err, RB_DENIED))
		recover_say_error(&row->blind, err);
	else if (rb_error_is(err, RB_DRIFT))
		recover_say_error(&row->alone, err);
	else if (reading->r->candidates.n == candidates)
		return err;
	(void)rb_error_free(err);
	return NULL;
}

/* A login leaves no trace in AWS: that there was one is believed of a run that had come so far. */
static void judge_traceless(struct recovery *r)
{
	bool all = true;

	for (size_t i = 0; i < r->stack.state.n; i++) {
		struct recovered_step *row = &r->steps[i];

		if (row->step->side == SIDE_LOCAL && !json_object_size(row->known) && !all)
			row->stands = 0;
		all &= row->stands != 0;
	}
}

static struct rb_error *read_steps(void *arg)
{
	const struct reading *reading = arg;

	for (size_t i = 0; i < reading->r->stack.state.n; i++)
		TRY(read_step(reading, &reading->r->steps[i]));
	judge_traceless(reading->r);
	return NULL;
}

/* ---- what is recorded of it ------------------------------------------------- */

static void take_tags(struct recovery *r)
{
	struct params *params = &r->stack.state.params;

	for (size_t i = 0; params_row(params, PARAM_TAGS) && i < r->common.n; i++) {
		autofree char *name = xasprintf(PARAM_TAGS "%s", r->common.v[i].key);
		struct rb_error *err = params_set(params, name, r->common.v[i].value, "AWS");

		if (err) /* one that AWS or an organisation puts on everything */
			recover_say_error(&r->unfit, err);
		else
			json_object_set_new(r->params, name, json_string("tag"));
		(void)rb_error_free(err);
	}
}

static struct rb_error *record_state(struct stack *st, const struct step *step,
				     enum step_state state)
{
	return stack_record(st,
			    json_pack("{s:s, s:s, s:s}", "type", "state", "step", step->id, "state",
				      step_state_name(state)),
			    /* sync= */ false);
}

json_t *recover_words_json(const struct recover_words *w)
{
	json_t *a = json_array();

	for (size_t i = 0; i < w->n; i++) {
		autofree char *safe = redact(said_english(w->v[i].said));

		json_array_append_new(a, json_string(safe));
	}
	return a;
}

static struct rb_error *record_step(struct recovery *r, const struct recovered_step *row)
{
	const struct step_history *history = state_history(&r->stack.state, row->step->id);
	bool any = row->stands || json_object_size(row->known);
	json_t *missing = json_array(), *rec;

	for (const char *const *g = row->step->gives; g && *g; g++)
		if (!history_output(history, *g))
			json_array_append_new(missing, json_string(*g));
	rec = json_pack("{s:s, s:s, s:b, s:s*, s:O, s:o}", "type", "recovered", "step",
			row->step->id, "stands", row->stands != 0, "by",
			row->stands ? recover_known_name((enum step_known)row->stands) : NULL,
			"known", row->known, "missing", missing);
	if (row->alone.n)
		json_object_set_new(rec, "left_alone", recover_words_json(&row->alone));
	if (row->blind.n)
		json_object_set_new(rec, "not_seen", recover_words_json(&row->blind));
	r->n_standing += any;
	TRY(stack_record(&r->stack, rec, /* sync= */ false));
	if (any)
		TRY(record_state(&r->stack, row->step, STEP_DOING));
	return row->stands ? record_state(&r->stack, row->step, STEP_MADE) : NULL;
}

/* The first record is that the run was found again: what follows is read as such. */
static struct rb_error *record_run(struct recovery *r)
{
	json_t *gathered = r->stack.gathered;

	TRY(stack_record(&r->stack,
			 json_pack("{s:s, s:O}", "type", "recovered", "parameters", r->params),
			 /* sync= */ true));
	(void)json_array_insert(gathered, 0,
				json_array_get(gathered, json_array_size(gathered) - 1));
	(void)json_array_remove(gathered, json_array_size(gathered) - 1);
	return NULL;
}

static struct rb_error *record_all(struct recovery *r)
{
	TRY(record_run(r));
	if (r->expires)
		TRY(stack_record(&r->stack,
				 json_pack("{s:s, s:s}", "type", "expires", "at", r->expires),
				 /* sync= */ true));
	for (size_t i = 0; i < r->stack.state.n; i++)
		TRY(record_step(r, &r->steps[i]));
	return NULL;
}

/* How each parameter is known that no thing of the run's has shown. */
static void note_others(struct recovery *r, const struct params *given)
{
	const struct params *params = &r->stack.state.params;

	for (const struct param *const *row = params->procedure->params; row && *row; row++) {
		if ((*row)->check_member || json_object_get(r->params, (*row)->name))
			continue;
		json_object_set_new(
			r->params, (*row)->name,
			json_string(params_given(given, (*row)->name) ? "given" : "default"));
	}
}

static void note_regions(struct recovery *r)
{
	const struct procedure *procedure = r->stack.state.procedure;

	for (const struct procedure_side *side = procedure->sides; side->name; side++)
		for (size_t i = 0; i < r->stack.state.n; i++) {
			const struct recovered_step *row = &r->steps[i];

			if (row->step->side >= 0 && json_object_size(row->known) &&
			    &procedure->sides[row->step->side] == side)
				json_object_set_new(r->params, side->region, json_string("shape"));
		}
}

/* That which has the name that was given, or that a run of this id would give; nobody may have been
 * able to list it. */
static struct rb_error *add_named_bucket(struct recovery *r, const char *stack, const char *account)
{
	const struct procedure *procedure = r->stack.state.procedure;
	auto_params named = { 0 };

	params_init(&named, procedure);
	params_take(&named, &r->stack.state.params);
	TRY(params_begin(&named, stack, r->stack.state.run_id, account));
	for (size_t i = 0; i < procedure->n_untagged; i++) {
		const char *name = procedure->untagged[i].kind == UNTAGGED_BUCKET
					   ? params_get(&named, procedure->untagged[i].name)
					   : "";

		if (*name && !strv_has(&r->buckets, name))
			strv_add(&r->buckets, name);
	}
	return NULL;
}

struct rb_error *recover_read_steps(const struct run *run, const struct engine_options *opt,
				    const struct found_run *found, const char *stack,
				    const char *account, const char *partition,
				    const struct params *params, struct recovery *ret)
{
	auto_params named = { 0 };
	struct run own = *run;
	struct reading reading = { &own, ret };
	struct rb_error *err;

	memset(ret, 0, sizeof(*ret));
	stack_init(&ret->stack, run->stack->home, stack, run->stack->state.procedures);
	params_init(&named, params->procedure);
	params_take(&named, params);
	stack_gather_run(&ret->stack, found->run_id, account, partition, &named);
	ret->params = json_object();
	ret->steps = xcalloc(ret->stack.state.n + 1, sizeof(*ret->steps));
	for (size_t i = 0; i < ret->stack.state.n; i++) {
		ret->steps[i].step = ret->stack.state.history[i].step;
		ret->steps[i].known = json_object();
	}
	strv_copy(&ret->buckets, &found->buckets);
	TRY(add_named_bucket(ret, stack, account));
	if (found->since_ms)
		ret->stack.state.created_ms = found->since_ms;
	own.stack = &ret->stack;
	own.recovery = ret;
	own.read_only =
		false; /* it is gathered, and nothing is sent that changes: step_ctx_intent */
	err = engine_watch(opt, read_steps, &reading);
	if (err)
		return err;
	take_tags(ret);
	note_regions(ret);
	note_others(ret, params);
	/* Names that follow from the run, where no thing shows another. */
	TRY(params_begin(&ret->stack.state.params, stack, found->run_id, account));
	return record_all(ret);
}
