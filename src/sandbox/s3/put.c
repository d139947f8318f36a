/* SPDX-License-Identifier: Apache-2.0 */
/* S3: an object is written, with the settings that its request carries. */
#include <string.h>

#include "sandbox/iam/iam.h"
#include "sandbox/s3/s3.h"

#define MAX_META_BYTES 2048

static const char *const kept_headers[] = { "cache-control", "content-disposition",
					    "content-language", "expires" };

/* Content-Encoding without aws-chunked, which is for the wire; NULL when nothing is left. */
static char *kept_encoding(const struct ss3_call *c)
{
	const char *list = ss3_header(c, "content-encoding");
	auto_buf out = BUF_INIT;

	while (list && *list) {
		size_t n;

		list += strspn(list, ", ");
		n = strcspn(list, ",");
		if (n && strncmp(list, "aws-chunked", n < 11 ? 11 : n) != 0) {
			if (out.n)
				(void)buf_adds(&out, ",");
			(void)buf_add(&out, list, n);
		}
		list += n;
	}
	return out.n ? buf_steal(&out) : NULL;
}

static bool check_settings(struct ss3_call *c)
{
	const char *acl = ss3_header(c, "x-amz-acl"), *sse;
	const char *class = ss3_header(c, "x-amz-storage-class");

	if (acl && !text_eq(acl, "bucket-owner-full-control") && !text_eq(acl, "private") &&
	    text_eq(ss3_str(c->doc, "ownership"), "BucketOwnerEnforced")) {
		ss3_fail(c, 400, "AccessControlListNotSupported", "The bucket does not allow ACLs");
		return false;
	}
	sse = ss3_header(c, "x-amz-server-side-encryption");
	if (sse && !text_eq(sse, "AES256") && !text_eq(sse, "aws:kms") &&
	    !text_eq(sse, "aws:kms:dsse")) {
		ss3_invalid_argument(c, "x-amz-server-side-encryption", sse,
				     "The encryption method specified is not supported");
		return false;
	}
	if (class && !text_eq(class, "STANDARD") && !text_eq(class, "STANDARD_IA") &&
	    !text_eq(class, "ONEZONE_IA") && !text_eq(class, "INTELLIGENT_TIERING") &&
	    !text_eq(class, "REDUCED_REDUNDANCY") && !text_eq(class, "GLACIER_IR")) {
		ss3_fail(c, 400, "InvalidStorageClass",
			 "The storage class you specified is not valid");
		return false;
	}
	return true;
}

/*
 * A key of the customer's asks for kms:GenerateDataKey of whoever uploads.  Key policies are not
 * kept here: each key's leaves it to the account's own policies, as the console makes them.
 */
static bool may_encrypt(struct ss3_call *c, const char *sse)
{
	const json_t *own = json_object_get(c->doc, "encryption");
	const char *key = ss3_header(c, "x-amz-server-side-encryption-aws-kms-key-id");
	autofree char *arn = NULL;

	if (!sse && !key)
		key = ss3_str(own, "kms_key");
	if (!key || text_eq(sse, "AES256") || text_ends_with(key, "alias/aws/s3"))
		return true;
	arn = text_starts_with(key, "arn:")
		      ? xstrdup(key)
		      : xasprintf("arn:aws:kms:%s:" SANDBOX_ACCOUNT ":%s%s", c->req->region,
				  text_starts_with(key, "alias/") ? "" : "key/", key);
	if (siam_allows(c->sbx, c->req, "kms:GenerateDataKey", arn))
		return true;
	ss3_fail(
		c, 403, "AccessDenied",
		"User: %s is not authorized to perform: kms:GenerateDataKey on resource: %s because "
		"no identity-based policy allows the kms:GenerateDataKey action",
		c->req->caller_arn ? c->req->caller_arn : "anonymous", arn);
	return false;
}

json_t *ss3_object_settings(struct ss3_call *c)
{
	json_t *settings, *headers, *meta;
	autofree char *encoding = kept_encoding(c);
	const char *type = ss3_header(c, "content-type"), *sse;
	size_t bytes = 0;

	if (!check_settings(c))
		return NULL;
	headers = json_object();
	meta = json_object();
	for (size_t i = 0; i < ARRAY_LEN(kept_headers); i++) {
		if (ss3_header(c, kept_headers[i]))
			(void)json_object_set_new(headers, kept_headers[i],
						  json_string(ss3_header(c, kept_headers[i])));
	}
	if (encoding)
		(void)json_object_set_new(headers, "content-encoding", json_string(encoding));
	for (size_t i = 0; i < c->req->headers->n; i++) {
		const struct sbx_pair *h = &c->req->headers->v[i];

		if (!text_starts_with(h->name, "x-amz-meta-"))
			continue;
		bytes += strlen(h->name) - strlen("x-amz-meta-") + strlen(h->value);
		(void)json_object_set_new(meta, h->name, json_string(h->value));
	}
	sse = ss3_header(c, "x-amz-server-side-encryption");
	if (!may_encrypt(c, sse)) {
		json_decref(headers);
		json_decref(meta);
		return NULL;
	}
	if (!sse)
		sse = ss3_str(json_object_get(c->doc, "encryption"), "algorithm");
	settings = json_pack("{s:s, s:o, s:o, s:s, s:s*, s:s*}", "type",
			     type && *type ? type : "binary/octet-stream", "headers", headers,
			     "meta", meta, "sse", sse ? sse : "AES256", "class",
			     ss3_header(c, "x-amz-storage-class"), "tagging",
			     ss3_header(c, "x-amz-tagging"));
	if (!settings) { /* a header that is not UTF-8 */
		ss3_fail(c, 400, "InvalidRequest", "A header has characters that are not allowed");
		return NULL;
	}
	if (bytes > MAX_META_BYTES) {
		ss3_fail(c, 400, "MetadataTooLarge",
			 "Your metadata headers exceed the maximum allowed metadata size");
		json_decref(settings);
		return NULL;
	}
	return settings;
}

void ss3_precondition_failed(struct ss3_call *c, const char *condition)
{
	ss3_fail(c, 412, "PreconditionFailed",
		 "At least one of the pre-conditions you specified did not hold");
	ss3_fail_more(c, "Condition", condition);
}

bool ss3_write_condition(struct ss3_call *c, const char *key)
{
	const char *match = ss3_header(c, "if-match"), *none = ss3_header(c, "if-none-match");
	json_t *object, *latest;
	const char *etag;
	bool exists, ok = true;

	if (!match && !none)
		return true;
	object = ss3_load_object(c, key);
	latest = json_array_get(json_object_get(object, "versions"), 0);
	exists = latest && !json_is_true(json_object_get(latest, "marker"));
	etag = ss3_str(latest, "etag");
	if (none && !text_eq(none, "*")) {
		ss3_fail(c, 501, "NotImplemented",
			 "A header you provided implies functionality that is not implemented");
		ok = false;
	} else if (match && !exists) {
		ss3_no_key(c);
		ok = false;
	} else if ((none && exists) || (match && !strstr(match, etag))) {
		ss3_precondition_failed(c, none ? "If-None-Match" : "If-Match");
		ok = false;
	}
	json_decref(object);
	return ok;
}

json_t *ss3_payload_sum(struct ss3_call *c)
{
	enum sum kind = c->sum == SUM_NONE ? SUM_CRC64NVME : c->sum;
	autofree char *value =
		c->sum_value ? xstrdup(c->sum_value) : sum_base64(kind, c->payload.p, c->payload.n);

	return json_pack("{s:s, s:s, s:s}", "kind", sum_name(kind), "value", value, "type",
			 "FULL_OBJECT");
}

void ss3_sum_headers(struct ss3_call *c, const json_t *sum)
{
	enum sum kind = ss3_str(sum, "kind") ? sum_by_name(ss3_str(sum, "kind")) : SUM_NONE;

	if (kind == SUM_NONE)
		return;
	sbx_reply_header(c->rep, sum_header(kind), "%s", ss3_str(sum, "value"));
	sbx_reply_header(c->rep, "x-amz-checksum-type", "%s", ss3_str(sum, "type"));
}

void ss3_version_header(struct ss3_call *c, const json_t *version)
{
	if (ss3_str(c->doc, "versioning"))
		sbx_reply_header(c->rep, "x-amz-version-id", "%s", ss3_str(version, "id"));
}

static void put_object(struct ss3_call *c)
{
	autofree char *etag = NULL, *id = NULL, *blob = NULL;
	json_t *version, *sum;

	if (!ss3_write_condition(c, c->key))
		return;
	version = ss3_object_settings(c);
	if (!version)
		return;
	etag = sbx_md5_hex(c->payload.p, c->payload.n);
	id = ss3_new_version_id(c);
	blob = ss3_put_bytes(c, c->payload.p, c->payload.n);
	sum = ss3_payload_sum(c);
	(void)json_object_update_new(
		version, json_pack("{s:s, s:s, s:I, s:I, s:O, s:[{s:s, s:I}]}", "id", id, "etag",
				   etag, "size", (json_int_t)c->payload.n, "modified_ms",
				   (json_int_t)c->req->now_ms, "sum", sum, "blobs", "name", blob,
				   "size", (json_int_t)c->payload.n));
	sbx_reply_header(c->rep, "ETag", "\"%s\"", etag);
	sbx_reply_header(c->rep, "x-amz-server-side-encryption", "%s", ss3_str(version, "sse"));
	ss3_sum_headers(c, sum);
	if (!text_eq(id, "null")) /* whose name only reads tell */
		ss3_version_header(c, version);
	json_decref(sum);
	ss3_add_version(c, c->key, version);
}

const struct ss3_op ss3_put_ops[] = {
	{ "PutObject", "s3:PutObject", put_object, SS3_WRITES },
	{ 0 },
};
