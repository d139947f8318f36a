/* SPDX-License-Identifier: Apache-2.0 */
/* One object, or an upload of one that was never finished. */
#include "aws/s3.h"

#include <stdint.h>
#include <string.h>

#include "aws/core/call.h"
#include "aws/s3_object_int.h"
#include "base/alloc.h"
#include "base/text.h"

char *s3_unquoted_etag(char *etag)
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
		.etag = s3_unquoted_etag(header_text(&res, "ETag")),
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
