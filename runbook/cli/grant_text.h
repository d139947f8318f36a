/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of a row of the table of permissions: its words in JSON, and what stands in braces. */
#ifndef RUNBOOK_GRANT_TEXT_H
#define RUNBOOK_GRANT_TEXT_H

#include <jansson.h>

#include "runbook/cli/policy_write.h"
#include "runbook/contract/permit.h"

/* ["run", "verify"]: the words of --for.  New reference. */
json_t *grant_ways_json(const struct permit *p);
/* The bits of a word of --for; 0: it is none. */
unsigned grant_ways_of(const char *word);

/* Where a row is made out for. */
struct grant_place {
	const struct policy_subject *s;
	const char *region; /* of the row's place; NULL: global */
};

/* `text` with what stands in braces filled in; NULL: a value is not known.  Caller frees. */
char *grant_fill(const struct grant_place *at, const char *text);

/* The statement that allows a grant on one of its resources.  New reference. */
json_t *grant_statement_json(const struct grant *g, const char *resource);

#endif
