/* SPDX-License-Identifier: Apache-2.0 */
/* S3: an object, or its tags, is read. */
#include <string.h>

#include "sandbox/s3/s3.h"

/* The version that the request means; NULL after an answer.  New reference. */
static json_t *wanted_version(struct ss3_call *c, const char *action, const char *version_action)
{
	const char *id = ss3_query(c, "versionId");
	json_t *object, *version;
	size_t at;

	if (!ss3_may(c, id ? version_action : action, c->key)) {
		ss3_deny(c);
		return NULL;
	}
	object = ss3_load_object(c, c->key);
	version = id ? ss3_find_version(object, id, &at)
		     : json_array_get(json_object_get(object, "versions"), 0);
	json_incref(version);
	json_decref(object);
	if (version && !json_is_true(json_object_get(version, "marker")))
		return version;
	if (version && id) {
		sbx_reply_header(c->rep, "x-amz-delete-marker", "true");
		sbx_reply_header(c->rep, "Allow", "DELETE");
		ss3_fail(c, 405, "MethodNotAllowed",
			 "The specified method is not allowed against this resource.");
	} else if (!ss3_may(c, "s3:ListBucket", NULL)) {
		ss3_deny(c); /* who may not list may not learn what is there either */
	} else if (id) {
		ss3_fail(c, 404, "NoSuchVersion", "The specified version does not exist.");
	} else {
		if (version)
			sbx_reply_header(c->rep, "x-amz-delete-marker", "true");
		ss3_no_key(c);
	}
	json_decref(version);
	return NULL;
}

/* If-Match and its like; false after an answer. */
static bool read_condition(struct ss3_call *c, const json_t *version)
{
	const char *etag = ss3_str(version, "etag");
	const char *match = ss3_header(c, "if-match"), *none = ss3_header(c, "if-none-match");
	const char *since = ss3_header(c, "if-modified-since");
	const char *before = ss3_header(c, "if-unmodified-since");
	int64_t modified_s = ss3_int(version, "modified_ms") / 1000, when;
	bool failed, unchanged;

	failed = match ? !text_eq(match, "*") && !strstr(match, etag)
		       : before && clock_parse_http_date(before, &when) && modified_s > when;
	if (failed) {
		ss3_fail(c, 412, "PreconditionFailed",
			 "At least one of the pre-conditions you specified did not hold");
		ss3_fail_more(c, "Condition", match ? "If-Match" : "If-Unmodified-Since");
		return false;
	}
	unchanged = none ? text_eq(none, "*") || strstr(none, etag)
			 : since && clock_parse_http_date(since, &when) && modified_s <= when;
	if (unchanged) {
		sbx_reply_header(c->rep, "ETag", "\"%s\"", etag);
		c->rep->status = 304;
		return false;
	}
	return true;
}

/*
 * "bytes=a-b" over `size` bytes.  What is no range of bytes is ignored,
 * as RFC 9110 says; one that lies outside answers 416 and false.
 */
static bool read_range(struct ss3_call *c, int64_t size, int64_t *ret_from, int64_t *ret_to,
		       bool *ret_partial)
{
	const char *header = ss3_header(c, "range"), *dash;
	int64_t from = 0, to = size - 1;

	*ret_from = 0;
	*ret_to = size - 1;
	*ret_partial = false;
	if (!header || !text_starts_with(header, "bytes=") || strchr(header, ','))
		return true;
	header += strlen("bytes=");
	dash = strchr(header, '-');
	if (!dash)
		return true;
	autofree char *first = xstrndup(header, (size_t)(dash - header));

	if (!*first) {
		if (!text_parse_i64(dash + 1, 0, INT64_MAX, &to))
			return true;
		from = to > size ? 0 : size - to;
		if (to == 0)
			from = size;
		to = size - 1;
	} else if (!text_parse_i64(first, 0, INT64_MAX, &from) ||
		   (dash[1] && !text_parse_i64(dash + 1, 0, INT64_MAX, &to)) ||
		   (dash[1] && to < from)) {
		return true;
	}
	if (to >= size)
		to = size - 1;
	if (from >= size) {
		autofree char *actual = xasprintf("%lld", (long long)size);

		sbx_reply_header(c->rep, "Content-Range", "bytes */%s", actual);
		ss3_fail(c, 416, "InvalidRange", "The requested range is not satisfiable");
		ss3_fail_more(c, "ActualObjectSize", actual);
		return false;
	}
	*ret_from = from;
	*ret_to = to;
	*ret_partial = true;
	return true;
}

/* Headers of the answer: as stored, or as the query says they should be. */
static const struct {
	const char *header, *query, *shown;
} header_overrides[] = {
	{ "cache-control", "response-cache-control", "Cache-Control" },
	{ "content-disposition", "response-content-disposition", "Content-Disposition" },
	{ "content-encoding", "response-content-encoding", "Content-Encoding" },
	{ "content-language", "response-content-language", "Content-Language" },
	{ "expires", "response-expires", "Expires" },
};

static void object_headers(struct ss3_call *c, const json_t *version)
{
	char modified[CLOCK_ISO_SIZE];
	const char *name;
	json_t *value;

	clock_http_date(ss3_int(version, "modified_ms") / 1000, modified);
	sbx_reply_header(c->rep, "Last-Modified", "%s", modified);
	sbx_reply_header(c->rep, "ETag", "\"%s\"", ss3_str(version, "etag"));
	sbx_reply_header(c->rep, "Accept-Ranges", "bytes");
	sbx_reply_header(c->rep, "x-amz-server-side-encryption", "%s", ss3_str(version, "sse"));
	if (ss3_str(version, "class") && !text_eq(ss3_str(version, "class"), "STANDARD"))
		sbx_reply_header(c->rep, "x-amz-storage-class", "%s", ss3_str(version, "class"));
	for (size_t i = 0; i < ARRAY_LEN(header_overrides); i++) {
		const char *header_value = ss3_query(c, header_overrides[i].query);

		if (!header_value)
			header_value = ss3_str(json_object_get(version, "headers"),
					       header_overrides[i].header);
		if (header_value && !strpbrk(header_value, "\r\n"))
			sbx_reply_header(c->rep, header_overrides[i].shown, "%s", header_value);
	}
	json_object_foreach(json_object_get(version, "meta"), name, value)
		sbx_reply_header(c->rep, name, "%s", json_string_value(value));
	ss3_version_header(c, version);
}

/* The reply's own field is for static text. */
static void type_header(struct ss3_call *c, const json_t *version)
{
	const char *type = ss3_query(c, "response-content-type");

	if (!type || strpbrk(type, "\r\n"))
		type = ss3_str(version, "type");
	c->rep->content_type = "";
	sbx_reply_header(c->rep, "Content-Type", "%s", type);
}

/* Append bytes [from, to] of the version's blobs. */
static void add_bytes(struct ss3_call *c, const json_t *version, int64_t from, int64_t to)
{
	int64_t at = 0;
	size_t i;
	json_t *blob;

	json_array_foreach(json_object_get(version, "blobs"), i, blob) {
		int64_t size = ss3_int(blob, "size");
		int64_t first = from > at ? from - at : 0;
		int64_t last = to - at < size - 1 ? to - at : size - 1;
		auto_buf bytes = BUF_INIT;

		if (first < size && last >= first &&
		    store_get_blob(c->st, ss3_str(blob, "name"), &bytes) && bytes.n == (size_t)size)
			(void)buf_add(&c->rep->body, bytes.p + first, (size_t)(last - first + 1));
		at += size;
	}
}

static void get_object(struct ss3_call *c)
{
	json_t *version = wanted_version(c, "s3:GetObject", "s3:GetObjectVersion");
	int64_t from, to, size;
	bool partial;

	if (!version)
		return;
	size = ss3_int(version, "size");
	if (read_condition(c, version) && read_range(c, size, &from, &to, &partial)) {
		object_headers(c, version);
		type_header(c, version);
		if (partial) {
			c->rep->status = 206;
			sbx_reply_header(c->rep, "Content-Range", "bytes %lld-%lld/%lld",
					 (long long)from, (long long)to, (long long)size);
		} else if (text_eq(ss3_header(c, "x-amz-checksum-mode"), "ENABLED")) {
			ss3_sum_headers(c, json_object_get(version, "sum"));
		}
		if (json_object_get(version, "parts") && ss3_query(c, "partNumber"))
			sbx_reply_header(c->rep, "x-amz-mp-parts-count", "%lld",
					 (long long)ss3_int(version, "parts"));
		if (c->read_only)
			c->rep->head_bytes = to - from + 1;
		else
			add_bytes(c, version, from, to);
	}
	json_decref(version);
}

/* Tags come with the upload alone, as x-amz-tagging has them: "a=1&b=2". */
static void get_object_tagging(struct ss3_call *c)
{
	struct sbx_pairs tags = { 0 };
	json_t *version = wanted_version(c, "s3:GetObjectTagging", "s3:GetObjectVersionTagging");
	const char *text = version ? ss3_str(version, "tagging") : NULL;

	if (!version)
		return;
	if (text && !sbx_form_decode(text, strlen(text), &tags))
		sbx_pairs_clear(&tags); /* S3 refuses such an upload; here it has no tags */
	ss3_version_header(c, version);
	ss3_xml_begin(c, "Tagging");
	(void)buf_adds(&c->rep->body, "<TagSet>");
	for (size_t i = 0; i < tags.n; i++) {
		(void)buf_adds(&c->rep->body, "<Tag>");
		ss3_add(c, "Key", tags.v[i].name);
		ss3_add(c, "Value", tags.v[i].value);
		(void)buf_adds(&c->rep->body, "</Tag>");
	}
	(void)buf_adds(&c->rep->body, "</TagSet>");
	ss3_xml_end(c, "Tagging");
	sbx_pairs_clear(&tags);
	json_decref(version);
}

const struct ss3_op ss3_get_ops[] = {
	{ "GetObject", NULL, get_object, 0 },
	{ "HeadObject", NULL, get_object, 0 },
	{ "GetObjectTagging", NULL, get_object_tagging, 0 },
	{ 0 },
};
