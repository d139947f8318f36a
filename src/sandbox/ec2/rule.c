/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of security groups, one thing for each source of each permission: added, listed, modified.
 */
#include <string.h>

#include "base/alloc.h"
#include "sandbox/core/quota.h"
#include "sandbox/ec2/ec2.h"
#include "sandbox/ec2/rule.h"

static json_t *view_rule(const struct sec2_view_context *context, const json_t *doc)
{
	(void)context;
	return json_deep_copy(doc);
}

const struct sec2_kind EC2_RULE = { .kind = "security-group-rule",
				    .prefix = "sgr",
				    .id_member = "securityGroupRuleId",
				    .not_found = "InvalidSecurityGroupRuleId.NotFound",
				    .malformed = "InvalidSecurityGroupRuleId.Malformed",
				    .noun = "security group rule ID",
				    .view = view_rule };

/* ---- from permissions to rules ------------------------------------------ */

static const char *const IDENTITY[] = { "ipProtocol",  "fromPort", "toPort",
					"cidrIpv4",    "cidrIpv6", "referencedGroupInfo",
					"prefixListId" };

bool rule_same(const json_t *a, const json_t *b)
{
	for (size_t i = 0; i < ARRAY_LEN(IDENTITY); i++) {
		const json_t *x = json_object_get(a, IDENTITY[i]),
			     *y = json_object_get(b, IDENTITY[i]);

		if (x != y && !json_equal(x, y))
			return false;
	}
	return true;
}

json_t *rule_list(const struct sec2 *c, const char *group_id, bool egress)
{
	json_t *all = sec2_all(c, &EC2_RULE), *some = json_array(), *rule;
	size_t i;

	json_array_foreach(all, i, rule) {
		if (!strcmp(sec2_str(rule, "groupId"), group_id) &&
		    json_is_true(json_object_get(rule, "isEgress")) == egress)
			json_array_append(some, rule);
	}
	json_decref(all);
	return some;
}

json_t *rule_need_group(struct sec2 *c)
{
	if (!sec2_arg(c, "GroupId") && sec2_arg(c, "GroupName")) {
		sec2_fail(c, "InvalidGroup.NotFound", "The security group '%s' does not exist",
			  sec2_arg(c, "GroupName"));
		return NULL;
	}
	return sec2_require(c, "GroupId") ? sec2_need(c, &EC2_GROUP, sec2_arg(c, "GroupId")) : NULL;
}

/* ---- authorize ---------------------------------------------------------- */

static void fail_duplicate(struct sec2 *c, const json_t *rule)
{
	const char *group = sec2_str(json_object_get(rule, "referencedGroupInfo"), "groupId");
	const char *protocol = sec2_str(rule, "ipProtocol");
	autofree char *ports = NULL;

	if (permission_has_ports(protocol))
		ports = xasprintf("%s, from port: %d, to port: %d",
				  !strcmp(protocol, "tcp") ? "TCP" : "UDP",
				  (int)sec2_ms(rule, "fromPort"), (int)sec2_ms(rule, "toPort"));
	else
		ports = xstrdup(!strcmp(protocol, "-1") ? "ALL" : protocol);
	sec2_fail(c, "InvalidPermission.Duplicate",
		  "the specified rule \"peer: %s%s%s, %s, ALLOW\" already exists", group,
		  sec2_str(rule, "cidrIpv4"), sec2_str(rule, "cidrIpv6"), ports);
}

static bool check_new(struct sec2 *c, const json_t *old, const json_t *new)
{
	const json_t *rule, *other;
	size_t i, j;

	json_array_foreach(new, i, rule) {
		json_array_foreach(old, j, other) {
			if (rule_same(rule, other)) {
				fail_duplicate(c, rule);
				return false;
			}
		}
		for (j = 0; j < i; j++) {
			if (rule_same(rule, json_array_get(new, j))) {
				sec2_fail(c, "InvalidParameterValue",
					  "The same permission must not appear multiple times");
				return false;
			}
		}
	}
	if (json_array_size(old) + json_array_size(new) > sbx_quota(c->st, SBX_QUOTA_RULES)) {
		sec2_fail(c, "RulesPerSecurityGroupLimitExceeded",
			  "The maximum number of rules per security group has been reached.");
		return false;
	}
	return true;
}

static void put_rules(struct sec2 *c, const char *group_id, bool egress, const json_t *rules,
		      const json_t *tags)
{
	json_t *answer = json_array(), *rule;
	size_t i;

	json_array_foreach(rules, i, rule) {
		autofree char *id = sbx_new_id("sgr");
		autofree char *arn = sbx_arn("ec2", c->region, "security-group-rule/%s", id);
		json_t *doc = json_pack("{s:s, s:s, s:s, s:s, s:b}", "securityGroupRuleId", id,
					"securityGroupRuleArn", arn, "groupId", group_id,
					"groupOwnerId", SANDBOX_ACCOUNT, "isEgress", (int)egress);

		json_object_update(doc, rule);
		json_object_set(doc, "tagSet", (json_t *)(uintptr_t)tags);
		sec2_put(c, &EC2_RULE, doc);
		json_array_append_new(answer, doc);
	}
	sec2_reply(c, json_pack("{s:b, s:o}", "return", 1, "securityGroupRuleSet", answer));
}

static void authorize(struct sec2 *c, bool egress)
{
	json_t *group = rule_need_group(c), *old, *new, *tags = NULL;
	const char *id = sec2_str(group, "groupId");

	if (!group)
		return;
	new = rule_asked(c, sec2_str(group, "vpcId"));
	old = rule_list(c, id, egress);
	if (new &&check_new(c, old, new))
		tags = sec2_tags(c, "security-group-rule", NULL);
	if (tags)
		put_rules(c, id, egress, new, tags);
	json_decref(tags);
	json_decref(new);
	json_decref(old);
	json_decref(group);
}

void sec2_authorize_ingress(struct sec2 *c)
{
	authorize(c, false);
}

void sec2_authorize_egress(struct sec2 *c)
{
	authorize(c, true);
}

/* ---- describe, modify --------------------------------------------------- */

static const struct sec2_filter RULE_FILTERS[] = {
	{ "group-id", "groupId" },
	{ "security-group-rule-id", "securityGroupRuleId" },
	{ 0 },
};

void sec2_describe_security_group_rules(struct sec2 *c)
{
	static const struct sec2_list list = { .set = "securityGroupRuleSet",
					       .ids = "SecurityGroupRuleId",
					       .kind = &EC2_RULE,
					       .filters = RULE_FILTERS };

	sec2_describe(c, &list);
}

/* An update in the words of Authorize's permissions, so that both are read in one place. */
static json_t *as_permission(const json_t *request)
{
	json_t *p = json_object();
	static const char *const plain[] = { "IpProtocol", "FromPort", "ToPort" };
	static const struct {
		const char *from, *set, *to;
	} sources[] = { { "CidrIpv4", "IpRanges", "CidrIp" },
			{ "CidrIpv6", "Ipv6Ranges", "CidrIpv6" },
			{ "PrefixListId", "PrefixListIds", "PrefixListId" },
			{ "ReferencedGroupId", "Groups", "GroupId" } };

	for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
		if (json_object_get(request, plain[i]))
			json_object_set(p, plain[i], json_object_get(request, plain[i]));
	}
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		json_t *value = json_object_get(request, sources[i].from), *item;

		if (!value)
			continue;
		item = json_pack("{s:O}", sources[i].to, value);
		if (json_object_get(request, "Description"))
			json_object_set(item, "Description",
					json_object_get(request, "Description"));
		json_object_set_new(p, sources[i].set, json_pack("[o]", item));
	}
	return p;
}

static void modify_rule(struct sec2 *c, const json_t *group, const json_t *update)
{
	json_t *rule = sec2_need(c, &EC2_RULE, sec2_str(update, "SecurityGroupRuleId"));
	json_t *permission, *traffic, *rules = json_array();

	if (rule && strcmp(sec2_str(rule, "groupId"), sec2_str(group, "groupId")) != 0)
		sec2_fail_not_found(c, &EC2_RULE, sec2_str(update, "SecurityGroupRuleId"));
	permission = as_permission(json_object_get(update, "SecurityGroupRule"));
	traffic = sec2_failed(c) ? NULL : permission_traffic(c, permission);
	if (traffic &&
	    permission_add_groups(c, rules, traffic, permission, sec2_str(group, "vpcId")) &&
	    permission_add_ranges(c, rules, traffic, permission)) {
		if (json_array_size(rules) != 1) {
			sec2_fail(c, "InvalidParameterValue",
				  "A rule has exactly one source or destination");
		} else {
			for (size_t i = 0; i < ARRAY_LEN(IDENTITY); i++)
				json_object_del(rule, IDENTITY[i]);
			json_object_update(rule, json_array_get(rules, 0));
			sec2_put(c, &EC2_RULE, rule);
		}
	}
	json_decref(permission);
	json_decref(traffic);
	json_decref(rules);
	json_decref(rule);
}

void sec2_modify_security_group_rules(struct sec2 *c)
{
	json_t *group = rule_need_group(c);
	const json_t *update;
	size_t i;

	json_array_foreach(sec2_arg_tree(c, "SecurityGroupRule"), i, update) {
		if (!sec2_failed(c))
			modify_rule(c, group, update);
	}
	json_decref(group);
	if (!sec2_failed(c))
		sec2_reply_true(c);
}
