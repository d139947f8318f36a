/* SPDX-License-Identifier: Apache-2.0 */
/* A step's clients, tags, names and client tokens. */
#include "runbook/engine/step_ctx_int.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/record/run_names.h"

struct aws_client *step_aws_of(struct step_ctx *ctx, int side)
{
	const struct params *params = &step_ctx_state(ctx)->params;
	size_t i = side == SIDE_LOCAL ? 0 : (size_t)side;

	assert(i < ARRAY_LEN(ctx->clients));
	if (!ctx->clients[i]) {
		ctx->clients[i] = aws_client_new(ctx->run->session, params_region(params, side));
		aws_client_observe(ctx->clients[i], &ctx->observer);
	}
	return ctx->clients[i];
}

struct aws_client *step_aws(struct step_ctx *ctx)
{
	return step_aws_of(ctx, ctx->step->side);
}

struct aws_client *step_aws_dry(struct step_ctx *ctx)
{
	struct aws_client **c = &ctx->dry_client;

	if (!*c) {
		*c = aws_client_new(ctx->run->session, aws_client_region(step_aws(ctx)));
		aws_client_set_dry(*c);
	}
	return *c;
}

struct rb_error *step_tried(struct rb_error *err)
{
	if (rb_error_is_aws(err, "UnauthorizedOperation") || rb_error_is(err, RB_CREDENTIALS) ||
	    rb_error_is(err, RB_CLOCK) || rb_error_is(err, RB_INTERRUPTED))
		return err;
	return rb_error_free(err);
}

const struct aws_tags *step_tags(struct step_ctx *ctx, const char *what)
{
	autofree char *name = xasprintf("runbook-%s-%s-%s", step_stack(ctx), ctx->step->id, what);
	struct aws_tags *tags;

	for (size_t i = 0; i < ctx->n_tags; i++) /* the same, asked for again */
		if (text_eq(aws_tags_get(&ctx->tags[i], "Name"), name))
			return &ctx->tags[i];
	assert(ctx->n_tags < ARRAY_LEN(ctx->tags));
	tags = &ctx->tags[ctx->n_tags++];
	if (params_row(&step_ctx_state(ctx)->params, PARAM_TAGS))
		step_log(ctx, "param", PARAM_TAGS, NULL);
	run_tags(&step_ctx_state(ctx)->params, step_stack(ctx), step_run_id(ctx),
		 step_ctx_state(ctx)->expires, ctx->step->id, what, tags);
	return tags;
}

const struct aws_filter *step_filters(struct step_ctx *ctx)
{
	ctx->filters[0] = (struct aws_filter){ "tag:runbook:run", { step_run_id(ctx) } };
	ctx->filters[1] = (struct aws_filter){ "tag:runbook:step", { ctx->step->id } };
	ctx->filters[2] = (struct aws_filter){ NULL, { NULL } };
	return ctx->filters;
}

bool step_owned_by(struct step_ctx *ctx, const char *step_id, const struct aws_tags *tags)
{
	return text_eq(aws_tags_get(tags, "runbook:run"), step_run_id(ctx)) &&
	       text_eq(aws_tags_get(tags, "runbook:step"), step_id);
}

bool step_owns(struct step_ctx *ctx, const struct aws_tags *tags)
{
	return step_owned_by(ctx, ctx->step->id, tags);
}

const char *step_name(struct step_ctx *ctx, const char *what)
{
	return step_ctx_lend(ctx, run_name(step_run_id(ctx), what));
}

const char *step_token(struct step_ctx *ctx, const char *what)
{
	const struct run_state *st = step_ctx_state(ctx);
	autofree char *basis = xasprintf("%s/%s/%s/%d", step_run_id(ctx), ctx->step->id, what,
					 history_token_retired(step_ctx_history(ctx), what));
	char hex[65];

	/* Which tokens a lost journal had retired nobody knows: those of before are not used again,
	 * and what lives of their making is found by its tag. */
	if (st->recovered_ms) {
		autofree char *before = basis;

		basis = xasprintf("%s/%lld", before, (long long)st->recovered_ms);
	}

	text_sha256_hex(basis, strlen(basis), hex);
	free(ctx->token);
	ctx->token = xasprintf("runbook-%.48s", hex);
	return step_ctx_lend_copy(ctx, ctx->token);
}

struct rb_error *step_retire_token(struct step_ctx *ctx, const char *what)
{
	return stack_record(ctx->run->stack,
			    json_pack("{s:s, s:s, s:s}", "type", "token-retired", "step",
				      ctx->step->id, "what", what),
			    /* sync= */ true);
}
