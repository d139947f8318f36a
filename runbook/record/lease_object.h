/* SPDX-License-Identifier: Apache-2.0 */
/* The object in the bucket that says who holds a stack. */
#ifndef RUNBOOK_RECORD_LEASE_OBJECT_H
#define RUNBOOK_RECORD_LEASE_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/s3.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/said.h"
#include "runbook/record/home_lease.h"

/* What the object says; all 0: there is none. */
struct lease_seen {
	bool there, held;
	char *moved_to; /* NULL: it was not */
	char *etag, *who, *host, *place, *writer, *since;
	int64_t pid, epoch, length_s;
	int64_t age_s; /* since it was written, by S3's clock; -1: S3 does not say */
};

void lease_seen_clear(struct lease_seen *s);
#define auto_lease_seen CLEANUP(lease_seen_clear) struct lease_seen

/*
 * Read it.  *ret_now_utc_s becomes S3's clock, if S3 tells it.
 *   fails  DAMAGED  it is no record of who holds the stack
 */
NODISCARD struct rb_error *lease_read(struct home_s3 *h, const char *key, int64_t *ret_now_utc_s,
				      struct lease_seen *ret);
/* The same of an object that was read. */
NODISCARD struct rb_error *lease_understand(const struct home_s3 *h, const char *key,
					    const struct s3_content *content,
					    struct lease_seen *ret);
/* "NAME on HOST, process PID, since TIME".  Caller frees with said_free. */
NODISCARD RETURNS_NONNULL struct said *lease_holder(const struct lease_seen *s);
/* The English of it.  Caller frees. */
NODISCARD char *lease_holder_text(const struct lease_seen *s);
bool lease_ran_out(const struct lease_seen *s);
/* LOCKED: who holds it, and for how long. */
NODISCARD RETURNS_NONNULL struct rb_error *lease_is_held(const char *stack,
							 const struct lease_seen *s);
/* This machine's name as the object has it.  Caller frees. */
NODISCARD char *lease_host_name(void);
/* What the object says from now on: `state` "held", or whatever else it is in. */
void lease_make_text(const struct home_lease *l, const char *state, struct buf *ret);

#endif
