/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `runbook recover`: finds the runs of the account without a journal, and writes that of the one
 * that is named, or of the only one.  In AWS it changes nothing.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "runbook/cli/command.h"
#include "runbook/cli/recover_list.h"
#include "runbook/cli/recover_view.h"
#include "runbook/cli/regions.h"
#include "runbook/cli/standing.h"
#include "runbook/record/stack_list.h"
#include "runbook/ui/lang.h"

static struct rb_error *has_run_already(const struct stack *st)
{
	autofree char *path = stack_shown_path(st->home, st->name);
	struct rb_error *err;

	if (standing_is_unknown(&st->state)) {
		err = rb_error_new(RB_USAGE, "stack '%s' has its run.json: run %s", st->name,
				   st->state.run_id);
		err = rb_error_why(err, "that it has no journal is no obstacle: each step looks by "
					"tag for what is not recorded");
		err = rb_error_hint(err,
				    "put run.json of '%s' aside and ask again, to have the journal "
				    "written anew; to go on without it:",
				    path);
		return rb_error_next(err, RB_NEXT_RESUME, NULL);
	}
	err = rb_error_new(RB_USAGE, "stack '%s' has its journal: run %s", st->name,
			   st->state.run_id);
	err = rb_error_why(err, "a journal is never overwritten; one that lost its end is enough, "
				"for each step looks by tag for what is not recorded");
	err = rb_error_hint(err,
			    "put journal.jsonl and run.json of '%s' aside and ask again, or write "
			    "elsewhere (--home); to go on with what is there:",
			    path);
	return rb_error_next(err, RB_NEXT_VERIFY, NULL);
}

static struct rb_error *refuse_existing(const char *home, const char *name)
{
	auto_stack st;

	TRY(stack_open(&st, home, name, STACK_READ, all_procedures));
	return st.state.run_id ? has_run_already(&st) : NULL;
}

static struct rb_error *no_rehearsal(const struct stack *st)
{
	autofree char *path = stack_shown_path(st->home, st->name);
	struct rb_error *err =
		rb_error_new(RB_USAGE, "there is no rehearsal in stack '%s'", st->name);

	err = rb_error_why(err,
			   "its world lay in '%s', which is not there: with that folder all "
			   "of it is gone",
			   path);
	err = rb_error_hint(err,
			    "--stack and --home (or RUNBOOK_HOME) say where another one is, and "
			    "without --sandbox an account is looked at; a new one is begun by:");
	return rb_error_next(err, RB_NEXT_RUN, NULL);
}

/* The sandbox of a stack belongs to who holds its lock; without a folder there is none. */
static struct rb_error *open_stack(struct command_ctx *ctx, const char *home)
{
	const char *name = cli_stack_name(ctx->cli);

	stack_init(&ctx->stack, home, name, all_procedures);
	TRY(stack_check_name(name));
	if (recover_names_stack(ctx->cli))
		TRY(refuse_existing(home, name));
	if (ctx->cli->sandbox) {
		if (!file_exists(ctx->stack.dir))
			return no_rehearsal(&ctx->stack);
		stack_close(&ctx->stack);
		TRY(stack_open(&ctx->stack, home, name, STACK_WRITE, all_procedures));
	}
	if (ctx->stack.state.procedure != ctx->cli->params.procedure)
		state_choose(&ctx->stack.state, ctx->cli->params.procedure);
	return NULL;
}

/* ---- the one ------------------------------------------------------------------- */

/* The run that was named is not there: those that are. */
static void say_no_such_run(const struct cli *cli, const struct found_runs *found)
{
	auto_strv ids = { 0 };
	autofree char *all = NULL;

	for (size_t i = 0; i < found->n; i++)
		strv_add(&ids, found->v[i].run_id);
	all = strv_join(&ids, ", ");
	if (ids.n)
		cli_say(cli,
			tr("no run %s is found in these regions; what carries a run's tags there "
			   "is of: %s"),
			cli->run_id, all);
	else
		cli_say(cli,
			tr("no run %s is found, nor another one: nothing of one stands in these "
			   "regions"),
			cli->run_id);
}

/* NULL: there is none, or nobody can say which; *status is 3 then and it is said why. */
static const struct recover_row *choose(const struct cli *cli, const struct recover_list *list,
					int *status)
{
	const struct recover_row *row = NULL;
	size_t n = 0;

	*status = 3;
	for (size_t i = 0; i < list->n; i++) {
		if (!list->v[i].recovery)
			continue;
		row = &list->v[i];
		n++;
	}
	(void)fflush(stdout); /* the list is read first */
	if (!n && cli->run_id && !list->n) {
		say_no_such_run(cli, &list->found);
		return NULL;
	}
	if (!n) {
		cli_say(cli, "%s",
			list->n ? tr("none of these runs can be written from here")
				: tr("no run is found: nothing of one stands in these regions"));
		return NULL;
	}
	if (n > 1) {
		autofree char *command = recover_command_of(cli, row);

		cli_say(cli, tr("%zu runs are found; say which, as: %s"), n, command);
		return NULL;
	}
	if (row->recovery->candidates.n) {
		cli_say(cli, "%s",
			tr("two things carry the tags of one place: which is the run's is not "
			   "guessed, and nothing was written; take the tags off the other one"));
		return NULL;
	}
	if (row->procedures.n > 1) {
		autofree char *command = recover_command_of(cli, row);

		cli_say(cli,
			tr("what stands may be of more than one procedure, and nothing was "
			   "written; say which, as: %s"),
			command);
		return NULL;
	}
	*status = 0;
	return row;
}

/* What the world shows and what was given have to agree, and to make sense together. */
static struct rb_error *check_params(const struct cli *cli, struct recovery *r)
{
	TRY(params_agree(&cli->params, &r->stack.state.params, r->stack.state.run_id));
	return rb_error_hint(params_finish(&r->stack.state.params),
			     "what no thing of the run shows any more has its default; --set gives "
			     "it the value that it had");
}

static struct rb_error *write_journal(struct command_ctx *ctx, struct recover_row *row)
{
	struct cli *cli = ctx->cli;
	autofree char *home = xstrdup(ctx->stack.home);
	const char *name = recover_stack_of(cli, row->found);

	TRY(cli_use_procedure(cli, row->recovery->stack.state.procedure));
	TRY(check_params(cli, row->recovery));
	if (!cli->sandbox) {
		TRY(refuse_existing(home, name));
		stack_close(&ctx->stack);
		TRY(stack_open(&ctx->stack, home, name, STACK_WRITE, all_procedures));
	}
	TRY(stack_write_recovered(&ctx->stack, &row->recovery->stack));
	if (!cli->stack && !text_eq(name, cli_stack_name(cli)))
		cli->stack = cli->own_stack = xstrdup(name); /* what comes next is of that one */
	return command_begin(ctx, cli->command->name);
}

static struct rb_error *print_list(const struct command_ctx *ctx, const struct recover_list *list,
				   const char *next)
{
	autofree char *path = NULL;
	json_t *doc;

	if (!ctx->cli->json)
		return NULL;
	path = stack_shown_path(ctx->stack.home, ctx->stack.name);
	doc = recover_to_json(ctx->cli, list, ctx->aws.account);
	json_object_set_new(doc, "written",
			    next ? json_pack("{s:s, s:s, s:s}", "run", ctx->stack.state.run_id,
					     "stack", ctx->stack.name, "folder", path)
				 : json_null());
	json_object_set_new(doc, "next", next ? json_string(next) : json_null());
	return cli_print_json(doc);
}

static struct rb_error *recover(struct command_ctx *ctx, struct recover_list *list, int *status)
{
	struct cli *cli = ctx->cli;
	const struct recover_row *row;
	autofree char *next = NULL, *path = NULL;
	struct rb_error *err;

	TRY(recover_list_find(ctx, list));
	if (!cli->json)
		recover_print(cli, list, ctx->aws.account);
	row = choose(cli, list, status);
	if (!row)
		return print_list(ctx, list, NULL);
	err = write_journal(ctx, &list->v[row - list->v]);
	if (err)
		return err;
	next = cli_next_command(cli, RB_NEXT_VERIFY);
	path = stack_shown_path(ctx->stack.home, ctx->stack.name);
	TRY(print_list(ctx, list, next));
	cli_say(cli, tr("the journal of run %s is written to %s; next: %s"),
		ctx->stack.state.run_id, path, next);
	return NULL;
}

static struct rb_error *check_run_id(const struct cli *cli)
{
	autofree char *shown = NULL;

	if (!cli->run_id || recover_run_id_is_good(cli->run_id))
		return NULL;
	shown = text_printable(cli->run_id, strlen(cli->run_id), 60);
	return rb_error_hint(rb_error_new(RB_USAGE, "--run cannot be '%s'", shown),
			     "the id of a run, as 20261123-5f0c2a91; without --run all are shown");
}

struct rb_error *cmd_recover(struct cli *cli, int *status)
{
	auto_command_ctx ctx = { .cli = cli, .signals = { .fd = -1 } };
	auto_recover_list list = { 0 };
	autofree char *home = NULL;

	ctx.aws.sandbox.stdin_fd = -1;
	ctx.stack.lock_fd = -1;
	TRY(check_run_id(cli));
	TRY(cli_home(cli, &home));
	TRY(cli_read_params(cli));
	cli_note_new_regions(cli);
	TRY(open_stack(&ctx, home));
	TRY(command_connect(&ctx));
	ctx.run.sink = NULL; /* the result is printed as a whole */
	ctx.host.tick = NULL;
	return recover(&ctx, &list, status);
}
