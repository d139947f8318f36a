/* SPDX-License-Identifier: Apache-2.0 */
/* IAM: what a caller's own policies let it do. */
#include <string.h>

#include "sandbox/iam/call.h"
#include "sandbox/iam/sts.h"

char *sbx_iam_session_role(const char *caller_arn)
{
	static const char mark[] = ":assumed-role/";
	const char *at = caller_arn ? strstr(caller_arn, mark) : NULL;

	if (!at)
		return NULL;
	at += strlen(mark);
	return xstrndup(at, strcspn(at, "/"));
}

static enum sbx_verdict text_says(const char *text, const struct sbx_ask *ask)
{
	json_t *policy = text ? json_loads(text, 0, NULL) : NULL;
	enum sbx_verdict says = sbx_policy_decide(policy, ask);

	json_decref(policy);
	return says;
}

static enum sbx_verdict worse(enum sbx_verdict a, enum sbx_verdict b)
{
	return a > b ? a : b;
}

enum sbx_verdict sbx_iam_role_says(struct sbx_store *st, const char *role_name,
				   const struct sbx_ask *ask, int64_t now_ms)
{
	json_t *role = store_get_visible(st, SBX_ROLE, "", role_name, now_ms);
	const char *boundary = json_string_value(json_object_get(role, "boundary"));
	enum sbx_verdict verdict = SBX_SILENT;
	size_t i;
	const char *name;
	json_t *arn, *text;

	json_array_foreach(json_object_get(role, "attached"), i, arn) {
		const struct iam_managed *policy = iam_managed_find(json_string_value(arn));

		if (policy)
			verdict = worse(verdict, text_says(policy->document, ask));
	}
	json_object_foreach(json_object_get(role, "inline"), name, text)
		verdict = worse(verdict, text_says(json_string_value(text), ask));
	/* A boundary allows nothing by itself, but what it does not allow is not allowed. */
	if (boundary && verdict != SBX_DENY) {
		const struct iam_managed *policy = iam_managed_find(boundary);
		enum sbx_verdict says = policy ? text_says(policy->document, ask) : SBX_SILENT;

		if (says != SBX_ALLOW)
			verdict = says == SBX_DENY ? SBX_DENY : SBX_SILENT;
	}
	json_decref(role);
	return verdict;
}

enum sbx_verdict sbx_iam_caller_says(struct sbx_store *st, const struct sbx_request *req,
				     const struct sbx_ask *ask)
{
	autofree char *role = sbx_iam_session_role(req->caller_arn);
	enum sbx_verdict says, session;
	const char *text;
	json_t *cred;

	if (!req->caller_arn)
		return SBX_SILENT;
	if (!role)
		return SBX_ALLOW;
	says = sbx_iam_role_says(st, role, ask, req->now_ms);
	cred = store_get(st, SBX_CREDENTIAL, "", req->caller_key_id);
	text = json_string_value(json_object_get(cred, "policy"));
	if (text && says != SBX_DENY) {
		session = text_says(text, ask);
		if (session != SBX_ALLOW)
			says = session == SBX_DENY ? SBX_DENY : SBX_SILENT;
	}
	json_decref(cred);
	return says;
}

bool sbx_iam_allows(struct sbx *sbx, const struct sbx_request *req, const char *action,
		    const char *resource)
{
	const struct sbx_fact facts[] = {
		{ "aws:RequestedRegion", req->region ? req->region : "" },
		{ "aws:PrincipalAccount", SBX_ACCOUNT },
		{ "aws:SecureTransport", "true" },
	};
	const struct sbx_ask ask = {
		.caller_arn = req->caller_arn,
		.action = action,
		.resource = resource,
		.facts = facts,
		.n_facts = ARRAY_LEN(facts),
	};

	return sbx_iam_caller_says(sbx_store(sbx), req, &ask) == SBX_ALLOW;
}

/* ---- the refusal -------------------------------------------------------- */

/* Asked of the service itself, or free for all. */
static bool decides_itself(const struct sbx_request *req)
{
	return text_eq(req->service, "s3") || text_eq(req->service, "sts") ||
	       text_eq(req->service, "ec2-instance-connect");
}

/* What DecodeAuthorizationMessage turns back: who wanted what, in base64.  Caller frees. */
static char *encoded_message(const struct sbx_request *req, const char *action)
{
	json_t *tree = json_pack("{s:b, s:b, s:{s:{s:s}, s:s, s:s}}", "allowed", 0, "explicitDeny",
				 0, "context", "principal", "arn", req->caller_arn, "action",
				 action, "resource", "*");
	autofree char *text = json_dumps(tree, JSON_COMPACT);

	json_decref(tree);
	return text_base64(text, strlen(text));
}

bool sbx_iam_authorize(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	autofree char *action = xasprintf("%s:%s", req->service, req->action);
	autofree char *why = NULL, *encoded = NULL;

	if (decides_itself(req) || sbx_iam_allows(sbx, req, action, NULL))
		return true;
	why = xasprintf("User: %s is not authorized to perform: %s on resource: * because no "
			"identity-based policy allows the %s action",
			req->caller_arn, action, action);
	encoded = encoded_message(req, action);
	if (text_eq(req->service, "ec2"))
		sbx_fail(req, rep, 403, "UnauthorizedOperation",
			 "You are not authorized to perform this operation. %s. Encoded "
			 "authorization "
			 "failure message: %s",
			 why, encoded);
	else if (text_eq(req->service, "iam"))
		sbx_fail(req, rep, 403, "AccessDenied", "%s", why);
	else
		sbx_fail(req, rep, 400, "AccessDeniedException", "%s", why);
	return false;
}
