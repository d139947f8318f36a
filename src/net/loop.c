/* SPDX-License-Identifier: Apache-2.0 */
/* One turn of the loop: what can run, what has ended, what the owner polls for. */
#include "net/loop_int.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"

enum { MAX_IDLE_CONNECTIONS = 64 };

static void init_curl(void)
{
	loop_must(curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK);
}

struct loop *loop_new(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct loop *loop = xcalloc(1, sizeof(*loop));

	loop_must(pthread_once(&once, init_curl));
	loop->multi = curl_multi_init();
	loop_must(!loop->multi);
	loop_must(curl_multi_setopt(loop->multi, CURLMOPT_MAXCONNECTS,
				    (long)MAX_IDLE_CONNECTIONS) != CURLM_OK);
	loop_must(pthread_mutex_init(&loop->lock, NULL));
	loop_must(pthread_cond_init(&loop->owner_turn, NULL));
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

/* ---- who waits, in a list of its own until what it waits for is there ------- */

void loop_finish_wait(struct loop *loop, struct wait *wait)
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

void loop_wait_for(struct loop *loop, struct wait *wait)
{
	struct task *task = loop_current_task(loop);

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
		loop_return_turn(task);
}

/* ---- a turn ---------------------------------------------------------------- */

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
			loop_finish_wait(loop, w);
	}
}

static bool run_ready(struct loop *loop)
{
	struct task *task;
	bool any = false;

	while ((task = next_ready(loop))) {
		any = true;
		loop_give_turn(loop, task);
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

	loop_must(curl_multi_perform(loop->multi, &running) != CURLM_OK);
	while ((msg = curl_multi_info_read(loop->multi, &left))) {
		CURLcode result = msg->data.result;
		CURL *easy = msg->easy_handle;
		struct wait *wait = NULL;

		if (msg->msg != CURLMSG_DONE)
			continue;
		loop_must(curl_easy_getinfo(easy, CURLINFO_PRIVATE, &wait) != CURLE_OK);
		loop_must(curl_multi_remove_handle(loop->multi, easy) != CURLM_OK);
		wait->result = result;
		loop_finish_wait(loop, wait);
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
			loop_must(curl_multi_remove_handle(loop->multi, w->easy) != CURLM_OK);
			w->interrupted = true;
		} else if (interrupted && !w->steady) {
			w->interrupted = true;
		} else if (w->until_ms > now) {
			continue;
		}
		loop_finish_wait(loop, w);
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
	loop_must(curl_multi_poll(loop->multi, &extra, wake_fd >= 0 ? 1 : 0, poll_ms(loop, max_ms),
				  NULL) != CURLM_OK);
	(void)end_transfers(loop);
	(void)end_waits(loop);
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
