/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of two calls that were under way at the same time was served first is not recorded: the
 * tags that one of them sets are in the other's answer, or are not.
 */
#include <string.h>

#include "base/text.h"
#include "sandbox/compare/play.h"

static bool sets_tags(const struct recorded *e)
{
	return text_eq(e->action, "CreateTags") || text_eq(e->action, "DeleteTags");
}

/* Were both on their way at some instant? */
static bool overlap(const struct recorded *a, const struct recorded *b)
{
	return a->at_ms <= b->at_ms + b->took_ms && b->at_ms <= a->at_ms + a->took_ms;
}

/* Is one of the things whose tags are set a parameter of the other call? */
static bool concerns(const struct recorded *tags, const struct recorded *e)
{
	const json_t *of_tags = json_object_get(tags->request, "params");
	const char *name, *other;
	json_t *id, *value;

	json_object_foreach((json_t *)of_tags, name, id) {
		if (!text_starts_with(name, "ResourceId."))
			continue;
		json_object_foreach(json_object_get(e->request, "params"), other, value)
			if (json_equal(id, value))
				return true;
	}
	return false;
}

void overlap_forget_tags(const struct compare *c, const struct recorded *e, struct node *recorded,
			 struct node *here)
{
	for (size_t i = 0; i < c->recording->n; i++) {
		const struct recorded *x = &c->recording->v[i];

		if (x == e || !e->changes || !sets_tags(x) || !overlap(x, e) || !concerns(x, e))
			continue;
		node_drop(recorded, "tagSet");
		node_drop(here, "tagSet");
		return;
	}
}
