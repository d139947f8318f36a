/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SimulatePrincipalPolicy: the engine that decides requests, asked what it would say.
 * As on AWS, only what the caller gives of the context is known, and each resource has
 * its own result; the decision above them is the worst.
 */
#include <string.h>

#include "sandbox/iam/call.h"
#include "sandbox/iam/principal.h"

#define MAX_FACTS 64

/* Whose policies are asked: a role's by name, a principal's, or neither: an administrator's. */
struct source {
	char *role;
	json_t *principal;
};

static bool find_source(struct siam_call *c, struct source *ret)
{
	const char *arn = siam_param(c, "PolicySourceArn"), *rest;

	if (!text_starts_with(arn, "arn:aws") || !siam_arn_is_local(arn, &rest))
		return siam_fail(c, 400, "InvalidInput", "Invalid Entity Arn: %s", arn);
	if (!siam_principal_exists(c->st, arn))
		return siam_fail(c, 404, "NoSuchEntity", "%s cannot be found.", arn);
	if (text_starts_with(rest, "role/"))
		ret->role = xstrdup(strrchr(rest, '/') + 1);
	else if (text_starts_with(rest, "user/"))
		ret->principal = principal_find(c->st, arn);
	else if (!text_eq(rest, "root"))
		return siam_fail(c, 400, "InvalidInput", "Invalid Entity Arn: %s", arn);
	return true;
}

static size_t read_facts(struct siam_call *c, struct request_fact facts[MAX_FACTS])
{
	size_t n = 0, i, k;
	json_t *entry, *value;

	json_array_foreach(json_object_get(c->req->args, "ContextEntries"), i, entry) {
		const char *name = json_string_value(json_object_get(entry, "ContextKeyName"));

		json_array_foreach(json_object_get(entry, "ContextKeyValues"), k, value) {
			if (name && n < MAX_FACTS)
				facts[n++] =
					(struct request_fact){ name, json_string_value(value) };
		}
	}
	return n;
}

struct result {
	enum policy_verdict verdict;
	bool by_guardrail, by_boundary, has_boundary;
	json_t *missing; /* keys; NULL: none were looked for */
};

/* What the boundary does not allow; that a policy of the role denies it anyway comes first. */
static void ask_role(struct siam_call *c, const char *name, const struct policy_request *ask,
		     struct result *ret)
{
	json_t *role = store_get_visible(c->st, SBX_ROLE, "", name, c->req->now_ms);
	const char *arn = json_string_value(json_object_get(role, "boundary"));
	autofree char *text = arn ? siam_managed_text(c->st, arn) : NULL;
	json_t *boundary = text ? json_loads(text, 0, NULL) : NULL;

	ret->verdict = siam_role_verdict(c->st, name, ask, c->req->now_ms);
	ret->by_boundary = arn && policy_decide(boundary, ask) != POLICY_ALLOW;
	ret->has_boundary = arn != NULL;
	json_decref(boundary);
	json_decref(role);
}

static void ask_own(struct siam_call *c, const struct source *from,
		    const struct policy_request *ask, struct result *ret)
{
	auto_principal_blame blame = { 0 };
	const json_t *policy;
	size_t i;

	ret->verdict = POLICY_ALLOW;
	if (from->role)
		ask_role(c, from->role, ask, ret);
	if (!from->principal)
		return;
	ret->verdict = principal_says(from->principal, ask, &blame);
	ret->by_boundary = blame.kind && text_eq(blame.kind, "permissions boundary");
	ret->has_boundary = json_is_object(json_object_get(from->principal, "boundary"));
	json_array_foreach(json_object_get(from->principal, "policies"), i, policy)
		policy_missing_keys(policy, ask, ret->missing);
	policy_missing_keys(json_object_get(from->principal, "boundary"), ask, ret->missing);
}

static void ask_one(struct siam_call *c, const struct source *from,
		    const struct policy_request *ask, struct result *ret)
{
	const char *resource_policy = siam_param(c, "ResourcePolicy");
	json_t *policy = resource_policy ? json_loads(resource_policy, 0, NULL) : NULL;
	enum policy_verdict says = policy_decide(policy, ask);
	auto_principal_blame blame = { 0 };

	json_decref(policy);
	ask_own(c, from, ask, ret);
	if (says > ret->verdict)
		ret->verdict = says;
	says = guardrails_say(c->st, ask, &blame);
	ret->by_guardrail = says != POLICY_ALLOW;
	if (says == POLICY_DENY || (says == POLICY_SILENT && ret->verdict != POLICY_DENY))
		ret->verdict = says;
}

static const char *decision(enum policy_verdict verdict)
{
	switch (verdict) {
	case POLICY_DENY:
		return "explicitDeny";
	case POLICY_ALLOW:
		return "allowed";
	case POLICY_SILENT:
	case POLICY_ALLOW_ACCOUNT:
		break;
	}
	return "implicitDeny";
}

/* "explicitDeny" before "implicitDeny" before "allowed". */
static const char *worse(const char *a, const char *b)
{
	if (text_eq(a, "allowed"))
		return b;
	return text_eq(b, "explicitDeny") ? b : a;
}

static void add_strings(struct buf *out, const char *element, const json_t *list)
{
	const json_t *item;
	size_t i;

	(void)buf_addf(out, "<%s>", element);
	json_array_foreach(list, i, item)
		sbx_xml_element(out, "member", json_string_value(item));
	(void)buf_addf(out, "</%s>", element);
}

static const char *text_of(const json_t *item, const char *member)
{
	return json_string_value(json_object_get(item, member));
}

static void add_bool(struct buf *out, const char *outer, const char *inner, bool value)
{
	(void)buf_addf(out, "<%s><%s>%s</%s></%s>", outer, inner, value ? "true" : "false", inner,
		       outer);
}

static void add_result(struct siam_call *c, struct buf *out, const json_t *item)
{
	const json_t *row, *rows = json_object_get(item, "resources");
	size_t i;

	(void)c;
	sbx_xml_element(out, "EvalActionName", text_of(item, "action"));
	sbx_xml_element(out, "EvalResourceName", text_of(json_array_get(rows, 0), "resource"));
	sbx_xml_element(out, "EvalDecision", text_of(item, "decision"));
	(void)buf_adds(out, "<MatchedStatements/><MissingContextValues/>");
	add_bool(out, "OrganizationsDecisionDetail", "AllowedByOrganizations",
		 !json_is_true(json_object_get(item, "guardrail")));
	if (json_is_true(json_object_get(item, "has_boundary")))
		add_bool(out, "PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary",
			 !json_is_true(json_object_get(item, "boundary")));
	(void)buf_adds(out, "<ResourceSpecificResults>");
	json_array_foreach(rows, i, row) {
		(void)buf_adds(out, "<member>");
		sbx_xml_element(out, "EvalResourceName", text_of(row, "resource"));
		sbx_xml_element(out, "EvalResourceDecision", text_of(row, "decision"));
		(void)buf_adds(out, "<MatchedStatements/>");
		add_strings(out, "MissingContextValues", json_object_get(row, "missing"));
		(void)buf_adds(out, "</member>");
	}
	(void)buf_adds(out, "</ResourceSpecificResults>");
}

/* One action on every resource. */
static json_t *simulate_action(struct siam_call *c, const struct source *from, const char *action,
			       const json_t *resources)
{
	json_t *rows = json_array(), *resource;
	const char *worst = "allowed";
	bool guardrail = false, boundary = false, has_boundary = false;
	struct request_fact facts[MAX_FACTS];
	size_t n_facts = read_facts(c, facts), i;

	json_array_foreach((json_t *)(uintptr_t)resources, i, resource) {
		const struct policy_request ask = { .caller_arn = siam_param(c, "PolicySourceArn"),
						    .action = action,
						    .resource = json_string_value(resource),
						    .facts = facts,
						    .n_facts = n_facts };
		struct result result = { .missing = json_array() };

		ask_one(c, from, &ask, &result);
		worst = worse(worst, decision(result.verdict));
		guardrail = guardrail || result.by_guardrail;
		boundary = boundary || result.by_boundary;
		has_boundary = has_boundary || result.has_boundary;
		(void)json_array_append_new(rows, json_pack("{s:O, s:s, s:o}", "resource", resource,
							    "decision", decision(result.verdict),
							    "missing", result.missing));
	}
	return json_pack("{s:s, s:s, s:b, s:b, s:b, s:o}", "action", action, "decision", worst,
			 "guardrail", guardrail, "boundary", boundary, "has_boundary", has_boundary,
			 "resources", rows);
}

static bool simulate(struct siam_call *c)
{
	struct source from = { 0 };
	json_t *actions, *resources, *results, *action;
	bool ok;
	size_t i;

	if (!find_source(c, &from))
		return false;
	actions = sbx_query_list(c->req, "ActionNames");
	resources = sbx_query_list(c->req, "ResourceArns");
	results = json_array();
	if (json_array_size(resources) == 0)
		(void)json_array_append_new(resources, json_string("*"));
	json_array_foreach(actions, i, action)
		(void)json_array_append_new(
			results, simulate_action(c, &from, json_string_value(action), resources));
	ok = siam_add_page(c, "EvaluationResults", results, add_result);
	json_decref(results);
	json_decref(resources);
	json_decref(actions);
	json_decref(from.principal);
	free(from.role);
	return ok;
}

const struct siam_action siam_simulate_actions[] = {
	{ "SimulatePrincipalPolicy", simulate, true },
	{ 0 },
};
