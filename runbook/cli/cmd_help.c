/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook help [COMMAND]`: what --help shows. */
#include "runbook/cli/cli.h"

struct rb_error *cmd_help(struct cli *cli, int *status)
{
	(void)status;
	cli->command = NULL;
	if (cli->operands.n)
		TRY(cli_find_command(cli->operands.v[0], &cli->command));
	cli_print_help(cli);
	return NULL;
}
