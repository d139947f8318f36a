/* SPDX-License-Identifier: Apache-2.0 */
/* What each region sees of a peering, and when. */
#include "sandbox/ec2/peering.h"

#include <string.h>

#include "base/attr.h"
#include "sandbox/core/sbx.h"
#include "sandbox/ec2/ec2.h"

const json_t *sec2_peering_requester(const json_t *doc)
{
	return json_object_get(doc, "requesterVpcInfo");
}

const json_t *sec2_peering_accepter(const json_t *doc)
{
	return json_object_get(doc, "accepterVpcInfo");
}

static bool is_end(const json_t *doc, const char *region)
{
	return !*region || !strcmp(sec2_str(sec2_peering_requester(doc), "region"), region) ||
	       !strcmp(sec2_str(sec2_peering_accepter(doc), "region"), region);
}

bool sec2_peering_is_far(const json_t *doc, const char *region)
{
	return *region && strcmp(sec2_str(sec2_peering_requester(doc), "region"), region) != 0;
}

/* Past `ms`, when that is set at all? */
static bool reached(const json_t *doc, const char *member, int64_t now_ms)
{
	int64_t ms = sec2_ms(doc, member);

	return ms && now_ms >= ms;
}

static const char *final_state(const json_t *doc, int64_t now_ms)
{
	const char *end = sec2_str(doc, "_end");

	if (reached(doc, "_delete_ms", now_ms))
		return reached(doc, "_deleted_ms", now_ms) ? "deleted" : "deleting";
	if (reached(doc, "_rejected_ms", now_ms))
		return "rejected";
	if (*end && reached(doc, "_pending_ms", now_ms))
		return !strcmp(end, "failed") ? "failed" : NULL;
	return NULL;
}

/* The states that a test may make a peering stay in, as words that outlive the document. */
static const char *asked_state(const char *end)
{
	static const char *const states[] = { "failed", "provisioning", "pending-acceptance",
					      "initiating-request" };

	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		if (!strcmp(states[i], end))
			return states[i];
	}
	return "failed";
}

const char *sec2_peering_state(const json_t *doc, const char *region, int64_t now_ms)
{
	const char *state = final_state(doc, now_ms), *end = sec2_str(doc, "_end");
	const char *accept_end = sec2_str(doc, "_accept_end");

	if (!is_end(doc, region) ||
	    (sec2_peering_is_far(doc, region) && !reached(doc, "_far_ms", now_ms)))
		return "";
	if (state)
		return state;
	if (!reached(doc, "_pending_ms", now_ms))
		return "initiating-request";
	if (*end)
		return asked_state(end);
	if (sec2_ms(doc, "_accepted_ms")) {
		if (!reached(doc,
			     sec2_peering_is_far(doc, region) ? "_active_far_ms" : "_active_ms",
			     now_ms))
			return "provisioning";
		return *accept_end ? asked_state(accept_end) : "active";
	}
	return reached(doc, "_expires_ms", now_ms) ? "expired" : "pending-acceptance";
}

/* When it stops being listed; 0: not in sight. */
static int64_t listed_until(const json_t *doc, const char *state)
{
	if (!strcmp(state, "deleted"))
		return sec2_ms(doc, "_deleted_ms") + sec2_ms(doc, "_listed_ms");
	if (!strcmp(state, "failed"))
		return sec2_ms(doc, "_pending_ms") + sec2_ms(doc, "_listed_ms");
	if (!strcmp(state, "rejected"))
		return sec2_ms(doc, "_rejected_ms") + sec2_ms(doc, "_rejected_listed_ms");
	if (!strcmp(state, "expired"))
		return sec2_ms(doc, "_expires_ms") + sec2_ms(doc, "_rejected_listed_ms");
	return 0;
}

static const struct {
	const char *state, *message;
} MESSAGES[] = {
	{ "initiating-request", "Initiating Request to " SANDBOX_ACCOUNT },
	{ "pending-acceptance", "Pending Acceptance by " SANDBOX_ACCOUNT },
	{ "provisioning", "Provisioning" },
	{ "active", "Active" },
	{ "failed", "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range" },
	{ "rejected", "Inactive" },
	{ "expired", "Inactive" },
	{ "deleting", "Deleting" },
	{ "deleted", "Deleted by " SANDBOX_ACCOUNT },
};

static const char *message_of(const char *state)
{
	for (size_t i = 0; i < ARRAY_LEN(MESSAGES); i++) {
		if (!strcmp(MESSAGES[i].state, state))
			return MESSAGES[i].message;
	}
	return "";
}

/* The tags of one side; both sides' for the world's own view. */
static json_t *tags_of(const json_t *doc, const char *region)
{
	const json_t *sides = json_object_get(doc, "_tags");
	json_t *tags = json_object_get(sides, region), *all;
	const char *side;

	if (*region)
		return tags ? json_deep_copy(tags) : json_array();
	all = json_array();
	json_object_foreach((json_t *)(uintptr_t)sides, side, tags)
		json_array_extend(all, tags);
	return all;
}

/* The accepter's addresses are shown once the peering is up. */
static void hide_accepter(json_t *view)
{
	json_t *info = json_copy(json_object_get(view, "accepterVpcInfo"));

	json_object_del(info, "cidrBlock");
	json_object_del(info, "cidrBlockSet");
	json_object_del(info, "peeringOptions");
	json_object_set_new(view, "accepterVpcInfo", info);
}

static json_t *view_peering(const struct sec2_view_context *context, const json_t *doc)
{
	const char *state = sec2_peering_state(doc, context->region, context->now_ms);
	int64_t until = listed_until(doc, state);
	json_t *view;

	if (!*state || (until && context->now_ms >= until))
		return NULL;
	view = json_deep_copy(doc);
	json_object_set_new(view, "status",
			    json_pack("{s:s, s:s}", "code", state, "message", message_of(state)));
	json_object_set_new(view, "tagSet", tags_of(doc, context->region));
	if (!sec2_ms(doc, "_accepted_ms"))
		hide_accepter(view);
	if (strcmp(state, "initiating-request") != 0 && strcmp(state, "pending-acceptance") != 0)
		json_object_del(view, "expirationTime");
	return view;
}

const struct sec2_kind EC2_PEERING = { .kind = "vpc-peering-connection",
				       .prefix = "pcx",
				       .id_member = "vpcPeeringConnectionId",
				       .not_found = "InvalidVpcPeeringConnectionID.NotFound",
				       .malformed = "InvalidVpcPeeringConnectionId.Malformed",
				       .noun = "vpcPeeringConnection ID",
				       .view = view_peering,
				       .global = true };

bool sec2_peering_is_live(const char *state)
{
	static const char *const live[] = { "initiating-request", "pending-acceptance",
					    "provisioning", "active", "deleting" };

	for (size_t i = 0; i < ARRAY_LEN(live); i++) {
		if (!strcmp(live[i], state))
			return true;
	}
	return false;
}

bool sec2_peering_touches(const json_t *doc, const char *vpc_id)
{
	return !strcmp(sec2_str(sec2_peering_requester(doc), "vpcId"), vpc_id) ||
	       !strcmp(sec2_str(sec2_peering_accepter(doc), "vpcId"), vpc_id);
}

bool sec2_peering_holds(const struct sec2 *c, const char *vpc_id)
{
	json_t *all = store_list(c->st, EC2_PEERING.kind, ""), *doc;
	bool held = false;
	size_t i;

	json_array_foreach(all, i, doc)
		held = held || (sec2_peering_touches(doc, vpc_id) &&
				sec2_peering_is_live(sec2_peering_state(doc, "", c->now_ms)));
	json_decref(all);
	return held;
}

static const struct sec2_filter PEERING_FILTERS[] = {
	{ "accepter-vpc-info.cidr-block", "accepterVpcInfo/cidrBlock" },
	{ "accepter-vpc-info.owner-id", "accepterVpcInfo/ownerId" },
	{ "accepter-vpc-info.vpc-id", "accepterVpcInfo/vpcId" },
	{ "expiration-time", "expirationTime" },
	{ "requester-vpc-info.cidr-block", "requesterVpcInfo/cidrBlock" },
	{ "requester-vpc-info.owner-id", "requesterVpcInfo/ownerId" },
	{ "requester-vpc-info.vpc-id", "requesterVpcInfo/vpcId" },
	{ "status-code", "status/code" },
	{ "status-message", "status/message" },
	{ "tag-key", "tagSet/key" },
	{ "vpc-peering-connection-id", "vpcPeeringConnectionId" },
	{ 0 },
};

void sec2_describe_peerings(struct sec2 *c)
{
	static const struct sec2_list list = { .set = "vpcPeeringConnectionSet",
					       .ids = "VpcPeeringConnectionId",
					       .kind = &EC2_PEERING,
					       .filters = PEERING_FILTERS };

	sec2_describe(c, &list);
}
