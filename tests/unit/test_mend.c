/* SPDX-License-Identifier: Apache-2.0 */
/* What a call puts right by itself: old keys, a wrong clock, news that travels slowly. */
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
#include "base/file.h"
#include "tests/lib/fault_world.h"
#include "tests/lib/temp.h"

/* ---- credentials and clock ----------------------------------------------- */

static void expired_keys_that_cannot_be_renewed_are_final(void **state)
{
	struct fault_world f = { 0 };
	struct rb_error *err;

	(void)state;
	fw_add_error(&f, 400, "RequestExpired", "Request has expired.");
	fw_start(&f);
	err = fw_describe(&f);
	assert_non_null(err);
	assert_non_null(strstr(err->hint, "the credentials have expired (AWS's clock agrees"));
	fw_assert_kind(err, RB_CREDENTIALS);
	assert_int_equal(faultd_count(f.d), 1);
	fw_stop(&f);
}

static void expired_keys_are_renewed_once(void **state)
{
	char dir[TEMP_MAX];
	struct fault_world f = { 0 };

	(void)state;
	assert_true(temp_folder(dir, "rbretry"));
	{
		autofree char *script = file_join(dir, "keys");
		autofree char *config = file_join(dir, "config");
		autofree char *text =
			xasprintf("#!/bin/sh\necho x >>%s/calls\n"
				  "n=$(wc -l <%s/calls)\n"
				  "echo '{\"Version\":1,\"AccessKeyId\":\"AKIDFRESH'$n'\","
				  "\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\","
				  "\"Expiration\":\"2099-01-01T00:00:00Z\"}'\n",
				  dir, dir);
		autofree char *profile = xasprintf("[default]\ncredential_process = %s\n", script);

		assert_null(file_write_atomic(script, text, strlen(text), 0700));
		assert_null(file_write_atomic(config, profile, strlen(profile), 0600));
		fw_set_env("AWS_CONFIG_FILE", config);
		fw_set_env("AWS_ACCESS_KEY_ID", NULL);
		fw_set_env("AWS_SECRET_ACCESS_KEY", NULL);
		fw_add_error(&f, 400, "RequestExpired", "Request has expired.");
		fw_add_ok(&f, "CreateVpc");
		fw_add_error(&f, 400, "RequestExpired", "Request has expired.");
		fw_start(&f);
		fw_assert_well(fw_create(&f, 0));
		assert_int_equal(faultd_count(f.d), 2);
		{
			autofree char *first = fw_header_of(&f, 0, "authorization");
			autofree char *second = fw_header_of(&f, 1, "authorization");

			assert_non_null(strstr(first, "Credential=AKIDFRESH1/"));
			assert_non_null(strstr(second, "Credential=AKIDFRESH2/"));
		}
		/* Once a call; then it is the user's turn. */
		fw_assert_kind(fw_create(&f, 0), RB_CREDENTIALS);
		assert_int_equal(faultd_count(f.d), 4);
		assert_int_equal(f.before, 2);
		fw_stop(&f);
	}
	fw_set_env("AWS_CONFIG_FILE", "/nonexistent");
	fw_set_env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
	fw_set_env("AWS_SECRET_ACCESS_KEY", "secret");
	assert_null(file_remove_tree(dir));
}

static int64_t signed_offset_s(struct fault_world *f, size_t i)
{
	autofree char *date = fw_header_of(f, i, "x-amz-date");
	int64_t utc_s = 0;

	assert_true(clock_parse_amz_date(date, &utc_s));
	return utc_s - clock_utc_s();
}

static void a_wrong_clock_is_measured_and_corrected_once(void **state)
{
	static const struct {
		const char *code;
		int64_t off_s;
	} cases[] = {
		{ "RequestTimeTooSkewed", 3600 }, { "RequestExpired", -7200 },
		{ "AuthFailure", 600 },		  { "SignatureDoesNotMatch", -600 },
		{ "RequestTimeTooSkewed", 120 }, /* the service is strict */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fault_world f = { 0 };

		fw_add_error_at(&f, 403, cases[i].off_s, cases[i].code, "the clock");
		fw_add_ok(&f, "CreateVpc");
		fw_add_ok(&f, "DescribeVpcs");
		fw_start(&f);
		fw_assert_well(fw_create(&f, 0));
		fw_assert_well(fw_describe(&f));
		assert_int_equal(faultd_count(f.d), 3);
		assert_true(fw_near(signed_offset_s(&f, 0), 0));
		assert_true(fw_near(signed_offset_s(&f, 1), cases[i].off_s));
		assert_true(fw_near(signed_offset_s(&f, 2), cases[i].off_s));
		assert_true(fw_near(aws_session_skew_s(f.session), cases[i].off_s));
		fw_stop(&f);
	}
}

static void a_clock_that_stays_wrong_is_told(void **state)
{
	struct fault_world f = { 0 };
	struct rb_error *err;

	(void)state;
	fw_add_error_at(&f, 403, 3600, "RequestTimeTooSkewed", "too far");
	fw_start(&f);
	err = fw_describe(&f);
	assert_non_null(err);
	assert_non_null(strstr(err->hint, "clock"));
	assert_non_null(strstr(err->hint, "behind"));
	fw_assert_kind(err, RB_CLOCK);
	assert_int_equal(faultd_count(f.d), 2);
	fw_stop(&f);
}

static void a_bad_signature_with_a_right_clock_is_about_keys(void **state)
{
	struct fault_world f = { 0 };

	(void)state;
	fw_add_error_at(&f, 403, 30, "SignatureDoesNotMatch", "no match");
	fw_start(&f);
	fw_assert_kind(fw_describe(&f), RB_CREDENTIALS);
	assert_int_equal(faultd_count(f.d), 1);
	fw_stop(&f);
}

/* A JSON service says AccessDeniedException where others speak of the signature. */
static void a_denial_is_about_the_clock_when_the_date_says_so(void **state)
{
	static const struct {
		const char *code;
		int64_t off_s;
		bool dated, mended;
	} cases[] = {
		{ "AccessDeniedException", 600, true, true },
		{ "AccessDeniedException", -600, true, true },
		{ "AccessDeniedException", 230, true, false },
		{ "AccessDeniedException", 600, false, false },
		{ "AccessDenied", 600, true, false },
		{ "UnauthorizedOperation", 600, true, false },
		{ "InvalidSignatureException", 600, true, true },
		{ "InvalidSignatureException", 600, false, false },
		{ "SignatureDoesNotMatch", 230, true, false },
		{ "AuthFailure", 600, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fault_world f = { 0 };
		struct rb_error *err;

		if (cases[i].dated)
			fw_add_error_at(&f, 403, cases[i].off_s, cases[i].code, "no");
		else
			fw_add_bytes(&f, FAULTD_ANSWER_CLOSE,
				     xasprintf("HTTP/1.1 403 No\r\n\r\n<Response><Errors><Error>"
					       "<Code>%s</Code></Error></Errors></Response>",
					       cases[i].code));
		fw_add_ok(&f, "DescribeVpcs");
		fw_start(&f);
		err = fw_describe(&f);
		if ((err == NULL) != cases[i].mended)
			fail_msg("case %zu: %s", i, err ? err->why : "mended");
		(void)rb_error_free(err);
		assert_int_equal(faultd_count(f.d), cases[i].mended ? 2 : 1);
		fw_stop(&f);
	}
}

static void the_clock_is_learnt_anew_from_each_answer_of_awss(void **state)
{
	static const char ok[] = "<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>";
	static const char id[] = "x-amzn-RequestId: r-1\r\n";
	struct fault_world f = { 0 };

	(void)state;
	fw_add_http(&f, 200, id, 900, ok);
	fw_add_http(&f, 200, "", -900, ok); /* whoever that was */
	fw_add_http(&f, 200, id, 1, ok);    /* the time under way */
	fw_add_http(&f, 200, id, -400, ok);
	fw_add_ok(&f, "DescribeVpcs");
	fw_start(&f);
	for (int i = 0; i < 5; i++)
		fw_assert_well(fw_describe(&f));
	assert_true(fw_near(signed_offset_s(&f, 0), 0));
	assert_true(fw_near(signed_offset_s(&f, 1), 900));
	assert_true(fw_near(signed_offset_s(&f, 2), 900));
	assert_true(fw_near(signed_offset_s(&f, 3), 0));
	assert_true(fw_near(signed_offset_s(&f, 4), -400));
	fw_stop(&f);
}

/* ---- consistency --------------------------------------------------------- */

static void add_not_found(struct fault_world *f)
{
	fw_add_error(f, 400, "InvalidVpcID.NotFound",
		     "The vpc ID 'vpc-0123456789abcdef0' does not exist");
}
#define VPC "vpc-0123456789abcdef0"

static void a_young_thing_is_waited_for(void **state)
{
	struct fault_world f = { 0 };

	(void)state;
	add_not_found(&f);
	add_not_found(&f);
	fw_add_ok(&f, "DescribeVpcs");
	fw_start(&f);
	aws_session_note_id(f.session, VPC, /* age_s= */ 0);
	fw_assert_well(fw_describe(&f));
	assert_int_equal(faultd_count(f.d), 3);
	fw_stop(&f);
}

static void an_old_or_strange_thing_is_gone_at_once(void **state)
{
	static const struct {
		const char *id;
		int64_t age_s;
		unsigned flags;
	} cases[] = {
		{ NULL, 0, 0 },	 { "vpc-0123456789abcdef", 0, 0 }, /* a prefix of it is another
								      thing */
		{ VPC, 301, 0 }, { VPC, 0, AWS_NO_SETTLE },	   { VPC, 0, AWS_ONCE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fault_world f = { 0 };

		add_not_found(&f);
		fw_start(&f);
		if (cases[i].id)
			aws_session_note_id(f.session, cases[i].id, cases[i].age_s);
		fw_assert_kind(
			aws_query_call(f.client, "ec2", "DescribeVpcs", NULL, cases[i].flags, NULL),
			RB_GONE);
		assert_int_equal(faultd_count(f.d), 1);
		fw_stop(&f);
	}
}

static void one_not_found_of_an_expected_thing_is_not_believed(void **state)
{
	struct fault_world f = { 0 };

	(void)state;
	add_not_found(&f);
	fw_add_ok(&f, "DescribeVpcs");
	fw_start(&f);
	aws_session_expect_id(f.session, VPC);
	fw_assert_well(fw_describe(&f));
	assert_int_equal(faultd_count(f.d), 2);
	fw_stop(&f);
}

static void a_second_one_is(void **state)
{
	struct fault_world f = { 0 };

	(void)state;
	add_not_found(&f);
	fw_start(&f);
	aws_session_expect_id(f.session, VPC);
	aws_session_note_id(f.session, VPC, /* age_s= */ 301);
	fw_assert_kind(fw_describe(&f), RB_GONE);
	assert_int_equal(faultd_count(f.d), 2);
	/* What we deleted ourselves is not expected any more. */
	faultd_script(f.d, f.steps, f.n_steps);
	aws_session_forget_id(f.session, VPC);
	fw_assert_kind(fw_describe(&f), RB_GONE);
	assert_int_equal(faultd_count(f.d), 1);
	fw_stop(&f);
}

static void a_young_thing_that_never_comes_is_gone_when_it_is_old(void **state)
{
	struct fault_world f = { 0 };
	int64_t start_ms;

	(void)state;
	add_not_found(&f);
	fw_start(&f);
	aws_session_note_id(f.session, VPC, /* age_s= */ 0);
	start_ms = clock_mono_ms();
	fw_assert_kind(fw_describe(&f), RB_GONE);
	assert_true(clock_mono_ms() - start_ms >= SETTLE_MS / FW_SPEED);
	assert_true(faultd_count(f.d) > 10);
	faultd_script(f.d, f.steps, f.n_steps);
	aws_session_note_id(f.session, VPC, /* age_s= */ 0);
	aws_session_forget_id(f.session, VPC);
	fw_assert_kind(fw_describe(&f), RB_GONE);
	assert_int_equal(faultd_count(f.d), 1);
	fw_stop(&f);
}

static void a_delete_whose_answer_was_lost_finds_nothing_left(void **state)
{
	struct fault_world f = { 0 };

	(void)state;
	fw_add_bytes(&f, FAULTD_RESET_READ, NULL);
	add_not_found(&f);
	fw_start(&f);
	aws_session_note_id(f.session, VPC, /* age_s= */ 0);
	fw_assert_kind(
		aws_query_call(f.client, "ec2", "DeleteVpc", NULL, AWS_CHANGES | AWS_AGAIN, NULL),
		RB_GONE);
	assert_int_equal(faultd_count(f.d), 2);
	fw_stop(&f);
}

/* For four minutes, and then it is refused for good. */
static void another_service_that_never_hears_is_not_waited_for_for_ever(void **state)
{
	struct fault_world f = { 0 };
	int64_t began_ms;

	(void)state;
	/* the last answer is given again and again */
	fw_add_error(&f, 400, "InvalidParameterValue",
		     "Value (p) for parameter iamInstanceProfile.name is invalid. Invalid "
		     "IAM Instance Profile name");
	fw_start(&f);
	aws_session_set_speed(f.session, /* speed= */ 400); /* 600 ms of ours */
	began_ms = clock_mono_ms();
	fw_assert_kind(fw_create(&f, 0), RB_CONSISTENCY);
	assert_true(clock_mono_ms() - began_ms >= 500);
	/* a look takes 5 s at most, so four minutes have room for 60 or so */
	assert_in_range(faultd_count(f.d), 2, 70);
	fw_stop(&f);
}

static void another_service_may_need_minutes_to_hear_of_a_thing(void **state)
{
	struct fault_world f = { 0 };

	(void)state;
	fw_add_error(
		&f, 400, "InvalidParameterValue",
		"Value (p) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance "
		"Profile name");
	fw_add_error(
		&f, 400, "InvalidParameterValue",
		"Value (p) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance "
		"Profile name");
	fw_add_ok(&f, "CreateVpc");
	fw_start(&f);
	fw_assert_well(fw_create(&f, 0));
	assert_int_equal(faultd_count(f.d), 3);
	fw_stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expired_keys_that_cannot_be_renewed_are_final),
		cmocka_unit_test(expired_keys_are_renewed_once),
		cmocka_unit_test(a_wrong_clock_is_measured_and_corrected_once),
		cmocka_unit_test(a_clock_that_stays_wrong_is_told),
		cmocka_unit_test(a_denial_is_about_the_clock_when_the_date_says_so),
		cmocka_unit_test(the_clock_is_learnt_anew_from_each_answer_of_awss),
		cmocka_unit_test(a_bad_signature_with_a_right_clock_is_about_keys),
		cmocka_unit_test(a_young_thing_is_waited_for),
		cmocka_unit_test(an_old_or_strange_thing_is_gone_at_once),
		cmocka_unit_test(one_not_found_of_an_expected_thing_is_not_believed),
		cmocka_unit_test(a_second_one_is),
		cmocka_unit_test(a_young_thing_that_never_comes_is_gone_when_it_is_old),
		cmocka_unit_test(a_delete_whose_answer_was_lost_finds_nothing_left),
		cmocka_unit_test(another_service_that_never_hears_is_not_waited_for_for_ever),
		cmocka_unit_test(another_service_may_need_minutes_to_hear_of_a_thing),
	};

	fw_clean_environment();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
