/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A do that has come to where it needs what another step is just making (WHEN_BEGUN).
 *
 * It waits in its task, woken by each output that is recorded (step_record) and by each pass that
 * ends.  Once the engine stops, what it waits for does not come: then it ends as at an interrupt,
 * and the next command does it again.
 */
#include "base/text.h"
#include "net/loop.h"
#include "runbook/engine/engine_int.h"

static struct run_state *mark(const struct engine *e)
{
	return &e->run->stack->state;
}

static bool may_still_come(const struct slot *s)
{
	return s && (s->phase == SLOT_BUSY || s->phase == SLOT_WAITING);
}

/* In the step's task. */
static struct rb_error *await_output(void *arg, const char *step_id, const char *name)
{
	struct engine *e = ((struct slot *)arg)->engine;
	const struct slot *other = engine_slot(e, step_id);

	while (other && !history_output(other->history, name)) {
		if (e->stopping)
			return rb_error_because(RB_INTERRUPTED, "the step before it has failed");
		if (!may_still_come(other))
			return NULL;
		TRY(loop_wait(e->opt->loop, mark(e)));
	}
	return NULL;
}

void slot_may_await(struct engine *e, struct slot *s)
{
	if (s->pass != PHASE_DO || e->opt->serial)
		return;
	s->ctx.await_output = await_output;
	s->ctx.await_arg = s;
}

void engine_wake_awaiting(struct engine *e)
{
	loop_wake(e->opt->loop, mark(e));
}
