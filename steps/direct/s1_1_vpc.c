/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 1-1  The VPC: the one network of this procedure.  No gateway is ever attached to it, and nothing
 *      is peered with it: its way out is the endpoint of 2-1.
 */
#include "runbook/contract/step.h"
#include "steps/common/vpc.h"
#include "steps/common/sides.h"
#include "steps/direct/by_hand.h"
#include "steps/direct/terraform.h"

static struct rb_error *do_vpc(struct step_ctx *ctx)
{
	return vpc_do(ctx, "source.vpc_cidr");
}

static struct rb_error *try_vpc(struct step_ctx *ctx)
{
	return vpc_try(ctx, "source.vpc_cidr");
}

static struct rb_error *verify_vpc(struct step_ctx *ctx)
{
	return vpc_verify(ctx, "source.vpc_cidr");
}

static struct rb_error *recover_vpc(struct step_ctx *ctx)
{
	return vpc_recover(ctx, "source.vpc_cidr");
}

const struct step direct_1_1_vpc = {
	.id = "1-1",
	.title = N_("Create the VPC"),
	.why = N_("The network that the instance and the S3 endpoint live in. No gateway is "
		  "attached to it, so nothing in it reaches the internet or is reached from "
		  "there."),
	.side = SIDE_SOURCE,
	.needs = (const struct step_need[]){ { 0 } },
	.params = (const char *const[]){ "source.vpc_cidr", "tags.", NULL },
	.gives = (const char *const[]){ VPC_GIVES, NULL },
	.calls = (const char *const[]){ VPC_CALLS, NULL },
	/* its interfaces are gone with the groups; of the role nothing is in it */
	.undo_after = (const char *const[]){ "1-2", "1-3", "1-4.security_group_id", "2-1", NULL },
	.usual_s = 2,
	.by_hand = &direct_by_hand_1_1,
	.terraform = direct_terraform_1_1,
	.do_ = do_vpc,
	.verify = verify_vpc,
	.undo = vpc_undo,
	.try_dry = try_vpc,
	.recover = recover_vpc,
};
