/* SPDX-License-Identifier: Apache-2.0 */
/* Recordings: what is replaced and what is kept, the same value by the same, and the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/record/body.h"
#include "aws/record/recorder.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/shape.h"
#include "base/strv.h"
#include "base/text.h"
#include "tests/lib/temp.h"

static struct redactor redactor(unsigned char key)
{
	struct redactor r = { .begun_utc_s = 1795000000 };

	memset(r.key, key, sizeof(r.key));
	redactor_add_region(&r, "ap-northeast-1");
	redactor_add_region(&r, "us-east-1");
	return r;
}

/* Caller frees. */
static char *shown(const struct redactor *r, const char *parent, const char *name,
		   const char *value)
{
	struct buf out = BUF_INIT;

	redact_value(r, (struct redact_place){ parent, name }, value, &out);
	return buf_steal(&out);
}

/* Each of these names somebody or something of the account. */
static const struct {
	const char *parent, *name, *value;
	const char *secret; /* what must not be left of it; NULL: the value */
} hidden[] = {
	{ "", "Account", "210987654321", NULL },
	{ "vpc", "vpcId", "vpc-0123456789abcdef0", "0123456789abcdef0" },
	{ "vpc", "vpcId", "vpc-1a2b3c4d", "1a2b3c4d" },
	{ "", "UserId", "AIDACKCEVSQ6C2EXAMPLE", "CKCEVSQ6C2EXAMPLE" },
	{ "", "UserId", "AROACKCEVSQ6C2EXAMPLE:alice", "alice" },
	{ "", "AccessKeyId", "AKIAIOSFODNN7EXAMPLE", "IOSFODNN7EXAMPLE" },
	{ "", "requestId", "59dbff89-35bd-4eac-99ed-be587EXAMPLE", NULL },
	{ "", "requestId", "59dbff89-35bd-4eac-99ed-be5870000000", NULL },
	{ "", "cidrBlock", "10.0.0.0/16", NULL },
	{ "", "cidrBlock", "10.0.0.0/16", "10.0." },
	{ "", "cidrBlock", "172.31.0.0/16", NULL },
	{ "", "cidrBlock", "192.168.7.0/24", "192.168.7." },
	{ "", "privateIpAddress", "10.0.3.17", NULL },
	{ "", "publicIp", "54.239.28.85", "54.239" },
	{ "", "ipv6Address", "2600:1f14::17", "2600" },
	{ "", "macAddress", "06:1b:2c:3d:4e:5f", "1b:2c" },
	{ "", "privateDnsName", "ip-10-0-3-17.ec2.internal", "10-0-3" },
	{ "", "dnsName", "vpce-0123456789abcdef0-x1y2z3a4.s3.us-east-1.vpce.amazonaws.com",
	  "x1y2z3a4" },
	{ "", "dnsName", "my-bucket.s3.amazonaws.com", "my-bucket" },
	{ "", "dnsName", "my-laptop-1.s3.us-east-1.amazonaws.com", "laptop" },
	{ "", "Arn", "arn:aws:iam::210987654321:user/dev/alice", "alice" },
	{ "", "Arn", "arn:aws:iam::210987654321:user/dev/alice", "210987654321" },
	{ "", "Arn", "arn:aws:s3:::user/secret-plan*", "secret-plan" },
	{ "", "Arn", "arn:aws:s3:::user", "user" },
	{ "", "Arn", "arn:aws:sts::210987654321:assumed-role/admin/bob@example.com", "bob" },
	{ "", "Arn", "arn:broken", "broken" },
	{ "", "RoleName", "payroll", NULL },
	{ "", "RoleName", "2024", NULL },
	{ "", "GroupName", "t3.micro", NULL },
	{ "Tag", "Value", "running", NULL },
	{ "Tag", "Key", "cost-center", NULL },
	{ "Filter", "Name", "tag:cost-center", "cost-center" },
	{ "Error", "Message", "User alice may not", "alice" },
	{ "status", "message", "Pending Acceptance by 210987654321", "210987654321" },
	{ "", "InstanceType", "word with 210987654321 in it", "210987654321" },
	{ "", "state", "<odd>", NULL },
	{ "", "SSHPublicKey", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJbtFmWfQvWE me@host", "JbtF" },
	{ "", "UserData", "IyEvYmluL3No", NULL },
	{ "", "ClientToken", "runbook-20261123-1", NULL },
	{ "", "NextToken", "eyJ2IjoiMiJ9", NULL },
	{ "", "etag", "\"9b2cf535f27731c974343645a3985328\"", "9b2cf535" },
	{ "", "launchTime", "2026-11-23T04:05:06.000Z", "2026" },
	{ "", "Policy",
	  "{\"Statement\":[{\"Sid\":\"Bob\",\"Principal\":{\"AWS\":\"arn:aws:iam::210987654321:"
	  "role/x\"},\"Condition\":{\"StringEquals\":{\"aws:ResourceTag/project\":\"moon\"}}}]}",
	  "Bob" },
	{ "", "Policy", "{\"Condition\":{\"StringEquals\":{\"aws:ResourceTag/project\":\"moon\"}}}",
	  "moon" },
	{ "", "Policy", "{\"Condition\":{\"StringEquals\":{\"aws:ResourceTag/project\":\"moon\"}}}",
	  "project" },
	{ "", "PolicyDocument", "%7B%22Principal%22%3A%7B%22AWS%22%3A%22alice%22%7D%7D", "alice" },
	{ "", "Other", "{\"alice\":1}", "alice" },
	{ "", "Region", "eu-moon-9\n", NULL },
};

static void what_names_somebody_is_replaced(void **state)
{
	struct redactor r = redactor(1);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hidden); i++) {
		autofree char *out = shown(&r, hidden[i].parent, hidden[i].name, hidden[i].value);
		const char *secret = hidden[i].secret ? hidden[i].secret : hidden[i].value;

		if (strstr(out, secret))
			fail_msg("%s: '%s' became '%s'", hidden[i].name, hidden[i].value, out);
		assert_true(*out);
	}
	redactor_clear(&r);
}

static const struct {
	const char *parent, *name, *value;
} kept[] = {
	{ "", "state", "available" },
	{ "", "InstanceType", "t3.micro" },
	{ "instanceState", "name", "running" },
	{ "", "Action", "CreateVpc" },
	{ "", "Action", "s3:PutObject" },
	{ "", "IpProtocol", "-1" },
	{ "", "fromPort", "443" },
	{ "", "isDefault", "false" },
	{ "", "destinationCidrBlock", "0.0.0.0/0" },
	{ "", "destinationIpv6CidrBlock", "::/0" },
	{ "", "availabilityZone", "ap-northeast-1a" },
	{ "", "ServiceName", "com.amazonaws.us-east-1.s3" },
	{ "Filter", "Name", "vpc-id" },
	{ "Filter", "Name", "tag:runbook:run" },
	{ "Tag", "Key", "runbook:step" },
	{ "Tag", "Key", "Name" },
	{ "", "PolicyArn", "arn:aws:iam::aws:policy/AmazonS3FullAccess" },
	{ "", "Name", "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64" },
	{ "", "AssumeRolePolicyDocument",
	  "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
	  "{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}" },
	{ "Error", "Code", "InvalidVpcID.NotFound" },
	{ "", "description", "" },
};

static void words_of_awss_are_kept(void **state)
{
	struct redactor r = redactor(1);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		autofree char *out = shown(&r, kept[i].parent, kept[i].name, kept[i].value);

		assert_string_equal(out, kept[i].value);
	}
	redactor_clear(&r);
}

static void the_shape_stays(void **state)
{
	static const struct {
		const char *name, *value;
	} shaped[] = {
		{ "a", "210987654321" },
		{ "a", "vpc-0123456789abcdef0" },
		{ "a", "eni-attach-1a2b3c4d" },
		{ "a", "AROACKCEVSQ6C2EXAMPLE" },
		{ "a", "59dbff89-35bd-4eac-99ed-be5870000000" },
		{ "a", "10.0.3.17" },
		{ "a", "54.239.0.0/16" },
		{ "a", "2600:1f14::/56" },
		{ "a", "06:1b:2c:3d:4e:5f" },
		{ "a", "2026-11-23T04:05:06Z" },
		{ "a", "arn:aws:ec2:us-east-1:210987654321:vpc/vpc-0123456789abcdef0" },
		{ "a", "\"9b2cf535f27731c974343645a3985328\"" },
	};
	struct redactor r = redactor(1);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shaped); i++) {
		autofree char *out = shown(&r, "", shaped[i].name, shaped[i].value);
		size_t digits, digits_out;

		assert_string_not_equal(out, shaped[i].value);
		assert_int_equal(shape_of(out), shape_of(shaped[i].value));
		if (shape_of(out) != SHAPE_ID)
			continue;
		assert_int_equal(shape_id_prefix(out, &digits_out),
				 shape_id_prefix(shaped[i].value, &digits));
		assert_int_equal(digits, digits_out);
	}
	redactor_clear(&r);
}

/* Networks hold what they held, and do not overlap where they did not. */
static void addresses_stay_in_their_networks(void **state)
{
	struct redactor r = redactor(7);
	autofree char *vpc = shown(&r, "", "a", "10.0.0.0/16");
	autofree char *other = shown(&r, "", "a", "10.1.0.0/16");
	autofree char *subnet = shown(&r, "", "a", "10.0.16.0/20");
	autofree char *address = shown(&r, "", "a", "10.0.20.5");
	autofree char *host = xasprintf("%s/32", address);

	(void)state;
	assert_true(text_cidr_within(subnet, vpc));
	assert_true(text_cidr_within(host, subnet));
	assert_false(text_cidrs_overlap(vpc, other));
	assert_true(text_cidr_within(vpc, "10.0.0.0/8"));
	redactor_clear(&r);
}

/* The same id in a path, an ARN, a host's name, a policy, a parameter. */
static void one_value_becomes_one_value_everywhere(void **state)
{
	struct redactor r = redactor(3), same = redactor(3), other = redactor(4);
	autofree char *id = shown(&r, "", "vpcEndpointId", "vpce-0123456789abcdef0");
	autofree char *again = shown(&same, "", "Value", "vpce-0123456789abcdef0");
	autofree char *elsewhere = shown(&other, "", "Value", "vpce-0123456789abcdef0");
	autofree char *dns = shown(&r, "", "dnsName",
				   "vpce-0123456789abcdef0-abc.s3.us-east-1.vpce.amazonaws.com");
	autofree char *policy = shown(&r, "", "Policy",
				      "{\"Condition\":{\"StringEquals\":{\"aws:SourceVpce\":"
				      "\"vpce-0123456789abcdef0\"}},\"Resource\":"
				      "\"arn:aws:s3:::my-bucket/*\"}");
	autofree char *account = shown(&r, "", "Account", "210987654321");
	autofree char *arn = shown(&r, "", "Arn", "arn:aws:iam::210987654321:role/my-role");
	autofree char *role = shown(&r, "", "RoleName", "my-role");
	auto_buf bucket = BUF_INIT;

	(void)state;
	redact_text(&r, "my-bucket", 9, &bucket);
	assert_string_equal(id, again);
	assert_string_not_equal(id, elsewhere);
	assert_non_null(strstr(dns, id));
	assert_non_null(strstr(policy, id));
	assert_non_null(strstr(policy, bucket.p));
	assert_non_null(strstr(arn, account));
	assert_true(text_ends_with(arn, role));
	redactor_clear(&r);
	redactor_clear(&same);
	redactor_clear(&other);
}

/* ---- whole exchanges ------------------------------------------------------ */

static char folder[TEMP_MAX];

static struct recorder *open_recorder(const char *path)
{
	const unsigned char key[REDACT_KEY_BYTES] = { 5 };
	const struct recorder_options options = { .key = key, .command = "run", .speed = 1 };
	struct recorder *r = NULL;

	assert_null(recorder_open(path, &options, &r));
	return r;
}

struct shot {
	const char *service, *action, *bucket, *path, *query, *type, *body;
	int status;
	const char *answer_type, *answer;
};

static void play(struct recorder *r, const struct shot *s)
{
	auto_http_request req = HTTP_REQUEST_INIT;
	auto_http_response res = HTTP_RESPONSE_INIT;

	req.method = xstrdup("POST");
	req.host = xstrdup("127.0.0.1");
	req.path = xstrdup(s->path ? s->path : "/");
	req.query = xstrdup_or_null(s->query);
	http_headers_add(&req.headers, "Content-Type", s->type);
	http_headers_add(&req.headers, "Authorization", "AWS4 Credential=AKIAIOSFODNN7EXAMPLE/x");
	http_headers_add(&req.headers, "X-Amz-Security-Token", "c2Vzc2lvbg");
	http_headers_add(&req.headers, "x-amz-meta-owner", "alice");
	(void)buf_adds(&req.body, s->body);
	res.status = s->status;
	http_headers_add(&res.headers, "Content-Type", s->answer_type);
	http_headers_add(&res.headers, "x-amz-id-2", "aG9zdA");
	http_headers_add(&res.headers, "Server", "alices-proxy");
	(void)buf_adds(&res.body, s->answer);
	recorder_listener(r)->exchanged(
		recorder_listener(r)->arg,
		&(struct aws_exchange_seen){ .service = s->service,
					     .action = s->action,
					     .region = "us-east-1",
					     .bucket = s->bucket,
					     .base_path = "",
					     .about_object = s->bucket != NULL,
					     .tries = 1,
					     .req = &req,
					     .res = &res });
}

static const struct shot shots[] = {
	{ .service = "ec2",
	  .action = "DescribeVpcs",
	  .type = "application/x-www-form-urlencoded; charset=utf-8",
	  .body = "Action=DescribeVpcs&Filter.1.Name=tag%3Aowner&Filter.1.Value.1=al%69ce&"
		  "Filter.2.Name=state&Filter.2.Value.1=available",
	  .status = 200,
	  .answer_type = "text/xml",
	  .answer = "<R xmlns=\"u\" who=\"alice\"><!-- alice --><vpcSet><item><vpcId>"
		    "vpc-0123456789abcdef0</vpcId><name>a&#108;ice</name><d><![CDATA[alice]]></d>"
		    "<state>available</state></item>alice</vpcSet></R>" },
	{ .service = "ssm",
	  .action = "GetParameter",
	  .type = "application/x-amz-json-1.1",
	  .body = "{\"Name\":\"\\u0061lice\"}",
	  .status = 200,
	  .answer_type = "application/x-amz-json-1.1",
	  .answer = "{\"Parameter\":{\"Value\":\"alice\",\"alice\":1}}" },
	{ .service = "s3",
	  .action = "GetObject",
	  .bucket = "alice",
	  .path = "/alice/al%69ce/x",
	  .query = "versionId=alice",
	  .type = "application/xml",
	  .body = "",
	  .status = 200,
	  .answer_type = "text/plain",
	  .answer = "<a>alice</a>" },
	{ .service = "ec2",
	  .action = "CreateVpc",
	  .type = "text/plain",
	  .body = "alice",
	  .status = 500,
	  .answer_type = "text/html",
	  .answer = "<html><body>alice</body></html>" },
	{ .service = "ec2",
	  .action = "CreateVpc",
	  .type = "text/plain",
	  .body = "",
	  .status = 500,
	  .answer_type = "text/xml",
	  .answer = "<!DOCTYPE R [<!ENTITY e \"alice\">]><R><state>&e;</state></R>" },
};

/* However it is written: percent, XML's escapes, CDATA, JSON's escapes, attributes, comments. */
static void no_escape_hides_a_value(void **state)
{
	autofree char *path = xasprintf("%s/escapes", folder);
	struct recorder *r = open_recorder(path);
	auto_buf text = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shots); i++)
		play(r, &shots[i]);
	assert_null(recorder_close(r));
	assert_null(file_read(path, 1 << 20, &text));
	for (const char *const *word =
		     (const char *const[]){ "alice", "al%69ce", "a&#108;ice", "IOSFODNN7EXAMPLE",
					    "c2Vzc2lvbg", "aG9zdA", "0123456789abcdef0", NULL };
	     *word; word++)
		if (strstr(text.p, *word))
			fail_msg("'%s' is in\n%s", *word, text.p);
	assert_non_null(strstr(text.p, "<state>available</state>"));
	assert_non_null(strstr(text.p, "\"Filter.2.Value.1\":\"available\""));
	assert_non_null(strstr(text.p, "\"bytes\":12")); /* the object */
	assert_non_null(strstr(text.p, "\"bytes\":31")); /* the page */
	assert_non_null(strstr(text.p, "\n{\"end\":true,\"exchanges\":5}\n"));
}

static void a_recording_is_private_and_never_written_over(void **state)
{
	autofree char *path = xasprintf("%s/once", folder);
	const unsigned char key[REDACT_KEY_BYTES] = { 5 };
	const struct recorder_options options = { .key = key, .command = "run", .speed = 1 };
	mode_t before = umask(0);
	struct recorder *r = open_recorder(path), *none = NULL;
	auto_error struct rb_error *err = NULL;
	struct stat st;

	(void)state;
	umask(before);
	assert_null(recorder_close(r));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	err = recorder_open(path, &options, &none);
	assert_null(none);
	assert_non_null(err);
	assert_int_equal(err->kind, RB_USAGE);
	assert_non_null(err->hint);
}

static void note(void *arg, const struct rb_error *err)
{
	assert_int_equal(err->sys_errno, EFBIG);
	++*(int *)arg;
}

/* /dev/full takes nothing; what is open already and then fails is told once. */
static void a_failed_write_is_told_and_ends_the_recording(void **state)
{
	autofree char *path = xasprintf("%s/full", folder);
	const unsigned char key[REDACT_KEY_BYTES] = { 5 };
	const struct recorder_options options = { .key = key, .command = "run", .speed = 1 };
	struct recorder *r = NULL;
	auto_error struct rb_error *err = recorder_open("/dev/full", &options, &r);
	auto_error struct rb_error *later = NULL;
	auto_buf text = BUF_INIT;
	struct rlimit before, limit;
	struct stat st;
	int told = 0;

	(void)state;
	assert_null(r);
	assert_non_null(err);
	assert_int_equal(err->sys_errno, ENOSPC);
	r = open_recorder(path);
	recorder_on_failure(r, note, &told);
	play(r, &shots[0]);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)st.st_size + 100;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (int i = 0; i < 3; i++)
		play(r, &shots[0]);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	later = recorder_close(r);
	assert_non_null(later);
	assert_non_null(strstr(later->what, path));
	assert_int_equal(told, 1);
	assert_null(file_read(path, 1 << 20, &text));
	assert_null(strstr(text.p, "\"end\""));
	assert_int_equal(text.n, st.st_size); /* whole lines */
}

static int make_folder(void **state)
{
	(void)state;
	return temp_folder(folder, "test_record") ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return file_remove_tree(folder) ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failed_write_is_told_and_ends_the_recording),
		cmocka_unit_test(what_names_somebody_is_replaced),
		cmocka_unit_test(words_of_awss_are_kept),
		cmocka_unit_test(the_shape_stays),
		cmocka_unit_test(addresses_stay_in_their_networks),
		cmocka_unit_test(one_value_becomes_one_value_everywhere),
		cmocka_unit_test(no_escape_hides_a_value),
		cmocka_unit_test(a_recording_is_private_and_never_written_over),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
