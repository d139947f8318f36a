/* SPDX-License-Identifier: Apache-2.0 */
/* VPC endpoints: interface ones, and gateway ones as far as routes go. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/ec2/service.h"

#define CREATE_MS 120000
#define DELETE_MS 60000
#define MAX_IN_VPC 50
#define MAX_POLICY 20480
#define DEFAULT_POLICY                                                                             \
	"{\n  \"Statement\": [\n    {\n      \"Action\": \"*\", \n      \"Effect\": \"Allow\", \n" \
	"      \"Principal\": \"*\", \n      \"Resource\": \"*\"\n    }\n  ]\n}"

/* "" for what has vanished. */
static const char *state_of(const json_t *doc, int64_t now_ms)
{
	int64_t gone_ms = sec2_ms(doc, "_gone_ms");

	if (gone_ms)
		return now_ms < gone_ms ? "deleting" : "";
	return now_ms < sec2_ms(doc, "_ready_ms") ? "pending" : sec2_str(doc, "_end");
}

/* Names are told once the endpoint is available. */
static json_t *view_endpoint(const struct sec2_look *look, const json_t *doc)
{
	const char *state = state_of(doc, look->now_ms);
	json_t *view;

	if (!*state)
		return NULL;
	view = json_deep_copy(doc);
	json_object_set_new(view, "state", json_string(state));
	if (!strcmp(state, "pending") || !strcmp(state, "failed"))
		json_object_set_new(view, "dnsEntrySet", json_array());
	if (!strcmp(state, "failed"))
		json_object_set_new(
			view, "lastError",
			json_pack("{s:s, s:s}", "message",
				  "The endpoint could not be created: made to fail by the "
				  "sandbox.",
				  "code", "InternalError"));
	return view;
}

const struct sec2_kind EC2_ENDPOINT = { .kind = "vpc-endpoint",
					.prefix = "vpce",
					.id_member = "vpcEndpointId",
					.not_found = "InvalidVpcEndpointId.NotFound",
					.malformed = "InvalidVpcEndpointId.Malformed",
					.noun = "Vpc Endpoint Id",
					.view = view_endpoint };

/* ---- what is asked for -------------------------------------------------- */

/* "s3" of "com.amazonaws.us-east-1.s3" */
static const char *short_service(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

/* All subnets there, in the VPC, in zones of the service, no two in one zone. */
static bool check_subnets(struct sec2 *c, const json_t *ids, const char *vpc_id, json_t *zones)
{
	const json_t *id, *zone;
	size_t i, j;

	json_array_foreach(ids, i, id) {
		const char *name = json_string_value(id);
		json_t *subnet = sec2_need(c, &EC2_SUBNET, name);
		const char *in = sec2_str(subnet, "availabilityZone");

		if (subnet && strcmp(sec2_str(subnet, "vpcId"), vpc_id) != 0)
			sec2_fail(c, "InvalidParameter",
				  "The subnet %s does not belong to the VPC %s", name, vpc_id);
		else if (subnet && !sec2_zone_has_endpoints(in))
			sec2_fail(c, "InvalidParameter",
				  "The VPC endpoint service %s does not support the availability "
				  "zone of the subnet: %s.",
				  sec2_arg_or(c, "ServiceName", ""), name);
		json_array_foreach(zones, j, zone) {
			if (!sec2_failed(c) && !strcmp(json_string_value(zone), in))
				sec2_fail(c, "DuplicateSubnetsInSameZone",
					  "Found another VPC endpoint subnet in the availability "
					  "zone "
					  "of %s",
					  name);
		}
		json_array_append_new(zones, json_string(in));
		json_decref(subnet);
		if (sec2_failed(c))
			return false;
	}
	return true;
}

static bool check_tables(struct sec2 *c, const json_t *ids, const char *vpc_id)
{
	const json_t *id;
	size_t i;

	json_array_foreach(ids, i, id) {
		json_t *table = sec2_need(c, &EC2_ROUTE_TABLE, json_string_value(id));

		if (table && strcmp(sec2_str(table, "vpcId"), vpc_id) != 0)
			sec2_fail(c, "InvalidParameter",
				  "The route table %s does not belong to the VPC %s",
				  json_string_value(id), vpc_id);
		json_decref(table);
		if (sec2_failed(c))
			return false;
	}
	return true;
}

static bool check_policy(struct sec2 *c)
{
	const char *text = sec2_arg(c, "PolicyDocument");
	json_t *tree = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;

	if (text && strlen(text) > MAX_POLICY)
		sec2_fail(c, "InvalidPolicyDocument",
			  "The policy document exceeds the maximum size of %d", MAX_POLICY);
	else if (text && !json_object_get(tree, "Statement"))
		sec2_fail(c, "InvalidPolicyDocument", "The Policy Document is not valid.");
	json_decref(tree);
	return !sec2_failed(c);
}

static bool has_gateway(const struct sec2 *c, const char *vpc_id, const char *service)
{
	json_t *all = sec2_all(c, &EC2_ENDPOINT), *doc;
	bool found = false;
	size_t i;

	json_array_foreach(all, i, doc) {
		found = found || (!strcmp(sec2_str(doc, "vpcId"), vpc_id) &&
				  !strcmp(sec2_str(doc, "vpcEndpointType"), "Gateway") &&
				  !strcmp(sec2_str(doc, "serviceName"), service));
	}
	json_decref(all);
	return found;
}

/* Private DNS needs both attributes of the VPC; for S3 a gateway endpoint beside it. */
static bool check_private_dns(struct sec2 *c, const json_t *vpc, const char *service)
{
	const char *vpc_id = sec2_str(vpc, "vpcId");
	bool inbound_only =
		sec2_arg_bool(c, "DnsOptions.PrivateDnsOnlyForInboundResolverEndpoint", true);

	if (!sec2_arg_bool(c, "PrivateDnsEnabled", true))
		return true;
	if (!json_is_true(json_object_get(vpc, "_dns_support")) ||
	    !json_is_true(json_object_get(vpc, "_dns_hostnames")))
		sec2_fail(c, "InvalidParameter",
			  "Enabling private DNS requires both enableDnsSupport and "
			  "enableDnsHostnames VPC attributes set to true for %s",
			  vpc_id);
	else if (!strcmp(short_service(service), "s3") && inbound_only &&
		 !has_gateway(c, vpc_id, service))
		sec2_fail(
			c, "InvalidParameter",
			"To set PrivateDnsOnlyForInboundResolverEndpoint to true, the VPC %s must "
			"have a Gateway endpoint for the service.",
			vpc_id);
	return !sec2_failed(c);
}

static bool quota_left(struct sec2 *c, const char *vpc_id)
{
	json_t *all = sec2_all(c, &EC2_ENDPOINT), *doc;
	size_t i, n = 0;

	json_array_foreach(all, i, doc)
		n += !strcmp(sec2_str(doc, "vpcId"), vpc_id);
	json_decref(all);
	if (n >= MAX_IN_VPC)
		sec2_fail(c, "VpcEndpointLimitExceeded",
			  "The maximum number of VPC endpoints has been reached.");
	return !sec2_failed(c);
}

static bool check_type(struct sec2 *c, const char *type)
{
	const char *service = sec2_arg(c, "ServiceName");
	bool gateway = !strcmp(type, "Gateway");

	if (!sec2_require(c, "ServiceName"))
		return false;
	if (!gateway && strcmp(type, "Interface") != 0)
		sec2_fail(c, "UnsupportedOperation", "This sandbox has no endpoints of type '%s'",
			  type);
	else if (!sec2_service_find(c->region, service, gateway) &&
		 !sec2_service_find(c->region, service, !gateway))
		sec2_fail(c, "InvalidServiceName", "The Vpc Endpoint Service '%s' does not exist",
			  service);
	else if (!sec2_service_find(c->region, service, gateway))
		sec2_fail(c, "InvalidParameter",
			  "The Vpc Endpoint Service '%s' does not support endpoint type %s",
			  service, type);
	else if (gateway && (sec2_arg_tree(c, "SubnetId") || sec2_arg_tree(c, "SecurityGroupId")))
		sec2_fail(
			c, "InvalidParameter",
			"Subnet IDs and security groups are not supported for this endpoint type");
	else if (!gateway && sec2_arg_tree(c, "RouteTableId"))
		sec2_fail(c, "InvalidParameter",
			  "Route table IDs are not supported for this endpoint type");
	return !sec2_failed(c);
}

/* ---- making ------------------------------------------------------------- */

static void add_name(json_t *entries, const char *zone_id, const char *prefix, const char *id,
		     const char *hash, const char *zone, const char *rest)
{
	autofree char *name =
		xasprintf("%s%s-%s%s%s.%s", prefix, id, hash, *zone ? "-" : "", zone, rest);

	json_array_append_new(entries,
			      json_pack("{s:s, s:s}", "dnsName", name, "hostedZoneId", zone_id));
}

/* The regional name, then one for each zone; S3's begin with a star. */
static json_t *dns_entries(const struct sec2 *c, const char *id, const char *service,
			   const json_t *zones)
{
	const struct sbx_partition *part = sbx_partition_of(c->region);
	const char *prefix = !strcmp(short_service(service), "s3") ? "*." : "";
	autofree char *rest =
		xasprintf("%s.%s.vpce.%s", short_service(service), c->region, part->dns_suffix);
	autofree char *hash = text_random_hex(4);
	json_t *entries = json_array();
	const json_t *zone;
	size_t i;

	add_name(entries, "Z7HUB22UULQXV", prefix, id, hash, "", rest);
	json_array_foreach(zones, i, zone)
		add_name(entries, "Z7HUB22UULQXV", prefix, id, hash, json_string_value(zone), rest);
	return entries;
}

static json_t *new_endpoint(struct sec2 *c, const char *id, const json_t *vpc, json_t *tags)
{
	const char *service = sec2_arg(c, "ServiceName");
	const char *type = sec2_arg_or(c, "VpcEndpointType", "Gateway");
	bool gateway = !strcmp(type, "Gateway");
	const char *end = c->req->fault_state ? c->req->fault_state : "available";

	return json_pack("{s:s, s:s, s:O, s:s, s:s, s:s, s:[], s:[], s:[], s:s, s:{s:s}, s:b, s:b, "
			 "s:[], s:[], "
			 "s:o, s:o, s:s, s:s, s:s, s:I}",
			 "vpcEndpointId", id, "vpcEndpointType", type, "vpcId",
			 json_object_get(vpc, "vpcId"), "serviceName", service, "state", "pending",
			 "policyDocument", sec2_arg_or(c, "PolicyDocument", DEFAULT_POLICY),
			 "routeTableIdSet", "subnetIdSet", "groupSet", "ipAddressType",
			 sec2_arg_or(c, "IpAddressType", "ipv4"), "dnsOptions", "dnsRecordIpType",
			 gateway ? "service-defined" : "ipv4", "privateDnsEnabled",
			 (int)(!gateway && sec2_arg_bool(c, "PrivateDnsEnabled", true)),
			 "requesterManaged", 0, "networkInterfaceIdSet", "dnsEntrySet",
			 "creationTimestamp", sec2_time(c->now_ms), "tagSet", tags, "ownerId",
			 SBX_ACCOUNT, "serviceRegion", c->region, "_end", end, "_ready_ms",
			 (json_int_t)(gateway ? c->now_ms : sec2_after(c, CREATE_MS)));
}

static bool add_eni(struct sec2 *c, json_t *doc, const char *subnet_id, const json_t *groups)
{
	const char *id = sec2_str(doc, "vpcEndpointId");
	autofree char *eni_id = sbx_new_id("eni");
	autofree char *description = xasprintf("VPC Endpoint Interface %s", id);
	autofree char *attachment_id = sbx_new_id("ela-attach");
	struct sec2_new_eni eni = {
		.id = eni_id,
		.subnet_id = subnet_id,
		.owner = id,
		.description = description,
		.type = "vpc_endpoint",
		.requester = "727180483921",
		.groups = groups,
		.attachment = json_pack("{s:s, s:i, s:s, s:s, s:b}", "attachmentId", attachment_id,
					"deviceIndex", 1, "instanceOwnerId", "amazon-aws", "status",
					"attached", "deleteOnTermination", 0),
		.tags = json_array(),
	};
	json_t *made = sec2_eni_new(c, &eni);

	if (made) {
		json_array_append_new(json_object_get(doc, "networkInterfaceIdSet"),
				      json_string(eni_id));
		json_array_append_new(json_object_get(doc, "subnetIdSet"), json_string(subnet_id));
	}
	json_decref(made);
	return made != NULL;
}

/* Subnets, interfaces, groups and names of an interface endpoint. */
static bool furnish_interface(struct sec2 *c, json_t *doc, const json_t *zones)
{
	struct sec2_look look = sec2_look_of(c);
	const json_t *asked = sec2_arg_tree(c, "SecurityGroupId"), *subnet;
	autofree char *other = NULL;
	json_t *groups;
	bool good = true;
	size_t i;

	if (json_array_size(asked)) {
		groups = json_deep_copy(asked);
	} else {
		other = sec2_default_group(c, sec2_str(doc, "vpcId"));
		groups = json_pack("[s]", other);
	}
	json_object_set_new(doc, "groupSet", sec2_group_set(&look, groups));
	json_object_set_new(doc, "dnsEntrySet",
			    dns_entries(c, sec2_str(doc, "vpcEndpointId"),
					sec2_str(doc, "serviceName"), zones));
	json_array_foreach(sec2_arg_tree(c, "SubnetId"), i, subnet)
		good = good && add_eni(c, doc, json_string_value(subnet), groups);
	json_decref(groups);
	return good;
}

static void furnish_gateway(struct sec2 *c, json_t *doc)
{
	const json_t *tables = sec2_arg_tree(c, "RouteTableId");
	autofree char *list =
		sec2_prefix_list_id(c->region, short_service(sec2_str(doc, "serviceName")));

	if (tables)
		json_object_set_new(doc, "routeTableIdSet", json_deep_copy(tables));
	json_object_set_new(doc, "_prefix_list", json_string(list));
}

static bool check_request(struct sec2 *c, const json_t *vpc, const char *type, json_t *zones)
{
	const char *vpc_id = sec2_str(vpc, "vpcId");
	bool gateway = !strcmp(type, "Gateway");

	return check_type(c, type) && check_policy(c) && quota_left(c, vpc_id) &&
	       check_subnets(c, sec2_arg_tree(c, "SubnetId"), vpc_id, zones) &&
	       check_tables(c, sec2_arg_tree(c, "RouteTableId"), vpc_id) &&
	       sec2_check_groups(c, sec2_arg_tree(c, "SecurityGroupId"), vpc_id) &&
	       (gateway || check_private_dns(c, vpc, sec2_arg(c, "ServiceName")));
}

void sec2_create_vpc_endpoint(struct sec2 *c)
{
	const char *type = sec2_arg_or(c, "VpcEndpointType", "Gateway");
	bool gateway = !strcmp(type, "Gateway");
	autofree char *id = sbx_new_id("vpce");
	json_t *vpc, *tags = NULL, *doc, *zones;

	if (sec2_token_settles(c, &EC2_ENDPOINT, "vpcEndpoint"))
		return;
	vpc = sec2_need(c, &EC2_VPC, sec2_arg(c, "VpcId"));
	if (!vpc)
		return;
	zones = json_array();
	if (check_request(c, vpc, type, zones))
		tags = sec2_tags(c, "vpc-endpoint", NULL);
	if (tags) {
		doc = new_endpoint(c, id, vpc, tags);
		if (gateway)
			furnish_gateway(c, doc);
		if (gateway || furnish_interface(c, doc, zones)) {
			if (!strcmp(sec2_str(doc, "_end"), "failed"))
				sec2_eni_release(c, id, sec2_ms(doc, "_ready_ms"));
			sec2_put(c, &EC2_ENDPOINT, doc);
			sec2_token_bind(c, "", id);
			sec2_reply_created(c, &EC2_ENDPOINT, "vpcEndpoint", doc);
		}
		json_decref(doc);
	}
	json_decref(zones);
	json_decref(vpc);
}

static const struct sec2_filter ENDPOINT_FILTERS[] = {
	{ "ip-address-type", "ipAddressType" },
	{ "service-name", "serviceName" },
	{ "service-region", "serviceRegion" },
	{ "tag-key", "tagSet/key" },
	{ "vpc-id", "vpcId" },
	{ "vpc-endpoint-id", "vpcEndpointId" },
	{ "vpc-endpoint-state", "state" },
	{ "vpc-endpoint-type", "vpcEndpointType" },
	{ 0 },
};

void sec2_describe_vpc_endpoints(struct sec2 *c)
{
	static const struct sec2_list list = { .set = "vpcEndpointSet",
					       .ids = "VpcEndpointId",
					       .kind = &EC2_ENDPOINT,
					       .filters = ENDPOINT_FILTERS };

	sec2_describe(c, &list);
}

/* Those of resource configurations and service networks: there are none of them here. */
void sec2_describe_vpc_endpoint_associations(struct sec2 *c)
{
	sec2_reply(c, json_pack("{s:[]}", "vpcEndpointAssociationSet"));
}

/* ---- changing ----------------------------------------------------------- */

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
	struct sec2_look look = sec2_look_of(c);
	json_t *old = group_ids(doc);
	json_t *new = changed(c, old, "AddSecurityGroupId", "RemoveSecurityGroupId");

	if (!json_array_size(new) && json_array_size(old))
		sec2_fail(c, "InvalidParameter",
			  "An interface endpoint must have at least one security group");
	else if (sec2_check_groups(c, new, sec2_str(doc, "vpcId"))) {
		json_object_set_new(doc, "groupSet", sec2_group_set(&look, new));
		sec2_eni_set_groups(c, sec2_str(doc, "vpcEndpointId"), new);
	}
	json_decref(old);
	json_decref(new);
}

static void modify_policy(struct sec2 *c, json_t *doc)
{
	const char *policy = sec2_arg(c, "PolicyDocument");

	if (!check_policy(c))
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
	if (strcmp(state_of(doc, c->now_ms), "available") != 0)
		sec2_fail(c, "IncorrectState", "The Vpc Endpoint '%s' is in state '%s'",
			  sec2_arg(c, "VpcEndpointId"), state_of(doc, c->now_ms));
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
	    check_tables(c, sec2_arg_tree(c, "AddRouteTableId"), sec2_str(doc, "vpcId")))
		json_object_set_new(doc, "routeTableIdSet",
				    changed(c, json_object_get(doc, "routeTableIdSet"),
					    "AddRouteTableId", "RemoveRouteTableId"));
	if (!sec2_failed(c)) {
		sec2_put(c, &EC2_ENDPOINT, doc);
		sec2_reply_true(c);
	}
	json_decref(doc);
}

/* ---- its end ------------------------------------------------------------ */

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
