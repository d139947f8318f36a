/* SPDX-License-Identifier: Apache-2.0 */
/* Paged listings of what a bucket holds: versions of its objects, unfinished uploads. */
#include "aws/s3.h"

#include <stdlib.h>
#include <string.h>

#include "aws/core/call.h"
#include "aws/s3_object_int.h"
#include "base/alloc.h"
#include "base/percent.h"
#include "base/text.h"

/*
 * Keys may hold characters that XML cannot, so listings ask for percent-encoded
 * ones (encoding-type=url).  A server that does not know that says so by leaving
 * EncodingType out, and its keys are plain.
 */
static char *listed_text(const struct xml_node *node, const char *path, bool encoded)
{
	autofree char *raw = xml_exact(node, path);
	struct buf plain = BUF_INIT;
	char *p;

	if (!raw || !*raw)
		return NULL;
	if (!encoded)
		return steal_str(&raw);
	for (p = raw; *p; p++)
		if (*p == '+')
			*p = ' ';
	if (!percent_decode(&plain, raw, strlen(raw))) {
		buf_clear(&plain);
		return steal_str(&raw);
	}
	return buf_steal(&plain);
}

/* One kind of paged listing: two markers say where the next page begins. */
struct listing {
	const char *action;
	const char *sub_resource;
	const char *second_marker; /* "version-id-marker" */
	const char *next_second;   /* "NextVersionIdMarker" */
	void (*add)(void *list, const struct xml_node *root, bool encoded);
};

static struct rb_error *list_pages(struct aws_client *c, const struct listing *how,
				   const char *bucket, const char *owner, const char *prefix,
				   void *list)
{
	autofree char *key = NULL;
	autofree char *second = NULL;

	for (;;) {
		auto_aws_params q = AWS_PARAMS_INIT;
		auto_xml_reply reply = XML_REPLY_INIT;
		const struct s3_call call = {
			.action = how->action,
			.method = "GET",
			.bucket = bucket,
			.owner = owner,
			.query = &q,
			.flags = AWS_READS,
		};
		autofree char *next_key = NULL;
		autofree char *next_second = NULL;
		bool encoded;

		params_add(&q, how->sub_resource, "");
		params_add(&q, "encoding-type", "url");
		params_add(&q, "prefix", prefix);
		params_add(&q, "key-marker", key);
		params_add(&q, how->second_marker, second);
		TRY(aws_s3_call_xml(c, &call, &reply));
		encoded = xml_is(reply.root, "EncodingType", "url");
		how->add(list, reply.root, encoded);
		if (!xml_bool(reply.root, "IsTruncated"))
			return NULL;
		next_key = listed_text(reply.root, "NextKeyMarker", encoded);
		next_second = xml_text(reply.root, how->next_second);
		if (!next_key || (text_eq(next_key, key) && text_eq(next_second, second)))
			return rb_error_because(RB_PROTOCOL,
						"the listing does not say where it goes on");
		set_str(&key, next_key);
		set_str(&second, next_second);
	}
}

static void s3_object_clear(struct s3_object *o)
{
	free(o->key);
	free(o->version_id);
	free(o->etag);
}

void s3_objects_clear(struct s3_objects *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		s3_object_clear(&l->v[i]);
	free(l->v);
	*l = (struct s3_objects){ 0 };
}

static void add_versions(struct s3_objects *l, const struct xml_node *root, const char *path,
			 bool encoded)
{
	xml_each(item, root, path) {
		l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
		l->v[l->n++] = (struct s3_object){
			.key = listed_text(item, "Key", encoded),
			.version_id = xml_text(item, "VersionId"),
			.delete_marker = strcmp(path, "DeleteMarker") == 0,
			.is_latest = xml_bool(item, "IsLatest"),
			.size_bytes = xml_int(item, "Size", 0),
			.etag = s3_unquoted_etag(xml_text(item, "ETag")),
		};
	}
}

static void add_page_of_versions(void *list, const struct xml_node *root, bool encoded)
{
	add_versions(list, root, "Version", encoded);
	add_versions(list, root, "DeleteMarker", encoded);
}

struct rb_error *s3_list_object_versions(struct aws_client *c, const char *bucket,
					 const char *owner, const char *prefix,
					 struct s3_objects *ret)
{
	static const struct listing how = {
		"ListObjectVersions",  "versions",	     "version-id-marker",
		"NextVersionIdMarker", add_page_of_versions,
	};
	auto_s3_objects found = { 0 };

	TRY(rb_error_what(list_pages(c, &how, bucket, owner, prefix, &found),
			  "cannot list the objects of bucket '%s'", bucket));
	*ret = found;
	found = (struct s3_objects){ 0 };
	return NULL;
}

static void s3_upload_clear(struct s3_upload *u)
{
	free(u->key);
	free(u->upload_id);
}

void s3_uploads_clear(struct s3_uploads *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		s3_upload_clear(&l->v[i]);
	free(l->v);
	*l = (struct s3_uploads){ 0 };
}

static void add_page_of_uploads(void *list, const struct xml_node *root, bool encoded)
{
	struct s3_uploads *l = list;

	xml_each(item, root, "Upload") {
		l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
		l->v[l->n++] = (struct s3_upload){
			.key = listed_text(item, "Key", encoded),
			.upload_id = xml_text(item, "UploadId"),
		};
	}
}

struct rb_error *s3_list_multipart_uploads(struct aws_client *c, const char *bucket,
					   const char *owner, struct s3_uploads *ret)
{
	static const struct listing how = {
		"ListMultipartUploads", "uploads",	     "upload-id-marker",
		"NextUploadIdMarker",	add_page_of_uploads,
	};
	auto_s3_uploads found = { 0 };

	TRY(rb_error_what(list_pages(c, &how, bucket, owner, NULL, &found),
			  "cannot list the unfinished uploads of bucket '%s'", bucket));
	*ret = found;
	found = (struct s3_uploads){ 0 };
	return NULL;
}
