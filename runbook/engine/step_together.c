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

static size_t count(const struct step_branch *branches)
{
	size_t n = 0;

	while (branches[n].fn)
		n++;
	return n;
}

static void start_branch(struct step_ctx *ctx, struct branch *b, const struct step_branch *what)
{
	struct loop *loop = ctx->run->loop;

	step_ctx_init(&b->ctx, ctx->run, ctx->step, ctx->phase);
	b->ctx.fresh = ctx->fresh;
	b->ctx.expected = ctx->expected;
	b->ctx.by_hand = ctx->by_hand;
	b->ctx.first_change = ctx->first_change;
	b->ctx.first_change_arg = ctx->first_change_arg;
	b->ctx.verify_pass = ctx->verify_pass;
	b->ctx.await_output = ctx->await_output;
	b->ctx.await_arg = ctx->await_arg;
	b->what = what;
	if (loop)
		b->task = loop_spawn(loop, run_branch, b);
	else
		run_branch(b);
}

/* `counts` false: what it says of a thing that is not there means nothing. */
static void end_branch(struct step_ctx *ctx, struct branch *b, bool counts,
		       struct rb_error **first_err)
{
	if (b->task)
		loop_join(ctx->run->loop, b->task);
	task_free(b->task);
	if (counts)
		take_branch(ctx, &b->ctx);
	step_ctx_clear(&b->ctx);
	if (*first_err || !counts)
		(void)rb_error_free(b->err);
	else
		*first_err = b->err;
}

struct rb_error *step_together(struct step_ctx *ctx, const struct step_branch *branches)
{
	struct rb_error *err = NULL;
	size_t n = count(branches);
	struct branch *b = xcalloc(n + 1, sizeof(*b));

	for (size_t i = 0; i < n; i++)
		start_branch(ctx, &b[i], &branches[i]);
	for (size_t i = 0; i < n; i++)
		end_branch(ctx, &b[i], /* counts= */ true, &err);
	free(b);
	return err;
}

/* What has been reported so far lets `rest` mean something. */
static bool rest_counts(const struct step_ctx *ctx, enum step_rest when)
{
	if (ctx->wait.what)
		return false;
	if (when != REST_UNLESS_PENDING && ctx->missing)
		return false;
	return when != REST_IF_IT_HOLDS || !ctx->differs;
}

static struct rb_error *in_two_looks(struct step_ctx *ctx, const struct step_branch *first,
				     const struct step_branch *rest)
{
	TRY(step_together(ctx, first));
	if (!rest_counts(ctx, REST_IF_THERE))
		return NULL;
	if (!ctx->differs)
		TRY(ctx->rest_later(ctx->rest_later_arg));
	return step_together(ctx, rest);
}

struct rb_error *step_in_order(struct step_ctx *ctx, enum step_rest when,
			       const struct step_branch *first, const struct step_branch *rest)
{
	size_t n_first = count(first), n = n_first + count(rest);
	struct rb_error *err = NULL;
	struct branch *b;
	bool counts = true;

	if (when == REST_LATER && ctx->rest_later)
		return in_two_looks(ctx, first, rest);
	if (when == REST_LATER)
		when = REST_IF_THERE;
	/* what is there is soon ready, and is read all at once in any case */
	if (when != REST_IF_THERE && !ctx->expected && step_ctx_history(ctx)->state != STEP_HELD) {
		TRY(step_together(ctx, first));
		return rest_counts(ctx, when) ? step_together(ctx, rest) : NULL;
	}
	b = xcalloc(n + 1, sizeof(*b));
	for (size_t i = 0; i < n; i++)
		start_branch(ctx, &b[i], i < n_first ? &first[i] : &rest[i - n_first]);
	for (size_t i = 0; i < n; i++) {
		if (i == n_first)
			counts = !err && rest_counts(ctx, when);
		end_branch(ctx, &b[i], counts, &err);
	}
	free(b);
	return err;
}
