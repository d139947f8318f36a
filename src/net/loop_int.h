/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the loop is made of, for loop*.c alone.
 *
 * (1) `running` names who may run: a task, or NULL for the owner.  It changes
 *     under `lock` alone, and everyone else waits for it on a condition.  So all
 *     other data here and in every task is touched by one thread at a time, with
 *     the lock's ordering between them, and needs no lock of its own.
 * (2) A task gives the baton back only in loop_wait_for: its `struct wait` is then
 *     in `waits`, and the owner marks it done when its timer or transfer is.
 * (3) Only the owner polls.
 */
#ifndef NET_LOOP_INT_H
#define NET_LOOP_INT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <curl/curl.h>

#include "net/loop.h"

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

/* What fails only when the system has no more threads or handles: ends the process. */
void loop_must(int failed);

/* ---- the baton (loop_task.c) --------------------------------------------- */

/* The task of this loop that the caller runs in; NULL: it is the owner. */
struct task *loop_current_task(const struct loop *loop);
/* The owner lets `task` run, and goes on when it waits or is done. */
void loop_give_turn(struct loop *loop, struct task *task);
/* A task hands the baton back and sleeps until it has it again. */
void loop_return_turn(struct task *task);

/* ---- waiting (loop.c) ---------------------------------------------------- */

/* Comes back when `wait`, which the caller fills and keeps, is done.  Not in the file of those who
 * wait: there gcc 14 sees what is on their stacks being put into a list, and not that it leaves. */
void loop_wait_for(struct loop *loop, struct wait *wait);
/* It is done, and its task can run. */
void loop_finish_wait(struct loop *loop, struct wait *wait);

#endif
