/* SPDX-License-Identifier: Apache-2.0 */
/* XML into fields, form bodies out of parameters, and the four error envelopes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aws/core/query.h"
#include "aws/core/reply.h"
#include "aws/core/xml.h"
#include "base/alloc.h"
#include "base/text.h"

static void parse(const char *text, struct xml_reply *ret)
{
	struct rb_error *err = xml_parse(text, strlen(text), ret);

	if (err)
		fail_msg("%s", err->why);
}

/* ---- finding and reading ------------------------------------------------- */

static const char vpcs[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	"<DescribeVpcsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\" "
	"xmlns:x=\"urn:x\">\n"
	"  <requestId>r-1</requestId>\n"
	"  <vpcSet>\n"
	"    <item><vpcId> vpc-1 </vpcId><isDefault>TRUE</isDefault><n>12</n><empty/>\n"
	"      <tagSet/><tagSet><item><key>a&amp;b</key><value/></item></tagSet>\n"
	"      <tagSet><item><value>2</value><key>second</key></item></tagSet></item>\n"
	"    <!-- a comment --><item><unknown>1</unknown></item>\n"
	"    <x:item><x:vpcId><![CDATA[vpc-2]]></x:vpcId><n>12x</n></x:item>\n"
	"  </vpcSet>\n"
	"  <vpcSet><item><vpcId>vpc-3</vpcId></item></vpcSet>\n"
	"</DescribeVpcsResponse>";

static void elements_are_found_by_local_names_wherever_they_are(void **state)
{
	auto_xml_reply r = XML_REPLY_INIT;
	auto_strv ids = { 0 };
	size_t items = 0;

	(void)state;
	parse(vpcs, &r);
	assert_string_equal(xml_name(r.root), "DescribeVpcsResponse");
	xml_strv(r.root, "vpcSet/item/vpcId", &ids);
	assert_int_equal(ids.n, 3);
	assert_string_equal(ids.v[0], "vpc-1");
	assert_string_equal(ids.v[1], "vpc-2");
	assert_string_equal(ids.v[2], "vpc-3");
	xml_each(item, r.root, "vpcSet/item") {
		assert_string_equal(xml_name(item), "item");
		items++;
	}
	assert_int_equal(items, 4);
	assert_null(xml_first(r.root, "vpcSet/item/nothing"));
	assert_null(xml_first(r.root, "item"));
	assert_null(xml_first(NULL, "vpcSet"));
	assert_ptr_equal(xml_first(r.root, ""), r.root);
}

static void text_is_read_as_what_it_is(void **state)
{
	auto_xml_reply r = XML_REPLY_INIT;
	const struct xml_node *item;
	struct aws_tags tags = { 0 };

	(void)state;
	parse(vpcs, &r);
	item = xml_first(r.root, "vpcSet/item");
	{
		autofree char *id = xml_text(item, "vpcId"), *none = xml_text(item, "none");
		autofree char *empty = xml_text(item, "empty");
		autofree char *there = xml_text_or_empty(item, "empty");
		autofree char *absent = xml_text_or_empty(item, "none");
		autofree char *deep = xml_text(r.root, "vpcSet/item/unknown");

		assert_string_equal(id, "vpc-1");
		assert_null(none);
		assert_null(empty);
		assert_string_equal(there, "");
		assert_null(absent);
		assert_string_equal(deep, "1");
	}
	assert_true(xml_bool(item, "isDefault"));
	assert_false(xml_bool(item, "none"));
	assert_true(xml_is(item, "vpcId", "VPC-1"));
	assert_int_equal(xml_int(item, "n", -1), 12);
	assert_int_equal(xml_int(item, "none", -1), -1);
	item = xml_next(r.root, "vpcSet/item", xml_next(r.root, "vpcSet/item", item));
	assert_int_equal(xml_int(item, "n", -1), -1);
	xml_tags(xml_first(r.root, "vpcSet/item"), "tagSet/item", &tags);
	assert_int_equal(tags.n, 2);
	assert_string_equal(aws_tags_get(&tags, "a&b"), "");
	assert_string_equal(aws_tags_get(&tags, "second"), "2");
	aws_tags_clear(&tags);
}

/* Where a user chose the text, white space is part of it. */
static void white_space_of_keys_and_tags_is_kept(void **state)
{
	auto_xml_reply r = XML_REPLY_INIT;
	struct aws_tags tags = { 0 };

	(void)state;
	parse("<r><n> 7 </n><tagSet><item><key>space </key><value> a  b </value></item></tagSet></r>",
	      &r);
	{
		autofree char *trimmed = xml_text(r.root, "n"), *exact = xml_exact(r.root, "n");

		assert_string_equal(trimmed, "7");
		assert_string_equal(exact, " 7 ");
		assert_null(xml_exact(r.root, "none"));
	}
	xml_tags(r.root, "tagSet/item", &tags);
	assert_int_equal(tags.n, 1);
	assert_string_equal(tags.v[0].key, "space ");
	assert_string_equal(tags.v[0].value, " a  b ");
	aws_tags_clear(&tags);
}

static void documents_that_aws_never_sends_are_refused(void **state)
{
	struct buf deep = BUF_INIT, wide = BUF_INIT;
	static const char *const bad[] = {
		"",
		"   ",
		"plain text",
		"<a>",
		"<a></b>",
		"<a/><b/>",
		"<a>&undefined;</a>",
		"<a>\x01</a>",
		"<a b=1/>",
		"<!DOCTYPE a><a/>",
		"<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/x.dtd\"><a/>",
		"<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
		"<!DOCTYPE a [<!ENTITY x \"y\"><!ENTITY z \"&x;&x;&x;&x;&x;&x;\">]><a>&z;&z;</a>",
		"<!DOCTYPE a [<!ENTITY % p SYSTEM \"http://127.0.0.1:1/\">%p;]><a/>",
		"<?xml version=\"1.0\" encoding=\"utf-8\"?><a>\xff\xfe</a>",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		auto_xml_reply r = XML_REPLY_INIT;
		auto_error struct rb_error *err = xml_parse(bad[i], strlen(bad[i]), &r);

		if (!rb_error_is(err, RB_PROTOCOL))
			fail_msg("'%s' was taken", bad[i]);
		assert_non_null(err->why);
		assert_null(r.root);
	}
	for (int i = 0; i < 2000; i++)
		(void)buf_adds(&deep, "<a>");
	for (int i = 0; i < 2000; i++)
		(void)buf_adds(&deep, "</a>");
	(void)buf_adds(&wide, "<r>");
	for (int i = 0; i < 1100000; i++)
		(void)buf_adds(&wide, "<a/>");
	(void)buf_adds(&wide, "</r>");
	{
		auto_xml_reply r = XML_REPLY_INIT;
		struct rb_error *err = xml_parse(deep.p, deep.n, &r);

		assert_true(rb_error_is(err, RB_PROTOCOL));
		assert_non_null(strstr(err->why, "too deeply"));
		(void)rb_error_free(err);
		err = xml_parse(wide.p, wide.n, &r);
		assert_true(rb_error_is(err, RB_PROTOCOL));
		assert_non_null(strstr(err->why, "too many"));
		(void)rb_error_free(err);
	}
	buf_clear(&deep);
	buf_clear(&wide);
}

static void an_xml_bomb_is_refused_before_it_is_looked_into(void **state)
{
	struct buf bomb = BUF_INIT;
	auto_xml_reply r = XML_REPLY_INIT;
	struct rb_error *err;

	(void)state;
	(void)buf_adds(&bomb, "<!DOCTYPE a [<!ENTITY e0 \"0123456789\">");
	for (int i = 1; i < 10; i++) {
		(void)buf_addf(&bomb, "<!ENTITY e%d \"", i);
		for (int j = 0; j < 10; j++)
			(void)buf_addf(&bomb, "&e%d;", i - 1);
		(void)buf_adds(&bomb, "\">");
	}
	(void)buf_adds(&bomb, "]><a>&e9;</a>");
	err = xml_parse(bomb.p, bomb.n, &r);
	assert_true(rb_error_is(err, RB_PROTOCOL));
	assert_non_null(strstr(err->why, "it has a document type"));
	(void)rb_error_free(err);
	buf_clear(&bomb);
}

/* ---- errors -------------------------------------------------------------- */

struct envelope_case {
	enum aws_protocol protocol;
	const char *service;
	int status;
	const char *headers[4]; /* name, value, ... */
	const char *body;
	enum rb_kind kind;
	const char *code, *why, *request_id, *host_id, *region;
};

static void all_envelopes_become_one_error(void **state)
{
	static const struct envelope_case cases[] = {
		{ AWS_PROTOCOL_EC2,
		  "ec2",
		  400,
		  { NULL },
		  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>"
		  "<Code>DependencyViolation</Code><Message>resource sg-9ce598e4 has a dependent "
		  "object</Message></Error></Errors><RequestID>a92c83be</RequestID></Response>",
		  RB_DEPENDENCY,
		  "DependencyViolation",
		  "DependencyViolation: resource sg-9ce598e4 has a dependent object",
		  "a92c83be",
		  NULL,
		  NULL },
		{ AWS_PROTOCOL_QUERY,
		  "iam",
		  404,
		  { "x-amzn-RequestId", "by-header" },
		  "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error>"
		  "<Type>Sender</Type><Code>NoSuchEntity</Code><Message>The role with name x "
		  "cannot "
		  "be found.</Message></Error><RequestId>by-body</RequestId></ErrorResponse>",
		  RB_GONE,
		  "NoSuchEntity",
		  "NoSuchEntity: The role with name x cannot be found.",
		  "by-header",
		  NULL,
		  NULL },
		{ AWS_PROTOCOL_S3,
		  "s3",
		  400,
		  { "x-amz-id-2", "h2" },
		  "<?xml version=\"1.0\"?>\n<Error><Code>AuthorizationHeaderMalformed</Code>"
		  "<Message>the region 'x' is wrong; expecting 'us-east-1'</Message>"
		  "<Region>us-east-1</Region><RequestId>R</RequestId><HostId>H</HostId></Error>",
		  RB_FAILED,
		  "AuthorizationHeaderMalformed",
		  "AuthorizationHeaderMalformed: the region 'x' is wrong; expecting 'us-east-1'",
		  "R",
		  "h2",
		  "us-east-1" },
		{ AWS_PROTOCOL_S3,
		  "s3",
		  301,
		  { "x-amz-bucket-region", "eu-west-1", "x-amz-request-id", "RH" },
		  "",
		  RB_FAILED,
		  NULL,
		  "HTTP 301 without a body",
		  "RH",
		  NULL,
		  "eu-west-1" },
		{ AWS_PROTOCOL_JSON,
		  "ssm",
		  400,
		  { "x-amzn-RequestId", "j" },
		  "{\"__type\":\"AccessDeniedException\",\"Message\":\"User x is not authorized\"}",
		  RB_DENIED,
		  "AccessDeniedException",
		  "AccessDeniedException: User x is not authorized",
		  "j",
		  NULL,
		  NULL },
		{ AWS_PROTOCOL_JSON,
		  "ssm",
		  400,
		  { NULL },
		  "{\"__type\":\"com.amazonaws.ssm#ParameterNotFound\"}",
		  RB_GONE,
		  "ParameterNotFound",
		  "ParameterNotFound (HTTP 400)",
		  NULL,
		  NULL,
		  NULL },
		{ AWS_PROTOCOL_JSON,
		  "ec2-instance-connect",
		  500,
		  { "x-amzn-ErrorType", "a#ServiceException:http://internal.amazon.com/x" },
		  "not json",
		  RB_RETRY,
		  "ServiceException",
		  "ServiceException (HTTP 500)",
		  NULL,
		  NULL,
		  NULL },
		{ AWS_PROTOCOL_JSON,
		  "ssm",
		  400,
		  { NULL },
		  "{\"code\":\"Y\",\"message\":\"\\u001b[2Jm\\n\"}",
		  RB_FAILED,
		  "Y",
		  "Y: ?[2Jm ",
		  NULL,
		  NULL,
		  NULL },
		{ AWS_PROTOCOL_JSON,
		  "ssm",
		  400,
		  { NULL },
		  "{\"code\":\"X\",\"message\":\"m\"}",
		  RB_FAILED,
		  "X",
		  "X: m",
		  NULL,
		  NULL,
		  NULL },
		{ AWS_PROTOCOL_JSON,
		  "ssm",
		  503,
		  { NULL },
		  "[\"odd\"]",
		  RB_RETRY,
		  NULL,
		  "HTTP 503: [\"odd\"]",
		  NULL,
		  NULL,
		  NULL },
		{ AWS_PROTOCOL_EC2,
		  "ec2",
		  502,
		  { "Content-Type", "text/html; charset=utf-8" },
		  "<html><h1>Bad Gateway</h1></html>",
		  RB_RETRY,
		  NULL,
		  "HTTP 502 with an HTML page, which no AWS service sends",
		  NULL,
		  NULL,
		  NULL },
		{ AWS_PROTOCOL_EC2,
		  "ec2",
		  403,
		  { NULL },
		  "Forbidden by \x1b[31mpolicy",
		  RB_DENIED,
		  NULL,
		  "HTTP 403: Forbidden by ?[31mpolicy",
		  NULL,
		  NULL,
		  NULL },
		{ AWS_PROTOCOL_EC2,
		  "ec2",
		  400,
		  { NULL },
		  "<Response><Errors/></Response>",
		  RB_FAILED,
		  NULL,
		  "HTTP 400: <Response><Errors/></Response>",
		  NULL,
		  NULL,
		  NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct envelope_case *c = &cases[i];
		auto_http_response res = { .status = c->status, .body = BUF_INIT };
		auto_error struct rb_error *err = NULL;

		for (size_t h = 0; h < ARRAY_LEN(c->headers) && c->headers[h]; h += 2)
			http_headers_add(&res.headers, c->headers[h], c->headers[h + 1]);
		(void)buf_adds(&res.body, c->body);
		err = reply_error(c->protocol, c->service, "AnyAction", &res);
		assert_non_null(err);
		assert_string_equal(rb_kind_name(err->kind), rb_kind_name(c->kind));
		assert_string_equal(err->why, c->why);
		assert_int_equal(err->http_status, c->status);
		assert_null(err->what);
		if (!text_eq(err->aws_code, c->code) || !text_eq(err->request_id, c->request_id) ||
		    !text_eq(err->host_id, c->host_id) || !text_eq(err->region, c->region))
			fail_msg("case %zu", i);
	}
}

/* ---- parameters ---------------------------------------------------------- */

static void parameters_become_a_form_body(void **state)
{
	static const struct aws_filter filters[] = {
		{ "vpc-id", { "vpc-1" } },
		{ "state", { "a", "b", "c" } },
		{ NULL, { NULL } },
	};
	const char *const ids[] = { "i-1", "i-2", NULL };
	struct aws_tags tags = { 0 }, none = { 0 };
	auto_aws_params p = AWS_PARAMS_INIT;

	(void)state;
	aws_tags_add(&tags, "Name", "a b/c&d=\xe3\x81\x82");
	aws_tags_add(&tags, "empty", "");
	params_add(&p, "CidrBlock", "10.0.0.0/16");
	params_add(&p, "Absent", NULL);
	params_add(&p, "Blank", "");
	params_add_int(&p, "N", -12);
	params_add_bool(&p, "Yes", true);
	params_add_list(&p, "InstanceId", ids);
	params_add_list(&p, "Nothing", NULL);
	params_add_filters(&p, filters);
	params_add_filters(&p, NULL);
	params_add_filter(&p, "tag:k*", "v");
	params_add_tag_spec(&p, "vpc", &tags);
	params_add_tag_spec(&p, "none", &none);
	params_add_tag_spec(&p, "volume", &tags);
	params_add_tags(&p, "Tags.member", &tags);
	params_addf(&p, "x", "A.%d.B", 7);
	assert_string_equal(
		p.body.p,
		"CidrBlock=10.0.0.0%2F16&Blank=&N=-12&Yes=true&InstanceId.1=i-1&InstanceId.2=i-2"
		"&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1&Filter.2.Name=state&Filter.2.Value.1="
		"a"
		"&Filter.2.Value.2=b&Filter.2.Value.3=c&Filter.3.Name=tag%3Ak%2A&Filter.3.Value.1=v"
		"&TagSpecification.1.ResourceType=vpc&TagSpecification.1.Tag.1.Key=Name"
		"&TagSpecification.1.Tag.1.Value=a%20b%2Fc%26d%3D%E3%81%82"
		"&TagSpecification.1.Tag.2.Key=empty&TagSpecification.1.Tag.2.Value="
		"&TagSpecification.2.ResourceType=volume&TagSpecification.2.Tag.1.Key=Name"
		"&TagSpecification.2.Tag.1.Value=a%20b%2Fc%26d%3D%E3%81%82"
		"&TagSpecification.2.Tag.2.Key=empty&TagSpecification.2.Tag.2.Value="
		"&Tags.member.1.Key=Name&Tags.member.1.Value=a%20b%2Fc%26d%3D%E3%81%82"
		"&Tags.member.2.Key=empty&Tags.member.2.Value=&A.7.B=x");
	aws_tags_clear(&tags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_are_found_by_local_names_wherever_they_are),
		cmocka_unit_test(text_is_read_as_what_it_is),
		cmocka_unit_test(white_space_of_keys_and_tags_is_kept),
		cmocka_unit_test(documents_that_aws_never_sends_are_refused),
		cmocka_unit_test(an_xml_bomb_is_refused_before_it_is_looked_into),
		cmocka_unit_test(all_envelopes_become_one_error),
		cmocka_unit_test(parameters_become_a_form_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
