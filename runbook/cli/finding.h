/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a preflight has found out beside permissions: a sentence about a step, and what to do, which
 * are translated where they are shown (base/said.h) and English in JSON.
 */
#ifndef RUNBOOK_FINDING_H
#define RUNBOOK_FINDING_H

#include <stddef.h>

#include "base/attr.h"
#include "base/said.h"

enum preflight_verdict { PREFLIGHT_YES, PREFLIGHT_UNKNOWN, PREFLIGHT_NO };
const char *preflight_word(enum preflight_verdict verdict);

struct finding {
	const char *step; /* static; the step that it is about */
	unsigned ways;	  /* bits of enum permit_way */
	const char *what; /* static: "quota", "zone", ... */
	enum preflight_verdict verdict;
	const char *how;     /* static: "read", "AWS's default", "not known beforehand" */
	struct said *text;   /* owned, as is the next */
	struct said *advice; /* what to do; NULL: nothing */
};
struct findings {
	struct finding *v;
	size_t n;
};
void findings_clear(struct findings *l);

/* Adds one; `fmt` is as said.h has it.  Answers it, until the next is added. */
struct finding *findings_add(struct findings *l, const char *step, unsigned ways, const char *what,
			     enum preflight_verdict verdict, const char *how, const char *fmt, ...)
	PRINTF_LIKE(7, 8);
void finding_advise(struct finding *f, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
