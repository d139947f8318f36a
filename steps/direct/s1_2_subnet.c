/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 1-2  The private subnet.  It is in a zone from which services of other regions are reached: a
 *      handful are not, and a subnet cannot change its zone.
 */
#include "runbook/contract/step.h"
#include "steps/common/subnet.h"
#include "steps/common/sides.h"
#include "steps/direct/by_hand.h"
#include "steps/direct/terraform.h"

static const struct subnet_plan plan = {
	.vpc_step = "1-1",
	.cidr_param = "source.subnet_cidr",
	.vpc_cidr_param = "source.vpc_cidr",
	.zone_param = "source.zone",
	.far_s3_param = "destination.region",
};

static struct rb_error *do_subnet(struct step_ctx *ctx)
{
	return subnet_do(ctx, &plan);
}

static struct rb_error *try_subnet(struct step_ctx *ctx)
{
	return subnet_try(ctx, &plan);
}

static struct rb_error *verify_subnet(struct step_ctx *ctx)
{
	return subnet_verify(ctx, &plan);
}

static struct rb_error *recover_subnet(struct step_ctx *ctx)
{
	return subnet_recover(ctx, &plan);
}

const struct step direct_1_2_subnet = {
	.id = "1-2",
	.title = N_("Create the private subnet and its route table"),
	.why = N_("A private subnet for the instance and both endpoints, with a route table of "
		  "its own: the local route is all that it ever has."),
	.side = SIDE_SOURCE,
	.needs = (const struct step_need[]){ { "1-1", WHEN_MADE, "vpc_id" }, { 0 } },
	.params = (const char *const[]){ "source.subnet_cidr", "source.zone", "source.vpc_cidr",
					 "destination.region", "tags.", NULL },
	.gives = (const char *const[]){ SUBNET_GIVES, NULL },
	.calls = (const char *const[]){ "ec2 DescribeVpcEndpointServices",
					"ec2 DescribeAvailabilityZones", SUBNET_CALLS, NULL },
	/* what stands in it has ended; an interface that stays a little is waited for inside undo
	 */
	.undo_after = (const char *const[]){ "1-3.instance_connect_endpoint_id", "1-4.instance_id",
					     "2-1.vpc_endpoint_id", NULL },
	.usual_s = 2,
	.by_hand = &direct_by_hand_1_2,
	.terraform = direct_terraform_1_2,
	.do_ = do_subnet,
	.verify = verify_subnet,
	.undo = subnet_undo,
	.try_dry = try_subnet,
	.recover = recover_subnet,
};
