/* SPDX-License-Identifier: Apache-2.0 */
/* What a row of the table of permissions is called in JSON. */
#ifndef RUNBOOK_GRANT_TEXT_H
#define RUNBOOK_GRANT_TEXT_H

#include <jansson.h>

#include "runbook/cli/policy_write.h"
#include "runbook/contract/permit.h"

/* ["run", "verify"]: the words of --for.  New reference. */
json_t *grant_ways_json(const struct permit *p);
/* The bits of a word of --for; 0: it is none. */
unsigned grant_ways_of(const char *word);

/* The statement that allows a grant on one of its resources.  New reference. */
json_t *grant_statement_json(const struct grant *g, const char *resource);

#endif
