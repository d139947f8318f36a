/* SPDX-License-Identifier: Apache-2.0 */
/* Which runs of the account `runbook recover` finds without their journals. */
#ifndef RUNBOOK_RECOVER_LIST_H
#define RUNBOOK_RECOVER_LIST_H

#include "base/attr.h"
#include "base/error.h"
#include "base/strv.h"
#include "runbook/cli/cli.h"
#include "runbook/cli/command.h"
#include "runbook/engine/recover.h"

/* One run that something of stands. */
struct recover_row {
	const struct found_run *found;
	struct recovery *recovery; /* owned; NULL: all of it is in regions that were not asked for,
				    * or it is of another procedure */
	bool elsewhere;		   /* the first of these two */
	struct strv procedures;	   /* that what stands of it may be of; owned */
};

struct recover_list {
	struct recover_row *v;
	size_t n;
	struct found_runs found;
};
void recover_list_clear(struct recover_list *l);
#define auto_recover_list CLEANUP(recover_list_clear) struct recover_list

/* Those that are meant by --run and --stack, each with what stands of it.  None is believed only
 * after the time that AWS may take to list what was just made. */
NODISCARD struct rb_error *recover_list_find(struct command_ctx *ctx, struct recover_list *list);

/* A stack that was named has to be without a run; the default one may have another. */
bool recover_names_stack(const struct cli *cli);
/* The stack that a run is of, as its tags say it, else as the command line does.  Borrowed. */
const char *recover_stack_of(const struct cli *cli, const struct found_run *found);

#endif
