/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child process whose output is collected while others go on: started, then
 * polled.  No shell is involved.  The child gets default signal handling and no
 * descriptors but 0, 1 and 2.  A collected child is in a process group of its own,
 * so the terminal's Ctrl-C does not reach it, and is hung up when the thread that
 * started it ends.  One that shares the terminal stays in our group: it may ask
 * there, Ctrl-C reaches us both, and it is ended with its descendants.
 */
#ifndef BASE_PROC_H
#define BASE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"

struct proc_options {
	const char *const *argv; /* argv[0] is looked up in PATH unless it has a '/' */
	const char *const *env;	 /* "NAME=value" laid over our environment; NULL: none */
	size_t max_output_bytes; /* of each stream; the rest is read and dropped.  0: 1 MiB */
	bool inherit_stdio;	 /* the terminal is the child's; nothing is collected */
	bool shares_terminal;	 /* collected, but in our process group */
	bool reads_stdin;	 /* of one that is collected: ours; else `input`, else /dev/null */
	const void *input;	 /* what it reads on standard input, to its end; NULL: nothing */
	size_t input_n;
};

struct proc {
	pid_t pid; /* 0: none */
	int out_fd, err_fd;
	bool done;
	int exit_status; /* when done: as a shell says it, 128 + signal when killed */
	struct buf out, err;
	size_t max_output_bytes;
	bool shares_terminal;
	bool wants_terminal; /* stopped, for it asked on a terminal whose background it is in */
};

/* USAGE with sys_errno ENOENT when there is no such program. */
NODISCARD struct rb_error *proc_start(struct proc *p, const struct proc_options *options);
/* Collect what has come; true when it has ended and all output is here. Never blocks. */
bool proc_poll(struct proc *p);
/* Wait at most `ms` for more to happen, for callers that have nothing else to do. */
void proc_wait(struct proc *p, int ms);
/* Ask it and its process group to end (SIGTERM), then kill them after `grace_ms`; reaped. */
void proc_stop(struct proc *p, int grace_ms);
/* Stops it when it still runs; output is wiped. */
void proc_clear(struct proc *p);
#define auto_proc CLEANUP(proc_clear) struct proc

#endif
