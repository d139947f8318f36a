/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine with steps that only pretend: order, overlap, failure, interrupt,
 * resume, repair, stale steps, undo.  The loop is the real one; AWS's time runs
 * ten thousand times as fast.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/core/session.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "net/loop.h"
#include "runbook/engine/engine.h"
#include "runbook/record/aftermath.h"
#include "tests/lib/aws_world.h"
#include "tests/lib/temp.h"

/* ---- the pretended world: one thing a step ------------------------------ */

enum { N = 7 };
#define TEN "ABCDEFGHIJ"
#define LONG_WORD TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static struct thing {
	bool exists;
	bool twice; /* made while it was there already: a duplicate */
	int made;   /* times */
	int polls;  /* looks until it is no longer pending */
	int polls_left;
	int undo_polls;
	int undo_polls_left;
	int usual_s;  /* of its wait; 0: a second */
	int takes_ms; /* it is pending so long after it was made */
	int64_t made_ms;
	bool waits_in_use;  /* its undo waits for what another step may free */
	bool forgets_early; /* undo: its id, before the last wait */
	bool differs;	    /* somebody changed it */
	int stale_reads;    /* so often after it was made AWS answers as before */
	bool never_right;   /* do does not help */
	bool do_fails;
	bool gone;	     /* its verify's call says so */
	bool interrupts;     /* somebody presses Ctrl-C while its verify is at work */
	bool vanishes;	     /* once it is no longer pending it is gone */
	int stale_verify_ms; /* verify_ms, from when it is stale */
	bool is_looked_at;   /* its verify is at work */
	bool in_parts;	     /* which may wait before its rest: "=1-1" */
	int verify_ms;	     /* how long verify takes, in a task */
	const char *asks;    /* its verify asks whether that step holds; NULL: it does not */
	bool answer;	     /* to that */
	bool untried;	     /* it stands as it was made, and whether it works was not tried */
	bool breaks;	     /* its verify fails, as with a path that is broken */
	bool why_not;	     /* its error tells it, in AWS's way */
	bool too_early;	     /* it began while what it needs was not believed, or not there */
	bool undo_fails;
	enum rb_kind undo_kind; /* why; RB_FAILED: it is denied */
	int undo_in_use;	/* so often AWS says that something hangs on it */
	const char *undo_waits_for;
	int do_rounds;	    /* passes before: three answers are lost, then it waits, and so on */
	int undo_ms;	    /* how long a pass of its undo takes, in a task */
	int undo_lost;	    /* answers to its delete that get lost */
	int undo_rounds;    /* the same of its undo */
	int lost;	    /* answers that get lost */
	int lost_before;    /* so many of its calls are lost before they did anything */
	bool taken;	    /* a first do, which does not look, is told that it is there */
	int do_ms;	    /* how long do takes, in a task */
	int more_ms;	    /* how long after its id it gives more; 0: it does not */
	const char *awaits; /* 6-2: the output that its do asks for; NULL: "more" */
	const char *id;	    /* what it gives; a new one each time when NULL */
} things[N];

static struct buf trace; /* "+1-1" do, "?1-1" verify, "-1-1" undo, in the order of their begin */
static struct loop *loop;
static bool ctrl_c; /* pressed by a thing */
static int busy, most_busy;

static size_t index_of(const struct step_ctx *ctx)
{
	const struct step *const *steps = ctx->run->stack->state.procedure->steps;

	for (size_t i = 0; steps[i]; i++)
		if (steps[i] == ctx->step)
			return i;
	abort();
}

static void note_begin(const struct step_ctx *ctx, char what)
{
	(void)buf_addf(&trace, "%c%s ", what, ctx->step->id);
	busy++;
	most_busy = busy > most_busy ? busy : most_busy;
}

static struct rb_error *work(struct step_ctx *ctx, int ms)
{
	(void)ctx;
	return loop_sleep(loop, ms);
}

static struct rb_error *make(struct step_ctx *ctx, struct thing *t)
{
	autofree char *id = NULL;

	if (t->taken && (step_is_fresh(ctx) || t->never_right))
		return rb_error_because(RB_EXISTS, "there is one");
	if (!t->exists) {
		TRY(step_ctx_intent(ctx, "fake", "Create", "nowhere"));
		if (t->lost_before) {
			t->lost_before--;
			return rb_error_because(RB_LOST, "the call was lost");
		}
		t->twice |= t->exists;
		t->exists = true;
		t->made++;
		t->made_ms = clock_mono_ms();
		t->polls_left = t->polls;
		if (t->lost) {
			t->lost--;
			return rb_error_because(RB_LOST, "the answer was lost");
		}
	}
	if (!step_is_by_hand(ctx))
		t->differs = t->never_right;
	id = t->id ? xstrdup(t->id) : xasprintf("id-%s-%d", ctx->step->id, t->made);
	TRY(step_record(ctx, "id", id));
	if (!t->more_ms)
		return NULL;
	TRY(work(ctx, t->more_ms));
	return step_record(ctx, "more", "there");
}

static const struct step s52, s62;

static bool lacks_more(const struct step_ctx *ctx)
{
	const struct run_state *st = &ctx->run->stack->state;

	return (ctx->step == &s52 || ctx->step == &s62) && !history_output(&st->history[0], "more");
}

/* False: this pass is none of those before. */
static bool is_round(struct step_ctx *ctx, int *rounds, const char *state, struct rb_error **ret)
{
	if (!*rounds)
		return false;
	if (--*rounds % 4)
		*ret = rb_error_because(RB_LOST, "the answer was lost");
	else
		step_pending(ctx, "thing", state, NULL, 1);
	return true;
}

static struct rb_error *do_thing(struct step_ctx *ctx)
{
	struct thing *t = &things[index_of(ctx)];
	struct rb_error *err;

	note_begin(ctx, '+');
	t->too_early |= lacks_more(ctx);
	if (ctx->step == &s62) {
		const char *more;

		ctrl_c |= t->interrupts;
		err = step_need_output(ctx, "6-1", t->awaits ? t->awaits : "more", &more);
		busy -= err != NULL;
		TRY(err);
	}
	err = work(ctx, t->do_ms);
	if (!err && t->do_fails)
		err = rb_error_new(RB_DENIED, "cannot make it");
	if (err && t->why_not) {
		err = rb_error_why(err, "Encoded authorization failure message: %s", LONG_WORD);
		err = rb_error_next(err, RB_NEXT_SET, LONG_WORD);
		err->aws_code = xstrdup(LONG_WORD);
		err->request_id = xstrdup(LONG_WORD);
	}
	if (!err && !is_round(ctx, &t->do_rounds, "creating", &err))
		err = make(ctx, t);
	busy--;
	return err;
}

static const struct step s31;

static struct rb_error *verify_thing(struct step_ctx *ctx)
{
	struct thing *t = &things[index_of(ctx)];
	struct rb_error *err;

	note_begin(ctx, '?');
	if (t->asks)
		t->answer = step_is_held(ctx, t->asks);
	if (ctx->step == &s31 && things[3].is_looked_at)
		things[4].too_early = true;
	t->is_looked_at = true;
	ctrl_c |= t->interrupts;
	err = t->verify_ms ? work(ctx, t->verify_ms) : NULL;
	t->is_looked_at = false;
	busy--;
	if (err)
		return err;
	if (t->in_parts && ctx->rest_later) {
		TRY(ctx->rest_later(ctx->rest_later_arg));
		(void)buf_addf(&trace, "=%s ", ctx->step->id);
	}
	if (t->gone)
		return rb_error_because(RB_GONE, "it is not known any more");
	if (t->breaks)
		return rb_error_new(RB_FAILED, "nobody answers");
	if (t->untried)
		step_untried(ctx, "made long ago");
	if (!t->exists) {
		step_missing_output(ctx, "id", "no such thing");
		return NULL;
	}
	if (t->polls_left || clock_mono_ms() - t->made_ms < t->takes_ms) {
		t->polls_left -= t->polls_left > 0;
		step_pending(ctx, "thing", "creating", NULL, t->usual_s ? t->usual_s : 1);
		t->exists = !t->vanishes;
	}
	step_expect(ctx, "setting", "right", t->differs || t->stale_reads > 0 ? "wrong" : "right");
	t->stale_reads -= t->stale_reads > 0;
	return NULL;
}

static struct rb_error *undo_thing(struct step_ctx *ctx)
{
	struct thing *t = &things[index_of(ctx)];
	struct rb_error *err = NULL;

	note_begin(ctx, '-');
	if (t->undo_ms)
		err = work(ctx, t->undo_ms);
	busy--;
	if (err)
		return err;
	if (t->undo_fails)
		return rb_error_new(t->undo_kind ? t->undo_kind : RB_DENIED, "cannot delete it");
	if (is_round(ctx, &t->undo_rounds, "deleting", &err))
		return err;
	if (t->undo_in_use) {
		t->undo_in_use--;
		return rb_error_because(RB_DEPENDENCY, "something hangs on it");
	}
	if (t->undo_waits_for) {
		step_pending_undo(ctx, "thing", "another names it", t->undo_waits_for,
				  t->usual_s ? t->usual_s : 1);
		return NULL;
	}
	if (t->exists) {
		TRY(step_ctx_intent(ctx, "fake", "Delete", "nowhere"));
		t->exists = false;
		t->undo_polls_left = t->undo_polls;
		if (t->undo_lost) {
			t->undo_lost--;
			return rb_error_because(RB_LOST, "the answer was lost");
		}
	}
	if (t->undo_polls_left) {
		t->undo_polls_left--;
		if (t->forgets_early)
			TRY(step_forget(ctx, "id"));
		if (t->waits_in_use)
			step_pending_undo(ctx, "thing", NULL, NULL, t->usual_s ? t->usual_s : 1);
		else
			step_pending(ctx, "thing", "deleting", NULL, t->usual_s ? t->usual_s : 1);
		return NULL;
	}
	return step_forget(ctx, "id");
}

#define GIVES ((const char *const[]){ "id", NULL })
#define STEP_(var, number, after, ...)                                                             \
	static const struct step var = { .id = number,                                             \
					 .title = "step " number,                                  \
					 .needs = (const struct step_need[]){ __VA_ARGS__ },       \
					 .gives = GIVES,                                           \
					 .undo_after = after,                                      \
					 .do_ = do_thing,                                          \
					 .verify = verify_thing,                                   \
					 .undo = undo_thing }

/* 1-1 slow to hold; 1-2 needs it made; 2-1 and 2-2 a section of their own; 3-1 needs both sides;
 * 3-2 needs 1-1 held, and its undo begins at once; 3-3 needs it made. */
STEP_(s11, "1-1", NULL, { 0 });
STEP_(s12, "1-2", NULL, { "1-1", WHEN_MADE, NULL }, { 0 });
/* as NULL says it, by the thing instead of the step */
STEP_(s21, "2-1", ((const char *const[]){ "2-2.id", NULL }), { 0 });
STEP_(s22, "2-2", NULL, { "2-1", WHEN_MADE, NULL }, { 0 });
STEP_(s31, "3-1", NULL, { "1-2", WHEN_MADE, NULL }, { "2-2", WHEN_MADE, NULL }, { 0 });
STEP_(s32, "3-2", ((const char *const[]){ NULL }), { "1-1", WHEN_HELD, NULL },
      { "3-1", WHEN_MADE, NULL }, { 0 });
STEP_(s33, "3-3", NULL, { "3-2", WHEN_MADE, NULL }, { 0 });

/* A procedure of the test's own. */
static const struct step *const all_steps[] = { &s11, &s12, &s21, &s22, &s31, &s32, &s33, NULL };
static const struct procedure procedure = { .name = "engine",
					    .title = "Seven steps",
					    .steps = all_steps };

/* 4-1 waits for 1-1; 4-2 needs nothing, and comes after 4-1 all the same. */
STEP_(s41, "4-1", NULL, { "1-1", WHEN_HELD, NULL }, { 0 });
STEP_(s42, "4-2", NULL, { 0 });
static const struct step *const section_steps[] = { &s11, &s41, &s42, NULL };
static const struct procedure sections = { .name = "sections",
					   .title = "Three steps",
					   .steps = section_steps };

/* 5-2 needs what 5-1 records last. */
static const struct step s51 = { .id = "5-1",
				 .title = "step 5-1",
				 .needs = (const struct step_need[]){ { 0 } },
				 .gives = (const char *const[]){ "id", "more", NULL },
				 .do_ = do_thing,
				 .verify = verify_thing,
				 .undo = undo_thing };
STEP_(s52, "5-2", NULL, { "5-1", WHEN_MADE, "more" }, { 0 });
static const struct step *const output_steps[] = { &s51, &s52, NULL };
static const struct procedure outputs = { .name = "outputs",
					  .title = "Two steps",
					  .steps = output_steps };

/* 6-2 begins with 6-1, and asks for what that records last. */
static const struct step s61 = { .id = "6-1",
				 .title = "step 6-1",
				 .needs = (const struct step_need[]){ { 0 } },
				 .gives = (const char *const[]){ "id", "more", NULL },
				 .do_ = do_thing,
				 .verify = verify_thing,
				 .undo = undo_thing };
STEP_(s62, "6-2", NULL, { "6-1", WHEN_BEGUN, "more" }, { 0 });
static const struct step *const awaiting_steps[] = { &s61, &s62, NULL };
static const struct procedure awaiting = { .name = "awaiting",
					   .title = "Two steps",
					   .steps = awaiting_steps };
static const struct procedure *const procedures[] = { &procedure, &sections, &outputs, &awaiting,
						      NULL };

/* ---- a command ----------------------------------------------------------- */

struct world {
	char *dir;
	struct params params;
	struct stack stack;
	struct run run;
	struct engine_options opt;
	struct engine_host host;
	struct event_sink sink;
	struct buf events;
	const char *interrupt_at; /* an event's step: then somebody presses Ctrl-C */
	bool interrupt_now;
	off_t bytes, synced; /* of the journal, and of these on the disk, at the last error */
	const struct step *failed;
	const struct step *waits_by_hand; /* of which the last wait was told; */
	int waits;			  /* so often */
	void (*person)(struct world *w);  /* acts at each of its waits; NULL: nobody is there */
};

/* How many bytes of the journal there are, and how many are on the disk; the program says. */
static void note_synced(struct world *w)
{
	autofree char *path = stack_path(&w->stack, "journal.jsonl");
	autofree char *synced = stack_path(&w->stack, "journal.jsonl.synced");
	auto_buf text = BUF_INIT;
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_null(file_read(synced, 100, &text));
	w->bytes = st.st_size;
	w->synced = (off_t)strtoull(strchr(text.p, ' '), NULL, 10);
}

static void on_event(void *arg, const struct event *e)
{
	struct world *w = arg;

	if (e->type == EVENT_ERROR)
		note_synced(w);
	if (e->type == EVENT_BY_HAND)
		(void)buf_addf(&w->events, "hand:%s%s ", e->undoing ? "-" : "", e->step->id);
	if (e->type == EVENT_DRIFT)
		(void)buf_addf(&w->events, "drift:%s ", e->step->id);
	if (e->type == EVENT_WAIT && strcmp(e->what, "by hand") == 0) {
		w->waits_by_hand = e->step;
		w->waits++;
		(void)buf_addf(&w->events, "wait:%s:%s ", e->step->id, e->reason ? e->reason : "");
		if (w->person)
			w->person(w);
	}
	if (e->type == EVENT_STATE && e->step) {
		(void)buf_addf(&w->events, "%s=%s ", e->step->id, step_state_name(e->state));
		if (w->interrupt_at && strcmp(e->step->id, w->interrupt_at) == 0)
			w->interrupt_now = true;
		for (size_t i = 0; i < N && e->state == STEP_STALE; i++)
			if (all_steps[i] == e->step)
				things[i].verify_ms = things[i].stale_verify_ms;
	}
}

static bool is_interrupted(void *arg)
{
	return ((struct world *)arg)->interrupt_now || ctrl_c;
}

static void ok(struct rb_error *err)
{
	if (err)
		print_error("%s: %s\n", err->what ? err->what : "-", err->why ? err->why : "-");
	assert_null(err);
}

/* Another process, as far as the engine can tell: all from the journal, a new loop. */
static void restart(struct world *w)
{
	stack_close(&w->stack);
	loop_free(loop);
	loop = loop_new();
	ok(stack_open(&w->stack, w->dir, "s", STACK_WRITE, procedures));
	w->interrupt_at = NULL;
	w->interrupt_now = ctrl_c = false;
	w->failed = NULL;
	w->person = NULL;
	w->run.loop = loop;
	w->opt = (struct engine_options){ .loop = loop, .host = &w->host };
	buf_reset(&trace);
	buf_reset(&w->events);
	most_busy = 0;
}

static int setup_of(void **state, const struct procedure *p)
{
	struct world *w = xcalloc(1, sizeof(*w));
	char name[TEMP_MAX];

	memset(things, 0, sizeof(things));
	buf_init(&trace);
	buf_init(&w->events);
	assert_true(temp_folder(name, "test_engine"));
	w->dir = xstrdup(name);
	params_init(&w->params, p);
	ok(params_finish(&w->params));
	w->sink = (struct event_sink){ w, on_event };
	w->host = (struct engine_host){ w, -1, is_interrupted, NULL };
	w->run = (struct run){ .stack = &w->stack, .sink = &w->sink, .speed = 10000 };
	w->stack.lock_fd = -1;
	loop = loop_new();
	restart(w);
	ok(stack_begin_run(&w->stack, "123456789012", "aws", &w->params));
	*state = w;
	return 0;
}

static int setup(void **state)
{
	return setup_of(state, &procedure);
}

static int setup_sections(void **state)
{
	return setup_of(state, &sections);
}

static int setup_outputs(void **state)
{
	return setup_of(state, &outputs);
}

static int setup_awaiting(void **state)
{
	return setup_of(state, &awaiting);
}

static int teardown(void **state)
{
	struct world *w = *state;

	stack_close(&w->stack);
	loop_free(loop);
	loop = NULL;
	params_clear(&w->params);
	buf_clear(&w->events);
	buf_clear(&trace);
	assert_null(file_remove_tree(w->dir));
	free(w->dir);
	free(w);
	return 0;
}

static void all_hold(const struct world *w)
{
	for (size_t i = 0; i < N; i++) {
		assert_true(things[i].exists);
		assert_false(things[i].twice);
		assert_int_equal(w->stack.state.history[i].state, STEP_HELD);
	}
}

static size_t at(const char *what)
{
	const char *p = strstr(trace.p, what);

	if (!p)
		fail_msg("'%s' is not in '%s'", what, trace.p);
	return (size_t)(p - trace.p);
}

static bool traced(const char *what)
{
	return strstr(trace.p, what) != NULL;
}

static int times(const char *what)
{
	int n = 0;

	for (const char *p = trace.p; (p = strstr(p, what)); p++)
		n++;
	return n;
}

/* ---- by hand -------------------------------------------------------------- */

/* A person who acts at the second look. */
static void person_makes(struct world *w)
{
	struct thing *t = &things[state_history(&w->stack.state, w->waits_by_hand->id) -
				  w->stack.state.history];

	t->exists |= w->waits == 2;
}

static void person_mends(struct world *w)
{
	person_makes(w);
	things[1].differs = w->waits < 5;
}

static void person_removes(struct world *w)
{
	things[1].exists = w->waits < 2;
}

static void person_removes_all(struct world *w)
{
	(void)w;
	for (size_t i = 0; i < N; i++)
		things[i].exists = false;
}

/* Presses Ctrl-C instead. */
static void person_leaves(struct world *w)
{
	w->interrupt_now = true;
}

static const struct history_hand *hand_of(const struct world *w, size_t i, bool undoing)
{
	return history_hand(&w->stack.state.history[i], undoing);
}

static void what_a_person_does_is_waited_for_and_never_made(void **state)
{
	struct world *w = *state;

	w->person = person_makes;
	ok(engine_set_by_hand(&w->run, &s12, /* undoing= */ false, /* by_hand= */ true));
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_int_equal(things[1].made, 0);
	assert_int_equal(things[0].made, 1);
	assert_true(w->waits >= 2);
	assert_non_null(strstr(strstr(w->events.p, "hand:1-2 "), "wait:1-2:fake Create "));
	assert_string_equal(history_output(&w->stack.state.history[1], "id"), "id-1-2-0");
	assert_true(at("+3-1") > at("?1-2")); /* what needs it waited, too */
	assert_true(hand_of(w, 1, false)->done);
	assert_false(hand_of(w, 0, false)->done);

	/* Nothing differs: the next command asks nothing of anybody. */
	restart(w);
	w->person = NULL;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	assert_null(strstr(w->events.p, "hand:"));
	assert_true(hand_of(w, 1, false)->done);

	/* Drift of what a person made is theirs, too. */
	restart(w);
	things[1].exists = false;
	w->waits = 0;
	w->person = person_makes;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	assert_non_null(strstr(w->events.p, "hand:1-2 "));
	assert_int_equal(things[1].made, 0);
}

static void who_does_it_is_recorded_and_the_wait_is_carried_on(void **state)
{
	struct world *w = *state;
	auto_error struct rb_error *err = NULL;

	ok(stack_record(&w->stack,
			json_pack("{s:s, s:s, s:s}", "type", "command", "command", "run",
				  "operator", "alice"),
			false));
	w->person = person_leaves;
	ok(engine_set_by_hand(&w->run, &s12, false, true));
	err = engine_forward(&w->run, &w->opt, &w->failed);
	assert_int_equal(err->kind, RB_INTERRUPTED);
	assert_false(things[1].exists);
	assert_false(hand_of(w, 1, false)->done);

	restart(w);
	assert_true(hand_of(w, 1, false)->chosen);
	w->waits = 0;
	w->person = person_makes;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	assert_int_equal(things[1].made, 0);
	assert_non_null(strstr(w->events.p, "hand:1-2 "));

	restart(w);
	assert_true(hand_of(w, 1, false)->done);
	assert_string_equal(hand_of(w, 1, false)->by, "alice");
}

static void a_person_has_all_the_time_unless_it_is_said(void **state)
{
	struct world *w = *state;
	auto_error struct rb_error *err = NULL;

	w->opt.to = &s11; /* on a busy machine that takes its time, too */
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	ok(engine_set_by_hand(&w->run, &s12, false, true));
	w->opt.to = &s12;
	w->opt.timeout_ms = 100;
	err = engine_forward(&w->run, &w->opt, &w->failed);
	assert_int_equal(err->kind, RB_FAILED);
	assert_string_equal(err->what, "step 1-2 does not hold yet");
	assert_ptr_equal(w->failed, &s12);
	assert_int_equal(things[1].made, 0);
}

static void what_a_person_made_otherwise_is_told_and_not_repaired(void **state)
{
	struct world *w = *state;

	ok(engine_set_by_hand(&w->run, &s12, false, true));
	things[1].differs = true;
	w->person = person_mends;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_true(w->waits >= 5);
	assert_non_null(strstr(w->events.p, "drift:1-2 "));
	/* told once, when it was seen twice */
	assert_null(strstr(strstr(w->events.p, "drift:1-2 ") + 1, "drift:1-2 "));
	assert_int_equal(things[1].made, 0);
}

static void what_is_given_back_the_program_does(void **state)
{
	struct world *w = *state;

	ok(engine_set_by_hand(&w->run, &s12, false, true));
	ok(engine_set_by_hand(&w->run, &s12, false, false));
	w->opt.timeout_ms = 10000; /* nobody is there to do it */
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	assert_int_equal(things[1].made, 1);
	assert_false(hand_of(w, 1, false)->done);
}

/* What the choice at a question is: of the step that is asked about. */
static struct rb_error *choose_at_gate(void *arg, const struct step *step, bool undoing)
{
	struct world *w = arg;

	return step == &s22 ? engine_set_by_hand(&w->run, step, undoing, true) : NULL;
}

static void a_gate_may_choose_it(void **state)
{
	struct world *w = *state;
	const struct engine_gate gate = { w, choose_at_gate };

	w->opt.gate = &gate;
	w->person = person_makes;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_int_equal(things[3].made, 0);
	assert_true(hand_of(w, 3, false)->done);
}

static void undo_by_hand_waits_until_it_is_gone(void **state)
{
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	w->waits = 0;
	w->person = person_removes;
	ok(engine_set_by_hand(&w->run, &s12, /* undoing= */ true, true));
	ok(engine_back(&w->run, &w->opt));
	for (size_t i = 0; i < N; i++)
		assert_int_equal(w->stack.state.history[i].state, STEP_UNDONE);
	assert_non_null(strstr(strstr(w->events.p, "hand:-1-2 "), "wait:1-2:fake Delete "));
	assert_true(w->waits >= 2);
	assert_true(hand_of(w, 1, true)->done);
	assert_false(hand_of(w, 0, true)->done);
	assert_false(hand_of(w, 1, true)->chosen); /* that undo is over */
}

/* 3-2's undo begins at once, so that what is slow is asked for early; for a person 3-3, which
 * stands on it, comes first. */
static void a_person_undoes_what_hangs_on_it_first(void **state)
{
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	things[6].undo_polls = 1;
	w->waits = 1;
	w->person = person_removes_all;
	ok(engine_set_by_hand(&w->run, &s32, /* undoing= */ true, true));
	ok(engine_back(&w->run, &w->opt));
	assert_non_null(strstr(w->events.p, "3-3=undone "));
	assert_true(strstr(w->events.p, "3-3=undone ") < strstr(w->events.p, "hand:-3-2 "));
}

/* ---- forward -------------------------------------------------------------- */

static void steps_begin_when_what_they_need_is_there(void **state)
{
	struct world *w = *state;

	things[0].polls = 3;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_true(at("+1-1") < at("+1-2"));
	assert_true(at("+2-1") < at("+1-2")); /* the sections side by side */
	assert_true(at("+1-2") < at("+3-1"));
	assert_true(at("+2-2") < at("+3-1"));
	/* 3-2 waits until 1-1 holds: its fourth look */
	assert_int_equal(times("?1-1"), 4);
	assert_true(at("+3-2") > at("+3-1"));
	for (size_t i = 0; i < N; i++)
		assert_int_equal(things[i].made, 1);
}

/* Nobody looks whether what it needs held is there only because its id is. */
static void what_must_hold_is_waited_for(void **state)
{
	const char *held, *doing;
	struct world *w = *state;

	things[0].takes_ms = 400; /* 3-1 is made long before */
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	held = strstr(w->events.p, "1-1=held");
	doing = strstr(w->events.p, "3-2=doing");
	assert_true(held && doing && held < doing);
}

/* Soon, in between, and just past the usual time.  A slow machine looks later, not oftener. */
static void what_takes_its_usual_time_is_looked_at_three_times(void **state)
{
	struct world *w = *state;

	w->run.speed = 100;
	things[0].usual_s = 30;
	things[0].takes_ms = 300;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_in_range(times("?1-1"), 1, 3);
}

/* Each wait is longer than the one before it, also where AWS answers in between. */
static void the_longer_a_wait_the_rarer_the_looks(void **state)
{
	struct world *w = *state;

	w->run.speed = 200;
	things[0].usual_s = 120; /* after 5, 20 and 80 s, and past it; every 15 s would be eight */
	things[0].takes_ms = 600;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_in_range(times("?1-1"), 1, 5);
}

/* By its usual time it would be asked again after 15 s, which are 3.75 here. */
static void a_wait_ends_at_its_deadline(void **state)
{
	struct world *w = *state;
	auto_error struct rb_error *err = NULL;
	int64_t began_ms = clock_mono_ms();

	w->run.speed = 4;
	w->opt.timeout_ms = 500; /* it is first looked at after 125 ms */
	w->opt.to = &s11;
	things[0].polls = 1000;
	things[0].usual_s = 600;
	err = engine_forward(&w->run, &w->opt, &w->failed);
	assert_non_null(err);
	assert_true(clock_mono_ms() - began_ms < 3000);
}

static void from_a_step_on_nothing_is_done_before_the_earlier_ones_hold(void **state)
{
	struct world *w = *state;
	auto_error struct rb_error *err = NULL;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	w->opt.from = &s22;
	things[0].differs = true;
	things[0].verify_ms = 60; /* 2-2 needs nothing of it */
	err = engine_forward(&w->run, &w->opt, &w->failed);
	assert_int_equal(err->kind, RB_DRIFT);
	assert_int_equal(times("+2-2"), 0);
}

static void a_section_goes_in_its_order(void **state)
{
	struct world *w = *state;

	things[0].polls = 3;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	assert_true(at("+4-1") < at("+4-2"));
	assert_int_equal(times("?1-1"), 4);
}

/* That another output of the step is there says nothing. */
static void an_output_that_is_needed_is_waited_for(void **state)
{
	struct world *w = *state;

	things[0].more_ms = 60;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	assert_int_equal(things[1].made, 1);
	assert_false(things[1].too_early);
}

/* Its do has begun long before. */
static void what_is_not_needed_at_once_is_waited_for_where_it_is(void **state)
{
	struct world *w = *state;

	things[0].more_ms = 60;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	assert_true(things[1].too_early);
	assert_true(at("+6-1") < at("+6-2"));
	assert_int_equal(times("+6-2"), 1);
	assert_int_equal(things[1].made, 1);
	assert_true(things[1].made_ms - things[0].made_ms >= 60);
}

/* Not when the other step's do is over. */
static void an_awaited_output_is_seen_when_it_is_recorded(void **state)
{
	struct world *w = *state;

	things[0].do_ms = 60;
	things[0].more_ms = 2000;
	things[1].awaits = "id";
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	assert_true(things[1].made_ms - things[0].made_ms < 1500);
}

static void what_does_not_come_any_more_is_not_waited_for(void **state)
{
	struct world *w = *state;
	struct rb_error *err;

	things[0].do_ms = 60;
	things[0].do_fails = true;
	err = engine_forward(&w->run, &w->opt, &w->failed);
	assert_true(rb_error_is(err, RB_DENIED));
	(void)rb_error_free(err);
	assert_ptr_equal(w->failed, &s61);
	assert_int_equal(times("+6-2"), 1);
	assert_int_equal(things[1].made, 0);
	assert_null(w->stack.state.history[1].error); /* it is cut off, and has not failed */
	things[0].do_fails = false;
	restart(w);
	things[0].more_ms = 60;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	assert_int_equal(things[1].made, 1);
}

static void an_interrupt_ends_the_wait_for_another_step(void **state)
{
	struct world *w = *state;
	struct rb_error *err;

	things[0].more_ms = 5000; /* that is never over */
	things[1].interrupts = true;
	err = engine_forward(&w->run, &w->opt, &w->failed);
	assert_true(rb_error_is(err, RB_INTERRUPTED));
	(void)rb_error_free(err);
	assert_int_equal(things[1].made, 0);
}

/* Who is told how, or asked, is told all that the step's settings are. */
static void what_a_person_does_begins_when_all_is_there(void **state)
{
	struct world *w = *state;
	const char *told, *more;

	things[0].more_ms = 60;
	w->person = person_makes;
	ok(engine_set_by_hand(&w->run, &s62, /* undoing= */ false, /* by_hand= */ true));
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	told = strstr(w->events.p, "hand:6-2 ");
	more = strstr(w->events.p, "6-1=made ");
	assert_true(told && more && more < told);
}

static void a_step_that_is_not_made_is_not_begun_with_in_serial(void **state)
{
	struct world *w = *state;

	things[0].more_ms = 60;
	w->opt.serial = true;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	assert_false(things[1].too_early);
}

static void slow_steps_overlap(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < N; i++)
		things[i].do_ms = 20;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	assert_int_equal(most_busy, 2); /* the two sections */
}

/* Who is waited for is looked at at once, all others when nothing more is to be made. */
static void first_looks_come_together(void **state)
{
	struct world *w = *state;

	things[6].do_ms = 200;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_true(at("?1-1") < at("+3-2"));
	for (size_t i = 1; i < N; i++) {
		autofree char *look = xasprintf("?%s", all_steps[i]->id);

		assert_true(at("+3-3") < at(look));
		assert_int_equal(times(look), 1);
	}
	assert_non_null(strstr(trace.p, "?1-2 ?2-1 ?2-2 ?3-1 ?3-2 ?3-3"));
}

/* Who needs it held begins after its first part; the rest is read when the others look. */
static void the_rest_of_a_look_comes_with_the_others(void **state)
{
	struct world *w = *state;

	things[0].in_parts = true;
	things[6].do_ms = 200;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_true(at("?1-1") < at("+3-2"));
	assert_true(at("+3-3") < at("=1-1"));
	assert_true(strstr(w->events.p, "3-2=made") < strstr(w->events.p, "1-1=held"));
	for (size_t i = 0; i < N; i++) {
		autofree char *look = xasprintf("?%s", all_steps[i]->id);

		assert_int_equal(times(look), 1);
	}
}

static void the_rest_of_a_look_waits_for_some_seconds_at_most(void **state)
{
	struct world *w = *state;

	things[0].in_parts = true;
	things[0].stale_reads = 1;
	things[6].do_ms = 3400;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_true(strstr(w->events.p, "1-1=held") < strstr(w->events.p, "3-3=made"));
	assert_null(strstr(w->events.p, "drift"));
}

/* What is in flight ends: a look that waits goes on when nothing more is begun. */
static void a_failure_does_not_leave_a_look_half_done(void **state)
{
	struct world *w = *state;
	int64_t began_ms = clock_mono_ms();

	things[0].in_parts = true;
	things[6].do_fails = true;
	things[6].do_ms = 100;
	(void)rb_error_free(engine_forward(&w->run, &w->opt, &w->failed));
	assert_true(traced("=1-1"));
	assert_non_null(strstr(w->events.p, "1-1=held"));
	assert_true(clock_mono_ms() - began_ms < 3000);
}

static void an_interrupt_ends_a_look_that_waits(void **state)
{
	struct world *w = *state;

	things[0].in_parts = true;
	things[0].interrupts = true;
	(void)rb_error_free(engine_forward(&w->run, &w->opt, &w->failed));
	assert_false(traced("=1-1"));
}

static void nothing_waits_between_the_parts_of_a_look_in_serial(void **state)
{
	struct world *w = *state;

	things[0].in_parts = true;
	w->opt.serial = true;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_false(traced("=1-1"));
}

/* Nor for long; and what may be a stale read is one, however late the look. */
static void a_first_look_waits_for_some_seconds_at_most(void **state)
{
	struct world *w = *state;

	things[6].do_ms = 3400;
	things[2].stale_reads = 1;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_non_null(strstr(w->events.p, "2-1=held"));
	assert_true(strstr(w->events.p, "2-1=held") < strstr(w->events.p, "3-3=made"));
	assert_int_equal(times("?2-1"), 2);
	assert_null(strstr(w->events.p, "drift"));
}

static void serial_holds_each_before_the_next(void **state)
{
	struct world *w = *state;

	things[0].polls = 2;
	w->opt.serial = true;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_string_equal(trace.p, "+1-1 ?1-1 ?1-1 ?1-1 +1-2 ?1-2 +2-1 ?2-1 +2-2 ?2-2 +3-1 ?3-1 "
				     "+3-2 ?3-2 +3-3 ?3-3 ");
	assert_int_equal(most_busy, 1);
}

static void to_stops_after_its_step(void **state)
{
	struct world *w = *state;

	w->opt.to = &s12;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	assert_true(things[1].exists);
	assert_false(traced("2-1"));
	assert_string_equal(state_summary(&w->stack.state), "partial");
}

static void what_holds_is_verified_and_not_repeated(void **state)
{
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_false(traced("+"));
	assert_int_equal(times("?"), N);
}

static void the_first_failure_stops_new_work_and_says_where(void **state)
{
	struct world *w = *state;
	struct rb_error *err;

	things[1].do_fails = true;
	things[2].do_ms = 300; /* in flight when 1-2 fails, on a busy machine too */
	err = engine_forward(&w->run, &w->opt, &w->failed);
	assert_non_null(err);
	assert_int_equal(err->kind, RB_DENIED);
	assert_string_equal(err->where, "step 1-2 do");
	(void)rb_error_free(err);
	assert_ptr_equal(w->failed, &s12);
	assert_true(things[2].exists); /* finished */
	assert_int_equal(w->stack.state.history[2].state, STEP_MADE);
	assert_false(traced("+2-2"));
	assert_false(traced("+3-1"));
	assert_int_equal(w->stack.state.history[1].state, STEP_FAILED);
	assert_non_null(w->stack.state.history[1].error);
	assert_int_equal(w->stack.state.history[1].held_ms, 0);

	restart(w);
	things[1].do_fails = false;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_int_equal(things[0].made, 1);
	assert_int_equal(things[2].made, 1);
	assert_null(w->stack.state.history[1].error);
}

static void an_interrupt_finishes_what_is_in_flight_and_resume_carries_on(void **state)
{
	static const char *const at_steps[] = { "1-1", "1-2", "2-1", "2-2", "3-1", "3-2" };
	struct world *w = *state;

	things[0].polls = 2;
	things[0].do_ms = things[1].do_ms = 5;
	for (size_t i = 0; i < ARRAY_LEN(at_steps); i++) {
		struct rb_error *err;

		restart(w);
		w->interrupt_at = at_steps[i];
		err = engine_forward(&w->run, &w->opt, &w->failed);
		if (err) {
			assert_int_equal(err->kind, RB_INTERRUPTED);
			assert_int_equal(rb_error_exit_status(err), 130);
		}
		err = rb_error_free(err);
		assert_int_equal(busy, 0);
		for (size_t k = 0; k < N; k++) /* not a failure of any step */
			assert_int_not_equal(w->stack.state.history[k].state, STEP_FAILED);
	}
	restart(w);
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	for (size_t k = 0; k < N; k++)
		assert_int_equal(things[k].made, 1);
}

/* The last answer came all the same. */
static void an_interrupt_when_all_hold_is_none(void **state)
{
	struct world *w = *state;

	things[6].interrupts = true;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	assert_true(ctrl_c);
	all_hold(w);
}

enum { GATE_PATIENCE_MS = 20000 };

/* A gate that says no to one step; it takes a while, and notes whom it was asked for. */
struct no_to {
	const char *step; /* NULL: to none */
	int takes_ms;
	bool *interrupt; /* set when it is asked; NULL: nobody presses Ctrl-C */
	bool steady;	 /* it takes its time also after that, and says yes */
	int yes_ms;	 /* how long a yes takes; 0: as long as a no */
	/* It says no when `events` have that; NULL: at once. */
	const char *until;
	const struct buf *events;
};

static struct rb_error *ask_gate(void *arg, const struct step *step, bool undoing)
{
	const struct no_to *g = arg;
	int64_t give_up_ms = clock_mono_ms() + GATE_PATIENCE_MS;

	(void)buf_addf(&trace, "%c%s ", undoing ? '<' : '>', step->id);
	if (g->interrupt)
		*g->interrupt = true;
	if (g->yes_ms && !text_eq(g->step, step->id))
		TRY(loop_sleep(loop, g->yes_ms));
	else if (g->steady)
		loop_sleep_steadily(loop, g->takes_ms);
	else
		TRY(loop_sleep(loop, g->takes_ms));
	if (!text_eq(g->step, step->id))
		return NULL;
	/* What never comes is told by the test, whose engine this keeps going. */
	while (g->until && !strstr(g->events->p ? g->events->p : "", g->until) &&
	       clock_mono_ms() < give_up_ms)
		TRY(loop_sleep(loop, 5));
	return rb_error_new(RB_FAILED, "no");
}

static void a_gate_that_says_no_ends_it_before_that_step_begins(void **state)
{
	struct world *w = *state;
	struct no_to g = { .step = "2-2", .takes_ms = 5 };
	const struct engine_gate gate = { &g, ask_gate };
	auto_error struct rb_error *err = NULL;

	w->opt.gate = &gate;
	things[0].do_ms = 20; /* under way when the gate says no */
	err = engine_forward(&w->run, &w->opt, &w->failed);
	assert_string_equal(err->what, "no");
	assert_null(w->failed);
	assert_int_equal(times("+2-2"), 0);
	assert_int_equal(times("+3-1"), 0);
	assert_int_equal(things[0].made, 1);
	assert_int_equal(w->stack.state.history[3].state, STEP_TODO);
	assert_null(w->stack.state.history[3].error);

	/* Asked again by the next command, once for each step that it begins. */
	restart(w);
	g.step = NULL;
	w->opt.gate = &gate;
	things[1].lost = 1;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_int_equal(times(">2-2"), 1);
	assert_int_equal(times(">1-2"), 1);
	assert_int_equal(times("+1-2"), 2);
	assert_int_equal(times(">1-1"), 0); /* it was made: only looked at */
	assert_int_equal(things[0].made, 1);
	assert_true(strstr(trace.p, ">2-2") < strstr(trace.p, "+2-2"));

	/* A repair begins with the question, too; a look that finds all well asks nothing. */
	restart(w);
	w->opt.gate = &gate;
	things[4].differs = true;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	assert_int_equal(times(">"), 1);
	assert_int_equal(times(">3-1"), 1);

	/* Back: what does not hang on it goes on being undone. */
	restart(w);
	g.step = "3-2";
	w->opt.gate = &gate;
	err = rb_error_free(err);
	err = engine_back(&w->run, &w->opt);
	assert_string_equal(err->what, "no");
	assert_int_equal(times("-3-2"), 0);
	assert_int_equal(times("-1-1"), 0);
	assert_int_equal(w->stack.state.history[5].state, STEP_HELD);
}

/* What is going is no half-made thing that is left alone; only a person's step is not waited for.
 */
static void what_goes_when_a_gate_says_no_is_awaited(void **state)
{
	struct world *w = *state;
	struct no_to g = { .step = "2-1", .takes_ms = 5 };
	const struct engine_gate gate = { &g, ask_gate };
	auto_error struct rb_error *err = NULL;

	w->opt.gate = &gate;
	things[0].polls = 4;
	err = engine_forward(&w->run, &w->opt, &w->failed);
	assert_string_equal(err->what, "no");
	assert_int_equal(w->stack.state.history[0].state, STEP_HELD);
	assert_int_equal(w->stack.state.history[1].state, STEP_TODO); /* it was not begun */
	assert_int_equal(things[2].made, 0);

	/* A person's step waits on in the journal. */
	restart(w);
	err = rb_error_free(err);
	w->opt.gate = &gate;
	ok(engine_set_by_hand(&w->run, &s12, false, true));
	g.until = "wait:1-2"; /* the person's step waits */
	g.events = &w->events;
	w->opt.timeout_ms = 60000; /* it would fail */
	err = engine_forward(&w->run, &w->opt, &w->failed);
	assert_string_equal(err->what, "no");
	assert_non_null(strstr(w->events.p, "wait:1-2"));
	assert_int_equal(w->stack.state.history[1].state, STEP_DOING);
}

static void in_order_each_begins_when_all_before_it_have(void **state)
{
	struct world *w = *state;
	struct no_to g = { .step = NULL, .takes_ms = 1 };
	const struct engine_gate gate = { &g, ask_gate };
	const char *at = NULL;

	w->opt.gate = &gate;
	w->opt.in_order = true;
	things[0].polls = 6; /* 1-1 is slow to hold: nobody but 3-2 waits for that */
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	for (size_t i = 0; i < N; i++) {
		autofree char *asked = xasprintf(">%s", all_steps[i]->id);
		const char *found = strstr(trace.p, asked);

		assert_non_null(found);
		assert_true(!at || found > at);
		at = found;
	}
	/* What holds already is looked at side by side. */
	restart(w);
	w->opt.in_order = true;
	things[0].verify_ms = things[2].verify_ms = 20;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	assert_true(most_busy > 1);

	restart(w);
	w->opt.gate = &gate;
	w->opt.in_order = true;
	ok(engine_back(&w->run, &w->opt));
	at = NULL;
	for (size_t i = N; i-- > 0;) {
		autofree char *asked = xasprintf("<%s", all_steps[i]->id);
		const char *found = strstr(trace.p, asked);

		assert_non_null(found);
		assert_true(!at || found > at);
		at = found;
	}
}

/* What an earlier command saw to hold may be gone: only what this one has seen counts. */
static void whether_another_holds_is_what_this_command_saw(void **state)
{
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	things[0].verify_ms = 30;
	things[2].asks = "1-1"; /* 2-1 is verified meanwhile */
	things[2].answer = true;
	things[5].asks = "1-1"; /* 3-2 needs it held */
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	assert_false(things[2].answer);
	assert_true(things[5].answer);
}

/* 4-2 needs nothing of 4-1 but that it has begun. */
static void the_next_of_a_section_waits_for_the_gate_of_the_one_before(void **state)
{
	struct world *w = *state;
	struct no_to g = { .step = "4-1", .takes_ms = 20 };
	const struct engine_gate gate = { &g, ask_gate };
	auto_error struct rb_error *err = NULL;

	w->opt.gate = &gate;
	err = engine_forward(&w->run, &w->opt, &w->failed);
	assert_string_equal(err->what, "no");
	assert_int_equal(times(">4-1"), 1);
	assert_int_equal(times(">4-2"), 0);
}

static void while_a_gate_is_asked_the_steps_longest_wait_does_not_count(void **state)
{
	struct world *w = *state;
	struct no_to g = { .step = NULL, .takes_ms = 400 };
	const struct engine_gate gate = { &g, ask_gate };

	w->opt.gate = &gate;
	w->opt.timeout_ms = 280;
	things[0].polls = 1; /* so that the deadline is looked at */
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
}

static void an_interrupt_at_a_gate_begins_nothing(void **state)
{
	struct world *w = *state;
	struct no_to g = { .step = NULL, .takes_ms = 60 * 1000, .interrupt = &w->interrupt_now };
	const struct engine_gate gate = { &g, ask_gate };
	auto_error struct rb_error *err = NULL;

	w->opt.gate = &gate;
	err = engine_forward(&w->run, &w->opt, &w->failed);
	assert_int_equal(err->kind, RB_INTERRUPTED);
	assert_true(times(">") > 0);
	assert_int_equal(times("+"), 0);
}

/* As a hook that was running then: its yes comes too late, and nothing is recorded as begun. */
static void a_yes_that_comes_after_an_interrupt_begins_nothing(void **state)
{
	struct world *w = *state;
	struct no_to g = {
		.step = NULL, .takes_ms = 20, .interrupt = &w->interrupt_now, .steady = true
	};
	const struct engine_gate gate = { &g, ask_gate };
	auto_error struct rb_error *err = NULL;

	w->opt.gate = &gate;
	err = engine_forward(&w->run, &w->opt, &w->failed);
	assert_int_equal(err->kind, RB_INTERRUPTED);
	assert_true(times(">") > 0);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(w->stack.state.history[i].state, STEP_TODO);
}

/* Both sections are asked about at once, and one is refused while the other is thought about. */
static void a_yes_that_comes_after_a_no_begins_nothing(void **state)
{
	struct world *w = *state;
	struct no_to g = { .step = "2-1", .takes_ms = 1, .yes_ms = 400 };
	const struct engine_gate gate = { &g, ask_gate };
	auto_error struct rb_error *err = NULL;

	w->opt.gate = &gate;
	err = engine_forward(&w->run, &w->opt, &w->failed);
	assert_string_equal(err->what, "no");
	assert_int_equal(times(">1-1"), 1);
	assert_int_equal(times("+"), 0);
	assert_int_equal(w->stack.state.history[0].state, STEP_TODO);
}

/* Two repairs, and a no to the first: the other is not begun, and nobody is asked about it. */
static void after_a_no_nobody_is_asked_again(void **state)
{
	struct world *w = *state;
	struct no_to g = { .step = "1-1", .takes_ms = 1 };
	const struct engine_gate gate = { &g, ask_gate };
	auto_error struct rb_error *err = NULL;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	w->opt.gate = &gate;
	things[0].differs = things[2].differs = true;
	things[2].verify_ms = 400; /* seen to differ after the no */
	err = engine_forward(&w->run, &w->opt, &w->failed);
	assert_string_equal(err->what, "no");
	assert_int_equal(times(">1-1"), 1);
	assert_int_equal(times(">2-1"), 0);
	assert_int_equal(times("+2-1"), 0);
}

static void a_lost_answer_is_looked_for_and_not_asked_again(void **state)
{
	struct world *w = *state;

	things[1].lost = 1;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_int_equal(things[1].made, 1);
	assert_int_equal(times("+1-2"), 2);
}

static void calls_that_are_always_lost_end_it(void **state)
{
	struct world *w = *state;

	things[1].lost_before = 100;
	{
		auto_error struct rb_error *err = engine_forward(&w->run, &w->opt, &w->failed);

		assert_true(rb_error_is(err, RB_LOST));
		assert_string_equal(err->where, "step 1-2 do");
	}
	assert_int_equal(times("+1-2"), 4);
	things[1].lost_before = 0;
	restart(w);
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	restart(w);
	things[1].undo_fails = true;
	things[1].undo_kind = RB_LOST;
	{
		auto_error struct rb_error *err = engine_back(&w->run, &w->opt);

		assert_true(rb_error_is(err, RB_LOST));
	}
	assert_int_equal(times("-1-2"), 4);
}

/* Only what is lost time after time ends it. */
static void a_wait_between_lost_calls_begins_their_count_anew(void **state)
{
	struct world *w = *state;

	things[1].do_rounds = 8;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_int_equal(times("+1-2"), 9);
}

static void what_is_there_already_is_looked_at_before_it_is_a_stranger(void **state)
{
	struct world *w = *state;

	things[1].taken = true;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_int_equal(times("+1-2"), 2);
}

static void a_stranger_in_the_way_stops_it(void **state)
{
	auto_error struct rb_error *err = NULL;
	struct world *w = *state;

	things[1].taken = things[1].never_right = true;
	err = engine_forward(&w->run, &w->opt, &w->failed);
	assert_true(rb_error_is(err, RB_EXISTS));
	assert_int_equal(times("+1-2"), 2);
}

/* Else a step whose calls go on side by side would wait for ever for what was never made. */
static void an_old_loss_is_not_made_young_by_later_calls(void **state)
{
	struct world *w = *state;
	struct step_history *history = &w->stack.state.history[0];
	struct step_ctx ctx;

	history->unanswered = 1;
	history->unanswered_ms = clock_utc_ms() - 3600 * 1000;
	step_ctx_init(&ctx, &w->run, &s11, PHASE_DO);
	assert_false(step_may_be_unseen(&ctx));
	ok(step_ctx_intent(&ctx, "fake", "Create", "nowhere"));
	assert_int_equal(history->unanswered, 2);
	assert_false(step_may_be_unseen(&ctx));
	step_ctx_clear(&ctx); /* nobody saw its answer: now there is one */
	step_ctx_init(&ctx, &w->run, &s11, PHASE_DO);
	assert_true(step_may_be_unseen(&ctx));
	step_ctx_clear(&ctx);
}

static void what_vanished_is_made_again_and_only_its_dependants_look_again(void **state)
{
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	things[2].exists = false; /* 2-1, by hand */
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_int_equal(times("+2-1"), 1);
	assert_int_equal(times("+"), 1); /* 2-2 embeds its id, but still holds */
	assert_non_null(strstr(w->events.p, "2-2=stale"));
	assert_true(at("+2-1") < at("?2-2"));
	assert_string_equal(history_output(&w->stack.state.history[2], "id"), "id-2-1-2");
}

static void a_stale_step_that_differs_is_done_again(void **state)
{
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	things[2].exists = false;
	things[3].differs = true; /* 2-2 embeds 2-1's old id */
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_int_equal(times("+"), 2);
	assert_int_equal(times("+2-2"), 1);
}

/* Its verify began before the id that it embeds was replaced: what it saw is not believed. */
static void what_becomes_stale_while_it_is_verified_is_verified_again(void **state)
{
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	things[2].polls_left = 1; /* 2-1 is pending, which is enough for 2-2, and then it is gone */
	things[2].vanishes = true;
	things[3].verify_ms = 300;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_int_equal(things[2].made, 2);
	assert_true(at("?2-2") < at("+2-1"));
	assert_non_null(strstr(trace.p + at("+2-1"), "?2-2"));
	assert_int_equal(times("+2-2"), 0);
}

/* 2-2 was verified before 2-1, which it embeds, was replaced: 3-1 waits until it is verified again.
 */
static void nobody_builds_on_what_became_stale(void **state)
{
	struct world *w = *state;

	for (int at_work = 0; at_work < 2; at_work++) {
		restart(w);
		ok(engine_forward(&w->run, &w->opt, &w->failed));
		restart(w);
		things[1].verify_ms = 150; /* 1-2, which 3-1 needs as well */
		things[2].polls_left = at_work ? 1 : 5;
		things[2].vanishes = true;
		things[3].verify_ms = at_work ? 100 : 0;
		things[3].stale_verify_ms = 400;
		things[4].too_early = false;
		ok(engine_forward(&w->run, &w->opt, &w->failed));
		things[2].vanishes = false;
		things[1].verify_ms = things[3].verify_ms = 0;
		all_hold(w);
		assert_int_equal(times("?2-2"), 2);
		assert_false(things[4].too_early);
	}
}

static void drift_is_repaired_by_do(void **state)
{
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	things[4].differs = true;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_string_equal(history_output(&w->stack.state.history[4], "id"), "id-3-1-1");
	assert_int_equal(times("+"), 1);
}

static void a_stale_read_right_after_do_is_looked_at_again(void **state)
{
	struct world *w = *state;

	things[0].stale_reads = 3;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_int_equal(times("+1-1"), 1);
	assert_int_equal(times("?1-1"), 4);
}

static void what_do_cannot_put_right_fails_with_the_claim(void **state)
{
	struct world *w = *state;
	struct rb_error *err;

	things[0].never_right = true;
	err = engine_forward(&w->run, &w->opt, &w->failed);
	assert_non_null(err);
	assert_int_equal(err->kind, RB_FAILED);
	assert_non_null(strstr(err->why, "setting: expected 'right', found 'wrong'"));
	(void)rb_error_free(err);
}

static void from_does_later_steps_again_and_only_looks_at_earlier_ones(void **state)
{
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	w->opt.from = &s22;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_false(traced("+1-") || traced("+2-1"));
	assert_true(traced("+2-2") && traced("+3-1") && traced("+3-2"));
	assert_true(at("?1-1") < at("+2-2") && at("?1-2") < at("+2-2") && at("?2-1") < at("+2-2"));
	for (size_t i = 0; i < N; i++)
		assert_int_equal(things[i].made, 1);
}

static void from_refuses_when_an_earlier_step_does_not_hold(void **state)
{
	struct world *w = *state;
	struct rb_error *err;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	w->opt.from = &s31;
	things[1].differs = true;
	err = engine_forward(&w->run, &w->opt, &w->failed);
	assert_non_null(err);
	assert_int_equal(err->kind, RB_DRIFT);
	assert_ptr_equal(w->failed, &s12);
	(void)rb_error_free(err);
	assert_false(traced("+"));
	assert_true(things[1].differs);
}

/* Evidence tells by data which output's thing is not there, in a run and in a look. */
static void evidence_names_the_output_that_is_missing(void **state)
{
	struct engine_verify_result results[N] = { 0 };
	struct world *w = *state;
	const struct step_history *history;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	w->opt.from = &s31;
	things[1].exists = false;
	(void)rb_error_free(engine_forward(&w->run, &w->opt, &w->failed));
	history = &w->stack.state.history[1];
	assert_true(history_output_seems_missing(history, "id"));
	assert_false(history_output_seems_missing(history, "another"));
	assert_false(history_output_seems_missing(&w->stack.state.history[0], "id"));
	w->opt.from = NULL;
	results[0].wanted = results[1].wanted = true;
	ok(engine_verify(&w->run, &w->opt, results));
	assert_null(results[0].missing_output);
	assert_string_equal(results[1].missing_output, "id");
	for (size_t i = 0; i < N; i++)
		engine_verify_result_clear(&results[i]);
}

static void a_wait_that_runs_out_fails_and_can_be_carried_on(void **state)
{
	struct world *w = *state;
	int64_t began_ms = clock_mono_ms();
	struct rb_error *err;

	things[0].polls = 1000000;
	w->opt.timeout_ms = 500; /* a busy machine comes to its first look in that time */
	err = engine_forward(&w->run, &w->opt, &w->failed);
	assert_true(clock_mono_ms() - began_ms < 30000); /* by itself it waits for a minute */
	assert_non_null(err);
	assert_int_equal(err->kind, RB_FAILED);
	assert_non_null(strstr(err->why, "AWS still says 'creating' of thing"));
	(void)rb_error_free(err);
	things[0].polls_left = 1;
	restart(w);
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	assert_int_equal(things[0].made, 1);
}

/* 2-1 is at work when the time of 1-1 is over: 2-2 does not begin any more. */
static void a_wait_that_runs_out_stops_new_work(void **state)
{
	struct world *w = *state;
	struct rb_error *err;

	things[0].polls = 1000000;
	things[2].do_ms = 1200;
	w->opt.timeout_ms = 500;
	err = engine_forward(&w->run, &w->opt, &w->failed);
	assert_true(rb_error_is(err, RB_FAILED));
	(void)rb_error_free(err);
	assert_true(things[2].exists); /* what is in flight ends */
	assert_false(traced("+2-2"));
}

static void a_lost_journal_leads_to_no_duplicates(void **state)
{
	struct world *w = *state;
	autofree char *path = stack_path(&w->stack, "journal.jsonl");

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	assert_int_equal(truncate(path, 0), 0);
	restart(w);
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	all_hold(w);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(things[i].made, 1);
}

/* What an earlier command made may not be listed yet, and is not gone because one answer says so.
 */
static void what_the_journal_names_is_known_to_the_session(void **state)
{
	struct world *w = *state;
	struct step_history *history = &w->stack.state.history[0];
	struct aws_world aws;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	for (int back = 0; back < 2; back++) {
		restart(w);
		history = &w->stack.state.history[0];
		history->state = STEP_MADE;
		w->interrupt_now = true; /* no step is asked */
		aws_world_start(&aws, "http://127.0.0.1:1", "eu-west-1");
		w->run.session = aws.session;
		(void)rb_error_free(back ? engine_back(&w->run, &w->opt)
					 : engine_forward(&w->run, &w->opt, &w->failed));
		assert_string_equal(trace.p, "");
		assert_true(session_id_is_expected(aws.session, "id-1-1-1"));
		assert_true(session_id_is_recent(aws.session, "id-1-1-1"));
		assert_true(session_id_is_expected(aws.session, "id-1-2-1")); /* held, so: */
		assert_false(session_id_is_recent(aws.session, "id-1-2-1"));
		w->run.session = NULL;
		aws_world_stop(&aws);
	}
}

/* ---- back ------------------------------------------------------------------ */

static void undo_runs_backwards_and_waits_side_by_side(void **state)
{
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	things[4].undo_polls = 2;
	ok(engine_back(&w->run, &w->opt));
	for (size_t i = 0; i < N; i++) {
		assert_false(things[i].exists);
		assert_int_equal(w->stack.state.history[i].state, STEP_UNDONE);
		assert_null(history_output(&w->stack.state.history[i], "id"));
	}
	assert_true(at("-3-2") < at("-3-1") && at("-3-1") < at("-1-2") && at("-3-1") < at("-2-2"));
	assert_true(at("-1-2") < at("-1-1") && at("-2-2") < at("-2-1"));
	assert_int_equal(times("-3-1"), 3);
	assert_true(at("-3-1") < at("-2-2"));
}

static void an_undo_begins_when_the_thing_that_it_waits_for_is_gone(void **state)
{
	struct world *w = *state;
	const char *begun;

	for (int early = 0; early < 2; early++) {
		restart(w);
		ok(engine_forward(&w->run, &w->opt, &w->failed));
		restart(w);
		things[3].undo_polls = 3; /* 2-2 has more to wait for than its id */
		things[3].forgets_early = early;
		ok(engine_back(&w->run, &w->opt));
		begun = strstr(trace.p, "-2-1 ");
		assert_non_null(begun);
		assert_true(early == (strstr(begun, "-2-2 ") != NULL));
	}
}

static void serial_undo_is_strictly_backwards(void **state)
{
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	w->opt.serial = true;
	ok(engine_back(&w->run, &w->opt));
	assert_string_equal(trace.p, "-3-3 -3-2 -3-1 -2-2 -2-1 -1-2 -1-1 ");
}

static void what_another_step_frees_is_looked_at_when_that_one_ends(void **state)
{
	struct world *w = *state;
	int64_t began_ms;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	w->run.speed = 1;
	w->opt.timeout_ms = 30000; /* by its own clock it would look in a minute */
	things[5].undo_polls = 1;
	things[5].usual_s = 600;
	things[5].waits_in_use = true;
	began_ms = clock_mono_ms();
	ok(engine_back(&w->run, &w->opt));
	assert_true(clock_mono_ms() - began_ms < 12000); /* and not at its own first look */
	assert_int_equal(times("-3-2"), 2);
	assert_true(at("-3-2") < at("-3-3") && at("-3-3") < at("-3-1"));
}

static void undo_to_a_step_leaves_the_earlier_ones(void **state)
{
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	w->opt.to = &s22;
	ok(engine_back(&w->run, &w->opt));
	assert_true(things[0].exists && things[1].exists && things[2].exists);
	assert_false(things[3].exists || things[4].exists || things[5].exists);
	restart(w);
	ok(engine_forward(&w->run, &w->opt, &w->failed)); /* and forward again */
	all_hold(w);
}

static void an_undo_that_fails_stops_only_those_that_wait_for_it(void **state)
{
	struct world *w = *state;
	struct rb_error *err;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	things[3].undo_fails = true; /* 2-2, so 2-1 stays; section 1 goes */
	err = engine_back(&w->run, &w->opt);
	assert_non_null(err);
	assert_int_equal(err->kind, RB_DENIED);
	(void)rb_error_free(err);
	assert_true(things[2].exists && things[3].exists);
	assert_false(things[0].exists || things[1].exists || things[4].exists);
	restart(w);
	things[3].undo_fails = false;
	ok(engine_back(&w->run, &w->opt));
	assert_false(traced("-3-1")); /* done already */
	for (size_t i = 0; i < N; i++)
		assert_false(things[i].exists);
}

static void who_waits_for_an_undo_that_failed_has_failed_too(void **state)
{
	struct world *w = *state;
	struct rb_error *err;
	const char *why;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	things[1].undo_waits_for = "2-2";
	things[3].undo_fails = true;
	err = engine_back(&w->run, &w->opt);
	assert_true(rb_error_is(err, RB_DENIED)); /* the cause, not who waited for it */
	(void)rb_error_free(err);
	assert_int_equal(w->stack.state.history[1].state, STEP_FAILED);
	why = json_string_value(json_object_get(w->stack.state.history[1].error, "why"));
	assert_non_null(strstr(why, "the undo of step 2-2 failed"));
	assert_true(things[0].exists); /* 1-1 is still needed */
	restart(w);
	things[1].undo_waits_for = NULL;
	things[3].undo_fails = false;
	ok(engine_back(&w->run, &w->opt));
	for (size_t i = 0; i < N; i++)
		assert_false(things[i].exists);
}

/* At once, and not when its own time to look comes. */
static void who_waits_in_vain_is_told_at_once(void **state)
{
	struct world *w = *state;
	int64_t began_ms;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	w->run.speed = 1;
	things[1].undo_waits_for = "2-2";
	things[1].usual_s = 600;
	things[3].undo_fails = true;
	began_ms = clock_mono_ms();
	(void)rb_error_free(engine_back(&w->run, &w->opt));
	assert_true(clock_mono_ms() - began_ms < 12000);
	assert_int_equal(w->stack.state.history[1].state, STEP_FAILED);
}

/* Nobody's calls will go well then. */
static void refused_credentials_stop_the_whole_undo(void **state)
{
	static const enum rb_kind kinds[] = { RB_CREDENTIALS, RB_CLOCK, RB_IO };
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	things[6].undo_fails = true; /* 3-3; the others do not wait for it */
	things[5].undo_polls = 100;  /* 3-2, so that they do not end before it is asked */
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		auto_error struct rb_error *err = NULL;

		restart(w);
		things[6].undo_kind = kinds[i];
		err = engine_back(&w->run, &w->opt);
		assert_true(rb_error_is(err, kinds[i]));
		assert_true(things[4].exists); /* 3-1 waits for 3-2 */
	}
}

static void what_something_hangs_on_is_tried_again(void **state)
{
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	things[1].undo_in_use = 2;
	ok(engine_back(&w->run, &w->opt));
	assert_int_equal(times("-1-2"), 3);
	assert_false(things[1].exists);
}

static void an_interrupted_undo_is_carried_on(void **state)
{
	struct world *w = *state;
	struct rb_error *err;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	things[4].undo_polls = 3;
	w->interrupt_at = "3-2";
	err = engine_back(&w->run, &w->opt);
	assert_true(rb_error_is(err, RB_INTERRUPTED));
	(void)rb_error_free(err);
	restart(w);
	ok(engine_back(&w->run, &w->opt));
	for (size_t i = 0; i < N; i++)
		assert_false(things[i].exists);
}

/* What the journal does not know of may still be there: it is asked for. */
static void undo_looks_for_what_the_journal_lost(void **state)
{
	struct world *w = *state;
	autofree char *path = stack_path(&w->stack, "journal.jsonl");

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	assert_int_equal(truncate(path, 0), 0);
	restart(w);
	ok(engine_back(&w->run, &w->opt));
	for (size_t i = 0; i < N; i++)
		assert_false(things[i].exists);
}

/* Neither asked about nor reported; looked for all the same. */
static void undo_says_nothing_of_what_was_never_made(void **state)
{
	struct world *w = *state;
	struct no_to g = { .step = NULL, .takes_ms = 1 };
	const struct engine_gate gate = { &g, ask_gate };
	autofree char *path = stack_path(&w->stack, "journal.jsonl");
	auto_error struct rb_error *err = NULL;

	w->opt.to = &s12;
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	w->opt.gate = &gate;
	ok(engine_back(&w->run, &w->opt));
	assert_int_equal(times("<"), 2);
	assert_int_equal(times("-3-3"), 1);
	assert_null(strstr(w->events.p, "2-1"));
	assert_int_equal(w->stack.state.history[2].state, STEP_TODO);
	assert_int_equal(w->stack.state.history[1].state, STEP_UNDONE);
	assert_true(state_nothing_is_left(&w->stack.state));

	/* Of what is found all the same it is asked, and it is reported; no means no. */
	restart(w);
	ok(engine_forward(&w->run, &w->opt, &w->failed));
	assert_int_equal(truncate(path, 0), 0);
	restart(w);
	w->opt.gate = &gate;
	g.step = "1-1";
	err = engine_back(&w->run, &w->opt);
	assert_string_equal(err->what, "no");
	assert_int_equal(times("<"), N);
	assert_non_null(strstr(w->events.p, "2-1=undoing 2-1=undone"));
	assert_true(things[0].exists);
	for (size_t i = 1; i < N; i++)
		assert_false(things[i].exists);
}

static void a_lost_answer_of_a_delete_is_looked_for(void **state)
{
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	things[1].undo_lost = 1;
	ok(engine_back(&w->run, &w->opt));
	assert_int_equal(times("-1-2"), 2);
	assert_int_equal(w->stack.state.history[1].state, STEP_UNDONE);
}

/* Only what is lost time after time ends it. */
static void a_wait_between_lost_deletes_begins_their_count_anew(void **state)
{
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	things[1].undo_rounds = 8;
	ok(engine_back(&w->run, &w->opt));
	assert_int_equal(times("-1-2"), 9);
	assert_int_equal(w->stack.state.history[1].state, STEP_UNDONE);
}

/* Asked again, undo believes no record of its own: what is there is undone. */
static void an_undone_run_is_looked_at_again_when_asked(void **state)
{
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	ok(engine_back(&w->run, &w->opt));
	things[1].exists = things[4].exists = true; /* AWS had not listed them */
	restart(w);
	ok(engine_back(&w->run, &w->opt));
	assert_string_equal(trace.p, "");
	assert_true(things[1].exists);
	w->opt.again = true;
	ok(engine_back(&w->run, &w->opt));
	assert_false(things[1].exists);
	assert_false(things[4].exists);
}

/* ---- what is recorded -------------------------------------------------------- */

static void an_errors_record_holds_no_encoded_message(void **state)
{
	struct world *w = *state;
	autofree char *path = stack_path(&w->stack, "journal.jsonl");
	struct buf text = BUF_INIT;
	struct rb_error *err;

	things[1].do_fails = true;
	things[1].why_not = true;
	err = engine_forward(&w->run, &w->opt, &w->failed);
	assert_non_null(strstr(err->why, LONG_WORD)); /* a person is told it */
	(void)rb_error_free(err);
	ok(file_read(path, 1000000, &text));
	assert_non_null(strstr(text.p, "\"type\":\"error\",\"step\":\"1-2\""));
	assert_non_null(strstr(text.p, "Encoded authorization failure message: (cut)"));
	assert_non_null(strstr(text.p, "\"code\":\"(cut)\""));
	assert_non_null(strstr(text.p, "\"request_id\":\"(cut)\""));
	assert_non_null(strstr(text.p, "\"arguments\":\"(cut)\""));
	assert_null(strstr(text.p, LONG_WORD));
	buf_clear(&text);
}

/* What the record of a step's end says of its own work; -1: there is none, or it says nothing. */
static long recorded_busy_ms(const struct world *w, const char *step, const char *state)
{
	autofree char *path = stack_path(&w->stack, "journal.jsonl");
	autofree char *start = xasprintf(
		"\"type\":\"state\",\"step\":\"%s\",\"state\":\"%s\",\"busy_ms\":", step, state);
	auto_buf text = BUF_INIT;
	const char *found;

	ok(file_read(path, 1000000, &text));
	found = strstr(text.p, start);
	return found ? strtol(found + strlen(start), NULL, 10) : -1;
}

/* All passes of it, and not the waits between them. */
static void the_end_of_an_undo_says_how_long_its_work_took(void **state)
{
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	things[1].undo_ms = 30;
	things[1].undo_polls = 1;
	ok(engine_back(&w->run, &w->opt));
	assert_int_equal(times("-1-2"), 2);
	assert_true(recorded_busy_ms(w, "1-2", "made") >= 0);
	assert_true(recorded_busy_ms(w, "1-2", "undone") >= 60);
}

/* Whoever is told of a failure can turn the machine off. */
static void an_error_is_on_the_disk_before_it_is_told(void **state)
{
	auto_error struct rb_error *err = NULL;
	struct world *w = *state;

	things[1].do_fails = true;
	err = engine_forward(&w->run, &w->opt, &w->failed);
	assert_non_null(err);
	assert_true(w->bytes > 0);
	assert_int_equal(w->synced, w->bytes);
}

/* The journal's file cannot grow by a byte: as on a full disk. */
static void fill_disk(const struct world *w, bool full)
{
	autofree char *path = stack_path(&w->stack, "journal.jsonl");
	struct rlimit limit;
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = full ? (rlim_t)st.st_size : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A state before do, evidence after verify: whichever record it is, nothing else begins. */
static void a_record_that_cannot_be_written_stops_it(void **state)
{
	struct world *w = *state;

	for (int all_held = 0; all_held < 2; all_held++) {
		auto_error struct rb_error *err = NULL;

		restart(w);
		w->opt.serial = true;
		fill_disk(w, true);
		err = engine_forward(&w->run, &w->opt, &w->failed);
		fill_disk(w, false);
		assert_non_null(err);
		assert_non_null(strstr(err->what, "journal"));
		assert_string_equal(trace.p, all_held ? "?1-1 " : "");
		restart(w);
		ok(engine_forward(&w->run, &w->opt, &w->failed));
		all_hold(w);
	}
}

/* ---- verify ---------------------------------------------------------------- */

/* What was not seen to its end was not seen. */
static void what_an_interrupt_cuts_off_was_not_looked_at(void **state)
{
	struct engine_verify_result results[N] = { 0 };
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	things[1].verify_ms = 60000;
	results[0].wanted = results[1].wanted = true;
	w->interrupt_at = "1-1"; /* the other one is at work then */
	{
		auto_error struct rb_error *err = engine_verify(&w->run, &w->opt, results);

		assert_true(rb_error_is(err, RB_INTERRUPTED));
	}
	assert_true(results[0].checked);
	assert_false(results[1].checked);
	for (size_t i = 0; i < N; i++)
		engine_verify_result_clear(&results[i]);
}

static void serial_looks_at_one_after_the_other(void **state)
{
	struct engine_verify_result results[N] = { 0 };
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	for (int serial = 0; serial < 2; serial++) {
		for (size_t i = 0; i < N; i++) {
			engine_verify_result_clear(&results[i]);
			things[i].verify_ms = 20;
			results[i].wanted = true;
		}
		most_busy = 0;
		w->opt.serial = serial;
		ok(engine_verify(&w->run, &w->opt, results));
		assert_int_equal(most_busy, serial ? 1 : N);
	}
	for (size_t i = 0; i < N; i++)
		engine_verify_result_clear(&results[i]);
}

static void what_a_call_says_is_gone_is_missing_and_no_error(void **state)
{
	struct engine_verify_result results[N] = { 0 };
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	things[0].gone = true;
	results[0].wanted = true;
	ok(engine_verify(&w->run, &w->opt, results));
	assert_true(results[0].checked);
	assert_null(results[0].err);
	assert_int_equal(results[0].verdict, VERDICT_MISSING);
	assert_false(results[1].checked);
	for (size_t i = 0; i < N; i++)
		engine_verify_result_clear(&results[i]);
}

/* Each is what differs: neither is only an effect of the other. */
static void what_is_gone_is_not_blocked_by_what_it_needs(void **state)
{
	struct engine_verify_result results[N] = { 0 };
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	things[0].gone = things[1].gone = true; /* 1-2 needs 1-1 */
	results[0].wanted = results[1].wanted = true;
	ok(engine_verify(&w->run, &w->opt, results));
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(results[i].verdict, VERDICT_MISSING);
		assert_int_equal(results[i].blocked_by.n, 0);
		assert_string_equal(results[i].missing, "it is not known any more");
	}
	for (size_t i = 0; i < N; i++)
		engine_verify_result_clear(&results[i]);
}

static void verify_one(struct world *w, struct engine_verify_result results[N], size_t step)
{
	for (size_t i = 0; i < N; i++) {
		engine_verify_result_clear(&results[i]);
		results[i].wanted = i == step;
	}
	ok(engine_verify(&w->run, &w->opt, results));
}

/* 1-2 needs 1-1; it alone is asked for. */
static void what_fails_or_was_not_tried_is_blocked_by_what_it_needs(void **state)
{
	struct engine_verify_result results[N] = { 0 };
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	for (int fails = 0; fails < 2; fails++) {
		things[1].untried = !fails;
		things[1].breaks = fails;
		things[0].differs = false;
		verify_one(w, results, 1);
		assert_int_equal(results[0].verdict, VERDICT_HOLDS); /* looked at because of it */
		assert_int_equal(results[1].blocked_by.n, 0);
		assert_int_equal(results[1].err != NULL, fails);
		things[0].differs = true;
		verify_one(w, results, 1);
		assert_int_equal(results[0].verdict, VERDICT_DIFFERS);
		assert_int_equal(results[1].verdict, VERDICT_BLOCKED);
		assert_int_equal(results[1].blocked_by.n, 1);
		assert_string_equal(results[1].blocked_by.v[0], "1-1");
		assert_false(results[2].checked); /* nothing needs it */
	}
	for (size_t i = 0; i < N; i++)
		engine_verify_result_clear(&results[i]);
}

/* A setting of its own that is wrong is no effect of what it needs. */
static void what_differs_by_itself_is_not_blocked(void **state)
{
	struct engine_verify_result results[N] = { 0 };
	struct world *w = *state;

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	things[0].differs = things[1].differs = things[1].untried = true; /* 1-2 needs 1-1 */
	verify_one(w, results, 1);
	assert_int_equal(results[0].verdict, VERDICT_DIFFERS);
	assert_int_equal(results[1].verdict, VERDICT_DIFFERS);
	assert_int_equal(results[1].blocked_by.n, 0);
	for (size_t i = 0; i < N; i++)
		engine_verify_result_clear(&results[i]);
}

static void verify_tells_and_changes_nothing(void **state)
{
	struct engine_verify_result results[N] = { 0 };
	struct buf before = BUF_INIT, after = BUF_INIT;
	struct world *w = *state;
	autofree char *path = stack_path(&w->stack, "journal.jsonl");

	ok(engine_forward(&w->run, &w->opt, &w->failed));
	restart(w);
	things[1].differs = true;
	things[2].exists = false;
	things[4].polls_left = 1;
	ok(file_read(path, 1 << 20, &before));
	for (size_t i = 0; i < N; i++)
		results[i].wanted = i != 5;
	w->run.read_only = true;
	ok(engine_verify(&w->run, &w->opt, results));
	ok(file_read(path, 1 << 20, &after));
	assert_string_equal(before.p, after.p);
	assert_int_equal(results[0].verdict, VERDICT_HOLDS);
	assert_int_equal(results[1].verdict, VERDICT_DIFFERS);
	assert_int_equal(results[2].verdict, VERDICT_MISSING);
	assert_int_equal(results[3].verdict, VERDICT_HOLDS);
	assert_int_equal(results[4].verdict, VERDICT_PENDING);
	assert_string_equal(results[4].wait.state, "creating");
	assert_false(results[5].checked);
	assert_non_null(engine_first_disagreement(results[1].claims));
	assert_null(engine_first_disagreement(results[0].claims));
	for (size_t i = 0; i < N; i++)
		engine_verify_result_clear(&results[i]);
	buf_clear(&before);
	buf_clear(&after);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_person_does_is_waited_for_and_never_made),
		TEST(who_does_it_is_recorded_and_the_wait_is_carried_on),
		TEST(a_person_has_all_the_time_unless_it_is_said),
		TEST(what_a_person_made_otherwise_is_told_and_not_repaired),
		TEST(what_is_given_back_the_program_does),
		TEST(a_gate_may_choose_it),
		TEST(undo_by_hand_waits_until_it_is_gone),
		TEST(a_person_undoes_what_hangs_on_it_first),
		TEST(steps_begin_when_what_they_need_is_there),
		TEST(what_must_hold_is_waited_for),
		TEST(what_takes_its_usual_time_is_looked_at_three_times),
		TEST(the_longer_a_wait_the_rarer_the_looks),
		TEST(slow_steps_overlap),
		cmocka_unit_test_setup_teardown(
			the_next_of_a_section_waits_for_the_gate_of_the_one_before, setup_sections,
			teardown),
		cmocka_unit_test_setup_teardown(a_section_goes_in_its_order, setup_sections,
						teardown),
		cmocka_unit_test_setup_teardown(an_output_that_is_needed_is_waited_for,
						setup_outputs, teardown),
		cmocka_unit_test_setup_teardown(
			what_is_not_needed_at_once_is_waited_for_where_it_is, setup_awaiting,
			teardown),
		cmocka_unit_test_setup_teardown(an_awaited_output_is_seen_when_it_is_recorded,
						setup_awaiting, teardown),
		cmocka_unit_test_setup_teardown(what_does_not_come_any_more_is_not_waited_for,
						setup_awaiting, teardown),
		cmocka_unit_test_setup_teardown(an_interrupt_ends_the_wait_for_another_step,
						setup_awaiting, teardown),
		cmocka_unit_test_setup_teardown(what_a_person_does_begins_when_all_is_there,
						setup_awaiting, teardown),
		cmocka_unit_test_setup_teardown(a_step_that_is_not_made_is_not_begun_with_in_serial,
						setup_awaiting, teardown),
		TEST(first_looks_come_together),
		TEST(a_first_look_waits_for_some_seconds_at_most),
		TEST(the_rest_of_a_look_comes_with_the_others),
		TEST(the_rest_of_a_look_waits_for_some_seconds_at_most),
		TEST(a_failure_does_not_leave_a_look_half_done),
		TEST(an_interrupt_ends_a_look_that_waits),
		TEST(nothing_waits_between_the_parts_of_a_look_in_serial),
		TEST(serial_holds_each_before_the_next),
		TEST(to_stops_after_its_step),
		TEST(what_holds_is_verified_and_not_repeated),
		TEST(the_first_failure_stops_new_work_and_says_where),
		TEST(an_interrupt_finishes_what_is_in_flight_and_resume_carries_on),
		TEST(an_interrupt_when_all_hold_is_none),
		TEST(whether_another_holds_is_what_this_command_saw),
		TEST(a_gate_that_says_no_ends_it_before_that_step_begins),
		TEST(what_goes_when_a_gate_says_no_is_awaited),
		TEST(in_order_each_begins_when_all_before_it_have),
		TEST(while_a_gate_is_asked_the_steps_longest_wait_does_not_count),
		TEST(an_interrupt_at_a_gate_begins_nothing),
		TEST(a_yes_that_comes_after_an_interrupt_begins_nothing),
		TEST(a_yes_that_comes_after_a_no_begins_nothing),
		TEST(after_a_no_nobody_is_asked_again),
		TEST(a_wait_ends_at_its_deadline),
		TEST(from_a_step_on_nothing_is_done_before_the_earlier_ones_hold),
		TEST(a_lost_answer_is_looked_for_and_not_asked_again),
		TEST(calls_that_are_always_lost_end_it),
		TEST(a_wait_between_lost_calls_begins_their_count_anew),
		TEST(what_is_there_already_is_looked_at_before_it_is_a_stranger),
		TEST(a_stranger_in_the_way_stops_it),
		TEST(an_old_loss_is_not_made_young_by_later_calls),
		TEST(what_vanished_is_made_again_and_only_its_dependants_look_again),
		TEST(a_stale_step_that_differs_is_done_again),
		TEST(what_becomes_stale_while_it_is_verified_is_verified_again),
		TEST(nobody_builds_on_what_became_stale),
		TEST(drift_is_repaired_by_do),
		TEST(a_stale_read_right_after_do_is_looked_at_again),
		TEST(what_do_cannot_put_right_fails_with_the_claim),
		TEST(from_does_later_steps_again_and_only_looks_at_earlier_ones),
		TEST(from_refuses_when_an_earlier_step_does_not_hold),
		TEST(evidence_names_the_output_that_is_missing),
		TEST(a_wait_that_runs_out_fails_and_can_be_carried_on),
		TEST(a_wait_that_runs_out_stops_new_work),
		TEST(a_lost_journal_leads_to_no_duplicates),
		TEST(what_the_journal_names_is_known_to_the_session),
		TEST(undo_runs_backwards_and_waits_side_by_side),
		TEST(an_undo_begins_when_the_thing_that_it_waits_for_is_gone),
		TEST(serial_undo_is_strictly_backwards),
		TEST(what_another_step_frees_is_looked_at_when_that_one_ends),
		TEST(undo_to_a_step_leaves_the_earlier_ones),
		TEST(an_undo_that_fails_stops_only_those_that_wait_for_it),
		TEST(who_waits_for_an_undo_that_failed_has_failed_too),
		TEST(who_waits_in_vain_is_told_at_once),
		TEST(refused_credentials_stop_the_whole_undo),
		TEST(what_something_hangs_on_is_tried_again),
		TEST(an_interrupted_undo_is_carried_on),
		TEST(undo_looks_for_what_the_journal_lost),
		TEST(undo_says_nothing_of_what_was_never_made),
		TEST(a_lost_answer_of_a_delete_is_looked_for),
		TEST(a_wait_between_lost_deletes_begins_their_count_anew),
		TEST(an_undone_run_is_looked_at_again_when_asked),
		TEST(an_errors_record_holds_no_encoded_message),
		TEST(the_end_of_an_undo_says_how_long_its_work_took),
		TEST(an_error_is_on_the_disk_before_it_is_told),
		TEST(a_record_that_cannot_be_written_stops_it),
		TEST(what_an_interrupt_cuts_off_was_not_looked_at),
		TEST(serial_looks_at_one_after_the_other),
		TEST(what_a_call_says_is_gone_is_missing_and_no_error),
		TEST(what_is_gone_is_not_blocked_by_what_it_needs),
		TEST(what_fails_or_was_not_tried_is_blocked_by_what_it_needs),
		TEST(what_differs_by_itself_is_not_blocked),
		TEST(verify_tells_and_changes_nothing),
	};

	(void)setenv("RUNBOOK_FAULT_SYNCED", "journal.sync", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
