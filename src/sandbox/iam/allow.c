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

static enum sbx_verdict text_says(const char *text, const struct policy_request *ask)
{
	json_t *policy = text ? json_loads(text, 0, NULL) : NULL;
	enum sbx_verdict says = policy_decide(policy, ask);

	json_decref(policy);
	return says;
}

static enum sbx_verdict worse(enum sbx_verdict a, enum sbx_verdict b)
{
	return a > b ? a : b;
}

enum sbx_verdict siam_role_verdict(struct sbx_store *st, const char *role_name,
				   const struct policy_request *ask, int64_t now_ms)
{
	json_t *role = store_get_visible(st, SBX_ROLE, "", role_name, now_ms);
	const char *boundary = json_string_value(json_object_get(role, "boundary"));
	enum sbx_verdict verdict = SBX_SILENT;
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
	if (boundary && verdict != SBX_DENY) {
		autofree char *document = siam_managed_text(st, boundary);
		enum sbx_verdict says = document ? text_says(document, ask) : SBX_SILENT;

		if (says != SBX_ALLOW)
			verdict = says == SBX_DENY ? SBX_DENY : SBX_SILENT;
	}
	json_decref(role);
	return verdict;
}

/* What a session's own policy leaves of what its role may. */
static enum sbx_verdict within_session(struct sbx_store *st, const struct sbx_request *req,
				       const struct policy_request *ask, enum sbx_verdict says,
				       struct sbx_blame *blame)
{
	json_t *cred = store_get(st, SBX_CREDENTIAL, "", req->caller_key_id);
	const char *text = json_string_value(json_object_get(cred, "policy"));
	enum sbx_verdict session = text ? text_says(text, ask) : SBX_ALLOW;

	json_decref(cred);
	if (says != SBX_ALLOW || session == SBX_ALLOW)
		return says;
	blame->kind = "session policy";
	blame->is_explicit = session == SBX_DENY;
	return session == SBX_DENY ? SBX_DENY : SBX_SILENT;
}

static enum sbx_verdict own_policies_say(struct sbx_store *st, const struct sbx_request *req,
					 const struct policy_request *ask, struct sbx_blame *blame)
{
	autofree char *role = siam_session_role(req->caller_arn);
	json_t *principal = role ? NULL : principal_find(st, req->caller_arn);
	enum sbx_verdict says;

	if (!role && !principal)
		return SBX_ALLOW;
	if (principal) {
		says = principal_says(principal, ask, blame);
		json_decref(principal);
		return says;
	}
	says = siam_role_verdict(st, role, ask, req->now_ms);
	if (says != SBX_ALLOW) {
		blame->kind = "identity-based policy";
		blame->is_explicit = says == SBX_DENY;
	}
	return within_session(st, req, ask, says, blame);
}

static enum sbx_verdict caller_says(struct sbx_store *st, const struct sbx_request *req,
				    const struct policy_request *ask, struct sbx_blame *blame)
{
	auto_sbx_blame unread = { 0 };
	enum sbx_verdict says, guardrails;

	if (!req->caller_arn)
		return SBX_SILENT;
	blame = blame ? blame : &unread;
	says = own_policies_say(st, req, ask, blame);
	if (says == SBX_DENY)
		return says;
	guardrails = guardrails_say(st, ask, blame);
	return guardrails == SBX_ALLOW ? says : guardrails;
}

enum sbx_verdict siam_caller_verdict(struct sbx_store *st, const struct sbx_request *req,
				     const struct policy_request *ask, struct sbx_blame *blame)
{
	enum sbx_verdict says = caller_says(st, req, ask, blame);

	sbx_decisions_note(ask, says == SBX_ALLOW);
	return says;
}

#define MAX_FACTS 128

bool siam_permits(struct sbx *sbx, const struct sbx_request *req,
		  const struct required_permission *need, struct sbx_blame *blame)
{
	const char *slash = req->caller_arn ? strrchr(req->caller_arn, '/') : NULL;
	bool user = req->caller_arn && strstr(req->caller_arn, ":user/");
	char now[CLOCK_ISO_SIZE];
	struct sbx_fact facts[MAX_FACTS] = {
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
			(struct sbx_fact){ need->facts.v[i].name, need->facts.v[i].value };
	return siam_caller_verdict(sbx_store(sbx), req, &ask, blame) == SBX_ALLOW;
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
			     const struct sbx_blame *blame)
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
		  const struct sbx_blame *blame)
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
		   const struct required_permission *need, const struct sbx_blame *blame)
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
		auto_sbx_blame blame = { 0 };

		allowed = siam_permits(sbx, req, &needs.v[i], &blame);
		if (!allowed)
			refuse(req, rep, &needs.v[i], &blame);
	}
	required_permissions_clear(&needs);
	return allowed;
}
