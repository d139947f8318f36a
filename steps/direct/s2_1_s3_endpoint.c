/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 2-1  The S3 interface endpoint: it stands in 1-2's subnet, and what it takes comes out at S3 of
 * the bucket's region.
 *
 * Its group names 1-4's, which is possible because both are in one VPC.  It takes the permission
 * vpce:AllowMultiRegion, which nobody has unless it was given.
 *   source  AWS PrivateLink Guide, "Cross-region enabled AWS services"
 */
#include "runbook/contract/step.h"
#include "steps/common/s3_endpoint.h"
#include "steps/common/sides.h"
#include "steps/direct/by_hand.h"
#include "steps/direct/terraform.h"

static const struct s3_endpoint_plan plan = {
	.vpc_step = "1-1",
	.subnet_step = "1-2",
	.from_step = "1-4",
	.ingress_claim = N_("ingress 443 from the instance's group"),
	.service_region_param = "destination.region",
};

static struct rb_error *do_s3_endpoint(struct step_ctx *ctx)
{
	return s3_endpoint_do(ctx, &plan);
}

static struct rb_error *try_s3_endpoint(struct step_ctx *ctx)
{
	return s3_endpoint_try(ctx, &plan);
}

static struct rb_error *verify_s3_endpoint(struct step_ctx *ctx)
{
	return s3_endpoint_verify(ctx, &plan);
}

const struct step direct_2_1_s3_endpoint = {
	.id = "2-1",
	.title = N_("Create the S3 interface endpoint to the bucket's region"),
	.why = N_("Gives S3 of the bucket's region a private address beside the instance. "
		  "Private DNS stays off: the upload names this endpoint, and no other name "
		  "changes its meaning."),
	.side = SIDE_SOURCE,
	.needs = (const struct step_need[]){ { "1-1", WHEN_MADE, "vpc_id" },
					     { "1-2", WHEN_MADE, "subnet_id" },
					     { "1-4", WHEN_MADE, "security_group_id" },
					     { 0 } },
	.params = (const char *const[]){ "destination.region", "tags.", NULL },
	.gives = (const char *const[]){ S3_ENDPOINT_GIVES, NULL },
	.calls = (const char *const[]){ S3_ENDPOINT_CALLS, NULL },
	.undo_after = (const char *const[]){ NULL }, /* billed by the hour, and slow to go */
	.usual_s = S3_ENDPOINT_USUAL_S,
	.undo_usual_s = S3_ENDPOINT_UNDO_USUAL_S,
	/* AWS PrivateLink pricing, one zone */
	.prices = (const struct step_price[]){ { "vpc_endpoint_id",
						 "endpoint",
						 14000,
						 { { "source.region", "ap-northeast-1" } } },
					       { 0 } },
	.by_hand = &direct_by_hand_2_1,
	.terraform = direct_terraform_2_1,
	.do_ = do_s3_endpoint,
	.verify = verify_s3_endpoint,
	.undo = s3_endpoint_undo,
	.try_dry = try_s3_endpoint,
	.recover = s3_endpoint_recover,
};
