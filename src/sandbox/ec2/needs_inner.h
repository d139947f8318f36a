/* SPDX-License-Identifier: Apache-2.0 */
/* What the files share that say which permissions a request to EC2 needs. */
#ifndef SANDBOX_EC2_NEEDS_INNER_H
#define SANDBOX_EC2_NEEDS_INNER_H

#include "sandbox/core/sbx.h"
#include "sandbox/iam/needs.h"

struct permission_query {
	struct sbx *sbx;
	const struct sbx_request *req;
	struct required_permissions *ret;
	const char *action; /* "ec2:CreateVpc" */
};

/* The request's argument `a`, or `b` inside it unless NULL; NULL: not there. */
const char *permission_arg(const struct permission_query *q, const char *a, const char *b);
/* The tags that the request gives to things of a type; NULL: none. */
const json_t *permission_tags(const struct permission_query *q, const char *type);
/* The facts of the context that tell of these tags. */
void permission_add_request_tags(struct required_permission *need, const json_t *tags);
/* The fact `key`: the ARN of a VPC of the request's region; its id NULL: none. */
void permission_add_vpc(const struct permission_query *q, struct required_permission *need,
			const char *key, const char *id);
/* That for a new thing of the type, and for its tags. */
void permission_need_new(const struct permission_query *q, const char *action, const char *type);

#endif
