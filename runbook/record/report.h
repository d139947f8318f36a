/* SPDX-License-Identifier: Apache-2.0 */
/* The evidence of a run as one JSON document. */
#ifndef RUNBOOK_REPORT_H
#define RUNBOOK_REPORT_H

#include <jansson.h>

#include "base/attr.h"
#include "runbook/record/state.h"

/* The status document, and for each step its evidence, notes and what it keeps.  A new object. */
NODISCARD json_t *report_to_json(const struct run_state *st);

#endif
