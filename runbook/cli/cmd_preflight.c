/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook preflight`: would it work here?  Changes nothing. */
#include <stdlib.h>
#include <unistd.h>

#include "aws/core/endpoint.h"
#include "aws/cred/cred.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "runbook/cli/aws_access.h"
#include "runbook/cli/cli.h"
#include "runbook/cli/preflight.h"
#include "runbook/cli/preflight_result.h"
#include "runbook/ssh/ssh_ready.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/ui.h"

/* ---- checks ------------------------------------------------------------------------ */

static void check_machine(struct preflight_result *v)
{
	struct rb_error *err = ssh_ready();

	if (err)
		v->machine = tr_reason(err);
	(void)rb_error_free(err);
}

static struct rb_error *check_credentials(struct preflight_result *v)
{
	auto_cred cred = { 0 };

	TRY(cred_chain_get(aws_session_creds(v->aws->session), &cred));
	v->left_s = cred.expires_utc_s ? cred.expires_utc_s - clock_utc_s() : -1;
	return NULL;
}

/* In a region that is not opted in STS knows nobody; that is reported of the step that needs the
 * region, so the other sides' are asked. */
static struct rb_error *identify(struct aws_access *aws, const struct run_state *st,
				 const struct params *params)
{
	const struct procedure_side *sides = params->procedure->sides;
	struct rb_error *err = NULL;

	for (size_t i = 0; sides[i].name; i++) {
		(void)rb_error_free(err);
		err = aws_access_identify(aws, st, params_get(params, sides[i].region));
		if (!rb_error_is_aws(err, "RegionDisabledException"))
			break;
	}
	return err;
}

static struct rb_error *ask_aws(struct preflight_result *v, struct policy_subject *subject,
				struct params *params)
{
	const struct run_state *st = &v->stack->state;

	/* A rehearsal's AWS is in the stack's folder, and begins with its run. */
	if (v->cli->sandbox && access(v->stack->dir, F_OK) != 0)
		return rb_error_next(
			rb_error_hint(rb_error_new(RB_USAGE, "stack '%s' has no rehearsal here",
						   v->stack->name),
				      "a rehearsal needs no permission; begin one:"),
			RB_NEXT_RUN, NULL);
	TRY(aws_access_open(v->aws, v->cli, v->stack));
	TRY(identify(v->aws, st, params));
	TRY(check_credentials(v));
	check_machine(v);
	subject->account = v->aws->account;
	TRY(policy_name_things(subject, params, stack_has_run(v->stack) ? st->run_id : NULL));
	preflight_begin(&v->answers);
	TRY(preflight_ask(v->aws->session, subject, v->aws->arn, &v->answers));
	return preflight_check(v->aws->session, subject, st, v->left_s, &v->answers);
}

struct rb_error *cmd_preflight(struct cli *cli, int *status)
{
	struct policy_subject subject = { 0 };
	struct params *params = &cli->params;
	auto_aws_access aws = { 0 };
	struct rb_error *err;
	struct preflight_result v = { .cli = cli, .aws = &aws, .left_s = -1 };
	auto_stack st;

	TRY(cli_open_stack(cli, STACK_READ, &st));
	if (stack_has_run(&st))
		params = &st.state.params;
	v.stack = &st;
	subject.procedure = params->procedure;
	subject.params = params;
	subject.stack = st.name;
	subject.partition =
		aws_partition_of(params_get(params, params->procedure->sides->region))->id;
	v.login = params->procedure->parts.login;
	err = ask_aws(&v, &subject, params);
	if (!err) {
		*status = preflight_overall(&v) == PREFLIGHT_NO ? 1 : 0;
		err = cli->json ? preflight_print_json(&v) : preflight_print_text(&v);
	}
	preflight_clear(&v.answers);
	free(v.machine);
	return err;
}
