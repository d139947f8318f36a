/* SPDX-License-Identifier: Apache-2.0 */
/* The picture of what a run built, or of what one would build, as SVG. */
#ifndef RUNBOOK_REPORT_DIAGRAM_H
#define RUNBOOK_REPORT_DIAGRAM_H

#include <stdbool.h>

#include <jansson.h>

#include "base/buf.h"
#include "runbook/contract/procedure.h"

enum diagram_format {
	DIAGRAM_WIDE,	/* regions side by side: for a screen */
	DIAGRAM_MEDIUM, /* one below the other, what is in them side by side: for paper */
	DIAGRAM_NARROW, /* all in one column: for a telephone */
};

/*
 * An <svg> element for a page that has diagram_style.  `report` is report_facts'; with `planned` it
 * shows what will be instead of what is.  The procedure has a diagram.
 */
void diagram_svg(const json_t *report, const struct procedure *procedure,
		 enum diagram_format format, bool planned, struct buf *out);
/* The same as a file of its own. */
void diagram_file(const json_t *report, const struct procedure *procedure, bool planned,
		  struct buf *out);

/* Its style sheet, in the colours of style.h. */
extern const char diagram_style[];

/* A paragraph for each way that was proven: which, how it ended, and when. */
void diagram_proofs(const json_t *report, const struct diagram *diagram, struct buf *out);

/* `text` translated, and its {places} filled from the report; what is not known is an ellipsis.
 * `step` is the one that bare outputs are of; it may be NULL.  Caller frees. */
NODISCARD char *diagram_fill(const json_t *report, const char *step, const char *text);

#endif
