/* SPDX-License-Identifier: Apache-2.0 */
/* The language and its catalogue, and columns of wide text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/program.h"
#include "runbook/report/html.h"
#include "runbook/ui/catalogue.h"
#include "runbook/ui/journal_text.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/ui.h"
#include "runbook/ui/width.h"

/* What msgfmt makes of two messages, one with a plural; `swap`: for a machine of the other order.
 */
static void make_catalogue(struct buf *out, bool swap, const char *header)
{
	static const char one[] = "%zu step\0%zu steps";
	const struct {
		const char *p;
		size_t n;
	} texts[] = {
		{ "", 0 },
		{ one, sizeof(one) - 1 },
		{ "Options:", 8 },
		{ header, strlen(header) },
		{ "手順 %zu", strlen("手順 %zu") },
		{ "オプション:", strlen("オプション:") },
	};
	uint32_t words[7 + 2 * ARRAY_LEN(texts)] = { 0x950412de, 0, 3, 28, 28 + 3 * 8 };
	size_t at = sizeof(words);

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		words[7 + 2 * i] = (uint32_t)texts[i].n;
		words[8 + 2 * i] = (uint32_t)at;
		at += texts[i].n + 1;
	}
	for (size_t i = 0; swap && i < ARRAY_LEN(words); i++)
		words[i] = __builtin_bswap32(words[i]);
	assert_true(buf_add(out, words, sizeof(words)));
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_true(buf_add(out, texts[i].p, texts[i].n + 1));
}

#define JA_HEADER "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=1; plural=0;\n"

static void a_catalogue_has_its_messages_whatever_machine_made_it(void **state)
{
	(void)state;
	for (int swap = 0; swap < 2; swap++) {
		auto_buf bytes = BUF_INIT;
		struct catalogue *c = NULL;

		make_catalogue(&bytes, swap, JA_HEADER);
		assert_null(catalogue_read(&bytes, &c));
		assert_string_equal(catalogue_find(c, "Options:"), "オプション:");
		assert_string_equal(catalogue_find(c, "%zu step"), "手順 %zu");
		assert_null(catalogue_find(c, "%zu steps"));
		assert_null(catalogue_find(c, "Options"));
		catalogue_free(c);
	}
}

static void assert_refused(struct buf *bytes, const char *why)
{
	struct catalogue *c = NULL;
	struct rb_error *err = catalogue_read(bytes, &c);

	assert_non_null(err);
	assert_null(c);
	assert_int_equal(err->kind, RB_USAGE);
	if (why)
		assert_string_equal(err->why, why);
	(void)rb_error_free(err);
}

/* Cut anywhere, and with any of its numbers out of bounds, it is refused or read within bounds. */
static void a_damaged_catalogue_is_no_catalogue(void **state)
{
	auto_buf whole = BUF_INIT;
	auto_buf other = BUF_INIT;

	(void)state;
	make_catalogue(&whole, false, JA_HEADER);
	for (size_t n = 0; n < whole.n; n++) {
		auto_buf cut = BUF_INIT;

		assert_true(buf_add(&cut, whole.p, n));
		assert_refused(&cut, n < 20 ? "it is no catalogue of messages" : "it is cut short");
	}
	for (size_t at = 0; at < 28 + 6 * 8; at++) {
		auto_buf odd = BUF_INIT;
		struct catalogue *c = NULL;
		struct rb_error *err;

		assert_true(buf_add(&odd, whole.p, whole.n));
		odd.p[at] = (char)0xff;
		err = catalogue_read(&odd, &c);
		if (!err)
			(void)catalogue_find(c, "Options:");
		catalogue_free(c);
		(void)rb_error_free(err);
	}
	make_catalogue(&other, false,
		       "Content-Type: text/plain; charset=UTF-8\n"
		       "Plural-Forms: nplurals=2; plural=(n != 1);\n");
	assert_refused(&other, NULL);
	make_catalogue(&other, false,
		       "Content-Type: text/plain; charset=EUC-JP\n"
		       "Plural-Forms: nplurals=1; plural=0;\n");
	assert_refused(&other, NULL);
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
	enum lang lang;

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
		assert_null(lang_choose(LANG_OF_LOCALE));
		if (lang_is_japanese() != cases[i].japanese)
			fail_msg("row %zu", i);
	}
	assert_null(lang_choose(LANG_JA));
	assert_string_equal(tr("Options:"), "オプション:");
	assert_string_equal(tr("no such message"), "no such message");
	assert_string_equal(tr(""), "");
	assert_string_equal(tr_n(1, "%zu of %zu holds", "%zu of %zu hold"),
			    "%zu / %zu があるべき状態");
	assert_null(lang_choose(LANG_EN));
	assert_string_equal(tr("Options:"), "Options:");
	assert_string_equal(tr_n(1, "%zu thing", "%zu things"), "%zu thing");
	assert_string_equal(tr_n(0, "%zu thing", "%zu things"), "%zu things");
	assert_false(lang_named("fr", &lang));
	assert_true(lang_named("ja", &lang) && lang == LANG_JA);
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
	assert_null(lang_choose(LANG_EN));
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
	assert_null(lang_choose(LANG_JA)); /* UTF-8, whatever the locale */
	assert_cut("手順の一覧", 6, false, "手順\u2026");
	assert_null(lang_choose(LANG_EN));
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

static void a_japanese_line_ends_where_it_may(void **state)
{
	(void)state;
	/* between two letters, as far as they fit */
	assert_wrapped("手順の一覧を見る", 12, "  手順の一覧\n    を見る\n");
	/* not before what closes, small kana or the long vowel mark */
	assert_wrapped("手順の一覧。見る", 12, "  手順の一\n    覧。見る\n");
	assert_wrapped("手順の一覧、見る", 12, "  手順の一\n    覧、見る\n");
	assert_wrapped("手順（一覧）見る", 12, "  手順（一\n    覧）見る\n");
	assert_wrapped("手順は「一」見る", 12, "  手順は\n    「一」見\n    る\n");
	assert_wrapped("サンドボックス", 12, "  サンドボッ\n    クス\n");
	assert_wrapped("接続先サーバー", 14, "  接続先サー\n    バー\n");
	assert_wrapped("手順の一覧; 見る", 12, "  手順の一\n    覧; 見る\n");
	/* not after what opens */
	assert_wrapped("手順一覧（手順）", 12, "  手順一覧\n    （手順）\n");
	/* beside a Latin word, but not in it */
	assert_wrapped("手順の vpc-0123", 12, "  手順の\n    vpc-0123\n");
	assert_wrapped("手順をvpc-0123", 12, "  手順を\n    vpc-0123\n");
}

static void assert_whole(const char *s, int columns, const char *expected)
{
	auto_buf out = BUF_INIT;
	auto_strv commands = { 0 };

	strv_add(&commands, "runbook undo");
	strv_add(&commands, "runbook undo --stack a");
	text_wrap_whole(&out, s, &commands, columns, /* indent= */ 0, /* hanging= */ 2);
	assert_string_equal(out.p, expected);
}

static void a_command_is_never_broken(void **state)
{
	static const char text[] = "it costs, until: runbook undo --stack a; a rehearsal";

	(void)state;
	assert_whole(text, 0, "it costs, until: runbook undo --stack a; a rehearsal\n");
	assert_whole(text, 60, "it costs, until: runbook undo --stack a; a rehearsal\n");
	assert_whole(text, 40, "it costs, until:\n  runbook undo --stack a\n  a rehearsal\n");
	assert_whole(text, 23, "it costs, until:\n runbook undo --stack a\n  a rehearsal\n");
	assert_whole(text, 14, "it costs,\n  until:\nrunbook undo --stack a\n  a rehearsal\n");
	assert_whole("a: runbook undo, b: runbook undo --stack a", 30,
		     "a:\n  runbook undo\n  b:\n  runbook undo --stack a\n");
	assert_whole("終了: runbook undo --stack a、手順です", 30,
		     "終了:\n  runbook undo --stack a\n  手順です\n");
	assert_whole("runbook undo --stack a", 14, "runbook undo --stack a\n");
	assert_whole("no command here at all", 14, "no command\n  here at all\n");
}

static void assert_recorded(const char *english, const char *japanese)
{
	autofree char *text = tr_recorded(english);

	assert_string_equal(text, japanese);
}

static void what_was_recorded_in_english_is_found_by_its_format(void **state)
{
	(void)state;
	assert_null(lang_choose(LANG_JA));
	assert_recorded("unchanged", "変更なし");
	assert_recorded("addresses inside 10.1.0.0/20", "10.1.0.0/20 の中のアドレス");
	/* in another order, and with a text for people among its values */
	assert_recorded("cannot delete security group 'sg-1'",
			"セキュリティグループ 'sg-1' を削除できません");
	assert_recorded("step 3-1 was changed at 2026-11-29T05:00:00Z",
			"手順 3-1 が 2026-11-29T05:00:00Z に変更されました");
	/* codes, ids, AWS's own words, and what would fit anything */
	assert_recorded("root on vm, process 31345, since 2026-11-29T05:00:00Z",
			"vm の root (プロセス 31345、2026-11-29T05:00:00Z から)");
	assert_recorded("available", "available");
	assert_recorded("vpc-0123456789abcdef0", "vpc-0123456789abcdef0");
	assert_recorded("a: b, c", "a: b, c");
	assert_recorded("The vpc ID 'vpc-1' does not exist", "The vpc ID 'vpc-1' does not exist");
	assert_recorded("", "");
	assert_recorded("100 % of %s, %n", "100 % of %s, %n");
	assert_recorded(NULL, "");
	assert_null(lang_choose(LANG_EN));
	assert_recorded("unchanged", "unchanged");
}

static void assert_claim(const char *kind, const char *found, const char *expected)
{
	json_t *claim = json_pack("{s:s, s:s, s:s*}", "claim", "c", "found", found, "kind", kind);
	autofree char *text = claim_text(claim, "found");

	assert_string_equal(text, expected);
	json_decref(claim);
}

static void assert_claim_name(const char *name, const char *expected)
{
	autofree char *text = claim_name(name);

	assert_string_equal(text, expected);
}

static void a_claim_is_translated_and_what_aws_has_is_not(void **state)
{
	(void)state;
	assert_null(lang_choose(LANG_JA));
	assert_claim(NULL, "none", "なし");
	assert_claim("state", "available", "available");
	assert_claim("tag", "none", "none");
	assert_claim("tag", "(none)", "(なし)");
	assert_claim_name("vpc.cidr_block", "vpc.cidr_block");
	assert_claim_name("the object's size in bytes", "オブジェクトのサイズ (バイト)");
	assert_claim_name("security_group.ingress all from itself",
			  "security_group.インバウンド すべて (セルフルール)");
	assert_null(lang_choose(LANG_EN));
	assert_claim(NULL, "none", "none");
	assert_claim_name("security_group.ingress all from itself",
			  "security_group.ingress all from itself");
}

/* The message with "v1", "v2" as its values; NULL: it has none, or others than texts. */
static char *with_values(const char *fmt, bool *ret_any)
{
	auto_buf out = BUF_INIT;
	size_t n = 0;

	for (; *fmt; fmt++) {
		size_t place = strspn(fmt + 1, "0123456789");

		if (*fmt != '%' || fmt[1] == '%') {
			fmt += *fmt == '%';
			(void)buf_addc(&out, *fmt);
			continue;
		}
		n = place && fmt[1 + place] == '$' ? strtoul(fmt + 1, NULL, 10) : n + 1;
		fmt += place && fmt[1 + place] == '$' ? place + 1 : 0;
		fmt += fmt[1] == '-';
		if (*++fmt != 's')
			return NULL;
		(void)buf_addf(&out, "v%zu", n);
	}
	*ret_any = n > 0;
	return n ? buf_steal(&out) : NULL;
}

static void every_message_of_texts_is_found_again(void **state)
{
	autofree char *program = NULL;
	autofree char *path = NULL;
	auto_buf bytes = BUF_INIT;
	struct catalogue *c;
	const char *message;
	size_t tried = 0, found = 0;
	bool any;

	(void)state;
	assert_null(lang_choose(LANG_JA));
	assert_null(program_path(&program));
	for (int i = 0; i < 2; i++)
		*strrchr(program, '/') = '\0';
	path = file_join(program, "share/locale/ja/LC_MESSAGES/runbook.mo");
	assert_null(file_read(path, 8 << 20, &bytes));
	assert_null(catalogue_read(&bytes, &c));
	for (size_t i = 0; (message = catalogue_message(c, i)); i++) {
		autofree char *english = with_values(message, &any);
		autofree char *expected =
			english ? with_values(catalogue_find(c, message), &any) : NULL;
		autofree char *text = english ? tr_recorded(english) : NULL;

		if (!english || !expected)
			continue;
		tried++;
		found += strcmp(text, expected) == 0;
		if (strcmp(text, expected) != 0)
			print_message("not found: %s\n", english);
	}
	catalogue_free(c);
	assert_null(lang_choose(LANG_EN));
	print_message("%zu of %zu\n", found, tried);
	assert_true(tried > 500);
	assert_true(found * 100 >= tried * 90); /* the rest has few words of its own */
}

static void assert_lasts(int64_t ms, const char *expected)
{
	autofree char *text = ui_duration(ms);

	assert_string_equal(text, expected);
}

static void a_duration_is_of_the_readers_language_and_kept_in_english(void **state)
{
	auto_said *said = ui_duration_said(185000);
	autofree char *hours = NULL;

	(void)state;
	assert_null(lang_choose(LANG_EN));
	assert_lasts(1250, "1.2 s");
	assert_lasts(45000, "45 s");
	assert_lasts(125000, "2 min 05 s");
	assert_null(lang_choose(LANG_JA));
	assert_lasts(1250, "1.2 秒");
	assert_lasts(45000, "45 秒");
	assert_lasts(125000, "2 分 05 秒");
	hours = html_duration(INT64_C(3) * 3600 * 1000);
	assert_string_equal(hours, "3 時間 00 分");
	assert_string_equal(said_english(said), "3 min 05 s"); /* as JSON has it */
	assert_null(lang_choose(LANG_EN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_catalogue_has_its_messages_whatever_machine_made_it),
		cmocka_unit_test(a_damaged_catalogue_is_no_catalogue),
		cmocka_unit_test(the_locale_chooses_and_the_option_beats_it),
		cmocka_unit_test(wide_characters_take_two_columns),
		cmocka_unit_test(what_has_no_room_ends_in_an_ellipsis),
		cmocka_unit_test(long_lines_go_on_in_the_next_one),
		cmocka_unit_test(a_japanese_line_ends_where_it_may),
		cmocka_unit_test(a_command_is_never_broken),
		cmocka_unit_test(what_was_recorded_in_english_is_found_by_its_format),
		cmocka_unit_test(every_message_of_texts_is_found_again),
		cmocka_unit_test(a_duration_is_of_the_readers_language_and_kept_in_english),
		cmocka_unit_test(a_claim_is_translated_and_what_aws_has_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
