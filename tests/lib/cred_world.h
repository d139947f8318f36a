/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The surroundings of a credentials test: an empty environment, a home of its
 * own, a web server on loopback that stands for every AWS service, a clock that
 * the test sets, and a chain over all that.
 */
#ifndef TESTS_LIB_CRED_WORLD_H
#define TESTS_LIB_CRED_WORLD_H

#include <stdint.h>

#include "aws/core/config.h"
#include "aws/cred/cred.h"
#include "aws/cred/source.h"
#include "base/attr.h"
#include "net/http.h"
#include "net/loop.h"
#include "tests/lib/http_stub.h"
#include "tests/lib/temp.h"

#define CW_NOW INT64_C(1767225600) /* 2026-01-01T00:00:00Z */

struct cred_world {
	char dir[TEMP_MAX]; /* HOME */
	struct http_stub *stub;
	struct loop *loop;
	struct http *http;
	struct aws_config *config;
	struct cred_chain *chain;
	struct cred cred; /* of the last cw_get */
};
extern struct cred_world cw;
extern int64_t cw_now;

int cw_setup(void **state);
int cw_teardown(void **state);

/* A file below the home, its directories made. */
void cw_write(const char *name, const char *fmt, ...) PRINTF_LIKE(2, 3);
void cw_setenv(const char *name, const char *fmt, ...) PRINTF_LIKE(2, 3);
NODISCARD char *cw_path(const char *name);

/* A chain as of now; `profile` as by --profile, or NULL.  The old one is closed. */
void cw_open(const char *profile);
/* Open, get: the test fails when there are no credentials. */
void cw_get(const char *profile);
/* Open, get, and fail with all these texts in what, why and hint (NULL: any); of `kind`. */
void cw_fails(const char *profile, enum rb_kind kind, const char *what, const char *why,
	      const char *hint);
/* Once more with the open chain. */
struct rb_error *cw_get_again(void);

/* STS answers AssumeRole (and ...WithWebIdentity) with this key, for an hour less. */
void cw_sts_gives(const char *access_key_id, int64_t lasts_s);
/* "2026-01-01T00:16:00Z", from now.  Static. */
const char *cw_time(int64_t from_now_s);
/* The n-th request holds (or not) a text. */
void cw_asked(size_t n, const char *text);
void cw_not_asked(size_t n, const char *text);

#endif
