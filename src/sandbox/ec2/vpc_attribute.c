/* SPDX-License-Identifier: Apache-2.0 */
/* The attributes of a VPC, which are set one at a time. */
#include <string.h>

#include "base/alloc.h"
#include "sandbox/ec2/ec2.h"

static const struct {
	const char *argument, *attribute, *member;
} ATTRIBUTES[] = {
	{ "EnableDnsSupport", "enableDnsSupport", "_dns_support" },
	{ "EnableDnsHostnames", "enableDnsHostnames", "_dns_hostnames" },
	{ "EnableNetworkAddressUsageMetrics", "enableNetworkAddressUsageMetrics",
	  "_address_metrics" },
};

void sec2_modify_vpc_attribute(struct sec2 *c)
{
	json_t *doc = sec2_need(c, &EC2_VPC, sec2_arg(c, "VpcId"));
	size_t given = 0;

	if (!doc)
		return;
	for (size_t i = 0; i < ARRAY_LEN(ATTRIBUTES); i++) {
		autofree char *path = xasprintf("%s.Value", ATTRIBUTES[i].argument);

		if (!sec2_arg(c, path))
			continue;
		given++;
		json_object_set_new(doc, ATTRIBUTES[i].member,
				    json_boolean(sec2_arg_bool(c, path, false)));
	}
	if (given != 1)
		sec2_fail(c, given ? "InvalidParameterCombination" : "MissingParameter",
			  given ? "Fields for multiple attribute types specified: only one "
				  "attribute can be modified in a call"
				: "The request must contain an attribute to modify");
	else if (json_is_true(json_object_get(doc, "_dns_hostnames")) &&
		 !json_is_true(json_object_get(doc, "_dns_support")))
		sec2_fail(c, "InvalidParameterValue",
			  "DNS hostnames cannot be enabled unless DNS support is enabled");
	if (!sec2_failed(c)) {
		sec2_put(c, &EC2_VPC, doc);
		sec2_reply_true(c);
	}
	json_decref(doc);
}

/* The thing as readers see it, or NULL and failed. */
static json_t *visible_vpc(struct sec2 *c, const char *id)
{
	json_t *doc = store_get_visible(c->st, "vpc", c->region, id, c->now_ms);

	if (!doc)
		sec2_fail_not_found(c, &EC2_VPC, id);
	return doc;
}

void sec2_describe_vpc_attribute(struct sec2 *c)
{
	const char *id = sec2_arg(c, "VpcId"), *attribute = sec2_arg(c, "Attribute");
	json_t *doc = visible_vpc(c, id);

	if (!doc)
		return;
	for (size_t i = 0; i < ARRAY_LEN(ATTRIBUTES); i++) {
		bool on = json_is_true(json_object_get(doc, ATTRIBUTES[i].member));

		if (!strcmp(ATTRIBUTES[i].attribute, attribute))
			sec2_reply(c, json_pack("{s:s, s:{s:b}}", "vpcId", id, attribute, "value",
						(int)on));
	}
	json_decref(doc);
}
