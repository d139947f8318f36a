/* SPDX-License-Identifier: Apache-2.0 */
/* Describes of one turn as one call: who may share, who must not, and what each asker gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/text.h"
#include "tests/lib/fault_world.h"

enum { ASKERS = 3 };

#define VPC(id, run, step)                                                                         \
	"<item><vpcId>" id "</vpcId><tagSet><item><key>runbook:run</key><value>" run               \
	"</value></item><item><key>runbook:step</key><value>" step                                 \
	"</value></item></tagSet></item>"
#define ALL_VPCS VPC("vpc-3", "r", "3") VPC("vpc-1", "r", "1") VPC("vpc-2", "r", "2")

/* A task that asks for VPCs, and before that may change something. */
struct asker {
	struct fault_world *f;
	struct aws_client *client;
	struct aws_observer observer;
	const char *ids[3];
	struct aws_filter filters[3];
	bool changes_first;
	int told; /* calls that its observer was told of */
	struct task *task;
	struct ec2_vpcs found;
	struct rb_error *err;
};

static void count_told(void *arg, const char *service, const char *action, const char *region,
		       int http_status, const char *request_id, int64_t took_ms,
		       const struct rb_error *err)
{
	struct asker *a = arg;

	(void)service, (void)region, (void)http_status, (void)request_id, (void)took_ms, (void)err;
	a->told += text_eq(action, "DescribeVpcs");
}

static void ask(void *arg)
{
	struct asker *a = arg;

	if (a->changes_first)
		fw_assert_well(ec2_delete_vpc(a->client, "vpc-9"));
	a->err = ec2_describe_vpcs(a->client, a->ids[0] ? a->ids : NULL,
				   a->filters[0].name ? a->filters : NULL, &a->found);
}

static void begin(struct fault_world *f, struct asker *askers)
{
	fw_start(f);
	aws_session_share_reads(f->session, true);
	for (int i = 0; i < ASKERS; i++) {
		struct asker *a = &askers[i];

		*a = (struct asker){ .f = f, .client = aws_client_new(f->session, "eu-west-1") };
		a->observer = (struct aws_observer){ a, NULL, count_told, NULL };
		aws_client_observe(a->client, &a->observer);
	}
}

static void start(struct asker *a)
{
	a->task = loop_spawn(a->f->loop, ask, a);
}

static void finish(struct asker *askers, int n)
{
	for (int i = 0; i < n; i++)
		while (askers[i].task && !task_is_done(askers[i].task))
			loop_run_once(askers[i].f->loop, /* max_ms= */ 1000, /* wake_fd= */ -1);
}

static void end(struct fault_world *f, struct asker *askers)
{
	for (int i = 0; i < ASKERS; i++) {
		task_free(askers[i].task);
		ec2_vpcs_clear(&askers[i].found);
		(void)rb_error_free(askers[i].err);
		aws_client_free(askers[i].client);
	}
	fw_stop(f);
}

static void add_vpcs(struct fault_world *f, const char *items)
{
	autofree char *body =
		xasprintf("<DescribeVpcsResponse><requestId>r-ok</requestId><vpcSet>%s"
			  "</vpcSet></DescribeVpcsResponse>",
			  items);

	fw_add_http(f, 200, "Content-Type: text/xml\r\n", 0, body);
}

static bool was_asked(struct fault_world *f, size_t i, const char *text)
{
	const char *request = faultd_request(f->d, i);

	return request && strstr(request, text);
}

static void assert_found(const struct asker *a, const char *id)
{
	if (a->err)
		fail_msg("%s: %s", a->err->what, a->err->why);
	assert_int_equal(a->found.n, 1);
	assert_string_equal(a->found.v[0].vpc_id, id);
}

static void ids_of_one_turn_become_one_list(void **state)
{
	struct fault_world f = { 0 };
	struct asker askers[ASKERS];

	(void)state;
	add_vpcs(&f, ALL_VPCS);
	begin(&f, askers);
	askers[0].ids[0] = "vpc-1";
	askers[1].ids[0] = "vpc-2";
	askers[2].ids[0] = "vpc-1";
	askers[2].ids[1] = "vpc-3";
	for (int i = 0; i < ASKERS; i++)
		start(&askers[i]);
	finish(askers, ASKERS);
	assert_int_equal(faultd_count(f.d), 1);
	assert_true(was_asked(&f, 0, "VpcId.3=") && !was_asked(&f, 0, "VpcId.4="));
	assert_found(&askers[0], "vpc-1");
	assert_found(&askers[1], "vpc-2");
	assert_int_equal(askers[2].found.n, 2);
	for (int i = 0; i < ASKERS; i++)
		assert_int_equal(askers[i].told, 1);
	end(&f, askers);
}

static void tags_of_one_turn_become_one_filter(void **state)
{
	static const char *const steps[] = { "1", "2", "7" };
	struct fault_world f = { 0 };
	struct asker askers[ASKERS];

	(void)state;
	add_vpcs(&f, ALL_VPCS VPC("vpc-4", "another", "1"));
	begin(&f, askers);
	for (int i = 0; i < ASKERS; i++) {
		askers[i].filters[0] = (struct aws_filter){ "tag:runbook:run", { "r" } };
		askers[i].filters[1] = (struct aws_filter){ "tag:runbook:step", { steps[i] } };
		start(&askers[i]);
	}
	finish(askers, ASKERS);
	assert_int_equal(faultd_count(f.d), 1);
	assert_true(was_asked(&f, 0, "Filter.2.Value.3="));
	assert_true(was_asked(&f, 0, "MaxResults="));
	assert_found(&askers[0], "vpc-1");
	assert_found(&askers[1], "vpc-2");
	assert_int_equal(askers[2].found.n, 0);
	assert_null(askers[2].err);
	end(&f, askers);
}

static void what_is_not_the_same_question_is_asked_apart(void **state)
{
	struct fault_world f = { 0 };
	struct asker askers[ASKERS];

	(void)state;
	add_vpcs(&f, ALL_VPCS);
	begin(&f, askers);
	askers[0].ids[0] = "vpc-1"; /* by id */
	askers[1].filters[0] = (struct aws_filter){ "tag:runbook:run", { "r" } };
	askers[2].ids[0] = "vpc-2"; /* in another region */
	aws_client_free(askers[2].client);
	askers[2].client = aws_client_new(f.session, "eu-west-2");
	for (int i = 0; i < ASKERS; i++)
		start(&askers[i]);
	finish(askers, ASKERS);
	assert_int_equal(faultd_count(f.d), 3);
	end(&f, askers);
}

/* Whoever asks first.  One that is not in the list is asked for after it. */
static void a_list_of_all_answers_who_asks_for_one(void **state)
{
	(void)state;
	for (int list = 0; list < ASKERS; list++) {
		const int one = (list + 1) % ASKERS, absent = (list + 2) % ASKERS;
		struct fault_world f = { 0 };
		struct asker askers[ASKERS];

		add_vpcs(&f, ALL_VPCS);
		add_vpcs(&f, VPC("vpc-8", "r", "8"));
		begin(&f, askers);
		askers[list].filters[0] = (struct aws_filter){ "vpc-id", { "vpc-1" } };
		askers[one].ids[0] = "vpc-2";
		askers[absent].ids[0] = "vpc-8";
		for (int i = 0; i < ASKERS; i++)
			start(&askers[i]);
		finish(askers, ASKERS);
		assert_int_equal(faultd_count(f.d), 2);
		assert_true(was_asked(&f, 0, "=vpc-id") && !was_asked(&f, 0, "VpcId.1="));
		assert_true(was_asked(&f, 1, "VpcId.1=vpc-8") && !was_asked(&f, 1, "VpcId.2="));
		assert_int_equal(askers[list].found.n, 3);
		assert_found(&askers[one], "vpc-2");
		assert_found(&askers[absent], "vpc-8");
		assert_int_equal(askers[one].told, 2); /* of the call that its turn made after it */
		assert_int_equal(askers[absent].told, 2);
		assert_int_equal(askers[list].told, 1);
		end(&f, askers);
	}
}

/* Its failure is that of who asked for all; who asks for two may find one in it. */
static void who_asks_for_one_does_not_fail_with_the_list_of_all(void **state)
{
	struct fault_world f = { 0 };
	struct asker askers[ASKERS];

	(void)state;
	fw_add_http(&f, 400, "Content-Type: text/xml\r\n", 0,
		    "<Response><Errors><Error><Code>InvalidParameterValue</Code><Message>no"
		    "</Message></Error></Errors><RequestID>r</RequestID></Response>");
	add_vpcs(&f, ALL_VPCS);
	begin(&f, askers);
	askers[0].filters[0] = (struct aws_filter){ "vpc-id", { "vpc-1" } };
	askers[1].ids[0] = "vpc-2";
	for (int i = 0; i < 2; i++)
		start(&askers[i]);
	finish(askers, 2);
	assert_true(rb_error_is_aws(askers[0].err, "InvalidParameterValue"));
	assert_found(&askers[1], "vpc-2");
	assert_int_equal(faultd_count(f.d), 2);
	end(&f, askers);
}

static void who_asks_for_two_is_not_answered_by_a_list_of_all(void **state)
{
	struct fault_world f = { 0 };
	struct asker askers[ASKERS];

	(void)state;
	add_vpcs(&f, ALL_VPCS);
	begin(&f, askers);
	askers[0].filters[0] = (struct aws_filter){ "vpc-id", { "vpc-1" } };
	askers[1].ids[0] = "vpc-2";
	askers[1].ids[1] = "vpc-3";
	for (int i = 0; i < 2; i++)
		start(&askers[i]);
	finish(askers, 2);
	assert_int_equal(askers[1].found.n, 2);
	assert_int_equal(faultd_count(f.d), 2);
	end(&f, askers);
}

/* The answer to a question that was sent is as old as that question. */
static void a_question_is_not_answered_by_a_call_under_way(void **state)
{
	struct fault_world f = { 0 };
	struct asker askers[ASKERS];

	(void)state;
	add_vpcs(&f, ALL_VPCS);
	f.steps[0].act = FAULTD_LATE;
	f.steps[0].ms = 50;
	add_vpcs(&f, VPC("vpc-1", "r", "changed"));
	begin(&f, askers);
	askers[0].ids[0] = askers[1].ids[0] = "vpc-1";
	start(&askers[0]);
	while (!faultd_count(f.d))
		loop_run_once(f.loop, /* max_ms= */ 1, /* wake_fd= */ -1);
	start(&askers[1]);
	finish(askers, 2);
	assert_int_equal(faultd_count(f.d), 2);
	assert_string_equal(aws_tags_get(&askers[0].found.v[0].tags, "runbook:step"), "1");
	assert_string_equal(aws_tags_get(&askers[1].found.v[0].tags, "runbook:step"), "changed");
	end(&f, askers);
}

/* Another's question is under way while it changes something: it sees the change all the same. */
static void who_has_changed_something_asks_after_it(void **state)
{
	struct fault_world f = { 0 };
	struct asker askers[ASKERS];

	(void)state;
	add_vpcs(&f, ALL_VPCS);
	f.steps[0].act = FAULTD_LATE;
	f.steps[0].ms = 100;
	fw_add_bytes(&f, FAULTD_ANSWER,
		     faultd_http(200, "Content-Type: text/xml\r\n", 0,
				 "<DeleteVpcResponse><return>true</return></DeleteVpcResponse>"));
	add_vpcs(&f, VPC("vpc-1", "r", "changed"));
	begin(&f, askers);
	askers[1].changes_first = true;
	askers[0].ids[0] = askers[1].ids[0] = "vpc-1";
	start(&askers[0]);
	while (!faultd_count(f.d))
		loop_run_once(f.loop, /* max_ms= */ 1, /* wake_fd= */ -1);
	start(&askers[1]);
	finish(askers, 2);
	assert_true(was_asked(&f, 1, "Action=DeleteVpc"));
	assert_int_equal(faultd_count(f.d), 3);
	assert_string_equal(aws_tags_get(&askers[1].found.v[0].tags, "runbook:step"), "changed");
	end(&f, askers);
}

static void an_id_that_is_unknown_is_the_error_of_who_asked_for_it(void **state)
{
	struct fault_world f = { 0 };
	struct asker askers[ASKERS];

	(void)state;
	fw_add_error(&f, 400, "InvalidVpcID.NotFound", "The vpc ID 'vpc-2' does not exist");
	add_vpcs(&f, VPC("vpc-1", "r", "1"));
	begin(&f, askers);
	/* made a moment ago: its asker waits until it is there, and nobody else */
	aws_session_note_id(f.session, "vpc-2", /* age_s= */ 0);
	askers[0].ids[0] = "vpc-1";
	askers[1].ids[0] = "vpc-2";
	for (int i = 0; i < 2; i++)
		start(&askers[i]);
	finish(askers, 2);
	assert_int_equal(faultd_count(f.d), 3);
	assert_true(was_asked(&f, 0, "VpcId.2="));
	assert_false(was_asked(&f, 1, "VpcId.2=") || was_asked(&f, 2, "VpcId.2="));
	assert_true(was_asked(&f, 1, "vpc-2") != was_asked(&f, 2, "vpc-2"));
	assert_found(&askers[0], "vpc-1");
	end(&f, askers);
}

static void a_list_that_is_refused_again_by_itself_says_which(void **state)
{
	struct fault_world f = { 0 };
	struct asker askers[ASKERS];

	(void)state;
	fw_add_error(&f, 400, "InvalidVpcID.NotFound", "The vpc ID 'vpc-2' does not exist");
	begin(&f, askers);
	askers[0].ids[0] = "vpc-1";
	askers[1].ids[0] = "vpc-2";
	for (int i = 0; i < 2; i++)
		start(&askers[i]);
	finish(askers, 2);
	assert_true(rb_error_is(askers[0].err, RB_GONE));
	assert_string_equal(askers[0].err->what, "cannot read VPC 'vpc-1'");
	assert_string_equal(askers[1].err->what, "cannot read VPC 'vpc-2'");
	end(&f, askers);
}

static void what_is_refused_lost_or_torn_reaches_each_asker(void **state)
{
	static const struct {
		enum faultd_act act;
		int status;
		const char *body;
		enum rb_kind kind;
	} cases[] = {
		{ FAULTD_ANSWER, 403,
		  "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message>"
		  "</Error></Errors><RequestID>r-1</RequestID></Response>",
		  RB_DENIED },
		{ FAULTD_ANSWER, 503,
		  "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>slow down"
		  "</Message></Error></Errors><RequestID>r-1</RequestID></Response>",
		  RB_THROTTLED },
		{ FAULTD_CLOSE_READ, 0, NULL, RB_LOST },
		{ FAULTD_ANSWER, 200, "<DescribeVpcsResponse><vpcSet><item>", RB_PROTOCOL },
	};

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(cases); k++) {
		struct fault_world f = { 0 };
		struct asker askers[ASKERS];
		static const char *const ids[] = { "vpc-1", "vpc-2", "vpc-3" };

		fw_add_bytes(&f, cases[k].act,
			     cases[k].body
				     ? faultd_http(cases[k].status, "Content-Type: text/xml\r\n", 0,
						   cases[k].body)
				     : NULL);
		begin(&f, askers);
		for (int i = 0; i < ASKERS; i++) {
			askers[i].ids[0] = ids[i];
			start(&askers[i]);
		}
		finish(askers, ASKERS);
		assert_true(was_asked(&f, 0, "VpcId.3="));
		for (int i = 0; i < ASKERS; i++) {
			assert_true(askers[i].told >= 1);
			assert_int_equal(askers[i].found.n, 0);
			fw_assert_kind(askers[i].err, cases[k].kind);
			askers[i].err = NULL;
		}
		end(&f, askers);
	}
}

static void an_interrupt_ends_the_question_of_each(void **state)
{
	struct fault_world f = { 0 };
	struct asker askers[ASKERS];

	(void)state;
	add_vpcs(&f, ALL_VPCS);
	begin(&f, askers);
	for (int i = 0; i < ASKERS; i++) {
		askers[i].ids[0] = "vpc-1";
		start(&askers[i]);
	}
	loop_interrupt(f.loop);
	finish(askers, ASKERS);
	assert_int_equal(faultd_count(f.d), 0);
	for (int i = 0; i < ASKERS; i++) {
		fw_assert_kind(askers[i].err, RB_INTERRUPTED);
		askers[i].err = NULL;
	}
	end(&f, askers);
}

static void nothing_is_shared_where_it_is_off(void **state)
{
	struct fault_world f = { 0 };
	struct asker askers[ASKERS];

	(void)state;
	add_vpcs(&f, VPC("vpc-1", "r", "1"));
	begin(&f, askers);
	aws_session_share_reads(f.session, false);
	for (int i = 0; i < ASKERS; i++) {
		askers[i].ids[0] = "vpc-1";
		start(&askers[i]);
	}
	finish(askers, ASKERS);
	assert_int_equal(faultd_count(f.d), 3);
	for (int i = 0; i < ASKERS; i++)
		assert_found(&askers[i], "vpc-1");
	end(&f, askers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_of_one_turn_become_one_list),
		cmocka_unit_test(tags_of_one_turn_become_one_filter),
		cmocka_unit_test(what_is_not_the_same_question_is_asked_apart),
		cmocka_unit_test(a_list_of_all_answers_who_asks_for_one),
		cmocka_unit_test(who_asks_for_one_does_not_fail_with_the_list_of_all),
		cmocka_unit_test(who_asks_for_two_is_not_answered_by_a_list_of_all),
		cmocka_unit_test(a_question_is_not_answered_by_a_call_under_way),
		cmocka_unit_test(who_has_changed_something_asks_after_it),
		cmocka_unit_test(an_id_that_is_unknown_is_the_error_of_who_asked_for_it),
		cmocka_unit_test(a_list_that_is_refused_again_by_itself_says_which),
		cmocka_unit_test(what_is_refused_lost_or_torn_reaches_each_asker),
		cmocka_unit_test(an_interrupt_ends_the_question_of_each),
		cmocka_unit_test(nothing_is_shared_where_it_is_off),
	};

	fw_clean_environment();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
