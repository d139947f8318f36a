/* SPDX-License-Identifier: Apache-2.0 */
/* Users with policies of their own, and guardrails over everybody. */
#include "sandbox/core/quota.h"
#include "sandbox/core/settings.h"
#include "sandbox/iam/principal.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/iam/sts.h"

void principal_blame_clear(struct principal_blame *blame)
{
	free(blame->policy_arn);
	*blame = (struct principal_blame){ 0 };
}

static void put_blame(struct principal_blame *blame, const char *kind, bool is_explicit,
		      const char *arn)
{
	blame->kind = kind;
	blame->is_explicit = is_explicit;
	set_str(&blame->policy_arn, arn);
}

/* ---- deciding ------------------------------------------------------------- */

json_t *principal_find(struct store *st, const char *arn)
{
	const char *rest = arn ? strstr(arn, ":iam::") : NULL;
	json_t *all, *doc, *found = NULL;
	size_t i;

	if (!rest)
		return NULL;
	all = store_list(st, SBX_PRINCIPAL, "");
	json_array_foreach(all, i, doc) {
		const char *its = json_string_value(json_object_get(doc, "arn"));

		if (its && strstr(its, ":iam::") && text_eq(strstr(its, ":iam::"), rest))
			found = json_incref(doc);
	}
	json_decref(all);
	return found;
}

enum policy_verdict principal_says(const json_t *principal, const struct policy_request *ask,
				   struct principal_blame *blame)
{
	const json_t *boundary = json_object_get(principal, "boundary"), *policy;
	enum policy_verdict says = POLICY_SILENT, its;
	size_t i;

	json_array_foreach(json_object_get(principal, "policies"), i, policy) {
		its = policy_decide(policy, ask);
		says = its > says ? its : says;
	}
	if (says != POLICY_ALLOW)
		put_blame(blame, "identity-based policy", says == POLICY_DENY, NULL);
	if (!json_is_object(boundary) || says == POLICY_DENY)
		return says;
	its = policy_decide(boundary, ask);
	if (its == POLICY_ALLOW)
		return says;
	put_blame(blame, "permissions boundary", its == POLICY_DENY, NULL);
	return its == POLICY_DENY ? POLICY_DENY : POLICY_SILENT;
}

static bool has_allow(const json_t *policy)
{
	const json_t *list = json_object_get(policy, "Statement"), *statement;
	size_t i;

	json_array_foreach(list, i, statement) {
		if (text_eq(json_string_value(json_object_get(statement, "Effect")), "Allow"))
			return true;
	}
	return text_eq(json_string_value(json_object_get(list, "Effect")), "Allow");
}

enum policy_verdict guardrails_say(struct store *st, const struct policy_request *ask,
				   struct principal_blame *blame)
{
	json_t *all = store_list(st, SBX_GUARDRAIL, ""), *doc;
	bool wants_allow = false, allowed = false, denied = false;
	size_t i;

	json_array_foreach(all, i, doc) {
		const json_t *policy = json_object_get(doc, "policy");
		enum policy_verdict says = policy_decide(policy, ask);

		wants_allow = wants_allow || has_allow(policy);
		allowed = allowed || says == POLICY_ALLOW;
		if (says == POLICY_DENY && !denied) {
			denied = true;
			put_blame(blame, "service control policy", true,
				  json_string_value(json_object_get(doc, "arn")));
		}
	}
	json_decref(all);
	if (denied)
		return POLICY_DENY;
	if (wants_allow && !allowed) {
		put_blame(blame, "service control policy", false, NULL);
		return POLICY_SILENT;
	}
	return POLICY_ALLOW;
}

/* ---- setting up ----------------------------------------------------------- */

static const char *member(const json_t *doc, const char *name)
{
	return json_string_value(json_object_get(doc, name));
}

/* NULL, or what is wrong with a document that somebody is to be bound by; caller frees. */
static char *check_policy(const json_t *document)
{
	const struct policy_rules rules = { .kind = POLICY_OF_IDENTITY };
	autofree char *text = document ? json_dumps(document, JSON_COMPACT) : NULL;
	json_t *policy = NULL;
	char *why;

	if (!text)
		return xstrdup("a policy document is missing");
	why = policy_check(text, strlen(text), &rules, &policy);
	if (!why)
		json_decref(policy);
	return why;
}

static char *check_principal(const json_t *p)
{
	static const char *const needed[] = { "name", "access_key_id", "secret" };
	const json_t *boundary = json_object_get(p, "boundary"), *policy;
	char *why = NULL;
	size_t i;

	for (i = 0; i < ARRAY_LEN(needed); i++) {
		const char *value = member(p, needed[i]);

		if (!value || !*value)
			return xasprintf("a principal needs '%s'", needed[i]);
	}
	if (text_eq(member(p, "access_key_id"), SANDBOX_ACCESS_KEY))
		return xstrdup("the well-known key is the account's own");
	json_array_foreach(json_object_get(p, "policies"), i, policy) {
		why = check_policy(policy);
		if (why)
			return why;
	}
	return boundary && !json_is_null(boundary) ? check_policy(boundary) : NULL;
}

static char *check_guardrail(const json_t *g)
{
	const char *name = member(g, "name");

	if (!name || !*name)
		return xstrdup("a guardrail or policy needs 'name'");
	return check_policy(json_object_get(g, "policy"));
}

static char *check_all(const json_t *wanted)
{
	const char *name;
	const json_t *row;
	json_t *value;
	char *why = NULL;
	size_t i;

	if (!json_is_object(wanted))
		return xstrdup("the body is no JSON object");
	json_object_foreach((json_t *)(uintptr_t)wanted, name, value) {
		bool principals = text_eq(name, "principals");

		if (text_eq(name, "quotas") || text_eq(name, "settings")) {
			why = text_eq(name, "quotas") ? sbx_quotas_check(value)
						      : sbx_settings_check(value);
			if (why)
				return why;
			continue;
		}
		if (!principals && !text_eq(name, "guardrails") && !text_eq(name, "policies"))
			return xasprintf("there is no member '%s'", name);
		json_array_foreach(value, i, row) {
			why = principals ? check_principal(row) : check_guardrail(row);
			if (why)
				return why;
		}
	}
	return NULL;
}

static void put_principal(struct sbx *sbx, const json_t *p)
{
	struct store *st = sbx_store(sbx);
	const json_t *policies = json_object_get(p, "policies");
	const json_t *boundary = json_object_get(p, "boundary");
	const char *name = member(p, "name"), *path = member(p, "path");
	autofree char *arn =
		xasprintf("arn:aws:iam::" SANDBOX_ACCOUNT ":user%s%s", path ? path : "/", name);
	json_t *doc = json_pack("{s:s, s:s, s:s, s:O?, s:O?}", "name", name, "arn", arn, "key_id",
				member(p, "access_key_id"), "policies", policies, "boundary",
				json_is_object(boundary) ? boundary : NULL);
	json_t *cred = json_pack("{s:s, s:s, s:s}", "secret", member(p, "secret"), "arn", arn,
				 "user_id", "AIDASANDBOX0000000000");

	store_put(st, SBX_PRINCIPAL, "", name, doc, sbx_now_ms(sbx), /* lag_ms= */ 0);
	store_put(st, SBX_CREDENTIAL, "", member(p, "access_key_id"), cred, sbx_now_ms(sbx),
		  /* lag_ms= */ 0);
	json_decref(doc);
	json_decref(cred);
}

static void put_guardrail(struct sbx *sbx, const json_t *g)
{
	autofree char *arn = xasprintf("arn:aws:organizations::999999999999:policy/o-sandbox0000/"
				       "service_control_policy/p-%s",
				       member(g, "name"));
	json_t *doc = json_pack("{s:s, s:s, s:O}", "name", member(g, "name"), "arn", arn, "policy",
				json_object_get(g, "policy"));

	store_put(sbx_store(sbx), SBX_GUARDRAIL, "", member(g, "name"), doc, sbx_now_ms(sbx),
		  /* lag_ms= */ 0);
	json_decref(doc);
}

static void put_managed(struct sbx *sbx, const json_t *p)
{
	json_t *doc = json_pack("{s:s, s:s?, s:O}", "name", member(p, "name"), "path",
				member(p, "path"), "policy", json_object_get(p, "policy"));

	store_put(sbx_store(sbx), SBX_MANAGED_POLICY, "", member(p, "name"), doc, sbx_now_ms(sbx),
		  /* lag_ms= */ 0);
	json_decref(doc);
}

char *managed_policy_text(struct store *st, const char *arn)
{
	static const char mark[] = ":iam::" SANDBOX_ACCOUNT ":policy";
	const char *at = text_starts_with(arn, "arn:aws") ? strstr(arn, mark) : NULL;
	const char *name = at ? strrchr(at, '/') : NULL;
	json_t *doc = name ? store_get(st, SBX_MANAGED_POLICY, "", name + 1) : NULL;
	const char *path = member(doc, "path");
	autofree char *its = xasprintf("%s%s", path ? path : "/", name ? name + 1 : "");
	char *text = NULL;

	if (doc && text_eq(its, at + strlen(mark)))
		text = json_dumps(json_object_get(doc, "policy"), JSON_COMPACT);
	json_decref(doc);
	return text;
}

static void forget_all(struct store *st, const char *kind)
{
	json_t *all = store_list(st, kind, ""), *doc;
	size_t i;

	json_array_foreach(all, i, doc) {
		if (member(doc, "key_id"))
			store_delete(st, SBX_CREDENTIAL, "", member(doc, "key_id"));
		store_delete(st, kind, "", member(doc, "name"));
	}
	json_decref(all);
}

char *account_set(struct sbx *sbx, const json_t *wanted)
{
	static const struct {
		const char *member, *kind;
		void (*put)(struct sbx *sbx, const json_t *row);
	} lists[] = {
		{ "principals", SBX_PRINCIPAL, put_principal },
		{ "guardrails", SBX_GUARDRAIL, put_guardrail },
		{ "policies", SBX_MANAGED_POLICY, put_managed },
	};
	char *why = check_all(wanted);
	const json_t *row;
	size_t k;

	if (why)
		return why;
	if (json_object_get(wanted, "quotas"))
		sbx_quotas_set(sbx, json_object_get(wanted, "quotas"));
	if (json_object_get(wanted, "settings"))
		sbx_settings_set(sbx, json_object_get(wanted, "settings"));
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const json_t *list = json_object_get(wanted, lists[i].member);

		if (!list)
			continue;
		forget_all(sbx_store(sbx), lists[i].kind);
		json_array_foreach(list, k, row)
			lists[i].put(sbx, row);
	}
	return NULL;
}
