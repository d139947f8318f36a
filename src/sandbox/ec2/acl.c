/* SPDX-License-Identifier: Apache-2.0 */
/* Network ACLs: each VPC's default one, and its entries. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/ec2/ec2.h"

/* AWS's: people's rules end before the one that denies the rest; so many each way. */
#define LAST_RULE 32766
#define REST_RULE 32767
#define MAX_ENTRIES 20

/* Its associations are all of the VPC's subnets. */
static json_t *view_acl(const struct sec2_view_context *context, const json_t *doc)
{
	json_t *view = json_deep_copy(doc), *associations = json_array(), *subnet;
	json_t *subnets = store_list(context->st, "subnet", context->region);
	size_t i;

	json_array_foreach(subnets, i, subnet) {
		if (!strcmp(sec2_str(subnet, "vpcId"), sec2_str(doc, "vpcId")))
			json_array_append_new(
				associations,
				json_pack("{s:s, s:s, s:s}", "networkAclAssociationId",
					  sec2_str(subnet, "_acl_association"), "networkAclId",
					  sec2_str(doc, "networkAclId"), "subnetId",
					  sec2_str(subnet, "subnetId")));
	}
	json_decref(subnets);
	json_object_set_new(view, "associationSet", associations);
	return view;
}

const struct sec2_kind EC2_ACL = { .kind = "network-acl",
				   .prefix = "acl",
				   .id_member = "networkAclId",
				   .not_found = "InvalidNetworkAclID.NotFound",
				   .malformed = "InvalidNetworkAclId.Malformed",
				   .noun = "networkAcl ID",
				   .view = view_acl };

static void add_entry(json_t *entries, int number, const char *action, bool egress)
{
	json_array_append_new(entries, json_pack("{s:i, s:s, s:s, s:b, s:s}", "ruleNumber", number,
						 "protocol", "-1", "ruleAction", action, "egress",
						 (int)egress, "cidrBlock", "0.0.0.0/0"));
}

void sec2_acl_make_default(struct sec2 *c, const char *vpc_id)
{
	autofree char *id = sbx_new_id("acl");
	json_t *entries = json_array(), *doc;

	for (int egress = 1; egress >= 0; egress--) {
		add_entry(entries, 100, "allow", egress);
		add_entry(entries, REST_RULE, "deny", egress);
	}
	doc = json_pack("{s:s, s:s, s:b, s:o, s:[], s:[], s:s, s:b}", "networkAclId", id, "vpcId",
			vpc_id, "default", 1, "entrySet", entries, "associationSet", "tagSet",
			"ownerId", SANDBOX_ACCOUNT, "_default", 1);
	sec2_put(c, &EC2_ACL, doc);
	json_decref(doc);
}

static const struct sec2_filter ACL_FILTERS[] = {
	{ "association.association-id", "associationSet/networkAclAssociationId" },
	{ "association.network-acl-id", "associationSet/networkAclId" },
	{ "association.subnet-id", "associationSet/subnetId" },
	{ "default", "default" },
	{ "entry.cidr", "entrySet/cidrBlock" },
	{ "entry.icmp.code", "entrySet/icmpTypeCode/code" },
	{ "entry.icmp.type", "entrySet/icmpTypeCode/type" },
	{ "entry.ipv6-cidr", "entrySet/ipv6CidrBlock" },
	{ "entry.port-range.from", "entrySet/portRange/from" },
	{ "entry.port-range.to", "entrySet/portRange/to" },
	{ "entry.protocol", "entrySet/protocol" },
	{ "entry.rule-action", "entrySet/ruleAction" },
	{ "entry.egress", "entrySet/egress" },
	{ "entry.rule-number", "entrySet/ruleNumber" },
	{ "network-acl-id", "networkAclId" },
	{ "owner-id", "ownerId" },
	{ "tag-key", "tagSet/key" },
	{ "vpc-id", "vpcId" },
	{ 0 },
};

void sec2_describe_network_acls(struct sec2 *c)
{
	static const struct sec2_list list = { .set = "networkAclSet",
					       .ids = "NetworkAclId",
					       .kind = &EC2_ACL,
					       .filters = ACL_FILTERS };

	sec2_describe(c, &list);
}

/* ---- entries ------------------------------------------------------------ */

/* The place of the entry that the call names; the set's size when there is none. */
static size_t find_entry(const struct sec2 *c, const json_t *entries)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry) {
		if (sec2_ms(entry, "ruleNumber") == sec2_arg_int(c, "RuleNumber", 0) &&
		    json_is_true(json_object_get(entry, "egress")) ==
			    sec2_arg_bool(c, "Egress", false))
			return i;
	}
	return json_array_size(entries);
}

static size_t count_entries(const json_t *entries, bool egress)
{
	const json_t *entry;
	size_t i, n = 0;

	json_array_foreach(entries, i, entry)
		n += json_is_true(json_object_get(entry, "egress")) == egress;
	return n;
}

static bool check_number(struct sec2 *c)
{
	int64_t number = sec2_arg_int(c, "RuleNumber", 0);

	if (number >= 1 && number <= LAST_RULE)
		return true;
	sec2_fail(c, "InvalidParameterValue",
		  "Value (%lld) for parameter ruleNumber is invalid. It must be between 1 and %d.",
		  (long long)number, LAST_RULE);
	return false;
}

/* As it is shown: a number, or -1 for all; NULL and failed for what is neither.  Caller frees. */
static char *protocol_of(struct sec2 *c)
{
	static const struct {
		const char *name;
		int number;
	} names[] = { { "tcp", IPPROTO_TCP },
		      { "udp", IPPROTO_UDP },
		      { "icmp", IPPROTO_ICMP },
		      { "all", -1 } };
	const char *asked = sec2_arg_or(c, "Protocol", "");
	int64_t number;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (text_eq(asked, names[i].name))
			return xasprintf("%d", names[i].number);
	if (text_parse_i64(asked, -1, 255, &number))
		return xasprintf("%lld", (long long)number);
	sec2_fail(c, "InvalidParameterValue",
		  "Value (%s) for parameter protocol is invalid. Unknown protocol.", asked);
	return NULL;
}

/* TCP and UDP have ports, ICMP has types: AWS wants them given.  False and failed when not. */
static bool add_ports(struct sec2 *c, const char *protocol, json_t *entry)
{
	bool icmp = text_eq(protocol, "1");
	const char *what = icmp ? "Icmp" : "PortRange";
	const char *first = icmp ? "Icmp.Type" : "PortRange.From";
	const char *second = icmp ? "Icmp.Code" : "PortRange.To";
	int64_t from = sec2_arg_int(c, first, -2), to = sec2_arg_int(c, second, -2);

	if (!icmp && !text_eq(protocol, "6") && !text_eq(protocol, "17"))
		return true;
	if (!sec2_arg(c, first) || !sec2_arg(c, second)) {
		sec2_fail(c, "MissingParameter", "The request must contain the parameter %s", what);
		return false;
	}
	if (icmp ? from < -1 || from > 255 || to < -1 || to > 255
		 : from < 0 || to > UINT16_MAX || from > to) {
		sec2_fail(c, "InvalidParameterValue",
			  "Value (%lld-%lld) for parameter %s is invalid.", (long long)from,
			  (long long)to, what);
		return false;
	}
	if (icmp)
		json_object_set_new(
			entry, "icmpTypeCode",
			json_pack("{s:I, s:I}", "type", (json_int_t)from, "code", (json_int_t)to));
	else
		json_object_set_new(
			entry, "portRange",
			json_pack("{s:I, s:I}", "from", (json_int_t)from, "to", (json_int_t)to));
	return true;
}

/* What the call asks for; NULL and failed when it cannot be. */
static json_t *entry_of(struct sec2 *c)
{
	const char *asked = sec2_arg(c, "CidrBlock");
	autofree char *protocol = NULL;
	autofree char *cidr = NULL;
	json_t *entry;

	if (!check_number(c))
		return NULL;
	if (!asked && sec2_arg(c, "Ipv6CidrBlock")) {
		sec2_fail(c, "UnsupportedOperation", "This sandbox has IPv4 CIDR blocks only");
		return NULL;
	}
	if (!sec2_require(c, "CidrBlock"))
		return NULL;
	protocol = protocol_of(c);
	if (!protocol)
		return NULL;
	cidr = sec2_cidr(asked, NULL);
	if (!cidr) {
		sec2_fail(c, "InvalidParameterValue",
			  "Value (%s) for parameter cidrBlock is invalid. This is not a valid CIDR "
			  "block.",
			  asked);
		return NULL;
	}
	entry = json_pack("{s:I, s:s, s:s, s:b, s:s}", "ruleNumber",
			  (json_int_t)sec2_arg_int(c, "RuleNumber", 0), "protocol", protocol,
			  "ruleAction", sec2_arg(c, "RuleAction"), "egress",
			  (int)sec2_arg_bool(c, "Egress", false), "cidrBlock", cidr);
	if (!add_ports(c, protocol, entry)) {
		json_decref(entry);
		return NULL;
	}
	return entry;
}

static void fail_no_entry(struct sec2 *c)
{
	sec2_fail(c, "InvalidNetworkAclEntry.NotFound",
		  "The %s network ACL entry with rule number %lld does not exist in '%s'",
		  sec2_arg_bool(c, "Egress", false) ? "egress" : "ingress",
		  (long long)sec2_arg_int(c, "RuleNumber", 0), sec2_arg(c, "NetworkAclId"));
}

void sec2_create_network_acl_entry(struct sec2 *c)
{
	json_t *acl = sec2_need(c, &EC2_ACL, sec2_arg(c, "NetworkAclId"));
	json_t *entries = json_object_get(acl, "entrySet");
	json_t *entry = acl ? entry_of(c) : NULL;

	if (entry && find_entry(c, entries) < json_array_size(entries)) {
		sec2_fail(c, "NetworkAclEntryAlreadyExists",
			  "The network acl entry identified by %lld already exists.",
			  (long long)sec2_arg_int(c, "RuleNumber", 0));
	} else if (entry &&
		   count_entries(entries, sec2_arg_bool(c, "Egress", false)) > MAX_ENTRIES) {
		sec2_fail(c, "NetworkAclEntryLimitExceeded",
			  "The maximum number of network acl entries has been reached.");
	} else if (entry) {
		json_array_append(entries, entry);
		sec2_put(c, &EC2_ACL, acl);
		sec2_reply_true(c);
	}
	json_decref(entry);
	json_decref(acl);
}

void sec2_replace_network_acl_entry(struct sec2 *c)
{
	json_t *acl = sec2_need(c, &EC2_ACL, sec2_arg(c, "NetworkAclId"));
	json_t *entries = json_object_get(acl, "entrySet");
	json_t *entry = acl ? entry_of(c) : NULL;
	size_t at = find_entry(c, entries);

	if (entry && at >= json_array_size(entries)) {
		fail_no_entry(c);
	} else if (entry) {
		json_array_set(entries, at, entry);
		sec2_put(c, &EC2_ACL, acl);
		sec2_reply_true(c);
	}
	json_decref(entry);
	json_decref(acl);
}

void sec2_delete_network_acl_entry(struct sec2 *c)
{
	json_t *acl = sec2_need(c, &EC2_ACL, sec2_arg(c, "NetworkAclId"));
	json_t *entries = json_object_get(acl, "entrySet");
	size_t at = find_entry(c, entries);

	if (acl && check_number(c) && at >= json_array_size(entries)) {
		fail_no_entry(c);
	} else if (acl && !sec2_failed(c)) {
		json_array_remove(entries, at);
		sec2_put(c, &EC2_ACL, acl);
		sec2_reply_true(c);
	}
	json_decref(acl);
}
