/* SPDX-License-Identifier: Apache-2.0 */
/* Buckets themselves: found, made, removed. */
#include "aws/s3_bucket_int.h"

#include <string.h>

#include "base/alloc.h"

struct rb_error *s3_head_bucket(struct aws_client *c, const char *bucket, const char *owner,
				char **ret_region)
{
	const struct s3_call call = {
		.action = "HeadBucket",
		.method = "HEAD",
		.bucket = bucket,
		.owner = owner,
		.flags = AWS_READS,
	};
	auto_http_response res = HTTP_RESPONSE_INIT;
	struct rb_error *err;
	const char *region;

	err = rb_error_what(aws_s3_call(c, &call, &res), "cannot read bucket '%s'", bucket);
	if (err && err->http_status == 400 && !err->aws_code) /* an answer to HEAD has no body */
		err = rb_error_hint(err, "the answer gives no reason; mostly the credentials have "
					 "expired, or the bucket is in another region: check both");
	TRY(err);
	region = http_headers_get(&res.headers, "x-amz-bucket-region");
	if (ret_region)
		*ret_region = xstrdup(region && *region ? region : aws_client_region(c));
	return NULL;
}

struct rb_error *s3_create_bucket(struct aws_client *c, const char *bucket,
				  const char *bucket_namespace, const struct aws_tags *tags)
{
	CLEANUP(http_headers_clear) struct http_headers headers = { 0 };
	const char *region = aws_client_region(c);
	bool located = strcmp(region, "us-east-1") != 0;
	auto_buf body = BUF_INIT;
	struct s3_call call = {
		.action = "CreateBucket",
		.method = "PUT",
		.bucket = bucket,
		.flags = AWS_CHANGES,
	};

	/* the constraint is refused where it would say us-east-1, and demanded anywhere else */
	if (located || tags) {
		(void)buf_adds(&body, "<CreateBucketConfiguration xmlns=\"" S3_XMLNS "\">");
		if (located)
			(void)buf_addf(&body, "<LocationConstraint>%s</LocationConstraint>",
				       region);
		if (tags)
			s3_add_tags(&body, "Tags", tags);
		(void)buf_adds(&body, "</CreateBucketConfiguration>");
		call.body = body.p;
		call.body_n = body.n;
		call.content_type = "application/xml";
	}
	if (bucket_namespace) {
		http_headers_set(&headers, "x-amz-bucket-namespace", bucket_namespace);
		call.headers = &headers;
	}
	TRY(rb_error_what(s3_bucket_call(c, &call, NULL, NULL), "cannot create bucket '%s'",
			  bucket));
	aws_session_note_id(aws_client_session(c), bucket, /* age_s= */ 0);
	return NULL;
}

struct rb_error *s3_delete_bucket(struct aws_client *c, const char *bucket, const char *owner)
{
	struct rb_error *err = s3_bucket_delete(c, "DeleteBucket", NULL, bucket, owner);

	if (!err || rb_error_is(err, RB_GONE))
		aws_session_forget_id(aws_client_session(c), bucket);
	return rb_error_what(err, "cannot delete bucket '%s'", bucket);
}
