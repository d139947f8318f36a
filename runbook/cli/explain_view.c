/* SPDX-License-Identifier: Apache-2.0 */
/* Hops as rows for a person and as JSON. */
#include "runbook/cli/explain_view.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/rows.h"
#include "runbook/ui/by_hand_how.h"
#include "runbook/ui/width.h"

/* ---- what mends --------------------------------------------------------------------- */

static char *resume_command(const struct explain_view *v)
{
	bool resumes;
	const char *step = explain_resume_from(v->ways, v->procedure, &resumes);
	autofree char *from = step && !v->undone ? xasprintf("--from %s", step) : NULL;

	return hint_command(&v->place, v->undone ? RB_NEXT_RUN : RB_NEXT_RESUME, from);
}

static char *aws_command(const struct explain_view *v, const struct hop *hop)
{
	autofree char *words_of_it = hop_aws_words(hop);

	return words_of_it ? hint_aws_command(&v->place, words_of_it) : NULL;
}

char *explain_command(const struct explain_view *v, const struct hop *hop)
{
	if (hop->state != HOP_BROKEN)
		return NULL;
	switch (hop->mend.kind) {
	case MEND_RESUME:
		/* from the first step that has to be mended: a later one would not begin before */
		return resume_command(v);
	case MEND_AWS:
		return aws_command(v, hop);
	case MEND_NONE:
		break;
	}
	return NULL;
}

/* Those of the AWS CLI come first: a step does not live with what others put into its things. */
void explain_commands(const struct explain_view *v, struct strv *ret)
{
	bool resumes;

	for (size_t i = 0; i < v->ways->n; i++)
		for (size_t k = 0; k < v->ways->v[i].hops.n; k++) {
			const struct hop *h = &v->ways->v[i].hops.v[k];
			autofree char *command = h->state == HOP_BROKEN ? aws_command(v, h) : NULL;

			if (command && !strv_has(ret, command))
				strv_add(ret, command);
		}
	(void)explain_resume_from(v->ways, v->procedure, &resumes);
	if (resumes)
		strv_add_owned(ret, resume_command(v));
}

/* A command of the AWS CLI is among them, and it is for a rehearsal. */
static bool names_aws_cli(const struct explain_view *v)
{
	bool any = false;

	for (size_t i = 0; i < v->ways->n; i++)
		for (size_t k = 0; k < v->ways->v[i].hops.n; k++) {
			const struct hop *h = &v->ways->v[i].hops.v[k];

			any |= h->state == HOP_BROKEN && h->mend.kind == MEND_AWS;
		}
	return any && aws_reach_is_needed(v->place.reach);
}

/* Where all was taken down no hop is to blame before the others. */
static const struct hop *bite_of(const struct explain_view *v, const struct explanation *e)
{
	return v->undone ? NULL : hops_bite(&e->hops);
}

/* ---- for a person ------------------------------------------------------------------- */

static const char *const words[] = {
#define HOP_WORD_(name, word) [HOP_##name] = (word),
	HOP_STATES(HOP_WORD_)
#undef HOP_WORD_
};

static int word_columns(void)
{
	int widest = 0;

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		int columns = text_width(tr(words[i]));

		widest = columns > widest ? columns : widest;
	}
	return widest;
}

/* "routes: expected X, found Y", or, where all is well, "routes: Y". */
static void print_setting(const struct hop *h)
{
	autofree char *expected = tr_said(h->expected), *found = tr_said(h->found);

	if (!found)
		return;
	if (h->state == HOP_BROKEN)
		row_detail(tr("%s: expected %s, found %s"), tr(h->setting), expected, found);
	else
		row_detail("%s: %s", tr(h->setting), found);
}

static void print_break(const struct explain_view *v, const struct hop *h)
{
	autofree char *why = tr_said(h->why), *command = explain_command(v, h);

	if (command)
		row_detail(tr("this mends it: %s"), command);
	else if (why)
		row_detail("%s", why);
}

static void print_hop(const struct explain_view *v, const struct hop *h, size_t number,
		      const struct hop *bite)
{
	autofree char *id = xasprintf("%zu", number);
	autofree char *place = h->thing && h->region ? xasprintf("%s (%s)", h->thing, h->region)
						     : xstrdup_or_null(h->thing);
	autofree char *why = tr_said(h->why);

	row_print(id, tr(h->row->title), tr(words[h->state]), word_columns(),
		  h == bite ? tr("<- this is what bites") : NULL);
	if (place)
		row_detail("%s", place);
	print_setting(h);
	if (h->state == HOP_BROKEN)
		print_break(v, h);
	else if (why)
		row_detail("%s", why);
}

static void print_probes(const struct explanation *e)
{
	if (!e->probes.n && !e->probe_err)
		return;
	row_text("%s", tr("asked from inside the instance:"));
	for (size_t i = 0; i < e->probes.n; i++) {
		const struct probe *p = &e->probes.v[i];
		autofree char *id = xasprintf("%zu", i + 1), *found = tr_said(p->found);

		row_print(id, tr(p->title), tr(words[p->state]), word_columns(), NULL);
		row_detail("%s", found);
	}
	if (e->probe_err) {
		autofree char *reason = tr_reason(e->probe_err);

		row_detail(tr("the instance could not be asked: %s"), reason);
	}
}

static void print_verdict(const struct explain_view *v, const struct explanation *e)
{
	const struct hop *bite = hops_bite(&e->hops);
	autofree char *problem = bite ? tr_said(bite->problem) : NULL;
	size_t unknown = 0;

	if (v->undone && bite) {
		autofree char *command = hint_command(&v->place, RB_NEXT_RUN, NULL);

		row_text(tr("%s is broken: all of the run was taken down; this builds it again: "
			    "%s"),
			 e->way->step, command);
		return;
	}

	for (size_t i = 0; i < e->hops.n; i++)
		unknown += e->hops.v[i].state == HOP_UNKNOWN;
	if (bite)
		row_text(tr("%s is broken: %s"), e->way->step, problem);
	else if (explain_verdict(e) == HOP_BROKEN)
		row_text(tr("%s: every hop looks right from outside, and the instance says "
			    "otherwise"),
			 e->way->step);
	else if (unknown)
		row_text(tr_n(unknown,
			      "%s: nothing is broken as far as could be seen; %zu hop is "
			      "unknown",
			      "%s: nothing is broken as far as could be seen; %zu hops are "
			      "unknown"),
			 e->way->step, unknown);
	else
		row_text(tr("%s is whole, there and back"), e->way->step);
}

static void print_way(const struct explain_view *v, const struct explanation *e)
{
	const struct hop *bite = bite_of(v, e);
	int leg = -1;

	row_text("%s  %s", e->way->step, tr(e->way->title));
	for (size_t i = 0; i < e->hops.n; i++) {
		const struct hop *h = &e->hops.v[i];

		if ((int)h->row->leg != leg)
			row_text("%s", h->row->leg == HOP_BACK ? tr("and back:") : tr("there:"));
		leg = (int)h->row->leg;
		print_hop(v, h, i + 1, bite);
	}
	print_probes(e);
	print_verdict(v, e);
}

void explain_print(const struct explain_view *v)
{
	auto_strv commands = { 0 };

	for (size_t i = 0; i < v->ways->n; i++) {
		if (i)
			(void)putchar('\n');
		print_way(v, &v->ways->v[i]);
	}
	explain_commands(v, &commands);
	if (names_aws_cli(v))
		aws_reach_print(v->place.reach);
	if (commands.n > 1)
		row_text("%s", tr("what mends all of it, in this order:"));
	for (size_t i = 0; i < commands.n && commands.n > 1; i++)
		row_detail("%s", commands.v[i]);
}

/* ---- as JSON ------------------------------------------------------------------------ */

static json_t *hop_to_json(const struct explain_view *v, const struct hop *h,
			   const struct hop *bite)
{
	autofree char *command = explain_command(v, h);
	const char *step =
		h->state == HOP_BROKEN && h->mend.kind == MEND_RESUME ? h->mend.step : NULL;

	return json_pack("{s:s, s:s, s:s, s:s, s:b, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, "
			 "s:s?, s:s?}",
			 "hop", h->row->name, "title", h->row->title, "direction",
			 hop_leg_name(h->row->leg), "state", hop_state_name(h->state), "bites",
			 (int)(h == bite), "region", h->region, "thing", h->thing, "setting",
			 h->setting, "expected", said_english(h->expected), "found",
			 said_english(h->found), "problem", said_english(h->problem), "why",
			 said_english(h->why), "command", command, "step", step);
}

static json_t *verdict_to_json(enum hop_state verdict)
{
	return verdict == HOP_UNKNOWN ? json_null() : json_boolean(verdict == HOP_OK);
}

static json_t *probes_to_json(const struct explanation *e)
{
	json_t *list = json_array();

	for (size_t i = 0; i < e->probes.n; i++) {
		const struct probe *p = &e->probes.v[i];

		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s, s:s}", "asked", p->name, "title",
						p->title, "state", hop_state_name(p->state),
						"found", said_english(p->found)));
	}
	return list;
}

void explain_to_json(const struct explain_view *v, json_t *doc)
{
	json_t *ways = json_array(), *mends = json_array();
	auto_strv commands = { 0 };

	for (size_t i = 0; i < v->ways->n; i++) {
		const struct explanation *e = &v->ways->v[i];
		const struct hop *bite = bite_of(v, e);
		json_t *hops = json_array(), *way;

		for (size_t k = 0; k < e->hops.n; k++)
			json_array_append_new(hops, hop_to_json(v, &e->hops.v[k], bite));
		way = json_pack("{s:s, s:s, s:o, s:o, s:o}", "step", e->way->step, "title",
				e->way->title, "whole", verdict_to_json(explain_verdict(e)), "hops",
				hops, "probes", probes_to_json(e));
		if (e->probe_err)
			json_object_set_new(way, "probe_error",
					    json_string(e->probe_err->what ? e->probe_err->what
									   : e->probe_err->why));
		json_array_append_new(ways, way);
	}
	if (names_aws_cli(v))
		json_object_set_new(doc, "aws_cli", aws_reach_json(v->place.reach));
	explain_commands(v, &commands);
	for (size_t i = 0; i < commands.n; i++)
		json_array_append_new(mends, json_string(commands.v[i]));
	json_object_set_new(doc, "undone", json_boolean(v->undone));
	json_object_set_new(doc, "whole", verdict_to_json(explain_verdict_of_all(v->ways)));
	json_object_set_new(doc, "ways", ways);
	json_object_set_new(doc, "commands", mends);
}
