/* SPDX-License-Identifier: Apache-2.0 */
/* Which elements of two answers are beside each other. */
#ifndef SANDBOX_COMPARE_PAIR_H
#define SANDBOX_COMPARE_PAIR_H

#include <stdbool.h>

#include "sandbox/compare/binding.h"
#include "sandbox/compare/node.h"

/*
 * Which child of `here` each child of `recorded` is beside: in lists the one that shares an id, and
 * only then the likest of those that are left.  pairs[i] NULL: none; used[k]: it is somebody's.
 */
void pair_children(const struct bindings *b, const struct node *recorded, const struct node *here,
		   const struct node **pairs, bool *used);

#endif
