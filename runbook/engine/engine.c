/* SPDX-License-Identifier: Apache-2.0 */
/* The turn of the engine: start what can start, take what ended, ask again what is due. */
#include "runbook/engine/engine_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

enum { TIMEOUT_FLOOR_MS = 60000 }; /* so fast this machine is not, however fast the rehearsal */

int64_t engine_scaled_ms(const struct engine *e, int64_t aws_ms)
{
	return (int64_t)((double)aws_ms / e->run->speed);
}

struct slot *engine_slot(struct engine *e, const char *step_id)
{
	for (size_t i = 0; i < e->n; i++)
		if (strcmp(e->slots[i].step->id, step_id) == 0)
			return &e->slots[i];
	return NULL;
}

bool slot_needs(const struct slot *s, const char *step_id)
{
	for (const struct step_need *n = s->step->needs; n && n->step; n++)
		if (strcmp(n->step, step_id) == 0)
			return true;
	return false;
}

/* What the journal says exists is not gone because one answer says so. */
static void expect_recorded(const struct run *run)
{
	const struct run_state *st = &run->stack->state;

	for (size_t i = 0; i < st->n && run->session; i++)
		for (size_t k = 0; k < st->history[i].n_outputs; k++)
			if (st->history[i].outputs[k].value)
				aws_session_expect_id(run->session,
						      st->history[i].outputs[k].value);
}

void engine_note_recent_ids(const struct run *run)
{
	const struct run_state *st = &run->stack->state;
	int64_t now = clock_utc_ms();

	for (size_t i = 0; i < st->n && run->session; i++) {
		const struct step_history *history = &st->history[i];

		if (history->state == STEP_HELD || history->state == STEP_UNDONE)
			continue;
		for (size_t k = 0; k < history->n_outputs; k++)
			if (history->outputs[k].value)
				aws_session_note_id(run->session, history->outputs[k].value,
						    (now - history->outputs[k].at_ms) / 1000);
	}
}

void engine_init(struct engine *e, struct run *run, const struct engine_options *opt,
		 const struct engine_mode *mode)
{
	struct run_state *st = &run->stack->state;

	memset(e, 0, sizeof(*e));
	e->run = run;
	e->opt = opt;
	e->mode = mode;
	e->n = st->n;
	e->slots = xcalloc(e->n + 1, sizeof(*e->slots));
	expect_recorded(run);
	if (run->session)
		aws_session_share_reads(run->session, !opt->serial);
	for (size_t i = 0; i < e->n; i++) {
		e->slots[i].engine = e;
		e->slots[i].step = st->history[i].step;
		e->slots[i].history = &st->history[i];
		e->slots[i].in_scope = true;
	}
}

void engine_clear(struct engine *e)
{
	e->run->is_held = NULL;
	e->run->is_held_arg = NULL;
	for (size_t i = 0; i < e->n; i++) {
		(void)rb_error_free(e->slots[i].err);
		slot_clear_by_hand(&e->slots[i]);
	}
	free(e->slots);
	(void)rb_error_free(e->failure);
}

void engine_fail(struct engine *e, struct rb_error *err)
{
	if (e->failure)
		(void)rb_error_free(err);
	else
		e->failure = err;
}

/* ---- one pass ----------------------------------------------------------- */

static void run_pass(void *arg)
{
	struct slot *s = arg;

	s->err = step_ctx_call(&s->ctx);
}

static void start_pass(struct engine *e, struct slot *s)
{
	step_ctx_init(&s->ctx, e->run, s->step, s->pass);
	s->ctx.by_hand = s->by_hand && s->pass != PHASE_VERIFY;
	s->ctx.fresh = s->pass == PHASE_DO && s->first && !s->did && !s->by_hand &&
		       e->run->stack->begun_here;
	if (s->quiet)
		s->ctx.first_change = e->mode->first_change;
	s->ctx.first_change_arg = s;
	if (s->pass == PHASE_DO)
		s->did = true;
	if (s->pass == PHASE_VERIFY)
		s->ctx.verify_pass = ++s->verify_passes;
	s->ctx.expected = s->expected;
	slot_may_look_in_parts(e, s);
	slot_may_await(e, s);
	s->phase = SLOT_BUSY;
	s->pass_begun_ms = clock_mono_ms();
	s->begun_turn = e->turn;
	log_debug("step %s %s", s->step->id, phase_name(s->pass));
	s->task = loop_spawn(e->opt->loop, run_pass, s);
}

/* ---- the turn ----------------------------------------------------------- */

void engine_start_clock(const struct engine *e, struct slot *s)
{
	int64_t timeout = e->opt->timeout_ms;

	if (!timeout) {
		timeout = engine_scaled_ms(e, e->mode->timeout_ms);
		timeout = timeout < TIMEOUT_FLOOR_MS ? TIMEOUT_FLOOR_MS : timeout;
	}
	s->begun_ms = clock_mono_ms();
	s->deadline_ms = s->begun_ms + timeout;
}

static void begin(struct engine *e, struct slot *s)
{
	engine_start_clock(e, s);
	e->mode->begin(e, s);
}

static void overdue(struct engine *e, struct slot *s, const struct step_wait *wait)
{
	struct rb_error *err =
		rb_error_new(RB_FAILED, "step %s %-s", s->step->id, e->mode->overdue);
	int64_t waited_s = (clock_mono_ms() - s->begun_ms) / 1000;

	if (wait->what)
		err = rb_error_why(err, "after %lld s AWS still says '%-s' of %-s%s%-s",
				   (long long)waited_s, wait->state, wait->what,
				   wait->reason ? ": " : "", wait->reason ? wait->reason : "");
	else
		err = rb_error_why(err, "%lld s are over", (long long)waited_s);
	err = rb_error_where(err, "step %s %-s", s->step->id, phase_name(s->pass));
	err = rb_error_hint(err, "it may still come; --timeout sets how long it is waited for");
	err = rb_error_next(err, RB_NEXT_AGAIN, NULL);
	e->stopping |= e->mode->failure_stops;
	slot_fail(e, s, err);
}

static void take(struct engine *e, struct slot *s)
{
	task_free(s->task);
	s->task = NULL;
	s->phase = SLOT_IDLE;
	if (s->at_gate) {
		slot_gate_ended(e, s);
		return;
	}
	s->pass_ms = clock_mono_ms() - s->pass_begun_ms;
	s->busy_ms += s->pass_ms;
	e->mode->ended(e, s);
	if (s->phase == SLOT_WAITING && s->wait_since_ms && clock_mono_ms() >= s->deadline_ms)
		overdue(e, s, &s->ctx.wait);
	step_ctx_clear(&s->ctx);
	s->err = rb_error_free(s->err);
	engine_wake_awaiting(e);
}

static void take_ended(struct engine *e)
{
	for (size_t i = 0; i < e->n; i++)
		if (e->slots[i].phase == SLOT_BUSY && task_is_done(e->slots[i].task))
			take(e, &e->slots[i]);
}

static void start_due(struct engine *e)
{
	e->turn++;
	for (size_t i = 0; i < e->n && !e->stopping; i++) {
		struct slot *s = &e->slots[i];

		if (s->phase == SLOT_IDLE && s->in_scope && !e->refused && e->mode->ready(e, s))
			begin(e, s);
		/* the clock of now: what begins at once begins in this turn, and shares its reads
		 */
		if (s->phase == SLOT_WAITING && s->next_ms <= clock_mono_ms() && !e->stopping &&
		    !slot_looks_later(e, s))
			start_pass(e, s);
	}
}

static bool is_any_busy(const struct engine *e)
{
	for (size_t i = 0; i < e->n; i++)
		if (e->slots[i].phase == SLOT_BUSY)
			return true;
	return false;
}

/* Once a gate said no, a step that a person does is not waited for: it may be for days. */
static bool is_any_awaited(const struct engine *e)
{
	for (size_t i = 0; i < e->n && !e->stopping && !e->interrupted; i++)
		if (e->slots[i].phase == SLOT_WAITING && !(e->refused && e->slots[i].by_hand))
			return true;
	return false;
}

static int64_t next_turn_ms(const struct engine *e, int64_t tick_ms)
{
	int64_t now = clock_mono_ms(), ms = tick_ms < 0 ? 1000 : tick_ms;

	for (size_t i = 0; i < e->n && !e->stopping && !e->interrupted; i++)
		if ((e->slots[i].phase == SLOT_WAITING || slot_rest_waits(&e->slots[i])) &&
		    slot_looks_ms(&e->slots[i]) - now < ms)
			ms = slot_looks_ms(&e->slots[i]) - now;
	return ms < 0 ? 0 : ms;
}

struct rb_error *engine_go(struct engine *e)
{
	const struct engine_host *host = e->opt->host;

	for (;;) {
		int64_t tick_ms = host && host->tick ? host->tick(host->arg) : -1;

		/* Asked every time: the second Ctrl-C ends the process in there. */
		if (host && host->interrupted && host->interrupted(host->arg) && !e->interrupted) {
			e->interrupted = true;
			loop_interrupt(e->opt->loop);
		}
		take_ended(e);
		if (!e->interrupted)
			start_due(e);
		engine_go_on_looking(e);
		if (!is_any_busy(e) && !is_any_awaited(e))
			break;
		loop_run_once(e->opt->loop, next_turn_ms(e, tick_ms), host ? host->wake_fd : -1);
	}
	if (host && host->tick)
		(void)host->tick(host->arg);
	if (e->run->stack->journal) {
		struct rb_error *err = journal_flush(e->run->stack->journal);

		if (err)
			engine_fail(e, err);
	}
	if (e->interrupted && (!e->failure || e->failure->kind == RB_INTERRUPTED)) {
		e->failure = rb_error_free(e->failure);
		return rb_error_new(RB_INTERRUPTED, "interrupted");
	}
	{
		struct rb_error *err = e->failure;

		e->failure = NULL;
		return err;
	}
}

/* ---- one call, watched -------------------------------------------------- */

struct watched {
	struct rb_error *(*fn)(void *arg);
	void *arg;
	struct rb_error *err;
};

static void run_watched(void *arg)
{
	struct watched *w = arg;

	w->err = w->fn(w->arg);
}

struct rb_error *engine_watch(const struct engine_options *opt, struct rb_error *(*fn)(void *arg),
			      void *arg)
{
	const struct engine_host *host = opt->host;
	struct watched w = { fn, arg, NULL };
	struct task *task = loop_spawn(opt->loop, run_watched, &w);

	while (!task_is_done(task)) {
		if (host && host->interrupted && host->interrupted(host->arg))
			loop_interrupt(opt->loop);
		loop_run_once(opt->loop, 1000, host ? host->wake_fd : -1);
	}
	task_free(task);
	return w.err;
}
