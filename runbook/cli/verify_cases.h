/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What verify found as the cases of a test report, for CI: one for each claim, and one for each
 * thing that keeps a step from holding without a claim of its own.  The same in every language.
 */
#ifndef RUNBOOK_VERIFY_CASES_H
#define RUNBOOK_VERIFY_CASES_H

#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "runbook/cli/verify_view.h"
#include "runbook/engine/sweep.h"

enum verify_case_result {
	CASE_OK,
	CASE_FAILED,
	CASE_ERROR,   /* AWS, the network or this machine kept it from being verified */
	CASE_SKIPPED, /* a look does not try it; the step holds without */
};

struct verify_case {
	const char *step;  /* borrowed: "2-3"; "sweep" for what is left after an undo */
	const char *title; /* borrowed */
	char *name;
	enum verify_case_result result;
	char *expected; /* NULL: the case is not about a setting */
	char *found;
	char *reason; /* why it is not CASE_OK; NULL: `expected` and `found` say it */
};

struct verify_cases {
	struct verify_case *v;
	size_t n;
};

void verify_cases_clear(struct verify_cases *cases);
#define auto_verify_cases CLEANUP(verify_cases_clear) struct verify_cases

/* Of the listed steps; `ret` is cleared by the caller. */
void verify_cases_of_steps(const struct verify_view *v, struct verify_cases *ret);
/* After an undo: one for each thing that is left, or one that says that nothing is. */
void verify_cases_of_sweep(const struct sweep *s, const char *run_id, struct verify_cases *ret);

/* Test Anything Protocol, version 14. */
void verify_cases_to_tap(const struct verify_cases *cases, struct buf *out);
/* JUnit's XML, as CI servers read it: a suite named after the stack. */
void verify_cases_to_junit(const struct verify_cases *cases, const char *suite, struct buf *out);

#endif
