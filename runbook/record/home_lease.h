/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may write to a stack that is kept in a bucket: one object, PREFIX/STACK/lease, every change
 * of which names the entity tag that it replaces.
 *
 * It is for people, so that two do not work on one stack and a third is told who does; what keeps
 * the history one is the log (home_log.h).  Its number, the epoch, grows with every holder.
 *
 * How old it is, is told by S3's clock alone (Date of the answer less Last-Modified); how long the
 * holder may still work, by the holder's own clock that goes on while the machine sleeps.  The
 * clocks of two hosts are never compared.
 */
#ifndef RUNBOOK_HOME_LEASE_H
#define RUNBOOK_HOME_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/error.h"
#include "runbook/record/home_s3.h"

struct home_lease {
	struct home_s3 *home;
	char *stack;
	char *key;
	char *etag;	 /* of the object as this holder wrote it last */
	char writer[37]; /* this holder */
	char *moved_to;	 /* home_lease_take met a stack that was moved: to there; else NULL */
	char *place;	 /* this machine's folder for the stack, by a name of its own */
	char since[32];	 /* S3's clock when it was taken */
	int64_t epoch;
	int64_t sent_ms;   /* clock_boot_ms before the last write of the lease that counted */
	int64_t proved_ms; /* the same of any conditional write, a batch's too */
	bool held;
	bool renewing;
	bool lost; /* somebody else has it: nothing may be changed any more */
};

/*
 * Take it: when nobody has it, its holder let it run out or has ended on this machine, or the
 * command line says --take-over.  `local` is the stack's folder here, whose lock the caller holds.
 *   *ret_from  whose it was until now, when that one had not given it back: "NAME on HOST, process
 *              PID, since TIME"; NULL: nobody's.  Caller frees.
 *   owns       the caller calls home_lease_close, also after a failure
 *   fails      LOCKED  somebody holds it: who, since when, for how long
 */
NODISCARD struct rb_error *home_lease_take(struct home_s3 *h, const char *stack, const char *local,
					   struct home_lease *ret, char **ret_from);

/* The log has seen a greater one, for the object was lost once: this holder's becomes greater. */
NODISCARD struct rb_error *home_lease_raise(struct home_lease *l, int64_t epoch);

/* Time to renew it; or, `now` being a change of AWS's away, too late to send that without. */
bool home_lease_is_due(const struct home_lease *l);
bool home_lease_covers_a_call(const struct home_lease *l);
/* A conditional write of just now, two seconds at most, has shown that nobody else had the stack.
 */
bool home_lease_is_proved(const struct home_lease *l);
/*
 * Another one of its length, by a write that names what it replaces.
 *   fails  LOCKED  somebody has taken it over; it stays so
 */
NODISCARD struct rb_error *home_lease_renew(struct home_lease *l);

/* LOCKED, in words: who has it now, as far as that can be read. */
NODISCARD RETURNS_NONNULL struct rb_error *home_lease_lost(struct home_lease *l);

/* Nobody has it any more, and nobody takes it: the stack was moved to `to`. */
NODISCARD struct rb_error *home_lease_mark_moved(struct home_lease *l, const char *to);

/* Where a stack that nobody has to hold was moved to; NULL: it was not.  Caller frees. */
NODISCARD struct rb_error *home_lease_find_moved(struct home_s3 *h, const char *stack,
						 char **ret_to);

/* Give it back, if it is still held; what goes wrong there, time mends. */
void home_lease_close(struct home_lease *l);

/* "process 4711 of NAME on HOST" of who holds it now; NULL: nobody, or it cannot be read.  Caller
 * frees. */
NODISCARD char *home_lease_holder(struct home_s3 *h, const char *stack, char **ret_pid);

#endif
