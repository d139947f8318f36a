/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which step is to blame.  A rule that is gone makes the login fail that needs it, and a route that
 * is gone leaves an old upload where it was: the first is the drift, the others are blocked by it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "runbook/engine/engine_int.h"

/* Some errors a broken path looks like; others are AWS's word, or this machine's, on the look. */
static bool rests_on_needs(const struct engine_look *look)
{
	return look->looked && (rb_error_has_trait(look->err, RB_IS_EFFECT) || look->untried);
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

bool judge_wants_more(const struct run_state *st, const struct engine_look *looks, bool *in_scope)
{
	bool *needed = xcalloc(st->n + 1, sizeof(*needed));
	bool any = false;

	memset(in_scope, 0, st->n * sizeof(*in_scope));
	for (size_t i = 0; i < st->n; i++) {
		if (!rests_on_needs(&looks[i]))
			continue;
		mark_needs(st, i, needed);
		for (size_t k = 0; k < st->n; k++)
			if (needed[k] && !looks[k].looked && history_is_made(&st->history[k]))
				any = in_scope[k] = true;
	}
	free(needed);
	return any;
}

/* A root of trouble: not what is itself an effect. */
static bool is_broken(const struct run_state *st, const struct engine_look *looks, size_t i)
{
	if (!looks[i].looked)
		return !history_is_made(&st->history[i]);
	if (looks[i].err)
		return looks[i].err->kind == RB_DRIFT;
	return looks[i].verdict != VERDICT_HOLDS && looks[i].verdict != VERDICT_BLOCKED;
}

static void settle(const struct run *run, struct engine_look *look)
{
	if (look->blocked_by.n) {
		look->verdict = VERDICT_BLOCKED;
	} else if (look->err && look->err->kind == RB_DRIFT) {
		look->verdict = VERDICT_DIFFERS;
	} else if (look->err && look->err->kind == RB_GONE) {
		look->verdict = VERDICT_MISSING;
		set_str(&look->missing, look->err->why ? look->err->why : look->err->what);
		look->err = rb_error_free(look->err);
	} else {
		return;
	}
	run_emit(run,
		 &(struct event){ .type = EVENT_STATE,
				  .step = look->step,
				  .state = state_history(&run->stack->state, look->step->id)->state,
				  .text = verdict_name(look->verdict),
				  .ok = false });
}

void judge(const struct run *run, struct engine_look *looks)
{
	const struct run_state *st = &run->stack->state;
	bool *needed = xcalloc(st->n + 1, sizeof(*needed));

	for (size_t i = 0; i < st->n; i++) {
		if (!looks[i].looked)
			continue;
		mark_needs(st, i, needed);
		for (size_t k = 0; k < st->n && rests_on_needs(&looks[i]); k++)
			if (needed[k] && is_broken(st, looks, k))
				strv_add(&looks[i].blocked_by, st->history[k].step->id);
		if (!looks[i].err && looks[i].verdict != VERDICT_HOLDS) /* broken by itself */
			strv_clear(&looks[i].blocked_by);
		settle(run, &looks[i]);
	}
	free(needed);
}
