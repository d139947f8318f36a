/* The evidence of a run: one JSON document, and the same as a page of its own. */
#ifndef RUNBOOK_REPORT_H
#define RUNBOOK_REPORT_H

#include <jansson.h>

#include "base/attr.h"
#include "base/buf.h"
#include "runbook/record/state.h"

/* The status document, and for each step its evidence, notes and what it keeps.  A new object. */
NODISCARD json_t *report_to_json(const struct run_state *st);

/* The document as self-contained HTML: no script, nothing fetched.  All text is escaped. */
void report_to_html(const json_t *report, const struct procedure *procedure, struct buf *out);

#endif
