/* SPDX-License-Identifier: Apache-2.0 */
/* What was tried and how that ended, what was found to differ, and what an undo left. */
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/report/diagram.h"
#include "runbook/report/html.h"
#include "runbook/report/lookup.h"
#include "runbook/report/page_int.h"
#include "runbook/ui/journal_text.h"
#include "runbook/ui/lang.h"

/* ---- what is wrong ------------------------------------------------------- */

static void add_drift(const struct page *page, const json_t *drift)
{
	const char *missing = html_str(drift, "missing");
	autofree char *at = NULL, *text = NULL;
	const json_t *claim, *by;
	size_t i;

	at = html_time(html_str(drift, "at"));
	text = xasprintf(tr("! %s at the last look (%s)%s%s"), tr(html_str(drift, "verdict")), at,
			 missing ? ": " : "", missing ? missing : "");
	(void)buf_adds(page->out, "<li>");
	page_step_link(page, html_str(drift, "step"));
	(void)buf_addc(page->out, ' ');
	html_element(page->out, "strong", text);
	if (json_array_size(json_object_get(drift, "blocked_by"))) {
		(void)buf_addc(page->out, ' ');
		html_text(page->out, tr("because of"));
		json_array_foreach(json_object_get(drift, "blocked_by"), i, by) {
			(void)buf_addc(page->out, ' ');
			page_step_link(page, json_string_value(by));
		}
	}
	json_array_foreach(json_object_get(drift, "claims"), i, claim) {
		autofree char *name = claim_name(html_str(claim, "claim"));
		autofree char *line =
			xasprintf(tr("%s is %s, not %s"), name, html_str(claim, "found"),
				  html_str(claim, "expected"));

		(void)buf_adds(page->out, "<br>");
		html_text(page->out, line);
	}
	(void)buf_adds(page->out, "</li>\n");
}

void page_trouble(const struct page *page)
{
	const json_t *drift, *step;
	bool any = json_array_size(json_object_get(page->report, "drift")) > 0;
	size_t i;

	json_array_foreach(json_object_get(page->report, "steps"), i, step)
		any |= json_is_object(json_object_get(step, "error"));
	if (!any)
		return;
	(void)buf_adds(page->out, "<section aria-labelledby=\"trouble\">\n");
	page_heading(page, "trouble", tr("What is not as it should be"));
	(void)buf_adds(page->out, "<ul class=\"box\">\n");
	json_array_foreach(json_object_get(page->report, "steps"), i, step) {
		const json_t *error = json_object_get(step, "error");

		if (!json_is_object(error))
			continue;
		(void)buf_adds(page->out, "<li>");
		page_step_link(page, html_str(step, "id"));
		(void)buf_addc(page->out, ' ');
		html_element(page->out, "strong", tr("failed"));
		(void)buf_adds(page->out, ": ");
		html_text(page->out, html_str(error, "what"));
		if (html_str(error, "why")) {
			(void)buf_adds(page->out, ": ");
			html_text(page->out, html_str(error, "why"));
		}
		(void)buf_adds(page->out, "</li>\n");
	}
	json_array_foreach(json_object_get(page->report, "drift"), i, drift)
		add_drift(page, drift);
	(void)buf_adds(page->out, "</ul></section>\n");
}

/* ---- proofs -------------------------------------------------------------- */

static void add_claim_row(const struct page *page, const json_t *step, const json_t *claim)
{
	bool agrees = json_is_true(json_object_get(claim, "agrees"));
	autofree char *name = claim_name(html_str(claim, "claim"));

	(void)buf_addf(page->out, "<tr%s><td>", agrees ? "" : " class=\"no\"");
	page_step_link(page, html_str(step, "id"));
	(void)buf_adds(page->out, "</td><th scope=\"row\">");
	html_text(page->out, name);
	(void)buf_adds(page->out, "</th><td><code>");
	html_text(page->out, html_str(claim, "expected"));
	(void)buf_adds(page->out, "</code></td><td><code>");
	html_text(page->out, html_str(claim, "found"));
	(void)buf_addf(page->out, "</code></td><td class=\"%s w\">%s ", agrees ? "yes" : "no",
		       agrees ? "✓" : "✗");
	html_text(page->out, agrees ? tr("agrees") : tr("differs"));
	(void)buf_adds(page->out, "</td></tr>\n");
}

/* What is done on this machine proves the rest: the login, the upload, and its refusal. */
void page_proofs(const struct page *page)
{
	const json_t *step, *claim;
	bool any = false;
	size_t i, k;

	json_array_foreach(json_object_get(page->report, "steps"), i, step) {
		const json_t *evidence = json_object_get(step, "evidence");
		const json_t *claims = json_object_get(evidence, "claims");

		if (!text_eq(html_str(step, "side"), "local") || !json_array_size(claims))
			continue;
		if (!any) {
			(void)buf_adds(page->out, "<section aria-labelledby=\"proofs\">\n");
			page_heading(page, "proofs", tr("What was tried, and how it ended"));
			page_table(page, tr("What was tried, and how it ended"));
			(void)buf_adds(page->out, "<thead><tr>");
			html_element(page->out, "th scope=\"col\" class=\"w\"", tr("step"));
			html_element(page->out, "th scope=\"col\"", tr("what"));
			html_element(page->out, "th scope=\"col\"", tr("expected"));
			html_element(page->out, "th scope=\"col\"", tr("found"));
			html_element(page->out, "th scope=\"col\"", tr("result"));
			(void)buf_adds(page->out, "</tr></thead><tbody>\n");
		}
		any = true;
		json_array_foreach(claims, k, claim)
			add_claim_row(page, step, claim);
	}
	if (any)
		(void)buf_adds(page->out, "</tbody></table></div></section>\n");
}

/* ---- after an undo ------------------------------------------------------- */

static void add_items(const struct page *page, const json_t *items, const char *class_name)
{
	const json_t *item;
	size_t i;

	(void)buf_addf(page->out, "<ul class=\"%s\">", class_name);
	json_array_foreach((json_t *)(uintptr_t)items, i, item) {
		(void)buf_adds(page->out, "<li>");
		html_text(page->out, tr(html_str(item, "kind")));
		(void)buf_adds(page->out, " <code>");
		html_text(page->out, html_str(item, "id"));
		(void)buf_adds(page->out, "</code> ");
		html_text(page->out, html_str(item, "region"));
		if (html_str(item, "state")) {
			(void)buf_adds(page->out, ", ");
			html_text(page->out, html_str(item, "state"));
		}
		(void)buf_adds(page->out, "</li>\n");
	}
	(void)buf_adds(page->out, "</ul>\n");
}

static void add_kept(const struct page *page)
{
	const json_t *step, *text;
	bool any = false;
	size_t i, k;

	json_array_foreach(json_object_get(page->report, "steps"), i, step) {
		json_array_foreach(json_object_get(step, "kept"), k, text) {
			if (!any) {
				html_element(page->out, "p", tr("Kept on purpose:"));
				(void)buf_adds(page->out, "<ul>");
			}
			any = true;
			html_element(page->out, "li", json_string_value(text));
		}
	}
	if (any)
		(void)buf_adds(page->out, "</ul>\n");
}

void page_sweep(const struct page *page)
{
	const json_t *sweep = json_object_get(page->report, "sweep");
	const json_t *left = json_object_get(sweep, "left");
	const json_t *fading = json_object_get(sweep, "fading");

	if (!sweep)
		return;
	(void)buf_adds(page->out, "<section aria-labelledby=\"sweep\">\n");
	page_heading(page, "sweep", tr("What the search for leftovers found"));
	{
		autofree char *at = html_time(html_str(sweep, "at"));
		autofree char *text = xasprintf(
			json_array_size(left)
				? tr("%s: looked for leftovers by tag and name in the run's regions; left is:")
				: tr("%s: looked for leftovers by tag and name in the run's regions; nothing of the run "
				     "is left there."),
			at);

		html_element(page->out, "p", text);
	}
	if (json_array_size(left))
		add_items(page, left, "box");
	if (json_array_size(fading)) {
		html_element(page->out, "p",
			     tr("Gone, and still listed by AWS for a while (not billed):"));
		add_items(page, fading, "mute");
	}
	add_kept(page);
	(void)buf_adds(page->out, "</section>\n");
}
