/* SPDX-License-Identifier: Apache-2.0 */
/* 1-1  The VPC, as the procedures of the program make theirs. */
#include "runbook/contract/step.h"
#include "steps/common/vpc.h"

static struct rb_error *do_network(struct step_ctx *ctx)
{
	return vpc_do(ctx, "toy.vpc_cidr");
}

static struct rb_error *verify_network(struct step_ctx *ctx)
{
	return vpc_verify(ctx, "toy.vpc_cidr");
}

static struct rb_error *recover_network(struct step_ctx *ctx)
{
	return vpc_recover(ctx, "toy.vpc_cidr");
}

const struct step step_1_1_network = {
	.id = "1-1",
	.title = "Create the toy's VPC",
	.needs = (const struct step_need[]){ { 0 } },
	.params = (const char *const[]){ "toy.vpc_cidr", NULL },
	.gives = (const char *const[]){ "vpc_id", "main_route_table_id", NULL },
	.calls = (const char *const[]){ "ec2 CreateVpc", "ec2 ModifyVpcAttribute", NULL },
	.usual_s = 2,
	.do_ = do_network,
	.verify = verify_network,
	.undo = vpc_undo,
	.recover = recover_network,
};
