/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 1-4  The instance: the machine that uploads.
 */
#include "runbook/contract/step.h"
#include "steps/common/instance.h"
#include "steps/common/sides.h"
#include "steps/peering/by_hand.h"

static const struct instance_plan plan = {
	.vpc_step = "1-1",
	.subnet_step = "1-2",
	.connect_step = "1-3",
};

static struct rb_error *do_instance(struct step_ctx *ctx)
{
	return instance_do(ctx, &plan);
}

static struct rb_error *try_instance(struct step_ctx *ctx)
{
	return instance_try(ctx, &plan);
}

static struct rb_error *verify_instance(struct step_ctx *ctx)
{
	return instance_verify(ctx, &plan);
}

const struct step step_1_4_instance = {
	.id = "1-4",
	.title = N_("Create the role and launch the instance"),
	.why = N_("The machine that uploads. It takes SSH from the endpoint's security "
		  "group alone, and has a role for S3."),
	.side = SIDE_SOURCE,
	.needs = (const struct step_need[]){ { "1-1", WHEN_MADE, "vpc_id" },
					     { "1-2", WHEN_MADE, "subnet_id" },
					     { "1-3", WHEN_MADE, "security_group_id" },
					     { 0 } },
	.params =
		(const char *const[]){ "source.instance_type", "source.architecture",
				       "source.image", "tags.", "iam.permissions_boundary", NULL },
	.gives = (const char *const[]){ "security_group_id", "role_name", "instance_profile_name",
					"image_id", "instance_id", "private_ip", NULL },
	.calls = (const char *const[]){ "iam CreateRole", "iam AttachRolePolicy",
					"iam CreateInstanceProfile", "iam AddRoleToInstanceProfile",
					"ec2 CreateSecurityGroup",
					"ec2 AuthorizeSecurityGroupIngress", "ssm GetParameter",
					"ec2 DescribeInstanceTypeOfferings", "ec2 RunInstances",
					NULL },
	.undo_after = (const char *const[]){ NULL }, /* asked to end at once: it takes minutes */
	.usual_s = INSTANCE_USUAL_S,
	.prices =
		(const struct step_price[]){
			/* Amazon EC2 On-Demand Pricing, and Amazon EBS pricing of 8 GB of gp3 */
			{ "instance_id",
			  "instance",
			  13600,
			  { { "source.region", "ap-northeast-1" },
			    { "source.instance_type", "t3.micro" } } },
			{ "instance_id",
			  "volume",
			  1100,
			  { { "source.region", "ap-northeast-1" }, { "source.image", "" } } },
			{ 0 } },
	.by_hand = &by_hand_1_4,
	.do_ = do_instance,
	.verify = verify_instance,
	.undo = instance_undo,
	.try_dry = try_instance,
};
