/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 1-1  The source VPC: the network that the workload lives in.
 *
 * No gateway is ever attached to it: its one way out is the peering of 3-1.
 */
#include "runbook/contract/step.h"
#include "steps/common/sides.h"
#include "steps/common/vpc.h"
#include "steps/peering/by_hand.h"
#include "steps/peering/terraform.h"

static struct rb_error *do_source_vpc(struct step_ctx *ctx)
{
	return vpc_do(ctx, "source.vpc_cidr");
}

static struct rb_error *try_source_vpc(struct step_ctx *ctx)
{
	return vpc_try(ctx, "source.vpc_cidr");
}

static struct rb_error *verify_source_vpc(struct step_ctx *ctx)
{
	return vpc_verify(ctx, "source.vpc_cidr");
}

static struct rb_error *recover_source_vpc(struct step_ctx *ctx)
{
	return vpc_recover(ctx, "source.vpc_cidr");
}

const struct step step_1_1_source_vpc = {
	.id = "1-1",
	.title = N_("Create the source VPC"),
	.why = N_("The network that the instance lives in. No gateway is attached to it, "
		  "so nothing in it reaches the internet or is reached from there."),
	.side = SIDE_SOURCE,
	.needs = (const struct step_need[]){ { 0 } },
	.params = (const char *const[]){ "source.vpc_cidr", "tags.", NULL },
	.gives = (const char *const[]){ VPC_GIVES, NULL },
	.calls = (const char *const[]){ VPC_CALLS, NULL },
	/* its interfaces are gone with the groups; of the role nothing is in it */
	.undo_after = (const char *const[]){ "1-2", "1-3", "1-4.security_group_id", "3-1", NULL },
	.usual_s = 2,
	.by_hand = &by_hand_1_1,
	.terraform = terraform_1_1,
	.do_ = do_source_vpc,
	.verify = verify_source_vpc,
	.undo = vpc_undo,
	.try_dry = try_source_vpc,
	.recover = recover_source_vpc,
};
