/* SPDX-License-Identifier: Apache-2.0 */
/* An instance found again, with its group and its role. */
#include "steps/common/instance_int.h"

#include "aws/ec2/ec2.h"
#include "steps/common/image.h"
#include "steps/common/role.h"

static struct rb_error *recover_role(struct step_ctx *ctx, void *arg)
{
	return role_recover(ctx, arg);
}

static struct rb_error *recover_group(struct step_ctx *ctx, void *arg)
{
	return group_recover(ctx, "instance", arg);
}

static struct rb_error *recover_launch(struct step_ctx *ctx, void *arg)
{
	auto_ec2_instances found = { 0 };
	const struct ec2_instance *i;
	bool *there = arg;
	bool newest;

	*there = false;
	TRY(instance_find(ctx, &found, &i));
	if (!i)
		return NULL;
	*there = true;
	/* of one that was stopped meanwhile, when it was started: it is billed from then on */
	TRY(step_recovered_at(ctx, "instance_id", i->instance_id, KNOWN_BY_TAG, i->launch_time));
	TRY(step_recovered(ctx, "private_ip", i->private_ip, KNOWN_BY_SHAPE));
	TRY(step_recovered(ctx, "image_id", i->image_id, KNOWN_BY_SHAPE));
	step_recovered_param(ctx, "source.instance_type", i->instance_type, KNOWN_BY_SHAPE);
	step_recovered_param(ctx, "source.architecture", i->architecture, KNOWN_BY_SHAPE);
	step_recovered_tags(ctx, &i->tags);
	TRY(image_is_of_default_kind(ctx, i->image_id, &newest));
	if (!newest)
		step_recovered_param(ctx, "source.image", i->image_id, KNOWN_BY_SHAPE);
	return NULL;
}

struct rb_error *instance_recover(struct step_ctx *ctx)
{
	bool role, group, launch;
	const struct step_branch all[] = { { recover_role, &role },
					   { recover_group, &group },
					   { recover_launch, &launch },
					   { 0 } };

	TRY(step_together(ctx, all));
	if (role && group && launch)
		step_stands(ctx, KNOWN_BY_BOTH);
	return NULL;
}
