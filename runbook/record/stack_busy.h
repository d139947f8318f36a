/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a runbook is at work on a stack, for those who only read it. */
#ifndef RUNBOOK_STACK_BUSY_H
#define RUNBOOK_STACK_BUSY_H

#include <stdbool.h>

#include "base/attr.h"
#include "runbook/record/stack.h"

/*
 * The process that holds the stack's lock, as it says of itself; NULL: nobody does, or the system
 * does not show it.  The lock is not touched, so that nobody who comes for it meets us there.
 * Caller frees.
 *   source  proc_locks(5)
 */
NODISCARD char *stack_busy_process(const struct stack *st);

#endif
