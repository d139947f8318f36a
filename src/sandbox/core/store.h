/* SPDX-License-Identifier: Apache-2.0 */
/* What main and the server need of the store beside sbx.h: its life and its transactions. */
#ifndef SANDBOX_STORE_H
#define SANDBOX_STORE_H

#include "sandbox/core/sbx.h"

/*
 * Open, or make, the world in `path` (NULL: in memory).  One process at a time:
 * a second one is refused (kind LOCKED) until the first has ended, however it ended.
 */
NODISCARD struct rb_error *store_open(const char *path, struct store **ret);
void store_close(struct store *st);

/*
 * All changes between begin and commit happen, or none.  A kill after commit
 * loses nothing (the machine's end may: the file is not synced, a rehearsal is
 * not worth a disk's wait).  A failed commit has rolled back.
 */
void store_begin(struct store *st);
NODISCARD struct rb_error *store_commit(struct store *st);
void store_rollback(struct store *st);

/* Each thing once, in the order they were made; `doc` is borrowed for the call. */
typedef void store_visit_fn(void *arg, const char *kind, const char *region, const char *id,
			    const json_t *doc);
void store_each(struct store *st, store_visit_fn *fn, void *arg);

#endif
