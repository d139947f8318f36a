/* SPDX-License-Identifier: Apache-2.0 */
/* Network interfaces, network ACLs, volumes, tags, gateways. */
#include "aws/ec2/parse.h"

/* ---- network interfaces ------------------------------------------------- */

static const struct ec2_field interface_fields[] = {
	EC2_TEXT(ec2_interface, interface_id, "networkInterfaceId"),
	EC2_TEXT(ec2_interface, status, "status"),
	EC2_TEXT(ec2_interface, description, "description"),
	EC2_TEXT(ec2_interface, type, "interfaceType"),
	EC2_TEXT(ec2_interface, requester_id, "requesterId"),
	EC2_TEXT(ec2_interface, private_ip, "privateIpAddress"),
	EC2_TEXT(ec2_interface, vpc_id, "vpcId"),
	EC2_TEXT(ec2_interface, subnet_id, "subnetId"),
	EC2_TEXT(ec2_interface, instance_id, "attachment/instanceId"),
	EC2_BOOL(ec2_interface, requester_managed, "requesterManaged"),
	EC2_TEXTS(ec2_interface, group_ids, "groupSet/item/groupId"),
	EC2_TAGS(ec2_interface, tags, "tagSet/item"),
	EC2_FIELDS_END,
};
EC2_DEFINE_LIST(ec2_interface, ec2_interfaces, interface_fields)

struct rb_error *ec2_describe_interfaces(struct aws_client *c, const char *const *ids,
					 const struct aws_filter *filters,
					 struct ec2_interfaces *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeNetworkInterfaces",
		.id_param = "NetworkInterfaceId",
		.items = "networkInterfaceSet/item",
		.page = 1000,
		.noun = N_("network interface"),
		.type = &ec2_interfaces_type,
	};
	auto_aws_params p = AWS_PARAMS_INIT;
	auto_ec2_interfaces found = { 0 };

	ec2_include_managed(&p);
	TRY(ec2_list(c, &how, &p, ids, filters, &found));
	EC2_GIVE(ret, found);
	return NULL;
}

/* ---- network ACLs ------------------------------------------------------- */

static const struct ec2_field acl_entry_fields[] = {
	EC2_TEXT(ec2_acl_entry, protocol, "protocol"),
	EC2_TEXT(ec2_acl_entry, action, "ruleAction"),
	EC2_TEXT(ec2_acl_entry, cidr, "cidrBlock"),
	EC2_TEXT(ec2_acl_entry, cidr, "ipv6CidrBlock"),
	EC2_BOOL(ec2_acl_entry, egress, "egress"),
	EC2_INT(ec2_acl_entry, rule_number, "ruleNumber", 0),
	EC2_INT(ec2_acl_entry, from_port, "portRange/from", 0),
	EC2_INT(ec2_acl_entry, to_port, "portRange/to", 0),
	EC2_FIELDS_END,
};
EC2_DEFINE_LIST(ec2_acl_entry, ec2_acl_entries, acl_entry_fields)

static const struct ec2_field acl_fields[] = {
	EC2_TEXT(ec2_acl, acl_id, "networkAclId"),
	EC2_TEXT(ec2_acl, vpc_id, "vpcId"),
	EC2_BOOL(ec2_acl, is_default, "default"),
	EC2_LIST(ec2_acl, entries, "entrySet/item", ec2_acl_entries),
	EC2_FIELDS_END,
};
EC2_DEFINE_LIST(ec2_acl, ec2_acls, acl_fields)

struct rb_error *ec2_describe_subnet_acl(struct aws_client *c, const char *subnet_id,
					 struct ec2_acls *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeNetworkAcls",
		.items = "networkAclSet/item",
		.page = 1000,
		.type = &ec2_acls_type,
	};
	const struct aws_filter filters[] = {
		{ "association.subnet-id", { subnet_id } },
		{ 0 },
	};
	auto_ec2_acls found = { 0 };

	TRY(rb_error_what(ec2_list(c, &how, NULL, NULL, filters, &found),
			  "cannot read the network ACL of subnet '%s'", subnet_id));
	EC2_GIVE(ret, found);
	return NULL;
}

/* ---- volumes ------------------------------------------------------------ */

static const struct ec2_field volume_fields[] = {
	EC2_TEXT(ec2_volume, volume_id, "volumeId"),
	EC2_TEXT(ec2_volume, state, "status"),
	EC2_TAGS(ec2_volume, tags, "tagSet/item"),
	EC2_FIELDS_END,
};
EC2_DEFINE_LIST(ec2_volume, ec2_volumes, volume_fields)

struct rb_error *ec2_describe_volumes(struct aws_client *c, const char *const *ids,
				      const struct aws_filter *filters, struct ec2_volumes *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeVolumes",
		.id_param = "VolumeId",
		.items = "volumeSet/item",
		.page = 500,
		.noun = N_("volume"),
		.type = &ec2_volumes_type,
	};
	auto_aws_params p = AWS_PARAMS_INIT;
	auto_ec2_volumes found = { 0 };

	ec2_include_managed(&p);
	TRY(ec2_list(c, &how, &p, ids, filters, &found));
	EC2_GIVE(ret, found);
	return NULL;
}

struct rb_error *ec2_delete_volume(struct aws_client *c, const char *volume_id)
{
	return rb_error_what(ec2_remove(c, "DeleteVolume", "VolumeId", volume_id),
			     "cannot delete volume '%s'", volume_id);
}

/* ---- tags --------------------------------------------------------------- */

struct rb_error *ec2_create_tags(struct aws_client *c, const char *resource_id,
				 const struct aws_tags *tags)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "ResourceId.1", resource_id);
	params_add_tags(&p, "Tag", tags);
	return rb_error_what(ec2_change(c, "CreateTags", &p), "cannot tag '%s'", resource_id);
}

/* ---- gateways ----------------------------------------------------------- */

static struct rb_error *add_internet_gateway(void *list, const struct xml_node *item)
{
	xml_strv(item, "internetGatewayId", list);
	return NULL;
}

static struct rb_error *add_nat_gateway(void *list, const struct xml_node *item)
{
	xml_strv(item, "natGatewayId", list);
	return NULL;
}

struct rb_error *ec2_internet_gateways(struct aws_client *c, const char *vpc_id, struct strv *ret)
{
	static const struct ec2_listing internet = {
		.action = "DescribeInternetGateways",
		.items = "internetGatewaySet/item",
		.page = 1000,
		.noun = N_("internet gateway"),
		.add = add_internet_gateway,
	};
	static const struct ec2_listing nat = {
		.action = "DescribeNatGateways",
		.items = "natGatewaySet/item",
		.page = 1000,
		.noun = N_("NAT gateway"),
		.add = add_nat_gateway,
	};
	const struct aws_filter attached[] = {
		{ "attachment.vpc-id", { vpc_id } },
		{ 0 },
	};
	/* deleted ones stay listed for about an hour */
	const struct aws_filter living[] = {
		{ "vpc-id", { vpc_id } },
		{ "state", { "pending", "available", "deleting" } },
		{ 0 },
	};
	auto_strv found = { 0 };

	TRY(ec2_list(c, &internet, NULL, NULL, attached, &found));
	TRY(ec2_list(c, &nat, NULL, NULL, living, &found));
	EC2_GIVE(ret, found);
	return NULL;
}

/* ---- tags ---------------------------------------------------------------- */

static const struct ec2_field tagged_fields[] = {
	EC2_TEXT(ec2_tagged, resource_id, "resourceId"),
	EC2_TEXT(ec2_tagged, resource_type, "resourceType"),
	EC2_FIELDS_END,
};
EC2_DEFINE_LIST(ec2_tagged, ec2_taggeds, tagged_fields)

struct rb_error *ec2_describe_tagged(struct aws_client *c, const char *key, const char *value,
				     struct ec2_taggeds *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeTags",
		.items = "tagSet/item",
		.page = 1000,
		.noun = N_("tag"),
		.type = &ec2_taggeds_type,
	};
	const struct aws_filter filters[] = {
		{ "key", { key } },
		{ "value", { value } },
		{ 0 },
	};
	auto_ec2_taggeds found = { 0 };

	TRY(rb_error_what(ec2_list(c, &how, NULL, NULL, filters, &found),
			  "cannot list what carries tag '%s'", key));
	EC2_GIVE(ret, found);
	return NULL;
}

static const struct ec2_field tag_fields[] = {
	EC2_TEXT(ec2_tag, key, "key"),
	EC2_TEXT(ec2_tag, value, "value"),
	EC2_TEXT(ec2_tag, resource_id, "resourceId"),
	EC2_FIELDS_END,
};
EC2_DEFINE_LIST(ec2_tag, ec2_tags, tag_fields)

struct rb_error *ec2_describe_tags(struct aws_client *c, const char *const *keys,
				   struct ec2_tags *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeTags",
		.items = "tagSet/item",
		.page = 1000,
		.noun = N_("tag"),
		.type = &ec2_tags_type,
	};
	struct aws_filter filters[] = { { "key", { NULL } }, { 0 } };
	auto_ec2_tags found = { 0 };

	for (size_t i = 0; keys[i] && i + 1 < ARRAY_LEN(filters[0].values); i++)
		filters[0].values[i] = keys[i];
	TRY(rb_error_what(ec2_list(c, &how, NULL, NULL, filters, &found), "cannot list the tags"));
	EC2_GIVE(ret, found);
	return NULL;
}
