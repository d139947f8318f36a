/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the page, for page.c, which says their order. */
#ifndef RUNBOOK_REPORT_PAGE_INT_H
#define RUNBOOK_REPORT_PAGE_INT_H

#include <jansson.h>

#include "base/buf.h"
#include "runbook/contract/procedure.h"

struct page {
	const json_t *report;
	const struct procedure *procedure;
	struct buf *out;
};

/* page_head.c: what the run came to. */
void page_head(const struct page *page);
/* page_facts.c: who, when, where, and what it costs. */
void page_facts(const struct page *page);

/* page_proofs.c: what was tried, and what was found to differ. */
void page_trouble(const struct page *page);
void page_proofs(const struct page *page);
void page_sweep(const struct page *page);

/* page_step.c: one step, folded unless something is wrong with it. */
void page_step(const struct page *page, const json_t *step);

/* page_rest.c: parameters, commands, and how to check the journal. */
void page_parameters(const struct page *page);
void page_origin(const struct page *page);

/* The step's title in the chosen language; the document's are English. */
const char *page_title(const struct page *page, const json_t *step);
/* <h2 id="ID">TITLE</h2> */
void page_heading(const struct page *page, const char *id, const char *title);
/* No rehearsal is to be taken for what was done on an account: says that it is one, between these;
 * nothing of an account's. */
void page_mark(const struct page *page, const char *before, const char *after);
/* Begins a table that may be wider than the page, of that name: ends with </table></div>. */
void page_table(const struct page *page, const char *name);
/* page_translate.c: in a document of report_facts, what is English for people becomes the chosen
 * language; settings, ids and what AWS has stay. */
void page_translate(json_t *report);

/* A table's head: a cell for each of the literals, which ends with NULL. */
void page_head_cells(const struct page *page, const char *const *names);
/* page_step_calls.c: parts of a step's section. */
void page_step_outputs(const struct page *page, const json_t *step);
void page_step_times(const struct page *page, const json_t *step);
void page_step_calls(const struct page *page, const json_t *step);

/* A link to a step's section. */
void page_step_link(const struct page *page, const char *step_id);

#endif
