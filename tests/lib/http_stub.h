/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A web server of a few canned answers on a loopback port, in a thread of the
 * test.  Each connection carries one request.  What was asked is kept as it came.
 */
#ifndef TESTS_LIB_HTTP_STUB_H
#define TESTS_LIB_HTTP_STUB_H

#include <stddef.h>

#include "base/attr.h"

struct http_stub;

NODISCARD struct http_stub *http_stub_start(void);
void http_stub_stop(struct http_stub *s); /* takes NULL */

/* "http://127.0.0.1:PORT".  Borrowed. */
const char *http_stub_url(const struct http_stub *s);

/*
 * From now on "METHOD PATH" (without query) is answered with `status` and `body`
 * (both copied); `header` is one more header line, or NULL.  A status of 0 closes
 * the connection without an answer, a negative one never answers.  What has no
 * answer is 404.
 */
void http_stub_answer(struct http_stub *s, const char *what, int status, const char *header,
		      const char *body);

/* Requests so far, and the text of the n-th (from 0): head and body.  Borrowed until stop. */
size_t http_stub_count(struct http_stub *s);
const char *http_stub_request(struct http_stub *s, size_t n);

#endif
