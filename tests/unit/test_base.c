/* SPDX-License-Identifier: Apache-2.0 */
/* The base layer: buffers, dates, text, errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/signals.h"
#include "base/strv.h"
#include "base/text.h"
#include "tests/lib/temp.h"

static void a_buffer_past_its_ceiling_keeps_what_it_has(void **state)
{
	struct buf b;

	(void)state;
	buf_init_limited(&b, 4);
	assert_true(buf_adds(&b, "abcd"));
	assert_false(buf_addc(&b, 'e'));
	assert_true(b.overflowed);
	assert_string_equal(b.p, "abcd");
	buf_clear(&b);
	assert_string_equal(b.p, "");
}

static void a_decimal_is_digits_and_a_point(void **state)
{
	static const char *const bad[] = { "",	  ".",	  "1.2.3", "-1",  "+1",
					   "1e3", "0x1",  "inf",   "nan", " 1",
					   "1 ",  "0.09", "10.1",  "1,5", "000000000000000000001" };
	static const struct {
		const char *text;
		double value;
	} good[] = { { "0.1", 0.1 }, { "10", 10 }, { "1.5", 1.5 }, { ".5", 0.5 }, { "2.", 2 } };
	double value = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (text_parse_decimal(bad[i], 0.1, 10, &value))
			fail_msg("'%s' is taken for %g", bad[i], value);
		assert_true(value >= 7 && value <= 7);
	}
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(text_parse_decimal(good[i].text, 0.1, 10, &value));
		assert_true(value >= good[i].value && value <= good[i].value);
	}
}

static void dates_survive_a_round_trip(void **state)
{
	static const char *const same[] = { "2026-11-23T04:05:06Z", "2026-11-23T13:05:06+09:00",
					    "2026-11-23T04:05:06.789Z",
					    "2026-11-22T23:05:06-05:00" };
	int64_t t;
	char out[CLOCK_ISO_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		assert_true(clock_parse_iso8601(same[i], &t));
		clock_iso8601(t, out);
		assert_string_equal(out, same[0]);
	}
	clock_http_date(t, out);
	assert_string_equal(out, "Mon, 23 Nov 2026 04:05:06 GMT");
	t = 0;
	assert_true(clock_parse_http_date(out, &t));
	clock_amz_date(t, out);
	assert_string_equal(out, "20261123T040506Z");
	assert_false(clock_parse_iso8601("2026-13-23T04:05:06Z", &t));
	assert_false(clock_parse_iso8601("2026-11-23T04:05:06", &t));
	assert_false(clock_parse_iso8601("", &t));
	assert_false(clock_parse_http_date("yesterday", &t));
}

static void base64_takes_only_what_it_makes(void **state)
{
	static const char *const good[] = { "", "f", "fo", "foo", "foob", "fooba", "foobar" };
	static const char *const bad[] = { "Zg=", "Zg", "Z===", "Zm9v\n", "Zm=v", "====" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		autofree char *text = text_base64(good[i], strlen(good[i]));
		auto_buf back = BUF_INIT;

		assert_true(text_base64_decode(text, strlen(text), &back));
		assert_string_equal(back.p, good[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		auto_buf back = BUF_INIT;

		assert_false(text_base64_decode(bad[i], strlen(bad[i]), &back));
	}
}

static void a_mistyped_word_finds_its_neighbour(void **state)
{
	static const char *const names[] = { "run", "resume", "undo", "verify", "status", NULL };

	(void)state;
	assert_string_equal(text_near("resmue", names), "resume");
	assert_string_equal(text_near("stat", names), "status");
	assert_string_equal(text_near("udno", names), "undo");
	assert_null(text_near("frobnicate", names));
	assert_null(text_near("", names));
}

static void cidrs_are_strict_and_compare_as_networks(void **state)
{
	uint32_t base;
	int prefix;

	(void)state;
	assert_true(text_parse_cidr("10.0.0.0/16", &base, &prefix));
	assert_int_equal(base, 0x0a000000);
	assert_int_equal(prefix, 16);
	assert_false(text_parse_cidr("10.0.0.1/16", &base, &prefix));
	assert_false(text_parse_cidr("10.0.0.0", &base, &prefix));
	assert_false(text_parse_cidr("10.0.0.0/33", &base, &prefix));
	assert_false(text_parse_cidr("10.0.0/16", &base, &prefix));
	assert_false(text_parse_cidr("10.0.0.0/-1", &base, &prefix));
	assert_false(text_parse_cidr("10.0.0.0/-0", &base, &prefix));
	assert_false(text_parse_cidr("10.0.0.0/1x", &base, &prefix));
	assert_false(text_parse_cidr("2600::/32", &base, &prefix));
	assert_false(text_parse_cidr("255.255.255.255.255.255.255.255/8", &base, &prefix));
	assert_false(text_cidrs_overlap("x", "10.0.0.0/16"));
	assert_false(text_cidrs_overlap("10.0.0.0/16", "x"));
	assert_false(text_cidr_within("x", "10.0.0.0/16"));
	assert_false(text_cidr_within("10.0.0.0/16", "x"));
	assert_true(text_cidrs_overlap("10.0.0.0/16", "10.0.128.0/20"));
	assert_false(text_cidrs_overlap("10.0.0.0/16", "10.1.0.0/16"));
	assert_true(text_cidrs_overlap("0.0.0.0/0", "10.1.0.0/16"));
	assert_true(text_cidr_within("10.0.16.0/20", "10.0.0.0/16"));
	assert_false(text_cidr_within("10.0.0.0/16", "10.0.0.0/20"));
}

static void what_came_from_outside_is_shown_without_control_characters(void **state)
{
	(void)state;
	autofree char *a = text_printable("a\033[31mb\xff\xe3\x81\x82", 10, 100);
	autofree char *b = text_printable("abcdef", 6, 3);

	assert_null(strchr(a, '\033'));
	assert_null(strchr(a, '\xff'));
	assert_string_equal(b, "abc...");
}

/* A character that is whole and harmless stays; of anything else each byte is a '?'. */
static void each_character_is_shown_or_not_as_a_whole(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "\xc2\xa0", "\xc2\xa0" },	    /* the first of two bytes that is shown */
		{ "\xe6\x97\xa5", "\xe6\x97\xa5" }, /* 3 bytes */
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" }, /* 4 bytes */
		{ "a\nb\tc", "a b c" },
		{ "\x7f\x01", "??" },
		{ "\xc2\x9b", "??" },			  /* a control character of two bytes */
		{ "\xe2\x80\xa8\xe2\x80\xa9", "??????" }, /* line and paragraph separator */
		{ "\xe2\x80\xae", "???" },		  /* turns what follows around */
		{ "\xe2\x81\xa6\xe2\x81\xa9", "??????" },
		{ "\xe2\x80\xa6", "\xe2\x80\xa6" }, /* an ellipsis, between those */
		{ "\xe2\x81\xaa", "\xe2\x81\xaa" },
		{ "\xc0\xaf", "??" }, /* overlong */
		{ "\xe0\x80\xaf", "???" },
		{ "\xf0\x80\x80\xaf", "????" },
		{ "\xed\xa0\x80", "???" },	/* half of a pair */
		{ "\xf4\x90\x80\x80", "????" }, /* past the last */
		{ "\xf8\x88\x80\x80\x80", "?????" },
		{ "\xe6\x97", "??" }, /* cut off */
		{ "\xe6\x97x", "??x" },
		{ "\xe6zz", "?zz" },
		{ "\x97", "?" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *got = text_printable(cases[i].text, strlen(cases[i].text), 100);

		assert_string_equal(got, cases[i].want);
	}
	{
		autofree char *cut = text_printable("\xe6\x97\xa5\xe6\x97\xa5", 6, 5);

		assert_string_equal(cut, "\xe6\x97\xa5..."); /* never within one */
	}
}

static void shell_words_are_quoted(void **state)
{
	auto_buf out = BUF_INIT;

	(void)state;
	text_shell_quote(&out, "plain-word");
	(void)buf_addc(&out, ' ');
	text_shell_quote(&out, "it's $HOME");
	(void)buf_addc(&out, ' ');
	text_shell_quote(&out, "");
	assert_string_equal(out.p, "plain-word 'it'\\''s $HOME' ''");
}

static void a_failed_system_call_is_told_in_words(void **state)
{
	auto_error struct rb_error *err = rb_error_sys(2, "cannot read '%s'", "x");

	(void)state;
	assert_string_equal(err->why, "No such file or directory");
	assert_int_equal(err->sys_errno, 2);
	err = rb_error_free(err);
	err = rb_error_sys(4095, "cannot read '%s'", "x");
	assert_string_equal(err->why, "error 4095");
}

static void an_error_field_is_filled_once(void **state)
{
	(void)state;
	struct rb_error *err = rb_error_new(RB_DENIED, "cannot create VPC '%s'", "10.0.0.0/16");

	err = rb_error_what(rb_error_why(err, "first"), "second what");
	err = rb_error_why(err, "second");
	assert_string_equal(err->what, "cannot create VPC '10.0.0.0/16'");
	assert_string_equal(err->why, "first");
	assert_int_equal(rb_error_exit_status(err), 5);
	assert_null(rb_error_free(err));
}

/* Which kinds have a trait decides what is sent again, waited for and blamed. */
static void the_traits_of_each_kind_of_error(void **state)
{
	static const struct {
		enum rb_trait trait;
		const char *kinds;
	} cases[] = {
		{ RB_IS_PASSING, " network lost retry throttled" },
		{ RB_IS_UNSURE, " lost protocol retry" },
		{ RB_IS_NOT_NOW, " retry throttled consistency dependency" },
		{ RB_IS_EFFECT, " failed network lost protocol retry consistency gone" },
		{ RB_IS_SENDER, " denied credentials clock interrupted" },
	};

	(void)state;
	assert_false(rb_error_has_trait(NULL, RB_IS_PASSING));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_buf found = BUF_INIT;

		for (enum rb_kind kind = RB_FAILED; kind <= RB_INTERRUPTED; kind++) {
			struct rb_error err = { .kind = kind };

			if (rb_error_has_trait(&err, cases[i].trait))
				buf_addf(&found, " %s", rb_kind_name(kind));
		}
		assert_string_equal(found.p, cases[i].kinds);
	}
}

static void files_are_private_and_atomic(void **state)
{
	char dir[TEMP_MAX];
	auto_buf back = BUF_INIT;
	struct rb_error *err;

	(void)state;
	assert_true(temp_folder(dir, "rbtest"));
	autofree char *sub = file_join(dir, "a/b");
	autofree char *path = file_join(sub, "f");

	assert_null(file_make_private_dir(sub));
	assert_null(file_write_atomic(path, "one", 3, 0600));
	assert_null(file_write_atomic(path, "two!", 4, 0600));
	assert_null(file_read(path, 100, &back));
	assert_string_equal(back.p, "two!");
	err = file_read(path, 3, &back);
	assert_true(rb_error_is(err, RB_USAGE));
	(void)rb_error_free(err);
	err = file_read("/nonexistent/x", 3, &back);
	assert_true(rb_error_is(err, RB_GONE));
	(void)rb_error_free(err);
	assert_null(file_remove_tree(dir));
	assert_false(file_exists(dir));
}

static void a_signal_that_was_not_taken_ends_nothing(void **state)
{
	struct signals signals;

	(void)state;
	assert_null(signals_open(&signals));
	assert_int_equal(raise(SIGINT), 0);
	signals_close(&signals); /* as when credential_process has died of the same Ctrl-C */
	assert_false(signals.interrupted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_buffer_past_its_ceiling_keeps_what_it_has),
		cmocka_unit_test(a_decimal_is_digits_and_a_point),
		cmocka_unit_test(dates_survive_a_round_trip),
		cmocka_unit_test(base64_takes_only_what_it_makes),
		cmocka_unit_test(a_mistyped_word_finds_its_neighbour),
		cmocka_unit_test(cidrs_are_strict_and_compare_as_networks),
		cmocka_unit_test(what_came_from_outside_is_shown_without_control_characters),
		cmocka_unit_test(each_character_is_shown_or_not_as_a_whole),
		cmocka_unit_test(shell_words_are_quoted),
		cmocka_unit_test(a_failed_system_call_is_told_in_words),
		cmocka_unit_test(an_error_field_is_filled_once),
		cmocka_unit_test(the_traits_of_each_kind_of_error),
		cmocka_unit_test(files_are_private_and_atomic),
		cmocka_unit_test(a_signal_that_was_not_taken_ends_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
