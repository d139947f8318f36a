/* SPDX-License-Identifier: Apache-2.0 */
/* The forms that calls on a bucket have. */
#include "aws/s3_bucket_int.h"

#include <string.h>

#include "base/alloc.h"

/* `query` of one sub-resource: "?policy". */
static struct aws_params sub_resource(const char *name)
{
	struct aws_params p = AWS_PARAMS_INIT;

	params_add(&p, name, "");
	return p;
}

struct rb_error *s3_bucket_call(struct aws_client *c, const struct s3_call *call, const char *name,
				struct http_response *ret)
{
	auto_aws_params q = AWS_PARAMS_INIT;
	auto_http_response own = HTTP_RESPONSE_INIT;
	struct s3_call with_query = *call;

	if (name) {
		q = sub_resource(name);
		with_query.query = &q;
	}
	return aws_s3_call(c, &with_query, ret ? ret : &own);
}

struct rb_error *s3_bucket_read_as(struct aws_client *c, const char *action, const char *name,
				   const char *bucket, const char *owner, unsigned flags,
				   struct xml_reply *ret)
{
	auto_aws_params q = sub_resource(name);
	const struct s3_call call = {
		.action = action,
		.method = "GET",
		.bucket = bucket,
		.owner = owner,
		.query = &q,
		.flags = flags,
	};

	return aws_s3_call_xml(c, &call, ret);
}

struct rb_error *s3_bucket_read(struct aws_client *c, const char *action, const char *name,
				const char *bucket, const char *owner, struct xml_reply *ret)
{
	return s3_bucket_read_as(c, action, name, bucket, owner, AWS_READS, ret);
}

struct rb_error *s3_bucket_put(struct aws_client *c, const char *action, const char *name,
			       const char *bucket, const char *owner, const char *body,
			       const char *content_type)
{
	const struct s3_call call = {
		.action = action,
		.method = "PUT",
		.bucket = bucket,
		.owner = owner,
		.body = body,
		.body_n = strlen(body),
		.content_type = content_type,
		.checksum = true, /* refused without */
		.flags = AWS_CHANGES | AWS_AGAIN,
	};

	return s3_bucket_call(c, &call, name, NULL);
}

struct rb_error *s3_bucket_text(struct aws_client *c, const char *action, const char *name,
				const char *bucket, const char *owner, const char *path, char **ret)
{
	auto_xml_reply reply = XML_REPLY_INIT;

	TRY(s3_bucket_read(c, action, name, bucket, owner, &reply));
	*ret = xml_text(reply.root, path);
	if (!*ret)
		*ret = xstrdup("");
	return NULL;
}

struct rb_error *s3_bucket_delete(struct aws_client *c, const char *action, const char *name,
				  const char *bucket, const char *owner)
{
	const struct s3_call call = {
		.action = action,
		.method = "DELETE",
		.bucket = bucket,
		.owner = owner,
		.flags = AWS_CHANGES | AWS_AGAIN,
	};

	return s3_bucket_call(c, &call, name, NULL);
}

static void add_escaped(struct buf *out, const char *s)
{
	static const struct {
		char c;
		const char *escaped;
	} rows[] = {
		{ '&', "&amp;" },  { '<', "&lt;" },   { '>', "&gt;" },
		{ '"', "&quot;" }, { '\r', "&#13;" },
	};
	size_t i;

	for (; *s; s++) {
		for (i = 0; i < ARRAY_LEN(rows) && rows[i].c != *s; i++)
			;
		if (i < ARRAY_LEN(rows))
			(void)buf_adds(out, rows[i].escaped);
		else
			(void)buf_addc(out, *s);
	}
}

void s3_add_tags(struct buf *out, const char *element, const struct aws_tags *tags)
{
	(void)buf_addf(out, "<%s>", element);
	for (size_t i = 0; i < tags->n; i++) {
		(void)buf_adds(out, "<Tag><Key>");
		add_escaped(out, tags->v[i].key);
		(void)buf_adds(out, "</Key><Value>");
		add_escaped(out, tags->v[i].value);
		(void)buf_adds(out, "</Value></Tag>");
	}
	(void)buf_addf(out, "</%s>", element);
}
