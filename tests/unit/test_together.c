/* SPDX-License-Identifier: Apache-2.0 */
/* Work side by side inside one task: loop_join, and step_together on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "net/loop.h"
#include "runbook/engine/step_ctx.h"

enum { NAP_MS = 150, BRANCHES = 3 };

static const struct step pretended = { .id = "9-9" };

struct together {
	struct run run;
	const struct step_branch *branches;
	struct step_ctx ctx;
	struct rb_error *err;
};

static void in_a_task(void *arg)
{
	struct together *t = arg;

	t->err = step_together(&t->ctx, t->branches);
}

static void begin(struct together *t, const struct step_branch *branches)
{
	*t = (struct together){ .branches = branches };
	t->run.loop = loop_new();
	t->run.speed = 1;
	step_ctx_init(&t->ctx, &t->run, &pretended, PHASE_VERIFY);
}

static void run_to_end(struct together *t)
{
	struct task *task = loop_spawn(t->run.loop, in_a_task, t);

	while (!task_is_done(task))
		loop_run_once(t->run.loop, /* max_ms= */ 1000, /* wake_fd= */ -1);
	task_free(task);
}

static void end(struct together *t)
{
	step_ctx_clear(&t->ctx);
	loop_free(t->run.loop);
}

static int napping, most_napping;

/* Sleeps, the longer the earlier it stands in the list; then tells a claim. */
static struct rb_error *nap(struct step_ctx *ctx, void *arg)
{
	const char *name = arg;

	napping++;
	most_napping = napping > most_napping ? napping : most_napping;
	TRY(loop_sleep(ctx->run->loop, NAP_MS * (name[0] - '0')));
	napping--;
	step_expect(ctx, name, "x", "x");
	return NULL;
}

static void branches_overlap_and_tell_in_the_order_of_their_list(void **state)
{
	char three[] = "3", two[] = "2", one[] = "1";
	const struct step_branch branches[] = { { nap, three }, { nap, two }, { nap, one }, { 0 } };
	struct together t;

	(void)state;
	most_napping = 0;
	begin(&t, branches);
	run_to_end(&t);
	assert_null(t.err);
	assert_int_equal(most_napping, 3);
	assert_int_equal(json_array_size(t.ctx.claims), BRANCHES);
	for (size_t i = 0; i < BRANCHES; i++) {
		const json_t *claim = json_array_get(t.ctx.claims, i);

		assert_int_equal(json_string_value(json_object_get(claim, "claim"))[0],
				 '3' - (int)i);
	}
	assert_int_equal(step_ctx_verdict(&t.ctx), VERDICT_HOLDS);
	end(&t);
}

static struct rb_error *refused(struct step_ctx *ctx, void *arg)
{
	const char *name = arg;

	TRY(loop_sleep(ctx->run->loop, NAP_MS * (name[0] - '0')));
	return rb_error_new(RB_DENIED, "%s", name);
}

static struct rb_error *differs(struct step_ctx *ctx, void *arg)
{
	step_expect(ctx, arg, "x", "y");
	return NULL;
}

static void the_first_error_of_the_list_is_told_and_the_rest_still_ends(void **state)
{
	char two[] = "2", one[] = "1", claim[] = "c";
	const struct step_branch branches[] = {
		{ refused, two }, { differs, claim }, { refused, one }, { 0 }
	};
	struct together t;

	(void)state;
	begin(&t, branches);
	run_to_end(&t);
	assert_true(rb_error_is(t.err, RB_DENIED));
	assert_string_equal(t.err->what, "2");
	(void)rb_error_free(t.err);
	assert_int_equal(step_ctx_verdict(&t.ctx), VERDICT_DIFFERS);
	end(&t);
}

static struct rb_error *waits(struct step_ctx *ctx, void *arg)
{
	step_pending(ctx, arg, "pending", "AWS says so", /* usual_s= */ 7);
	return NULL;
}

static struct rb_error *misses(struct step_ctx *ctx, void *arg)
{
	step_missing_output(ctx, "id", "%s is gone", (const char *)arg);
	return NULL;
}

static bool saw_fresh;

static struct rb_error *replaces(struct step_ctx *ctx, void *arg)
{
	bool *does = arg;

	saw_fresh = step_is_fresh(ctx);
	ctx->replaced = *does;
	return NULL;
}

/* A first do looks for nothing, in none of its branches; and what one replaced makes others stale.
 */
static void branches_know_what_the_step_knows_and_hand_back_what_they_did(void **state)
{
	bool yes = true, no = false;
	const struct step_branch none[] = { { replaces, &no }, { replaces, &no }, { 0 } };
	const struct step_branch one[] = { { replaces, &yes }, { replaces, &no }, { 0 } };
	struct together t;

	(void)state;
	begin(&t, none);
	run_to_end(&t);
	assert_false(saw_fresh);
	assert_false(t.ctx.replaced);
	end(&t);
	begin(&t, one);
	t.ctx.fresh = true;
	run_to_end(&t);
	assert_true(saw_fresh);
	assert_true(t.ctx.replaced);
	end(&t);
}

static void a_wait_and_what_is_missing_are_the_steps(void **state)
{
	char it[] = "it", other[] = "other";
	const struct step_branch some[] = { { waits, it }, { waits, other }, { 0 } };
	const struct step_branch all[] = { { waits, it }, { misses, other }, { 0 } };
	struct together t;

	(void)state;
	begin(&t, some);
	run_to_end(&t);
	assert_true(step_waits(&t.ctx));
	assert_string_equal(t.ctx.wait.what, "it");
	assert_string_equal(t.ctx.wait.reason, "AWS says so");
	assert_int_equal(t.ctx.wait.usual_s, 7);
	assert_int_equal(step_ctx_verdict(&t.ctx), VERDICT_PENDING);
	end(&t);
	begin(&t, all);
	run_to_end(&t);
	assert_string_equal(t.ctx.missing, "other is gone");
	assert_string_equal(t.ctx.missing_output, "id");
	assert_int_equal(step_ctx_verdict(&t.ctx), VERDICT_MISSING);
	end(&t);
}

static int saw_pass;

static struct rb_error *not_tried(struct step_ctx *ctx, void *arg)
{
	saw_pass = ctx->verify_pass;
	step_untried(ctx, "%s, long ago", (const char *)arg);
	return NULL;
}

/* What was not tried is the step's word, too, and a branch knows which pass of verify it is in. */
static void what_a_branch_did_not_try_the_step_did_not(void **state)
{
	char it[] = "it", other[] = "other";
	const struct step_branch both[] = { { not_tried, it }, { not_tried, other }, { 0 } };
	struct together t;

	(void)state;
	begin(&t, both);
	t.ctx.verify_pass = 3;
	run_to_end(&t);
	assert_string_equal(t.ctx.untried, "it, long ago");
	assert_int_equal(saw_pass, 3);
	end(&t);
}

static struct rb_error *nested(struct step_ctx *ctx, void *arg)
{
	return step_together(ctx, arg);
}

static void branches_have_branches(void **state)
{
	char two[] = "2", one[] = "1";
	struct step_branch inner[] = { { nap, two }, { nap, one }, { 0 } };
	const struct step_branch outer[] = { { nested, inner }, { nested, inner }, { 0 } };
	struct together t;

	(void)state;
	most_napping = 0;
	begin(&t, outer);
	run_to_end(&t);
	assert_null(t.err);
	assert_int_equal(most_napping, 4);
	assert_int_equal(json_array_size(t.ctx.claims), 4);
	end(&t);
}

static struct rb_error *sleeps_for_ever(struct step_ctx *ctx, void *arg)
{
	(void)arg;
	return loop_sleep(ctx->run->loop, /* ms= */ 3600 * 1000);
}

static void an_interrupt_ends_all_branches_and_then_the_step(void **state)
{
	const struct step_branch branches[] = { { sleeps_for_ever, NULL },
						{ sleeps_for_ever, NULL },
						{ 0 } };
	struct together t;
	struct task *task;

	(void)state;
	begin(&t, branches);
	task = loop_spawn(t.run.loop, in_a_task, &t);
	loop_run_once(t.run.loop, /* max_ms= */ 1, /* wake_fd= */ -1);
	assert_false(task_is_done(task));
	loop_interrupt(t.run.loop);
	while (!task_is_done(task))
		loop_run_once(t.run.loop, /* max_ms= */ 1000, /* wake_fd= */ -1);
	task_free(task);
	assert_true(rb_error_is(t.err, RB_INTERRUPTED));
	(void)rb_error_free(t.err);
	end(&t);
}

static void without_a_loop_they_go_one_after_the_other(void **state)
{
	char claim[] = "c";
	const struct step_branch branches[] = { { differs, claim }, { misses, claim }, { 0 } };
	struct together t = { .branches = branches };

	(void)state;
	step_ctx_init(&t.ctx, &t.run, &pretended, PHASE_VERIFY);
	assert_null(step_together(&t.ctx, branches));
	assert_int_equal(step_ctx_verdict(&t.ctx), VERDICT_MISSING);
	step_ctx_clear(&t.ctx);
}

/* ---- in order ---------------------------------------------------------------- */

static bool past_usual; /* the pass comes when AWS should be done */

struct parts {
	struct together t;
	struct stack stack;
	struct step_history history;
	enum step_rest when;
	const struct step_branch *rest;
};

static void parts_in_a_task(void *arg)
{
	struct parts *p = arg;

	p->t.err = step_in_order(&p->t.ctx, p->when, p->t.branches, p->rest);
}

static void run_parts(struct parts *p, enum step_state state, enum step_rest when,
		      const struct step_branch *first, const struct step_branch *rest)
{
	struct task *task;

	*p = (struct parts){ .when = when, .rest = rest };
	begin(&p->t, first);
	p->history = (struct step_history){ .step = &pretended, .state = state };
	p->stack.state.history = &p->history;
	p->stack.state.n = 1;
	p->t.run.stack = &p->stack;
	p->t.ctx.expected = past_usual;
	most_napping = 0;
	task = loop_spawn(p->t.run.loop, parts_in_a_task, p);
	while (!task_is_done(task))
		loop_run_once(p->t.run.loop, /* max_ms= */ 1000, /* wake_fd= */ -1);
	task_free(task);
}

static void what_held_is_read_all_at_once(void **state)
{
	char one[] = "1", two[] = "2";
	const struct step_branch first[] = { { nap, two }, { 0 } },
				 rest[] = { { nap, one }, { 0 } };
	struct parts p;

	(void)state;
	run_parts(&p, STEP_HELD, REST_UNLESS_PENDING, first, rest);
	assert_int_equal(most_napping, 2);
	assert_int_equal(json_array_size(p.t.ctx.claims), 2);
	end(&p.t);
	run_parts(&p, STEP_MADE, REST_UNLESS_PENDING, first, rest);
	assert_int_equal(most_napping, 1);
	assert_int_equal(json_array_size(p.t.ctx.claims), 2);
	end(&p.t);
}

static void what_should_be_ready_is_read_all_at_once(void **state)
{
	char one[] = "1", two[] = "2";
	const struct step_branch first[] = { { nap, two }, { 0 } },
				 rest[] = { { nap, one }, { 0 } };
	struct parts p;

	(void)state;
	past_usual = true;
	run_parts(&p, STEP_MADE, REST_UNLESS_PENDING, first, rest);
	past_usual = false;
	assert_int_equal(most_napping, 2);
	assert_int_equal(json_array_size(p.t.ctx.claims), 2);
	end(&p.t);
}

/* Read at once or one after the other, what is reported is the same. */
static void the_rest_of_what_is_pending_or_missing_says_nothing(void **state)
{
	static char it[] = "it", one[] = "1", claim[] = "c";
	static const struct step_branch pending[] = { { waits, it }, { 0 } };
	static const struct step_branch missing[] = { { misses, it }, { 0 } };
	static const struct step_branch differing[] = { { differs, claim }, { 0 } };
	static const struct step_branch failing[] = { { refused, one }, { 0 } };
	static const struct step_branch told[] = { { nap, one }, { 0 } };
	static const struct {
		const struct step_branch *first, *rest;
		enum step_rest when;
		size_t claims;
		bool fails;
	} cases[] = {
		{ pending, told, REST_UNLESS_PENDING, 0, false },
		{ pending, failing, REST_UNLESS_PENDING, 0, false },
		{ missing, told, REST_UNLESS_PENDING, 1, false },
		{ missing, told, REST_IF_THERE, 0, false },
		{ missing, failing, REST_IF_THERE, 0, false },
		{ differing, told, REST_IF_THERE, 2, false },
		{ differing, failing, REST_IF_THERE, 1, true },
		{ differing, told, REST_IF_IT_HOLDS, 1, false },
		{ failing, told, REST_UNLESS_PENDING, 0, true },
	};
	static const enum step_state states[] = { STEP_HELD, STEP_MADE };

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
		size_t k = i / 2;
		struct parts p;

		run_parts(&p, states[i % 2], cases[k].when, cases[k].first, cases[k].rest);
		assert_int_equal(json_array_size(p.t.ctx.claims), cases[k].claims);
		assert_true(!p.t.err == !cases[k].fails);
		(void)rb_error_free(p.t.err);
		end(&p.t);
	}
}

static int waited;

static struct rb_error *wait_once(void *arg)
{
	struct loop *loop = arg;

	waited++;
	assert_int_equal(napping, 0);
	return loop_sleep(loop, 1);
}

struct later {
	struct together t;
	const struct step_branch *first, *rest;
};

static void later_in_a_task(void *arg)
{
	struct later *l = arg;

	l->t.err = step_in_order(&l->t.ctx, REST_LATER, l->first, l->rest);
}

/* Between a first that holds and the rest of it others may begin, and come to look as well. */
static void the_rest_of_what_holds_so_far_comes_later(void **state)
{
	static char it[] = "it", one[] = "1", claim[] = "c";
	static const struct step_branch good[] = { { nap, one }, { 0 } },
					pending[] = { { waits, it }, { 0 } },
					differing[] = { { differs, claim }, { 0 } },
					missing[] = { { misses, it }, { 0 } };
	static const struct {
		const struct step_branch *first;
		int waits;
		size_t claims;
	} cases[] = { { good, 1, 2 }, { pending, 0, 0 }, { differing, 0, 2 }, { missing, 0, 0 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct later l = { .first = cases[i].first, .rest = good };
		struct task *task;

		begin(&l.t, NULL);
		l.t.ctx.rest_later = wait_once;
		l.t.ctx.rest_later_arg = l.t.run.loop;
		waited = 0;
		task = loop_spawn(l.t.run.loop, later_in_a_task, &l);
		while (!task_is_done(task))
			loop_run_once(l.t.run.loop, /* max_ms= */ 1000, /* wake_fd= */ -1);
		task_free(task);
		assert_null(l.t.err);
		assert_int_equal(waited, cases[i].waits);
		assert_int_equal(json_array_size(l.t.ctx.claims), cases[i].claims);
		end(&l.t);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(branches_overlap_and_tell_in_the_order_of_their_list),
		cmocka_unit_test(the_first_error_of_the_list_is_told_and_the_rest_still_ends),
		cmocka_unit_test(branches_know_what_the_step_knows_and_hand_back_what_they_did),
		cmocka_unit_test(a_wait_and_what_is_missing_are_the_steps),
		cmocka_unit_test(what_a_branch_did_not_try_the_step_did_not),
		cmocka_unit_test(branches_have_branches),
		cmocka_unit_test(an_interrupt_ends_all_branches_and_then_the_step),
		cmocka_unit_test(without_a_loop_they_go_one_after_the_other),
		cmocka_unit_test(what_held_is_read_all_at_once),
		cmocka_unit_test(what_should_be_ready_is_read_all_at_once),
		cmocka_unit_test(the_rest_of_what_is_pending_or_missing_says_nothing),
		cmocka_unit_test(the_rest_of_what_holds_so_far_comes_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
