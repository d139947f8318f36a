/* SPDX-License-Identifier: Apache-2.0 */
/* AssumeRole and AssumeRoleWithWebIdentity. */
#include "sandbox/iam/sts_call.h"

#include <string.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/text.h"
#include "sandbox/core/query.h"
#include "sandbox/core/sbx.h"
#include "sandbox/core/xml.h"
#include "sandbox/iam/iam.h"
#include "sandbox/iam/mfa.h"
#include "sandbox/iam/policy.h"
#include "sandbox/iam/sts.h"

/* The role that RoleArn names, if its trust policy lets `ask` in; NULL otherwise.  New reference.
 */
static json_t *trusted_role(struct sbx *sbx, const struct sbx_request *req,
			    struct policy_request *ask)
{
	const char *arn = sts_param(req, "RoleArn"), *slash = strrchr(arn, '/');
	json_t *role =
		slash ? store_get_visible(sbx_store(sbx), SBX_ROLE, "", slash + 1, req->now_ms)
		      : NULL;
	const char *trust = json_string_value(json_object_get(role, "trust"));
	json_t *policy = trust ? json_loads(trust, 0, NULL) : NULL;
	enum policy_verdict verdict;

	ask->resource = arn;
	verdict = policy_decide(policy, ask);
	/* A trust in the account leaves it to the caller's own policies. */
	if (verdict == POLICY_ALLOW_ACCOUNT && siam_allows(sbx, req, ask->action, arn))
		verdict = POLICY_ALLOW;
	json_decref(policy);
	if (verdict != POLICY_ALLOW ||
	    !text_eq(json_string_value(json_object_get(role, "arn")), arn)) {
		json_decref(role);
		return NULL;
	}
	return role;
}

/* The session's length and policy are in order; false after an answer. */
static bool check_session(const struct sbx_request *req, struct sbx_reply *rep, const json_t *role,
			  bool chained)
{
	const struct policy_rules rules = { POLICY_OF_IDENTITY, NULL, NULL, NULL };
	int64_t most_s = json_integer_value(json_object_get(role, "max_session_s"));
	int64_t duration_s = sts_duration_s(req, 3600);
	const char *text = sts_param(req, "Policy");
	json_t *policy = NULL;

	if (chained && duration_s > 3600) {
		sbx_fail(req, rep, 400, "ValidationError",
			 "The requested DurationSeconds exceeds the 1 hour session limit for roles "
			 "assumed by role chaining");
		return false;
	}
	if (duration_s > most_s) {
		sbx_fail(
			req, rep, 400, "ValidationError",
			"The requested DurationSeconds exceeds the MaxSessionDuration set for this "
			"role.");
		return false;
	}
	autofree char *why = text ? policy_check(text, strlen(text), &rules, &policy) : NULL;

	json_decref(policy);
	if (why)
		sbx_fail(req, rep, 400, "MalformedPolicyDocument", "%s", why);
	else if (text && strlen(text) > 2048)
		sbx_fail(req, rep, 400, "PackedPolicyTooLarge",
			 "Packed policy consumes more than 100%% of allotted space");
	else
		return true;
	return false;
}

void sts_assume_role(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	struct request_fact facts[] = {
		{ "sts:RoleSessionName", sts_param(req, "RoleSessionName") },
		{ "aws:PrincipalArn", req->caller_arn },
		{ "aws:PrincipalAccount", SANDBOX_ACCOUNT },
		/* NULL: not known of this request */
		{ "sts:ExternalId", sts_param(req, "ExternalId") },
		{ "aws:MultiFactorAuthPresent", NULL },
	};
	struct policy_request ask = {
		.caller_arn = req->caller_arn,
		.action = "sts:AssumeRole",
		.facts = facts,
		.n_facts = ARRAY_LEN(facts),
	};
	autofree char *chain = siam_session_role(req->caller_arn);
	auto_sts_session cred = { 0 };
	auto_buf out = BUF_INIT;
	enum mfa_result mfa;
	json_t *role;

	if (!sbx_query_check(req, rep))
		return;
	mfa = sts_check_mfa(sbx, req, rep);
	if (mfa == MFA_REFUSED)
		return;
	if (mfa == MFA_PASSED)
		facts[ARRAY_LEN(facts) - 1].value = "true";
	role = trusted_role(sbx, req, &ask);
	if (!role) {
		sbx_fail(req, rep, 403, "AccessDenied",
			 "User: %s is not authorized to perform: sts:AssumeRole on resource: %s",
			 req->caller_arn, sts_param(req, "RoleArn"));
	} else if (check_session(req, rep, role, chain != NULL)) {
		sts_issue_for_role(sbx, role, sts_param(req, "RoleSessionName"),
				   sts_param(req, "Policy"), sts_duration_s(req, 3600), req->now_ms,
				   &cred);
		sts_add_credentials(&out, &cred);
		sts_add_role_user(&out, &cred);
		if (sts_param(req, "SourceIdentity"))
			sbx_xml_element(&out, "SourceIdentity", sts_param(req, "SourceIdentity"));
		sbx_query_answer(req, rep, STS_XMLNS, &out);
	}
	json_decref(role);
}

/* ---- AssumeRoleWithWebIdentity ------------------------------------------ */

/* The claims of a JWT; its signature is taken for right.  NULL when it is none.  New reference. */
static json_t *jwt_claims(const char *token)
{
	const char *first = strchr(token, '.');
	const char *second = first ? strchr(first + 1, '.') : NULL;
	auto_buf text = BUF_INIT, json = BUF_INIT;
	json_t *claims;

	if (!second || second == first + 1 || strchr(second + 1, '.'))
		return NULL;
	for (const char *s = first + 1; s < second; s++)
		(void)buf_addc(&text, *s == '-' ? '+' : *s == '_' ? '/' : *s);
	while (text.n % 4)
		(void)buf_addc(&text, '=');
	if (!text_base64_decode(text.p, text.n, &json))
		return NULL;
	claims = json_loadb(json.p, json.n, 0, NULL);
	if (!json_is_object(claims) || !json_string_value(json_object_get(claims, "iss")) ||
	    !json_string_value(json_object_get(claims, "sub")) ||
	    !json_is_integer(json_object_get(claims, "exp"))) {
		json_decref(claims);
		return NULL;
	}
	return claims;
}

static json_t *web_claims(const struct sbx_request *req, struct sbx_reply *rep)
{
	json_t *claims = jwt_claims(sts_param(req, "WebIdentityToken"));
	int64_t expires_s = json_integer_value(json_object_get(claims, "exp"));

	if (!claims) {
		sbx_fail(req, rep, 400, "InvalidIdentityToken",
			 "The ID Token provided is not a valid JWT. (You may see this error if you "
			 "sent an Access Token)");
	} else if (expires_s <= req->now_ms / 1000) {
		sbx_fail(req, rep, 400, "ExpiredTokenException",
			 "Token expired: current date/time %lld must be before the expiration "
			 "date/time %lld",
			 (long long)(req->now_ms / 1000), (long long)expires_s);
		json_decref(claims);
		claims = NULL;
	}
	return claims;
}

void sts_assume_with_web_identity(struct sbx *sbx, const struct sbx_request *req,
				  struct sbx_reply *rep)
{
	auto_sts_session cred = { 0 };
	auto_buf out = BUF_INIT;
	json_t *claims, *role;

	if (!sbx_query_check(req, rep))
		return;
	claims = web_claims(req, rep);
	if (!claims)
		return;
	const char *iss = json_string_value(json_object_get(claims, "iss"));
	const char *sub = json_string_value(json_object_get(claims, "sub"));
	const char *aud = json_string_value(json_object_get(claims, "aud"));
	const char *provider = text_starts_with(iss, "https://") ? iss + strlen("https://") : iss;
	autofree char *caller = xasprintf("arn:%s:iam::" SANDBOX_ACCOUNT ":oidc-provider/%s",
					  sbx_query_partition(req), provider);
	autofree char *sub_key = xasprintf("%s:sub", provider);
	autofree char *aud_key = xasprintf("%s:aud", provider);
	const struct request_fact facts[] = { { sub_key, sub }, { aud_key, aud } };
	struct policy_request ask = {
		.caller_arn = caller,
		.action = "sts:AssumeRoleWithWebIdentity",
		.facts = facts,
		.n_facts = aud ? 2 : 1,
	};

	role = trusted_role(sbx, req, &ask);
	if (!role) {
		sbx_fail(req, rep, 403, "AccessDenied",
			 "Not authorized to perform sts:AssumeRoleWithWebIdentity");
	} else if (check_session(req, rep, role, /* chained= */ false)) {
		sts_issue_for_role(sbx, role, sts_param(req, "RoleSessionName"),
				   sts_param(req, "Policy"), sts_duration_s(req, 3600), req->now_ms,
				   &cred);
		sbx_xml_element(&out, "SubjectFromWebIdentityToken", sub);
		if (aud)
			sbx_xml_element(&out, "Audience", aud);
		sts_add_role_user(&out, &cred);
		sts_add_credentials(&out, &cred);
		sbx_xml_element(&out, "Provider", caller);
		sbx_query_answer(req, rep, STS_XMLNS, &out);
	}
	json_decref(role);
	json_decref(claims);
}
