/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recording is compared with the sandbox: one that the sandbox itself gave is equal, each kind of
 * change by hand is told and nothing besides, and what is no recording gets one clear message.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/strv.h"
#include "base/text.h"
#include "sandbox/compare/compare.h"
#include "tests/lib/temp.h"

#define HEADER "{\"runbook_recording\":1,\"speed\":1.0}\n"

/*
 * A VPC is made, looked at until it is available (a second or two later), looked at once more, and
 * deleted; a second delete is refused.  Ids are the recording's own.
 */
struct line {
	const char *action, *params;
	int64_t at_ms;
	int status;
	const char *changes, *answer;
};
#define VPC(state)                                                                                 \
	"<vpcId>vpc-0aaaaaaaaaaaaaaaa</vpcId><ownerId>999988887777</ownerId><state>" state         \
	"</state><cidrBlock>10.9.0.0/16</cidrBlock><cidrBlockAssociationSet><item><cidrBlock>"     \
	"10.9.0.0/16</cidrBlock><associationId>vpc-cidr-assoc-0bbbbbbbbbbbbbbbb</associationId>"   \
	"<cidrBlockState><state>associated</state></cidrBlockState></item>"                        \
	"</cidrBlockAssociationSet><dhcpOptionsId>dopt-0cccccccccccccccc</dhcpOptionsId>"
#define VPC_END "<tagSet/><instanceTenancy>default</instanceTenancy><isDefault>false</isDefault>"
#define LISTED(state)                                                                              \
	"<DescribeVpcsResponse><requestId>59dbff89-35bd-4eac-99ed-be5870000000</requestId>"        \
	"<vpcSet><item>" VPC(state) VPC_END "</item></vpcSet></DescribeVpcsResponse>"
#define ASKED "\"VpcId.1\":\"vpc-0aaaaaaaaaaaaaaaa\""

static const struct line lines[] = {
	{ "CreateVpc", "\"CidrBlock\":\"10.9.0.0/16\"", 0, 200, "true",
	  "<CreateVpcResponse><requestId>59dbff89-35bd-4eac-99ed-be5870000000</requestId><vpc>" VPC(
		  "pending") VPC_END "</vpc></CreateVpcResponse>" },
	{ "DescribeVpcs", ASKED, 500, 200, "false", LISTED("pending") },
	{ "DescribeVpcs", ASKED, 9000, 200, "false", LISTED("available") },
	{ "DeleteVpc", "\"VpcId\":\"vpc-0aaaaaaaaaaaaaaaa\"", 20000, 200, "true",
	  "<DeleteVpcResponse><requestId>59dbff89-35bd-4eac-99ed-be5870000000</requestId>"
	  "<return>true</return></DeleteVpcResponse>" },
	{ "DeleteVpc", "\"VpcId\":\"vpc-0aaaaaaaaaaaaaaaa\"", 30000, 400, "true",
	  "<Response><Errors><Error><Code>InvalidVpcID.NotFound</Code><Message>text</Message>"
	  "</Error></Errors><RequestID>59dbff89-35bd-4eac-99ed-be5870000000</RequestID></Response>" },
};

static void add_line(struct buf *out, size_t n, const struct line *l)
{
	json_t *xml = json_string(l->answer);
	char *quoted = json_dumps(xml, JSON_ENCODE_ANY);

	(void)buf_addf(out,
		       "{\"n\":%zu,\"at_ms\":%lld,\"took_ms\":5,\"service\":\"ec2\",\"action\":"
		       "\"%s\",\"region\":\"us-east-1\",\"try\":1,\"changes\":%s,\"request\":{"
		       "\"method\":\"POST\",\"path\":\"/\",\"params\":{\"Action\":\"%s\","
		       "\"Version\":\"2016-11-15\",%s}},\"answer\":{\"status\":%d,\"headers\":{},"
		       "\"xml\":%s}}\n",
		       n, (long long)l->at_ms, l->action, l->changes, l->action, l->params,
		       l->status, quoted);
	free(quoted);
	json_decref(xml);
}

/* The recording, with the first `from` of it as `to`; NULL: as it is.  Caller frees. */
static char *recording_text(const char *from, const char *to)
{
	struct buf out = BUF_INIT, changed = BUF_INIT;
	const char *at;

	(void)buf_adds(&out, HEADER);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		add_line(&out, i + 1, &lines[i]);
	(void)buf_addf(&out, "{\"end\":true,\"exchanges\":%zu}\n", ARRAY_LEN(lines));
	at = from ? strstr(out.p, from) : NULL;
	if (!from)
		return buf_steal(&out);
	assert_non_null(at);
	(void)buf_add(&changed, out.p, (size_t)(at - out.p));
	(void)buf_addf(&changed, "%s%s", to, at + strlen(from));
	buf_clear(&out);
	return buf_steal(&changed);
}

/* What is told, a line each.  Caller frees. */
static char *compared(const char *text)
{
	struct recording r = { 0 };
	struct differences d = { 0 };
	struct compare_result result;
	struct buf out = BUF_INIT;

	assert_null(recording_parse(text, strlen(text), &r));
	assert_null(compare_play(&r, 1, &(struct compare_options){ 0 }, &d, &result));
	assert_int_equal(result.exchanges, r.n);
	differences_to_text(&d, &out);
	differences_clear(&d);
	recording_clear(&r);
	return buf_steal(&out);
}

static void the_sandboxs_own_answers_are_equal(void **state)
{
	autofree char *text = recording_text(NULL, NULL);
	autofree char *told = compared(text);

	(void)state;
	assert_string_equal(told, "");
}

/* One change by hand, and all that is told of it. */
static const struct {
	const char *from, *to, *told;
} changes[] = {
	{ "\"status\":200", "\"status\":202", "CreateVpc: status: recorded '202', here '200'\n" },
	{ "InvalidVpcID.NotFound", "DependencyViolation",
	  "DeleteVpc: code: recorded 'DependencyViolation', here 'InvalidVpcID.NotFound'\n" },
	{ "\"status\":400", "\"status\":403", "DeleteVpc: status: recorded '403', here '400'\n" },
	{ "<isDefault>", "<ipv6Pool>x</ipv6Pool><isDefault>",
	  "CreateVpc vpc/ipv6Pool: missing: recorded 'x', here nothing\n" },
	{ "<instanceTenancy>default</instanceTenancy>", "",
	  "CreateVpc vpc/instanceTenancy: extra: recorded nothing, here 'default'\n" },
	{ "<instanceTenancy>default</instanceTenancy>",
	  "<instanceTenancy>dedicated</instanceTenancy>",
	  "CreateVpc vpc/instanceTenancy: value: recorded 'dedicated', here 'default'\n" },
	{ "<cidrBlock>10.9.0.0/16</cidrBlock><cidrBlockAssociationSet>",
	  "<cidrBlock>10.8.0.0/16</cidrBlock><cidrBlockAssociationSet>",
	  "CreateVpc vpc/cidrBlock: value: recorded '10.8.0.0/16', here '10.9.0.0/16'\n" },
	{ "<state>pending</state>", "<state>available</state>",
	  "CreateVpc vpc/state: states: recorded 'available, pending, available', here 'pending, "
	  "available'\n" },
	{ "<state>available</state>", "<state>failed</state>",
	  "CreateVpc vpc/state: states: recorded 'pending, failed', here 'pending, available'\n" },
	{ "\"at_ms\":500,", "\"at_ms\":8500,",
	  "CreateVpc vpc/state: duration: recorded '8 to 10 s until available', here " },
	{ "<vpcSet><item>", "<vpcSet><item><vpcId>vpc-0dddddddddddddddd</vpcId></item><item>",
	  "DescribeVpcs vpcSet/item: missing: recorded 'elements', here nothing\n" },
};

static void each_kind_of_difference_is_told_and_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		autofree char *text = recording_text(changes[i].from, changes[i].to);
		autofree char *told = compared(text);

		if (text_ends_with(changes[i].told, " ")
			    ? !text_starts_with(told, changes[i].told) ||
				      strchr(told, '\n') != told + strlen(told) - 1
			    : !text_eq(told, changes[i].told))
			fail_msg("%zu: '%s' for '%s' told:\n%s", i, changes[i].to, changes[i].from,
				 told);
	}
}

/* A thing that was bound by one answer is another in the next. */
static void another_id_in_a_bound_place_is_told(void **state)
{
	autofree char *text = recording_text("<vpcSet><item><vpcId>vpc-0aaaaaaaaaaaaaaaa",
					     "<vpcSet><item><vpcId>vpc-0eeeeeeeeeeeeeeee");
	autofree char *told = compared(text);

	(void)state;
	/* The id is new, and may stand for the one here; that one has a name already. */
	assert_true(text_starts_with(told, "DescribeVpcs vpcSet/item/vpcId: value: recorded "
					   "'vpc-0eeeeeeeeeeeeeeee', here 'vpc-"));
}

/* Refused at first in the recording, and let through here: its answer binds the ids all the same.
 */
static void what_is_let_through_early_is_compared_later(void **state)
{
	static const struct line refused = {
		"CreateVpc",
		"\"CidrBlock\":\"10.9.0.0/16\"",
		0,
		400,
		"true",
		"<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>text</Message>"
		"</Error></Errors><RequestID>59dbff89-35bd-4eac-99ed-be5870000000</RequestID>"
		"</Response>"
	};
	struct buf out = BUF_INIT;
	autofree char *text = NULL, *told = NULL;

	(void)state;
	(void)buf_adds(&out, HEADER);
	add_line(&out, 1, &refused);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct line l = lines[i];

		if (!i)
			l.at_ms = 400;
		add_line(&out, i + 2, &l);
	}
	(void)buf_addf(&out, "{\"end\":true,\"exchanges\":%zu}\n", ARRAY_LEN(lines) + 1);
	text = buf_steal(&out);
	told = compared(text);
	assert_string_equal(told, "");
}

static char folder[TEMP_MAX];

static const char *write_known(const char *text)
{
	static char path[TEMP_MAX + 16];

	(void)snprintf(path, sizeof(path), "%s/known.json", folder);
	assert_null(file_write_atomic(path, text, strlen(text), 0600));
	return path;
}

static void known_ones_are_not_told_unless_they_are_not_met(void **state)
{
	const char *path = write_known(
		"{\"known\":[{\"action\":\"CreateVpc\",\"element\":\"vpc/inst*\","
		"\"kind\":\"extra\",\"reason\":\"x\"},{\"action\":\"DeleteVpc\","
		"\"element\":\"\",\"kind\":\"code\",\"reason\":\"y\"},{\"action\":\"A\",\"element\":\"b\",\"kind\":"
		"\"states\",\"reason\":\"z\",\"sometimes\":true}]}");
	autofree char *text = recording_text("<instanceTenancy>default</instanceTenancy>", "");
	struct differences d = { 0 };
	struct compare_result result;
	struct recording r = { 0 };
	auto_buf out = BUF_INIT;

	(void)state;
	assert_null(differences_read_known(&d, path));
	assert_null(recording_parse(text, strlen(text), &r));
	assert_null(compare_play(&r, 1, &(struct compare_options){ 0 }, &d, &result));
	assert_int_equal(differences_open(&d), 1);
	differences_to_text(&d, &out);
	assert_string_equal(out.p, "DeleteVpc : code: known, and not met\n");
	differences_clear(&d);
	recording_clear(&r);
}

static void a_list_of_known_ones_needs_reasons(void **state)
{
	static const char *const wrong[] = {
		"",
		"[]",
		"{\"known\":{}}",
		"{\"known\":[1]}",
		"{\"known\":[{\"action\":\"A\",\"element\":\"\",\"kind\":\"code\"}]}",
		"{\"known\":[{\"action\":\"A\",\"element\":\"\",\"kind\":\"odd\",\"reason\":\"r\"}]}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct differences d = { 0 };
		auto_error struct rb_error *err = differences_read_known(&d, write_known(wrong[i]));

		assert_non_null(err);
		assert_int_equal(err->kind, RB_USAGE);
		assert_non_null(err->why);
	}
}

#define GOOD                                                                                       \
	"{\"n\":1,\"at_ms\":1,\"took_ms\":1,\"service\":\"ec2\",\"action\":\"A\",\"region\":"      \
	"\"r\",\"request\":{\"method\":\"POST\",\"path\":\"/\"},\"error\":\"lost\"}\n"
/* "line N: why" of each. */
static const struct {
	const char *text, *why;
} hostile[] = {
	{ "", "line 1: it is empty" },
	{ "\n", "line 1: it is no JSON object" },
	{ "\x7f"
	  "ELF\x02\x01\n",
	  "line 1: it is no JSON object" },
	{ "{}\n", "line 1: this is no recording of runbook's" },
	{ "{\"runbook_recording\":\"1\"}\n", "line 1: this is no recording of runbook's" },
	{ "{\"runbook_recording\":2}\n", "line 1: its version is not 1" },
	{ "{\"runbook_recording\":1,\"speed\":0}\n", "line 1: 'speed' is no number" },
	{ "{\"runbook_recording\":1,\"speed\":\"x\"}\n", "line 1: 'speed' is no number" },
	{ HEADER "{\"n\":1", "line 2: it is cut off" },
	{ HEADER "[]\n", "line 2: it is no JSON object" },
	{ HEADER "{}\n", "line 2: it lacks 'service'" },
	{ HEADER "{\"service\":\"a b\",\"action\":\"A\",\"region\":\"r\"}\n",
	  "line 2: it lacks 'service'" },
	{ HEADER "{\"service\":\"s\",\"action\":\"A\",\"region\":\"r\",\"at_ms\":-1,"
		 "\"took_ms\":1}\n",
	  "line 2: 'at_ms' or 'took_ms'" },
	{ HEADER "{\"service\":\"s\",\"action\":\"A\",\"region\":\"r\",\"at_ms\":1e300,"
		 "\"took_ms\":1}\n",
	  "line 2: 'at_ms' or 'took_ms'" },
	{ HEADER
	  "{\"service\":\"s\",\"action\":\"A\",\"region\":\"r\",\"at_ms\":1,\"took_ms\":1}\n",
	  "line 2: it has no 'request'" },
	{ HEADER "{\"service\":\"s\",\"action\":\"A\",\"region\":\"r\",\"at_ms\":1,\"took_ms\":1,"
		 "\"request\":{\"method\":\"POST\",\"path\":\"/\",\"params\":{\"a\":1}},"
		 "\"error\":\"lost\"}\n",
	  "line 2: 'request' holds something else" },
	{ HEADER "{\"service\":\"s\",\"action\":\"A\",\"region\":\"r\",\"at_ms\":1,\"took_ms\":1,"
		 "\"request\":{\"method\":\"POST\",\"path\":\"/\",\"bytes\":99999999999}}\n",
	  "line 2: the body of 'request'" },
	{ HEADER "{\"service\":\"s\",\"action\":\"A\",\"region\":\"r\",\"at_ms\":1,\"took_ms\":1,"
		 "\"request\":{\"method\":\"POST\",\"path\":\"/\"},\"answer\":{\"status\":2000}}\n",
	  "line 2: 'answer.status'" },
	{ HEADER GOOD "{\"end\":true,\"exchanges\":2}\n", "line 3: it counts other" },
	{ HEADER "{\"end\":true,\"exchanges\":0}\n" GOOD, "line 3: something follows" },
};

static void what_is_no_recording_gets_one_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		struct recording r = { 0 };
		auto_error struct rb_error *err =
			recording_parse(hostile[i].text, strlen(hostile[i].text), &r);

		if (!err || err->kind != RB_USAGE || !text_starts_with(err->why, hostile[i].why))
			fail_msg("%s: '%s'", hostile[i].text, err ? err->why : "no error");
		assert_null(r.v);
	}
}

/* What was killed in the middle has whole lines and no end: it is compared, and that is said. */
static void a_recording_without_its_end_is_compared(void **state)
{
	static const char text[] = HEADER GOOD;
	struct differences d = { 0 };
	struct compare_result result;
	struct recording r = { 0 };

	(void)state;
	assert_null(recording_parse(text, strlen(text), &r));
	assert_null(compare_play(&r, 1, &(struct compare_options){ 0 }, &d, &result));
	assert_false(result.whole);
	assert_int_equal(result.unanswered, 1);
	assert_int_equal(d.n, 0);
	differences_clear(&d);
	recording_clear(&r);
}

static int make_folder(void **state)
{
	(void)state;
	return temp_folder(folder, "test_compare") ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return file_remove_tree(folder) ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sandboxs_own_answers_are_equal),
		cmocka_unit_test(each_kind_of_difference_is_told_and_nothing_else),
		cmocka_unit_test(another_id_in_a_bound_place_is_told),
		cmocka_unit_test(what_is_let_through_early_is_compared_later),
		cmocka_unit_test(known_ones_are_not_told_unless_they_are_not_met),
		cmocka_unit_test(a_list_of_known_ones_needs_reasons),
		cmocka_unit_test(what_is_no_recording_gets_one_message),
		cmocka_unit_test(a_recording_without_its_end_is_compared),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
