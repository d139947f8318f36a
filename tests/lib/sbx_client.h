/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client inside the sandbox's own process: requests are signed and handed to
 * the sandbox without a socket, and each good answer is held to the API model.
 */
#ifndef TESTS_SBX_CLIENT_H
#define TESTS_SBX_CLIENT_H

#include "base/attr.h"
#include "sandbox/core/inner.h"
#include "tests/lib/model_check.h"

struct sbx_client {
	struct sbx *sbx;
	struct model *model;
	struct sbx_reply rep; /* the last answer */

	const char *region;
	const char *key_id, *secret, *token; /* key_id NULL: unsigned */
	const char *host;		     /* "127.0.0.1:1" */
	const char *vpc_endpoint_id, *vpc_source_ip;
	const char *agent, *invocation; /* User-Agent, amz-sdk-invocation-id; NULL: none */
};

/* A fresh world in memory without lag, at 1000 times AWS's speed, and its own key. */
void sbx_client_start(struct sbx_client *c);
/* The same with lag, in the file `state` (NULL: memory). */
void sbx_client_start_with(struct sbx_client *c, const struct sbx_options *opt);
void sbx_client_stop(struct sbx_client *c);

/* Each answers the error's code, or NULL when the call went well; borrowed until the next. */
const char *sbx_query_call(struct sbx_client *c, const char *service, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
const char *sbx_json_call(struct sbx_client *c, const char *service, const char *target,
			  const char *fmt, ...) PRINTF_LIKE(4, 5);
/* `headers` are "name: value" lines, or "".  A payload hash is added unless there is one. */
const char *sbx_s3_call(struct sbx_client *c, const char *method, const char *target,
			const char *headers, const void *body, size_t n);

/* Of the last answer; NULL when it is not there. */
const char *sbx_answer_header(const struct sbx_client *c, const char *name);
/* Is the text somewhere in its body? */
bool sbx_answer_has(const struct sbx_client *c, const char *text);
/* The text of the first such element; caller frees, NULL when there is none. */
NODISCARD char *sbx_answer_element(const struct sbx_client *c, const char *element);

/* The Authorization header that was sent last: "Signature=" in it is a chunk's seed. */
extern char sbx_client_signature[65];
/* Date to sign with, "20261123T040506Z"; NULL: now. */
extern const char *sbx_client_amz_date;

#endif
