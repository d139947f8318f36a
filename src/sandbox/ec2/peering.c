/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VPC peering: one thing, two regions.  It is kept once; what each end sees of
 * it, and when, follows from the times that are stored with it.
 *
 *   initiating-request -> pending-acceptance -> provisioning -> active -> deleting -> deleted
 *                     \-> failed            \-> rejected, expired
 */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/quota.h"
#include "sandbox/ec2/ec2.h"
#include "sandbox/ec2/peering.h"

#define INITIATING_MS 2000
#define FAR_SIGHT_MS 10000 /* until the other region sees it, when lags are harsh */
#define PROVISIONING_MS 4000
#define DELETING_MS 3000
#define EXPIRES_MS (168LL * 3600 * 1000)
#define LISTED_MS (2LL * 3600 * 1000)		/* deleted and failed ones */
#define REJECTED_LISTED_MS (48LL * 3600 * 1000) /* rejected and expired ones */

/* ---- what a region sees ------------------------------------------------- */

static void reply_peering(struct sec2 *c, const json_t *doc)
{
	struct sec2_view_context context = sec2_view_context_of(c);

	sec2_reply(c, json_pack("{s:o}", "vpcPeeringConnection", EC2_PEERING.view(&context, doc)));
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

		outstanding += sec2_peering_touches(doc, vpc_id) &&
			       (!strcmp(state, "pending-acceptance") ||
				!strcmp(state, "initiating-request"));
		if (!sec2_failed(c) && sec2_peering_is_live(state) &&
		    strcmp(state, "deleting") != 0 && sec2_peering_touches(doc, vpc_id) &&
		    sec2_peering_touches(doc, peer_id))
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
	const char *region = sec2_str(sec2_peering_accepter(doc), "region");

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
	} else if (pending && sec2_peering_is_far(doc, c->region)) {
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
		sec2_reply(
			c,
			json_pack("{s:O, s:O}", "accepterPeeringConnectionOptions",
				  json_object_get(sec2_peering_accepter(doc), "peeringOptions"),
				  "requesterPeeringConnectionOptions",
				  json_object_get(sec2_peering_requester(doc), "peeringOptions")));
	}
	json_decref(doc);
}
