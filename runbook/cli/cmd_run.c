/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook run`: walk the steps; an unfinished run is carried on. */
#include "runbook/cli/walk.h"

struct rb_error *cmd_run(struct cli *cli, int *status)
{
	(void)status;
	return walk_forward(cli, /* needs_run= */ false);
}
