/* SPDX-License-Identifier: Apache-2.0 */
/* Calls against a server that misbehaves: what is asked again, what is not, what it is called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aws/core/call.h"
#include "aws/core/retry.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "tests/lib/fault_world.h"

/* ---- what is asked again ------------------------------------------------- */

static void throttling_is_asked_again_even_for_a_change(void **state)
{
	struct fault_world f = { 0 };

	(void)state;
	fw_add_error(&f, 503, "RequestLimitExceeded", "Request limit exceeded.");
	fw_add_error(&f, 400, "Throttling", "Rate exceeded");
	fw_add_ok(&f, "CreateVpc");
	fw_start(&f);
	fw_assert_well(fw_create(&f, 0));
	assert_int_equal(faultd_count(f.d), 3);
	assert_int_equal(f.before, 1);
	assert_int_equal(f.after, 3);
	assert_string_equal(f.last_action, "CreateVpc");
	for (size_t i = 0; i < 3; i++) {
		autofree char *id = fw_header_of(&f, i, "amz-sdk-invocation-id");
		autofree char *first = fw_header_of(&f, 0, "amz-sdk-invocation-id");
		autofree char *attempt = fw_header_of(&f, i, "amz-sdk-request");
		autofree char *expected = xasprintf("attempt=%zu; max=8", i + 1);

		assert_int_equal(strlen(id), 36);
		assert_string_equal(id, first);
		assert_string_equal(attempt, expected);
	}
	fw_stop(&f);
}

/* What leaves open whether the change happened. */
static void add_doubt(struct fault_world *f, int which)
{
	switch (which) {
	case 0:
		fw_add_error(f, 500, "InternalError", "An internal error has occurred");
		break;
	case 1:
		fw_add_http(f, 502, "Content-Type: text/html\r\n", 0, "<html>Bad gateway</html>");
		break;
	case 2:
		fw_add_bytes(f, FAULTD_RESET_READ, NULL);
		break;
	case 3:
		fw_add_bytes(f, FAULTD_CLOSE_READ, NULL);
		break;
	case 4:
		fw_add_bytes(f, FAULTD_ANSWER_CLOSE,
			     xstrdup("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<CreateVpc"));
		break;
	case 5:
		fw_add_error(f, 503, "ServiceUnavailable", "try later");
		break;
	default:
		fail();
	}
}
enum { DOUBTS = 6 };

static void a_change_whose_fate_is_unknown_is_not_repeated(void **state)
{
	(void)state;
	for (int i = 0; i < DOUBTS; i++) {
		struct fault_world f = { 0 };
		struct rb_error *err;

		add_doubt(&f, i);
		fw_add_ok(&f, "CreateVpc");
		fw_start(&f);
		err = fw_create(&f, 0);
		assert_non_null(err);
		assert_non_null(strstr(err->hint, "may have happened"));
		fw_assert_kind(err, RB_LOST);
		assert_int_equal(faultd_count(f.d), 1);
		assert_int_equal(f.before, 1);
		fw_stop(&f);
	}
}

static void a_change_that_may_be_done_twice_is_repeated(void **state)
{
	(void)state;
	for (int i = 0; i < DOUBTS; i++) {
		struct fault_world f = { 0 };

		add_doubt(&f, i);
		fw_add_ok(&f, "CreateVpc");
		fw_start(&f);
		fw_assert_well(fw_create(&f, AWS_AGAIN));
		assert_int_equal(faultd_count(f.d), 2);
		assert_int_equal(f.before, 1);
		fw_stop(&f);
	}
}

/* What was refused at the door did nothing, although it passes: busy, or too slow in arriving. */
static void a_change_that_was_refused_for_a_moment_is_repeated(void **state)
{
	static const char *const codes[] = { "RequestTimeout", "ConcurrentModification" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		struct fault_world f = { 0 };

		fw_add_error(&f, 400, codes[i], "once more");
		fw_add_ok(&f, "CreateVpc");
		fw_start(&f);
		fw_assert_well(fw_create(&f, 0));
		assert_int_equal(faultd_count(f.d), 2);
		fw_stop(&f);
	}
}

static void a_read_is_repeated_after_every_doubt(void **state)
{
	(void)state;
	for (int i = 0; i < DOUBTS; i++) {
		struct fault_world f = { 0 };

		add_doubt(&f, i);
		fw_add_ok(&f, "DescribeVpcs");
		fw_start(&f);
		fw_assert_well(fw_describe(&f));
		assert_int_equal(faultd_count(f.d), 2);
		assert_int_equal(f.before, 0);
		assert_int_equal(f.after, 2);
		fw_stop(&f);
	}
}

static void a_connection_reset_before_the_request_was_read_is_repeated_for_reads(void **state)
{
	struct fault_world f = { 0 };

	(void)state;
	fw_add_bytes(&f, FAULTD_RESET_UNREAD, NULL);
	fw_add_ok(&f, "DescribeVpcs");
	fw_start(&f);
	fw_assert_well(fw_describe(&f));
	assert_int_equal(faultd_count(f.d), 1);
	assert_int_equal(faultd_connections(f.d), 2);
	fw_stop(&f);
}

static void an_endless_500_ends_after_eight_tries(void **state)
{
	struct fault_world f = { 0 };

	(void)state;
	fw_add_error(&f, 500, "InternalError", "no");
	fw_start(&f);
	fw_assert_kind(fw_describe(&f), RB_RETRY);
	assert_int_equal(faultd_count(f.d), 8);
	fw_stop(&f);
}

static void aws_max_attempts_is_obeyed(void **state)
{
	struct fault_world f = { 0 };

	(void)state;
	fw_set_env("AWS_MAX_ATTEMPTS", "2");
	fw_add_error(&f, 500, "InternalError", "no");
	fw_start(&f);
	fw_assert_kind(fw_describe(&f), RB_RETRY);
	assert_int_equal(faultd_count(f.d), 2);
	fw_stop(&f);
	fw_set_env("AWS_MAX_ATTEMPTS", NULL);
}

static void a_probe_is_asked_once(void **state)
{
	struct fault_world f = { 0 };

	(void)state;
	fw_add_error(&f, 503, "SlowDown", "no");
	fw_start(&f);
	fw_assert_kind(aws_query_call(f.client, "ec2", "DescribeVpcs", NULL, AWS_ONCE, NULL),
		       RB_THROTTLED);
	assert_int_equal(faultd_count(f.d), 1);
	fw_stop(&f);
}

static void missing_capacity_is_asked_for_three_times(void **state)
{
	struct fault_world f = { 0 };

	(void)state;
	fw_add_error(&f, 500, "InsufficientInstanceCapacity", "none of it");
	fw_start(&f);
	fw_assert_kind(fw_create(&f, AWS_AGAIN), RB_QUOTA);
	assert_int_equal(faultd_count(f.d), 3);
	fw_stop(&f);
}

static void a_lost_answer_followed_by_silence_stays_lost(void **state)
{
	struct fault_world f = { 0 };

	(void)state;
	fw_add_bytes(&f, FAULTD_RESET_READ, NULL);
	fw_add_error(&f, 503, "RequestLimitExceeded", "no");
	fw_start(&f);
	fw_assert_kind(fw_create(&f, AWS_AGAIN), RB_LOST);
	assert_int_equal(faultd_count(f.d), 8);
	fw_stop(&f);
}

static void an_unwritten_intent_sends_nothing(void **state)
{
	struct fault_world f = { .refuse = true };

	(void)state;
	fw_add_ok(&f, "CreateVpc");
	fw_start(&f);
	fw_assert_kind(fw_create(&f, AWS_AGAIN), RB_IO);
	assert_int_equal(faultd_count(f.d), 0);
	assert_int_equal(f.after, 0);
	fw_stop(&f);
}

struct sleeper {
	struct fault_world *f;
	struct rb_error *err;
};

static void create_in_task(void *arg)
{
	struct sleeper *s = arg;

	s->err = fw_describe(s->f);
}

static void an_interrupt_ends_the_backoff(void **state)
{
	struct fault_world f = { 0 };
	struct sleeper s = { &f, NULL };
	int64_t start_ms = clock_mono_ms();
	struct task *task;

	(void)state;
	fw_add_http(&f, 503, "Retry-After: 3600\r\n", 0, "");
	fw_start(&f);
	aws_session_set_speed(f.session, 1);
	task = loop_spawn(f.loop, create_in_task, &s);
	while (!f.after && clock_mono_ms() - start_ms < 60000)
		loop_run_once(f.loop, /* max_ms= */ 10, /* wake_fd= */ -1);
	assert_false(task_is_done(task));
	loop_interrupt(f.loop);
	while (!task_is_done(task) && clock_mono_ms() - start_ms < 60000)
		loop_run_once(f.loop, /* max_ms= */ 10, /* wake_fd= */ -1);
	task_free(task);
	fw_assert_kind(s.err, RB_INTERRUPTED);
	assert_int_equal(faultd_count(f.d), 1);
	fw_stop(&f);
}

/* ---- what is never asked again ------------------------------------------- */

static void a_denial_is_final_and_whole(void **state)
{
	struct fault_world f = { 0 };
	autofree char *blob = xasprintf("%01800d", 7);
	autofree char *message =
		xasprintf("You are not authorized to perform this operation. Encoded "
			  "authorization failure message: %s",
			  blob);
	struct rb_error *err;

	(void)state;
	fw_add_error(&f, 403, "UnauthorizedOperation", message);
	fw_start(&f);
	err = fw_create(&f, AWS_AGAIN);
	assert_non_null(err);
	assert_non_null(strstr(err->why, message));
	assert_string_equal(err->aws_code, "UnauthorizedOperation");
	assert_string_equal(err->request_id, "r-err");
	assert_int_equal(err->http_status, 403);
	assert_non_null(err->hint);
	fw_assert_kind(err, RB_DENIED);
	assert_int_equal(faultd_count(f.d), 1);
	fw_stop(&f);
}

static void what_is_no_answer_of_aws_is_a_protocol_error(void **state)
{
	static const char bomb[] = "<?xml version=\"1.0\"?><!DOCTYPE b [<!ENTITY a \"aaaaaaaaaa\">"
				   "<!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]>"
				   "<DescribeVpcsResponse>&b;</DescribeVpcsResponse>";
	static const char *const bodies[] = {
		"<html><body>Please log in</body></html>",
		"<!DOCTYPE html><html></html>",
		"",
		"{\"message\":\"hello\"}",
		"<DescribeVpcsResponse><vpcSet>",
		"<DescribeSubnetsResponse/>",
		bomb,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		struct fault_world f = { 0 };
		struct rb_error *err;

		fw_add_http(&f, 200, "Content-Type: text/html\r\n", 0, bodies[i]);
		fw_start(&f);
		err = fw_describe(&f);
		assert_non_null(err);
		assert_non_null(strstr(err->hint, "text/html"));
		fw_assert_kind(err, RB_PROTOCOL);
		assert_int_equal(faultd_count(f.d), 1);
		/* Of a change such an answer leaves everything open. */
		fw_assert_kind(fw_create(&f, 0), RB_LOST);
		fw_stop(&f);
	}
}

static void a_wrong_content_type_on_a_right_answer_does_no_harm(void **state)
{
	struct fault_world f = { 0 };

	(void)state;
	fw_add_http(&f, 200, "Content-Type: application/octet-stream\r\n", 0,
		    "<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>");
	fw_start(&f);
	fw_assert_well(fw_describe(&f));
	fw_stop(&f);
}

static void an_answer_without_end_is_cut_off(void **state)
{
	struct fault_world f = { 0 };

	(void)state;
	fw_add_bytes(&f, FAULTD_ENDLESS, xstrdup("HTTP/1.1 200 OK\r\n\r\n<DescribeVpcsResponse>"));
	fw_start(&f);
	fw_assert_kind(fw_describe(&f), RB_PROTOCOL);
	assert_int_equal(faultd_count(f.d), 1);
	fw_stop(&f);
}

/* ---- numbers ------------------------------------------------------------- */

static int64_t delay_ms(int sent, int64_t base_ms, double random, int64_t hint_ms, int64_t floor_ms)
{
	const struct retry_wait wait = { base_ms, random, hint_ms, floor_ms };

	return retry_delay_ms(sent, &wait);
}

static void delays_double_up_to_twenty_seconds(void **state)
{
	static const int64_t most_ms[][9] = {
		{ 50, 100, 200, 400, 800, 1600, 3200, 6400, 12800 },
		{ 1000, 2000, 4000, 8000, 16000, 20000, 20000, 20000, 20000 },
	};

	(void)state;
	for (int i = 0; i < 9; i++)
		for (int slow = 0; slow < 2; slow++) {
			int64_t base_ms = slow ? RETRY_BASE_SLOW_MS : RETRY_BASE_MS;

			assert_int_equal(delay_ms(i + 1, base_ms, 0.0, -1, 0), 0);
			assert_int_equal(delay_ms(i + 1, base_ms, 0.5, -1, 0),
					 most_ms[slow][i] / 2);
			assert_true(delay_ms(i + 1, base_ms, 0.999999, -1, 0) < most_ms[slow][i]);
		}
	assert_int_equal(delay_ms(40, RETRY_BASE_MS, 0.5, -1, 0), 10000);
	assert_int_equal(delay_ms(1, RETRY_BASE_SLOW_MS, 0.5, -1, 4000), 4000);
}

/* Our own wait t, the service's h: max(t, min(h, t + 5 s)). */
static void the_services_own_wait_counts_up_to_five_seconds_more(void **state)
{
	static const struct {
		int64_t base_ms, hint_ms, expected_ms; /* at half of the base */
	} cases[] = {
		{ 50, -1, 25 },		{ 50, 0, 25 },	      { 50, 24, 25 },
		{ 50, 1500, 1500 },	{ 50, 5025, 5025 },   { 50, 5026, 5025 },
		{ 50, 86400000, 5025 }, { 1000, 100, 500 },   { 1000, 3000, 3000 },
		{ 1000, 5500, 5500 },	{ 1000, 9000, 5500 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(delay_ms(1, cases[i].base_ms, 0.5, cases[i].hint_ms, 0),
				 cases[i].expected_ms);
}

static void what_was_answered_is_asked_again_sooner_than_what_was_not(void **state)
{
	static const struct {
		enum rb_kind kind;
		int64_t base_ms;
	} cases[] = {
		{ RB_RETRY, 50 },  { RB_THROTTLED, 1000 }, { RB_NETWORK, 1000 },
		{ RB_LOST, 1000 }, { RB_QUOTA, 1000 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rb_error *err = rb_error_because(cases[i].kind, "x");

		assert_int_equal(retry_base_ms(err), cases[i].base_ms);
		(void)rb_error_free(err);
	}
}

static void a_servers_hint_is_believed_within_reason(void **state)
{
	static const struct {
		const char *name, *value;
		int64_t after_ms, hint_ms;
	} cases[] = {
		{ "Retry-After", "7", 7000, -1 },
		{ "retry-after", "0", 0, -1 },
		{ "Retry-After", "86400", 30000, -1 },
		{ "Retry-After", "-1", 0, -1 },
		{ "Retry-After", "soon", 0, -1 },
		{ "Retry-After", "Sun, 06 Nov 1994 08:49:47 GMT", 10000, -1 },
		{ "Retry-After", "Sun, 06 Nov 1994 08:49:27 GMT", 0, -1 },
		{ "x-amz-retry-after", "1500", 0, 1500 },
		{ "X-Amz-Retry-After", "0", 0, 0 },
		{ "x-amz-retry-after", "4000000000", 0, 4000000000 },
		{ "x-amz-retry-after", "bad", 0, -1 },
		{ "x-amz-retry-after", "-5", 0, -1 },
		{ "x-amz-retry-after", "1.5", 0, -1 },
		{ "x-amz-retry-after", "1500ms", 0, -1 },
		{ "x-amz-retry-after", "", 0, -1 },
		{ "X-Other", "5", 0, -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct http_headers headers = { 0 };

		http_headers_add(&headers, cases[i].name, cases[i].value);
		assert_int_equal(retry_after_ms(&headers, /* 1994-11-06T08:49:37Z */ 784111777),
				 cases[i].after_ms);
		assert_int_equal(retry_hint_ms(&headers), cases[i].hint_ms);
		http_headers_clear(&headers);
	}
}

static void the_quota_of_retries_runs_dry_and_fills_again(void **state)
{
	struct retry_bucket bucket = RETRY_BUCKET_INIT;
	struct rb_error *err = rb_error_because(RB_THROTTLED, "slow");
	struct retry fresh = { .sent = 1 };
	int n;

	(void)state;
	for (n = 0; n < 1000; n++) {
		struct retry r = { .sent = 1 };

		if (!retry_may(&r, &bucket, 8, err, false, false))
			break;
	}
	assert_int_equal(n, 100);	  /* 5 each */
	retry_succeeded(&fresh, &bucket); /* without a retry: one token */
	assert_int_equal(bucket.tokens, 1);
	fresh.cost = RETRY_COST_THROTTLED;
	retry_succeeded(&fresh, &bucket);
	assert_true(retry_may(&fresh, &bucket, 8, err, false, false));
	fresh.sent = 8;
	bucket.tokens = RETRY_BUCKET;
	assert_false(retry_may(&fresh, &bucket, 8, err, false, false));
	retry_succeeded(&fresh, &bucket);
	assert_int_equal(bucket.tokens, RETRY_BUCKET);
	(void)rb_error_free(err);
}

static void what_is_no_throttling_costs_fourteen(void **state)
{
	static const enum rb_kind kinds[] = { RB_RETRY, RB_NETWORK, RB_LOST };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct retry_bucket bucket = RETRY_BUCKET_INIT;
		struct rb_error *err = rb_error_because(kinds[i], "x");
		int n;

		for (n = 0; n < 1000; n++) {
			struct retry r = { .sent = 1 };

			if (!retry_may(&r, &bucket, 8, err, false, false))
				break;
		}
		assert_int_equal(n, 35);
		assert_int_equal(bucket.tokens, 500 - 35 * 14);
		(void)rb_error_free(err);
	}
}

/* The status was on its way before the failure: only the document's root tells. */
static void an_error_under_200_is_asked_again_like_a_500(void **state)
{
	static const char *const bodies[] = {
		"<Error><Code>InternalError</Code><Message>no</Message></Error>",
		"\n<?xml version=\"1.0\"?>\n<Error><Code>SlowDown</Code></Error>",
		"<Response><Errors><Error><Code>Unavailable</Code></Error></Errors></Response>",
		"<ErrorResponse><Error><Code>ServiceFailure</Code></Error></ErrorResponse>",
		"<Error><Code>NeverHeardOf</Code></Error>",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		struct fault_world f = { 0 };

		fw_add_http(&f, 200, "Content-Type: text/xml\r\n", 0, bodies[i]);
		fw_add_ok(&f, "DescribeVpcs");
		fw_start(&f);
		fw_assert_well(fw_describe(&f));
		assert_int_equal(faultd_count(f.d), 2);
		fw_stop(&f);
	}
}

/* Retry-After is the service's own wait, and longer than ours would be. */
static void the_services_wait_in_seconds_is_kept(void **state)
{
	struct fault_world f = { 0 };
	int64_t began_ms;

	(void)state;
	fw_add_http(&f, 429, "Retry-After: 30\r\n", 0, "");
	fw_add_ok(&f, "CreateVpc");
	fw_start(&f);
	aws_session_set_speed(f.session, /* speed= */ 100);
	began_ms = clock_mono_ms();
	fw_assert_well(fw_create(&f, 0));
	assert_true(clock_mono_ms() - began_ms >= 300);
	fw_stop(&f);
}

/* S3's 409 for seconds after a bucket's creation: one second, two, three, where tries that come at
 * once are over in a third of one. */
static void a_bucket_that_is_busy_is_given_seconds(void **state)
{
	struct fault_world f = { 0 };
	int64_t began_ms;

	(void)state;
	for (int i = 0; i < 3; i++)
		fw_add_error(&f, 409, "OperationAborted",
			     "A conflicting operation is in progress.");
	fw_add_ok(&f, "CreateVpc");
	fw_start(&f);
	aws_session_set_speed(f.session, /* speed= */ 10);
	began_ms = clock_mono_ms();
	fw_assert_well(fw_create(&f, 0));
	assert_true(clock_mono_ms() - began_ms >= 600);
	fw_stop(&f);
}

static void a_bare_429_is_throttling(void **state)
{
	struct fault_world f = { 0 };

	(void)state;
	fw_add_http(&f, 429, "", 0, "");
	fw_add_http(&f, 429, "Content-Type: text/html\r\n", 0, "<html>429</html>");
	fw_add_ok(&f, "CreateVpc");
	fw_start(&f);
	fw_assert_well(fw_create(&f, 0));
	assert_int_equal(faultd_count(f.d), 3);
	fw_stop(&f);
}

static void settling_polls_grow_from_one_to_five_seconds(void **state)
{
	static const int64_t ms[] = { 1000, 1500, 2250, 3375, 5000, 5000 };
	struct retry r = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ms); i++)
		assert_int_equal(retry_settle_ms(&r, SETTLE_FIRST_MS), ms[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(throttling_is_asked_again_even_for_a_change),
		cmocka_unit_test(a_change_whose_fate_is_unknown_is_not_repeated),
		cmocka_unit_test(a_change_that_may_be_done_twice_is_repeated),
		cmocka_unit_test(a_change_that_was_refused_for_a_moment_is_repeated),
		cmocka_unit_test(a_read_is_repeated_after_every_doubt),
		cmocka_unit_test(
			a_connection_reset_before_the_request_was_read_is_repeated_for_reads),
		cmocka_unit_test(an_endless_500_ends_after_eight_tries),
		cmocka_unit_test(aws_max_attempts_is_obeyed),
		cmocka_unit_test(a_probe_is_asked_once),
		cmocka_unit_test(missing_capacity_is_asked_for_three_times),
		cmocka_unit_test(a_lost_answer_followed_by_silence_stays_lost),
		cmocka_unit_test(an_unwritten_intent_sends_nothing),
		cmocka_unit_test(an_interrupt_ends_the_backoff),
		cmocka_unit_test(a_denial_is_final_and_whole),
		cmocka_unit_test(what_is_no_answer_of_aws_is_a_protocol_error),
		cmocka_unit_test(a_wrong_content_type_on_a_right_answer_does_no_harm),
		cmocka_unit_test(an_answer_without_end_is_cut_off),
		cmocka_unit_test(delays_double_up_to_twenty_seconds),
		cmocka_unit_test(a_servers_hint_is_believed_within_reason),
		cmocka_unit_test(the_quota_of_retries_runs_dry_and_fills_again),
		cmocka_unit_test(the_services_own_wait_counts_up_to_five_seconds_more),
		cmocka_unit_test(what_was_answered_is_asked_again_sooner_than_what_was_not),
		cmocka_unit_test(what_is_no_throttling_costs_fourteen),
		cmocka_unit_test(an_error_under_200_is_asked_again_like_a_500),
		cmocka_unit_test(the_services_wait_in_seconds_is_kept),
		cmocka_unit_test(a_bucket_that_is_busy_is_given_seconds),
		cmocka_unit_test(a_bare_429_is_throttling),
		cmocka_unit_test(settling_polls_grow_from_one_to_five_seconds),
	};

	fw_clean_environment();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
