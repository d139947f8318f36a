/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 1-3  The EC2 Instance Connect Endpoint: the way in for people.
 */
#include "runbook/contract/step.h"
#include "steps/common/by_hand_section_1.h"
#include "steps/common/connect_endpoint.h"
#include "steps/common/sides.h"
#include "steps/direct/terraform.h"

static const struct connect_endpoint_plan plan = {
	.vpc_step = "1-1",
	.subnet_step = "1-2",
	.instance_step = "1-4",
};

static struct rb_error *do_connect_endpoint(struct step_ctx *ctx)
{
	return connect_endpoint_do(ctx, &plan);
}

static struct rb_error *try_connect_endpoint(struct step_ctx *ctx)
{
	return connect_endpoint_try(ctx, &plan);
}

static struct rb_error *verify_connect_endpoint(struct step_ctx *ctx)
{
	return connect_endpoint_verify(ctx, &plan);
}

static struct rb_error *undo_connect_endpoint(struct step_ctx *ctx)
{
	return connect_endpoint_undo(ctx, &plan);
}

const struct step direct_1_3_connect_endpoint = {
	.id = "1-3",
	.title = N_("Create the EC2 Instance Connect Endpoint"),
	.why = N_("The only way in for people: SSH reaches the instance through this "
		  "endpoint, so the instance needs no public address, no key pair and no "
		  "bastion host."),
	.side = SIDE_SOURCE,
	.needs = (const struct step_need[]){ { "1-1", WHEN_MADE, "vpc_id" },
					     { "1-2", WHEN_MADE, "subnet_id" },
					     { 0 } },
	.params = (const char *const[]){ "tags.", NULL },
	.gives = (const char *const[]){ CONNECT_ENDPOINT_GIVES, NULL },
	.calls = (const char *const[]){ CONNECT_ENDPOINT_CALLS, NULL },
	/* asked to go at once: it takes minutes, and its group waits for 1-4's inside undo */
	.undo_after = (const char *const[]){ NULL },
	.usual_s = CONNECT_ENDPOINT_USUAL_S,
	.undo_usual_s = CONNECT_ENDPOINT_UNDO_USUAL_S,
	.by_hand = &by_hand_connect_endpoint,
	.terraform = direct_terraform_1_3,
	.do_ = do_connect_endpoint,
	.verify = verify_connect_endpoint,
	.undo = undo_connect_endpoint,
	.try_dry = try_connect_endpoint,
	.recover = connect_endpoint_recover,
};
