/* SPDX-License-Identifier: Apache-2.0 */
/* The shared files: grammar, meaning of sections, merge, and messages of broken ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "aws/core/profile.h"
#include "aws/core/words.h"
#include "base/alloc.h"
#include "base/file.h"
#include "tests/lib/temp.h"

static struct rb_error *parse(const char *config, const char *credentials, struct strv *warnings,
			      struct aws_profiles **ret)
{
	return aws_profiles_parse(span_of(config), "/h/config", span_of(credentials),
				  "/h/credentials", warnings, ret);
}

static struct aws_profiles *must_parse(const char *config, const char *credentials)
{
	struct aws_profiles *p = NULL;
	auto_strv warnings = { 0 };

	assert_null(parse(config, credentials, &warnings, &p));
	return p;
}

static void assert_value(const char *got, const char *expected)
{
	if (!expected)
		assert_null(got);
	else if (!got)
		fail_msg("absent, but expected '%s'", expected);
	else
		assert_string_equal(got, expected);
}

static void lines_mean_what_they_mean_to_the_aws_cli(void **state)
{
	static const struct {
		const char *text, *profile, *key, *value;
	} cases[] = {
		/* comments */
		{ "# c\n; d\n[default]\n  # e\nregion = a\n", "default", "region", "a" },
		{ "[default]\nregion = a # b\n", "default", "region", "a # b" },
		{ "[default]\nregion = a#b\n", "default", "region", "a#b" },
		{ "[default] # text\nregion = a\n", "default", "region", "a" },
		{ "[default]\n#region = a\n", "default", "region", NULL },
		/* separators */
		{ "[default]\nid : AKIA:X\n", "default", "id", "AKIA:X" },
		{ "[default]\nregion=a=b\n", "default", "region", "a=b" },
		{ "[default]\nregion\t=\ta\t\n", "default", "region", "a" },
		{ "[default]\nr:a=b\n", "default", "r", "a=b" },
		/* keys and section names */
		{ "[default]\nREGION = a\n", "default", "region", "a" },
		{ "[Default]\nregion = a\n", "default", "region", NULL },
		{ "[default]\ntwo words = a\n", "default", "two words", "a" },
		/* empty is present */
		{ "[default]\nregion =\n", "default", "region", "" },
		{ "[default]\nregion =\n\n\n", "default", "region", "" },
		/* continuation and blocks */
		{ "[default]\nk = a\n  b\n", "default", "k", "a\nb" },
		{ "[default]\nk = a\n\n  b\n\n\n", "default", "k", "a\n\nb" },
		{ "[default]\nk = a\n # c\n  b\n", "default", "k", "a\nb" },
		{ "[default]\nk =\n  sub = 1\n", "default", "k", NULL },
		{ "[default]\n  region = a\n", "default", "region", "a" },
		{ "  [default]\nregion = a\n", "default", "region", "a" },
		{ "[default]\n  k = a\n  region = b\n", "default", "region", "b" },
		{ "[default]\n  k = a\n region = b\n", "default", "region", "b" },
		{ "[default]\nk = a\n  region = b\n", "default", "region", NULL },
		{ "[default]\nk = a\n  [profile b]\n", "default", "k", "a\n[profile b]" },
		{ "[default]\nk = a\n\xc2\xa0 b\n", "default", "k", "a\nb" },
		/* ends of lines, blanks of other scripts */
		{ "[default]\r\nregion = a\r\nk = b", "default", "region", "a" },
		{ "[default]\rregion = a\rk = b", "default", "k", "b" },
		{ "[default]\nregion = a\xc2\xa0\n", "default", "region", "a" },
		{ "[default]\nregion =\xe3\x80\x80"
		  "a\xe3\x80\x80\n",
		  "default", "region", "a" },
		{ "[default]\nregion = caf\xc3\xa9\n", "default", "region", "caf\xc3\xa9" },
		/* section headers */
		{ "[profile work]\nregion = a\n", "work", "region", "a" },
		{ "[profile   work]\nregion = a\n", "work", "region", "a" },
		{ "[profile \"two words\"]\nregion = a\n", "two words", "region", "a" },
		{ "[profile 'a\"b']\nregion = a\n", "a\"b", "region", "a" },
		{ "[profile a\\ b]\nregion = a\n", "a b", "region", "a" },
		{ "[profile a b]\nregion = a\n", "a", "region", NULL },
		{ "[profile]\nregion = a\n", "profile", "region", NULL },
		{ "[profile \"open]\nregion = a\n", "open", "region", NULL },
		{ "[work]\nregion = a\n", "work", "region", NULL },
		{ "[ default ]\nregion = a\n", "default", "region", NULL },
		{ "[profile x] y]\nregion = a\n", "x] y", "region", NULL },
		{ "[profile default]\nregion = a\n", "default", "region", "a" },
		{ "[default]\nregion = a\nk = b\n[profile default]\nregion = c\n", "default",
		  "region", "c" },
		{ "[default]\nregion = a\nk = b\n[profile default]\nregion = c\n", "default", "k",
		  NULL },
		{ "[sso-session work]\nregion = a\n", "work", "region", NULL },
		/* [DEFAULT] is Python's own idea */
		{ "[DEFAULT]\nregion = a\n[default]\nk = b\n", "default", "region", "a" },
		{ "[DEFAULT]\nregion = a\n[default]\nregion = b\n", "default", "region", "b" },
		{ "[DEFAULT]\nregion = a\n", "DEFAULT", "region", NULL },
		/* nothing at all */
		{ "", "default", "region", NULL },
		{ "\n\n# only this\n", "default", "region", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct aws_profiles *p = must_parse(cases[i].text, "");

		assert_value(aws_profiles_get(p, cases[i].profile, cases[i].key), cases[i].value);
		aws_profiles_free(p);
	}
}

static void a_broken_file_is_named_with_its_line(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "[default]\nregion = a\n[default]\n",
		  "/h/config:3: section 'default' was already on line 1" },
		{ "[default]\na = 1\n[x]\na = 2\nA = 3\n",
		  "/h/config:5: key 'a' was already on line 4" },
		{ "region = a\n", "/h/config:1: a key before the first section header" },
		{ "\n\nregion\n", "/h/config:3: no section header comes before this line" },
		{ "[default]\nregion\n",
		  "/h/config:2: neither a section header nor 'key = value'" },
		{ "[default\nregion = a\n",
		  "/h/config:1: no section header comes before this line" },
		{ "[x]\n[default\nregion = a\n", "/h/config:2: a section header without ']'" },
		{ "[]\n", "/h/config:1: no section header comes before this line" },
		{ "[default]\n = a\n", "/h/config:2: a value without a key" },
		{ "[default]\nk =\n  a = 1\n  b\n",
		  "/h/config:4: a line of a nested block without '='" },
		{ "[default]\nk =\n  a : 1\n",
		  "/h/config:3: a line of a nested block without '='" },
		{ "\xef\xbb\xbf[default]\n",
		  "/h/config:1: a byte order mark: save it as plain UTF-8" },
		{ "[default]\nk = \xff\n", "/h/config:2: not UTF-8" },
		{ "[default]\r\nk = \xc3", "/h/config:2: not UTF-8" },
		{ "[default]\nk = \xc0\xaf\n", "/h/config:2: not UTF-8" },
		{ "[default]\nk = \xed\xa0\x80\n", "/h/config:2: not UTF-8" },
		{ "[a\x1b[2J]\n[a\x1b[2J]\n",
		  "/h/config:2: section 'a?[2J' was already on line 1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct aws_profiles *p = NULL;
		auto_strv warnings = { 0 };
		auto_error struct rb_error *err = parse(cases[i].text, "", &warnings, &p);

		assert_true(rb_error_is(err, RB_USAGE));
		assert_string_equal(err->why, cases[i].why);
		assert_null(p);
	}
}

static void a_nul_byte_is_refused(void **state)
{
	static const char text[] = "[default]\nregion = a\0b\n";
	struct aws_profiles *p = NULL;
	auto_strv warnings = { 0 };
	auto_error struct rb_error *err = aws_profiles_parse(
		span_of(""), "/h/config", (struct span){ text, sizeof(text) - 1 }, "/h/credentials",
		&warnings, &p);

	(void)state;
	assert_non_null(err);
	assert_string_equal(err->why, "/h/credentials:2: a NUL byte");
}

static void a_message_about_a_broken_line_does_not_show_it(void **state)
{
	struct aws_profiles *p = NULL;
	auto_strv warnings = { 0 };
	auto_error struct rb_error *err =
		parse("", "[default]\naws_secret_access_key\nwJalrXUtnFEMI\n", &warnings, &p);

	(void)state;
	assert_non_null(err);
	assert_null(strstr(err->why, "wJalr"));
	assert_non_null(strstr(err->why, "/h/credentials:2:"));
}

static void a_comment_kept_in_a_value_is_warned_of(void **state)
{
	struct aws_profiles *p = NULL;
	auto_strv warnings = { 0 };

	(void)state;
	assert_null(parse("[default]\nregion = a # home\nk = a#b\ns3 =\n  x = 1 ; y\n",
			  "[default]\naws_secret_access_key = sEcReT\t;old\n", &warnings, &p));
	assert_int_equal(warnings.n, 3);
	assert_string_equal(warnings.v[0],
			    "/h/config:2: the text from ' #' on is part of the value "
			    "of 'region', not a comment");
	assert_non_null(strstr(warnings.v[1], "/h/config:5:"));
	assert_non_null(strstr(warnings.v[2], "/h/credentials:2:"));
	assert_null(strstr(warnings.v[2], "sEcReT"));
	aws_profiles_free(p);
}

static void nested_blocks_are_read(void **state)
{
	struct aws_profiles *p = must_parse("[default]\n"
					    "s3 =\n"
					    "\n"
					    "  # comment\n"
					    "  use_dualstack_endpoint = true\n"
					    "    Deeper = x=y\n"
					    "  Deeper = last\n"
					    "region = a\n"
					    "[services local]\n"
					    "ec2 =\n"
					    "  endpoint_url = http://localhost:9001\n"
					    "plain = x\n"
					    "[sso-session corp]\n"
					    "sso_region = us-east-1\n",
					    "");

	(void)state;
	assert_value(aws_profiles_get_nested(p, "default", "s3", "use_dualstack_endpoint"), "true");
	assert_value(aws_profiles_get_nested(p, "default", "s3", "Deeper"), "last");
	assert_value(aws_profiles_get_nested(p, "default", "s3", "deeper"), NULL);
	assert_value(aws_profiles_get_nested(p, "default", "region", "a"), NULL);
	assert_value(aws_profiles_get(p, "default", "region"), "a");
	assert_true(aws_section_has(p, AWS_SECTION_SERVICES, "local"));
	assert_false(aws_section_has(p, AWS_SECTION_SSO_SESSION, "local"));
	assert_value(
		aws_section_get_nested(p, AWS_SECTION_SERVICES, "local", "ec2", "endpoint_url"),
		"http://localhost:9001");
	assert_value(aws_section_get_nested(p, AWS_SECTION_SERVICES, "local", "plain", "x"), NULL);
	assert_value(aws_section_get(p, AWS_SECTION_SSO_SESSION, "corp", "sso_region"),
		     "us-east-1");
	assert_value(aws_section_get(p, AWS_SECTION_SSO_SESSION, "nobody", "sso_region"), NULL);
	aws_profiles_free(p);
}

static void the_credentials_file_is_laid_over_the_config_file(void **state)
{
	struct aws_profiles *p = must_parse(
		"[profile work]\nregion = from-config\nrole_arn = r1\n[default]\nk = d\n",
		"[work]\nrole_arn = r2\n[profile work]\nk = literal\n[only]\nk = here\n");
	auto_strv names = { 0 };

	(void)state;
	assert_value(aws_profiles_get(p, "work", "region"), "from-config");
	assert_value(aws_profiles_get(p, "work", "role_arn"), "r2");
	assert_value(aws_profiles_get_from(p, AWS_FILE_CONFIG, "work", "role_arn"), "r1");
	assert_value(aws_profiles_get_from(p, AWS_FILE_CREDENTIALS, "work", "region"), NULL);
	assert_value(aws_profiles_get(p, "profile work", "k"), "literal");
	assert_value(aws_profiles_get(p, "only", "k"), "here");
	assert_true(aws_profiles_has(p, "only"));
	assert_false(aws_profiles_has(p, "none"));
	aws_profiles_names(p, &names);
	autofree char *all = strv_join(&names, ",");
	assert_string_equal(all, "work,default,profile work,only");
	aws_profiles_free(p);
}

static void files_that_are_none_are_empty_and_unreadable_ones_an_error(void **state)
{
	char dir[TEMP_MAX];
	struct aws_profiles *p = NULL;
	auto_strv warnings = { 0 };
	struct rb_error *err;

	(void)state;
	assert_true(temp_folder(dir, "rbtest"));
	autofree char *config = file_join(dir, "config");
	autofree char *missing = file_join(dir, "missing");
	autofree char *big = xcalloc(1, AWS_SHARED_FILE_MAX + 1);

	assert_null(file_write_atomic(config, "[default]\nregion = a\n", 21, 0600));
	assert_null(aws_profiles_load(config, missing, &warnings, &p));
	assert_value(aws_profiles_get(p, "default", "region"), "a");
	assert_string_equal(aws_profiles_path(p, AWS_FILE_CREDENTIALS), missing);
	aws_profiles_free(p);

	assert_null(aws_profiles_load("/dev/null", dir, &warnings, &p));
	assert_false(aws_profiles_has(p, "default"));
	assert_int_equal(warnings.n, 1);
	assert_non_null(strstr(warnings.v[0], "a directory"));
	aws_profiles_free(p);

	memset(big, '#', AWS_SHARED_FILE_MAX + 1);
	assert_null(file_write_atomic(config, big, AWS_SHARED_FILE_MAX + 1, 0600));
	err = aws_profiles_load(config, missing, &warnings, &p);
	assert_true(rb_error_is(err, RB_USAGE));
	(void)rb_error_free(err);

	if (geteuid() != 0) { /* root reads everything */
		assert_int_equal(chmod(config, 0), 0);
		err = aws_profiles_load(config, missing, &warnings, &p);
		assert_true(rb_error_is(err, RB_USAGE));
		assert_non_null(strstr(err->what, config));
		(void)rb_error_free(err);
	}
	assert_null(file_remove_tree(dir));
}

static void add_numbered(struct buf *out, const char *fmt_head, unsigned n, const char *tail)
{
	assert_true(buf_addf(out, "%s%u%s", fmt_head, n, tail));
}

static void a_large_hostile_file_is_read_in_little_time(void **state)
{
	auto_buf sections = BUF_INIT;
	auto_buf keys = BUF_INIT;
	auto_buf lines = BUF_INIT;
	struct aws_profiles *p;

	(void)state;
	for (unsigned i = 0; i < 80000; i++) {
		add_numbered(&sections, "[", i, "]\n");
		add_numbered(&keys, "", i, "=\n");
		assert_true(buf_adds(&lines, i ? "  x\n" : "[default]\nk = a\n"));
	}
	p = must_parse(sections.p, lines.p);
	assert_int_equal(strlen(aws_profiles_get(p, "default", "k")), 2 * 79999 + 1);
	aws_profiles_free(p);
	assert_true(buf_adds(&sections, keys.p));
	assert_true(sections.n < AWS_SHARED_FILE_MAX * 2);
	aws_profiles_free(must_parse(sections.p, sections.p));
}

static void words_are_split_as_a_shell_would(void **state)
{
	static const struct {
		const char *line, *joined; /* by '|'; NULL: an error */
	} cases[] = {
		{ "", "" },
		{ "  \t ", "" },
		{ "a b  c", "a|b|c" },
		{ "'a b' c", "a b|c" },
		{ "a'b'\"c\"d", "abcd" },
		{ "''", "" },
		{ "a '' b", "a||b" },
		{ "\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d" },
		{ "'a\\b'", "a\\b" },
		{ "a\\ b \\'c", "a b|'c" },
		{ "a#b #c", "a#b|#c" },
		{ "$HOME `id` $(id) ~ * ; | >x", "$HOME|`id`|$(id)|~|*|;|||>x" },
		{ "'open", NULL },
		{ "\"open", NULL },
		{ "a\\", NULL },
		{ "\"a\\", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_strv words = { 0 };
		bool ok = words_split(cases[i].line, &words);

		assert_true(ok == (cases[i].joined != NULL));
		if (ok) {
			autofree char *joined = strv_join(&words, "|");

			assert_string_equal(joined, cases[i].joined);
		} else {
			assert_int_equal(words.n, 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_mean_what_they_mean_to_the_aws_cli),
		cmocka_unit_test(a_broken_file_is_named_with_its_line),
		cmocka_unit_test(a_nul_byte_is_refused),
		cmocka_unit_test(a_message_about_a_broken_line_does_not_show_it),
		cmocka_unit_test(a_comment_kept_in_a_value_is_warned_of),
		cmocka_unit_test(nested_blocks_are_read),
		cmocka_unit_test(the_credentials_file_is_laid_over_the_config_file),
		cmocka_unit_test(files_that_are_none_are_empty_and_unreadable_ones_an_error),
		cmocka_unit_test(a_large_hostile_file_is_read_in_little_time),
		cmocka_unit_test(words_are_split_as_a_shell_would),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
