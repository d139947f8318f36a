/* SPDX-License-Identifier: Apache-2.0 */
/* What a report says of a step: read from the document, for all that is drawn and written of it. */
#ifndef RUNBOOK_REPORT_LOOKUP_H
#define RUNBOOK_REPORT_LOOKUP_H

#include <stdbool.h>

#include <jansson.h>

/* All are borrowed from `report`; NULL: there is none. */
const json_t *report_step(const json_t *report, const char *step_id);
/* What the last look found, if that does not hold: {"verdict","missing","claims",...}. */
const json_t *report_drift(const json_t *report, const char *step_id);
/* Is, or was before it was removed. */
const char *report_output(const json_t *report, const char *step_id, const char *name);
/* The claim of that name in the step's evidence. */
const json_t *report_claim(const json_t *report, const char *step_id, const char *claim);
/* An undo, or a sweep after it, found this id still there. */
bool report_is_left(const json_t *report, const char *id);

enum report_look {
	LOOK_THERE,
	LOOK_PLANNED, /* nothing of it was made yet, or only a part */
	LOOK_WRONG,   /* it differs, is missing, failed, or was left */
	LOOK_GONE,    /* it was removed */
};
/* `step_id` NULL: it is no step's, and there. */
enum report_look report_look(const json_t *report, const char *step_id);

#endif
