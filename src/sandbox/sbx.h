/*
 * The sandbox from the inside: what a request is by the time an action sees it,
 * what an action answers, and the world they share.
 *
 * One lock holds the world: an action runs with it taken, inside one SQLite
 * transaction that is committed before the answer leaves.  So a kill at any
 * instant loses nothing that was answered.  States that move with time are not
 * moved by anybody: each is worked out from the stored times and the world's
 * clock when somebody looks.
 */
#ifndef SANDBOX_SBX_H
#define SANDBOX_SBX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"

#define SBX_ACCOUNT "123456789012"
#define SBX_ACCESS_KEY "AKIASANDBOX000000000"
#define SBX_SECRET_KEY "sandbox"

struct sbx;	  /* one sandbox: options, world, listeners; sbx.c */
struct sbx_store; /* the world in SQLite; store.c */

/* Name and value pairs of a form body or a query, decoded, in the order they came. */
struct sbx_pairs {
	struct sbx_pair {
		char *name;
		char *value;
	} *v;
	size_t n;
};
/* NULL when it is not there. */
const char *sbx_pairs_get(const struct sbx_pairs *pairs, const char *name);

/* Borrowed for the call, all of it. */
struct sbx_request {
	const char *service; /* signing name of the scope: ec2 iam sts s3 ssm ec2-instance-connect */
	const char *region;  /* of the scope */
	const char *action;  /* "CreateVpc"; for S3 the operation's name, worked out by sbx_s3.c */
	const char *request_id;
	const struct sbx_pairs *params; /* ec2, iam, sts: the form body, without Action and Version */
	const json_t *json;		/* ssm, ec2-instance-connect: the body */

	const char *method; /* for s3 */
	const char *path;   /* as sent, encoded */
	const struct sbx_pairs *query;
	const struct sbx_pairs *headers; /* names in lower case */
	const char *host;		 /* the Host header, without port, in lower case */
	struct buf *body;		 /* as sent; aws-chunked is not taken apart yet */

	const char *caller_arn;	    /* who signed; NULL: anonymous */
	const char *caller_key_id;
	const char *vpc_endpoint_id; /* came in through this interface endpoint; NULL: from outside */
	int64_t now_ms;		     /* the world's clock: UTC, never backwards */
};

struct sbx_reply {
	int status;		  /* 200 unless set */
	const char *content_type; /* static */
	struct buf body;
	struct sbx_pairs headers; /* beside content type and request id */
};
void sbx_reply_header(struct sbx_reply *rep, const char *name, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* An error answer in the envelope of the request's service. */
void sbx_fail(const struct sbx_request *req, struct sbx_reply *rep, int status, const char *code,
	      const char *fmt, ...) PRINTF_LIKE(5, 6);

typedef void sbx_handler(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep);

/* One row an action; each service's file ends with its table, closed by a row without name. */
struct sbx_action {
	const char *service;
	const char *name;
	sbx_handler *handler;
	bool writes; /* changes the world */
};
extern const struct sbx_action sbx_ec2_actions[];
extern const struct sbx_action sbx_iam_actions[];
extern const struct sbx_action sbx_sts_actions[];
extern const struct sbx_action sbx_s3_actions[];
extern const struct sbx_action sbx_ssm_actions[];
extern const struct sbx_action sbx_eic_actions[];

/* S3 has no action in its request: the operation's name ("PutBucketPolicy") from method, path and
 * query, or NULL when there is none such.  *ret_bucket and *ret_key: caller frees, NULL if none. */
const char *sbx_s3_operation(const struct sbx_request *req, char **ret_bucket, char **ret_key);

/* ---- the world (store.c) ------------------------------------------------ */

/*
 * A thing is a JSON object with its kind ("vpc", "role", "bucket", "object"),
 * region ("" for what is global) and id.  `store_get` and `store_list` see the
 * truth, and rules are checked with them; the `_visible` forms see what a reader
 * sees while the copies have not caught up (option --lag, world time).
 * All answer new references.
 */
struct sbx_store *sbx_store(struct sbx *sbx);
json_t *store_get(struct sbx_store *st, const char *kind, const char *region, const char *id);
json_t *store_get_visible(struct sbx_store *st, const char *kind, const char *region,
			  const char *id, int64_t now_ms);
/* An array, oldest first. */
json_t *store_list(struct sbx_store *st, const char *kind, const char *region);
json_t *store_list_visible(struct sbx_store *st, const char *kind, const char *region,
			   int64_t now_ms);
/* `doc` is borrowed.  Readers see it `lag_ms` from now_ms on (0: at once). */
void store_put(struct sbx_store *st, const char *kind, const char *region, const char *id,
	       const json_t *doc, int64_t now_ms, int64_t lag_ms);
void store_delete(struct sbx_store *st, const char *kind, const char *region, const char *id);

/* A real duration in milliseconds divided by --speed, at least 0. */
int64_t sbx_scaled(const struct sbx *sbx, int64_t real_ms);
/* The usual read-after-write lag, already scaled. */
int64_t sbx_lag_ms(const struct sbx *sbx);

/* "vpc-0123456789abcdef0": `prefix`, a dash, 17 hex digits.  Caller frees. */
NODISCARD char *sbx_new_id(const char *prefix);

#endif
