/* SPDX-License-Identifier: Apache-2.0 */
/* S3: objects are deleted, one by one or a list in one request. */
#include <string.h>

#include "sandbox/s3/s3.h"

#define MAX_DELETES 1000

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
static void delete_one(struct ss3_call *c, const char *key, const char *id, struct deleted *ret)
{
	json_t *object = ss3_load_object(c, key);
	json_t *version;
	size_t at;

	if (id) {
		version = ss3_find_version(object, id, &at);
		ret->version_id = xstrdup(id);
		ret->marker = version && json_is_true(json_object_get(version, "marker"));
		if (ret->marker)
			ret->marker_id = xstrdup(id);
		if (version) {
			ss3_drop_version(c, object, id);
			ss3_store_object(c, key, object);
		}
	} else if (ss3_str(c->doc, "versioning")) {
		ret->marker = true;
		ret->marker_id = ss3_new_version_id(c);
		ss3_add_version(c, key,
				json_pack("{s:s, s:b, s:I}", "id", ret->marker_id, "marker", 1,
					  "modified_ms", (json_int_t)c->req->now_ms));
	} else if (object) {
		ss3_drop_version(c, object, "null");
		ss3_store_object(c, key, object);
	}
	json_decref(object);
}

/*
 * If-Match of a delete: the newest version's ETag, or "*" for any that is there.  What is not
 * there, or is marked as deleted, matches nothing. source  Amazon S3 User Guide, "How to perform
 * conditional deletes"
 */
static bool delete_condition(struct ss3_call *c, const char *key, const char *match)
{
	json_t *object, *latest;
	bool holds;

	if (!match)
		return true;
	object = ss3_load_object(c, key);
	latest = json_array_get(json_object_get(object, "versions"), 0);
	holds = latest && !json_is_true(json_object_get(latest, "marker")) &&
		(text_eq(match, "*") || strstr(match, ss3_str(latest, "etag")));
	json_decref(object);
	return holds;
}

static void delete_object(struct ss3_call *c)
{
	const char *id = ss3_query(c, "versionId");
	struct deleted d = { 0 };

	if (!ss3_may(c, id ? "s3:DeleteObjectVersion" : "s3:DeleteObject", c->key)) {
		ss3_deny(c);
		return;
	}
	if (!delete_condition(c, c->key, ss3_header(c, "if-match"))) {
		ss3_precondition_failed(c, "If-Match");
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

static void add_deleted(struct ss3_call *c, const char *key, const struct deleted *d)
{
	(void)buf_adds(&c->rep->body, "<Deleted>");
	ss3_add(c, "Key", key);
	if (d->version_id)
		ss3_add(c, "VersionId", d->version_id);
	if (d->marker) {
		ss3_add_bool(c, "DeleteMarker", true);
		ss3_add(c, "DeleteMarkerVersionId", d->marker_id);
	}
	(void)buf_adds(&c->rep->body, "</Deleted>");
}

static void add_delete_error(struct ss3_call *c, const char *key, const char *id, const char *code,
			     const char *text)
{
	(void)buf_adds(&c->rep->body, "<Error>");
	ss3_add(c, "Key", key);
	if (id)
		ss3_add(c, "VersionId", id);
	ss3_add(c, "Code", code);
	ss3_add(c, "Message", text);
	(void)buf_adds(&c->rep->body, "</Error>");
}

static void delete_listed(struct ss3_call *c, const xmlNode *entry, bool quiet)
{
	autofree char *key = sbx_xml_child_text(entry, "Key");
	autofree char *id = sbx_xml_child_text(entry, "VersionId");
	autofree char *etag = sbx_xml_child_text(entry, "ETag");
	struct deleted d = { 0 };

	if (!delete_condition(c, key, etag)) {
		add_delete_error(c, key, id, "PreconditionFailed",
				 "At least one of the pre-conditions you specified did not hold");
	} else if (ss3_may(c, id ? "s3:DeleteObjectVersion" : "s3:DeleteObject", key)) {
		delete_one(c, key, id, &d);
		if (!quiet)
			add_deleted(c, key, &d);
	} else {
		add_delete_error(c, key, id, "AccessDenied", "Access Denied");
	}
	deleted_clear(&d);
}

static void delete_objects(struct ss3_call *c)
{
	auto_xml_doc xmlDoc *doc = ss3_xml(c, "Delete");
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
		ss3_malformed_xml(c);
		return;
	}
	ss3_xml_begin(c, "DeleteResult");
	for (entry = sbx_xml_child(root, "Object"); entry; entry = sbx_xml_next(entry))
		delete_listed(c, entry, quiet && text_eq_nocase(quiet, "true"));
	ss3_xml_end(c, "DeleteResult");
}

const struct ss3_op ss3_delete_ops[] = {
	{ "DeleteObject", NULL, delete_object, SS3_WRITES },
	{ "DeleteObjects", NULL, delete_objects, SS3_WRITES | SS3_NEEDS_SUM },
	{ 0 },
};
