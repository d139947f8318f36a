/* SPDX-License-Identifier: Apache-2.0 */
/* Shows what a new run is about to make, and asks; see first_run.h. */
#include "runbook/cli/first_run.h"

#include "aws/iam.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/cli/made_view.h"
#include "runbook/cli/question.h"
#include "runbook/cli/standing.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/rows.h"

struct asked {
	struct command_ctx *ctx;
	struct strv aliases;
};

static struct rb_error *ask_aliases(void *arg)
{
	struct asked *asked = arg;
	const struct command_ctx *ctx = asked->ctx;
	struct aws_client *c =
		aws_client_new(ctx->aws.session, params_region(&ctx->cli->params, 0));
	struct rb_error *err = iam_list_account_aliases(c, &asked->aliases);

	aws_client_free(c);
	return err;
}

/* "123456789012 (production)".  Who may not read the alias is told so, and goes on without. */
static struct rb_error *account_text(struct command_ctx *ctx, char **ret)
{
	struct asked asked = { .ctx = ctx };
	struct rb_error *err = engine_watch(&ctx->options, ask_aliases, &asked);
	const char *account = ctx->aws.account;

	if (rb_error_is(err, RB_INTERRUPTED))
		return err;
	if (err)
		*ret = xasprintf(tr("%s (its alias is not known: %s)"), account,
				 err->aws_code ? err->aws_code : rb_kind_name(err->kind));
	else if (asked.aliases.n)
		*ret = xasprintf(tr("%s (alias %s)"), account, asked.aliases.v[0]);
	else
		*ret = xasprintf(tr("%s (it has no alias)"), account);
	strv_clear(&asked.aliases);
	(void)rb_error_free(err);
	return NULL;
}

static void show(const struct command_ctx *ctx, const char *account)
{
	const struct cli *cli = ctx->cli;
	const struct run_state *st = &ctx->stack.state;
	const struct step *to = ctx->options.to;
	autofree char *regions = ui_regions(&cli->params);
	autofree char *makes = made_counts_text(cli->params.procedure, to);
	autofree char *price = standing_planned_cost_text(st, to, /* rehearsal= */ false);

	rows_go_to(ROWS_ON_STDERR);
	row_text(tr("This begins a new run of stack '%s':"), ctx->stack.name);
	row_detail(tr("account: %s"), account);
	row_detail(tr("principal: %s"), ctx->aws.arn);
	row_detail(tr("regions: %s"), regions);
	if (to)
		row_detail(tr("steps: up to %s"), to->id);
	if (makes)
		row_detail(tr("makes: %s"), makes);
	row_detail("%s", price ? price : tr("nothing of that is billed by the hour"));
	row_detail(tr("time to live: %s"),
		   cli->ttl ? cli->ttl : tr("no end (--ttl sets one); it stands until an undo"));
	rows_go_to(ROWS_ON_STDOUT);
}

struct rb_error *first_run_ask(struct command_ctx *ctx, bool *ret_go)
{
	const struct cli *cli = ctx->cli;
	autofree char *account = NULL;

	*ret_go = true;
	if (cli->yes || cli->sandbox || stack_has_run(&ctx->stack) || !question_can_be_asked())
		return NULL;
	params_take(&ctx->stack.state.params, &cli->params); /* it begins with these */
	TRY(account_text(ctx, &account));
	show(ctx, account);
	ctx->confirmed = "begin";
	return question_ask(&ctx->signals, tr("Begin it? [y/N] "), ret_go);
}
