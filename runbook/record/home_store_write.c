/* SPDX-License-Identifier: Apache-2.0 */
/* The batches of a journal in a bucket: one is on its way at a time, rule (2) of home_store.c. */
#include "runbook/record/home_store_int.h"

#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "runbook/record/home_log.h"

static void add_to_copy(struct home_store *s)
{
	struct rb_error *err;

	if (s->copy_fd < 0)
		return;
	err = file_write_all(s->copy_fd, s->flying.p, s->flying.n, NULL);
	if (!err)
		err = file_sync(s->copy_fd, "journal.sync");
	if (!err)
		return;
	log_debug("the copy of the journal is not written any more: %s", err->why);
	(void)rb_error_free(err);
	close(s->copy_fd);
	s->copy_fd = -1;
}

static struct rb_error *write_batch(struct home_store *s)
{
	struct buf empty = s->flying;

	if (home_lease_is_due(s->lease))
		TRY(home_lease_renew(s->lease));
	s->flying = s->pending;
	s->pending = empty;
	TRY(home_log_append(s->lease, s->run, &s->end, &s->flying, NULL));
	(void)buf_add(&s->text, s->flying.p, s->flying.n);
	add_to_copy(s);
	buf_reset(&s->flying);
	return NULL;
}

static void write_wanted(void *arg)
{
	struct home_store *s = arg;

	while (!s->failed && s->text.n < s->wanted) {
		struct rb_error *err = write_batch(s);

		/* Another task may have failed for good meanwhile: by the lease, for instance. */
		if (!s->failed)
			s->failed = err;
		else
			(void)rb_error_free(err);
	}
	--*s->own_tasks;
}

void home_store_drop_ended(struct home_store *s)
{
	if (!s->task || !task_is_done(s->task))
		return;
	task_free(s->task);
	s->task = NULL;
}

void home_store_begin_writing(struct home_store *s)
{
	s->wanted = s->text.n + s->flying.n + s->pending.n;
	home_store_drop_ended(s);
	if (s->task || s->text.n == s->wanted)
		return;
	++*s->own_tasks;
	s->task = loop_spawn(s->lease->home->loop, write_wanted, s);
}

struct rb_error *home_store_write_all(struct home_store *s)
{
	size_t mine = s->text.n + s->flying.n + s->pending.n;

	while (!s->failed && s->text.n < mine) {
		struct task *task;

		home_store_begin_writing(s);
		task = s->task;
		loop_join(s->lease->home->loop, task);
	}
	return s->failed ? rb_error_copy(s->failed) : NULL;
}
