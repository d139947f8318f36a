/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook policy`: the least IAM policy for this procedure and these parameters. */
#include <string.h>
#include <unistd.h>

#include "aws/core/endpoint.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/cli/cli.h"
#include "runbook/cli/aws_access.h"
#include "runbook/cli/grant_text.h"
#include "runbook/cli/policy_write.h"
#include "runbook/ui/lang.h"

static struct rb_error *check_words(const struct cli *cli, const char *word)
{
	struct rb_error *err;

	if (!grant_ways_of(word)) {
		err = rb_error_new(RB_USAGE, "--for '%s' is nothing that a policy is for", word);
		return rb_error_hint(err,
				     "it is one of run, verify, connect, undo, preflight, all");
	}
	if (cli->account &&
	    (strlen(cli->account) != 12 || cli->account[strspn(cli->account, "0123456789")])) {
		err = rb_error_new(RB_USAGE, "--account '%s' is no account", cli->account);
		return rb_error_hint(err, "an account is twelve digits");
	}
	return NULL;
}

/* The run's account, the one that was given, or that of the credentials. */
static struct rb_error *find_account(struct cli *cli, const struct stack *st, char **ret)
{
	const char *region = params_region(&cli->params, 0);
	auto_aws_access aws = { 0 };
	struct rb_error *err;

	if (stack_has_run(st) && cli->account && !text_eq(cli->account, st->state.account))
		return rb_error_hint(
			rb_error_new(RB_USAGE, "run %s was made in account %s, not in %s",
				     st->state.run_id, st->state.account, cli->account),
			"leave --account out, or name another --stack");
	if (stack_has_run(st) || cli->account) {
		*ret = xstrdup(cli->account ? cli->account : st->state.account);
		return NULL;
	}
	if (cli->sandbox && access(st->dir, F_OK) != 0)
		return rb_error_next(
			rb_error_hint(rb_error_new(RB_USAGE, "stack '%s' has no rehearsal here",
						   st->name),
				      "give the account with --account, or begin a rehearsal:"),
			RB_NEXT_RUN, NULL);
	err = aws_access_open(&aws, cli, st);
	if (!err)
		err = aws_access_identify(&aws, &st->state, region);
	if (err) {
		if (err->hint)
			rb_error_replace(err, RB_HINT,
					 "%s; or give the account with --account: then nothing is "
					 "asked",
					 err->hint);
		return rb_error_hint(err, "give the account with --account: then nothing is asked");
	}
	*ret = steal_str(&aws.account);
	return NULL;
}

static struct rb_error *print_documents(struct cli *cli, const json_t *documents)
{
	size_t n = json_array_size(documents), i;
	const json_t *d;

	json_array_foreach(documents, i, d)
		TRY(cli_print_json(json_incref(json_object_get(d, "document"))));
	if (n > 1)
		cli_say(cli,
			tr("runbook: %zu documents, for one holds %d characters at most; attach "
			   "them all"),
			n, POLICY_MAX_CHARACTERS);
	return NULL;
}

static struct rb_error *print_policy(struct cli *cli, const char *word)
{
	struct policy_subject subject = { 0 };
	autofree char *account = NULL;
	struct params *params = &cli->params;
	struct rb_error *err;
	json_t *documents;
	auto_stack st;

	TRY(cli_open_stack(cli, STACK_READ, &st));
	TRY(find_account(cli, &st, &account));
	if (stack_has_run(&st))
		params = &st.state.params;
	subject.procedure = params->procedure;
	if (!subject.procedure->permits)
		return rb_error_why(rb_error_new(RB_USAGE, "there is no policy to print"),
				    "the procedure '%s' does not say which permissions it needs",
				    subject.procedure->name);
	subject.params = params;
	subject.account = account;
	subject.stack = st.name;
	TRY(policy_name_things(&subject, params, stack_has_run(&st) ? st.state.run_id : NULL));
	subject.partition = aws_partition_of(params_region(subject.params, 0))->id;
	documents = policy_write(&subject, grant_ways_of(word));
	if (cli->json)
		return cli_print_json(json_pack("{s:s, s:s, s:s, s:o}", "stack", st.name, "account",
						account, "for", word, "policies", documents));
	err = print_documents(cli, documents);
	json_decref(documents);
	return err;
}

struct rb_error *cmd_policy(struct cli *cli, int *status)
{
	const char *word = cli->policy_for ? cli->policy_for : "all";

	(void)status;
	TRY(check_words(cli, word));
	return print_policy(cli, word);
}
