/* SPDX-License-Identifier: Apache-2.0 */
/* HCL as text: nothing that comes from outside is more than a string. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/export/hcl.h"

static void what_hcl_would_read_is_escaped(void **state)
{
	static const struct {
		const char *text, *quoted;
	} cases[] = {
		{ "", "\"\"" },
		{ "plain", "\"plain\"" },
		{ "a \"b\" \\c", "\"a \\\"b\\\" \\\\c\"" },
		{ "${file(\"/x\")}", "\"$${file(\\\"/x\\\")}\"" },
		{ "%{if a}", "\"%%{if a}\"" },
		{ "$$${a}", "\"$$$${a}\"" },
		{ "$a %b $", "\"$a %b $\"" },
		{ "a\nb\tc\rd", "\"a\\nb\\tc\\rd\"" },
		{ "\x01\x7f", "\"\\u0001\\u007f\"" },
		{ "接続元", "\"接続元\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_buf out = BUF_INIT;

		hcl_quote(cases[i].text, &out);
		assert_string_equal(out.p, cases[i].quoted);
	}
}

static void an_expression_alone_stands_without_quotes(void **state)
{
	auto_hcl_text alone = { 0 }, among = { 0 }, none = { 0 };
	auto_buf out = BUF_INIT;

	(void)state;
	hcl_text_add(&alone, true, "var.a");
	hcl_text_write(&alone, &out);
	(void)buf_addc(&out, '|');
	hcl_text_add(&among, false, "a-");
	hcl_text_add(&among, true, "var.b");
	hcl_text_add(&among, false, "-\"");
	hcl_text_write(&among, &out);
	(void)buf_addc(&out, '|');
	hcl_text_write(&none, &out);
	assert_string_equal(out.p, "var.a|\"a-${var.b}-\\\"\"|\"\"");
}

/* "$" and "${var.a}" are not "$${var.a}", which would be the text "${var.a}". */
static void a_dollar_before_an_expression_does_not_escape_it(void **state)
{
	auto_hcl_text t = { 0 }, parts = { 0 };
	auto_buf out = BUF_INIT;

	(void)state;
	hcl_text_add(&t, false, "costs $");
	hcl_text_add(&t, true, "var.a");
	hcl_text_write(&t, &out);
	(void)buf_addc(&out, '|');
	hcl_text_add(&parts, false, "$"); /* of two parts, it is one text */
	hcl_text_add(&parts, false, "{x}");
	hcl_text_write(&parts, &out);
	assert_string_equal(out.p, "\"costs ${\"$\"}${var.a}\"|\"$${x}\"");
}

static void what_is_no_identifier_is_a_quoted_key(void **state)
{
	json_t *value = json_pack("{s:s, s:b, s:[i,s], s:{s:s}}", "Name", "a", "runbook:step", 1,
				  "${l}", 2, "${x}", "empty", "1a", "");
	json_t *nothing = json_pack("{s:[], s:{}}", "a", "b");
	auto_buf out = BUF_INIT;

	(void)state;
	hcl_value(value, 0, NULL, NULL, &out);
	(void)buf_addc(&out, '\n');
	hcl_value(nothing, 0, NULL, NULL, &out);
	assert_string_equal(out.p, "{ Name = \"a\", \"runbook:step\" = true, \"$${l}\" = [2, "
				   "\"$${x}\"], empty = { \"1a\" = \"\" } }\n{ a = [], b = {} }");
	json_decref(value);
	json_decref(nothing);
}

static void a_long_value_goes_over_lines(void **state)
{
	json_t *value =
		json_pack("{s:s, s:[s,s]}", "a", "0123456789012345678901234567890123456789012345",
			  "b", "0123456789012345678901234567890123456789012345",
			  "0123456789012345678901234567890123456789012345");
	auto_buf out = BUF_INIT;

	(void)state;
	hcl_value(value, 1, NULL, NULL, &out);
	assert_string_equal(out.p, "{\n    a = \"0123456789012345678901234567890123456789012345\"\n"
				   "    b = [\n"
				   "      \"0123456789012345678901234567890123456789012345\",\n"
				   "      \"0123456789012345678901234567890123456789012345\"\n"
				   "    ]\n  }");
	json_decref(value);
}

static void assignments_in_following_lines_are_aligned(void **state)
{
	static const char before[] = "x {\n"
				     "  a = 1\n"
				     "  long = \"{\"\n"
				     "  \"b \\\" = c\" = [2]\n"
				     "  c = f({\n"
				     "    d = 1\n"
				     "  })\n"
				     "  e = 1\n"
				     "\n"
				     "  longer = 2\n"
				     "}\n"
				     "# a = b\n";
	static const char after[] = "x {\n"
				    "  a          = 1\n"
				    "  long       = \"{\"\n"
				    "  \"b \\\" = c\" = [2]\n"
				    "  c = f({\n"
				    "    d = 1\n"
				    "  })\n"
				    "  e = 1\n"
				    "\n"
				    "  longer = 2\n"
				    "}\n"
				    "# a = b\n";
	auto_buf out = BUF_INIT;

	(void)state;
	hcl_align(before, &out);
	assert_string_equal(out.p, after);
	buf_reset(&out);
	hcl_align("a = 1", &out);
	assert_string_equal(out.p, "a = 1");
	buf_reset(&out);
	hcl_align("\"open = ", &out);
	assert_string_equal(out.p, "\"open = ");
}

static void a_comment_ends_with_its_lines(void **state)
{
	autofree char *name = hcl_name("source.vpc-cidr");
	auto_buf out = BUF_INIT;

	(void)state;
	hcl_comment("a\nresource \"x\" {}\rb", "  ", &out);
	assert_string_equal(out.p, "  # a\n  # resource \"x\" {}\n  # b\n");
	assert_string_equal(name, "source_vpc_cidr");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_hcl_would_read_is_escaped),
		cmocka_unit_test(an_expression_alone_stands_without_quotes),
		cmocka_unit_test(a_dollar_before_an_expression_does_not_escape_it),
		cmocka_unit_test(what_is_no_identifier_is_a_quoted_key),
		cmocka_unit_test(a_long_value_goes_over_lines),
		cmocka_unit_test(assignments_in_following_lines_are_aligned),
		cmocka_unit_test(a_comment_ends_with_its_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
