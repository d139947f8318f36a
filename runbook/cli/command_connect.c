/* SPDX-License-Identifier: Apache-2.0 */
/* Connects a command whose stack is open: to AWS, a display, signals. */
#include "runbook/cli/command.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/sandbox.h"
#include "base/text.h"
#include "runbook/cli/adoption.h"
#include "runbook/cli/world.h"
#include "runbook/record/stack_list.h"
#include "runbook/ssh/private_dir.h"
#include "runbook/ui/lang.h"

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
	struct prefetch *prefetch =
		ctx->prefetches ? engine_prefetch_begin(&ctx->run, &ctx->options) : NULL;
	struct rb_error *err = aws_access_identify(
		&ctx->aws, cli_begins_anew(ctx->cli, &ctx->stack.state) ? NULL : &ctx->stack.state,
		params_region(&ctx->cli->params, 0));
	struct rb_error *stopped = engine_prefetch_join(prefetch);

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
