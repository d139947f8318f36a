/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox from the inside: what a request is by the time an action sees it,
 * what an action answers, and the world they share.
 *
 * One lock holds the world: an action runs with it taken, inside one SQLite
 * transaction that is committed before the answer leaves.  So a kill at any
 * instant loses nothing that was answered.  States that move with time are not
 * moved by anybody: each is worked out from the stored times and the world's
 * clock when somebody reads.
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
#include "base/sandbox.h"

#define SBX_ID_MAX 64	   /* of a thing's id, with its NUL */
#define SBX_ADDRESS_MAX 48 /* the same of an address */

struct sbx;   /* one sandbox: options, world, clock, faults, record of requests; sbx.c */
struct store; /* the world in SQLite; store.c */

/* What a reader may still see after a change. */
enum sbx_lag {
	SBX_LAG_OFF,
	SBX_LAG_USUAL, /* as a rule on AWS: never a state before one that an answer gave */
	SBX_LAG_HARSH, /* as bad as AWS documents it may be: that too, and another region late */
};

/* How EC2's requests are limited: not, as in an account of one's own, or in one whose rates others
 * use as well. */
enum sbx_throttle { SBX_THROTTLE_OFF, SBX_THROTTLE_REAL, SBX_THROTTLE_SHARED };
/* "off", "real", "shared"; false: none of them. */
bool throttle_parse(const char *word, enum sbx_throttle *ret);

struct sbx_options {
	const char *state_path;	  /* NULL: the world lives in memory and dies with the process */
	const char *journal_path; /* NULL, or: a change needs a synced intent in it (intents.c) */
	double speed;		  /* real durations are divided by this; > 0 */
	int64_t latency_ms;	  /* every answer is this late; not scaled */
	enum sbx_lag lag;	  /* how reads lag behind writes */
	int64_t lag_s;		  /* by so much; 0: a second */
	enum sbx_throttle throttle;
};

/* Strings of `opt` are copied.  Fails when the state cannot be opened or another has it. */
NODISCARD struct rb_error *sbx_new(const struct sbx_options *opt, struct sbx **ret);
/* Every listener is closed by now.  Takes NULL. */
void sbx_free(struct sbx *sbx);

/* The one lock of the world.  Handlers run with it taken; whoever else reads the world takes it. */
void sbx_lock(struct sbx *sbx);
void sbx_unlock(struct sbx *sbx);
/* UTC, and never backwards. */
int64_t sbx_now_ms(struct sbx *sbx);

/*
 * Wait, unless the sandbox is being stopped: then answer false at once.  Never
 * with the world's lock taken: every connection has a thread of its own, so a
 * slow answer or a packet that nobody answers holds up nobody else.
 */
bool sbx_pause(struct sbx *sbx, int64_t real_ms);
/* Wakes every sbx_pause, for the end. */
void sbx_stop(struct sbx *sbx);

/* What GET /_sandbox/info returns beside the version: `value` is taken.  Before or while serving.
 */
void sbx_info_set(struct sbx *sbx, const char *name, json_t *value);

/* Name and value pairs of a form body or a query, decoded, in the order they came. */
struct sbx_pairs {
	struct sbx_pair {
		char *name;
		char *value;
	} * v;
	size_t n;
};
/* NULL when it is not there; the first, when it is there more than once. */
const char *sbx_pairs_get(const struct sbx_pairs *pairs, const char *name);
/* Both are copied. */
void sbx_pairs_add(struct sbx_pairs *pairs, const char *name, const char *value);
void sbx_pairs_clear(struct sbx_pairs *pairs);

/* Borrowed for the call, all of it. */
struct sbx_request {
	const char *service; /* signing name of the scope: ec2 iam sts s3 ssm ... */
	const char *region;  /* of the scope */
	const char *action;  /* "CreateVpc"; for S3 the operation's name, worked out by s3/s3.c */
	const char *request_id;
	const struct sbx_pairs
		*params;    /* ec2, iam, sts: the form body, without Action and Version */
	const json_t *args; /* the same as a tree of strings: "Filter.1.Value.2" is
			       args["Filter"][0]["Value"][1]; `.member` is left out.
			       Already checked against the action's model: no unknown
			       name, none missing, types right */
	const json_t *json; /* JSON services (ssm, servicequotas, ...): the body */

	const char *bucket, *key; /* s3: what sbx_s3_operation found; NULL if none */
	const char *method;
	const char *path; /* as sent, encoded */
	const struct sbx_pairs *query;
	const struct sbx_pairs *headers; /* names in lower case */
	const char *host;		 /* the Host header, without port, in lower case */
	struct buf *body;		 /* as sent; aws-chunked is not taken apart yet */

	const char *caller_arn; /* who signed; NULL: anonymous */
	const char *caller_key_id;
	const char
		*fault_state; /* --fault Action=state=X: what the call makes ends in X; or NULL */
	const char
		*vpc_endpoint_id;  /* came in through this interface endpoint; NULL: from outside */
	const char *vpc_source_ip; /* the caller's private address then */
	int64_t now_ms;		   /* the world's clock: UTC, never backwards */
};

struct sbx_reply {
	int status;		  /* 200 unless set */
	const char *content_type; /* static; NULL: the service's usual one; "": among headers */
	struct buf body;
	int64_t head_bytes; /* of the body that a HEAD has no need to be given */
	char *code; /* the error's code, for the record of requests; owned; NULL: no error */
	enum sbx_delivery {
		SBX_ANSWER,
		SBX_DROP,  /* hang up without a word */
		SBX_RESET, /* the same, with a TCP reset */
		SBX_TORN,  /* hang up in the middle of the body */
		SBX_HANG,  /* no word at all until the client or the sandbox gives up: a packet
			      that a group or a missing route swallowed */
	} delivery;
	struct sbx_pairs headers; /* beside content type and request id */
};
void sbx_reply_header(struct sbx_reply *rep, const char *name, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* An error answer in the envelope of the request's service.  What the handler has written to the
 * world is rolled back: an error never changes anything. */
void sbx_fail(const struct sbx_request *req, struct sbx_reply *rep, int status, const char *code,
	      const char *fmt, ...) PRINTF_LIKE(5, 6);

typedef void sbx_handler(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep);

/* One row an action; each service's file ends with its table, closed by a row without name. */
struct sbx_action {
	const char *service;
	const char *name;
	sbx_handler *handler;
	bool writes; /* makes, changes or deletes what lasts: such calls need an intent */
};
extern const struct sbx_action sbx_ec2_actions[];
extern const struct sbx_action siam_actions[];
extern const struct sbx_action sbx_sts_actions[];
extern const struct sbx_action sbx_s3_actions[];
extern const struct sbx_action sbx_ssm_actions[];
extern const struct sbx_action sbx_eic_actions[];
extern const struct sbx_action sbx_quotas_actions[];
extern const struct sbx_action sbx_kms_actions[];

/*
 * A tree as XML: members are elements, strings their text, arrays lists of
 * <item_name>; null members and those whose name begins with '_' are left out.
 * Text and elements by hand: core/xml.h.
 */
void sbx_xml_tree(struct buf *out, const json_t *tree, const char *item_name);

/* Of UTF-8: AWS's length limits count characters. */
size_t sbx_characters(const char *s);

/* Percent-decoded pairs; false when it is no form (bad escape, NUL, no UTF-8). */
NODISCARD bool sbx_form_decode(const char *s, size_t n, struct sbx_pairs *out);

/*
 * What listens beside the main port (endpoint host names over TLS, the proxy, the
 * instances): started before `listening` is printed, stopped after sbx_stop.
 * `address` is the main port's.
 */
NODISCARD struct rb_error *path_start(struct sbx *sbx, const char *address);
void path_stop(struct sbx *sbx);

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
struct store *sbx_store(struct sbx *sbx);
json_t *store_get(struct store *st, const char *kind, const char *region, const char *id);
json_t *store_get_visible(struct store *st, const char *kind, const char *region, const char *id,
			  int64_t now_ms);
/* An array, oldest first.  What it holds is the caller's own copy, like all that is answered. */
json_t *store_list(struct store *st, const char *kind, const char *region);
json_t *store_list_visible(struct store *st, const char *kind, const char *region, int64_t now_ms);
/* `doc` is borrowed.  Readers see it `lag_ms` from now_ms on (0: at once). */
void store_put(struct store *st, const char *kind, const char *region, const char *id,
	       const json_t *doc, int64_t now_ms, int64_t lag_ms);
void store_delete(struct store *st, const char *kind, const char *region, const char *id);
/* Gone at once for the rules; readers see it for `lag_ms` more. */
void store_delete_late(struct store *st, const char *kind, const char *region, const char *id,
		       int64_t now_ms, int64_t lag_ms);

/* Bytes beside the tree (object bodies), in the same transaction, never in memory. */
void store_put_blob(struct store *st, const char *name, const void *p, size_t n);
/* False when there is none. */
NODISCARD bool store_get_blob(struct store *st, const char *name, struct buf *out);
void store_delete_blob(struct store *st, const char *name);

/*
 * Kinds that more than one service knows: "role" and "instance-profile" (iam/iam.h),
 * "credential" (iam/sts.h: auth.c checks signatures with it), and EC2's, which are
 * AWS's names of resource types: "vpc", "route-table", "network-interface"
 * (ec2/ec2.h).
 */

/* A real duration in milliseconds divided by --speed, at least 0. */
int64_t sbx_scaled(const struct sbx *sbx, int64_t real_ms);
/* How long what has ended stays listed: a minute at least, for who polls every few seconds has to
 * see the end, however fast the world goes. */
int64_t sbx_listed_ms(const struct sbx *sbx, int64_t real_ms);
/* The usual read-after-write lag, already scaled. */
int64_t sbx_lag_ms(const struct sbx *sbx);
bool sbx_lag_is_harsh(const struct sbx *sbx);

/* "vpc-0123456789abcdef0": `prefix`, a dash, 17 hex digits.  Caller frees. */
NODISCARD char *sbx_new_id(const char *prefix);

/* ---- partitions and regions (region.c) ---------------------------------- */

struct region_partition {
	const char *id;		/* "aws" */
	const char *dns_suffix; /* "amazonaws.com" */
	const char *iam_region; /* the one that IAM's requests are signed for */
	const char *pattern;	/* how its regions begin, split by blanks: "us- eu- ap-" */
	const char *regions;	/* those known, split by blanks */
};
/* NULL when it is no region's name in any partition. */
const struct region_partition *region_partition(const char *region);
/* "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-..."; region "" and account as they are.  Caller
 * frees. */
NODISCARD char *sbx_arn(const char *service, const char *region, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

#endif
