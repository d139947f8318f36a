/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The questions that IAM is asked in a preflight, and what its decisions say.  Inside of
 * preflight.c and its parts.
 */
#ifndef RUNBOOK_PREFLIGHT_QUESTION_H
#define RUNBOOK_PREFLIGHT_QUESTION_H

#include <stdbool.h>
#include <stddef.h>

#include "aws/simulate.h"
#include "base/attr.h"
#include "runbook/cli/preflight.h"

/* One call, for the permissions that can be asked for together. */
struct preflight_question {
	char *key; /* what its rows have in common */
	bool asked;
	struct iam_question q;
	struct preflight_answer **answers; /* borrowed */
	size_t n;
	bool needed; /* by every run, as far as a row of it */
};
struct preflight_questions {
	struct preflight_question *v;
	size_t n;
};

/* Puts `a`, which is borrowed until the list is cleared, into the question that it fits. */
void preflight_questions_add(struct preflight_questions *l, struct preflight_answer *a,
			     const struct params *params);
void preflight_questions_clear(struct preflight_questions *l);

/* An ARN in which what has no id yet has one, where the permission's has a wildcard.  Caller frees.
 */
NODISCARD char *preflight_example_of(const char *arn);
/* Where the permission is asked for; NULL: IAM, which is global, or S3.  Caller frees. */
NODISCARD char *preflight_region_of(const struct preflight_answer *a);
/* Adds what a new thing is tagged with beside the stack's name; what is not known yet is "0". */
void preflight_add_new_tags(const struct params *params, struct aws_tags *tags);

/* Of what IAM decided, only the pairs of action and resource that the table has are read. */
void preflight_read_decisions(struct preflight_question *x, const struct iam_decisions *found);

#endif
