/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the command line share; nobody else includes it. */
#ifndef RUNBOOK_CLI_INT_H
#define RUNBOOK_CLI_INT_H

#include "runbook/cli/cli.h"

/* The bits of an option that every command takes. */
enum { SANDBOX_SPEED = 60 }; /* of --sandbox, when no other is given */

#define CLI_ALL_COMMANDS (~0ul)

/* The command has that option; `c` NULL: any may. */
bool cli_takes_option(const struct command *c, const struct option_row *o);
/* `err` with the advice to take the option of that name. */
NODISCARD struct rb_error *cli_choose_option(struct rb_error *err, const char *name);

/*
 * The command takes the options that were given; their values are among those that they can have;
 * it takes what else was given.  cli_check_values reads the values of numbers, too.
 *   fails  USAGE
 */
NODISCARD struct rb_error *cli_check_options_fit(const struct cli *cli);
NODISCARD struct rb_error *cli_check_values(struct cli *cli);
NODISCARD struct rb_error *cli_check_operands(const struct cli *cli);

#endif
