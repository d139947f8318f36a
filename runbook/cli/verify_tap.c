/* SPDX-License-Identifier: Apache-2.0 */
/* The cases of verify as the Test Anything Protocol, version 14: https://testanything.org */
#include "runbook/cli/verify_cases.h"

#include <stdlib.h>

#include "base/alloc.h"

/* In a description '#' begins a directive, and '\' is what takes that meaning away. */
static void add_description(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '#' || *text == '\\')
			(void)buf_addc(out, '\\');
		(void)buf_addc(out, *text);
	}
}

/* A line of the YAML block below a case: JSON's strings are YAML's double-quoted ones. */
static void add_diagnostic(struct buf *out, const char *key, const char *text)
{
	json_t *string = text ? json_string(text) : NULL;
	char *quoted = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;

	if (quoted)
		(void)buf_addf(out, "  %s: %s\n", key, quoted);
	free(quoted);
	json_decref(string);
}

static void add_case(struct buf *out, size_t number, const struct verify_case *c)
{
	bool ok = c->result == CASE_OK || c->result == CASE_SKIPPED;

	(void)buf_addf(out, "%s %zu - %s ", ok ? "ok" : "not ok", number, c->step);
	add_description(out, c->title);
	(void)buf_adds(out, ": ");
	add_description(out, c->name);
	if (c->result == CASE_SKIPPED) {
		(void)buf_adds(out, " # SKIP ");
		add_description(out, c->reason);
	}
	(void)buf_addc(out, '\n');
	if (ok)
		return;
	(void)buf_adds(out, "  ---\n");
	add_diagnostic(out, "severity", c->result == CASE_ERROR ? "error" : "fail");
	add_diagnostic(out, "message", c->reason);
	add_diagnostic(out, "wanted", c->expected);
	add_diagnostic(out, "found", c->found);
	(void)buf_adds(out, "  ...\n");
}

void verify_cases_to_tap(const struct verify_cases *cases, struct buf *out)
{
	(void)buf_addf(out, "TAP version 14\n1..%zu\n", cases->n);
	for (size_t i = 0; i < cases->n; i++)
		add_case(out, i + 1, &cases->v[i]);
}
