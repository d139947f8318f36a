/* SPDX-License-Identifier: Apache-2.0 */
/* Which stacks a home holds: for who asks for one that is not there. */
#ifndef RUNBOOK_STACK_LIST_H
#define RUNBOOK_STACK_LIST_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/strv.h"

/*
 * Does HOME/NAME hold a journal or a run.json?  Nothing is opened or made.
 *   fails  IO  the folder cannot be looked into, so nobody knows
 */
NODISCARD struct rb_error *stack_is_there(const char *home, const char *name, bool *ret_there);

/* The names of those that are there, sorted.  A home that cannot be read has none. */
void stack_list(const char *home, struct strv *ret);

/* The same; IO, NETWORK and so on when it cannot be read.  A folder that is not there has none. */
NODISCARD struct rb_error *stack_list_checked(const char *home, struct strv *ret);

/*
 * A home, or a stack of it (`name` NULL: the home itself), from the root on, whether it exists or
 * not: it is shown to people.  Caller frees.
 */
NODISCARD char *stack_shown_path(const char *home, const char *name);

#endif
