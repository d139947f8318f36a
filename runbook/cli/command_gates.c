/* SPDX-License-Identifier: Apache-2.0 */
/* Who is asked before a step: the operator, and hooks. */
#include "runbook/cli/command_gates.h"

#include "base/alloc.h"
#include "base/file.h"
#include "runbook/cli/question.h"
#include "runbook/cli/step_by_step.h"

struct rb_error *command_find_hooks(struct command_ctx *ctx)
{
	autofree char *dir = NULL;

	if (ctx->cli->hooks)
		TRY(file_expand_home(ctx->cli->hooks, &dir));
	return hooks_open(dir, ctx->stack.home, &ctx->hooks);
}

struct rb_error *command_choose_dialogue(struct command_ctx *ctx, bool carries_on)
{
	const struct cli *cli = ctx->cli;
	struct rb_error *err;

	if (cli->step_by_step && cli->yes)
		return rb_error_why(
			rb_error_new(RB_USAGE, "--step-by-step cannot be given with --yes"),
			"one asks before each step, and the other does not ask");
	ctx->by_step = cli->step_by_step || (carries_on && !cli->yes);
	if (!ctx->by_step || question_can_be_asked())
		return NULL;
	err = rb_error_new(RB_USAGE, "there is no terminal to ask on before each step");
	if (cli->step_by_step)
		return rb_error_hint(err, "--step-by-step needs one; nothing was changed");
	return rb_error_hint(rb_error_why(err, "run %s goes step by step", ctx->stack.state.run_id),
			     "nothing was changed; go on at a terminal, or without questions: "
			     "add --yes");
}

/* Below the hooks, which are to hear of everything: what it leaves out is the display's. */
void command_begin_dialogue(struct command_ctx *ctx)
{
	if (!ctx->by_step)
		return;
	ctx->dialogue = step_by_step_new(&ctx->run, ctx->cli);
	ctx->run.sink = step_by_step_sink(ctx->dialogue);
}

void command_set_gates(struct command_ctx *ctx)
{
	if (ctx->tries) {
		ctx->trial = step_trial_new(&ctx->run, ctx->aws.arn, ctx->options.gate);
		ctx->options.gate = step_trial_gate(ctx->trial);
	}
	if (!ctx->dialogue)
		return;
	ctx->options.gate = step_by_step_gate(ctx->dialogue, ctx->options.gate);
	ctx->options.in_order = true;
}

void command_begin_hooks(struct command_ctx *ctx, const char *verb)
{
	if (!ctx->hooks)
		return;
	hooks_begin(ctx->hooks, &(struct hooks_place){ .command = verb,
						       .stack = &ctx->stack,
						       .loop = ctx->aws.loop,
						       .environment = ctx->run.environment,
						       .next = ctx->run.sink });
	ctx->run.sink = hooks_sink(ctx->hooks);
	ctx->options.gate = hooks_gate(ctx->hooks);
}
