/* SPDX-License-Identifier: Apache-2.0 */
/* The tags and names by which the things of a run are known. */
#include "runbook/record/run_names.h"

#include <string.h>

#include "base/alloc.h"

/* Those that the run's parameters ask for. */
static void add_given_tags(const struct params *params, struct aws_tags *tags)
{
	const struct param_member *m;
	size_t i = 0;

	while ((m = params_next(params, PARAM_TAGS, &i)))
		aws_tags_add(tags, m->name + strlen(PARAM_TAGS), m->value);
}

void run_tags(const struct params *params, const char *stack, const char *run_id,
	      const char *expires, const char *step_id, const char *what, struct aws_tags *ret)
{
	autofree char *name = xasprintf("runbook-%s-%s-%s", stack, step_id, what);

	aws_tags_add(ret, "Name", name);
	aws_tags_add(ret, "runbook:stack", stack);
	aws_tags_add(ret, "runbook:run", run_id);
	aws_tags_add(ret, "runbook:step", step_id);
	if (expires)
		aws_tags_add(ret, "runbook:expires", expires);
	add_given_tags(params, ret);
}

char *run_name(const char *run_id, const char *what)
{
	return xasprintf("runbook-%s-%.38s", run_id, what);
}
