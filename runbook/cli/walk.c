/* SPDX-License-Identifier: Apache-2.0 */
/* From a command line to the engine, and back to a person. */
#include "runbook/cli/walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/core/endpoint.h"
#include "aws/eic_region.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "net/names.h"
#include "runbook/cli/near_stack.h"
#include "runbook/cli/standing.h"
#include "runbook/cli/world.h"
#include "runbook/record/aftermath.h"
#include "runbook/ui/lang.h"
#include "runbook/ssh/private_dir.h"
#include "runbook/ssh/ssh_ready.h"

struct rb_error *walk_open(struct walk *w, struct cli *cli, enum stack_mode mode,
			   struct rb_error *refusal)
{
	memset(w, 0, sizeof(*w));
	w->cli = cli;
	w->signals.fd = -1;
	w->aws.sandbox.stdin_fd = -1;
	if (refusal)
		TRY(cli_open_run(cli, mode, refusal, &w->stack));
	else
		TRY(cli_open_stack(cli, mode, &w->stack));
	if (w->stack.cut_bytes)
		cli_say(cli,
			tr_n(w->stack.cut_bytes,
			     "runbook: the last record of the journal was torn (%zu byte) "
			     "and is cut off",
			     "runbook: the last record of the journal was torn (%zu bytes) "
			     "and is cut off"),
			w->stack.cut_bytes);
	/* A run goes on with its own parameters, whatever the defaults are today. */
	if (!cli_begins_anew(cli, &w->stack.state))
		params_take(&cli->params, &w->stack.state.params);
	return NULL;
}

static bool interrupted(void *arg)
{
	struct walk *w = arg;

	signals_take(&w->signals);
	if (w->signals.resized && w->ui->ops->resized)
		w->ui->ops->resized(w->ui);
	w->signals.resized = false;
	if (w->signals.interrupted && !w->told_interrupt) {
		w->told_interrupt = true;
		run_emit(&w->run, &(struct event){ .type = EVENT_NOTE,
						   .text = tr("interrupted: finishing the calls in "
							      "flight; once more stops at once") });
	}
	return w->signals.interrupted;
}

static int64_t tick(void *arg)
{
	struct walk *w = arg;

	return w->ui->ops->tick ? w->ui->ops->tick(w->ui) : -1;
}

static void at_once(void *arg)
{
	struct walk *w = arg;

	if (w->ui && w->ui->ops->leave)
		w->ui->ops->leave(w->ui);
	private_dir_remove_all();
}

/* The walk goes on: what AWS has is worth more than a word about it. */
static void tell_record_failed(void *arg, const struct rb_error *err)
{
	struct walk *w = arg;
	autofree char *text = xasprintf(tr("%s: %s; nothing more is recorded, the rest goes on"),
					err->what, err->why ? err->why : "");

	run_emit(&w->run, &(struct event){ .type = EVENT_NOTE, .text = text });
}

static struct rb_error *identify(void *arg)
{
	struct walk *w = arg;

	return aws_access_identify(
		&w->aws, cli_begins_anew(w->cli, &w->stack.state) ? NULL : &w->stack.state,
		params_region(&w->cli->params, 0));
}

struct rb_error *walk_connect(struct walk *w)
{
	struct cli *cli = w->cli;
	struct rb_error *err;

	TRY(signals_open(&w->signals));
	TRY(aws_access_open(&w->aws, cli, &w->stack));
	w->ui_options = (struct ui_options){ .json = cli->json,
					     .debug = cli->debug,
					     .colorless = text_eq(cli->color, "never"),
					     .speed = cli->speed_n,
					     .place = cli_place(cli) };
	w->ui = ui_new(&w->ui_options, &w->stack.state);
	w->signals.at_once = at_once;
	w->signals.arg = w;
	w->host = (struct engine_host){ w, w->signals.fd, interrupted, tick };
	w->options = (struct engine_options){ .loop = w->aws.loop,
					      .host = &w->host,
					      .serial = cli->serial,
					      .timeout_ms = cli->timeout_s * 1000 };
	w->run = (struct run){ .stack = &w->stack,
			       .session = w->aws.session,
			       .loop = w->aws.loop,
			       .sink = &w->ui->sink,
			       .speed = cli->speed_n,
			       .delete_foreign_objects = cli->delete_foreign_objects,
			       .profile = cli->sandbox ? NULL : cli->profile };
	if (w->aws.recorder)
		recorder_on_failure(w->aws.recorder, tell_record_failed, w);
	err = engine_watch(&w->options, identify, w);
	if (err && !cli->sandbox && w->stack.state.run_id && w->stack.state.own_sandbox &&
	    err->kind != RB_USAGE) {
		autofree char *hint = xasprintf(
			"%s%sthe run was made in the sandbox:", err->hint ? err->hint : "",
			err->hint ? "; or, as " : "");

		rb_error_advise(err, hint, RB_NEXT_AGAIN, "--sandbox");
	}
	return err;
}

void walk_close(struct walk *w)
{
	ui_free(w->ui);
	aws_access_close(&w->aws);
	signals_close(&w->signals);
	stack_close(&w->stack);
	memset(w, 0, sizeof(*w));
}

struct rb_error *walk_begin(struct walk *w, const char *verb)
{
	const struct cli *cli = w->cli;
	json_t *rec;

	rec = json_pack("{s:s, s:s, s:s?, s:s?, s:b, s:b, s:s*, s:f, s:I, s:s}", "type", "command",
			"command", verb, "from", cli->from, "to", cli->to, "serial",
			(int)cli->serial, "sandbox", (int)cli->sandbox, "world", w->aws.world,
			"speed", cli->speed_n, "pid", (json_int_t)getpid(), "version",
			RUNBOOK_VERSION);
	TRY(stack_record(&w->stack, rec, /* sync= */ false));
	{
		autofree char *regions = ui_regions(&w->stack.state.params);
		autofree char *plain = xasprintf(tr("%s: run %s of stack %s, account %s, %s"), verb,
						 w->stack.state.run_id, w->stack.name,
						 w->stack.state.account, regions);
		autofree char *text = walk_mark(w, plain);

		run_emit(&w->run, &(struct event){ .type = EVENT_BEGIN, .text = text });
	}
	return NULL;
}

void walk_end(struct walk *w, const struct rb_error *err, const char *text)
{
	autofree char *marked = walk_mark(w, text);

	run_emit(&w->run,
		 &(struct event){ .type = EVENT_END, .text = marked, .ok = !err, .err = err });
}

char *walk_mark(const struct walk *w, const char *text)
{
	autofree char *mark = NULL;

	if (!w->stack.state.rehearsal)
		return xstrdup(text);
	mark = rehearsal_text(w->cli->speed_n);
	return xasprintf("%s%s%s", text, *text ? "; " : "", mark);
}

struct rb_error *walk_advise(struct rb_error *err, enum rb_next_verb verb, const char *args)
{
	struct rb_next *last = err && err->next_n ? &err->next[err->next_n - 1] : NULL;

	if (!err || rb_error_has_next(err, RB_NEXT_SET) || rb_error_has_next(err, RB_NEXT_UNDO))
		return err; /* it says what comes next, and going on as before is not it */
	if (last && last->verb == RB_NEXT_AGAIN) {
		last->verb = verb; /* of a run, again is to carry on */
		set_str(&last->args, args);
		return err;
	}
	if (last && last->verb == RB_NEXT_RESUME && verb == RB_NEXT_RESUME) {
		if (!last->args)
			last->args = xstrdup_or_null(args);
		return err;
	}
	return rb_error_next(err, verb, args);
}

struct rb_error *walk_find_range(struct cli *cli, struct engine_options *ret)
{
	const struct procedure *procedure;

	if (!cli->from && !cli->to)
		return NULL;

	auto_stack st;

	TRY(cli_open_stack(cli, STACK_READ, &st));
	procedure = st.state.procedure;
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

/* True when the steps up to `to` (NULL: all) hold the one that logs in. */
static bool comes_to_login(const struct walk *w, const struct step *to)
{
	const struct procedure *procedure = w->stack.state.procedure;

	for (const struct step *const *s = procedure->steps; *s; s++) {
		if (text_eq((*s)->id, procedure->parts.login))
			return true;
		if (*s == to)
			break;
	}
	return false;
}

/* What a later step lacks on this machine is told before the first change: going on from there
 * is possible, but what was made meanwhile is billed. */
static struct rb_error *check_machine(const struct walk *w, const struct step *to)
{
	return comes_to_login(w, to) ? ssh_ready() : NULL;
}

static struct rb_error *begin_run(struct walk *w)
{
	const struct procedure *procedure = w->cli->params.procedure;
	int side = procedure_side_of(procedure, procedure->parts.connect_endpoint);

	if (stack_has_run(&w->stack))
		return NULL;
	TRY(params_check_account(&w->cli->params, w->aws.account));
	if (comes_to_login(w, w->options.to))
		TRY(eic_check_region(aws_session_config(w->aws.session),
				     params_region(&w->cli->params, side), name_lookup));
	TRY(stack_begin_run(&w->stack, w->aws.account,
			    aws_partition_of(params_region(&w->cli->params, 0))->id,
			    &w->cli->params));
	return NULL;
}

static struct rb_error *go(struct walk *w, const char *verb, const struct engine_options *options)
{
	int64_t begun_ms = clock_mono_ms();
	const struct step *failed = NULL;
	autofree char *from = NULL;
	autofree char *text = NULL;
	struct rb_error *err;
	size_t held = 0;
	bool in_range = true;

	TRY(begin_run(w));
	TRY(walk_begin(w, verb));
	err = engine_forward(&w->run, options, &failed);
	/* Those beyond --to were not looked at, whatever they were. */
	for (size_t i = 0; i < w->stack.state.n && in_range; i++) {
		const struct step_past *past = &w->stack.state.past[i];

		held += past->state == STEP_HELD;
		in_range = past->step != options->to;
	}
	/* What was to be left alone does not hold: only walking it again helps. */
	from = err && err->kind == RB_DRIFT && failed ? xasprintf("--from %s", failed->id) : NULL;
	err = walk_advise(err, RB_NEXT_RESUME, from);
	if (!err) {
		autofree char *took = ui_duration(clock_mono_ms() - begun_ms);

		if (options->to)
			text = xasprintf(tr_n(held, "run %s: %zu step, up to %s, holds (%s)",
					      "run %s: %zu steps, up to %s, hold (%s)"),
					 w->stack.state.run_id, held, options->to->id, took);
		else
			text = xasprintf(tr("run %s: %zu of %zu steps hold (%s)"),
					 w->stack.state.run_id, held, w->stack.state.n, took);
	} else {
		text = standing_text(&w->stack.state);
	}
	walk_end(w, err, text ? text : "");
	return err;
}

static struct rb_error *nothing_to_resume(const struct cli *cli)
{
	return rb_error_new(RB_USAGE, "stack '%s' has no run to resume", cli_stack_name(cli));
}

/* An undo did not end: is it to be built again?  Who cannot be asked is told, and has it built. */
static bool builds_again(const struct walk *w)
{
	const struct run_state *st = &w->stack.state;
	size_t undone = 0;
	char answer[16];

	for (size_t i = 0; i < st->n; i++)
		undone += st->past[i].state == STEP_UNDONE || past_is_half_undone(&st->past[i]);
	cli_say(w->cli,
		tr_n(undone,
		     "the undo of run %s did not end: %zu of %zu steps is undone or half undone, "
		     "and this builds it again",
		     "the undo of run %s did not end: %zu of %zu steps are undone or half undone, "
		     "and this builds them again"),
		st->run_id, undone, st->n);
	if (w->cli->yes || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return true;
	fprintf(stderr, "%s", tr("Build them again? [y/N] "));
	(void)fflush(stderr);
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static struct rb_error *forward(struct cli *cli, bool needs_run, const struct engine_options *range)
{
	auto_walk w;

	TRY(walk_open(&w, cli, STACK_WRITE, needs_run ? nothing_to_resume(cli) : NULL));
	if (needs_run && w.stack.state.undone)
		return cli_not_there(&w.stack.state, /* past= */ NULL, nothing_to_resume(cli));
	TRY(world_check(cli, &w.stack));
	TRY(check_machine(&w, range->to));
	if (state_is_half_undone(&w.stack.state) && !builds_again(&w)) {
		cli_say(cli, "%s", tr("nothing was changed"));
		return NULL;
	}
	TRY(walk_connect(&w));
	w.options.from = range->from;
	w.options.to = range->to;
	return go(&w, cli->command->name, &w.options);
}

struct rb_error *walk_forward(struct cli *cli, bool needs_run)
{
	struct engine_options range = { 0 };
	bool go_on = true;

	TRY(walk_find_range(cli, &range));
	if (!needs_run)
		TRY(near_stack_ask(cli, &go_on));
	return go_on ? forward(cli, needs_run, &range) : NULL;
}
