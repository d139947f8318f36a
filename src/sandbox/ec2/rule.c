/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of security groups, one thing for each source of each permission. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/ec2/ec2.h"

#define MAX_RULES 60 /* of a group, each way */

static json_t *view_rule(const struct sec2_look *look, const json_t *doc)
{
	(void)look;
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

/* "6" is tcp, "all" is -1; NULL for what is no protocol. */
static const char *protocol_name(const char *s)
{
	static const struct {
		const char *alias, *name;
	} names[] = { { "tcp", "tcp" },	      { "6", "tcp" },	 { "udp", "udp" }, { "17", "udp" },
		      { "icmp", "icmp" },     { "1", "icmp" },	 { "-1", "-1" },   { "all", "-1" },
		      { "icmpv6", "icmpv6" }, { "58", "icmpv6" } };
	int64_t number;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (text_eq_nocase(s, names[i].alias))
			return names[i].name;
	}
	return text_parse_i64(s, 0, 255, &number) ? s : NULL;
}

static bool has_ports(const char *protocol)
{
	return !strcmp(protocol, "tcp") || !strcmp(protocol, "udp");
}

static bool port_of(const json_t *permission, const char *member, int64_t *ret)
{
	const char *s = json_string_value(json_object_get(permission, member));

	return s && text_parse_i64(s, -1, 65535, ret);
}

/* Protocol and ports of a permission as a rule's members; NULL and failed. */
static json_t *traffic_of(struct sec2 *c, const json_t *permission)
{
	const char *asked = json_string_value(json_object_get(permission, "IpProtocol"));
	const char *protocol = asked ? protocol_name(asked) : NULL;
	int64_t from = -1, to = -1;
	bool given;

	if (!protocol) {
		sec2_fail(c, asked ? "InvalidParameterValue" : "MissingParameter",
			  asked ? "Invalid value '%s' for IP protocol. Unknown protocol."
				: "The request must contain the parameter ipProtocol%s",
			  asked ? asked : "");
		return NULL;
	}
	given = port_of(permission, "FromPort", &from) && port_of(permission, "ToPort", &to);
	if (has_ports(protocol) && !given) {
		sec2_fail(c, "InvalidParameterValue",
			  "Invalid value 'Must specify both from and to ports with TCP/UDP.' for "
			  "portRange.");
		return NULL;
	}
	if (has_ports(protocol) && (from < 0 || to < from)) {
		sec2_fail(c, "InvalidParameterValue", "Invalid %s port range",
			  !strcmp(protocol, "tcp") ? "TCP" : "UDP");
		return NULL;
	}
	if (!strcmp(protocol, "-1"))
		from = to = -1;
	return json_pack("{s:s, s:I, s:I}", "ipProtocol", protocol, "fromPort", (json_int_t)from,
			 "toPort", (json_int_t)to);
}

/* Takes `source`. */
static void add_rule(json_t *rules, const json_t *traffic, json_t *source, const json_t *from)
{
	json_t *rule = json_copy((json_t *)(uintptr_t)traffic);
	json_t *description = json_object_get(from, "Description");

	json_object_update(rule, source);
	json_decref(source);
	if (description)
		json_object_set(rule, "description", description);
	json_array_append_new(rules, rule);
}

static bool add_groups(struct sec2 *c, json_t *rules, const json_t *traffic,
		       const json_t *permission, const char *vpc_id)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(permission, "Groups"), i, item) {
		const char *id = sec2_str(item, "GroupId");
		json_t *group = sec2_need(c, &EC2_GROUP, id);
		bool far = group && strcmp(sec2_str(group, "vpcId"), vpc_id) != 0;

		json_decref(group);
		if (far)
			sec2_fail(c, "InvalidGroup.NotFound",
				  "You have specified two resources that belong to different "
				  "networks.");
		if (sec2_failed(c))
			return false;
		add_rule(rules, traffic,
			 json_pack("{s:{s:s, s:s}}", "referencedGroupInfo", "groupId", id, "userId",
				   SBX_ACCOUNT),
			 item);
	}
	return true;
}

static bool add_ranges(struct sec2 *c, json_t *rules, const json_t *traffic,
		       const json_t *permission)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(permission, "IpRanges"), i, item) {
		autofree char *cidr = sec2_cidr(sec2_str(item, "CidrIp"), NULL);

		if (!cidr) {
			sec2_fail(c, "InvalidParameterValue", "CIDR block %s is malformed",
				  sec2_str(item, "CidrIp"));
			return false;
		}
		add_rule(rules, traffic, json_pack("{s:s}", "cidrIpv4", cidr), item);
	}
	json_array_foreach(json_object_get(permission, "Ipv6Ranges"), i, item) {
		const char *cidr = sec2_str(item, "CidrIpv6");

		if (!strchr(cidr, ':') || !strchr(cidr, '/')) {
			sec2_fail(c, "InvalidParameterValue", "CIDR block %s is malformed", cidr);
			return false;
		}
		add_rule(rules, traffic, json_pack("{s:s}", "cidrIpv6", cidr), item);
	}
	json_array_foreach(json_object_get(permission, "PrefixListIds"), i, item)
		add_rule(rules, traffic,
			 json_pack("{s:s}", "prefixListId", sec2_str(item, "PrefixListId")), item);
	return true;
}

/* The older form: one permission in top-level parameters. */
static json_t *flat_permission(const struct sec2 *c)
{
	json_t *permission = json_object();
	static const char *const names[] = { "IpProtocol", "FromPort", "ToPort" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (sec2_arg(c, names[i]))
			json_object_set_new(permission, names[i],
					    json_string(sec2_arg(c, names[i])));
	}
	if (sec2_arg(c, "CidrIp"))
		json_object_set_new(permission, "IpRanges",
				    json_pack("[{s:s}]", "CidrIp", sec2_arg(c, "CidrIp")));
	return permission;
}

/* The rules that the arguments describe, without ids; NULL and failed. */
static json_t *asked_rules(struct sec2 *c, const char *vpc_id)
{
	json_t *permissions =
		sec2_arg_tree(c, "IpPermissions")
			? json_incref((json_t *)(uintptr_t)sec2_arg_tree(c, "IpPermissions"))
		: sec2_arg(c, "IpProtocol") ? json_pack("[o]", flat_permission(c))
					    : json_array();
	json_t *rules = json_array(), *permission;
	size_t i;

	json_array_foreach(permissions, i, permission) {
		json_t *traffic = traffic_of(c, permission);
		size_t before = json_array_size(rules);

		if (traffic && add_groups(c, rules, traffic, permission, vpc_id) &&
		    add_ranges(c, rules, traffic, permission) && json_array_size(rules) == before)
			sec2_fail(c, "InvalidParameterValue",
				  "The permission has neither a CIDR block, a prefix list nor a "
				  "security group");
		json_decref(traffic);
		if (sec2_failed(c))
			break;
	}
	json_decref(permissions);
	if (!sec2_failed(c) && !json_array_size(rules))
		sec2_fail(c, "MissingParameter",
			  "Either 'ipPermissions' or 'securityGroupRuleIds' "
			  "should be provided.");
	if (sec2_failed(c)) {
		json_decref(rules);
		return NULL;
	}
	return rules;
}

static const char *const IDENTITY[] = { "ipProtocol",  "fromPort", "toPort",
					"cidrIpv4",    "cidrIpv6", "referencedGroupInfo",
					"prefixListId" };

/* Do the two let the same traffic through?  Descriptions do not count. */
static bool same_rule(const json_t *a, const json_t *b)
{
	for (size_t i = 0; i < ARRAY_LEN(IDENTITY); i++) {
		const json_t *x = json_object_get(a, IDENTITY[i]),
			     *y = json_object_get(b, IDENTITY[i]);

		if (x != y && !json_equal(x, y))
			return false;
	}
	return true;
}

/* The group's rules one way. */
static json_t *rules_of(const struct sec2 *c, const char *group_id, bool egress)
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

/* The group that GroupId names, or NULL and failed. */
static json_t *need_group(struct sec2 *c)
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

	if (has_ports(protocol))
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
			if (same_rule(rule, other)) {
				fail_duplicate(c, rule);
				return false;
			}
		}
		for (j = 0; j < i; j++) {
			if (same_rule(rule, json_array_get(new, j))) {
				sec2_fail(c, "InvalidParameterValue",
					  "The same permission must not appear multiple times");
				return false;
			}
		}
	}
	if (json_array_size(old) + json_array_size(new) > MAX_RULES) {
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
					"groupOwnerId", SBX_ACCOUNT, "isEgress", (int)egress);

		json_object_update(doc, rule);
		json_object_set(doc, "tagSet", (json_t *)(uintptr_t)tags);
		sec2_put(c, &EC2_RULE, doc);
		json_array_append_new(answer, doc);
	}
	sec2_reply(c, json_pack("{s:b, s:o}", "return", 1, "securityGroupRuleSet", answer));
}

static void authorize(struct sec2 *c, bool egress)
{
	json_t *group = need_group(c), *old, *new, *tags = NULL;
	const char *id = sec2_str(group, "groupId");

	if (!group)
		return;
	new = asked_rules(c, sec2_str(group, "vpcId"));
	old = rules_of(c, id, egress);
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

/* ---- revoke ------------------------------------------------------------- */

/* Ids of the rules that are to go; NULL and failed when one of them is not there. */
static json_t *revoked_by_id(struct sec2 *c, const json_t *old)
{
	json_t *gone = json_array(), *rule;
	const json_t *id;
	size_t i, j;

	json_array_foreach(sec2_arg_tree(c, "SecurityGroupRuleId"), i, id) {
		bool found = false;

		json_array_foreach(old, j, rule) {
			if (!strcmp(sec2_str(rule, "securityGroupRuleId"), json_string_value(id))) {
				json_array_append(gone, rule);
				found = true;
			}
		}
		if (!found) {
			sec2_fail_not_found(c, &EC2_RULE, json_string_value(id));
			json_decref(gone);
			return NULL;
		}
	}
	return gone;
}

static json_t *revoked_by_value(struct sec2 *c, const json_t *old, const char *vpc_id)
{
	json_t *asked = asked_rules(c, vpc_id), *gone, *rule, *other;
	size_t i, j;

	if (!asked)
		return NULL;
	gone = json_array();
	json_array_foreach(asked, i, rule) {
		bool found = false;

		json_array_foreach(old, j, other) {
			if (same_rule(rule, other)) {
				json_array_append(gone, other);
				found = true;
			}
		}
		if (!found && !sec2_failed(c))
			sec2_fail(c, "InvalidPermission.NotFound",
				  "The specified rule does not exist in this security group.");
	}
	json_decref(asked);
	if (sec2_failed(c)) {
		json_decref(gone);
		return NULL;
	}
	return gone;
}

static json_t *revoked_view(const json_t *rule)
{
	static const char *const members[] = { "securityGroupRuleId",
					       "groupId",
					       "isEgress",
					       "ipProtocol",
					       "fromPort",
					       "toPort",
					       "cidrIpv4",
					       "cidrIpv6",
					       "prefixListId",
					       "description" };
	const json_t *group = json_object_get(rule, "referencedGroupInfo");
	json_t *view = json_object();

	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		json_t *value = json_object_get(rule, members[i]);

		if (value)
			json_object_set(view, members[i], value);
	}
	if (group)
		json_object_set(view, "referencedGroupId", json_object_get(group, "groupId"));
	return view;
}

static void revoke(struct sec2 *c, bool egress)
{
	json_t *group = need_group(c), *old, *gone, *views, *rule;
	size_t i;

	if (!group)
		return;
	old = rules_of(c, sec2_str(group, "groupId"), egress);
	gone = json_array_size(sec2_arg_tree(c, "SecurityGroupRuleId"))
		       ? revoked_by_id(c, old)
		       : revoked_by_value(c, old, sec2_str(group, "vpcId"));
	if (gone) {
		views = json_array();
		json_array_foreach(gone, i, rule) {
			sec2_drop(c, &EC2_RULE, sec2_str(rule, "securityGroupRuleId"));
			json_array_append_new(views, revoked_view(rule));
		}
		sec2_reply(c, json_pack("{s:b, s:o}", "return", 1, "revokedSecurityGroupRuleSet",
					views));
	}
	json_decref(gone);
	json_decref(old);
	json_decref(group);
}

void sec2_revoke_ingress(struct sec2 *c)
{
	revoke(c, false);
}

void sec2_revoke_egress(struct sec2 *c)
{
	revoke(c, true);
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
	traffic = sec2_failed(c) ? NULL : traffic_of(c, permission);
	if (traffic && add_groups(c, rules, traffic, permission, sec2_str(group, "vpcId")) &&
	    add_ranges(c, rules, traffic, permission)) {
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
	json_t *group = need_group(c);
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
