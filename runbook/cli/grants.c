/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a procedure's table of permissions, made out for an account, a stack, parameters. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
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

/* ---- what stands in braces ------------------------------------------------------ */

struct place {
	const struct policy_subject *s;
	const char *region; /* of the row's place; NULL: global */
};

static const char *param(const struct place *at, const char *name)
{
	return params_get(at->s->params, name);
}

static char *ec2_principal(const struct place *at)
{
	return xstrdup(text_eq(at->s->partition, "aws-cn")
			       ? "ec2.amazonaws.com|ec2.amazonaws.com.cn"
			       : "ec2.amazonaws.com");
}

static const char *image_of(const struct place *at)
{
	const char *name = at->s->procedure->parts.image;

	return name ? param(at, name) : "";
}

static char *image_pattern(const struct place *at)
{
	const char *given = image_of(at);

	return xstrdup(*given ? given : "*");
}

/* An image of one's own is named; any other is Amazon's. */
static char *image_owner(const struct place *at)
{
	return xstrdup(*image_of(at) ? "" : "StringEquals ec2:Owner amazon");
}

/* Keys of our tags and of those that were given. */
static char *tag_keys(const struct place *at)
{
	auto_buf b = BUF_INIT;
	const struct param_member *m;
	size_t i = 0;

	(void)buf_adds(&b, "Name|runbook:expires|runbook:run|runbook:stack|runbook:step");
	while ((m = params_next(at->s->params, PARAM_TAGS, &i)))
		(void)buf_addf(&b, "|%s", m->name + strlen(PARAM_TAGS));
	return buf_steal(&b);
}

static char *bounded(const struct place *at)
{
	const char *arn = param(at, PARAM_BOUNDARY);

	return *arn ? xasprintf("ArnEquals iam:PermissionsBoundary %s", arn) : xstrdup("");
}

/* S3 is told the account's own namespace alone: the other one is meant without a word. */
static char *bucket_namespace(const struct place *at)
{
	const char *space = param(at, PARAM_BUCKET_NAMESPACE);

	return text_eq(space, "account-regional")
		       ? xasprintf("StringEquals s3:x-amz-bucket-namespace %s", space)
		       : xstrdup("");
}

static char *value_of(const struct place *at, const char *name)
{
	static const struct {
		const char *name;
		char *(*work_out)(const struct place *at);
	} rows[] = {
		{ "ec2", ec2_principal },	{ "image", image_pattern },
		{ "image-owner", image_owner }, { "tag-keys", tag_keys },
		{ "bounded", bounded },		{ "namespace", bucket_namespace },
	};

	if (text_eq(name, "account"))
		return xstrdup(at->s->account);
	if (text_eq(name, "partition"))
		return xstrdup(at->s->partition);
	if (text_eq(name, "region"))
		return xstrdup(at->region ? at->region : "");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (text_eq(rows[i].name, name))
			return rows[i].work_out(at);
	for (const struct procedure_side *side = at->s->procedure->sides; side->name; side++)
		if (text_eq(side->name, name))
			return xstrdup(param(at, side->region));
	return xstrdup(param(at, name));
}

static char *fill_in(const struct place *at, const char *text)
{
	auto_buf b = BUF_INIT;

	for (const char *open; (open = strchr(text, '{'));) {
		size_t n = strcspn(open, "}");
		autofree char *name = xstrndup(open + 1, n - 1);
		autofree char *value = value_of(at, name);

		(void)buf_add(&b, text, (size_t)(open - text));
		(void)buf_adds(&b, value);
		text = open + n + 1;
	}
	(void)buf_adds(&b, text);
	return buf_steal(&b);
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

static void add_resource(struct grant *g, const struct place *at)
{
	const char *resource = g->permit->resource;
	autofree char *arn = NULL;

	if (text_eq(resource, "*") || text_starts_with(resource, "arn:"))
		arn = fill_in(at, resource);
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
	struct place at = { .s = s };
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
	conditions = fill_in(&at, p->conditions ? p->conditions : "");
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
