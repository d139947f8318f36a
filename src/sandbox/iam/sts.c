/* SPDX-License-Identifier: Apache-2.0 */
/*
 * STS: who the caller is, and temporary credentials.
 *
 * A session's keys are things of the world like any other: they outlive the
 * sandbox's process, and the signature check finds them there.
 */
#include "sandbox/iam/sts.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/iam/iam.h"
#include "sandbox/iam/mfa.h"
#include "sandbox/iam/policy.h"
#include "sandbox/core/query.h"
#include "sandbox/core/xml.h"

#define XMLNS "https://sts.amazonaws.com/doc/2011-06-15/"
#define KEEP_EXPIRED_MS (3600 * 1000) /* long enough for ExpiredToken to be answered */

/* ---- issuing ------------------------------------------------------------ */

void sbx_credentials_clear(struct sbx_credentials *cred)
{
	if (cred->secret_key)
		OPENSSL_cleanse(cred->secret_key, strlen(cred->secret_key));
	free(cred->access_key_id);
	free(cred->secret_key);
	free(cred->token);
	free(cred->arn);
	free(cred->user_id);
	*cred = (struct sbx_credentials){ 0 };
}

static char *random_base64(size_t n)
{
	unsigned char bytes[256];

	if (n > sizeof(bytes) || RAND_bytes(bytes, (int)n) != 1)
		abort();
	return text_base64(bytes, n);
}

static char *new_key_id(void)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned char bytes[16];
	char id[21] = "ASIA";

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		abort();
	for (size_t i = 0; i < sizeof(bytes); i++)
		id[4 + i] = alphabet[bytes[i] % 32];
	return xstrdup(id);
}

static void drop_expired(struct sbx_store *st, int64_t now_ms)
{
	json_t *all = store_list(st, SBX_CREDENTIAL, "");
	size_t i;
	json_t *cred;

	json_array_foreach(all, i, cred) {
		int64_t expires_ms = json_integer_value(json_object_get(cred, "expires_ms"));

		if (expires_ms && expires_ms + KEEP_EXPIRED_MS < now_ms) /* a user's never do */
			store_delete(st, SBX_CREDENTIAL, "",
				     json_string_value(json_object_get(cred, "id")));
	}
	json_decref(all);
}

/* As long as AWS's may be, and of what a URL writes as three bytes each: whoever has room for 1 KiB
 * only, or for a presigned URL of 4, is to find out here. */
enum { TOKEN_BYTES = 4096 };

/* Fill in the rest of `ret`, whose arn and user_id say for whom; role and policy may be NULL. */
static void issue(struct sbx *sbx, const char *role, const char *policy, int64_t duration_s,
		  int64_t now_ms, struct sbx_credentials *ret)
{
	autofree char *tail = random_base64(192);
	char filler[TOKEN_BYTES - 16 - 256 + 1];
	json_t *doc;

	drop_expired(sbx_store(sbx), now_ms);
	ret->access_key_id = new_key_id();
	ret->secret_key = random_base64(30);
	for (size_t i = 0; i < sizeof(filler); i++)
		filler[i] = i % 2 ? '+' : '/';
	filler[sizeof(filler) - 1] = '\0';
	ret->token = xasprintf("IQoJb3JpZ2luX2Vj%s%s", tail, filler);
	ret->expires_ms = now_ms + duration_s * 1000;
	doc = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s*, s:s*, s:I}", "id", ret->access_key_id,
			"secret", ret->secret_key, "token", ret->token, "arn", ret->arn, "user_id",
			ret->user_id, "role", role, "policy", policy, "expires_ms",
			(json_int_t)ret->expires_ms);
	store_put(sbx_store(sbx), SBX_CREDENTIAL, "", ret->access_key_id, doc, now_ms,
		  /* lag_ms= */ 0);
	json_decref(doc);
}

/* Issue for a session of `role`. */
static void issue_for_role(struct sbx *sbx, const json_t *role, const char *session,
			   const char *policy, int64_t duration_s, int64_t now_ms,
			   struct sbx_credentials *ret)
{
	const char *name = json_string_value(json_object_get(role, "name"));
	const char *role_arn = json_string_value(json_object_get(role, "arn"));

	ret->arn = xasprintf("%.*s:sts::" SANDBOX_ACCOUNT ":assumed-role/%s/%s",
			     (int)(strstr(role_arn, ":iam::") - role_arn), role_arn, name, session);
	ret->user_id = xasprintf("%s:%s", json_string_value(json_object_get(role, "id")), session);
	issue(sbx, name, policy, duration_s, now_ms, ret);
}

static bool names_ec2(const json_t *service)
{
	const json_t *item;
	size_t i;

	json_array_foreach(service, i, item) {
		if (names_ec2(item))
			return true;
	}
	return text_eq(json_string_value(service), "ec2.amazonaws.com") ||
	       text_eq(json_string_value(service), "ec2.amazonaws.com.cn");
}

/* EC2 takes a role on for an instance by the role's trust policy, as anybody does. */
static bool trusts_ec2(const json_t *role)
{
	const char *text = json_string_value(json_object_get(role, "trust"));
	json_t *doc = text ? json_loads(text, 0, NULL) : NULL;
	json_t *list = json_object_get(doc, "Statement");
	json_t *statement;
	bool trusts = false;
	size_t i;

	list = json_is_object(list) ? json_pack("[O]", list) : json_incref(list);
	json_array_foreach(list, i, statement) {
		bool allows =
			text_eq(json_string_value(json_object_get(statement, "Effect")), "Allow");

		trusts = trusts ||
			 (allows && names_ec2(json_object_get(
					    json_object_get(statement, "Principal"), "Service")));
	}
	json_decref(list);
	json_decref(doc);
	return trusts;
}

bool sts_role_credentials(struct sbx *sbx, const char *role_name, const char *session,
			  int64_t duration_s, int64_t now_ms, struct sbx_credentials *ret)
{
	json_t *role = store_get(sbx_store(sbx), SBX_ROLE, "", role_name);

	bool may = trusts_ec2(role);

	if (may)
		issue_for_role(sbx, role, session, NULL, duration_s, now_ms, ret);
	json_decref(role);
	return may;
}

/* ---- answers ------------------------------------------------------------ */

static void add_credentials(struct buf *out, const struct sbx_credentials *cred)
{
	(void)buf_adds(out, "<Credentials>");
	sbx_xml_element(out, "AccessKeyId", cred->access_key_id);
	sbx_xml_element(out, "SecretAccessKey", cred->secret_key);
	sbx_xml_element(out, "SessionToken", cred->token);
	sbx_query_add_time(out, "Expiration", cred->expires_ms);
	(void)buf_adds(out, "</Credentials>");
}

static void add_role_user(struct buf *out, const struct sbx_credentials *cred)
{
	(void)buf_adds(out, "<AssumedRoleUser>");
	sbx_xml_element(out, "AssumedRoleId", cred->user_id);
	sbx_xml_element(out, "Arn", cred->arn);
	(void)buf_adds(out, "</AssumedRoleUser>");
}

static const char *param(const struct sbx_request *req, const char *name)
{
	return sbx_pairs_get(req->params, name);
}

static int64_t duration_param(const struct sbx_request *req, int64_t otherwise)
{
	const char *text = param(req, "DurationSeconds");
	int64_t duration_s = otherwise;

	if (text)
		(void)!text_parse_i64(text, 900, 129600, &duration_s);
	return duration_s;
}

static void get_caller_identity(struct sbx *sbx, const struct sbx_request *req,
				struct sbx_reply *rep)
{
	json_t *cred;
	const char *user_id;
	auto_buf out = BUF_INIT;

	if (!sbx_query_check(req, rep))
		return;
	cred = req->caller_key_id
		       ? store_get(sbx_store(sbx), SBX_CREDENTIAL, "", req->caller_key_id)
		       : NULL;
	user_id = json_string_value(json_object_get(cred, "user_id"));
	sbx_xml_element(&out, "Arn", req->caller_arn);
	sbx_xml_element(&out, "UserId", user_id ? user_id : SANDBOX_ACCOUNT);
	sbx_xml_element(&out, "Account", SANDBOX_ACCOUNT);
	sbx_query_answer(req, rep, XMLNS, &out);
	json_decref(cred);
}

static enum mfa_result check_mfa(struct sbx *sbx, const struct sbx_request *req,
				 struct sbx_reply *rep)
{
	return mfa_check(sbx, req, rep, param(req, "SerialNumber"), param(req, "TokenCode"));
}

static void get_session_token(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	auto_sbx_credentials cred = { 0 };
	auto_buf out = BUF_INIT;

	if (!sbx_query_check(req, rep))
		return;
	if (!text_eq(req->caller_key_id, SANDBOX_ACCESS_KEY)) {
		sbx_fail(req, rep, 403, "AccessDenied",
			 "Cannot call GetSessionToken with session credentials");
		return;
	}
	if (check_mfa(sbx, req, rep) == MFA_REFUSED)
		return;
	cred.arn = xstrdup(req->caller_arn);
	cred.user_id = xstrdup(SANDBOX_ACCOUNT);
	issue(sbx, /* role= */ NULL, /* policy= */ NULL, duration_param(req, 43200), req->now_ms,
	      &cred);
	add_credentials(&out, &cred);
	sbx_query_answer(req, rep, XMLNS, &out);
}

/* ---- AssumeRole --------------------------------------------------------- */

/* The role that RoleArn names, if its trust policy lets `ask` in; NULL otherwise.  New reference.
 */
static json_t *trusted_role(struct sbx *sbx, const struct sbx_request *req,
			    struct policy_request *ask)
{
	const char *arn = param(req, "RoleArn"), *slash = strrchr(arn, '/');
	json_t *role =
		slash ? store_get_visible(sbx_store(sbx), SBX_ROLE, "", slash + 1, req->now_ms)
		      : NULL;
	const char *trust = json_string_value(json_object_get(role, "trust"));
	json_t *policy = trust ? json_loads(trust, 0, NULL) : NULL;
	enum sbx_verdict verdict;

	ask->resource = arn;
	verdict = policy_decide(policy, ask);
	/* A trust in the account leaves it to the caller's own policies. */
	if (verdict == SBX_ALLOW_ACCOUNT && siam_allows(sbx, req, ask->action, arn))
		verdict = SBX_ALLOW;
	json_decref(policy);
	if (verdict != SBX_ALLOW ||
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
	const struct policy_rules rules = { SBX_POLICY_IDENTITY, NULL, NULL, NULL };
	int64_t most_s = json_integer_value(json_object_get(role, "max_session_s"));
	int64_t duration_s = duration_param(req, 3600);
	const char *text = param(req, "Policy");
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

static void assume_role(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	struct sbx_fact facts[] = {
		{ "sts:RoleSessionName", param(req, "RoleSessionName") },
		{ "aws:PrincipalArn", req->caller_arn },
		{ "aws:PrincipalAccount", SANDBOX_ACCOUNT },
		/* NULL: not known of this request */
		{ "sts:ExternalId", param(req, "ExternalId") },
		{ "aws:MultiFactorAuthPresent", NULL },
	};
	struct policy_request ask = {
		.caller_arn = req->caller_arn,
		.action = "sts:AssumeRole",
		.facts = facts,
		.n_facts = ARRAY_LEN(facts),
	};
	autofree char *chain = siam_session_role(req->caller_arn);
	auto_sbx_credentials cred = { 0 };
	auto_buf out = BUF_INIT;
	enum mfa_result mfa;
	json_t *role;

	if (!sbx_query_check(req, rep))
		return;
	mfa = check_mfa(sbx, req, rep);
	if (mfa == MFA_REFUSED)
		return;
	if (mfa == MFA_PASSED)
		facts[ARRAY_LEN(facts) - 1].value = "true";
	role = trusted_role(sbx, req, &ask);
	if (!role) {
		sbx_fail(req, rep, 403, "AccessDenied",
			 "User: %s is not authorized to perform: sts:AssumeRole on resource: %s",
			 req->caller_arn, param(req, "RoleArn"));
	} else if (check_session(req, rep, role, chain != NULL)) {
		issue_for_role(sbx, role, param(req, "RoleSessionName"), param(req, "Policy"),
			       duration_param(req, 3600), req->now_ms, &cred);
		add_credentials(&out, &cred);
		add_role_user(&out, &cred);
		if (param(req, "SourceIdentity"))
			sbx_xml_element(&out, "SourceIdentity", param(req, "SourceIdentity"));
		sbx_query_answer(req, rep, XMLNS, &out);
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
	json_t *claims = jwt_claims(param(req, "WebIdentityToken"));
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

static void assume_with_web_identity(struct sbx *sbx, const struct sbx_request *req,
				     struct sbx_reply *rep)
{
	auto_sbx_credentials cred = { 0 };
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
	const struct sbx_fact facts[] = { { sub_key, sub }, { aud_key, aud } };
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
		issue_for_role(sbx, role, param(req, "RoleSessionName"), param(req, "Policy"),
			       duration_param(req, 3600), req->now_ms, &cred);
		sbx_xml_element(&out, "SubjectFromWebIdentityToken", sub);
		if (aud)
			sbx_xml_element(&out, "Audience", aud);
		add_role_user(&out, &cred);
		add_credentials(&out, &cred);
		sbx_xml_element(&out, "Provider", caller);
		sbx_query_answer(req, rep, XMLNS, &out);
	}
	json_decref(role);
	json_decref(claims);
}

/* ---- the small ones ----------------------------------------------------- */

static void get_access_key_info(struct sbx *sbx, const struct sbx_request *req,
				struct sbx_reply *rep)
{
	const char *id = param(req, "AccessKeyId");
	auto_buf out = BUF_INIT;
	json_t *cred;

	if (!sbx_query_check(req, rep))
		return;
	cred = store_get(sbx_store(sbx), SBX_CREDENTIAL, "", id);
	if (cred || text_eq(id, SANDBOX_ACCESS_KEY)) {
		sbx_xml_element(&out, "Account", SANDBOX_ACCOUNT);
		sbx_query_answer(req, rep, XMLNS, &out);
	} else {
		sbx_fail(req, rep, 400, "ValidationError", "The access key %s is not valid", id);
	}
	json_decref(cred);
}

/* Our encoded messages are JSON in base64; nothing else can be decoded. */
static void decode_message(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	const char *message = param(req, "EncodedMessage");
	auto_buf text = BUF_INIT, out = BUF_INIT;
	json_t *json = NULL;

	(void)sbx;
	if (!sbx_query_check(req, rep))
		return;
	if (text_base64_decode(message, strlen(message), &text))
		json = json_loadb(text.p, text.n, 0, NULL);
	if (json_is_object(json)) {
		sbx_xml_element(&out, "DecodedMessage", text.p);
		sbx_query_answer(req, rep, XMLNS, &out);
	} else {
		sbx_fail(req, rep, 400, "InvalidAuthorizationMessageException",
			 "Message is not valid.");
	}
	json_decref(json);
}

const struct sbx_action sbx_sts_actions[] = {
	{ "sts", "GetCallerIdentity", get_caller_identity, false },
	{ "sts", "GetSessionToken", get_session_token, true },
	{ "sts", "AssumeRole", assume_role, true },
	{ "sts", "AssumeRoleWithWebIdentity", assume_with_web_identity, true },
	{ "sts", "GetAccessKeyInfo", get_access_key_info, false },
	{ "sts", "DecodeAuthorizationMessage", decode_message, false },
	{ 0 },
};
