/* SPDX-License-Identifier: Apache-2.0 */
/* Whether parameters that were given are those of a run. */
#include "runbook/record/params_int.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "runbook/record/params.h"

/* What the next run is to have beside `name=value`: all that was given here, and what the run has
 * that is no default, as its regions, without which a zone may make no sense.  What follows from
 * others (its fallback is "") follows again. */
static void add_rest(struct buf *set, const struct params *p, const struct params *recorded,
		     const char *name)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct param *row = p->procedure->params[i];
		const char *value = p->given[i] ? p->v[i] : recorded->v[i];

		if (strcmp(row->name, name) != 0 && !text_eq(value, row->fallback) &&
		    (p->given[i] || *row->fallback))
			(void)buf_addf(set, " %s=%s", row->name, value);
	}
	for (size_t i = 0; i < p->n_members; i++)
		if (p->members[i].given && strcmp(p->members[i].name, name) != 0)
			(void)buf_addf(set, " %s=%s", p->members[i].name, p->members[i].value);
}

static bool any_blank(const struct params *p)
{
	bool any = false;

	for (size_t i = 0; i < p->n; i++)
		any |= p->given[i] && strchr(p->v[i], ' ');
	for (size_t i = 0; i < p->n_members; i++)
		any |= p->members[i].given && strchr(p->members[i].value, ' ');
	return any;
}

static struct rb_error *other_value(const struct params *p, const struct params *recorded,
				    const char *name, const char *value, struct rb_error *err)
{
	auto_buf set = BUF_INIT;

	err->of_run = true;
	err = rb_error_hint(err, "leave it out to carry on, or use another --stack");
	/* blanks part the arguments of a verb, and a tag may hold some */
	if (any_blank(p))
		return err;
	(void)buf_addf(&set, "%s=%s", name, value);
	add_rest(&set, p, recorded, name);
	return rb_error_next(err, RB_NEXT_SET, set.p);
}

static struct rb_error *members_agree(const struct params *p, const struct params *recorded,
				      const char *run_id)
{
	for (size_t i = 0; i < p->n_members; i++) {
		const struct param_member *m = &p->members[i],
					  *its = params_member(recorded, m->name);
		struct rb_error *err;

		if (!m->given || (its && text_eq(m->value, its->value)))
			continue;
		err = its ? rb_error_new(RB_USAGE, "%s is '%s' here (%s), but '%s' in run %s",
					 m->name, m->value, m->given, its->value, run_id)
			  : rb_error_new(RB_USAGE, "%s is '%s' here (%s), but run %s has none",
					 m->name, m->value, m->given, run_id);
		return other_value(p, recorded, m->name, m->value, err);
	}
	return NULL;
}

struct rb_error *params_agree(const struct params *p, const struct params *recorded,
			      const char *run_id)
{
	for (size_t i = 0; i < p->n; i++) {
		struct rb_error *err;

		if (!p->given[i] || text_eq(p->v[i], recorded->v[i]))
			continue;
		err = rb_error_new(RB_USAGE, "%s is '%s' here (%s), but '%s' in run %s",
				   p->procedure->params[i]->name, p->v[i], p->given[i],
				   recorded->v[i], run_id);
		return other_value(p, recorded, p->procedure->params[i]->name, p->v[i], err);
	}
	return members_agree(p, recorded, run_id);
}
