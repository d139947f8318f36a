/* SPDX-License-Identifier: Apache-2.0 */
/* What the files share that look for what is in the way of a delete. */
#ifndef STEPS_COMMON_BLOCKERS_INT_H
#define STEPS_COMMON_BLOCKERS_INT_H

#include <stdbool.h>
#include <stddef.h>

#include "aws/ec2/ec2.h"
#include "base/attr.h"
#include "base/error.h"
#include "base/said.h"
#include "runbook/contract/step.h"

/* "FIRST; SECOND; ..." */
struct blockers_list {
	struct said *said; /* NULL: it is empty */
	size_t n;
};

/* What is in the way: what goes by itself or with another step's undo, and what never does. */
struct blockers {
	struct blockers_list fading;
	struct blockers_list foreign;
	struct blockers_list peerings; /* foreign, but a peering need not be what is in the way */
};

struct blockers_list *blockers_list_for(struct blockers *b, bool fades);
/* Takes `item`.  What is beyond the last that has room is not named. */
void blockers_add(struct blockers_list *list, struct said *item);

bool blockers_is_of_run(struct step_ctx *ctx, const char *id, const struct aws_tags *tags);
/* "deleting", "delete-in-progress", "deleted": it goes, whosever it is. */
bool blockers_is_going(const char *state);

/* The network interfaces of a group, a subnet or a VPC, by the filter that names it. */
NODISCARD struct rb_error *blockers_interfaces(struct step_ctx *ctx, const char *filter,
					       const char *id, struct blockers *out);
NODISCARD struct rb_error *blockers_of_vpc(struct step_ctx *ctx, const char *id,
					   struct blockers *out);

#endif
