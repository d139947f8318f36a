/* SPDX-License-Identifier: Apache-2.0 */
/* Generic calls: hosts, bodies, pages, documents and signed URLs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aws/core/call.h"
#include "aws/s3.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "tests/lib/fault_world.h"

/* ---- S3 ------------------------------------------------------------------ */

static struct rb_error *s3(struct fault_world *f, const char *method, unsigned flags,
			   const char *key, struct http_response *res)
{
	const struct s3_call call = { .action = "GetObject",
				      .method = method,
				      .bucket = "my-bucket",
				      .key = key,
				      .flags = flags,
				      .owner = "123456789012" };

	return aws_s3_call(f->client, &call, res);
}

static void a_bucket_in_another_region_is_asked_there_once_for_reads(void **state)
{
	static const struct {
		int status;
		const char *body;
	} cases[] = {
		{ 301, "<Error><Code>PermanentRedirect</Code><Message>m</Message></Error>" },
		{ 307, "<Error><Code>TemporaryRedirect</Code><Message>m</Message></Error>" },
		{ 400, "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</Message>"
		       "<Region>us-east-1</Region></Error>" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_http_response res = HTTP_RESPONSE_INIT;
		struct fault_world f = { 0 };
		struct rb_error *err;

		fw_add_http(&f, cases[i].status, i < 2 ? "x-amz-bucket-region: us-east-1\r\n" : "",
			    0, cases[i].body);
		fw_add_http(&f, 200, "", 0, "content");
		fw_start(&f);
		fw_assert_well(s3(&f, "GET", AWS_READS, "a b+c/\xe3\x81\x82", &res));
		assert_string_equal(res.body.p, "content");
		assert_int_equal(faultd_count(f.d), 2);
		{
			autofree char *first = fw_header_of(&f, 0, "authorization");
			autofree char *second = fw_header_of(&f, 1, "authorization");

			assert_non_null(strstr(first, "/eu-west-1/s3/aws4_request"));
			assert_non_null(strstr(second, "/us-east-1/s3/aws4_request"));
		}
		assert_true(text_starts_with(faultd_request(f.d, 1),
					     "GET /my-bucket/a%20b%2Bc/%E3%81%82 HTTP/1.1\r\n"));
		faultd_script(f.d, f.steps, 1);
		err = s3(&f, "PUT", AWS_CHANGES | AWS_ONCE, "k", &res);
		assert_non_null(err);
		assert_string_equal(err->region, "us-east-1");
		(void)rb_error_free(err);
		assert_int_equal(faultd_count(f.d), 1);
		if (i == 1) { /* for a while alone: asked again, and here */
			fw_stop(&f);
			continue;
		}
		faultd_script(f.d, f.steps, 1);
		err = s3(&f, "GET", AWS_READS | AWS_HERE, "k", &res);
		assert_non_null(err);
		assert_string_equal(err->region, "us-east-1");
		(void)rb_error_free(err);
		assert_int_equal(faultd_count(f.d), 1);
		fw_stop(&f);
	}
}

static void a_bucket_is_part_of_the_host_where_it_may_be(void **state)
{
	static const struct {
		const char *bucket, *host, *line;
	} cases[] = {
		{ "my-bucket", "my-bucket.s3.eu-west-1.amazonaws.com",
		  "GET /k/1?x-id=%2F HTTP/1.1" },
		{ "dots.in.it", "s3.eu-west-1.amazonaws.com",
		  "GET /dots.in.it/k/1?x-id=%2F HTTP/1.1" },
		{ "UPPER", "s3.eu-west-1.amazonaws.com", "GET /UPPER/k/1?x-id=%2F HTTP/1.1" },
	};
	auto_aws_params query = AWS_PARAMS_INIT;
	struct fault_world f = { 0 };

	(void)state;
	params_add(&query, "x-id", "/");
	fw_add_http(&f, 200, "", 0, "");
	fw_start_as_aws(&f);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct s3_call call = { .action = "GetObject",
					      .method = "GET",
					      .bucket = cases[i].bucket,
					      .key = "k/1",
					      .query = &query };
		autofree char *host = NULL;

		fw_assert_well(aws_s3_call(f.client, &call, NULL));
		host = fw_header_of(&f, i, "host");
		assert_string_equal(host, cases[i].host);
		assert_true(text_starts_with(faultd_request(f.d, i), cases[i].line));
	}
	fw_stop(&f);
}

static void a_redirected_read_goes_to_the_other_regions_host(void **state)
{
	struct fault_world f = { 0 };

	(void)state;
	fw_add_http(&f, 301, "x-amz-bucket-region: us-east-1\r\n", 0,
		    "<Error><Code>PermanentRedirect</Code><Message>m</Message></Error>");
	fw_add_http(&f, 200, "", 0, "content");
	fw_start_as_aws(&f);
	fw_assert_well(s3(&f, "GET", AWS_READS, "k", NULL));
	{
		autofree char *host = fw_header_of(&f, 1, "host");

		assert_string_equal(host, "my-bucket.s3.us-east-1.amazonaws.com");
	}
	fw_stop(&f);
	/* A region that AWS does not have leads nowhere. */
	fw_add_http(&f, 301, "x-amz-bucket-region: evil.example/\r\n", 0,
		    "<Error><Code>PermanentRedirect</Code><Message>m</Message></Error>");
	fw_start_as_aws(&f);
	fw_assert_kind(s3(&f, "GET", AWS_READS, "k", NULL), RB_FAILED);
	assert_int_equal(faultd_count(f.d), 1);
	fw_stop(&f);
}

static void s3_documents_are_parsed(void **state)
{
	const struct s3_call call = { .action = "ListBuckets", .method = "GET" };
	auto_xml_reply reply = XML_REPLY_INIT;
	struct fault_world f = { 0 };

	(void)state;
	fw_add_http(&f, 200, "x-amz-request-id: R1\r\n", 0,
		    "<ListAllMyBucketsResult "
		    "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Buckets>"
		    "<Bucket><Name>b</Name></Bucket></Buckets></ListAllMyBucketsResult>");
	fw_add_http(&f, 200, "Content-Type: text/html\r\n", 0, "<html/>");
	fw_start(&f);
	fw_assert_well(aws_s3_call_xml(f.client, &call, &reply));
	assert_string_equal(reply.request_id, "R1");
	assert_true(xml_is(reply.root, "Buckets/Bucket/Name", "b"));
	fw_assert_kind(aws_s3_call_xml(f.client, &call, &reply), RB_PROTOCOL);
	fw_stop(&f);
}

static void a_presigned_url_uses_the_corrected_clock(void **state)
{
	auto_http_request req = HTTP_REQUEST_INIT;
	struct fault_world f = { 0 };
	const char *date;
	int64_t utc_s = 0;

	(void)state;
	fw_add_error_at(&f, 403, 3600, "RequestTimeTooSkewed", "too far");
	fw_add_ok(&f, "DescribeVpcs");
	fw_start(&f);
	fw_assert_well(fw_describe(&f));
	req.method = xstrdup("GET");
	req.scheme = xstrdup("https");
	req.host = xstrdup("eice.example");
	req.path = xstrdup("/openTunnel");
	fw_assert_well(aws_presign(f.client, "ec2-instance-connect", &req, /* expires_s= */ 60));
	assert_non_null(strstr(req.query, "%2Feu-west-1%2Fec2-instance-connect%2Faws4_request"));
	date = strstr(req.query, "X-Amz-Date=");
	assert_non_null(date);
	{
		autofree char *text = xstrndup(date + strlen("X-Amz-Date="), 16);

		assert_true(clock_parse_amz_date(text, &utc_s));
		assert_true(fw_near(utc_s - clock_utc_s(), 3600));
	}
	fw_stop(&f);
}

static void an_error_under_200_is_an_error(void **state)
{
	const struct s3_call call = { .action = "DeleteObjects",
				      .method = "POST",
				      .bucket = "b-1",
				      .flags = AWS_CHANGES | AWS_AGAIN };
	auto_http_response res = HTTP_RESPONSE_INIT;
	struct fault_world f = { 0 };

	(void)state;
	fw_add_http(
		&f, 200, "", 0,
		"<?xml "
		"version=\"1.0\"?>\n<Error><Code>InternalError</Code><Message>m</Message></Error>");
	fw_add_http(&f, 200, "", 0,
		    "<DeleteResult><Error><Code>AccessDenied</Code></Error></DeleteResult>");
	fw_start(&f);
	fw_assert_well(aws_s3_call(f.client, &call, &res));
	assert_int_equal(faultd_count(f.d), 2);
	assert_non_null(strstr(res.body.p, "DeleteResult"));
	fw_stop(&f);
}

/* Of a bucket that was just made, too: HEAD says no more than 404, of it or of what is in it. */
static void a_missing_object_is_missing_at_once(void **state)
{
	const struct s3_call head = { .action = "HeadObject",
				      .method = "HEAD",
				      .bucket = "my-bucket",
				      .key = "k",
				      .flags = 0 };
	struct fault_world f = { 0 };

	(void)state;
	fw_add_bytes(&f, FAULTD_ANSWER,
		     xstrdup("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n"));
	fw_add_bytes(&f, FAULTD_ANSWER, xstrdup("HTTP/1.1 200 OK\r\n\r\n"));
	fw_start(&f);
	aws_session_note_id(f.session, "my-bucket", /* age_s= */ 0);
	fw_assert_kind(aws_s3_call(f.client, &head, NULL), RB_GONE);
	assert_int_equal(faultd_count(f.d), 1);
	fw_stop(&f);
}

static void only_a_missing_bucket_is_a_matter_of_age(void **state)
{
	static const char gone[] = "<Error><Code>NoSuchBucket</Code><Message>m</Message></Error>";
	static const char none[] =
		"<Error><Code>NoSuchBucketPolicy</Code><Message>m</Message></Error>";
	const struct s3_call head = { .action = "HeadBucket",
				      .method = "HEAD",
				      .bucket = "my-bucket" };
	const struct s3_call policy = { .action = "GetBucketPolicy",
					.method = "GET",
					.bucket = "my-bucket" };
	struct fault_world f = { 0 };

	(void)state;
	fw_add_http(&f, 404, "", 0, gone);
	fw_add_http(&f, 404, "", 0, none);
	fw_start(&f);
	aws_session_note_id(f.session, "my-bucket", /* age_s= */ 0);
	fw_assert_kind(aws_s3_call(f.client, &policy, NULL), RB_GONE);
	assert_int_equal(faultd_count(f.d), 2);
	fw_stop(&f);

	fw_add_bytes(&f, FAULTD_ANSWER,
		     xstrdup("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n"));
	fw_add_bytes(&f, FAULTD_ANSWER, xstrdup("HTTP/1.1 200 OK\r\n\r\n"));
	fw_start(&f);
	aws_session_note_id(f.session, "my-bucket", /* age_s= */ 0);
	fw_assert_well(aws_s3_call(f.client, &head, NULL));
	assert_int_equal(faultd_count(f.d), 2);
	fw_stop(&f);
}

/* An answer to HEAD: no body, whatever its length says. */
static void add_mute(struct fault_world *f, int status)
{
	fw_add_bytes(f, FAULTD_ANSWER,
		     xasprintf("HTTP/1.1 %d Refused\r\nContent-Length: 9\r\n\r\n", status));
}

static void a_refused_head_learns_why_from_a_get(void **state)
{
#define ERROR_OF(code) "<Error><Code>" code "</Code><Message>m</Message></Error>"
	static const struct {
		int head, get;
		const char *body;
		int again; /* the HEAD that follows; 0: none */
		enum rb_kind kind;
		const char *code;
	} cases[] = {
		{ 400, 400, ERROR_OF("InvalidToken"), 0, RB_CREDENTIALS, "InvalidToken" },
		{ 403, 403, ERROR_OF("InvalidAccessKeyId"), 0, RB_CREDENTIALS,
		  "InvalidAccessKeyId" },
		{ 403, 403, ERROR_OF("AccessDenied"), 0, RB_DENIED, NULL },
		{ 403, 200, "<LocationConstraint/>", 0, RB_DENIED, NULL },
		{ 400, 403, ERROR_OF("AccessDenied"), 0, RB_FAILED, NULL },
		{ 400, 200, "<LocationConstraint/>", 400, RB_FAILED, NULL },
		{ 409, 404, ERROR_OF("NoSuchBucket"), 404, RB_GONE, NULL },
	};
#undef ERROR_OF
	const struct s3_call head = { .action = "HeadBucket",
				      .method = "HEAD",
				      .bucket = "my-bucket",
				      .owner = "123456789012",
				      .flags = AWS_READS };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fault_world f = { 0 };
		struct rb_error *err;

		add_mute(&f, cases[i].head);
		fw_add_http(&f, cases[i].get, "", 0, cases[i].body);
		if (cases[i].again)
			add_mute(&f, cases[i].again);
		fw_start(&f);
		err = aws_s3_call(f.client, &head, NULL);
		assert_non_null(err);
		if (err->kind != cases[i].kind || !text_eq(err->aws_code, cases[i].code))
			fail_msg("case %zu: kind %d, code %s", i, (int)err->kind,
				 err->aws_code ? err->aws_code : "none");
		(void)rb_error_free(err);
		assert_int_equal(faultd_count(f.d), cases[i].again ? 3 : 2);
		assert_true(text_starts_with(faultd_request(f.d, 1),
					     "GET /my-bucket?location= HTTP/1.1\r\n"));
		{
			autofree char *owner = fw_header_of(&f, 1, "x-amz-expected-bucket-owner");

			assert_string_equal(owner, "123456789012");
		}
		fw_stop(&f);
	}
}

static void a_head_is_asked_again_when_its_reason_has_passed(void **state)
{
	const struct s3_call head = { .action = "HeadObject",
				      .method = "HEAD",
				      .bucket = "my-bucket",
				      .key = "k",
				      .flags = AWS_READS };
	auto_http_response res = HTTP_RESPONSE_INIT;
	struct fault_world f = { 0 };

	(void)state;
	add_mute(&f, 400);
	fw_add_http(&f, 200, "", 0, "<LocationConstraint/>");
	fw_add_bytes(&f, FAULTD_ANSWER, xstrdup("HTTP/1.1 200 OK\r\nETag: e\r\n\r\n"));
	fw_start(&f);
	fw_assert_well(aws_s3_call(f.client, &head, &res));
	assert_string_equal(http_headers_get(&res.headers, "etag"), "e");
	assert_int_equal(faultd_count(f.d), 3);
	assert_true(
		text_starts_with(faultd_request(f.d, 1), "GET /my-bucket?location= HTTP/1.1\r\n"));
	assert_true(text_starts_with(faultd_request(f.d, 2), "HEAD /my-bucket/k HTTP/1.1\r\n"));
	fw_stop(&f);
}

/* Another account's bucket of that name answers nothing then; and a version goes, not its key. */
static void a_delete_says_whose_bucket_and_which_version(void **state)
{
	struct fault_world f = { 0 };
	autofree char *owner = NULL;

	(void)state;
	fw_add_http(&f, 204, "", 0, "");
	fw_start(&f);
	fw_assert_well(s3_delete_object(f.client, "my-bucket", "123456789012", "k", "v.1"));
	owner = fw_header_of(&f, 0, "x-amz-expected-bucket-owner");
	assert_string_equal(owner, "123456789012");
	assert_non_null(strstr(faultd_request(f.d, 0), "k?versionId=v.1 HTTP/1.1"));
	fw_stop(&f);
}

/* The name of a bucket that was deleted a moment ago is busy for minutes: no attempts are counted.
 * Another change of a bucket that is busy has its attempts. */
static void a_busy_name_of_a_new_bucket_is_waited_for(void **state)
{
	const struct s3_call tags = { .action = "PutBucketTagging",
				      .method = "PUT",
				      .bucket = "my-bucket",
				      .flags = AWS_CHANGES | AWS_AGAIN };
	struct fault_world f = { 0 };

	(void)state;
	fw_set_env("AWS_MAX_ATTEMPTS", "2");
	for (int i = 0; i < 4; i++)
		fw_add_http(&f, 409, "", 0,
			    "<Error><Code>OperationAborted</Code><Message>m</Message></Error>");
	fw_add_http(&f, 200, "", 0, "");
	for (int i = 0; i < 2; i++)
		fw_add_http(&f, 409, "", 0,
			    "<Error><Code>OperationAborted</Code><Message>m</Message></Error>");
	fw_start(&f);
	fw_assert_well(s3_create_bucket(f.client, "my-bucket", NULL, NULL));
	assert_int_equal(faultd_count(f.d), 5);
	fw_assert_kind(aws_s3_call(f.client, &tags, NULL), RB_RETRY);
	assert_int_equal(faultd_count(f.d), 7);
	fw_stop(&f);
	fw_set_env("AWS_MAX_ATTEMPTS", NULL);
}

static void a_body_carries_its_checksum(void **state)
{
	const struct s3_call call = { .action = "PutBucketPolicy",
				      .method = "PUT",
				      .bucket = "b-1",
				      .body = "{}",
				      .body_n = 2,
				      .checksum = true,
				      .flags = AWS_CHANGES | AWS_AGAIN };
	struct fault_world f = { 0 };

	(void)state;
	fw_add_http(&f, 204, "", 0, "");
	fw_start(&f);
	fw_assert_well(aws_s3_call(f.client, &call, NULL));
	{
		autofree char *sum = fw_header_of(&f, 0, "x-amz-checksum-sha256");
		autofree char *hash = fw_header_of(&f, 0, "x-amz-content-sha256");

		assert_string_equal(sum, "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=");
		assert_string_equal(hash, "44136fa355b3678a1146ad16f7e8649e"
					  "94fb4fc21fe77e8310c060f61caaff8a");
	}
	fw_stop(&f);
}

/* ---- JSON, pages, headers ------------------------------------------------ */

static void json_calls_read_errors_and_answers(void **state)
{
	struct fault_world f = { 0 };
	json_t *in = json_pack("{s:s}", "Name", "/aws/x"), *out = NULL;
	struct rb_error *err;

	(void)state;
	fw_add_http(&f, 400, "x-amzn-RequestId: r-9\r\n", 0,
		    "{\"__type\":\"com.amazonaws.ssm#ThrottlingException\",\"message\":\"slow\"}");
	fw_add_http(&f, 200, "", 0, "{\"Parameter\":{\"Value\":\"ami-1\"}}");
	fw_add_http(&f, 400,
		    "x-amzn-RequestId: r-9\r\nx-amzn-ErrorType: ParameterNotFound:http://x/\r\n", 0,
		    "{\"Message\":\"no such\"}");
	fw_add_http(&f, 200, "", 0, "[1,2]");
	fw_start(&f);
	fw_assert_well(aws_json_call(f.client, "ssm", "GetParameter", in, AWS_READS, &out));
	assert_non_null(json_object_get(out, "Parameter"));
	json_decref(out);
	{
		autofree char *target = fw_header_of(&f, 1, "x-amz-target");
		autofree char *type = fw_header_of(&f, 1, "content-type");

		assert_string_equal(target, "AmazonSSM.GetParameter");
		assert_string_equal(type, "application/x-amz-json-1.1");
	}
	err = aws_json_call(f.client, "ssm", "GetParameter", in, AWS_READS, NULL);
	assert_non_null(err);
	assert_string_equal(err->aws_code, "ParameterNotFound");
	assert_string_equal(err->why, "ParameterNotFound: no such");
	assert_string_equal(err->request_id, "r-9");
	fw_assert_kind(err, RB_GONE);
	fw_assert_kind(aws_json_call(f.client, "ssm", "GetParameter", in, AWS_READS, NULL),
		       RB_PROTOCOL);
	fw_assert_kind(aws_json_call(f.client, "ssm", "GetParameter", NULL, AWS_READS, NULL),
		       RB_USAGE);
	json_decref(in);
	fw_stop(&f);
}

static struct rb_error *add_id(void *list, const struct xml_node *item)
{
	xml_strv(item, "vpcId", list);
	return NULL;
}

static void all_pages_are_read(void **state)
{
	struct fault_world f = { 0 };
	auto_aws_params p = AWS_PARAMS_INIT;
	auto_strv ids = { 0 };

	(void)state;
	fw_add_http(&f, 200, "", 0,
		    "<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet>"
		    "<nextToken>t/1=</nextToken></DescribeVpcsResponse>");
	fw_add_http(
		&f, 200, "", 0,
		"<DescribeVpcsResponse><vpcSet/><nextToken>t2</nextToken></DescribeVpcsResponse>");
	fw_add_http(&f, 200, "", 0,
		    "<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-2</vpcId></item></vpcSet>"
		    "<nextToken/></DescribeVpcsResponse>");
	fw_start(&f);
	params_add_filter(&p, "tag:a", "b");
	fw_assert_well(aws_query_items(f.client, "ec2", "DescribeVpcs", &p, AWS_READS,
				       "vpcSet/item", add_id, &ids));
	assert_int_equal(ids.n, 2);
	assert_string_equal(ids.v[1], "vpc-2");
	assert_int_equal(faultd_count(f.d), 3);
	assert_null(strstr(faultd_request(f.d, 0), "NextToken"));
	assert_non_null(
		strstr(faultd_request(f.d, 1),
		       "\r\n\r\nAction=DescribeVpcs&Version=2016-11-15&Filter.1.Name=tag%3Aa"
		       "&Filter.1.Value.1=b&NextToken=t%2F1%3D"));
	fw_stop(&f);

	/* IAM has its own words for it; a token that stands still ends it. */
	fw_add_http(&f, 200, "", 0,
		    "<ListRolesResponse><ListRolesResult><IsTruncated>true</IsTruncated>"
		    "<Marker>m</Marker></ListRolesResult></ListRolesResponse>");
	fw_start(&f);
	fw_assert_kind(aws_query_items(f.client, "iam", "ListRoles", NULL, AWS_READS,
				       "ListRolesResult/Roles/member", add_id, &ids),
		       RB_PROTOCOL);
	assert_non_null(strstr(faultd_request(f.d, 1), "&Marker=m"));
	fw_stop(&f);
}

static void a_request_says_who_sends_it(void **state)
{
	struct fault_world f = { 0 };

	(void)state;
	fw_set_env("AWS_SDK_UA_APP_ID", "my app/1");
	fw_add_ok(&f, "DescribeVpcs");
	fw_start(&f);
	fw_assert_well(fw_describe(&f));
	{
		autofree char *agent = fw_header_of(&f, 0, "user-agent");
		autofree char *auth = fw_header_of(&f, 0, "authorization");

		assert_true(
			text_starts_with(agent, "runbook/" RUNBOOK_VERSION " ua/2.1 os/linux#"));
		assert_non_null(strstr(agent, " cfg/retry-mode#standard app/my-app-1"));
		assert_non_null(strstr(auth, "SignedHeaders=content-type;host;x-amz-date, "));
	}
	fw_assert_well(aws_query_call(f.client, "ec2", "DescribeVpcs", NULL, AWS_UNSIGNED, NULL));
	assert_null(strcasestr(faultd_request(f.d, 1), "authorization"));
	fw_stop(&f);
	fw_set_env("AWS_SDK_UA_APP_ID", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bucket_in_another_region_is_asked_there_once_for_reads),
		cmocka_unit_test(a_bucket_is_part_of_the_host_where_it_may_be),
		cmocka_unit_test(a_redirected_read_goes_to_the_other_regions_host),
		cmocka_unit_test(s3_documents_are_parsed),
		cmocka_unit_test(a_presigned_url_uses_the_corrected_clock),
		cmocka_unit_test(an_error_under_200_is_an_error),
		cmocka_unit_test(a_missing_object_is_missing_at_once),
		cmocka_unit_test(only_a_missing_bucket_is_a_matter_of_age),
		cmocka_unit_test(a_refused_head_learns_why_from_a_get),
		cmocka_unit_test(a_head_is_asked_again_when_its_reason_has_passed),
		cmocka_unit_test(a_delete_says_whose_bucket_and_which_version),
		cmocka_unit_test(a_busy_name_of_a_new_bucket_is_waited_for),
		cmocka_unit_test(a_body_carries_its_checksum),
		cmocka_unit_test(json_calls_read_errors_and_answers),
		cmocka_unit_test(all_pages_are_read),
		cmocka_unit_test(a_request_says_who_sends_it),
	};

	fw_clean_environment();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
