/* SPDX-License-Identifier: Apache-2.0 */
/* The runs that `runbook recover` has found, for people and for programs. */
#ifndef RUNBOOK_RECOVER_VIEW_H
#define RUNBOOK_RECOVER_VIEW_H

#include <jansson.h>

#include "base/attr.h"
#include "runbook/cli/cli.h"
#include "runbook/engine/recover.h"

/* One run that something of stands. */
struct recover_row {
	const struct found_run *found;
	struct recovery *recovery; /* owned; NULL: all of it is in regions that were not asked for,
				    * or it is of another procedure */
	bool elsewhere;		   /* the first of these two */
	struct strv procedures;	   /* that what stands of it may be of; owned */
};

void recover_row_clear(struct recover_row *row);

struct recover_list {
	struct recover_row *v;
	size_t n;
	struct found_runs found;
};
void recover_list_clear(struct recover_list *l);
#define auto_recover_list CLEANUP(recover_list_clear) struct recover_list

/* On stdout, a paragraph for each; `account` is whose they are. */
void recover_print(const struct cli *cli, const struct recover_list *l, const char *account);
/* The same as a new object. */
NODISCARD json_t *recover_to_json(const struct cli *cli, const struct recover_list *l,
				  const char *account);
/* "runbook recover --run ID ..." that asks for it where it is.  Caller frees. */
NODISCARD char *recover_command_of(const struct cli *cli, const struct recover_row *row);

#endif
