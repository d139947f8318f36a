/* SPDX-License-Identifier: Apache-2.0 */
/* How the report looks. */
#ifndef RUNBOOK_REPORT_STYLE_H
#define RUNBOOK_REPORT_STYLE_H

/* The colours by name, for light and dark. */
extern const char style_colours[];
/* The rest of the page's style sheet. */
extern const char style_page[];

#endif
