/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps that a person does in place of the program.
 *
 * Its do, or undo, is called all the same, again and again, but no call that changes AWS leaves
 * (step_ctx_intent): do finds and adopts what the person made, and the first thing that it would
 * make itself is what they have still to do.  Then verify judges as ever.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/engine/engine_int.h"

enum {
	LOOK_MIN_MS = 5 * 1000, /* in AWS's time; a person is not faster in a rehearsal */
	LOOK_MAX_MS = 30 * 1000,
	LOOK_FLOOR_MS = 200,
	NO_DEADLINE_MS = INT32_MAX, /* more than three weeks */
};

/* `what`: "chosen", "withdrawn", "done".  The names are those of the command. */
static struct rb_error *record(struct run *run, const struct step *step, bool undoing,
			       const char *what)
{
	return stack_record(run->stack,
			    json_pack("{s:s, s:s, s:s, s:s, s:s*, s:s*}", "type", "by-hand", "step",
				      step->id, "phase",
				      phase_name(undoing ? PHASE_UNDO : PHASE_DO), "what", what,
				      "operator", run->stack->state.operator_name, "witness",
				      run->stack->state.witness),
			    /* sync= */ true);
}

struct rb_error *engine_set_by_hand(struct run *run, const struct step *step, bool undoing,
				    bool by_hand)
{
	struct step_history *history = state_history(&run->stack->state, step->id);

	if (history_hand(history, undoing)->chosen == by_hand)
		return NULL;
	return record(run, step, undoing, by_hand ? "chosen" : "withdrawn");
}

void slot_begin_by_hand(struct engine *e, struct slot *s, enum phase pass)
{
	s->by_hand = history_hand(s->history, pass == PHASE_UNDO)->chosen;
	if (!s->by_hand)
		return;
	s->hand_moved_ms = clock_mono_ms();
	if (!e->opt->timeout_ms)
		s->deadline_ms = clock_mono_ms() + NO_DEADLINE_MS;
	run_emit(e->run, &(struct event){ .type = EVENT_BY_HAND,
					  .step = s->step,
					  .state = s->history->state,
					  .undoing = pass == PHASE_UNDO });
}

/* Somebody's doing, which they can put right while the step waits. */
static bool is_theirs(const struct rb_error *err)
{
	return rb_error_is(err, RB_DRIFT) || rb_error_is(err, RB_FAILED) ||
	       rb_error_is(err, RB_EXISTS) || rb_error_is(err, RB_GONE);
}

static struct said *what_is_left(const struct rb_error *err)
{
	if (err->kind == RB_BY_HAND)
		return said_new("%s", err->why);
	return err->why ? said_new("%-s: %-s", err->what ? err->what : "", err->why)
			: said_new("%-s", err->what ? err->what : "");
}

bool slot_is_left_by_hand(struct engine *e, struct slot *s)
{
	bool is_call = rb_error_is(s->err, RB_BY_HAND);
	struct said *left;

	if (!is_call && (s->pass != PHASE_DO || !is_theirs(s->err)))
		return false;
	left = what_is_left(s->err);
	s->err = rb_error_free(s->err);
	s->hand_waits = true;
	if (text_eq(said_english(left), s->hand_left)) {
		said_free(left);
		return true;
	}
	said_drop(&s->hand_left);
	s->hand_left = said_english(left);
	s->hand_moved_ms = clock_mono_ms();
	if (!is_call) /* more than a line of the display has room for */
		run_emit(e->run, &(struct event){ .type = EVENT_NOTE,
						  .step = s->step,
						  .text = s->hand_left });
	return true;
}

/* At first often, for a command is typed in a moment; then as is fit for the console's pages. */
static int64_t look_gap_ms(const struct engine *e, const struct slot *s)
{
	int64_t still_ms =
		(int64_t)((double)(clock_mono_ms() - s->hand_moved_ms) * e->run->speed) / 4;
	int64_t gap = still_ms < LOOK_MIN_MS   ? LOOK_MIN_MS
		      : still_ms > LOOK_MAX_MS ? LOOK_MAX_MS
					       : still_ms;

	gap = engine_scaled_ms(e, gap);
	return gap < LOOK_FLOOR_MS ? LOOK_FLOOR_MS : gap;
}

void slot_wait_by_hand(struct engine *e, struct slot *s, enum phase pass)
{
	int64_t gap_ms = look_gap_ms(e, s), left_ms = s->deadline_ms - clock_mono_ms();
	auto_said *what = said_new("by hand");
	auto_said *state = s->hand_waits ? said_new("still to do") : said_new("does not hold yet");

	if (!s->wait_since_ms)
		s->wait_since_ms = clock_mono_ms();
	run_emit(e->run, &(struct event){ .type = EVENT_WAIT,
					  .step = s->step,
					  .what = said_english(what),
					  .aws_state = said_english(state),
					  .reason = s->hand_waits ? s->hand_left : s->ctx.missing,
					  .usual_s = pass == PHASE_UNDO ? 0 : s->step->usual_s,
					  .state = s->history->state,
					  .undoing = pass == PHASE_UNDO });
	s->hand_waits = false;
	slot_next(s, pass, gap_ms < left_ms ? gap_ms : left_ms + 1);
}

void slot_goes_on_by_hand(struct slot *s)
{
	/* what AWS works on is counted from when they made it, not from when they were asked to */
	if (s->by_hand && s->hand_left) {
		s->wait_since_ms = 0;
		s->hand_waits = false;
		said_drop(&s->hand_left);
	}
}

void slot_done_by_hand(struct engine *e, struct slot *s)
{
	struct rb_error *err;

	if (!s->by_hand)
		return;
	err = record(e->run, s->step, s->pass == PHASE_UNDO, "done");
	if (err) {
		e->stopping = true;
		engine_fail(e, err);
	}
}

void slot_clear_by_hand(struct slot *s)
{
	said_drop(&s->hand_left);
	free(s->hand_differs);
}
