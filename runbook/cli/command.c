/* SPDX-License-Identifier: Apache-2.0 */
/* Leads from a command line to the engine, and shows a person what came of it. */
#include "runbook/cli/command.h"
#include "runbook/cli/command_gates.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/sandbox.h"
#include "base/text.h"
#include "runbook/cli/adoption.h"
#include "runbook/cli/by_hand_choice.h"
#include "runbook/cli/standing.h"
#include "runbook/cli/step_by_step.h"
#include "runbook/cli/world.h"
#include "runbook/record/stack_list.h"
#include "runbook/ssh/private_dir.h"
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

enum { HOOKS_POLL_MS = 200 };

static bool interrupted(void *arg)
{
	struct command_ctx *ctx = arg;

	signals_take(&ctx->signals);
	if (ctx->signals.resized && ctx->ui->ops->resized)
		ctx->ui->ops->resized(ctx->ui);
	ctx->signals.resized = false;
	if (ctx->signals.interrupted && !ctx->interrupt_reported) {
		ctx->interrupt_reported = true;
		run_emit(&ctx->run,
			 &(struct event){ .type = EVENT_NOTE,
					  .text = tr("interrupted: finishing the calls in "
						     "flight; once more stops at once") });
	}
	return ctx->signals.interrupted;
}

static int64_t tick(void *arg)
{
	struct command_ctx *ctx = arg;

	int64_t ms = ctx->ui->ops->tick ? ctx->ui->ops->tick(ctx->ui) : -1;

	hooks_poll(ctx->hooks);
	return ctx->hooks && (ms < 0 || ms > HOOKS_POLL_MS) ? HOOKS_POLL_MS : ms;
}

static void at_once(void *arg)
{
	struct command_ctx *ctx = arg;

	if (ctx->ui && ctx->ui->ops->leave)
		ctx->ui->ops->leave(ctx->ui);
	private_dir_remove_all();
}

/* The command goes on: what is made on AWS matters more than a recording of it. */
static void note_recording_failed(void *arg, const struct rb_error *err)
{
	struct command_ctx *ctx = arg;
	autofree char *reason = tr_reason(err);
	autofree char *text =
		xasprintf(tr("%s; nothing more is recorded, the rest goes on"), reason);

	run_emit(&ctx->run, &(struct event){ .type = EVENT_NOTE, .text = text });
}

/* While the command goes on, its sandbox runs, and a person may work in it with the AWS CLI. */
static void find_reach(struct command_ctx *ctx)
{
	const char *url = getenv("AWS_ENDPOINT_URL");

	if (ctx->aws.sandbox.url)
		aws_reach_running(&ctx->reach, ctx->aws.sandbox.url);
	else if (text_eq(ctx->aws.account, SANDBOX_ACCOUNT))
		aws_reach_named(&ctx->reach, url && *url ? url : NULL);
}

static struct rb_error *identify(void *arg)
{
	struct command_ctx *ctx = arg;
	struct look *look = ctx->looks_ahead ? engine_look_begin(&ctx->run, &ctx->options) : NULL;
	struct rb_error *err = aws_access_identify(
		&ctx->aws, cli_begins_anew(ctx->cli, &ctx->stack.state) ? NULL : &ctx->stack.state,
		params_region(&ctx->cli->params, 0));
	struct rb_error *stopped = engine_look_join(look);

	if (err)
		(void)rb_error_free(stopped);
	TRY(err);
	TRY(stopped);
	find_reach(ctx);
	return NULL;
}

/* An account was looked for, and there is none: a rehearsal that lost its journal needs none. */
static struct rb_error *tell_of_rehearsal(const struct command_ctx *ctx, struct rb_error *err)
{
	autofree char *path = NULL;

	if (!rb_error_is(err, RB_CREDENTIALS) || ctx->cli->sandbox || ctx->stack.state.run_id ||
	    !world_lies_in(&ctx->stack))
		return err;
	path = stack_shown_path(ctx->stack.dir, NULL);
	if (err->hint)
		rb_error_replace(err, RB_HINT,
				 "%s; no journal is in '%s', and the world of a rehearsal "
				 "(sandbox.db) lies there:",
				 err->hint, path);
	return rb_error_next(err, RB_NEXT_RECOVER, "--sandbox");
}

struct rb_error *command_connect(struct command_ctx *ctx)
{
	struct cli *cli = ctx->cli;
	struct rb_error *err;

	TRY(signals_open(&ctx->signals));
	TRY(aws_access_open(&ctx->aws, cli, &ctx->stack));
	ctx->ui_options = (struct ui_options){ .json = cli->json,
					       .debug = cli->debug,
					       .colorless = text_eq(cli->color, "never"),
					       .dialogue = ctx->by_step,
					       .speed = cli->speed_n,
					       .reach = &ctx->reach,
					       .place = cli_place(cli) };
	ctx->ui = ui_new(&ctx->ui_options, &ctx->stack.state);
	ctx->signals.at_once = at_once;
	ctx->signals.arg = ctx;
	ctx->host = (struct engine_host){ ctx, ctx->signals.fd, interrupted, tick };
	ctx->options = (struct engine_options){ .loop = ctx->aws.loop,
						.host = &ctx->host,
						.serial = cli->serial,
						.timeout_ms = cli->timeout_s * 1000 };
	ctx->run = (struct run){ .stack = &ctx->stack,
				 .session = ctx->aws.session,
				 .loop = ctx->aws.loop,
				 .sink = &ctx->ui->sink,
				 .speed = cli->speed_n,
				 .delete_foreign_objects = cli->delete_foreign_objects,
				 .profile = cli->sandbox ? NULL : cli->profile,
				 .environment = strv_list(&ctx->aws.environment) };
	ctx->teller = (struct denial_teller){ ctx->aws.session, &ctx->stack };
	ctx->run.agree = adoption_ask;
	ctx->run.agree_arg = ctx;
	ctx->run.explain = denial_explain;
	ctx->run.explain_arg = &ctx->teller;
	if (ctx->aws.recorder)
		recorder_on_failure(ctx->aws.recorder, note_recording_failed, ctx);
	err = tell_of_rehearsal(ctx, engine_watch(&ctx->options, identify, ctx));
	if (err && !cli->sandbox && ctx->stack.state.run_id && ctx->stack.state.own_sandbox &&
	    err->kind != RB_USAGE) {
		if (err->hint)
			rb_error_replace(err, RB_HINT,
					 "%s; or, as the run was made in the sandbox:", err->hint);
		err = rb_error_hint(err, "the run was made in the sandbox:");
		rb_error_clear_next(err);
		err = rb_error_next(err, RB_NEXT_AGAIN, "--sandbox");
	}
	return err;
}

void command_close(struct command_ctx *ctx)
{
	(void)step_trial_free(ctx->trial);
	(void)step_by_step_free(ctx->dialogue);
	hooks_close(ctx->hooks);
	ui_free(ctx->ui);
	engine_look_end(&ctx->run);
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
