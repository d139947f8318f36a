/* SPDX-License-Identifier: Apache-2.0 */
/* Reads of one step side by side. */
#include "runbook/engine/step_ctx_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "net/loop.h"

struct branch {
	struct step_ctx ctx;
	const struct step_branch *what;
	struct task *task;
	struct rb_error *err;
};

static void run_branch(void *arg)
{
	struct branch *b = arg;

	b->err = b->what->fn(&b->ctx, b->what->arg);
	if (b->err && b->ctx.last_call)
		b->err = step_ctx_located(&b->ctx, b->err);
}

/* What the branch reported is reported by the step. */
static void take_branch(struct step_ctx *ctx, struct step_ctx *from)
{
	(void)json_array_extend(ctx->claims, from->claims);
	if (from->missing && !ctx->missing) {
		ctx->missing = from->missing;
		from->missing = NULL;
		ctx->missing_output = from->missing_output;
	}
	if (from->untried && !ctx->untried) {
		ctx->untried = from->untried;
		from->untried = NULL;
	}
	if (from->wait.what && !ctx->wait.what) {
		ctx->wait = from->wait;
		memset(&from->wait, 0, sizeof(from->wait));
	}
	ctx->differs |= from->differs;
	ctx->replaced |= from->replaced;
}

struct rb_error *step_together(struct step_ctx *ctx, const struct step_branch *branches)
{
	struct loop *loop = ctx->run->loop;
	struct rb_error *first = NULL;
	struct branch *b;
	size_t n = 0;

	while (branches[n].fn)
		n++;
	b = xcalloc(n + 1, sizeof(*b));
	for (size_t i = 0; i < n; i++) {
		step_ctx_init(&b[i].ctx, ctx->run, ctx->step, ctx->phase);
		b[i].ctx.fresh = ctx->fresh;
		b[i].ctx.by_hand = ctx->by_hand;
		b[i].ctx.verify_pass = ctx->verify_pass;
		b[i].what = &branches[i];
		if (loop)
			b[i].task = loop_spawn(loop, run_branch, &b[i]);
		else
			run_branch(&b[i]);
	}
	for (size_t i = 0; i < n; i++) {
		if (b[i].task)
			loop_join(loop, b[i].task);
		task_free(b[i].task);
		take_branch(ctx, &b[i].ctx);
		step_ctx_clear(&b[i].ctx);
		if (first)
			(void)rb_error_free(b[i].err);
		else
			first = b[i].err;
	}
	free(b);
	return first;
}
