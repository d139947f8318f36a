/* SPDX-License-Identifier: Apache-2.0 */
/* The peering of 3-1 and 3-3, and the routes of 3-2 and 3-4 that lead into it. */
#ifndef STEPS_COMMON_PEERING_H
#define STEPS_COMMON_PEERING_H

#include <stdbool.h>

#include "aws/ec2/ec2.h"
#include "base/attr.h"
#include "base/error.h"
#include "runbook/contract/step.h"

/* deleted, rejected, failed or expired: listed for hours, of no use to anyone. */
bool peering_is_dead(const char *status);
/* initiating-request, provisioning: AWS is at work. */
bool peering_is_moving(const char *status);
/* Asks `client`'s region; *ret is empty when it is not there. */
NODISCARD struct rb_error *peering_describe(struct aws_client *client, const char *peering_id,
					    struct ec2_peerings *ret);

/* What each region says of a peering, asked side by side; a list is empty where it is not known. */
struct peering_sides {
	const char *id;
	struct ec2_peerings source, destination;
};
NODISCARD struct rb_error *peering_describe_sides(struct step_ctx *ctx,
						  struct peering_sides *sides);
void peering_sides_clear(struct peering_sides *sides);
#define auto_peering_sides CLEANUP(peering_sides_clear) struct peering_sides

struct route_plan {
	const char *subnet_step; /* whose route_table_id */
	const char *cidr_param;	 /* the other side's block: where the route leads */
};
NODISCARD struct rb_error *route_do(struct step_ctx *ctx, const struct route_plan *plan);
/* Undo's call as well: the table is there already. */
NODISCARD struct rb_error *route_try(struct step_ctx *ctx, const struct route_plan *plan);
/* The route as it is, under claims "`thing`.target" and "`thing`.state".  A blackhole is right
 * unless `must_be_active`; then it is pending while `settling`, else a difference. */
NODISCARD struct rb_error *route_verify(struct step_ctx *ctx, struct aws_client *client,
					const struct route_plan *plan, const char *thing,
					bool must_be_active, bool settling);
NODISCARD struct rb_error *route_undo(struct step_ctx *ctx, const struct route_plan *plan);
/* A route carries no tag: it is this run's when it leads from its table into its peering. */
NODISCARD struct rb_error *route_recover(struct step_ctx *ctx, const struct route_plan *plan);

/*
 * For the step that accepts the peering: the route of step `route_step` is active, under a claim
 * "`thing`.state".  A route that is not there or leads elsewhere is for that step to report, and
 * waited for here.
 */
NODISCARD struct rb_error *route_expect_active(struct step_ctx *ctx, struct aws_client *client,
					       const struct route_plan *plan, const char *thing,
					       const char *route_step);

#endif
