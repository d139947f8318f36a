/* SPDX-License-Identifier: Apache-2.0 */
/* The body of an S3 request: its framing is taken off and its checksums are verified. */
#include <string.h>

#include "sandbox/core/chunk.h"
#include "sandbox/iam/sts.h"
#include "sandbox/s3/s3.h"

/* The secret that the caller signs with, wiped by the caller; NULL when there is none. */
static char *caller_secret(struct ss3_call *c)
{
	json_t *doc;
	char *secret;

	if (!c->req->caller_arn)
		return NULL;
	if (text_eq(c->req->caller_key_id, SANDBOX_ACCESS_KEY))
		return xstrdup(SANDBOX_SECRET_KEY);
	doc = store_get(c->st, SBX_CREDENTIAL, "", c->req->caller_key_id);
	secret = xstrdup_or_null(ss3_str(doc, "secret"));
	json_decref(doc);
	return secret;
}

static bool decode_signed(struct ss3_call *c, struct chunk_form form, struct buf *trailers,
			  struct chunk_fault *fault)
{
	const char *auth = ss3_header(c, "authorization"), *date = ss3_header(c, "x-amz-date");
	const char *seed = auth ? strstr(auth, "Signature=") : NULL;
	autofree char *secret = caller_secret(c);
	autofree char *signature = NULL;
	struct chunk_key key = { .secret_key = secret };

	*fault = (struct chunk_fault){ 403, "AccessDenied", "Access Denied" };
	if (!seed || !secret || !date || !clock_parse_amz_date(date, &key.scope.utc_s))
		return false;
	seed += strlen("Signature=");
	signature = xstrndup(seed, strcspn(seed, ", "));
	key.seed_signature = signature;
	key.scope.region = c->req->region;
	key.scope.service = c->req->service;
	return chunk_decode(c->req->body, form, &key, &c->payload, trailers, fault);
}

/* Take the framing off; `trailers` gets what followed.  False after an answer. */
static bool unframe(struct ss3_call *c, struct buf *trailers)
{
	const char *length = ss3_header(c, "x-amz-decoded-content-length");
	struct chunk_fault fault;
	struct chunk_form form;
	int64_t want;
	bool ok;

	if (!chunk_form(ss3_header(c, "x-amz-content-sha256"), &form)) {
		(void)buf_add(&c->payload, c->req->body->p, c->req->body->n);
		return true;
	}
	if (!length || !text_parse_i64(length, 0, INT64_MAX, &want)) {
		ss3_fail(c, 411, "MissingContentLength",
			 "You must provide the Content-Length HTTP header.");
		return false;
	}
	ok = form.is_signed ? decode_signed(c, form, trailers, &fault)
			    : chunk_decode(c->req->body, form, NULL, &c->payload, trailers, &fault);
	if (!ok) {
		ss3_fail(c, fault.status, fault.code, "%s", fault.message);
		return false;
	}
	if ((int64_t)c->payload.n != want) {
		ss3_fail(c, 400, "IncompleteBody", "The request body terminated unexpectedly");
		return false;
	}
	return true;
}

/* "name:value\n" among the trailers; caller frees. */
static char *trailer_value(const struct buf *trailers, const char *name)
{
	const char *line = trailers->p;
	size_t n = strlen(name);

	while (*line) {
		size_t len = strcspn(line, "\n");

		if (len > n && strncmp(line, name, n) == 0 && line[n] == ':')
			return xstrndup(line + n + 1, len - n - 1);
		line += len + (line[len] == '\n');
	}
	return NULL;
}

static bool announced(const struct ss3_call *c, const char *name)
{
	const char *list = ss3_header(c, "x-amz-trailer");
	size_t n = strlen(name);

	while (list && *list) {
		size_t len = strcspn(list, ",");

		list += strspn(list, " ");
		if (strncasecmp(list, name, n) == 0 && (!list[n] || strchr(", ", list[n])))
			return true;
		list += len < strlen(list) ? len + 1 : strlen(list);
	}
	return false;
}

/* Find the one checksum that the client gave; false after an answer. */
static bool find_sum(struct ss3_call *c, const struct buf *trailers)
{
	for (int kind = 0; kind < SUM_KINDS; kind++) {
		const char *name = sum_header((enum sum)kind);
		const char *header = ss3_header(c, name);
		autofree char *value = header ? xstrdup(header) : trailer_value(trailers, name);

		if (!header && announced(c, name) && !value) {
			ss3_fail(c, 400, "MalformedTrailerError",
				 "The request contained trailing data that was not well-formed or "
				 "did "
				 "not conform to our published schema.");
			return false;
		}
		if (!value)
			continue;
		if (c->sum_value) {
			ss3_fail(c, 400, "InvalidRequest",
				 "Expecting a single x-amz-checksum- header. Multiple checksum "
				 "Types "
				 "are not allowed.");
			return false;
		}
		c->sum = (enum sum)kind;
		c->sum_value = steal_str(&value);
	}
	return true;
}

static bool check_sum(struct ss3_call *c)
{
	autofree char *computed = NULL;
	auto_buf given = BUF_INIT;
	unsigned char bytes[SUM_MAX_BYTES];

	if (!c->sum_value)
		return true;
	computed = sum_base64(c->sum, c->payload.p, c->payload.n);
	if (!text_base64_decode(c->sum_value, strlen(c->sum_value), &given) ||
	    given.n != sum_bytes(c->sum, "", 0, bytes)) {
		ss3_fail(c, 400, "InvalidRequest", "Value for %s header is invalid.",
			 sum_header(c->sum));
		return false;
	}
	if (text_eq(computed, c->sum_value))
		return true;
	ss3_fail(c, 400, "BadDigest", "The %s you specified did not match the calculated checksum.",
		 sum_name(c->sum));
	return false;
}

static bool check_md5(struct ss3_call *c)
{
	const char *given = ss3_header(c, "content-md5");
	auto_buf bytes = BUF_INIT;
	autofree char *computed = NULL;

	if (!given)
		return true;
	if (!text_base64_decode(given, strlen(given), &bytes) || bytes.n != 16) {
		ss3_fail(c, 400, "InvalidDigest", "The Content-MD5 you specified was invalid.");
		return false;
	}
	computed = sbx_md5_base64(c->payload.p, c->payload.n);
	if (text_eq(computed, given))
		return true;
	ss3_fail(c, 400, "BadDigest",
		 "The Content-MD5 you specified did not match what we received.");
	return false;
}

bool ss3_read_payload(struct ss3_call *c)
{
	const char *algorithm = ss3_header(c, "x-amz-sdk-checksum-algorithm");
	auto_buf trailers = BUF_INIT;

	if (!unframe(c, &trailers))
		return false;
	if (c->op->flags & SS3_SUM_OF_OBJECT)
		return check_md5(c);
	if (!find_sum(c, &trailers) || !check_sum(c) || !check_md5(c))
		return false;
	if (algorithm && (c->sum == SUM_NONE || sum_by_name(algorithm) != c->sum) &&
	    c->req->body->n) {
		ss3_fail(c, 400, "InvalidRequest",
			 "x-amz-sdk-checksum-algorithm specified, but no corresponding "
			 "x-amz-checksum-* "
			 "or x-amz-trailer headers were found.");
		return false;
	}
	if (c->op->flags & SS3_NEEDS_SUM && !c->sum_value && !ss3_header(c, "content-md5")) {
		ss3_fail(c, 400, "InvalidRequest",
			 "Missing required header for this request: Content-MD5 OR "
			 "x-amz-checksum-*");
		return false;
	}
	return true;
}
