/* SPDX-License-Identifier: Apache-2.0 */
/* S3's ListObjectVersions. */
#include "sandbox/s3/list_inner.h"

#include <string.h>

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
		ss3_add_version_facts(c, version);
	ss3_add_owner(c, "Owner");
	(void)buf_addf(&c->rep->body, "</%s>", marker ? "DeleteMarker" : "Version");
}

/* One key's versions, newest first; false when the page is full. */
static bool walk_versions(struct ss3_call *c, struct ss3_page *p, const json_t *object)
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
		if (!ss3_page_take_place(p, key, id))
			return false;
		add_version(c, key, version, i == 0);
	}
	return true;
}

void ss3_list_versions(struct ss3_call *c)
{
	const char *marker = ss3_query(c, "key-marker"),
		   *version = ss3_query(c, "version-id-marker");
	auto_buf contents = BUF_INIT;
	json_t *objects;
	size_t i;
	json_t *object;
	struct ss3_page p;

	if (version && *version && !(marker && *marker)) {
		ss3_invalid_argument(
			c, "version-id-marker", version,
			"A version-id marker cannot be specified without a key marker.");
		return;
	}
	if (!ss3_page_read(c, "max-keys", &p))
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
		if (order > 0 && ss3_page_fold_into_prefix(c, &p, key)) {
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
	ss3_page_head(c, &p);
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
	ss3_page_clear(&p);
}
