/* SPDX-License-Identifier: Apache-2.0 */
/* Security groups and their rules. */
#include "aws/ec2/parse.h"

#include "base/text.h"

static const struct ec2_field rule_fields[] = {
	EC2_TEXT(ec2_rule, rule_id, "securityGroupRuleId"),
	EC2_TEXT(ec2_rule, protocol, "ipProtocol"),
	EC2_TEXT(ec2_rule, cidr, "cidrIpv4"),
	EC2_TEXT(ec2_rule, cidr, "cidrIpv6"),
	EC2_TEXT(ec2_rule, group_id, "referencedGroupInfo/groupId"),
	EC2_TEXT(ec2_rule, prefix_list_id, "prefixListId"),
	EC2_TEXT(ec2_rule, description, "description"),
	EC2_BOOL(ec2_rule, egress, "isEgress"),
	EC2_INT(ec2_rule, from_port, "fromPort", -1),
	EC2_INT(ec2_rule, to_port, "toPort", -1),
	EC2_TAGS(ec2_rule, tags, "tagSet/item"),
	EC2_FIELDS_END,
};
EC2_DEFINE_LIST(ec2_rule, ec2_rules, rule_fields)

static const struct ec2_field group_fields[] = {
	EC2_TEXT(ec2_group, group_id, "groupId"),
	EC2_TEXT(ec2_group, name, "groupName"),
	EC2_TEXT(ec2_group, description, "groupDescription"),
	EC2_TEXT(ec2_group, vpc_id, "vpcId"),
	EC2_LIST(ec2_group, rules, NULL, ec2_rules),
	EC2_TAGS(ec2_group, tags, "tagSet/item"),
	EC2_FIELDS_END,
};
EC2_DEFINE_LIST(ec2_group, ec2_groups, group_fields)

/* What the rules of one permission have in common. */
static const struct ec2_field permission_fields[] = {
	EC2_TEXT(ec2_rule, protocol, "ipProtocol"),
	EC2_INT(ec2_rule, from_port, "fromPort", -1),
	EC2_INT(ec2_rule, to_port, "toPort", -1),
	EC2_FIELDS_END,
};

/* One permission of a group is a rule for each block, group and prefix list that it names. */
static void add_permission(struct ec2_rules *rules, const struct xml_node *item, bool egress)
{
	static const struct {
		const char *items, *text;
		size_t member;
	} whom[] = {
		{ "ipRanges/item", "cidrIp", offsetof(struct ec2_rule, cidr) },
		{ "ipv6Ranges/item", "cidrIpv6", offsetof(struct ec2_rule, cidr) },
		{ "groups/item", "groupId", offsetof(struct ec2_rule, group_id) },
		{ "prefixListIds/item", "prefixListId", offsetof(struct ec2_rule, prefix_list_id) },
	};

	for (size_t i = 0; i < ARRAY_LEN(whom); i++) {
		xml_each(who, item, whom[i].items) {
			struct ec2_rule *r = ec2_rules_push(rules);

			r->egress = egress;
			ec2_fields_read(permission_fields, item, r);
			r->description = xml_text(who, "description");
			*(char **)((char *)r + whom[i].member) = xml_text(who, whom[i].text);
		}
	}
}

static struct rb_error *add_permissions(void *thing, const struct xml_node *item)
{
	struct ec2_group *g = thing;

	xml_each(permission, item, "ipPermissions/item")
		add_permission(&g->rules, permission, /* egress= */ false);
	xml_each(permission, item, "ipPermissionsEgress/item")
		add_permission(&g->rules, permission, /* egress= */ true);
	return NULL;
}

struct rb_error *ec2_create_group(struct aws_client *c, const char *vpc_id, const char *name,
				  const char *description, const struct aws_tags *tags,
				  char **ret_group_id)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "GroupName", name);
	params_add(&p, "GroupDescription", description);
	params_add(&p, "VpcId", vpc_id);
	params_add_tag_spec(&p, "security-group", tags);
	return rb_error_what(ec2_make(c, "CreateSecurityGroup", &p, /* token= */ false, "groupId",
				      NULL, ret_group_id),
			     "cannot create security group '%s' in VPC '%s'", name, vpc_id);
}

struct rb_error *ec2_describe_groups(struct aws_client *c, const char *const *ids,
				     const struct aws_filter *filters, struct ec2_groups *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeSecurityGroups",
		.id_param = "GroupId",
		.items = "securityGroupInfo/item",
		.page = 1000,
		.noun = N_("security group"),
		.type = &ec2_groups_type,
		.add = add_permissions,
	};
	auto_ec2_groups found = { 0 };

	TRY(ec2_list(c, &how, NULL, ids, filters, &found));
	EC2_GIVE(ret, found);
	return NULL;
}

struct rb_error *ec2_delete_group(struct aws_client *c, const char *group_id)
{
	return rb_error_what(ec2_remove(c, "DeleteSecurityGroup", "GroupId", group_id),
			     "cannot delete security group '%s'", group_id);
}

struct rb_error *ec2_describe_rules(struct aws_client *c, const struct aws_filter *filters,
				    struct ec2_rules *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeSecurityGroupRules",
		.items = "securityGroupRuleSet/item",
		.page = 1000,
		.noun = N_("security group rule"),
		.type = &ec2_rules_type,
	};
	auto_ec2_rules found = { 0 };

	TRY(ec2_list(c, &how, NULL, NULL, filters, &found));
	EC2_GIVE(ret, found);
	return NULL;
}

/* Where a rule's other side goes: the list of IpPermissions.1 and the member in it. */
static void params_add_source(struct aws_params *p, const struct ec2_rule *rule)
{
	const struct {
		const char *list;
		const char *member;
		const char *value;
	} sources[] = {
		{ "IpRanges", "CidrIp",
		  rule->cidr && !strchr(rule->cidr, ':') ? rule->cidr : NULL },
		{ "Ipv6Ranges", "CidrIpv6",
		  rule->cidr && strchr(rule->cidr, ':') ? rule->cidr : NULL },
		{ "Groups", "GroupId", rule->group_id },
		{ "PrefixListIds", "PrefixListId", rule->prefix_list_id },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(sources); i++) {
		if (!sources[i].value)
			continue;
		params_addf(p, sources[i].value, "IpPermissions.1.%s.1.%s", sources[i].list,
			    sources[i].member);
		params_addf(p, rule->description, "IpPermissions.1.%s.1.Description",
			    sources[i].list);
	}
}

struct rb_error *ec2_authorize(struct aws_client *c, const char *group_id,
			       const struct ec2_rule *rule, const struct aws_tags *tags,
			       char **ret_rule_id)
{
	auto_aws_params p = AWS_PARAMS_INIT;
	auto_xml_reply reply = XML_REPLY_INIT;
	autofree char *id = NULL;
	struct rb_error *err;

	params_add(&p, "GroupId", group_id);
	params_add(&p, "IpPermissions.1.IpProtocol", rule->protocol);
	/* "all protocols" has no ports; with any other protocol -1 is a value of its own */
	if (!text_eq(rule->protocol, "-1")) {
		params_add_int(&p, "IpPermissions.1.FromPort", rule->from_port);
		params_add_int(&p, "IpPermissions.1.ToPort", rule->to_port);
	}
	params_add_source(&p, rule);
	params_add_tag_spec(&p, "security-group-rule", tags);
	err = ec2_send(
		c, rule->egress ? "AuthorizeSecurityGroupEgress" : "AuthorizeSecurityGroupIngress",
		&p, AWS_CHANGES, &reply);
	if (err)
		return rb_error_what(err, "cannot add an %-s rule to security group '%s'",
				     rule->egress ? N_("outbound") : N_("inbound"), group_id);
	id = xml_text(reply.root, "securityGroupRuleSet/item/securityGroupRuleId");
	if (id)
		aws_session_note_id(aws_client_session(c), id, /* age_s= */ 0);
	if (ret_rule_id)
		*ret_rule_id = steal_str(&id);
	return NULL;
}

struct rb_error *ec2_revoke(struct aws_client *c, const char *group_id, bool egress,
			    const char *rule_id)
{
	auto_aws_params p = AWS_PARAMS_INIT;
	struct rb_error *err;

	params_add(&p, "GroupId", group_id);
	params_add(&p, "SecurityGroupRuleId.1", rule_id);
	err = ec2_change(c, egress ? "RevokeSecurityGroupEgress" : "RevokeSecurityGroupIngress",
			 &p);
	if (!aws_client_is_dry(c) && (!err || rb_error_is(err, RB_GONE)))
		aws_session_forget_id(aws_client_session(c), rule_id);
	return rb_error_what(err, "cannot remove rule '%s' of security group '%s'", rule_id,
			     group_id);
}
