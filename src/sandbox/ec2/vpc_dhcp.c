/* SPDX-License-Identifier: Apache-2.0 */
/* The DHCP options that come with a VPC. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/ec2/ec2.h"
#include "sandbox/ec2/vpc_inner.h"

char *sec2_dhcp_options_id(const char *region)
{
	char hex[65];

	text_sha256_hex(region, strlen(region), hex);
	return xasprintf("dopt-0%.16s", hex);
}

static const struct sec2_filter DHCP_FILTERS[] = {
	{ "dhcp-options-id", "dhcpOptionsId" },
	{ "key", "dhcpConfigurationSet/key" },
	{ "value", "dhcpConfigurationSet/valueSet/value" },
	{ "owner-id", "ownerId" },
	{ "tag-key", "tagSet/key" },
	{ 0 },
};

void sec2_describe_dhcp_options(struct sec2 *c)
{
	static const struct sec2_list list = { .set = "dhcpOptionsSet", .filters = DHCP_FILTERS };
	autofree char *id = sec2_dhcp_options_id(c->region);
	autofree char *domain = !strcmp(c->region, "us-east-1")
					? xstrdup("ec2.internal")
					: xasprintf("%s.compute.internal", c->region);
	const json_t *asked;
	size_t i;

	json_array_foreach(sec2_arg_tree(c, "DhcpOptionsId"), i, asked) {
		if (strcmp(json_string_value(asked), id) != 0) {
			sec2_fail(c, "InvalidDhcpOptionID.NotFound",
				  "The dhcpOption ID '%s' does not exist",
				  json_string_value(asked));
			return;
		}
	}
	sec2_answer_list(c, &list,
			 json_pack("[{s:s, s:s, s:[{s:s, s:[{s:s}]}, {s:s, s:[{s:s}]}], s:[]}]",
				   "dhcpOptionsId", id, "ownerId", SANDBOX_ACCOUNT,
				   "dhcpConfigurationSet", "key", "domain-name", "valueSet",
				   "value", domain, "key", "domain-name-servers", "valueSet",
				   "value", "AmazonProvidedDNS", "tagSet"));
}
