/* SPDX-License-Identifier: Apache-2.0 */
/* VPCs and their DNS attributes. */
#include "aws/ec2/parse.h"

#include "base/text.h"

static const struct ec2_field vpc_fields[] = {
	EC2_TEXT(ec2_vpc, vpc_id, "vpcId"),
	EC2_TEXT(ec2_vpc, state, "state"),
	EC2_TEXT(ec2_vpc, cidr_block, "cidrBlock"),
	EC2_TEXT(ec2_vpc, owner_id, "ownerId"),
	EC2_BOOL(ec2_vpc, is_default, "isDefault"),
	EC2_TEXTS(ec2_vpc, cidr_blocks, NULL), /* add_cidr_blocks */
	EC2_TAGS(ec2_vpc, tags, "tagSet/item"),
	EC2_FIELDS_END,
};
EC2_DEFINE_LIST(ec2_vpc, ec2_vpcs, vpc_fields)

static struct rb_error *add_cidr_blocks(void *thing, const struct xml_node *item)
{
	struct ec2_vpc *v = thing;

	xml_each(block, item, "cidrBlockAssociationSet/item") {
		/* blocks that were taken off stay listed for a while */
		if (xml_is(block, "cidrBlockState/state", "associated"))
			xml_strv(block, "cidrBlock", &v->cidr_blocks);
	}
	if (!v->cidr_blocks.n && v->cidr_block)
		strv_add(&v->cidr_blocks, v->cidr_block);
	return NULL;
}

struct rb_error *ec2_create_vpc(struct aws_client *c, const char *cidr_block,
				const struct aws_tags *tags, char **ret_vpc_id)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "CidrBlock", cidr_block);
	params_add_tag_spec(&p, "vpc", tags);
	return rb_error_what(
		ec2_make(c, "CreateVpc", &p, /* token= */ false, "vpc/vpcId", NULL, ret_vpc_id),
		"cannot create VPC '%s'", cidr_block);
}

struct rb_error *ec2_describe_vpcs(struct aws_client *c, const char *const *ids,
				   const struct aws_filter *filters, struct ec2_vpcs *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeVpcs",
		.id_param = "VpcId",
		.items = "vpcSet/item",
		.page = 1000,
		.noun = N_("VPC"),
		.type = &ec2_vpcs_type,
		.add = add_cidr_blocks,
	};
	auto_ec2_vpcs found = { 0 };

	TRY(ec2_list(c, &how, NULL, ids, filters, &found));
	EC2_GIVE(ret, found);
	return NULL;
}

struct rb_error *ec2_delete_vpc(struct aws_client *c, const char *vpc_id)
{
	return rb_error_what(ec2_remove(c, "DeleteVpc", "VpcId", vpc_id), "cannot delete VPC '%s'",
			     vpc_id);
}

struct rb_error *ec2_modify_vpc_attribute(struct aws_client *c, const char *vpc_id,
					  const char *attribute, bool value)
{
	autofree char *name = xasprintf("%s.Value", attribute);
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "VpcId", vpc_id);
	params_add_bool(&p, name, value);
	return rb_error_what(ec2_change(c, "ModifyVpcAttribute", &p),
			     "cannot turn %s of VPC '%s' %-s", attribute, vpc_id,
			     value ? N_("on") : N_("off"));
}

struct rb_error *ec2_describe_vpc_attribute(struct aws_client *c, const char *vpc_id,
					    const char *attribute, bool *ret)
{
	autofree char *path = xasprintf("%s/value", attribute);
	auto_aws_params p = AWS_PARAMS_INIT;
	auto_xml_reply reply = XML_REPLY_INIT;
	struct rb_error *err;

	params_add(&p, "VpcId", vpc_id);
	params_add(&p, "Attribute", attribute);
	err = aws_query_call(c, "ec2", "DescribeVpcAttribute", &p, AWS_READS, &reply);
	if (!err && !xml_first(reply.root, path))
		err = rb_error_because(RB_PROTOCOL, "the answer says nothing about it");
	if (!err)
		*ret = xml_bool(reply.root, path);
	return rb_error_what(err, "cannot read %s of VPC '%s'", attribute, vpc_id);
}
