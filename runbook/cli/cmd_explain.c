/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook explain`: the way of a connection hop by hop, there and back; changes nothing. */
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/cli/command.h"
#include "runbook/cli/explain_view.h"
#include "runbook/cli/standing.h"
#include "runbook/cli/world.h"
#include "runbook/explain/explain.h"
#include "runbook/ui/lang.h"

static struct rb_error *no_such_way(const struct procedure *procedure, const char *step)
{
	auto_strv steps = { 0 };
	struct rb_error *err = rb_error_new(RB_USAGE, "step %s proves no connection", step);

	for (const struct hop_way *w = procedure->ways; w->step; w++)
		strv_add(&steps, w->step);
	autofree char *list = strv_join(&steps, ", ");

	return rb_error_hint(err, "steps that prove one: %s", list);
}

/* The ways that were asked for, or all; *ret ends with NULL, and is of `chosen`. */
static struct rb_error *choose(const struct cli *cli, const struct procedure *procedure,
			       const struct hop_way *chosen[], size_t most)
{
	const struct step *step = NULL;
	size_t n = 0;

	if (!procedure->ways)
		return rb_error_new(RB_USAGE, "procedure '%s' says nothing of its connections",
				    procedure->name);
	if (cli->operands.n)
		TRY(cli_find_step(procedure, cli->operands.v[0], &step));
	for (const struct hop_way *w = procedure->ways; w->step && n < most; w++)
		if (!step || text_eq(w->step, step->id))
			chosen[n++] = w;
	chosen[n] = NULL;
	return n ? NULL : no_such_way(procedure, step ? step->id : "-");
}

enum { WAYS_MAX = 8 };

static struct rb_error *show(const struct command_ctx *ctx, const struct explanations *ways)
{
	const struct run_state *st = &ctx->stack.state;
	const struct explain_view v = { .place = cli_place(ctx->cli),
					.procedure = st->procedure,
					.ways = ways,
					.undone = st->undone };
	json_t *doc;

	if (standing_is_unknown(st))
		cli_say(ctx->cli, "%s",
			tr("run.json is here and no journal: what AWS has of it is "
			   "not known"));
	if (!ctx->cli->json) {
		explain_print(&v);
		return NULL;
	}
	doc = json_pack("{s:s, s:s, s:s}", "stack", ctx->stack.name, "run", st->run_id, "procedure",
			st->procedure->name);
	explain_to_json(&v, doc);
	return cli_print_json(doc);
}

static struct rb_error *explain_all(struct command_ctx *ctx, const struct hop_way *const *chosen,
				    int *status)
{
	auto_explanations ways = { 0 };

	ctx->run.read_only = true;
	ctx->run.sink = NULL;
	ctx->host.tick = NULL; /* no step is at work: there is nothing to draw */
	for (; *chosen; chosen++)
		TRY(explain_way(&ctx->run, &ctx->options, *chosen, ctx->aws.arn, ctx->cli->probe,
				&ways));
	TRY(show(ctx, &ways));
	*status = explain_verdict_of_all(&ways) == HOP_BROKEN ? 3 : 0;
	return NULL;
}

struct rb_error *cmd_explain(struct cli *cli, int *status)
{
	const struct hop_way *chosen[WAYS_MAX + 1] = { NULL };
	auto_command_ctx ctx;

	/* A sandbox's world belongs to one process: so that the lock is needed for it. */
	TRY(command_open(
		&ctx, cli, cli->sandbox ? STACK_WRITE : STACK_READ,
		rb_error_new(RB_USAGE, "stack '%s' has no run to explain", cli_stack_name(cli))));
	TRY(choose(cli, ctx.stack.state.procedure, chosen, WAYS_MAX));
	TRY(world_check(cli, &ctx.stack));
	TRY(command_connect(&ctx));
	return explain_all(&ctx, chosen, status);
}
