/* SPDX-License-Identifier: Apache-2.0 */
/* The facts of a run as a page of its own, in the language of the user. */
#ifndef RUNBOOK_REPORT_PAGE_H
#define RUNBOOK_REPORT_PAGE_H

#include <jansson.h>

#include "base/buf.h"
#include "runbook/contract/procedure.h"

/* `report` is report_facts', of a run of `procedure`.  No script, nothing is fetched, and all text
 * is escaped. */
void report_to_html(const json_t *report, const struct procedure *procedure, struct buf *out);

#endif
