/* SPDX-License-Identifier: Apache-2.0 */
/* S3: objects and their versions are put, read and deleted. */
#include "sandbox/s3/s3.h"

#include <string.h>

#include <openssl/rand.h>

#define MAX_META_BYTES 2048
#define MAX_DELETES 1000

/* ---- storage ------------------------------------------------------------ */

char *s3_put_bytes(struct s3_call *c, const void *p, size_t n)
{
	char *name = sbx_new_id("body");

	store_put_blob(c->st, name, p, n);
	return name;
}

void s3_drop_blobs(struct s3_call *c, const json_t *blobs)
{
	size_t i;
	json_t *blob;

	json_array_foreach(blobs, i, blob)
		store_delete_blob(c->st, s3_str(blob, "name"));
}

json_t *s3_load_object(struct s3_call *c, const char *key)
{
	return store_get(c->st, S3_OBJECT, c->bucket, key);
}

void s3_store_object(struct s3_call *c, const char *key, const json_t *object)
{
	if (json_array_size(json_object_get(object, "versions")))
		store_put(c->st, S3_OBJECT, c->bucket, key, object, c->req->now_ms,
			  /* lag_ms= */ 0);
	else
		store_delete(c->st, S3_OBJECT, c->bucket, key);
}

/* 32 characters, as S3's own are. */
char *s3_new_version_id(struct s3_call *c)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";
	unsigned char random[32];
	auto_buf id = BUF_INIT;

	if (!text_eq(s3_str(c->doc, "versioning"), "Enabled"))
		return xstrdup("null");
	if (RAND_bytes(random, sizeof(random)) != 1)
		abort();
	for (size_t i = 0; i < sizeof(random); i++)
		(void)buf_addc(&id, alphabet[random[i] % 64]);
	return buf_steal(&id);
}

/* The version with this id, and where it is; NULL when there is none.  Borrowed. */
static json_t *find_version(const json_t *object, const char *id, size_t *ret_index)
{
	size_t i;
	json_t *version;

	json_array_foreach(json_object_get(object, "versions"), i, version) {
		if (text_eq(s3_str(version, "id"), id)) {
			*ret_index = i;
			return version;
		}
	}
	return NULL;
}

/* Take a version out of its object, with its bytes. */
static void drop_version(struct s3_call *c, json_t *object, const char *id)
{
	size_t at;
	json_t *version = find_version(object, id, &at);

	if (!version)
		return;
	s3_drop_blobs(c, json_object_get(version, "blobs"));
	(void)json_array_remove(json_object_get(object, "versions"), at);
}

void s3_add_version(struct s3_call *c, const char *key, json_t *version)
{
	json_t *object = s3_load_object(c, key);

	if (!object)
		object = json_pack("{s:s, s:[]}", "key", key, "versions");
	/* There is one version "null" at most. */
	if (text_eq(s3_str(version, "id"), "null"))
		drop_version(c, object, "null");
	(void)json_array_insert_new(json_object_get(object, "versions"), 0, version);
	s3_store_object(c, key, object);
	json_decref(object);
}

/* ---- what a write keeps of its request ---------------------------------- */

static const char *const kept_headers[] = { "cache-control", "content-disposition",
					    "content-language", "expires" };

/* Content-Encoding without aws-chunked, which is for the wire; NULL when nothing is left. */
static char *kept_encoding(const struct s3_call *c)
{
	const char *list = s3_header(c, "content-encoding");
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

static bool check_settings(struct s3_call *c)
{
	const char *acl = s3_header(c, "x-amz-acl"), *sse;
	const char *class = s3_header(c, "x-amz-storage-class");

	if (acl && !text_eq(acl, "bucket-owner-full-control") && !text_eq(acl, "private") &&
	    text_eq(s3_str(c->doc, "ownership"), "BucketOwnerEnforced")) {
		s3_fail(c, 400, "AccessControlListNotSupported", "The bucket does not allow ACLs");
		return false;
	}
	sse = s3_header(c, "x-amz-server-side-encryption");
	if (sse && !text_eq(sse, "AES256") && !text_eq(sse, "aws:kms") &&
	    !text_eq(sse, "aws:kms:dsse")) {
		s3_invalid_argument(c, "x-amz-server-side-encryption", sse,
				    "The encryption method specified is not supported");
		return false;
	}
	if (class && !text_eq(class, "STANDARD") && !text_eq(class, "STANDARD_IA") &&
	    !text_eq(class, "ONEZONE_IA") && !text_eq(class, "INTELLIGENT_TIERING") &&
	    !text_eq(class, "REDUCED_REDUNDANCY") && !text_eq(class, "GLACIER_IR")) {
		s3_fail(c, 400, "InvalidStorageClass",
			"The storage class you specified is not valid");
		return false;
	}
	return true;
}

json_t *s3_object_settings(struct s3_call *c)
{
	json_t *settings, *headers, *meta;
	autofree char *encoding = kept_encoding(c);
	const char *type = s3_header(c, "content-type"), *sse;
	size_t bytes = 0;

	if (!check_settings(c))
		return NULL;
	headers = json_object();
	meta = json_object();
	for (size_t i = 0; i < ARRAY_LEN(kept_headers); i++) {
		if (s3_header(c, kept_headers[i]))
			(void)json_object_set_new(headers, kept_headers[i],
						  json_string(s3_header(c, kept_headers[i])));
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
	sse = s3_header(c, "x-amz-server-side-encryption");
	if (!sse)
		sse = s3_str(json_object_get(c->doc, "encryption"), "algorithm");
	settings = json_pack("{s:s, s:o, s:o, s:s, s:s*, s:s*}", "type",
			     type && *type ? type : "binary/octet-stream", "headers", headers,
			     "meta", meta, "sse", sse ? sse : "AES256", "class",
			     s3_header(c, "x-amz-storage-class"), "tagging",
			     s3_header(c, "x-amz-tagging"));
	if (!settings) { /* a header that is not UTF-8 */
		s3_fail(c, 400, "InvalidRequest", "A header has characters that are not allowed");
		return NULL;
	}
	if (bytes > MAX_META_BYTES) {
		s3_fail(c, 400, "MetadataTooLarge",
			"Your metadata headers exceed the maximum allowed metadata size");
		json_decref(settings);
		return NULL;
	}
	return settings;
}

static void precondition_failed(struct s3_call *c, const char *condition)
{
	s3_fail(c, 412, "PreconditionFailed",
		"At least one of the pre-conditions you specified did not hold");
	s3_fail_more(c, "Condition", condition);
}

bool s3_write_condition(struct s3_call *c, const char *key)
{
	const char *match = s3_header(c, "if-match"), *none = s3_header(c, "if-none-match");
	json_t *object, *latest;
	const char *etag;
	bool exists, ok = true;

	if (!match && !none)
		return true;
	object = s3_load_object(c, key);
	latest = json_array_get(json_object_get(object, "versions"), 0);
	exists = latest && !json_is_true(json_object_get(latest, "marker"));
	etag = s3_str(latest, "etag");
	if (none && !text_eq(none, "*")) {
		s3_fail(c, 501, "NotImplemented",
			"A header you provided implies functionality that is not implemented");
		ok = false;
	} else if (match && !exists) {
		s3_no_key(c);
		ok = false;
	} else if ((none && exists) || (match && !strstr(match, etag))) {
		precondition_failed(c, none ? "If-None-Match" : "If-Match");
		ok = false;
	}
	json_decref(object);
	return ok;
}

json_t *s3_payload_sum(struct s3_call *c)
{
	enum sbx_sum kind = c->sum == SUM_NONE ? SUM_CRC64NVME : c->sum;
	autofree char *value = c->sum_value ? xstrdup(c->sum_value)
					    : sbx_sum_base64(kind, c->payload.p, c->payload.n);

	return json_pack("{s:s, s:s, s:s}", "kind", sbx_sum_name(kind), "value", value, "type",
			 "FULL_OBJECT");
}

void s3_sum_headers(struct s3_call *c, const json_t *sum)
{
	enum sbx_sum kind = s3_str(sum, "kind") ? sbx_sum_by_name(s3_str(sum, "kind")) : SUM_NONE;

	if (kind == SUM_NONE)
		return;
	sbx_reply_header(c->rep, sbx_sum_header(kind), "%s", s3_str(sum, "value"));
	sbx_reply_header(c->rep, "x-amz-checksum-type", "%s", s3_str(sum, "type"));
}

static void version_header(struct s3_call *c, const json_t *version)
{
	if (s3_str(c->doc, "versioning"))
		sbx_reply_header(c->rep, "x-amz-version-id", "%s", s3_str(version, "id"));
}

/* ---- PutObject ---------------------------------------------------------- */

static void put_object(struct s3_call *c)
{
	autofree char *etag = NULL, *id = NULL, *blob = NULL;
	json_t *version, *sum;

	if (!s3_write_condition(c, c->key))
		return;
	version = s3_object_settings(c);
	if (!version)
		return;
	etag = sbx_md5_hex(c->payload.p, c->payload.n);
	id = s3_new_version_id(c);
	blob = s3_put_bytes(c, c->payload.p, c->payload.n);
	sum = s3_payload_sum(c);
	(void)json_object_update_new(
		version, json_pack("{s:s, s:s, s:I, s:I, s:O, s:[{s:s, s:I}]}", "id", id, "etag",
				   etag, "size", (json_int_t)c->payload.n, "modified_ms",
				   (json_int_t)c->req->now_ms, "sum", sum, "blobs", "name", blob,
				   "size", (json_int_t)c->payload.n));
	sbx_reply_header(c->rep, "ETag", "\"%s\"", etag);
	sbx_reply_header(c->rep, "x-amz-server-side-encryption", "%s", s3_str(version, "sse"));
	s3_sum_headers(c, sum);
	version_header(c, version);
	json_decref(sum);
	s3_add_version(c, c->key, version);
}

/* ---- GetObject, HeadObject ---------------------------------------------- */

/* The version that the request means; NULL after an answer.  New reference. */
static json_t *wanted_version(struct s3_call *c, const char *action, const char *version_action)
{
	const char *id = s3_query(c, "versionId");
	json_t *object, *version;
	size_t at;

	if (!s3_may(c, id ? version_action : action, c->key)) {
		s3_deny(c);
		return NULL;
	}
	object = s3_load_object(c, c->key);
	version = id ? find_version(object, id, &at)
		     : json_array_get(json_object_get(object, "versions"), 0);
	json_incref(version);
	json_decref(object);
	if (version && !json_is_true(json_object_get(version, "marker")))
		return version;
	if (version && id) {
		sbx_reply_header(c->rep, "x-amz-delete-marker", "true");
		sbx_reply_header(c->rep, "Allow", "DELETE");
		s3_fail(c, 405, "MethodNotAllowed",
			"The specified method is not allowed against this resource.");
	} else if (!s3_may(c, "s3:ListBucket", NULL)) {
		s3_deny(c); /* who may not list may not learn what is there either */
	} else if (id) {
		s3_fail(c, 404, "NoSuchVersion", "The specified version does not exist.");
	} else {
		if (version)
			sbx_reply_header(c->rep, "x-amz-delete-marker", "true");
		s3_no_key(c);
	}
	json_decref(version);
	return NULL;
}

/* If-Match and its like; false after an answer. */
static bool read_condition(struct s3_call *c, const json_t *version)
{
	const char *etag = s3_str(version, "etag");
	const char *match = s3_header(c, "if-match"), *none = s3_header(c, "if-none-match");
	const char *since = s3_header(c, "if-modified-since");
	const char *before = s3_header(c, "if-unmodified-since");
	int64_t modified_s = s3_int(version, "modified_ms") / 1000, when;
	bool failed, unchanged;

	failed = match ? !text_eq(match, "*") && !strstr(match, etag)
		       : before && clock_parse_http_date(before, &when) && modified_s > when;
	if (failed) {
		s3_fail(c, 412, "PreconditionFailed",
			"At least one of the pre-conditions you specified did not hold");
		s3_fail_more(c, "Condition", match ? "If-Match" : "If-Unmodified-Since");
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
 * "bytes=a-b" over `size` bytes.  What is no range of bytes is not looked at,
 * as RFC 9110 says; one that lies outside answers 416 and false.
 */
static bool read_range(struct s3_call *c, int64_t size, int64_t *ret_from, int64_t *ret_to,
		       bool *ret_partial)
{
	const char *header = s3_header(c, "range"), *dash;
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
		s3_fail(c, 416, "InvalidRange", "The requested range is not satisfiable");
		s3_fail_more(c, "ActualObjectSize", actual);
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
} told_headers[] = {
	{ "cache-control", "response-cache-control", "Cache-Control" },
	{ "content-disposition", "response-content-disposition", "Content-Disposition" },
	{ "content-encoding", "response-content-encoding", "Content-Encoding" },
	{ "content-language", "response-content-language", "Content-Language" },
	{ "expires", "response-expires", "Expires" },
};

static void object_headers(struct s3_call *c, const json_t *version)
{
	char modified[CLOCK_ISO_SIZE];
	const char *name;
	json_t *value;

	clock_http_date(s3_int(version, "modified_ms") / 1000, modified);
	sbx_reply_header(c->rep, "Last-Modified", "%s", modified);
	sbx_reply_header(c->rep, "ETag", "\"%s\"", s3_str(version, "etag"));
	sbx_reply_header(c->rep, "Accept-Ranges", "bytes");
	sbx_reply_header(c->rep, "x-amz-server-side-encryption", "%s", s3_str(version, "sse"));
	if (s3_str(version, "class") && !text_eq(s3_str(version, "class"), "STANDARD"))
		sbx_reply_header(c->rep, "x-amz-storage-class", "%s", s3_str(version, "class"));
	for (size_t i = 0; i < ARRAY_LEN(told_headers); i++) {
		const char *told = s3_query(c, told_headers[i].query);

		if (!told)
			told = s3_str(json_object_get(version, "headers"), told_headers[i].header);
		if (told && !strpbrk(told, "\r\n"))
			sbx_reply_header(c->rep, told_headers[i].shown, "%s", told);
	}
	json_object_foreach(json_object_get(version, "meta"), name, value)
		sbx_reply_header(c->rep, name, "%s", json_string_value(value));
	version_header(c, version);
}

/* The reply's own field is for static text. */
static void type_header(struct s3_call *c, const json_t *version)
{
	const char *type = s3_query(c, "response-content-type");

	if (!type || strpbrk(type, "\r\n"))
		type = s3_str(version, "type");
	c->rep->content_type = "";
	sbx_reply_header(c->rep, "Content-Type", "%s", type);
}

/* Append bytes [from, to] of the version's blobs. */
static void add_bytes(struct s3_call *c, const json_t *version, int64_t from, int64_t to)
{
	int64_t at = 0;
	size_t i;
	json_t *blob;

	json_array_foreach(json_object_get(version, "blobs"), i, blob) {
		int64_t size = s3_int(blob, "size");
		int64_t first = from > at ? from - at : 0;
		int64_t last = to - at < size - 1 ? to - at : size - 1;
		auto_buf bytes = BUF_INIT;

		if (first < size && last >= first &&
		    store_get_blob(c->st, s3_str(blob, "name"), &bytes) && bytes.n == (size_t)size)
			(void)buf_add(&c->rep->body, bytes.p + first, (size_t)(last - first + 1));
		at += size;
	}
}

static void get_object(struct s3_call *c)
{
	json_t *version = wanted_version(c, "s3:GetObject", "s3:GetObjectVersion");
	int64_t from, to, size;
	bool partial;

	if (!version)
		return;
	size = s3_int(version, "size");
	if (read_condition(c, version) && read_range(c, size, &from, &to, &partial)) {
		object_headers(c, version);
		type_header(c, version);
		if (partial) {
			c->rep->status = 206;
			sbx_reply_header(c->rep, "Content-Range", "bytes %lld-%lld/%lld",
					 (long long)from, (long long)to, (long long)size);
		} else if (text_eq(s3_header(c, "x-amz-checksum-mode"), "ENABLED")) {
			s3_sum_headers(c, json_object_get(version, "sum"));
		}
		if (json_object_get(version, "parts") && s3_query(c, "partNumber"))
			sbx_reply_header(c->rep, "x-amz-mp-parts-count", "%lld",
					 (long long)s3_int(version, "parts"));
		if (c->read_only)
			c->rep->head_bytes = to - from + 1;
		else
			add_bytes(c, version, from, to);
	}
	json_decref(version);
}

/* ---- GetObjectTagging ---------------------------------------------------- */

/* Tags come with the upload alone, as x-amz-tagging has them: "a=1&b=2". */
static void get_object_tagging(struct s3_call *c)
{
	struct sbx_pairs tags = { 0 };
	json_t *version = wanted_version(c, "s3:GetObjectTagging", "s3:GetObjectVersionTagging");
	const char *text = version ? s3_str(version, "tagging") : NULL;

	if (!version)
		return;
	if (text && !sbx_form_decode(text, strlen(text), &tags))
		sbx_pairs_clear(&tags); /* S3 refuses such an upload; here it has no tags */
	version_header(c, version);
	s3_xml_begin(c, "Tagging");
	(void)buf_adds(&c->rep->body, "<TagSet>");
	for (size_t i = 0; i < tags.n; i++) {
		(void)buf_adds(&c->rep->body, "<Tag>");
		s3_add(c, "Key", tags.v[i].name);
		s3_add(c, "Value", tags.v[i].value);
		(void)buf_adds(&c->rep->body, "</Tag>");
	}
	(void)buf_adds(&c->rep->body, "</TagSet>");
	s3_xml_end(c, "Tagging");
	sbx_pairs_clear(&tags);
	json_decref(version);
}

/* ---- deleting ----------------------------------------------------------- */

/* What became of one key: ids are "" when there are none. */
struct deleted {
	char *version_id, *marker_id;
	bool marker;
};

static void deleted_clear(struct deleted *d)
{
	free(d->version_id);
	free(d->marker_id);
}

/* Delete a key, or the one version of it; nothing there is fine too. */
static void delete_one(struct s3_call *c, const char *key, const char *id, struct deleted *ret)
{
	json_t *object = s3_load_object(c, key);
	json_t *version;
	size_t at;

	if (id) {
		version = find_version(object, id, &at);
		ret->version_id = xstrdup(id);
		ret->marker = version && json_is_true(json_object_get(version, "marker"));
		if (ret->marker)
			ret->marker_id = xstrdup(id);
		if (version) {
			drop_version(c, object, id);
			s3_store_object(c, key, object);
		}
	} else if (s3_str(c->doc, "versioning")) {
		ret->marker = true;
		ret->marker_id = s3_new_version_id(c);
		s3_add_version(c, key,
			       json_pack("{s:s, s:b, s:I}", "id", ret->marker_id, "marker", 1,
					 "modified_ms", (json_int_t)c->req->now_ms));
	} else if (object) {
		drop_version(c, object, "null");
		s3_store_object(c, key, object);
	}
	json_decref(object);
}

/*
 * If-Match of a delete: the newest version's ETag, or "*" for any that is there.  What is not
 * there, or is marked as deleted, matches nothing. source  Amazon S3 User Guide, "How to perform
 * conditional deletes"
 */
static bool delete_condition(struct s3_call *c, const char *key, const char *match)
{
	json_t *object, *latest;
	bool holds;

	if (!match)
		return true;
	object = s3_load_object(c, key);
	latest = json_array_get(json_object_get(object, "versions"), 0);
	holds = latest && !json_is_true(json_object_get(latest, "marker")) &&
		(text_eq(match, "*") || strstr(match, s3_str(latest, "etag")));
	json_decref(object);
	return holds;
}

static void delete_object(struct s3_call *c)
{
	const char *id = s3_query(c, "versionId");
	struct deleted d = { 0 };

	if (!s3_may(c, id ? "s3:DeleteObjectVersion" : "s3:DeleteObject", c->key)) {
		s3_deny(c);
		return;
	}
	if (!delete_condition(c, c->key, s3_header(c, "if-match"))) {
		precondition_failed(c, "If-Match");
		return;
	}
	delete_one(c, c->key, id, &d);
	c->rep->status = 204;
	if (d.marker)
		sbx_reply_header(c->rep, "x-amz-delete-marker", "true");
	if (d.version_id || d.marker_id)
		sbx_reply_header(c->rep, "x-amz-version-id", "%s",
				 d.version_id ? d.version_id : d.marker_id);
	deleted_clear(&d);
}

static void add_deleted(struct s3_call *c, const char *key, const struct deleted *d)
{
	(void)buf_adds(&c->rep->body, "<Deleted>");
	s3_add(c, "Key", key);
	if (d->version_id)
		s3_add(c, "VersionId", d->version_id);
	if (d->marker) {
		s3_add_bool(c, "DeleteMarker", true);
		s3_add(c, "DeleteMarkerVersionId", d->marker_id);
	}
	(void)buf_adds(&c->rep->body, "</Deleted>");
}

static void add_delete_error(struct s3_call *c, const char *key, const char *id, const char *code,
			     const char *text)
{
	(void)buf_adds(&c->rep->body, "<Error>");
	s3_add(c, "Key", key);
	if (id)
		s3_add(c, "VersionId", id);
	s3_add(c, "Code", code);
	s3_add(c, "Message", text);
	(void)buf_adds(&c->rep->body, "</Error>");
}

static void delete_listed(struct s3_call *c, const xmlNode *entry, bool quiet)
{
	autofree char *key = sbx_xml_child_text(entry, "Key");
	autofree char *id = sbx_xml_child_text(entry, "VersionId");
	autofree char *etag = sbx_xml_child_text(entry, "ETag");
	struct deleted d = { 0 };

	if (!delete_condition(c, key, etag)) {
		add_delete_error(c, key, id, "PreconditionFailed",
				 "At least one of the pre-conditions you specified did not hold");
	} else if (s3_may(c, id ? "s3:DeleteObjectVersion" : "s3:DeleteObject", key)) {
		delete_one(c, key, id, &d);
		if (!quiet)
			add_deleted(c, key, &d);
	} else {
		add_delete_error(c, key, id, "AccessDenied", "Access Denied");
	}
	deleted_clear(&d);
}

static void delete_objects(struct s3_call *c)
{
	auto_xml_doc xmlDoc *doc = s3_xml(c, "Delete");
	const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
	const xmlNode *entry;
	autofree char *quiet = sbx_xml_child_text(root, "Quiet");
	size_t n = 0;

	if (!doc)
		return;
	for (entry = sbx_xml_child(root, "Object"); entry; entry = sbx_xml_next(entry)) {
		autofree char *key = sbx_xml_child_text(entry, "Key");

		n++;
		if (!key || !*key)
			n = MAX_DELETES + 1;
	}
	if (n == 0 || n > MAX_DELETES) {
		s3_malformed_xml(c);
		return;
	}
	s3_xml_begin(c, "DeleteResult");
	for (entry = sbx_xml_child(root, "Object"); entry; entry = sbx_xml_next(entry))
		delete_listed(c, entry, quiet && text_eq_nocase(quiet, "true"));
	s3_xml_end(c, "DeleteResult");
}

const struct s3_op s3_object_ops[] = {
	{ "PutObject", "s3:PutObject", put_object, S3_WRITES },
	{ "GetObject", NULL, get_object, 0 },
	{ "HeadObject", NULL, get_object, 0 },
	{ "GetObjectTagging", NULL, get_object_tagging, 0 },
	{ "DeleteObject", NULL, delete_object, S3_WRITES },
	{ "DeleteObjects", NULL, delete_objects, S3_WRITES | S3_NEEDS_SUM },
	{ 0 },
};
