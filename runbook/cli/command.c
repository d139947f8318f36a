/* SPDX-License-Identifier: Apache-2.0 */
/* What commands on a run share: opening its stack, recording their begin, showing their end. */
#include "runbook/cli/command.h"
#include "runbook/cli/command_gates.h"

#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "runbook/cli/by_hand_choice.h"
#include "runbook/cli/standing.h"
#include "runbook/cli/step_by_step.h"
#include "runbook/ui/lang.h"

struct rb_error *command_open(struct command_ctx *ctx, struct cli *cli, enum stack_mode mode,
			      struct rb_error *refusal)
{
	memset(ctx, 0, sizeof(*ctx));
	ctx->cli = cli;
	ctx->signals.fd = -1;
	ctx->aws.sandbox.stdin_fd = -1;
	if (refusal)
		TRY(cli_open_run(cli, mode, refusal, &ctx->stack));
	else
		TRY(cli_open_stack(cli, mode, &ctx->stack));
	if (ctx->stack.cut_bytes)
		cli_say(cli,
			tr_n(ctx->stack.cut_bytes,
			     "runbook: the last record of the journal was torn (%zu byte) "
			     "and is cut off",
			     "runbook: the last record of the journal was torn (%zu bytes) "
			     "and is cut off"),
			ctx->stack.cut_bytes);
	/* A run goes on with its own parameters, whatever the defaults are today. */
	if (!cli_begins_anew(cli, &ctx->stack.state))
		params_take(&cli->params, &ctx->stack.state.params);
	return NULL;
}

void command_close(struct command_ctx *ctx)
{
	(void)step_trial_free(ctx->trial);
	(void)step_by_step_free(ctx->dialogue);
	hooks_close(ctx->hooks);
	ui_free(ctx->ui);
	engine_prefetch_end(&ctx->run);
	aws_access_close(&ctx->aws);
	signals_close(&ctx->signals);
	aws_reach_clear(&ctx->reach);
	stack_close(&ctx->stack);
	memset(ctx, 0, sizeof(*ctx));
}

/* Who did it, and who looked on.  Who resumes goes on for those whom the run named. */
static void add_people(const struct command_ctx *ctx, json_t *rec)
{
	const struct cli *cli = ctx->cli;
	const struct run_state *st = &ctx->stack.state;
	bool resumes = cli->command == &all_commands[CMD_resume];
	const char *operator_before = resumes ? st->named_operator : NULL;
	const char *witness_before = resumes ? st->named_witness : NULL;
	const char *name = cli->operator_name ? cli->operator_name
			   : operator_before  ? operator_before
					      : state_session_of(ctx->aws.arn);
	const char *witness = cli->witness ? cli->witness : witness_before;

	if (name)
		json_object_set_new(rec, "operator", json_string(name));
	if (witness)
		json_object_set_new(rec, "witness", json_string(witness));
	if (!cli->operator_name && operator_before)
		cli_say(cli, tr("operator %s, as before (--operator names another)"), name);
	if (!cli->witness && witness_before)
		cli_say(cli, tr("witness %s, as before (--witness names another)"), witness);
}

struct rb_error *command_begin(struct command_ctx *ctx, const char *verb)
{
	const struct cli *cli = ctx->cli;
	json_t *rec;

	rec = json_pack("{s:s, s:s, s:s?, s:s?, s:b, s:b, s:s*, s:f, s:I, s:s}", "type", "command",
			"command", verb, "from", cli->from, "to", cli->to, "serial",
			(int)cli->serial, "sandbox", (int)cli->sandbox, "world", ctx->aws.world,
			"speed", cli->speed_n, "pid", (json_int_t)getpid(), "version",
			RUNBOOK_VERSION);
	if (ctx->aws.arn) /* who it was, as STS said */
		json_object_set_new(rec, "principal", json_string(ctx->aws.arn));
	add_people(ctx, rec);
	if (cli->ttl)
		json_object_set_new(rec, "ttl", json_string(cli->ttl));
	if (cli->expired)
		json_object_set_new(rec, "expired", json_true());
	if (ctx->by_step)
		json_object_set_new(rec, "step_by_step", json_true());
	TRY(stack_record(&ctx->stack, rec, /* sync= */ ctx->by_step));
	if (ctx->confirmed)
		TRY(decision_record(&ctx->stack, ctx->stack.state.witness, NULL,
				    /* undoing= */ false, ctx->confirmed));
	command_begin_dialogue(ctx);
	command_begin_hooks(ctx, verb);
	{
		autofree char *regions = ui_regions(&ctx->stack.state.params);
		autofree char *plain = xasprintf(tr("%s: run %s of stack %s, account %s, %s"), verb,
						 ctx->stack.state.run_id, ctx->stack.name,
						 ctx->stack.state.account, regions);
		autofree char *text = command_mark(ctx, plain);

		run_emit(&ctx->run, &(struct event){ .type = EVENT_BEGIN, .text = text });
	}
	return NULL;
}

struct ending {
	struct hooks *hooks;
	const struct rb_error *err;
	struct strv next; /* owned */
	const char *text;
};

static struct rb_error *end_hooks(void *arg)
{
	const struct ending *end = arg;

	hooks_end(end->hooks, end->err, &end->next, end->text);
	return NULL;
}

static void end_with(struct command_ctx *ctx, const struct rb_error *err, const char *text,
		     const char *command)
{
	autofree char *marked = command_mark(ctx, text);
	const struct hint_place place = cli_place(ctx->cli);
	struct ending end = { .hooks = ctx->hooks, .err = err, .text = marked };

	if (err)
		hint_commands(&place, err, &end.next);
	if (ctx->hooks)
		(void)rb_error_free(engine_watch(&ctx->options, end_hooks, &end));
	strv_clear(&end.next);

	run_emit(&ctx->run, &(struct event){ .type = EVENT_END,
					     .text = marked,
					     .what = command,
					     .ok = !err,
					     .err = err });
}

void command_end(struct command_ctx *ctx, const struct rb_error *err, const char *text)
{
	end_with(ctx, err, text, /* command= */ NULL);
}

void command_end_standing(struct command_ctx *ctx, const struct rb_error *err, const char *text)
{
	autofree char *undo = standing_undo_command(ctx->cli);
	autofree char *until = err ? NULL : standing_until_text(&ctx->stack.state, undo);
	autofree char *all = xasprintf("%s%s%s", text ? text : "", text && until ? "; " : "",
				       until ? until : "");

	end_with(ctx, err, all, undo);
}

char *command_mark(const struct command_ctx *ctx, const char *text)
{
	autofree char *mark = NULL;

	if (!ctx->stack.state.rehearsal)
		return xstrdup(text);
	mark = rehearsal_text(ctx->cli->speed_n);
	return xasprintf("%s%s%s", text, *text ? "; " : "", mark);
}

struct rb_error *command_advise(struct rb_error *err, enum rb_next_verb verb, const char *args)
{
	struct rb_next *last = err && err->next_n ? &err->next[err->next_n - 1] : NULL;

	if (!err || rb_error_has_next(err, RB_NEXT_SET) || rb_error_has_next(err, RB_NEXT_UNDO))
		return err; /* it says what comes next, which is not to go on as before */
	if (last && last->verb == RB_NEXT_AGAIN) {
		last->verb = verb; /* for a run, "again" means to carry on */
		set_str(&last->args, args);
		return err;
	}
	if (last && last->verb == RB_NEXT_EXPLAIN && last > err->next)
		last--;
	if (last && last->verb == RB_NEXT_RESUME && verb == RB_NEXT_RESUME) {
		if (!last->args)
			last->args = xstrdup_or_null(args);
		return err;
	}
	return rb_error_next(err, verb, args);
}

struct rb_error *command_find_range(struct cli *cli, struct engine_options *ret)
{
	const struct procedure *procedure;

	if (!cli->from && !cli->to && !cli->by_hand)
		return NULL;

	auto_stack st;

	TRY(cli_open_stack(cli, STACK_READ, &st));
	procedure = st.state.procedure;
	TRY(by_hand_check(cli, procedure));
	if (cli->from)
		TRY(cli_find_step(procedure, cli->from, &ret->from));
	if (cli->to) {
		struct rb_error *err = cli_find_step(procedure, cli->to, &ret->to);

		/* a guess might take down more than was meant */
		if (err && strcmp(cli->command->name, "undo") == 0)
			rb_error_advise(err, "lists them; nothing was changed", RB_NEXT_STEPS,
					NULL);
		TRY(err);
	}
	if (ret->from && ret->to && strcmp(ret->from->id, ret->to->id) > 0)
		return rb_error_new(RB_USAGE, "--from %s comes after --to %s", cli->from, cli->to);
	return NULL;
}
