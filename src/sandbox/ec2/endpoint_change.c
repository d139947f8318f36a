/* SPDX-License-Identifier: Apache-2.0 */
/* VPC endpoints are modified and deleted. */
#include <string.h>

#include "base/alloc.h"
#include "sandbox/ec2/endpoint.h"

#define DELETE_MS 60000

static bool has_string(const json_t *list, const char *s)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item) {
		if (!strcmp(json_string_value(item), s))
			return true;
	}
	return false;
}

/* `set` with the ids of one argument and without those of another. */
static json_t *changed(const struct sec2 *c, const json_t *set, const char *add, const char *remove)
{
	const json_t *gone = sec2_arg_tree(c, remove), *id;
	json_t *result = json_array();
	size_t i;

	json_array_foreach(set, i, id) {
		if (!has_string(gone, json_string_value(id)))
			json_array_append(result, (json_t *)(uintptr_t)id);
	}
	json_array_foreach(sec2_arg_tree(c, add), i, id) {
		if (!has_string(result, json_string_value(id)))
			json_array_append(result, (json_t *)(uintptr_t)id);
	}
	return result;
}

static json_t *group_ids(const json_t *doc)
{
	json_t *ids = json_array();
	const json_t *group;
	size_t i;

	json_array_foreach(json_object_get(doc, "groupSet"), i, group)
		json_array_append(ids, json_object_get(group, "groupId"));
	return ids;
}

static void modify_groups(struct sec2 *c, json_t *doc)
{
	struct sec2_view_context context = sec2_view_context_of(c);
	json_t *old = group_ids(doc);
	json_t *new = changed(c, old, "AddSecurityGroupId", "RemoveSecurityGroupId");

	if (!json_array_size(new) && json_array_size(old))
		sec2_fail(c, "InvalidParameter",
			  "An interface endpoint must have at least one security group");
	else if (sec2_check_groups(c, new, sec2_str(doc, "vpcId"))) {
		json_object_set_new(doc, "groupSet", sec2_group_set(&context, new));
		sec2_eni_set_groups(c, sec2_str(doc, "vpcEndpointId"), new);
	}
	json_decref(old);
	json_decref(new);
}

static void modify_policy(struct sec2 *c, json_t *doc)
{
	const char *policy = sec2_arg(c, "PolicyDocument");

	if (!endpoint_check_policy(c))
		return;
	if (sec2_arg_bool(c, "ResetPolicy", false))
		policy = DEFAULT_POLICY;
	if (policy)
		json_object_set_new(doc, "policyDocument", json_string(policy));
}

void sec2_modify_vpc_endpoint(struct sec2 *c)
{
	json_t *doc = sec2_need(c, &EC2_ENDPOINT, sec2_arg(c, "VpcEndpointId"));
	bool gateway = !strcmp(sec2_str(doc, "vpcEndpointType"), "Gateway");

	if (!doc)
		return;
	if (strcmp(endpoint_state(doc, c->now_ms), "available") != 0)
		sec2_fail(c, "IncorrectState", "The Vpc Endpoint '%s' is in state '%s'",
			  sec2_arg(c, "VpcEndpointId"), endpoint_state(doc, c->now_ms));
	else if (sec2_arg_tree(c, "AddSubnetId") || sec2_arg_tree(c, "RemoveSubnetId") ||
		 sec2_arg_bool(c, "PrivateDnsEnabled", false))
		sec2_fail(
			c, "UnsupportedOperation",
			"This sandbox changes an endpoint's policy, groups and route tables only");
	else
		modify_policy(c, doc);
	if (!sec2_failed(c) && !gateway)
		modify_groups(c, doc);
	if (!sec2_failed(c) && !sec2_arg_bool(c, "PrivateDnsEnabled", true))
		json_object_set_new(doc, "privateDnsEnabled", json_false());
	if (!sec2_failed(c) && gateway &&
	    endpoint_check_tables(c, sec2_arg_tree(c, "AddRouteTableId"), sec2_str(doc, "vpcId")))
		json_object_set_new(doc, "routeTableIdSet",
				    changed(c, json_object_get(doc, "routeTableIdSet"),
					    "AddRouteTableId", "RemoveRouteTableId"));
	if (!sec2_failed(c)) {
		sec2_put(c, &EC2_ENDPOINT, doc);
		sec2_reply_true(c);
	}
	json_decref(doc);
}

static void delete_one(struct sec2 *c, json_t *doc)
{
	const char *id = sec2_str(doc, "vpcEndpointId");
	bool gateway = !strcmp(sec2_str(doc, "vpcEndpointType"), "Gateway");
	int64_t gone_ms = sec2_after(c, gateway ? 5000 : DELETE_MS);

	if (sec2_ms(doc, "_gone_ms"))
		return; /* asked for already */
	json_object_set_new(doc, "_delete_ms", json_integer(c->now_ms));
	json_object_set_new(doc, "_gone_ms", json_integer(gone_ms));
	sec2_put(c, &EC2_ENDPOINT, doc);
	sec2_eni_release(c, id, gone_ms + sbx_scaled(c->sbx, EC2_ENI_LINGERS_MS));
}

/* 200 whatever happens: what could not be deleted is listed. */
void sec2_delete_vpc_endpoints(struct sec2 *c)
{
	json_t *unsuccessful = json_array();
	const json_t *id;
	size_t i;

	json_array_foreach(sec2_arg_tree(c, "VpcEndpointId"), i, id) {
		const char *name = json_string_value(id);
		json_t *doc = sec2_get(c, &EC2_ENDPOINT, name);
		autofree char *message = xasprintf("The Vpc Endpoint Id '%s' does not exist", name);

		if (doc)
			delete_one(c, doc);
		else
			json_array_append_new(unsuccessful,
					      json_pack("{s:{s:s, s:s}, s:s}", "error", "code",
							"InvalidVpcEndpoint.NotFound", "message",
							message, "resourceId", name));
		json_decref(doc);
	}
	sec2_reply(c, json_pack("{s:o}", "unsuccessful", unsuccessful));
}
