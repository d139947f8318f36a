/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the command line share; nobody else includes it. */
#ifndef RUNBOOK_CLI_INT_H
#define RUNBOOK_CLI_INT_H

#include "runbook/cli/cli.h"

/* The bits of an option that every command takes. */
#define CLI_ALL_COMMANDS (~0ul)

/* The command has that option; `c` NULL: any may. */
bool cli_takes_option(const struct command *c, const struct option_row *o);
#endif
