/* SPDX-License-Identifier: Apache-2.0 */
/* An EC2 Instance Connect Endpoint with a group of its own. */
#ifndef STEPS_COMMON_CONNECT_ENDPOINT_H
#define STEPS_COMMON_CONNECT_ENDPOINT_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/contract/step.h"

enum {
	CONNECT_ENDPOINT_USUAL_S = 180,	     /* from its creation until it carries connections */
	CONNECT_ENDPOINT_UNDO_USUAL_S = 180, /* until it is gone */
};

/* The steps that it stands on, by their ids. */
struct connect_endpoint_plan {
	const char *vpc_step;	 /* gives vpc_id */
	const char *subnet_step; /* gives subnet_id */
	const char
		*instance_step; /* gives the group that names this one's, as long as it is there */
};

/* For the row of a step. */
#define CONNECT_ENDPOINT_GIVES                                                                     \
	"security_group_id", "instance_connect_endpoint_id", "instance_connect_endpoint_dns"
#define CONNECT_ENDPOINT_CALLS                                                                     \
	"ec2 CreateSecurityGroup", "ec2 AuthorizeSecurityGroupIngress",                            \
		"ec2 CreateInstanceConnectEndpoint"

NODISCARD struct rb_error *connect_endpoint_do(struct step_ctx *ctx,
					       const struct connect_endpoint_plan *plan);
NODISCARD struct rb_error *connect_endpoint_try(struct step_ctx *ctx,
						const struct connect_endpoint_plan *plan);
NODISCARD struct rb_error *connect_endpoint_verify(struct step_ctx *ctx,
						   const struct connect_endpoint_plan *plan);
NODISCARD struct rb_error *connect_endpoint_undo(struct step_ctx *ctx,
						 const struct connect_endpoint_plan *plan);
NODISCARD struct rb_error *connect_endpoint_recover(struct step_ctx *ctx);

#endif
