/* SPDX-License-Identifier: Apache-2.0 */
/* VPC endpoints, interface and gateway ones: made and described. */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/ec2/endpoint.h"
#include "sandbox/ec2/service.h"

#define CREATE_MS 120000

const char *endpoint_state(const json_t *doc, int64_t now_ms)
{
	int64_t gone_ms = sec2_ms(doc, "_gone_ms");

	if (gone_ms)
		return now_ms < gone_ms ? "deleting" : "";
	return now_ms < sec2_ms(doc, "_ready_ms") ? "pending" : sec2_str(doc, "_end");
}

/* Names are shown once the endpoint is available. */
static json_t *view_endpoint(const struct sec2_view_context *context, const json_t *doc)
{
	const char *state = endpoint_state(doc, context->now_ms);
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

/* ---- making ------------------------------------------------------------- */

static void add_name(json_t *entries, const char *zone_id, const char *prefix, const char *id,
		     const char *hash, const char *zone, const char *rest)
{
	autofree char *name =
		xasprintf("%s%s-%s%s%s.%s", prefix, id, hash, *zone ? "-" : "", zone, rest);

	json_array_append_new(entries,
			      json_pack("{s:s, s:s}", "dnsName", name, "hostedZoneId", zone_id));
}

/* The regional name, then one for each zone; S3's begin with a star.  A service of another region
 * has no names for zones, and its own region is in the name. */
static json_t *dns_entries(const struct sec2 *c, const char *id, const char *service,
			   const char *region, const json_t *zones)
{
	const struct region_partition *part = region_partition(c->region);
	const char *prefix = !strcmp(endpoint_short_service(service), "s3") ? "*." : "";
	autofree char *rest = xasprintf("%s.%s.vpce.%s", endpoint_short_service(service), region,
					part->dns_suffix);
	autofree char *hash = text_random_hex(4);
	json_t *entries = json_array();
	const json_t *zone;
	size_t i;

	add_name(entries, "Z7HUB22UULQXV", prefix, id, hash, "", rest);
	if (!text_eq(region, c->region))
		return entries;
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
			 SANDBOX_ACCOUNT, "serviceRegion", endpoint_service_region(c), "_end", end,
			 "_ready_ms", (json_int_t)(gateway ? c->now_ms : sec2_after(c, CREATE_MS)));
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
	struct sec2_view_context context = sec2_view_context_of(c);
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
	json_object_set_new(doc, "groupSet", sec2_group_set(&context, groups));
	json_object_set_new(doc, "dnsEntrySet",
			    dns_entries(c, sec2_str(doc, "vpcEndpointId"),
					sec2_str(doc, "serviceName"),
					sec2_str(doc, "serviceRegion"), zones));
	json_array_foreach(sec2_arg_tree(c, "SubnetId"), i, subnet)
		good = good && add_eni(c, doc, json_string_value(subnet), groups);
	json_decref(groups);
	return good;
}

static void furnish_gateway(struct sec2 *c, json_t *doc)
{
	const json_t *tables = sec2_arg_tree(c, "RouteTableId");
	autofree char *list = sec2_prefix_list_id(
		c->region, endpoint_short_service(sec2_str(doc, "serviceName")));

	if (tables)
		json_object_set_new(doc, "routeTableIdSet", json_deep_copy(tables));
	json_object_set_new(doc, "_prefix_list", json_string(list));
}

static bool check_request(struct sec2 *c, const json_t *vpc, const char *type, json_t *zones)
{
	const char *vpc_id = sec2_str(vpc, "vpcId");
	bool gateway = !strcmp(type, "Gateway");

	return endpoint_check_type(c, type) && endpoint_check_policy(c) &&
	       endpoint_check_quota(c, vpc_id) &&
	       endpoint_check_subnets(c, sec2_arg_tree(c, "SubnetId"), vpc_id, zones) &&
	       endpoint_check_tables(c, sec2_arg_tree(c, "RouteTableId"), vpc_id) &&
	       sec2_check_groups(c, sec2_arg_tree(c, "SecurityGroupId"), vpc_id) &&
	       (gateway || endpoint_check_private_dns(c, vpc, sec2_arg(c, "ServiceName")));
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
