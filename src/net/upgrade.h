/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a TLS connection to a WebSocket: the upgrade of RFC 6455, asked for and judged.
 */
#ifndef NET_UPGRADE_H
#define NET_UPGRADE_H

#include <stdint.h>

#include <curl/curl.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"

struct upgrade {
	const char *host;
	const char *path_and_query; /* never logged: a signed query is a key */
	const char *user_agent;
	int64_t deadline_ms; /* clock_mono_ms */
};

/*
 * Ask over `easy`, which is connected (CURLOPT_CONNECT_ONLY).  *ret_early: what came behind the
 * answer's blank line, frames already; at most UPGRADE_EARLY_MAX bytes.
 *   fails    DENIED, GONE, THROTTLED, RETRY, FAILED  refused: aws_code, why and http_status as
 *                      received
 *            LOST      no answer, or not in time
 *            PROTOCOL  the answer is none of a WebSocket
 */
enum { UPGRADE_EARLY_MAX = 16 * 1024 };
NODISCARD struct rb_error *upgrade_run(CURL *easy, const struct upgrade *up, struct buf *ret_early);

/* Sec-WebSocket-Accept for a key; `out` holds 29 bytes.  Public for its test. */
void upgrade_accept_key(const char *key, char out[29]);

/*
 * Judge the head of an answer (status line and headers, up to and without the blank line):
 * NULL for a right 101.  Public for tests and fuzzing.
 */
NODISCARD struct rb_error *upgrade_check(const char *head, size_t n, const char *key,
					 int *ret_status);

#endif
