/* SPDX-License-Identifier: Apache-2.0 */
/* Subnets. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/quota.h"
#include "sandbox/ec2/ec2.h"

#define SUBNET_PENDING_MS 1000
#define RESERVED_ADDRESSES 5 /* the first four and the last of each subnet */

static int64_t free_addresses(const struct sec2_view_context *context, const json_t *doc)
{
	json_t *enis = store_list(context->st, "network-interface", context->region), *eni;
	uint32_t base, size;
	int64_t left;
	size_t i;

	sec2_network(sec2_str(doc, "cidrBlock"), &base, &size);
	left = (int64_t)size - RESERVED_ADDRESSES;
	json_array_foreach(enis, i, eni) {
		int64_t gone_ms = sec2_ms(eni, "_gone_ms");

		if (!strcmp(sec2_str(eni, "subnetId"), sec2_str(doc, "subnetId")) &&
		    (!gone_ms || context->now_ms < gone_ms))
			left--;
	}
	json_decref(enis);
	return left;
}

static json_t *view_subnet(const struct sec2_view_context *context, const json_t *doc)
{
	json_t *view = json_deep_copy(doc);
	bool ready = context->now_ms >= sec2_ms(doc, "_available_ms");

	json_object_set_new(view, "availableIpAddressCount",
			    json_integer(free_addresses(context, doc)));
	json_object_set(view, "state",
			ready ? json_object_get(doc, "_end") : json_object_get(doc, "state"));
	return view;
}

const struct sec2_kind EC2_SUBNET = { .kind = "subnet",
				      .prefix = "subnet",
				      .id_member = "subnetId",
				      .not_found = "InvalidSubnetID.NotFound",
				      .malformed = "InvalidSubnetId.Malformed",
				      .noun = "subnet ID",
				      .view = view_subnet };

/* The zone asked for by name or id, or the region's first; false and failed for another's. */
static bool choose_zone(struct sec2 *c, char ret_name[24], char ret_id[24])
{
	const char *name = sec2_arg(c, "AvailabilityZone"), *id = sec2_arg(c, "AvailabilityZoneId");
	auto_buf all = BUF_INIT;

	for (size_t i = 0; sec2_zone_nth(c->region, i, ret_name); i++) {
		(void)!sec2_zone(c->region, ret_name, ret_id);
		if ((!name || !strcmp(name, ret_name)) && (!id || !strcmp(id, ret_id)))
			return true;
		(void)buf_addf(&all, "%s%s", all.n ? ", " : "", name || !id ? ret_name : ret_id);
	}
	sec2_fail(
		c, "InvalidParameterValue",
		"Value (%s) for parameter %s is invalid. Subnets can currently only be created in "
		"the following availability zones: %s.",
		name ? name : id, name ? "availabilityZone" : "availabilityZoneId", all.p);
	return false;
}

/* Canonical, inside the VPC, beside its other subnets; NULL and failed otherwise. */
static char *subnet_cidr(struct sec2 *c, const json_t *vpc)
{
	const char *asked = sec2_arg(c, "CidrBlock");
	json_t *others = sec2_all(c, &EC2_SUBNET), *other;
	size_t i, in_vpc = 0;
	int prefix = 0;
	char *cidr = sec2_cidr(asked, &prefix);

	if (!cidr)
		sec2_fail(c, "InvalidParameterValue",
			  "Value (%s) for parameter cidrBlock is invalid. This is not a valid CIDR "
			  "block.",
			  asked);
	else if (prefix < 16 || prefix > 28 || !text_cidr_within(cidr, sec2_str(vpc, "cidrBlock")))
		sec2_fail(c, "InvalidSubnet.Range", "The CIDR '%s' is invalid.", cidr);
	json_array_foreach(others, i, other) {
		if (strcmp(sec2_str(other, "vpcId"), sec2_str(vpc, "vpcId")) != 0)
			continue;
		in_vpc++;
		if (!sec2_failed(c) && text_cidrs_overlap(cidr, sec2_str(other, "cidrBlock")))
			sec2_fail(c, "InvalidSubnet.Conflict",
				  "The CIDR '%s' conflicts with another subnet", cidr);
	}
	if (!sec2_failed(c) && in_vpc >= sbx_quota(c->st, SBX_QUOTA_SUBNETS))
		sec2_fail(c, "SubnetLimitExceeded",
			  "The maximum number of subnets has been "
			  "reached.");
	json_decref(others);
	if (sec2_failed(c)) {
		free(cidr);
		cidr = NULL;
	}
	return cidr;
}

void sec2_create_subnet(struct sec2 *c)
{
	struct sec2_view_context context = sec2_view_context_of(c);
	autofree char *id = sbx_new_id("subnet");
	autofree char *acl_association = sbx_new_id("aclassoc");
	autofree char *arn = sbx_arn("ec2", c->region, "subnet/%s", id);
	autofree char *cidr = NULL;
	const char *end = c->req->fault_state ? c->req->fault_state : "available";
	json_t *vpc, *tags = NULL, *doc;
	char zone[24], zone_id[24];

	if (!sec2_require(c, "CidrBlock"))
		return;
	vpc = sec2_need(c, &EC2_VPC, sec2_arg(c, "VpcId"));
	if (!vpc)
		return;
	cidr = subnet_cidr(c, vpc);
	if (cidr && choose_zone(c, zone, zone_id))
		tags = sec2_tags(c, "subnet", NULL);
	if (tags) {
		doc = json_pack(
			"{s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:b, s:b, s:b, s:b, s:[], s:o, "
			"s:s, s:b, s:b, s:{s:s, s:b, s:b}, s:s, s:I, s:s}",
			"subnetId", id, "subnetArn", arn, "state", "pending", "vpcId",
			sec2_arg(c, "VpcId"), "cidrBlock", cidr, "availableIpAddressCount", 0,
			"availabilityZone", zone, "availabilityZoneId", zone_id, "defaultForAz", 0,
			"mapPublicIpOnLaunch", 0, "mapCustomerOwnedIpOnLaunch", 0,
			"assignIpv6AddressOnCreation", 0, "ipv6CidrBlockAssociationSet", "tagSet",
			tags, "ownerId", SANDBOX_ACCOUNT, "enableDns64", 0, "ipv6Native", 0,
			"privateDnsNameOptionsOnLaunch", "hostnameType", "ip-name",
			"enableResourceNameDnsARecord", 0, "enableResourceNameDnsAAAARecord", 0,
			"_acl_association", acl_association, "_available_ms",
			(json_int_t)sec2_after(c, SUBNET_PENDING_MS), "_end", end);
		sec2_put(c, &EC2_SUBNET, doc);
		sec2_reply(c, json_pack("{s:o}", "subnet", view_subnet(&context, doc)));
		json_decref(doc);
	}
	json_decref(vpc);
}

static const struct sec2_filter SUBNET_FILTERS[] = {
	{ "availability-zone", "availabilityZone" },
	{ "availability-zone-id", "availabilityZoneId" },
	{ "available-ip-address-count", "availableIpAddressCount" },
	{ "cidr-block", "cidrBlock" },
	{ "customer-owned-ipv4-pool", "customerOwnedIpv4Pool" },
	{ "default-for-az", "defaultForAz" },
	{ "enable-dns64", "enableDns64" },
	{ "enable-lni-at-device-index", "enableLniAtDeviceIndex" },
	{ "ipv6-native", "ipv6Native" },
	{ "map-customer-owned-ip-on-launch", "mapCustomerOwnedIpOnLaunch" },
	{ "map-public-ip-on-launch", "mapPublicIpOnLaunch" },
	{ "outpost-arn", "outpostArn" },
	{ "owner-id", "ownerId" },
	{ "private-dns-name-options-on-launch.hostname-type",
	  "privateDnsNameOptionsOnLaunch/hostnameType" },
	{ "private-dns-name-options-on-launch.enable-resource-name-dns-a-record",
	  "privateDnsNameOptionsOnLaunch/enableResourceNameDnsARecord" },
	{ "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record",
	  "privateDnsNameOptionsOnLaunch/enableResourceNameDnsAAAARecord" },
	{ "state", "state" },
	{ "subnet-arn", "subnetArn" },
	{ "subnet-id", "subnetId" },
	{ "tag-key", "tagSet/key" },
	{ "vpc-id", "vpcId" },
	{ 0 },
};

void sec2_describe_subnets(struct sec2 *c)
{
	static const struct sec2_list list = { .set = "subnetSet",
					       .ids = "SubnetId",
					       .kind = &EC2_SUBNET,
					       .filters = SUBNET_FILTERS };

	sec2_describe(c, &list);
}

/* Does anything that is there lie in the subnet? */
static bool is_used(const struct sec2 *c, const char *subnet_id)
{
	const struct sec2_kind *const kinds[] = { &EC2_ENI, &EC2_CONNECT_ENDPOINT, &EC2_ENDPOINT };
	bool used = false;

	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		json_t *all = sec2_all(c, kinds[k]), *doc, *id;
		size_t i, j;

		json_array_foreach(all, i, doc) {
			if (!strcmp(sec2_str(doc, "subnetId"), subnet_id))
				used = true;
			json_array_foreach(json_object_get(doc, "subnetIdSet"), j, id)
				used = used || !strcmp(json_string_value(id), subnet_id);
		}
		json_decref(all);
	}
	return used;
}

void sec2_delete_subnet(struct sec2 *c)
{
	const char *id = sec2_arg(c, "SubnetId");
	json_t *doc = sec2_need(c, &EC2_SUBNET, id);

	if (!doc)
		return;
	json_decref(doc);
	if (is_used(c, id)) {
		sec2_fail(c, "DependencyViolation",
			  "The subnet '%s' has dependencies and cannot be deleted.", id);
		return;
	}
	sec2_subnet_disassociate(c, id);
	sec2_drop(c, &EC2_SUBNET, id);
	sec2_reply_true(c);
}

static const struct {
	const char *path, *member;
} ATTRIBUTES[] = {
	{ "MapPublicIpOnLaunch.Value", "mapPublicIpOnLaunch" },
	{ "AssignIpv6AddressOnCreation.Value", "assignIpv6AddressOnCreation" },
	{ "MapCustomerOwnedIpOnLaunch.Value", "mapCustomerOwnedIpOnLaunch" },
	{ "EnableDns64.Value", "enableDns64" },
};

void sec2_modify_subnet_attribute(struct sec2 *c)
{
	json_t *doc = sec2_need(c, &EC2_SUBNET, sec2_arg(c, "SubnetId"));
	size_t given = 0;

	if (!doc)
		return;
	for (size_t i = 0; i < ARRAY_LEN(ATTRIBUTES); i++) {
		if (!sec2_arg(c, ATTRIBUTES[i].path))
			continue;
		given++;
		json_object_set_new(doc, ATTRIBUTES[i].member,
				    json_boolean(sec2_arg_bool(c, ATTRIBUTES[i].path, false)));
	}
	if (given == 1) {
		sec2_put(c, &EC2_SUBNET, doc);
		sec2_reply_true(c);
	} else {
		sec2_fail(c, given ? "InvalidParameterCombination" : "MissingParameter",
			  given ? "Only one subnet attribute can be modified at a time"
				: "The request must contain an attribute to modify");
	}
	json_decref(doc);
}
