/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the page: parameters, who gave which command, and how to check all of it. */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/report/html.h"
#include "runbook/report/page_int.h"
#include "runbook/ui/lang.h"
#include "runbook/record/home_place.h"

static void add_row(const struct page *page, const char *name, const char *value)
{
	(void)buf_adds(page->out, "<tr><th scope=\"row\">");
	html_text(page->out, name);
	(void)buf_adds(page->out, "</th><td><code>");
	html_text(page->out, value);
	(void)buf_adds(page->out, "</code></td></tr>\n");
}

static void begin_table(const struct page *page, const char *name, const char *value)
{
	(void)buf_adds(page->out, "<table><thead><tr>");
	html_element(page->out, "th scope=\"col\"", name);
	html_element(page->out, "th scope=\"col\"", value);
	(void)buf_adds(page->out, "</tr></thead><tbody>\n");
}

void page_parameters(const struct page *page)
{
	json_t *parameters = json_object_get(page->report, "parameters"), *value;
	const char *name;

	(void)buf_adds(page->out, "<section aria-labelledby=\"parameters\">\n");
	page_heading(page, "parameters", tr("Parameters"));
	begin_table(page, tr("name"), tr("value"));
	json_object_foreach(parameters, name, value)
		if (json_is_string(value) && *json_string_value(value))
			add_row(page, name, json_string_value(value));
	(void)buf_adds(page->out, "</tbody></table></section>\n");
}

static void add_commands(const struct page *page)
{
	const json_t *command;
	size_t i;

	html_element(page->out, "p", tr("Commands that changed something or meant to:"));
	(void)buf_adds(page->out, "<ul>");
	json_array_foreach(json_object_get(page->report, "commands"), i, command) {
		static const char *const who[] = { N_("principal"), N_("operator"), N_("witness") };
		auto_buf text = BUF_INIT;

		(void)buf_addf(&text, "%.19sZ runbook %s", html_str(command, "at"),
			       html_str(command, "command"));
		if (html_str(command, "from"))
			(void)buf_addf(&text, " --from %s", html_str(command, "from"));
		if (html_str(command, "to"))
			(void)buf_addf(&text, " --to %s", html_str(command, "to"));
		if (html_str(command, "version"))
			(void)buf_addf(&text, ", %s %s", tr("version"),
				       html_str(command, "version"));
		for (size_t k = 0; k < ARRAY_LEN(who); k++)
			if (html_str(command, who[k]))
				(void)buf_addf(&text, ", %s %s", tr(who[k]),
					       html_str(command, who[k]));
		html_element(page->out, "li", text.p);
	}
	(void)buf_adds(page->out, "</ul>\n");
}

/* " --home HOME", as "HOME/STACK/journal.jsonl" or "s3://BUCKET/PREFIX/STACK/RUN/log" has it, where
 * it is not where it is looked for. */
static void add_home(struct buf *out, const char *file, const char *stack, const char *run)
{
	autofree char *end = xasprintf("/%s/journal.jsonl", stack);
	autofree char *in_bucket = xasprintf("/%s/%s/log", stack, run);
	autofree char *home = NULL;

	if (home_is_s3(file) && text_ends_with(file, in_bucket))
		set_str(&end, in_bucket);
	if (!text_ends_with(file, end)) { /* masked, and with it where it lies */
		(void)buf_adds(out, " --home HOME");
		return;
	}
	home = xstrndup(file, strlen(file) - strlen(end));
	if (text_eq(home, ".runbook"))
		return;
	(void)buf_adds(out, " --home ");
	text_shell_quote(out, home);
}

/* The command that prints what the checksum is of: in a bucket, all but the first line of each of
 * the log's objects. */
static void add_reading(const struct page *page, const struct buf *file, json_int_t bytes)
{
	if (!home_is_s3(file->p)) {
		(void)buf_addf(page->out, "head -c %lld ", (long long)bytes);
		html_text(page->out, file->p);
		return;
	}
	(void)buf_adds(page->out, "aws s3 cp --quiet --recursive ");
	html_text(page->out, file->p);
	(void)buf_addf(page->out, " log &amp;&amp; sed -s 1d log/* | head -c %lld",
		       (long long)bytes);
}

static void add_checksum(const struct page *page, const json_t *journal)
{
	auto_buf file = BUF_INIT, home = BUF_INIT;
	autofree char *text = NULL;

	begin_table(page, tr("name"), tr("value"));
	add_row(page, tr("journal"), html_str(journal, "file"));
	add_row(page, "SHA-256", html_str(journal, "sha256"));
	add_row(page, tr("checksum of its last record"), html_str(journal, "last_sum"));
	(void)buf_adds(page->out, "</tbody></table>\n");
	text = xasprintf(
		tr("The journal had %lld records in %lld bytes when this page was written at "
		   "%s. Each record carries a checksum over the one before it, so none can "
		   "be changed, left out or moved unnoticed. To check:"),
		(long long)json_integer_value(json_object_get(journal, "records")),
		(long long)json_integer_value(json_object_get(journal, "bytes")),
		html_str(page->report, "reported_at"));
	html_element(page->out, "p", text);
	(void)buf_adds(page->out, "<pre class=\"scroll\" tabindex=\"0\"><code>");
	text_shell_quote(&file, html_str(journal, "file"));
	add_reading(page, &file, json_integer_value(json_object_get(journal, "bytes")));
	(void)buf_adds(page->out, " | sha256sum\nrunbook journal --stack ");
	html_text(page->out, html_str(page->report, "stack"));
	add_home(&home, html_str(journal, "file"), html_str(page->report, "stack"),
		 html_str(page->report, "run"));
	html_text(page->out, home.p);
	(void)buf_adds(page->out, "</code></pre>\n");
	html_element(
		page->out, "p",
		tr("The first prints the SHA-256 from above; the second reads the journal, and "
		   "ends with status 6 when a checksum of it is wrong."));
}

void page_origin(const struct page *page)
{
	const json_t *journal = json_object_get(page->report, "journal");

	(void)buf_adds(page->out, "<section aria-labelledby=\"origin\">\n");
	page_heading(page, "origin", tr("Where this comes from, and how to check it"));
	add_commands(page);
	if (json_is_object(journal))
		add_checksum(page, journal);
	if (json_is_true(json_object_get(page->report, "masked")))
		html_element(
			page->out, "p",
			tr("Accounts, principals, ids and names of things are masked; the same "
			   "mask is the same thing everywhere on this page."));
	(void)buf_adds(page->out, "</section>\n");
}
