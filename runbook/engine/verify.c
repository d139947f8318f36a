/* SPDX-License-Identifier: Apache-2.0 */
/* One look at each step that is asked for, all at once, changing nothing. */
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
	struct engine_look *look = (struct engine_look *)e->arg + (s - e->slots);

	s->phase = SLOT_DONE;
	if (s->err && s->err->kind == RB_INTERRUPTED)
		return;
	look->looked = true;
	if (s->err && s->err->kind == RB_GONE && s->step->side != SIDE_LOCAL) {
		step_missing(&s->ctx, "%s", s->err->why ? s->err->why : s->err->what);
		s->err = rb_error_free(s->err);
	}
	look->err = s->err;
	s->err = NULL;
	look->verdict = step_ctx_verdict(&s->ctx);
	look->claims = json_incref(s->ctx.claims);
	look->missing = xstrdup_or_null(s->ctx.missing);
	look->untried = steal_str(&s->ctx.untried);
	look->wait = s->ctx.wait;
	memset(&s->ctx.wait, 0, sizeof(s->ctx.wait));
	run_emit(e->run, &(struct event){ .type = EVENT_STATE,
					  .step = s->step,
					  .state = s->history->state,
					  .text = look->err ? "error" : verdict_name(look->verdict),
					  .reason = look->untried,
					  .ok = !look->err && look->verdict == VERDICT_HOLDS });
}

static const struct engine_mode verify_mode = {
	.ready = ready,
	.begin = begin,
	.ended = ended,
	.overdue = "was not seen",
	.timeout_ms = 600 * 1000,
};

static struct rb_error *look_round(struct run *run, const struct engine_options *opt,
				   struct engine_look *looks, const bool *in_scope)
{
	struct rb_error *err;
	struct engine e;

	engine_init(&e, run, opt, &verify_mode);
	e.arg = looks;
	for (size_t i = 0; i < e.n; i++)
		e.slots[i].in_scope = in_scope[i];
	err = engine_go(&e);
	engine_clear(&e);
	return err;
}

struct rb_error *engine_verify(struct run *run, const struct engine_options *opt,
			       struct engine_look *looks)
{
	const struct run_state *st = &run->stack->state;
	bool *in_scope = xcalloc(st->n + 1, sizeof(*in_scope));
	struct rb_error *err;

	for (size_t i = 0; i < st->n; i++) {
		looks[i].step = st->history[i].step;
		in_scope[i] = looks[i].wanted;
	}
	err = look_round(run, opt, looks, in_scope);
	if (!err && judge_wants_more(st, looks, in_scope))
		err = look_round(run, opt, looks, in_scope);
	free(in_scope);
	if (!err)
		judge(run, looks);
	return err;
}

void engine_look_clear(struct engine_look *look)
{
	json_decref(look->claims);
	free(look->missing);
	free(look->untried);
	strv_clear(&look->blocked_by);
	free(look->wait.what);
	free(look->wait.state);
	free(look->wait.reason);
	(void)rb_error_free(look->err);
	memset(look, 0, sizeof(*look));
}
