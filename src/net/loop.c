/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tasks as threads with one baton.
 *
 * (1) `running` names who may run: a task, or NULL for the owner.  It changes
 *     under `lock` alone, and everyone else waits for it on a condition.  So all
 *     other data here and in every task is touched by one thread at a time, with
 *     the lock's ordering between them, and needs no lock of its own.
 * (2) A task gives the baton back only in wait_for: its `struct wait` is then in
 *     `waits`, and the owner marks it done when its timer or transfer is.
 * (3) Only the owner polls.
 */
#include "net/loop.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/alloc.h"
#include "base/clock.h"

enum {
	STACK_BYTES = 4 << 20, /* address space only; sanitizers use large frames */
	MAX_IDLE_CONNECTIONS = 64,
};

struct wait {
	struct wait *next;
	struct task *task;	  /* NULL: the owner waits */
	int64_t until_ms;	  /* monotonic; INT64_MAX for a transfer or another task */
	CURL *easy;		  /* NULL for a timer */
	const struct task *joins; /* the other task; NULL: none */
	const void *mark;	  /* of loop_wake; NULL: none */
	CURLcode result;
	bool steady; /* an interrupt does not end it */
	bool interrupted;
	bool done;
};

struct task {
	struct task *next;
	struct loop *loop;
	void (*fn)(void *arg);
	void *arg;
	pthread_t thread;
	pthread_cond_t turn;
	struct wait *wait; /* what it waits for; NULL: it can run */
	bool is_done;
};

struct loop {
	CURLM *multi;
	pthread_mutex_t lock;
	pthread_cond_t owner_turn;
	struct task *running; /* NULL: the owner */
	struct task *tasks;   /* all that are not done */
	struct wait *waits;
	atomic_bool interrupted;
};

static _Thread_local struct task *self; /* NULL: this thread is no task */

static void must(int failed)
{
	if (!failed)
		return;
	(void)fprintf(stderr,
		      "runbook: the system refuses a thread or a network handle (ulimit -u, -v, "
		      "-n); the same command run again carries on\n");
	abort();
}

static void init_curl(void)
{
	must(curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK);
}

struct loop *loop_new(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct loop *loop = xcalloc(1, sizeof(*loop));

	must(pthread_once(&once, init_curl));
	loop->multi = curl_multi_init();
	must(!loop->multi);
	must(curl_multi_setopt(loop->multi, CURLMOPT_MAXCONNECTS, (long)MAX_IDLE_CONNECTIONS) !=
	     CURLM_OK);
	must(pthread_mutex_init(&loop->lock, NULL));
	must(pthread_cond_init(&loop->owner_turn, NULL));
	atomic_init(&loop->interrupted, false);
	return loop;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	assert(!loop->tasks && !loop->waits);
	(void)curl_multi_cleanup(loop->multi);
	(void)pthread_cond_destroy(&loop->owner_turn);
	(void)pthread_mutex_destroy(&loop->lock);
	free(loop);
}

/* ---- the baton ----------------------------------------------------------- */

/* The owner lets `task` run, and goes on when it waits or is done. */
static void give_turn(struct loop *loop, struct task *task)
{
	must(pthread_mutex_lock(&loop->lock));
	loop->running = task;
	must(pthread_cond_signal(&task->turn));
	while (loop->running)
		must(pthread_cond_wait(&loop->owner_turn, &loop->lock));
	must(pthread_mutex_unlock(&loop->lock));
}

/* A task hands the baton back and sleeps until it has it again. */
static void return_turn(struct task *task)
{
	struct loop *loop = task->loop;

	must(pthread_mutex_lock(&loop->lock));
	loop->running = NULL;
	must(pthread_cond_signal(&loop->owner_turn));
	while (loop->running != task)
		must(pthread_cond_wait(&task->turn, &loop->lock));
	must(pthread_mutex_unlock(&loop->lock));
}

static void *task_main(void *arg)
{
	struct task *task = arg;
	struct loop *loop = task->loop;

	self = task;
	must(pthread_mutex_lock(&loop->lock));
	while (loop->running != task)
		must(pthread_cond_wait(&task->turn, &loop->lock));
	must(pthread_mutex_unlock(&loop->lock));

	task->fn(task->arg);

	must(pthread_mutex_lock(&loop->lock));
	task->is_done = true;
	loop->running = NULL;
	must(pthread_cond_signal(&loop->owner_turn));
	must(pthread_mutex_unlock(&loop->lock));
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
	must(pthread_cond_init(&task->turn, NULL));
	must(pthread_attr_init(&attr));
	must(pthread_attr_setstacksize(&attr, STACK_BYTES));
	/* Signals are the owner's. */
	(void)sigfillset(&all);
	must(pthread_sigmask(SIG_SETMASK, &all, &before));
	must(pthread_create(&task->thread, &attr, task_main, task));
	must(pthread_sigmask(SIG_SETMASK, &before, NULL));
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
	must(pthread_join(task->thread, NULL));
	(void)pthread_cond_destroy(&task->turn);
	free(task);
}

/* ---- waiting ------------------------------------------------------------- */

static void finish(struct loop *loop, struct wait *wait)
{
	for (struct wait **at = &loop->waits; *at; at = &(*at)->next) {
		if (*at == wait) {
			*at = wait->next;
			break;
		}
	}
	wait->done = true;
	if (wait->task)
		wait->task->wait = NULL;
}

bool loop_is_task(const struct loop *loop)
{
	return self && self->loop == loop;
}

static void wait_for(struct loop *loop, struct wait *wait)
{
	struct task *task = self && self->loop == loop ? self : NULL;

	wait->task = task;
	wait->next = loop->waits;
	loop->waits = wait;
	if (!task) {
		while (!wait->done)
			loop_run_once(loop, /* max_ms= */ -1, /* wake_fd= */ -1);
		return;
	}
	task->wait = wait;
	while (!wait->done)
		return_turn(task);
}

/* Oldest first, so that tasks start in the order in which they were spawned. */
static struct task *next_ready(struct loop *loop)
{
	struct task *ready = NULL;

	for (struct task *t = loop->tasks; t; t = t->next)
		if (!t->wait)
			ready = t;
	return ready;
}

static void drop_done(struct loop *loop, const struct task *task)
{
	for (struct task **at = &loop->tasks; *at; at = &(*at)->next) {
		if (*at == task) {
			*at = task->next;
			return;
		}
	}
}

static void end_joins(struct loop *loop, const struct task *task)
{
	struct wait *next;

	for (struct wait *w = loop->waits; w; w = next) {
		next = w->next;
		if (w->joins == task)
			finish(loop, w);
	}
}

static bool run_ready(struct loop *loop)
{
	struct task *task;
	bool any = false;

	while ((task = next_ready(loop))) {
		any = true;
		give_turn(loop, task);
		if (task->is_done) {
			drop_done(loop, task);
			end_joins(loop, task);
		}
	}
	return any;
}

static bool end_transfers(struct loop *loop)
{
	bool any = false;
	int running, left;
	CURLMsg *msg;

	must(curl_multi_perform(loop->multi, &running) != CURLM_OK);
	while ((msg = curl_multi_info_read(loop->multi, &left))) {
		CURLcode result = msg->data.result;
		CURL *easy = msg->easy_handle;
		struct wait *wait = NULL;

		if (msg->msg != CURLMSG_DONE)
			continue;
		must(curl_easy_getinfo(easy, CURLINFO_PRIVATE, &wait) != CURLE_OK);
		must(curl_multi_remove_handle(loop->multi, easy) != CURLM_OK);
		wait->result = result;
		finish(loop, wait);
		any = true;
	}
	return any;
}

/* A transfer that an interrupt may still stop: none of it has left. */
static bool is_unsent(CURL *easy)
{
	long sent = 0;

	return curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent) == CURLE_OK && sent == 0;
}

static bool end_waits(struct loop *loop)
{
	bool interrupted = loop_is_interrupted(loop);
	int64_t now = clock_mono_ms();
	struct wait *next;
	bool any = false;

	for (struct wait *w = loop->waits; w; w = next) {
		next = w->next;
		if (w->joins)
			continue;
		if (w->easy) {
			if (!interrupted || w->steady || !is_unsent(w->easy))
				continue;
			must(curl_multi_remove_handle(loop->multi, w->easy) != CURLM_OK);
			w->interrupted = true;
		} else if (interrupted && !w->steady) {
			w->interrupted = true;
		} else if (w->until_ms > now) {
			continue;
		}
		finish(loop, w);
		any = true;
	}
	return any;
}

static int poll_ms(const struct loop *loop, int64_t max_ms)
{
	int64_t now = clock_mono_ms(), ms = max_ms < 0 ? INT_MAX : max_ms;

	for (const struct wait *w = loop->waits; w; w = w->next)
		if (!w->easy && w->until_ms - now < ms)
			ms = w->until_ms - now;
	if (ms < 0)
		ms = 0;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

void loop_run_once(struct loop *loop, int64_t max_ms, int wake_fd)
{
	struct curl_waitfd extra = { .fd = wake_fd, .events = CURL_WAIT_POLLIN };
	bool any = run_ready(loop);

	any |= end_transfers(loop);
	any |= end_waits(loop);
	if (any)
		return;
	must(curl_multi_poll(loop->multi, &extra, wake_fd >= 0 ? 1 : 0, poll_ms(loop, max_ms),
			     NULL) != CURLM_OK);
	(void)end_transfers(loop);
	(void)end_waits(loop);
}

static struct rb_error *interrupted_error(void)
{
	return rb_error_because(RB_INTERRUPTED, "interrupted");
}

void loop_join(struct loop *loop, struct task *task)
{
	struct wait wait = { .until_ms = INT64_MAX, .joins = task };

	if (!task->is_done)
		wait_for(loop, &wait);
}

struct rb_error *loop_sleep(struct loop *loop, int64_t ms)
{
	struct wait wait = { .until_ms = clock_mono_ms() + ms };

	if (loop_is_interrupted(loop))
		return interrupted_error();
	wait_for(loop, &wait);
	return wait.interrupted ? interrupted_error() : NULL;
}

struct rb_error *loop_wait(struct loop *loop, const void *mark)
{
	struct wait wait = { .until_ms = INT64_MAX, .mark = mark };

	if (loop_is_interrupted(loop))
		return interrupted_error();
	wait_for(loop, &wait);
	return wait.interrupted ? interrupted_error() : NULL;
}

void loop_wake(struct loop *loop, const void *mark)
{
	struct wait *next;

	for (struct wait *w = loop->waits; w; w = next) {
		next = w->next;
		if (w->mark == mark)
			finish(loop, w);
	}
}

void loop_sleep_steadily(struct loop *loop, int64_t ms)
{
	struct wait wait = { .until_ms = clock_mono_ms() + ms, .steady = true };

	wait_for(loop, &wait);
}

void loop_end_sleep(struct loop *loop, const struct task *task)
{
	if (!task->is_done && task->wait && !task->wait->easy && !task->wait->joins &&
	    !task->wait->mark)
		finish(loop, task->wait);
}

bool loop_is_in_task(const struct loop *loop)
{
	return self && self->loop == loop;
}

size_t loop_tasks(const struct loop *loop)
{
	size_t n = 0;

	for (const struct task *t = loop->tasks; t; t = t->next)
		n++;
	return n;
}

int loop_transfer(struct loop *loop, void *easy, bool steady)
{
	struct wait wait = { .until_ms = INT64_MAX, .easy = easy, .steady = steady };

	if (loop_is_interrupted(loop) && !steady)
		return -1;
	must(curl_easy_setopt(easy, CURLOPT_PRIVATE, &wait) != CURLE_OK);
	must(curl_multi_add_handle(loop->multi, easy) != CURLM_OK);
	wait_for(loop, &wait);
	return wait.interrupted ? -1 : (int)wait.result;
}

void loop_interrupt(struct loop *loop)
{
	atomic_store(&loop->interrupted, true);
	(void)curl_multi_wakeup(loop->multi);
}

bool loop_is_interrupted(const struct loop *loop)
{
	return atomic_load(&loop->interrupted);
}
