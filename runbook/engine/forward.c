/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forward: do what is not there, verify what is, wait for what AWS works on.
 *
 *   (1) A step begins when all it needs is there, made or held as it says, and
 *       the one before it in its section has begun (forward_ready.c).
 *   (2) What an earlier command made is verified before it counts as made, so
 *       nobody builds on what is gone.
 *   (3) do is called only where something is missing or differs; after do, a
 *       difference may be a stale read, so it is read again for a while.
 */
#include "base/clock.h"
#include "runbook/engine/differs.h"
#include "runbook/engine/engine_int.h"

enum {
	FORWARD_TIMEOUT_MS = 1200 * 1000,
	STALE_READS_MS = 30 * 1000,
	STALE_READS_FLOOR_MS = 3000,
	MAX_LOST = 4,
};

static void begin_do(struct engine *e, struct slot *s)
{
	if (!slot_gate(e, s, PHASE_DO, begin_do))
		return;
	if (!s->did)
		s->first = s->history->started_ms == 0 && s->history->n_outputs == 0;
	slot_state(e, s, STEP_DOING);
	s->busy_ms = 0;
	s->wait_since_ms = 0;
	slot_begin_by_hand(e, s, PHASE_DO);
	slot_next(s, PHASE_DO, 0);
}

static void begin_verify(struct engine *e, struct slot *s)
{
	run_emit(e->run, &(struct event){ .type = EVENT_VERIFY,
					  .step = s->step,
					  .state = s->history->state });
	slot_next(s, PHASE_VERIFY, 0);
}

static void begin(struct engine *e, struct slot *s)
{
	if (forward_begins_with_verify(s))
		begin_verify(e, s);
	else
		begin_do(e, s);
}

/* Later steps that embed what was replaced are not believed any more. */
static void make_stale(struct engine *e, const struct slot *changed)
{
	for (size_t i = 0; i < e->n; i++) {
		struct slot *s = &e->slots[i];
		enum step_state state = s->history->state;

		if (!slot_needs(s, changed->step->id))
			continue;
		if (state == STEP_MADE || state == STEP_HELD)
			slot_state(e, s, STEP_STALE);
		if (s->phase == SLOT_BUSY)
			s->again = true;
		if (s->phase == SLOT_DONE)
			s->phase = SLOT_IDLE;
		s->made = s->made && s->phase != SLOT_IDLE;
	}
}

static void stop(struct engine *e, struct slot *s, struct rb_error *err)
{
	e->stopping = true;
	slot_fail(e, s, err);
}

/* Done again, it looks: for what a lost answer made, and for what AWS says is there already. */
static bool may_do_again(const struct slot *s)
{
	if (rb_error_is(s->err, RB_LOST))
		return s->lost + 1 < MAX_LOST;
	return rb_error_is(s->err, RB_EXISTS) && s->ctx.fresh;
}

static void do_ended(struct engine *e, struct slot *s)
{
	int64_t stale_ms = engine_scaled_ms(e, STALE_READS_MS);

	if (s->by_hand && slot_is_left_by_hand(e, s)) {
		slot_next(s, PHASE_VERIFY, 0);
		return;
	}
	if (s->err && may_do_again(s)) {
		s->lost += rb_error_is(s->err, RB_LOST);
		run_emit(e->run,
			 &(struct event){ .type = EVENT_NOTE,
					  .step = s->step,
					  .text = s->err->why ? s->err->why : s->err->what });
		slot_next(s, PHASE_DO, engine_scaled_ms(e, 2000));
		return;
	}
	if (s->err) {
		stop(e, s, s->err);
		s->err = NULL;
		return;
	}
	s->lost = 0;
	if (s->ctx.wait.what) {
		slot_wait(e, s, PHASE_DO);
		return;
	}
	s->made = true;
	s->wait_since_ms = 0;
	s->settled_ms = clock_mono_ms() +
			(stale_ms < STALE_READS_FLOOR_MS ? STALE_READS_FLOOR_MS : stale_ms);
	slot_state(e, s, STEP_MADE);
	/* what is new takes its time, and is not listed at once; what was there can be verified */
	if (s->first && s->step->side != SIDE_LOCAL && !s->by_hand)
		slot_give_time(e, s, PHASE_VERIFY);
	else
		slot_next(s, PHASE_VERIFY, 0);
}

static void not_as_it_should(struct engine *e, struct slot *s)
{
	if (s->must_hold) {
		differs_tell(e, s);
		slot_evidence(e, s);
		stop(e, s, differs_error(s, RB_DRIFT));
		return;
	}
	if (s->by_hand) {
		differs_tell_twice(e, s);
		slot_wait_by_hand(e, s, PHASE_DO);
		return;
	}
	if (!s->did && differs_by_life(e, s)) {
		run_emit(e->run,
			 &(struct event){ .type = EVENT_NOTE,
					  .step = s->step,
					  .text = N_("its tags get the new time to live") });
		begin_do(e, s);
		return;
	}
	if (!s->did) {
		differs_tell(e, s);
		slot_evidence(e, s);
		run_emit(e->run, &(struct event){ .type = EVENT_REPAIR, .step = s->step });
		begin_do(e, s);
		return;
	}
	if (clock_mono_ms() < s->settled_ms) {
		if (!s->wait_since_ms)
			s->wait_since_ms = clock_mono_ms();
		slot_next(s, PHASE_VERIFY, engine_scaled_ms(e, 2000) + 10);
		return;
	}
	differs_tell(e, s);
	slot_evidence(e, s);
	stop(e, s, rb_error_hint(differs_error(s, RB_FAILED), "%-s", differs_hint(s)));
}

static void verify_ended(struct engine *e, struct slot *s)
{
	if (s->err && s->err->kind == RB_GONE) {
		step_missing(&s->ctx, "%s", s->err->why ? s->err->why : s->err->what);
		s->err = rb_error_free(s->err);
	}
	if (s->err) {
		if (s->err->kind == RB_DRIFT) /* of a run it is the failure */
			s->err->kind = RB_FAILED;
		stop(e, s, s->err);
		s->err = NULL;
		return;
	}
	switch (step_ctx_verdict(&s->ctx)) {
	case VERDICT_PENDING:
		s->made = true;
		slot_goes_on_by_hand(s);
		slot_wait(e, s, PHASE_VERIFY);
		break;
	case VERDICT_HOLDS:
		s->made = true;
		s->wait_since_ms = 0;
		s->phase = SLOT_DONE;
		slot_evidence(e, s);
		slot_done_by_hand(e, s);
		slot_state(e, s, STEP_HELD);
		break;
	case VERDICT_DIFFERS:
	case VERDICT_MISSING:
	case VERDICT_BLOCKED:
		not_as_it_should(e, s);
		break;
	}
}

static void ended(struct engine *e, struct slot *s)
{
	bool replaced = s->ctx.replaced;

	if (s->err && s->err->kind == RB_INTERRUPTED) {
		s->phase = SLOT_IDLE;
		e->stopping = true;
		return;
	}
	if (s->pass == PHASE_DO)
		do_ended(e, s);
	else
		verify_ended(e, s);
	if (replaced)
		make_stale(e, s);
	if (s->again && s->phase == SLOT_DONE) {
		s->phase = SLOT_IDLE;
		s->made = false; /* nobody builds on it before it is verified again */
	}
	s->again = s->again && s->phase == SLOT_BUSY;
}

static const struct engine_mode forward_mode = {
	.ready = forward_is_ready,
	.begin = begin,
	.ended = ended,
	.overdue = N_("does not hold yet"),
	.failure_stops = true,
	.timeout_ms = FORWARD_TIMEOUT_MS,
};

/* For steps that ask whether another holds: what this command saw, not what an earlier one did. */
static bool holds_now(void *arg, const struct step *step)
{
	const struct slot *s = engine_slot(arg, step->id);

	return s && s->phase == SLOT_DONE;
}

static void answer_held(struct engine *e)
{
	e->run->is_held = holds_now;
	e->run->is_held_arg = e;
}

static const struct slot *first_not_done(const struct engine *e)
{
	for (size_t i = 0; i < e->n; i++)
		if (e->slots[i].in_scope && e->slots[i].phase != SLOT_DONE)
			return &e->slots[i];
	return NULL;
}

struct rb_error *engine_forward(struct run *run, const struct engine_options *opt,
				const struct step **ret_failed)
{
	struct rb_error *err;
	const struct slot *open;
	struct engine e;
	bool past_from = false, past_to = false;

	engine_init(&e, run, opt, &forward_mode);
	answer_held(&e);
	engine_note_recent_ids(run);
	for (size_t i = 0; i < e.n; i++) {
		struct slot *s = &e.slots[i];

		past_from |= s->step == opt->from;
		s->in_scope = !past_to;
		s->must_hold = opt->from && !past_from;
		s->redo = opt->from && past_from;
		past_to |= s->step == opt->to;
	}
	err = engine_go(&e);
	open = first_not_done(&e);
	if (rb_error_is(err, RB_INTERRUPTED) && !open)
		err = rb_error_free(err); /* the last answer came all the same */
	if (!err && open)
		err = rb_error_new(RB_FAILED, "step %s could not begin", open->step->id);
	for (size_t i = e.n; i-- > 0 && ret_failed;)
		if (e.slots[i].phase == SLOT_FAILED)
			*ret_failed = e.slots[i].step;
	engine_clear(&e);
	return err;
}
