/* SPDX-License-Identifier: Apache-2.0 */
/* The section of one step: what it made, when, and by which calls. */
#include "runbook/report/page_int.h"

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/contract/diagram.h"
#include "runbook/report/html.h"
#include "runbook/report/lookup.h"
#include "runbook/report/timeline.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/ui.h"

/* The document's words for how something ended, for people. */
static const char *word_of(const char *name)
{
	static const char *const words[] = { N_("ok"),		N_("failed"),  N_("lost"),
					     N_("unanswered"),	N_("held"),    N_("undone"),
					     N_("interrupted"), N_("again"),   N_("holds"),
					     N_("differs"),	N_("missing"), N_("do"),
					     N_("undo"),	N_("verify") };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (text_eq(words[i], name))
			return tr(words[i]);
	return name;
}

static void add_ids(const struct page *page, const json_t *step, const char *member, bool former)
{
	json_t *outputs = json_object_get(step, member), *value;
	const char *name;

	json_object_foreach(outputs, name, value) {
		const char *url = html_str(json_object_get(step, "console"), name);

		(void)buf_adds(page->out, "<tr><th scope=\"row\">");
		if (former) {
			autofree char *was = xasprintf(tr("was %s"), name);

			html_text(page->out, was);
		} else {
			html_text(page->out, name);
		}
		(void)buf_adds(page->out, "</th><td><code>");
		html_text(page->out, json_string_value(value));
		(void)buf_adds(page->out, "</code></td><td>");
		if (url) {
			(void)buf_adds(page->out, "<a rel=\"noreferrer\" href=\"");
			html_text(page->out, url);
			(void)buf_adds(page->out, "\">");
			html_text(page->out, tr("console"));
			(void)buf_adds(page->out, "<span class=\"hide\"> ");
			html_text(page->out, json_string_value(value));
			(void)buf_adds(page->out, "</span></a>");
		}
		(void)buf_adds(page->out, "</td></tr>\n");
	}
}

void page_step_outputs(const struct page *page, const json_t *step)
{
	static const char *const names[] = { N_("name"), N_("value"), N_("AWS console"), NULL };

	if (!json_object_size(json_object_get(step, "outputs")) &&
	    !json_object_size(json_object_get(step, "former_outputs")))
		return;
	html_element(page->out, "h4", tr("What it made"));
	(void)buf_adds(page->out, "<table>");
	page_head_cells(page, names);
	add_ids(page, step, "outputs", false);
	add_ids(page, step, "former_outputs", true);
	(void)buf_adds(page->out, "</tbody></table>\n");
}

static void add_span(const struct page *page, const json_t *span)
{
	int64_t from = timeline_ms(html_str(span, "from")),
		until = timeline_ms(html_str(span, "until"));
	autofree char *took = html_duration(until - from);
	autofree char *text = xasprintf("%s %s: %s, %s", html_str(span, "from"),
					word_of(html_str(span, "direction")), took,
					word_of(html_str(span, "result")));

	html_element(page->out, "li", text);
}

void page_step_times(const struct page *page, const json_t *step)
{
	const json_t *spans = json_object_get(step, "timeline"), *span;
	size_t i;

	if (!json_array_size(spans))
		return;
	html_element(page->out, "h4", tr("When"));
	(void)buf_adds(page->out, "<ul>");
	json_array_foreach(spans, i, span)
		add_span(page, span);
	(void)buf_adds(page->out, "</ul>\n");
}

/* A way that has to be closed was tried in verify, and it is: that refusal is the proof. */
static bool is_wanted_refusal(const struct page *page, const json_t *step, const json_t *call)
{
	const struct diagram *diagram = page->procedure->diagram;

	if (!text_eq(html_str(call, "phase"), "verify") ||
	    !text_eq(html_str(call, "result"), "failed"))
		return false;
	for (const struct diagram_way *w = diagram ? diagram->ways : NULL; w && w->step; w++) {
		const json_t *claim = report_claim(page->report, w->step, w->claim);

		if (w->is_refusal && text_eq(w->step, html_str(step, "id")) &&
		    json_is_true(json_object_get(claim, "agrees")))
			return true;
	}
	return false;
}

/* The answer to what the instance sends is seen there; here its effect is verified. */
static bool is_of_the_instance(const json_t *step, const json_t *call)
{
	return text_eq(html_str(step, "side"), "local") && text_eq(html_str(call, "phase"), "do") &&
	       text_eq(html_str(call, "result"), "unanswered") &&
	       text_eq(html_str(json_object_get(step, "evidence"), "verdict"), "holds");
}

static void add_call(const struct page *page, const json_t *step, const json_t *call)
{
	bool bad = !text_eq(html_str(call, "phase"), "verify") &&
		   (text_eq(html_str(call, "result"), "failed") ||
		    text_eq(html_str(call, "result"), "lost"));
	const json_t *took = json_object_get(call, "took_ms");

	(void)buf_addf(page->out, "<tr%s>", bad ? " class=\"no\"" : "");
	html_element(page->out, "td class=\"w\"", html_str(call, "at"));
	(void)buf_adds(page->out, "<td><code>");
	html_text(page->out, html_str(call, "service"));
	(void)buf_addc(page->out, ' ');
	html_text(page->out, html_str(call, "action"));
	(void)buf_adds(page->out, "</code></td>");
	html_element(page->out, "td", html_str(call, "region"));
	(void)buf_adds(page->out, "<td>");
	html_text(page->out, is_wanted_refusal(page, step, call) ? tr("refused, as it has to be:")
			     : is_of_the_instance(step, call)
				     ? tr("sent by the instance; what it did is verified")
				     : word_of(html_str(call, "result")));
	if (html_str(call, "code")) {
		(void)buf_addc(page->out, ' ');
		html_text(page->out, html_str(call, "code"));
	}
	(void)buf_adds(page->out, "</td><td class=\"n\">");
	if (json_is_integer(took))
		(void)buf_addf(page->out, tr("%lld ms"), (long long)json_integer_value(took));
	(void)buf_adds(page->out, "</td><td><code>");
	html_text(page->out, html_str(call, "request_id"));
	(void)buf_adds(page->out, "</code></td></tr>\n");
}

void page_step_calls(const struct page *page, const json_t *step)
{
	static const char *const names[] = { N_("time"),   N_("call"), N_("region"),
					     N_("result"), N_("took"), N_("request id"),
					     NULL };
	const json_t *calls = json_object_get(step, "calls"), *call;
	autofree char *name = NULL;
	size_t i;

	if (!json_array_size(calls))
		return;
	html_element(page->out, "h4", tr("Calls that change something"));
	name = xasprintf("%s %s", tr("Calls that change something"), html_str(step, "id"));
	page_table(page, name);
	page_head_cells(page, names);
	json_array_foreach(calls, i, call)
		add_call(page, step, call);
	(void)buf_adds(page->out, "</tbody></table></div>\n");
}
