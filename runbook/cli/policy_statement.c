/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From rows to statements.  Rows with one action and one condition become one statement; two
 * statements become one when neither action is ever checked against a type of resource that the
 * other brings along: then the longer list allows nothing that the two did not.
 */
#include "runbook/cli/policy_statement.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/cli/policy_write.h"

void statements_clear(struct statements *l)
{
	for (size_t i = 0; i < l->n; i++) {
		strv_clear(&l->v[i].actions);
		strv_clear(&l->v[i].resources);
		strv_clear(&l->v[i].create_actions);
		free(l->v[i].condition_key);
		free(l->v[i].grants);
	}
	free(l->v);
}

static void add_grant(struct statement *st, const struct grant *g)
{
	strv_add_once(&st->actions, g->permit->action);
	strv_add_all_once(&st->resources, &g->resources);
	strv_add_all_once(&st->create_actions, &g->create_actions);
	st->grants = xreallocarray(st->grants, st->n_grants + 1, sizeof(const struct grant *));
	st->grants[st->n_grants++] = g;
}

void statements_add(struct statements *l, const struct grant *g)
{
	autofree char *key = json_dumps(g->condition, JSON_SORT_KEYS | JSON_COMPACT);
	struct statement *st;

	for (size_t i = 0; i < l->n; i++) {
		st = &l->v[i];
		if (text_eq(st->actions.v[0], g->permit->action) &&
		    text_eq(st->condition_key, key)) {
			add_grant(st, g);
			return;
		}
	}
	l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
	st = &l->v[l->n++];
	*st = (struct statement){ .verb = g->verb,
				  .condition = g->condition,
				  .condition_key = steal_str(&key) };
	add_grant(st, g);
}

/* "ec2:vpc", "iam:role", "s3:bucket", "*": what AWS calls the type of the resource.  Caller frees.
 */
static char *type_of(const char *arn)
{
	const char *rest = arn;

	if (text_eq(arn, "*"))
		return xstrdup(arn);
	for (int i = 0; i < 5; i++)
		rest = strchr(rest, ':') + 1;
	if (strstr(arn, ":s3:::"))
		return xstrdup(strchr(rest, '/') ? "s3:object" : "s3:bucket");
	return xasprintf("%.*s", (int)strcspn(rest, "/"), rest);
}

/* Is the action checked against resources of this type, wherever they are? */
static bool touches(const struct policy_subject *s, const char *action, const char *type)
{
	for (const struct permit *p = s->procedure->permits; p->step; p++) {
		autofree char *its = NULL;

		if (!text_eq(p->action, action))
			continue;
		its = text_starts_with(p->resource, "arn:") || text_eq(p->resource, "*")
			      ? type_of(p->resource)
			      : xstrdup(p->resource);
		if (text_eq(its, type))
			return true;
	}
	return false;
}

/* Whether an action of `a` means something to the resource: merged, it would be allowed there. */
static bool gains(const struct policy_subject *s, const struct statement *a, const char *resource)
{
	autofree char *type = type_of(resource);

	if (strv_has(&a->resources, resource))
		return false;
	if (text_eq(type, "*")) /* it would be everything */
		return true;
	for (size_t k = 0; k < a->actions.n; k++)
		if (touches(s, a->actions.v[k], type))
			return true;
	return false;
}

/* Do the actions of `a` allow no more with the resources of `b` beside their own? */
static bool takes_nothing_from(const struct policy_subject *s, const struct statement *a,
			       const struct statement *b)
{
	for (size_t r = 0; r < b->resources.n; r++)
		if (gains(s, a, b->resources.v[r]))
			return false;
	return true;
}

/* Of one service, for whoever reads it. */
static bool same_service(const char *a, const char *b)
{
	size_t n = strcspn(a, ":");

	return strncmp(a, b, n) == 0 && b[n] == ':';
}

static bool same_strings(const struct strv *a, const struct strv *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!strv_has(b, a->v[i]))
			return false;
	return true;
}

void statements_merge(struct statements *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct statement *a = &l->v[i];

		for (size_t k = i + 1; k < l->n && !a->merged; k++) {
			struct statement *b = &l->v[k];

			if (b->merged || !text_eq(a->verb, b->verb) ||
			    !same_service(a->actions.v[0], b->actions.v[0]) ||
			    !text_eq(a->condition_key, b->condition_key) ||
			    !same_strings(&a->create_actions, &b->create_actions) ||
			    !takes_nothing_from(l->s, a, b) || !takes_nothing_from(l->s, b, a))
				continue;
			for (size_t g = 0; g < b->n_grants; g++)
				add_grant(a, b->grants[g]);
			b->merged = true;
		}
	}
}
