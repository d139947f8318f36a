/* SPDX-License-Identifier: Apache-2.0 */
/* IAM: what a caller's own policies let it do. */
#include <string.h>

#include "base/clock.h"
#include "sandbox/iam/call.h"
#include "sandbox/iam/decisions.h"
#include "sandbox/iam/needs.h"
#include "sandbox/iam/principal.h"
#include "sandbox/iam/sts.h"

char *siam_session_role(const char *caller_arn)
{
	static const char mark[] = ":assumed-role/";
	const char *at = caller_arn ? strstr(caller_arn, mark) : NULL;

	if (!at)
		return NULL;
	at += strlen(mark);
	return xstrndup(at, strcspn(at, "/"));
}

static enum policy_verdict text_says(const char *text, const struct policy_request *ask)
{
	json_t *policy = text ? json_loads(text, 0, NULL) : NULL;
	enum policy_verdict says = policy_decide(policy, ask);

	json_decref(policy);
	return says;
}

static enum policy_verdict worse(enum policy_verdict a, enum policy_verdict b)
{
	return a > b ? a : b;
}

enum policy_verdict siam_role_verdict(struct store *st, const char *role_name,
				      const struct policy_request *ask, int64_t now_ms)
{
	json_t *role = store_get_visible(st, SBX_ROLE, "", role_name, now_ms);
	const char *boundary = json_string_value(json_object_get(role, "boundary"));
	enum policy_verdict verdict = POLICY_SILENT;
	size_t i;
	const char *name;
	json_t *arn, *text;

	json_array_foreach(json_object_get(role, "attached"), i, arn) {
		const struct siam_managed *policy = siam_managed_find(json_string_value(arn));

		if (policy)
			verdict = worse(verdict, text_says(policy->document, ask));
	}
	json_object_foreach(json_object_get(role, "inline"), name, text)
		verdict = worse(verdict, text_says(json_string_value(text), ask));
	/* A boundary allows nothing by itself, but what it does not allow is not allowed. */
	if (boundary && verdict != POLICY_DENY) {
		autofree char *document = siam_managed_text(st, boundary);
		enum policy_verdict says = document ? text_says(document, ask) : POLICY_SILENT;

		if (says != POLICY_ALLOW)
			verdict = says == POLICY_DENY ? POLICY_DENY : POLICY_SILENT;
	}
	json_decref(role);
	return verdict;
}

/* What a session's own policy leaves of what its role may. */
static enum policy_verdict within_session(struct store *st, const struct sbx_request *req,
					  const struct policy_request *ask,
					  enum policy_verdict says, struct principal_blame *blame)
{
	json_t *cred = store_get(st, SBX_CREDENTIAL, "", req->caller_key_id);
	const char *text = json_string_value(json_object_get(cred, "policy"));
	enum policy_verdict session = text ? text_says(text, ask) : POLICY_ALLOW;

	json_decref(cred);
	if (says != POLICY_ALLOW || session == POLICY_ALLOW)
		return says;
	blame->kind = "session policy";
	blame->is_explicit = session == POLICY_DENY;
	return session == POLICY_DENY ? POLICY_DENY : POLICY_SILENT;
}

static enum policy_verdict own_policies_say(struct store *st, const struct sbx_request *req,
					    const struct policy_request *ask,
					    struct principal_blame *blame)
{
	autofree char *role = siam_session_role(req->caller_arn);
	json_t *principal = role ? NULL : principal_find(st, req->caller_arn);
	enum policy_verdict says;

	if (!role && !principal)
		return POLICY_ALLOW;
	if (principal) {
		says = principal_says(principal, ask, blame);
		json_decref(principal);
		return says;
	}
	says = siam_role_verdict(st, role, ask, req->now_ms);
	if (says != POLICY_ALLOW) {
		blame->kind = "identity-based policy";
		blame->is_explicit = says == POLICY_DENY;
	}
	return within_session(st, req, ask, says, blame);
}

static enum policy_verdict caller_says(struct store *st, const struct sbx_request *req,
				       const struct policy_request *ask,
				       struct principal_blame *blame)
{
	auto_principal_blame unread = { 0 };
	enum policy_verdict says, guardrails;

	if (!req->caller_arn)
		return POLICY_SILENT;
	blame = blame ? blame : &unread;
	says = own_policies_say(st, req, ask, blame);
	if (says == POLICY_DENY)
		return says;
	guardrails = guardrails_say(st, ask, blame);
	return guardrails == POLICY_ALLOW ? says : guardrails;
}

enum policy_verdict siam_caller_verdict(struct store *st, const struct sbx_request *req,
					const struct policy_request *ask,
					struct principal_blame *blame)
{
	enum policy_verdict says = caller_says(st, req, ask, blame);

	sbx_decisions_note(ask, says == POLICY_ALLOW);
	return says;
}

#define MAX_FACTS 128

bool siam_permits(struct sbx *sbx, const struct sbx_request *req,
		  const struct required_permission *need, struct principal_blame *blame)
{
	const char *slash = req->caller_arn ? strrchr(req->caller_arn, '/') : NULL;
	bool user = req->caller_arn && strstr(req->caller_arn, ":user/");
	char now[CLOCK_ISO_SIZE];
	struct request_fact facts[MAX_FACTS] = {
		{ "aws:RequestedRegion", text_eq(req->service, "iam") ? "us-east-1" : req->region },
		{ "aws:PrincipalAccount", SANDBOX_ACCOUNT },
		{ "aws:PrincipalArn", req->caller_arn },
		{ "aws:SecureTransport", "true" },
		{ "aws:CurrentTime", now },
		{ "ec2:Region", req->region },
		{ "aws:username", user && slash ? slash + 1 : NULL },
		/* From outside: no interface endpoint here leads to these services. */
		{ "aws:SourceIp", "127.0.0.1" },
	};
	struct policy_request ask = { .caller_arn = req->caller_arn,
				      .action = need->action,
				      .resource = need->resource,
				      .facts = facts,
				      .n_facts = 8 };

	clock_iso8601(req->now_ms / 1000, now);
	for (size_t i = 0; i < need->facts.n && ask.n_facts < MAX_FACTS; i++)
		facts[ask.n_facts++] =
			(struct request_fact){ need->facts.v[i].name, need->facts.v[i].value };
	return siam_caller_verdict(sbx_store(sbx), req, &ask, blame) == POLICY_ALLOW;
}

bool siam_allows(struct sbx *sbx, const struct sbx_request *req, const char *action,
		 const char *resource)
{
	struct required_permissions needs = { 0 };
	struct required_permission *need =
		required_permissions_add(&needs, action, xstrdup_or_null(resource));
	bool yes = siam_permits(sbx, req, need, NULL);

	required_permissions_clear(&needs);
	return yes;
}

/* ---- the refusal -------------------------------------------------------- */

/* Asked of the service itself, or free for all. */
static bool decides_itself(const struct sbx_request *req)
{
	return text_eq(req->service, "s3") || text_eq(req->service, "sts") ||
	       text_eq(req->service, "ec2-instance-connect");
}

/* What DecodeAuthorizationMessage turns back: who wanted what, in base64.  Caller frees. */
static char *encoded_message(const struct sbx_request *req, const struct required_permission *need,
			     const struct principal_blame *blame)
{
	json_t *tree = json_pack("{s:b, s:b, s:{s:{s:s}, s:s, s:s}}", "allowed", 0, "explicitDeny",
				 blame->is_explicit, "context", "principal", "arn", req->caller_arn,
				 "action", need->action, "resource",
				 need->resource ? need->resource : "*");
	autofree char *text = json_dumps(tree, JSON_COMPACT);

	json_decref(tree);
	return text_base64(text, strlen(text));
}

char *siam_denial(const struct sbx_request *req, const struct required_permission *need,
		  const struct principal_blame *blame)
{
	auto_buf why = BUF_INIT;
	const char *kind = blame->kind ? blame->kind : "identity-based policy";
	const char *article = strchr("aeiou", *kind) ? "an" : "a";

	(void)buf_addf(&why, "User: %s is not authorized to perform: %s on resource: %s ",
		       req->caller_arn, need->outer ? need->outer : need->action,
		       need->resource ? need->resource : "*");
	if (blame->is_explicit)
		(void)buf_addf(&why, "with an explicit deny in %s %s%s%s", article, kind,
			       blame->policy_arn ? ": " : "",
			       blame->policy_arn ? blame->policy_arn : "");
	else
		(void)buf_addf(&why, "because no %s allows the %s action", kind, need->action);
	return buf_steal(&why);
}

static void refuse(const struct sbx_request *req, struct sbx_reply *rep,
		   const struct required_permission *need, const struct principal_blame *blame)
{
	autofree char *why = siam_denial(req, need, blame);
	autofree char *encoded = encoded_message(req, need, blame);

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
}

bool siam_authorize(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	struct required_permissions needs = { 0 };
	bool allowed = true;

	if (decides_itself(req))
		return true;
	if (text_eq(req->service, "ec2"))
		sec2_required_permissions(sbx, req, &needs);
	else
		siam_required_permissions(sbx, req, &needs);
	for (size_t i = 0; i < needs.n && allowed; i++) {
		auto_principal_blame blame = { 0 };

		allowed = siam_permits(sbx, req, &needs.v[i], &blame);
		if (!allowed)
			refuse(req, rep, &needs.v[i], &blame);
	}
	required_permissions_clear(&needs);
	return allowed;
}
