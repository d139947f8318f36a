/* SPDX-License-Identifier: Apache-2.0 */
/* S3: a multipart upload becomes an object. */
#include <string.h>

#include "sandbox/s3/s3.h"

#define LEAST_PART (5 * 1024 * 1024) /* all but the last */

/* The parts that the client lists, in its order, as an array of ours; NULL after an answer. */
static json_t *listed_parts(struct ss3_call *c, const xmlNode *root, const json_t *upload)
{
	json_t *list = json_array();
	int64_t last = 0, n;
	const char *code = NULL;

	for (const xmlNode *node = sbx_xml_child(root, "Part"); node && !code;
	     node = sbx_xml_next(node)) {
		autofree char *number = sbx_xml_child_text(node, "PartNumber");
		autofree char *etag = sbx_xml_child_text(node, "ETag");
		const json_t *part;

		if (!number || !etag || !text_parse_i64(number, 1, SS3_MAX_PARTS, &n)) {
			code = "MalformedXML";
			break;
		}
		part = json_object_get(json_object_get(upload, "parts"), number);
		if (n <= last)
			code = "InvalidPartOrder";
		else if (!part || !strstr(etag, ss3_str(part, "etag")))
			code = "InvalidPart";
		last = n;
		(void)json_array_append(list, (json_t *)(uintptr_t)part);
	}
	if (!code && json_array_size(list) == 0)
		code = "MalformedXML";
	for (size_t i = 0; !code && i + 1 < json_array_size(list); i++) {
		if (ss3_int(json_array_get(list, i), "size") < LEAST_PART)
			code = "EntityTooSmall";
	}
	if (!code)
		return list;
	json_decref(list);
	if (text_eq(code, "MalformedXML"))
		ss3_malformed_xml(c);
	else
		ss3_fail(
			c, 400, code, "%s",
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
		const char *hex = ss3_str(part, "etag");

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
static json_t *whole_sum(struct ss3_call *c, const json_t *upload, const json_t *parts)
{
	const char *name = ss3_str(upload, "sum_kind"), *type = ss3_str(upload, "sum_type");
	enum sum kind = name ? sum_by_name(name) : SUM_CRC64NVME;
	bool composite = type && text_eq(type, "COMPOSITE");
	auto_buf bytes = BUF_INIT;
	autofree char *sum = NULL, *value = NULL;
	size_t i;
	json_t *part;

	json_array_foreach(parts, i, part) {
		const char *its = ss3_str(part, "sum");

		if (composite)
			(void)!text_base64_decode(its, strlen(its), &bytes);
		else
			(void)!store_get_blob(c->st, ss3_str(part, "blob"), &bytes);
	}
	sum = sum_base64(kind, bytes.p, bytes.n);
	value = composite ? xasprintf("%s-%zu", sum, json_array_size(parts)) : xstrdup(sum);
	return json_pack("{s:s, s:s, s:s}", "kind", sum_name(kind), "value", value, "type",
			 composite ? "COMPOSITE" : "FULL_OBJECT");
}

/* What the client says the whole is must be what it is; false after BadDigest. */
static bool check_whole(struct ss3_call *c, const json_t *sum, int64_t size)
{
	const char *declared_text = ss3_header(c, "x-amz-mp-object-size");
	int64_t declared;

	for (int kind = 0; kind < SUM_KINDS; kind++) {
		const char *given = ss3_header(c, sum_header((enum sum)kind));

		if (!given)
			continue;
		if (text_eq(sum_name((enum sum)kind), ss3_str(sum, "kind")) &&
		    text_eq(given, ss3_str(sum, "value")))
			continue;
		ss3_fail(c, 400, "BadDigest",
			 "The %s you specified did not match the calculated checksum.",
			 sum_name((enum sum)kind));
		return false;
	}
	if (declared_text &&
	    (!text_parse_i64(declared_text, 0, INT64_MAX, &declared) || declared != size)) {
		ss3_fail(c, 400, "InvalidRequest",
			 "The provided 'x-amz-mp-object-size' header value %s does not match what "
			 "was "
			 "computed: %lld",
			 declared_text, (long long)size);
		return false;
	}
	return true;
}

void ss3_drop_parts(struct ss3_call *c, const json_t *upload, const json_t *parts)
{
	const char *number;
	json_t *part, *listed;
	size_t i;

	json_object_foreach(json_object_get(upload, "parts"), number, part) {
		bool used = false;

		json_array_foreach(parts, i, listed)
			used = used || listed == part;
		if (!used)
			store_delete_blob(c->st, ss3_str(part, "blob"));
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
					    json_pack("{s:s, s:I}", "name", ss3_str(part, "blob"),
						      "size", ss3_int(part, "size")));
	(void)json_object_update_new(version, json_pack("{s:s, s:s, s:I, s:I, s:O, s:o, s:I}", "id",
							id, "etag", etag, "size", (json_int_t)size,
							"modified_ms", (json_int_t)now_ms, "sum",
							sum, "blobs", blobs, "parts",
							(json_int_t)json_array_size(parts)));
	return version;
}

static void complete(struct ss3_call *c, const json_t *upload, const json_t *parts)
{
	autofree char *etag = parts_etag(parts), *id = ss3_new_version_id(c);
	autofree char *quoted = xasprintf("\"%s\"", etag);
	autofree char *location = xasprintf("https://%s.s3.%s.amazonaws.com/%s", c->bucket,
					    ss3_str(c->doc, "region"), c->key);
	enum sum kind;
	int64_t size = 0;
	size_t i;
	json_t *part, *sum;

	json_array_foreach(parts, i, part)
		size += ss3_int(part, "size");
	if (size > SS3_MAX_OBJECT) {
		ss3_fail(c, 400, "EntityTooLarge",
			 "Your proposed upload exceeds the maximum allowed object size");
		return;
	}
	sum = whole_sum(c, upload, parts);
	if (check_whole(c, sum, size)) {
		kind = sum_by_name(ss3_str(sum, "kind"));
		ss3_drop_parts(c, upload, parts);
		ss3_add_version(c, c->key,
				as_version(upload, parts, sum, id, etag, size, c->req->now_ms));
		ss3_delete_upload(c, upload);
		sbx_reply_header(c->rep, "x-amz-server-side-encryption", "%s",
				 ss3_str(upload, "sse"));
		if (!text_eq(id, "null"))
			sbx_reply_header(c->rep, "x-amz-version-id", "%s", id);
		ss3_xml_begin(c, "CompleteMultipartUploadResult");
		ss3_add(c, "Location", location);
		ss3_add(c, "Bucket", c->bucket);
		ss3_add(c, "Key", c->key);
		ss3_add(c, "ETag", quoted);
		ss3_add(c, sum_element(kind), ss3_str(sum, "value"));
		ss3_add(c, "ChecksumType", ss3_str(sum, "type"));
		ss3_xml_end(c, "CompleteMultipartUploadResult");
	}
	json_decref(sum);
}

void ss3_complete_upload(struct ss3_call *c)
{
	auto_xml_doc xmlDoc *doc = ss3_xml(c, "CompleteMultipartUpload");
	json_t *upload = doc ? ss3_find_upload(c) : NULL;
	json_t *parts = NULL;

	if (upload && ss3_write_condition(c, c->key))
		parts = listed_parts(c, xmlDocGetRootElement(doc), upload);
	if (parts)
		complete(c, upload, parts);
	json_decref(parts);
	json_decref(upload);
}
