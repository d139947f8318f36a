/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A journal in a bucket.
 *
 * (1) Opened for writing, the log is fenced first: an empty batch of this epoch, so that whoever
 *     held the lease before finds its next number taken (home_log.h).
 * (2) A line counts once the batch that it is in was answered, or was found to be there.  A task
 *     that must not go on before that waits in settle; others append meanwhile.  One batch is on
 *     its way at a time, so what counts is always the beginning of what was appended.
 * (3) After settle the lease still covers a call to AWS: a process that slept has renewed it, or
 *     was told that it is lost, before it sends anything; and once more in the instant before
 *     that (may_send), when the last conditional write is not of just now.
 * (4) What could not be written stays in a file here, unsent.jsonl, and is written by the next
 *     command if the log still ends where it began.  The bucket is the truth: otherwise it is put
 *     aside, and what it tells of is found by tag.
 * (5) journal.jsonl beside it is a copy of what counts, for reading without the bucket.
 */
#include "runbook/record/home_store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/file.h"
#include "runbook/record/home_log.h"
#include "runbook/record/home_store_int.h"

enum {
	EAGER_BYTES = 1 << 20, /* so much is not kept back */
	FENCE_TRIES = 16,
	WHOLE_FROM_BATCHES = 8, /* fewer are read as fast as one */
};

static struct home_store *of(struct journal_store *s)
{
	return (struct home_store *)s;
}

char *home_store_path(const struct home_store *s, const char *name)
{
	return file_join(s->dir, name);
}

/* ---- opening --------------------------------------------------------------- */

static struct rb_error *read_and_fence(struct journal_store *store, struct buf *ret)
{
	struct home_store *s = of(store);

	for (int i = 0; i < FENCE_TRIES; i++) {
		auto_buf lines = BUF_INIT;
		bool stale = false;

		TRY(home_log_read(s->lease->home, s->lease->stack, s->run, &s->text, &s->end));
		TRY(home_lease_raise(s->lease, s->end.epoch));
		TRY(home_unsent_find(s, &lines));
		TRY(home_log_append(s->lease, s->run, &s->end, &lines, &stale));
		if (stale) /* a late write of who held it before: that is history, too */
			continue;
		TRY(home_unsent_remove(s));
		*s->resent_bytes = lines.n;
		(void)buf_add(&s->text, lines.p, lines.n);
		(void)buf_add(ret, s->text.p, s->text.n);
		return NULL;
	}
	return rb_error_why(rb_error_new(RB_LOCKED, "stack '%s' is in use", s->lease->stack),
			    "somebody goes on writing to its log");
}

/* (5) A copy that cannot be written is none, and nothing hangs on it. */
static void begin_copy(struct home_store *s)
{
	autofree char *path = home_store_path(s, "journal.jsonl");
	struct rb_error *err = file_write_atomic(path, s->text.p, s->text.n, 0600);

	if (!err)
		s->copy_fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	(void)rb_error_free(err);
	if (s->copy_fd >= 0)
		fault_synced(s->copy_fd, "journal.sync");
}

static struct rb_error *begin(struct journal_store *store, size_t good_bytes, size_t bytes)
{
	struct home_store *s = of(store);

	if (good_bytes < bytes)
		return rb_error_why(
			rb_error_new(RB_DAMAGED, "the journal '%s' is damaged", store->name),
			"its last record is half a one, which no batch holds");
	begin_copy(s);
	return s->end.covered ? home_log_compact(s->lease->home, s->lease->stack, s->run,
						 HOME_COMPACT_AGE_S)
			      : NULL;
}

/* ---- writing --------------------------------------------------------------- */

static struct rb_error *append(struct journal_store *store, const char *line, size_t n, bool sync)
{
	struct home_store *s = of(store);

	(void)sync; /* settle waits */
	if (s->failed)
		return rb_error_copy(s->failed);
	if (s->lease->lost)
		return home_lease_lost(s->lease);
	(void)buf_add(&s->pending, line, n);
	if (s->pending.n > EAGER_BYTES)
		home_store_begin_writing(s);
	return NULL;
}

/*
 * The owner of the loop, while tasks of others are at work, must not wait: they would go on in the
 * middle of what it does.  What it wrote is in the log before whatever is appended later, so before
 * any change that comes after.
 */
static bool may_wait(const struct home_store *s)
{
	const struct loop *loop = s->lease->home->loop;

	return loop_is_in_task(loop) || loop_tasks(loop) <= (size_t)*s->own_tasks;
}

static struct rb_error *settle(struct journal_store *store)
{
	struct home_store *s = of(store);

	if (s->failed)
		return rb_error_copy(s->failed);
	if (!may_wait(s)) {
		home_store_begin_writing(s);
		return NULL;
	}
	TRY(home_store_write_all(s));
	if (!home_lease_covers_a_call(s->lease)) /* (3) */
		TRY(home_lease_renew(s->lease));
	return s->lease->lost ? home_lease_lost(s->lease) : NULL;
}

/*
 * The answer to the intent's batch was the last proof that the log is still ours.  A process that
 * was stopped between that and here gets another one, by a conditional write, before it sends
 * anything.
 */
static struct rb_error *may_send(struct journal_store *store)
{
	struct home_store *s = of(store);

	if (s->failed)
		return rb_error_copy(s->failed);
	if (s->lease->lost)
		return home_lease_lost(s->lease);
	return home_lease_is_proved(s->lease) ? NULL : home_lease_renew(s->lease);
}

static struct rb_error *flush(struct journal_store *store)
{
	return home_store_write_all(of(store));
}

/*
 * Of no passing kind, and without AWS's code: the engine would take it for AWS's answer to the
 * step's own call, and ask that again.
 */
static struct rb_error *in_our_words(const struct home_store *s, const struct rb_error *err)
{
	bool sender = rb_error_is(err, RB_DENIED) || rb_error_is(err, RB_CREDENTIALS) ||
		      rb_error_is(err, RB_CLOCK);
	autofree char *path = home_store_path(s, "unsent.jsonl");
	struct rb_error *ours = rb_error_new(sender ? err->kind : RB_IO,
					     "cannot write the journal '%s'", s->store.name);

	ours = rb_error_why(ours, "%-s", err->why ? err->why : err->what);
	return rb_error_hint(ours,
			     "nothing more is changed on AWS; what could not be written is kept in "
			     "'%s', and the next command writes it",
			     path);
}

static struct rb_error *give_up(struct journal_store *store, size_t good_bytes,
				struct rb_error *err)
{
	struct home_store *s = of(store);
	struct rb_error *ours;

	(void)good_bytes;
	if (!s->failed)
		s->failed = rb_error_copy(err);
	if (rb_error_is(err, RB_LOCKED) || rb_error_is(err, RB_DAMAGED))
		return err;
	ours = in_our_words(s, err);
	(void)rb_error_free(err);
	return ours;
}

/* ---- the end --------------------------------------------------------------- */

static void end_run(struct home_store *s)
{
	if (!*s->is_over || s->end.batch - s->end.from + 1 < WHOLE_FROM_BATCHES)
		return;
	(void)rb_error_free(home_log_make_whole(s->lease, s->run, &s->end, &s->text));
}

static void close_store(struct journal_store *store)
{
	struct home_store *s = of(store);
	struct rb_error *err = s->lease->lost ? NULL : home_store_write_all(s);

	if (s->task) {
		loop_join(s->lease->home->loop, s->task);
		home_store_drop_ended(s);
	}
	if (s->flying.n || s->pending.n)
		home_unsent_keep(s);
	/* Where nothing arrives, giving the lease back does not either. */
	if (rb_error_is(s->failed, RB_NETWORK) || rb_error_is(s->failed, RB_LOST))
		s->lease->held = false;
	if (!err && !s->failed && s->lease->held)
		end_run(s);
	(void)rb_error_free(err);
	(void)rb_error_free(s->failed);
	if (s->copy_fd >= 0)
		close(s->copy_fd);
	buf_clear(&s->text);
	buf_clear(&s->flying);
	buf_clear(&s->pending);
	free(s->store.name);
	free(s->run);
	free(s->dir);
	free(s);
}

static const struct journal_store_ops home_ops = {
	.read = read_and_fence,
	.begin = begin,
	.append = append,
	.settle = settle,
	.may_send = may_send,
	.sync = flush,
	.give_up = give_up,
	.close = close_store,
};

struct journal_store *home_store_new(const struct home_store_options *o)
{
	struct home_store *s = xcalloc(1, sizeof(*s));

	s->store.ops = &home_ops;
	s->store.name = home_log_name(o->lease->home, o->lease->stack, o->run);
	s->lease = o->lease;
	s->run = xstrdup(o->run);
	s->dir = xstrdup(o->dir);
	s->is_over = o->is_over;
	s->own_tasks = o->own_tasks;
	s->resent_bytes = o->resent_bytes;
	s->set_aside = o->set_aside;
	s->copy_fd = -1;
	buf_init(&s->text);
	buf_init(&s->flying);
	buf_init(&s->pending);
	return &s->store;
}
