/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A region that is newer than this program is taken, for AWS opens them more often than this is
 * built; a name that was mistyped into another possible one looks the same, so near ones are shown.
 */
#include "runbook/cli/regions.h"

#include "aws/core/endpoint.h"
#include "base/alloc.h"
#include "runbook/ui/lang.h"

void cli_note_new_regions(const struct cli *cli)
{
	const struct procedure_side *side = cli->params.procedure->sides;

	for (; side->name; side++) {
		const char *region = params_get(&cli->params, side->region);
		autofree char *near = aws_region_near(region);

		if (!params_given(&cli->params, side->region) || aws_region_is_known(region))
			continue;
		cli_say(cli,
			tr("runbook: this version does not know region '%s'; it is taken for a new "
			   "one of partition %s (near ones are: %s)"),
			region, aws_partition_of(region)->id, near ? near : "-");
	}
}
