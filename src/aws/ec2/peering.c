/* SPDX-License-Identifier: Apache-2.0 */
/* VPC peering connections. */
#include "aws/ec2/parse.h"

static void ec2_peering_clear(struct ec2_peering *p)
{
	free(p->peering_id);
	free(p->status);
	free(p->status_message);
	free(p->requester_vpc_id);
	free(p->requester_owner_id);
	free(p->requester_region);
	free(p->requester_cidr);
	free(p->accepter_vpc_id);
	free(p->accepter_owner_id);
	free(p->accepter_region);
	free(p->accepter_cidr);
	aws_tags_clear(&p->tags);
}
EC2_DEFINE_LIST(ec2_peering, ec2_peerings)

static struct rb_error *add_peering(void *list, const struct xml_node *item)
{
	struct ec2_peering *p = ec2_peerings_push(list);

	p->peering_id = xml_text(item, "vpcPeeringConnectionId");
	p->status = xml_text(item, "status/code");
	p->status_message = xml_text(item, "status/message");
	p->requester_vpc_id = xml_text(item, "requesterVpcInfo/vpcId");
	p->requester_owner_id = xml_text(item, "requesterVpcInfo/ownerId");
	p->requester_region = xml_text(item, "requesterVpcInfo/region");
	p->requester_cidr = xml_text(item, "requesterVpcInfo/cidrBlock");
	p->accepter_vpc_id = xml_text(item, "accepterVpcInfo/vpcId");
	p->accepter_owner_id = xml_text(item, "accepterVpcInfo/ownerId");
	p->accepter_region = xml_text(item, "accepterVpcInfo/region");
	p->accepter_cidr = xml_text(item, "accepterVpcInfo/cidrBlock");
	xml_tags(item, "tagSet/item", &p->tags);
	return NULL;
}

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
		.noun = "VPC peering connection",
		.add = add_peering,
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
	return rb_error_what(aws_query_call(c, "ec2", "AcceptVpcPeeringConnection", &p,
					    AWS_CHANGES | AWS_NO_SETTLE, NULL),
			     "cannot accept VPC peering connection '%s'", peering_id);
}

struct rb_error *ec2_delete_peering(struct aws_client *c, const char *peering_id)
{
	return rb_error_what(
		ec2_remove(c, "DeleteVpcPeeringConnection", "VpcPeeringConnectionId", peering_id),
		"cannot delete VPC peering connection '%s'", peering_id);
}
