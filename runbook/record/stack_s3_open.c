/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a stack in a bucket, which its lease gives to one who writes. */

#include "runbook/record/stack_s3_int.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "runbook/record/home_init.h"

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
struct rb_error *stack_s3_go_offline(struct stack *st, struct rb_error *err)
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

struct rb_error *stack_s3_open(struct stack *st, enum stack_mode mode, bool *ret_there)
{
	struct rb_error *err;

	st->s3 = xcalloc(1, sizeof(*st->s3));
	*ret_there = true;
	err = home_s3_open(st->home, &st->s3->home);
	if (err && mode == STACK_READ)
		return stack_s3_go_offline(st, err);
	TRY(err);
	if (mode == STACK_WRITE)
		return hold(st);
	/* for known_hosts and report.html; who cannot make it is told when he needs it */
	(void)rb_error_free(file_make_private_dir(st->dir));
	return NULL;
}

void stack_s3_close(struct stack *st)
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
