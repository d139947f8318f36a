/* SPDX-License-Identifier: Apache-2.0 */
/* The endpoint services that a region offers. */
#include "sandbox/ec2/service.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

/* Gateway ones first, as AWS lists them. */
static const struct {
	const char *name;
	bool gateway;
} SERVICES[] = {
	{ "dynamodb", true }, { "dynamodb", false },	{ "ec2", false }, { "ec2messages", false },
	{ "kms", false },     { "logs", false },	{ "s3", true },	  { "s3", false },
	{ "ssm", false },     { "ssmmessages", false }, { "sts", false },
};

bool sec2_service_find(const char *region, const char *name, bool gateway)
{
	for (size_t i = 0; i < ARRAY_LEN(SERVICES); i++) {
		autofree char *full = xasprintf("com.amazonaws.%s.%s", region, SERVICES[i].name);

		if (SERVICES[i].gateway == gateway && !strcmp(full, name))
			return true;
	}
	return false;
}

char *sec2_prefix_list_id(const char *region, const char *service)
{
	autofree char *seed = xasprintf("%s.%s", region, service);
	char hex[65];

	text_sha256_hex(seed, strlen(seed), hex);
	return xasprintf("pl-%.8s", hex);
}

/* The zones where the service has a foot. */
static void add_zones(const char *region, json_t *names, json_t *ids)
{
	char name[24], id[24];

	for (size_t i = 0; sec2_zone_nth(region, i, name); i++) {
		if (!sec2_zone_has_endpoints(name) || !sec2_zone(region, name, id))
			continue;
		json_array_append_new(names, json_string(name));
		json_array_append_new(ids, json_string(id));
	}
}

static json_t *service_detail(const char *region, size_t i)
{
	const struct region_partition *part = region_partition(region);
	bool gateway = SERVICES[i].gateway;
	autofree char *name = xasprintf("com.amazonaws.%s.%s", region, SERVICES[i].name);
	autofree char *seed = xasprintf("%s %d", name, (int)gateway);
	autofree char *id = NULL;
	autofree char *base = xasprintf("%s.%s.%s%s", SERVICES[i].name, region,
					gateway ? "" : "vpce.", part->dns_suffix);
	autofree char *private = xasprintf("%s.%s.%s", SERVICES[i].name, region, part->dns_suffix);
	json_t *detail;
	json_t *zones = json_array(), *zone_ids = json_array();
	char hex[65];

	text_sha256_hex(seed, strlen(seed), hex);
	id = xasprintf("vpce-svc-0%.16s", hex);
	add_zones(region, zones, zone_ids);
	detail = json_pack("{s:s, s:s, s:[{s:s}], s:s, s:o, s:o, s:s, s:[s], s:b, s:b, s:b, s:[], "
			   "s:[s]}",
			   "serviceName", name, "serviceId", id, "serviceType", "serviceType",
			   gateway ? "Gateway" : "Interface", "serviceRegion", region,
			   "availabilityZoneIdSet", zone_ids, "availabilityZoneSet", zones, "owner",
			   "amazon", "baseEndpointDnsNameSet", base, "vpcEndpointPolicySupported",
			   1, "acceptanceRequired", 0, "managesVpcEndpoints", 0, "tagSet",
			   "supportedIpAddressTypeSet", "ipv4");
	/* The name that a VPC with an interface endpoint may resolve to it; a gateway has no
	 * address. */
	if (!gateway) {
		json_object_set_new(detail, "privateDnsName", json_string(private));
		json_object_set_new(detail, "privateDnsNameSet",
				    json_pack("[{s:s}]", "privateDnsName", private));
		json_object_set_new(detail, "privateDnsNameVerificationState",
				    json_string("verified"));
	}
	return detail;
}

static const struct sec2_filter SERVICE_FILTERS[] = {
	{ "owner", "owner" },
	{ "service-name", "serviceName" },
	{ "service-region", "serviceRegion" },
	{ "service-type", "serviceType/serviceType" },
	{ "supported-ip-address-types", "supportedIpAddressTypeSet" },
	{ "tag-key", "tagSet/key" },
	{ 0 },
};

static bool is_asked_for(const struct sec2 *c, const char *name)
{
	const json_t *names = sec2_arg_tree(c, "ServiceName"), *one;
	size_t i;

	json_array_foreach(names, i, one) {
		if (!strcmp(json_string_value(one), name))
			return true;
	}
	return !json_array_size(names);
}

static bool check_names(struct sec2 *c)
{
	const json_t *one;
	size_t i;

	json_array_foreach(sec2_arg_tree(c, "ServiceName"), i, one) {
		const char *name = json_string_value(one);

		if (sec2_service_find(c->region, name, true) ||
		    sec2_service_find(c->region, name, false))
			continue;
		sec2_fail(c, "InvalidServiceName", "The Vpc Endpoint Service '%s' does not exist",
			  name);
		return false;
	}
	return true;
}

/* Two sets: the services' names, and the same in detail. */
void sec2_describe_vpc_endpoint_services(struct sec2 *c)
{
	json_t *names = json_array(), *details = json_array();

	for (size_t i = 0; i < ARRAY_LEN(SERVICES) && check_names(c); i++) {
		json_t *detail = service_detail(c->region, i);
		json_t *name = json_object_get(detail, "serviceName");
		const json_t *last = json_array_get(names, json_array_size(names) - 1);

		if (is_asked_for(c, json_string_value(name)) &&
		    sec2_passes(c, SERVICE_FILTERS, detail)) {
			if (!json_equal(name, last))
				json_array_append(names, name);
			json_array_append(details, detail);
		}
		json_decref(detail);
	}
	if (sec2_failed(c)) {
		json_decref(names);
		json_decref(details);
		return;
	}
	sec2_reply(c,
		   json_pack("{s:o, s:o}", "serviceNameSet", names, "serviceDetailSet", details));
}

/* ---- prefix lists: those of the gateway services ------------------------ */

static json_t *prefix_lists(const char *region, bool managed)
{
	json_t *items = json_array();

	for (size_t i = 0; i < ARRAY_LEN(SERVICES); i++) {
		autofree char *name = xasprintf("com.amazonaws.%s.%s", region, SERVICES[i].name);
		autofree char *id = sec2_prefix_list_id(region, SERVICES[i].name);
		const struct region_partition *part = region_partition(region);
		autofree char *arn =
			xasprintf("arn:%s:ec2:%s:aws:prefix-list/%s", part->id, region, id);

		if (!SERVICES[i].gateway)
			continue;
		json_array_append_new(
			items,
			managed ? json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:[]}", "prefixListId",
					    id, "addressFamily", "IPv4", "state", "create-complete",
					    "prefixListArn", arn, "prefixListName", name, "ownerId",
					    "AWS", "tagSet")
				: json_pack("{s:s, s:s, s:[s]}", "prefixListId", id,
					    "prefixListName", name, "cidrSet", "198.51.100.0/24"));
	}
	return items;
}

static const struct sec2_filter PREFIX_FILTERS[] = {
	{ "owner-id", "ownerId" },
	{ "prefix-list-id", "prefixListId" },
	{ "prefix-list-name", "prefixListName" },
	{ 0 },
};

static void describe_prefix_lists(struct sec2 *c, bool managed)
{
	static const struct sec2_list list = { .set = "prefixListSet", .filters = PREFIX_FILTERS };
	const json_t *asked = sec2_arg_tree(c, "PrefixListId"), *one;
	json_t *all = prefix_lists(c->region, managed), *items = json_array(), *item;
	size_t i, j;

	json_array_foreach(asked, i, one) {
		size_t before = json_array_size(items);

		json_array_foreach(all, j, item) {
			if (!strcmp(sec2_str(item, "prefixListId"), json_string_value(one)))
				json_array_append(items, item);
		}
		if (json_array_size(items) == before && !sec2_failed(c))
			sec2_fail(c, "InvalidPrefixListID.NotFound",
				  "The prefix list ID '%s' does not exist", json_string_value(one));
	}
	if (!json_array_size(asked))
		json_array_extend(items, all);
	json_decref(all);
	if (sec2_failed(c))
		json_decref(items);
	else
		sec2_answer_list(c, &list, items);
}

void sec2_describe_managed_prefix_lists(struct sec2 *c)
{
	describe_prefix_lists(c, true);
}

void sec2_describe_prefix_lists(struct sec2 *c)
{
	describe_prefix_lists(c, false);
}
