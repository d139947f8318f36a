/* SPDX-License-Identifier: Apache-2.0 */
/* The section of one step. */

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/report/html.h"
#include "runbook/report/lookup.h"
#include "runbook/report/page_int.h"
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

/* The step's state says that it was undone; this, when. */
static void add_undone(const struct page *page, const json_t *step)
{
	const json_t *spans = json_object_get(step, "timeline"), *span;
	const char *until = NULL;
	size_t i;

	json_array_foreach(spans, i, span)
		if (text_eq(html_str(span, "result"), "undone"))
			until = html_str(span, "until");
	if (!until || !text_eq(html_str(step, "state"), "undone"))
		return;

	autofree char *at = html_time(until);
	autofree char *text = xasprintf(tr("taken down at %s"), at);

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
	add_undone(page, step);
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

void page_head_cells(const struct page *page, const char *const *names)
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
	page_head_cells(page, names);
	for (int rank = 0; rank < RANKS; rank++)
		json_array_foreach(claims, i, claim)
			if ((int)rank_of(claim) == rank)
				add_claim(page, claim);
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
	page_step_outputs(page, step);
	add_lines(page, tr("Notes"), json_object_get(step, "notes"));
	add_lines(page, tr("Kept on purpose:"), json_object_get(step, "kept"));
	add_decisions(page, step);
	page_step_times(page, step);
	page_step_calls(page, step);
	(void)buf_adds(page->out, "</div></details>\n");
}
