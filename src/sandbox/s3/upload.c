/* SPDX-License-Identifier: Apache-2.0 */
/* S3: multipart uploads, until they become an object or are given up. */
#include "sandbox/s3/s3.h"

#include <string.h>

#include "base/strv.h"
#include "sandbox/core/sort.h"

#define MAX_PARTS 10000
#define LEAST_PART (5 * 1024 * 1024) /* all but the last */
#define MAX_LISTED 1000

/* The upload that the query names; NULL after NoSuchUpload.  New reference. */
static json_t *find_upload(struct s3_call *c)
{
	const char *id = s3_query(c, "uploadId");
	json_t *upload = store_get(c->st, S3_UPLOAD, c->bucket, id);

	if (upload && text_eq(s3_str(upload, "key"), c->key))
		return upload;
	json_decref(upload);
	s3_fail(c, 404, "NoSuchUpload",
		"The specified upload does not exist. The upload ID may be invalid, or the upload "
		"may "
		"have been aborted or completed.");
	s3_fail_more(c, "UploadId", id);
	return NULL;
}

static void put_upload(struct s3_call *c, const json_t *upload)
{
	store_put(c->st, S3_UPLOAD, c->bucket, s3_str(upload, "id"), upload, c->req->now_ms, 0);
}

static void forget_upload(struct s3_call *c, const json_t *upload)
{
	store_delete(c->st, S3_UPLOAD, c->bucket, s3_str(upload, "id"));
}

/* ---- CreateMultipartUpload ---------------------------------------------- */

/* Which checksum the object gets, and whether it is over its bytes or its parts' checksums. */
static bool read_sum_choice(struct s3_call *c, const char **ret_kind, const char **ret_type)
{
	const char *algorithm = s3_header(c, "x-amz-checksum-algorithm");
	const char *type = s3_header(c, "x-amz-checksum-type");
	enum sbx_sum kind = algorithm ? sbx_sum_by_name(algorithm) : SUM_NONE;
	bool hash = kind == SUM_SHA1 || kind == SUM_SHA256 || kind == SUM_SHA512;

	if (algorithm && kind == SUM_NONE) {
		s3_fail(c, 400, "InvalidRequest",
			"Checksum algorithm provided is unsupported. Please try again with any of "
			"the "
			"valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256, SHA512]");
		return false;
	}
	if (type && !text_eq(type, "COMPOSITE") && !text_eq(type, "FULL_OBJECT")) {
		s3_fail(c, 400, "InvalidRequest",
			"Value for x-amz-checksum-type header is invalid.");
		return false;
	}
	if (type && (!algorithm || (hash && text_eq(type, "FULL_OBJECT")) ||
		     (kind == SUM_CRC64NVME && text_eq(type, "COMPOSITE")))) {
		s3_fail(c, 400, "InvalidRequest",
			"The %s checksum type cannot be used with the %s checksum algorithm.", type,
			algorithm ? algorithm : "null");
		return false;
	}
	*ret_kind = kind == SUM_NONE ? NULL : sbx_sum_name(kind);
	if (kind == SUM_NONE)
		*ret_type = NULL;
	else
		*ret_type = type ? type : kind == SUM_CRC64NVME ? "FULL_OBJECT" : "COMPOSITE";
	return true;
}

static void create_upload(struct s3_call *c)
{
	autofree char *id = text_random_hex(48);
	const char *kind, *type;
	json_t *upload;

	if (!read_sum_choice(c, &kind, &type))
		return;
	upload = s3_object_settings(c);
	if (!upload)
		return;
	(void)json_object_update_new(
		upload, json_pack("{s:s, s:s, s:I, s:s*, s:s*, s:s*, s:{}}", "id", id, "key",
				  c->key, "started_ms", (json_int_t)c->req->now_ms, "initiator",
				  c->req->caller_arn, "sum_kind", kind, "sum_type", type, "parts"));
	put_upload(c, upload);
	sbx_reply_header(c->rep, "x-amz-server-side-encryption", "%s", s3_str(upload, "sse"));
	if (kind) {
		sbx_reply_header(c->rep, "x-amz-checksum-algorithm", "%s", kind);
		sbx_reply_header(c->rep, "x-amz-checksum-type", "%s", type);
	}
	s3_xml_begin(c, "InitiateMultipartUploadResult");
	s3_add(c, "Bucket", c->bucket);
	s3_add(c, "Key", c->key);
	s3_add(c, "UploadId", id);
	s3_xml_end(c, "InitiateMultipartUploadResult");
	json_decref(upload);
}

/* ---- UploadPart --------------------------------------------------------- */

static void upload_part(struct s3_call *c)
{
	const char *number = s3_query(c, "partNumber");
	int64_t n;
	json_t *upload, *parts, *old, *part;

	if (!number || !text_parse_i64(number, 1, MAX_PARTS, &n)) {
		s3_invalid_argument(
			c, "partNumber", number,
			"Part number must be an integer between 1 and 10000, inclusive");
		return;
	}
	upload = find_upload(c);
	if (!upload)
		return;
	const char *wanted = s3_str(upload, "sum_kind");

	if (wanted && c->sum != SUM_NONE && !text_eq(wanted, sbx_sum_name(c->sum))) {
		s3_fail(c, 400, "InvalidRequest",
			"Checksum Type mismatch occurred, expected checksum Type: %s, actual "
			"checksum "
			"Type: %s",
			wanted, sbx_sum_name(c->sum));
		json_decref(upload);
		return;
	}
	autofree char *key = xasprintf("%lld", (long long)n);
	autofree char *etag = sbx_md5_hex(c->payload.p, c->payload.n);
	autofree char *blob = s3_put_bytes(c, c->payload.p, c->payload.n);
	enum sbx_sum kind = wanted ? sbx_sum_by_name(wanted) : c->sum;
	autofree char *sum =
		kind == SUM_NONE ? NULL : sbx_sum_base64(kind, c->payload.p, c->payload.n);

	parts = json_object_get(upload, "parts");
	old = json_object_get(parts, key);
	if (old)
		store_delete_blob(c->st, s3_str(old, "blob"));
	part = json_pack("{s:I, s:s, s:I, s:I, s:s, s:s*, s:s*}", "number", (json_int_t)n, "etag",
			 etag, "size", (json_int_t)c->payload.n, "modified_ms",
			 (json_int_t)c->req->now_ms, "blob", blob, "sum_kind",
			 kind == SUM_NONE ? NULL : sbx_sum_name(kind), "sum", sum);
	(void)json_object_set_new(parts, key, part);
	put_upload(c, upload);
	sbx_reply_header(c->rep, "ETag", "\"%s\"", etag);
	sbx_reply_header(c->rep, "x-amz-server-side-encryption", "%s", s3_str(upload, "sse"));
	if (sum)
		sbx_reply_header(c->rep, sbx_sum_header(kind), "%s", sum);
	json_decref(upload);
}

/* ---- CompleteMultipartUpload -------------------------------------------- */

/* The parts that the client lists, in its order, as an array of ours; NULL after an answer. */
static json_t *listed_parts(struct s3_call *c, const xmlNode *root, const json_t *upload)
{
	json_t *list = json_array();
	int64_t last = 0, n;
	const char *code = NULL;

	for (const xmlNode *node = sbx_xml_child(root, "Part"); node && !code;
	     node = sbx_xml_next(node)) {
		autofree char *number = sbx_xml_child_text(node, "PartNumber");
		autofree char *etag = sbx_xml_child_text(node, "ETag");
		const json_t *part;

		if (!number || !etag || !text_parse_i64(number, 1, MAX_PARTS, &n)) {
			code = "MalformedXML";
			break;
		}
		part = json_object_get(json_object_get(upload, "parts"), number);
		if (n <= last)
			code = "InvalidPartOrder";
		else if (!part || !strstr(etag, s3_str(part, "etag")))
			code = "InvalidPart";
		last = n;
		(void)json_array_append(list, (json_t *)(uintptr_t)part);
	}
	if (!code && json_array_size(list) == 0)
		code = "MalformedXML";
	for (size_t i = 0; !code && i + 1 < json_array_size(list); i++) {
		if (s3_int(json_array_get(list, i), "size") < LEAST_PART)
			code = "EntityTooSmall";
	}
	if (!code)
		return list;
	json_decref(list);
	if (text_eq(code, "MalformedXML"))
		s3_malformed_xml(c);
	else
		s3_fail(c, 400, code, "%s",
			text_eq(code, "InvalidPart")
				? "One or more of the specified parts could not be found.  The "
				  "part "
				  "may not have been uploaded, or the specified entity tag may not "
				  "match the part's entity tag."
			: text_eq(code, "InvalidPartOrder")
				? "The list of parts was not in ascending order. Parts must be "
				  "ordered "
				  "by part number."
				: "Your proposed upload is smaller than the minimum allowed size");
	return NULL;
}

/* The MD5 of the parts' MD5s, and how many there were. */
static char *parts_etag(const json_t *parts)
{
	auto_buf digests = BUF_INIT;
	autofree char *md5 = NULL;
	size_t i;
	json_t *part;

	json_array_foreach(parts, i, part) {
		const char *hex = s3_str(part, "etag");

		for (; hex[0] && hex[1]; hex += 2) {
			const char *digits = "0123456789abcdef";
			long hi = strchr(digits, hex[0]) - digits,
			     lo = strchr(digits, hex[1]) - digits;

			(void)buf_addc(&digests, (char)(hi << 4 | lo));
		}
	}
	md5 = sbx_md5_hex(digests.p, digests.n);
	return xasprintf("%s-%zu", md5, json_array_size(parts));
}

/* Over the object's bytes, or over its parts' checksums with their count. */
static json_t *whole_sum(struct s3_call *c, const json_t *upload, const json_t *parts)
{
	const char *name = s3_str(upload, "sum_kind"), *type = s3_str(upload, "sum_type");
	enum sbx_sum kind = name ? sbx_sum_by_name(name) : SUM_CRC64NVME;
	bool composite = type && text_eq(type, "COMPOSITE");
	auto_buf bytes = BUF_INIT;
	autofree char *sum = NULL, *value = NULL;
	size_t i;
	json_t *part;

	json_array_foreach(parts, i, part) {
		const char *its = s3_str(part, "sum");

		if (composite)
			(void)!text_base64_decode(its, strlen(its), &bytes);
		else
			(void)!store_get_blob(c->st, s3_str(part, "blob"), &bytes);
	}
	sum = sbx_sum_base64(kind, bytes.p, bytes.n);
	value = composite ? xasprintf("%s-%zu", sum, json_array_size(parts)) : xstrdup(sum);
	return json_pack("{s:s, s:s, s:s}", "kind", sbx_sum_name(kind), "value", value, "type",
			 composite ? "COMPOSITE" : "FULL_OBJECT");
}

/* What the client says the whole is must be what it is; false after BadDigest. */
static bool check_whole(struct s3_call *c, const json_t *sum, int64_t size)
{
	const char *said_size = s3_header(c, "x-amz-mp-object-size");
	int64_t said;

	for (int kind = 0; kind < SUM_KINDS; kind++) {
		const char *given = s3_header(c, sbx_sum_header((enum sbx_sum)kind));

		if (!given)
			continue;
		if (text_eq(sbx_sum_name((enum sbx_sum)kind), s3_str(sum, "kind")) &&
		    text_eq(given, s3_str(sum, "value")))
			continue;
		s3_fail(c, 400, "BadDigest",
			"The %s you specified did not match the calculated checksum.",
			sbx_sum_name((enum sbx_sum)kind));
		return false;
	}
	if (said_size && (!text_parse_i64(said_size, 0, INT64_MAX, &said) || said != size)) {
		s3_fail(c, 400, "InvalidRequest",
			"The provided 'x-amz-mp-object-size' header value %s does not match what "
			"was "
			"computed: %lld",
			said_size, (long long)size);
		return false;
	}
	return true;
}

/* Blobs of parts that the client did not list go. */
static void drop_unlisted(struct s3_call *c, const json_t *upload, const json_t *parts)
{
	const char *number;
	json_t *part, *listed;
	size_t i;

	json_object_foreach(json_object_get(upload, "parts"), number, part) {
		bool used = false;

		json_array_foreach(parts, i, listed)
			used = used || listed == part;
		if (!used)
			store_delete_blob(c->st, s3_str(part, "blob"));
	}
}

/* The upload as a version of its object; `sum` is borrowed. */
static json_t *as_version(const json_t *upload, const json_t *parts, json_t *sum, const char *id,
			  const char *etag, int64_t size, int64_t now_ms)
{
	static const char *const kept[] = { "type", "headers", "meta", "sse", "class", "tagging" };
	json_t *version = json_object(), *blobs = json_array();
	size_t i;
	json_t *part;

	for (i = 0; i < ARRAY_LEN(kept); i++) {
		if (json_object_get(upload, kept[i]))
			(void)json_object_set(version, kept[i], json_object_get(upload, kept[i]));
	}
	json_array_foreach(parts, i, part)
		(void)json_array_append_new(blobs,
					    json_pack("{s:s, s:I}", "name", s3_str(part, "blob"),
						      "size", s3_int(part, "size")));
	(void)json_object_update_new(version, json_pack("{s:s, s:s, s:I, s:I, s:O, s:o, s:I}", "id",
							id, "etag", etag, "size", (json_int_t)size,
							"modified_ms", (json_int_t)now_ms, "sum",
							sum, "blobs", blobs, "parts",
							(json_int_t)json_array_size(parts)));
	return version;
}

static void complete(struct s3_call *c, const json_t *upload, const json_t *parts)
{
	autofree char *etag = parts_etag(parts), *id = s3_new_version_id(c);
	autofree char *quoted = xasprintf("\"%s\"", etag);
	autofree char *location = xasprintf("https://%s.s3.%s.amazonaws.com/%s", c->bucket,
					    s3_str(c->doc, "region"), c->key);
	enum sbx_sum kind;
	int64_t size = 0;
	size_t i;
	json_t *part, *sum;

	json_array_foreach(parts, i, part)
		size += s3_int(part, "size");
	if (size > S3_MAX_OBJECT) {
		s3_fail(c, 400, "EntityTooLarge",
			"Your proposed upload exceeds the maximum allowed object size");
		return;
	}
	sum = whole_sum(c, upload, parts);
	if (check_whole(c, sum, size)) {
		kind = sbx_sum_by_name(s3_str(sum, "kind"));
		drop_unlisted(c, upload, parts);
		s3_add_version(c, c->key,
			       as_version(upload, parts, sum, id, etag, size, c->req->now_ms));
		forget_upload(c, upload);
		sbx_reply_header(c->rep, "x-amz-server-side-encryption", "%s",
				 s3_str(upload, "sse"));
		if (s3_str(c->doc, "versioning"))
			sbx_reply_header(c->rep, "x-amz-version-id", "%s", id);
		s3_xml_begin(c, "CompleteMultipartUploadResult");
		s3_add(c, "Location", location);
		s3_add(c, "Bucket", c->bucket);
		s3_add(c, "Key", c->key);
		s3_add(c, "ETag", quoted);
		s3_add(c, sbx_sum_element(kind), s3_str(sum, "value"));
		s3_add(c, "ChecksumType", s3_str(sum, "type"));
		s3_xml_end(c, "CompleteMultipartUploadResult");
	}
	json_decref(sum);
}

static void complete_upload(struct s3_call *c)
{
	auto_xml_doc xmlDoc *doc = s3_xml(c, "CompleteMultipartUpload");
	json_t *upload = doc ? find_upload(c) : NULL;
	json_t *parts = NULL;

	if (upload && s3_write_condition(c, c->key))
		parts = listed_parts(c, xmlDocGetRootElement(doc), upload);
	if (parts)
		complete(c, upload, parts);
	json_decref(parts);
	json_decref(upload);
}

/* ---- AbortMultipartUpload, lists ---------------------------------------- */

static void abort_upload(struct s3_call *c)
{
	json_t *upload = find_upload(c);

	if (!upload)
		return;
	drop_unlisted(c, upload, NULL);
	forget_upload(c, upload);
	c->rep->status = 204;
	json_decref(upload);
}

static void add_part(struct s3_call *c, const json_t *part)
{
	autofree char *etag = xasprintf("\"%s\"", s3_str(part, "etag"));

	(void)buf_adds(&c->rep->body, "<Part>");
	s3_add_int(c, "PartNumber", s3_int(part, "number"));
	s3_add_time(c, "LastModified", s3_int(part, "modified_ms"));
	s3_add(c, "ETag", etag);
	s3_add_int(c, "Size", s3_int(part, "size"));
	if (s3_str(part, "sum"))
		s3_add(c, sbx_sum_element(sbx_sum_by_name(s3_str(part, "sum_kind"))),
		       s3_str(part, "sum"));
	(void)buf_adds(&c->rep->body, "</Part>");
}

static int by_number(const void *a, const void *b)
{
	int64_t x = s3_int(*(json_t *const *)a, "number"),
		y = s3_int(*(json_t *const *)b, "number");

	return (x > y) - (x < y);
}

static void list_parts(struct s3_call *c)
{
	json_t *upload, *part, *parts;
	int64_t max, after, last = 0;
	size_t n, listed, first = 0;
	const char *number;

	if (!s3_query_int(c, "max-parts", MAX_LISTED, MAX_LISTED, &max) ||
	    !s3_query_int(c, "part-number-marker", 0, INT32_MAX, &after))
		return;
	upload = find_upload(c);
	if (!upload)
		return;
	parts = json_array();
	json_object_foreach(json_object_get(upload, "parts"), number, part)
		(void)json_array_append(parts, part);
	parts = sbx_sorted(parts, by_number);
	n = json_array_size(parts);
	while (first < n && s3_int(json_array_get(parts, first), "number") <= after)
		first++;
	listed = n - first < (size_t)max ? n - first : (size_t)max;
	if (listed)
		last = s3_int(json_array_get(parts, first + listed - 1), "number");
	s3_xml_begin(c, "ListPartsResult");
	s3_add(c, "Bucket", c->bucket);
	s3_add(c, "Key", c->key);
	s3_add(c, "UploadId", s3_str(upload, "id"));
	s3_add_owner(c, "Initiator");
	s3_add_owner(c, "Owner");
	s3_add(c, "StorageClass", s3_str(upload, "class") ? s3_str(upload, "class") : "STANDARD");
	if (s3_str(upload, "sum_kind")) {
		s3_add(c, "ChecksumAlgorithm", s3_str(upload, "sum_kind"));
		s3_add(c, "ChecksumType", s3_str(upload, "sum_type"));
	}
	s3_add_int(c, "PartNumberMarker", after);
	s3_add_int(c, "NextPartNumberMarker", last);
	s3_add_int(c, "MaxParts", max);
	s3_add_bool(c, "IsTruncated", first + listed < n);
	for (size_t i = first; i < first + listed; i++)
		add_part(c, json_array_get(parts, i));
	s3_xml_end(c, "ListPartsResult");
	json_decref(parts);
	json_decref(upload);
}

static int by_key_and_age(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	int order = strcmp(s3_str(x, "key"), s3_str(y, "key"));

	if (order == 0)
		order = (s3_int(x, "started_ms") > s3_int(y, "started_ms")) -
			(s3_int(x, "started_ms") < s3_int(y, "started_ms"));
	return order ? order : strcmp(s3_str(x, "id"), s3_str(y, "id"));
}

static void add_upload(struct s3_call *c, const json_t *upload)
{
	(void)buf_adds(&c->rep->body, "<Upload>");
	s3_add_key(c, "Key", s3_str(upload, "key"));
	s3_add(c, "UploadId", s3_str(upload, "id"));
	s3_add_owner(c, "Initiator");
	s3_add_owner(c, "Owner");
	s3_add(c, "StorageClass", s3_str(upload, "class") ? s3_str(upload, "class") : "STANDARD");
	s3_add_time(c, "Initiated", s3_int(upload, "started_ms"));
	if (s3_str(upload, "sum_kind")) {
		s3_add(c, "ChecksumAlgorithm", s3_str(upload, "sum_kind"));
		s3_add(c, "ChecksumType", s3_str(upload, "sum_type"));
	}
	(void)buf_adds(&c->rep->body, "</Upload>");
}

/* Is the upload past the page before, of which `marker` was the last key and `id` its upload? */
static bool is_past(const json_t *upload, const char *marker, const char *id, bool *passed)
{
	int order = *passed ? 1 : strcmp(s3_str(upload, "key"), marker);

	if (order > 0)
		return true;
	/* Within the marker's key the uploads after that one are left, when one was named. */
	if (order == 0 && id && text_eq(id, s3_str(upload, "id")))
		*passed = true;
	return false;
}

static void list_uploads(struct s3_call *c)
{
	const char *prefix = s3_query(c, "prefix"), *marker = s3_query(c, "key-marker");
	const char *id_marker = s3_query(c, "upload-id-marker"),
		   *delimiter = s3_query(c, "delimiter");
	const json_t *last = NULL;
	auto_strv folded = { 0 };
	auto_buf uploads = BUF_INIT;
	json_t *all, *upload;
	size_t i, listed = 0;
	int64_t max;
	bool passed = !marker || !*marker, more = false;

	if (!s3_query_int(c, "max-uploads", MAX_LISTED, MAX_LISTED, &max))
		return;
	all = sbx_sorted(store_list(c->st, S3_UPLOAD, c->bucket), by_key_and_age);
	json_array_foreach(all, i, upload) {
		const char *key = s3_str(upload, "key"), *at;

		if (prefix && !text_starts_with(key, prefix))
			continue;
		if (!is_past(upload, marker, id_marker, &passed))
			continue;
		at = delimiter && *delimiter
			     ? strstr(key + (prefix ? strlen(prefix) : 0), delimiter)
			     : NULL;
		if (at) {
			autofree char *common =
				xstrndup(key, (size_t)(at - key) + strlen(delimiter));

			if (!strv_has(&folded, common))
				strv_add(&folded, common);
			continue;
		}
		more = listed >= (size_t)max;
		if (more)
			break;
		add_upload(c, upload);
		last = upload;
		listed++;
	}
	uploads = c->rep->body;
	c->rep->body = (struct buf)BUF_INIT;
	s3_xml_begin(c, "ListMultipartUploadsResult");
	s3_add(c, "Bucket", c->bucket);
	s3_add_key(c, "KeyMarker", marker ? marker : "");
	s3_add(c, "UploadIdMarker", id_marker ? id_marker : "");
	s3_add_key(c, "NextKeyMarker", last ? s3_str(last, "key") : "");
	s3_add(c, "NextUploadIdMarker", last ? s3_str(last, "id") : "");
	if (delimiter)
		s3_add_key(c, "Delimiter", delimiter);
	if (prefix)
		s3_add_key(c, "Prefix", prefix);
	s3_add_int(c, "MaxUploads", max);
	s3_add_bool(c, "IsTruncated", more);
	(void)buf_add(&c->rep->body, uploads.p, uploads.n);
	for (i = 0; i < folded.n; i++) {
		(void)buf_adds(&c->rep->body, "<CommonPrefixes>");
		s3_add_key(c, "Prefix", folded.v[i]);
		(void)buf_adds(&c->rep->body, "</CommonPrefixes>");
	}
	s3_xml_end(c, "ListMultipartUploadsResult");
	json_decref(all);
}

const struct s3_op s3_upload_ops[] = {
	{ "CreateMultipartUpload", "s3:PutObject", create_upload, S3_WRITES },
	{ "UploadPart", "s3:PutObject", upload_part, S3_WRITES },
	{ "CompleteMultipartUpload", "s3:PutObject", complete_upload,
	  S3_WRITES | S3_SUM_OF_OBJECT },
	{ "AbortMultipartUpload", "s3:AbortMultipartUpload", abort_upload, S3_WRITES },
	{ "ListParts", "s3:ListMultipartUploadParts", list_parts, 0 },
	{ "ListMultipartUploads", "s3:ListBucketMultipartUploads", list_uploads, 0 },
	{ 0 },
};
