/* SPDX-License-Identifier: Apache-2.0 */
/* Verifies each step that is asked for, all at once, changing nothing. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "runbook/engine/engine_int.h"

static bool ready(struct engine *e, struct slot *s)
{
	if (!e->opt->serial)
		return true;
	for (const struct slot *o = e->slots; o < s; o++)
		if (o->in_scope && o->phase != SLOT_DONE)
			return false;
	return true;
}

static void begin(struct engine *e, struct slot *s)
{
	run_emit(e->run, &(struct event){ .type = EVENT_VERIFY,
					  .step = s->step,
					  .state = s->history->state });
	slot_next(s, PHASE_VERIFY, 0);
}

static void ended(struct engine *e, struct slot *s)
{
	struct engine_verify_result *result =
		(struct engine_verify_result *)e->arg + (s - e->slots);

	s->phase = SLOT_DONE;
	if (s->err && s->err->kind == RB_INTERRUPTED)
		return;
	result->checked = true;
	if (s->err && s->err->kind == RB_GONE && s->step->side != SIDE_LOCAL) {
		step_missing(&s->ctx, "%s", s->err->why ? s->err->why : s->err->what);
		s->err = rb_error_free(s->err);
	}
	result->err = s->err;
	s->err = NULL;
	result->verdict = step_ctx_verdict(&s->ctx);
	result->claims = json_incref(s->ctx.claims);
	result->missing = said_english(said_copy(said_of(s->ctx.missing)));
	result->missing_output = s->ctx.missing_output;
	result->untried = s->ctx.untried;
	s->ctx.untried = NULL;
	result->wait = s->ctx.wait;
	memset(&s->ctx.wait, 0, sizeof(s->ctx.wait));
	run_emit(e->run,
		 &(struct event){ .type = EVENT_STATE,
				  .step = s->step,
				  .state = s->history->state,
				  .text = result->err ? N_("error") : verdict_name(result->verdict),
				  .reason = result->untried,
				  .ok = !result->err && result->verdict == VERDICT_HOLDS });
}

static const struct engine_mode verify_mode = {
	.ready = ready,
	.begin = begin,
	.ended = ended,
	.overdue = N_("was not seen"),
	.timeout_ms = 600 * 1000,
};

static struct rb_error *verify_round(struct run *run, const struct engine_options *opt,
				     struct engine_verify_result *results, const bool *in_scope)
{
	struct rb_error *err;
	struct engine e;

	engine_init(&e, run, opt, &verify_mode);
	e.arg = results;
	for (size_t i = 0; i < e.n; i++)
		e.slots[i].in_scope = in_scope[i];
	err = engine_go(&e);
	engine_clear(&e);
	return err;
}

struct rb_error *engine_verify(struct run *run, const struct engine_options *opt,
			       struct engine_verify_result *results)
{
	const struct run_state *st = &run->stack->state;
	bool *in_scope = xcalloc(st->n + 1, sizeof(*in_scope));
	struct rb_error *err;

	for (size_t i = 0; i < st->n; i++) {
		results[i].step = st->history[i].step;
		in_scope[i] = results[i].wanted;
	}
	err = verify_round(run, opt, results, in_scope);
	if (!err && judge_wants_more(st, results, in_scope))
		err = verify_round(run, opt, results, in_scope);
	free(in_scope);
	if (!err)
		judge_verdicts(run, results);
	return err;
}

void engine_verify_result_clear(struct engine_verify_result *result)
{
	json_decref(result->claims);
	said_drop(&result->missing);
	said_drop(&result->untried);
	strv_clear(&result->blocked_by);
	said_drop(&result->wait.what);
	said_drop(&result->wait.state);
	said_drop(&result->wait.reason);
	(void)rb_error_free(result->err);
	memset(result, 0, sizeof(*result));
}
