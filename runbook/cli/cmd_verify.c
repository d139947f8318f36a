/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook verify`: checks once what should hold; changes nothing in AWS. */
#include "runbook/cli/verify_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/cli/standing.h"
#include "runbook/cli/verify_record.h"
#include "runbook/cli/verify_view.h"
#include "runbook/cli/world.h"
#include "runbook/record/aftermath.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/rows.h"

/* A named step is verified if anything of it was begun; with none named, all that should exist. */
static struct rb_error *choose(const struct command_ctx *ctx, struct engine_verify_result *results,
			       bool *listed)
{
	const struct run_state *st = &ctx->stack.state;

	for (size_t i = 0; i < ctx->cli->operands.n; i++) {
		const struct step *step = NULL;

		TRY(cli_find_step(st->procedure, ctx->cli->operands.v[i], &step));
		for (size_t k = 0; k < st->n; k++) {
			const struct step_history *history = &st->history[k];

			if (history->step != step)
				continue;
			listed[k] = true;
			results[k].wanted = history_is_made(history) ||
					    history->state == STEP_DOING ||
					    history->state == STEP_FAILED;
		}
	}
	for (size_t k = 0; k < st->n && !ctx->cli->operands.n; k++) {
		listed[k] = true;
		results[k].wanted = history_is_made(&st->history[k]);
	}
	return NULL;
}

/* What does not hold and explains a listed one is printed beside it. */
static void list_causes(const struct run_state *st, const struct engine_verify_result *results,
			bool *listed)
{
	for (size_t i = 0; i < st->n; i++)
		for (size_t k = 0; k < results[i].blocked_by.n; k++)
			for (size_t j = 0; j < st->n && listed[i]; j++)
				listed[j] |= text_eq(st->history[j].step->id,
						     results[i].blocked_by.v[k]);
}

/* Moved to the caller: main reports it, with its exit status. */
static struct rb_error *first_error(const struct verify_view *v,
				    struct engine_verify_result *results)
{
	for (size_t i = 0; i < v->state->n; i++) {
		struct rb_error *err = results[i].err;

		if (!v->listed[i] || !results[i].checked || !verify_is_error(&results[i]))
			continue;
		results[i].err = NULL;
		return err;
	}
	return NULL;
}

/* In the middle of an undo what differs is its doing, and the advice is not to build it again. */
static bool is_coming_down(const struct verify_view *v)
{
	return v->tally.half_undone + v->tally.undone > 0;
}

/* A step that holds has got over a failure to make it, and not over one to undo it. */
static bool is_over(const struct verify_view *v, size_t i)
{
	const struct engine_verify_result *l = &v->results[i];
	bool holds = l->checked && !l->err && l->verdict == VERDICT_HOLDS;

	return !v->listed[i] || (holds && !v->state->history[i].undo_failed);
}

/* The earliest step that does not hold: as it is now, or, where nobody looked now, was last. */
static const struct step *first_broken(const struct verify_view *v)
{
	for (size_t i = 0; i < v->state->n; i++) {
		const struct step_history *history = &v->state->history[i];
		const struct engine_verify_result *l = &v->results[i];
		bool differs = l->checked ? history_is_made(history) && !verify_is_error(l) &&
						    l->verdict != VERDICT_HOLDS &&
						    l->verdict != VERDICT_PENDING
					  : history_drift(history) != NULL;

		if (differs)
			return history->step;
	}
	return NULL;
}

/* The command that comes next; NULL: all holds, or an error says it.  Caller frees. */
static char *next_of(const struct command_ctx *ctx, const struct verify_view *v)
{
	if (verify_all_hold(v) || v->tally.errors)
		return NULL;
	if (standing_is_unknown(v->state))
		return standing_next_command(ctx->cli, v->state);
	for (size_t i = 0; i < v->state->n; i++) {
		char *command = is_over(v, i) ? NULL
					      : standing_obstacle_command(ctx->cli, v->state,
									  &v->state->history[i],
									  first_broken(v));

		if (command)
			return command;
	}
	return cli_next_command(ctx->cli, is_coming_down(v) ? RB_NEXT_UNDO : RB_NEXT_RESUME);
}

static void say_next(const struct command_ctx *ctx, const struct verify_view *v, const char *next)
{
	bool obstacle = false;

	(void)fflush(stdout); /* what comes next is read last */
	for (size_t i = 0; i < v->state->n; i++) {
		autofree char *text = is_over(v, i) ? NULL
						    : standing_obstacle_text(ctx->cli, v->state,
									     &v->state->history[i],
									     first_broken(v));

		if (text)
			cli_say(ctx->cli, "%s", text);
		obstacle |= text != NULL;
	}
	if (obstacle)
		return;
	if (standing_is_unknown(v->state)) {
		auto_strv lines = { 0 };
		auto_strv commands = { 0 };

		cli_say(ctx->cli, "%s",
			tr("run.json is here and no journal: what AWS has of it is "
			   "not known"));
		standing_next_lines(ctx->cli, v->state, &lines, &commands);
		for (size_t i = 0; i < lines.n; i++)
			cli_say(ctx->cli, "%s", lines.v[i]);
		return;
	}
	if (is_coming_down(v))
		cli_say(ctx->cli, tr("to take down the rest: %s"), next);
	else if (verify_has_drift(v))
		cli_say(ctx->cli, tr("to put it right: %s"), next);
	else
		cli_say(ctx->cli, tr("to carry on: %s"), next);
}

static struct rb_error *print_json(const struct command_ctx *ctx, const struct verify_view *v,
				   const char *next)
{
	json_t *doc = json_pack("{s:s, s:s, s:o, s:b, s:s?}", "stack", ctx->stack.name, "run",
				v->state->run_id, "rehearsal",
				rehearsal_to_json(v->state->rehearsal, ctx->cli->speed_n), "holds",
				(int)verify_all_hold(v), "next", next);

	verify_to_json(v, doc);
	return cli_print_json(doc);
}

struct rb_error *verify_print_cases(const struct command_ctx *ctx, const struct verify_cases *cases)
{
	auto_buf out = BUF_INIT;

	if (ctx->cli->cases == CASES_TAP) {
		verify_cases_to_tap(cases, &out);
	} else {
		autofree char *suite = xasprintf("runbook %s", ctx->stack.name);

		verify_cases_to_junit(cases, suite, &out);
	}
	(void)fwrite(out.p, 1, out.n, stdout);
	return cli_flush_stdout();
}

static struct rb_error *show_results(const struct command_ctx *ctx,
				     struct engine_verify_result *results, bool *listed,
				     int *status)
{
	struct verify_view v = { .place = cli_place(ctx->cli),
				 .state = &ctx->stack.state,
				 .results = results,
				 .listed = listed };
	struct rb_error *io = NULL, *err;
	autofree char *next = NULL;

	list_causes(v.state, results, listed);
	verify_count(&v);
	next = next_of(ctx, &v);
	if (ctx->cli->cases) {
		auto_verify_cases cases = { 0 };

		verify_cases_of_steps(&v, &cases);
		io = verify_print_cases(ctx, &cases);
	} else if (ctx->cli->json) {
		io = print_json(ctx, &v, next);
	} else {
		autofree char *summary = verify_summary(&v);
		autofree char *marked = command_mark(ctx, summary);

		/* The rows on the terminal say it already. */
		verify_print(&v, /* all= */ !ui_is_live(ctx->ui) || !isatty(STDOUT_FILENO));
		row_text("%s", marked);
		if (next)
			say_next(ctx, &v, next);
	}
	if (!verify_all_hold(&v))
		*status = 3;
	err = first_error(&v, results);
	if (err)
		(void)rb_error_free(io);
	return err ? err : io;
}

static struct rb_error *verify_and_show(struct command_ctx *ctx, int *status)
{
	size_t n = ctx->stack.state.n;
	struct engine_verify_result *results = xcalloc(n + 1, sizeof(*results));
	bool *listed = xcalloc(n + 1, sizeof(*listed));
	struct rb_error *err = choose(ctx, results, listed);

	if (!err)
		err = command_connect(ctx);
	ctx->run.read_only = true;
	if (!err && !ui_is_live(ctx->ui))
		ctx->run.sink = NULL; /* the result is printed as a whole, on stdout */
	if (!err) {
		run_emit(&ctx->run, &(struct event){ .type = EVENT_BEGIN, .text = "verify" });
		err = engine_verify(&ctx->run, &ctx->options, results);
	}
	if (!err) {
		run_emit(&ctx->run, &(struct event){ .type = EVENT_END, .text = "", .ok = true });
		err = show_results(ctx, results, listed, status);
		if (!err)
			verify_record(ctx, verify_evidence(&ctx->stack.state, results));
	}
	for (size_t i = 0; i < n; i++)
		engine_verify_result_clear(&results[i]);
	free(results);
	free(listed);
	return err;
}

struct rb_error *cmd_verify(struct cli *cli, int *status)
{
	auto_command_ctx ctx;

	/* A sandbox's world belongs to one process: so that the lock is needed for it. */
	TRY(command_open(
		&ctx, cli, cli->sandbox ? STACK_WRITE : STACK_READ,
		rb_error_new(RB_USAGE, "stack '%s' has no run to verify", cli_stack_name(cli))));
	TRY(world_check(cli, &ctx.stack));
	if (verify_is_undone(&ctx.stack.state))
		return verify_undone_run(&ctx, status);
	return verify_and_show(&ctx, status);
}
