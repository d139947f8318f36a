/* SPDX-License-Identifier: Apache-2.0 */
/* The sandbox's S3, asked without a socket: names, bodies, versions, lists, who may. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "aws/core/sigv4.h"
#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/iam/policy.h"
#include "sandbox/s3/s3.h"
#include "sandbox/iam/sts.h"
#include "tests/lib/sbx_client.h"

static struct sbx_client c;

static int setup(void **state)
{
	(void)state;
	sbx_client_start(&c);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sbx_client_stop(&c);
	sbx_client_amz_date = NULL;
	return 0;
}

#define GOOD(call)                                                                                 \
	do {                                                                                       \
		const char *code_ = call;                                                          \
		if (code_)                                                                         \
			fail_msg("%s\n%s", #call, c.rep.body.p);                                   \
	} while (0)
#define BAD(want_status, want_code, call)                                                          \
	do {                                                                                       \
		const char *code_ = call;                                                          \
		if (!code_ || strcmp(code_, want_code) != 0 || c.rep.status != (want_status))      \
			fail_msg("%s\n%d %s", #call, c.rep.status, c.rep.body.p);                  \
	} while (0)

static const char *s3(const char *method, const char *target)
{
	return sbx_s3_call(&c, method, target, "", "", 0);
}

static const char *put(const char *target, const char *headers, const char *body)
{
	return sbx_s3_call(&c, "PUT", target, headers, body, strlen(body));
}

/* With the Content-MD5 that settings need. */
static const char *set(const char *method, const char *target, const char *body)
{
	autofree char *md5 = sbx_md5_base64(body, strlen(body));
	autofree char *headers = xasprintf("content-md5: %s", md5);

	return sbx_s3_call(&c, method, target, headers, body, strlen(body));
}

#define LOCATION(region)                                                                           \
	"<CreateBucketConfiguration><LocationConstraint>" region                                   \
	"</LocationConstraint></CreateBucketConfiguration>"

/* ---- buckets ------------------------------------------------------------ */

static void a_bucket_is_made_where_its_constraint_says(void **state)
{
	(void)state;
	BAD(400, "InvalidLocationConstraint", put("/one", "", LOCATION("us-east-1")));
	BAD(400, "InvalidLocationConstraint", put("/one", "", LOCATION("nowhere")));
	BAD(400, "IllegalLocationConstraintException", put("/one", "", LOCATION("eu-west-1")));
	BAD(400, "MalformedXML", put("/one", "", "<CreateBucketConfiguration>"));
	BAD(400, "MalformedXML", put("/one", "", "<Other/>"));
	GOOD(s3("PUT", "/one"));
	assert_string_equal(sbx_answer_header(&c, "Location"), "/one");
	GOOD(s3("PUT", "/one")); /* us-east-1 takes it again */
	c.region = "eu-west-1";
	BAD(409, "BucketAlreadyOwnedByYou", put("/one", "", LOCATION("eu-west-1")));
	BAD(400, "IllegalLocationConstraintException", s3("PUT", "/two"));
	GOOD(put("/two", "", LOCATION("EU")));
	BAD(409, "BucketAlreadyOwnedByYou", put("/two", "", LOCATION("eu-west-1")));
	GOOD(s3("GET", "/two?location"));
	assert_true(sbx_answer_has(&c, ">eu-west-1</LocationConstraint>"));
	c.region = "us-east-1";
	BAD(409, "BucketAlreadyExists", s3("PUT", "/taken-by-somebody"));
	BAD(403, "AccessDenied", s3("HEAD", "/taken-by-somebody"));
	BAD(404, "NoSuchBucket", s3("HEAD", "/nobody-has-this"));
	GOOD(s3("GET", "/"));
	assert_true(sbx_answer_has(&c, "<Name>one</Name>"));
	assert_true(sbx_answer_has(&c, "<Name>two</Name>"));
	GOOD(s3("GET", "/?max-buckets=1"));
	autofree char *token = sbx_answer_element(&c, "ContinuationToken");

	assert_non_null(token);
	assert_false(sbx_answer_has(&c, "<Name>two</Name>"));
	autofree char *next = xasprintf("/?max-buckets=1&continuation-token=%s", token);

	GOOD(s3("GET", next));
	assert_true(sbx_answer_has(&c, "<Name>two</Name>"));
	GOOD(s3("GET", "/?bucket-region=eu-west-1"));
	assert_false(sbx_answer_has(&c, "<Name>one</Name>"));
}

static void bad_bucket_names_are_refused(void **state)
{
	static const char *const bad[] = { "ab",       "Abc",	    "-abc",	   "abc-",
					   "a_b",      "a..b",	    "192.168.1.1", "xn--abc",
					   "sthree-x", "x-s3alias", "x--ol-s3",	   "x.mrap" };
	static const char *const good[] = { "abc", "a.b", "runbook-2026-x", "1.2.3", "1.2.3.4.5" };
	autofree char *long_name = xcalloc(1, 65);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		autofree char *target = xasprintf("/%s", bad[i]);

		assert_non_null(ss3_name_fault(bad[i]));
		BAD(400, "InvalidBucketName", s3("PUT", target));
	}
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_null(ss3_name_fault(good[i]));
	memset(long_name, 'a', 64);
	assert_non_null(ss3_name_fault(long_name));
	long_name[63] = '\0';
	assert_null(ss3_name_fault(long_name));
}

static void an_accounts_own_namespace_needs_its_header_and_its_names(void **state)
{
	static const struct {
		const char *name, *space, *code; /* code NULL: it is made */
	} cases[] = {
		{ "data-123456789012-us-east-1-an", NULL, "MissingNamespaceHeader" },
		{ "data-999999999999-us-east-1-an", NULL, "MissingNamespaceHeader" },
		{ "data-123456789012-us-east-1-an", "global", "InvalidBucketNamespace" },
		{ "data-123456789012-us-east-1-an", "mine", "InvalidArgument" },
		{ "data-999999999999-us-east-1-an", "account-regional", "InvalidBucketNamespace" },
		{ "data-123456789012-us-east-2-an", "account-regional", "InvalidBucketNamespace" },
		{ "data-123456789012-us-east-12-an", "account-regional", "InvalidBucketNamespace" },
		{ "data-12345678901-us-east-1-an", "account-regional", "InvalidBucketNamespace" },
		{ "some-data", "account-regional", "InvalidBucketNamespace" },
		{ "data-an", NULL, "InvalidBucketName" },
		{ "data-an", "global", "InvalidBucketName" },
		{ "123456789012-us-east-1-an", "account-regional", "InvalidBucketNamespace" },
		{ "DATA-123456789012-us-east-1-an", "account-regional", "InvalidBucketName" },
		{ "data-123456789012-us-east-1-an", "account-regional", NULL },
		{ "plain-name", "global", NULL },
		{ "in-japan", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *target = xasprintf("/%s", cases[i].name);
		autofree char *header = xasprintf("x-amz-bucket-namespace: %s", cases[i].space);

		(void)put(target, cases[i].space ? header : "", "");
		if (cases[i].code && !sbx_answer_has(&c, cases[i].code))
			fail_msg("%s (%s) is not %s", cases[i].name, cases[i].space, cases[i].code);
		if (!cases[i].code)
			GOOD(s3("HEAD", target));
		else if (!text_eq(cases[i].code, "InvalidBucketName"))
			BAD(404, "NoSuchBucket", s3("HEAD", target));
	}
	c.region = "me-south-1";
	BAD(400, "InvalidRequest",
	    put("/data-123456789012-me-south-1-an", "x-amz-bucket-namespace: account-regional",
		LOCATION("me-south-1")));
}

static void a_bucket_begins_as_awss_do(void **state)
{
	(void)state;
	GOOD(put("/one", "",
		 "<CreateBucketConfiguration><Tags><Tag><Key>k</Key><Value>v</Value>"
		 "</Tag></Tags></CreateBucketConfiguration>"));
	GOOD(s3("GET", "/one?tagging"));
	assert_true(sbx_answer_has(&c, "<Key>k</Key><Value>v</Value>"));
	GOOD(s3("GET", "/one?publicAccessBlock"));
	assert_true(sbx_answer_has(&c, "<RestrictPublicBuckets>true</RestrictPublicBuckets>"));
	assert_false(sbx_answer_has(&c, "false"));
	GOOD(s3("GET", "/one?encryption"));
	assert_true(sbx_answer_has(&c, "<SSEAlgorithm>AES256</SSEAlgorithm>"));
	GOOD(s3("GET", "/one?ownershipControls"));
	assert_true(sbx_answer_has(&c, "BucketOwnerEnforced"));
	GOOD(s3("GET", "/one?versioning"));
	assert_false(sbx_answer_has(&c, "Status"));
	GOOD(s3("GET", "/one?acl"));
	GOOD(s3("GET", "/one?location"));
	GOOD(s3("HEAD", "/one"));
	assert_string_equal(sbx_answer_header(&c, "x-amz-bucket-region"), "us-east-1");
	BAD(404, "NoSuchBucketPolicy", s3("GET", "/one?policy"));
	BAD(404, "NoSuchBucketPolicy", s3("GET", "/one?policyStatus"));
	GOOD(s3("DELETE", "/one"));
	BAD(404, "NoSuchBucket", s3("DELETE", "/one"));
}

static void settings_are_kept_and_need_a_checksum(void **state)
{
	static const char tags[] =
		"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet>"
		"</Tagging>";

	(void)state;
	GOOD(s3("PUT", "/one"));
	BAD(400, "InvalidRequest", put("/one?tagging", "", tags));
	BAD(400, "BadDigest", put("/one?tagging", "content-md5: 1B2M2Y8AsgTpgAmY7PhCfg==", tags));
	BAD(400, "InvalidDigest", put("/one?tagging", "content-md5: rubbish", tags));
	BAD(404, "NoSuchTagSet", s3("GET", "/one?tagging"));
	GOOD(set("PUT", "/one?tagging", tags));
	assert_int_equal(c.rep.status, 204);
	GOOD(s3("GET", "/one?tagging"));
	GOOD(s3("DELETE", "/one?tagging"));
	BAD(404, "NoSuchTagSet", s3("GET", "/one?tagging"));
	BAD(400, "MalformedXML", set("PUT", "/one?tagging", "<Tagging/>"));
	BAD(400, "InvalidTag",
	    set("PUT", "/one?tagging",
		"<Tagging><TagSet><Tag><Key>a</Key><Value/></Tag><Tag><Key>a</Key><Value/></Tag>"
		"</TagSet></Tagging>"));
	BAD(400, "InvalidTag",
	    set("PUT", "/one?tagging",
		"<Tagging><TagSet><Tag><Key>a</Key><Value>x&lt;y</Value></Tag></TagSet></Tagging>"));
	GOOD(set("PUT", "/one?tagging",
		 "<Tagging><TagSet><Tag><Key>a b</Key><Value>\xe6\x97\xa5 +-=._:/@</Value></Tag>"
		 "</TagSet></Tagging>"));
	GOOD(s3("DELETE", "/one?tagging"));

	autofree char *sum = sum_base64(SUM_SHA256, tags, strlen(tags));
	autofree char *headers =
		xasprintf("x-amz-sdk-checksum-algorithm: SHA256\nx-amz-checksum-sha256: %s", sum);

	GOOD(put("/one?tagging", headers, tags));
	BAD(400, "InvalidRequest",
	    put("/one?tagging", "x-amz-sdk-checksum-algorithm: SHA256", tags));

	GOOD(set("PUT", "/one?publicAccessBlock",
		 "<PublicAccessBlockConfiguration><BlockPublicAcls>TRUE</BlockPublicAcls>"
		 "</PublicAccessBlockConfiguration>"));
	GOOD(s3("GET", "/one?publicAccessBlock"));
	assert_true(sbx_answer_has(&c, "<BlockPublicPolicy>false</BlockPublicPolicy>"));
	GOOD(s3("DELETE", "/one?publicAccessBlock"));
	BAD(404, "NoSuchPublicAccessBlockConfiguration", s3("GET", "/one?publicAccessBlock"));
	GOOD(set("PUT", "/one?encryption",
		 "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>"
		 "<SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>"
		 "</ServerSideEncryptionConfiguration>"));
	GOOD(s3("GET", "/one?encryption"));
	assert_true(sbx_answer_has(&c, "aws:kms"));
	GOOD(set("PUT", "/one?ownershipControls",
		 "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>"
		 "</OwnershipControls>"));
	GOOD(set("PUT", "/one?versioning",
		 "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"));
	GOOD(s3("GET", "/one?versioning"));
	assert_true(sbx_answer_has(&c, "<Status>Enabled</Status>"));
	BAD(400, "MalformedXML",
	    set("PUT", "/one?versioning",
		"<VersioningConfiguration><Status>On</Status></VersioningConfiguration>"));
}

static void the_wrong_region_is_told_the_right_one(void **state)
{
	(void)state;
	c.region = "eu-west-1";
	GOOD(put("/one", "", LOCATION("eu-west-1")));
	c.region = "us-east-1";
	BAD(400, "AuthorizationHeaderMalformed", s3("HEAD", "/one"));
	assert_string_equal(sbx_answer_header(&c, "x-amz-bucket-region"), "eu-west-1");
	assert_true(sbx_answer_has(&c, "<Region>eu-west-1</Region>"));
	c.region = "ap-northeast-1";
	BAD(301, "PermanentRedirect", s3("GET", "/one?location"));
	assert_true(sbx_answer_has(&c, "<Endpoint>one.s3.eu-west-1.amazonaws.com</Endpoint>"));
	c.host = "one.s3.eu-west-1.amazonaws.com";
	BAD(400, "AuthorizationHeaderMalformed", s3("GET", "/?location"));
	c.region = "eu-west-1";
	GOOD(s3("GET", "/?location"));
	c.host = "s3.us-west-2.amazonaws.com";
	c.region = "us-west-2";
	BAD(301, "PermanentRedirect", s3("GET", "/one"));
}

static void the_bucket_is_in_the_host_or_in_the_path(void **state)
{
	static const struct {
		const char *host, *target;
	} forms[] = {
		{ "127.0.0.1:80", "/one/a%20b/c" },
		{ "localhost", "/one/a%20b/c" },
		{ "one.localhost", "/a%20b/c" },
		{ "s3.us-east-1.amazonaws.com", "/one/a%20b/c" },
		{ "one.s3.us-east-1.amazonaws.com", "/a%20b/c" },
		{ "one.s3.amazonaws.com", "/a%20b/c" },
		{ "one.s3.dualstack.us-east-1.amazonaws.com", "/a%20b/c" },
		{ "bucket.vpce-0123-abcd.s3.us-east-1.vpce.amazonaws.com", "/one/a%20b/c" },
		{ "one.bucket.vpce-0123-abcd.s3.us-east-1.vpce.amazonaws.com", "/a%20b/c" },
	};

	(void)state;
	GOOD(s3("PUT", "/one"));
	GOOD(put("/one/a%20b/c", "", "hello"));
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		c.host = forms[i].host;
		GOOD(s3("GET", forms[i].target));
		assert_string_equal(c.rep.body.p, "hello");
	}
}

static void the_owner_that_was_expected_must_be_ours(void **state)
{
	(void)state;
	GOOD(s3("PUT", "/one"));
	GOOD(sbx_s3_call(&c, "HEAD", "/one", "x-amz-expected-bucket-owner: 123456789012", "", 0));
	BAD(403, "AccessDenied",
	    sbx_s3_call(&c, "HEAD", "/one", "x-amz-expected-bucket-owner: 999999999999", "", 0));
	BAD(400, "InvalidBucketOwnerAWSAccountID",
	    sbx_s3_call(&c, "HEAD", "/one", "x-amz-expected-bucket-owner: me", "", 0));
}

static void a_new_bucket_is_not_everywhere_at_once(void **state)
{
	struct sbx_options opt = { .speed = 0.01, .lag = SBX_LAG_USUAL };

	(void)state;
	sbx_client_stop(&c);
	sbx_client_start_with(&c, &opt);
	GOOD(s3("PUT", "/one"));
	BAD(404, "NoSuchBucket", s3("HEAD", "/one"));
	BAD(409, "OperationAborted",
	    set("PUT", "/one?tagging",
		"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"));
	BAD(409, "OperationAborted", s3("DELETE", "/one"));
}

static void a_deleted_name_is_busy_for_a_while(void **state)
{
	struct sbx_options opt = { .speed = 1, .lag = SBX_LAG_USUAL };
	json_t *doc;

	(void)state;
	sbx_client_stop(&c);
	sbx_client_start_with(&c, &opt);
	/* A bucket that has been there for long. */
	doc = json_pack("{s:s, s:s, s:I}", "name", "one", "region", "us-east-1", "created_ms",
			(json_int_t)1);
	store_put(sbx_store(c.sbx), SS3_BUCKET, "", "one", doc, 1, 0);
	json_decref(doc);
	GOOD(s3("DELETE", "/one"));
	BAD(409, "OperationAborted", s3("PUT", "/one"));
}

/* ---- objects ------------------------------------------------------------ */

static void an_object_is_put_read_in_ranges_and_deleted(void **state)
{
	static const struct {
		const char *range;
		int status;
		const char *want;
	} ranges[] = {
		{ "bytes=0-0", 206, "0" },
		{ "bytes=2-4", 206, "234" },
		{ "bytes=7-", 206, "789" },
		{ "bytes=-2", 206, "89" },
		{ "bytes=8-99", 206, "89" },
		{ "bytes=-99", 206, "0123456789" },
		{ "bytes=4-2", 200, "0123456789" },
		{ "bytes=x", 200, "0123456789" },
		{ "bytes=0-1,3-4", 200, "0123456789" },
	};

	(void)state;
	GOOD(s3("PUT", "/one"));
	GOOD(put("/one/k",
		 "content-type: text/plain\nx-amz-meta-a: b\ncache-control: no-store\n"
		 "content-encoding: aws-chunked,gzip",
		 "0123456789"));
	assert_string_equal(sbx_answer_header(&c, "ETag"), "\"781e5e245d69b566979b86e28d23f2c7\"");
	assert_string_equal(sbx_answer_header(&c, "x-amz-checksum-type"), "FULL_OBJECT");
	assert_string_equal(sbx_answer_header(&c, "x-amz-server-side-encryption"), "AES256");
	for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
		autofree char *header = xasprintf("range: %s", ranges[i].range);

		GOOD(sbx_s3_call(&c, "GET", "/one/k", header, "", 0));
		assert_string_equal(c.rep.body.p, ranges[i].want);
		assert_int_equal(c.rep.status ? c.rep.status : 200, ranges[i].status);
	}
	BAD(416, "InvalidRange", sbx_s3_call(&c, "GET", "/one/k", "range: bytes=10-", "", 0));
	assert_string_equal(sbx_answer_header(&c, "Content-Range"), "bytes */10");
	GOOD(sbx_s3_call(&c, "HEAD", "/one/k", "x-amz-checksum-mode: ENABLED", "", 0));
	assert_int_equal(c.rep.head_bytes, 10);
	assert_string_equal(sbx_answer_header(&c, "Content-Type"), "text/plain");
	assert_string_equal(sbx_answer_header(&c, "Content-Encoding"), "gzip");
	assert_string_equal(sbx_answer_header(&c, "x-amz-meta-a"), "b");
	assert_string_equal(sbx_answer_header(&c, "Cache-Control"), "no-store");
	autofree char *sum = sum_base64(SUM_CRC64NVME, "0123456789", 10);

	assert_string_equal(sbx_answer_header(&c, "x-amz-checksum-crc64nvme"), sum);
	GOOD(sbx_s3_call(&c, "GET", "/one/k", "if-none-match: \"x\"", "", 0));
	GOOD(sbx_s3_call(&c, "GET", "/one/k", "if-none-match: \"781e5e245d69b566979b86e28d23f2c7\"",
			 "", 0));
	assert_int_equal(c.rep.status, 304);
	BAD(412, "PreconditionFailed", sbx_s3_call(&c, "GET", "/one/k", "if-match: \"x\"", "", 0));
	BAD(412, "PreconditionFailed", put("/one/k", "if-none-match: *", "again"));
	GOOD(put("/one/new", "if-none-match: *", "first"));
	BAD(409, "BucketNotEmpty", s3("DELETE", "/one"));
	GOOD(s3("DELETE", "/one/new"));
	GOOD(s3("DELETE", "/one/k"));
	assert_int_equal(c.rep.status, 204);
	GOOD(s3("DELETE", "/one/k"));
	BAD(404, "NoSuchKey", s3("GET", "/one/k"));
	BAD(404, "NoSuchKey", s3("HEAD", "/one/k"));
	BAD(501, "NotImplemented", put("/one/k", "x-amz-copy-source: /one/x", ""));
	BAD(501, "NotImplemented", put("/one/k", "x-amz-checksum-xxhash64: AAAA", ""));
	BAD(501, "NotImplemented", put("/one/k", "x-amz-object-lock-legal-hold: ON", ""));
	BAD(400, "AccessControlListNotSupported", put("/one/k", "x-amz-acl: public-read", ""));
	GOOD(s3("DELETE", "/one"));
}

/* Settings that a bucket here never has are answered as for a new bucket, each in its own way. */
static void settings_that_nobody_made_are_told_as_absent(void **state)
{
	static const struct {
		const char *target, *code; /* NULL: 200 */
		const char *text;
	} cases[] = {
		{ "/one?cors", "NoSuchCORSConfiguration", NULL },
		{ "/one?website", "NoSuchWebsiteConfiguration", NULL },
		{ "/one?lifecycle", "NoSuchLifecycleConfiguration", NULL },
		{ "/one?replication", "ReplicationConfigurationNotFoundError", NULL },
		{ "/one?object-lock", "ObjectLockConfigurationNotFoundError", NULL },
		{ "/one?accelerate", NULL, "<AccelerateConfiguration" },
		{ "/one?logging", NULL, "<BucketLoggingStatus" },
		{ "/one?notification", NULL, "<NotificationConfiguration" },
		{ "/one?requestPayment", NULL, "<Payer>BucketOwner</Payer>" },
	};

	(void)state;
	GOOD(s3("PUT", "/one"));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (cases[i].code) {
			BAD(404, cases[i].code, s3("GET", cases[i].target));
		} else {
			GOOD(s3("GET", cases[i].target));
			assert_true(sbx_answer_has(&c, cases[i].text));
		}
	}
	/* What is not kept cannot be set. */
	if (!set("PUT", "/one?cors", "<CORSConfiguration/>"))
		fail_msg("a setting was taken that nobody keeps");
}

static void an_objects_tags_are_those_of_its_upload(void **state)
{
	(void)state;
	GOOD(s3("PUT", "/one"));
	GOOD(put("/one/k", "x-amz-tagging: a=1&b=x%20y", "hello"));
	GOOD(s3("GET", "/one/k?tagging"));
	assert_true(sbx_answer_has(&c, "<Tag><Key>a</Key><Value>1</Value></Tag>"
				       "<Tag><Key>b</Key><Value>x y</Value></Tag>"));
	GOOD(put("/one/none", "", "hello"));
	GOOD(s3("GET", "/one/none?tagging"));
	assert_true(sbx_answer_has(&c, "<TagSet></TagSet>"));
	BAD(404, "NoSuchKey", s3("GET", "/one/other?tagging"));
}

/* A delete whose If-Match does not hold deletes nothing, alone or among many. */
static void a_delete_heeds_its_condition(void **state)
{
	static const char etag[] = "\"5d41402abc4b2a76b9719d911017c592\""; /* of "hello" */
	autofree char *right = xasprintf("if-match: %s", etag);
	autofree char *many =
		xasprintf("<Delete><Object><Key>k</Key><ETag>\"other\"</ETag></Object>"
			  "<Object><Key>l</Key><ETag>%s</ETag></Object></Delete>",
			  etag);

	(void)state;
	GOOD(s3("PUT", "/one"));
	GOOD(put("/one/k", "", "hello"));
	GOOD(put("/one/l", "", "hello"));
	BAD(412, "PreconditionFailed",
	    sbx_s3_call(&c, "DELETE", "/one/k", "if-match: \"other\"", "", 0));
	BAD(412, "PreconditionFailed",
	    sbx_s3_call(&c, "DELETE", "/one/none", "if-match: *", "", 0));
	GOOD(s3("GET", "/one/k"));
	GOOD(set("POST", "/one?delete", many));
	assert_true(sbx_answer_has(&c, "<Error><Key>k</Key><Code>PreconditionFailed</Code>"));
	assert_true(sbx_answer_has(&c, "<Deleted><Key>l</Key>"));
	GOOD(s3("GET", "/one/k"));
	BAD(404, "NoSuchKey", s3("GET", "/one/l"));
	GOOD(sbx_s3_call(&c, "DELETE", "/one/k", right, "", 0));
	BAD(404, "NoSuchKey", s3("GET", "/one/k"));
}

static void checksums_are_verified_by_every_algorithm(void **state)
{
	(void)state;
	GOOD(s3("PUT", "/one"));
	for (int kind = 0; kind < SUM_KINDS; kind++) {
		const char *name = sum_header((enum sum)kind);
		autofree char *sum = sum_base64((enum sum)kind, "hello", 5);
		autofree char *good = xasprintf("%s: %s", name, sum);
		autofree char *rubbish = xasprintf("%s: !", name);

		GOOD(put("/one/k", good, "hello"));
		assert_string_equal(sbx_answer_header(&c, name), sum);
		GOOD(sbx_s3_call(&c, "HEAD", "/one/k", "x-amz-checksum-mode: ENABLED", "", 0));
		assert_string_equal(sbx_answer_header(&c, name), sum);
		BAD(400, "BadDigest", put("/one/k", good, "hellO"));
		BAD(400, "InvalidRequest", put("/one/k", rubbish, "hello"));
	}
	BAD(400, "InvalidRequest",
	    put("/one/k", "x-amz-checksum-crc32: AAAAAA==\nx-amz-checksum-crc32c: AAAAAA==", ""));
	BAD(400, "XAmzContentSHA256Mismatch",
	    put("/one/k",
		"x-amz-content-sha256: "
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"hello"));
	GOOD(put("/one/k", "x-amz-content-sha256: UNSIGNED-PAYLOAD", "hello"));
}

#define TRAILER_FORM "x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\n"

static void newer_clients_bodies_are_unframed(void **state)
{
	/* As AWS CLI v2.23 and later send an upload by default. */
	static const char framed[] =
		"9\r\n123456789\r\n0\r\nx-amz-checksum-crc64nvme:rosUhgp5mIg=\r\n\r\n";
	static const char headers[] = TRAILER_FORM "content-encoding: aws-chunked\n"
						   "x-amz-decoded-content-length: 9\n"
						   "x-amz-sdk-checksum-algorithm: CRC64NVME\n"
						   "x-amz-trailer: x-amz-checksum-crc64nvme";
	static const char wrong[] =
		"9\r\n12345678X\r\n0\r\nx-amz-checksum-crc64nvme:rosUhgp5mIg=\r\n\r\n";
	static const char missing[] = "9\r\n123456789\r\n0\r\n\r\n";

	(void)state;
	GOOD(s3("PUT", "/one"));
	GOOD(put("/one/k", headers, framed));
	assert_string_equal(sbx_answer_header(&c, "x-amz-checksum-crc64nvme"), "rosUhgp5mIg=");
	GOOD(s3("GET", "/one/k"));
	assert_string_equal(c.rep.body.p, "123456789");
	assert_null(sbx_answer_header(&c, "Content-Encoding"));
	BAD(400, "BadDigest", put("/one/k", headers, wrong));
	BAD(400, "MalformedTrailerError", put("/one/k", headers, missing));
	BAD(400, "IncompleteBody",
	    put("/one/k", TRAILER_FORM "x-amz-decoded-content-length: 8", missing));
	BAD(411, "MissingContentLength", put("/one/k", TRAILER_FORM "x-amz-meta-a: b", missing));
	BAD(400, "IncompleteBody",
	    put("/one/k", TRAILER_FORM "x-amz-decoded-content-length: 9", "9\r\n1234"));
}

static void signed_chunks_hang_on_the_requests_signature(void **state)
{
	static const char head[] = "x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\n"
				   "content-encoding: aws-chunked\n"
				   "x-amz-decoded-content-length: 5";
	char date[CLOCK_ISO_SIZE], chunk[65], last[65], hash[65], amz_day[9];

	(void)state;
	GOOD(s3("PUT", "/one"));
	/* The signature covers the headers alone: ask once to learn it, then frame with it. */
	clock_amz_date(clock_utc_s(), date);
	sbx_client_amz_date = date;
	BAD(403, "SignatureDoesNotMatch", put("/one/k", head, "5;chunk-signature=00\r\nhello\r\n"));
	snprintf(amz_day, sizeof(amz_day), "%.8s", date);
	struct sigv4_scope scope = { .region = "us-east-1", .service = "s3" };

	assert_true(clock_parse_amz_date(date, &scope.utc_s));
	text_sha256_hex("hello", 5, hash);
	autofree char *first =
		xasprintf("AWS4-HMAC-SHA256-PAYLOAD\n%s\n%s/us-east-1/s3/aws4_request\n"
			  "%s\n" SIGV4_EMPTY_SHA256 "\n%s",
			  date, amz_day, sbx_client_signature, hash);

	sigv4_signature(SANDBOX_SECRET_KEY, &scope, first, strlen(first), chunk);
	autofree char *second =
		xasprintf("AWS4-HMAC-SHA256-PAYLOAD\n%s\n%s/us-east-1/s3/aws4_request\n"
			  "%s\n" SIGV4_EMPTY_SHA256 "\n" SIGV4_EMPTY_SHA256,
			  date, amz_day, chunk);

	sigv4_signature(SANDBOX_SECRET_KEY, &scope, second, strlen(second), last);
	autofree char *body = xasprintf("5;chunk-signature=%s\r\nhello\r\n"
					"0;chunk-signature=%s\r\n\r\n",
					chunk, last);

	GOOD(put("/one/k", head, body));
	GOOD(s3("GET", "/one/k"));
	assert_string_equal(c.rep.body.p, "hello");
	body[strlen(body) - 5] ^= 1;
	BAD(403, "SignatureDoesNotMatch", put("/one/k", head, body));
}

/* Where versions were kept once, a read says "null" of what came before and after; a write does
 * not. */
static void a_version_without_a_name_is_told_by_reads(void **state)
{
	(void)state;
	GOOD(s3("PUT", "/one"));
	GOOD(put("/one/k", "", "before"));
	GOOD(s3("HEAD", "/one/k"));
	assert_null(sbx_answer_header(&c, "x-amz-version-id"));
	GOOD(set("PUT", "/one?versioning",
		 "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"));
	GOOD(s3("HEAD", "/one/k"));
	assert_string_equal(sbx_answer_header(&c, "x-amz-version-id"), "null");
	GOOD(set("PUT", "/one?versioning",
		 "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"));
	GOOD(put("/one/k", "", "after"));
	assert_null(sbx_answer_header(&c, "x-amz-version-id"));
	GOOD(s3("HEAD", "/one/k"));
	assert_string_equal(sbx_answer_header(&c, "x-amz-version-id"), "null");
}

static void versions_are_kept_marked_and_deleted_one_by_one(void **state)
{
	(void)state;
	GOOD(s3("PUT", "/one"));
	GOOD(put("/one/k", "", "before"));
	GOOD(set("PUT", "/one?versioning",
		 "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"));
	GOOD(put("/one/k", "", "second"));
	autofree char *second = xstrdup(sbx_answer_header(&c, "x-amz-version-id"));

	assert_int_equal(strlen(second), 32);
	GOOD(s3("DELETE", "/one/k"));
	autofree char *marker = xstrdup(sbx_answer_header(&c, "x-amz-version-id"));

	assert_string_equal(sbx_answer_header(&c, "x-amz-delete-marker"), "true");
	BAD(404, "NoSuchKey", s3("GET", "/one/k"));
	assert_string_equal(sbx_answer_header(&c, "x-amz-delete-marker"), "true");
	GOOD(s3("GET", "/one?list-type=2"));
	assert_true(sbx_answer_has(&c, "<KeyCount>0</KeyCount>"));
	GOOD(s3("GET", "/one?versions"));
	assert_true(sbx_answer_has(&c, "<DeleteMarker>"));
	assert_true(sbx_answer_has(&c, "<VersionId>null</VersionId>"));
	autofree char *old = xasprintf("/one/k?versionId=%s", second);
	autofree char *mark = xasprintf("/one/k?versionId=%s", marker);

	GOOD(s3("GET", old));
	assert_string_equal(c.rep.body.p, "second");
	BAD(405, "MethodNotAllowed", s3("GET", mark));
	BAD(404, "NoSuchVersion", s3("GET", "/one/k?versionId=nothing"));
	BAD(409, "BucketNotEmpty", s3("DELETE", "/one"));
	GOOD(s3("DELETE", mark)); /* without its marker the object is back */
	GOOD(s3("GET", "/one/k"));
	assert_string_equal(c.rep.body.p, "second");
	autofree char *batch =
		xasprintf("<Delete><Object><Key>k</Key><VersionId>%s</VersionId></Object>"
			  "<Object><Key>k</Key><VersionId>null</VersionId></Object></Delete>",
			  second);

	GOOD(set("POST", "/one?delete", batch));
	assert_true(sbx_answer_has(&c, "<VersionId>null</VersionId>"));
	GOOD(s3("DELETE", "/one"));
}

static void many_are_deleted_at_once(void **state)
{
	(void)state;
	GOOD(s3("PUT", "/one"));
	GOOD(put("/one/a", "", "1"));
	GOOD(put("/one/b", "", "2"));
	BAD(400, "InvalidRequest", sbx_s3_call(&c, "POST", "/one?delete", "", "<Delete/>", 9));
	BAD(400, "MalformedXML", set("POST", "/one?delete", "<Delete></Delete>"));
	BAD(400, "MalformedXML", set("POST", "/one?delete", "<Delete><Object/></Delete>"));
	GOOD(set("POST", "/one?delete",
		 "<Delete><Object><Key>a</Key></Object><Object><Key>none</Key></Object></Delete>"));
	assert_true(sbx_answer_has(&c, "<Deleted><Key>a</Key></Deleted>"));
	assert_true(sbx_answer_has(&c, "<Deleted><Key>none</Key></Deleted>"));
	GOOD(set("POST", "/one?delete",
		 "<Delete><Quiet>true</Quiet><Object><Key>b</Key></Object></Delete>"));
	assert_false(sbx_answer_has(&c, "<Deleted>"));
	GOOD(s3("DELETE", "/one"));
}

/* ---- lists -------------------------------------------------------------- */

static size_t count(const char *text)
{
	size_t n = 0;

	for (const char *at = c.rep.body.p; (at = strstr(at, text)); at++)
		n++;
	return n;
}

static void lists_fold_page_and_encode(void **state)
{
	static const char *const keys[] = { "a%2F1", "a%2F2", "b", "c%2F1", "c%26d", "%E3%81%82" };
	size_t keys_seen = 0, prefixes_seen = 0, pages = 0;
	autofree char *token = NULL;

	(void)state;
	GOOD(s3("PUT", "/one"));
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		autofree char *target = xasprintf("/one/%s", keys[i]);

		GOOD(put(target, "", "x"));
	}
	GOOD(s3("GET", "/one?list-type=2"));
	assert_int_equal(count("<Contents>"), 6);
	assert_true(strstr(c.rep.body.p, "a/1") < strstr(c.rep.body.p, "c&amp;d"));
	GOOD(s3("GET", "/one?list-type=2&encoding-type=url"));
	assert_true(sbx_answer_has(&c, "<Key>%E3%81%82</Key>"));
	assert_true(sbx_answer_has(&c, "<Key>c%26d</Key>"));
	GOOD(s3("GET", "/one?list-type=2&prefix=a%2F&delimiter=%2F"));
	assert_int_equal(count("<Contents>"), 2);
	do {
		auto_buf target = BUF_INIT;

		(void)buf_adds(&target, "/one?list-type=2&delimiter=%2F&max-keys=2");
		if (token)
			(void)buf_adds(&target, "&continuation-token=");
		for (const char *s = token ? token : ""; *s; s++)
			(void)buf_addf(&target, "%%%02X", (unsigned)*s);
		GOOD(s3("GET", target.p));
		keys_seen += count("<Contents>");
		prefixes_seen += count("<CommonPrefixes>");
		pages++;
		free(token);
		token = sbx_answer_element(&c, "NextContinuationToken");
	} while (token && pages < 10);
	assert_int_equal(keys_seen, 3);
	assert_int_equal(prefixes_seen, 2);
	assert_int_equal(pages, 3);
	GOOD(s3("GET", "/one?list-type=2&start-after=b"));
	assert_int_equal(count("<Contents>"), 3);
	GOOD(s3("GET", "/one?list-type=2&max-keys=0"));
	assert_true(sbx_answer_has(&c, "<IsTruncated>false</IsTruncated>"));
	BAD(400, "InvalidArgument", s3("GET", "/one?list-type=2&max-keys=-1"));
	BAD(400, "InvalidArgument", s3("GET", "/one?list-type=2&max-keys=x"));
	BAD(400, "InvalidArgument", s3("GET", "/one?list-type=2&continuation-token=x"));
	BAD(400, "InvalidArgument", s3("GET", "/one?list-type=2&encoding-type=rot13"));
	GOOD(s3("GET", "/one?marker=b&max-keys=1&delimiter=%2F"));
	assert_true(sbx_answer_has(&c, "<NextMarker>c&amp;d</NextMarker>"));
	GOOD(s3("GET", "/one?versions&max-keys=4"));
	assert_int_equal(count("<Version>"), 4);
	autofree char *key = sbx_answer_element(&c, "NextKeyMarker");
	autofree char *version = sbx_answer_element(&c, "NextVersionIdMarker");

	assert_string_equal(version, "null");
	assert_string_equal(key, "c&amp;d");
	GOOD(s3("GET", "/one?versions&key-marker=c%26d&version-id-marker=null"));
	assert_int_equal(count("<Version>"), 2);
	BAD(400, "InvalidArgument", s3("GET", "/one?versions&version-id-marker=null"));
}

/* ---- uploads ------------------------------------------------------------ */

#define PART (5 * 1024 * 1024)

static void parts_become_an_object(void **state)
{
	autofree char *big = xmalloc(PART);

	(void)state;
	memset(big, 'x', PART);
	GOOD(s3("PUT", "/one"));
	GOOD(s3("POST", "/one/k?uploads"));
	autofree char *id = sbx_answer_element(&c, "UploadId");
	autofree char *first = xasprintf("/one/k?partNumber=1&uploadId=%s", id);
	autofree char *second = xasprintf("/one/k?partNumber=2&uploadId=%s", id);
	autofree char *third = xasprintf("/one/k?partNumber=3&uploadId=%s", id);
	autofree char *whole = xasprintf("/one/k?uploadId=%s", id);

	GOOD(sbx_s3_call(&c, "PUT", first, "", big, PART));
	autofree char *etag1 = xstrdup(sbx_answer_header(&c, "ETag"));

	GOOD(put(second, "", "replaced"));
	GOOD(put(second, "", "tail"));
	autofree char *etag2 = xstrdup(sbx_answer_header(&c, "ETag"));

	GOOD(put(third, "", "left out"));
	BAD(400, "InvalidArgument", put("/one/k?partNumber=0&uploadId=x", "", ""));
	BAD(404, "NoSuchUpload", put("/one/k?partNumber=1&uploadId=x", "", ""));
	GOOD(s3("GET", whole));
	assert_int_equal(count("<Part>"), 3);
	autofree char *page = xasprintf("%s&max-parts=1&part-number-marker=1", whole);

	GOOD(s3("GET", page));
	assert_true(sbx_answer_has(&c, "<NextPartNumberMarker>2</NextPartNumberMarker>"));
	assert_true(sbx_answer_has(&c, "<IsTruncated>true</IsTruncated>"));
	GOOD(s3("GET", "/one?uploads"));
	assert_int_equal(count("<Upload>"), 1);

	autofree char *list = xasprintf("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>"
					"<ETag>%s</ETag></Part><Part><PartNumber>2</PartNumber>"
					"<ETag>%s</ETag></Part></CompleteMultipartUpload>",
					etag1, etag2);
	autofree char *order = xasprintf("<CompleteMultipartUpload><Part><PartNumber>2</PartNumber>"
					 "<ETag>%s</ETag></Part><Part><PartNumber>1</PartNumber>"
					 "<ETag>%s</ETag></Part></CompleteMultipartUpload>",
					 etag2, etag1);

	BAD(400, "InvalidPartOrder", sbx_s3_call(&c, "POST", whole, "", order, strlen(order)));
	BAD(400, "MalformedXML", sbx_s3_call(&c, "POST", whole, "", "<x/>", 4));
	list[strlen("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"")] ^= 1;
	BAD(400, "InvalidPart", sbx_s3_call(&c, "POST", whole, "", list, strlen(list)));
	list[strlen("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"")] ^= 1;
	BAD(400, "BadDigest",
	    sbx_s3_call(&c, "POST", whole, "x-amz-checksum-crc64nvme: AAAAAAAAAAA=", list,
			strlen(list)));
	GOOD(sbx_s3_call(&c, "POST", whole, "", list, strlen(list)));
	assert_true(sbx_answer_has(&c, "-2&quot;</ETag>"));
	BAD(404, "NoSuchUpload", s3("GET", whole));
	GOOD(s3("HEAD", "/one/k"));
	assert_int_equal(c.rep.head_bytes, PART + 4);
	GOOD(sbx_s3_call(&c, "GET", "/one/k", "range: bytes=5242878-5242881", "", 0));
	assert_string_equal(c.rep.body.p, "xxta");

	GOOD(sbx_s3_call(&c, "POST", "/one/k2?uploads",
			 "x-amz-checksum-algorithm: SHA256\nx-amz-checksum-type: COMPOSITE", "",
			 0));
	autofree char *id2 = sbx_answer_element(&c, "UploadId");
	autofree char *other = xasprintf("/one/k2?uploadId=%s", id2);
	autofree char *part = xasprintf("/one/k2?partNumber=7&uploadId=%s", id2);

	GOOD(put(part, "", "only"));
	assert_non_null(sbx_answer_header(&c, "x-amz-checksum-sha256"));
	BAD(400, "InvalidRequest", put(part, "x-amz-checksum-crc32: AAAAAA==", ""));
	GOOD(s3("DELETE", other));
	BAD(404, "NoSuchUpload", s3("DELETE", other));
	GOOD(s3("DELETE", "/one/k"));
	GOOD(s3("POST", "/one/k3?uploads")); /* goes with its bucket */
	GOOD(s3("DELETE", "/one"));
}

static void small_parts_are_for_the_end(void **state)
{
	(void)state;
	GOOD(s3("PUT", "/one"));
	GOOD(s3("POST", "/one/k?uploads"));
	autofree char *id = sbx_answer_element(&c, "UploadId");
	autofree char *first = xasprintf("/one/k?partNumber=1&uploadId=%s", id);
	autofree char *second = xasprintf("/one/k?partNumber=2&uploadId=%s", id);
	autofree char *whole = xasprintf("/one/k?uploadId=%s", id);

	GOOD(put(first, "", "a"));
	GOOD(put(second, "", "b"));
	const char *list = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>"
			   "<ETag>0cc175b9c0f1b6a831c399e269772661</ETag></Part>"
			   "<Part><PartNumber>2</PartNumber>"
			   "<ETag>92eb5ffee6ae2fec3ad71c777531578f</ETag></Part>"
			   "</CompleteMultipartUpload>";

	BAD(400, "EntityTooSmall", sbx_s3_call(&c, "POST", whole, "", list, strlen(list)));
}

/* ---- who may ------------------------------------------------------------ */

#define VPCE "vpce-0aaaaaaaaaaaaaaaa"
#define POLICY(vpce)                                                                               \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":{\"AWS\":"  \
	"\"*\"},\"Action\":\"s3:PutObject\",\"Resource\":\"arn:aws:s3:::one/*\",\"Condition\":{"   \
	"\"StringNotEquals\":{\"aws:sourceVpce\":\"" vpce "\"}}},{\"Effect\":\"Allow\","           \
	"\"Principal\":{\"AWS\":\"*\"},\"Action\":\"s3:PutObject\",\"Resource\":"                  \
	"\"arn:aws:s3:::one/*\",\"Condition\":{\"StringEquals\":{\"aws:sourceVpce\":\"" vpce       \
	"\"}}}]}"
#define PUBLIC                                                                                     \
	"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\","   \
	"\"Resource\":\"arn:aws:s3:::one/*\"}]}"

static void the_procedures_policy_admits_the_endpoint_alone(void **state)
{
	(void)state;
	GOOD(s3("PUT", "/one"));
	GOOD(set("PUT", "/one?policy", POLICY(VPCE)));
	assert_int_equal(c.rep.status, 204);
	GOOD(s3("GET", "/one?policy"));
	assert_string_equal(c.rep.body.p, POLICY(VPCE));
	GOOD(s3("GET", "/one?policyStatus"));
	assert_true(sbx_answer_has(&c, "<IsPublic>false</IsPublic>"));
	BAD(403, "AccessDenied", put("/one/k", "", "from outside"));
	BAD(403, "AccessDenied", s3("POST", "/one/k?uploads"));
	c.vpc_endpoint_id = VPCE;
	GOOD(put("/one/k", "", "from inside"));
	c.vpc_endpoint_id = "vpce-0bbbbbbbbbbbbbbbb";
	BAD(403, "AccessDenied", put("/one/k", "", "through another"));
	/* Who can reach the endpoint needs no credentials of the account to put. */
	c.vpc_endpoint_id = VPCE;
	c.key_id = NULL;
	GOOD(put("/one/anonymous", "", "x"));
	BAD(403, "AccessDenied", s3("GET", "/one/anonymous"));
	c.vpc_endpoint_id = NULL;
	BAD(403, "AccessDenied", put("/one/k", "", "x"));
	c.key_id = SANDBOX_ACCESS_KEY;
	GOOD(s3("GET", "/one/k"));
	assert_string_equal(c.rep.body.p, "from inside");
	GOOD(s3("DELETE", "/one/k"));
	GOOD(s3("DELETE", "/one?policy"));
	GOOD(put("/one/k", "", "the gate is gone"));
}

/* Which keys a request has depends on the way that it came: both policies read one of each. */
static void a_policy_knows_where_a_request_came_from(void **state)
{
#define PUT_IF(condition)                                                                          \
	"{\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":"                     \
	"\"s3:PutObject\",\"Resource\":\"arn:aws:s3:::one/*\",\"Condition\":{" condition "}}]}"
	static const struct {
		const char *policy;
		bool from_inside, from_another, from_outside;
	} row[] = {
		{ PUT_IF("\"NotIpAddress\":{\"aws:VpcSourceIp\":\"10.0.0.4\"}"), true, false,
		  false },
		{ PUT_IF("\"IpAddress\":{\"aws:VpcSourceIp\":\"10.0.0.0/24\"}"), false, true,
		  true },
		{ PUT_IF("\"StringNotEquals\":{\"aws:VpceAccount\":\"123456789012\"}"), true, true,
		  false },
		{ PUT_IF("\"Null\":{\"aws:SourceIp\":\"true\"}"), false, false, true },
		{ PUT_IF("\"NotIpAddress\":{\"aws:SourceIp\":\"127.0.0.1\"}"), false, false, true },
	};

	(void)state;
	GOOD(s3("PUT", "/one"));
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		const char *code;

		GOOD(set("PUT", "/one?policy", row[i].policy));
		code = put("/one/k", "", "x");
		assert_int_equal(code == NULL, row[i].from_outside);
		c.vpc_endpoint_id = VPCE;
		c.vpc_source_ip = "10.0.0.4";
		code = put("/one/k", "", "x");
		assert_int_equal(code == NULL, row[i].from_inside);
		c.vpc_source_ip = "10.1.0.4";
		code = put("/one/k", "", "x");
		assert_int_equal(code == NULL, row[i].from_another);
		c.vpc_endpoint_id = c.vpc_source_ip = NULL;
	}
}

static void a_public_policy_is_blocked_and_restricted(void **state)
{
	(void)state;
	GOOD(s3("PUT", "/one"));
	GOOD(put("/one/k", "", "secret"));
	BAD(403, "AccessDenied", set("PUT", "/one?policy", PUBLIC));
	GOOD(set("PUT", "/one?publicAccessBlock",
		 "<PublicAccessBlockConfiguration><RestrictPublicBuckets>true"
		 "</RestrictPublicBuckets></PublicAccessBlockConfiguration>"));
	GOOD(set("PUT", "/one?policy", PUBLIC));
	GOOD(s3("GET", "/one?policyStatus"));
	assert_true(sbx_answer_has(&c, "<IsPublic>true</IsPublic>"));
	c.key_id = NULL;
	BAD(403, "AccessDenied", s3("GET", "/one/k"));
	c.key_id = SANDBOX_ACCESS_KEY;
	GOOD(s3("DELETE", "/one?publicAccessBlock"));
	c.key_id = NULL;
	GOOD(s3("GET", "/one/k"));
	/* Who may not list may not learn what is not there. */
	BAD(403, "AccessDenied", s3("GET", "/one/none"));
	BAD(403, "AccessDenied", s3("GET", "/one?list-type=2"));
	BAD(403, "AccessDenied", s3("GET", "/"));
}

static void a_bad_policy_is_malformed(void **state)
{
	autofree char *large = NULL;

	(void)state;
	GOOD(s3("PUT", "/one"));
	BAD(400, "MalformedPolicy", set("PUT", "/one?policy", "{\"x\":1}"));
	BAD(400, "MalformedPolicy", set("PUT", "/one?policy", "nope"));
	BAD(400, "MalformedPolicy", set("PUT", "/one?policy", ""));
	large = xcalloc(1, 30001);
	memset(large, ' ', 30000);
	BAD(400, "PolicyTooLarge", set("PUT", "/one?policy", large));
	/* Of settings, S3 asks a checksum of tags, and of others that are not here. */
	GOOD(put("/one?policy", "", POLICY(VPCE)));
	GOOD(put("/one?versioning", "",
		 "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"));
}

/* A fault's code of S3 has the status that it has on AWS. */
static void a_faults_code_has_its_own_status(void **state)
{
	static const struct {
		const char *code;
		int status;
	} row[] = { { "ConditionalRequestConflict", 409 },
		    { "PreconditionFailed", 412 },
		    { "InvalidRange", 416 },
		    { "NotImplemented", 501 },
		    { "MethodNotAllowed", 405 },
		    { "EntityTooLarge", 400 } };

	(void)state;
	GOOD(s3("PUT", "/one"));
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		autofree char *fault = xasprintf("PutObject:1=%s", row[i].code);

		faults_clear(sbx_faults(c.sbx), NULL);
		assert_null(faults_add(sbx_faults(c.sbx), fault));
		BAD(row[i].status, row[i].code, put("/one/k", "", "x"));
	}
}

#define LOCK_OUT                                                                                   \
	"{\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\","            \
	"\"Resource\":[\"arn:aws:s3:::one\",\"arn:aws:s3:::one/*\"]}]}"

static void only_the_root_gets_back_in_after_a_lock_out(void **state)
{
	(void)state;
	GOOD(s3("PUT", "/one"));
	GOOD(set("PUT", "/one?policy", LOCK_OUT));
	BAD(403, "AccessDenied", s3("HEAD", "/one"));
	BAD(403, "AccessDenied", s3("DELETE", "/one"));
	GOOD(s3("DELETE", "/one?policy"));
	GOOD(s3("DELETE", "/one"));
}

static void a_role_may_what_its_policies_or_the_buckets_say(void **state)
{
	auto_sts_session cred = { 0 };

	(void)state;
	GOOD(s3("PUT", "/one"));
	GOOD(sbx_query_call(
		&c, "iam",
		"CreateRole&RoleName=r&AssumeRolePolicyDocument=%%7B%%22Statement%%22:%%7B%%"
		"22Effect%%22:"
		"%%22Allow%%22,%%22Principal%%22:%%7B%%22Service%%22:%%22ec2.amazonaws.com%%22%%7D,"
		"%%22Action%%22:%%22sts:AssumeRole%%22%%7D%%7D"));
	sbx_lock(c.sbx);
	assert_true(sts_role_credentials(c.sbx, "r", "i-0123", 3600, sbx_now_ms(c.sbx), &cred));
	sbx_unlock(c.sbx);

#define AS_ROLE (c.key_id = cred.access_key_id, c.secret = cred.secret_key, c.token = cred.token)
#define AS_ROOT (c.key_id = SANDBOX_ACCESS_KEY, c.secret = SANDBOX_SECRET_KEY, c.token = NULL)
	(void)AS_ROLE;
	BAD(403, "AccessDenied", put("/one/k", "", "x"));
	(void)AS_ROOT;
	GOOD(set("PUT", "/one?policy",
		 "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":"
		 "\"arn:aws:iam::123456789012:role/r\"},\"Action\":\"s3:PutObject\",\"Resource\":"
		 "\"arn:aws:s3:::one/*\"}]}"));
	(void)AS_ROLE;
	GOOD(put("/one/k", "", "x"));
	BAD(403, "AccessDenied", s3("GET", "/one/k"));
	(void)AS_ROOT;
	GOOD(s3("DELETE", "/one?policy"));
	GOOD(sbx_query_call(&c, "iam",
			    "AttachRolePolicy&RoleName=r&PolicyArn="
			    "arn:aws:iam::aws:policy/AmazonS3FullAccess"));
	(void)AS_ROLE;
	GOOD(put("/one/k", "", "x"));
	GOOD(s3("GET", "/one/k"));
	(void)AS_ROOT;
	GOOD(set("PUT", "/one?policy", POLICY(VPCE)));
	(void)AS_ROLE;
	BAD(403, "AccessDenied", put("/one/k", "", "x"));
	c.vpc_endpoint_id = VPCE;
	GOOD(put("/one/k", "", "x"));
}

/* ---- hostile ------------------------------------------------------------ */

static void what_makes_no_sense_is_refused(void **state)
{
	static const char *const targets[] = {
		"/one/%",
		"/one/%zz",
		"/one/%00",
		"/one/%ff",
		"//",
		"/one?cors",
		"/one/k?acl",
		"/%ff",
		"/one/k?torrent",
		"/one?versions&max-keys=99999999999999999999",
		"/one/k?partNumber=1",
	};
	autofree char *long_key = xcalloc(1, 1100);

	(void)state;
	GOOD(s3("PUT", "/one"));
	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		const char *code = s3("GET", targets[i]);

		if (!code || c.rep.status < 400 || c.rep.status > 499)
			fail_msg("%s: %s", targets[i], code ? code : "accepted");
	}
	memset(long_key, 'k', 1099);
	memcpy(long_key, "/one/", 5);
	BAD(400, "KeyTooLongError", put(long_key, "", ""));
	BAD(405, "MethodNotAllowed", s3("PATCH", "/one"));
	GOOD(put("/one/<&\">", "", "odd, but a key"));
	GOOD(s3("GET", "/one?list-type=2"));
	assert_true(sbx_answer_has(&c, "<Key>&lt;&amp;&quot;&gt;</Key>"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_bucket_is_made_where_its_constraint_says),
		T(bad_bucket_names_are_refused),
		T(an_accounts_own_namespace_needs_its_header_and_its_names),
		T(a_bucket_begins_as_awss_do),
		T(settings_are_kept_and_need_a_checksum),
		T(the_wrong_region_is_told_the_right_one),
		T(the_bucket_is_in_the_host_or_in_the_path),
		T(the_owner_that_was_expected_must_be_ours),
		T(a_new_bucket_is_not_everywhere_at_once),
		T(a_deleted_name_is_busy_for_a_while),
		T(an_object_is_put_read_in_ranges_and_deleted),
		T(settings_that_nobody_made_are_told_as_absent),
		T(an_objects_tags_are_those_of_its_upload),
		T(a_delete_heeds_its_condition),
		T(checksums_are_verified_by_every_algorithm),
		T(newer_clients_bodies_are_unframed),
		T(signed_chunks_hang_on_the_requests_signature),
		T(a_version_without_a_name_is_told_by_reads),
		T(versions_are_kept_marked_and_deleted_one_by_one),
		T(many_are_deleted_at_once),
		T(lists_fold_page_and_encode),
		T(parts_become_an_object),
		T(small_parts_are_for_the_end),
		T(the_procedures_policy_admits_the_endpoint_alone),
		T(a_policy_knows_where_a_request_came_from),
		T(a_public_policy_is_blocked_and_restricted),
		T(a_bad_policy_is_malformed),
		T(a_faults_code_has_its_own_status),
		T(only_the_root_gets_back_in_after_a_lock_out),
		T(a_role_may_what_its_policies_or_the_buckets_say),
		T(what_makes_no_sense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
