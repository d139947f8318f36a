/* SPDX-License-Identifier: Apache-2.0 */
/* What a request to EC2 needs permission for because it makes something. */
#include "sandbox/ec2/needs_inner.h"

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/iam/iam.h"
#include "sandbox/iam/needs.h"

/* The tags that the request gives to things of a type. */
const json_t *permission_tags(const struct permission_query *q, const char *type)
{
	const json_t *spec;
	size_t i;

	json_array_foreach(json_object_get(q->req->args, "TagSpecification"), i, spec) {
		if (text_eq(json_string_value(json_object_get(spec, "ResourceType")), type))
			return json_object_get(spec, "Tag");
	}
	return NULL;
}

void permission_add_request_tags(struct required_permission *need, const json_t *tags)
{
	const json_t *tag;
	size_t i;

	json_array_foreach(tags, i, tag) {
		const char *name = json_string_value(json_object_get(tag, "Key"));
		autofree char *key = xasprintf("aws:RequestTag/%s", name ? name : "");

		required_permission_fact(need, key,
					 json_string_value(json_object_get(tag, "Value")));
		required_permission_fact(need, "aws:TagKeys", name);
	}
}

/* A VPC of the request, for keys that want its ARN. */
void permission_add_vpc(const struct permission_query *q, struct required_permission *need,
			const char *key, const char *id)
{
	autofree char *arn = id ? sbx_arn("ec2", q->req->region, "vpc/%s", id) : NULL;

	required_permission_fact(need, key, arn);
}

static void describe_new(const struct permission_query *q, const char *type,
			 struct required_permission *need)
{
	if (text_eq(type, "instance")) {
		const char *profile = permission_arg(q, "IamInstanceProfile", "Name");
		autofree char *arn = NULL;
		json_t *doc =
			profile ? store_get(sbx_store(q->sbx), SBX_PROFILE, "", profile) : NULL;

		arn = xstrdup_or_null(json_string_value(json_object_get(doc, "arn")));
		required_permission_fact(need, "ec2:InstanceType",
					 permission_arg(q, "InstanceType", NULL));
		required_permission_fact(need, "ec2:InstanceProfile",
					 arn ? arn
					     : permission_arg(q, "IamInstanceProfile", "Arn"));
		required_permission_fact(need, "ec2:MetadataHttpTokens",
					 permission_arg(q, "MetadataOptions", "HttpTokens"));
		required_permission_fact(need, "ec2:MetadataHttpEndpoint",
					 permission_arg(q, "MetadataOptions", "HttpEndpoint"));
		required_permission_fact(
			need, "ec2:MetadataHttpPutResponseHopLimit",
			permission_arg(q, "MetadataOptions", "HttpPutResponseHopLimit"));
		json_decref(doc);
	} else if (text_eq(type, "network-interface")) {
		const json_t *first =
			json_array_get(json_object_get(q->req->args, "NetworkInterface"), 0);
		const char *public =
			json_string_value(json_object_get(first, "AssociatePublicIpAddress"));

		required_permission_fact(need, "ec2:AssociatePublicIpAddress", public);
	} else if (text_eq(type, "volume")) {
		required_permission_fact(need, "ec2:VolumeType", "gp3");
		required_permission_fact(need, "ec2:Encrypted", "false");
	} else if (text_eq(type, "vpc-endpoint")) {
		required_permission_fact(need, "ec2:VpceServiceName",
					 permission_arg(q, "ServiceName", NULL));
		required_permission_fact(need, "ec2:VpceServiceOwner", "amazon");
		required_permission_fact(need, "ec2:VpceServiceRegion",
					 permission_arg(q, "ServiceRegion", NULL)
						 ? permission_arg(q, "ServiceRegion", NULL)
						 : q->req->region);
	} else if (text_eq(type, "vpc-peering-connection")) {
		const char *region = permission_arg(q, "PeerRegion", NULL);
		const char *peer = permission_arg(q, "PeerVpcId", NULL);
		autofree char *arn = sbx_arn("ec2", region ? region : q->req->region, "vpc/%s",
					     peer ? peer : "");

		permission_add_vpc(q, need, "ec2:RequesterVpc", permission_arg(q, "VpcId", NULL));
		required_permission_fact(need, "ec2:AccepterVpc", arn);
	} else if (text_eq(type, "security-group") || text_eq(type, "subnet") ||
		   text_eq(type, "route-table")) {
		permission_add_vpc(q, need, "ec2:Vpc", permission_arg(q, "VpcId", NULL));
	}
}

/* A new thing, and its tags, which are a permission of their own. */
void permission_need_new(const struct permission_query *q, const char *action, const char *type)
{
	const json_t *tags = permission_tags(q, type);
	struct required_permission *need = required_permissions_add(
		q->ret, action, sbx_arn("ec2", q->req->region, "%s/*", type));

	permission_add_request_tags(need, tags);
	describe_new(q, type, need);
	if (!json_array_size(tags))
		return;
	need = required_permissions_add(q->ret, "ec2:CreateTags",
					sbx_arn("ec2", q->req->region, "%s/*", type));
	permission_add_request_tags(need, tags);
	required_permission_fact(need, "ec2:CreateAction", q->req->action);
}
