/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parameters of a Query or EC2 call, as the form body that carries them.  The
 * same builder makes S3's query strings: both are name=value pairs, encoded.
 *
 *	auto_aws_params p = AWS_PARAMS_INIT;
 *
 *	params_add(&p, "CidrBlock", cidr);
 *	params_add_tag_spec(&p, "vpc", tags);
 *	-> CidrBlock=10.0.0.0%2F16&TagSpecification.1.ResourceType=vpc&...
 *
 * What is absent (NULL, an empty list) is not sent at all.
 */
#ifndef AWS_QUERY_H
#define AWS_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/core/client.h"
#include "base/attr.h"
#include "base/buf.h"

struct aws_params {
	struct buf body; /* "A=1&B=2" so far */
	int n_filters;	 /* used up numbers of Filter.N */
	int n_tag_specs; /* and of TagSpecification.N */
};
#define AWS_PARAMS_INIT                                                                            \
	{                                                                                          \
		.body = BUF_INIT                                                                   \
	}
void aws_params_clear(struct aws_params *p);
#define auto_aws_params CLEANUP(aws_params_clear) struct aws_params

/* NULL is not sent, "" is. */
void params_add(struct aws_params *p, const char *name, const char *value);
/* The name by format: params_addf(&p, id, "SecurityGroupId.%d", i). */
void params_addf(struct aws_params *p, const char *value, const char *name_fmt, ...)
	PRINTF_LIKE(3, 4);
void params_add_int(struct aws_params *p, const char *name, int64_t value);
void params_add_bool(struct aws_params *p, const char *name, bool value);
/* `items` ends with NULL: NAME.1, NAME.2, ...; for IAM and STS `name` is "ActionNames.member". */
void params_add_list(struct aws_params *p, const char *name, const char *const *items);

/* The next Filter.N's; `filters` as in client.h, NULL: none. */
void params_add_filters(struct aws_params *p, const struct aws_filter *filters);
void params_add_filter(struct aws_params *p, const char *name, const char *value);

/* The next TagSpecification.N for a resource type; nothing when there are no tags. */
void params_add_tag_spec(struct aws_params *p, const char *type, const struct aws_tags *tags);
/* PREFIX.1.Key, PREFIX.1.Value, ...: "Tag" (CreateTags), "Tags.member" (IAM). */
void params_add_tags(struct aws_params *p, const char *prefix, const struct aws_tags *tags);

#endif
