/* SPDX-License-Identifier: Apache-2.0 */
/* Network interfaces, network ACLs, volumes, tags, gateways. */
#include "aws/ec2/parse.h"

/* ---- network interfaces ------------------------------------------------- */

static void ec2_interface_clear(struct ec2_interface *i)
{
	free(i->interface_id);
	free(i->status);
	free(i->description);
	free(i->type);
	free(i->requester_id);
	free(i->private_ip);
	free(i->vpc_id);
	free(i->subnet_id);
	free(i->instance_id);
	strv_clear(&i->group_ids);
	aws_tags_clear(&i->tags);
}
EC2_DEFINE_LIST(ec2_interface, ec2_interfaces)

static struct rb_error *add_interface(void *list, const struct xml_node *item)
{
	struct ec2_interface *i = ec2_interfaces_push(list);

	i->interface_id = xml_text(item, "networkInterfaceId");
	i->status = xml_text(item, "status");
	i->description = xml_text(item, "description");
	i->type = xml_text(item, "interfaceType");
	i->requester_id = xml_text(item, "requesterId");
	i->requester_managed = xml_bool(item, "requesterManaged");
	i->private_ip = xml_text(item, "privateIpAddress");
	i->vpc_id = xml_text(item, "vpcId");
	i->subnet_id = xml_text(item, "subnetId");
	i->instance_id = xml_text(item, "attachment/instanceId");
	xml_strv(item, "groupSet/item/groupId", &i->group_ids);
	xml_tags(item, "tagSet/item", &i->tags);
	return NULL;
}

struct rb_error *ec2_describe_interfaces(struct aws_client *c, const char *const *ids,
					 const struct aws_filter *filters,
					 struct ec2_interfaces *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeNetworkInterfaces",
		.id_param = "NetworkInterfaceId",
		.items = "networkInterfaceSet/item",
		.page = 1000,
		.noun = "network interface",
		.add = add_interface,
	};
	auto_aws_params p = AWS_PARAMS_INIT;
	auto_ec2_interfaces found = { 0 };

	ec2_include_managed(&p);
	TRY(ec2_list(c, &how, &p, ids, filters, &found));
	EC2_GIVE(ret, found);
	return NULL;
}

/* ---- network ACLs ------------------------------------------------------- */

static void ec2_acl_entry_clear(struct ec2_acl_entry *e)
{
	free(e->protocol);
	free(e->action);
	free(e->cidr);
}
EC2_DEFINE_LIST(ec2_acl_entry, ec2_acl_entries)

static struct rb_error *add_acl_entries(void *list, const struct xml_node *acl)
{
	xml_each(item, acl, "entrySet/item") {
		struct ec2_acl_entry *e = ec2_acl_entries_push(list);

		e->rule_number = ec2_int(item, "ruleNumber", 0);
		e->protocol = xml_text(item, "protocol");
		e->action = xml_text(item, "ruleAction");
		e->egress = xml_bool(item, "egress");
		e->cidr = xml_text(item, "cidrBlock");
		if (!e->cidr)
			e->cidr = xml_text(item, "ipv6CidrBlock");
		e->from_port = ec2_int(item, "portRange/from", 0);
		e->to_port = ec2_int(item, "portRange/to", 0);
	}
	return NULL;
}

struct rb_error *ec2_describe_subnet_acl(struct aws_client *c, const char *subnet_id,
					 struct ec2_acl_entries *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeNetworkAcls",
		.items = "networkAclSet/item",
		.page = 1000,
		.add = add_acl_entries,
	};
	const struct aws_filter filters[] = {
		{ "association.subnet-id", { subnet_id } },
		{ 0 },
	};
	auto_ec2_acl_entries found = { 0 };

	TRY(rb_error_what(ec2_list(c, &how, NULL, NULL, filters, &found),
			  "cannot read the network ACL of subnet '%s'", subnet_id));
	EC2_GIVE(ret, found);
	return NULL;
}

/* ---- volumes ------------------------------------------------------------ */

static void ec2_volume_clear(struct ec2_volume *v)
{
	free(v->volume_id);
	free(v->state);
	aws_tags_clear(&v->tags);
}
EC2_DEFINE_LIST(ec2_volume, ec2_volumes)

static struct rb_error *add_volume(void *list, const struct xml_node *item)
{
	struct ec2_volume *v = ec2_volumes_push(list);

	v->volume_id = xml_text(item, "volumeId");
	v->state = xml_text(item, "status");
	xml_tags(item, "tagSet/item", &v->tags);
	return NULL;
}

struct rb_error *ec2_describe_volumes(struct aws_client *c, const char *const *ids,
				      const struct aws_filter *filters, struct ec2_volumes *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeVolumes",
		.id_param = "VolumeId",
		.items = "volumeSet/item",
		.page = 500,
		.noun = "volume",
		.add = add_volume,
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
		.noun = "internet gateway",
		.add = add_internet_gateway,
	};
	static const struct ec2_listing nat = {
		.action = "DescribeNatGateways",
		.items = "natGatewaySet/item",
		.page = 1000,
		.noun = "NAT gateway",
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

static void ec2_tagged_clear(struct ec2_tagged *t)
{
	free(t->resource_id);
	free(t->resource_type);
}
EC2_DEFINE_LIST(ec2_tagged, ec2_taggeds)

static struct rb_error *add_tagged(void *list, const struct xml_node *item)
{
	struct ec2_tagged *t = ec2_taggeds_push(list);

	t->resource_id = xml_text(item, "resourceId");
	t->resource_type = xml_text(item, "resourceType");
	return NULL;
}

struct rb_error *ec2_describe_tagged(struct aws_client *c, const char *key, const char *value,
				     struct ec2_taggeds *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeTags",
		.items = "tagSet/item",
		.page = 1000,
		.noun = "tag",
		.add = add_tagged,
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
