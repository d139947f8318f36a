/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VPC peering: one thing, two regions.  It is kept once; what each end sees of
 * it, and when, follows from the times that are stored with it.
 *
 *   initiating-request -> pending-acceptance -> provisioning -> active -> deleting -> deleted
 *                     \-> failed            \-> rejected, expired
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/quota.h"
#include "sandbox/ec2/ec2.h"

#define INITIATING_MS 2000
#define FAR_SIGHT_MS 10000 /* until the other region sees it, when lags are harsh */
#define PROVISIONING_MS 4000
#define DELETING_MS 3000
#define EXPIRES_MS (168LL * 3600 * 1000)
#define LISTED_MS (2LL * 3600 * 1000)		/* deleted and failed ones */
#define REJECTED_LISTED_MS (48LL * 3600 * 1000) /* rejected and expired ones */

/* ---- what a region sees ------------------------------------------------- */

static const json_t *requester(const json_t *doc)
{
	return json_object_get(doc, "requesterVpcInfo");
}

static const json_t *accepter(const json_t *doc)
{
	return json_object_get(doc, "accepterVpcInfo");
}

static bool is_end(const json_t *doc, const char *region)
{
	return !*region || !strcmp(sec2_str(requester(doc), "region"), region) ||
	       !strcmp(sec2_str(accepter(doc), "region"), region);
}

static bool is_far(const json_t *doc, const char *region)
{
	return *region && strcmp(sec2_str(requester(doc), "region"), region) != 0;
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

	if (!is_end(doc, region) || (is_far(doc, region) && !reached(doc, "_far_ms", now_ms)))
		return "";
	if (state)
		return state;
	if (!reached(doc, "_pending_ms", now_ms))
		return "initiating-request";
	if (*end)
		return asked_state(end);
	if (sec2_ms(doc, "_accepted_ms")) {
		if (!reached(doc, is_far(doc, region) ? "_active_far_ms" : "_active_ms", now_ms))
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

static bool is_live(const char *state)
{
	static const char *const live[] = { "initiating-request", "pending-acceptance",
					    "provisioning", "active", "deleting" };

	for (size_t i = 0; i < ARRAY_LEN(live); i++) {
		if (!strcmp(live[i], state))
			return true;
	}
	return false;
}

static bool touches(const json_t *doc, const char *vpc_id)
{
	return !strcmp(sec2_str(requester(doc), "vpcId"), vpc_id) ||
	       !strcmp(sec2_str(accepter(doc), "vpcId"), vpc_id);
}

bool sec2_peering_holds(const struct sec2 *c, const char *vpc_id)
{
	json_t *all = store_list(c->st, EC2_PEERING.kind, ""), *doc;
	bool held = false;
	size_t i;

	json_array_foreach(all, i, doc)
		held = held ||
		       (touches(doc, vpc_id) && is_live(sec2_peering_state(doc, "", c->now_ms)));
	json_decref(all);
	return held;
}

static void reply_peering(struct sec2 *c, const json_t *doc)
{
	struct sec2_view_context context = sec2_view_context_of(c);

	sec2_reply(c, json_pack("{s:o}", "vpcPeeringConnection", view_peering(&context, doc)));
}

/* ---- making ------------------------------------------------------------- */

static json_t *vpc_info(const json_t *vpc, const char *region)
{
	return json_pack("{s:O, s:[{s:O}], s:s, s:O, s:s, s:{s:b, s:b, s:b}}", "cidrBlock",
			 json_object_get(vpc, "cidrBlock"), "cidrBlockSet", "cidrBlock",
			 json_object_get(vpc, "cidrBlock"), "ownerId", SANDBOX_ACCOUNT, "vpcId",
			 json_object_get(vpc, "vpcId"), "region", region, "peeringOptions",
			 "allowDnsResolutionFromRemoteVpc", 0,
			 "allowEgressFromLocalClassicLinkToRemoteVpc", 0,
			 "allowEgressFromLocalVpcToRemoteClassicLink", 0);
}

static bool check_others(struct sec2 *c, const char *vpc_id, const char *peer_id)
{
	json_t *all = store_list(c->st, EC2_PEERING.kind, ""), *doc;
	size_t i, outstanding = 0;

	json_array_foreach(all, i, doc) {
		const char *state = sec2_peering_state(doc, "", c->now_ms);

		outstanding += touches(doc, vpc_id) && (!strcmp(state, "pending-acceptance") ||
							!strcmp(state, "initiating-request"));
		if (!sec2_failed(c) && is_live(state) && strcmp(state, "deleting") != 0 &&
		    touches(doc, vpc_id) && touches(doc, peer_id))
			sec2_fail(c, "VpcPeeringConnectionAlreadyExists",
				  "A VPC peering connection already exists between %s and %s: %s",
				  vpc_id, peer_id, sec2_str(doc, "vpcPeeringConnectionId"));
	}
	json_decref(all);
	if (!sec2_failed(c) && outstanding >= sbx_quota(c->st, SBX_QUOTA_PEERING_REQUESTS))
		sec2_fail(c, "OutstandingVpcPeeringConnectionLimitExceeded",
			  "The maximum number of outstanding VPC peering connections has been "
			  "reached.");
	return !sec2_failed(c);
}

/* The other VPC in its own region, or NULL and failed. */
static json_t *need_peer(struct sec2 *c, const char *region)
{
	const char *id = sec2_arg(c, "PeerVpcId"), *owner = sec2_arg(c, "PeerOwnerId");
	const struct region_partition *here = region_partition(c->region);
	json_t *vpc;

	if (!sec2_require(c, "PeerVpcId"))
		return NULL;
	if (region_partition(region) != here) {
		sec2_fail(c, "InvalidParameterValue",
			  "Value (%s) for parameter peerRegion is invalid.", region);
		return NULL;
	}
	if (owner && strcmp(owner, SANDBOX_ACCOUNT) != 0) {
		sec2_fail(c, "UnsupportedOperation",
			  "This sandbox has one account, " SANDBOX_ACCOUNT);
		return NULL;
	}
	vpc = store_get(c->st, "vpc", region, id);
	if (!vpc)
		sec2_fail_not_found(c, &EC2_VPC, id);
	return vpc;
}

/* As a rule another region knows a request by the time that the requester's end can be accepted. */
static int64_t far_sight_ms(struct sec2 *c, bool same_region, int64_t pending_ms)
{
	return same_region || !sbx_lag_is_harsh(c->sbx) ? pending_ms : sec2_after(c, FAR_SIGHT_MS);
}

static json_t *new_peering(struct sec2 *c, const char *id, const json_t *vpc, const json_t *peer,
			   const char *peer_region, json_t *tags)
{
	int64_t expires_ms = sec2_after(c, EXPIRES_MS), pending_ms = sec2_after(c, INITIATING_MS);
	const char *end = c->req->fault_state ? c->req->fault_state : "";
	bool same_region = !strcmp(peer_region, c->region);
	json_t *doc = json_pack(
		"{s:o, s:o, s:o, s:{}, s:[], s:s, s:{s:o}, s:I, s:I, s:I, s:I, s:I}",
		"accepterVpcInfo", vpc_info(peer, peer_region), "expirationTime",
		sec2_time(expires_ms), "requesterVpcInfo", vpc_info(vpc, c->region), "status",
		"tagSet", "vpcPeeringConnectionId", id, "_tags", c->region, tags, "_pending_ms",
		(json_int_t)pending_ms, "_far_ms",
		(json_int_t)far_sight_ms(c, same_region, pending_ms), "_expires_ms",
		(json_int_t)expires_ms, "_listed_ms", (json_int_t)sbx_listed_ms(c->sbx, LISTED_MS),
		"_rejected_listed_ms", (json_int_t)sbx_listed_ms(c->sbx, REJECTED_LISTED_MS));

	if (text_cidrs_overlap(sec2_str(vpc, "cidrBlock"), sec2_str(peer, "cidrBlock")))
		end = "failed";
	if (!strcmp(end, "rejected"))
		json_object_set_new(doc, "_rejected_ms", json_integer(pending_ms));
	else if (!strcmp(end, "expired"))
		json_object_set_new(doc, "_expires_ms", json_integer(pending_ms));
	else if (*end)
		json_object_set_new(doc, "_end", json_string(end));
	return doc;
}

void sec2_create_peering(struct sec2 *c)
{
	const char *vpc_id = sec2_arg(c, "VpcId");
	const char *region = sec2_arg_or(c, "PeerRegion", c->region);
	autofree char *id = sbx_new_id("pcx");
	json_t *vpc = sec2_need(c, &EC2_VPC, vpc_id);
	json_t *peer = vpc ? need_peer(c, region) : NULL, *tags = NULL, *doc;

	if (peer && check_others(c, vpc_id, sec2_arg(c, "PeerVpcId")))
		tags = sec2_tags(c, "vpc-peering-connection", NULL);
	if (tags) {
		doc = new_peering(c, id, vpc, peer, region, tags);
		sec2_put(c, &EC2_PEERING, doc);
		reply_peering(c, doc);
		json_decref(doc);
	}
	json_decref(peer);
	json_decref(vpc);
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

/* ---- moving ------------------------------------------------------------- */

static void fail_transition(struct sec2 *c, const json_t *doc, const char *to)
{
	sec2_fail(c, "InvalidStateTransition",
		  "Invalid state transition for %s, attempted to transition from %s to %s",
		  sec2_str(doc, "vpcPeeringConnectionId"),
		  sec2_peering_state(doc, c->region, c->now_ms), to);
}

static bool at_accepter(struct sec2 *c, const json_t *doc, const char *verb)
{
	const char *region = sec2_str(accepter(doc), "region");

	if (!strcmp(region, c->region))
		return true;
	sec2_fail(
		c, "OperationNotPermitted",
		"Incorrect region (%s) specified for this request. VPC peering connection %s must "
		"be %s in region %s",
		c->region, sec2_str(doc, "vpcPeeringConnectionId"), verb, region);
	return false;
}

static bool is_pending(struct sec2 *c, const json_t *doc, const char *to)
{
	if (!strcmp(sec2_peering_state(doc, c->region, c->now_ms), "pending-acceptance"))
		return true;
	fail_transition(c, doc, to);
	return false;
}

void sec2_accept_peering(struct sec2 *c)
{
	json_t *doc;

	if (!sec2_require(c, "VpcPeeringConnectionId"))
		return;
	doc = sec2_need(c, &EC2_PEERING, sec2_arg(c, "VpcPeeringConnectionId"));
	if (doc && at_accepter(c, doc, "accepted") && is_pending(c, doc, "active")) {
		json_object_set_new(doc, "_accepted_ms", json_integer(c->now_ms));
		/* The two ends do not learn of it together. */
		json_object_set_new(doc, "_active_far_ms",
				    json_integer(sec2_after(c, PROVISIONING_MS)));
		json_object_set_new(doc, "_active_ms",
				    json_integer(sec2_after(c, PROVISIONING_MS * 3 / 2)));
		if (c->req->fault_state)
			json_object_set_new(doc, "_accept_end", json_string(c->req->fault_state));
		sec2_put_told(c, &EC2_PEERING, doc);
		reply_peering(c, doc);
	}
	json_decref(doc);
}

void sec2_reject_peering(struct sec2 *c)
{
	json_t *doc = sec2_need(c, &EC2_PEERING, sec2_arg(c, "VpcPeeringConnectionId"));

	if (doc && at_accepter(c, doc, "rejected") && is_pending(c, doc, "rejected")) {
		json_object_set_new(doc, "_rejected_ms", json_integer(c->now_ms));
		sec2_put(c, &EC2_PEERING, doc);
		sec2_reply_true(c);
	}
	json_decref(doc);
}

void sec2_delete_peering(struct sec2 *c)
{
	json_t *doc = sec2_need(c, &EC2_PEERING, sec2_arg(c, "VpcPeeringConnectionId"));
	const char *state = doc ? sec2_peering_state(doc, c->region, c->now_ms) : "";
	bool pending = !strcmp(state, "pending-acceptance");

	if (!doc)
		return;
	if (strcmp(state, "active") != 0 && strcmp(state, "provisioning") != 0 && !pending &&
	    strcmp(state, "initiating-request") != 0) {
		fail_transition(c, doc, "deleting");
	} else if (pending && is_far(doc, c->region)) {
		sec2_fail(c, "OperationNotPermitted",
			  "Only the requester can delete VPC peering connection %s while it is "
			  "pending acceptance",
			  sec2_arg(c, "VpcPeeringConnectionId"));
	} else {
		json_object_set_new(doc, "_delete_ms", json_integer(c->now_ms));
		json_object_set_new(doc, "_deleted_ms", json_integer(sec2_after(c, DELETING_MS)));
		sec2_put(c, &EC2_PEERING, doc);
		sec2_reply_true(c);
	}
	json_decref(doc);
}

/* ---- options ------------------------------------------------------------ */

static bool set_option(struct sec2 *c, json_t *doc, const char *side, const char *argument)
{
	autofree char *dns = xasprintf("%s.AllowDnsResolutionFromRemoteVpc", argument);
	autofree char *classic =
		xasprintf("%s.AllowEgressFromLocalClassicLinkToRemoteVpc", argument);
	autofree char *vpc = xasprintf("%s.AllowEgressFromLocalVpcToRemoteClassicLink", argument);
	json_t *info = json_object_get(doc, side);

	if (!sec2_arg_tree(c, argument))
		return true;
	if (strcmp(sec2_str(info, "region"), c->region) != 0 || sec2_arg(c, classic) ||
	    sec2_arg(c, vpc)) {
		sec2_fail(c, "OperationNotPermitted",
			  "Peering options of this side cannot be modified from region %s",
			  c->region);
		return false;
	}
	json_object_set_new(json_object_get(info, "peeringOptions"),
			    "allowDnsResolutionFromRemoteVpc",
			    json_boolean(sec2_arg_bool(c, dns, false)));
	return true;
}

void sec2_modify_peering_options(struct sec2 *c)
{
	json_t *doc = sec2_need(c, &EC2_PEERING, sec2_arg(c, "VpcPeeringConnectionId"));

	if (!doc)
		return;
	if (strcmp(sec2_peering_state(doc, c->region, c->now_ms), "active") != 0) {
		sec2_fail(c, "OperationNotPermitted", "Peering %s is not active.",
			  sec2_arg(c, "VpcPeeringConnectionId"));
	} else if (set_option(c, doc, "accepterVpcInfo", "AccepterPeeringConnectionOptions") &&
		   set_option(c, doc, "requesterVpcInfo", "RequesterPeeringConnectionOptions")) {
		sec2_put(c, &EC2_PEERING, doc);
		sec2_reply(c, json_pack("{s:O, s:O}", "accepterPeeringConnectionOptions",
					json_object_get(accepter(doc), "peeringOptions"),
					"requesterPeeringConnectionOptions",
					json_object_get(requester(doc), "peeringOptions")));
	}
	json_decref(doc);
}
