/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks as threads with one baton. */
#include "net/loop_int.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

enum { STACK_BYTES = 4 << 20 }; /* address space only; sanitizers use large frames */

static _Thread_local struct task *self; /* NULL: this thread is no task */

void loop_must(int failed)
{
	if (!failed)
		return;
	(void)fprintf(stderr,
		      "runbook: the system refuses a thread or a network handle (ulimit -u, -v, "
		      "-n); the same command run again carries on\n");
	abort();
}

void loop_give_turn(struct loop *loop, struct task *task)
{
	loop_must(pthread_mutex_lock(&loop->lock));
	loop->running = task;
	loop_must(pthread_cond_signal(&task->turn));
	while (loop->running)
		loop_must(pthread_cond_wait(&loop->owner_turn, &loop->lock));
	loop_must(pthread_mutex_unlock(&loop->lock));
}

void loop_return_turn(struct task *task)
{
	struct loop *loop = task->loop;

	loop_must(pthread_mutex_lock(&loop->lock));
	loop->running = NULL;
	loop_must(pthread_cond_signal(&loop->owner_turn));
	while (loop->running != task)
		loop_must(pthread_cond_wait(&task->turn, &loop->lock));
	loop_must(pthread_mutex_unlock(&loop->lock));
}

static void *task_main(void *arg)
{
	struct task *task = arg;
	struct loop *loop = task->loop;

	self = task;
	loop_must(pthread_mutex_lock(&loop->lock));
	while (loop->running != task)
		loop_must(pthread_cond_wait(&task->turn, &loop->lock));
	loop_must(pthread_mutex_unlock(&loop->lock));

	task->fn(task->arg);

	loop_must(pthread_mutex_lock(&loop->lock));
	task->is_done = true;
	loop->running = NULL;
	loop_must(pthread_cond_signal(&loop->owner_turn));
	loop_must(pthread_mutex_unlock(&loop->lock));
	return NULL;
}

struct task *loop_spawn(struct loop *loop, void (*fn)(void *arg), void *arg)
{
	struct task *task = xcalloc(1, sizeof(*task));
	sigset_t all, before;
	pthread_attr_t attr;

	task->loop = loop;
	task->fn = fn;
	task->arg = arg;
	loop_must(pthread_cond_init(&task->turn, NULL));
	loop_must(pthread_attr_init(&attr));
	loop_must(pthread_attr_setstacksize(&attr, STACK_BYTES));
	/* Signals are the owner's. */
	(void)sigfillset(&all);
	loop_must(pthread_sigmask(SIG_SETMASK, &all, &before));
	loop_must(pthread_create(&task->thread, &attr, task_main, task));
	loop_must(pthread_sigmask(SIG_SETMASK, &before, NULL));
	(void)pthread_attr_destroy(&attr);
	task->next = loop->tasks;
	loop->tasks = task;
	return task;
}

bool task_is_done(const struct task *task)
{
	return task->is_done;
}

void task_free(struct task *task)
{
	if (!task)
		return;
	assert(task->is_done);
	loop_must(pthread_join(task->thread, NULL));
	(void)pthread_cond_destroy(&task->turn);
	free(task);
}

struct task *loop_current_task(const struct loop *loop)
{
	return self && self->loop == loop ? self : NULL;
}

bool loop_is_in_task(const struct loop *loop)
{
	return loop_current_task(loop) != NULL;
}

size_t loop_tasks(const struct loop *loop)
{
	size_t n = 0;

	for (const struct task *t = loop->tasks; t; t = t->next)
		n++;
	return n;
}
