/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which AWS a run was made in: AWS itself, the sandbox of its stack (--sandbox), or one of
 * somebody's own.  Gone on with in another, nothing of it would be found there, and undo would say
 * that nothing is left.
 */
#ifndef RUNBOOK_WORLD_H
#define RUNBOOK_WORLD_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/cli/cli.h"
#include "runbook/record/stack.h"

/*
 * Does the command go where the stack's run was made, as far as the command line and AWS's settings
 * show?  Nothing is started or asked; aws_access_identify then compares who answers.
 *   fails  USAGE  with the way out
 */
NODISCARD struct rb_error *world_check(struct cli *cli, const struct stack *stack);

/* The world of a rehearsal, sandbox.db, lies in the stack's folder, whatever else is there. */
bool world_lies_in(const struct stack *stack);

#endif
