/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AWS policies as pure functions of their JSON: is this one acceptable, what
 * does it say to this request, and does it make its bucket public?  No world,
 * no request object: what a condition may ask for comes in as facts.
 *   source  IAM User Guide, "Policy evaluation logic" and "Condition operators";
 *           S3 User Guide, "The meaning of 'public'"
 */
#ifndef SANDBOX_SBX_POLICY_H
#define SANDBOX_SBX_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/attr.h"
#include "base/buf.h"

/* One thing that is known about a request; a key with several values comes several times. */
struct request_fact {
	const char *key; /* "aws:SourceVpce", in any letter case */
	const char *value;
};

/* Who wants to do what to what.  Borrowed. */
struct policy_request {
	const char *caller_arn; /* NULL: anonymous */
	const char *role_arn;	/* of the role, when the caller is a session of one; else NULL */
	const char *action;	/* "s3:PutObject" */
	const char *resource;	/* an ARN; NULL: not known, so what allows anything allows it */
	const struct request_fact *facts;
	size_t n_facts;
};

enum policy_verdict {
	POLICY_SILENT,	      /* no statement applies */
	POLICY_ALLOW_ACCOUNT, /* the caller's account may; the caller needs its own policy to say so
			       */
	POLICY_ALLOW,
	POLICY_DENY, /* a statement refuses; nothing outweighs that */
};

/*
 * What one policy says.  A statement without a principal (a policy of the
 * caller's own) applies to every caller.
 */
enum policy_verdict policy_decide(const json_t *policy, const struct policy_request *ask);

/* Append to the array `ret`, each once, the condition keys that statements for this action ask for
 * and the request lacks. */
void policy_missing_keys(const json_t *policy, const struct policy_request *ask, json_t *ret);

/* True when some Allow reaches callers that no fixed value limits. */
bool policy_is_public(const json_t *policy);

enum policy_kind {
	POLICY_OF_BUCKET,   /* S3: a principal and resources of its own bucket */
	POLICY_OF_TRUST,    /* a role's: a principal, sts actions, no resource */
	POLICY_OF_IDENTITY, /* a role's permissions: no principal */
};

struct policy_rules {
	enum policy_kind kind;
	const char *bucket; /* for POLICY_OF_BUCKET */
	/* Does this principal's ARN exist?  NULL: all do. */
	bool (*knows)(void *arg, const char *arn);
	void *arg;
};

/*
 * Parse and check a policy's text as the service does that stores it.  Answers
 * NULL and a new reference in *ret_policy, or the service's message (caller frees).
 */
NODISCARD char *policy_check(const char *text, size_t n, const struct policy_rules *rules,
			     json_t **ret_policy);

/* `*` and `?` as policies mean them.  The letter case counts unless `nocase`. */
bool sbx_glob(const char *pattern, const char *s, bool nocase);

/*
 * Append `text` with its variables (${aws:username}) filled in, as a pattern for
 * sbx_glob.  False when one names a key that the request lacks: then nothing matches.
 */
NODISCARD bool policy_expand(const struct policy_request *ask, const char *text, struct buf *out);

/* One condition block; true when every operator in it holds. */
bool conditions_hold(const json_t *condition, const struct policy_request *ask);
/* Append to `ret`, each once, the keys of a condition block that the request lacks. */
void conditions_missing_keys(const json_t *condition, const struct policy_request *ask,
			     json_t *ret);
/* Is this an operator that conditions know ("StringLikeIfExists")? */
bool condition_known(const char *operator_name);
/* `aws:` keys that every service has, and S3's own; in any letter case. */
bool condition_key_known(const char *key);

#endif
