/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook resume`: carry on an interrupted run. */
#include "runbook/cli/command.h"

struct rb_error *cmd_resume(struct cli *cli, int *status)
{
	(void)status;
	return command_forward(cli, /* needs_run= */ true);
}
