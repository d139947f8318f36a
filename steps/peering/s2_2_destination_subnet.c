/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 2-2  The private subnet of the destination, in a zone that offers S3 by interface
 *      endpoint: here the zone is chosen, for 2-3 can no longer change it.
 */
#include "runbook/contract/step.h"
#include "steps/common/sides.h"
#include "steps/common/subnet.h"
#include "steps/peering/by_hand.h"
#include "steps/peering/terraform.h"

static const struct subnet_plan plan = {
	.vpc_step = "2-1",
	.cidr_param = "destination.subnet_cidr",
	.vpc_cidr_param = "destination.vpc_cidr",
	.peer_cidr_param = "source.vpc_cidr",
	.zone_param = "destination.zone",
	.for_s3 = true,
};

static struct rb_error *do_destination_subnet(struct step_ctx *ctx)
{
	return subnet_do(ctx, &plan);
}

static struct rb_error *try_destination_subnet(struct step_ctx *ctx)
{
	return subnet_try(ctx, &plan);
}

static struct rb_error *verify_destination_subnet(struct step_ctx *ctx)
{
	return subnet_verify(ctx, &plan);
}

static struct rb_error *recover_destination_subnet(struct step_ctx *ctx)
{
	return subnet_recover(ctx, &plan);
}

const struct step step_2_2_destination_subnet = {
	.id = "2-2",
	.title = N_("Create the private subnet and its route table"),
	.why = N_("A private subnet for the S3 endpoint, in a zone that offers the "
		  "endpoint's service."),
	.side = SIDE_DESTINATION,
	.needs = (const struct step_need[]){ { "2-1", WHEN_MADE, "vpc_id" }, { 0 } },
	.params = (const char *const[]){ "destination.subnet_cidr", "destination.zone",
					 "destination.vpc_cidr", "source.vpc_cidr", "tags.", NULL },
	.gives = (const char *const[]){ SUBNET_GIVES, NULL },
	.calls = (const char *const[]){ "ec2 DescribeVpcEndpointServices",
					"ec2 DescribeAvailabilityZones", SUBNET_CALLS, NULL },
	/* what stands in it has ended; an interface that stays a little is waited for inside undo
	 */
	.undo_after = (const char *const[]){ "2-3.vpc_endpoint_id", "3-4", NULL },
	.usual_s = 2,
	.by_hand = &by_hand_2_2,
	.terraform = terraform_2_2,
	.do_ = do_destination_subnet,
	.verify = verify_destination_subnet,
	.undo = subnet_undo,
	.try_dry = try_destination_subnet,
	.recover = recover_destination_subnet,
};
