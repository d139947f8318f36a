/* SPDX-License-Identifier: Apache-2.0 */
/* Which buckets there are. */
#include <stdlib.h>

#include "aws/core/call.h"
#include "aws/s3.h"
#include "base/alloc.h"
#include "base/text.h"

enum { PAGE = 1000 };

void s3_buckets_clear(struct s3_buckets *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].name);
		free(l->v[i].created);
	}
	free(l->v);
	*l = (struct s3_buckets){ 0 };
}

static struct rb_error *list_page(struct aws_client *c, const char *token, struct s3_buckets *l,
				  char **ret_next)
{
	auto_aws_params q = AWS_PARAMS_INIT;
	const struct s3_call call = {
		.action = "ListBuckets", .method = "GET", .query = &q, .flags = AWS_READS
	};
	auto_xml_reply reply = XML_REPLY_INIT;

	params_add(&q, "bucket-region", aws_client_region(c));
	params_add_int(&q, "max-buckets", PAGE);
	if (token)
		params_add(&q, "continuation-token", token);
	TRY(rb_error_what(aws_s3_call_xml(c, &call, &reply), "cannot list the buckets"));
	xml_each(item, reply.root, "Buckets/Bucket") {
		autofree char *name = xml_text(item, "Name");

		if (!name)
			continue;
		l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
		l->v[l->n++] =
			(struct s3_bucket){ steal_str(&name), xml_text(item, "CreationDate") };
	}
	set_str(ret_next, NULL);
	*ret_next = xml_text(reply.root, "ContinuationToken");
	return NULL;
}

struct rb_error *s3_list_buckets(struct aws_client *c, struct s3_buckets *ret)
{
	auto_s3_buckets found = { 0 };
	autofree char *token = NULL;

	do {
		autofree char *before = steal_str(&token);

		TRY(list_page(c, before, &found, &token));
		if (token && text_eq(token, before))
			return rb_error_what(
				rb_error_because(RB_PROTOCOL, "the same page comes again"),
				"cannot list the buckets");
	} while (token && *token);
	*ret = found;
	found = (struct s3_buckets){ 0 };
	return NULL;
}
