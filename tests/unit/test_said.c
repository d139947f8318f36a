/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences that are made in English and shown in another language. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/said.h"

/* A language of five messages. */
static const char *other(const char *english)
{
	static const char *const rows[][2] = {
		{ "cannot delete %-s '%s'", "%2$s (%1$s) stays" },
		{ "cannot read %s", "unread: %s" },
		{ "security group", "SG" },
		{ "%s: %-s", "%s -> %s" },
		{ "%zu of %.2f%%, %-6s|%5.3s|%c %#x %lld",
		  "%7$lld %6$#x %5$c %4$s|%3$s|%2$.2f%% %1$zu" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i][0], english) == 0)
			return rows[i][1];
	return english;
}

static void assert_said(const struct said *s, const char *english, const char *translated)
{
	autofree char *text = said_in(s, other);

	assert_string_equal(said_english(s), english);
	assert_string_equal(text, translated);
}

static void values_go_into_another_order_and_texts_into_another_language(void **state)
{
	struct said *s = said_new("cannot delete %-s '%s'", "security group", "security group");

	(void)state;
	/* the id has the same letters, and is none */
	assert_said(s, "cannot delete security group 'security group'",
		    "security group (SG) stays");
	said_free(s);
	s = said_new("nobody translates %s", "this");
	assert_said(s, "nobody translates this", "nobody translates this");
	said_free(s);
}

static void every_conversion_is_as_printf_has_it(void **state)
{
	char printed[100];
	struct said *s = said_new("%zu of %.2f%%, %-6s|%5.3s|%c %#x %lld", (size_t)7, 0.5, "ab",
				  "abcdef", 'c', 255u, -5ll);

	(void)state;
	(void)snprintf(printed, sizeof(printed), "%zu of %.2f%%, %-6s|%5.3s|%c %#x %lld", (size_t)7,
		       0.5, "ab", "abcdef", 'c', 255u, -5ll);
	assert_said(s, printed, "-5 0xff c   abc|ab    |0.50% 7");
	said_free(s);
	s = said_new("%.*s %*d %ld %u", 2, "abc", 4, 5, -6l, 7u);
	assert_said(s, "ab    5 -6 7", "ab    5 -6 7");
	said_free(s);
}

static void a_sentence_in_a_sentence_is_translated_with_it(void **state)
{
	struct said *inner = said_new("cannot read %s", "x");
	struct said *outer = said_new("%s: %-s", said_english(inner), "security group");
	struct said *copy;
	autofree char *letters = xstrdup(said_english(inner));

	(void)state;
	assert_ptr_equal(said_of(said_english(inner)), inner);
	assert_null(said_of(letters));
	said_free(inner);
	copy = said_copy(outer);
	said_free(outer);
	assert_said(copy, "cannot read x: security group", "unread: x -> SG");
	said_free(copy);
	assert_null(said_copy(NULL));
	assert_null(said_english(NULL));
	assert_null(said_in(NULL, other));
}

static void an_error_keeps_its_sentences(void **state)
{
	struct rb_error *err = rb_error_why(
		rb_error_new(RB_FAILED, "cannot delete %-s '%s'", "security group", "sg-1"),
		"cannot read %s", "y");
	struct rb_error *copy;
	autofree char *why = NULL;

	(void)state;
	err = rb_error_why(err, "somebody was first");
	rb_error_replace(err, RB_WHAT, "%s: %-s", err->what, "security group");
	copy = rb_error_copy(err);
	(void)rb_error_free(err);
	assert_string_equal(copy->what, "cannot delete security group 'sg-1': security group");
	assert_said(copy->said[RB_WHAT], copy->what, "sg-1 (SG) stays -> SG");
	why = said_in(copy->said[RB_WHY], other);
	assert_string_equal(why, "unread: y");
	rb_error_drop(copy, RB_WHY);
	assert_null(copy->why);
	assert_null(copy->said[RB_WHY]);
	rb_error_advise(copy, "security group", RB_NEXT_NONE, NULL);
	assert_said(copy->said[RB_HINT], "security group", "SG");
	(void)rb_error_free(copy);
}

static char *hidden(const char *value)
{
	return xstrdup(strcmp(value, "secret") == 0 ? "(cut)" : value);
}

static void values_can_be_hidden_in_every_language(void **state)
{
	struct said *inner = said_new("cannot read %s", "secret");
	struct said *s = said_new("%s: %-s", said_english(inner), "security group");
	struct said *mapped = said_mapped(s, hidden);
	const char *held = said_english(mapped);

	(void)state;
	said_free(inner);
	said_free(s);
	assert_said(mapped, "cannot read (cut): security group", "unread: (cut) -> SG");
	said_drop(&held);
	assert_null(held);
	assert_null(said_mapped(NULL, hidden));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_go_into_another_order_and_texts_into_another_language),
		cmocka_unit_test(every_conversion_is_as_printf_has_it),
		cmocka_unit_test(a_sentence_in_a_sentence_is_translated_with_it),
		cmocka_unit_test(an_error_keeps_its_sentences),
		cmocka_unit_test(values_can_be_hidden_in_every_language),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
