/* SPDX-License-Identifier: Apache-2.0 */
/* The commands run and resume: what is checked before the first change, and the way forward. */
#include "runbook/cli/command.h"

#include "aws/core/endpoint.h"
#include "aws/eic_region.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "net/names.h"
#include "runbook/cli/by_hand_choice.h"
#include "runbook/cli/first_run.h"
#include "runbook/cli/near_stack.h"
#include "runbook/cli/preflight_offer.h"
#include "runbook/cli/question.h"
#include "runbook/cli/standing.h"
#include "runbook/cli/ttl.h"
#include "runbook/cli/world.h"
#include "runbook/record/aftermath.h"
#include "runbook/ssh/ssh_ready.h"
#include "runbook/ui/lang.h"

/* True when the steps up to `to` (NULL: all) hold the one that logs in. */
static bool comes_to_login(const struct command_ctx *ctx, const struct step *to)
{
	const struct procedure *procedure = ctx->stack.state.procedure;

	for (const struct step *const *s = procedure->steps; *s; s++) {
		if (text_eq((*s)->id, procedure->parts.login))
			return true;
		if (*s == to)
			break;
	}
	return false;
}

/* Says before the first change what a later step lacks on this machine: going on from there would
 * be possible, but what was made meanwhile is billed. */
static struct rb_error *check_machine(const struct command_ctx *ctx, const struct step *to)
{
	return comes_to_login(ctx, to) ? ssh_ready() : NULL;
}

static struct rb_error *begin_run(struct command_ctx *ctx)
{
	const struct procedure *procedure = ctx->cli->params.procedure;
	int side = procedure_side_of(procedure, procedure->parts.connect_endpoint);

	if (stack_has_run(&ctx->stack))
		return NULL;
	TRY(params_check_account(&ctx->cli->params, ctx->aws.account));
	if (comes_to_login(ctx, ctx->options.to))
		TRY(eic_check_region(aws_session_config(ctx->aws.session),
				     params_region(&ctx->cli->params, side), name_lookup));
	TRY(stack_begin_run(&ctx->stack, ctx->aws.account,
			    aws_partition_of(params_region(&ctx->cli->params, 0))->id,
			    &ctx->cli->params));
	return NULL;
}

/* The earliest step that was last seen not to hold, if that is before `failed`: from there one
 * command mends both. */
static const struct step *first_broken(const struct run_state *st, const struct step *failed)
{
	for (size_t i = 0; i < st->n && st->history[i].step != failed; i++)
		if (history_drift(&st->history[i]))
			return st->history[i].step;
	return failed;
}

static struct rb_error *go(struct command_ctx *ctx, const char *verb,
			   const struct engine_options *options)
{
	int64_t begun_ms = clock_mono_ms();
	const struct step *failed = NULL;
	autofree char *from = NULL;
	autofree char *text = NULL;
	struct rb_error *err;
	size_t held = 0;
	bool in_range = true;

	if (ctx->stack.state.handed_over && !ctx->stack.state.undone)
		cli_say(ctx->cli,
			tr("runbook: this run was handed over to %s: what is changed from here, "
			   "that changes back"),
			ctx->stack.state.handed_over);
	TRY(begin_run(ctx));
	TRY(ttl_set(ctx));
	TRY(command_begin(ctx, verb));
	TRY(by_hand_choose(ctx, /* undoing= */ false));
	command_set_gates(ctx);
	err = engine_forward(&ctx->run, options, &failed);
	/* Steps beyond --to were not verified, so they do not count. */
	for (size_t i = 0; i < ctx->stack.state.n && in_range; i++) {
		const struct step_history *history = &ctx->stack.state.history[i];

		held += history->state == STEP_HELD;
		in_range = history->step != options->to;
	}
	/* A step that was to stay as it is does not hold: only doing it again helps. */
	from = err && err->kind == RB_DRIFT && failed
		       ? xasprintf("--from %s", first_broken(&ctx->stack.state, failed)->id)
		       : NULL;
	err = command_advise(err, RB_NEXT_RESUME, from);
	if (!err) {
		autofree char *took = ui_duration(clock_mono_ms() - begun_ms);

		if (options->to)
			text = xasprintf(tr_n(held, "run %s: %zu step, up to %s, holds (%s)",
					      "run %s: %zu steps, up to %s, hold (%s)"),
					 ctx->stack.state.run_id, held, options->to->id, took);
		else
			text = xasprintf(tr("run %s: %zu of %zu steps hold (%s)"),
					 ctx->stack.state.run_id, held, ctx->stack.state.n, took);
	} else {
		text = standing_text(&ctx->stack.state);
	}
	command_end_standing(ctx, err, text);
	return err;
}

static struct rb_error *nothing_to_resume(const struct cli *cli)
{
	return rb_error_new(RB_USAGE, "stack '%s' has no run to resume", cli_stack_name(cli));
}

/* Asks whether to build again what an unfinished undo took down; with nobody to ask, *ret_go. */
static struct rb_error *builds_again(struct command_ctx *ctx, bool *ret_go)
{
	const struct run_state *st = &ctx->stack.state;
	size_t undone = 0;

	*ret_go = true;
	if (!state_is_half_undone(st))
		return NULL;
	for (size_t i = 0; i < st->n; i++)
		undone += st->history[i].state == STEP_UNDONE ||
			  history_is_half_undone(&st->history[i]);
	cli_say(ctx->cli,
		tr_n(undone,
		     "the undo of run %s did not end: %zu of %zu steps is undone or half undone, "
		     "and this builds it again",
		     "the undo of run %s did not end: %zu of %zu steps are undone or half undone, "
		     "and this builds them again"),
		st->run_id, undone, st->n);
	return ctx->cli->yes || !question_can_be_asked()
		       ? NULL
		       : question_ask(&ctx->signals, tr("Build them again? [y/N] "), ret_go);
}

/* What is wrong with --ttl, before anything is made. */
static struct rb_error *check_ttl(const struct cli *cli)
{
	int64_t ms;

	if (!cli->ttl)
		return NULL;
	TRY(ttl_parse(cli->ttl, &ms));
	if (!cli->from)
		return NULL;
	return rb_error_why(rb_error_new(RB_USAGE, "--ttl cannot be given with --from"),
			    "it changes the tags of every step, and --from demands that all before "
			    "it holds");
}

/* Who has credentials is asked all that there is to ask before the first change. */
static struct rb_error *ask(struct command_ctx *ctx, bool is_near, bool *ret_go)
{
	*ret_go = true;
	if (is_near)
		TRY(near_stack_ask(ctx->cli, &ctx->signals, ret_go));
	if (*ret_go)
		TRY(builds_again(ctx, ret_go));
	if (*ret_go && ctx->cli->command == &all_commands[CMD_run])
		TRY(preflight_offer(ctx, ret_go));
	if (*ret_go && ctx->cli->command == &all_commands[CMD_run])
		TRY(first_run_ask(ctx, ret_go));
	return NULL;
}

/* One that was stopped goes on at its question; one that is whole has none left. */
static bool goes_on_step_by_step(const struct command_ctx *ctx)
{
	const struct run_state *st = &ctx->stack.state;

	return st->step_by_step && !cli_begins_anew(ctx->cli, st) &&
	       !text_eq(state_summary(st), "done");
}

static struct rb_error *forward(struct cli *cli, bool needs_run, const struct engine_options *range)
{
	bool is_near = !needs_run && near_stack_note(cli), go_on;
	auto_command_ctx ctx;

	TRY(command_open(&ctx, cli, STACK_WRITE, needs_run ? nothing_to_resume(cli) : NULL));
	if (needs_run && ctx.stack.state.undone)
		return cli_not_there(&ctx.stack.state, /* history= */ NULL, nothing_to_resume(cli));
	TRY(world_check(cli, &ctx.stack));
	TRY(check_machine(&ctx, range->to));
	TRY(command_choose_dialogue(&ctx, goes_on_step_by_step(&ctx)));
	TRY(command_find_hooks(&ctx));
	TRY(command_connect(&ctx));
	TRY(step_trial_wanted(cli, aws_session_config(ctx.aws.session), &ctx.tries));
	ctx.options.from = range->from;
	ctx.options.to = range->to;
	TRY(ask(&ctx, is_near, &go_on));
	if (!go_on) {
		cli_say(cli, "%s", tr("nothing was changed"));
		return NULL;
	}
	return go(&ctx, cli->command->name, &ctx.options);
}

struct rb_error *command_forward(struct cli *cli, bool needs_run)
{
	struct engine_options range = { 0 };

	TRY(check_ttl(cli));
	TRY(command_find_range(cli, &range));
	return forward(cli, needs_run, &range);
}
