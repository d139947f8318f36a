/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTP server on loopback that keeps what it was asked and answers what a
 * function of the test says.  The function runs in the server's thread; the test
 * looks at what was asked while no request is under way.
 */
#ifndef TESTS_STUB_H
#define TESTS_STUB_H

#include <stddef.h>

#include "base/buf.h"
#include "net/http.h"

struct stub_request {
	char *method;
	char *path;  /* as received, still encoded */
	char *query; /* NULL: none */
	struct http_headers headers;
	struct buf body;
	char *service; /* of the credential scope; "" when not signed */
	char *action;  /* Action=, or X-Amz-Target after its dot; "" for S3 */
};

struct stub_answer {
	int status;		     /* 200 unless set */
	char *body;		     /* heap, taken; NULL: empty */
	const char *type;	     /* content type; NULL: text/xml */
	struct http_headers headers; /* more of them; taken */
};

typedef void stub_fn(void *arg, const struct stub_request *req, struct stub_answer *answer);

struct stub;
struct stub *stub_new(stub_fn *fn, void *arg);
struct stub *stub_free(struct stub *s);
const char *stub_url(const struct stub *s); /* "http://127.0.0.1:PORT" */

size_t stub_count(const struct stub *s);
const struct stub_request *stub_request(const struct stub *s, size_t i);
/* Forget what was asked. */
void stub_reset(struct stub *s);

#endif
