/* SPDX-License-Identifier: Apache-2.0 */
/* 1-2 and 2-2: a private subnet with a route table of its own. */
#ifndef STEPS_COMMON_SUBNET_H
#define STEPS_COMMON_SUBNET_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/error.h"
#include "runbook/contract/step.h"

struct subnet_plan {
	const char *vpc_step; /* whose vpc_id */
	const char *cidr_param;
	const char *vpc_cidr_param;
	/* The one route beside the local one that may be there; NULL: none. */
	const char *peer_cidr_param;
	const char *zone_param;
	bool for_s3; /* in a zone that offers the S3 interface service */
	/* The parameter of another region whose S3 an endpoint in the subnet leads to; NULL: none.
	 */
	const char *far_s3_param;
};

/* For the row of a step. */
#define SUBNET_GIVES                                                                               \
	"subnet_id", "route_table_id", "route_table_association_id", "availability_zone",          \
		"availability_zone_id"
#define SUBNET_CALLS "ec2 CreateSubnet", "ec2 CreateRouteTable", "ec2 AssociateRouteTable"

NODISCARD struct rb_error *subnet_do(struct step_ctx *ctx, const struct subnet_plan *plan);
NODISCARD struct rb_error *subnet_try(struct step_ctx *ctx, const struct subnet_plan *plan);
NODISCARD struct rb_error *subnet_verify(struct step_ctx *ctx, const struct subnet_plan *plan);
NODISCARD struct rb_error *subnet_undo(struct step_ctx *ctx);
NODISCARD struct rb_error *subnet_recover(struct step_ctx *ctx, const struct subnet_plan *plan);

/* "com.amazonaws.REGION.s3", as it is called in the region of `ctx`.  Caller frees. */
NODISCARD char *s3_service_name(struct step_ctx *ctx, const char *region);

#endif
