/* SPDX-License-Identifier: Apache-2.0 */
/* What an undo left: searched afresh, shown, and why another undo would leave it, too. */
#include "runbook/cli/undo_left.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "runbook/cli/command.h"
#include "runbook/engine/sweep.h"
#include "runbook/ui/lang.h"

void undo_show_kept(struct command_ctx *ctx, const struct sweep *s)
{
	const struct run_state *st = &ctx->stack.state;

	for (size_t i = 0; i < st->n; i++)
		for (size_t k = 0; k < st->history[i].kept.n; k++) {
			autofree char *text =
				xasprintf(tr("kept on purpose: %s"), tr(st->history[i].kept.v[k]));

			run_emit(&ctx->run, &(struct event){ .type = EVENT_NOTE, .text = text });
		}
	for (size_t i = 0; i < s->n; i++) {
		autofree char *text = NULL;

		if (!s->v[i].fading)
			continue;
		text = xasprintf(tr("gone, still listed for a while: %s %s (%s%s%s)"),
				 tr(s->v[i].kind), s->v[i].id, s->v[i].region,
				 *s->v[i].state ? " " : "", s->v[i].state);
		run_emit(&ctx->run, &(struct event){ .type = EVENT_NOTE, .text = text });
	}
}

struct rb_error *undo_left_error(const struct command_ctx *ctx, const struct sweep *s)
{
	if (s->left == 1)
		return rb_error_new(RB_DRIFT, "of run %s, 1 thing is left",
				    ctx->stack.state.run_id);
	return rb_error_new(RB_DRIFT, "of run %s, %zu things are left", ctx->stack.state.run_id,
			    s->left);
}

/* Another undo would leave it as well. */
static struct rb_error *explain_by_hand(const struct sweep *s, struct rb_error *err)
{
	auto_strv names = { 0 };
	autofree char *text = NULL;

	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].by_hand)
			strv_addf(&names, "%s %s (%s)", tr(s->v[i].kind), s->v[i].id,
				  s->v[i].region);
	text = strv_join(&names, ", ");
	err = rb_error_why(err,
			   "it has no tag runbook:step or is of a kind that no step makes, so no "
			   "step of this run made it and undo leaves it: %s",
			   text);
	err = rb_error_hint(err, "delete that by hand");
	return s->by_hand == s->left ? rb_error_next(err, RB_NEXT_VERIFY, NULL) : err;
}

struct rb_error *undo_show_left(struct command_ctx *ctx, const struct sweep *s)
{
	struct rb_error *err;

	for (size_t i = 0; i < s->n; i++) {
		autofree char *what = NULL;
		autofree char *text = NULL;

		if (s->v[i].fading)
			continue;
		what = xasprintf("%s %s", tr(s->v[i].kind), s->v[i].id);
		text = xasprintf("%s%s%s", s->v[i].region, *s->v[i].state ? " " : "",
				 s->v[i].state);
		run_emit(&ctx->run,
			 &(struct event){ .type = EVENT_LEFT, .what = what, .text = text });
	}
	err = undo_left_error(ctx, s);
	if (s->by_hand)
		return explain_by_hand(s, err);
	return rb_error_why(err, "the first is %-s %s", s->n ? s->v[0].kind : "",
			    s->n ? s->v[0].id : "");
}

/* The fading ones first is no order to read in. */
static int left_first(const void *a, const void *b)
{
	const struct sweep_item *x = a, *y = b;

	return (int)x->fading - (int)y->fading;
}

struct rb_error *undo_search(struct command_ctx *ctx, struct sweep *ret)
{
	sweep_clear(ret);
	TRY(sweep_run(&ctx->run, &ctx->options, ret));
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), left_first);
	return NULL;
}

/* Shows what is left, after all was undone or after `failed`, which stays the failure. */
struct rb_error *undo_sweep(struct command_ctx *ctx, const struct rb_error *failed)
{
	auto_sweep s = { 0 };

	TRY(undo_search(ctx, &s));
	if (s.left && !failed && !ctx->options.again && state_nothing_is_left(&ctx->stack.state)) {
		/* a step took for gone what is there */
		ctx->options.again = true;
		TRY(engine_back(&ctx->run, &ctx->options));
		TRY(undo_search(ctx, &s));
	}
	undo_show_kept(ctx, &s);
	if (s.left || !failed)
		TRY(stack_record(&ctx->stack, sweep_to_json(&s), /* sync= */ true));
	return s.left ? undo_show_left(ctx, &s) : NULL;
}
