/* SPDX-License-Identifier: Apache-2.0 */
/* What a procedure needs, as statements of a policy that are not written yet. */
#ifndef RUNBOOK_CLI_POLICY_STATEMENT_H
#define RUNBOOK_CLI_POLICY_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/strv.h"
#include "runbook/cli/grant_text.h"
#include "runbook/cli/policy_write.h"

struct statement {
	const char *verb;
	struct strv actions, resources, create_actions;
	json_t *condition;   /* borrowed of a grant */
	char *condition_key; /* the same as text, to compare */
	const struct grant **grants;
	size_t n_grants;
	bool merged; /* into another one */
};

struct statements {
	const struct policy_subject *s;
	struct statement *v;
	size_t n;
};

/* One more row: into the statement of its action and condition, else a new one.  `g` is borrowed.
 */
void statements_add(struct statements *l, const struct grant *g);
/* Put together those that allow nothing more together. */
void statements_merge(struct statements *l);
void statements_clear(struct statements *l);

#endif
