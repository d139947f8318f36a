/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From AWS's error code to what the program does about it: one table for the
 * whole program.  Codes are an open set, so they stay strings; they compare
 * without regard to letter case, and without EC2's "Client." or "Server.".
 */
#ifndef AWS_ADVICE_H
#define AWS_ADVICE_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/error.h"

struct advice {
	enum rb_kind kind;
	const char *hint; /* static; NULL: nothing better than the message */
	enum rb_next_verb next;
	const char *next_args; /* static */
};

/* `service`, `action`, `code`, `message` may be NULL; without a code the status decides. */
struct advice advice_for(const char *service, const char *action, const char *code,
			 const char *message, int http_status);

/* Hint and verb, unless the error has some.  Takes NULL for err, answers err. */
NODISCARD struct rb_error *advice_give(struct rb_error *err, const struct advice *advice);

/* The change may have happened: going on reads first. */
void advice_lost(struct rb_error *err);

/* The credentials have expired: fetching others may help. */
bool advice_is_expired(const char *code);
/* The clock is wrong (`definite`), or may be when the answer's Date says so too. */
bool advice_is_skew(const char *code, bool *definite);
/* Refused before anything was done, so even a change may be asked again. */
bool advice_did_nothing(enum rb_kind kind, int http_status);

/* `code` against "InvalidVpc*.NotFound": one '*' at most; letter case does not matter. */
bool advice_code_matches(const char *pattern, const char *code);

#endif
