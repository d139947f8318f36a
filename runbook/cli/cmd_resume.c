/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook resume`: carry on an interrupted run. */
#include "runbook/cli/walk.h"

struct rb_error *cmd_resume(struct cli *cli, int *status)
{
	(void)status;
	return walk_forward(cli, /* needs_run= */ true);
}
