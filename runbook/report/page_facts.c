/* SPDX-License-Identifier: Apache-2.0 */
/* The facts in the head of the page: who, when, where, what it costs. */
#include "runbook/report/page_int.h"

#include "base/alloc.h"
#include "base/strv.h"
#include "base/text.h"
#include "runbook/report/diagram.h"
#include "runbook/report/html.h"
#include "runbook/report/timeline.h"
#include "runbook/ui/lang.h"

static void add_fact(const struct page *page, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	(void)buf_adds(page->out, "<div>");
	html_element(page->out, "dt", name);
	html_element(page->out, "dd", value);
	(void)buf_adds(page->out, "</div>\n");
}

static char *joined(const json_t *list)
{
	auto_strv items = { 0 };
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, item)
		strv_add(&items, json_string_value(item));
	return strv_join(&items, ", ");
}

/* Who was the operator, or the witness: of several people, of which commands each.  Caller frees.
 */
static char *people_of(const struct page *page, const char *list, const char *key)
{
	const json_t *people = json_object_get(page->report, list), *who, *command;
	auto_strv items = { 0 };
	size_t i, k;

	json_array_foreach(people, i, who) {
		auto_strv commands = { 0 };
		autofree char *all = NULL;

		json_array_foreach(json_object_get(page->report, "commands"), k, command)
			if (json_equal(json_object_get(command, key), who) &&
			    !strv_has(&commands, html_str(command, "command")))
				strv_add(&commands, html_str(command, "command"));
		all = strv_join(&commands, ", ");
		if (json_array_size(people) > 1 && commands.n)
			strv_addf(&items, "%s (%s)", json_string_value(who), all);
		else
			strv_add(&items, json_string_value(who));
	}
	return strv_join(&items, ", ");
}

static char *regions_of(const struct page *page)
{
	auto_strv names = { 0 };
	const json_t *region;
	size_t i;

	json_array_foreach(json_object_get(page->report, "regions"), i, region)
		strv_add(&names, html_str(region, "region"));
	return strv_join(&names, " → ");
}

/* Commands that ended, or go on, in the middle of a step: what they waited after their last record
 * is in no sum. */
static void add_unknown_ends(const struct page *page, struct buf *out)
{
	const json_t *command;
	size_t i;

	json_array_foreach(json_object_get(page->report, "commands"), i, command) {
		autofree char *at = html_time(html_str(command, "at"));
		autofree char *until = html_time(html_str(command, "until"));

		if (!json_is_true(json_object_get(command, "interrupted")))
			continue;
		(void)buf_addf(out,
			       tr("; runbook %s of %s was interrupted, or goes on: its last record "
				  "is of %s, and what it waited after that is not known"),
			       html_str(command, "command"), at, until);
	}
}

/* The time that commands worked; between them nobody did. */
static char *took_of(const struct page *page)
{
	const json_t *command;
	int64_t all_ms = 0;
	size_t i, n = 0;
	autofree char *took = NULL;
	struct buf out = BUF_INIT;

	json_array_foreach(json_object_get(page->report, "commands"), i, command) {
		if (!timeline_has(page->report, i))
			continue;
		all_ms += timeline_ms(html_str(command, "until")) -
			  timeline_ms(html_str(command, "at"));
		n++;
	}
	if (!n)
		return NULL;
	took = html_duration(all_ms);
	if (n == 1)
		(void)buf_adds(&out, took);
	else
		(void)buf_addf(&out, tr("%s, in %zu commands"), took, n);
	add_unknown_ends(page, &out);
	return buf_steal(&out);
}

static char *cost_of(const struct page *page)
{
	const json_t *price = json_object_get(page->report, "price");
	const json_t *usd = json_object_get(price, "usd_per_hour");
	bool rehearsal = json_is_object(json_object_get(page->report, "rehearsal"));

	if (!json_array_size(json_object_get(price, "items")))
		return xstrdup(tr("nothing is billed by the hour"));
	if (!json_is_number(usd))
		return xstrdup(rehearsal ? tr("nothing here; on an account at prices that are not "
					      "known here")
					 : tr("at prices that are not known here"));
	if (rehearsal)
		return xasprintf(tr("nothing here; on an account about %.4f USD an hour"),
				 json_number_value(usd));
	return xasprintf(tr("about %.4f USD an hour, until it is undone"), json_number_value(usd));
}

/* "EC2 instance i-...": what the diagram calls it, if it shows it.  Caller frees. */
static char *thing_of(const struct page *page, const json_t *item)
{
	const struct diagram *diagram = page->procedure->diagram;

	for (const struct diagram_box *b = diagram ? diagram->boxes : NULL; b && b->name; b++) {
		autofree char *title = NULL;

		if (!text_eq(b->step, html_str(item, "step")) ||
		    !text_eq(b->output, html_str(item, "output")))
			continue;
		title = diagram_fill(page->report, b->step, b->title);
		return xasprintf("%s %s", title, html_str(item, "id"));
	}
	return xstrdup(html_str(item, "id"));
}

/* What is billed, each thing once, and since when. */
static void add_billed(const struct page *page)
{
	const json_t *items = json_object_get(json_object_get(page->report, "price"), "items");
	const json_t *item;
	const char *before = NULL;
	bool any = false;
	size_t i;

	json_array_foreach(items, i, item) {
		autofree char *since = html_time(html_str(item, "since"));
		autofree char *thing = thing_of(page, item);
		autofree char *text = xasprintf(tr("%s since %s"), thing, since);

		if (text_eq(before, html_str(item, "id")))
			continue; /* an instance and its volume */
		before = html_str(item, "id");
		if (!any) {
			(void)buf_adds(page->out, "<div class=\"two\">");
			html_element(page->out, "dt",
				     json_is_object(json_object_get(page->report, "rehearsal"))
					     ? tr("Would be billed on an account")
					     : tr("Still billed"));
		}
		any = true;
		html_element(page->out, "dd", text);
	}
	if (any)
		(void)buf_adds(page->out, "</div>\n");
}

void page_facts(const struct page *page)
{
	const json_t *report = page->report;
	const json_t *commands = json_object_get(report, "commands");
	const json_t *last = json_array_get(commands, json_array_size(commands) - 1);
	autofree char *principals = joined(json_object_get(report, "principals"));
	autofree char *operators = people_of(page, "operators", "operator");
	autofree char *witnesses = people_of(page, "witnesses", "witness");
	autofree char *regions = regions_of(page);
	autofree char *took = took_of(page);
	autofree char *cost = cost_of(page);
	autofree char *expires = html_time(html_str(report, "expires_at"));
	autofree char *recovered = html_time(html_str(report, "recovered_at"));
	autofree char *when = html_period(html_str(report, "created_at"), html_str(last, "until"));

	(void)buf_adds(page->out, "<dl class=\"facts\">\n");
	add_fact(page, tr("Run"), html_str(report, "run"));
	add_fact(page, tr("Stack"), html_str(report, "stack"));
	add_fact(page, tr("Account"), html_str(report, "account"));
	add_fact(page, tr("Principal"), principals);
	add_fact(page, tr("Operator"), operators);
	add_fact(page, tr("Witness"), witnesses);
	add_fact(page, tr("Where"), regions);
	add_fact(page, tr("When"), when);
	add_fact(page, tr("How long"), took);
	if (html_str(report, "moved_to")) {
		autofree char *moved =
			xasprintf(tr("to '%s': this is how it stood then, and how it stands now, "
				     "and what it costs, is known there"),
				  html_str(report, "moved_to"));

		add_fact(page, tr("Moved"), moved);
	} else {
		add_fact(page, tr("Price"), cost);
		add_billed(page);
		add_fact(page, tr("To be undone by"), expires);
	}
	add_fact(page, tr("Journal lost, and written anew"), recovered);
	(void)buf_adds(page->out, "</dl>\n");
}
