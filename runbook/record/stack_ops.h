/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a stack is kept: a folder (stack_folder.c), or a bucket (stack_s3.c).  stack.c knows runs
 * and their records; what lies behind these knows files or objects.
 */
#ifndef RUNBOOK_STACK_OPS_H
#define RUNBOOK_STACK_OPS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"
#include "runbook/record/stack.h"

struct stack_ops {
	/* The stack's folder on this machine.  Caller frees. */
	char *(*dir)(const char *home, const char *name);
	/* May it be used?  For STACK_WRITE it is made and held.  *ret_there: there may be a run. */
	struct rb_error *(*open)(struct stack *st, enum stack_mode mode, bool *ret_there);
	/* Path or URL of what read_identity reads, for messages.  Caller frees. */
	char *(*identity_name)(const struct stack *st);
	/* Who the run is, as text; GONE when there is none. */
	struct rb_error *(*read_identity)(struct stack *st, struct buf *ret);
	/* Who the run is that begins now. */
	struct rb_error *(*write_identity)(struct stack *st, const char *text, size_t n);
	/* The journal tells of a run: who it is stands apart from it, too. */
	struct rb_error *(*keep_identity)(struct stack *st);
	/* The run of st->state is over, and its journal was put aside. */
	bool (*was_put_aside)(const struct stack *st);
	/* The run's records, read afresh; nothing is changed. */
	struct rb_error *(*read_journal)(const struct stack *st, journal_visitor *visit, void *arg);
	/* The same as text, and what it is called.  GONE when there is none. */
	struct rb_error *(*journal_text)(const struct stack *st, struct buf *ret, char **ret_name);
	/* Replays into st->state and sets st->journal. */
	struct rb_error *(*open_journal)(struct stack *st);
	/* The run is over and another begins: its journal is kept, and closed. */
	struct rb_error *(*put_aside)(struct stack *st);
	void (*close)(struct stack *st);
	/* For home_copy.c, of a stack that is held. The ids of its runs, the current one last. */
	struct rb_error *(*runs)(struct stack *st, struct strv *ret);
	/* All lines of such a run. */
	struct rb_error *(*run_text)(struct stack *st, const char *run, struct buf *ret);
	/* A run that was written elsewhere becomes one of this stack, which has none of that id. */
	struct rb_error *(*import_run)(struct stack *st, const char *run, bool current,
				       const char *identity, const struct buf *text);
	/* Nothing is written here any more; `to` is where it is now. */
	struct rb_error *(*mark_moved)(struct stack *st, const char *to);
	/* Where it was moved to, as marked; NULL: it was not.  Caller frees. */
	struct rb_error *(*find_moved)(const struct stack *st, char **ret_to);
	/* The loop that its requests run in; NULL: it has none. */
	struct loop *(*loop)(const struct stack *st);
};
extern const struct stack_ops stack_folder_ops;
extern const struct stack_ops stack_s3_ops;

/* stack_list.h's, for a home in a bucket. */
NODISCARD struct rb_error *stack_s3_is_there(const char *home, const char *name, bool *ret_there);
char *stack_s3_holder(const struct stack *st, char **ret_pid);
NODISCARD struct rb_error *stack_s3_list(const char *home, struct strv *ret);

/* The lock of st->dir, which is there; st->lock_fd holds it. */
NODISCARD struct rb_error *stack_folder_lock(struct stack *st);
/* The same of a folder that is made when it is not there. */
NODISCARD struct rb_error *stack_folder_make_and_lock(struct stack *st);

/* USAGE: it was moved to `to`, and can be read here. */
NODISCARD RETURNS_NONNULL struct rb_error *stack_was_moved(const struct stack *st, const char *to);

/* Sets st->state's run from run.json, if there is one; fails with DAMAGED, naming it. */
NODISCARD struct rb_error *stack_read_identity(struct stack *st);
/* What run.json says of that run.  Caller frees. */
NODISCARD char *stack_identity_text(const struct run_state *state);
/* Writes who st->state's run is, by the stack's own write_identity. */
NODISCARD struct rb_error *stack_write_identity(struct stack *st);

#endif
