/* SPDX-License-Identifier: Apache-2.0 */
/* Security groups and their rules. */
#include "aws/ec2/parse.h"

#include "base/text.h"

static void ec2_rule_clear(struct ec2_rule *r)
{
	free(r->rule_id);
	free(r->protocol);
	free(r->cidr);
	free(r->group_id);
	free(r->prefix_list_id);
	free(r->description);
	aws_tags_clear(&r->tags);
}
EC2_DEFINE_LIST(ec2_rule, ec2_rules)

static void ec2_group_clear(struct ec2_group *g)
{
	free(g->group_id);
	free(g->name);
	free(g->description);
	free(g->vpc_id);
	ec2_rules_clear(&g->rules);
	aws_tags_clear(&g->tags);
}
EC2_DEFINE_LIST(ec2_group, ec2_groups)

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
			r->protocol = xml_text(item, "ipProtocol");
			r->from_port = ec2_int(item, "fromPort", -1);
			r->to_port = ec2_int(item, "toPort", -1);
			r->description = xml_text(who, "description");
			*(char **)((char *)r + whom[i].member) = xml_text(who, whom[i].text);
		}
	}
}

static struct rb_error *add_group(void *list, const struct xml_node *item)
{
	struct ec2_group *g = ec2_groups_push(list);

	g->group_id = xml_text(item, "groupId");
	g->name = xml_text(item, "groupName");
	g->description = xml_text(item, "groupDescription");
	g->vpc_id = xml_text(item, "vpcId");
	xml_each(permission, item, "ipPermissions/item")
		add_permission(&g->rules, permission, /* egress= */ false);
	xml_each(permission, item, "ipPermissionsEgress/item")
		add_permission(&g->rules, permission, /* egress= */ true);
	xml_tags(item, "tagSet/item", &g->tags);
	return NULL;
}

static struct rb_error *add_rule(void *list, const struct xml_node *item)
{
	struct ec2_rule *r = ec2_rules_push(list);

	r->rule_id = xml_text(item, "securityGroupRuleId");
	r->egress = xml_bool(item, "isEgress");
	r->protocol = xml_text(item, "ipProtocol");
	r->from_port = ec2_int(item, "fromPort", -1);
	r->to_port = ec2_int(item, "toPort", -1);
	r->cidr = xml_text(item, "cidrIpv4");
	if (!r->cidr)
		r->cidr = xml_text(item, "cidrIpv6");
	r->group_id = xml_text(item, "referencedGroupInfo/groupId");
	r->prefix_list_id = xml_text(item, "prefixListId");
	r->description = xml_text(item, "description");
	xml_tags(item, "tagSet/item", &r->tags);
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
		.noun = "security group",
		.add = add_group,
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
		.noun = "security group rule",
		.add = add_rule,
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
	err = aws_query_call(c, "ec2",
			     rule->egress ? "AuthorizeSecurityGroupEgress"
					  : "AuthorizeSecurityGroupIngress",
			     &p, AWS_CHANGES, &reply);
	if (err)
		return rb_error_what(err, "cannot add an %s rule to security group '%s'",
				     rule->egress ? "outbound" : "inbound", group_id);
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
	if (!err || rb_error_is(err, RB_GONE))
		aws_session_forget_id(aws_client_session(c), rule_id);
	return rb_error_what(err, "cannot remove rule '%s' of security group '%s'", rule_id,
			     group_id);
}
