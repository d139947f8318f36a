/* SPDX-License-Identifier: Apache-2.0 */
/* Offers preflight before the first run; see preflight_offer.h. */
#include "runbook/cli/preflight_offer.h"

#include <stdio.h>
#include <unistd.h>

#include "runbook/cli/aws_access.h"
#include "runbook/cli/step_trial.h"
#include "runbook/ui/lang.h"

static bool says_yes(const char *question)
{
	char answer[16];

	fprintf(stderr, "%s", question);
	(void)fflush(stderr);
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static struct rb_error *is_first(struct cli *cli, bool *ret)
{
	auto_stack st;

	TRY(cli_open_stack(cli, STACK_READ, &st));
	*ret = !stack_has_run(&st) && !st.state.run_id;
	return NULL;
}

struct rb_error *preflight_offer(struct cli *cli, bool *ret_go)
{
	const struct aws_config *config = NULL;
	bool tries = false, first = false;
	int status = 0;

	*ret_go = true;
	if (cli->yes || cli->json || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return NULL;
	if (!cli->sandbox)
		TRY(aws_access_config(cli, &config));
	TRY(step_trial_wanted(cli, config, &tries));
	if (tries)
		TRY(is_first(cli, &first));
	if (!first || !says_yes(tr("Ask first what would be denied here (preflight, which changes "
				   "nothing)? [y/N] ")))
		return NULL;
	TRY(cmd_preflight(cli, &status));
	if (status == 0)
		return NULL;
	*ret_go = says_yes(tr("Begin all the same? [y/N] "));
	if (!*ret_go)
		cli_say(cli, "%s", tr("nothing was changed"));
	return NULL;
}
