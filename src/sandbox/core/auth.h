/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who signed a request, and whether the signature holds.  Two stages: what the
 * request claims (that is how its service and region are known), then the proof.
 */
#ifndef SANDBOX_AUTH_H
#define SANDBOX_AUTH_H

#include "sandbox/core/sbx.h"

struct claim {
	bool present;	/* there is an Authorization header or X-Amz-Algorithm in the query */
	bool malformed; /* present, but makes no sense; the rest is empty */
	bool presigned;
	char *key_id, *date, *region, *service; /* of the credential scope; NULL when not present */
	char *signed_headers, *signature, *token;
	char *amz_date;	   /* when it was signed, as sent; NULL: not sent */
	int64_t signed_s;  /* the same */
	int64_t expires_s; /* presigned: how long it holds */
};

/* `query` is the raw query, decoded into pairs. */
void claim_read(const struct sbx_pairs *headers, const struct sbx_pairs *query, struct claim *ret);
void claim_clear(struct claim *claim);

/* What is proven: borrowed strings, as the request had them on the wire. */
struct sbx_proof {
	const char *method, *path, *query; /* path and query raw */
	const struct sbx_pairs *headers;
	const char *body;
	size_t body_bytes;
};

/* The refusal, in terms of no service; dispatch.c words it for each. */
enum auth {
	AUTH_OK,
	AUTH_MISSING,	/* no signature */
	AUTH_MALFORMED, /* makes no sense */
	AUTH_UNKNOWN,	/* no such key, or a token that is not the key's */
	AUTH_EXPIRED,	/* the session is over */
	AUTH_EARLY,	/* signed in the future */
	AUTH_LATE,	/* signed too long ago */
	AUTH_URL_LATE,	/* a presigned URL whose time is over */
	AUTH_BAD,	/* the signature does not match */
	AUTH_HASH,	/* S3: the body is not what x-amz-content-sha256 says */
};

struct sbx_caller {
	char *arn, *key_id;
	struct buf why; /* for a refusal: the detail */
};

/* Looks keys up in the world: call with its lock taken.  `now_s` is the wall clock: a client's
 * clock does not skip with the world's, the end of a session does. */
enum auth claim_check(struct sbx *sbx, const struct claim *claim, const struct sbx_proof *proof,
		      int64_t now_s, struct sbx_caller *ret);
void sbx_caller_clear(struct sbx_caller *caller);

/* The refusal in the words of the request's service. */
void auth_refuse(enum auth verdict, const struct sbx_request *req, const struct sbx_caller *caller,
		 struct sbx_reply *rep);

#endif
