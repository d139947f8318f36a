/* SPDX-License-Identifier: Apache-2.0 */
/* A stack that is kept in a bucket, for several operators: stack_ops.h over leases and logs. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "net/loop.h"
#include "runbook/record/home_init.h"
#include "runbook/record/home_lease.h"
#include "runbook/record/home_log.h"
#include "runbook/record/home_s3.h"
#include "runbook/record/home_store.h"
#include "runbook/record/stack.h"
#include "runbook/record/stack_ops.h"

struct stack_s3 {
	struct home_s3 *home;	 /* borrowed; NULL: not reached */
	struct home_lease lease; /* of STACK_WRITE */
	int64_t runs;		 /* that the stack had; 0: none, or it was not asked yet */
	struct task *renewer;	 /* renews the lease while there is nothing to write */
	bool ends;		 /* the renewer is to end */
	int own_tasks;		 /* in the loop: the renewer, a writer of batches */
};

static char *dir_of(const char *home, const char *name)
{
	char *dir = NULL;

	(void)rb_error_free(home_s3_local(home, name, &dir)); /* opening meets it again */
	return dir ? dir : xstrdup("");
}

static char *identity_name(const struct stack *st)
{
	auto_home_place place = { 0 };
	autofree char *url = NULL;
	struct rb_error *err = home_place_parse(st->home, &place);

	url = err ? xstrdup(st->home) : home_place_url(&place);
	(void)rb_error_free(err);
	return xasprintf("%s/%s/run", url, st->name);
}

/* ---- opening --------------------------------------------------------------- */

/* While the program waits for AWS, nothing is written for minutes. */
static void renew_now_and_then(void *arg)
{
	struct stack_s3 *s3 = arg;

	while (!s3->ends && !s3->lease.lost) {
		struct rb_error *err =
			loop_sleep(s3->home->loop, s3->home->place.lease_s * 1000 / 6);

		if (!err && !s3->ends && home_lease_is_due(&s3->lease))
			err = home_lease_renew(&s3->lease); /* the next write meets what is wrong */
		if (rb_error_is(err, RB_INTERRUPTED))
			s3->ends = true;
		(void)rb_error_free(err);
	}
	s3->own_tasks--;
}

static struct rb_error *hold(struct stack *st)
{
	struct stack_s3 *s3 = st->s3;
	struct rb_error *err;

	TRY(file_make_private_dir(st->dir));
	TRY(stack_folder_lock(st));
	TRY(home_s3_missing(s3->home, home_probe_once(s3->home)));
	err = home_lease_take(s3->home, st->name, st->dir, &s3->lease, &st->taken_from);
	if (s3->lease.moved_to) {
		(void)rb_error_free(err);
		return stack_was_moved(st, s3->lease.moved_to);
	}
	TRY(err);
	s3->own_tasks++;
	s3->renewer = loop_spawn(s3->home->loop, renew_now_and_then, s3);
	return NULL;
}

/* S3 is not reached, and what is here is better than nothing for who only reads. */
static struct rb_error *go_offline(struct stack *st, struct rb_error *err)
{
	autofree char *copy = stack_path(st, "journal.jsonl");

	if ((!rb_error_is(err, RB_NETWORK) && !rb_error_is(err, RB_LOST) &&
	     !rb_error_is(err, RB_CREDENTIALS)) ||
	    !file_exists(copy) || st->state.run_id)
		return err;
	(void)rb_error_free(err);
	TRY(file_check_private_dir(st->dir));
	st->offline = true;
	return NULL;
}

static struct rb_error *open_s3(struct stack *st, enum stack_mode mode, bool *ret_there)
{
	struct rb_error *err;

	st->s3 = xcalloc(1, sizeof(*st->s3));
	*ret_there = true;
	err = home_s3_open(st->home, &st->s3->home);
	if (err && mode == STACK_READ)
		return go_offline(st, err);
	TRY(err);
	if (mode == STACK_WRITE)
		return hold(st);
	/* for known_hosts and report.html; who cannot make it is told when he needs it */
	(void)rb_error_free(file_make_private_dir(st->dir));
	return NULL;
}

/* ---- who the run is -------------------------------------------------------- */

static struct rb_error *read_last_run(struct stack *st, struct buf *ret)
{
	struct stack_s3 *s3 = st->s3;
	autofree char *prefix = home_s3_key(s3->home, st->name, "run/");
	auto_strv keys = { 0 }, last = { 0 };

	TRY(home_s3_missing(s3->home, s3_list_keys(s3->home->client, s3->home->place.bucket, prefix,
						   NULL, NULL, &keys)));
	if (!keys.n)
		return rb_error_because(RB_GONE, "there is none");
	s3->runs = home_s3_number(keys.v[keys.n - 1]);
	strv_add(&last, keys.v[keys.n - 1]);
	return home_s3_read_all(s3->home, &last, ret);
}

static struct rb_error *read_identity(struct stack *st, struct buf *ret)
{
	autofree char *copy = stack_path(st, "run.json");
	struct rb_error *err;

	if (!st->offline) {
		err = read_last_run(st, ret);
		if (!err || st->s3->lease.held)
			return err;
		TRY(go_offline(st, err));
	}
	return file_read(copy, 1024 * 1024, ret);
}

static struct rb_error *write_identity(struct stack *st, const char *text, size_t n)
{
	struct stack_s3 *s3 = st->s3;
	autofree char *key =
		home_s3_key(s3->home, st->name, "run/%010lld", (long long)s3->runs + 1);
	autofree char *copy = stack_path(st, "run.json");
	auto_s3_content other = S3_CONTENT_INIT;
	auto_buf content = BUF_INIT;
	bool ours = false;

	(void)buf_add(&content, text, n);
	if (!home_lease_covers_a_call(&s3->lease))
		TRY(home_lease_renew(&s3->lease));
	TRY(home_s3_create(s3->home, key, &content, NULL, &ours, &other));
	if (!ours)
		return home_lease_lost(&s3->lease);
	s3->runs++;
	(void)rb_error_free(file_write_atomic(copy, text, n, 0600));
	return NULL;
}

/* Nothing takes it away there; here it may be missing, or another run's. */
static struct rb_error *keep_identity(struct stack *st)
{
	(void)st;
	return NULL;
}

/* The next run has a number of its own. */
static bool was_put_aside(const struct stack *st)
{
	(void)st;
	return false;
}

/* ---- its journal ------------------------------------------------------------ */

static struct rb_error *read_copy(const struct stack *st, journal_visitor *visit, void *arg)
{
	autofree char *path = stack_path(st, "journal.jsonl");

	return journal_read(path, visit, arg);
}

static struct rb_error *journal_text(const struct stack *st, struct buf *ret, char **ret_name)
{
	struct home_log_end end;

	if (st->offline) {
		*ret_name = stack_path(st, "journal.jsonl");
		return file_read(*ret_name, HOME_OBJECT_MAX, ret);
	}
	*ret_name = home_log_name(st->s3->home, st->name, st->state.run_id);
	return home_log_read(st->s3->home, st->name, st->state.run_id, ret, &end);
}

static struct rb_error *read_journal(const struct stack *st, journal_visitor *visit, void *arg)
{
	autofree char *name = NULL;
	auto_buf text = BUF_INIT;

	if (st->offline)
		return read_copy(st, visit, arg);
	if (!st->state.run_id)
		return NULL;
	TRY(journal_text(st, &text, &name));
	return journal_read_text(name, &text, /* may_be_torn= */ false, visit, arg);
}

static struct rb_error *open_journal(struct stack *st)
{
	struct stack_s3 *s3 = st->s3;
	struct home_store_options options = {
		.lease = &s3->lease,
		.run = st->state.run_id,
		.dir = st->dir,
		.is_over = &st->state.undone,
		.own_tasks = &s3->own_tasks,
		.resent_bytes = &st->resent_bytes,
		.set_aside = &st->set_aside,
	};

	if (!st->state.run_id)
		return NULL;
	TRY(journal_open_store(home_store_new(&options), state_apply, &st->state, &st->journal));
	/* What was sent and not answered was sent by another host's clock, which is not compared
	 * with ours: it counts as sent now, and is waited for as long as if it were. */
	for (size_t i = 0; i < st->state.n; i++)
		if (st->state.history[i].unanswered)
			st->state.history[i].unanswered_ms = clock_utc_ms();
	return NULL;
}

static struct rb_error *put_aside(struct stack *st)
{
	TRY(journal_flush(st->journal));
	journal_close(st->journal);
	st->journal = NULL;
	return NULL;
}

/* ---- moving ---------------------------------------------------------------- */

static struct rb_error *runs_of(struct stack *st, struct strv *ret)
{
	struct stack_s3 *s3 = st->s3;
	autofree char *prefix = home_s3_key(s3->home, st->name, "run/");
	struct rb_error *err = NULL;
	auto_strv keys = { 0 };
	struct buf *texts;

	TRY(s3_list_keys(s3->home->client, s3->home->place.bucket, prefix, NULL, NULL, &keys));
	texts = xcalloc(keys.n + 1, sizeof(*texts));
	for (size_t i = 0; i < keys.n; i++)
		buf_init(&texts[i]);
	err = home_s3_read_all(s3->home, &keys, texts);
	for (size_t i = 0; i < keys.n; i++) {
		json_t *o = err ? NULL : json_loadb(texts[i].p, texts[i].n, 0, NULL);
		const char *run = json_string_value(json_object_get(o, "run"));

		if (run)
			strv_add(ret, run);
		json_decref(o);
		buf_clear(&texts[i]);
	}
	free(texts);
	return err;
}

static struct rb_error *run_text(struct stack *st, const char *run, struct buf *ret)
{
	struct home_log_end end;

	return home_log_read(st->s3->home, st->name, run, ret, &end);
}

static struct rb_error *import_run(struct stack *st, const char *run, bool current,
				   const char *identity, const struct buf *text)
{
	struct home_log_end end;
	auto_buf none = BUF_INIT;

	(void)current; /* the last one is */
	TRY(write_identity(st, identity, strlen(identity)));
	TRY(home_log_read(st->s3->home, st->name, run, &none, &end));
	return home_log_append(&st->s3->lease, run, &end, text, NULL);
}

static struct rb_error *mark_moved(struct stack *st, const char *to)
{
	return home_lease_mark_moved(&st->s3->lease, to);
}

static struct rb_error *find_moved(const struct stack *st, char **ret_to)
{
	*ret_to = NULL;
	if (!st->s3 || !st->s3->home || st->offline)
		return NULL;
	return home_lease_find_moved(st->s3->home, st->name, ret_to);
}

static struct loop *loop_of(const struct stack *st)
{
	return st->s3 && st->s3->home ? st->s3->home->loop : NULL;
}

static void close_s3(struct stack *st)
{
	struct stack_s3 *s3 = st->s3;

	if (s3 && s3->renewer) {
		s3->ends = true;
		loop_end_sleep(s3->home->loop, s3->renewer);
		loop_join(s3->home->loop, s3->renewer);
		task_free(s3->renewer);
	}
	if (s3)
		home_lease_close(&s3->lease);
	free(s3);
	st->s3 = NULL;
	if (st->lock_fd >= 0)
		close(st->lock_fd);
	st->lock_fd = -1;
}

/* ---- which stacks are there ------------------------------------------------- */

char *stack_s3_holder(const struct stack *st, char **ret_pid)
{
	if (!st->s3 || !st->s3->home || st->offline)
		return NULL;
	return home_lease_holder(st->s3->home, st->name, ret_pid);
}

const struct stack_ops stack_s3_ops = {
	.dir = dir_of,
	.open = open_s3,
	.identity_name = identity_name,
	.read_identity = read_identity,
	.write_identity = write_identity,
	.keep_identity = keep_identity,
	.was_put_aside = was_put_aside,
	.read_journal = read_journal,
	.journal_text = journal_text,
	.open_journal = open_journal,
	.put_aside = put_aside,
	.close = close_s3,
	.runs = runs_of,
	.run_text = run_text,
	.import_run = import_run,
	.mark_moved = mark_moved,
	.find_moved = find_moved,
	.loop = loop_of,
};
