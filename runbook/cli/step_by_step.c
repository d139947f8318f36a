/* SPDX-License-Identifier: Apache-2.0 */
/* The operator's gate; see step_by_step.h. */
#include "runbook/cli/step_by_step.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/cli/step_by_step_view.h"
#include "runbook/ui/lang.h"

enum {
	TURN_MS = 20,
	SHORT_S = 15, /* what usually takes no longer is awaited without a question */
};

/* What this command has seen of a step. */
struct walked {
	bool begun; /* it does not hold yet, so its evidence is news */
	bool slow;  /* AWS said that it still works on it */
};

struct step_by_step {
	struct run *run;
	const struct cli *cli;
	const struct event_sink *shown; /* the display */
	const struct engine_gate *next;
	struct engine_gate gate;
	struct event_sink sink;
	const struct step *asked; /* whose question is open; NULL: none is */
	bool undoing;
	bool busy;	       /* with a step: others wait for their turn */
	bool stopped;	       /* by the operator */
	bool failed;	       /* by a step, so that nothing is begun any more */
	struct walked *walked; /* as the procedure's steps */
};

struct rb_error *decision_record(struct stack *stack, const char *witness, const struct step *step,
				 bool undoing, const char *what)
{
	json_t *rec = json_pack("{s:s, s:s, s:s*, s:s*, s:s*, s:s*}", "type", "decision", "what",
				what, "step", step ? step->id : NULL, "phase",
				step ? phase_name(undoing ? PHASE_UNDO : PHASE_DO) : NULL,
				"operator", stack->state.operator_name, "witness", witness);

	return stack_record(stack, rec, /* sync= */ true);
}

static struct step_history *history_of(const struct step_by_step *s, const struct step *step)
{
	return state_history(&s->run->stack->state, step->id);
}

/* The steps that AWS still works on, of this command. */
static void list_pending(const struct step_by_step *s, const struct step *but, struct strv *ret)
{
	const struct run_state *st = &s->run->stack->state;

	for (size_t i = 0; i < st->n; i++) {
		enum step_state state = st->history[i].state;

		if (st->history[i].step != but && s->walked[i].begun &&
		    (s->undoing ? state == STEP_UNDOING
				: state == STEP_DOING || state == STEP_MADE))
			strv_add(ret, st->history[i].step->id);
	}
}

/* One of them ends in a moment: its evidence is worth more than an early question. */
static bool is_any_short(const struct step_by_step *s, const struct strv *pending)
{
	const struct run_state *st = &s->run->stack->state;

	for (size_t i = 0; i < pending->n; i++) {
		struct step_history *history = state_history(st, pending->v[i]);

		if (history->step->usual_s <= SHORT_S && !s->walked[history - st->history].slow &&
		    !history_hand(history, s->undoing)->chosen)
			return true;
	}
	return false;
}

/* ---- the answer --------------------------------------------------------------------- */

static struct rb_error *no_answer(const struct step *step)
{
	fputc('\n', stderr);
	return rb_error_why(rb_error_new(RB_USAGE, "the question got no answer"),
			    "the input ended before step %s", step->id);
}

static bool can_be_read(void)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/* *ret: the first letter of a line, '\0' of an empty one.  Others go on meanwhile. */
static struct rb_error *read_letter(struct step_by_step *s, const struct step *step, char *ret)
{
	char c = '\0', first = '\0';

	while (c != '\n') {
		ssize_t n;

		if (s->failed) {
			fputc('\n', stderr);
			return rb_error_new(RB_FAILED, "another step failed");
		}
		if (!can_be_read()) {
			TRY(loop_sleep(s->run->loop, TURN_MS));
			continue;
		}
		n = read(STDIN_FILENO, &c, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return no_answer(step);
		if (!first && !isspace((unsigned char)c))
			first = (char)tolower((unsigned char)c);
	}
	*ret = first;
	return NULL;
}

/* ---- the choices -------------------------------------------------------------------- */

static struct rb_error *decide(const struct step_by_step *s, const struct step *step,
			       const char *what)
{
	return decision_record(s->run->stack, s->run->stack->state.witness, step, s->undoing, what);
}

/* What holds is read again, live; what AWS works on is looked at by the engine as it is. */
static struct rb_error *verify_again(struct step_by_step *s)
{
	const struct run_state *st = &s->run->stack->state;
	size_t n = 0;

	for (size_t i = 0; i < st->n; i++) {
		struct step_history *history = &st->history[i];
		enum verdict verdict = VERDICT_HOLDS;
		struct rb_error *err;

		if (history->state != STEP_HELD)
			continue;
		n++;
		err = engine_verify_now(s->run, history->step, &verdict);
		if (rb_error_is(err, RB_INTERRUPTED))
			return err;
		if (err) {
			autofree char *reason = tr_reason(err);

			step_view_say(history->step, reason);
			(void)rb_error_free(err);
			continue;
		}
		step_view_verdict(history, verdict_name(verdict));
	}
	if (!n)
		fprintf(stderr, "%s\n", tr("nothing holds yet"));
	return NULL;
}

/* Until no other step is under way, or, unless `all`, none that ends in a moment. */
static struct rb_error *wait_for(struct step_by_step *s, const struct step *step, bool all)
{
	for (;;) {
		auto_strv pending = { 0 };

		list_pending(s, step, &pending);
		if (!pending.n || (!all && !is_any_short(s, &pending)))
			return NULL;
		if (s->failed)
			return rb_error_new(RB_FAILED, "another step failed");
		TRY(loop_sleep(s->run->loop, TURN_MS));
	}
}

static struct rb_error *stop_here(struct step_by_step *s, const struct step *step)
{
	s->stopped = true;
	return rb_error_new(RB_INTERRUPTED, "stopped before step %s", step->id);
}

/* One answer; *ret_asks: the question is open still. */
static struct rb_error *answer(struct step_by_step *s, const struct step *step, bool *ret_asks)
{
	auto_strv pending = { 0 };
	struct rb_error *err;
	char letter = '\0';

	list_pending(s, step, &pending);
	s->asked = step;
	step_view_choices(step, s->undoing, &pending);
	err = read_letter(s, step, &letter);
	s->asked = NULL;
	TRY(err);
	*ret_asks = letter != 'd' && letter != 'h';
	switch (letter) {
	case 'd':
	case 'h':
		TRY(decide(s, step, letter == 'h' ? "by-hand" : "do"));
		return engine_set_by_hand(s->run, step, s->undoing, letter == 'h');
	case 'w':
		TRY(decide(s, step, "wait"));
		return wait_for(s, step, /* all= */ true);
	case 'l':
		TRY(decide(s, step, "look"));
		return verify_again(s);
	case 's':
		TRY(decide(s, step, "stop"));
		return stop_here(s, step);
	default:
		return NULL; /* the choices are shown again */
	}
}

static struct rb_error *ask(struct step_by_step *s, const struct step *step)
{
	const struct run_state *st = &s->run->stack->state;
	const struct step_people people = { st->operator_name, st->witness, s->run->speed };
	bool asks = true;

	TRY(wait_for(s, step, /* all= */ false));
	step_view_show(st, history_of(s, step), s->undoing, &people);
	while (asks)
		TRY(answer(s, step, &asks));
	return NULL;
}

/* ---- the gate ----------------------------------------------------------------------- */

static struct rb_error *before(void *arg, const struct step *step, bool undoing)
{
	struct step_by_step *s = arg;
	struct rb_error *err;

	while (s->busy)
		TRY(loop_sleep(s->run->loop, TURN_MS));
	if (s->stopped) /* it is not begun; the first to say so is reported */
		return rb_error_new(RB_INTERRUPTED, "stopped before step %s", step->id);
	s->undoing = undoing;
	/* what is undone and turns up again was agreed to */
	if (undoing && history_of(s, step)->state == STEP_UNDONE)
		return s->next ? s->next->before(s->next->arg, step, undoing) : NULL;
	s->busy = true;
	err = ask(s, step);
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
		step_view_evidence(history_of(s, e->step));
}

static struct walked *walked_of(const struct step_by_step *s, const struct step *step)
{
	return &s->walked[history_of(s, step) - s->run->stack->state.history];
}

/* True when it came to hold just now, in this command. */
static bool note_event(struct walked *w, const struct event *e)
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
	bool evidence = e->step && note_event(walked_of(s, e->step), e);
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
	list_pending(s, s->asked, &pending);
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
	s->walked = xcalloc(run->stack->state.n + 1, sizeof(*s->walked));
	return s;
}

struct step_by_step *step_by_step_free(struct step_by_step *s)
{
	if (!s)
		return NULL;
	free(s->walked);
	free(s);
	return NULL;
}
