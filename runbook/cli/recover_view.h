/* SPDX-License-Identifier: Apache-2.0 */
/* The runs that `runbook recover` has found, for people and for programs. */
#ifndef RUNBOOK_RECOVER_VIEW_H
#define RUNBOOK_RECOVER_VIEW_H

#include <jansson.h>

#include "base/attr.h"
#include "runbook/cli/cli.h"
#include "runbook/cli/recover_list.h"

/* On stdout, a paragraph for each; `account` is whose they are. */
void recover_print(const struct cli *cli, const struct recover_list *l, const char *account);
/* The same as a new object. */
NODISCARD json_t *recover_to_json(const struct cli *cli, const struct recover_list *l,
				  const char *account);
/* "runbook recover --run ID ..." that asks for it where it is.  Caller frees. */
NODISCARD char *recover_command_of(const struct cli *cli, const struct recover_row *row);

#endif
