/* SPDX-License-Identifier: Apache-2.0 */
/* S3's ListObjects in its two versions. */
#include "sandbox/s3/list_inner.h"

#include <string.h>

#include "sandbox/core/sort.h"

json_t *ss3_objects(struct ss3_call *c)
{
	return sbx_sorted_by(store_list(c->st, SS3_OBJECT, c->bucket), "key");
}

static void add_sum_kind(struct ss3_call *c, const json_t *version)
{
	const json_t *sum = json_object_get(version, "sum");

	if (!ss3_str(sum, "kind"))
		return;
	ss3_add(c, "ChecksumAlgorithm", ss3_str(sum, "kind"));
	ss3_add(c, "ChecksumType", ss3_str(sum, "type"));
}

void ss3_add_version_facts(struct ss3_call *c, const json_t *version)
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
	ss3_add_version_facts(c, version);
	if (owner)
		ss3_add_owner(c, "Owner");
	(void)buf_adds(&c->rep->body, "</Contents>");
}

/* The page's keys into the answer. */
static void walk_keys(struct ss3_call *c, struct ss3_page *p, bool owner)
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
		if (ss3_page_fold_into_prefix(c, p, key)) {
			if (p->truncated)
				break;
			continue;
		}
		if (!ss3_page_take_place(p, key, NULL))
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
	struct ss3_page p;

	if (!ss3_page_read(c, "max-keys", &p))
		return;
	if (token && (!text_base64_decode(token, strlen(token), &after) ||
		      !text_starts_with(after.p, "key:"))) {
		ss3_invalid_argument(c, "continuation-token", token,
				     "The continuation token provided is incorrect");
		ss3_page_clear(&p);
		return;
	}
	p.after = token ? after.p + strlen("key:") : start ? start : "";
	walk_keys(c, &p, text_eq(ss3_query(c, "fetch-owner"), "true"));
	contents = c->rep->body;
	c->rep->body = (struct buf)BUF_INIT;
	ss3_xml_begin(c, "ListBucketResult");
	ss3_page_head(c, &p);
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
	ss3_page_clear(&p);
}

static void list_v1(struct ss3_call *c)
{
	const char *marker = ss3_query(c, "marker");
	auto_buf contents = BUF_INIT;
	struct ss3_page p;

	if (!ss3_page_read(c, "max-keys", &p))
		return;
	p.after = marker ? marker : "";
	walk_keys(c, &p, /* owner= */ true);
	contents = c->rep->body;
	c->rep->body = (struct buf)BUF_INIT;
	ss3_xml_begin(c, "ListBucketResult");
	ss3_page_head(c, &p);
	ss3_add_key(c, "Marker", p.after);
	ss3_add_bool(c, "IsTruncated", p.truncated);
	if (p.truncated && p.delimiter) /* else the last key is the next marker */
		ss3_add_key(c, "NextMarker", p.last);
	(void)buf_add(&c->rep->body, contents.p, contents.n);
	(void)buf_add(&c->rep->body, p.prefixes.p, p.prefixes.n);
	ss3_xml_end(c, "ListBucketResult");
	ss3_page_clear(&p);
}

const struct ss3_op ss3_list_ops[] = {
	{ "ListObjects", "s3:ListBucket", list_v1, 0 },
	{ "ListObjectsV2", "s3:ListBucket", list_v2, 0 },
	{ "ListObjectVersions", "s3:ListBucketVersions", ss3_list_versions, 0 },
	{ 0 },
};
