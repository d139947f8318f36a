/* SPDX-License-Identifier: Apache-2.0 */
/* The report as self-contained HTML. */
#include "runbook/ui/report_page.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/ui.h"

static const char style[] =
	":root{color-scheme:light dark}"
	"body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}"
	"h1{font-size:1.5rem}h2{font-size:1.1rem;margin:2rem 0 .4rem}"
	"table{border-collapse:collapse;width:100%}"
	"th,td{text-align:left;vertical-align:top;padding:.2rem .6rem .2rem 0;"
	"border-bottom:1px solid #8884}"
	"td{overflow-wrap:anywhere}code{font-size:.9em}"
	".state{border:1px solid #8888;border-radius:.6rem;padding:0 .5rem;font-size:.85rem;"
	"font-weight:normal}"
	".held,.undone{background:#2a82}.failed,.stale{background:#c332}"
	".rehearsal{border:2px solid #c80;padding:.2rem .6rem;font-weight:bold}"
	".no{color:#c33;font-weight:bold}.facts td:first-child{white-space:nowrap;width:14rem}"
	"footer{margin-top:3rem;font-size:.85rem;opacity:.8}";

static void add_text(struct buf *out, const char *s)
{
	autofree char *safe = text_printable(s ? s : "", s ? strlen(s) : 0, 64 * 1024);

	for (const char *p = safe; *p; p++) {
		const char *entity = *p == '<'	  ? "&lt;"
				     : *p == '>'  ? "&gt;"
				     : *p == '&'  ? "&amp;"
				     : *p == '"'  ? "&quot;"
				     : *p == '\'' ? "&#39;"
						  : NULL;

		if (entity)
			(void)buf_adds(out, entity);
		else
			(void)buf_addc(out, *p);
	}
}

static const char *str(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void add_fact(struct buf *out, const char *name, const char *value)
{
	(void)buf_adds(out, "<tr><td>");
	add_text(out, name);
	(void)buf_adds(out, "</td><td><code>");
	add_text(out, value);
	(void)buf_adds(out, "</code></td></tr>\n");
}

static void add_object(struct buf *out, const json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, name, value) {
		if (json_is_string(value) && *json_string_value(value))
			add_fact(out, name, json_string_value(value));
	}
}

static void add_claims(struct buf *out, const json_t *evidence)
{
	const json_t *claims = json_object_get(evidence, "claims");
	const json_t *claim;
	size_t i;

	if (!json_array_size(claims))
		return;
	(void)buf_addf(out,
		       "<table><thead><tr><th>%s</th><th>%s</th><th>%s</th><th></th></tr>"
		       "</thead><tbody>\n",
		       tr("claim"), tr("expected"), tr("found"));
	json_array_foreach(claims, i, claim) {
		bool agrees = json_is_true(json_object_get(claim, "agrees"));

		(void)buf_adds(out, "<tr><td>");
		add_text(out, str(claim, "claim"));
		(void)buf_adds(out, "</td><td><code>");
		add_text(out, str(claim, "expected"));
		(void)buf_adds(out, "</code></td><td><code>");
		add_text(out, str(claim, "found"));
		(void)buf_addf(out, "</code></td><td class=\"%s\">%s</td></tr>\n",
			       agrees ? "yes" : "no", agrees ? "&#10003;" : "&#10007;");
	}
	(void)buf_addf(out, "</tbody></table>\n<p>%s ", tr("looked at"));
	add_text(out, str(evidence, "at"));
	(void)buf_adds(out, "</p>\n");
}

static void add_lines(struct buf *out, const json_t *lines)
{
	const json_t *line;
	size_t i;

	if (!json_array_size(lines))
		return;
	(void)buf_adds(out, "<ul>");
	json_array_foreach(lines, i, line) {
		(void)buf_adds(out, "<li>");
		add_text(out, json_string_value(line));
		(void)buf_adds(out, "</li>");
	}
	(void)buf_adds(out, "</ul>\n");
}

/* The document's titles are English in every language. */
static const char *title_of(const json_t *step, const struct procedure *procedure)
{
	for (const struct step *const *s = procedure->steps; *s; s++)
		if (text_eq((*s)->id, str(step, "id")))
			return step_title(*s);
	return str(step, "title");
}

static const char *why_of(const json_t *step, const struct procedure *procedure)
{
	const struct step *row = procedure_step(procedure, str(step, "id"));

	return row && row->why ? tr(row->why) : NULL;
}

static void add_former(struct buf *out, const json_t *former)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)former, name, value) {
		autofree char *label = xasprintf(tr("was %s"), name);

		add_fact(out, label, json_string_value(value));
	}
}

/* What the last look for leftovers found. */
static void add_sweep(struct buf *out, const json_t *sweep)
{
	const json_t *item;
	size_t i;

	if (!sweep)
		return;
	add_fact(out, tr("looked for leftovers"), str(sweep, "at"));
	if (json_is_true(json_object_get(sweep, "clean")))
		add_fact(out, tr("left"), tr("nothing"));
	json_array_foreach(json_object_get(sweep, "left"), i, item) {
		autofree char *text = xasprintf("%s %s (%s)", str(item, "kind"), str(item, "id"),
						str(item, "region"));

		add_fact(out, tr("left"), text);
	}
}

/* What a later look found: the state of the step is that of the day it was made. */
static void add_drift(struct buf *out, const json_t *drift, const char *step_id)
{
	const json_t *item;
	size_t i;

	json_array_foreach(drift, i, item) {
		const char *missing = str(item, "missing");
		autofree char *text = NULL;

		if (!text_eq(str(item, "step"), step_id))
			continue;
		text = xasprintf(tr("! %s at the last look (%s)%s%s"), tr(str(item, "verdict")),
				 str(item, "at"), missing ? ": " : "", missing ? missing : "");
		(void)buf_adds(out, "<p class=\"no\">");
		add_text(out, text);
		(void)buf_adds(out, "</p>\n");
	}
}

static void add_step(struct buf *out, const json_t *step, const json_t *drift,
		     const struct procedure *procedure)
{
	const json_t *error = json_object_get(step, "error");

	(void)buf_adds(out, "<section><h2>");
	add_text(out, str(step, "id"));
	(void)buf_adds(out, " ");
	add_text(out, title_of(step, procedure));
	(void)buf_adds(out, " <span class=\"state ");
	add_text(out, str(step, "state"));
	(void)buf_adds(out, "\">");
	add_text(out, str(step, "state"));
	(void)buf_adds(out, "</span></h2>\n");
	if (why_of(step, procedure)) {
		(void)buf_adds(out, "<p>");
		add_text(out, why_of(step, procedure));
		(void)buf_adds(out, "</p>\n");
	}
	add_drift(out, drift, str(step, "id"));
	if (json_is_object(error)) {
		(void)buf_adds(out, "<p class=\"no\">");
		add_text(out, str(error, "what"));
		if (str(error, "why")) {
			(void)buf_adds(out, ": ");
			add_text(out, str(error, "why"));
		}
		(void)buf_adds(out, "</p>\n");
	}
	(void)buf_adds(out, "<table class=\"facts\"><tbody>\n");
	add_object(out, json_object_get(step, "outputs"));
	add_former(out, json_object_get(step, "former_outputs"));
	if (str(step, "started_at"))
		add_fact(out, tr("started"), str(step, "started_at"));
	if (str(step, "held_at"))
		add_fact(out, tr("held"), str(step, "held_at"));
	(void)buf_adds(out, "</tbody></table>\n");
	add_claims(out, json_object_get(step, "evidence"));
	add_lines(out, json_object_get(step, "notes"));
	add_lines(out, json_object_get(step, "kept"));
	(void)buf_adds(out, "</section>\n");
}

/* No rehearsal is to be taken for what was done on an account. */
static char *mark_of(const json_t *report)
{
	const json_t *rehearsal = json_object_get(report, "rehearsal");

	if (!json_is_object(rehearsal))
		return NULL;
	return rehearsal_text(json_number_value(json_object_get(rehearsal, "speed")));
}

void report_to_html(const json_t *report, const struct procedure *procedure, struct buf *out)
{
	static const char *const facts[] = { "stack",	   "run",	  "account", "state",
					     "created_at", "reported_at", "program" };
	autofree char *mark = mark_of(report);
	const json_t *step;
	size_t i;

	(void)buf_addf(out,
		       "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">"
		       "<meta name=\"viewport\" content=\"width=device-width\"><title>",
		       lang_is_japanese() ? "ja" : "en");
	add_text(out, tr("Evidence of a run"));
	(void)buf_addf(out, " ");
	add_text(out, str(report, "run"));
	if (mark) {
		(void)buf_adds(out, ", ");
		add_text(out, mark);
	}
	(void)buf_addf(out, "</title><style>%s</style></head><body>\n<h1>", style);
	add_text(out, tr("Evidence of a run"));
	(void)buf_adds(out, "</h1>\n");
	if (mark) {
		(void)buf_adds(out, "<p class=\"rehearsal\">");
		add_text(out, mark);
		(void)buf_adds(out, "</p>\n");
	}
	(void)buf_adds(out, "<table class=\"facts\"><tbody>\n");
	for (i = 0; i < ARRAY_LEN(facts); i++)
		if (str(report, facts[i]))
			add_fact(out, facts[i], str(report, facts[i]));
	add_sweep(out, json_object_get(report, "sweep"));
	add_object(out, json_object_get(report, "parameters"));
	(void)buf_adds(out, "</tbody></table>\n");
	json_array_foreach(json_object_get(report, "steps"), i, step)
		add_step(out, step, json_object_get(report, "drift"), procedure);
	(void)buf_adds(out, "<footer>");
	if (procedure->report_note)
		add_text(out, tr(procedure->report_note));
	(void)buf_adds(out, "</footer></body></html>\n");
}
