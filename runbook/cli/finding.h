/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a preflight has found out beside permissions: a sentence with its parts, so that it can be
 * told in two languages, and the same in JSON whatever the language is.
 */
#ifndef RUNBOOK_FINDING_H
#define RUNBOOK_FINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

enum preflight_verdict { PREFLIGHT_YES, PREFLIGHT_UNKNOWN, PREFLIGHT_NO };
const char *preflight_word(enum preflight_verdict verdict);

enum { FINDING_ARGS = 5 };

struct finding {
	const char *step; /* static; the step that it is about */
	unsigned ways;	  /* bits of enum permit_way */
	const char *what; /* static: "quota", "zone", ... */
	enum preflight_verdict verdict;
	const char *how;  /* static: "read", "AWS's default", "not known beforehand" */
	const char *text; /* static, with a %s for each part, or %1$s and so on */
	char *args[FINDING_ARGS];
	const char *advice; /* static, with the same parts; NULL: there is nothing to do */
};
struct findings {
	struct finding *v;
	size_t n;
};
void findings_clear(struct findings *l);

/* Adds one; the parts are copied, the last is followed by NULL. */
struct finding *findings_add(struct findings *l, const char *step, unsigned ways, const char *what,
			     enum preflight_verdict verdict, const char *how, const char *text, ...)
	__attribute__((sentinel));

/* A text of it with its parts put in: in the chosen language, or in English.  Caller frees. */
NODISCARD char *finding_fill(const struct finding *f, const char *text, bool translated);

#endif
