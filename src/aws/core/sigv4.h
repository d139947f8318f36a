/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AWS Signature Version 4 in its three visible stages:
 *
 *     canonical request  ->  string to sign  ->  signature
 *
 * Pure functions of their arguments: no clock, no request object, no memory of
 * keys.  aws/core/sign.h applies them to an HTTP request; the sandbox uses them from
 * the other end of the wire.
 *   source  IAM User Guide, "Create a signed AWS API request"
 */
#ifndef AWS_SIGV4_H
#define AWS_SIGV4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"

#define SIGV4_ALGORITHM "AWS4-HMAC-SHA256"
#define SIGV4_EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SIGV4_UNSIGNED_PAYLOAD "UNSIGNED-PAYLOAD"
#define SIGV4_HEX_SIZE 65 /* 64 hex digits and a NUL */

struct sigv4_header {
	const char *name;  /* any letter case */
	const char *value; /* raw: trimmed and folded here */
};

/* What is signed.  All strings are borrowed. */
struct sigv4_request {
	const char *method;		    /* as sent */
	const char *path;		    /* as sent, percent-encoded; "" and NULL mean "/" */
	const char *query;		    /* as sent, without '?'; NULL or "" for none */
	const struct sigv4_header *headers; /* those to sign, any order; repeats are joined */
	size_t n_headers;
	const char *payload_hash; /* hex SHA-256 of the body, or one of S3's literals */
	bool s3;		  /* path encoded once and not normalised */
	bool keep_path;		  /* encoded as others', but `.`, `..`, `//` stay */
};

/* The credential scope. */
struct sigv4_scope {
	int64_t utc_s; /* signing time */
	const char *region;
	const char *service;
};

/*
 * Stage 1.  `signed_headers` receives "host;x-amz-date".  Both are appended to.
 * X-Amz-Signature in the query is left out, so a presigned URL can be checked.
 */
void sigv4_canonical_request(const struct sigv4_request *req, struct buf *canonical,
			     struct buf *signed_headers);

/* "20260101/us-east-1/ec2/aws4_request", appended to `out`. */
void sigv4_credential_scope(const struct sigv4_scope *scope, struct buf *out);

/* Stage 2, appended to `out`. */
void sigv4_string_to_sign(const struct sigv4_scope *scope, const char *canonical, size_t n,
			  struct buf *out);

/* Stage 3: lower-case hex.  `secret_key` is borrowed and all derived keys are wiped. */
void sigv4_signature(const char *secret_key, const struct sigv4_scope *scope,
		     const char *string_to_sign, size_t n, char out[SIGV4_HEX_SIZE]);

#endif
