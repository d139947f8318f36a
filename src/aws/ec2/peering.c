/* SPDX-License-Identifier: Apache-2.0 */
/* VPC peering connections. */
#include "aws/ec2/parse.h"

static const struct ec2_field peering_fields[] = {
	EC2_TEXT(ec2_peering, peering_id, "vpcPeeringConnectionId"),
	EC2_TEXT(ec2_peering, status, "status/code"),
	EC2_TEXT(ec2_peering, status_message, "status/message"),
	EC2_TEXT(ec2_peering, requester_vpc_id, "requesterVpcInfo/vpcId"),
	EC2_TEXT(ec2_peering, requester_owner_id, "requesterVpcInfo/ownerId"),
	EC2_TEXT(ec2_peering, requester_region, "requesterVpcInfo/region"),
	EC2_TEXT(ec2_peering, requester_cidr, "requesterVpcInfo/cidrBlock"),
	EC2_TEXT(ec2_peering, accepter_vpc_id, "accepterVpcInfo/vpcId"),
	EC2_TEXT(ec2_peering, accepter_owner_id, "accepterVpcInfo/ownerId"),
	EC2_TEXT(ec2_peering, accepter_region, "accepterVpcInfo/region"),
	EC2_TEXT(ec2_peering, accepter_cidr, "accepterVpcInfo/cidrBlock"),
	EC2_TAGS(ec2_peering, tags, "tagSet/item"),
	EC2_FIELDS_END,
};
EC2_DEFINE_LIST(ec2_peering, ec2_peerings, peering_fields)

struct rb_error *ec2_create_peering(struct aws_client *c, const char *vpc_id,
				    const char *peer_vpc_id, const char *peer_region,
				    const struct aws_tags *tags, char **ret_peering_id)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "VpcId", vpc_id);
	params_add(&p, "PeerVpcId", peer_vpc_id);
	params_add(&p, "PeerRegion", peer_region);
	params_add_tag_spec(&p, "vpc-peering-connection", tags);
	return rb_error_what(
		ec2_make(c, "CreateVpcPeeringConnection", &p, /* token= */ false,
			 "vpcPeeringConnection/vpcPeeringConnectionId", NULL, ret_peering_id),
		"cannot request a peering of VPC '%s' with VPC '%s'", vpc_id, peer_vpc_id);
}

struct rb_error *ec2_describe_peerings(struct aws_client *c, const char *const *ids,
				       const struct aws_filter *filters, struct ec2_peerings *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeVpcPeeringConnections",
		.id_param = "VpcPeeringConnectionId",
		.items = "vpcPeeringConnectionSet/item",
		.page = 1000,
		.noun = N_("VPC peering connection"),
		.type = &ec2_peerings_type,
	};
	auto_ec2_peerings found = { 0 };

	TRY(ec2_list(c, &how, NULL, ids, filters, &found));
	EC2_GIVE(ret, found);
	return NULL;
}

struct rb_error *ec2_accept_peering(struct aws_client *c, const char *peering_id)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "VpcPeeringConnectionId", peering_id);
	/* a second accept is refused (InvalidStateTransition): it is not sent blindly again */
	return rb_error_what(
		ec2_send(c, "AcceptVpcPeeringConnection", &p, AWS_CHANGES | AWS_NO_SETTLE, NULL),
		"cannot accept VPC peering connection '%s'", peering_id);
}

struct rb_error *ec2_delete_peering(struct aws_client *c, const char *peering_id)
{
	return rb_error_what(
		ec2_remove(c, "DeleteVpcPeeringConnection", "VpcPeeringConnectionId", peering_id),
		"cannot delete VPC peering connection '%s'", peering_id);
}
