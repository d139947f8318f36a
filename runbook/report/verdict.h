/* SPDX-License-Identifier: Apache-2.0 */
/* What a run came to, in a word. */
#ifndef RUNBOOK_REPORT_VERDICT_H
#define RUNBOOK_REPORT_VERDICT_H

#include <jansson.h>

#include "base/attr.h"
#include "runbook/record/state.h"

/* REPORT_VERDICT(enumerator, name in the document) */
#define REPORT_VERDICTS(VERDICT)                                                                   \
	VERDICT(PROVEN, "proven")	/* every step was seen to hold */                          \
	VERDICT(DRIFTED, "drifted")	/* it was, and a later look found something else */        \
	VERDICT(FAILED, "failed")	/* at a step */                                            \
	VERDICT(RECOVERED, "recovered") /* its journal was lost, and no look came since */         \
	VERDICT(HALF_DONE, "half-done") /* steps are missing, and none failed */                   \
	VERDICT(PARTLY_UNDONE, "partly-undone") /* an undo ended that was to come so far only */   \
	VERDICT(HALF_UNDONE, "half-undone")	/* an undo began, and did not end */               \
	VERDICT(LEFT, "left")			/* an undo ended, and something is left */         \
	VERDICT(UNDONE, "undone")		/* nothing is left */

enum report_verdict {
#define REPORT_VERDICT_ENUM_(name, label) REPORT_##name,
	REPORT_VERDICTS(REPORT_VERDICT_ENUM_)
#undef REPORT_VERDICT_ENUM_
};

enum report_verdict report_verdict(const struct run_state *st);
/* Of its name in a document; HALF_DONE when it is none. */
enum report_verdict report_verdict_named(const char *name);
/* {"result":"failed","steps":["3-3"]}: the steps that it is about, the first one first. */
NODISCARD json_t *report_verdict_json(const struct run_state *st);

#endif
