/* SPDX-License-Identifier: Apache-2.0 */
/* Messages in two languages: same conversions, nothing forgotten, and columns of wide text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/strv.h"
#include "base/text.h"
#include "runbook/cli/cli.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/width.h"

/* "%s %zu" of "step %s: %zu of them". */
static char *conversions(const char *s)
{
	struct buf out = BUF_INIT;

	for (; *s; s++) {
		if (*s != '%')
			continue;
		if (s[1] == '%') {
			s++;
			continue;
		}
		do {
			(void)buf_addc(&out, *s++);
		} while (*s && !strchr("sdiuxcfg", *s));
		(void)buf_addc(&out, *s);
		(void)buf_addc(&out, ' ');
	}
	return buf_steal(&out);
}

static void each_translation_takes_the_same_arguments(void **state)
{
	size_t n = 0;

	(void)state;
	for (const struct lang_row *r = lang_rows; r->en; r++, n++) {
		autofree char *en = conversions(r->en);
		autofree char *ja = conversions(r->ja);
		size_t en_n = strlen(r->en), ja_n = strlen(r->ja);

		if (strcmp(en, ja) != 0)
			fail_msg("'%s' takes '%s', its translation '%s'", r->en, en, ja);
		assert_int_equal(r->en[en_n - 1] == '\n', r->ja[ja_n - 1] == '\n');
		for (const struct lang_row *other = lang_rows; other < r; other++)
			if (strcmp(other->en, r->en) == 0)
				fail_msg("'%s' is there twice", r->en);
	}
	assert_true(n > 50);
}

/* A literal, "..." "...", unescaped; where it ends. */
static const char *collect_literal(const char *q, struct strv *out)
{
	auto_buf s = BUF_INIT;

	for (;;) {
		while (*q && strchr(" \t\n", *q))
			q++;
		if (*q != '"')
			break;
		for (q++; *q && *q != '"'; q++) {
			if (*q == '\\' && q[1])
				(void)buf_addc(&s, *++q == 'n' ? '\n' : *q);
			else
				(void)buf_addc(&s, *q);
		}
		q++;
	}
	if (s.n && !strv_has(out, s.p))
		strv_add(out, s.p);
	return q;
}

static bool is_in_a_word(const char *text, const char *p)
{
	return p > text && (p[-1] == '_' || (p[-1] >= 'a' && p[-1] <= 'z'));
}

/* The literal of each tr("...") in a source, and both of each tr_n(n, "...", "..."). */
static void collect(const char *text, struct strv *out)
{
	for (const char *p = text; (p = strstr(p, "tr(")); p++)
		if (!is_in_a_word(text, p))
			(void)collect_literal(p + strlen("tr("), out);
	for (const char *p = text; (p = strstr(p, "tr_n(")); p++) {
		const char *q = is_in_a_word(text, p) ? NULL : strstr(p, ",");

		if (q && (q = collect_literal(q + 1, out)) && *q == ',')
			(void)collect_literal(q + 1, out);
	}
}

static bool is_translated(const char *en)
{
	for (const struct lang_row *r = lang_rows; r->en; r++)
		if (strcmp(r->en, en) == 0)
			return true;
	return false;
}

/* Every literal that the sources below `folder`, its folders included, hand to the translation. */
static void collect_below(const char *folder, struct strv *used)
{
	DIR *dir = opendir(folder);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		autofree char *path = file_join(folder, e->d_name);
		auto_buf text = BUF_INIT;

		if (e->d_type == DT_DIR && e->d_name[0] != '.')
			collect_below(path, used);
		if (!text_ends_with(e->d_name, ".c"))
			continue;
		assert_null(file_read(path, 1 << 20, &text));
		collect(text.p, used);
	}
	if (dir)
		(void)closedir(dir);
}

static void no_message_of_the_program_is_forgotten(void **state)
{
	auto_strv used = { 0 };
	size_t missing = 0;

	(void)state;
	if (access("runbook", R_OK) != 0) { /* run from elsewhere: the sources are not here */
		skip();
		return;
	}
	collect_below("runbook", &used);
	for (size_t i = 0; i < used.n; i++) {
		if (is_translated(used.v[i]))
			continue;
		print_error("not in lang.def: \"%s\"\n", used.v[i]);
		missing++;
	}
	assert_int_equal(missing, 0);
	assert_true(used.n > 40);
}

static void the_tables_speak_japanese_too(void **state)
{
	(void)state;
	for (const struct command *c = all_commands; c->name; c++)
		assert_true(c->help_ja && *c->help_ja);
	for (const struct option_row *o = all_options; o->name; o++)
		assert_true(o->help_ja && *o->help_ja);
	for (const struct procedure *const *p = all_procedures; *p; p++) {
		for (const struct param *const *row = (*p)->params; *row; row++)
			assert_true((*row)->help_ja && *(*row)->help_ja);
		assert_true((*p)->title_ja && *(*p)->title_ja);
		for (const struct step *const *s = (*p)->steps; *s; s++)
			assert_true((*s)->title_ja && *(*s)->title_ja && is_translated((*s)->why));
	}
}

static void the_locale_chooses_and_the_option_beats_it(void **state)
{
	static const struct {
		const char *all, *messages, *lang;
		bool japanese;
		const char *ctype;
	} cases[] = {
		{ NULL, NULL, NULL, false, NULL },
		{ NULL, NULL, "ja_JP.UTF-8", true, NULL },
		{ NULL, NULL, "ja", true, NULL },
		{ NULL, NULL, "jam_JM", false, NULL },
		{ NULL, "en_US.UTF-8", "ja_JP.UTF-8", false, NULL },
		{ "C", NULL, "ja_JP.UTF-8", false, NULL },
		/* another character set, or another spelling of UTF-8 */
		{ "", "ja_JP.eucJP", "en_US", false, NULL },
		{ "ja_JP.eucJP", NULL, NULL, false, NULL },
		{ "ja_JP.EUC-JP", NULL, NULL, false, NULL },
		{ "ja_JP.SJIS", NULL, NULL, false, NULL },
		{ "ja_JP.ujis", NULL, NULL, false, NULL },
		{ "ja_JP.ISO-2022-JP@x", NULL, NULL, false, NULL },
		{ "ja_JP.utf8", NULL, NULL, true, NULL },
		{ "ja_JP.Utf-8@cjknarrow", NULL, NULL, true, NULL },
		{ "", "ja_JP.UTF-8", "C", true, NULL },
		{ NULL, "ja_JP.UTF-8", NULL, false, "ja_JP.eucJP" },
		{ NULL, "ja_JP.UTF-8", "ja_JP.eucJP", false, NULL },
		{ NULL, "ja_JP.UTF-8", "ja_JP.eucJP", true, "C.UTF-8" },
		{ "ja_JP.UTF-8", NULL, NULL, true, "ja_JP.eucJP" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		(void)unsetenv("LC_ALL");
		(void)unsetenv("LC_MESSAGES");
		(void)unsetenv("LANG");
		(void)unsetenv("LC_CTYPE");
		if (cases[i].ctype)
			(void)setenv("LC_CTYPE", cases[i].ctype, 1);
		if (cases[i].all)
			(void)setenv("LC_ALL", cases[i].all, 1);
		if (cases[i].messages)
			(void)setenv("LC_MESSAGES", cases[i].messages, 1);
		if (cases[i].lang)
			(void)setenv("LANG", cases[i].lang, 1);
		assert_true(lang_choose(NULL));
		if (lang_is_japanese() != cases[i].japanese)
			fail_msg("row %zu", i);
	}
	assert_true(lang_choose("ja"));
	assert_string_equal(tr("Options:"), "オプション:");
	assert_string_equal(tr("no such message"), "no such message");
	assert_true(lang_choose("en"));
	assert_string_equal(tr("Options:"), "Options:");
	assert_false(lang_choose("fr"));
}

static void wide_characters_take_two_columns(void **state)
{
	int used;

	(void)state;
	assert_int_equal(text_width("abc"), 3);
	assert_int_equal(text_width("手順"), 4);
	assert_int_equal(text_width("ｱ"), 1);	     /* half-width */
	assert_int_equal(text_width("か\u3099"), 2); /* a combining mark */
	assert_int_equal(text_width("é"), 1);
	assert_int_equal(text_fit("手順1", 4, &used), 6);
	assert_int_equal(used, 4);
	assert_int_equal(text_fit("手順1", 3, &used), 3);
	assert_int_equal(used, 2);
	assert_int_equal(text_fit("a\xff"
				  "b",
				  3, &used),
			 3); /* a broken byte is one column */
}

static void assert_cut(const char *s, int columns, bool words, const char *expected)
{
	auto_buf out = BUF_INIT;
	int used = words ? text_cut_words(&out, s, columns) : text_cut(&out, s, columns);

	assert_string_equal(out.p, expected);
	assert_int_equal(used, text_width(expected));
	assert_true(used <= columns);
}

static void what_has_no_room_ends_in_an_ellipsis(void **state)
{
	(void)state;
	(void)setenv("LC_ALL", "C.UTF-8", 1);
	assert_true(lang_choose("en"));
	assert_cut("subnet", 6, false, "subnet");
	assert_cut("subnet", 5, false, "subn\u2026");
	assert_cut("a subnet", 3, false, "a\u2026");
	assert_cut("手順の一覧", 6, false, "手順\u2026");
	assert_cut("手順", 1, false, "\u2026");
	assert_cut("手順", 0, false, "");
	assert_cut("eice-0123: create-in-progress", 20, true, "eice-0123:\u2026");
	assert_cut("eice-0123456789abcdef0", 20, true, "");
	(void)setenv("LC_ALL", "C", 1);
	assert_cut("subnet", 5, false, "su...");
	assert_true(lang_choose("ja")); /* UTF-8, whatever the locale */
	assert_cut("手順の一覧", 6, false, "手順\u2026");
	assert_true(lang_choose("en"));
}

static void assert_wrapped(const char *s, int columns, const char *expected)
{
	auto_buf out = BUF_INIT;

	text_wrap(&out, s, columns, /* indent= */ 2, /* hanging= */ 4);
	assert_string_equal(out.p, expected);
}

static void long_lines_go_on_in_the_next_one(void **state)
{
	(void)state;
	assert_wrapped("", 20, "  \n");
	assert_wrapped("one two three", 0, "  one two three\n");
	assert_wrapped("one two three", 15, "  one two three\n");
	assert_wrapped("one two three", 14, "  one two\n    three\n");
	assert_wrapped("vpc_id vpc-0123456789", 18, "  vpc_id\n    vpc-0123456789\n");
	assert_wrapped("vpc_id vpc-0123456789", 14, "  vpc_id\n    vpc-012345\n    6789\n");
	assert_wrapped("手順の一覧", 12, "  手順の一覧\n");
	assert_wrapped("手順の一覧と", 12, "  手順の一覧\n    と\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_translation_takes_the_same_arguments),
		cmocka_unit_test(no_message_of_the_program_is_forgotten),
		cmocka_unit_test(the_tables_speak_japanese_too),
		cmocka_unit_test(the_locale_chooses_and_the_option_beats_it),
		cmocka_unit_test(wide_characters_take_two_columns),
		cmocka_unit_test(what_has_no_room_ends_in_an_ellipsis),
		cmocka_unit_test(long_lines_go_on_in_the_next_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
