/* SPDX-License-Identifier: Apache-2.0 */
/* Security groups as AWS shows them: rules gathered by protocol and ports; what lists and describes
 * them. */
#include <string.h>

#include "base/attr.h"
#include "sandbox/core/sbx.h"
#include "sandbox/ec2/ec2.h"

static bool same_int(const json_t *a, const json_t *b, const char *member)
{
	return json_equal(json_object_get(a, member), json_object_get(b, member));
}

static json_t *permission_of(json_t *permissions, const json_t *rule)
{
	json_t *p;
	size_t i;

	/* Without ports, "all" is shown without them too. */
	bool all = !strcmp(sec2_str(rule, "ipProtocol"), "-1");

	json_array_foreach(permissions, i, p) {
		if (!strcmp(sec2_str(p, "ipProtocol"), sec2_str(rule, "ipProtocol")) &&
		    (all || (same_int(p, rule, "fromPort") && same_int(p, rule, "toPort"))))
			return p;
	}
	p = json_pack("{s:s}", "ipProtocol", sec2_str(rule, "ipProtocol"));
	if (!all) {
		json_object_set(p, "fromPort", json_object_get(rule, "fromPort"));
		json_object_set(p, "toPort", json_object_get(rule, "toPort"));
	}
	json_object_set_new(p, "groups", json_array());
	json_object_set_new(p, "ipRanges", json_array());
	json_object_set_new(p, "ipv6Ranges", json_array());
	json_object_set_new(p, "prefixListIds", json_array());
	json_array_append_new(permissions, p);
	return p;
}

static void add_source(json_t *permission, const json_t *rule)
{
	const json_t *description = json_object_get(rule, "description");
	const json_t *group = json_object_get(rule, "referencedGroupInfo");
	const struct {
		const char *of_rule, *set, *in_set;
	} sources[] = { { "cidrIpv4", "ipRanges", "cidrIp" },
			{ "cidrIpv6", "ipv6Ranges", "cidrIpv6" },
			{ "prefixListId", "prefixListIds", "prefixListId" } };
	json_t *source = NULL;

	if (group) {
		source = json_pack("{s:s, s:s}", "userId", SANDBOX_ACCOUNT, "groupId",
				   sec2_str(group, "groupId"));
		json_array_append_new(json_object_get(permission, "groups"), source);
	}
	for (size_t i = 0; i < ARRAY_LEN(sources) && !source; i++) {
		if (!json_object_get(rule, sources[i].of_rule))
			continue;
		source = json_pack("{s:s}", sources[i].in_set, sec2_str(rule, sources[i].of_rule));
		json_array_append_new(json_object_get(permission, sources[i].set), source);
	}
	if (description && source)
		json_object_set(source, "description", (json_t *)(uintptr_t)description);
}

static json_t *view_group(const struct sec2_view_context *context, const json_t *doc)
{
	json_t *view = json_deep_copy(doc), *in = json_array(), *out = json_array(), *rule;
	json_t *rules = store_list(context->st, "security-group-rule", context->region);
	size_t i;

	json_array_foreach(rules, i, rule) {
		bool egress = json_is_true(json_object_get(rule, "isEgress"));

		if (!strcmp(sec2_str(rule, "groupId"), sec2_str(doc, "groupId")))
			add_source(permission_of(egress ? out : in, rule), rule);
	}
	json_decref(rules);
	json_object_set_new(view, "ipPermissions", in);
	json_object_set_new(view, "ipPermissionsEgress", out);
	return view;
}

const struct sec2_kind EC2_GROUP = { .kind = "security-group",
				     .prefix = "sg",
				     .id_member = "groupId",
				     .not_found = "InvalidGroup.NotFound",
				     .malformed = "InvalidGroupId.Malformed",
				     .noun = "security group",
				     .view = view_group };

#define PERMISSION_FILTERS(filter, member)                                                         \
	{ filter ".cidr", member "/ipRanges/cidrIp" },                                             \
		{ filter ".from-port", member "/fromPort" },                                       \
		{ filter ".group-id", member "/groups/groupId" },                                  \
		{ filter ".group-name", member "/groups/groupName" },                              \
		{ filter ".ipv6-cidr", member "/ipv6Ranges/cidrIpv6" },                            \
		{ filter ".prefix-list-id", member "/prefixListIds/prefixListId" },                \
		{ filter ".protocol", member "/ipProtocol" },                                      \
		{ filter ".to-port", member "/toPort" },                                           \
	{                                                                                          \
		filter ".user-id", member "/groups/userId"                                         \
	}

static const struct sec2_filter GROUP_FILTERS[] = {
	{ "description", "groupDescription" },
	PERMISSION_FILTERS("egress.ip-permission", "ipPermissionsEgress"),
	PERMISSION_FILTERS("ip-permission", "ipPermissions"),
	{ "group-id", "groupId" },
	{ "group-name", "groupName" },
	{ "owner-id", "ownerId" },
	{ "tag-key", "tagSet/key" },
	{ "vpc-id", "vpcId" },
	{ 0 },
};

void sec2_describe_security_groups(struct sec2 *c)
{
	static const struct sec2_list list = { .set = "securityGroupInfo",
					       .ids = "GroupId",
					       .kind = &EC2_GROUP,
					       .filters = GROUP_FILTERS };
	const json_t *names = sec2_arg_tree(c, "GroupName");

	if (json_array_size(names)) { /* names are for the default VPC, which this account lacks */
		sec2_fail(c, "InvalidGroup.NotFound", "The security group '%s' does not exist",
			  json_string_value(json_array_get(names, 0)));
		return;
	}
	sec2_describe(c, &list);
}

/* Peered VPCs that refer to the groups: none, since a peering across regions cannot. */
void sec2_describe_security_group_references(struct sec2 *c)
{
	const json_t *id;
	size_t i;

	json_array_foreach(sec2_arg_tree(c, "GroupId"), i, id) {
		json_t *doc = sec2_need(c, &EC2_GROUP, json_string_value(id));

		json_decref(doc);
		if (!doc)
			return;
	}
	sec2_reply(c, json_pack("{s:[]}", "securityGroupReferenceSet"));
}

/* Rules that name a vanished group of a peered VPC: none, for the same reason. */
void sec2_describe_stale_security_groups(struct sec2 *c)
{
	json_t *vpc = sec2_need(c, &EC2_VPC, sec2_arg(c, "VpcId"));

	json_decref(vpc);
	if (vpc)
		sec2_reply(c, json_pack("{s:[]}", "staleSecurityGroupSet"));
}

static const struct sec2_filter FOR_VPC_FILTERS[] = {
	{ "group-id", "groupId" },
	{ "description", "description" },
	{ "group-name", "groupName" },
	{ "owner-id", "ownerId" },
	{ "primary-vpc-id", "primaryVpcId" },
	{ 0 },
};

void sec2_get_security_groups_for_vpc(struct sec2 *c)
{
	static const struct sec2_list list = { .set = "securityGroupForVpcSet",
					       .kind = &EC2_GROUP,
					       .filters = FOR_VPC_FILTERS };
	const char *vpc_id = sec2_arg(c, "VpcId");
	json_t *vpc = sec2_need(c, &EC2_VPC, vpc_id), *all, *items, *doc;
	size_t i;

	json_decref(vpc);
	if (!vpc)
		return;
	all = store_list_visible(c->st, "security-group", c->region, c->now_ms);
	items = json_array();
	json_array_foreach(all, i, doc) {
		if (!strcmp(sec2_str(doc, "vpcId"), vpc_id))
			json_array_append_new(
				items,
				json_pack("{s:s, s:s, s:s, s:s, s:O, s:s}", "description",
					  sec2_str(doc, "groupDescription"), "groupName",
					  sec2_str(doc, "groupName"), "ownerId", SANDBOX_ACCOUNT,
					  "groupId", sec2_str(doc, "groupId"), "tagSet",
					  json_object_get(doc, "tagSet"), "primaryVpcId", vpc_id));
	}
	json_decref(all);
	sec2_answer_list(c, &list, items);
}
