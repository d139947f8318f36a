/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When to ask again, as numbers and pure decisions; exchange_decide.c does the asking.
 *
 * The SDKs' standard mode as of 2026-11-10: full jitter, doubling from 50 ms, for throttling from
 * 1 s, at most 20 s; x-amz-retry-after; a token bucket for all calls of a session.  Three things
 * are our own.  Where nothing is configured we try 8 times instead of 3: a runbook works for half
 * an hour, and giving up costs its user more than waiting two minutes (AWS_MAX_ATTEMPTS and
 * max_attempts set it).  Where no answer came at all, waits double from 1 s: eight tries from 50 ms
 * on are over in 6 s, and a network that changes, or a name server that starts, takes longer.  And
 * Retry-After, which the SDKs ignore, is heeded: what stands before AWS sends it.
 *   source  the blog post on the updated default retry behaviour; botocore's retries/standard.py
 */
#ifndef AWS_RETRY_H
#define AWS_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/error.h"
#include "net/http.h"

enum {
	RETRY_ATTEMPTS = 8, /* first try included; when nothing is configured */
	RETRY_MAX_DELAY_MS = 20000,
	RETRY_MAX_HINT_MS = 30000,  /* of Retry-After that is believed */
	RETRY_HINT_SLACK_MS = 5000, /* x-amz-retry-after counts up to so much over our own wait */
	RETRY_BASE_MS = 50,	    /* the first wait, at most */
	RETRY_BASE_SLOW_MS = 1000,  /* the same after throttling, and where no answer came */
	RETRY_BUCKET = 500,
	RETRY_COST = 14,
	RETRY_COST_THROTTLED = 5,
	RETRY_NAME_ATTEMPTS = 3,      /* for a host's name that has never resolved */
	RETRY_CAPACITY_ATTEMPTS = 3,  /* for "insufficient capacity" */
	SETTLE_MS = 300000,	      /* how long a new thing may be "not found" */
	SETTLE_OTHER_MS = 240000,     /* how long another service may not know it */
	SETTLE_NAME_MS = 300000,      /* how long the name of a deleted bucket may be busy */
	SETTLE_FIRST_MS = 1000,	      /* new things are mostly known after a second or two */
	SETTLE_OTHER_FIRST_MS = 4000, /* news from another service takes about ten */
	SETTLE_MAX_POLL_MS = 5000,
	SKEW_NOISE_S = 2,	/* of a Date header: whole seconds, and the time under way */
	SKEW_TOLERATED_S = 240, /* AWS takes 5 minutes; measured from the Date header */
};

/* Quota for retries, shared by a session; starts full. */
struct retry_bucket {
	int tokens;
};
#define RETRY_BUCKET_INIT                                                                          \
	{                                                                                          \
		RETRY_BUCKET                                                                       \
	}

/* What one call has been through. */
struct retry {
	int sent;	   /* requests that left, or tried to */
	int cost;	   /* of the last retry */
	bool unsure;	   /* an earlier one may have changed something */
	bool refreshed;	   /* credentials, once */
	bool corrected;	   /* the clock, once */
	bool redirected;   /* the region, once */
	bool doubted;	   /* a NotFound, once */
	int64_t settle_ms; /* next poll while settling; 0: has not begun */
};

/* Whether `err` left open if the call was carried out. */
bool retry_is_unsure(const struct rb_error *err);

/*
 * True when `err` is of a passing kind, it is safe (`changes`, `again` as in
 * call.h), and attempts and quota are left; then the quota is charged.
 */
bool retry_may(struct retry *r, struct retry_bucket *bucket, int max_attempts,
	       const struct rb_error *err, bool changes, bool again);
/* A success gives tokens back. */
void retry_succeeded(const struct retry *r, struct retry_bucket *bucket);

struct retry_wait {
	int64_t base_ms; /* retry_base_ms */
	double random;	 /* in [0, 1) */
	int64_t hint_ms; /* retry_hint_ms */
	int64_t floor_ms;
};
/* The wait before the next try, after `sent` of them. */
int64_t retry_delay_ms(int sent, const struct retry_wait *wait);
int64_t retry_base_ms(const struct rb_error *err);
/* x-amz-retry-after: the service's own, in milliseconds; -1: none, or none to believe. */
int64_t retry_hint_ms(const struct http_headers *headers);
/* Retry-After: seconds or a date, at most 30 s of it; 0: none, or none to believe. */
int64_t retry_after_ms(const struct http_headers *headers, int64_t now_utc_s);

/* The next wait of a settling thing: first_ms, growing to 5 s. */
int64_t retry_settle_ms(struct retry *r, int64_t first_ms);

#endif
