/* SPDX-License-Identifier: Apache-2.0 */
/* Ways as `runbook explain` prints them (docs/explain.schema.json). */
#ifndef RUNBOOK_EXPLAIN_VIEW_H
#define RUNBOOK_EXPLAIN_VIEW_H

#include <stdbool.h>

#include <jansson.h>

#include "base/attr.h"
#include "base/strv.h"
#include "runbook/explain/explain.h"
#include "runbook/ui/hint.h"

struct explain_view {
	struct hint_place place;
	const struct procedure *procedure;
	const struct explanations *ways;
	bool undone; /* the run was taken down: what makes it again is run */
};

/* The command that mends a hop; NULL: none does, or it is not broken.  Caller frees. */
NODISCARD char *explain_command(const struct explain_view *v, const struct hop *hop);
/* All of them that are needed, each once, in the order in which they work. */
void explain_commands(const struct explain_view *v, struct strv *ret);

void explain_print(const struct explain_view *v);
/* Adds its members to `doc`. */
void explain_to_json(const struct explain_view *v, json_t *doc);

#endif
