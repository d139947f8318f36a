/* SPDX-License-Identifier: Apache-2.0 */
/* The values of a procedure's parameters, whoever gave them. */
#include "runbook/record/params.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/strv.h"
#include "base/text.h"
#include "runbook/record/params_int.h"

#define REFUSE(...) return rb_error_because(RB_USAGE, __VA_ARGS__)

static const struct param *row(const struct params *p, size_t i)
{
	return p->procedure->params[i];
}

/* p->n when there is none of that name. */
static size_t index_of(const struct params *p, const char *name)
{
	size_t i = 0;

	while (i < p->n && strcmp(row(p, i)->name, name) != 0)
		i++;
	return i;
}

/* The family that `name` is a member of; NULL: none. */
const struct param *params_family(const struct params *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (row(p, i)->check_member && text_starts_with(name, row(p, i)->name))
			return row(p, i);
	return NULL;
}

struct param_member *params_member(const struct params *p, const char *name)
{
	for (size_t i = 0; i < p->n_members; i++)
		if (strcmp(p->members[i].name, name) == 0)
			return &p->members[i];
	return NULL;
}

/* Members stand by name, so that the same ones are the same wherever they were given. */
static struct param_member *add_member(struct params *p, const struct param *family,
				       const char *name)
{
	struct param_member *m = params_member(p, name);
	size_t at = 0;

	if (m)
		return m;
	p->members = xreallocarray(p->members, p->n_members + 1, sizeof(*p->members));
	while (at < p->n_members && strcmp(p->members[at].name, name) < 0)
		at++;
	m = &p->members[at];
	memmove(m + 1, m, (p->n_members - at) * sizeof(*m));
	*m = (struct param_member){ .family = family, .name = xstrdup(name) };
	p->n_members++;
	return m;
}

static void clear_members(struct params *p)
{
	for (size_t i = 0; i < p->n_members; i++) {
		free(p->members[i].name);
		free(p->members[i].value);
		free(p->members[i].given);
	}
	free(p->members);
	p->members = NULL;
	p->n_members = 0;
}

void params_init(struct params *p, const struct procedure *procedure)
{
	const struct param *const *rows = procedure->params; /* NULL: it has none */
	size_t n = 0;

	while (rows && rows[n])
		n++;
	*p = (struct params){ .procedure = procedure, .n = n };
	p->v = xcalloc(n + 1, sizeof(*p->v));
	p->given = xcalloc(n + 1, sizeof(*p->given));
	for (size_t i = 0; i < n; i++)
		p->v[i] = xstrdup(rows[i]->fallback);
}

void params_clear(struct params *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i]);
		free(p->given[i]);
	}
	free(p->v);
	free(p->given);
	clear_members(p);
	memset(p, 0, sizeof(*p));
}

void params_take(struct params *to, const struct params *from)
{
	if (to->procedure != from->procedure) {
		params_clear(to);
		params_init(to, from->procedure);
	}
	for (size_t i = 0; i < from->n; i++)
		set_str(&to->v[i], from->v[i]);
	clear_members(to);
	for (size_t i = 0; i < from->n_members; i++) {
		const struct param_member *m = &from->members[i];

		set_str(&add_member(to, m->family, m->name)->value, m->value);
	}
}

const char *params_get(const struct params *p, const char *name)
{
	size_t i = index_of(p, name);

	if (i == p->n)
		abort(); /* a step or command of ours asks for what is not in the table */
	return p->v[i];
}

const char *params_given(const struct params *p, const char *name)
{
	size_t i = index_of(p, name);

	return i == p->n ? NULL : p->given[i];
}

const struct param *params_row(const struct params *p, const char *name)
{
	size_t i = index_of(p, name);

	return i == p->n ? NULL : row(p, i);
}

const struct param_member *params_next(const struct params *p, const char *family, size_t *i)
{
	while (*i < p->n_members) {
		const struct param_member *m = &p->members[(*i)++];

		if (text_eq(m->family->name, family))
			return m;
	}
	return NULL;
}

void params_fill(struct params *p, const char *name, const char *value)
{
	size_t i = index_of(p, name);

	if (i == p->n)
		abort(); /* a rule of ours */
	set_str(&p->v[i], value);
}

struct rb_error *params_unknown(const struct params *p, const char *name, const char *from)
{
	autofree char *shown = text_printable(name, strlen(name), 60);
	struct rb_error *err = rb_error_new(RB_USAGE, "unknown parameter '%s' (%s)", shown, from);
	auto_strv names = { 0 };
	const char *near;

	for (size_t i = 0; i < p->n; i++)
		strv_add(&names, row(p, i)->name);
	near = text_near(name, strv_list(&names));
	if (near)
		return rb_error_next(err, RB_NEXT_CHOOSE, near);
	return rb_error_next(rb_error_hint(err, "lists the parameters"), RB_NEXT_HELP, "plan");
}

static struct rb_error *refused(struct rb_error *err, const char *name, const char *value,
				const char *from)
{
	autofree char *param = text_printable(name, strlen(name), 140);
	autofree char *shown = text_printable(value, strlen(value), 80);

	rb_error_replace(err, RB_WHAT, "%s cannot be '%s' (%s)", param, shown, from);
	return err;
}

static struct rb_error *set_member(struct params *p, const struct param *family, const char *name,
				   const char *value, const char *from)
{
	struct rb_error *err = family->check_member(name + strlen(family->name), value);
	struct param_member *m;

	if (err)
		return refused(err, name, value, from);
	m = add_member(p, family, name);
	set_str(&m->value, value);
	set_str(&m->given, from);
	return NULL;
}

struct rb_error *params_set(struct params *p, const char *name, const char *value, const char *from)
{
	const struct param *family = params_family(p, name);
	size_t i = index_of(p, name);
	struct rb_error *err;

	if (family)
		return set_member(p, family, name, value, from);
	if (i == p->n)
		return params_unknown(p, name, from);
	err = row(p, i)->check(value);
	if (err)
		return refused(err, name, value, from);
	set_str(&p->v[i], value);
	set_str(&p->given[i], from);
	return NULL;
}

struct rb_error *params_set_pair(struct params *p, const char *pair)
{
	const char *eq = strchr(pair, '=');
	autofree char *name = NULL;

	if (!eq || eq == pair) {
		autofree char *shown = text_printable(pair, strlen(pair), 80);

		return rb_error_hint(rb_error_new(RB_USAGE, "--set '%s' is not KEY=VALUE", shown),
				     "for example: --set source.region=eu-west-1");
	}
	name = xstrndup(pair, (size_t)(eq - pair));
	return params_set(p, name, eq + 1, "--set");
}

struct rb_error *params_finish(struct params *p)
{
	return p->procedure->rules.finish ? p->procedure->rules.finish(p) : NULL;
}

struct rb_error *params_check_account(const struct params *p, const char *account)
{
	const struct param_rules *rules = &p->procedure->rules;

	return rules->check_account ? rules->check_account(p, account) : NULL;
}

struct rb_error *params_begin(struct params *p, const char *stack, const char *run_id,
			      const char *account)
{
	const struct param_rules *rules = &p->procedure->rules;

	return rules->begin ? rules->begin(p, stack, run_id, account) : NULL;
}

const char *params_region(const struct params *p, int side)
{
	return params_get(p, p->procedure->sides[side == SIDE_LOCAL ? 0 : side].region);
}

void params_regions(const struct params *p, struct strv *ret)
{
	for (const struct procedure_side *side = p->procedure->sides; side->name; side++) {
		const char *region = params_get(p, side->region);

		strv_add_once(ret, region);
	}
}

json_t *params_to_json(const struct params *p)
{
	json_t *o = json_object();

	for (size_t i = 0; i < p->n; i++)
		if (!row(p, i)->check_member)
			json_object_set_new(o, row(p, i)->name, json_string(p->v[i]));
	for (size_t i = 0; i < p->n_members; i++)
		json_object_set_new(o, p->members[i].name, json_string(p->members[i].value));
	return o;
}

struct rb_error *params_from_json(struct params *p, const json_t *values)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)values, key, value) {
		const struct param *family = params_family(p, key);
		size_t i = index_of(p, key);

		if ((!family && i == p->n) || !json_is_string(value))
			REFUSE("it has a parameter '%.60s' that this runbook does not know", key);
		set_str(family ? &add_member(p, family, key)->value : &p->v[i],
			json_string_value(value));
	}
	if (p->procedure->rules.recorded)
		p->procedure->rules.recorded(p);
	return NULL;
}
