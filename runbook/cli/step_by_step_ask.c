/* SPDX-License-Identifier: Apache-2.0 */
/* The question before a step: what it waits for, the choices, the answer. */
#include "runbook/cli/step_by_step_int.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/alloc.h"
#include "runbook/cli/step_by_step_view.h"
#include "runbook/ui/lang.h"

enum { SHORT_S = 15 }; /* what usually takes no longer is awaited without a question */

/* One of them ends in a moment: its evidence is worth more than an early question. */
static bool is_any_short(const struct step_by_step *s, const struct strv *pending)
{
	const struct run_state *st = &s->run->stack->state;

	for (size_t i = 0; i < pending->n; i++) {
		struct step_history *history = state_history(st, pending->v[i]);

		if (history->step->usual_s <= SHORT_S && !s->seen[history - st->history].slow &&
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
			TRY(loop_sleep(s->run->loop, STEP_BY_STEP_TURN_MS));
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

		step_by_step_pending(s, step, &pending);
		if (!pending.n || (!all && !is_any_short(s, &pending)))
			return NULL;
		if (s->failed)
			return rb_error_new(RB_FAILED, "another step failed");
		TRY(loop_sleep(s->run->loop, STEP_BY_STEP_TURN_MS));
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

	step_by_step_pending(s, step, &pending);
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

struct rb_error *step_by_step_ask(struct step_by_step *s, const struct step *step)
{
	const struct run_state *st = &s->run->stack->state;
	const struct step_people people = { st->operator_name, st->witness, s->run->speed };
	bool asks = true;

	TRY(wait_for(s, step, /* all= */ false));
	step_view_show(st, step_by_step_history(s, step), s->undoing, &people);
	while (asks)
		TRY(answer(s, step, &asks));
	return NULL;
}
