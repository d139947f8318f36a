/* SPDX-License-Identifier: Apache-2.0 */
/* What a pass gives to the program's own parts; see step_host.h. */
#include "runbook/contract/step_host.h"

#include "runbook/contract/step_ssh.h"
#include "runbook/engine/step_ctx_int.h"

char *step_host_path(const struct step_ctx *ctx, const char *name)
{
	return stack_path(ctx->run->stack, name);
}

const char *step_host_profile(const struct step_ctx *ctx)
{
	return ctx->run->profile;
}

const char *const *step_host_environment(const struct step_ctx *ctx)
{
	return ctx->run->environment;
}

const struct procedure *step_host_procedure(const struct step_ctx *ctx)
{
	return step_ctx_state(ctx)->procedure;
}

struct rb_error *step_intent(struct step_ctx *ctx, const char *service, const char *action,
			     const char *region)
{
	return step_ctx_intent(ctx, service, action, region);
}
