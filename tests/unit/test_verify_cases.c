/* SPDX-License-Identifier: Apache-2.0 */
/* The test reports of verify: what a name or a text may hold, and how the four results look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include <cmocka.h>

#include "base/text.h"
#include "runbook/cli/verify_cases.h"

static char odd_name[] = "tag.a # TODO \\ b <&\"'", reason[] = "why # SKIP", yes[] = "a\"b\\",
	    no[] = "";
static struct verify_case list[] = {
	{ .step = "1-1", .title = "One", .name = odd_name, .result = CASE_OK },
	{ .step = "1-1",
	  .title = "One",
	  .name = odd_name,
	  .result = CASE_FAILED,
	  .expected = yes,
	  .found = no },
	{ .step = "1-2", .title = "Two", .name = no, .result = CASE_ERROR, .reason = reason },
	{ .step = "1-2", .title = "Two", .name = no, .result = CASE_SKIPPED, .reason = reason },
};
static const struct verify_cases cases = { list, ARRAY_LEN(list) };

static void tap_has_directives_only_where_something_is_skipped(void **state)
{
	auto_buf out = BUF_INIT;

	(void)state;
	verify_cases_to_tap(&cases, &out);
	assert_string_equal(out.p, "TAP version 14\n"
				   "1..4\n"
				   "ok 1 - 1-1 One: tag.a \\# TODO \\\\ b <&\"'\n"
				   "not ok 2 - 1-1 One: tag.a \\# TODO \\\\ b <&\"'\n"
				   "  ---\n"
				   "  severity: \"fail\"\n"
				   "  wanted: \"a\\\"b\\\\\"\n"
				   "  found: \"\"\n"
				   "  ...\n"
				   "not ok 3 - 1-2 Two: \n"
				   "  ---\n"
				   "  severity: \"error\"\n"
				   "  message: \"why # SKIP\"\n"
				   "  ...\n"
				   "ok 4 - 1-2 Two:  # SKIP why \\# SKIP\n");
}

static void expect_attribute(xmlNode *node, const char *name, const char *value)
{
	xmlChar *found = xmlGetProp(node, BAD_CAST name);

	assert_non_null(found);
	assert_string_equal((const char *)found, value);
	xmlFree(found);
}

static void junit_is_xml_with_the_counts(void **state)
{
	static const char *const elements[] = { NULL, "failure", "error", "skipped" };
	auto_buf out = BUF_INIT;
	xmlNode *suite, *node;
	xmlDoc *doc;
	size_t i = 0;

	(void)state;
	verify_cases_to_junit(&cases, "runbook a<b", &out);
	doc = xmlReadMemory(out.p, (int)out.n, NULL, NULL, XML_PARSE_NONET);
	assert_non_null(doc);
	suite = xmlFirstElementChild(xmlDocGetRootElement(doc));
	expect_attribute(suite, "name", "runbook a<b");
	expect_attribute(suite, "tests", "4");
	expect_attribute(suite, "failures", "1");
	expect_attribute(suite, "errors", "1");
	expect_attribute(suite, "skipped", "1");
	for (node = xmlFirstElementChild(suite); node; node = xmlNextElementSibling(node), i++) {
		xmlNode *part = xmlFirstElementChild(node);

		expect_attribute(node, "name", list[i].name);
		assert_int_equal(part != NULL, elements[i] != NULL);
		if (!part)
			continue;
		assert_string_equal((const char *)part->name, elements[i]);
		expect_attribute(part, "message",
				 list[i].reason ? list[i].reason : "expected 'a\"b\\', found ''");
	}
	assert_int_equal(i, 4);
	xmlFreeDoc(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tap_has_directives_only_where_something_is_skipped),
		cmocka_unit_test(junit_is_xml_with_the_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
