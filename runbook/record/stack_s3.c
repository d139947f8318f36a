/* SPDX-License-Identifier: Apache-2.0 */
/* A stack that is kept in a bucket, for several operators: stack_ops.h over leases and logs. */
#include "runbook/record/stack_s3_int.h"

#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "runbook/record/home_log.h"
#include "runbook/record/home_store.h"

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
		TRY(stack_s3_go_offline(st, err));
	}
	return file_read(copy, 1024 * 1024, ret);
}

struct rb_error *stack_s3_write_identity(struct stack *st, const char *text, size_t n)
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

static struct loop *loop_of(const struct stack *st)
{
	return st->s3 && st->s3->home ? st->s3->home->loop : NULL;
}

char *stack_s3_holder(const struct stack *st, char **ret_pid)
{
	if (!st->s3 || !st->s3->home || st->offline)
		return NULL;
	return home_lease_holder(st->s3->home, st->name, ret_pid);
}

const struct stack_ops stack_s3_ops = {
	.dir = dir_of,
	.open = stack_s3_open,
	.identity_name = identity_name,
	.read_identity = read_identity,
	.write_identity = stack_s3_write_identity,
	.keep_identity = keep_identity,
	.was_put_aside = was_put_aside,
	.read_journal = read_journal,
	.journal_text = journal_text,
	.open_journal = open_journal,
	.put_aside = put_aside,
	.close = stack_s3_close,
	.runs = stack_s3_runs,
	.run_text = stack_s3_run_text,
	.import_run = stack_s3_import_run,
	.mark_moved = stack_s3_mark_moved,
	.find_moved = stack_s3_find_moved,
	.loop = loop_of,
};
