/* SPDX-License-Identifier: Apache-2.0 */
/* Dates as AWS, IAM, SSO caches and HTTP write them: taken, or refused whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

enum { MOMENT = 1795406706 }; /* 2026-11-23T04:05:06Z */

static void every_spelling_of_a_moment_is_that_moment(void **state)
{
	static const char *const same[] = {
		"2026-11-23T04:05:06Z",	     "2026-11-23t04:05:06z",
		"2026-11-23 04:05:06Z",	     "2026-11-23T04:05:06.1Z",
		"2026-11-23T04:05:06,123Z",  "2026-11-23T04:05:06UTC",
		"2026-11-23T13:05:06+09:00", "2026-11-23T13:05:06+0900",
		"2026-11-22T23:05:06-0500",  "2026-11-23T09:35:06+05:30",
		"2026-11-23T04:05:06+00:00",
	};
	int64_t t;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		t = 0;
		if (!clock_parse_iso8601(same[i], &t) || t != MOMENT)
			fail_msg("'%s' is %lld", same[i], (long long)t);
	}
	t = 0;
	assert_true(clock_parse_amz_date("20261123T040506Z", &t));
	assert_int_equal(t, MOMENT);
	t = 0;
	assert_true(clock_parse_http_date("Mon, 23 Nov 2026 04:05:06 GMT", &t));
	assert_int_equal(t, MOMENT);
	assert_true(clock_parse_iso8601("2016-12-31T23:59:60Z", &t)); /* a leap second */
	assert_true(clock_parse_iso8601("1970-01-01T00:00:00Z", &t));
	assert_int_equal(t, 0);
}

/* Cut at each character, and with each character replaced, no date is read past its end. */
static void what_is_no_date_leaves_the_answer_alone(void **state)
{
	static const char *const iso[] = {
		"",
		"2026",
		"2026-1-23T04:05:06Z",
		"2026-11-3T04:05:06Z",
		"2026/11/23T04:05:06Z",
		"2026-11/23T04:05:06Z",
		"2026-11-23X04:05:06Z",
		"2026-11-23T4:05:06Z",
		"2026-11-23T04-05:06Z",
		"2026-11-23T04:5:06Z",
		"2026-11-23T04:05-06Z",
		"2026-11-23T04:05:6Z",
		"2026-11-23T04:05:06",
		"2026-11-23T04:05:06.Z",
		"2026-11-23T04:05:06+9",
		"2026-11-23T04:05:06+09",
		"2026-11-23T04:05:06+09:",
		"2026-11-23T04:05:06ZZ",
		"2026-11-23T04:05:06+09:00x",
		"1969-12-31T23:59:59Z",
		"2026-00-23T04:05:06Z",
		"2026-13-23T04:05:06Z",
		"2026-11-00T04:05:06Z",
		"2026-11-32T04:05:06Z",
		"2026-11-23T24:05:06Z",
		"2026-11-23T04:60:06Z",
		"2026-11-23T04:05:61Z",
		"+026-11-23T04:05:06Z",
		"2026-11-23T04:05:06 UTC",
	};
	static const char *const amz[] = {
		"",
		"2026",
		"202611",
		"20261123",
		"20261123T",
		"20261123T04",
		"20261123T0405",
		"20261123T040506",
		"20261123 040506Z",
		"20261123T040506Zx",
		"20261323T040506Z",
		"20261123T246006Z",
	};
	static const char *const http[] = {
		"",
		"yesterday",
		"Mon; 23 Nov 2026 04:05:06 GMT",
		"Mon,-23 Nov 2026 04:05:06 GMT",
		"Mon, x3 Nov 2026 04:05:06 GMT",
		"Mon, 23-Nov-2026 04:05:06 GMT",
		"Mon, 23 Nox 2026 04:05:06 GMT",
		"Mon, 23 Nov-2026 04:05:06 GMT",
		"Mon, 23 Nov 20x6 04:05:06 GMT",
		"Mon, 23 Nov 2026-04:05:06 GMT",
		"Mon, 23 Nov 2026 x4:05:06 GMT",
		"Mon, 23 Nov 2026 04-05:06 GMT",
		"Mon, 23 Nov 2026 04:x5:06 GMT",
		"Mon, 23 Nov 2026 04:05-06 GMT",
		"Mon, 23 Nov 2026 04:05:x6 GMT",
		"Mon, 23 Nov 2026 04:05:06 CET",
		"Mon, 23 Nov 2026 25:05:06 GMT",
		"Monday, 23-Nov-26 04:05:06 GMT",
	};
	int64_t t = -7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(iso); i++)
		if (clock_parse_iso8601(iso[i], &t) || t != -7)
			fail_msg("'%s' is taken", iso[i]);
	for (size_t i = 0; i < ARRAY_LEN(amz); i++)
		if (clock_parse_amz_date(amz[i], &t) || t != -7)
			fail_msg("'%s' is taken", amz[i]);
	for (size_t i = 0; i < ARRAY_LEN(http); i++)
		if (clock_parse_http_date(http[i], &t) || t != -7)
			fail_msg("'%s' is taken", http[i]);
}

static void a_moment_is_written_in_each_form(void **state)
{
	char out[CLOCK_ISO_SIZE];

	(void)state;
	clock_iso8601(MOMENT, out);
	assert_string_equal(out, "2026-11-23T04:05:06Z");
	clock_iso8601_ms(MOMENT * INT64_C(1000) + 789, out);
	assert_string_equal(out, "2026-11-23T04:05:06.789Z");
	clock_amz_date(MOMENT, out);
	assert_string_equal(out, "20261123T040506Z");
	clock_http_date(MOMENT, out);
	assert_string_equal(out, "Mon, 23 Nov 2026 04:05:06 GMT");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_spelling_of_a_moment_is_that_moment),
		cmocka_unit_test(what_is_no_date_leaves_the_answer_alone),
		cmocka_unit_test(a_moment_is_written_in_each_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
