/* SPDX-License-Identifier: Apache-2.0 */
/* 1-2  A subnet of that VPC, in whichever zone EC2 puts it: the plainest step that can be resumed.
 */
#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "runbook/contract/step.h"
#include "steps/common/blockers.h"
#include "steps/common/resource.h"

/* The subnet of this run, recorded or merely tagged; an empty list when there is none. */
static struct rb_error *find_subnet(struct step_ctx *ctx, struct ec2_subnets *ret)
{
	const char *recorded = step_output(ctx, "subnet_id");

	if (recorded) {
		TRY(resource_unless_gone(
			ec2_describe_subnets(step_aws(ctx), ONE_ID(recorded), NULL, ret)));
		if (ret->n)
			return NULL;
		TRY(step_forget(ctx, "subnet_id"));
	}
	if (step_is_fresh(ctx) || step_is_known_gone(ctx, "subnet_id", "DeleteSubnet"))
		return NULL;
	TRY(ec2_describe_subnets(step_aws(ctx), NULL, step_filters(ctx), ret));
	return resource_found_by_tag(ctx, "subnet", ret->n, ret->n ? ret->v[0].subnet_id : NULL,
				     ret->n > 1 ? ret->v[1].subnet_id : NULL);
}

static struct rb_error *do_subnet(struct step_ctx *ctx)
{
	auto_ec2_subnets found = { 0 };
	autofree char *id = NULL, *zone_id = NULL;
	const char *vpc_id;

	TRY(find_subnet(ctx, &found));
	if (step_waits(ctx))
		return NULL;
	if (found.n) {
		TRY(resource_adopt(ctx, "subnet_id", found.v[0].subnet_id));
		return resource_restore_tags(ctx, step_aws(ctx), "subnet", found.v[0].subnet_id,
					     "subnet", &found.v[0].tags);
	}
	TRY(step_need_output(ctx, "1-1", "vpc_id", &vpc_id));
	TRY(ec2_create_subnet(step_aws(ctx), vpc_id, step_param(ctx, "toy.subnet_cidr"), NULL,
			      step_tags(ctx, "subnet"), &id, &zone_id));
	return step_record(ctx, "subnet_id", id);
}

static struct rb_error *verify_subnet(struct step_ctx *ctx)
{
	const char *id = step_output(ctx, "subnet_id");
	auto_ec2_subnets found = { 0 };

	if (!id) {
		step_missing(ctx, "no subnet is recorded");
		return NULL;
	}
	TRY(resource_unless_gone(ec2_describe_subnets(step_aws(ctx), ONE_ID(id), NULL, &found)));
	if (!found.n) {
		step_missing_output(ctx, "subnet_id", "subnet '%s' is gone", id);
		return NULL;
	}
	if (step_still(ctx, id, "pending", found.v[0].state, /* usual_s= */ 2))
		return NULL;
	step_expect(ctx, "subnet.state", "available", found.v[0].state);
	step_expect(ctx, "subnet.cidr_block", step_param(ctx, "toy.subnet_cidr"),
		    found.v[0].cidr_block);
	step_expect(ctx, "subnet.vpc", step_output_of(ctx, "1-1", "vpc_id"), found.v[0].vpc_id);
	resource_expect_tags(ctx, "subnet", "subnet", &found.v[0].tags);
	return NULL;
}

static struct rb_error *undo_subnet(struct step_ctx *ctx)
{
	auto_ec2_subnets found = { 0 };
	bool gone;

	TRY(find_subnet(ctx, &found));
	if (step_waits(ctx) || !found.n)
		return NULL;
	if (!step_owns(ctx, &found.v[0].tags))
		return resource_is_not_ours(ctx, "subnet", found.v[0].subnet_id, &found.v[0].tags);
	TRY(blockers_after_delete(ctx, ec2_delete_subnet(step_aws(ctx), found.v[0].subnet_id),
				  BLOCKED_SUBNET, found.v[0].subnet_id, /* usual_s= */ 10, &gone));
	return gone ? step_forget(ctx, "subnet_id") : NULL;
}

static struct rb_error *recover_subnet(struct step_ctx *ctx)
{
	auto_ec2_subnets found = { 0 };

	TRY(find_subnet(ctx, &found));
	if (!found.n)
		return NULL;
	TRY(step_recovered(ctx, "subnet_id", found.v[0].subnet_id, KNOWN_BY_TAG));
	step_recovered_param(ctx, "toy.subnet_cidr", found.v[0].cidr_block, KNOWN_BY_SHAPE);
	step_stands(ctx, KNOWN_BY_TAG);
	return NULL;
}

const struct step step_1_2_subnet = {
	.id = "1-2",
	.title = "Create the toy's subnet",
	.needs = (const struct step_need[]){ { "1-1", WHEN_MADE, "vpc_id" }, { 0 } },
	.params = (const char *const[]){ "toy.subnet_cidr", NULL },
	.gives = (const char *const[]){ "subnet_id", NULL },
	.calls = (const char *const[]){ "ec2 CreateSubnet", NULL },
	.usual_s = 2,
	.do_ = do_subnet,
	.verify = verify_subnet,
	.undo = undo_subnet,
	.recover = recover_subnet,
};
