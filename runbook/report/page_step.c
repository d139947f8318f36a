/* SPDX-License-Identifier: Apache-2.0 */
/* The section of one step. */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/contract/diagram.h"
#include "runbook/report/html.h"
#include "runbook/report/lookup.h"
#include "runbook/report/page_int.h"
#include "runbook/report/timeline.h"
#include "runbook/ui/by_hand_how.h"
#include "runbook/ui/journal_text.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/ui.h"

static const char *state_class(const json_t *report, const json_t *step)
{
	switch (report_look(report, html_str(step, "id"))) {
	case LOOK_WRONG:
		return "v-bad";
	case LOOK_GONE:
		return "v-idle";
	case LOOK_PLANNED:
		return text_eq(html_str(step, "state"), "todo") ? "v-idle" : "v-warn";
	case LOOK_THERE:
		break;
	}
	return text_eq(html_str(step, "state"), "held") ? "v-ok" : "v-warn";
}

static const char *state_name(const char *name)
{
	for (int s = 0; s < STEP_STATES_N; s++)
		if (text_eq(step_state_name((enum step_state)s), name))
			return ui_state_name((enum step_state)s);
	return name;
}

/* "made by hand by alice". */
static void add_hand(const struct page *page, const json_t *step, const char *key, bool undone)
{
	const json_t *hand = json_object_get(step, key);
	struct history_hand who = { .done = hand != NULL };
	autofree char *text = NULL;

	if (!hand)
		return;
	who.by = (char *)(uintptr_t)html_str(hand, "by"); /* only read */
	text = by_hand_who(&who, undone);
	(void)buf_adds(page->out, "<p>");
	html_text(page->out, text);
	(void)buf_adds(page->out, "</p>\n");
}

static void add_summary(const struct page *page, const json_t *step)
{
	const json_t *drift = report_drift(page->report, html_str(step, "id"));

	(void)buf_adds(page->out, "<summary><h3>");
	html_text(page->out, html_str(step, "id"));
	(void)buf_adds(page->out, " ");
	html_text(page->out, page_title(page, step));
	(void)buf_addf(page->out, "</h3> <span class=\"state %s\">",
		       state_class(page->report, step));
	html_text(page->out,
		  drift ? tr(html_str(drift, "verdict")) : state_name(html_str(step, "state")));
	(void)buf_adds(page->out, "</span></summary>\n<div class=\"inside\">\n");
	add_hand(page, step, "made_by_hand", /* undone= */ false);
	add_hand(page, step, "unmade_by_hand", /* undone= */ true);
}

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

/* ---- failures ------------------------------------------------------------ */

static void add_part(const struct page *page, const char *name, const char *text)
{
	if (!text)
		return;
	(void)buf_adds(page->out, "<br>");
	html_text(page->out, name);
	(void)buf_adds(page->out, ": ");
	html_text(page->out, text);
}

/* The command of the AWS CLI that mended it; a rehearsal's must not arrive at an account. */
static void add_mend(const struct page *page, const json_t *failure)
{
	bool rehearsal = json_is_object(json_object_get(page->report, "rehearsal"));
	const json_t *next;
	size_t i;

	json_array_foreach(json_object_get(failure, "next"), i, next) {
		if (rb_next_verb_of(html_str(next, "verb")) != RB_NEXT_AWS)
			continue;

		autofree char *command =
			xasprintf("aws %s%s", html_str(next, "arguments"),
				  rehearsal ? " --endpoint-url \"${AWS_ENDPOINT_URL}\"" : "");
		autofree char *text = xasprintf(tr("this mends it: %s"), command);

		(void)buf_adds(page->out, "<br>");
		html_text(page->out, text);
	}
}

static void add_failure(const struct page *page, const json_t *failure)
{
	const json_t *overcome = json_object_get(failure, "overcome");

	(void)buf_adds(page->out, "<div class=\"box\"><strong>");
	html_text(page->out, html_str(failure, "what"));
	(void)buf_adds(page->out, "</strong>");
	add_part(page, tr("why"), html_str(failure, "why"));
	add_part(page, tr("at"), html_str(failure, "at"));
	add_part(page, tr("where"), html_str(failure, "where"));
	add_part(page, tr("code"), html_str(failure, "code"));
	add_part(page, tr("request id"), html_str(failure, "request_id"));
	add_part(page, tr("hint"), html_str(failure, "hint"));
	add_mend(page, failure);
	if (overcome) {
		autofree char *text = xasprintf("runbook %s, %.19sZ", html_str(overcome, "command"),
						html_str(overcome, "at"));

		add_part(page, tr("what helped"), text);
	}
	(void)buf_adds(page->out, "</div>\n");
}

/* ---- settings ------------------------------------------------------------ */

enum claim_rank { RANK_WRONG, RANK_SETTING, RANK_TAG, RANKS };

static enum claim_rank rank_of(const json_t *claim)
{
	if (!json_is_true(json_object_get(claim, "agrees")))
		return RANK_WRONG;
	return text_eq(html_str(claim, "kind"), "tag") ? RANK_TAG : RANK_SETTING;
}

static void add_claim(const struct page *page, const json_t *claim)
{
	bool agrees = json_is_true(json_object_get(claim, "agrees"));
	autofree char *name = claim_name(html_str(claim, "claim"));

	(void)buf_addf(page->out, "<tr%s><th scope=\"row\">", agrees ? "" : " class=\"no\"");
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

static void add_head_cells(const struct page *page, const char *const *names)
{
	(void)buf_adds(page->out, "<thead><tr>");
	for (; *names; names++)
		html_element(page->out, "th scope=\"col\"", tr(*names));
	(void)buf_adds(page->out, "</tr></thead><tbody>\n");
}

static void add_settings(const struct page *page, const json_t *step)
{
	static const char *const names[] = { N_("claim"), N_("expected"), N_("found"), N_("result"),
					     NULL };
	const json_t *evidence = json_object_get(step, "evidence");
	const json_t *claims = json_object_get(evidence, "claims"), *claim;
	autofree char *title = NULL, *at = NULL, *name = NULL;
	size_t i;

	if (html_str(evidence, "missing"))
		html_element(page->out, "p class=\"no\"", html_str(evidence, "missing"));
	if (!json_array_size(claims))
		return;
	at = html_time(html_str(evidence, "at"));
	title = xasprintf(tr("Settings, as found at %s"), at);
	name = xasprintf("%s %s", html_str(step, "id"), title);
	html_element(page->out, "h4", title);
	page_table(page, name);
	add_head_cells(page, names);
	for (int rank = 0; rank < RANKS; rank++)
		json_array_foreach(claims, i, claim)
			if ((int)rank_of(claim) == rank)
				add_claim(page, claim);
	(void)buf_adds(page->out, "</tbody></table></div>\n");
}

/* ---- ids ----------------------------------------------------------------- */

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

static void add_outputs(const struct page *page, const json_t *step)
{
	static const char *const names[] = { N_("name"), N_("value"), N_("AWS console"), NULL };

	if (!json_object_size(json_object_get(step, "outputs")) &&
	    !json_object_size(json_object_get(step, "former_outputs")))
		return;
	html_element(page->out, "h4", tr("What it made"));
	(void)buf_adds(page->out, "<table>");
	add_head_cells(page, names);
	add_ids(page, step, "outputs", false);
	add_ids(page, step, "former_outputs", true);
	(void)buf_adds(page->out, "</tbody></table>\n");
}

/* ---- times and calls ----------------------------------------------------- */

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

static void add_times(const struct page *page, const json_t *step)
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
		(void)buf_addf(page->out, "%lld ms", (long long)json_integer_value(took));
	(void)buf_adds(page->out, "</td><td><code>");
	html_text(page->out, html_str(call, "request_id"));
	(void)buf_adds(page->out, "</code></td></tr>\n");
}

static void add_calls(const struct page *page, const json_t *step)
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
	add_head_cells(page, names);
	json_array_foreach(calls, i, call)
		add_call(page, step, call);
	(void)buf_adds(page->out, "</tbody></table></div>\n");
}

/* ---- the whole ----------------------------------------------------------- */

static void add_lines(const struct page *page, const char *title, const json_t *lines)
{
	const json_t *line;
	size_t i;

	if (!json_array_size(lines))
		return;
	html_element(page->out, "h4", title);
	(void)buf_adds(page->out, "<ul>");
	json_array_foreach((json_t *)(uintptr_t)lines, i, line)
		html_element(page->out, "li", json_string_value(line));
	(void)buf_adds(page->out, "</ul>\n");
}

static void add_decisions(const struct page *page, const json_t *step)
{
	const json_t *decisions = json_object_get(step, "decisions"), *d;
	json_t *lines = json_array();
	size_t i;

	json_array_foreach(decisions, i, d) {
		const char *who = html_str(d, "operator"), *witness = html_str(d, "witness");
		autofree char *by = who ? xasprintf(tr("; operator %s"), who) : NULL;
		autofree char *seen = witness ? xasprintf(tr("; witness %s"), witness) : NULL;
		autofree char *line =
			xasprintf("%s  %s%s%s", html_str(d, "at"),
				  tr(decision_words(html_str(d, "what"), html_str(d, "phase"))),
				  by ? by : "", seen ? seen : "");

		json_array_append_new(lines, json_string(line));
	}
	add_lines(page, tr("Decisions"), lines);
	json_decref(lines);
}

void page_step(const struct page *page, const json_t *step)
{
	const json_t *failure;
	bool wrong = report_look(page->report, html_str(step, "id")) == LOOK_WRONG;
	size_t i;

	(void)buf_adds(page->out, "<details id=\"step-");
	html_text(page->out, html_str(step, "id"));
	(void)buf_addf(page->out, "\"%s>", wrong ? " open" : "");
	add_summary(page, step);
	if (html_str(step, "why"))
		html_element(page->out, "p class=\"why\"", tr(html_str(step, "why")));
	json_array_foreach(json_object_get(step, "failures"), i, failure)
		add_failure(page, failure);
	add_settings(page, step);
	add_outputs(page, step);
	add_lines(page, tr("Notes"), json_object_get(step, "notes"));
	add_lines(page, tr("Kept on purpose:"), json_object_get(step, "kept"));
	add_decisions(page, step);
	add_times(page, step);
	add_calls(page, step);
	(void)buf_adds(page->out, "</div></details>\n");
}
