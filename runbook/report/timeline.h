/* SPDX-License-Identifier: Apache-2.0 */
/* When each step was worked on, as SVG: a picture for each command that did something. */
#ifndef RUNBOOK_REPORT_TIMELINE_H
#define RUNBOOK_REPORT_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/buf.h"
#include "runbook/contract/procedure.h"

/* True when there is something to draw of the report's command of that number. */
bool timeline_has(const json_t *report, size_t command);
/* One <svg>; `narrow` is for a telephone. */
void timeline_svg(const json_t *report, const struct procedure *procedure, size_t command,
		  bool narrow, struct buf *out);

extern const char timeline_style[];

/* Milliseconds since 1970 of "2026-11-23T10:00:00.123Z"; 0: it is none. */
int64_t timeline_ms(const char *at);

#endif
