/* SPDX-License-Identifier: Apache-2.0 */
/* The things of a run, by the tables of its steps; see made_view.h. */
#include "runbook/cli/made_view.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "runbook/contract/by_hand.h"
#include "runbook/record/by_hand.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/rows.h"

static const struct made *makes_of(const struct step *step)
{
	static const struct made nothing[] = { { 0 } };

	return step->by_hand ? step->by_hand->makes : nothing;
}

/* ---- counted ---------------------------------------------------------------------- */

static size_t count(const struct procedure *procedure, const struct step *to, const char *kind,
		    bool with_id)
{
	size_t n = 0;

	for (const struct step *const *s = procedure->steps; *s; s++) {
		for (const struct made *m = makes_of(*s); m->kind; m++)
			n += text_eq(m->kind, kind) && (m->output != NULL) == with_id;
		if (*s == to)
			break;
	}
	return n;
}

/* What has no id is a thing of its own (a route), or a change of one that has (a peering that is
 * accepted): then those are counted. */
static size_t count_things(const struct procedure *procedure, const struct step *to,
			   const char *kind)
{
	size_t n = count(procedure, to, kind, /* with_id= */ true);

	return n ? n : count(procedure, to, kind, /* with_id= */ false);
}

char *made_counts_text(const struct procedure *procedure, const struct step *to)
{
	auto_strv kinds = { 0 };
	auto_buf text = BUF_INIT;

	for (const struct step *const *s = procedure->steps; *s; s++) {
		for (const struct made *m = makes_of(*s); m->kind; m++)
			strv_add_once(&kinds, m->kind);
		if (*s == to)
			break;
	}
	for (size_t i = 0; i < kinds.n; i++)
		(void)buf_addf(&text, "%s%s (%zu)", i ? ", " : "", tr(kinds.v[i]),
			       count_things(procedure, to, kinds.v[i]));
	return kinds.n ? buf_steal(&text) : NULL;
}

/* ---- listed ----------------------------------------------------------------------- */

/* Lines by side; the last are of what is in no region. */
struct places {
	struct strv lines[SIDES_MAX + 1];
};

/* IAM is in no region. */
static bool is_of_iam(const struct made *m)
{
	return text_eq(m->output, "role_name");
}

/* The object goes with its bucket. */
static const char *object_of(const struct run_state *st, const struct step *step)
{
	const struct procedure_parts *parts = &st->procedure->parts;
	const struct step_history *upload = state_history(st, parts->upload);

	return text_eq(step->id, parts->bucket) && upload ? history_output(upload, "object_key")
							  : NULL;
}

/* "10.1.0.0/16": what tells a thing without an id from others. */
static const char *first_setting(const json_t *made)
{
	const json_t *first = json_array_get(json_object_get(made, "settings"), 0);
	const char *value = json_string_value(json_object_get(first, "value"));

	return value ? value : "";
}

static void add_one(const struct run_state *st, const struct step_history *history,
		    const struct made *m, const json_t *values, struct strv *lines)
{
	const char *id = m->output ? history_output(history, m->output) : first_setting(values);
	const char *object = object_of(st, history->step);

	if (!id || (!m->output && (!history_is_made(history) ||
				   count(st->procedure, NULL, m->kind, /* with_id= */ true))))
		return;
	if (object)
		strv_addf(lines, tr("%s %s with its object %s"), tr(m->kind), id, object);
	else
		strv_addf(lines, "%s %s", tr(m->kind), id);
}

static void add_step(const struct run_state *st, const struct step_history *history,
		     struct places *places)
{
	const struct step *step = history->step;
	const struct by_hand_values values = { .state = st, .stack = st->stack, .step = step };
	json_t *makes = by_hand_makes(&values);
	size_t i = 0;

	if (text_eq(step->id, st->procedure->parts.upload)) {
		json_decref(makes);
		return;
	}
	for (const struct made *m = makes_of(step); m->kind; m++, i++) {
		size_t side =
			is_of_iam(m) || step->side == SIDE_LOCAL ? SIDES_MAX : (size_t)step->side;

		add_one(st, history, m, json_array_get(makes, i), &places->lines[side]);
	}
	json_decref(makes);
}

static void print_place(const char *name, const struct strv *lines)
{
	if (lines->n)
		row_text("%s (%zu):", name, lines->n);
	for (size_t i = 0; i < lines->n; i++)
		row_detail("%s", lines->v[i]);
}

void made_print(const struct run_state *st, const struct step *from)
{
	const struct procedure_side *sides = st->procedure->sides;
	struct places places = { 0 };

	for (size_t i = st->n; i-- > 0;) { /* as they are taken down */
		add_step(st, &st->history[i], &places);
		if (st->history[i].step == from)
			break;
	}
	for (size_t i = 0; sides[i].name; i++)
		print_place(params_region(&st->params, (int)i), &places.lines[i]);
	print_place(tr("in no region"), &places.lines[SIDES_MAX]);
	for (size_t i = 0; i < ARRAY_LEN(places.lines); i++)
		strv_clear(&places.lines[i]);
}

bool made_print_step(const struct run_state *st, const struct step_history *history)
{
	struct places places = { 0 };
	const char *key = history_output(history, "object_key");
	bool any = key && text_eq(history->step->id, st->procedure->parts.upload);

	if (any)
		row_detail("%s %s", tr("object"), key);
	add_step(st, history, &places);
	for (size_t i = 0; i < ARRAY_LEN(places.lines); i++) {
		for (size_t k = 0; k < places.lines[i].n; k++)
			row_detail("%s", places.lines[i].v[k]);
		any |= places.lines[i].n > 0;
		strv_clear(&places.lines[i]);
	}
	return any;
}
