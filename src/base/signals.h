/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ctrl-C and its like, as a descriptor to poll.  The first asks to stop; the
 * second ends the process at once, which is safe at any instant.
 */
#ifndef RUNBOOK_SIGNALS_H
#define RUNBOOK_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

#include "base/attr.h"
#include "base/error.h"

struct signals {
	int fd; /* readable when one came */
	bool interrupted;
	bool resized; /* the terminal; cleared by who acts on it */
	/* Called before the process ends at the second one: restore the terminal. */
	void (*at_once)(void *arg);
	void *arg;
	int terminated_by; /* signal number of the first; 0: none */
};

/* Block INT, TERM, HUP and WINCH in this and every later thread, and watch them. */
NODISCARD struct rb_error *signals_open(struct signals *s);
/* Take what came. */
void signals_take(struct signals *s);
/* `fd` wakes for what ends us alone, and no longer when the terminal changes its size. */
void signals_ignore_resize(const struct signals *s);
/* Until signals_resume they have their usual meaning: Ctrl-C ends the process.  For work that has
 * no loop to watch `fd` in. */
void signals_suspend(const struct signals *s);
void signals_resume(const struct signals *s);
/* Give them their usual meaning back; one that came and was not taken is dropped. */
void signals_close(struct signals *s);

/* Block every signal for some lines that a handler must not find half done; *ret_before goes to
 * sigprocmask(SIG_SETMASK). */
void signals_hold(sigset_t *ret_before);

#endif
