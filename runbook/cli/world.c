/* SPDX-License-Identifier: Apache-2.0 */
/* Which AWS a run was made in, and whether a command goes there. */
#include "runbook/cli/world.h"

#include <string.h>
#include <unistd.h>

#include "aws/core/config.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/sandbox.h"
#include "base/text.h"
#include "runbook/cli/aws_access.h"
#include "runbook/cli/cli_int.h"
#include "runbook/record/home_place.h"
#include "runbook/record/stack_list.h"

/* The remote command's words, as they were given; NULL: there are none.  Caller frees. */
static char *rest_of(const struct cli *cli)
{
	struct buf words = BUF_INIT;

	if (!cli->rest || !*cli->rest)
		return NULL;
	(void)buf_adds(&words, "--");
	for (char **word = cli->rest; *word; word++) {
		(void)buf_adds(&words, " ");
		text_shell_quote(&words, *word);
	}
	return buf_steal(&words);
}

/* A command without them may be another one altogether: undo without --expired.  --to of an undo
 * stands in the command already, as do the options that every command takes. */
static bool is_of_the_command(const struct cli *cli, const struct option_row *o)
{
	bool has_to = strcmp(o->name, "to") == 0 && cli->command == &all_commands[CMD_undo];

	return (cli->given >> (o - all_options) & 1) && !has_to &&
	       (o->commands != CLI_ALL_COMMANDS || strcmp(o->name, "output") == 0);
}

/* " --expired", "1-1 --output tap": the words that are the command's own, as they were given; NULL:
 * there are none.  Caller frees. */
static char *own_words(const struct cli *cli)
{
	struct buf words = BUF_INIT;

	for (size_t i = 0; i < cli->operands.n; i++) {
		(void)buf_adds(&words, words.n ? " " : "");
		text_shell_quote(&words, cli->operands.v[i]);
	}
	for (const struct option_row *o = all_options; o->name; o++) {
		const char *const *value = (const char *const *)((const char *)cli + o->offset);

		if (!is_of_the_command(cli, o) || o->kind == OPTION_LIST)
			continue;
		(void)buf_addf(&words, "%s--%s", words.n ? " " : "", o->name);
		if (o->kind != OPTION_TEXT)
			continue;
		(void)buf_adds(&words, " ");
		text_shell_quote(&words, *value);
	}
	return words.n ? buf_steal(&words) : NULL;
}

/* Why is the caller's to say. */
static struct rb_error *refuse(const struct cli *cli, const struct run_state *st,
			       const char *way_out)
{
	autofree char *rest = rest_of(cli);
	autofree char *own = own_words(cli);
	struct rb_error *err =
		rb_error_new(RB_USAGE, "run %s was not made where this would go", st->run_id);

	err = rb_error_hint(err, "nothing was changed; %-s:", way_out);
	return rb_error_next(err, rb_next_verb_of(cli->command->name), rest ? rest : own);
}

static struct rb_error *check_sandbox(const struct cli *cli, const struct stack *stack)
{
	const struct run_state *st = &stack->state;
	autofree char *world = stack_path(stack, "sandbox.db");

	if (!text_eq(st->account, SANDBOX_ACCOUNT))
		return rb_error_why(
			refuse(cli, st,
			       N_("without --sandbox (a rehearsal takes another --stack)")),
			"it was made in account %s, not in a sandbox", st->account);
	if (st->own_sandbox && home_is_s3(stack->home) && access(world, F_OK) != 0)
		return rb_error_why(refuse(cli, st, N_("on that machine")),
				    "it was made in a sandbox that is on another machine");
	if (st->own_sandbox || access(world, F_OK) == 0) /* who answers is compared then */
		return NULL;
	return rb_error_why(
		refuse(cli, st,
		       N_("with the settings of then (docs/sandbox.md, With runbook) and without "
			  "--sandbox")),
		"it was made in a sandbox of one's own, which AWS_ENDPOINT_URL named, and not "
		"in that of --sandbox");
}

bool world_lies_in(const struct stack *stack)
{
	autofree char *world = stack_path(stack, "sandbox.db");

	return access(world, F_OK) == 0;
}

/* run.json is left of a rehearsal, and its world: no record says where the run was made. */
static struct rb_error *refuse_without_journal(const struct cli *cli, const struct stack *stack)
{
	autofree char *folder = stack_shown_path(stack->dir, NULL);

	return rb_error_why(refuse(cli, &stack->state,
				   N_("the same with --sandbox, which looks for it by its tag")),
			    "run.json is in '%s' and no journal, and the world of a rehearsal "
			    "(sandbox.db) lies there",
			    folder);
}

struct rb_error *world_check(struct cli *cli, const struct stack *stack)
{
	const struct run_state *st = &stack->state;
	const struct aws_config *config = NULL;
	autofree char *url = NULL;

	if (cli_begins_anew(cli, st))
		return NULL;
	if (!(st->speed > 0) && !world_lies_in(stack)) /* no command yet: nothing was made */
		return NULL;
	if (cli->sandbox)
		return st->speed > 0 ? check_sandbox(cli, stack) : NULL;
	if (!text_eq(st->account, SANDBOX_ACCOUNT))
		return NULL;
	TRY(aws_access_config(cli, &config));
	TRY(aws_config_endpoint_url(config, "ec2", &url));
	if (!url && !(st->speed > 0))
		return refuse_without_journal(cli, stack);
	if (url || (!st->own_sandbox && !st->world)) /* a proxy may lead to a sandbox, too */
		return NULL;
	if (st->own_sandbox)
		return rb_error_why(refuse(cli, st, N_("the same with --sandbox")),
				    "it was made in the sandbox of its stack");
	return rb_error_why(
		refuse(cli, st, N_("with the settings of then (docs/sandbox.md, With runbook)")),
		"it was made in a sandbox of one's own, which AWS_ENDPOINT_URL named, and that "
		"is not set now");
}
