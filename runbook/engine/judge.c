/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which step is to blame.  A rule that is gone makes the login fail that needs it, and a route that
 * is gone leaves an old upload where it was: the first is the drift, the others are blocked by it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "runbook/engine/engine_int.h"

/* Some errors may be what a broken path causes; others are about AWS or this machine. */
static bool rests_on_needs(const struct engine_verify_result *result)
{
	return result->checked &&
	       (rb_error_has_trait(result->err, RB_IS_EFFECT) || result->untried);
}

static size_t index_of(const struct run_state *st, const char *step_id)
{
	size_t i = 0;

	while (i < st->n && strcmp(st->history[i].step->id, step_id) != 0)
		i++;
	return i;
}

/* All that step `i` needs, and what these need.  Steps come after what they need. */
static void mark_needs(const struct run_state *st, size_t i, bool *needed)
{
	memset(needed, 0, st->n * sizeof(*needed));
	for (size_t k = i + 1; k-- > 0;) {
		if (k != i && !needed[k])
			continue;
		for (const struct step_need *n = st->history[k].step->needs; n && n->step; n++) {
			size_t at = index_of(st, n->step);

			if (at < st->n)
				needed[at] = true;
		}
	}
}

bool judge_wants_more(const struct run_state *st, const struct engine_verify_result *results,
		      bool *in_scope)
{
	bool *needed = xcalloc(st->n + 1, sizeof(*needed));
	bool any = false;

	memset(in_scope, 0, st->n * sizeof(*in_scope));
	for (size_t i = 0; i < st->n; i++) {
		if (!rests_on_needs(&results[i]))
			continue;
		mark_needs(st, i, needed);
		for (size_t k = 0; k < st->n; k++)
			if (needed[k] && !results[k].checked && history_is_made(&st->history[k]))
				any = in_scope[k] = true;
	}
	free(needed);
	return any;
}

/* A root of trouble: not what is itself an effect. */
static bool is_broken(const struct run_state *st, const struct engine_verify_result *results,
		      size_t i)
{
	if (!results[i].checked)
		return !history_is_made(&st->history[i]);
	if (results[i].err)
		return results[i].err->kind == RB_DRIFT;
	return results[i].verdict != VERDICT_HOLDS && results[i].verdict != VERDICT_BLOCKED;
}

static void settle(const struct run *run, struct engine_verify_result *result)
{
	if (result->blocked_by.n) {
		result->verdict = VERDICT_BLOCKED;
	} else if (result->err && result->err->kind == RB_DRIFT) {
		result->verdict = VERDICT_DIFFERS;
	} else if (result->err && result->err->kind == RB_GONE) {
		result->verdict = VERDICT_MISSING;
		said_drop(&result->missing);
		result->missing = said_english(
			said_new("%s", result->err->why ? result->err->why : result->err->what));
		result->err = rb_error_free(result->err);
	} else {
		return;
	}
	run_emit(run, &(struct event){
			      .type = EVENT_STATE,
			      .step = result->step,
			      .state = state_history(&run->stack->state, result->step->id)->state,
			      .text = verdict_name(result->verdict),
			      .ok = false });
}

void judge_verdicts(const struct run *run, struct engine_verify_result *results)
{
	const struct run_state *st = &run->stack->state;
	bool *needed = xcalloc(st->n + 1, sizeof(*needed));

	for (size_t i = 0; i < st->n; i++) {
		if (!results[i].checked)
			continue;
		mark_needs(st, i, needed);
		for (size_t k = 0; k < st->n && rests_on_needs(&results[i]); k++)
			if (needed[k] && is_broken(st, results, k))
				strv_add(&results[i].blocked_by, st->history[k].step->id);
		if (!results[i].err && results[i].verdict != VERDICT_HOLDS) /* broken by itself */
			strv_clear(&results[i].blocked_by);
		settle(run, &results[i]);
	}
	free(needed);
}
