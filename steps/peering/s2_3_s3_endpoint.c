/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 2-3  The S3 interface endpoint of the destination VPC.
 *
 * Its group admits the source's addresses: a group of another region cannot be named.  Private DNS
 * would need a gateway endpoint beside it, and serve only this VPC, while the client sits in the
 * other one.
 */
#include "runbook/contract/step.h"
#include "steps/common/s3_endpoint.h"
#include "steps/common/sides.h"
#include "steps/peering/by_hand.h"
#include "steps/peering/terraform.h"

static const struct s3_endpoint_plan plan = {
	.vpc_step = "2-1",
	.subnet_step = "2-2",
	.from_cidr_param = "source.vpc_cidr",
	.ingress_claim = N_("ingress 443 from the source VPC"),
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

const struct step step_2_3_s3_endpoint = {
	.id = "2-3",
	.title = N_("Create the S3 interface endpoint"),
	.why = N_("Gives S3 private addresses inside the destination VPC. Private DNS "
		  "stays off: the upload names this endpoint, and no other name changes "
		  "its meaning."),
	.side = SIDE_DESTINATION,
	.needs = (const struct step_need[]){ { "2-1", WHEN_MADE, "vpc_id" },
					     { "2-2", WHEN_BEGUN, "subnet_id" },
					     { 0 } },
	.params = (const char *const[]){ "source.vpc_cidr", "tags.", NULL },
	.gives = (const char *const[]){ S3_ENDPOINT_GIVES, NULL },
	.calls = (const char *const[]){ S3_ENDPOINT_CALLS, NULL },
	.undo_after = (const char *const[]){ NULL }, /* billed by the hour, and slow to go */
	.usual_s = S3_ENDPOINT_USUAL_S,
	.undo_usual_s = S3_ENDPOINT_UNDO_USUAL_S,
	/* AWS PrivateLink pricing, one zone */
	.prices = (const struct step_price[]){ { "vpc_endpoint_id",
						 "endpoint",
						 10000,
						 { { "destination.region", "us-east-1" } } },
					       { 0 } },
	.by_hand = &by_hand_2_3,
	.terraform = terraform_2_3,
	.do_ = do_s3_endpoint,
	.verify = verify_s3_endpoint,
	.undo = s3_endpoint_undo,
	.try_dry = try_s3_endpoint,
	.recover = s3_endpoint_recover,
};
