/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What verify says of each setting, against the sandbox: each thing of the run is bent in one place
 * at a time, in the sandbox's store, and the claim for just that place must disagree.  Which claims
 * there are is counted from what verify itself says of a good world, not typed here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/strv.h"
#include "base/text.h"
#include "runbook/contract/procedure.h"
#include "sandbox/core/store.h"
#include "tests/lib/step_world.h"

#define HERE "ap-northeast-1"
#define THERE "us-east-1"

static void well(struct rb_error *err)
{
	if (err)
		fail_msg("%s: %s", err->what ? err->what : "-", err->why ? err->why : "-");
}

/* ---- bending ----------------------------------------------------------------- */

/*
 * One place of one thing.  `path` leads into the sandbox's document ("a.0.b"); `value` is JSON,
 * NULL takes the member away.  A `value` of "+..." is put in front of the list at `path`.  Without
 * a kind it is the recorded output `output` of `made_by` that is another than what AWS says.
 */
struct bend {
	const char *step, *claim;
	const char *kind, *region;
	const char *made_by, *output;
	const char *path, *value;
	bool repaired; /* do puts it right again */
};

/* NULL: nothing of the kind has that id. */
static json_t *stored(const char *kind, const char *region, const char *id)
{
	json_t *doc;

	sbx_lock(sw.c.sbx);
	doc = store_get(sbx_store(sw.c.sbx), kind, region, id);
	sbx_unlock(sw.c.sbx);
	return doc;
}

static void store(const char *kind, const char *region, const char *id, const json_t *doc)
{
	struct store *st = sbx_store(sw.c.sbx);

	sbx_lock(sw.c.sbx);
	store_begin(st);
	if (doc)
		store_put(st, kind, region, id, doc, /* now_ms= */ 1, /* lag_ms= */ 0);
	else
		store_delete(st, kind, region, id);
	well(store_commit(st));
	sbx_unlock(sw.c.sbx);
}

/* The member that `word` names of an object or, as a number, of a list. */
static json_t *child(json_t *at, const char *word)
{
	return json_is_array(at) ? json_array_get(at, strtoul(word, NULL, 10))
				 : json_object_get(at, word);
}

static json_t *value_of(const char *value)
{
	return json_loads(value, JSON_DECODE_ANY, NULL);
}

static void bend_doc(json_t *doc, const char *path, const char *value)
{
	struct strv words = { 0 };
	autofree char *copy = xstrdup(path);
	const char *last;
	json_t *at = doc;

	for (char *rest = copy, *word; (word = strtok_r(rest, ".", &rest));)
		strv_add(&words, word);
	for (size_t i = 0; i + 1 < words.n; i++)
		at = child(at, words.v[i]);
	last = words.v[words.n - 1];
	if (!at || (value && *value == '+' && !child(at, last)))
		fail_msg("there is no '%s'", path);
	if (value && *value == '+')
		(void)json_array_insert_new(child(at, last), 0, value_of(value + 1));
	else if (json_is_array(at) && value)
		(void)json_array_set_new(at, strtoul(last, NULL, 10), value_of(value));
	else if (json_is_array(at))
		(void)json_array_remove(at, strtoul(last, NULL, 10));
	else if (value)
		(void)json_object_set_new(at, last, value_of(value));
	else
		(void)json_object_del(at, last);
	strv_clear(&words);
}

static void record_output(const char *step_id, const char *name, const char *value)
{
	well(stack_record(&sw.stack,
			  json_pack("{s:s, s:s, s:s, s:s}", "type", "output", "step", step_id,
				    "name", name, "value", value),
			  true));
}

static const char *id_of(const struct bend *b)
{
	return text_eq(b->output, "*") ? "" : sw_output(b->made_by, b->output);
}

/* Claims that some row has been seen to make disagree, "STEP CLAIM". */
static struct strv seen;

static void note_seen(const char *step_id, const char *claim)
{
	autofree char *line = xasprintf("%s %s", step_id, claim);

	strv_add_once(&seen, line);
}

/* All that went wrong is told, not the first alone. */
static int complaints;

static void complain(const char *said)
{
	print_error("%s\n", said);
	complaints++;
}

/* NULL: the claim disagrees, and as the row wants; else what is said instead.  Caller frees. */
static char *complaint(const struct bend *b)
{
	autofree char *differ = NULL, *wanted = xasprintf("%s: ", b->claim);
	enum verdict verdict = sw_verify(b->step, &differ);
	const char *at = strstr(differ, wanted);

	if (verdict != VERDICT_HOLDS && verdict != VERDICT_PENDING && at &&
	    (at == differ || at[-1] == '\n')) {
		note_seen(b->step, b->claim);
		return NULL;
	}
	return xasprintf("%s %s at %s: %s\n%s", b->step, b->claim, b->path ? b->path : b->output,
			 verdict_name(verdict), differ);
}

static void is_told(const struct bend *b)
{
	autofree char *id = xstrdup(id_of(b)), *said = NULL;
	json_t *before, *bent;

	if (!b->kind) {
		record_output(b->made_by, b->output, b->value);
		said = complaint(b);
		record_output(b->made_by, b->output, id);
		if (said)
			complain(said);
		return;
	}
	before = stored(b->kind, b->region, id);
	if (!before)
		fail_msg("no %s '%s' in '%s'", b->kind, id, b->region);
	bent = json_deep_copy(before);
	bend_doc(bent, b->path, b->value);
	if (text_eq(b->kind, "vpc-peering-connection")) /* a dead one stays listed */
		json_object_set_new(bent, "_rejected_listed_ms",
				    json_integer(INT64_C(1000000000000000)));
	store(b->kind, b->region, id, bent);
	said = complaint(b);
	if (!said && b->repaired) {
		well(sw_do(b->step));
		if (sw_verify(b->step, &said) == VERDICT_HOLDS)
			set_str(&said, NULL);
	}
	store(b->kind, b->region, id, before);
	json_decref(bent);
	json_decref(before);
	if (said)
		complain(said);
}

/* ---- the places ---------------------------------------------------------------- */

#define VPC(step, claim, region, path, value)                                                      \
	{                                                                                          \
		step, claim, "vpc", region, step, "vpc_id", path, value, false                     \
	}
#define SUBNET(step, claim, region, path, value, repaired)                                         \
	{                                                                                          \
		step, claim, "subnet", region, step, "subnet_id", path, value, repaired            \
	}
#define TABLE(step, claim, region, path, value)                                                    \
	{                                                                                          \
		step, claim, "route-table", region, step, "route_table_id", path, value, false     \
	}
#define CONNECT(claim, path, value)                                                                \
	{                                                                                          \
		"1-3", claim, "instance-connect-endpoint", HERE, "1-3",                            \
			"instance_connect_endpoint_id", path, value, false                         \
	}
#define INSTANCE(claim, path, value, repaired)                                                     \
	{                                                                                          \
		"1-4", claim, "instance", HERE, "1-4", "instance_id", path, value, repaired        \
	}
#define ROLE(claim, path, value, repaired)                                                         \
	{                                                                                          \
		"1-4", claim, "role", "", "1-4", "role_name", path, value, repaired                \
	}
#define PROFILE(claim, path, value)                                                                \
	{                                                                                          \
		"1-4", claim, "instance-profile", "", "1-4", "instance_profile_name", path, value, \
			true                                                                       \
	}
#define ENDPOINT(claim, path, value, repaired)                                                     \
	{                                                                                          \
		"2-3", claim, "vpc-endpoint", THERE, "2-3", "vpc_endpoint_id", path, value,        \
			repaired                                                                   \
	}
#define BUCKET(claim, path, value, repaired)                                                       \
	{                                                                                          \
		"2-4", claim, "bucket", "", "2-4", "bucket", path, value, repaired                 \
	}
#define GROUP(step, claim, region, path, value)                                                    \
	{                                                                                          \
		step, claim, "security-group", region, step, "security_group_id", path, value,     \
			false                                                                      \
	}
#define PEERING(step, claim, path, value)                                                          \
	{                                                                                          \
		step, claim, "vpc-peering-connection", "", "3-1", "vpc_peering_connection_id",     \
			path, value, false                                                         \
	}
#define OTHER(step, claim, made_by, output, value)                                                 \
	{                                                                                          \
		step, claim, NULL, NULL, made_by, output, NULL, value, false                       \
	}
#define A_LONGER_BLOCK                                                                             \
	"+{\"cidrBlock\": \"10.7.0.0/16\", \"associationId\": \"vpc-cidr-assoc-1\", "              \
	"\"cidrBlockState\": {\"state\": \"associated\"}}"
#define ANOTHER_ROUTE                                                                              \
	"+{\"destinationCidrBlock\": \"0.0.0.0/0\", \"gatewayId\": \"igw-0aaaaaaaaaaaaaaaa\", "    \
	"\"state\": \"active\", \"origin\": \"CreateRoute\"}"
#define NET(number, region, block, zone)                                                           \
	VPC(number "-1", "vpc.state", region, "_end", "\"strange\""),                              \
		VPC(number "-1", "vpc.cidr_block", region, "cidrBlock", "\"10.9.0.0/16\""),        \
		VPC(number "-1", "vpc.cidr_blocks", region, "cidrBlockAssociationSet",             \
		    A_LONGER_BLOCK),                                                               \
		VPC(number "-1", "vpc.owner", region, "ownerId", "\"210987654321\""),              \
		VPC(number "-1", "vpc.dns_support", region, "_dns_support", "false"),              \
		VPC(number "-1", "vpc.dns_hostnames", region, "_dns_hostnames", "false"),          \
		OTHER(number "-1", "main_route_table.id", number "-1", "main_route_table_id",      \
		      "rtb-0aaaaaaaaaaaaaaaa"),                                                    \
		{ number "-1", "main_route_table.routes", "route-table", region,                   \
		  number "-1", "main_route_table_id",	  "routeSet",	 ANOTHER_ROUTE,            \
		  false },                                                                         \
		SUBNET(number "-2", "subnet.state", region, "_end", "\"unavailable\"", false),     \
		OTHER(number "-2", "subnet.vpc", number "-1", "vpc_id", "vpc-0aaaaaaaaaaaaaaaa"),  \
		OTHER(number "-2", "route_table.vpc", number "-1", "vpc_id",                       \
		      "vpc-0aaaaaaaaaaaaaaaa"),                                                    \
		SUBNET(number "-2", "subnet.cidr_block", region, "cidrBlock", "\"" block "\"",     \
		       false),                                                                     \
		SUBNET(number "-2", "subnet.zone", region, "availabilityZone", "\"" region "x\"",  \
		       false),                                                                     \
		OTHER(number "-2", "subnet.zone_id", number "-2", "availability_zone_id", zone),   \
		SUBNET(number "-2", "subnet.public_ip_on_launch", region, "mapPublicIpOnLaunch",   \
		       "true", true),                                                              \
		OTHER(number "-2", "route_table.association", number "-2",                         \
		      "route_table_association_id", "rtbassoc-0aaaaaaaaaaaaaaaa"),                 \
		TABLE(number "-2", "route_table.association_state", region,                        \
		      "associationSet.0.associationState.state", "\"failed\""),                    \
		TABLE(number "-2", "route_table.is_main", region, "associationSet.0.main",         \
		      "true"),                                                                     \
		TABLE(number "-2", "route_table.routes", region, "routeSet", ANOTHER_ROUTE)
#define GROUP_OF(step, region)                                                                     \
	GROUP(step, "security_group.vpc", region, "vpcId", "\"vpc-0aaaaaaaaaaaaaaaa\""),           \
		GROUP(step, "security_group.name", region, "groupName", "\"another\"")

static const struct bend bends[] = {
	NET("1", HERE, "10.0.0.0/24", "apne1-az1"),
	NET("2", THERE, "10.1.0.0/24", "use1-az1"),

	CONNECT("endpoint.state", "_end", "\"create-failed\""),
	CONNECT("endpoint.vpc", "vpcId", "\"vpc-0aaaaaaaaaaaaaaaa\""),
	CONNECT("endpoint.subnet", "subnetId", "\"subnet-0aaaaaaaaaaaaaaaa\""),
	CONNECT("endpoint.security_groups", "securityGroupIdSet", "+\"sg-0aaaaaaaaaaaaaaaa\""),
	CONNECT("endpoint.preserve_client_ip", "preserveClientIp", "true"),
	OTHER("1-3", "endpoint.dns", "1-3", "instance_connect_endpoint_dns", "x.amazonaws.com"),
	GROUP_OF("1-3", HERE),

	INSTANCE("instance.state", "_stop_ms", "1", true),
	INSTANCE("instance.status", "_status_end", "\"impaired\"", false),
	INSTANCE("instance.system_status", "_status_end", "\"insufficient-data\"", false),
	INSTANCE("instance.image", "imageId", "\"ami-0aaaaaaaaaaaaaaaa\"", false),
	INSTANCE("instance.type", "instanceType", "\"t3.large\"", false),
	INSTANCE("instance.architecture", "architecture", "\"arm64\"", false),
	OTHER("1-4", "instance.vpc", "1-1", "vpc_id", "vpc-0aaaaaaaaaaaaaaaa"),
	OTHER("1-4", "instance.subnet", "1-2", "subnet_id", "subnet-0aaaaaaaaaaaaaaaa"),
	OTHER("1-4", "instance.private_ip", "1-4", "private_ip", "10.0.0.99"),
	INSTANCE("instance.public_ip", "ipAddress", "\"203.0.113.7\"", false),
	INSTANCE("instance.ipv6", "ipv6Address", "\"2001:db8::1\"", false),
	INSTANCE("instance.profile", "_profile.arn",
		 "\"arn:aws:iam::123456789012:instance-profile/another\"", false),
	INSTANCE("instance.key_pair", "keyName", "\"mine\"", false),
	INSTANCE("instance.metadata_tokens", "metadataOptions.httpTokens", "\"optional\"", true),
	INSTANCE("instance.metadata_endpoint", "metadataOptions.httpEndpoint", "\"disabled\"",
		 true),
	INSTANCE("instance.root_deleted_on_termination",
		 "blockDeviceMapping.0.ebs.deleteOnTermination", "false", false),
	OTHER("1-4", "instance.security_groups", "1-4", "security_group_id",
	      "sg-0aaaaaaaaaaaaaaaa"),
	ROLE("role.path", "path", "\"/\"", false),
	ROLE("role.trust_policy", "trust",
	     "\"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\","
	     "\\\"Principal\\\":{\\\"Service\\\":[\\\"ec2.amazonaws.com\\\",\\\"lambda.amazonaws."
	     "com\\\"]},\\\"Action\\\":\\\"sts:AssumeRole\\\"}]}\"",
	     true),
	ROLE("role.policies", "attached", "+\"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess\"",
	     true),
	ROLE("role.policies", "attached", "[]", true),
	ROLE("role.inline_policies", "inline.more", "\"{}\"", true),
	PROFILE("instance_profile.roles", "role", NULL),
	GROUP_OF("1-4", HERE),

	ENDPOINT("endpoint.state", "_end", "\"failed\"", false),
	ENDPOINT("endpoint.type", "vpcEndpointType", "\"Gateway\"", false),
	ENDPOINT("endpoint.service", "serviceName", "\"com.amazonaws.us-east-1.s3express\"", false),
	ENDPOINT("endpoint.vpc", "vpcId", "\"vpc-0aaaaaaaaaaaaaaaa\"", false),
	ENDPOINT("endpoint.subnets", "subnetIdSet", "+\"subnet-0aaaaaaaaaaaaaaaa\"", false),
	ENDPOINT("endpoint.security_groups", "groupSet",
		 "+{\"groupId\": \"sg-0aaaaaaaaaaaaaaaa\", \"groupName\": \"x\"}", false),
	ENDPOINT("endpoint.private_dns", "privateDnsEnabled", "true", true),
	ENDPOINT("endpoint.policy", "policyDocument",
		 "\"{\\\"Statement\\\":[{\\\"Action\\\":\\\"s3:*\\\",\\\"Effect\\\":\\\"Allow\\\","
		 "\\\"Principal\\\":\\\"*\\\",\\\"Resource\\\":\\\"*\\\"}]}\"",
		 true),
	OTHER("2-3", "endpoint.dns", "2-3", "vpc_endpoint_dns", "*.vpce-0a.s3.amazonaws.com"),
	GROUP_OF("2-3", THERE),

	BUCKET("bucket.block_public_acls", "block.BlockPublicAcls", "false", true),
	BUCKET("bucket.ignore_public_acls", "block.IgnorePublicAcls", "false", true),
	BUCKET("bucket.block_public_policy", "block.BlockPublicPolicy", "false", true),
	BUCKET("bucket.restrict_public_buckets", "block.RestrictPublicBuckets", "false", true),
	BUCKET("bucket.encryption", "encryption.algorithm", "\"aws:kms\"", true),
	BUCKET("bucket.policy", "policy", NULL, true),
	BUCKET("bucket.region", "region", "\"eu-west-1\"", false),

	PEERING("3-1", "peering.status", "_rejected_ms", "1"),
	OTHER("3-1", "peering.requester_vpc", "1-1", "vpc_id", "vpc-0aaaaaaaaaaaaaaaa"),
	OTHER("3-1", "peering.accepter_vpc", "2-1", "vpc_id", "vpc-0aaaaaaaaaaaaaaaa"),
	PEERING("3-1", "peering.requester_owner", "requesterVpcInfo.ownerId", "\"210987654321\""),
	PEERING("3-1", "peering.accepter_owner", "accepterVpcInfo.ownerId", "\"210987654321\""),
	PEERING("3-1", "peering.accepter_region", "accepterVpcInfo.region", "\"eu-west-1\""),
	PEERING("3-1", "peering.requester_cidr", "requesterVpcInfo.cidrBlock", "\"10.9.0.0/16\""),
	PEERING("3-1", "peering.accepter_cidr", "accepterVpcInfo.cidrBlock", "\"10.9.0.0/16\""),
	PEERING("3-3", "peering.source_block", "requesterVpcInfo.cidrBlock", "\"10.9.0.0/16\""),
	PEERING("3-3", "peering.destination_block", "accepterVpcInfo.cidrBlock", "\"10.9.0.0/16\""),
	PEERING("3-3", "peering.status_in_destination", "_rejected_ms", "1"),
	PEERING("3-3", "peering.status_in_source", "_rejected_ms", "1"),
	OTHER("3-2", "route.target", "3-1", "vpc_peering_connection_id", "pcx-0aaaaaaaaaaaaaaaa"),
	OTHER("3-4", "route.target", "3-1", "vpc_peering_connection_id", "pcx-0aaaaaaaaaaaaaaaa"),
};

static void each_setting_that_is_wrong_is_told(void)
{
	for (size_t i = 0; i < ARRAY_LEN(bends); i++)
		is_told(&bends[i]);
}

/* A subnet stays in its zone, and do chose one that offers S3; whoever else made it may have chosen
 * another. */
static void a_persons_zone_is_looked_at(void)
{
	static const struct bend zone =
		OTHER("2-2", "subnet.zone_offers_s3", "2-2", "availability_zone", "us-east-1x");
	struct step_history *history = state_history(&sw.stack.state, "2-2");
	struct history_output *row = history_output_row(history, "subnet_id");
	int64_t at_ms = row->at_ms;
	autofree char *said = complaint(&zone);

	assert_non_null(said); /* not asked */
	history->made_by_hand.done = true;
	is_told(&zone);
	history->made_by_hand.done = false;
	row->at_ms = 1; /* it was there before do called anything */
	is_told(&zone);
	row->at_ms = at_ms;
	row->former = xstrdup("subnet-0aaaaaaaaaaaaaaaa");
	is_told(&zone);
	set_str(&row->former, NULL);
}

/* What was associated once is told by the instance's own profile. */
static void an_association_is_looked_at_until_it_held(void)
{
	static const struct bend association =
		INSTANCE("instance.profile_association", "_profile", NULL, true);
	struct step_history *history = state_history(&sw.stack.state, "1-4");
	enum step_state state = history->state;
	struct bend profile = association;
	autofree char *differ = NULL;

	is_told(&association);
	profile.claim = "instance.profile";
	history->state = STEP_HELD;
	is_told(&profile);
	history->state = STEP_HELD;
	sw_forget_calls();
	assert_int_equal(sw_verify("1-4", &differ), VERDICT_HOLDS);
	assert_int_equal(sw_calls("DescribeIamInstanceProfileAssociations"), 0);
	history->state = state;
}

/* ---- the tags -------------------------------------------------------------------- */

/* What carries tags: the claim's first word, and where they stand. */
static const struct tagged {
	const char *step, *thing, *kind, *region, *output, *path;
	bool repaired;
} tagged[] = {
	{ "1-1", "vpc", "vpc", HERE, "vpc_id", "tagSet", true },
	{ "2-1", "vpc", "vpc", THERE, "vpc_id", "tagSet", true },
	{ "1-2", "subnet", "subnet", HERE, "subnet_id", "tagSet", true },
	{ "2-2", "subnet", "subnet", THERE, "subnet_id", "tagSet", true },
	{ "1-2", "route_table", "route-table", HERE, "route_table_id", "tagSet", true },
	{ "2-2", "route_table", "route-table", THERE, "route_table_id", "tagSet", true },
	{ "1-3", "endpoint", "instance-connect-endpoint", HERE, "instance_connect_endpoint_id",
	  "tagSet", true },
	{ "1-3", "security_group", "security-group", HERE, "security_group_id", "tagSet", true },
	{ "1-4", "instance", "instance", HERE, "instance_id", "tagSet", true },
	{ "1-4", "security_group", "security-group", HERE, "security_group_id", "tagSet", true },
	{ "1-4", "role", "role", "", "role_name", "tags", true },
	{ "1-4", "instance_profile", "instance-profile", "", "instance_profile_name", "tags",
	  true },
	{ "2-3", "endpoint", "vpc-endpoint", THERE, "vpc_endpoint_id", "tagSet", true },
	{ "2-3", "security_group", "security-group", THERE, "security_group_id", "tagSet", true },
	{ "2-4", "bucket", "bucket", "", "bucket", "tags", true },
	{ "3-1", "peering", "vpc-peering-connection", "", "vpc_peering_connection_id",
	  "_tags.ap-northeast-1", true },
	{ "3-3", "peering_in_destination", "vpc-peering-connection", "",
	  "vpc_peering_connection_id", "_tags.us-east-1", false },
};

static void each_tag_that_is_wrong_is_told(void)
{
	static const char *const keys[] = { "Name", "runbook:stack", "runbook:run",
					    "runbook:step" };

	for (size_t i = 0; i < ARRAY_LEN(tagged); i++)
		for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
			const struct tagged *t = &tagged[i];
			bool two_only = text_eq(t->step, "3-3");
			/* IAM's and S3's members are written with a capital */
			const char *member = text_eq(t->path, "tags") ? "Value" : "value";
			autofree char *claim = xasprintf("%s.tag.%s", t->thing, keys[k]);
			autofree char *value = xasprintf("%s.%zu.%s", t->path, k, member);
			autofree char *whole = xasprintf("%s.%zu", t->path, k);
			const char *made_by = two_only ? "3-1" : t->step;
			/* of a bucket whose tags do not all say so do takes nothing over */
			bool repaired = t->repaired && !(k == 3 && text_eq(t->kind, "bucket"));
			const struct bend changed = { t->step,	 claim,	  t->kind,
						      t->region, made_by, t->output,
						      value,	 "\"x\"", repaired && k < 2 };
			const struct bend off = { t->step,   claim, t->kind, t->region, made_by,
						  t->output, whole, NULL,    repaired };

			if (two_only && (k == 0 || k == 3))
				continue;
			is_told(&changed);
			is_told(&off);
		}
}

/* S3 says NoSuchTagSet, and the bucket is there. */
static void a_bucket_without_any_tag_is_told_and_not_missing(void)
{
	autofree char *target = xasprintf("/%s?tagging", sw_output("2-4", "bucket"));
	autofree char *differ = NULL, *again = NULL;

	sw_other_s3("DELETE", target, "");
	assert_int_equal(sw_verify("2-4", &differ), VERDICT_DIFFERS);
	assert_non_null(strstr(differ, "bucket.tag.runbook:run"));
	assert_null(sw_do("2-4"));
	assert_int_equal(sw_verify("2-4", &again), VERDICT_HOLDS);
}

/* ---- the rules ------------------------------------------------------------------- */

/* Each rule of our three groups, taken away and bent in each of its members; and one more. */
static const struct ruled {
	const char *step, *region, *ingress;
	const char *members[4];
} ruled[] = {
	{ "1-3", HERE, "ingress all from itself", { "ipProtocol", "referencedGroupInfo.groupId" } },
	{ "1-4",
	  HERE,
	  "ingress 22 from the endpoint's group",
	  { "ipProtocol", "fromPort", "toPort", "referencedGroupInfo.groupId" } },
	{ "2-3",
	  THERE,
	  "ingress 443 from the source VPC",
	  { "ipProtocol", "fromPort", "toPort", "cidrIpv4" } },
};

static json_t *rule_of(const struct ruled *r, bool egress)
{
	const char *group = sw_output(r->step, "security_group_id");
	json_t *list, *doc, *found = NULL;
	size_t i;

	sbx_lock(sw.c.sbx);
	list = store_list(sbx_store(sw.c.sbx), "security-group-rule", r->region);
	sbx_unlock(sw.c.sbx);
	json_array_foreach(list, i, doc)
		if (text_eq(json_string_value(json_object_get(doc, "groupId")), group) &&
		    json_is_true(json_object_get(doc, "isEgress")) == egress)
			found = doc;
	json_incref(found);
	json_decref(list);
	if (!found)
		fail_msg("%s has no such rule", r->step);
	return found;
}

static void rule_is_told(const struct ruled *r, bool egress, const char *member, const char *value)
{
	json_t *before = rule_of(r, egress), *bent = json_deep_copy(before);
	const char *id = json_string_value(json_object_get(before, "securityGroupRuleId"));
	autofree char *claim =
		xasprintf("security_group.%s", egress ? "egress all to anywhere" : r->ingress);
	const struct bend b = { r->step, claim, NULL, NULL, NULL, "rule", member, value, false };
	const struct bend more = {
		r->step, "security_group.other_rules", NULL, NULL, NULL, "rule", member, value,
		false
	};
	autofree char *said = NULL;

	if (member)
		bend_doc(bent, member, value);
	store("security-group-rule", r->region, id, member ? bent : NULL);
	said = complaint(&b);
	if (!said && member)
		said = complaint(&more);
	if (!said) {
		well(sw_do(r->step));
		if (sw_verify(r->step, &said) == VERDICT_HOLDS)
			set_str(&said, NULL);
	}
	json_decref(bent);
	json_decref(before);
	if (said)
		complain(said);
}

static void each_rule_that_is_wrong_is_told_and_put_right(void)
{
	static const char *const values[][2] = {
		{ "ipProtocol", "\"udp\"" },
		{ "fromPort", "21" },
		{ "toPort", "444" },
		{ "cidrIpv4", "\"10.0.0.0/15\"" },
		{ "referencedGroupInfo.groupId", "\"sg-0aaaaaaaaaaaaaaaa\"" },
	};

	for (size_t i = 0; i < ARRAY_LEN(ruled); i++) {
		const struct ruled *r = &ruled[i];

		rule_is_told(r, false, NULL, NULL);
		rule_is_told(r, true, NULL, NULL);
		rule_is_told(r, true, "cidrIpv4", "\"10.0.0.0/8\"");
		for (size_t m = 0; m < ARRAY_LEN(r->members) && r->members[m]; m++)
			for (size_t v = 0; v < ARRAY_LEN(values); v++)
				if (text_eq(r->members[m], values[v][0]))
					rule_is_told(r, false, values[v][0], values[v][1]);
	}
}

/* ---- what is gone ---------------------------------------------------------------- */

static const struct bend things[] = {
	{ "1-1", NULL, "vpc", HERE, "1-1", "vpc_id", NULL, NULL, false },
	{ "1-2", NULL, "subnet", HERE, "1-2", "subnet_id", NULL, NULL, false },
	{ "1-2", NULL, "route-table", HERE, "1-2", "route_table_id", NULL, NULL, false },
	{ "1-3", NULL, "instance-connect-endpoint", HERE, "1-3", "instance_connect_endpoint_id",
	  NULL, NULL, false },
	{ "1-3", NULL, "security-group", HERE, "1-3", "security_group_id", NULL, NULL, false },
	{ "1-4", NULL, "instance", HERE, "1-4", "instance_id", NULL, NULL, false },
	{ "1-4", NULL, "security-group", HERE, "1-4", "security_group_id", NULL, NULL, false },
	{ "1-4", NULL, "role", "", "1-4", "role_name", NULL, NULL, false },
	{ "1-4", NULL, "instance-profile", "", "1-4", "instance_profile_name", NULL, NULL, false },
	{ "2-3", NULL, "vpc-endpoint", THERE, "2-3", "vpc_endpoint_id", NULL, NULL, false },
	{ "2-3", NULL, "security-group", THERE, "2-3", "security_group_id", NULL, NULL, false },
	{ "2-4", NULL, "bucket", "", "2-4", "bucket", NULL, NULL, false },
	{ "3-1", NULL, "vpc-peering-connection", "", "3-1", "vpc_peering_connection_id", NULL, NULL,
	  false },
	{ "3-2", NULL, "route-table", HERE, "1-2", "route_table_id", "routeSet.1", NULL, false },
	{ "3-3", NULL, "vpc-peering-connection", "", "3-1", "vpc_peering_connection_id", NULL, NULL,
	  false },
	{ "3-4", NULL, "route-table", THERE, "2-2", "route_table_id", "routeSet.1", NULL, false },
};

/* The engine takes a call's own "not found" for a missing thing, too. */
static bool is_missing(const char *step_id)
{
	struct step_ctx ctx;
	struct rb_error *err;
	bool missing;

	step_ctx_init(&ctx, &sw.run, state_history(&sw.stack.state, step_id)->step, PHASE_VERIFY);
	err = step_ctx_call(&ctx);
	missing = rb_error_is(err, RB_GONE) || step_ctx_verdict(&ctx) == VERDICT_MISSING;
	(void)rb_error_free(err);
	step_ctx_clear(&ctx);
	return missing;
}

static void each_thing_that_is_gone_is_missing(void)
{
	for (size_t i = 0; i < ARRAY_LEN(things); i++) {
		const struct bend *b = &things[i];
		autofree char *id = xstrdup(id_of(b));
		json_t *before = stored(b->kind, b->region, id), *bent;
		bool missing;

		assert_non_null(before);
		bent = json_deep_copy(before);
		if (b->path)
			bend_doc(bent, b->path, NULL);
		store(b->kind, b->region, id, b->path ? bent : NULL);
		missing = is_missing(b->step);
		store(b->kind, b->region, id, before);
		json_decref(bent);
		json_decref(before);
		if (!missing) {
			autofree char *said =
				xasprintf("%s: its %s is gone, and not missing", b->step, b->kind);

			complain(said);
		}
	}
}

/* ---- all of it ------------------------------------------------------------------- */

/* Claims that no world can make disagree alone, each with its reason. */
static const char *const excused[] = {
	"2-4 bucket.owner", /* the call names the account, so S3 answers for no other's */
	"3-1 peering.requester_region", /* of another region's it would not be listed */
	"3-2 route.state",		/* blackhole or active, and each is well */
	"3-3 source_route.state",	/* a blackhole is waited for */
	"3-4 route.state",
};

static void no_claim_was_forgotten(void)
{
	const struct step *const *steps = all_procedures[0]->steps;

	for (size_t i = 0; steps[i] && strcmp(steps[i]->id, "4-1") != 0; i++) {
		struct step_ctx ctx;
		json_t *claim;
		size_t k;

		step_ctx_init(&ctx, &sw.run, steps[i], PHASE_VERIFY);
		well(step_ctx_call(&ctx));
		assert_int_equal(step_ctx_verdict(&ctx), VERDICT_HOLDS);
		assert_true(json_array_size(ctx.claims) > 0);
		json_array_foreach(ctx.claims, k, claim) {
			const char *name = json_string_value(json_object_get(claim, "claim"));
			autofree char *line = xasprintf("%s %s", steps[i]->id, name);
			bool known = strv_has(&seen, line);

			for (size_t e = 0; e < ARRAY_LEN(excused); e++)
				known |= text_eq(excused[e], line);
			if (!known) {
				print_error("no row bends what '%s' is about\n", line);
				complaints++;
			}
		}
		step_ctx_clear(&ctx);
	}
}

static void verify_tells_each_thing_that_is_wrong(void **state)
{
	(void)state;
	sw_build("3-4");
	each_setting_that_is_wrong_is_told();
	a_persons_zone_is_looked_at();
	an_association_is_looked_at_until_it_held();
	each_tag_that_is_wrong_is_told();
	a_bucket_without_any_tag_is_told_and_not_missing();
	each_rule_that_is_wrong_is_told_and_put_right();
	each_thing_that_is_gone_is_missing();
	no_claim_was_forgotten();
	strv_clear(&seen);
	assert_int_equal(complaints, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(verify_tells_each_thing_that_is_wrong, sw_setup,
						sw_teardown),
	};

	sw_begin();
	return cmocka_run_group_tests_name("steps_verify", tests, NULL, NULL);
}
