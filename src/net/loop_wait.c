/* SPDX-License-Identifier: Apache-2.0 */
/* What can be waited for in a loop: a timer, a transfer, a task's end, a mark. */
#include "net/loop_int.h"

#include "base/clock.h"

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
