/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What IAM is asked in a preflight: actions, resources and the context of a request.
 *
 * Questions are put together: all actions with the same context in one region are one call.  Ids
 * that nobody knows yet are made up: a policy that names ids cannot be right for what does not
 * exist.
 */
#include "runbook/cli/preflight_question.h"

#include <stdlib.h>
#include <string.h>

#include "aws/simulate.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/cli/preflight.h"

/* What has no id yet gets one, where the ARN has a wildcard.  Caller frees. */
char *preflight_example_of(const char *arn)
{
	char *s = xstrdup(arn);

	if (text_eq(s, "*"))
		return s;
	for (char *p = s; *p; p++)
		if (*p == '*' || *p == '?')
			*p = '0';
	return s;
}

/* Where it is asked of; NULL: IAM, which is global, or S3.  Caller frees. */
char *preflight_region_of(const struct preflight_answer *a)
{
	const char *p = a->resource;

	if (a->region)
		return xstrdup(a->region);
	for (int i = 0; i < 3 && p; i++) {
		p = strchr(p, ':');
		p = p ? p + 1 : NULL;
	}
	return p && *p != ':' ? xstrndup(p, strcspn(p, ":")) : NULL;
}

void preflight_questions_clear(struct preflight_questions *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].key);
		free(l->v[i].answers);
		iam_question_clear(&l->v[i].q);
	}
	free(l->v);
}

static const char *type_of(const char *op)
{
	if (text_starts_with(op, "ForAllValues:"))
		return "stringList";
	if (text_starts_with(op, "Numeric"))
		return "numeric";
	return text_eq(op, "IpAddress") ? "ip" : "string";
}

static void add_values(struct iam_question *q, const char *op, const char *key,
		       const json_t *values)
{
	bool list = text_eq(type_of(op), "stringList");
	size_t n = list ? json_array_size(values) : 1;

	for (size_t i = 0; i < n; i++) {
		const char *value = json_string_value(json_array_get(values, i));
		autofree char *one = preflight_example_of(value);

		if (text_eq(op, "IpAddress"))
			one[strcspn(one, "/")] = '\0';
		iam_question_add(q, key, type_of(op), one);
	}
}

/* What a new thing is tagged with beside the stack's name; what is not known yet is "0". */
enum { OURS = 3 }; /* the first of them; the others were given */

void preflight_add_new_tags(const struct params *params, struct aws_tags *tags)
{
	const struct param_member *m;
	size_t i = 0;

	aws_tags_add(tags, "Name", "0");
	aws_tags_add(tags, "runbook:run", "0");
	aws_tags_add(tags, "runbook:step", "0");
	while ((m = params_next(params, PARAM_TAGS, &i)))
		aws_tags_add(tags, m->name + strlen(PARAM_TAGS), m->value);
}

/* The context of a request of such a row, as its conditions want it, and the region. */
static void add_context(struct iam_question *q, const struct grant *g, const char *region,
			const struct params *params)
{
	CLEANUP(aws_tags_clear) struct aws_tags tags = { 0 };
	const char *op, *key;
	json_t *keys, *values;

	json_object_foreach(g->condition, op, keys) {
		json_object_foreach(keys, key, values) {
			if (!text_eq(key, "aws:RequestedRegion"))
				add_values(q, op, key, values);
		}
	}
	if (region)
		iam_question_add(q, "aws:RequestedRegion", "string", region);
	if (g->create_actions.n)
		iam_question_add(q, "ec2:CreateAction", "string", g->create_actions.v[0]);
	preflight_add_new_tags(params, &tags);
	for (size_t i = 0; i < tags.n && g->permit->tag == PERMIT_NEW; i++) {
		autofree char *name = xasprintf("aws:RequestTag/%s", tags.v[i].key);

		if (!json_object_get(json_object_get(g->condition, "StringEquals"), name))
			iam_question_add(q, name, "string", tags.v[i].value);
	}
	for (size_t i = OURS; i < tags.n && g->permit->tag == PERMIT_OWN; i++) {
		autofree char *name = xasprintf("aws:ResourceTag/%s", tags.v[i].key);

		iam_question_add(q, name, "string", tags.v[i].value);
	}
	if (g->permit->tag == PERMIT_NEW && text_eq(g->permit->action, "ec2:RunInstances")) {
		iam_question_add(q, "ec2:MetadataHttpTokens", "string", "required");
		iam_question_add(q, "ec2:MetadataHttpEndpoint", "string", "enabled");
		iam_question_add(q, "ec2:MetadataHttpPutResponseHopLimit", "numeric", "2");
	}
}

/*
 * What cannot be asked together: another region, tags that are given and tags that are there, and
 * what creates what a tag is given to; EC2's things have no names, IAM's and S3's have.  Other keys
 * belong to the actions of one row alone, so that they say nothing about the others.
 */
static struct preflight_question *question_for(struct preflight_questions *l,
					       const struct preflight_answer *a)
{
	const struct grant *g = a->grant;
	autofree char *region = preflight_region_of(a);
	const char *where = region ? region : "us-east-1"; /* where IAM counts as */
	bool iam = text_starts_with(g->permit->action, "iam:") ||
		   text_starts_with(g->permit->action, "s3:");
	autofree char *key =
		xasprintf("%s %d %s %s", where, (int)g->permit->tag, iam ? "named" : "ec2",
			  g->create_actions.n ? g->create_actions.v[0] : "-");
	struct preflight_question *x;

	for (size_t i = 0; i < l->n; i++)
		if (text_eq(l->v[i].key, key))
			return &l->v[i];
	l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
	x = &l->v[l->n++];
	*x = (struct preflight_question){ .key = steal_str(&key) };
	return x;
}

void preflight_questions_add(struct preflight_questions *l, struct preflight_answer *a,
			     const struct params *params)
{
	struct preflight_question *x = question_for(l, a);
	autofree char *example = preflight_example_of(a->resource),
		      *region = preflight_region_of(a);

	add_context(&x->q, a->grant, region ? region : "us-east-1", params);
	strv_add_once(&x->q.actions, a->grant->permit->action);
	strv_add_once(&x->q.resources, example);
	x->answers = xreallocarray(x->answers, x->n + 1, sizeof(struct preflight_answer *));
	x->answers[x->n++] = a;
	x->needed = x->needed || !a->grant->permit->only_when;
}
