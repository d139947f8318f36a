/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a procedure's table of permissions, made out for an account, a stack, parameters. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/cli/grant_text.h"
#include "runbook/cli/policy_write.h"

/* ---- words -------------------------------------------------------------------- */

static const struct {
	const char *word;
	unsigned ways;
} ways_table[] = {
	{ "run", PERMIT_DO | PERMIT_VERIFY }, /* a run verifies what it made */
	{ "verify", PERMIT_VERIFY },
	{ "connect", PERMIT_CONNECT },
	{ "undo", PERMIT_UNDO },
	{ "preflight", PERMIT_PREFLIGHT },
	{ "all", PERMIT_DO | PERMIT_VERIFY | PERMIT_CONNECT | PERMIT_UNDO },
};

unsigned grant_ways_of(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(ways_table); i++)
		if (text_eq(ways_table[i].word, word))
			return ways_table[i].ways;
	return 0;
}

json_t *grant_ways_json(const struct permit *p)
{
	json_t *a = json_array();

	for (size_t i = 0; i < ARRAY_LEN(ways_table) - 1; i++)
		if (p->ways & ways_table[i].ways)
			json_array_append_new(a, json_string(ways_table[i].word));
	return a;
}

static const char *verb_of(const struct permit *p)
{
	if (p->ways & PERMIT_CONNECT)
		return "Connect";
	if (p->ways & PERMIT_VERIFY)
		return "Verify";
	if (p->ways & PERMIT_DO)
		return "Do";
	return p->ways & PERMIT_UNDO ? "Undo" : "Preflight";
}

/* Was what `p` has named so by the run itself?  Then other runs of the stack name it otherwise. */
static bool is_named_by_run(const struct policy_subject *s, const struct params *p,
			    const char *param, const char *run_id)
{
	auto_params again = { 0 };
	struct rb_error *err;
	bool same;

	params_init(&again, p->procedure);
	params_take(&again, p);
	params_fill(&again, param, "");
	err = params_begin(&again, s->stack, run_id, s->account);
	same = !err && text_eq(params_get(&again, param), params_get(p, param));
	(void)rb_error_free(err);
	return same;
}

struct rb_error *policy_name_things(const struct policy_subject *s, struct params *p,
				    const char *run_id)
{
	for (size_t i = 0; run_id && i < p->procedure->n_untagged; i++) {
		const char *param = p->procedure->untagged[i].name;

		if (param && is_named_by_run(s, p, param, run_id))
			params_fill(p, param, "");
	}
	return params_begin(p, s->stack, "????\?\?\?\?-????\?\?\?\?", s->account);
}

/* ---- conditions ------------------------------------------------------------------ */

static json_t *child(json_t *o, const char *name, json_t *empty)
{
	json_t *node = json_object_get(o, name);

	if (node) {
		json_decref(empty);
		return node;
	}
	json_object_set_new(o, name, empty);
	return empty;
}

static void add_value(json_t *condition, const char *op, const char *key, const char *value)
{
	json_t *values = child(child(condition, op, json_object()), key, json_array());

	json_array_append_new(values, json_string(value));
}

/* "StringEquals KEY VALUE|VALUE" */
static void add_condition(struct grant *g, const char *text)
{
	size_t op_n = strcspn(text, " ");
	const char *key = text + op_n + 1;
	size_t key_n = strcspn(key, " ");
	autofree char *op = xstrndup(text, op_n), *name = xstrndup(key, key_n);

	for (const char *v = key + key_n + 1; *v;) {
		size_t n = strcspn(v, "|");
		autofree char *value = xstrndup(v, n);

		if (text_eq(name, "ec2:CreateAction"))
			strv_add(&g->create_actions, value);
		else
			add_value(g->condition, op, name, value);
		v += n + (v[n] == '|');
	}
}

static void add_conditions(struct grant *g, const char *all)
{
	while (*all) {
		const char *end = strstr(all, "; ");
		size_t n = end ? (size_t)(end - all) : strlen(all);
		autofree char *one = xstrndup(all, n);

		if (*one)
			add_condition(g, one);
		all += end ? n + 2 : n;
	}
}

/* ---- rows ------------------------------------------------------------------------ */

static void add_resource(struct grant *g, const struct grant_place *at)
{
	const char *resource = g->permit->resource;
	autofree char *arn = NULL;

	if (text_eq(resource, "*") || text_starts_with(resource, "arn:"))
		arn = grant_fill(at, resource);
	else
		arn = xasprintf("arn:%s:ec2:%s:%s:%s/*", at->s->partition, at->region,
				at->s->account, resource);
	strv_add_once(&g->resources, arn);
}

/* A list has no resource that says where it is. */
static void add_region(struct grant *g, const char *region)
{
	json_t *values = json_object_get(json_object_get(g->condition, "StringEquals"),
					 "aws:RequestedRegion");

	for (size_t i = 0; i < json_array_size(values); i++)
		if (text_eq(json_string_value(json_array_get(values, i)), region))
			return;
	add_value(g->condition, "StringEquals", "aws:RequestedRegion", region);
}

/* What is given as a tag is demanded, as long as a statement with all that stays readable and far
 * below IAM's limit; beyond that the keys alone hold it. */
enum { GIVEN_TAGS_MAX_CHARACTERS = 1024 };

static void add_given_tags(const struct params *params, json_t *condition)
{
	const struct param_member *m;
	size_t i = 0, n = 0;

	while ((m = params_next(params, PARAM_TAGS, &i)))
		n += strlen(m->name) + strlen(m->value);
	for (i = 0; n <= GIVEN_TAGS_MAX_CHARACTERS && (m = params_next(params, PARAM_TAGS, &i));) {
		autofree char *key = xasprintf("aws:RequestTag/%s", m->name + strlen(PARAM_TAGS));

		add_value(condition, "StringEquals", key, m->value);
	}
}

/* A row that a parameter alone makes necessary is none without it. */
static bool is_needed(const struct params *params, const struct permit *p)
{
	bool without = p->given && *p->given == '!';
	const char *name = p->given ? p->given + without : NULL;
	size_t i = 0;

	if (!name)
		return true;
	return without != (*params_get(params, name) || params_next(params, name, &i));
}

static void make_out(const struct policy_subject *s, const struct permit *p, struct grant *ret)
{
	const struct procedure_side *sides = s->procedure->sides;
	struct grant_place at = { .s = s };
	autofree char *conditions = NULL;

	*ret = (struct grant){ .permit = p, .verb = verb_of(p), .condition = json_object() };
	for (size_t i = 0; sides[i].name; i++) {
		if (!(p->places & (1u << i)))
			continue;
		at.region = params_get(s->params, sides[i].region);
		add_resource(ret, &at);
		if (text_eq(p->resource, "*"))
			add_region(ret, at.region);
	}
	if (p->places & PERMIT_GLOBAL)
		add_resource(ret, &at);
	if (p->tag == PERMIT_NEW) {
		add_value(ret->condition, "StringEquals", "aws:RequestTag/runbook:stack", s->stack);
		add_given_tags(s->params, ret->condition);
	} else if (p->tag == PERMIT_OWN)
		add_value(ret->condition, "StringEquals", "aws:ResourceTag/runbook:stack",
			  s->stack);
	conditions = grant_fill(&at, p->conditions ? p->conditions : "");
	add_conditions(ret, conditions);
}

void grants_make(const struct policy_subject *s, unsigned ways, struct grants *ret)
{
	struct grants made = { 0 };

	for (const struct permit *p = s->procedure->permits; p->step; p++) {
		if (!(p->ways & ways) || !is_needed(s->params, p))
			continue;
		made.v = xreallocarray(made.v, made.n + 1, sizeof(*made.v));
		make_out(s, p, &made.v[made.n++]);
	}
	*ret = made;
}

void grants_clear(struct grants *g)
{
	for (size_t i = 0; i < g->n; i++) {
		strv_clear(&g->v[i].resources);
		strv_clear(&g->v[i].create_actions);
		json_decref(g->v[i].condition);
	}
	free(g->v);
	*g = (struct grants){ 0 };
}
