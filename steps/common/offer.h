/* SPDX-License-Identifier: Apache-2.0 */
/* What a person made by hand without this run's tags, found by what it is. */
#ifndef STEPS_COMMON_OFFER_H
#define STEPS_COMMON_OFFER_H

#include <stddef.h>

#include "base/attr.h"
#include "base/error.h"
#include "runbook/contract/step.h"

/* A list of things that AWS described, for whoever needs their ids and tags alone. */
struct offer_list {
	const void *v;
	size_t n, size, id_at, tags_at;
};
#define OFFER_LIST(list, type, id)                                                                 \
	(struct offer_list)                                                                        \
	{                                                                                          \
		(list)->v, (list)->n, sizeof(type), offsetof(type, id), offsetof(type, tags)       \
	}

/*
 * Offers to the person those of the list that may be this step's: no run has put its tag on them,
 * or this one has and the step's tag is missing; and that fit `arg` (`fits` NULL: all do).
 * *ret, of the list: the one that they say is theirs; NULL: none.  As step_offer, which see.
 */
NODISCARD struct rb_error *offer_one(struct step_ctx *ctx, const char *kind, const char *found_by,
				     const struct offer_list *list,
				     bool (*fits)(const void *thing, const void *arg),
				     const void *arg, const void **ret);

/* The same of what its name alone tells: a role, a bucket. */
NODISCARD struct rb_error *offer_named(struct step_ctx *ctx, const char *kind, const char *name,
				       const struct aws_tags *tags, bool *ret_agreed);

#endif
