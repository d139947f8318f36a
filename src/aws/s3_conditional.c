/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects that are written on a condition, read with what S3 says of their age, and listed.
 *
 *   source  S3 User Guide, "How to prevent object overwrites with conditional writes"
 */
#include "aws/s3.h"

#include <string.h>

#include "aws/core/call.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/percent.h"
#include "base/text.h"

struct rb_error *s3_put_object_if(struct aws_client *c, const char *bucket, const char *key,
				  const char *if_match, const void *body, size_t n, char **ret_etag)
{
	CLEANUP(http_headers_clear) struct http_headers headers = { 0 };
	auto_http_response res = HTTP_RESPONSE_INIT;
	const struct s3_call call = {
		.action = "PutObject",
		.method = "PUT",
		.bucket = bucket,
		.key = key,
		.headers = &headers,
		.body = body,
		.body_n = n,
		.content_type = "application/octet-stream",
		.checksum = true,
		.flags = AWS_CHANGES | AWS_AGAIN | AWS_NO_SETTLE,
	};
	const char *etag;

	http_headers_add(&headers, if_match ? "If-Match" : "If-None-Match",
			 if_match ? if_match : "*");
	TRY(rb_error_what(aws_s3_call(c, &call, &res), "cannot write object '%s' in bucket '%s'",
			  key, bucket));
	etag = http_headers_get(&res.headers, "ETag");
	if (ret_etag)
		*ret_etag = xstrdup(etag ? etag : "");
	return NULL;
}

void s3_content_clear(struct s3_content *content)
{
	buf_clear(&content->body);
	free(content->etag);
	*content = (struct s3_content)S3_CONTENT_INIT;
}

static int64_t date_of(const struct http_response *res, const char *name)
{
	const char *text = http_headers_get(&res->headers, name);
	int64_t utc_s = 0;

	return text && clock_parse_http_date(text, &utc_s) ? utc_s : 0;
}

struct rb_error *s3_get_content(struct aws_client *c, const char *bucket, const char *key,
				size_t max_bytes, struct s3_content *ret)
{
	auto_http_response res = HTTP_RESPONSE_INIT;
	const struct s3_call call = {
		.action = "GetObject",
		.method = "GET",
		.bucket = bucket,
		.key = key,
		.max_answer_bytes = max_bytes,
		.flags = AWS_READS | AWS_NO_SETTLE,
	};
	const char *etag;

	TRY(rb_error_what(aws_s3_call(c, &call, &res), "cannot read object '%s' in bucket '%s'",
			  key, bucket));
	s3_content_clear(ret);
	etag = http_headers_get(&res.headers, "ETag");
	ret->etag = xstrdup(etag ? etag : "");
	ret->modified_utc_s = date_of(&res, "Last-Modified");
	ret->now_utc_s = date_of(&res, "Date");
	ret->body = res.body;
	res.body = (struct buf)BUF_INIT;
	return NULL;
}

/* A key, or the prefix that several have in common, as the listing has it. */
static void add_listed(struct strv *list, const struct xml_node *item, const char *path,
		       bool encoded)
{
	autofree char *raw = xml_exact(item, path);
	auto_buf plain = BUF_INIT;

	if (!raw)
		return;
	for (char *p = raw; encoded && *p; p++)
		if (*p == '+')
			*p = ' ';
	strv_add(list, encoded && percent_decode(&plain, raw, strlen(raw)) ? plain.p : raw);
}

static struct rb_error *list_page(struct aws_client *c, const char *bucket, const char *prefix,
				  const char *start_after, const char *delimiter, const char *token,
				  struct strv *list, char **ret_next)
{
	auto_aws_params q = AWS_PARAMS_INIT;
	auto_xml_reply reply = XML_REPLY_INIT;
	const struct s3_call call = {
		.action = "ListObjectsV2",
		.method = "GET",
		.bucket = bucket,
		.query = &q,
		.flags = AWS_READS | AWS_NO_SETTLE,
	};
	bool encoded;

	params_add(&q, "list-type", "2");
	params_add(&q, "encoding-type", "url");
	params_add(&q, "prefix", prefix);
	params_add(&q, "delimiter", delimiter);
	params_add(&q, "start-after", token ? NULL : start_after);
	params_add(&q, "continuation-token", token);
	TRY(aws_s3_call_xml(c, &call, &reply));
	encoded = xml_is(reply.root, "EncodingType", "url");
	xml_each(item, reply.root, "Contents")
		add_listed(list, item, "Key", encoded);
	xml_each(item, reply.root, "CommonPrefixes")
		add_listed(list, item, "Prefix", encoded);
	if (!xml_bool(reply.root, "IsTruncated"))
		return NULL;
	*ret_next = xml_text(reply.root, "NextContinuationToken");
	if (!*ret_next || text_eq(*ret_next, token))
		return rb_error_because(RB_PROTOCOL, "the listing does not say where it goes on");
	return NULL;
}

struct rb_error *s3_list_keys(struct aws_client *c, const char *bucket, const char *prefix,
			      const char *start_after, const char *delimiter, struct strv *ret)
{
	auto_strv list = { 0 };
	autofree char *token = NULL;

	do {
		autofree char *next = NULL;

		TRY(rb_error_what(
			list_page(c, bucket, prefix, start_after, delimiter, token, &list, &next),
			"cannot list '%s' in bucket '%s'", prefix, bucket));
		free(token);
		token = steal_str(&next);
	} while (token);
	strv_clear(ret);
	*ret = list;
	list = (struct strv){ 0 };
	return NULL;
}
