/* SPDX-License-Identifier: Apache-2.0 */
/* An S3 interface endpoint with a group of its own. */
#ifndef STEPS_COMMON_S3_ENDPOINT_H
#define STEPS_COMMON_S3_ENDPOINT_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/contract/step.h"

enum {
	S3_ENDPOINT_USUAL_S = 120,     /* from its creation until it is available */
	S3_ENDPOINT_UNDO_USUAL_S = 90, /* until it is gone, and its interface with it */
};

/* Where it stands, by the ids of steps, and whom its group lets in on 443: the addresses of a block
 * (a group of another region cannot be named), or another step's group. */
struct s3_endpoint_plan {
	const char *vpc_step;	     /* gives vpc_id */
	const char *subnet_step;     /* gives subnet_id */
	const char *from_cidr_param; /* a parameter, or NULL: */
	const char *from_step;	     /* gives security_group_id */
	const char *ingress_claim;   /* what verify calls that rule */
	/* The parameter that says where the service lies; NULL: in the endpoint's own region. */
	const char *service_region_param;
};

/* For the row of a step. */
#define S3_ENDPOINT_GIVES "security_group_id", "vpc_endpoint_id", "vpc_endpoint_dns"
#define S3_ENDPOINT_CALLS                                                                          \
	"ec2 CreateSecurityGroup", "ec2 AuthorizeSecurityGroupIngress", "ec2 CreateVpcEndpoint"

NODISCARD struct rb_error *s3_endpoint_do(struct step_ctx *ctx,
					  const struct s3_endpoint_plan *plan);
NODISCARD struct rb_error *s3_endpoint_try(struct step_ctx *ctx,
					   const struct s3_endpoint_plan *plan);
NODISCARD struct rb_error *s3_endpoint_verify(struct step_ctx *ctx,
					      const struct s3_endpoint_plan *plan);
NODISCARD struct rb_error *s3_endpoint_undo(struct step_ctx *ctx);
NODISCARD struct rb_error *s3_endpoint_recover(struct step_ctx *ctx);

#endif
