/* SPDX-License-Identifier: Apache-2.0 */
/* What the files share that are a journal in a bucket; nobody else includes it. */
#ifndef RUNBOOK_RECORD_HOME_STORE_INT_H
#define RUNBOOK_RECORD_HOME_STORE_INT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "runbook/record/home_log.h"
#include "runbook/record/home_store.h"

struct home_store {
	struct journal_store store;
	struct home_lease *lease;
	char *run;
	char *dir;
	const bool *is_over;
	int *own_tasks;
	size_t *resent_bytes;
	char **set_aside;
	struct home_log_end end;
	struct buf text;    /* what counts */
	struct buf flying;  /* in the batch that is on its way */
	struct buf pending; /* the next one */
	size_t wanted;	    /* somebody waits until so many bytes count */
	struct task *task;  /* that writes; NULL: none was begun, or it was seen to end */
	struct rb_error *failed;
	bool kept; /* what could not be written is in the file */
	int copy_fd;
};

/* A file of the stack's folder on this machine.  Caller frees. */
NODISCARD char *home_store_path(const struct home_store *s, const char *name);

/* ---- batches: home_store_write.c ------------------------------------------ */

/* A task writes all that was appended so far, unless one is at it already. */
void home_store_begin_writing(struct home_store *s);
/* Waits until all that was appended so far counts; the error for good when it cannot. */
NODISCARD struct rb_error *home_store_write_all(struct home_store *s);
/* Frees the task that writes if it has ended. */
void home_store_drop_ended(struct home_store *s);

/* ---- unsent.jsonl -------------------------------------------------------- */

/* Keep in the file what is not known to be in the bucket; nothing is told when that fails. */
void home_unsent_keep(struct home_store *s);
/*
 * What the first batch is to hold, because an earlier command could not write it.  Lines that the
 * log went on without are put aside, and *s->set_aside says where.
 */
NODISCARD struct rb_error *home_unsent_find(struct home_store *s, struct buf *ret);
NODISCARD struct rb_error *home_unsent_remove(const struct home_store *s);

#endif
