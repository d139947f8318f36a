/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program on an instance: started in the instance's directory with the
 * instance's environment and nothing of ours, alone in its session, with a
 * terminal or with three pipes.
 *
 * It is no jail: the program is the operator's own and runs as the operator.
 */
#ifndef SANDBOX_SBX_PROC_H
#define SANDBOX_SBX_PROC_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/error.h"

struct instance_proc_spec {
	const char *command; /* for `sh -c`; NULL: an interactive shell */
	const char *dir;
	const char *const *env; /* NAME=VALUE, all there is */
	bool pty;
	int rows, cols; /* 0: 24 by 80 */
};

struct instance_proc {
	pid_t pid; /* also its session and first process group; 0: none */
	int pidfd; /* readable when it has ended; -1 where the system has none: ask now and then */
	int in;	   /* we write; with a terminal the same file as `out` */
	int out, err;
	bool pty;
};
#define SBX_PROC_INIT                                                                              \
	{                                                                                          \
		.pidfd = -1, .in = -1, .out = -1, .err = -1                                        \
	}

#define SBX_PROC_LOOK_MS 20 /* how often to ask without a pidfd */

/* The files are non-blocking.  On failure `ret` is untouched. */
NODISCARD struct rb_error *instance_proc_start(const struct instance_proc_spec *spec,
					       struct instance_proc *ret);

void instance_proc_resize(const struct instance_proc *p, int rows, int cols);
/* SSH's name without SIG ("INT"); false when it is none we pass on. */
bool instance_proc_signal(const struct instance_proc *p, const char *name);
/* SSH's name for a signal that ended a program; "TERM" for those it has no name for. */
const char *instance_proc_signal_name(int sig);

void instance_proc_close_in(struct instance_proc *p);
/*
 * True when it has ended, with the exit status or the signal (else 0) that ended
 * it.  It is left for instance_proc_end to bury, so that its pid, by which its
 * session is found, cannot become another program's meanwhile.
 */
bool instance_proc_ended(const struct instance_proc *p, int *ret_status, int *ret_signal);

/* Close, hang up, and kill what has not gone after a moment: all of its session. */
void instance_proc_end(struct instance_proc *p);

/* Where `name` is on this colon-separated path, as a program one may run.  Caller frees; NULL:
 * nowhere. */
NODISCARD char *instance_proc_find(const char *name, const char *path);

#endif
