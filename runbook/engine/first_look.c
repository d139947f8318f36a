/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When what was made just now is first looked at.
 *
 *   (1) A look that somebody waits for, or that is not past the usual time yet, waits for nobody.
 *   (2) Any other waits, for some seconds at most, until nothing more is about to be made: then all
 *       look in one turn, and one answer of AWS's tells several steps (ec2/shared.h).
 *   (3) A failure is told by so much later, and what was built meanwhile is there to be undone.
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

int64_t slot_looks_ms(const struct slot *s)
{
	return s->put_off ? s->next_ms + LOOK_LATER_MS : s->next_ms;
}

bool slot_looks_later(struct engine *e, struct slot *s)
{
	const struct engine_options *opt = e->opt;
	int64_t until_ms = s->next_ms + LOOK_LATER_MS;
	bool later = false;

	if (opt->serial || opt->in_order || opt->gate || !is_first_look(s) || !s->expected)
		return false;
	if (clock_mono_ms() < until_ms && !is_waited_for(e, s))
		for (size_t i = 0; i < e->n; i++)
			later |= &e->slots[i] != s && is_about_to_look(&e->slots[i], until_ms);
	if (s->put_off && !later) /* what may be a stale read begins with the look */
		s->settled_ms += clock_mono_ms() - s->next_ms;
	s->put_off = later;
	return later;
}
