/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hops of the ways against the sandbox: one break after the other, none of them mended, and
 * after each exactly one hop more is broken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/percent.h"
#include "base/strv.h"
#include "base/text.h"
#include "runbook/contract/procedure.h"
#include "runbook/contract/way.h"
#include "runbook/explain/explain.h"
#include "tests/lib/step_world.h"

#define SOURCE "ap-northeast-1"
#define DESTINATION "us-east-1"
#define CALLER "arn:aws:iam::123456789012:root"

static void well(struct rb_error *err)
{
	if (err)
		fail_msg("%s: %s", err->what ? err->what : "-", err->why ? err->why : "-");
}

static const struct hop_way *way_of(const char *step)
{
	for (const struct hop_way *w = all_procedures[0]->ways; w->step; w++)
		if (strcmp(w->step, step) == 0)
			return w;
	fail_msg("%s has no way", step);
	return NULL;
}

static void describe(const char *step, struct hops *ret)
{
	const struct hop_way *way = way_of(step);
	struct step_ctx ctx;

	step_ctx_init(&ctx, &sw.run, procedure_step(all_procedures[0], step), PHASE_VERIFY);
	well(way->describe(&ctx, way, CALLER, ret));
	step_ctx_clear(&ctx);
}

/* "name name ..." of those in that state, in the order of the way.  Caller frees. */
static char *names_of(const struct hops *hops, enum hop_state state)
{
	auto_strv names = { 0 };

	for (size_t i = 0; i < hops->n; i++)
		if (hops->v[i].state == state)
			strv_add(&names, hops->v[i].row->name);
	return strv_join(&names, " ");
}

static void broken_is(const char *step, const char *names)
{
	auto_hops hops = { 0 };

	describe(step, &hops);
	autofree char *broken = names_of(&hops, HOP_BROKEN);

	assert_string_equal(broken, names);
}

static const struct hop *hop_named(const struct hops *hops, const char *name)
{
	for (size_t i = 0; i < hops->n; i++)
		if (strcmp(hops->v[i].row->name, name) == 0)
			return &hops->v[i];
	fail_msg("no hop is called %s", name);
	return NULL;
}

/* What mends it: "resume 3-2", or the AWS CLI's words. */
static void mended_by(const char *step, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void mended_by(const char *step, const char *name, const char *fmt, ...)
{
	auto_hops hops = { 0 };
	autofree char *want = NULL, *command = NULL, *resume = NULL;
	const struct hop *hop;
	va_list ap;

	va_start(ap, fmt);
	want = xvasprintf(fmt, ap);
	va_end(ap);
	describe(step, &hops);
	hop = hop_named(&hops, name);
	command = hop_aws_words(hop);
	resume = xasprintf("resume %s", hop->mend.step ? hop->mend.step : "-");
	assert_string_equal(command ? command : resume, want);
}

static void bites(const char *step, const char *name)
{
	auto_hops hops = { 0 };
	const struct hop *bite;

	describe(step, &hops);
	bite = hops_bite(&hops);
	assert_non_null(bite);
	assert_string_equal(bite->row->name, name);
}

/* The first text between the tags in the sandbox's last answer.  Caller frees. */
static char *answered(const char *tag)
{
	autofree char *open = xasprintf("<%s>", tag);
	const char *from = strstr(sw.c.rep.body.p, open);

	assert_non_null(from);
	from += strlen(open);
	return xstrndup(from, strcspn(from, "<"));
}

static char *acl_of(const char *region, const char *vpc)
{
	sw_other(region, "ec2", "DescribeNetworkAcls&Filter.1.Name=vpc-id&Filter.1.Value.1=%s",
		 vpc);
	return answered("networkAclId");
}

static void deny(const char *region, const char *acl, int number, bool egress, int from, int to)
{
	sw_other(region, "ec2",
		 "CreateNetworkAclEntry&NetworkAclId=%s&RuleNumber=%d&Protocol=6&RuleAction=deny&"
		 "Egress=%s&CidrBlock=0.0.0.0/0&PortRange.From=%d&PortRange.To=%d",
		 acl, number, egress ? "true" : "false", from, to);
}

static void revoke_all_out(const char *region, const char *group)
{
	sw_other(region, "ec2",
		 "RevokeSecurityGroupEgress&GroupId=%s&IpPermissions.1.IpProtocol=-1&"
		 "IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0",
		 group);
}

static void policy_of_bucket(const char *json)
{
	autofree char *target = xasprintf("/%s?policy", sw_output("2-4", "bucket"));

	sw_other_s3("PUT", target, json);
}

/* ---- tests -------------------------------------------------------------------------- */

static void each_break_is_one_hop_more(void **state)
{
	autofree char *acl = NULL, *far_acl = NULL, *json = NULL, *interface = NULL;
	const char *bucket, *role;

	(void)state;
	sw_build("3-4");
	bucket = sw_output("2-4", "bucket");
	role = sw_output("1-4", "role_name");
	broken_is("4-1", "");
	broken_is("4-2", "");

	/* ---- asked of policies: both have to be silent, or one refuses */
	sw_other(
		"us-east-1", "iam",
		"DetachRolePolicy&RoleName=%s&PolicyArn=arn:aws:iam::aws:policy/AmazonS3FullAccess",
		role);
	broken_is("4-2", "");
	json = xasprintf("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\","
			 "\"Principal\":\"*\",\"Action\":\"s3:PutObject\",\"Resource\":"
			 "\"arn:aws:s3:::%s/*\",\"Condition\":{\"StringNotEquals\":"
			 "{\"aws:SourceVpce\":\"%s\"}}}]}",
			 bucket, sw_output("2-3", "vpc_endpoint_id"));
	policy_of_bucket(json);
	broken_is("4-2", "role bucket-policy");
	mended_by("4-2", "role", "resume 1-4");
	mended_by("4-2", "bucket-policy", "resume 2-4");
	bites("4-2", "role");
	sw_other(
		DESTINATION, "ec2",
		"ModifyVpcEndpoint&VpcEndpointId=%s&PolicyDocument="
		"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\","
		"\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}]}",
		sw_output("2-3", "vpc_endpoint_id"));
	broken_is("4-2", "endpoint-policy role bucket-policy");
	mended_by("4-2", "endpoint-policy", "resume 2-3");

	/* ---- the way back bites before the policies */
	sw_other(DESTINATION, "ec2", "DeleteRoute&RouteTableId=%s&DestinationCidrBlock=10.0.0.0/16",
		 sw_output("2-2", "route_table_id"));
	broken_is("4-2", "endpoint-policy role bucket-policy endpoint-route");
	mended_by("4-2", "endpoint-route", "resume 3-4");
	bites("4-2", "endpoint-route");
	far_acl = acl_of(DESTINATION, sw_output("2-1", "vpc_id"));
	deny(DESTINATION, far_acl, 1, true, 1024, 65535);
	deny(DESTINATION, far_acl, 2, true, 40000, 40000);
	broken_is("4-2", "endpoint-policy role bucket-policy endpoint-acl-out endpoint-route");
	mended_by("4-2", "endpoint-acl-out",
		  "ec2 replace-network-acl-entry --network-acl-id %s --rule-number 1 --egress "
		  "--protocol tcp --port-range From=32768,To=60999 --cidr-block 10.0.0.0/20 "
		  "--rule-action allow --region us-east-1",
		  far_acl);
	deny(DESTINATION, far_acl, 30, false, 443, 443);
	sw_other(DESTINATION, "ec2",
		 "RevokeSecurityGroupIngress&GroupId=%s&IpPermissions.1.IpProtocol=tcp&"
		 "IpPermissions.1.FromPort=443&IpPermissions.1.ToPort=443&"
		 "IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/16",
		 sw_output("2-3", "security_group_id"));
	broken_is("4-2", "endpoint-acl-in endpoint-ingress endpoint-policy role bucket-policy "
			 "endpoint-acl-out endpoint-route");
	mended_by("4-2", "endpoint-acl-in",
		  "ec2 delete-network-acl-entry --network-acl-id %s --rule-number 30 --ingress "
		  "--region us-east-1",
		  far_acl);
	mended_by("4-2", "endpoint-ingress", "resume 2-3");

	/* ---- and what is nearer, before that */
	sw_other(
		SOURCE, "ec2",
		"DescribeNetworkInterfaces&Filter.1.Name=attachment.instance-id&Filter.1.Value.1=%s",
		sw_output("1-4", "instance_id"));
	interface = answered("networkInterfaceId");
	sw_other(SOURCE, "ec2",
		 "CreateRoute&RouteTableId=%s&DestinationCidrBlock=10.1.0.0/20&"
		 "NetworkInterfaceId=%s",
		 sw_output("1-2", "route_table_id"), interface);
	bites("4-2", "source-route");
	mended_by("4-2", "source-route",
		  "ec2 delete-route --route-table-id %s --destination-cidr-block 10.1.0.0/20 "
		  "--region ap-northeast-1",
		  sw_output("1-2", "route_table_id"));
	sw_other(SOURCE, "ec2", "DisassociateRouteTable&AssociationId=%s",
		 sw_output("1-2", "route_table_association_id"));
	acl = acl_of(SOURCE, sw_output("1-1", "vpc_id"));
	sw_other(SOURCE, "ec2", "DeleteNetworkAclEntry&NetworkAclId=%s&RuleNumber=100&Egress=true",
		 acl);
	broken_is("4-2", "source-acl-out source-association source-route endpoint-acl-in "
			 "endpoint-ingress endpoint-policy role bucket-policy endpoint-acl-out "
			 "endpoint-route");
	mended_by("4-2", "source-association", "resume 1-2");
	mended_by("4-2", "source-acl-out",
		  "ec2 create-network-acl-entry --network-acl-id %s --rule-number 100 --egress "
		  "--protocol tcp --port-range From=443,To=443 --cidr-block 10.1.0.0/20 "
		  "--rule-action allow --region ap-northeast-1",
		  acl);
	bites("4-2", "source-acl-out");
	revoke_all_out(SOURCE, sw_output("1-4", "security_group_id"));
	bites("4-2", "instance-egress");
	sw_other(SOURCE, "ec2", "ModifyVpcAttribute&VpcId=%s&EnableDnsHostnames.Value=false",
		 sw_output("1-1", "vpc_id"));
	sw_other(SOURCE, "ec2", "ModifyVpcAttribute&VpcId=%s&EnableDnsSupport.Value=false",
		 sw_output("1-1", "vpc_id"));
	bites("4-2", "name-dns");
	mended_by("4-2", "name-dns", "resume 1-1");
	sw_other("us-east-1", "iam",
		 "RemoveRoleFromInstanceProfile&InstanceProfileName=%s&RoleName=%s",
		 sw_output("1-4", "instance_profile_name"), role);
	bites("4-2", "credentials");
	broken_is("4-1", ""); /* it is in the subnet, and asks nobody's role */

	/* ---- the login's own */
	revoke_all_out(SOURCE, sw_output("1-3", "security_group_id"));
	broken_is("4-1", "connect-egress");
	mended_by("4-1", "connect-egress", "resume 1-3");
	sw_other(SOURCE, "ec2",
		 "RevokeSecurityGroupIngress&GroupId=%s&IpPermissions.1.IpProtocol=tcp&"
		 "IpPermissions.1.FromPort=22&IpPermissions.1.ToPort=22&"
		 "IpPermissions.1.Groups.1.GroupId=%s",
		 sw_output("1-4", "security_group_id"), sw_output("1-3", "security_group_id"));
	broken_is("4-1", "connect-egress instance-ingress");
	sw_other(SOURCE, "ec2", "StopInstances&InstanceId.1=%s", sw_output("1-4", "instance_id"));
	bites("4-1", "instance");
	bites("4-2", "instance");
}

static void a_peering_that_is_gone_is_one_hop(void **state)
{
	auto_hops hops = { 0 };

	(void)state;
	sw_build("3-4");
	sw_other(SOURCE, "ec2", "DeleteVpcPeeringConnection&VpcPeeringConnectionId=%s",
		 sw_output("3-1", "vpc_peering_connection_id"));
	broken_is("4-2", "peering"); /* the routes lead to it still, black holes or not */
	mended_by("4-2", "peering", "resume 3-1");
	sw_other(DESTINATION, "ec2", "DeleteVpcEndpoints&VpcEndpointId.1=%s",
		 sw_output("2-3", "vpc_endpoint_id"));
	describe("4-2", &hops);
	{
		autofree char *broken = names_of(&hops, HOP_BROKEN);
		autofree char *unknown = names_of(&hops, HOP_UNKNOWN);

		assert_string_equal(broken, "peering endpoint");
		/* they hang on the endpoint */
		assert_string_equal(unknown, "endpoint-policy name-addresses");
	}
}

static void an_entry_that_allows_comes_before_those_that_deny(void **state)
{
	autofree char *acl = NULL;

	(void)state;
	sw_build("3-4");
	acl = acl_of(DESTINATION, sw_output("2-1", "vpc_id"));
	sw_other(DESTINATION, "ec2",
		 "DeleteNetworkAclEntry&NetworkAclId=%s&RuleNumber=100&Egress=false", acl);
	deny(DESTINATION, acl, 30, false, 443, 443);
	deny(DESTINATION, acl, 29, false, 80, 80); /* that number is taken */
	mended_by("4-2", "endpoint-acl-in",
		  "ec2 create-network-acl-entry --network-acl-id %s --rule-number 28 --ingress "
		  "--protocol tcp --port-range From=443,To=443 --cidr-block 10.0.0.0/20 "
		  "--rule-action allow --region us-east-1",
		  acl);
}

static void resuming_begins_at_the_first_step_that_mends(void **state)
{
	struct explanation all[2] = { { .way = way_of("4-1") }, { .way = way_of("4-2") } };
	const struct explanations ways = { all, ARRAY_LEN(all) };
	bool resumes = true;

	(void)state;
	sw_build("3-4");
	for (size_t i = 0; i < ways.n; i++)
		describe(all[i].way->step, &all[i].hops);
	assert_null(explain_resume_from(&ways, all_procedures[0], &resumes));
	assert_false(resumes);
	assert_int_equal(explain_verdict_of_all(&ways), HOP_OK);
	sw_other(DESTINATION, "ec2", "DeleteRoute&RouteTableId=%s&DestinationCidrBlock=10.0.0.0/16",
		 sw_output("2-2", "route_table_id"));
	revoke_all_out(SOURCE, sw_output("1-3", "security_group_id"));
	for (size_t i = 0; i < ways.n; i++) {
		hops_clear(&all[i].hops);
		describe(all[i].way->step, &all[i].hops);
	}
	assert_string_equal(explain_resume_from(&ways, all_procedures[0], &resumes), "1-3");
	assert_true(resumes);
	assert_int_equal(explain_verdict_of_all(&ways), HOP_BROKEN);
	for (size_t i = 0; i < ways.n; i++)
		hops_clear(&all[i].hops);
}

static void a_key_and_a_bucket_are_looked_at(void **state)
{
	autofree char *encryption = NULL, *policy = NULL, *bucket = NULL;
	auto_hops hops = { 0 };

	(void)state;
	sw_build("3-4");
	encryption = xasprintf("/%s?encryption", sw_output("2-4", "bucket"));
	policy = xasprintf("/%s?policy", sw_output("2-4", "bucket"));
	bucket = xasprintf("/%s", sw_output("2-4", "bucket"));
	sw_other_s3(
		"PUT", encryption,
		"<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>"
		"<SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>"
		"</ServerSideEncryptionConfiguration>");
	broken_is("4-2", ""); /* AWS's own key for S3 is everybody's */
	sw_other_s3("PUT", encryption,
		    "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>"
		    "<SSEAlgorithm>aws:kms</SSEAlgorithm>"
		    "<KMSMasterKeyID>11111111-2222-3333-4444-555555555555</KMSMasterKeyID>"
		    "</ApplyServerSideEncryptionByDefault></Rule>"
		    "</ServerSideEncryptionConfiguration>");
	broken_is("4-2", "encryption");
	mended_by("4-2", "encryption", "resume 2-4");
	/* The role's policies are one half: the key has a policy of its own, which nobody read. */
	sw_other(
		"us-east-1", "iam",
		"PutRolePolicy&RoleName=%s&PolicyName=key&PolicyDocument="
		"%%7B%%22Statement%%22:%%5B%%7B%%22Effect%%22:%%22Allow%%22,"
		"%%22Action%%22:%%22kms:GenerateDataKey%%22,%%22Resource%%22:%%22*%%22%%7D%%5D%%7D",
		sw_output("1-4", "role_name"));
	{
		auto_hops allowed = { 0 };
		const struct hop *key;

		describe("4-2", &allowed);
		key = hop_named(&allowed, "encryption");
		assert_int_equal(key->state, HOP_UNKNOWN);
		assert_non_null(strstr(said_english(key->why), "key's own policy is not read"));
	}
	sw_other_s3("DELETE", policy, "");
	sw_other_s3("DELETE", bucket, "");
	describe("4-2", &hops);
	{
		autofree char *broken = names_of(&hops, HOP_BROKEN);
		autofree char *unknown = names_of(&hops, HOP_UNKNOWN);

		assert_string_equal(broken, "bucket");
		assert_string_equal(unknown, "region bucket-policy public-access encryption");
	}
}

static void what_is_not_made_is_broken(void **state)
{
	auto_hops hops = { 0 };

	(void)state;
	sw_build("1-2");
	describe("4-1", &hops);
	assert_int_equal(hops.v[0].state, HOP_UNKNOWN); /* may who asks log in? to what? */
	assert_int_equal(hop_named(&hops, "instance")->state, HOP_BROKEN);
	assert_int_equal(hop_named(&hops, "instance")->mend.kind, MEND_RESUME);
	assert_null(hop_named(&hops, "instance")->mend.step);
}

/* The boxes that a way leads through, each once where it stays in one.  Caller frees. */
static char *boxes_of(const struct hop_way *way)
{
	auto_strv boxes = { 0 };

	for (const struct hop_row *row = way->rows; row->name; row++)
		if (row->leg == HOP_THERE && row->box &&
		    (!boxes.n || strcmp(boxes.v[boxes.n - 1], row->box) != 0))
			strv_add(&boxes, row->box);
	return strv_join(&boxes, " ");
}

static void the_picture_leads_through_the_same_hops(void **state)
{
	size_t n = 0;

	(void)state;
	for (const struct procedure *const *p = all_procedures; *p; p++)
		for (const struct hop_way *w = (*p)->ways; w && w->step; w++)
			for (const struct diagram_way *d = (*p)->diagram->ways; d->step; d++) {
				auto_strv through = { 0 };

				if (strcmp(d->step, w->step) != 0 || d->is_refusal)
					continue;
				for (const char *const *box = d->through; *box; box++)
					strv_add(&through, *box);
				autofree char *drawn = strv_join(&through, " ");
				autofree char *told = boxes_of(w);

				assert_string_equal(drawn, told);
				assert_string_equal(d->title, w->title);
				n++;
			}
	assert_true(n >= 4); /* two procedures with two each */
}

static void the_names_of_a_ways_hops_are_its_own(void **state)
{
	(void)state;
	for (const struct procedure *const *p = all_procedures; *p; p++)
		for (const struct hop_way *w = (*p)->ways; w && w->step; w++)
			for (const struct hop_row *a = w->rows; a->name; a++)
				for (const struct hop_row *b = a + 1; b->name; b++)
					assert_string_not_equal(a->name, b->name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_break_is_one_hop_more, sw_setup, sw_teardown),
		cmocka_unit_test_setup_teardown(a_peering_that_is_gone_is_one_hop, sw_setup,
						sw_teardown),
		cmocka_unit_test_setup_teardown(an_entry_that_allows_comes_before_those_that_deny,
						sw_setup, sw_teardown),
		cmocka_unit_test_setup_teardown(resuming_begins_at_the_first_step_that_mends,
						sw_setup, sw_teardown),
		cmocka_unit_test_setup_teardown(a_key_and_a_bucket_are_looked_at, sw_setup,
						sw_teardown),
		cmocka_unit_test_setup_teardown(what_is_not_made_is_broken, sw_setup, sw_teardown),
		cmocka_unit_test(the_picture_leads_through_the_same_hops),
		cmocka_unit_test(the_names_of_a_ways_hops_are_its_own),
	};

	sw_begin();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
