/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network interfaces.  All of them belong to something: an instance, an
 * endpoint.  They come with it and stay a while when it is gone, which is what
 * holds up the delete of a subnet or a group.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/ec2/ec2.h"

static json_t *view_eni(const struct sec2_view_context *context, const json_t *doc)
{
	int64_t gone_ms = sec2_ms(doc, "_gone_ms");

	return gone_ms && context->now_ms >= gone_ms ? NULL : json_deep_copy(doc);
}

const struct sec2_kind EC2_ENI = { .kind = "network-interface",
				   .prefix = "eni",
				   .id_member = "networkInterfaceId",
				   .not_found = "InvalidNetworkInterfaceID.NotFound",
				   .malformed = "InvalidNetworkInterfaceId.Malformed",
				   .noun = "networkInterface ID",
				   .view = view_eni };

/* ---- addresses ---------------------------------------------------------- */

static bool is_taken(const json_t *enis, const char *address, const char *subnet_id)
{
	const json_t *eni;
	size_t i;

	json_array_foreach(enis, i, eni) {
		if (!strcmp(sec2_str(eni, "subnetId"), subnet_id) &&
		    !strcmp(sec2_str(eni, "privateIpAddress"), address))
			return true;
	}
	return false;
}

/* A free address of the subnet, from a random place on, as AWS does; false when it is full. */
static bool choose_address(const struct sec2 *c, const json_t *subnet, char ret[16])
{
	json_t *enis = sec2_all(c, &EC2_ENI);
	autofree char *hex = text_random_hex(3);
	uint32_t base, size, start = (uint32_t)strtoul(hex, NULL, 16);
	bool found = false;

	sec2_network(sec2_str(subnet, "cidrBlock"), &base, &size);
	for (uint32_t i = 0; i < size - 5 && !found; i++) {
		/* the first four and the last are AWS's own */
		sec2_address(base + 4 + (start + i) % (size - 5), ret);
		found = !is_taken(enis, ret, sec2_str(subnet, "subnetId"));
	}
	json_decref(enis);
	return found;
}

/* The address that RunInstances asks for by name. */
static bool use_address(struct sec2 *c, const json_t *subnet, const char *asked, char ret[16])
{
	json_t *enis = sec2_all(c, &EC2_ENI);
	autofree char *host = xasprintf("%s/32", asked);

	if (strlen(asked) > 15 || !text_cidr_within(host, sec2_str(subnet, "cidrBlock")))
		sec2_fail(c, "InvalidParameterValue",
			  "Address %s does not fall within the subnet's "
			  "address range",
			  asked);
	else if (is_taken(enis, asked, sec2_str(subnet, "subnetId")))
		sec2_fail(c, "InvalidIPAddress.InUse", "Address %s is in use.", asked);
	else
		(void)snprintf(ret, 16, "%s", asked);
	json_decref(enis);
	return !sec2_failed(c);
}

static char *private_dns_name(const char *region, const char *address)
{
	char *name = !strcmp(region, "us-east-1")
			     ? xasprintf("ip-%s.ec2.internal", address)
			     : xasprintf("ip-%s.%s.compute.internal", address, region);

	for (char *p = name; *p && p < name + 3 + strlen(address); p++) {
		if (*p == '.')
			*p = '-';
	}
	return name;
}

static char *mac_address(void)
{
	autofree char *h = text_random_hex(5);

	return xasprintf("06:%.2s:%.2s:%.2s:%.2s:%.2s", h, h + 2, h + 4, h + 6, h + 8);
}

/* ---- life --------------------------------------------------------------- */

json_t *sec2_eni_new(struct sec2 *c, const struct sec2_new_eni *eni)
{
	struct sec2_view_context context = sec2_view_context_of(c);
	json_t *subnet = sec2_need(c, &EC2_SUBNET, eni->subnet_id), *doc = NULL;
	autofree char *mac = mac_address();
	autofree char *dns = NULL;
	char address[16];
	bool good = subnet && (eni->address ? use_address(c, subnet, eni->address, address)
					    : choose_address(c, subnet, address));

	if (good) {
		dns = private_dns_name(c->region, address);
		doc = json_pack(
			"{s:s, s:s, s:s, s:O, s:O, s:s, s:s, s:s*, s:b, s:s, s:s, s:s, s:s, s:b, "
			"s:o, s:o, s:o, s:[], s:[{s:s, s:s, s:b}], s:s, s:I}",
			"networkInterfaceId", eni->id, "subnetId", eni->subnet_id, "vpcId",
			sec2_str(subnet, "vpcId"), "availabilityZone",
			json_object_get(subnet, "availabilityZone"), "availabilityZoneId",
			json_object_get(subnet, "availabilityZoneId"), "description",
			eni->description, "ownerId", SANDBOX_ACCOUNT, "requesterId", eni->requester,
			"requesterManaged", eni->requester != NULL, "status", "in-use",
			"macAddress", mac, "privateIpAddress", address, "privateDnsName", dns,
			"sourceDestCheck", 1, "groupSet", sec2_group_set(&context, eni->groups),
			"attachment", eni->attachment, "tagSet", eni->tags, "ipv6AddressesSet",
			"privateIpAddressesSet", "privateIpAddress", address, "privateDnsName", dns,
			"primary", 1, "interfaceType", eni->type, "_gone_ms", (json_int_t)0);
		json_object_set_new(doc, "_owner", json_string(eni->owner));
		sec2_put(c, &EC2_ENI, doc);
	} else {
		json_decref(eni->attachment);
		json_decref(eni->tags);
		if (!sec2_failed(c))
			sec2_fail(c, "InsufficientFreeAddressesInSubnet",
				  "There are not enough free addresses in subnet '%s' to satisfy "
				  "the requested number of instances.",
				  eni->subnet_id);
	}
	json_decref(subnet);
	return doc;
}

typedef void change_fn(struct sec2 *c, json_t *eni, const void *arg);

static void each_of(struct sec2 *c, const char *owner, change_fn *change, const void *arg)
{
	json_t *all = sec2_all(c, &EC2_ENI), *eni;
	size_t i;

	json_array_foreach(all, i, eni) {
		if (strcmp(sec2_str(eni, "_owner"), owner) != 0)
			continue;
		change(c, eni, arg);
		sec2_put(c, &EC2_ENI, eni);
	}
	json_decref(all);
}

static void set_gone(struct sec2 *c, json_t *eni, const void *arg)
{
	(void)c;
	json_object_set_new(eni, "_gone_ms", json_integer(*(const int64_t *)arg));
}

void sec2_eni_release(struct sec2 *c, const char *owner, int64_t gone_ms)
{
	each_of(c, owner, set_gone, &gone_ms);
}

static void set_groups(struct sec2 *c, json_t *eni, const void *arg)
{
	struct sec2_view_context context = sec2_view_context_of(c);

	json_object_set_new(eni, "groupSet", sec2_group_set(&context, arg));
}

void sec2_eni_set_groups(struct sec2 *c, const char *owner, const json_t *groups)
{
	each_of(c, owner, set_groups, groups);
}

/* ---- actions ------------------------------------------------------------ */

static const struct sec2_filter ENI_FILTERS[] = {
	{ "association.allocation-id", "association/allocationId" },
	{ "association.association-id", "association/associationId" },
	{ "addresses.association.owner-id", "privateIpAddressesSet/association/ipOwnerId" },
	{ "addresses.association.public-ip", "privateIpAddressesSet/association/publicIp" },
	{ "addresses.primary", "privateIpAddressesSet/primary" },
	{ "addresses.private-ip-address", "privateIpAddressesSet/privateIpAddress" },
	{ "association.ip-owner-id", "association/ipOwnerId" },
	{ "association.public-ip", "association/publicIp" },
	{ "association.public-dns-name", "association/publicDnsName" },
	{ "attachment.attach-time", "attachment/attachTime" },
	{ "attachment.attachment-id", "attachment/attachmentId" },
	{ "attachment.delete-on-termination", "attachment/deleteOnTermination" },
	{ "attachment.device-index", "attachment/deviceIndex" },
	{ "attachment.instance-id", "attachment/instanceId" },
	{ "attachment.instance-owner-id", "attachment/instanceOwnerId" },
	{ "attachment.status", "attachment/status" },
	{ "availability-zone", "availabilityZone" },
	{ "availability-zone-id", "availabilityZoneId" },
	{ "description", "description" },
	{ "group-id", "groupSet/groupId" },
	{ "interface-type", "interfaceType" },
	{ "mac-address", "macAddress" },
	{ "network-interface-id", "networkInterfaceId" },
	{ "owner-id", "ownerId" },
	{ "private-dns-name", "privateDnsName" },
	{ "private-ip-address", "privateIpAddress" },
	{ "requester-id", "requesterId" },
	{ "requester-managed", "requesterManaged" },
	{ "source-dest-check", "sourceDestCheck" },
	{ "status", "status" },
	{ "subnet-id", "subnetId" },
	{ "tag-key", "tagSet/key" },
	{ "vpc-id", "vpcId" },
	{ 0 },
};

/* In an account that hides what services manage: not listed, unless it is asked for. */
static json_t *view_unmanaged(const struct sec2_view_context *context, const json_t *doc)
{
	return json_is_true(json_object_get(doc, "requesterManaged")) ? NULL
								      : view_eni(context, doc);
}

static json_t *view_hidden(const struct sec2_view_context *context, const json_t *doc)
{
	bool managed = json_is_true(json_object_get(doc, "requesterManaged"));
	json_t *view = view_eni(context, doc);

	if (view && managed)
		json_object_set_new(view, "operator",
				    json_pack("{s:b, s:s, s:b}", "managed", 1, "principal",
					      sec2_str(doc, "requesterId"), "hiddenByDefault", 1));
	return view;
}

void sec2_describe_network_interfaces(struct sec2 *c)
{
	static const struct sec2_list list = { .set = "networkInterfaceSet",
					       .ids = "NetworkInterfaceId",
					       .kind = &EC2_ENI,
					       .filters = ENI_FILTERS };
	struct sec2_kind kind = EC2_ENI;
	struct sec2_list hidden = list;

	if (!text_eq(c->req->fault_state, "hidden")) {
		sec2_describe(c, &list);
		return;
	}
	kind.view =
		sec2_arg_bool(c, "IncludeManagedResources", false) ? view_hidden : view_unmanaged;
	hidden.kind = &kind;
	sec2_describe(c, &hidden);
}

/* None of ours is free: each belongs to an instance or to a service. */
void sec2_delete_network_interface(struct sec2 *c)
{
	const char *id = sec2_arg(c, "NetworkInterfaceId");
	json_t *doc = sec2_need(c, &EC2_ENI, id);

	if (!doc)
		return;
	if (json_is_true(json_object_get(doc, "requesterManaged")))
		sec2_fail(c, "OperationNotPermitted",
			  "You do not have permission to access the specified resource.");
	else
		sec2_fail(c, "InvalidParameterValue", "Network interface '%s' is currently in use.",
			  id);
	json_decref(doc);
}

void sec2_detach_network_interface(struct sec2 *c)
{
	const char *id = sec2_arg(c, "AttachmentId");
	json_t *all = sec2_all(c, &EC2_ENI), *doc;
	size_t i;

	json_array_foreach(all, i, doc) {
		const json_t *attachment = json_object_get(doc, "attachment");

		if (strcmp(sec2_str(attachment, "attachmentId"), id) != 0)
			continue;
		if (json_is_true(json_object_get(doc, "requesterManaged")))
			sec2_fail(c, "OperationNotPermitted",
				  "You do not have permission to access the specified resource.");
		else
			sec2_fail(c, "OperationNotPermitted",
				  "The network interface at device index 0 cannot be detached.");
	}
	json_decref(all);
	if (!sec2_failed(c))
		sec2_fail(c, "InvalidAttachmentID.NotFound", "The attachment '%s' does not exist",
			  id);
}
