/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook undo`: backwards, down to and including --to; then the sweep. */

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/cli/by_hand_choice.h"
#include "runbook/cli/command.h"
#include "runbook/cli/made_view.h"
#include "runbook/cli/question.h"
#include "runbook/cli/standing.h"
#include "runbook/cli/ttl.h"
#include "runbook/cli/undo_left.h"
#include "runbook/cli/world.h"
#include "runbook/engine/sweep.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/rows.h"

/* Before AWS is asked. */
static struct rb_error *check_can_ask(const struct cli *cli)
{
	if (cli->yes || question_can_be_asked())
		return NULL;
	return rb_error_hint(rb_error_new(RB_USAGE, "undo removes what the run made, and there "
						    "is no terminal to ask on"),
			     "add --yes");
}

/* What is not recorded is none the less looked for, by its tag. */
static void show_what_goes(const struct command_ctx *ctx)
{
	rows_go_to(ROWS_ON_STDERR);
	row_text("%s", tr("This deletes, and all else that has the run's tag:"));
	made_print(&ctx->stack.state, ctx->options.to);
	rows_go_to(ROWS_ON_STDOUT);
}

/* Who has no credentials is not asked: it comes after command_connect. */
static struct rb_error *confirm(struct command_ctx *ctx, bool *ret_yes)
{
	const struct run_state *st = &ctx->stack.state;
	autofree char *mark = NULL;
	autofree char *question = NULL;
	autofree char *regions_text = NULL;
	auto_strv regions = { 0 };

	*ret_yes = true;
	if (ctx->cli->yes)
		return NULL;
	show_what_goes(ctx);
	params_regions(&st->params, &regions);
	regions_text = strv_join(&regions, ", ");
	if (st->rehearsal)
		mark = rehearsal_text(ctx->cli->speed_n);
	question = xasprintf(tr("Undo run %s of stack %s in account %s (%s%s%s)%s%s? [y/N] "),
			     st->run_id, st->stack, st->account, regions_text, mark ? "; " : "",
			     mark ? mark : "", ctx->cli->to ? tr(", down to step ") : "",
			     ctx->cli->to ? ctx->cli->to : "");
	ctx->confirmed = "undo";
	return question_ask(&ctx->signals, question, ret_yes);
}

/* True when AWS can be asked what is left. */
static bool can_search(const struct rb_error *err)
{
	return !rb_error_is(err, RB_CREDENTIALS) && !rb_error_is(err, RB_CLOCK) &&
	       !rb_error_is(err, RB_IO) && !rb_error_is(err, RB_INTERRUPTED);
}

/* "step 1-3: WHAT: WHY", behind those before it. */
static void add_failure(struct said **all, const char *step, const char *what, const char *why)
{
	auto_said *before = *all, *one = NULL;
	auto_said *what_said = lang_recorded_said(what), *why_said = lang_recorded_said(why);

	if (what && why)
		one = said_new("step %s: %s: %s", step, said_english(what_said),
			       said_english(why_said));
	else
		one = said_new("step %s: %s", step, said_english(what ? what_said : why_said));
	*all = before ? said_new("%s; %s", said_english(before), said_english(one))
		      : said_copy(one);
}

/* Each obstacle is somebody's to remove: reported one after the other, each would cost another
 * undo. */
static struct rb_error *add_other_failures(const struct command_ctx *ctx, int64_t begun_ms,
					   struct rb_error *err)
{
	const struct run_state *st = &ctx->stack.state;
	auto_said *all = NULL;

	if (!err || err->kind == RB_INTERRUPTED)
		return err;
	for (size_t i = st->n; i-- > 0;) {
		const struct step_history *history = &st->history[i];
		const char *what = json_string_value(json_object_get(history->error, "what"));
		const char *why = json_string_value(json_object_get(history->error, "why"));
		const char *where = json_string_value(json_object_get(history->error, "where"));

		if (history->state != STEP_FAILED || history->error_ms < begun_ms ||
		    (text_eq(what, err->what) && text_eq(where, err->where)))
			continue;
		add_failure(&all, history->step->id, what, why);
	}
	if (all && err->why)
		rb_error_replace(err, RB_WHY, "%s; also %s", err->why, said_english(all));
	else if (all)
		rb_error_replace(err, RB_WHY, "also %s", said_english(all));
	return err;
}

static struct rb_error *go(struct command_ctx *ctx)
{
	int64_t begun_utc_ms = clock_utc_ms();
	int64_t begun_ms = clock_mono_ms();
	autofree char *text = NULL;
	autofree char *took = NULL;
	struct rb_error *err;

	TRY(command_begin(ctx, "undo"));
	TRY(by_hand_choose(ctx, /* undoing= */ true));
	command_set_gates(ctx);
	ctx->options.again = !ctx->options.to && state_nothing_is_left(&ctx->stack.state) &&
			     state_any_is_undone(&ctx->stack.state);
	err = engine_back(&ctx->run, &ctx->options);
	if (!ctx->options.to && can_search(err)) {
		struct rb_error *left = undo_sweep(ctx, err);

		if (err)
			(void)rb_error_free(left); /* it is reported; why comes first */
		else
			err = left;
	}
	took = ui_duration(clock_mono_ms() - begun_ms);
	err = add_other_failures(ctx, begun_utc_ms, err);
	if (err)
		text = standing_text(&ctx->stack.state);
	else if (ctx->options.to)
		text = xasprintf(tr("run %s is undone down to step %s (%s)"),
				 ctx->stack.state.run_id, ctx->cli->to, took);
	else
		text = xasprintf(tr("nothing of run %s is left (%s)"), ctx->stack.state.run_id,
				 took);
	if (!err || !rb_error_has_next(err, RB_NEXT_VERIFY)) /* what is left is no undo's work */
		err = command_advise(err, RB_NEXT_UNDO, NULL);
	command_end_standing(ctx, err, text);
	return err;
}

/*
 * The run is undone: the search shows that nothing is left, without a question.  What turned up
 * since, as the late effect of a call whose answer was lost, is removed as by any undo.
 */
static struct rb_error *check_undone_run(struct command_ctx *ctx)
{
	int64_t begun_ms = clock_mono_ms();
	autofree char *text = NULL;
	auto_sweep s = { 0 };
	struct rb_error *err;
	bool yes = true;

	TRY(command_connect(ctx));
	err = undo_search(ctx, &s);
	if (!err)
		err = stack_record(&ctx->stack, sweep_to_json(&s), /* sync= */ true);
	if (!err && s.left) {
		err = undo_show_left(ctx, &s);
		if (ctx->cli->yes || question_can_be_asked()) {
			(void)rb_error_free(err);
			TRY(confirm(ctx, &yes));
			if (yes)
				return go(ctx);
			err = undo_left_error(ctx, &s);
		}
	}
	if (!err) {
		autofree char *took = ui_duration(clock_mono_ms() - begun_ms);

		undo_show_kept(ctx, &s);
		text = xasprintf(tr("nothing of run %s is left (%s)"), ctx->stack.state.run_id,
				 took);
	}
	if (!err || !rb_error_has_next(err, RB_NEXT_VERIFY)) /* what is left is no undo's work */
		err = command_advise(err, RB_NEXT_UNDO, NULL);
	command_end(ctx, err, text ? text : "");
	return err;
}

/* By AWS's clock, which a wrong one here does not mislead. */
static bool is_due(const struct command_ctx *ctx)
{
	int64_t now_ms = clock_utc_ms() + aws_session_skew_s(ctx->aws.session) * 1000;
	autofree char *text = ttl_text(&ctx->stack.state, now_ms);

	cli_say(ctx->cli, tr("run %s of stack %s: %s"), ctx->stack.state.run_id, ctx->stack.name,
		text);
	return ttl_left_ms(&ctx->stack.state, now_ms) <= 0;
}

/* The tags are the same: undo would delete what is Terraform's now. */
static struct rb_error *check_not_handed_over(const struct command_ctx *ctx)
{
	const struct run_state *st = &ctx->stack.state;
	struct rb_error *err;

	if (!st->handed_over || ctx->cli->handed_over)
		return NULL;
	err = rb_error_why(
		rb_error_new(RB_USAGE, "run %s was handed over to %s", st->run_id, st->handed_over),
		"undo would delete what that has in its state");
	err = rb_error_hint(err,
			    "terraform destroy takes it down; to do it from here all the same:");
	return rb_error_next(err, RB_NEXT_UNDO, "--handed-over");
}

/* For cron: nothing is asked of AWS where nothing can be due. */
static struct rb_error *undo_expired(struct command_ctx *ctx)
{
	const struct run_state *st = &ctx->stack.state;
	bool yes = false;

	if (st->undone || !st->expires) {
		cli_say(ctx->cli,
			st->undone ? tr("run %s of stack %s is undone")
				   : tr("run %s of stack %s has no time to live: --ttl sets one"),
			st->run_id, ctx->stack.name);
		return NULL;
	}
	TRY(check_can_ask(ctx->cli));
	TRY(command_choose_dialogue(ctx, /* carries_on= */ false));
	TRY(command_find_hooks(ctx));
	TRY(command_connect(ctx));
	if (!is_due(ctx))
		return NULL;
	TRY(check_not_handed_over(ctx));
	TRY(confirm(ctx, &yes));
	if (yes)
		return go(ctx);
	cli_say(ctx->cli, "%s", tr("nothing was changed"));
	return NULL;
}

static struct rb_error *undo(struct cli *cli, const struct step *to)
{
	auto_command_ctx ctx;
	bool yes;

	TRY(command_open(
		&ctx, cli, STACK_WRITE,
		rb_error_new(RB_USAGE, "stack '%s' has nothing to undo", cli_stack_name(cli))));
	TRY(world_check(cli, &ctx.stack)); /* before anybody is asked */
	if (cli->expired)
		return undo_expired(&ctx);
	if (ctx.stack.state.undone)
		return check_undone_run(&ctx);
	TRY(check_not_handed_over(&ctx));
	TRY(command_find_hooks(&ctx));
	TRY(check_can_ask(cli));
	TRY(command_choose_dialogue(&ctx,
				    ctx.stack.state.step_by_step && ctx.stack.state.last_undoes));
	ctx.prefetches = cli->yes && !to && !cli->by_hand && !ctx.by_step;
	TRY(command_connect(&ctx));
	ctx.options.to = to;
	TRY(confirm(&ctx, &yes));
	if (!yes) {
		cli_say(cli, "%s", tr("nothing was changed"));
		return NULL;
	}
	return go(&ctx);
}

struct rb_error *cmd_undo(struct cli *cli, int *status)
{
	struct engine_options range = { 0 };

	(void)status;
	if (cli->expired && cli->to)
		return rb_error_why(rb_error_new(RB_USAGE, "--expired cannot be given with --to"),
				    "what is over is undone as a whole");
	TRY(command_find_range(cli, &range));
	return undo(cli, range.to);
}
