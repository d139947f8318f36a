/* SPDX-License-Identifier: Apache-2.0 */
/* When AWS is asked again: what is waited for, at intervals that grow. */
#include "runbook/engine/engine_int.h"

#include "base/clock.h"

/* In AWS's time; a rehearsal divides them by its speed. */
enum {
	POLL_MIN_MS = 2000,
	POLL_FIRST_MS = 5000, /* what AWS says of a long wait, and whether it failed at once */
	POLL_LATE_MAX_MS = 10000,
	POLL_EARLY_MIN_MS = 15000,
	POLL_EARLY_MAX_MS = 60000,
	POLL_NEAR_MS = 61000, /* so near the usual time, it is asked again just past it */
	POLL_PAST_MS = 500,
	POLL_FLOOR_MS = 10, /* however fast the rehearsal */
};

void slot_next(struct slot *s, enum phase pass, int64_t ms)
{
	s->phase = SLOT_WAITING;
	s->pass = pass;
	s->expected = false;
	s->put_off = false;
	s->next_ms = clock_mono_ms() + ms;
}

/* Spread over +-10 %, so that what began together does not ask in step for ever. */
static int64_t jitter(int64_t ms)
{
	static uint32_t x;

	if (!x)
		x = (uint32_t)clock_mono_us() | 1;
	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return ms * (90 + x % 21) / 100;
}

/*
 * Before the usual time: at intervals that grow with the time waited, so that what is
 * quick is seen quickly, and at last just past it, so that the usual is met with few
 * calls.  Then at intervals that grow slowly.
 */
static int64_t poll_gap_ms(const struct engine *e, struct slot *s, bool *ret_past_usual)
{
	int64_t elapsed = (int64_t)((double)(clock_mono_ms() - s->wait_since_ms) * e->run->speed);
	int64_t left = s->ctx.wait.usual_s * INT64_C(1000) - elapsed;
	int64_t gap;

	*ret_past_usual = false;
	if (left > 0) {
		s->late_polls = 0;
		gap = 3 * elapsed > POLL_EARLY_MIN_MS ? 3 * elapsed : POLL_EARLY_MIN_MS;
		gap = gap > POLL_EARLY_MAX_MS ? POLL_EARLY_MAX_MS : gap;
		if (left <= POLL_NEAR_MS && left < 2 * gap) {
			gap = left + POLL_PAST_MS;
			/* not a part of the way alone, as an instance that is to run first */
			*ret_past_usual = s->ctx.wait.usual_s >= s->step->usual_s;
		}
	} else {
		gap = POLL_MIN_MS + (int64_t)s->late_polls++ * (POLL_MIN_MS / 4);
		gap = gap > POLL_LATE_MAX_MS ? POLL_LATE_MAX_MS : gap;
		gap = jitter(gap);
	}
	gap = engine_scaled_ms(e, gap < POLL_MIN_MS ? POLL_MIN_MS : gap);
	return gap < POLL_FLOOR_MS ? POLL_FLOOR_MS : gap;
}

void slot_wait(struct engine *e, struct slot *s, enum phase pass)
{
	int64_t gap_ms, left_ms;
	bool past_usual;

	if (!s->wait_since_ms)
		s->wait_since_ms = clock_mono_ms();
	run_emit(e->run, &(struct event){ .type = EVENT_WAIT,
					  .step = s->step,
					  .what = s->ctx.wait.what,
					  .aws_state = s->ctx.wait.state,
					  .reason = s->ctx.wait.reason,
					  .usual_s = s->ctx.wait.usual_s,
					  .state = s->history->state,
					  .undoing = pass == PHASE_UNDO });
	s->blocked = s->ctx.wait.blocked;
	gap_ms = poll_gap_ms(e, s, &past_usual);
	left_ms = s->deadline_ms - clock_mono_ms();
	slot_next(s, pass, gap_ms < left_ms ? gap_ms : left_ms + 1);
	s->expected = past_usual;
}

void slot_give_time(struct engine *e, struct slot *s, enum phase pass)
{
	int64_t usual_ms = s->step->usual_s * INT64_C(1000) + POLL_PAST_MS;

	/* so short, or so much divided, that nothing is seen before it is over */
	bool past = usual_ms < POLL_NEAR_MS || engine_scaled_ms(e, usual_ms) < POLL_FLOOR_MS;

	s->wait_since_ms = clock_mono_ms();
	slot_next(s, pass, engine_scaled_ms(e, past ? usual_ms : POLL_FIRST_MS));
	s->expected = past;
}
