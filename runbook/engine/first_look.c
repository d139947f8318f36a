/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When what was made just now is first looked at.
 *
 *   (1) A look that somebody waits for, or that is not past the usual time yet, waits for nobody.
 *   (2) Any other waits, for some seconds at most, until nothing more is about to be made: then all
 *       look in one turn, and one answer of AWS's tells several steps (ec2/shared.h).
 *   (3) Of a look in two parts (REST_LATER) the first waits for nobody, and the rest as (2) says.
 *   (4) A failure is told by so much later, and what was built meanwhile is there to be undone.
 *
 * Nothing waits where steps go one by one, or are asked about before they begin.
 */
#include "base/clock.h"
#include "base/text.h"
#include "runbook/engine/engine_int.h"

/* By the clock of this machine: round trips are what it waits for, and no rehearsal divides them.
 */
enum { LOOK_LATER_MS = 3000 };

static bool is_first_look(const struct slot *s)
{
	return s->phase == SLOT_WAITING && s->pass == PHASE_VERIFY && s->first &&
	       !s->verify_passes && !s->by_hand;
}

static bool is_made(const struct slot *s)
{
	return s->made || s->phase == SLOT_DONE;
}

static bool is_due_later(const struct slot *s)
{
	return is_first_look(s) && s->expected && s->next_ms > clock_mono_ms();
}

/* Does a step that has not begun need this one held, and wait for nothing that is to be made, or to
 * be looked at later? */
static bool is_waited_for_by(struct engine *e, const struct slot *other, const char *step_id)
{
	bool needs = false;

	if (!other->in_scope || other->phase != SLOT_IDLE)
		return false;
	for (const struct step_need *n = other->step->needs; n && n->step; n++) {
		const struct slot *needed = engine_slot(e, n->step);

		if (needed && (!is_made(needed) || (n->when == WHEN_HELD && is_due_later(needed))))
			return false;
		needs |= n->when == WHEN_HELD && text_eq(n->step, step_id);
	}
	return needs;
}

static bool is_waited_for(struct engine *e, const struct slot *s)
{
	for (size_t i = 0; i < e->n; i++)
		if (is_waited_for_by(e, &e->slots[i], s->step->id))
			return true;
	return false;
}

/* Something of AWS's that is still to be made, or whose first look is due soon. */
static bool is_about_to_look(const struct slot *o, int64_t until_ms)
{
	if (!o->in_scope || o->by_hand || o->step->side == SIDE_LOCAL || o->phase == SLOT_FAILED)
		return false;
	if (!is_made(o))
		return true;
	return is_due_later(o) && o->next_ms <= until_ms;
}

static bool is_any_about_to_look(struct engine *e, const struct slot *but, int64_t until_ms)
{
	for (size_t i = 0; i < e->n; i++)
		if (&e->slots[i] != but && is_about_to_look(&e->slots[i], until_ms))
			return true;
	return false;
}

int64_t slot_looks_ms(const struct slot *s)
{
	if (slot_rest_waits(s))
		return s->rest_until_ms;
	return s->put_off ? s->next_ms + LOOK_LATER_MS : s->next_ms;
}

static bool looks_together(const struct engine *e)
{
	return !e->opt->serial && !e->opt->in_order && !e->opt->gate;
}

bool slot_looks_later(struct engine *e, struct slot *s)
{
	int64_t until_ms = s->next_ms + LOOK_LATER_MS;
	bool later = false;

	if (!looks_together(e) || !is_first_look(s) || !s->expected)
		return false;
	if (clock_mono_ms() < until_ms && !is_waited_for(e, s))
		later = is_any_about_to_look(e, s, until_ms);
	if (s->put_off && !later) /* what may be a stale read begins with the look */
		s->settled_ms += clock_mono_ms() - s->next_ms;
	s->put_off = later;
	return later;
}

/* ---- in two parts ------------------------------------------------------------- */

bool slot_rest_waits(const struct slot *s)
{
	return s->phase == SLOT_BUSY && s->rest_until_ms;
}

/* In the step's task. */
static struct rb_error *rest_later(void *arg)
{
	struct slot *s = arg;
	int64_t begun_ms = clock_mono_ms(), waited_ms;
	struct rb_error *err;

	s->rest_waited = true;
	s->rest_until_ms = begun_ms + LOOK_LATER_MS;
	err = loop_wait(s->engine->opt->loop, s);
	s->rest_until_ms = 0;
	waited_ms = clock_mono_ms() - begun_ms;
	s->settled_ms += waited_ms;
	s->pass_begun_ms += waited_ms; /* waiting is no work */
	return err;
}

void slot_may_look_in_parts(struct engine *e, struct slot *s)
{
	if (s->pass != PHASE_VERIFY || !s->first || !s->did || s->by_hand || s->rest_waited ||
	    !looks_together(e))
		return;
	s->ctx.rest_later = rest_later;
	s->ctx.rest_later_arg = s;
}

void engine_go_on_looking(struct engine *e)
{
	for (size_t i = 0; i < e->n; i++) {
		struct slot *s = &e->slots[i];

		if (slot_rest_waits(s) &&
		    (e->stopping || e->refused || clock_mono_ms() >= s->rest_until_ms ||
		     !is_any_about_to_look(e, s, s->rest_until_ms)))
			loop_wake(e->opt->loop, s);
	}
}
