/* SPDX-License-Identifier: Apache-2.0 */
/* Security groups; their rules are things of their own (ec2/rule.c). */
#include <string.h>

#include "base/alloc.h"
#include "sandbox/core/quota.h"
#include "sandbox/ec2/ec2.h"

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
