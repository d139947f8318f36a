/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call from first byte to last answer: endpoint, credentials, signature,
 * sending, deciding, sending again.  call.c and call_s3.c say what is sent and
 * what a good answer looks like.
 */
#ifndef AWS_EXCHANGE_H
#define AWS_EXCHANGE_H

#include <stddef.h>

#include "aws/core/client.h"
#include "aws/core/endpoint.h"
#include "aws/core/reply.h"
#include "base/attr.h"
#include "base/error.h"
#include "net/http.h"

struct exchange {
	struct aws_client *client;
	const char *service; /* signing name */
	const char *action;
	enum aws_protocol protocol;
	unsigned flags;	    /* of call.h */
	const char *bucket; /* S3: whose absence may be a matter of age; NULL otherwise */
	bool about_object;  /* S3: a key is asked for, so a bare 404 is the key's */
	size_t max_answer_bytes;
	/* Fill method, path, query, headers and body; host and scheme are there already. */
	void (*build)(const void *arg, const struct aws_endpoint *ep, struct http_request *req);
	/* Read a 2xx answer; an error here is as if the service had answered it. */
	struct rb_error *(*accept)(void *ret, const struct exchange *x, struct http_response *res);
	const void *arg;
	void *ret;
};

NODISCARD struct rb_error *exchange_run(const struct exchange *x);

/* For an accept whose answer reply_hides_error: it is asked again as after a 500. */
NODISCARD RETURNS_NONNULL struct rb_error *exchange_hidden_error(const struct exchange *x,
								 const struct http_response *res);

#endif
