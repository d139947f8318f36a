/* SPDX-License-Identifier: Apache-2.0 */
/*
 * S3: the three ways to list a bucket.  All go through its keys in UTF-8 order from a
 * marker, fold those below a delimiter into common prefixes, and stop after a
 * page; they differ in how the page is written.
 */
#include "sandbox/s3/s3.h"

#include <string.h>

#include "aws/core/sigv4.h"
#include "sandbox/core/sort.h"
#include "base/percent.h"

#define MAX_KEYS 1000

json_t *ss3_objects(struct ss3_call *c)
{
	return sbx_sorted_by(store_list(c->st, SS3_OBJECT, c->bucket), "key");
}

void ss3_add_key(struct ss3_call *c, const char *element, const char *text)
{
	auto_buf encoded = BUF_INIT;

	if (text_eq(ss3_query(c, "encoding-type"), "url")) {
		percent_encode(&encoded, text, strlen(text), /* keep_slash= */ true);
		text = encoded.p;
	}
	ss3_add(c, element, text);
}

/* ---- a page ------------------------------------------------------------- */

struct page {
	const char *prefix, *delimiter;
	const char *after;	   /* keys up to and with this one are not listed; "" for all */
	const char *after_version; /* of `after`: only versions past this one; NULL: none of them */
	int64_t max;
	int64_t count;
	bool truncated;
	char *last;	     /* the last key or common prefix that was listed */
	char *last_version;  /* and its version */
	struct buf prefixes; /* <CommonPrefixes>... */
	char *folded;	     /* the last common prefix */
};

static void page_clear(struct page *p)
{
	free(p->last);
	free(p->last_version);
	free(p->folded);
	buf_clear(&p->prefixes);
}

static bool read_page(struct ss3_call *c, const char *max_name, struct page *p)
{
	const char *encoding = ss3_query(c, "encoding-type");

	*p = (struct page){ .prefixes = BUF_INIT, .after = "" };
	p->prefix = ss3_query(c, "prefix");
	p->delimiter = ss3_query(c, "delimiter");
	if (p->delimiter && !*p->delimiter)
		p->delimiter = NULL;
	if (!p->prefix)
		p->prefix = "";
	if (encoding && !text_eq(encoding, "url")) {
		ss3_invalid_argument(c, "encoding-type", encoding,
				     "Invalid Encoding Method specified in Request");
		return false;
	}
	return ss3_query_int(c, max_name, MAX_KEYS, MAX_KEYS, &p->max);
}

/* The common prefix that `key` falls under; NULL when it is listed itself.  Caller frees. */
static char *fold(const struct page *p, const char *key)
{
	size_t n = strlen(p->prefix);
	const char *at = p->delimiter ? strstr(key + n, p->delimiter) : NULL;

	return at ? xstrndup(key, (size_t)(at - key) + strlen(p->delimiter)) : NULL;
}

/* Room for one more?  Else the page is truncated. */
static bool take_place(struct page *p, const char *key, const char *version)
{
	if (p->count >= p->max) {
		p->truncated = p->max > 0;
		return false;
	}
	p->count++;
	set_str(&p->last, key);
	set_str(&p->last_version, version);
	return true;
}

/* True when the key went into a common prefix (or the page is full: then `truncated`). */
static bool fold_into_prefix(struct ss3_call *c, struct page *p, const char *key)
{
	autofree char *common = fold(p, key);
	struct buf body;

	if (!common)
		return false;
	/* Listed on this page already, or on the one that ended with it. */
	if (text_eq(common, p->folded) || strcmp(common, p->after) <= 0)
		return true;
	if (!take_place(p, common, NULL))
		return true;
	set_str(&p->folded, common);
	body = c->rep->body;
	c->rep->body = p->prefixes;
	(void)buf_adds(&c->rep->body, "<CommonPrefixes>");
	ss3_add_key(c, "Prefix", common);
	(void)buf_adds(&c->rep->body, "</CommonPrefixes>");
	p->prefixes = c->rep->body;
	c->rep->body = body;
	return true;
}

static void page_head(struct ss3_call *c, const struct page *p)
{
	ss3_add(c, "Name", c->bucket);
	ss3_add_key(c, "Prefix", p->prefix);
	if (p->delimiter)
		ss3_add_key(c, "Delimiter", p->delimiter);
	ss3_add_int(c, "MaxKeys", p->max);
	if (ss3_query(c, "encoding-type"))
		ss3_add(c, "EncodingType", "url");
}

/* ---- ListObjects, ListObjectsV2 ----------------------------------------- */

static void add_sum_kind(struct ss3_call *c, const json_t *version)
{
	const json_t *sum = json_object_get(version, "sum");

	if (!ss3_str(sum, "kind"))
		return;
	ss3_add(c, "ChecksumAlgorithm", ss3_str(sum, "kind"));
	ss3_add(c, "ChecksumType", ss3_str(sum, "type"));
}

static void add_facts(struct ss3_call *c, const json_t *version)
{
	autofree char *etag = xasprintf("\"%s\"", ss3_str(version, "etag"));

	ss3_add_time(c, "LastModified", ss3_int(version, "modified_ms"));
	ss3_add(c, "ETag", etag);
	add_sum_kind(c, version);
	ss3_add_int(c, "Size", ss3_int(version, "size"));
	ss3_add(c, "StorageClass",
		ss3_str(version, "class") ? ss3_str(version, "class") : "STANDARD");
}

static void add_contents(struct ss3_call *c, const char *key, const json_t *version, bool owner)
{
	(void)buf_adds(&c->rep->body, "<Contents>");
	ss3_add_key(c, "Key", key);
	add_facts(c, version);
	if (owner)
		ss3_add_owner(c, "Owner");
	(void)buf_adds(&c->rep->body, "</Contents>");
}

/* The page's keys into the answer. */
static void walk_keys(struct ss3_call *c, struct page *p, bool owner)
{
	json_t *objects = ss3_objects(c);
	size_t i;
	json_t *object;

	json_array_foreach(objects, i, object) {
		const char *key = ss3_str(object, "key");
		const json_t *latest = json_array_get(json_object_get(object, "versions"), 0);

		if (!text_starts_with(key, p->prefix) || strcmp(key, p->after) <= 0 ||
		    json_is_true(json_object_get(latest, "marker")))
			continue;
		if (fold_into_prefix(c, p, key)) {
			if (p->truncated)
				break;
			continue;
		}
		if (!take_place(p, key, NULL))
			break;
		add_contents(c, key, latest, owner);
	}
	json_decref(objects);
}

static void list_v2(struct ss3_call *c)
{
	const char *token = ss3_query(c, "continuation-token"),
		   *start = ss3_query(c, "start-after");
	auto_buf after = BUF_INIT, contents = BUF_INIT;
	struct page p;

	if (!read_page(c, "max-keys", &p))
		return;
	if (token && (!text_base64_decode(token, strlen(token), &after) ||
		      !text_starts_with(after.p, "key:"))) {
		ss3_invalid_argument(c, "continuation-token", token,
				     "The continuation token provided is incorrect");
		page_clear(&p);
		return;
	}
	p.after = token ? after.p + strlen("key:") : start ? start : "";
	walk_keys(c, &p, text_eq(ss3_query(c, "fetch-owner"), "true"));
	contents = c->rep->body;
	c->rep->body = (struct buf)BUF_INIT;
	ss3_xml_begin(c, "ListBucketResult");
	page_head(c, &p);
	if (token)
		ss3_add(c, "ContinuationToken", token);
	if (start)
		ss3_add_key(c, "StartAfter", start);
	ss3_add_int(c, "KeyCount", p.count);
	ss3_add_bool(c, "IsTruncated", p.truncated);
	if (p.truncated) {
		autofree char *next = xasprintf("key:%s", p.last);
		autofree char *encoded = text_base64(next, strlen(next));

		ss3_add(c, "NextContinuationToken", encoded);
	}
	(void)buf_add(&c->rep->body, contents.p, contents.n);
	(void)buf_add(&c->rep->body, p.prefixes.p, p.prefixes.n);
	ss3_xml_end(c, "ListBucketResult");
	page_clear(&p);
}

static void list_v1(struct ss3_call *c)
{
	const char *marker = ss3_query(c, "marker");
	auto_buf contents = BUF_INIT;
	struct page p;

	if (!read_page(c, "max-keys", &p))
		return;
	p.after = marker ? marker : "";
	walk_keys(c, &p, /* owner= */ true);
	contents = c->rep->body;
	c->rep->body = (struct buf)BUF_INIT;
	ss3_xml_begin(c, "ListBucketResult");
	page_head(c, &p);
	ss3_add_key(c, "Marker", p.after);
	ss3_add_bool(c, "IsTruncated", p.truncated);
	if (p.truncated && p.delimiter) /* else the last key is the next marker */
		ss3_add_key(c, "NextMarker", p.last);
	(void)buf_add(&c->rep->body, contents.p, contents.n);
	(void)buf_add(&c->rep->body, p.prefixes.p, p.prefixes.n);
	ss3_xml_end(c, "ListBucketResult");
	page_clear(&p);
}

/* ---- ListObjectVersions ------------------------------------------------- */

static void add_version(struct ss3_call *c, const char *key, const json_t *version, bool latest)
{
	bool marker = json_is_true(json_object_get(version, "marker"));

	(void)buf_addf(&c->rep->body, "<%s>", marker ? "DeleteMarker" : "Version");
	ss3_add_key(c, "Key", key);
	ss3_add(c, "VersionId", ss3_str(version, "id"));
	ss3_add_bool(c, "IsLatest", latest);
	if (marker)
		ss3_add_time(c, "LastModified", ss3_int(version, "modified_ms"));
	else
		add_facts(c, version);
	ss3_add_owner(c, "Owner");
	(void)buf_addf(&c->rep->body, "</%s>", marker ? "DeleteMarker" : "Version");
}

/* One key's versions, newest first; false when the page is full. */
static bool walk_versions(struct ss3_call *c, struct page *p, const json_t *object)
{
	const char *key = ss3_str(object, "key");
	bool skipping = text_eq(key, p->after);
	size_t i;
	json_t *version;

	json_array_foreach(json_object_get(object, "versions"), i, version) {
		const char *id = ss3_str(version, "id");

		if (skipping) {
			skipping = !text_eq(id, p->after_version);
			continue;
		}
		if (!take_place(p, key, id))
			return false;
		add_version(c, key, version, i == 0);
	}
	return true;
}

static void list_versions(struct ss3_call *c)
{
	const char *marker = ss3_query(c, "key-marker"),
		   *version = ss3_query(c, "version-id-marker");
	auto_buf contents = BUF_INIT;
	json_t *objects;
	size_t i;
	json_t *object;
	struct page p;

	if (version && *version && !(marker && *marker)) {
		ss3_invalid_argument(
			c, "version-id-marker", version,
			"A version-id marker cannot be specified without a key marker.");
		return;
	}
	if (!read_page(c, "max-keys", &p))
		return;
	p.after = marker ? marker : "";
	p.after_version = version && *version ? version : NULL;
	objects = ss3_objects(c);
	json_array_foreach(objects, i, object) {
		const char *key = ss3_str(object, "key");
		int order = strcmp(key, p.after);

		if (!text_starts_with(key, p.prefix) || order < 0 ||
		    (order == 0 && (!p.after_version || *p.after == '\0')))
			continue;
		if (order > 0 && fold_into_prefix(c, &p, key)) {
			if (p.truncated)
				break;
			continue;
		}
		if (!walk_versions(c, &p, object))
			break;
	}
	json_decref(objects);
	contents = c->rep->body;
	c->rep->body = (struct buf)BUF_INIT;
	ss3_xml_begin(c, "ListVersionsResult");
	page_head(c, &p);
	ss3_add_key(c, "KeyMarker", p.after);
	ss3_add(c, "VersionIdMarker", version ? version : "");
	ss3_add_bool(c, "IsTruncated", p.truncated);
	if (p.truncated) {
		ss3_add_key(c, "NextKeyMarker", p.last);
		if (p.last_version)
			ss3_add(c, "NextVersionIdMarker", p.last_version);
	}
	(void)buf_add(&c->rep->body, contents.p, contents.n);
	(void)buf_add(&c->rep->body, p.prefixes.p, p.prefixes.n);
	ss3_xml_end(c, "ListVersionsResult");
	page_clear(&p);
}

const struct ss3_op ss3_list_ops[] = {
	{ "ListObjects", "s3:ListBucket", list_v1, 0 },
	{ "ListObjectsV2", "s3:ListBucket", list_v2, 0 },
	{ "ListObjectVersions", "s3:ListBucketVersions", list_versions, 0 },
	{ 0 },
};
