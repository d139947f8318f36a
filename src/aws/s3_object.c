/* SPDX-License-Identifier: Apache-2.0 */
/* Objects, their versions, and uploads that were never finished. */
#include "aws/s3.h"

#include <stdint.h>
#include <string.h>

#include "aws/core/call.h"
#include "base/alloc.h"
#include "base/percent.h"
#include "base/text.h"

/* An entity tag comes in double quotes: the same without.  Takes and answers a heap string. */
static char *unquoted(char *etag)
{
	size_t n = etag ? strlen(etag) : 0;

	if (n < 2 || etag[0] != '"' || etag[n - 1] != '"')
		return etag;
	memmove(etag, etag + 1, n - 2);
	etag[n - 2] = '\0';
	return etag;
}

/* A call on one object. */
static struct s3_call object_call(const char *action, const char *method, const char *bucket,
				  const char *owner, const char *key, unsigned flags)
{
	return (struct s3_call){
		.action = action,
		.method = method,
		.bucket = bucket,
		.owner = owner,
		.key = key,
		.flags = flags,
	};
}

/* ---- listing ------------------------------------------------------------ */

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
			.etag = unquoted(xml_text(item, "ETag")),
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

struct rb_error *s3_abort_multipart_upload(struct aws_client *c, const char *bucket,
					   const char *owner, const char *key,
					   const char *upload_id)
{
	auto_aws_params q = AWS_PARAMS_INIT;
	auto_http_response res = HTTP_RESPONSE_INIT;
	struct s3_call call = object_call("AbortMultipartUpload", "DELETE", bucket, owner, key,
					  AWS_CHANGES | AWS_AGAIN);

	call.query = &q;
	params_add(&q, "uploadId", upload_id);
	return rb_error_what(aws_s3_call(c, &call, &res),
			     "cannot abort the unfinished upload of '%s' in bucket '%s'", key,
			     bucket);
}

/* ---- objects ------------------------------------------------------------ */

void s3_head_clear(struct s3_head *h)
{
	free(h->etag);
	free(h->version_id);
	free(h->checksum_sha256);
	free(h->checksum_crc32);
	free(h->checksum_crc32c);
	free(h->checksum_crc64nvme);
	free(h->checksum_type);
	free(h->encryption);
	free(h->last_modified);
	*h = (struct s3_head){ 0 };
}

/* A header's value; absent or empty: NULL. */
static char *header_text(const struct http_response *res, const char *name)
{
	const char *value = http_headers_get(&res->headers, name);

	return value && *value ? xstrdup(value) : NULL;
}

struct rb_error *s3_head_object(struct aws_client *c, const char *bucket, const char *owner,
				const char *key, struct s3_head *ret)
{
	CLEANUP(http_headers_clear) struct http_headers headers = { 0 };
	auto_http_response res = HTTP_RESPONSE_INIT;
	struct s3_call call = object_call("HeadObject", "HEAD", bucket, owner, key, AWS_READS);
	const char *length;
	int64_t size = 0;

	call.headers = &headers;
	/* without it S3 returns no checksums */
	http_headers_add(&headers, "x-amz-checksum-mode", "ENABLED");
	TRY(rb_error_what(aws_s3_call(c, &call, &res), "cannot read object '%s' in bucket '%s'",
			  key, bucket));
	length = http_headers_get(&res.headers, "Content-Length");
	if (length && !text_parse_i64(length, 0, INT64_MAX, &size))
		return rb_error_what(rb_error_because(RB_PROTOCOL, "its length is '%s'", length),
				     "cannot read object '%s' in bucket '%s'", key, bucket);
	*ret = (struct s3_head){
		.size_bytes = size,
		.etag = unquoted(header_text(&res, "ETag")),
		.version_id = header_text(&res, "x-amz-version-id"),
		.checksum_sha256 = header_text(&res, "x-amz-checksum-sha256"),
		.checksum_crc32 = header_text(&res, "x-amz-checksum-crc32"),
		.checksum_crc32c = header_text(&res, "x-amz-checksum-crc32c"),
		.checksum_crc64nvme = header_text(&res, "x-amz-checksum-crc64nvme"),
		.checksum_type = header_text(&res, "x-amz-checksum-type"),
		.encryption = header_text(&res, "x-amz-server-side-encryption"),
		.last_modified = header_text(&res, "Last-Modified"),
	};
	return NULL;
}

enum { USUAL_ANSWER = 16 << 20 };

struct rb_error *s3_get_object(struct aws_client *c, const char *bucket, const char *owner,
			       const char *key, size_t max_bytes, struct buf *ret)
{
	CLEANUP(http_headers_clear) struct http_headers headers = { 0 };
	auto_http_response res = HTTP_RESPONSE_INIT;
	autofree char *range = xasprintf("bytes=0-%zu", max_bytes ? max_bytes - 1 : 0);
	struct s3_call call = object_call("GetObject", "GET", bucket, owner, key, AWS_READS);
	struct rb_error *err;

	call.headers = &headers;
	/* the range may be ignored, and an error is longer than a small object */
	call.max_answer_bytes = max_bytes > USUAL_ANSWER ? max_bytes : USUAL_ANSWER;
	http_headers_add(&headers, "Range", range);
	err = aws_s3_call(c, &call, &res);
	/* an empty object has no first byte */
	if (err && err->http_status == 416)
		err = rb_error_free(err);
	if (err)
		return rb_error_what(err, "cannot read object '%s' in bucket '%s'", key, bucket);
	buf_truncate(&res.body, max_bytes); /* the range may have been ignored */
	buf_reset(ret);
	(void)buf_add(ret, res.body.p, res.body.n);
	return NULL;
}

struct rb_error *s3_put_object(struct aws_client *c, const char *bucket, const char *owner,
			       const char *key, const void *body, size_t n, char **ret_version_id)
{
	auto_http_response res = HTTP_RESPONSE_INIT;
	struct s3_call call =
		object_call("PutObject", "PUT", bucket, owner, key, AWS_CHANGES | AWS_AGAIN);

	call.body = body;
	call.body_n = n;
	call.content_type = "application/octet-stream";
	call.checksum = true;
	TRY(rb_error_what(aws_s3_call(c, &call, &res), "cannot write object '%s' in bucket '%s'",
			  key, bucket));
	if (ret_version_id)
		*ret_version_id = header_text(&res, "x-amz-version-id");
	return NULL;
}

struct rb_error *s3_delete_object(struct aws_client *c, const char *bucket, const char *owner,
				  const char *key, const char *version_id)
{
	auto_aws_params q = AWS_PARAMS_INIT;
	auto_http_response res = HTTP_RESPONSE_INIT;
	struct s3_call call =
		object_call("DeleteObject", "DELETE", bucket, owner, key, AWS_CHANGES | AWS_AGAIN);

	call.query = &q;
	params_add(&q, "versionId", version_id);
	return rb_error_what(aws_s3_call(c, &call, &res),
			     "cannot delete object '%s' in bucket '%s'", key, bucket);
}
