/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 1-4  The instance: the machine that uploads.
 */
#include "runbook/contract/step.h"
#include "steps/common/by_hand_section_1.h"
#include "steps/common/instance.h"
#include "steps/common/sides.h"
#include "steps/direct/terraform.h"

static const struct instance_plan plan = {
	.vpc_step = "1-1",
	.subnet_step = "1-2",
	.connect_step = "1-3",
	.named_by_step = "2-1",
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

static struct rb_error *undo_instance(struct step_ctx *ctx)
{
	return instance_undo(ctx, &plan);
}

const struct step direct_1_4_instance = {
	.id = "1-4",
	.title = N_("Create the role and launch the instance"),
	.why = N_("The machine that uploads. It takes SSH from the endpoint's security "
		  "group alone, and has a role for S3."),
	.side = SIDE_SOURCE,
	.needs = (const struct step_need[]){ { "1-1", WHEN_MADE, "vpc_id" },
					     { "1-2", WHEN_MADE, "subnet_id" },
					     { "1-3", WHEN_MADE, "security_group_id" },
					     { 0 } },
	.params = (const char *const[]){ INSTANCE_PARAMS, NULL },
	.gives = (const char *const[]){ INSTANCE_GIVES, NULL },
	.calls = (const char *const[]){ INSTANCE_CALLS, NULL },
	.undo_after = (const char *const[]){ NULL }, /* asked to end at once: it takes minutes */
	.usual_s = INSTANCE_USUAL_S,
	.undo_usual_s = INSTANCE_UNDO_USUAL_S,
	.prices = instance_prices,
	.by_hand = &by_hand_instance,
	.terraform = direct_terraform_1_4,
	.do_ = do_instance,
	.verify = verify_instance,
	.undo = undo_instance,
	.try_dry = try_instance,
	.recover = instance_recover,
};
