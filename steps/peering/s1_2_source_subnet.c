/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 1-2  The private subnet of the source: where the instance and the endpoint that
 *      one reaches it through live.
 */
#include "runbook/contract/step.h"
#include "steps/common/sides.h"
#include "steps/common/subnet.h"
#include "steps/peering/by_hand.h"
#include "steps/peering/terraform.h"

static const struct subnet_plan plan = {
	.vpc_step = "1-1",
	.cidr_param = "source.subnet_cidr",
	.vpc_cidr_param = "source.vpc_cidr",
	.peer_cidr_param = "destination.vpc_cidr",
	.zone_param = "source.zone",
};

static struct rb_error *do_source_subnet(struct step_ctx *ctx)
{
	return subnet_do(ctx, &plan);
}

static struct rb_error *try_source_subnet(struct step_ctx *ctx)
{
	return subnet_try(ctx, &plan);
}

static struct rb_error *verify_source_subnet(struct step_ctx *ctx)
{
	return subnet_verify(ctx, &plan);
}

static struct rb_error *recover_source_subnet(struct step_ctx *ctx)
{
	return subnet_recover(ctx, &plan);
}

const struct step step_1_2_source_subnet = {
	.id = "1-2",
	.title = N_("Create the private subnet and its route table"),
	.why = N_("A private subnet for the instance, with a route table of its own: only "
		  "the local route is in it until 3-2 adds the way to the other region."),
	.side = SIDE_SOURCE,
	.needs = (const struct step_need[]){ { "1-1", WHEN_MADE, "vpc_id" }, { 0 } },
	.params = (const char *const[]){ "source.subnet_cidr", "source.zone", "source.vpc_cidr",
					 "destination.vpc_cidr", "tags.", NULL },
	.gives = (const char *const[]){ SUBNET_GIVES, NULL },
	.calls = (const char *const[]){ SUBNET_CALLS, NULL },
	/* what stands in it has ended; an interface that stays a little is waited for inside undo
	 */
	.undo_after = (const char *const[]){ "1-3.instance_connect_endpoint_id", "1-4.instance_id",
					     "3-2", "3-3", NULL },
	.usual_s = 2,
	.by_hand = &by_hand_1_2,
	.terraform = terraform_1_2,
	.do_ = do_source_subnet,
	.verify = verify_source_subnet,
	.undo = subnet_undo,
	.try_dry = try_source_subnet,
	.recover = recover_source_subnet,
};
