/* SPDX-License-Identifier: Apache-2.0 */
/* Offers preflight before the first run; see preflight_offer.h. */
#include "runbook/cli/preflight_offer.h"

#include "runbook/cli/question.h"
#include "runbook/ui/lang.h"

struct rb_error *preflight_offer(struct command_ctx *ctx, bool *ret_go)
{
	struct cli *cli = ctx->cli;
	struct rb_error *err;
	bool wanted = false;
	int status = 0;

	*ret_go = true;
	if (!ctx->tries || ctx->stack.state.run_id || cli->yes || cli->json ||
	    !question_can_be_asked())
		return NULL;
	TRY(question_ask(&ctx->signals,
			 tr("Ask first what would be denied here (preflight, which changes "
			    "nothing)? [y/N] "),
			 &wanted));
	if (!wanted)
		return NULL;
	signals_suspend(&ctx->signals);
	err = cmd_preflight(cli, &status);
	signals_resume(&ctx->signals);
	TRY(err);
	return status ? question_ask(&ctx->signals, tr("Begin all the same? [y/N] "), ret_go)
		      : NULL;
}
