/* SPDX-License-Identifier: Apache-2.0 */
/* What tells procedures apart; see procedure_facts.h. */
#include "runbook/cli/procedure_facts.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "runbook/cli/plan_time.h"
#include "runbook/contract/by_hand.h"
#include "runbook/record/bill.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/rows.h"
#include "runbook/ui/ui.h"
#include "runbook/ui/width.h"

enum { VALUE_COLUMNS = 14, MICROS = 1000000 };

static void count(const struct run_state *st, struct procedure_facts *f)
{
	for (size_t i = 0; i < st->n; i++) {
		const struct step *step = st->history[i].step;

		f->steps++;
		for (const char *const *call = step->calls; call && *call; call++)
			f->calls++;
		for (const struct made *m = step->by_hand ? step->by_hand->makes : NULL;
		     m && m->kind; m++)
			f->things++;
	}
}

void procedure_facts_of(const struct run_state *st, struct procedure_facts *ret)
{
	struct bill bill = bill_of_all(st, NULL);

	*ret = (struct procedure_facts){ .procedure = st->procedure,
					 .up_s = plan_usual_s(st, NULL),
					 .down_s = plan_undo_usual_s(st),
					 .hour_usd_micros = bill.unknown ? -1 : bill.usd_micros,
					 .gb_usd_micros =
						 bill_gb_price(st->procedure, &st->params) };
	count(st, ret);
}

static json_t *usd_json(long micros)
{
	return micros < 0 ? json_null() : json_real((double)micros / MICROS);
}

json_t *procedure_facts_json(const struct procedure_facts *f)
{
	static const struct procedure_about nothing = { 0 };
	const struct procedure_about *about = f->procedure->about ? f->procedure->about : &nothing;

	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:i, s:i, s:o, s:o, s:s?, s:s?, s:s?, s:s?}",
			 "name", f->procedure->name, "title", f->procedure->title, "steps",
			 (json_int_t)f->steps, "things", (json_int_t)f->things, "calls",
			 (json_int_t)f->calls, "usual_s", f->up_s, "undo_usual_s", f->down_s,
			 "usd_per_hour", usd_json(f->hour_usd_micros), "usd_per_gb",
			 usd_json(f->gb_usd_micros), "builds", about->builds, "breaks",
			 about->breaks, "take", about->take, "neither", about->neither);
}

/* ---- the table ------------------------------------------------------------------- */

/* `columns` 0: the row ends with it. */
static void add_cell(struct buf *row, const char *text, int columns)
{
	int used = text_width(text);

	(void)buf_adds(row, text);
	if (columns)
		(void)buf_addf(row, "%*s", used < columns ? columns - used : 1, "");
}

static char *steps_text(const struct procedure_facts *f)
{
	return xasprintf("%zu", f->steps);
}

static char *things_text(const struct procedure_facts *f)
{
	return f->things ? xasprintf("%zu", f->things) : xstrdup(tr("not said"));
}

static char *calls_text(const struct procedure_facts *f)
{
	return xasprintf("%zu", f->calls);
}

static char *up_text(const struct procedure_facts *f)
{
	return ui_duration((int64_t)f->up_s * 1000);
}

static char *down_text(const struct procedure_facts *f)
{
	return ui_duration((int64_t)f->down_s * 1000);
}

static char *usd_text(long micros)
{
	return micros < 0 ? xstrdup(tr("not known"))
			  : xasprintf("%.3f USD", (double)micros / MICROS);
}

static char *hour_text(const struct procedure_facts *f)
{
	return usd_text(f->hour_usd_micros);
}

static char *gb_text(const struct procedure_facts *f)
{
	return usd_text(f->gb_usd_micros);
}

/* A value's text is the caller's. */
static const struct {
	const char *label;
	char *(*text)(const struct procedure_facts *f);
} rows[] = {
	{ N_("steps"), steps_text },	      { N_("things it makes"), things_text },
	{ N_("calls in a run"), calls_text }, { N_("usually up in"), up_text },
	{ N_("usually gone in"), down_text }, { N_("an hour"), hour_text },
	{ N_("a gigabyte"), gb_text },
};

static void print_table(const struct procedure_facts *facts, size_t n)
{
	auto_buf head = BUF_INIT;
	int label_columns = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (text_width(tr(rows[i].label)) + 2 > label_columns)
			label_columns = text_width(tr(rows[i].label)) + 2;
	add_cell(&head, "", label_columns);
	for (size_t k = 0; k < n; k++)
		add_cell(&head, facts[k].procedure->name, k + 1 < n ? VALUE_COLUMNS : 0);
	row_text("%s", head.p);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_buf row = BUF_INIT;

		add_cell(&row, tr(rows[i].label), label_columns);
		for (size_t k = 0; k < n; k++) {
			autofree char *text = rows[i].text(&facts[k]);

			add_cell(&row, text, k + 1 < n ? VALUE_COLUMNS : 0);
		}
		row_text("%s", row.p);
	}
	row_text(tr("list prices of %s, before tax; times are AWS's usual "
		    "ones"),
		 BILL_PRICES_OF);
}

static void print_words(const char *label, const char *text)
{
	if (text)
		row_detail("%s: %s", label, tr(text));
}

void procedure_facts_print(const struct procedure_facts *facts, size_t n)
{
	const char *neither = NULL;

	for (size_t k = 0; k < n; k++) {
		const struct procedure *p = facts[k].procedure;

		row_text("%s  %s%s", p->name, tr(p->title), k ? "" : tr(" (the default)"));
		if (!p->about)
			continue;
		print_words(tr("builds"), p->about->builds);
		print_words(tr("breaks"), p->about->breaks);
		print_words(tr("take it"), p->about->take);
		neither = neither ? neither : p->about->neither;
	}
	if (neither)
		row_text("%s  %s", tr("neither"), tr(neither));
	row_text("%s", "");
	print_table(facts, n);
}
