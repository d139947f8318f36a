/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of single actions.
 *   source  EC2 API Reference, "Ensuring idempotency" and "Request throttling" (the buckets of
 *           CreateVpcEndpoint and its like refill at 0.3 a second); IAM and S3 API References
 */
#include "aws/core/actions.h"

#include <stddef.h>
#include <string.h>

#include "base/attr.h"

enum { SLOW_REFILL_MS = 4000 };

static const struct action {
	const char *name;
	bool takes_token;
	bool only_tags;
	int64_t throttle_ms;
} actions[] = {
	{ "RunInstances", .takes_token = true },
	{ "CreateRouteTable", .takes_token = true },
	{ "CreateInstanceConnectEndpoint", .takes_token = true },
	{ "CreateVpcEndpoint", .takes_token = true, .throttle_ms = SLOW_REFILL_MS },
	{ "ModifyVpcEndpoint", .throttle_ms = SLOW_REFILL_MS },
	{ "DeleteVpcEndpoints", .throttle_ms = SLOW_REFILL_MS },
	{ "DescribeVpcEndpoints", .throttle_ms = SLOW_REFILL_MS },
	{ "DescribeVpcEndpointServices", .throttle_ms = SLOW_REFILL_MS },
	{ "CreateTags", .only_tags = true },
	{ "DeleteTags", .only_tags = true },
	{ "PutBucketTagging", .only_tags = true },
	{ "DeleteBucketTagging", .only_tags = true },
	{ "TagRole", .only_tags = true },
	{ "UntagRole", .only_tags = true },
	{ "TagInstanceProfile", .only_tags = true },
	{ "UntagInstanceProfile", .only_tags = true },
};

static const struct action *find(const char *name)
{
	static const struct action plain = { 0 };

	for (size_t i = 0; name && i < ARRAY_LEN(actions); i++)
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
	return &plain;
}

bool aws_action_takes_token(const char *action)
{
	return find(action)->takes_token;
}

bool aws_action_only_tags(const char *action)
{
	return find(action)->only_tags;
}

int64_t aws_action_throttle_ms(const char *action)
{
	return find(action)->throttle_ms;
}
