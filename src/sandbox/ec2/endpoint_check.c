/* SPDX-License-Identifier: Apache-2.0 */
/* What a request for a VPC endpoint may ask for. */
#include <string.h>

#include "base/text.h"
#include "sandbox/core/quota.h"
#include "sandbox/ec2/endpoint.h"
#include "sandbox/ec2/service.h"

#define MAX_POLICY 20480

const char *endpoint_service_region(const struct sec2 *c)
{
	const char *region = sec2_arg(c, "ServiceRegion");

	return region && *region ? region : c->region;
}

const char *endpoint_short_service(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

bool endpoint_check_subnets(struct sec2 *c, const json_t *ids, const char *vpc_id, json_t *zones)
{
	bool crosses = !text_eq(endpoint_service_region(c), c->region);
	const json_t *id, *zone;
	size_t i, j;

	json_array_foreach(ids, i, id) {
		const char *name = json_string_value(id);
		json_t *subnet = sec2_need(c, &EC2_SUBNET, name);
		const char *in = sec2_str(subnet, "availabilityZone");

		if (subnet && strcmp(sec2_str(subnet, "vpcId"), vpc_id) != 0)
			sec2_fail(c, "InvalidParameter",
				  "The subnet %s does not belong to the VPC %s", name, vpc_id);
		else if (subnet && (!sec2_zone_has_endpoints(in) ||
				    (crosses && !sec2_zone_reaches_out(c->region, in))))
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

bool endpoint_check_tables(struct sec2 *c, const json_t *ids, const char *vpc_id)
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

bool endpoint_check_policy(struct sec2 *c)
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

bool endpoint_check_private_dns(struct sec2 *c, const json_t *vpc, const char *service)
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
	else if (!strcmp(endpoint_short_service(service), "s3") && inbound_only &&
		 !has_gateway(c, vpc_id, service))
		sec2_fail(
			c, "InvalidParameter",
			"To set PrivateDnsOnlyForInboundResolverEndpoint to true, the VPC %s must "
			"have a Gateway endpoint for the service.",
			vpc_id);
	return !sec2_failed(c);
}

bool endpoint_check_quota(struct sec2 *c, const char *vpc_id)
{
	json_t *all = sec2_all(c, &EC2_ENDPOINT), *doc;
	size_t i, n = 0;

	json_array_foreach(all, i, doc)
		n += !strcmp(sec2_str(doc, "vpcId"), vpc_id);
	json_decref(all);
	if (n >= sbx_quota(c->st, SBX_QUOTA_ENDPOINTS))
		sec2_fail(c, "VpcEndpointLimitExceeded",
			  "The maximum number of VPC endpoints has been reached.");
	return !sec2_failed(c);
}

bool endpoint_check_type(struct sec2 *c, const char *type)
{
	const char *service = sec2_arg(c, "ServiceName"), *region = endpoint_service_region(c);
	bool gateway = !strcmp(type, "Gateway");

	if (!sec2_require(c, "ServiceName"))
		return false;
	if (!gateway && strcmp(type, "Interface") != 0)
		sec2_fail(c, "UnsupportedOperation", "This sandbox has no endpoints of type '%s'",
			  type);
	else if (!sec2_service_find(c, region, service, gateway) &&
		 !sec2_service_find(c, region, service, !gateway))
		sec2_fail(c, "InvalidServiceName", "The Vpc Endpoint Service '%s' does not exist",
			  service);
	else if (!sec2_service_find(c, region, service, gateway))
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
