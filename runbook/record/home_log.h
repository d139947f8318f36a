/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of a run in a bucket: batches of journal lines, PREFIX/STACK/RUN/log/0000000001 and on.
 * Each is created once and never changed, so a number has one content for all readers; it holds the
 * checksum of the batch before, so none can be left out or put in.
 *
 *   {"format":2,"batch":42,"epoch":7,"writer":UUID,"nonce":UUID,"prev":SHA-256 of batch 41}
 *   the lines of the journal
 *
 * This is what keeps the history one: who holds the lease with epoch 8 first writes a batch without
 * lines (the fence), so that the next number, as whoever held epoch 7 knows it, is taken.
 */
#ifndef RUNBOOK_HOME_LOG_H
#define RUNBOOK_HOME_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "runbook/record/home_lease.h"
#include "runbook/record/home_s3.h"

/* How far a log goes. */
struct home_log_end {
	int64_t batch;	/* 0: there is none */
	int64_t epoch;	/* of the last one */
	char prev[65];	/* its checksum; zeros: there is none */
	char nonce[37]; /* of the last one; "" */
	int64_t from;	/* first batch that was read by itself, behind a whole one */
	size_t covered; /* batches that a whole one has, too */
};

/* All lines, in order. *ret_end: where the next batch goes.
 *   fails  DAMAGED  a batch is missing, or is not what its place says */
NODISCARD struct rb_error *home_log_read(struct home_s3 *h, const char *stack, const char *run,
					 struct buf *ret, struct home_log_end *ret_end);

/*
 * The next batch, with these lines; *end moves on.
 *   fails  LOCKED  its number is taken: by a greater epoch, and the lease is lost; or, where
 *                  `ret_stale` is given, by a late write of a smaller one, and *ret_stale says so
 *                  without an error: the log is to be read again
 */
NODISCARD struct rb_error *home_log_append(struct home_lease *lease, const char *run,
					   struct home_log_end *end, const struct buf *lines,
					   bool *ret_stale);

/* "s3://BUCKET/PREFIX/STACK/RUN/log": for messages.  Caller frees. */
NODISCARD char *home_log_name(const struct home_s3 *h, const char *stack, const char *run);

/*
 * A run that is over, as one object: read at once from then on.  `text` is all its lines.  Batches
 * that stand behind a whole one for longer than a day are removed: until then a number may still be
 * tried by somebody who slept.
 */
NODISCARD struct rb_error *home_log_make_whole(struct home_lease *lease, const char *run,
					       const struct home_log_end *end,
					       const struct buf *text);
/* `age_s`: a day, in seconds, but for tests. */
NODISCARD struct rb_error *home_log_compact(struct home_s3 *h, const char *stack, const char *run,
					    int64_t age_s);
enum { HOME_COMPACT_AGE_S = 86400 };

#endif
