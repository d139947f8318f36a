/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a step passes before its do or undo begins: somebody outside of the engine (a hook, an
 * operator) may have a say.  The question is asked in a task of its own, so others go on.
 */
#include "runbook/engine/engine_int.h"

bool slot_is_next(const struct engine *e, const struct slot *s, bool undoing)
{
	for (size_t i = 0; i < e->n; i++) {
		const struct slot *o = &e->slots[i];

		if (o->in_scope && (undoing ? o > s : o < s) && o->phase != SLOT_DONE &&
		    !o->gate_passed && !o->made && !(undoing && o->quiet))
			return false;
	}
	return true;
}

static void ask(void *arg)
{
	struct slot *s = arg;

	s->err = s->gate->before(s->gate->arg, s->step, s->pass == PHASE_UNDO);
}

bool slot_gate(struct engine *e, struct slot *s, enum phase pass,
	       void (*passed)(struct engine *e, struct slot *s))
{
	if (e->refused) { /* it was to be done again, or waited for others: not any more */
		s->phase = SLOT_IDLE;
		return false;
	}
	if (!e->opt->gate || s->gate_passed)
		return true;
	s->gate = e->opt->gate;
	s->pass = pass;
	s->passed = passed;
	s->at_gate = true;
	s->phase = SLOT_BUSY;
	s->task = loop_spawn(e->opt->loop, ask, s);
	return false;
}

void slot_gate_ended(struct engine *e, struct slot *s)
{
	struct rb_error *err = s->err;

	s->err = NULL;
	s->at_gate = false;
	if (err) {
		/* It was not begun: nothing of it is recorded as failed, and it is asked again. */
		e->refused = true;
		engine_fail(e, err);
		return;
	}
	if (e->stopping || e->refused || e->interrupted)
		return;
	s->gate_passed = true;
	engine_start_clock(e, s); /* whoever was asked may have taken hours */
	s->passed(e, s);
}
