/* SPDX-License-Identifier: Apache-2.0 */
/* One step, verified again between the passes of a command. */
#include "base/clock.h"
#include "runbook/engine/engine_int.h"

/* What its call says is gone is missing, and no error. */
static struct rb_error *verify(struct step_ctx *ctx)
{
	struct rb_error *err = step_ctx_call(ctx);

	if (!rb_error_is(err, RB_GONE))
		return err;
	step_missing(ctx, "%s", err->why ? err->why : err->what);
	return rb_error_free(err);
}

struct rb_error *engine_verify_now(struct run *run, const struct step *step, enum verdict *ret)
{
	int64_t begun_ms = clock_mono_ms();
	struct rb_error *err;
	struct step_ctx ctx;

	step_ctx_init(&ctx, run, step, PHASE_VERIFY);
	ctx.verify_pass = 1;
	err = verify(&ctx);
	if (!err) {
		*ret = step_ctx_verdict(&ctx);
		err = *ret == VERDICT_PENDING
			      ? NULL
			      : stack_record(run->stack,
					     evidence_record(&ctx, clock_mono_ms() - begun_ms),
					     /* sync= */ false);
	}
	step_ctx_clear(&ctx);
	return err;
}
