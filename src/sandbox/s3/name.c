/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a request line to an operation: where the bucket and the key are, and
 * which of S3's operations method and sub-resource mean.
 */
#include "sandbox/s3/s3.h"

#include <string.h>

#include "sandbox/core/host.h"
#include "base/percent.h"

/* ---- bucket and key ----------------------------------------------------- */

/* Percent-decoded, with '+' as it is; NULL for a bad escape, a NUL, or what is not UTF-8. */
static char *decode_path(const char *s, size_t n)
{
	auto_buf out = BUF_INIT;
	json_t *text;

	for (size_t i = 0; i < n; i++) {
		if (s[i] != '%') {
			(void)buf_addc(&out, s[i]);
			continue;
		}
		int hi = i + 2 < n ? percent_hex(s[i + 1]) : -1;
		int lo = i + 2 < n ? percent_hex(s[i + 2]) : -1;

		if (hi < 0 || lo < 0 || (hi | lo) == 0)
			return NULL;
		(void)buf_addc(&out, (char)(hi << 4 | lo));
		i += 2;
	}
	text = json_stringn(out.p, out.n);
	json_decref(text);
	return text ? buf_steal(&out) : NULL;
}

/* The bucket in "BUCKET.s3.REGION.amazonaws.com" or "BUCKET.bucket.vpce-..."; NULL: path style. */
static char *host_bucket(const char *host)
{
	struct host h;
	size_t n, front;

	if (!host || !host_parse(host, &h))
		return NULL;
	if (h.kind == HOST_S3_ENDPOINT) {
		char *mark = strstr(h.name, ".bucket.vpce-");

		return mark ? xstrndup(h.name, (size_t)(mark - h.name)) : NULL;
	}
	if (h.kind == HOST_OTHER) { /* "BUCKET.localhost", "BUCKET.s3.localhost" */
		char *mark = strstr(h.name, ".s3.localhost");

		if (!mark)
			mark = strstr(h.name, ".localhost");
		return mark && mark != h.name && strcmp(h.name, "s3.localhost") != 0
			       ? xstrndup(h.name, (size_t)(mark - h.name))
			       : NULL;
	}
	n = strlen(h.name);
	front = n - strlen(h.base);
	return h.kind == HOST_API && front > 1 && text_starts_with(h.base, "s3")
		       ? xstrndup(h.name, front - 1)
		       : NULL;
}

/* False when the path is none that S3 could take. */
static bool find_names(const struct sbx_request *req, char **ret_bucket, char **ret_key)
{
	const char *path = req->path && *req->path == '/' ? req->path + 1 : "";
	char *bucket = host_bucket(req->host);
	char *key;

	if (!bucket) {
		size_t n = strcspn(path, "/");

		if (n == 0)
			return *path == '\0';
		bucket = decode_path(path, n);
		if (!bucket)
			return false;
		path += n + (path[n] == '/');
	}
	*ret_bucket = bucket;
	if (*path == '\0')
		return true;
	key = decode_path(path, strlen(path));
	*ret_key = key;
	return key != NULL;
}

/* ---- operations --------------------------------------------------------- */

enum level { ACCOUNT, BUCKET, OBJECT };

/* Sub-resources that make another operation of a request; those not answered are refused. */
static const char *const sub_resources[] = {
	"accelerate",
	"acl",
	"analytics",
	"attributes",
	"cors",
	"delete",
	"encryption",
	"intelligent-tiering",
	"inventory",
	"legal-hold",
	"lifecycle",
	"location",
	"logging",
	"metrics",
	"notification",
	"object-lock",
	"ownershipControls",
	"policy",
	"policyStatus",
	"publicAccessBlock",
	"replication",
	"requestPayment",
	"restore",
	"retention",
	"select",
	"session",
	"tagging",
	"torrent",
	"uploadId",
	"uploads",
	"versioning",
	"versions",
	"website",
};

static const struct {
	const char *name, *method;
	enum level level;
	const char *sub; /* NULL: none */
} operations[] = {
	{ "ListBuckets", "GET", ACCOUNT, NULL },
	{ "CreateBucket", "PUT", BUCKET, NULL },
	{ "HeadBucket", "HEAD", BUCKET, NULL },
	{ "DeleteBucket", "DELETE", BUCKET, NULL },
	{ "GetBucketLocation", "GET", BUCKET, "location" },
	{ "PutBucketTagging", "PUT", BUCKET, "tagging" },
	{ "GetBucketTagging", "GET", BUCKET, "tagging" },
	{ "DeleteBucketTagging", "DELETE", BUCKET, "tagging" },
	{ "PutPublicAccessBlock", "PUT", BUCKET, "publicAccessBlock" },
	{ "GetPublicAccessBlock", "GET", BUCKET, "publicAccessBlock" },
	{ "DeletePublicAccessBlock", "DELETE", BUCKET, "publicAccessBlock" },
	{ "PutBucketEncryption", "PUT", BUCKET, "encryption" },
	{ "GetBucketEncryption", "GET", BUCKET, "encryption" },
	{ "DeleteBucketEncryption", "DELETE", BUCKET, "encryption" },
	{ "PutBucketOwnershipControls", "PUT", BUCKET, "ownershipControls" },
	{ "GetBucketOwnershipControls", "GET", BUCKET, "ownershipControls" },
	{ "DeleteBucketOwnershipControls", "DELETE", BUCKET, "ownershipControls" },
	{ "PutBucketVersioning", "PUT", BUCKET, "versioning" },
	{ "GetBucketVersioning", "GET", BUCKET, "versioning" },
	{ "PutBucketPolicy", "PUT", BUCKET, "policy" },
	{ "GetBucketPolicy", "GET", BUCKET, "policy" },
	{ "DeleteBucketPolicy", "DELETE", BUCKET, "policy" },
	{ "GetBucketPolicyStatus", "GET", BUCKET, "policyStatus" },
	{ "GetBucketAcl", "GET", BUCKET, "acl" },
	{ "GetBucketCors", "GET", BUCKET, "cors" },
	{ "GetBucketWebsite", "GET", BUCKET, "website" },
	{ "PutBucketLifecycleConfiguration", "PUT", BUCKET, "lifecycle" },
	{ "GetBucketLifecycleConfiguration", "GET", BUCKET, "lifecycle" },
	{ "DeleteBucketLifecycle", "DELETE", BUCKET, "lifecycle" },
	{ "GetBucketReplication", "GET", BUCKET, "replication" },
	{ "GetObjectLockConfiguration", "GET", BUCKET, "object-lock" },
	{ "GetBucketAccelerateConfiguration", "GET", BUCKET, "accelerate" },
	{ "GetBucketLogging", "GET", BUCKET, "logging" },
	{ "GetBucketNotificationConfiguration", "GET", BUCKET, "notification" },
	{ "GetBucketRequestPayment", "GET", BUCKET, "requestPayment" },
	{ "ListObjectVersions", "GET", BUCKET, "versions" },
	{ "ListMultipartUploads", "GET", BUCKET, "uploads" },
	{ "DeleteObjects", "POST", BUCKET, "delete" },
	{ "ListObjects", "GET", BUCKET, NULL },
	{ "PutObject", "PUT", OBJECT, NULL },
	{ "GetObject", "GET", OBJECT, NULL },
	{ "HeadObject", "HEAD", OBJECT, NULL },
	{ "DeleteObject", "DELETE", OBJECT, NULL },
	{ "GetObjectTagging", "GET", OBJECT, "tagging" },
	{ "CreateMultipartUpload", "POST", OBJECT, "uploads" },
	{ "UploadPart", "PUT", OBJECT, "uploadId" },
	{ "CompleteMultipartUpload", "POST", OBJECT, "uploadId" },
	{ "AbortMultipartUpload", "DELETE", OBJECT, "uploadId" },
	{ "ListParts", "GET", OBJECT, "uploadId" },
};

/* The sub-resource that the query names, or NULL. */
static const char *sub_resource(const struct sbx_pairs *query)
{
	for (size_t i = 0; i < ARRAY_LEN(sub_resources); i++) {
		if (sbx_pairs_get(query, sub_resources[i]))
			return sub_resources[i];
	}
	return NULL;
}

/* S3 Control has paths of its own, and names the account in a header. */
static bool is_for_account_block(const struct sbx_request *req)
{
	return sbx_pairs_get(req->headers, "x-amz-account-id") && text_eq(req->method, "GET") &&
	       text_eq(req->path, "/v20180820/configuration/publicAccessBlock");
}

const char *sbx_s3_operation(const struct sbx_request *req, char **ret_bucket, char **ret_key)
{
	const char *sub = sub_resource(req->query), *list_type;
	autofree char *bucket = NULL, *key = NULL;
	enum level level;

	if (is_for_account_block(req))
		return "GetAccountPublicAccessBlock";
	if (!find_names(req, &bucket, &key))
		return NULL;
	level = key ? OBJECT : bucket ? BUCKET : ACCOUNT;
	for (size_t i = 0; i < ARRAY_LEN(operations); i++) {
		if (operations[i].level != level || !text_eq(operations[i].method, req->method) ||
		    !text_eq(operations[i].sub, sub))
			continue;
		*ret_bucket = steal_str(&bucket);
		*ret_key = steal_str(&key);
		list_type = sbx_pairs_get(req->query, "list-type");
		return text_eq(operations[i].name, "ListObjects") && text_eq(list_type, "2")
			       ? "ListObjectsV2"
			       : operations[i].name;
	}
	return NULL;
}

/* ---- bucket names ------------------------------------------------------- */

static bool is_lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool looks_like_an_address(const char *name)
{
	int parts = 0;
	size_t n;

	while ((n = strspn(name, "0123456789")) > 0 && n <= 3) {
		parts++;
		name += n;
		if (*name != '.')
			break;
		name++;
	}
	return parts == 4 && *name == '\0';
}

const char *ss3_name_fault(const char *name)
{
	static const char *const bad_starts[] = { "xn--", "sthree-", "amzn-s3-demo-" };
	static const char *const bad_ends[] = { "-s3alias", "--ol-s3", ".mrap", "--x-s3",
						"--table-s3" };
	static const char bad[] = "The specified bucket is not valid.";
	size_t n = strlen(name);

	if (n < 3 || n > 63 || !is_lower_or_digit(name[0]) || !is_lower_or_digit(name[n - 1]) ||
	    looks_like_an_address(name))
		return bad;
	for (size_t i = 0; i < n; i++) {
		if (!is_lower_or_digit(name[i]) && name[i] != '-' && name[i] != '.')
			return bad;
		if (name[i] == '.' && name[i + 1] == '.')
			return bad;
	}
	for (size_t i = 0; i < ARRAY_LEN(bad_starts); i++) {
		if (text_starts_with(name, bad_starts[i]))
			return bad;
	}
	for (size_t i = 0; i < ARRAY_LEN(bad_ends); i++) {
		if (text_ends_with(name, bad_ends[i]))
			return bad;
	}
	return NULL;
}

void ss3_endpoint_region(const struct sbx_request *req, char out[32])
{
	struct host h;
	const char *region = req->region;

	if (req->host && host_parse(req->host, &h) && h.kind != HOST_OTHER)
		region = h.region[0] ? h.region : "us-east-1"; /* the old name without a region */
	(void)snprintf(out, 32, "%s", region);
}
