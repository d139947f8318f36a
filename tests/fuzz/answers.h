/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For harnesses that read answers: a client whose requests all get one answer.
 * Defines http.c's functions, so that nothing of the network is linked in.
 * Included by one harness each.
 */
#ifndef TESTS_FUZZ_ANSWERS_H
#define TESTS_FUZZ_ANSWERS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "aws/core/client.h"
#include "base/alloc.h"
#include "net/http.h"
#include "net/loop.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct {
	int status;
	const uint8_t *body;
	size_t n;
	const char *type;
	int asked; /* pages are many, not endless */
} answer;

struct http {
	struct loop *loop;
};

struct http *http_new(struct loop *loop, const struct http_options *options)
{
	struct http *http = xcalloc(1, sizeof(*http));

	(void)options;
	http->loop = loop;
	return http;
}

void http_free(struct http *http)
{
	free(http);
}

struct loop *http_loop(struct http *http)
{
	return http->loop;
}

bool http_is_steady(const struct http *http)
{
	(void)http;
	return false;
}

struct http_stats http_stats(const struct http *http)
{
	(void)http;
	return (struct http_stats){ 0, 0 };
}

struct rb_error *http_perform(struct http *http, const struct http_request *req,
			      struct http_response *res)
{
	(void)http;
	(void)req;
	if (++answer.asked > 4)
		return rb_error_because(RB_INTERRUPTED, "enough");
	res->status = answer.status;
	(void)buf_add(&res->body, answer.body, answer.n);
	http_headers_add(&res->headers, "Content-Type", answer.type);
	http_headers_add(&res->headers, "x-amzn-RequestId", "id");
	return NULL;
}

/* The one client of the process; made at the first call. */
static struct aws_client *client(void)
{
	static struct aws_client *c;
	const struct aws_config_options none = { 0 };
	const struct http_options plain = { 0 };
	struct aws_session *session;
	struct aws_config *config;
	struct rb_error *err;

	if (c)
		return c;
	(void)setenv("AWS_ACCESS_KEY_ID", "AKIASANDBOX000000000", 1);
	(void)setenv("AWS_SECRET_ACCESS_KEY", "sandbox", 1);
	(void)setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	(void)setenv("AWS_CONFIG_FILE", "/dev/null", 1);
	(void)setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
	(void)setenv("AWS_MAX_ATTEMPTS", "1", 1);
	err = aws_config_load(&none, &config);
	if (err)
		abort();
	session = aws_session_new(config, http_new(loop_new(), &plain));
	aws_session_set_speed(session, 1e9);
	c = aws_client_new(session, "us-east-1");
	return c;
}

#endif
