/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One event loop: libcurl's multi handle, timers, and tasks.
 *
 * A task is plain imperative code (a step's do, verify or undo) with a stack of
 * its own.  Exactly one task, or the owner of the loop, runs at any instant; the
 * others wait for an answer from the network or for a timer.  So round trips and
 * waits overlap, and no data needs a lock.  (Underneath a task is a thread that
 * holds a baton; sanitizers and debuggers understand those, and nothing else of
 * the program may know.)
 *
 * Called outside any task, http_perform and loop_sleep simply drive the loop
 * until they are done.
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/error.h"

struct loop;
struct task;

NODISCARD struct loop *loop_new(void);
/* No task may be alive. */
void loop_free(struct loop *loop);

/* Start `fn(arg)`; it first runs when the owner next calls loop_run_once. */
NODISCARD struct task *loop_spawn(struct loop *loop, void (*fn)(void *arg), void *arg);
bool task_is_done(const struct task *task);
/* Only when done; takes NULL. */
void task_free(struct task *task);

/* Wait until `task` is done, which an interrupt brings about by itself: its waits end. */
void loop_join(struct loop *loop, struct task *task);

/*
 * Run every task that can run; then, if none could, wait for the network, a
 * timer, `wake_fd` becoming readable (-1: none), or at most `max_ms` (< 0: for
 * ever).  Owner only.
 */
void loop_run_once(struct loop *loop, int64_t max_ms, int wake_fd);

/*
 * Wait `ms`.  Ends early with kind INTERRUPTED after loop_interrupt.
 */
NODISCARD struct rb_error *loop_sleep(struct loop *loop, int64_t ms);

/*
 * From now on no new request is sent and no wait goes on: http_perform and
 * loop_sleep answer INTERRUPTED.  A request in flight is finished: its answer
 * shows what AWS did.
 */
void loop_interrupt(struct loop *loop);
bool loop_is_interrupted(const struct loop *loop);

/* Wait until loop_wake is called with the same `mark`; an interrupt ends it as it ends a sleep.  In
 * a task alone. */
NODISCARD struct rb_error *loop_wait(struct loop *loop, const void *mark);
void loop_wake(struct loop *loop, const void *mark);

/* The loop_sleep that `task` is in, if it is in one, ends now. */
void loop_end_sleep(struct loop *loop, const struct task *task);
/* As loop_sleep, and an interrupt does not end it: for what must be written down after one. */
void loop_sleep_steadily(struct loop *loop, int64_t ms);

/* The caller runs in a task of this loop, and is not its owner. */
bool loop_is_in_task(const struct loop *loop);
/* How many tasks are not done. */
size_t loop_tasks(const struct loop *loop);

/*
 * For http.c alone: give a libcurl easy handle to the multi handle and come back
 * when it is done.  Answers its CURLcode, or -1 when an interrupt came before its
 * first byte was sent and it is not `steady`.  Takes the handle's CURLOPT_PRIVATE
 * for itself.
 */
NODISCARD int loop_transfer(struct loop *loop, void *easy, bool steady);

#endif
