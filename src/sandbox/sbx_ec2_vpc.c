/* VPCs. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/sbx_ec2.h"

#define VPC_PENDING_MS 2000
#define MAX_VPCS 5

static json_t *view_vpc(const struct ec2_look *look, const json_t *doc)
{
	json_t *view = json_deep_copy(doc);
	bool ready = look->now_ms >= ec2_ms(doc, "_available_ms");

	json_object_set_new(view, "state", json_string(ready ? "available" : "pending"));
	return view;
}

const struct ec2_kind EC2_VPC = { .kind = "vpc",
				  .prefix = "vpc",
				  .id_member = "vpcId",
				  .not_found = "InvalidVpcID.NotFound",
				  .malformed = "InvalidVpcId.Malformed",
				  .noun = "vpc ID",
				  .view = view_vpc };

static json_t *new_vpc(struct ec2 *c, const char *id, const char *cidr, json_t *tags)
{
	autofree char *association = sbx_new_id("vpc-cidr-assoc");
	autofree char *dhcp = xasprintf("dopt-0%.16s", "5a6b1c2d3e4f50617");

	return json_pack("{s:s, s:s, s:s, s:s, s:[{s:s, s:s, s:{s:s}}], s:s, s:o, s:s, s:b, s:b, "
			 "s:b, s:I}",
			 "vpcId", id, "ownerId", SBX_ACCOUNT, "state", "pending", "cidrBlock", cidr,
			 "cidrBlockAssociationSet", "cidrBlock", cidr, "associationId", association,
			 "cidrBlockState", "state", "associated", "dhcpOptionsId", dhcp, "tagSet",
			 tags, "instanceTenancy", ec2_arg_or(c, "InstanceTenancy", "default"),
			 "isDefault", 0, "_dns_support", 1, "_dns_hostnames", 0, "_available_ms",
			 (json_int_t)ec2_after(c, VPC_PENDING_MS));
}

void sbx_ec2_create_vpc(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	struct ec2 c = ec2_call(sbx, req, rep);
	struct ec2_look look = ec2_look_of(&c);
	autofree char *id = sbx_new_id("vpc");
	autofree char *cidr = NULL;
	json_t *tags, *doc;
	int prefix = 0;

	if (!ec2_require(&c, "CidrBlock"))
		return;
	cidr = ec2_cidr(ec2_arg(&c, "CidrBlock"), &prefix);
	if (!cidr) {
		ec2_fail(&c, "InvalidParameterValue",
			 "Value (%s) for parameter cidrBlock is invalid. This is not a valid CIDR "
			 "block.",
			 ec2_arg(&c, "CidrBlock"));
		return;
	}
	if (prefix < 16 || prefix > 28) {
		ec2_fail(&c, "InvalidVpc.Range", "The CIDR '%s' is invalid.", cidr);
		return;
	}
	tags = ec2_tags(&c, "vpc", NULL);
	if (!tags)
		return;
	doc = new_vpc(&c, id, cidr, tags);
	ec2_put(&c, &EC2_VPC, doc);
	ec2_reply(&c, json_pack("{s:o}", "vpc", view_vpc(&look, doc)));
	json_decref(doc);
}

static const struct ec2_filter VPC_FILTERS[] = {
	{ "cidr", "cidrBlock" },
	{ "cidr-block-association.cidr-block", "cidrBlockAssociationSet/cidrBlock" },
	{ "cidr-block-association.association-id", "cidrBlockAssociationSet/associationId" },
	{ "cidr-block-association.state", "cidrBlockAssociationSet/cidrBlockState/state" },
	{ "dhcp-options-id", "dhcpOptionsId" },
	{ "is-default", "isDefault" },
	{ "owner-id", "ownerId" },
	{ "state", "state" },
	{ "tag-key", "tagSet/key" },
	{ "vpc-id", "vpcId" },
	{ 0 },
};

void sbx_ec2_describe_vpcs(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	static const struct ec2_list list = { "vpcSet", "VpcId", &EC2_VPC, VPC_FILTERS, 0 };
	struct ec2 c = ec2_call(sbx, req, rep);

	ec2_describe(&c, &list);
}
