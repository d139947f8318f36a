/* SPDX-License-Identifier: Apache-2.0 */
/* Which AWS a run was made in, and whether a command goes there. */
#include "runbook/cli/world.h"

#include <unistd.h>

#include "aws/core/config.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/sandbox.h"
#include "base/text.h"
#include "runbook/cli/aws_access.h"

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

static struct rb_error *refuse(const struct cli *cli, const struct run_state *st, const char *why,
			       const char *way_out)
{
	autofree char *rest = rest_of(cli);
	struct rb_error *err =

		rb_error_new(RB_USAGE, "run %s was not made where this would go", st->run_id);

	err = rb_error_why(err, "%-s", why);
	err = rb_error_hint(err, "nothing was changed; %-s:", way_out);
	return rb_error_next(err, rb_next_verb_of(cli->command->name), rest);
}

static struct rb_error *check_sandbox(const struct cli *cli, const struct stack *stack)
{
	const struct run_state *st = &stack->state;
	autofree char *world = stack_path(stack, "sandbox.db");
	autofree char *why = NULL;

	if (!text_eq(st->account, SANDBOX_ACCOUNT)) {
		why = xasprintf("it was made in account %s, not in a sandbox", st->account);
		return refuse(cli, st, why,
			      N_("without --sandbox (a rehearsal takes another --stack)"));
	}
	if (st->own_sandbox || access(world, F_OK) == 0) /* who answers is compared then */
		return NULL;
	return refuse(
		cli, st,
		N_("it was made in a sandbox of one's own, which AWS_ENDPOINT_URL named, and not "
		   "in that of --sandbox"),
		N_("with the settings of then (docs/sandbox.md, With runbook) and without "
		   "--sandbox"));
}

struct rb_error *world_check(struct cli *cli, const struct stack *stack)
{
	const struct run_state *st = &stack->state;
	const struct aws_config *config = NULL;
	autofree char *url = NULL;

	if (cli_begins_anew(cli, st) || !(st->speed > 0)) /* no command yet: nothing was made */
		return NULL;
	if (cli->sandbox)
		return check_sandbox(cli, stack);
	if (!text_eq(st->account, SANDBOX_ACCOUNT))
		return NULL;
	TRY(aws_access_config(cli, &config));
	TRY(aws_config_endpoint_url(config, "ec2", &url));
	if (url || (!st->own_sandbox && !st->world)) /* a proxy may lead to a sandbox, too */
		return NULL;
	if (st->own_sandbox)
		return refuse(cli, st, N_("it was made in the sandbox of its stack"),
			      N_("the same with --sandbox"));
	return refuse(
		cli, st,
		N_("it was made in a sandbox of one's own, which AWS_ENDPOINT_URL named, and that "
		   "is not set now"),
		N_("with the settings of then (docs/sandbox.md, With runbook)"));
}
