/* SPDX-License-Identifier: Apache-2.0 */
/* What can be waited for in a loop: a timer, a transfer, a task's end, a mark. */
#include "net/loop_int.h"

#include "base/clock.h"

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

static struct rb_error *interrupted_error(void)
{
	return rb_error_because(RB_INTERRUPTED, "interrupted");
}

void loop_join(struct loop *loop, struct task *task)
{
	struct wait wait = { .until_ms = INT64_MAX, .joins = task };

	if (!task->is_done)
		loop_wait_for(loop, &wait);
}

struct rb_error *loop_sleep(struct loop *loop, int64_t ms)
{
	struct wait wait = { .until_ms = clock_mono_ms() + ms };

	if (loop_is_interrupted(loop))
		return interrupted_error();
	loop_wait_for(loop, &wait);
	return wait.interrupted ? interrupted_error() : NULL;
}

struct rb_error *loop_wait(struct loop *loop, const void *mark)
{
	struct wait wait = { .until_ms = INT64_MAX, .mark = mark };

	if (loop_is_interrupted(loop))
		return interrupted_error();
	loop_wait_for(loop, &wait);
	return wait.interrupted ? interrupted_error() : NULL;
}

void loop_wake(struct loop *loop, const void *mark)
{
	struct wait *next;

	for (struct wait *w = loop->waits; w; w = next) {
		next = w->next;
		if (w->mark == mark)
			loop_finish_wait(loop, w);
	}
}

void loop_sleep_steadily(struct loop *loop, int64_t ms)
{
	struct wait wait = { .until_ms = clock_mono_ms() + ms, .steady = true };

	loop_wait_for(loop, &wait);
}

void loop_end_sleep(struct loop *loop, const struct task *task)
{
	if (!task->is_done && task->wait && !task->wait->easy && !task->wait->joins &&
	    !task->wait->mark)
		loop_finish_wait(loop, task->wait);
}

int loop_transfer(struct loop *loop, void *easy, bool steady)
{
	struct wait wait = { .until_ms = INT64_MAX, .easy = easy, .steady = steady };

	if (loop_is_interrupted(loop) && !steady)
		return -1;
	loop_must(curl_easy_setopt(easy, CURLOPT_PRIVATE, &wait) != CURLE_OK);
	loop_must(curl_multi_add_handle(loop->multi, easy) != CURLM_OK);
	loop_wait_for(loop, &wait);
	return wait.interrupted ? -1 : (int)wait.result;
}
