/* SPDX-License-Identifier: Apache-2.0 */
/* Forward: whether a step may begin; rule (1) of forward.c. */
#include "runbook/engine/engine_int.h"

/* Its first do is under way: what it has recorded is new, and others may build on it. */
static bool is_first_do(const struct slot *s)
{
	return s->phase == SLOT_BUSY && s->pass == PHASE_DO && s->first && !s->at_gate &&
	       !s->by_hand;
}

/* `output` NULL: all of it. */
static bool is_made(const struct slot *s, const char *output)
{
	if (s->made || s->phase == SLOT_DONE)
		return true;
	if (!is_first_do(s))
		return false;
	if (output)
		return history_output(s->history, output) != NULL;
	return s->step->gives && s->step->gives[0] && history_has_all_outputs(s->history);
}

/* A person is told all that a step's settings are before they do it, or agree to it. */
static bool may_await(const struct engine *e, const struct slot *s)
{
	return !e->opt->gate && !e->opt->in_order &&
	       !history_hand(s->history, /* undoing= */ false)->chosen;
}

/* What its do asks for first was sent in a turn before this one. */
static bool has_asked(const struct engine *e, const struct slot *s)
{
	return is_first_do(s) && s->begun_turn != e->turn;
}

static bool needs_are_there(struct engine *e, const struct slot *s)
{
	for (const struct step_need *n = s->step->needs; n && n->step; n++) {
		const struct slot *other = engine_slot(e, n->step);

		if (!other)
			continue;
		if (n->when == WHEN_BEGUN && may_await(e, s) && has_asked(e, other))
			continue;
		if (n->when == WHEN_HELD ? other->phase != SLOT_DONE && !slot_rest_waits(other)
					 : !is_made(other, n->output))
			return false;
	}
	return true;
}

/* "1-2" comes after "1-1". */
static bool section_is_there(struct engine *e, const struct slot *s)
{
	return s == e->slots || !steps_are_of_one_section(s[-1].step, s->step) ||
	       is_made(&s[-1], /* output= */ NULL) || is_first_do(&s[-1]);
}

static bool all_before_hold(struct engine *e, const struct slot *s)
{
	for (const struct slot *o = e->slots; o < s; o++)
		if (o->phase != SLOT_DONE)
			return false;
	return true;
}

bool forward_begins_with_verify(const struct slot *s)
{
	return s->must_hold || (history_begins_with_verify(s->history) && !s->redo);
}

bool forward_is_ready(struct engine *e, struct slot *s)
{
	/* --from: nothing is done before all before it was seen to hold. */
	if (s->redo)
		for (const struct slot *o = e->slots; o < e->slots + e->n; o++)
			if (o->must_hold && o->phase != SLOT_DONE)
				return false;
	if (e->opt->serial)
		return all_before_hold(e, s);
	if (e->opt->in_order && !forward_begins_with_verify(s) &&
	    !slot_is_next(e, s, /* undoing= */ false))
		return false;
	return needs_are_there(e, s) && section_is_there(e, s);
}
