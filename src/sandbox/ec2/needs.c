/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request to EC2 needs permission for.  What it names and is not there is
 * left to the action, which says so; that AWS checks the two in this order is not
 * documented.
 */
#include "sandbox/iam/needs.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/ec2/ec2.h"
#include "sandbox/ec2/needs_inner.h"

/*
 * Words of `touches`:
 *   +vpc          a new one; its context has the tags that the request gives to that type
 *   ?TYPE         the same, only when the request tags that type
 *   vpc:VpcId     those that the argument names (a dotted path; lists are searched)
 *   :ResourceId   the same, of whatever type the id is
 */
static const struct {
	const char *action, *touches;
} actions[] = {
	{ "CreateVpc", "+vpc" },
	{ "DeleteVpc", "vpc:VpcId" },
	{ "ModifyVpcAttribute", "vpc:VpcId" },
	{ "DescribeVpcAttribute", "vpc:VpcId" },
	{ "CreateSubnet", "+subnet vpc:VpcId" },
	{ "DeleteSubnet", "subnet:SubnetId" },
	{ "ModifySubnetAttribute", "subnet:SubnetId" },
	{ "CreateRouteTable", "+route-table vpc:VpcId" },
	{ "DeleteRouteTable", "route-table:RouteTableId" },
	{ "AssociateRouteTable", "route-table:RouteTableId subnet:SubnetId" },
	{ "DisassociateRouteTable", ":AssociationId" },
	{ "CreateRoute", "route-table:RouteTableId" },
	{ "ReplaceRoute", "route-table:RouteTableId" },
	{ "DeleteRoute", "route-table:RouteTableId" },
	{ "CreateSecurityGroup", "+security-group vpc:VpcId" },
	{ "DeleteSecurityGroup", "security-group:GroupId" },
	{ "AuthorizeSecurityGroupIngress", "security-group:GroupId ?security-group-rule" },
	{ "AuthorizeSecurityGroupEgress", "security-group:GroupId ?security-group-rule" },
	{ "RevokeSecurityGroupIngress", "security-group:GroupId" },
	{ "RevokeSecurityGroupEgress", "security-group:GroupId" },
	{ "CreateInstanceConnectEndpoint",
	  "+instance-connect-endpoint subnet:SubnetId security-group:SecurityGroupId" },
	{ "DeleteInstanceConnectEndpoint", "instance-connect-endpoint:InstanceConnectEndpointId" },
	{ "ModifyInstanceConnectEndpoint", "instance-connect-endpoint:InstanceConnectEndpointId "
					   "security-group:SecurityGroupId" },
	{ "CreateVpcEndpoint",
	  "+vpc-endpoint vpc:VpcId subnet:SubnetId security-group:SecurityGroupId" },
	{ "ModifyVpcEndpoint", "vpc-endpoint:VpcEndpointId security-group:AddSecurityGroupId "
			       "security-group:RemoveSecurityGroupId subnet:AddSubnetId" },
	{ "DeleteVpcEndpoints", "vpc-endpoint:VpcEndpointId" },
	{ "CreateVpcPeeringConnection", "+vpc-peering-connection vpc:VpcId" },
	{ "AcceptVpcPeeringConnection", "vpc-peering-connection:VpcPeeringConnectionId" },
	{ "DeleteVpcPeeringConnection", "vpc-peering-connection:VpcPeeringConnectionId" },
	{ "RunInstances", "+instance +volume +network-interface image:ImageId subnet:SubnetId "
			  "subnet:NetworkInterface.SubnetId security-group:SecurityGroupId "
			  "security-group:NetworkInterface.SecurityGroupId" },
	{ "TerminateInstances", "instance:InstanceId" },
	{ "StartInstances", "instance:InstanceId" },
	{ "StopInstances", "instance:InstanceId" },
	{ "GetConsoleOutput", "instance:InstanceId" },
	{ "ModifyInstanceAttribute", "instance:InstanceId security-group:GroupId" },
	{ "ModifyInstanceMetadataOptions", "instance:InstanceId" },
	{ "AssociateIamInstanceProfile", "instance:InstanceId" },
	{ "DeleteVolume", "volume:VolumeId" },
	{ "DeleteNetworkInterface", "network-interface:NetworkInterfaceId" },
	{ "CreateTags", ":ResourceId" },
	{ "DeleteTags", ":ResourceId" },
};

const char *permission_arg(const struct permission_query *q, const char *a, const char *b)
{
	const json_t *node = json_object_get(q->req->args, a);

	return json_string_value(b ? json_object_get(node, b) : node);
}

/* ---- what is there -------------------------------------------------------- */

static void add_own_tags(struct required_permission *need, const json_t *tag_set)
{
	const json_t *tag;
	size_t i;

	json_array_foreach(tag_set, i, tag) {
		autofree char *aws = xasprintf("aws:ResourceTag/%s", sec2_str(tag, "key"));
		autofree char *ec2 = xasprintf("ec2:ResourceTag/%s", sec2_str(tag, "key"));

		required_permission_fact(need, aws, sec2_str(tag, "value"));
		required_permission_fact(need, ec2, sec2_str(tag, "value"));
	}
}

static char *vpc_arn_of(const json_t *info)
{
	return sbx_arn("ec2", sec2_str(info, "region"), "vpc/%s", sec2_str(info, "vpcId"));
}

static void add_peering(const json_t *doc, struct required_permission *need)
{
	autofree char *requester = vpc_arn_of(json_object_get(doc, "requesterVpcInfo"));
	autofree char *accepter = vpc_arn_of(json_object_get(doc, "accepterVpcInfo"));

	required_permission_fact(need, "ec2:RequesterVpc", requester);
	required_permission_fact(need, "ec2:AccepterVpc", accepter);
}

/* The route table that has an association; NULL when none.  New reference. */
static json_t *table_of_association(const struct permission_query *q, const char *association)
{
	json_t *all = store_list(sbx_store(q->sbx), EC2_ROUTE_TABLE.kind, q->req->region), *table,
	       *row, *found = NULL;
	size_t i, k;

	json_array_foreach(all, i, table) {
		json_array_foreach(json_object_get(table, "associationSet"), k, row) {
			if (!found &&
			    text_eq(sec2_str(row, "routeTableAssociationId"), association))
				found = json_incref(table);
		}
	}
	json_decref(all);
	return found;
}

static void need_thing(const struct permission_query *q, const char *action, const char *id);

static void need_accepter(const struct permission_query *q, const json_t *peering)
{
	if (text_eq(q->req->action, "AcceptVpcPeeringConnection"))
		need_thing(q, q->action,
			   sec2_str(json_object_get(peering, "accepterVpcInfo"), "vpcId"));
}

static void need_thing(const struct permission_query *q, const char *action, const char *id)
{
	bool association = text_starts_with(id, "rtbassoc-");
	const struct sec2_kind *kind = association ? &EC2_ROUTE_TABLE : sec2_kind_of_id(id);
	const char *region = kind && kind->global ? "" : q->req->region;
	struct required_permission *need;
	json_t *doc;

	if (!kind)
		return;
	doc = association ? table_of_association(q, id)
			  : store_get(sbx_store(q->sbx), kind->kind, region, id);
	if (!doc)
		return;
	need = required_permissions_add(q->ret, action,
					sbx_arn("ec2", q->req->region, "%s/%s", kind->kind,
						sec2_str(doc, kind->id_member)));
	add_own_tags(need, kind->global
				   ? json_object_get(json_object_get(doc, "_tags"), q->req->region)
				   : json_object_get(doc, "tagSet"));
	if (*sec2_str(doc, "vpcId"))
		permission_add_vpc(q, need, "ec2:Vpc", sec2_str(doc, "vpcId"));
	if (json_object_get(doc, "accepterVpcInfo"))
		add_peering(doc, need);
	if (text_eq(q->req->action, "CreateTags"))
		permission_add_request_tags(need, json_object_get(q->req->args, "Tag"));
	if (text_eq(q->req->action, "ModifyVpcAttribute"))
		required_permission_fact(need, "ec2:Attribute",
					 permission_arg(q, "EnableDnsSupport", "Value")
						 ? "EnableDnsSupport"
						 : "EnableDnsHostnames");
	if (json_object_get(doc, "accepterVpcInfo"))
		need_accepter(q, doc);
	json_decref(doc);
}

/* Amazon's image: nobody's account is in its ARN. */
static void need_image(const struct permission_query *q, const char *id)
{
	const struct region_partition *part = region_partition(q->req->region);
	struct required_permission *need = required_permissions_add(
		q->ret, q->action,
		xasprintf("arn:%s:ec2:%s::image/%s", part ? part->id : "aws", q->req->region, id));

	required_permission_fact(need, "ec2:Owner", "amazon");
	required_permission_fact(need, "ec2:Public", "true");
}

/* Each string at a dotted path. */
static void need_at(const struct permission_query *q, const char *action, const json_t *node,
		    const char *path, bool image)
{
	size_t n = strcspn(path, "."), i;
	const json_t *item;

	if (json_is_array(node)) {
		json_array_foreach((json_t *)(uintptr_t)node, i, item)
			need_at(q, action, item, path, image);
	} else if (json_is_object(node) && *path) {
		autofree char *name = xstrndup(path, n);

		need_at(q, action, json_object_get(node, name), path + n + (path[n] != '\0'),
			image);
	} else if (json_is_string(node) && !*path) {
		if (image)
			need_image(q, json_string_value(node));
		else
			need_thing(q, action, json_string_value(node));
	}
}

/* ---- the request ---------------------------------------------------------- */

static void need_word(const struct permission_query *q, const char *action, const char *word)
{
	const char *colon = strchr(word, ':');

	if (*word == '+' || (*word == '?' && json_array_size(permission_tags(q, word + 1))))
		permission_need_new(q, action, word + 1);
	else if (colon)
		need_at(q, action, q->req->args, colon + 1, text_starts_with(word, "image:"));
}

static void need_words(const struct permission_query *q, const char *action, const char *words)
{
	while (*words) {
		size_t n = strcspn(words, " ");
		autofree char *word = xstrndup(words, n);

		need_word(q, action, word);
		words += n + strspn(words + n, " ");
	}
}

/* An endpoint whose service lies in another region takes one permission more, which nobody has by
 * default; its denial names the action that was called.
 *   source  AWS PrivateLink Guide, "Cross-region enabled AWS services" */
static void need_multi_region(const struct permission_query *q)
{
	const char *region = permission_arg(q, "ServiceRegion", NULL);
	const char *id = permission_arg(q, "VpcEndpointId", NULL), *outer = NULL;
	json_t *doc = NULL;
	char *resource = NULL;

	if (text_eq(q->req->action, "ModifyVpcEndpoint") && id) {
		doc = store_get(sbx_store(q->sbx), EC2_ENDPOINT.kind, q->req->region, id);
		region = doc ? sec2_str(doc, "serviceRegion") : NULL;
		outer = "ec2:ModifyVpcEndpoint";
		resource = sbx_arn("ec2", q->req->region, "vpc-endpoint/%s", id);
	} else if (text_eq(q->req->action, "CreateVpcEndpoint")) {
		outer = "ec2:CreateVpcEndpoint";
		resource = sbx_arn("ec2", q->req->region, "vpc-endpoint/*");
	}
	if (outer && region && *region && !text_eq(region, q->req->region)) {
		struct required_permission *need =
			required_permissions_add(q->ret, "vpce:AllowMultiRegion", resource);

		need->outer = outer;
		resource = NULL;
	}
	free(resource);
	json_decref(doc);
}

/* What an action needs beside itself. */
static void need_dependents(const struct permission_query *q)
{
	const char *profile = permission_arg(q, "IamInstanceProfile", "Name");
	const char *arn = permission_arg(q, "IamInstanceProfile", "Arn");

	if (!profile && arn && strrchr(arn, '/'))
		profile = strrchr(arn, '/') + 1;
	if (profile)
		siam_require_pass_role(q->sbx, q->req, profile, q->ret);
	need_multi_region(q);
	if (text_eq(q->req->action, "CreateInstanceConnectEndpoint")) {
		/* It comes with an interface, which the caller must be allowed to make. */
		(void)required_permissions_add(
			q->ret, "ec2:CreateNetworkInterface",
			sbx_arn("ec2", q->req->region, "network-interface/*"));
		need_words(q, "ec2:CreateNetworkInterface",
			   "subnet:SubnetId security-group:SecurityGroupId");
	}
}

void sec2_require_thing(struct sbx *sbx, const struct sbx_request *req, const char *action,
			const char *id, struct required_permissions *ret)
{
	const struct permission_query q = { sbx, req, ret, action };

	need_thing(&q, action, id);
}

void sec2_required_permissions(struct sbx *sbx, const struct sbx_request *req,
			       struct required_permissions *ret)
{
	autofree char *action = xasprintf("ec2:%s", req->action);
	const struct permission_query q = { sbx, req, ret, action };

	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		if (!text_eq(actions[i].action, req->action))
			continue;
		need_words(&q, action, actions[i].touches);
		need_dependents(&q);
		return;
	}
	/* Lists have no resource; of what else EC2 does here, the resource is not known. */
	(void)required_permissions_add(
		ret, action, text_starts_with(req->action, "Describe") ? xstrdup("*") : NULL);
}
