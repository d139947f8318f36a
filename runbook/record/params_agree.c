/* SPDX-License-Identifier: Apache-2.0 */
/* Whether parameters that were given are those of a run. */
#include "runbook/record/params_int.h"

#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "runbook/record/params.h"

static struct rb_error *other_value(struct rb_error *err, const char *name, const char *value)
{
	autofree char *set = xasprintf("%s=%s", name, value);

	err->of_run = true;
	err = rb_error_hint(err, "leave it out to carry on, or use another --stack");
	/* blanks part the arguments of a verb, and a tag may hold some */
	return strchr(set, ' ') ? err : rb_error_next(err, RB_NEXT_SET, set);
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
		return other_value(err, m->name, m->value);
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
		return other_value(err, p->procedure->params[i]->name, p->v[i]);
	}
	return members_agree(p, recorded, run_id);
}
