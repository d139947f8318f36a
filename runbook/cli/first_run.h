/* SPDX-License-Identifier: Apache-2.0 */
/* The question before a new run's first change: where, by whom, what, and at which price. */
#ifndef RUNBOOK_FIRST_RUN_H
#define RUNBOOK_FIRST_RUN_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/cli/command.h"

/*
 * On a terminal, without --yes, outside of --sandbox, and when the command begins a run: shows
 * account and alias, principal, regions, what is made, its price an hour and its time to live, and
 * asks.  The command knows its account.  *ret_go: go on.
 *   fails  as question_ask
 */
NODISCARD struct rb_error *first_run_ask(struct command_ctx *ctx, bool *ret_go);

#endif
