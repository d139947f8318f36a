/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 3-4  The way back: the source's block leads into the peering.  Without it the first
 *      packet arrives, its answer does not, and a client hangs instead of failing.
 */
#include "runbook/contract/step.h"
#include "steps/common/peering.h"
#include "steps/common/sides.h"
#include "steps/peering/by_hand.h"
#include "steps/peering/terraform.h"

static const struct route_plan plan = {
	.subnet_step = "2-2",
	.cidr_param = "source.vpc_cidr",
};

static struct rb_error *do_destination_route(struct step_ctx *ctx)
{
	return route_do(ctx, &plan);
}

static struct rb_error *verify_destination_route(struct step_ctx *ctx)
{
	return route_verify(ctx, step_aws(ctx), &plan, "route", /* must_be_active= */ true,
			    /* settling= */ true);
}

static struct rb_error *undo_destination_route(struct step_ctx *ctx)
{
	return route_undo(ctx, &plan);
}

static struct rb_error *try_destination_route(struct step_ctx *ctx)
{
	return route_try(ctx, &plan);
}

static struct rb_error *recover_destination_route(struct step_ctx *ctx)
{
	return route_recover(ctx, &plan);
}

const struct step step_3_4_destination_route = {
	.id = "3-4",
	.title = N_("Route the source's block into the peering"),
	.why = N_("The way back: answers to the source VPC leave the destination subnet "
		  "through the peering. Without it connections hang."),
	.side = SIDE_DESTINATION,
	.needs = (const struct step_need[]){ { "2-2", WHEN_MADE, "route_table_id" },
					     { "3-1", WHEN_MADE, "vpc_peering_connection_id" },
					     { "3-3", WHEN_BEGUN, NULL },
					     { 0 } },
	.params = (const char *const[]){ "source.vpc_cidr", NULL },
	.gives = (const char *const[]){ NULL },
	.calls = (const char *const[]){ "ec2 CreateRoute", NULL },
	.undo_after = (const char *const[]){ NULL },
	.usual_s = 2,
	.by_hand = &by_hand_3_4,
	.terraform = terraform_3_4,
	.do_ = do_destination_route,
	.verify = verify_destination_route,
	.undo = undo_destination_route,
	.try_dry = try_destination_route,
	.recover = recover_destination_route,
};
