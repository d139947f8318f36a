/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 3-2  The way there: the destination's block leads into the peering.
 *
 * The procedure routes before it accepts, so the route is a blackhole until 3-3 holds;
 * 3-3 verifies it again.
 */
#include "runbook/contract/step.h"
#include "steps/common/peering.h"
#include "steps/common/sides.h"
#include "steps/peering/by_hand.h"
#include "steps/peering/terraform.h"

static const struct route_plan plan = {
	.subnet_step = "1-2",
	.cidr_param = "destination.vpc_cidr",
};

static struct rb_error *do_source_route(struct step_ctx *ctx)
{
	return route_do(ctx, &plan);
}

static struct rb_error *verify_source_route(struct step_ctx *ctx)
{
	return route_verify(ctx, step_aws(ctx), &plan, "route",
			    /* must_be_active= */ step_is_held(ctx, "3-3"), /* settling= */ false);
}

static struct rb_error *undo_source_route(struct step_ctx *ctx)
{
	return route_undo(ctx, &plan);
}

static struct rb_error *try_source_route(struct step_ctx *ctx)
{
	return route_try(ctx, &plan);
}

static struct rb_error *recover_source_route(struct step_ctx *ctx)
{
	return route_recover(ctx, &plan);
}

const struct step step_3_2_source_route = {
	.id = "3-2",
	.title = N_("Route the destination's block into the peering"),
	.why = N_("Sends what is for the destination VPC from the source subnet into the "
		  "peering."),
	.side = SIDE_SOURCE,
	.needs = (const struct step_need[]){ { "1-2", WHEN_MADE, "route_table_id" },
					     { "3-1", WHEN_HELD, NULL },
					     { 0 } },
	.params = (const char *const[]){ "destination.vpc_cidr", NULL },
	.gives = (const char *const[]){ NULL },
	.calls = (const char *const[]){ "ec2 CreateRoute", NULL },
	.undo_after = (const char *const[]){ NULL },
	.usual_s = 2,
	.by_hand = &by_hand_3_2,
	.terraform = terraform_3_2,
	.do_ = do_source_route,
	.verify = verify_source_route,
	.undo = undo_source_route,
	.try_dry = try_source_route,
	.recover = recover_source_route,
};
