/* SPDX-License-Identifier: Apache-2.0 */
/* S3: a multipart upload is begun, gets its parts, or is aborted. */
#include "sandbox/s3/s3.h"

json_t *ss3_find_upload(struct ss3_call *c)
{
	const char *id = ss3_query(c, "uploadId");
	json_t *upload = store_get(c->st, SS3_UPLOAD, c->bucket, id);

	if (upload && text_eq(ss3_str(upload, "key"), c->key))
		return upload;
	json_decref(upload);
	ss3_fail(c, 404, "NoSuchUpload",
		 "The specified upload does not exist. The upload ID may be invalid, or the upload "
		 "may "
		 "have been aborted or completed.");
	ss3_fail_more(c, "UploadId", id);
	return NULL;
}

static void put_upload(struct ss3_call *c, const json_t *upload)
{
	store_put(c->st, SS3_UPLOAD, c->bucket, ss3_str(upload, "id"), upload, c->req->now_ms, 0);
}

void ss3_delete_upload(struct ss3_call *c, const json_t *upload)
{
	store_delete(c->st, SS3_UPLOAD, c->bucket, ss3_str(upload, "id"));
}

/* ---- CreateMultipartUpload ---------------------------------------------- */

/* Which checksum the object gets, and whether it is over its bytes or its parts' checksums. */
static bool read_sum_choice(struct ss3_call *c, const char **ret_kind, const char **ret_type)
{
	const char *algorithm = ss3_header(c, "x-amz-checksum-algorithm");
	const char *type = ss3_header(c, "x-amz-checksum-type");
	enum sum kind = algorithm ? sum_by_name(algorithm) : SUM_NONE;
	bool hash = kind == SUM_SHA1 || kind == SUM_SHA256 || kind == SUM_SHA512;

	if (algorithm && kind == SUM_NONE) {
		ss3_fail(c, 400, "InvalidRequest",
			 "Checksum algorithm provided is unsupported. Please try again with any of "
			 "the "
			 "valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256, SHA512]");
		return false;
	}
	if (type && !text_eq(type, "COMPOSITE") && !text_eq(type, "FULL_OBJECT")) {
		ss3_fail(c, 400, "InvalidRequest",
			 "Value for x-amz-checksum-type header is invalid.");
		return false;
	}
	if (type && (!algorithm || (hash && text_eq(type, "FULL_OBJECT")) ||
		     (kind == SUM_CRC64NVME && text_eq(type, "COMPOSITE")))) {
		ss3_fail(c, 400, "InvalidRequest",
			 "The %s checksum type cannot be used with the %s checksum algorithm.",
			 type, algorithm ? algorithm : "null");
		return false;
	}
	*ret_kind = kind == SUM_NONE ? NULL : sum_name(kind);
	if (kind == SUM_NONE)
		*ret_type = NULL;
	else
		*ret_type = type ? type : kind == SUM_CRC64NVME ? "FULL_OBJECT" : "COMPOSITE";
	return true;
}

static void create_upload(struct ss3_call *c)
{
	autofree char *id = text_random_hex(48);
	const char *kind, *type;
	json_t *upload;

	if (!read_sum_choice(c, &kind, &type))
		return;
	upload = ss3_object_settings(c);
	if (!upload)
		return;
	(void)json_object_update_new(
		upload, json_pack("{s:s, s:s, s:I, s:s*, s:s*, s:s*, s:{}}", "id", id, "key",
				  c->key, "started_ms", (json_int_t)c->req->now_ms, "initiator",
				  c->req->caller_arn, "sum_kind", kind, "sum_type", type, "parts"));
	put_upload(c, upload);
	sbx_reply_header(c->rep, "x-amz-server-side-encryption", "%s", ss3_str(upload, "sse"));
	if (kind) {
		sbx_reply_header(c->rep, "x-amz-checksum-algorithm", "%s", kind);
		sbx_reply_header(c->rep, "x-amz-checksum-type", "%s", type);
	}
	ss3_xml_begin(c, "InitiateMultipartUploadResult");
	ss3_add(c, "Bucket", c->bucket);
	ss3_add(c, "Key", c->key);
	ss3_add(c, "UploadId", id);
	ss3_xml_end(c, "InitiateMultipartUploadResult");
	json_decref(upload);
}

/* ---- UploadPart --------------------------------------------------------- */

static void upload_part(struct ss3_call *c)
{
	const char *number = ss3_query(c, "partNumber");
	int64_t n;
	json_t *upload, *parts, *old, *part;

	if (!number || !text_parse_i64(number, 1, SS3_MAX_PARTS, &n)) {
		ss3_invalid_argument(
			c, "partNumber", number,
			"Part number must be an integer between 1 and 10000, inclusive");
		return;
	}
	upload = ss3_find_upload(c);
	if (!upload)
		return;
	const char *wanted = ss3_str(upload, "sum_kind");

	if (wanted && c->sum != SUM_NONE && !text_eq(wanted, sum_name(c->sum))) {
		ss3_fail(c, 400, "InvalidRequest",
			 "Checksum Type mismatch occurred, expected checksum Type: %s, actual "
			 "checksum "
			 "Type: %s",
			 wanted, sum_name(c->sum));
		json_decref(upload);
		return;
	}
	autofree char *key = xasprintf("%lld", (long long)n);
	autofree char *etag = sbx_md5_hex(c->payload.p, c->payload.n);
	autofree char *blob = ss3_put_bytes(c, c->payload.p, c->payload.n);
	enum sum kind = wanted ? sum_by_name(wanted) : c->sum;
	autofree char *sum = kind == SUM_NONE ? NULL : sum_base64(kind, c->payload.p, c->payload.n);

	parts = json_object_get(upload, "parts");
	old = json_object_get(parts, key);
	if (old)
		store_delete_blob(c->st, ss3_str(old, "blob"));
	part = json_pack("{s:I, s:s, s:I, s:I, s:s, s:s*, s:s*}", "number", (json_int_t)n, "etag",
			 etag, "size", (json_int_t)c->payload.n, "modified_ms",
			 (json_int_t)c->req->now_ms, "blob", blob, "sum_kind",
			 kind == SUM_NONE ? NULL : sum_name(kind), "sum", sum);
	(void)json_object_set_new(parts, key, part);
	put_upload(c, upload);
	sbx_reply_header(c->rep, "ETag", "\"%s\"", etag);
	sbx_reply_header(c->rep, "x-amz-server-side-encryption", "%s", ss3_str(upload, "sse"));
	if (sum)
		sbx_reply_header(c->rep, sum_header(kind), "%s", sum);
	json_decref(upload);
}

/* ---- AbortMultipartUpload ------------------------------------------------ */

static void abort_upload(struct ss3_call *c)
{
	json_t *upload = ss3_find_upload(c);

	if (!upload)
		return;
	ss3_drop_parts(c, upload, NULL);
	ss3_delete_upload(c, upload);
	c->rep->status = 204;
	json_decref(upload);
}

const struct ss3_op ss3_upload_ops[] = {
	{ "CreateMultipartUpload", "s3:PutObject", create_upload, SS3_WRITES },
	{ "UploadPart", "s3:PutObject", upload_part, SS3_WRITES },
	{ "CompleteMultipartUpload", "s3:PutObject", ss3_complete_upload,
	  SS3_WRITES | SS3_SUM_OF_OBJECT },
	{ "AbortMultipartUpload", "s3:AbortMultipartUpload", abort_upload, SS3_WRITES },
	{ "ListParts", "s3:ListMultipartUploadParts", ss3_list_parts, 0 },
	{ "ListMultipartUploads", "s3:ListBucketMultipartUploads", ss3_list_uploads, 0 },
	{ 0 },
};
