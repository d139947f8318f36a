/* SPDX-License-Identifier: Apache-2.0 */
/* The operator's gate, with what is shown while it is open; see step_by_step.h. */
#include "runbook/cli/step_by_step_int.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "runbook/cli/step_by_step_view.h"

struct rb_error *decision_record(struct stack *stack, const char *witness, const struct step *step,
				 bool undoing, const char *what)
{
	json_t *rec = json_pack("{s:s, s:s, s:s*, s:s*, s:s*, s:s*}", "type", "decision", "what",
				what, "step", step ? step->id : NULL, "phase",
				step ? phase_name(undoing ? PHASE_UNDO : PHASE_DO) : NULL,
				"operator", stack->state.operator_name, "witness", witness);

	return stack_record(stack, rec, /* sync= */ true);
}

struct step_history *step_by_step_history(const struct step_by_step *s, const struct step *step)
{
	return state_history(&s->run->stack->state, step->id);
}

/* The steps that AWS still works on, of this command. */
void step_by_step_pending(const struct step_by_step *s, const struct step *but, struct strv *ret)
{
	const struct run_state *st = &s->run->stack->state;

	for (size_t i = 0; i < st->n; i++) {
		enum step_state state = st->history[i].state;

		if (st->history[i].step != but && s->seen[i].begun &&
		    (s->undoing ? state == STEP_UNDOING
				: state == STEP_DOING || state == STEP_MADE))
			strv_add(ret, st->history[i].step->id);
	}
}

/* ---- the gate ----------------------------------------------------------------------- */

static struct rb_error *before(void *arg, const struct step *step, bool undoing)
{
	struct step_by_step *s = arg;
	struct rb_error *err;

	while (s->busy)
		TRY(loop_sleep(s->run->loop, STEP_BY_STEP_TURN_MS));
	if (s->stopped) /* it is not begun; the first to say so is reported */
		return rb_error_new(RB_INTERRUPTED, "stopped before step %s", step->id);
	s->undoing = undoing;
	/* what is undone and turns up again was agreed to */
	if (undoing && step_by_step_history(s, step)->state == STEP_UNDONE)
		return s->next ? s->next->before(s->next->arg, step, undoing) : NULL;
	s->busy = true;
	err = step_by_step_ask(s, step);
	s->busy = false;
	TRY(err);
	return s->next ? s->next->before(s->next->arg, step, undoing) : NULL;
}

const struct engine_gate *step_by_step_gate(struct step_by_step *s, const struct engine_gate *next)
{
	s->next = next;
	return &s->gate;
}

/* ---- events ------------------------------------------------------------------------- */

/* Worth a line while a question is open: the rest would push it off the screen. */
static bool is_news(const struct event *e)
{
	switch (e->type) {
	case EVENT_STATE:
		return e->state == STEP_HELD || e->state == STEP_UNDONE;
	case EVENT_NOTE:
	case EVENT_DRIFT:
	case EVENT_REPAIR:
	case EVENT_BY_HAND:
	case EVENT_ERROR:
	case EVENT_LEFT:
	case EVENT_END:
		return true;
	case EVENT_BEGIN:
	case EVENT_WAIT:
	case EVENT_VERIFY:
	case EVENT_CALL:
	case EVENT_OUTPUT:
		break;
	}
	return false;
}

static void show(const struct step_by_step *s, const struct event *e, bool evidence)
{
	s->shown->on_event(s->shown->arg, e);
	if (evidence)
		step_view_evidence(step_by_step_history(s, e->step));
}

static struct step_seen *seen_of(const struct step_by_step *s, const struct step *step)
{
	return &s->seen[step_by_step_history(s, step) - s->run->stack->state.history];
}

/* True when it came to hold just now, in this command. */
static bool note_event(struct step_seen *w, const struct event *e)
{
	bool news = w->begun && e->type == EVENT_STATE && e->state == STEP_HELD;

	if (e->type == EVENT_STATE)
		w->begun =
			e->state == STEP_DOING || e->state == STEP_MADE || e->state == STEP_UNDOING;
	w->slow = e->type == EVENT_WAIT || (w->slow && e->type != EVENT_STATE);
	return news;
}

static void on_event(void *arg, const struct event *e)
{
	struct step_by_step *s = arg;
	bool evidence = e->step && note_event(seen_of(s, e->step), e);
	auto_strv pending = { 0 };

	s->failed |= e->type == EVENT_ERROR && !s->undoing; /* an undo goes on with the others */
	if (!s->asked || s->cli->json) {
		show(s, e, evidence);
		return;
	}
	if (!is_news(e))
		return;
	fputc('\n', stderr);
	show(s, e, evidence);
	step_by_step_pending(s, s->asked, &pending);
	step_view_prompt(s->asked, &pending);
}

const struct event_sink *step_by_step_sink(const struct step_by_step *s)
{
	return &s->sink;
}

/* ---- life --------------------------------------------------------------------------- */

struct step_by_step *step_by_step_new(struct run *run, const struct cli *cli)
{
	struct step_by_step *s = xcalloc(1, sizeof(*s));

	s->run = run;
	s->cli = cli;
	s->shown = run->sink;
	s->gate = (struct engine_gate){ s, before };
	s->sink = (struct event_sink){ s, on_event };
	s->seen = xcalloc(run->stack->state.n + 1, sizeof(*s->seen));
	return s;
}

struct step_by_step *step_by_step_free(struct step_by_step *s)
{
	if (!s)
		return NULL;
	free(s->seen);
	free(s);
	return NULL;
}
