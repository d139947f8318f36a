/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of subnets share. */
#ifndef STEPS_COMMON_SUBNET_INT_H
#define STEPS_COMMON_SUBNET_INT_H

#include "aws/ec2/ec2.h"
#include "base/attr.h"
#include "base/error.h"
#include "steps/common/subnet.h"

/* This run's, recorded or merely tagged; none: an empty list. */
NODISCARD struct rb_error *subnet_find(struct step_ctx *ctx, struct ec2_subnets *ret);
NODISCARD struct rb_error *subnet_find_table(struct step_ctx *ctx, struct ec2_route_tables *ret);

/* The one of `subnet_id` with `table`; NULL: none.  Borrowed. */
const struct ec2_association *subnet_association(const struct ec2_route_table *table,
						 const char *subnet_id);

/* The zone asked for, or the first that will do.  Caller frees *ret_zone. */
NODISCARD struct rb_error *subnet_choose_zone(struct step_ctx *ctx, const struct subnet_plan *plan,
					      char **ret_zone);
/* A branch of verify; `arg` is the plan. */
NODISCARD struct rb_error *subnet_verify_zone(struct step_ctx *ctx, void *arg);

#endif
