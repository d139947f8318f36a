/* SPDX-License-Identifier: Apache-2.0 */
/* The head of the page: what the run came to, in a line with a sentence below it. */
#include "base/alloc.h"
#include "base/strv.h"
#include "base/text.h"
#include "runbook/report/diagram.h"
#include "runbook/report/html.h"
#include "runbook/report/page_int.h"
#include "runbook/report/verdict.h"
#include "runbook/ui/lang.h"

static const struct {
	const char *class_name, *mark;
	const char *intro; /* to the procedure's promise; NULL: it is so */
} verdicts[] = {
	[REPORT_PROVEN] = { "v-ok", "✓", NULL },
	[REPORT_DRIFTED] = { "v-bad", "✗", N_("This was proven, and may not be so any more:") },
	[REPORT_FAILED] = { "v-bad", "✗", N_("This is the aim, and not so:") },
	[REPORT_RECOVERED] = { "v-warn", "◐", N_("This is the aim, and not yet looked at again:") },
	[REPORT_HALF_DONE] = { "v-warn", "◐", N_("This is the aim, and not so:") },
	[REPORT_PARTLY_UNDONE] = { "v-warn", "◑", N_("This was so until it was undone:") },
	[REPORT_HALF_UNDONE] = { "v-warn", "◑", N_("This was so until it was undone:") },
	[REPORT_LEFT] = { "v-bad", "!", N_("This was so until it was undone:") },
	[REPORT_UNDONE] = { "v-idle", "○", N_("This was so until it was undone:") },
};

/* The last undo is what they were taken down by.  Caller frees. */
static char *partly_undone(const struct page *page, const char *steps)
{
	const json_t *commands = json_object_get(page->report, "commands"), *command;
	const char *until = NULL;
	autofree char *at = NULL;
	size_t i;

	json_array_foreach(commands, i, command)
		if (text_eq(html_str(command, "command"), "undo"))
			until = html_str(command, "until");
	at = html_time(until);
	return xasprintf(tr("Taken down in part, at %s: %s undone"), at, steps);
}

/* Caller frees. */
static char *headline(const struct page *page, enum report_verdict verdict, const char *steps)
{
	switch (verdict) {
	case REPORT_PROVEN:
		return xstrdup(tr("Built and proven"));
	case REPORT_DRIFTED:
		return xasprintf(tr("Drifted: not as it was built, at %s"), steps);
	case REPORT_FAILED:
		return xasprintf(tr("Failed at %s"), steps);
	case REPORT_RECOVERED:
		return xstrdup(tr("Recovered, not verified yet: runbook verify"));
	case REPORT_HALF_DONE:
		return xasprintf(tr("Half done: not yet %s"), steps);
	case REPORT_PARTLY_UNDONE:
		return partly_undone(page, steps);
	case REPORT_HALF_UNDONE:
		return xasprintf(tr("Half undone: not taken down yet: %s"), steps);
	case REPORT_LEFT:
		return xstrdup(tr("Undone, but something is left"));
	case REPORT_UNDONE:
		break;
	}
	return xstrdup(tr("Undone: nothing is left"));
}

/* "3-1, 3-2, 3-3 and 9 more" */
static char *steps_of(const json_t *verdict)
{
	const json_t *steps = json_object_get(verdict, "steps");
	size_t n = json_array_size(steps), shown = n > 4 ? 3 : n;
	auto_strv names = { 0 };
	autofree char *joined = NULL;

	for (size_t i = 0; i < shown; i++)
		strv_add(&names, json_string_value(json_array_get(steps, i)));
	joined = strv_join(&names, ", ");
	if (shown == n)
		return steal_str(&joined);
	return xasprintf(tr("%s and %zu more"), joined, n - shown);
}

/* The last of its steps was seen to hold at some time. */
static bool was_proven(const struct page *page)
{
	const json_t *steps = json_object_get(page->report, "steps");
	const json_t *last = json_array_get(steps, json_array_size(steps) - 1);

	return json_is_object(json_object_get(last, "evidence"));
}

static bool is_undone(enum report_verdict verdict)
{
	return verdict == REPORT_PARTLY_UNDONE || verdict == REPORT_HALF_UNDONE ||
	       verdict == REPORT_LEFT || verdict == REPORT_UNDONE;
}

static void add_verdict(const struct page *page)
{
	const json_t *verdict = json_object_get(page->report, "verdict");
	enum report_verdict v = report_verdict_named(html_str(verdict, "result"));
	autofree char *steps = steps_of(verdict);
	const struct diagram *diagram = page->procedure->diagram;
	autofree char *line = headline(page, v, steps);

	(void)buf_addf(page->out,
		       "<div class=\"verdict %s\"><h1><span aria-hidden=\"true\">%s</span> ",
		       verdicts[v].class_name, verdicts[v].mark);
	html_text(page->out, line);
	(void)buf_adds(page->out, "</h1>\n");
	if (diagram && diagram->promise) {
		bool past = was_proven(page) && is_undone(v);
		autofree char *promise = diagram_fill(
			page->report, NULL,
			past && diagram->promise_kept ? diagram->promise_kept : diagram->promise);

		(void)buf_adds(page->out, "<p>");
		if (verdicts[v].intro) {
			html_element(page->out, "strong",
				     tr(was_proven(page) || v == REPORT_RECOVERED
						? verdicts[v].intro
						: N_("This is the aim, and not so:")));
			(void)buf_addc(page->out, ' ');
		}
		html_text(page->out, promise);
		(void)buf_adds(page->out, "</p>\n");
		diagram_proofs(page->report, diagram, page->out);
	}
	(void)buf_adds(page->out, "</div>\n");
}

void page_head(const struct page *page)
{
	(void)buf_adds(page->out, "<header>");
	(void)buf_adds(page->out, "<p class=\"over\">");
	html_text(page->out, tr("Evidence of a run"));
	(void)buf_adds(page->out, " · ");
	html_text(page->out, tr(page->procedure->title));
	(void)buf_adds(page->out, "</p>\n");
	add_verdict(page);
	page_mark(page, "<p class=\"rehearsal\">", "</p>\n");
	page_facts(page);
	(void)buf_adds(page->out, "</header>\n");
}
