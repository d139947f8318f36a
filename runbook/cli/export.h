/* SPDX-License-Identifier: Apache-2.0 */
/* What `runbook export` writes, one function for each. */
#ifndef RUNBOOK_CLI_EXPORT_H
#define RUNBOOK_CLI_EXPORT_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/cli/cli.h"

NODISCARD struct rb_error *export_cli(struct cli *cli);
/* The stack's run, which is handed over by that; without one, what a run would make. */
NODISCARD struct rb_error *export_terraform(struct cli *cli);

/*
 * The parameters of a run that begins now, for `to`: those that are given, and of a run that is
 * there its own, without the names that it got because none were given.
 */
void export_take_parameters(const struct cli *cli, const struct stack *st, struct run_state *to);

#endif
