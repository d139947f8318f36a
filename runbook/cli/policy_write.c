/* SPDX-License-Identifier: Apache-2.0 */
/* Statements as JSON: one or more documents, each with the reasons for what it allows. */
#include "runbook/cli/policy_write.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "runbook/cli/grant_text.h"
#include "runbook/cli/policy_statement.h"

/* ---- as JSON ----------------------------------------------------------------- */

static bool names_step(const struct statement *st, const char *id)
{
	for (size_t i = 0; i < st->n_grants; i++)
		if (text_eq(st->grants[i]->permit->step, id))
			return true;
	return false;
}

static void add_id(struct buf *b, const char *id)
{
	for (; *id; id++)
		if (*id != '-')
			(void)buf_addc(b, *id);
}

/* "DoSteps11To14And21": a Sid holds letters and digits alone, so 1-1 is 11.  Caller frees. */
static char *sid_of(const struct policy_subject *s, const struct statement *st)
{
	const struct step *const *steps = s->procedure->steps;
	auto_buf b = BUF_INIT;
	size_t named = 0;

	for (size_t i = 0; steps[i]; i++)
		named += names_step(st, steps[i]->id);
	(void)buf_addf(&b, "%s%s", st->verb, named > 1 ? "Steps" : "Step");
	named = 0;
	for (size_t i = 0; steps[i]; i++) {
		size_t last = i;

		if (!names_step(st, steps[i]->id))
			continue;
		while (steps[last + 1] && names_step(st, steps[last + 1]->id))
			last++;
		(void)buf_adds(&b, named++ ? "And" : "");
		add_id(&b, steps[i]->id);
		if (last > i) {
			(void)buf_adds(&b, last > i + 1 ? "To" : "And");
			add_id(&b, steps[last]->id);
		}
		i = last;
	}
	return buf_steal(&b);
}

static json_t *strings(const struct strv *list)
{
	json_t *a = json_array();

	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(a, json_string(list->v[i]));
	return a;
}

/* One is written by itself, several as a list. */
static json_t *one_or_more(json_t *list)
{
	json_t *one;

	if (json_array_size(list) != 1)
		return list;
	one = json_incref(json_array_get(list, 0));
	json_decref(list);
	return one;
}

static json_t *condition_of(const struct statement *st)
{
	json_t *condition = json_deep_copy(st->condition), *keys, *values;
	const char *op, *key;
	void *tmp;

	if (st->create_actions.n) {
		keys = json_object_get(condition, "StringEquals");
		if (!keys) {
			keys = json_object();
			json_object_set_new(condition, "StringEquals", keys);
		}
		json_object_set_new(keys, "ec2:CreateAction", strings(&st->create_actions));
	}
	json_object_foreach(condition, op, keys) {
		json_object_foreach_safe(keys, tmp, key, values)
			json_object_set_new(keys, key, one_or_more(json_incref(values)));
	}
	return condition;
}

static json_t *statement_json(const struct statement *st, const char *sid)
{
	json_t *o = json_pack("{s:s*, s:s, s:o, s:o}", "Sid", sid, "Effect", "Allow", "Action",
			      one_or_more(strings(&st->actions)), "Resource",
			      one_or_more(strings(&st->resources)));
	json_t *condition = condition_of(st);

	if (json_object_size(condition))
		json_object_set_new(o, "Condition", condition);
	else
		json_decref(condition);
	return o;
}

static json_t *reasons_json(const struct statement *st, const char *sid)
{
	json_t *a = json_array();

	for (size_t i = 0; i < st->n_grants; i++) {
		const struct permit *p = st->grants[i]->permit;

		json_array_append_new(a, json_pack("{s:s, s:s, s:s, s:o, s:o, s:s?}", "sid", sid,
						   "step", p->step, "action", p->action, "for",
						   grant_ways_json(p), "resources",
						   strings(&st->grants[i]->resources), "only_when",
						   p->only_when));
	}
	return a;
}

/* Sids differ within a document: the second of a name gets a B. */
static char *unused_sid(struct strv *used, const char *sid)
{
	autofree char *name = xstrdup(sid);

	for (char c = 'B'; strv_has(used, name) && c <= 'Z'; c++) {
		char *next = xasprintf("%s%c", sid, c);

		free(name);
		name = next;
	}
	strv_add(used, name);
	return steal_str(&name);
}

static size_t characters(const json_t *j)
{
	autofree char *text = json_dumps(j, JSON_COMPACT);

	return strlen(text);
}

static json_t *new_document(json_t *documents)
{
	json_t *d = json_pack("{s:{s:s, s:[]}, s:i, s:[]}", "document", "Version", "2012-10-17",
			      "Statement", "characters", 0, "reasons");

	json_array_append_new(documents, d);
	return d;
}

static void add_statement(struct statements *l, const struct statement *st, struct strv *used,
			  json_t *documents)
{
	autofree char *plain = sid_of(l->s, st);
	autofree char *sid = unused_sid(used, plain);
	json_t *written = statement_json(st, sid), *d = NULL, *reasons;
	size_t size = characters(written) + 1, i;

	json_array_foreach(documents, i, d) {
		if (characters(json_object_get(d, "document")) + size <= POLICY_MAX_CHARACTERS)
			break;
		d = NULL;
	}
	if (!d || i == json_array_size(documents))
		d = new_document(documents);
	json_array_append_new(json_object_get(json_object_get(d, "document"), "Statement"),
			      written);
	json_object_set_new(d, "characters",
			    json_integer((json_int_t)characters(json_object_get(d, "document"))));
	reasons = reasons_json(st, sid);
	json_array_extend(json_object_get(d, "reasons"), reasons);
	json_decref(reasons);
}

json_t *policy_write(const struct policy_subject *s, unsigned ways)
{
	auto_grants grants = { 0 };
	struct statements l = { .s = s };
	auto_strv used = { 0 };
	json_t *documents = json_array();

	grants_make(s, ways, &grants);
	for (size_t i = 0; i < grants.n; i++)
		statements_add(&l, &grants.v[i]);
	statements_merge(&l);
	for (size_t i = 0; i < l.n; i++)
		if (!l.v[i].merged)
			add_statement(&l, &l.v[i], &used, documents);
	statements_clear(&l);
	return documents;
}

json_t *grant_statement_json(const struct grant *g, const char *resource)
{
	struct statement st = { .verb = g->verb, .condition = g->condition };
	json_t *o;

	strv_add_once(&st.actions, g->permit->action);
	strv_add_once(&st.resources, resource);
	strv_add_all_once(&st.create_actions, &g->create_actions);
	o = statement_json(&st, NULL);
	strv_clear(&st.actions);
	strv_clear(&st.resources);
	strv_clear(&st.create_actions);
	return o;
}
