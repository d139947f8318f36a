/* SPDX-License-Identifier: Apache-2.0 */
/* The IpPermissions of a request, taken apart into rules. */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/ec2/ec2.h"
#include "sandbox/ec2/rule.h"

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

bool permission_has_ports(const char *protocol)
{
	return !strcmp(protocol, "tcp") || !strcmp(protocol, "udp");
}

static bool port_of(const json_t *permission, const char *member, int64_t *ret)
{
	const char *s = json_string_value(json_object_get(permission, member));

	return s && text_parse_i64(s, -1, 65535, ret);
}

json_t *permission_traffic(struct sec2 *c, const json_t *permission)
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
	if (permission_has_ports(protocol) && !given) {
		sec2_fail(c, "InvalidParameterValue",
			  "Invalid value 'Must specify both from and to ports with TCP/UDP.' for "
			  "portRange.");
		return NULL;
	}
	if (permission_has_ports(protocol) && (from < 0 || to < from)) {
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

bool permission_add_groups(struct sec2 *c, json_t *rules, const json_t *traffic,
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
				   SANDBOX_ACCOUNT),
			 item);
	}
	return true;
}

bool permission_add_ranges(struct sec2 *c, json_t *rules, const json_t *traffic,
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

json_t *rule_asked(struct sec2 *c, const char *vpc_id)
{
	json_t *permissions =
		sec2_arg_tree(c, "IpPermissions")
			? json_incref((json_t *)(uintptr_t)sec2_arg_tree(c, "IpPermissions"))
		: sec2_arg(c, "IpProtocol") ? json_pack("[o]", flat_permission(c))
					    : json_array();
	json_t *rules = json_array(), *permission;
	size_t i;

	json_array_foreach(permissions, i, permission) {
		json_t *traffic = permission_traffic(c, permission);
		size_t before = json_array_size(rules);

		if (traffic && permission_add_groups(c, rules, traffic, permission, vpc_id) &&
		    permission_add_ranges(c, rules, traffic, permission) &&
		    json_array_size(rules) == before)
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
