/* SPDX-License-Identifier: Apache-2.0 */
/* A stack's name that is nearly that of one which stands. */
#ifndef RUNBOOK_NEAR_STACK_H
#define RUNBOOK_NEAR_STACK_H

#include "base/attr.h"
#include "base/error.h"
#include "base/signals.h"
#include "runbook/cli/cli.h"

/*
 * Before `run` makes a stack: a slip of the finger would begin a second set that is billed.  When a
 * run of a nearly equal name stands, that is reported, and the answer is true: near_stack_ask then
 * asks about it on a terminal.  *ret_go: go on.
 */
bool near_stack_note(const struct cli *cli);
NODISCARD struct rb_error *near_stack_ask(const struct cli *cli, struct signals *signals,
					  bool *ret_go);

/* The nearly equal name when the command's own stack is not there; NULL: none.  Caller frees. */
NODISCARD char *near_stack(const struct cli *cli);

#endif
