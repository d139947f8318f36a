/* SPDX-License-Identifier: Apache-2.0 */
/* The page from top to bottom: who reads no further than the first screen knows what it came to. */
#include "runbook/report/page.h"

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/report/diagram.h"
#include "runbook/report/html.h"
#include "runbook/report/page_int.h"
#include "runbook/report/style.h"
#include "runbook/report/timeline.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/ui.h"

const char *page_title(const struct page *page, const json_t *step)
{
	const struct step *row = procedure_step(page->procedure, html_str(step, "id"));

	return row ? step_title(row) : html_str(step, "title");
}

void page_heading(const struct page *page, const char *id, const char *title)
{
	(void)buf_addf(page->out, "<h2 id=\"%s\">", id);
	html_text(page->out, title);
	(void)buf_adds(page->out, "</h2>\n");
}

void page_table(const struct page *page, const char *name)
{
	(void)buf_adds(page->out,
		       "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
	html_text(page->out, tr("table"));
	(void)buf_adds(page->out, ": ");
	html_text(page->out, name);
	(void)buf_adds(page->out, "\"><table>");
}

void page_step_link(const struct page *page, const char *step_id)
{
	(void)buf_adds(page->out, "<a href=\"#step-");
	html_text(page->out, step_id);
	(void)buf_adds(page->out, "\">");
	html_text(page->out, step_id);
	(void)buf_adds(page->out, "</a>");
}

void page_mark(const struct page *page, const char *before, const char *after)
{
	const json_t *rehearsal = json_object_get(page->report, "rehearsal");
	autofree char *mark = NULL;

	if (!json_is_object(rehearsal))
		return;
	mark = rehearsal_text(json_number_value(json_object_get(rehearsal, "speed")));
	(void)buf_adds(page->out, before);
	html_text(page->out, mark);
	(void)buf_adds(page->out, after);
}

static void add_picture(const struct page *page)
{
	static const enum diagram_format formats[] = { DIAGRAM_WIDE, DIAGRAM_MEDIUM,
						       DIAGRAM_NARROW };

	if (!page->procedure->diagram)
		return;
	(void)buf_adds(page->out, "<section aria-labelledby=\"picture\">\n");
	page_heading(page, "picture", tr("What was built"));
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		diagram_svg(page->report, page->procedure, formats[i], false, page->out);
	(void)buf_adds(page->out, "</section>\n");
}

static void add_key(const struct page *page)
{
	static const struct {
		const char *class_name, *text;
	} rows[] = {
		{ "t-do", N_("calls of the step") },
		{ "t-wait", N_("AWS works on it") },
		{ "t-check", N_("verified") },
		{ "t-undo", N_("removed") },
	};

	(void)buf_adds(page->out, "<ul class=\"key\">");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		(void)buf_addf(
			page->out,
			"<li><svg class=\"t\" width=\"24\" height=\"12\" aria-hidden=\"true\">"
			"<rect class=\"%s\" width=\"24\" height=\"%d\" y=\"%d\"/></svg> ",
			rows[i].class_name, i == 1 ? 4 : 12, i == 1 ? 4 : 0);
		html_text(page->out, tr(rows[i].text));
		(void)buf_adds(page->out, "</li>");
	}
	(void)buf_adds(page->out, "</ul>\n");
}

static void add_timeline(const struct page *page)
{
	const json_t *command;
	bool any = false;
	size_t i;

	json_array_foreach(json_object_get(page->report, "commands"), i, command) {
		autofree char *title = NULL, *took = NULL, *began = NULL;

		if (!timeline_has(page->report, i))
			continue;
		if (!any) {
			(void)buf_adds(page->out, "<section aria-labelledby=\"timeline\">\n");
			page_heading(page, "timeline", tr("When each step was worked on"));
			add_key(page);
		}
		any = true;
		took = html_duration(timeline_ms(html_str(command, "until")) -
				     timeline_ms(html_str(command, "at")));
		began = html_time(html_str(command, "at"));
		title = xasprintf("runbook %s, %s, %s", html_str(command, "command"), began, took);
		html_element(page->out, "h3", title);
		timeline_svg(page->report, page->procedure, i, false, page->out);
		timeline_svg(page->report, page->procedure, i, true, page->out);
	}
	if (any)
		(void)buf_adds(page->out, "</section>\n");
}

static void add_steps(const struct page *page)
{
	const json_t *step;
	size_t i;

	(void)buf_adds(page->out, "<section class=\"steps\" aria-labelledby=\"steps\">\n");
	page_heading(page, "steps", tr("Step by step"));
	json_array_foreach(json_object_get(page->report, "steps"), i, step)
		page_step(page, step);
	(void)buf_adds(page->out, "</section>\n");
}

static void add_page(const struct page *page)
{
	struct buf *out = page->out;
	const struct procedure *procedure = page->procedure;

	(void)buf_addf(out,
		       "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">"
		       "<meta name=\"viewport\" content=\"width=device-width\">"
		       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		       "style-src 'unsafe-inline'\"><title>",
		       lang_is_japanese() ? "ja" : "en");
	html_text(out, tr("Evidence of a run"));
	(void)buf_addc(out, ' ');
	html_text(out, html_str(page->report, "run"));
	page_mark(page, ", ", "");
	(void)buf_addf(out, "</title>\n<style>%s%s%s%s</style></head><body>\n", style_colours,
		       style_page, diagram_style, timeline_style);
	(void)buf_adds(out, "<a class=\"skip\" href=\"#main\">");
	html_text(out, tr("To the content"));
	(void)buf_adds(out, "</a>\n");
	page_head(page);
	(void)buf_adds(out, "<main id=\"main\">\n");
	page_trouble(page);
	add_picture(page);
	page_proofs(page);
	add_timeline(page);
	page_sweep(page);
	add_steps(page);
	page_parameters(page);
	page_origin(page);
	(void)buf_adds(out, "</main>\n<footer>");
	if (procedure->report_note)
		html_element(out, "p", tr(procedure->report_note));
	html_element(out, "p", html_str(page->report, "program"));
	(void)buf_adds(out, "</footer></body></html>\n");
}

void report_to_html(const json_t *report, const struct procedure *procedure, struct buf *out)
{
	json_t *shown = json_deep_copy(report);
	const struct page page = { shown, procedure, out };

	if (lang_is_japanese())
		page_translate(shown);
	add_page(&page);
	json_decref(shown);
}
