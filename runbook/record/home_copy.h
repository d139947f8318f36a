/* SPDX-License-Identifier: Apache-2.0 */
/* Moves a stack from one home to another, whatever kind either is. */
#ifndef RUNBOOK_HOME_COPY_H
#define RUNBOOK_HOME_COPY_H

#include <stddef.h>

#include "base/attr.h"
#include "base/error.h"
#include "runbook/contract/procedure.h"

struct home_copied {
	size_t runs;
	size_t records; /* of all of them */
};

/*
 * All runs of stack `name` in `from` are written to `to`, where there is no stack of that name, and
 * read there again: each has the same bytes.  Then the old one is marked as moved: it can be read,
 * and nothing is written to it any more.  Both are held meanwhile.  What else lies on this machine
 * and belongs to the stack (known_hosts, record.key, sandbox.db) is copied, too. fails  USAGE there
 * is no such stack in `from`, or one in `to`, or it was moved already LOCKED  somebody works on it
 */
NODISCARD struct rb_error *home_copy_stack(const char *from, const char *to, const char *name,
					   const struct procedure *const *procedures,
					   struct home_copied *ret);

#endif
