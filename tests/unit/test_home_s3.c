/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A home in a bucket: who may write, what a log is made of, and what becomes of what could not be
 * written.  Two operators are two folders for what stays on a machine (XDG_STATE_HOME), in one
 * process, against the sandbox.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "aws/s3.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "runbook/contract/procedure.h"
#include "runbook/record/home_lease.h"
#include "runbook/record/home_log.h"
#include "runbook/record/home_place.h"
#include "runbook/record/home_s3.h"
#include "runbook/record/home_store.h"
#include "runbook/record/journal_store.h"
#include "runbook/record/stack.h"
#include "runbook/record/stack_list.h"
#include "runbook/record/stack_busy.h"
#include "tests/lib/sbx_world.h"
#include "tests/lib/temp.h"

#define BUCKET "runbook-home-test"

static char folder[TEMP_MAX];
static char *home; /* a prefix of its own for each test */
static int tests_begun;

static void operator_is(const char *name)
{
	autofree char *dir = file_join(folder, name);

	assert_int_equal(setenv("XDG_STATE_HOME", dir, 1), 0);
	home_configure(&(struct home_settings){ .operator_name = name, .command = "run" });
}

static bool is_there(const char *bucket)
{
	auto_strv keys = { 0 };
	auto_error struct rb_error *err = s3_list_keys(virginia, bucket, "", NULL, NULL, &keys);

	return !err;
}

static int start(void **state)
{
	if (!temp_folder(folder, "home-s3-"))
		return 1;
	if (sbx_world_start(state))
		return 1;
	well(s3_create_bucket(virginia, BUCKET, NULL, NULL));
	until(is_there, BUCKET, "the bucket is there");
	return 0;
}

static int stop(void **state)
{
	home_s3_close_all();
	free(home);
	(void)rb_error_free(file_remove_tree(folder));
	return sbx_world_stop(state);
}

static int fresh(void **state)
{
	(void)state;
	home_s3_close_all();
	free(home);
	home = xasprintf("s3://" BUCKET "/t%d?region=us-east-1", ++tests_begun);
	operator_is("alice");
	return 0;
}

static void refused(struct rb_error *err, enum rb_kind kind, const char *part)
{
	assert_non_null(err);
	if (err->kind != kind ||
	    !((err->what && strstr(err->what, part)) || (err->why && strstr(err->why, part))))
		fail_msg("no '%s' in %s '%s' / '%s'", part, rb_kind_name(err->kind), err->what,
			 err->why ? err->why : "-");
	(void)rb_error_free(err);
}

static json_t *note(const char *text)
{
	return json_pack("{s:s, s:s, s:s}", "type", "note", "step", "1-1", "text", text);
}

static void begin_run(struct stack *st)
{
	struct params params;

	params_init(&params, all_procedures[0]);
	well(params_finish(&params));
	well(stack_open(st, home, "s", STACK_WRITE, all_procedures));
	well(stack_begin_run(st, "123456789012", "aws", &params));
	params_clear(&params);
}

static void open_again(struct stack *st)
{
	well(stack_open(st, home, "s", STACK_WRITE, all_procedures));
}

static struct rb_error *write_note(struct stack *st, const char *text)
{
	TRY(stack_record(st, note(text), /* sync= */ true));
	return journal_flush(st->journal);
}

static struct home_s3 *the_home(void)
{
	struct home_s3 *h = NULL;

	well(home_s3_open(home, &h));
	return h;
}

static struct rb_error *count_notes(void *arg, const json_t *rec)
{
	*(int *)arg += text_eq(journal_type(rec), "note");
	return NULL;
}

/* As another machine reads it: nothing of it was seen before. */
static int notes(void)
{
	auto_stack st;
	int n = 0;

	home_s3_close_all();
	well(stack_open(&st, home, "s", STACK_READ, all_procedures));
	well(stack_read_journal(&st, count_notes, &n));
	return n;
}

static char *key_of(struct home_s3 *h, const char *run, const char *rest)
{
	return home_s3_key(h, "s", "%s/%s", run, rest);
}

/* ---- where it is ------------------------------------------------------------ */

static void a_place_is_read_or_refused(void **state)
{
	static const char *const bad[] = {
		"s3://",
		"s3://ab",
		"s3://Bucket/x",
		"s3://bucket//x",
		"s3://bucket/a//b",
		"s3://bucket/a b",
		"s3://bucket/\xe3",
		"s3://bucket/x?colour=red",
		"s3://bucket/x?region",
		"s3://bucket/x?lease=1",
		"s3://bucket/x?lease=4000",
		"s3://bucket/x?region=%zz",
		"s3://-bucket",
		"s3://buck..et",
	};
	auto_home_place place = { 0 };

	(void)state;
	assert_false(home_is_s3(".runbook"));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		auto_home_place none = { 0 };

		assert_true(home_is_s3(bad[i]));
		refused(home_place_parse(bad[i], &none), RB_USAGE, "stacks cannot be kept at");
	}
	well(home_place_parse("s3://team-bucket/a/b/?profile=ops%20team&lease=30&region=eu-west-1",
			      &place));
	assert_string_equal(place.bucket, "team-bucket");
	assert_string_equal(place.prefix, "a/b");
	assert_string_equal(place.profile, "ops team");
	assert_string_equal(place.region, "eu-west-1");
	assert_int_equal(place.lease_s, 30);
	home_place_clear(&place);
	well(home_place_parse("s3://team-bucket", &place));
	assert_string_equal(place.prefix, "");
	assert_null(place.region);
	assert_int_equal(place.lease_s, HOME_LEASE_S);
}

/* ---- what is written is read ------------------------------------------------ */

static void what_one_writes_another_reads(void **state)
{
	auto_strv stacks = { 0 };
	struct stack st;
	bool there;

	(void)state;
	well(stack_is_there(home, "s", &there));
	assert_false(there);
	begin_run(&st);
	well(write_note(&st, "one"));
	well(stack_record(&st, note("two"), /* sync= */ false));
	stack_close(&st);
	operator_is("bob");
	assert_int_equal(notes(), 2);
	well(stack_is_there(home, "s", &there));
	assert_true(there);
	stack_list(home, &stacks);
	assert_int_equal(stacks.n, 1);
	assert_string_equal(stacks.v[0], "s");
	open_again(&st);
	assert_null(st.taken_from); /* it was given back */
	well(write_note(&st, "three"));
	stack_close(&st);
	assert_int_equal(notes(), 3);
}

/* What the state has, it has before a batch is answered; what was appended meanwhile goes with the
 * next one. */
struct writer {
	struct stack *st;
	struct rb_error *err;
};

static void write_in_a_task(void *arg)
{
	struct writer *w = arg;

	w->err = stack_record(w->st, note("together"), /* sync= */ true);
}

static void what_comes_meanwhile_is_one_batch(void **state)
{
	enum { N = 8 };
	struct writer writers[N];
	struct task *tasks[N];
	struct home_log_end before, after;
	auto_buf text = BUF_INIT;
	struct stack st;
	struct home_s3 *h;

	(void)state;
	begin_run(&st);
	h = the_home();
	well(home_log_read(h, "s", st.state.run_id, &text, &before));
	for (int i = 0; i < N; i++) {
		writers[i] = (struct writer){ &st, NULL };
		tasks[i] = loop_spawn(h->loop, write_in_a_task, &writers[i]);
	}
	for (int i = 0; i < N; i++) {
		loop_join(h->loop, tasks[i]);
		task_free(tasks[i]);
		well(writers[i].err);
	}
	well(home_log_read(h, "s", st.state.run_id, &text, &after));
	assert_in_range(after.batch - before.batch, 1, 3);
	stack_close(&st);
	assert_int_equal(notes(), N);
}

/* A journal whose lease nobody renews now and then. */
struct alone {
	char *local;
	struct home_lease lease;
	struct journal_store *store; /* of the journal */
	struct journal *journal;
	bool is_over;
	int own_tasks;
	size_t resent_bytes;
	char *set_aside;
};

static void begin_alone(struct alone *a)
{
	struct home_store_options options = { .lease = &a->lease,
					      .run = "20261128-00000000",
					      .is_over = &a->is_over,
					      .own_tasks = &a->own_tasks,
					      .resent_bytes = &a->resent_bytes,
					      .set_aside = &a->set_aside };
	autofree char *from = NULL;

	memset(a, 0, sizeof(*a));
	well(home_s3_local(home, "s", &a->local));
	well(file_make_private_dir(a->local));
	well(home_lease_take(the_home(), "s", a->local, &a->lease, &from));
	options.dir = a->local;
	a->store = home_store_new(&options);
	well(journal_open_store(a->store, NULL, NULL, &a->journal));
}

static void end_alone(struct alone *a)
{
	journal_close(a->journal);
	home_lease_close(&a->lease);
	free(a->set_aside);
	free(a->local);
}

/* ---- who may write ---------------------------------------------------------- */

static void who_holds_it_is_said(void **state)
{
	struct stack alice, bob;
	autofree char *pid = NULL;

	(void)state;
	begin_run(&alice);
	operator_is("bob");
	refused(stack_open(&bob, home, "s", STACK_WRITE, all_procedures), RB_LOCKED,
		"it is held by alice on ");
	stack_close(&bob);
	well(stack_open(&bob, home, "s", STACK_READ, all_procedures));
	pid = stack_busy_process(&bob);
	assert_int_equal(strtol(pid, NULL, 10), getpid());
	stack_close(&bob);
	well(write_note(&alice, "still hers"));
	stack_close(&alice);
	open_again(&bob);
	stack_close(&bob);
}

static void take_over_as(struct stack *st, const char *name)
{
	operator_is(name);
	home_configure(&(struct home_settings){ .operator_name = name, .take_over = true });
	open_again(st);
	operator_is(name);
}

/* The log is the fence: whoever lost the stack finds his next number taken, whatever his clock
 * says. */
static void who_lost_it_changes_nothing_more(void **state)
{
	struct stack alice, bob;

	(void)state;
	begin_run(&alice);
	well(write_note(&alice, "before"));
	take_over_as(&bob, "bob");
	assert_non_null(strstr(bob.taken_from, "alice on "));
	refused(write_note(&alice, "after"), RB_LOCKED, "was taken over");
	refused(stack_record(&alice, note("never"), true), RB_LOCKED, "");
	well(write_note(&bob, "his"));
	stack_close(&alice); /* does not give back what is not hers */
	well(write_note(&bob, "his"));
	stack_close(&bob);
	assert_int_equal(notes(), 3);
}

/* Stopped between the intent's answer and the call, and taken over meanwhile. */
static void who_was_stopped_before_the_call_does_not_send(void **state)
{
	struct stack alice, bob;

	(void)state;
	free(home);
	home = xasprintf("s3://" BUCKET "/t%d?region=us-east-1&lease=2", tests_begun);
	begin_run(&alice);
	well(write_note(&alice, "intent"));
	well(journal_may_send(alice.journal));
	take_over_as(&bob, "bob");
	(void)usleep(150000); /* longer than what a proof is good for: a twentieth of the lease */
	refused(journal_may_send(alice.journal), RB_LOCKED, "was taken over");
	stack_close(&alice);
	stack_close(&bob);
}

static void who_lost_it_begins_no_run(void **state)
{
	struct stack alice, bob;
	struct params params;

	(void)state;
	params_init(&params, all_procedures[0]);
	well(params_finish(&params));
	open_again(&alice);
	take_over_as(&bob, "bob");
	well(stack_begin_run(&bob, "123456789012", "aws", &params));
	refused(stack_begin_run(&alice, "123456789012", "aws", &params), RB_LOCKED,
		"was taken over");
	stack_close(&bob);
	stack_close(&alice);
	params_clear(&params);
}

/* By S3's clock, with which nobody's sleep interferes. */
static void a_lease_that_ran_out_is_taken_and_its_holder_finds_out(void **state)
{
	autofree char *local = NULL, *from = NULL;
	struct home_lease alice;
	struct stack bob;

	(void)state;
	free(home);
	home = xasprintf("s3://" BUCKET "/t%d?region=us-east-1&lease=2", tests_begun);
	well(home_s3_local(home, "s", &local));
	well(file_make_private_dir(local));
	well(home_lease_take(the_home(), "s", local, &alice, &from));
	assert_true(home_lease_covers_a_call(&alice));
	operator_is("bob");
	for (int64_t until_ms = clock_mono_ms() + 20000;;) {
		struct rb_error *err = stack_open(&bob, home, "s", STACK_WRITE, all_procedures);

		if (!err)
			break;
		assert_true(err->kind == RB_LOCKED && clock_mono_ms() < until_ms);
		(void)rb_error_free(err);
		stack_close(&bob);
		(void)usleep(100000);
	}
	assert_non_null(bob.taken_from);
	assert_false(home_lease_covers_a_call(&alice));
	refused(home_lease_renew(&alice), RB_LOCKED, "was taken over");
	assert_true(alice.lost);
	home_lease_close(&alice);
	stack_close(&bob);
}

/* Nobody took it meanwhile: a holder that slept is the holder still. */
static void a_lease_that_ran_out_and_was_not_taken_is_renewed(void **state)
{
	autofree char *local = NULL, *from = NULL;
	struct home_lease l;

	(void)state;
	well(home_s3_local(home, "s", &local));
	well(file_make_private_dir(local));
	well(home_lease_take(the_home(), "s", local, &l, &from));
	l.sent_ms -= 2 * HOME_LEASE_S * 1000;
	assert_true(home_lease_is_due(&l));
	assert_false(home_lease_covers_a_call(&l));
	well(home_lease_renew(&l));
	assert_true(home_lease_covers_a_call(&l));
	home_lease_close(&l);
}

/* A command that writes all the time has no need of a task that renews. */
static void a_batch_renews_a_lease_that_is_due(void **state)
{
	struct alone a;
	int64_t sent_ms;

	(void)state;
	begin_alone(&a);
	a.lease.sent_ms -= HOME_LEASE_S * 500;
	sent_ms = a.lease.sent_ms;
	assert_true(home_lease_is_due(&a.lease));
	well(journal_append(a.journal, note("n"), /* sync= */ true, NULL));
	well(journal_flush(a.journal));
	assert_true(a.lease.sent_ms > sent_ms);
	end_alone(&a);
}

/* Its object may still be there as it was: another task saw the log go on without it. */
static void a_lease_that_was_lost_is_never_renewed(void **state)
{
	autofree char *local = NULL, *from = NULL, *etag = NULL;
	struct home_lease l;

	(void)state;
	well(home_s3_local(home, "s", &local));
	well(file_make_private_dir(local));
	well(home_lease_take(the_home(), "s", local, &l, &from));
	(void)rb_error_free(home_lease_lost(&l));
	etag = xstrdup(l.etag);
	refused(home_lease_renew(&l), RB_LOCKED, "was taken over");
	assert_string_equal(l.etag, etag);
	home_lease_close(&l);
}

static void who_lost_the_stack_appends_nothing(void **state)
{
	struct alone a;

	(void)state;
	begin_alone(&a);
	(void)rb_error_free(home_lease_lost(&a.lease));
	refused(journal_append(a.journal, note("n"), /* sync= */ false, NULL), RB_LOCKED,
		"was taken over");
	assert_int_equal(journal_records(a.journal), 0);
	end_alone(&a);
}

static void do_nothing(void *arg)
{
	(void)arg;
}

static void run_task(struct loop *loop, struct task *task)
{
	loop_join(loop, task);
	task_free(task);
}

/* The batch waits for a renewal of another task's, which finds that the stack is lost. */
static void the_first_of_two_failures_is_told(void **state)
{
	struct task *other;
	struct loop *loop;
	struct alone a;

	(void)state;
	begin_alone(&a);
	loop = a.lease.home->loop;
	a.lease.sent_ms -= HOME_LEASE_S * 1000;
	a.lease.renewing = true;
	well(journal_append(a.journal, note("n"), /* sync= */ false, NULL));
	other = loop_spawn(loop, do_nothing, NULL); /* so it is not waited for */
	well(journal_settle(a.journal));
	assert_int_equal(a.own_tasks, 1);
	run_task(loop, other);
	run_task(loop, loop_spawn(loop, do_nothing, NULL)); /* behind the one that writes */
	refused(a.store->ops->give_up(a.store, 0, rb_error_new(RB_LOCKED, "the first")), RB_LOCKED,
		"the first");
	a.lease.lost = true;
	a.lease.renewing = false;
	while (a.own_tasks)
		loop_run_once(loop, 1000, -1);
	refused(journal_settle(a.journal), RB_LOCKED, "the first");
	end_alone(&a);
}

/* A holder that ended on this machine left its lock here, so nobody waits. */
static void a_holder_that_died_here_is_not_waited_for(void **state)
{
	autofree char *local = NULL, *from = NULL;
	struct home_lease dead;
	struct stack st;

	(void)state;
	well(home_s3_local(home, "s", &local));
	well(file_make_private_dir(local));
	well(home_lease_take(the_home(), "s", local, &dead, &from));
	assert_null(from);
	dead.held = false; /* as after kill -9: nothing is given back */
	home_lease_close(&dead);
	begin_run(&st);
	assert_null(st.taken_from);
	stack_close(&st);
}

/* A home folder that was copied to another machine, or is mounted there: its lock says nothing. */
static void a_holder_on_another_host_is_waited_for(void **state)
{
	autofree char *local = NULL, *from = NULL, *key = home_s3_key(the_home(), "s", "lease");
	auto_s3_content lease = S3_CONTENT_INIT;
	struct home_lease alice;
	struct stack st;
	char *host;

	(void)state;
	well(home_s3_local(home, "s", &local));
	well(file_make_private_dir(local));
	well(home_lease_take(the_home(), "s", local, &alice, &from));
	alice.held = false;
	home_lease_close(&alice);
	well(s3_get_content(virginia, BUCKET, key, 1 << 20, &lease));
	host = strstr(lease.body.p, "\"host\"");
	assert_non_null(host);
	host = strchr(host + 6, '"') + 1;
	*host = *host == 'x' ? 'y' : 'x';
	well(s3_put_object(virginia, BUCKET, NULL, key, lease.body.p, lease.body.n, NULL));
	refused(stack_open(&st, home, "s", STACK_WRITE, all_procedures), RB_LOCKED,
		"it is held by");
	stack_close(&st);
}

/* ---- what an answer means ---------------------------------------------------- */

static void ones_own_object_is_not_a_strangers(void **state)
{
	auto_s3_content other = S3_CONTENT_INIT;
	auto_buf text = BUF_INIT, another = BUF_INIT;
	autofree char *key = NULL, *etag = NULL, *stale = NULL;
	struct home_s3 *h = the_home();
	bool ours;

	(void)state;
	key = home_s3_key(h, "s", "lease");
	(void)buf_adds(&text, "mine");
	(void)buf_adds(&another, "not mine");
	well(home_s3_create(h, key, &text, &etag, &ours, &other));
	assert_true(ours);
	well(home_s3_create(h, key, &text, NULL, &ours, &other)); /* 412, and yet */
	assert_true(ours);
	well(home_s3_create(h, key, &another, NULL, &ours, &other));
	assert_false(ours);
	assert_string_equal(other.body.p, "mine");
	stale = xstrdup(etag);
	well(home_s3_replace(h, key, &another, &etag, &ours, &other));
	assert_true(ours);
	assert_string_not_equal(etag, stale);
	well(home_s3_replace(h, key, &another, &stale, &ours, &other)); /* 412, and yet */
	assert_true(ours);
	assert_string_equal(etag, stale);
	set_str(&stale, "\"0123\"");
	well(home_s3_replace(h, key, &text, &stale, &ours, &other));
	assert_false(ours);
	well(s3_delete_object(h->client, BUCKET, NULL, key, NULL));
	well(home_s3_replace(h, key, &text, &etag, &ours, &other));
	assert_false(ours);
	assert_null(other.etag);
}

/* A holder whose first words come late: the log has a batch of a smaller epoch where the fence was
 * to stand. */
static void a_late_write_of_the_last_holder_is_history(void **state)
{
	autofree char *local = NULL, *from = NULL, *run = NULL;
	struct home_log_end end;
	struct home_lease late;
	auto_buf text = BUF_INIT;
	struct stack st;
	bool stale = false;

	(void)state;
	begin_run(&st);
	run = xstrdup(st.state.run_id);
	stack_close(&st);
	well(home_s3_local(home, "s", &local));
	well(home_lease_take(the_home(), "s", local, &late, &from));
	well(home_log_read(the_home(), "s", run, &text, &end));
	late.epoch += 7; /* a greater one now, and the one of the log is smaller */
	end.batch--;
	memcpy(end.prev, "00", 2);
	buf_reset(&text);
	well(home_log_append(&late, run, &end, &text, &stale));
	assert_true(stale);
	late.epoch = 1;
	stale = false;
	refused(home_log_append(&late, run, &end, &text, &stale), RB_LOCKED, "taken over");
	home_lease_close(&late);
}

/* The clocks of two hosts are not compared. */
static void a_call_that_another_sent_counts_as_sent_now(void **state)
{
	const struct step_history *history;
	int64_t sent_ms, now_ms;
	struct stack st;

	(void)state;
	begin_run(&st);
	well(stack_record(&st,
			  json_pack("{s:s, s:s, s:s, s:s}", "type", "intent", "step", "1-1",
				    "phase", "do", "action", "CreateVpc"),
			  /* sync= */ true));
	sent_ms = st.state.history[0].unanswered_ms;
	stack_close(&st);
	while ((now_ms = clock_utc_ms()) == sent_ms)
		continue;
	operator_is("bob");
	open_again(&st);
	history = &st.state.history[0];
	assert_int_equal(history->unanswered, 1);
	assert_true(history->unanswered_ms >= now_ms);
	stack_close(&st);
}

/* ---- damage ------------------------------------------------------------------ */

static char *run_with_batches(void)
{
	struct stack st;
	char *run;

	begin_run(&st);
	for (int i = 0; i < 4; i++)
		well(write_note(&st, "n"));
	run = xstrdup(st.state.run_id);
	stack_close(&st);
	return run;
}

static void damage_is_refused(const char *why)
{
	struct stack st;

	home_s3_close_all();
	refused(stack_open(&st, home, "s", STACK_READ, all_procedures), RB_DAMAGED, why);
	stack_close(&st);
	refused(stack_open(&st, home, "s", STACK_WRITE, all_procedures), RB_DAMAGED, why);
	stack_close(&st);
}

static void a_batch_that_is_missing_is_damage(void **state)
{
	autofree char *run = run_with_batches();
	autofree char *key = key_of(the_home(), run, "log/0000000003");

	(void)state;
	well(s3_delete_object(virginia, BUCKET, NULL, key, NULL));
	damage_is_refused("the batch before it is missing");
}

static void a_batch_that_was_changed_is_damage(void **state)
{
	autofree char *run = run_with_batches();
	autofree char *key = key_of(the_home(), run, "log/0000000003");
	auto_s3_content content = S3_CONTENT_INIT;
	char *n;

	(void)state;
	well(s3_get_content(virginia, BUCKET, key, 1 << 20, &content));
	n = strstr(content.body.p, "\"nonce\":\"") + 9;
	*n = *n == '0' ? '1' : '0'; /* no line of the journal knows of that */
	well(s3_put_object(virginia, BUCKET, NULL, key, content.body.p, content.body.n, NULL));
	damage_is_refused("it does not follow the batch before it");
}

static void half_a_record_is_damage(void **state)
{
	autofree char *run = run_with_batches(), *key = NULL, *last = NULL;
	auto_s3_content content = S3_CONTENT_INIT;
	struct home_log_end end;
	auto_buf text = BUF_INIT;

	(void)state;
	well(home_log_read(the_home(), "s", run, &text, &end));
	last = xasprintf("log/%010lld", (long long)end.batch);
	key = key_of(the_home(), run, last);
	well(s3_get_content(virginia, BUCKET, key, 1 << 20, &content));
	well(s3_put_object(virginia, BUCKET, NULL, key, content.body.p, content.body.n - 4, NULL));
	home_s3_close_all();
	damage_is_refused("damaged");
}

/* ---- what could not be written ------------------------------------------------ */

/* The last batch of `st` did not arrive, and the process ended. */
static void write_unsent(const struct stack *st, const char *lines, size_t behind, const char *sum)
{
	autofree char *path = stack_path(st, "unsent.jsonl");
	auto_buf out = BUF_INIT;

	(void)buf_addf(&out, "{\"run\":\"%s\",\"behind\":%zu,\"sum\":\"%.16s\"}\n%s",
		       st->state.run_id, behind, sum, lines);
	well(file_write_atomic(path, out.p, out.n, 0600));
}

/* The text of the run's log. */
static void log_text(const struct stack *st, struct buf *ret)
{
	struct home_log_end end;

	well(home_log_read(the_home(), "s", st->state.run_id, ret, &end));
}

static void what_could_not_be_written_is_written_later(void **state)
{
	auto_buf whole = BUF_INIT, before = BUF_INIT;
	autofree char *path = NULL, *lines = NULL;
	struct home_log_end end;
	struct stack st;
	char *key;

	(void)state;
	begin_run(&st);
	log_text(&st, &before);
	well(write_note(&st, "lost"));
	log_text(&st, &whole);
	stack_close(&st);
	/* the bucket never got that batch */
	operator_is("alice");
	well(stack_open(&st, home, "s", STACK_READ, all_procedures));
	well(home_log_read(the_home(), "s", st.state.run_id, &whole, &end));
	{
		autofree char *last = xasprintf("log/%010lld", (long long)end.batch);

		key = key_of(the_home(), st.state.run_id, last);
		well(s3_delete_object(virginia, BUCKET, NULL, key, NULL));
		free(key);
	}
	lines = xstrdup(whole.p + before.n);
	write_unsent(&st, lines, before.n, before.p + before.n - 19);
	path = stack_path(&st, "unsent.jsonl");
	stack_close(&st);
	assert_int_equal(notes(), 0);
	open_again(&st);
	assert_int_equal(st.resent_bytes, strlen(lines));
	assert_null(st.set_aside);
	assert_false(file_exists(path));
	stack_close(&st);
	assert_int_equal(notes(), 1);
	open_again(&st); /* and once */
	assert_int_equal(st.resent_bytes, 0);
	stack_close(&st);
	assert_int_equal(notes(), 1);
}

static void what_did_arrive_is_not_written_twice(void **state)
{
	auto_buf whole = BUF_INIT, before = BUF_INIT;
	struct stack st;

	(void)state;
	begin_run(&st);
	log_text(&st, &before);
	well(write_note(&st, "here"));
	log_text(&st, &whole);
	write_unsent(&st, whole.p + before.n, before.n, before.p + before.n - 19);
	stack_close(&st);
	open_again(&st);
	assert_int_equal(st.resent_bytes, 0);
	assert_null(st.set_aside);
	stack_close(&st);
	assert_int_equal(notes(), 1);
}

static void what_does_not_fit_is_put_aside(void **state)
{
	auto_buf before = BUF_INIT, other = BUF_INIT;
	struct stack st;

	(void)state;
	begin_run(&st);
	log_text(&st, &before);
	well(write_note(&st, "went on"));
	(void)buf_addf(&other, "{\"seq\":2,\"text\":\"%0400d\"}\n", 0);
	write_unsent(&st, other.p, before.n, before.p + before.n - 19);
	stack_close(&st);
	open_again(&st);
	assert_int_equal(st.resent_bytes, 0);
	assert_non_null(st.set_aside);
	assert_true(file_exists(st.set_aside));
	stack_close(&st);
	assert_int_equal(notes(), 1);
}

/* It was written behind another line than the one that is there now, of the same length. */
static void what_stood_behind_another_line_is_put_aside(void **state)
{
	auto_buf before = BUF_INIT;
	struct stack st;

	(void)state;
	begin_run(&st);
	log_text(&st, &before);
	write_unsent(&st, "{\"seq\":2,\"text\":\"\"}\n", before.n, "0123456789abcdef");
	stack_close(&st);
	open_again(&st);
	assert_int_equal(st.resent_bytes, 0);
	assert_non_null(st.set_aside);
	stack_close(&st);
	assert_int_equal(notes(), 0);
}

/* ---- a run that is over -------------------------------------------------------- */

static size_t batches_of(const char *run)
{
	struct home_s3 *h = the_home();
	autofree char *prefix = key_of(h, run, "log/");
	auto_strv keys = { 0 };

	well(s3_list_keys(h->client, BUCKET, prefix, NULL, NULL, &keys));
	return keys.n;
}

/* Caller frees its id. */
static char *run_that_is_over(void)
{
	struct stack st;
	char *run;

	begin_run(&st);
	run = xstrdup(st.state.run_id);
	for (int i = 0; i < 9; i++)
		well(write_note(&st, "n"));
	well(stack_record(
		&st,
		json_pack("{s:s, s:[], s:[], s:b}", "type", "sweep", "left", "fading", "undone", 1),
		true));
	st.state.undone = true; /* as an undo of everything ends */
	stack_close(&st);
	return run;
}

/* It has the number of the last batch that is in it, and the log goes on behind that. */
static void a_whole_log_is_believed_under_its_number_alone(void **state)
{
	autofree char *run = run_that_is_over(), *key = NULL, *next = NULL;
	auto_s3_content content = S3_CONTENT_INIT;
	int64_t n = (int64_t)batches_of(run);
	struct home_log_end end;
	auto_buf text = BUF_INIT;

	(void)state;
	key = home_s3_key(the_home(), "s", "%s/whole/%010lld", run, (long long)n);
	next = home_s3_key(the_home(), "s", "%s/whole/%010lld", run, (long long)n + 1);
	well(s3_get_content(virginia, BUCKET, key, 1 << 20, &content));
	well(home_log_read(the_home(), "s", run, &text, &end));
	assert_int_equal(end.batch, n);
	assert_int_equal(end.from, n + 1);
	well(s3_put_object(virginia, BUCKET, NULL, next, content.body.p, content.body.n, NULL));
	damage_is_refused("it is no whole log");
}

static void a_run_that_is_over_is_one_object(void **state)
{
	autofree char *run = run_that_is_over();
	struct stack st;

	(void)state;
	well(home_log_compact(the_home(), "s", run, HOME_COMPACT_AGE_S));
	assert_in_range(batches_of(run), 10, 20); /* somebody who sleeps may still try a number */
	assert_int_equal(notes(), 9);
	well(home_log_compact(the_home(), "s", run, /* age_s= */ 0));
	assert_int_equal(batches_of(run), 0);
	assert_int_equal(notes(), 9);
	open_again(&st); /* it goes on behind it */
	well(write_note(&st, "n"));
	st.state.undone = false;
	stack_close(&st);
	assert_in_range(batches_of(run), 1, 2);
	assert_int_equal(notes(), 10);
}

static void a_run_that_stands_keeps_its_batches(void **state)
{
	autofree char *run = run_with_batches();
	size_t n = batches_of(run);

	(void)state;
	well(home_log_compact(the_home(), "s", run, /* age_s= */ 0));
	assert_int_equal(batches_of(run), n);
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_place_is_read_or_refused),
		TEST(what_one_writes_another_reads),
		TEST(what_comes_meanwhile_is_one_batch),
		TEST(who_holds_it_is_said),
		TEST(who_lost_it_changes_nothing_more),
		TEST(who_was_stopped_before_the_call_does_not_send),
		TEST(who_lost_it_begins_no_run),
		TEST(a_lease_that_ran_out_is_taken_and_its_holder_finds_out),
		TEST(a_lease_that_ran_out_and_was_not_taken_is_renewed),
		TEST(a_batch_renews_a_lease_that_is_due),
		TEST(a_lease_that_was_lost_is_never_renewed),
		TEST(who_lost_the_stack_appends_nothing),
		TEST(the_first_of_two_failures_is_told),
		TEST(a_holder_that_died_here_is_not_waited_for),
		TEST(a_holder_on_another_host_is_waited_for),
		TEST(ones_own_object_is_not_a_strangers),
		TEST(a_late_write_of_the_last_holder_is_history),
		TEST(a_call_that_another_sent_counts_as_sent_now),
		TEST(a_batch_that_is_missing_is_damage),
		TEST(a_batch_that_was_changed_is_damage),
		TEST(half_a_record_is_damage),
		TEST(what_could_not_be_written_is_written_later),
		TEST(what_did_arrive_is_not_written_twice),
		TEST(what_does_not_fit_is_put_aside),
		TEST(what_stood_behind_another_line_is_put_aside),
		TEST(a_run_that_is_over_is_one_object),
		TEST(a_whole_log_is_believed_under_its_number_alone),
		TEST(a_run_that_stands_keeps_its_batches),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
