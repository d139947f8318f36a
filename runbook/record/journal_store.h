/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a journal is written to: a file (journal_file.c), or numbered objects of a bucket
 * (home_store.c).  journal.c knows records, numbers and checksums; a store knows bytes.
 */
#ifndef RUNBOOK_JOURNAL_STORE_H
#define RUNBOOK_JOURNAL_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "runbook/record/journal.h"

struct journal_store;

struct journal_store_ops {
	/* All that was written, oldest first. */
	struct rb_error *(*read)(struct journal_store *s, struct buf *ret);
	/* Writing begins behind the first `good_bytes` of the `bytes` that were read. */
	struct rb_error *(*begin)(struct journal_store *s, size_t good_bytes, size_t bytes);
	/* One line with its end.  With `sync` it counts when this returns, and all before it; where
	 * there is a `settle`, when that returns. */
	struct rb_error *(*append)(struct journal_store *s, const char *line, size_t n, bool sync);
	/* NULL: append waits itself.  A store that gathers what several tasks append does not. */
	struct rb_error *(*settle)(struct journal_store *s);
	/* journal_may_send; NULL: nobody else can have it. */
	struct rb_error *(*may_send)(struct journal_store *s);
	/* All that was appended counts when this returns. */
	struct rb_error *(*sync)(struct journal_store *s);
	/* After a failure `err` (taken, and answered in the store's words); nothing is appended any
	 * more. */
	struct rb_error *(*give_up)(struct journal_store *s, size_t good_bytes,
				    struct rb_error *err);
	void (*close)(struct journal_store *s);
};

struct journal_store {
	const struct journal_store_ops *ops;
	char *name; /* for messages: a path or a URL */
};

/* As journal_open, with `store` (taken, also after a failure). */
NODISCARD struct rb_error *journal_open_store(struct journal_store *store, journal_visitor *visit,
					      void *arg, struct journal **ret);

/* As journal_read, of what was read elsewhere; `name` is for messages.  `may_be_torn`: its end may
 * be half a record. */
NODISCARD struct rb_error *journal_read_text(const char *name, const struct buf *text,
					     bool may_be_torn, journal_visitor *visit, void *arg);

#endif
