/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May this caller do that?  As AWS decides it: an explicit deny anywhere wins;
 * then the endpoint's policy must allow what comes through it; then the bucket's
 * policy or, for callers of the account, their own must allow it.
 */
#include "base/strv.h"
#include "sandbox/core/settings.h"
#include "sandbox/core/store.h"
#include "sandbox/s3/s3.h"

#include <string.h>

#include "sandbox/iam/iam.h"
#include "sandbox/iam/policy.h"
#include "sandbox/iam/sts.h"

#define MAX_FACTS 192

json_t *ss3_policy(const json_t *bucket)
{
	const char *text = ss3_str(bucket, "policy");

	return text ? json_loads(text, 0, NULL) : NULL;
}

bool ss3_blocks(const struct ss3_call *c, const char *what)
{
	json_t *account = sbx_setting(c->st, "s3_public_access");
	bool blocks = json_is_true(json_object_get(account, what)) ||
		      json_is_true(json_object_get(json_object_get(c->doc, "block"), what));

	json_decref(account);
	return blocks;
}

/* ---- facts -------------------------------------------------------------- */

struct facts {
	struct request_fact v[MAX_FACTS];
	size_t n;
};

static void know(struct facts *f, const char *key, const char *value)
{
	if (value && f->n < MAX_FACTS)
		f->v[f->n++] = (struct request_fact){ key, value };
}

/* Parameters and headers that are condition keys, with the key's name. */
static const struct {
	const char *query, *key;
} query_keys[] = {
	{ "prefix", "s3:prefix" },
	{ "delimiter", "s3:delimiter" },
	{ "max-keys", "s3:max-keys" },
	{ "versionId", "s3:VersionId" },
};

static const struct {
	const char *header, *key;
} header_keys[] = {
	{ "user-agent", "aws:UserAgent" },
	{ "referer", "aws:Referer" },
	{ "if-match", "s3:if-match" },
	{ "if-none-match", "s3:if-none-match" },
	{ "x-amz-acl", "s3:x-amz-acl" },
	{ "x-amz-bucket-namespace", "s3:x-amz-bucket-namespace" },
	{ "x-amz-content-sha256", "s3:x-amz-content-sha256" },
	{ "x-amz-copy-source", "s3:x-amz-copy-source" },
	{ "x-amz-grant-full-control", "s3:x-amz-grant-full-control" },
	{ "x-amz-grant-read", "s3:x-amz-grant-read" },
	{ "x-amz-grant-read-acp", "s3:x-amz-grant-read-acp" },
	{ "x-amz-grant-write", "s3:x-amz-grant-write" },
	{ "x-amz-grant-write-acp", "s3:x-amz-grant-write-acp" },
	{ "x-amz-metadata-directive", "s3:x-amz-metadata-directive" },
	{ "x-amz-object-ownership", "s3:x-amz-object-ownership" },
	{ "x-amz-server-side-encryption", "s3:x-amz-server-side-encryption" },
	{ "x-amz-server-side-encryption-aws-kms-key-id",
	  "s3:x-amz-server-side-encryption-aws-kms-key-id" },
	{ "x-amz-server-side-encryption-customer-algorithm",
	  "s3:x-amz-server-side-encryption-customer-algorithm" },
	{ "x-amz-storage-class", "s3:x-amz-storage-class" },
	{ "x-amz-website-redirect-location", "s3:x-amz-website-redirect-location" },
};

/* The tags that a new bucket gets with its creation; `keys` holds the keys' names. */
static void know_new_tags(struct facts *f, const json_t *tags, struct strv *keys)
{
	const json_t *tag;
	size_t i;

	json_array_foreach(tags, i, tag) {
		strv_addf(keys, "aws:RequestTag/%s", ss3_str(tag, "Key"));
		know(f, keys->v[i], ss3_str(tag, "Value"));
		know(f, "aws:TagKeys", ss3_str(tag, "Key"));
	}
}

struct endpoint_search {
	const char *id;
	json_t *found;
};

static void take_endpoint(void *arg, const char *kind, const char *region, const char *id,
			  const json_t *doc)
{
	struct endpoint_search *s = arg;

	(void)region;
	if (!s->found && text_eq(kind, "vpc-endpoint") && text_eq(id, s->id))
		s->found = json_deep_copy(doc);
}

/* The endpoint that the request came through, which may lie in another region than S3; its VPC and
 * its own policy are asked for.  New reference; NULL: it came from outside. */
static json_t *endpoint_of(const struct ss3_call *c)
{
	struct endpoint_search s = { .id = c->req->vpc_endpoint_id };

	if (s.id)
		s.found = store_get(c->st, "vpc-endpoint", c->req->region, s.id);
	if (s.id && !s.found)
		store_each(c->st, take_endpoint, &s);
	return s.found;
}

static void collect(struct ss3_call *c, const json_t *endpoint, const char *role_arn,
		    struct facts *f, char now[CLOCK_ISO_SIZE], char epoch[24])
{
	bool presigned = ss3_query(c, "X-Amz-Signature") != NULL;

	clock_iso8601(c->req->now_ms / 1000, now);
	(void)snprintf(epoch, 24, "%lld", (long long)(c->req->now_ms / 1000));
	know(f, "aws:CurrentTime", now);
	know(f, "aws:EpochTime", epoch);
	know(f, "aws:RequestedRegion", c->req->region);
	know(f, "aws:ResourceAccount", SANDBOX_ACCOUNT);
	know(f, "s3:ResourceAccount", SANDBOX_ACCOUNT);
	/* Loopback stands in for AWS's own address, which is never spoken to in the clear. */
	know(f, "aws:SecureTransport", "true");
	know(f, "s3:TlsVersion", "1.2");
	/* Of what s3:PutObject permits, parts of an upload make no object, and cannot carry the
	 * conditions that the policy may want. */
	if (text_eq(c->op->name, "UploadPart") || text_eq(c->op->name, "CreateMultipartUpload"))
		know(f, "s3:ObjectCreationOperation", "false");
	else
		know(f, "s3:ObjectCreationOperation", "true");
	if (c->req->vpc_endpoint_id) {
		know(f, "aws:SourceVpce", c->req->vpc_endpoint_id);
		know(f, "aws:SourceVpc", ss3_str(endpoint, "vpcId"));
		know(f, "aws:VpcSourceIp", c->req->vpc_source_ip);
		know(f, "aws:VpceAccount", SANDBOX_ACCOUNT);
	} else {
		know(f, "aws:SourceIp", "127.0.0.1");
	}
	if (c->req->caller_arn) {
		know(f, "aws:PrincipalArn", role_arn ? role_arn : c->req->caller_arn);
		know(f, "aws:PrincipalAccount", SANDBOX_ACCOUNT);
		know(f, "aws:PrincipalType", role_arn ? "AssumedRole" : "Account");
		know(f, "s3:authType", presigned ? "REST-QUERY-STRING" : "REST-HEADER");
		know(f, "s3:signatureversion", "AWS4-HMAC-SHA256");
	} else {
		know(f, "aws:PrincipalType", "Anonymous");
	}
	for (size_t i = 0; i < ARRAY_LEN(query_keys); i++)
		know(f, query_keys[i].key, ss3_query(c, query_keys[i].query));
	for (size_t i = 0; i < ARRAY_LEN(header_keys); i++)
		know(f, header_keys[i].key, ss3_header(c, header_keys[i].header));
}

/* ---- the decision ------------------------------------------------------- */

static enum policy_verdict text_says(const char *text, const struct policy_request *ask)
{
	json_t *policy = text ? json_loads(text, 0, NULL) : NULL;
	enum policy_verdict says = policy_decide(policy, ask);

	json_decref(policy);
	return says;
}

/* What the bucket's policy says, as far as Block Public Access lets it. */
static enum policy_verdict bucket_says(struct ss3_call *c, const struct policy_request *ask)
{
	json_t *policy = ss3_policy(c->doc);
	enum policy_verdict says = policy_decide(policy, ask);

	if (says != POLICY_DENY && !ask->caller_arn && ss3_blocks(c, "RestrictPublicBuckets") &&
	    policy && policy_is_public(policy))
		says = POLICY_SILENT;
	json_decref(policy);
	return says;
}

/* The account's root can always repair a bucket's policy. */
static bool is_roots_own(const struct ss3_call *c, const char *action)
{
	static const char *const repairs[] = { "s3:GetBucketPolicy", "s3:PutBucketPolicy",
					       "s3:DeleteBucketPolicy" };

	if (!c->req->caller_arn || !text_ends_with(c->req->caller_arn, ":root"))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(repairs); i++) {
		if (text_eq(repairs[i], action))
			return true;
	}
	return false;
}

bool ss3_may(struct ss3_call *c, const char *action, const char *key)
{
	const struct region_partition *partition = region_partition(c->req->region);
	autofree char *role = siam_session_role(c->req->caller_arn);
	json_t *role_doc = role ? store_get(c->st, "role", "", role) : NULL;
	json_t *endpoint = endpoint_of(c);
	json_t *cred = c->req->caller_key_id
			       ? store_get(c->st, SBX_CREDENTIAL, "", c->req->caller_key_id)
			       : NULL;
	autofree char *resource =
		xasprintf("arn:%s:s3:::%s%s%s", partition ? partition->id : "aws",
			  c->bucket ? c->bucket : "", key ? "/" : "", key ? key : "");
	struct facts facts = { .n = 0 };
	auto_strv tag_keys = { 0 };
	char now[CLOCK_ISO_SIZE], epoch[24];
	struct policy_request ask = {
		.caller_arn = c->req->caller_arn,
		.role_arn = ss3_str(role_doc, "arn"),
		.action = action,
		.resource = resource,
	};
	enum policy_verdict bucket, caller, through = POLICY_ALLOW;

	collect(c, endpoint, ask.role_arn, &facts, now, epoch);
	if (c->req->caller_arn)
		know(&facts, "aws:userid", cred ? ss3_str(cred, "user_id") : SANDBOX_ACCOUNT);
	know_new_tags(&facts, c->new_tags, &tag_keys);
	ask.facts = facts.v;
	ask.n_facts = facts.n;
	if (ss3_str(endpoint, "policyDocument"))
		through = text_says(ss3_str(endpoint, "policyDocument"), &ask);
	bucket = bucket_says(c, &ask);
	caller = siam_caller_verdict(c->st, c->req, &ask, NULL);
	json_decref(cred);
	json_decref(endpoint);
	json_decref(role_doc);
	if (through != POLICY_ALLOW)
		return false;
	if (is_roots_own(c, action))
		return true;
	if (bucket == POLICY_DENY || caller == POLICY_DENY)
		return false;
	return bucket == POLICY_ALLOW || caller == POLICY_ALLOW;
}
