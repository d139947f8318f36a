/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Back: undo in reverse.  A step's undo begins when those that must be gone
 * before it are; passes are repeated until one neither fails nor waits.  The slow
 * deletes so go on side by side.
 *
 * What blocks one resource is no reason to leave another that costs money: a step
 * that fails stops only those that wait for it, and these at once.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/engine/engine_int.h"

enum { BACK_TIMEOUT_MS = 2400 * 1000, MAX_LOST = 4 };

/* "1-4" of 1-4, and of "1-4.security_group_id" as long as that is not known to be gone. */
static bool names(const char *after, const struct slot *other)
{
	size_t n = strcspn(after, ".");
	const struct history_output *output;

	if (strncmp(after, other->step->id, n) != 0 || other->step->id[n])
		return false;
	if (!after[n])
		return true;
	output = history_output_row(other->history, after + n + 1);
	return !output || output->value;
}

/* Must `other` be undone before `s` begins? */
static bool comes_after(const struct slot *s, const struct slot *other)
{
	/* A person does one after the other: what is asked for early, they could only wait for. */
	if ((!s->step->undo_after || s->history->unmade_by_hand.chosen) &&
	    slot_needs(other, s->step->id))
		return true;
	for (const char *const *after = s->step->undo_after; after && *after; after++)
		if (names(*after, other))
			return true;
	return false;
}

static bool ready(struct engine *e, struct slot *s)
{
	for (struct slot *o = e->slots; o < e->slots + e->n; o++) {
		if (o == s || !o->in_scope || o->phase == SLOT_DONE)
			continue;
		if (e->opt->serial ? o > s : comes_after(s, o))
			return false;
	}
	return !e->opt->in_order || slot_is_next(e, s, /* undoing= */ true);
}

/*
 * Nothing of the step is recorded, so there should be nothing to undo: it is looked for all the
 * same, for a journal may have been cut, but nobody is asked and nothing is reported before there
 * is something to remove.
 */
static struct rb_error *found_all_the_same(struct step_ctx *ctx, void *arg)
{
	struct slot *s = arg;
	struct engine *e = s->engine;

	if (s->quiet && e->opt->gate && !s->gate_passed)
		TRY(e->opt->gate->before(e->opt->gate->arg, s->step, /* undoing= */ true));
	s->gate_passed = true;
	if (s->quiet) {
		s->quiet = false;
		slot_state(e, s, STEP_UNDOING);
		slot_begin_by_hand(e, s, PHASE_UNDO);
	}
	ctx->by_hand = s->by_hand;
	return NULL;
}

static void begin(struct engine *e, struct slot *s)
{
	s->quiet = history_is_untouched(s->history);
	if (s->quiet) {
		slot_next(s, PHASE_UNDO, 0);
		return;
	}
	if (!slot_gate(e, s, PHASE_UNDO, begin))
		return;
	slot_state(e, s, STEP_UNDOING);
	s->busy_ms = 0;
	slot_begin_by_hand(e, s, PHASE_UNDO);
	slot_next(s, PHASE_UNDO, 0);
}

/* Those that wait for something of this step may find it gone now. */
static void wake_needed(struct engine *e, const struct slot *done)
{
	for (size_t i = 0; i < e->n; i++)
		if (e->slots[i].phase == SLOT_WAITING && e->slots[i].blocked &&
		    slot_needs(done, e->slots[i].step->id))
			e->slots[i].next_ms = clock_mono_ms();
}

/* Nobody waits on for what will not be undone; the look that says so comes at once. */
static void wake_in_vain(struct engine *e, const struct slot *failed)
{
	for (size_t i = 0; i < e->n; i++)
		if (e->slots[i].phase == SLOT_WAITING && e->slots[i].undo_of &&
		    strcmp(e->slots[i].undo_of, failed->step->id) == 0)
			e->slots[i].next_ms = clock_mono_ms();
}

static bool waits_in_vain(struct engine *e, const struct slot *s)
{
	const struct slot *other = s->undo_of ? engine_slot(e, s->undo_of) : NULL;

	return other && other->phase == SLOT_FAILED;
}

static struct rb_error *in_vain(const struct slot *s)
{
	struct rb_error *err = rb_error_new(RB_FAILED, "step %s is not undone", s->step->id);

	err = rb_error_where(err, "step %s undo", s->step->id);
	return rb_error_why(err, "%-s is %-s (%-s), and the undo of step %s failed",
			    s->ctx.wait.what, s->ctx.wait.state,
			    s->ctx.wait.reason ? s->ctx.wait.reason : "", s->undo_of);
}

static void failed(struct engine *e, struct slot *s)
{
	enum rb_kind kind = s->err->kind;

	if (rb_error_has_trait(s->err, RB_IS_NOT_NOW)) {
		step_pending(&s->ctx, s->err->what ? s->err->what : s->step->id,
			     s->err->aws_code ? s->err->aws_code : rb_kind_name(kind), s->err->why,
			     /* usual_s= */ 0);
		s->ctx.wait.blocked = true;
		slot_wait(e, s, PHASE_UNDO);
		return;
	}
	if (kind == RB_LOST && ++s->lost < MAX_LOST) {
		slot_next(s, PHASE_UNDO, engine_scaled_ms(e, 2000));
		return;
	}
	e->stopping |= kind == RB_CREDENTIALS || kind == RB_CLOCK || kind == RB_IO;
	slot_fail(e, s, s->err);
	s->err = NULL;
	wake_in_vain(e, s);
}

static void ended(struct engine *e, struct slot *s)
{
	s->undo_of = s->ctx.wait.undo_of;
	if (s->err && s->err->kind == RB_INTERRUPTED) {
		s->phase = SLOT_IDLE;
		e->stopping = true;
	} else if (s->by_hand && slot_is_left_by_hand(e, s)) {
		slot_wait_by_hand(e, s, PHASE_UNDO);
	} else if (s->err) {
		failed(e, s);
	} else if (s->ctx.wait.what) {
		s->lost = 0;
		slot_goes_on_by_hand(s);
		if (waits_in_vain(e, s))
			slot_fail(e, s, in_vain(s));
		else
			slot_wait(e, s, PHASE_UNDO);
	} else {
		s->phase = SLOT_DONE;
		s->wait_since_ms = 0;
		slot_done_by_hand(e, s);
		if (!s->quiet)
			slot_state(e, s, STEP_UNDONE);
		wake_needed(e, s);
	}
}

static const struct engine_mode back_mode = {
	.ready = ready,
	.begin = begin,
	.ended = ended,
	.first_change = found_all_the_same,
	.overdue = N_("is not undone yet"),
	.timeout_ms = BACK_TIMEOUT_MS,
};

struct rb_error *engine_back(struct run *run, const struct engine_options *opt)
{
	struct rb_error *err;
	bool reached = !opt->to;
	struct engine e;

	engine_init(&e, run, opt, &back_mode);
	run->undo_again = opt->again;
	run->undo_down_to = opt->to ? opt->to : e.n ? e.slots[0].step : NULL;
	engine_note_recent_ids(run);
	for (size_t i = 0; i < e.n; i++) {
		struct slot *s = &e.slots[i];

		reached |= s->step == opt->to;
		s->in_scope = reached;
		if (s->in_scope && !opt->again && s->history->state == STEP_UNDONE)
			s->phase = SLOT_DONE;
	}
	/* a partial undo concerns few things, and one step after the other asks for its own */
	err = undo_prefetch(&e);
	if (!err)
		err = engine_go(&e);
	engine_prefetch_end(run);
	run->undo_down_to = NULL;
	engine_clear(&e);
	return err;
}
