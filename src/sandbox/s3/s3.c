/* SPDX-License-Identifier: Apache-2.0 */
/*
 * S3: what happens to every request before its operation runs, in AWS's order:
 *
 *   bucket -> region -> owner -> access -> framing -> checksums -> operation
 */
#include <string.h>

#include "sandbox/core/host.h"
#include "sandbox/s3/s3.h"

#define MAX_KEY_BYTES 1024

/* ---- asking ------------------------------------------------------------- */

const char *ss3_header(const struct ss3_call *c, const char *name)
{
	return sbx_pairs_get(c->req->headers, name);
}

const char *ss3_query(const struct ss3_call *c, const char *name)
{
	return sbx_pairs_get(c->req->query, name);
}

bool ss3_query_int(struct ss3_call *c, const char *name, int64_t otherwise, int64_t most,
		   int64_t *ret)
{
	const char *text = ss3_query(c, name);

	*ret = otherwise;
	if (!text || !*text || text_parse_i64(text, 0, most, ret))
		return true;
	if (text_parse_i64(text, 0, INT32_MAX, ret)) {
		*ret = most;
		return true;
	}
	autofree char *why = xasprintf("Provided %s not an integer or within integer range", name);

	ss3_invalid_argument(c, name, text, why);
	return false;
}

xmlDoc *ss3_xml(struct ss3_call *c, const char *root)
{
	xmlDoc *doc = sbx_xml_parse(&c->payload, root);

	if (!doc)
		ss3_malformed_xml(c);
	return doc;
}

/* ---- bucket ------------------------------------------------------------- */

static void no_bucket(struct ss3_call *c)
{
	ss3_fail(c, 404, "NoSuchBucket", "The specified bucket does not exist");
}

/* The bucket as this operation sees it; false after an answer. */
static bool open_bucket(struct ss3_call *c)
{
	json_t *truth = store_get(c->st, SS3_BUCKET, "", c->bucket);
	json_t *seen = store_get_visible(c->st, SS3_BUCKET, "", c->bucket, c->req->now_ms);

	if (ss3_name_fault(c->bucket)) {
		ss3_fail(c, 400, "InvalidBucketName", "The specified bucket is not valid.");
	} else if (!truth && !seen && ss3_is_anothers(c->bucket)) {
		ss3_deny(c);
	} else if (truth && !seen && c->op->flags & SS3_SETS_BUCKET) {
		ss3_fail(
			c, 409, "OperationAborted",
			"A conflicting conditional operation is currently in progress against this "
			"resource. Please try again.");
	} else if (!seen || (!truth && c->op->flags & SS3_WRITES)) {
		no_bucket(c);
	} else {
		c->doc = json_incref(c->op->flags & SS3_WRITES ? truth : seen);
	}
	json_decref(truth);
	json_decref(seen);
	return c->doc != NULL;
}

static void redirect(struct ss3_call *c, const char *region)
{
	const struct region_partition *partition = region_partition(region);
	autofree char *endpoint = xasprintf("%s.s3.%s.%s", c->bucket, region,
					    partition ? partition->dns_suffix : "amazonaws.com");

	ss3_fail(c, 301, "PermanentRedirect",
		 "The bucket you are attempting to access must be addressed using the specified "
		 "endpoint. Please send all future requests to this endpoint.");
	ss3_fail_more(c, "Endpoint", endpoint);
	ss3_fail_more(c, "Bucket", c->bucket);
}

/* Sent to the bucket's region, and signed for it? */
static bool check_region(struct ss3_call *c)
{
	const char *region = ss3_str(c->doc, "region"), *scope = c->req->region;
	struct host h;
	bool named = c->req->host && host_parse(c->req->host, &h) && h.kind != HOST_OTHER;
	char endpoint[32];

	ss3_endpoint_region(c->req, endpoint);
	sbx_reply_header(c->rep, "x-amz-bucket-region", "%s", region);
	if (!c->req->caller_arn)
		scope = named ? endpoint : region; /* nothing is signed */
	/* Without a name to go by, the scope's region is the endpoint's: us-east-1's, which was
	 * the whole world's once, tells of the wrong scope, the others send elsewhere. */
	if (named ? !text_eq(endpoint, region)
		  : !text_eq(scope, region) && !text_eq(scope, "us-east-1")) {
		redirect(c, region);
		return false;
	}
	if (!text_eq(scope, region)) {
		ss3_fail(c, 400, "AuthorizationHeaderMalformed",
			 "The authorization header is malformed; the region '%s' is wrong; "
			 "expecting "
			 "'%s'",
			 scope, region);
		ss3_fail_more(c, "Region", region);
		return false;
	}
	return true;
}

static bool check_owner(struct ss3_call *c)
{
	const char *owner = ss3_header(c, "x-amz-expected-bucket-owner");

	if (!owner || text_eq(owner, SANDBOX_ACCOUNT))
		return true;
	if (strlen(owner) != 12 || strspn(owner, "0123456789") != 12)
		ss3_fail(c, 400, "InvalidBucketOwnerAWSAccountID",
			 "The value of the expected bucket owner parameter must be an AWS account "
			 "ID");
	else
		ss3_deny(c);
	return false;
}

/* ---- dispatch ----------------------------------------------------------- */

static const struct ss3_op *find_op(const char *name)
{
	static const struct ss3_op *const tables[] = {
		ss3_put_ops,	ss3_get_ops,   ss3_delete_ops, ss3_bucket_ops, ss3_config_ops,
		ss3_policy_ops, ss3_block_ops, ss3_list_ops,   ss3_upload_ops, ss3_absent_ops
	};

	for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
		for (const struct ss3_op *op = tables[t]; op->name; op++) {
			if (text_eq(op->name, name))
				return op;
		}
	}
	return NULL;
}

/* Features that would change what is stored and are not here: refused, so that nobody relies on
 * them. */
static bool asks_for_more(struct ss3_call *c)
{
	static const char *const unknown[] = {
		"x-amz-copy-source",
		"x-amz-object-lock-",
		"x-amz-server-side-encryption-customer-",
		"x-amz-checksum-xxhash",
		"x-amz-checksum-md5",
		"x-amz-write-offset-bytes",
		"x-amz-website-redirect-location",
		"x-amz-bucket-object-lock-enabled",
	};

	for (size_t i = 0; i < c->req->headers->n; i++) {
		const struct sbx_pair *h = &c->req->headers->v[i];

		for (size_t k = 0; k < ARRAY_LEN(unknown); k++) {
			if (!text_starts_with(h->name, unknown[k]) ||
			    text_eq_nocase(h->value, "false"))
				continue;
			ss3_fail(c, 501, "NotImplemented",
				 "A header you provided implies functionality that is not "
				 "implemented");
			ss3_fail_more(c, "Header", h->name);
			return true;
		}
	}
	return false;
}

static bool prepare(struct ss3_call *c)
{
	bool on_bucket = !(c->op->flags & (SS3_NO_BUCKET | SS3_MAKES_BUCKET));

	if (c->key && strlen(c->key) > MAX_KEY_BYTES) {
		ss3_fail(c, 400, "KeyTooLongError", "Your key is too long");
		return false;
	}
	if (on_bucket && (!open_bucket(c) || !check_region(c) || !check_owner(c)))
		return false;
	if (c->op->action && !ss3_may(c, c->op->action, c->key)) {
		ss3_deny(c);
		return false;
	}
	return !asks_for_more(c) && ss3_read_payload(c);
}

static void handle(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	struct ss3_call c = {
		.sbx = sbx,
		.st = sbx_store(sbx),
		.req = req,
		.rep = rep,
		.op = find_op(req->action),
		.bucket = req->bucket,
		.key = req->key,
		.payload = BUF_INIT,
		.sum = SUM_NONE,
		.read_only = text_eq(req->method, "HEAD"),
	};

	sbx_reply_header(rep, "Server", "AmazonS3");
	if (!c.op)
		ss3_fail(&c, 501, "NotImplemented",
			 "A header you provided implies functionality that is not implemented");
	else if (prepare(&c))
		c.op->run(&c);
	json_decref(c.doc);
	json_decref(c.new_tags);
	buf_clear(&c.payload);
	free(c.sum_value);
}

const struct sbx_action sbx_s3_actions[] = {
	{ "s3", "AbortMultipartUpload", handle, true },
	{ "s3", "CompleteMultipartUpload", handle, true },
	{ "s3", "CreateBucket", handle, true },
	{ "s3", "CreateMultipartUpload", handle, true },
	{ "s3", "DeleteBucket", handle, true },
	{ "s3", "DeleteBucketEncryption", handle, true },
	{ "s3", "DeleteBucketOwnershipControls", handle, true },
	{ "s3", "DeleteBucketPolicy", handle, true },
	{ "s3", "DeleteBucketTagging", handle, true },
	{ "s3", "DeleteObject", handle, true },
	{ "s3", "DeleteObjects", handle, true },
	{ "s3", "DeletePublicAccessBlock", handle, true },
	{ "s3", "GetAccountPublicAccessBlock", handle, false },
	{ "s3", "GetBucketAccelerateConfiguration", handle, false },
	{ "s3", "GetBucketAcl", handle, false },
	{ "s3", "GetBucketCors", handle, false },
	{ "s3", "GetBucketEncryption", handle, false },
	{ "s3", "GetBucketLifecycleConfiguration", handle, false },
	{ "s3", "PutBucketLifecycleConfiguration", handle, true },
	{ "s3", "DeleteBucketLifecycle", handle, true },
	{ "s3", "GetBucketLocation", handle, false },
	{ "s3", "GetBucketLogging", handle, false },
	{ "s3", "GetBucketNotificationConfiguration", handle, false },
	{ "s3", "GetBucketOwnershipControls", handle, false },
	{ "s3", "GetBucketPolicy", handle, false },
	{ "s3", "GetBucketPolicyStatus", handle, false },
	{ "s3", "GetBucketReplication", handle, false },
	{ "s3", "GetBucketRequestPayment", handle, false },
	{ "s3", "GetBucketTagging", handle, false },
	{ "s3", "GetBucketVersioning", handle, false },
	{ "s3", "GetBucketWebsite", handle, false },
	{ "s3", "GetObject", handle, false },
	{ "s3", "GetObjectLockConfiguration", handle, false },
	{ "s3", "GetObjectTagging", handle, false },
	{ "s3", "GetPublicAccessBlock", handle, false },
	{ "s3", "HeadBucket", handle, false },
	{ "s3", "HeadObject", handle, false },
	{ "s3", "ListBuckets", handle, false },
	{ "s3", "ListMultipartUploads", handle, false },
	{ "s3", "ListObjectVersions", handle, false },
	{ "s3", "ListObjects", handle, false },
	{ "s3", "ListObjectsV2", handle, false },
	{ "s3", "ListParts", handle, false },
	{ "s3", "PutBucketEncryption", handle, true },
	{ "s3", "PutBucketOwnershipControls", handle, true },
	{ "s3", "PutBucketPolicy", handle, true },
	{ "s3", "PutBucketTagging", handle, true },
	{ "s3", "PutBucketVersioning", handle, true },
	{ "s3", "PutObject", handle, true },
	{ "s3", "PutPublicAccessBlock", handle, true },
	{ "s3", "UploadPart", handle, true },
	{ 0 },
};
