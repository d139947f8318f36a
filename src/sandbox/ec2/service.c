/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The endpoint services that a region offers, to VPCs of its own and to those of other regions.
 *   source  AWS PrivateLink Guide, "Cross-region enabled AWS services"
 */
#include "sandbox/ec2/service.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/settings.h"

/* Gateway ones first, as AWS lists them. */
static const struct {
	const char *name;
	bool gateway;
	bool crosses; /* it can be reached from a VPC of another region */
} SERVICES[] = {
	{ "dynamodb", true, false },	 { "dynamodb", false, false }, { "ec2", false, false },
	{ "ec2messages", false, false }, { "kms", false, true },       { "logs", false, false },
	{ "s3", true, false },		 { "s3", false, true },	       { "ssm", false, false },
	{ "ssmmessages", false, false }, { "sts", false, false },
};

/* Zones from which no service of another region can be reached. */
static const char *const STAYS_HOME[] = { "use1-az3", "usw1-az2", "apne1-az3", "apne2-az2",
					  "apne2-az4" };

bool sec2_zone_reaches_out(const char *region, const char *zone)
{
	char id[24] = "";

	if (!sec2_zone(region, zone, id))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(STAYS_HOME); i++) {
		if (!strcmp(STAYS_HOME[i], id))
			return false;
	}
	return true;
}

/* Is row `i` of `region` offered to a VPC of the caller's region? */
static bool is_offered(const struct sec2 *c, const char *region, size_t i)
{
	const struct region_partition *there = region_partition(region);

	if (text_eq(region, c->region))
		return true;
	/* Of the other partitions no page says that they have this. */
	return SERVICES[i].crosses && there && there == region_partition(c->region) &&
	       (text_eq(there->id, "aws") || text_eq(there->id, "aws-cn")) &&
	       !sbx_setting_lists(c->st, "regions_off", "names", region);
}

/* China's services of another region begin with "cn.".  Caller frees. */
static char *service_name(const struct sec2 *c, const char *region, size_t i)
{
	bool prefix = !text_eq(region, c->region) && text_starts_with(region, "cn-");

	return xasprintf("%scom.amazonaws.%s.%s", prefix ? "cn." : "", region, SERVICES[i].name);
}

bool sec2_service_find(const struct sec2 *c, const char *region, const char *name, bool gateway)
{
	for (size_t i = 0; i < ARRAY_LEN(SERVICES); i++) {
		autofree char *full = service_name(c, region, i);

		if (SERVICES[i].gateway == gateway && !strcmp(full, name) &&
		    is_offered(c, region, i))
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

/* The zones where the service has a foot; those of a service of another region are its own
 * region's. */
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

static json_t *service_detail(const struct sec2 *c, const char *region, size_t i)
{
	const struct region_partition *part = region_partition(region);
	bool gateway = SERVICES[i].gateway;
	autofree char *name = service_name(c, region, i);
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

/* The regions whose services are asked for: the caller's own, unless others are named. */
static json_t *regions_asked(const struct sec2 *c)
{
	const json_t *asked = sec2_arg_tree(c, "ServiceRegion");

	return json_array_size(asked) ? json_deep_copy(asked) : json_pack("[s]", c->region);
}

static bool is_known(const struct sec2 *c, const json_t *regions, const char *name)
{
	const json_t *region;
	size_t i;

	json_array_foreach(regions, i, region) {
		if (sec2_service_find(c, json_string_value(region), name, true) ||
		    sec2_service_find(c, json_string_value(region), name, false))
			return true;
	}
	return false;
}

static bool check_names(struct sec2 *c, const json_t *regions)
{
	const json_t *one;
	size_t i;

	json_array_foreach(regions, i, one) {
		if (region_partition(json_string_value(one)))
			continue;
		sec2_fail(c, "InvalidParameterValue",
			  "Value (%s) for parameter ServiceRegion is "
			  "invalid.",
			  json_string_value(one));
		return false;
	}
	json_array_foreach(sec2_arg_tree(c, "ServiceName"), i, one) {
		if (is_known(c, regions, json_string_value(one)))
			continue;
		sec2_fail(c, "InvalidServiceName", "The Vpc Endpoint Service '%s' does not exist",
			  json_string_value(one));
		return false;
	}
	return true;
}

static void add_services(const struct sec2 *c, const char *region, json_t *names, json_t *details)
{
	for (size_t i = 0; i < ARRAY_LEN(SERVICES); i++) {
		json_t *detail, *name;
		const json_t *last = json_array_get(names, json_array_size(names) - 1);

		if (!is_offered(c, region, i))
			continue;
		detail = service_detail(c, region, i);
		name = json_object_get(detail, "serviceName");
		if (is_asked_for(c, json_string_value(name)) &&
		    sec2_passes(c, SERVICE_FILTERS, detail)) {
			if (!json_equal(name, last))
				json_array_append(names, name);
			json_array_append(details, detail);
		}
		json_decref(detail);
	}
}

/* Two sets: the services' names, and the same in detail. */
void sec2_describe_vpc_endpoint_services(struct sec2 *c)
{
	json_t *names = json_array(), *details = json_array(), *regions = regions_asked(c), *region;
	size_t i;

	if (check_names(c, regions))
		json_array_foreach(regions, i, region)
			add_services(c, json_string_value(region), names, details);
	json_decref(regions);
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
