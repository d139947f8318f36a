/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EC2 from the inside.  A thing is a JSON object whose members are spelled as on
 * the wire, so that its answer is itself; what begins with '_' is ours and never
 * leaves.  Times are UTC milliseconds; a state is worked out by a kind's `view`
 * from the times and the clock.  (The prefix is sec2_, the sandbox's EC2: ec2_ is
 * the client's.)
 *
 * Kinds (AWS's resource types) and the members that others may rely on:
 *
 *  vpc              vpcId cidrBlock _dns_support _dns_hostnames
 *  subnet           subnetId vpcId cidrBlock availabilityZone
 *  route-table      routeTableId vpcId _main associationSet[{routeTableAssociationId subnetId}]
 *                   routeSet[{destinationCidrBlock gatewayId|vpcPeeringConnectionId}]
 *  security-group   groupId groupName vpcId
 *  security-group-rule  securityGroupRuleId groupId isEgress ipProtocol fromPort toPort
 *                   cidrIpv4 | cidrIpv6 | referencedGroupInfo{groupId} | prefixListId
 *  network-acl      networkAclId vpcId entrySet[{ruleNumber egress ruleAction protocol cidrBlock
 * portRange}] network-interface    networkInterfaceId subnetId vpcId privateIpAddress
 * groupSet[{groupId}] _owner (id of the instance or endpoint) _gone_ms (0: lives) instance
 * instanceId subnetId vpcId privateIpAddress groupSet _eni instance-connect-endpoint
 * instanceConnectEndpointId dnsName vpcId subnetId securityGroupIdSet preserveClientIp _eni
 *  vpc-endpoint     vpcEndpointId vpcId serviceName subnetIdSet groupSet networkInterfaceIdSet
 *                   dnsEntrySet policyDocument
 *  vpc-peering-connection  kept once, in region "": vpcPeeringConnectionId
 *                   requesterVpcInfo accepterVpcInfo{vpcId region cidrBlock}
 *  volume           volumeId
 */
#ifndef SANDBOX_SBX_EC2_H
#define SANDBOX_SBX_EC2_H

#include <stdint.h>
#include <string.h>

#include "sandbox/core/sbx.h"

/* One call, as its handler sees it. */
struct sec2 {
	struct sbx *sbx;
	const struct sbx_request *req;
	struct sbx_reply *rep;
	struct store *st;
	const json_t *args;
	const char *region;
	int64_t now_ms;
};

/* What a view may read beside the thing itself. */
struct sec2_view_context {
	struct sbx *sbx;
	struct store *st;
	const char *region; /* of the caller: a peering is shown differently from its two ends */
	int64_t now_ms;
};

struct sec2_kind {
	const char *kind;      /* "vpc": also the ResourceType of its tags */
	const char *prefix;    /* "vpc" of "vpc-0123..." */
	const char *id_member; /* "vpcId" */
	const char *not_found; /* code */
	const char *malformed; /* code */
	const char *noun;      /* "vpc ID" in "The vpc ID '...' does not exist" */
	bool global;	       /* kept in region "" */
	/* The thing as it is answered, or NULL when it is not listed any more. */
	json_t *(*view)(const struct sec2_view_context *context, const json_t *doc);
};
extern const struct sec2_kind EC2_VPC, EC2_SUBNET, EC2_ROUTE_TABLE, EC2_ACL, EC2_GROUP, EC2_RULE,
	EC2_ENI, EC2_ENDPOINT, EC2_CONNECT_ENDPOINT, EC2_PEERING, EC2_INSTANCE, EC2_VOLUME;

/* ---- arguments (already checked against the model) ---------------------- */

/* Names are dotted paths, "EnableDnsSupport.Value", without indices; NULL when not there. */
const json_t *sec2_arg_tree(const struct sec2 *c, const char *path);
const char *sec2_arg(const struct sec2 *c, const char *path);
const char *sec2_arg_or(const struct sec2 *c, const char *path, const char *otherwise);
bool sec2_arg_bool(const struct sec2 *c, const char *path, bool otherwise);
int64_t sec2_arg_int(const struct sec2 *c, const char *path, int64_t otherwise);
/* False, and failed with MissingParameter, when it is not there or empty. */
bool sec2_require(struct sec2 *c, const char *path);
/* Has the call failed already? */
static inline bool sec2_failed(const struct sec2 *c)
{
	return c->rep->code != NULL;
}

/* ---- answers ------------------------------------------------------------ */

void sec2_fail(struct sec2 *c, const char *code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* <ActionResponse> with the request id and `tree`, which is taken. */
void sec2_reply(struct sec2 *c, json_t *tree);
/* <return>true</return> */
void sec2_reply_true(struct sec2 *c);

/* "2026-11-23T04:05:06.000Z" */
json_t *sec2_time(int64_t utc_ms);

/* ---- things ------------------------------------------------------------- */

/* The row of a resource id by its prefix, or NULL. */
const struct sec2_kind *sec2_kind_of_id(const char *id);
const struct sec2_kind *sec2_kind_named(const char *kind);
/* NULL past the last. */
const struct sec2_kind *sec2_kind_nth(size_t i);

/* "The vpc ID ... does not exist", or the error for an id that cannot be one. */
void sec2_fail_not_found(struct sec2 *c, const struct sec2_kind *kind, const char *id);
/* The truth about a thing that is still listed; NULL and failed otherwise. */
json_t *sec2_need(struct sec2 *c, const struct sec2_kind *kind, const char *id);
/* The same without failing. */
json_t *sec2_get(const struct sec2 *c, const struct sec2_kind *kind, const char *id);
/* All things of a kind that are there in the call's region: truth. */
json_t *sec2_all(const struct sec2 *c, const struct sec2_kind *kind);
/* The same for a change whose answer has the new state: a reader never sees an earlier one. */
void sec2_put_told(struct sec2 *c, const struct sec2_kind *kind, const json_t *doc);
/* Store with the usual lag for readers. */
void sec2_put(struct sec2 *c, const struct sec2_kind *kind, const json_t *doc);
void sec2_drop(struct sec2 *c, const struct sec2_kind *kind, const char *id);
json_t *sec2_view(const struct sec2_view_context *context, const struct sec2_kind *kind,
		  const json_t *doc);
struct sec2_view_context sec2_view_context_of(const struct sec2 *c);

/* A string member, "" when it is none. */
const char *sec2_str(const json_t *doc, const char *member);
int64_t sec2_ms(const json_t *doc, const char *member);

/* Adds string members: name, value, ..., (char *)NULL.  A value of NULL adds nothing. */
void sec2_add(json_t *doc, ...) __attribute__((sentinel));

/* now + a usual duration, scaled. */
int64_t sec2_after(const struct sec2 *c, int64_t real_ms);

/* Adds or replaces; false and failed when the tag is against the rules. */
NODISCARD bool sec2_tag_set(struct sec2 *c, json_t *set, const char *key, const char *value);
/* Tags of TagSpecification for `kind` as a tagSet; NULL and failed when they are wrong.
 * `others`: further resource types that the action takes, split by blanks, or NULL. */
json_t *sec2_tags(struct sec2 *c, const char *kind, const char *others);

/* ---- describe ----------------------------------------------------------- */

/* A filter and the members it compares, "cidrBlockAssociationSet/cidrBlock"; lists are searched. */
struct sec2_filter {
	const char *name, *path;
};

struct sec2_list {
	const char *set; /* element that holds the items: "vpcSet" */
	const char *ids; /* argument that names them: "VpcId"; NULL: none */
	const struct sec2_kind *kind;
	const struct sec2_filter *filters; /* closed by a row without name */
	int default_page;		   /* items a page when MaxResults is not given; 0: all */
	/* The answer's set from a page of items (taken); NULL: as they are. */
	json_t *(*wrap)(json_t *items);
};
/* Describe what the store has. */
void sec2_describe(struct sec2 *c, const struct sec2_list *list);
/* Filter, page and answer `items` (taken), which are views already. */
void sec2_answer_list(struct sec2 *c, const struct sec2_list *list, json_t *items);
/* True when `view` passes all Filter arguments. */
bool sec2_passes(const struct sec2 *c, const struct sec2_filter *filters, const json_t *view);

/* ---- addresses ---------------------------------------------------------- */

/* Canonical "10.0.0.0/16", host bits cleared; NULL when it is no CIDR.  Caller frees. */
NODISCARD char *sec2_cidr(const char *s, int *ret_prefix);

/* The i-th address of a network as text, and the number of an address. */
void sec2_address(uint32_t address, char out[16]);
/* Base and size of a canonical CIDR. */
void sec2_network(const char *cidr, uint32_t *ret_base, uint32_t *ret_size);

/* ---- client tokens (ec2/token.c) ------------------------------------ */

enum sec2_token {
	EC2_TOKEN_NEW,	  /* none given, or never seen: go on, then sec2_token_bind */
	EC2_TOKEN_REPLAY, /* seen with these arguments: *ret_id is what it made; caller frees */
	EC2_TOKEN_FAILED, /* seen with others: the call has failed */
};
/* `scope` narrows the token beyond action and region (a zone), or "". */
enum sec2_token sec2_token_check(struct sec2 *c, const char *scope, char **ret_id);
void sec2_token_bind(struct sec2 *c, const char *scope, const char *id);
/* The answer to a create that takes a token: <element> with the thing, and the token again. */
void sec2_reply_created(struct sec2 *c, const struct sec2_kind *kind, const char *element,
			const json_t *doc);
/* True when the token has settled the call: answered with what it made before, or failed. */
NODISCARD bool sec2_token_settles(struct sec2 *c, const struct sec2_kind *kind,
				  const char *element);

/* ---- zones and what they offer (ec2/zone.c) ------------------------- */

/* "us-east-1a" of the call's region; false when there is no such zone.  ret_id may be NULL. */
NODISCARD bool sec2_zone(const char *region, const char *name, char ret_id[24]);
/* The i-th zone's name; false past the last. */
NODISCARD bool sec2_zone_nth(const char *region, size_t i, char ret_name[24]);
/* Does the S3 endpoint service have a foot in this zone? */
bool sec2_zone_has_endpoints(const char *zone);
/* The architecture of an instance type, NULL for no such type; vCPUs where asked for. */
const char *sec2_type_architecture(const char *type, int *ret_vcpus);
bool sec2_type_offered(const char *type, const char *zone);
/* "unlimited" or "standard": what a burstable type has when nothing is asked for; NULL: it has
 * none. */
const char *sec2_type_credits(const char *type);
bool sec2_zone_is_old(const char *zone); /* it lacks newer types */
/* Those of `items` (taken) whose `member` the argument names, all when it names none; fails with
 * `code` when a name is none of theirs. */
json_t *sec2_only_named(struct sec2 *c, json_t *items, const char *argument, const char *member,
			const char *code);

/* ---- network interfaces (ec2/eni.c) --------------------------------- */

struct sec2_new_eni {
	const char *id, *subnet_id, *owner; /* owner: the instance or endpoint */
	const char *description, *type;	    /* "interface", "vpc_endpoint", ... */
	const char *requester;		    /* NULL: not managed by a service */
	const char *address;		    /* NULL: any free one */
	const json_t *groups;		    /* array of group ids */
	json_t *attachment;		    /* taken */
	json_t *tags;			    /* taken */
};
/* Made and stored with a free address of the subnet; NULL and failed when there is none. */
json_t *sec2_eni_new(struct sec2 *c, const struct sec2_new_eni *eni);
/* All of the owner's vanish at `gone_ms`. */
void sec2_eni_release(struct sec2 *c, const char *owner, int64_t gone_ms);
void sec2_eni_set_groups(struct sec2 *c, const char *owner, const json_t *groups);
/* [{groupId, groupName}] of an array of ids. */
json_t *sec2_group_set(const struct sec2_view_context *context, const json_t *ids);
/* Ids of groups that are all there and in the VPC; false and failed otherwise. */
NODISCARD bool sec2_check_groups(struct sec2 *c, const json_t *ids, const char *vpc_id);
/* The VPC's default group's id; caller frees. */
NODISCARD char *sec2_default_group(const struct sec2 *c, const char *vpc_id);

/* How long an interface stays when its owner is gone. */
#define EC2_ENI_LINGERS_MS 30000

/* ---- peering (ec2/peering.c) ---------------------------------------- */

/* "active" as the region sees it; "" when it does not see it at all.  Static. */
const char *sec2_peering_state(const json_t *doc, const char *region, int64_t now_ms);
/* Does a peering that still counts touch this VPC? */
bool sec2_peering_holds(const struct sec2 *c, const char *vpc_id);

/* ---- instances (ec2/instance.c) ------------------------------------- */

/* "pending", "running", ...  Static. */
const char *sec2_instance_state(const json_t *doc, int64_t now_ms);

/* ---- made by CreateVpc, taken along by DeleteVpc ------------------------ */

void sec2_route_table_make_main(struct sec2 *c, const char *vpc_id, const char *cidr);
void sec2_acl_make_default(struct sec2 *c, const char *vpc_id);
void sec2_group_make_default(struct sec2 *c, const char *vpc_id);
void sec2_group_forget(struct sec2 *c, const char *group_id);
/* Drops every association of the subnet. */
void sec2_subnet_disassociate(struct sec2 *c, const char *subnet_id);
/* Things that nobody lists any more leave the store. */
void sec2_sweep(struct sec2 *c);

/* ---- actions ------------------------------------------------------------ */

#define EC2_ACTION(name, fn, writes) void sec2_##fn(struct sec2 *c);
#include "sandbox/ec2/ec2.def"
#undef EC2_ACTION

#endif
