/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 2-1  The destination VPC: the network that holds the way into S3.
 *
 * It lies in the bucket's region, and its block shares no address with 1-1's.
 */
#include "runbook/contract/step.h"
#include "steps/common/sides.h"
#include "steps/common/vpc.h"
#include "steps/peering/by_hand.h"
#include "steps/peering/terraform.h"

static struct rb_error *do_destination_vpc(struct step_ctx *ctx)
{
	return vpc_do(ctx, "destination.vpc_cidr");
}

static struct rb_error *try_destination_vpc(struct step_ctx *ctx)
{
	return vpc_try(ctx, "destination.vpc_cidr");
}

static struct rb_error *verify_destination_vpc(struct step_ctx *ctx)
{
	return vpc_verify(ctx, "destination.vpc_cidr");
}

static struct rb_error *recover_destination_vpc(struct step_ctx *ctx)
{
	return vpc_recover(ctx, "destination.vpc_cidr");
}

const struct step step_2_1_destination_vpc = {
	.id = "2-1",
	.title = N_("Create the destination VPC"),
	.why = N_("The network beside the bucket. Its addresses must not overlap those of "
		  "the source VPC: overlapping networks cannot be peered."),
	.side = SIDE_DESTINATION,
	.needs = (const struct step_need[]){ { 0 } },
	.params = (const char *const[]){ "destination.vpc_cidr", "tags.", NULL },
	.gives = (const char *const[]){ VPC_GIVES, NULL },
	.calls = (const char *const[]){ VPC_CALLS, NULL },
	.usual_s = 2,
	.by_hand = &by_hand_2_1,
	.terraform = terraform_2_1,
	.do_ = do_destination_vpc,
	.verify = verify_destination_vpc,
	.undo = vpc_undo,
	.try_dry = try_destination_vpc,
	.recover = recover_destination_vpc,
};
