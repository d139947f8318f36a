/* SPDX-License-Identifier: Apache-2.0 */
/* What IAM would decide. */
#include "aws/simulate.h"

#include <stdlib.h>
#include <string.h>

#include "aws/core/call.h"
#include "aws/iam.h"
#include "base/alloc.h"
#include "base/text.h"

enum { MOST_ITEMS = 1000 }; /* a page, as large as IAM lets it be */

void iam_question_add(struct iam_question *q, const char *key, const char *type, const char *value)
{
	struct iam_context *c = NULL;

	for (size_t i = 0; i < q->n_context && !c; i++)
		if (text_eq_nocase(q->context[i].key, key))
			c = &q->context[i];
	if (!c) {
		q->context = xreallocarray(q->context, q->n_context + 1, sizeof(*q->context));
		c = &q->context[q->n_context++];
		*c = (struct iam_context){ .key = xstrdup(key), .type = type };
	}
	if (!c->values.n || (text_ends_with(type, "List") && !strv_has(&c->values, value)))
		strv_add(&c->values, value);
}

void iam_question_clear(struct iam_question *q)
{
	strv_clear(&q->actions);
	strv_clear(&q->resources);
	for (size_t i = 0; i < q->n_context; i++) {
		free(q->context[i].key);
		strv_clear(&q->context[i].values);
	}
	free(q->context);
	*q = (struct iam_question){ 0 };
}

void iam_decisions_clear(struct iam_decisions *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->v[i].action);
		free(d->v[i].resource);
		free(d->v[i].decision);
		strv_clear(&d->v[i].missing);
	}
	free(d->v);
	*d = (struct iam_decisions){ 0 };
}

static struct iam_decision *push(struct iam_decisions *d, const struct xml_node *action)
{
	struct iam_decision *one;

	d->v = xreallocarray(d->v, d->n + 1, sizeof(*d->v));
	one = &d->v[d->n++];
	*one = (struct iam_decision){
		.action = xml_text_or_empty(action, "EvalActionName"),
		.by_organisation = xml_is(
			action, "OrganizationsDecisionDetail/AllowedByOrganizations", "false"),
		.by_boundary = xml_is(
			action, "PermissionsBoundaryDecisionDetail/AllowedByPermissionsBoundary",
			"false"),
	};
	return one;
}

/* With resources each has its own result: the one above them may be of a template. */
static struct rb_error *add_result(void *list, const struct xml_node *item)
{
	static const char each[] = "ResourceSpecificResults/member";
	struct iam_decisions *d = list;
	struct iam_decision *one;

	if (!xml_first(item, each)) {
		one = push(d, item);
		one->resource = xml_text_or_empty(item, "EvalResourceName");
		one->decision = xml_text_or_empty(item, "EvalDecision");
		xml_strv(item, "MissingContextValues/member", &one->missing);
		return NULL;
	}
	xml_each(row, item, each) {
		one = push(d, item);
		one->resource = xml_text_or_empty(row, "EvalResourceName");
		one->decision = xml_text_or_empty(row, "EvalResourceDecision");
		xml_strv(row, "MissingContextValues/member", &one->missing);
	}
	return NULL;
}

struct rb_error *iam_principal_of(struct aws_client *c, const char *caller, char **ret)
{
	static const char mark[] = ":assumed-role/";
	const char *at = strstr(caller, mark);
	auto_iam_role role = { 0 };
	autofree char *name = NULL;

	if (!at) {
		*ret = text_ends_with(caller, ":root") ? NULL : xstrdup(caller);
		return NULL;
	}
	at += strlen(mark);
	name = xstrndup(at, strcspn(at, "/"));
	TRY(iam_get_role(c, name, &role));
	*ret = steal_str(&role.arn);
	return NULL;
}

struct rb_error *iam_simulate(struct aws_client *c, const struct iam_question *q,
			      struct iam_decisions *ret)
{
	auto_aws_params p = AWS_PARAMS_INIT;
	auto_iam_decisions found = { 0 };

	params_add(&p, "PolicySourceArn", q->principal);
	params_add_int(&p, "MaxItems", MOST_ITEMS);
	params_add_list(&p, "ActionNames.member", strv_list(&q->actions));
	params_add_list(&p, "ResourceArns.member", strv_list(&q->resources));
	for (size_t i = 0; i < q->n_context; i++) {
		const struct iam_context *x = &q->context[i];
		int n = (int)i + 1;

		params_addf(&p, x->key, "ContextEntries.member.%d.ContextKeyName", n);
		params_addf(&p, x->type, "ContextEntries.member.%d.ContextKeyType", n);
		for (size_t k = 0; k < x->values.n; k++)
			params_addf(&p, x->values.v[k],
				    "ContextEntries.member.%d.ContextKeyValues.member.%d", n,
				    (int)k + 1);
	}
	TRY(rb_error_what(aws_query_items(c, "iam", "SimulatePrincipalPolicy", &p, AWS_READS,
					  "SimulatePrincipalPolicyResult/EvaluationResults/member",
					  add_result, &found),
			  "cannot ask what IAM would decide for '%s'", q->principal));
	*ret = found;
	found = (struct iam_decisions){ 0 };
	return NULL;
}
