/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of `runbook preflight` share: what was asked, and what it comes to. */
#ifndef RUNBOOK_PREFLIGHT_RESULT_H
#define RUNBOOK_PREFLIGHT_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/attr.h"
#include "runbook/cli/aws_access.h"
#include "runbook/cli/cli.h"
#include "runbook/cli/preflight.h"
#include "runbook/record/stack.h"

/* The list ends with a row without a word. */
extern const struct preflight_direction {
	unsigned way;
	const char *word; /* of --for, and in JSON */
} preflight_directions[];

struct preflight_result {
	struct cli *cli;
	struct stack *stack;
	struct aws_access *aws;
	struct preflight answers;
	char *machine;	   /* why this machine cannot log in; NULL: it can */
	int64_t left_s;	   /* the credentials still live; -1: for ever */
	const char *login; /* the step that logs in */
};

/* The worst of what is known of a step in one direction. */
enum preflight_verdict preflight_verdict_of(const struct preflight_result *v, const char *step,
					    unsigned way);
/* Was anything asked or checked of it? */
bool preflight_is_checked(const struct preflight_result *v, const char *step, unsigned way);
enum preflight_verdict preflight_overall(const struct preflight_result *v);
/* "3-3 would fail: ..."; NULL: nothing would.  Caller frees. */
NODISCARD char *preflight_first_failure(const struct preflight_result *v);
/* What to ask the administrator for; NULL: nothing.  A new object. */
NODISCARD json_t *preflight_missing_policy(const struct preflight_result *v);

NODISCARD struct rb_error *preflight_print_text(const struct preflight_result *v);
NODISCARD struct rb_error *preflight_print_json(const struct preflight_result *v);

#endif
