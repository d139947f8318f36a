/*
 * EC2 from the inside.  A thing is a JSON object whose members are spelled as on
 * the wire, so that its answer is itself; what begins with '_' is ours and never
 * leaves.  Times are UTC milliseconds; a state is worked out by a kind's `view`
 * from the times and the clock.
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
 *  network-acl      networkAclId vpcId entrySet (the default one, which allows all)
 *  network-interface    networkInterfaceId subnetId vpcId privateIpAddress groupSet[{groupId}]
 *                   _owner (id of the instance or endpoint) _gone_ms (0: lives)
 *  instance         instanceId subnetId vpcId privateIpAddress groupSet _eni
 *  instance-connect-endpoint  instanceConnectEndpointId dnsName vpcId subnetId
 *                   securityGroupIdSet preserveClientIp _eni
 *  vpc-endpoint     vpcEndpointId vpcId serviceName subnetIdSet groupSet networkInterfaceIdSet
 *                   dnsEntrySet policyDocument _hash
 *  vpc-peering-connection  kept once, in region "": vpcPeeringConnectionId
 *                   requesterVpcInfo accepterVpcInfo{vpcId region cidrBlock}
 *  volume           volumeId
 */
#ifndef SANDBOX_SBX_EC2_H
#define SANDBOX_SBX_EC2_H

#include "sandbox/sbx.h"

/* One call, as its handler sees it. */
struct ec2 {
	struct sbx *sbx;
	const struct sbx_request *req;
	struct sbx_reply *rep;
	struct sbx_store *st;
	const json_t *args;
	const char *region;
	int64_t now_ms;
};
struct ec2 ec2_call(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep);

/* What a view may look at beside the thing itself. */
struct ec2_look {
	struct sbx *sbx;
	struct sbx_store *st;
	const char *region; /* of the looker: a peering looks different from its two ends */
	int64_t now_ms;
};

struct ec2_kind {
	const char *kind;	/* "vpc": also the ResourceType of its tags */
	const char *prefix;	/* "vpc" of "vpc-0123..." */
	const char *id_member;	/* "vpcId" */
	const char *not_found;	/* code */
	const char *malformed;	/* code */
	const char *noun;	/* "vpc ID" in "The vpc ID '...' does not exist" */
	bool global;		/* kept in region "" */
	/* The thing as it is answered, or NULL when it is not listed any more. */
	json_t *(*view)(const struct ec2_look *look, const json_t *doc);
};
extern const struct ec2_kind EC2_VPC;

/* ---- arguments (already checked against the model) ---------------------- */

/* Names are dotted paths, "EnableDnsSupport.Value", without indices; NULL when not there. */
const json_t *ec2_arg_tree(const struct ec2 *c, const char *path);
const char *ec2_arg(const struct ec2 *c, const char *path);
const char *ec2_arg_or(const struct ec2 *c, const char *path, const char *otherwise);
bool ec2_arg_bool(const struct ec2 *c, const char *path, bool otherwise);
int64_t ec2_arg_int(const struct ec2 *c, const char *path, int64_t otherwise);
/* False, and failed with MissingParameter, when it is not there or empty. */
bool ec2_require(struct ec2 *c, const char *path);
/* Has the call failed already? */
static inline bool ec2_failed(const struct ec2 *c)
{
	return c->rep->code != NULL;
}

/* ---- answers ------------------------------------------------------------ */

void ec2_fail(struct ec2 *c, const char *code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* <ActionResponse> with the request id and `tree`, which is taken. */
void ec2_reply(struct ec2 *c, json_t *tree);
/* <return>true</return> */
void ec2_reply_true(struct ec2 *c);

/* "2026-11-23T04:05:06.000Z" */
json_t *ec2_time(int64_t utc_ms);
json_t *ec2_account(void);

/* ---- things ------------------------------------------------------------- */

/* The row of a resource id by its prefix, or NULL. */
const struct ec2_kind *ec2_kind_of_id(const char *id);
const struct ec2_kind *ec2_kind_named(const char *kind);

/* The truth about a thing that is there (not merely still listed); NULL and failed otherwise. */
/* "The vpc ID ... does not exist", or what is said of an id that cannot be one. */
void ec2_fail_not_found(struct ec2 *c, const struct ec2_kind *kind, const char *id);
json_t *ec2_need(struct ec2 *c, const struct ec2_kind *kind, const char *id);
/* The same without failing. */
json_t *ec2_get(const struct ec2 *c, const struct ec2_kind *kind, const char *id);
/* All things of a kind that are there in the call's region: truth. */
json_t *ec2_all(const struct ec2 *c, const struct ec2_kind *kind);
/* Store with the usual lag for readers. */
void ec2_put(struct ec2 *c, const struct ec2_kind *kind, const json_t *doc);
void ec2_drop(struct ec2 *c, const struct ec2_kind *kind, const char *id);
json_t *ec2_view(const struct ec2_look *look, const struct ec2_kind *kind, const json_t *doc);
struct ec2_look ec2_look_of(const struct ec2 *c);

/* A string member, "" when it is none. */
const char *ec2_str(const json_t *doc, const char *member);
int64_t ec2_ms(const json_t *doc, const char *member);

/* now + a usual duration, scaled. */
int64_t ec2_after(const struct ec2 *c, int64_t real_ms);

/* Tags of TagSpecification for `kind` as a tagSet; NULL and failed when they are wrong.
 * `others`: further resource types that the action takes, split by blanks, or NULL. */
/* Adds or replaces; false and failed when the tag is against the rules. */
NODISCARD bool ec2_tag_set(struct ec2 *c, json_t *set, const char *key, const char *value);
json_t *ec2_tags(struct ec2 *c, const char *kind, const char *others);

/* ---- describe ----------------------------------------------------------- */

/* A filter and the members it looks at, "cidrBlockAssociationSet/cidrBlock"; lists are walked. */
struct ec2_filter {
	const char *name, *path;
};

struct ec2_list {
	const char *set;	 /* element that holds the items: "vpcSet" */
	const char *ids;	 /* argument that names them: "VpcId"; NULL: none */
	const struct ec2_kind *kind;
	const struct ec2_filter *filters; /* closed by a row without name */
	int default_page;	 /* items a page when MaxResults is not given; 0: all */
};
/* Describe what the store has. */
void ec2_describe(struct ec2 *c, const struct ec2_list *list);
/* Filter, page and answer `items` (taken), which are views already. */
void ec2_answer_list(struct ec2 *c, const struct ec2_list *list, json_t *items);
/* True when `view` passes all Filter arguments. */
bool ec2_passes(const struct ec2 *c, const struct ec2_filter *filters, const json_t *view);

/* ---- addresses ---------------------------------------------------------- */

/* Canonical "10.0.0.0/16", host bits cleared; NULL when it is no CIDR.  Caller frees. */
NODISCARD char *ec2_cidr(const char *s, int *ret_prefix);

/* Rows of the tables that sbx_ec2.c joins. */
sbx_handler sbx_ec2_create_vpc, sbx_ec2_describe_vpcs;

#endif
