/* SPDX-License-Identifier: Apache-2.0 */
/* VPCs. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/quota.h"
#include "sandbox/ec2/ec2.h"
#include "sandbox/ec2/vpc_inner.h"

#define VPC_PENDING_MS 2000
#define VPC_DELETING_MS 120000

/* ---- the VPC ------------------------------------------------------------ */

static json_t *view_vpc(const struct sec2_view_context *context, const json_t *doc)
{
	int64_t gone_ms = sec2_ms(doc, "_gone_ms");
	bool ready = context->now_ms >= sec2_ms(doc, "_available_ms");
	json_t *view;

	if (gone_ms && context->now_ms >= gone_ms)
		return NULL;
	view = json_deep_copy(doc);
	if (gone_ms)
		json_object_set_new(view, "state", json_string("deleting"));
	else
		json_object_set(view, "state",
				ready ? json_object_get(doc, "_end")
				      : json_object_get(doc, "state"));
	return view;
}

const struct sec2_kind EC2_VPC = { .kind = "vpc",
				   .prefix = "vpc",
				   .id_member = "vpcId",
				   .not_found = "InvalidVpcID.NotFound",
				   .malformed = "InvalidVpcId.Malformed",
				   .noun = "vpc ID",
				   .view = view_vpc };

static json_t *new_vpc(struct sec2 *c, const char *id, const char *cidr, json_t *tags)
{
	autofree char *association = sbx_new_id("vpc-cidr-assoc");
	autofree char *dhcp = sec2_dhcp_options_id(c->region);
	const char *end = c->req->fault_state ? c->req->fault_state : "available";

	return json_pack("{s:s, s:s, s:s, s:s, s:[{s:s, s:s, s:{s:s}}], s:s, s:o, s:s, s:b, s:b, "
			 "s:b, s:I, s:s}",
			 "vpcId", id, "ownerId", SANDBOX_ACCOUNT, "state", "pending", "cidrBlock",
			 cidr, "cidrBlockAssociationSet", "cidrBlock", cidr, "associationId",
			 association, "cidrBlockState", "state", "associated", "dhcpOptionsId",
			 dhcp, "tagSet", tags, "instanceTenancy",
			 sec2_arg_or(c, "InstanceTenancy", "default"), "isDefault", 0,
			 "_dns_support", 1, "_dns_hostnames", 0, "_available_ms",
			 (json_int_t)sec2_after(c, VPC_PENDING_MS), "_end", end);
}

/* The CIDR of a new VPC, canonical; NULL and failed when it cannot be one. */
static char *vpc_cidr(struct sec2 *c)
{
	const char *asked = sec2_arg(c, "CidrBlock");
	int prefix = 0;
	char *cidr = sec2_cidr(asked, &prefix);

	if (!cidr) {
		sec2_fail(c, "InvalidParameterValue",
			  "Value (%s) for parameter cidrBlock is invalid. This is not a valid CIDR "
			  "block.",
			  asked);
	} else if (prefix < 16 || prefix > 28) {
		sec2_fail(c, "InvalidVpc.Range", "The CIDR '%s' is invalid.", cidr);
		free(cidr);
		cidr = NULL;
	}
	return cidr;
}

static bool quota_left(struct sec2 *c)
{
	json_t *all = sec2_all(c, &EC2_VPC);
	size_t n = json_array_size(all);

	json_decref(all);
	if (n < sbx_quota(c->st, SBX_QUOTA_VPCS))
		return true;
	sec2_fail(c, "VpcLimitExceeded", "The maximum number of VPCs has been reached.");
	return false;
}

void sec2_create_vpc(struct sec2 *c)
{
	struct sec2_view_context context = sec2_view_context_of(c);
	autofree char *id = sbx_new_id("vpc");
	autofree char *cidr = NULL;
	json_t *tags, *doc;

	sec2_sweep(c);
	if (!sec2_require(c, "CidrBlock"))
		return;
	cidr = vpc_cidr(c);
	if (!cidr || !quota_left(c))
		return;
	tags = sec2_tags(c, "vpc", NULL);
	if (!tags)
		return;
	doc = new_vpc(c, id, cidr, tags);
	sec2_put(c, &EC2_VPC, doc);
	sec2_route_table_make_main(c, id, cidr);
	sec2_acl_make_default(c, id);
	sec2_group_make_default(c, id);
	sec2_reply(c, json_pack("{s:o}", "vpc", view_vpc(&context, doc)));
	json_decref(doc);
}

static const struct sec2_filter VPC_FILTERS[] = {
	{ "cidr", "cidrBlock" },
	{ "cidr-block-association.cidr-block", "cidrBlockAssociationSet/cidrBlock" },
	{ "cidr-block-association.association-id", "cidrBlockAssociationSet/associationId" },
	{ "cidr-block-association.state", "cidrBlockAssociationSet/cidrBlockState/state" },
	{ "dhcp-options-id", "dhcpOptionsId" },
	{ "is-default", "isDefault" },
	{ "owner-id", "ownerId" },
	{ "state", "state" },
	{ "tag-key", "tagSet/key" },
	{ "vpc-id", "vpcId" },
	{ 0 },
};

void sec2_describe_vpcs(struct sec2 *c)
{
	static const struct sec2_list list = {
		.set = "vpcSet", .ids = "VpcId", .kind = &EC2_VPC, .filters = VPC_FILTERS
	};

	sec2_describe(c, &list);
}

/* ---- its end ------------------------------------------------------------ */

/* Is anything of `kind` in the VPC?  What goes with it (main table, defaults) does not count. */
static bool has_any(const struct sec2 *c, const struct sec2_kind *kind, const char *vpc_id)
{
	json_t *all = sec2_all(c, kind), *doc;
	bool found = false;
	size_t i;

	json_array_foreach(all, i, doc) {
		if (strcmp(sec2_str(doc, "vpcId"), vpc_id) != 0 ||
		    json_is_true(json_object_get(doc, "_main")) ||
		    json_is_true(json_object_get(doc, "_default")))
			continue;
		if (kind == &EC2_INSTANCE &&
		    !strcmp(sec2_instance_state(doc, c->now_ms), "terminated"))
			continue;
		found = true;
	}
	json_decref(all);
	return found;
}

static void forget_parts(struct sec2 *c, const char *vpc_id)
{
	const struct sec2_kind *const kinds[] = { &EC2_ROUTE_TABLE, &EC2_ACL, &EC2_GROUP };

	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		json_t *all = sec2_all(c, kinds[k]), *doc;
		size_t i;

		json_array_foreach(all, i, doc) {
			const char *id = sec2_str(doc, kinds[k]->id_member);

			if (strcmp(sec2_str(doc, "vpcId"), vpc_id) != 0)
				continue;
			if (kinds[k] == &EC2_GROUP)
				sec2_group_forget(c, id);
			else
				sec2_drop(c, kinds[k], id);
		}
		json_decref(all);
	}
}

void sec2_delete_vpc(struct sec2 *c)
{
	const struct sec2_kind *const holders[] = { &EC2_SUBNET,   &EC2_ROUTE_TABLE,
						    &EC2_GROUP,	   &EC2_ENI,
						    &EC2_ENDPOINT, &EC2_CONNECT_ENDPOINT,
						    &EC2_INSTANCE };
	const char *id = sec2_arg(c, "VpcId");
	json_t *doc = sec2_need(c, &EC2_VPC, id);
	bool held;

	if (!doc)
		return;
	if (sec2_ms(doc, "_gone_ms")) { /* asked for already */
		json_decref(doc);
		sec2_reply_true(c);
		return;
	}
	held = sec2_peering_holds(c, id);
	for (size_t i = 0; i < ARRAY_LEN(holders) && !held; i++)
		held = has_any(c, holders[i], id);
	if (held) {
		sec2_fail(c, "DependencyViolation",
			  "The vpc '%s' has dependencies and cannot be deleted.", id);
		json_decref(doc);
		return;
	}
	forget_parts(c, id);
	/* AWS has the state, and no source of ours says when it is to be seen: on demand. */
	if (text_eq(c->req->fault_state, "deleting")) {
		json_object_set_new(doc, "_gone_ms", json_integer(sec2_after(c, VPC_DELETING_MS)));
		sec2_put(c, &EC2_VPC, doc);
	} else {
		sec2_drop(c, &EC2_VPC, id);
	}
	json_decref(doc);
	sec2_reply_true(c);
}
