/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook run`: does the steps; an unfinished run is carried on. */
#include "runbook/cli/command.h"

struct rb_error *cmd_run(struct cli *cli, int *status)
{
	(void)status;
	return command_forward(cli, /* needs_run= */ false);
}
