/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 4-1  Log in to the instance that has no way in but the Instance Connect Endpoint.
 */
#include "runbook/contract/step.h"
#include "steps/common/by_hand_section_1.h"
#include "steps/common/login.h"
#include "steps/common/sides.h"
#include "steps/peering/ways.h"

static const struct login_plan plan = {
	.instance_step = "1-4",
	.connect_step = "1-3",
	.way = &ways_peering[WAY_LOGIN],
};

static struct rb_error *do_ssh(struct step_ctx *ctx)
{
	return login_do(ctx, &plan);
}

static struct rb_error *verify_ssh(struct step_ctx *ctx)
{
	return login_verify(ctx, &plan);
}

static struct rb_error *recover_ssh(struct step_ctx *ctx)
{
	return login_recover(ctx, &plan);
}

const struct step step_4_1_ssh = {
	.id = "4-1",
	.title = N_("Log in through the Instance Connect Endpoint"),
	.why = N_("Proves the way in: a command runs on the instance, over SSH through the "
		  "endpoint, with a key that is valid for a minute."),
	.side = SIDE_LOCAL,
	.needs = (const struct step_need[]){ { "1-3", WHEN_HELD, NULL },
					     { "1-4", WHEN_HELD, NULL },
					     { 0 } },
	.params = (const char *const[]){ "source.os_user", NULL },
	.gives = (const char *const[]){ "host_key_fingerprint", NULL },
	.calls = (const char *const[]){ LOGIN_CALLS, NULL },
	.usual_s = 15,
	.by_hand = &by_hand_login,
	.do_ = do_ssh,
	.verify = verify_ssh,
	.undo = login_undo,
	.recover = recover_ssh,
};
