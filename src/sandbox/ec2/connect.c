/* SPDX-License-Identifier: Apache-2.0 */
/* EC2 Instance Connect Endpoints. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/quota.h"
#include "sandbox/ec2/ec2.h"

#define CREATE_MS 180000
#define UPDATE_MS 30000
#define DELETE_MS 180000
#define FAILED_MESSAGE "The endpoint could not be created: made to fail by the sandbox."

/* Not a state of AWS: what has vanished. */
static const char *state_of(const json_t *doc, int64_t now_ms)
{
	int64_t gone_ms = sec2_ms(doc, "_gone_ms"), updated_ms = sec2_ms(doc, "_updated_ms");
	const char *failed = sec2_str(doc, "_delete_end");

	if (gone_ms)
		return now_ms < gone_ms ? "delete-in-progress" : *failed ? failed : "";
	if (now_ms < sec2_ms(doc, "_ready_ms"))
		return "create-in-progress";
	if (updated_ms)
		return now_ms < updated_ms ? "update-in-progress" : "update-complete";
	return sec2_str(doc, "_end");
}

/* Names and interface are shown once the endpoint is there. */
static void hide_names(json_t *view)
{
	static const char *const members[] = { "dnsName", "fipsDnsName", "publicDnsNames" };

	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		json_object_del(view, members[i]);
	json_object_set_new(view, "networkInterfaceIdSet", json_array());
}

static json_t *view_connect(const struct sec2_view_context *context, const json_t *doc)
{
	const char *state = state_of(doc, context->now_ms);
	json_t *view;

	if (!*state)
		return NULL;
	view = json_deep_copy(doc);
	json_object_set_new(view, "state", json_string(state));
	if (text_ends_with(state, "-failed"))
		json_object_set_new(view, "stateMessage", json_string(FAILED_MESSAGE));
	if (!strcmp(state, "create-in-progress") || !strcmp(state, "create-failed"))
		hide_names(view);
	return view;
}

const struct sec2_kind EC2_CONNECT_ENDPOINT = {
	.kind = "instance-connect-endpoint",
	.prefix = "eice",
	.id_member = "instanceConnectEndpointId",
	.not_found = "InvalidInstanceConnectEndpointId.NotFound",
	.malformed = "InvalidInstanceConnectEndpointId.Malformed",
	.noun = "instance connect endpoint ID",
	.view = view_connect,
};

/* One a VPC, and few a region. */
static bool quota_left(struct sec2 *c, const char *vpc_id)
{
	json_t *all = sec2_all(c, &EC2_CONNECT_ENDPOINT), *doc;
	bool in_vpc = false;
	size_t i, n = json_array_size(all);

	json_array_foreach(all, i, doc)
		in_vpc = in_vpc || !strcmp(sec2_str(doc, "vpcId"), vpc_id);
	json_decref(all);
	if (in_vpc)
		sec2_fail(c, "InstanceConnectEndpointLimitExceeded",
			  "You've reached the limit of instance connect endpoints for the VPC %s. "
			  "Limit is 1.",
			  vpc_id);
	else if (n >= sbx_quota(c->st, SBX_QUOTA_CONNECT_ENDPOINTS))
		sec2_fail(
			c, "InstanceConnectEndpointLimitExceeded",
			"You've reached the limit of instance connect endpoints for this account. "
			"Limit is %d.",
			(int)sbx_quota(c->st, SBX_QUOTA_CONNECT_ENDPOINTS));
	return !sec2_failed(c);
}

/* The groups asked for, or the VPC's default one; NULL and failed. */
static json_t *groups_of(struct sec2 *c, const char *vpc_id)
{
	const json_t *asked = sec2_arg_tree(c, "SecurityGroupId");
	autofree char *other = NULL;

	if (!json_array_size(asked)) {
		other = sec2_default_group(c, vpc_id);
		return json_pack("[s]", other);
	}
	return sec2_check_groups(c, asked, vpc_id) ? json_deep_copy(asked) : NULL;
}

static json_t *new_endpoint(struct sec2 *c, const char *id, const json_t *subnet, json_t *groups,
			    json_t *tags)
{
	const struct region_partition *part = region_partition(c->region);
	autofree char *arn = sbx_arn("ec2", c->region, "instance-connect-endpoint/%s", id);
	autofree char *eni = sbx_new_id("eni");
	autofree char *hash = text_random_hex(4);
	autofree char *dns = xasprintf("%s.%s.ec2-instance-connect-endpoint.%s.%s", id, hash,
				       c->region, part->dns_suffix);
	autofree char *fips = xasprintf("%s.%s.fips.ec2-instance-connect-endpoint.%s.%s", id, hash,
					c->region, part->dns_suffix);
	const char *end = c->req->fault_state ? c->req->fault_state : "create-complete";

	json_t *doc = json_object();

	sec2_add(doc, "ownerId", SANDBOX_ACCOUNT, "instanceConnectEndpointId", id,
		 "instanceConnectEndpointArn", arn, "state", "create-in-progress", "stateMessage",
		 "", "dnsName", dns, "fipsDnsName", fips, "vpcId", sec2_str(subnet, "vpcId"),
		 "subnetId", sec2_str(subnet, "subnetId"), "availabilityZone",
		 sec2_str(subnet, "availabilityZone"), "availabilityZoneId",
		 sec2_str(subnet, "availabilityZoneId"), "ipAddressType",
		 sec2_arg_or(c, "IpAddressType", "ipv4"), "_eni", eni, "_end", end, (char *)NULL);
	json_object_set_new(doc, "networkInterfaceIdSet", json_pack("[s]", eni));
	json_object_set_new(doc, "createdAt", sec2_time(c->now_ms));
	json_object_set_new(doc, "preserveClientIp",
			    json_boolean(sec2_arg_bool(c, "PreserveClientIp", false)));
	json_object_set_new(doc, "securityGroupIdSet", groups);
	json_object_set_new(doc, "tagSet", tags);
	json_object_set_new(
		doc, "publicDnsNames",
		json_pack("{s:{s:s, s:s}}", "ipv4", "dnsName", dns, "fipsDnsName", fips));
	json_object_set_new(doc, "_ready_ms", json_integer(sec2_after(c, CREATE_MS)));
	return doc;
}

/* Its interface; the groups are the endpoint's. */
static bool add_eni(struct sec2 *c, const json_t *doc)
{
	const char *id = sec2_str(doc, "instanceConnectEndpointId");
	autofree char *description = xasprintf("EC2 Instance Connect Endpoint - %s", id);
	autofree char *attachment_id = sbx_new_id("ela-attach");
	struct sec2_new_eni eni = {
		.id = sec2_str(doc, "_eni"),
		.subnet_id = sec2_str(doc, "subnetId"),
		.owner = id,
		.description = description,
		.type = "ec2_instance_connect_endpoint",
		.requester = "ec2-instance-connect.amazonaws.com",
		.groups = json_object_get(doc, "securityGroupIdSet"),
		.attachment = json_pack("{s:s, s:i, s:s, s:s, s:b}", "attachmentId", attachment_id,
					"deviceIndex", 1, "instanceOwnerId", "amazon-aws", "status",
					"attached", "deleteOnTermination", 0),
		.tags = json_array(),
	};
	json_t *made = sec2_eni_new(c, &eni);

	json_decref(made);
	return made != NULL;
}

void sec2_create_connect_endpoint(struct sec2 *c)
{
	autofree char *id = sbx_new_id("eice");
	json_t *subnet, *groups = NULL, *tags = NULL, *doc;

	if (sec2_token_settles(c, &EC2_CONNECT_ENDPOINT, "instanceConnectEndpoint"))
		return;
	subnet = sec2_need(c, &EC2_SUBNET, sec2_arg(c, "SubnetId"));
	if (subnet && quota_left(c, sec2_str(subnet, "vpcId")))
		groups = groups_of(c, sec2_str(subnet, "vpcId"));
	if (groups)
		tags = sec2_tags(c, "instance-connect-endpoint", NULL);
	if (tags) {
		doc = new_endpoint(c, id, subnet, json_incref(groups), tags);
		if (add_eni(c, doc)) {
			if (!strcmp(sec2_str(doc, "_end"), "create-failed"))
				sec2_eni_release(c, id, sec2_ms(doc, "_ready_ms"));
			sec2_put(c, &EC2_CONNECT_ENDPOINT, doc);
			sec2_token_bind(c, "", id);
			sec2_reply_created(c, &EC2_CONNECT_ENDPOINT, "instanceConnectEndpoint",
					   doc);
		}
		json_decref(doc);
	}
	json_decref(groups);
	json_decref(subnet);
}

static const struct sec2_filter CONNECT_FILTERS[] = {
	{ "instance-connect-endpoint-id", "instanceConnectEndpointId" },
	{ "state", "state" },
	{ "subnet-id", "subnetId" },
	{ "tag-key", "tagSet/key" },
	{ "tag-value", "tagSet/value" },
	{ "vpc-id", "vpcId" },
	{ 0 },
};

/* As AWS may answer one day: the names stand in publicDnsNames alone. */
static json_t *view_public_names(const struct sec2_view_context *context, const json_t *doc)
{
	json_t *view = view_connect(context, doc);

	if (view) {
		json_object_del(view, "dnsName");
		json_object_del(view, "fipsDnsName");
	}
	return view;
}

void sec2_describe_connect_endpoints(struct sec2 *c)
{
	static const struct sec2_list list = { .set = "instanceConnectEndpointSet",
					       .ids = "InstanceConnectEndpointId",
					       .kind = &EC2_CONNECT_ENDPOINT,
					       .filters = CONNECT_FILTERS,
					       .default_page = 50 };
	struct sec2_kind kind = EC2_CONNECT_ENDPOINT;
	struct sec2_list late = list;

	kind.view = view_public_names;
	late.kind = &kind;
	sec2_describe(c, text_eq(c->req->fault_state, "public-names") ? &late : &list);
}

/* In a state that lets it be changed?  Failed when not. */
static bool check_settled(struct sec2 *c, const json_t *doc, const char *verb)
{
	const char *state = state_of(doc, c->now_ms);

	if (!text_ends_with(state, "-in-progress"))
		return true;
	sec2_fail(c, "IncorrectState",
		  "The instance connect endpoint '%s' is in state '%s' and cannot be %s.",
		  sec2_str(doc, "instanceConnectEndpointId"), state, verb);
	return false;
}

void sec2_modify_connect_endpoint(struct sec2 *c)
{
	const char *id = sec2_arg(c, "InstanceConnectEndpointId");
	json_t *doc = sec2_need(c, &EC2_CONNECT_ENDPOINT, id);
	const json_t *groups = sec2_arg_tree(c, "SecurityGroupId");

	if (!doc)
		return;
	if (check_settled(c, doc, "modified") &&
	    sec2_check_groups(c, groups, sec2_str(doc, "vpcId"))) {
		if (json_array_size(groups)) {
			json_object_set_new(doc, "securityGroupIdSet", json_deep_copy(groups));
			sec2_eni_set_groups(c, id, groups);
		}
		if (sec2_arg(c, "PreserveClientIp"))
			json_object_set_new(
				doc, "preserveClientIp",
				json_boolean(sec2_arg_bool(c, "PreserveClientIp", false)));
		json_object_set_new(doc, "_updated_ms", json_integer(sec2_after(c, UPDATE_MS)));
		sec2_put(c, &EC2_CONNECT_ENDPOINT, doc);
		sec2_reply_true(c);
	}
	json_decref(doc);
}

void sec2_delete_connect_endpoint(struct sec2 *c)
{
	const char *id = sec2_arg(c, "InstanceConnectEndpointId");
	json_t *doc = sec2_need(c, &EC2_CONNECT_ENDPOINT, id);
	int64_t gone_ms = sec2_after(c, DELETE_MS);

	if (!doc)
		return;
	if (!strcmp(state_of(doc, c->now_ms), "delete-in-progress")) {
		sec2_reply_created(c, &EC2_CONNECT_ENDPOINT, "instanceConnectEndpoint",
				   doc); /* asked for already */
	} else if (check_settled(c, doc, "deleted")) {
		json_object_set_new(doc, "_gone_ms", json_integer(gone_ms));
		if (c->req->fault_state)
			json_object_set_new(doc, "_delete_end", json_string(c->req->fault_state));
		else
			json_object_del(doc, "_delete_end");
		sec2_put_told(c, &EC2_CONNECT_ENDPOINT, doc);
		if (!c->req->fault_state)
			sec2_eni_release(c, id, gone_ms + sbx_scaled(c->sbx, EC2_ENI_LINGERS_MS));
		sec2_reply_created(c, &EC2_CONNECT_ENDPOINT, "instanceConnectEndpoint", doc);
	}
	json_decref(doc);
}
