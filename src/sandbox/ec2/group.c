/* SPDX-License-Identifier: Apache-2.0 */
/* Security groups; their rules are things of their own (ec2/rule.c). */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/quota.h"
#include "sandbox/ec2/ec2.h"

/* ---- the group as AWS shows it: rules gathered by protocol and ports ---- */

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

/* ---- for the rest of EC2 ------------------------------------------------ */

json_t *sec2_group_set(const struct sec2_view_context *context, const json_t *ids)
{
	json_t *set = json_array(), *id;
	size_t i;

	json_array_foreach(ids, i, id) {
		json_t *group = store_get(context->st, "security-group", context->region,
					  json_string_value(id));

		json_array_append_new(set, json_pack("{s:O, s:s}", "groupId", id, "groupName",
						     sec2_str(group, "groupName")));
		json_decref(group);
	}
	return set;
}

bool sec2_check_groups(struct sec2 *c, const json_t *ids, const char *vpc_id)
{
	const json_t *id;
	size_t i;

	if (json_array_size(ids) > 5) {
		sec2_fail(c, "SecurityGroupsPerInterfaceLimitExceeded",
			  "You have exceeded the number of security groups allowed per network "
			  "interface.");
		return false;
	}
	json_array_foreach(ids, i, id) {
		json_t *group = sec2_need(c, &EC2_GROUP, json_string_value(id));

		if (group && strcmp(sec2_str(group, "vpcId"), vpc_id) != 0)
			sec2_fail(c, "InvalidParameter",
				  "Security group %s and subnet belong to different networks.",
				  json_string_value(id));
		json_decref(group);
		if (sec2_failed(c))
			return false;
	}
	return true;
}

char *sec2_default_group(const struct sec2 *c, const char *vpc_id)
{
	json_t *all = sec2_all(c, &EC2_GROUP), *doc;
	char *id = NULL;
	size_t i;

	json_array_foreach(all, i, doc) {
		if (!id && !strcmp(sec2_str(doc, "vpcId"), vpc_id) &&
		    json_is_true(json_object_get(doc, "_default")))
			id = xstrdup(sec2_str(doc, "groupId"));
	}
	json_decref(all);
	return id ? id : xstrdup("");
}

/* ---- making ------------------------------------------------------------- */

static void put_rule(struct sec2 *c, const char *group_id, bool egress, json_t *source)
{
	autofree char *id = sbx_new_id("sgr");
	autofree char *arn = sbx_arn("ec2", c->region, "security-group-rule/%s", id);
	json_t *rule = json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:i, s:i}", "securityGroupRuleId",
				 id, "securityGroupRuleArn", arn, "groupId", group_id,
				 "groupOwnerId", SANDBOX_ACCOUNT, "isEgress", (int)egress,
				 "ipProtocol", "-1", "fromPort", -1, "toPort", -1);

	json_object_update(rule, source);
	json_object_set_new(rule, "tagSet", json_array());
	sec2_put(c, &EC2_RULE, rule);
	json_decref(rule);
	json_decref(source);
}

static void put_group(struct sec2 *c, const char *id, const char *name, const char *description,
		      const char *vpc_id, json_t *tags, bool is_default)
{
	autofree char *arn = sbx_arn("ec2", c->region, "security-group/%s", id);
	json_t *doc = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:b}", "groupId", id,
				"securityGroupArn", arn, "ownerId", SANDBOX_ACCOUNT, "groupName",
				name, "groupDescription", description, "vpcId", vpc_id, "tagSet",
				tags, "_default", (int)is_default);

	sec2_put(c, &EC2_GROUP, doc);
	json_decref(doc);
	/* What AWS puts into every new group: all may leave. */
	put_rule(c, id, /* egress= */ true, json_pack("{s:s}", "cidrIpv4", "0.0.0.0/0"));
}

void sec2_group_make_default(struct sec2 *c, const char *vpc_id)
{
	autofree char *id = sbx_new_id("sg");

	put_group(c, id, "default", "default VPC security group", vpc_id, json_array(), true);
	put_rule(c, id, /* egress= */ false,
		 json_pack("{s:{s:s, s:s}}", "referencedGroupInfo", "groupId", id, "userId",
			   SANDBOX_ACCOUNT));
}

/* Letters, digits, blanks and ._-:/()#,@[]+=&;{}!$* */
static bool is_group_text(const char *s)
{
	size_t n = strlen(s);

	return n >= 1 && n <= 255 &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 "
			 "._-:/()#,@[]+=&;{}!$*") == n;
}

static bool check_group_texts(struct sec2 *c)
{
	const char *name = sec2_arg(c, "GroupName");
	const char *description = sec2_arg(c, "GroupDescription");

	if (!is_group_text(name) || !strncmp(name, "sg-", 3))
		sec2_fail(c, "InvalidParameterValue",
			  "Value (%s) for parameter GroupName is invalid. %s", name,
			  !strncmp(name, "sg-", 3)
				  ? "Group names may not be in the format sg-*."
				  : "Character sets beyond ASCII are not supported.");
	else if (!strcmp(name, "default"))
		sec2_fail(c, "InvalidGroup.Reserved", "The security group 'default' is reserved");
	else if (!is_group_text(description))
		sec2_fail(c, "InvalidParameterValue",
			  "Value (%s) for parameter GroupDescription is invalid. Character sets "
			  "beyond ASCII are not supported.",
			  description);
	return !sec2_failed(c);
}

static bool check_group_free(struct sec2 *c, const char *name, const char *vpc_id)
{
	json_t *all = sec2_all(c, &EC2_GROUP), *doc;
	size_t i;

	if (json_array_size(all) >= sbx_quota(c->st, SBX_QUOTA_GROUPS))
		sec2_fail(c, "SecurityGroupLimitExceeded",
			  "The maximum number of security groups has been reached.");
	json_array_foreach(all, i, doc) {
		if (!sec2_failed(c) && !strcmp(sec2_str(doc, "vpcId"), vpc_id) &&
		    !strcmp(sec2_str(doc, "groupName"), name))
			sec2_fail(c, "InvalidGroup.Duplicate",
				  "The security group '%s' already exists for VPC '%s'", name,
				  vpc_id);
	}
	json_decref(all);
	return !sec2_failed(c);
}

void sec2_create_security_group(struct sec2 *c)
{
	const char *name = sec2_arg(c, "GroupName"), *vpc_id = sec2_arg(c, "VpcId");
	autofree char *id = sbx_new_id("sg");
	autofree char *arn = sbx_arn("ec2", c->region, "security-group/%s", id);
	json_t *vpc, *tags;

	if (!vpc_id) {
		sec2_fail(c, "VPCIdNotSpecified", "No default VPC for this user");
		return;
	}
	vpc = sec2_need(c, &EC2_VPC, vpc_id);
	json_decref(vpc);
	if (!vpc || !check_group_texts(c) || !check_group_free(c, name, vpc_id))
		return;
	tags = sec2_tags(c, "security-group", NULL);
	if (!tags)
		return;
	put_group(c, id, name, sec2_arg(c, "GroupDescription"), vpc_id, json_incref(tags), false);
	sec2_reply(c, json_pack("{s:s, s:o, s:s}", "groupId", id, "tagSet", tags,
				"securityGroupArn", arn));
}

/* ---- describing --------------------------------------------------------- */

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

/* ---- its end ------------------------------------------------------------ */

void sec2_group_forget(struct sec2 *c, const char *group_id)
{
	json_t *rules = sec2_all(c, &EC2_RULE), *rule;
	size_t i;

	json_array_foreach(rules, i, rule) {
		if (!strcmp(sec2_str(rule, "groupId"), group_id))
			sec2_drop(c, &EC2_RULE, sec2_str(rule, "securityGroupRuleId"));
	}
	json_decref(rules);
	sec2_drop(c, &EC2_GROUP, group_id);
}

static bool names_group(const json_t *doc, const char *group_id)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(doc, "groupSet"), i, item) {
		if (!strcmp(sec2_str(item, "groupId"), group_id))
			return true;
	}
	json_array_foreach(json_object_get(doc, "securityGroupIdSet"), i, item) {
		if (!strcmp(json_string_value(item), group_id))
			return true;
	}
	return false;
}

/* Another group's rule, or anything that carries the group. */
static bool is_used(const struct sec2 *c, const char *group_id)
{
	const struct sec2_kind *const kinds[] = { &EC2_ENI, &EC2_ENDPOINT, &EC2_CONNECT_ENDPOINT };
	json_t *rules = sec2_all(c, &EC2_RULE), *doc;
	bool used = false;
	size_t i;

	json_array_foreach(rules, i, doc) {
		const json_t *other = json_object_get(doc, "referencedGroupInfo");

		if (!strcmp(sec2_str(other, "groupId"), group_id) &&
		    strcmp(sec2_str(doc, "groupId"), group_id) != 0)
			used = true;
	}
	json_decref(rules);
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		json_t *all = sec2_all(c, kinds[k]);

		json_array_foreach(all, i, doc)
			used = used || names_group(doc, group_id);
		json_decref(all);
	}
	return used;
}

void sec2_delete_security_group(struct sec2 *c)
{
	const char *id = sec2_arg(c, "GroupId");
	json_t *doc;

	if (!id && sec2_arg(c, "GroupName")) {
		sec2_fail(c, "InvalidGroup.NotFound", "The security group '%s' does not exist",
			  sec2_arg(c, "GroupName"));
		return;
	}
	if (!sec2_require(c, "GroupId") || !id)
		return;
	doc = sec2_need(c, &EC2_GROUP, id);
	if (!doc)
		return;
	if (json_is_true(json_object_get(doc, "_default")))
		sec2_fail(
			c, "CannotDelete",
			"the specified group: \"%s\" name: \"default\" cannot be deleted by a user",
			id);
	else if (is_used(c, id))
		sec2_fail(c, "DependencyViolation", "resource %s has a dependent object", id);
	json_decref(doc);
	if (sec2_failed(c))
		return;
	sec2_group_forget(c, id);
	sec2_reply(c, json_pack("{s:b, s:s}", "return", 1, "groupId", id));
}

/* ---- views of a group --------------------------------------------------- */

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
