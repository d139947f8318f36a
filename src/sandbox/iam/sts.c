/* SPDX-License-Identifier: Apache-2.0 */
/* STS: who the caller is, and what it answers of keys and sessions. */
#include "sandbox/iam/sts.h"

#include <string.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/query.h"
#include "sandbox/core/xml.h"
#include "sandbox/iam/mfa.h"
#include "sandbox/iam/sts_call.h"

/* ---- answers ------------------------------------------------------------ */

void sts_add_credentials(struct buf *out, const struct sts_session *cred)
{
	(void)buf_adds(out, "<Credentials>");
	sbx_xml_element(out, "AccessKeyId", cred->access_key_id);
	sbx_xml_element(out, "SecretAccessKey", cred->secret_key);
	sbx_xml_element(out, "SessionToken", cred->token);
	sbx_query_add_time(out, "Expiration", cred->expires_ms);
	(void)buf_adds(out, "</Credentials>");
}

void sts_add_role_user(struct buf *out, const struct sts_session *cred)
{
	(void)buf_adds(out, "<AssumedRoleUser>");
	sbx_xml_element(out, "AssumedRoleId", cred->user_id);
	sbx_xml_element(out, "Arn", cred->arn);
	(void)buf_adds(out, "</AssumedRoleUser>");
}

const char *sts_param(const struct sbx_request *req, const char *name)
{
	return sbx_pairs_get(req->params, name);
}

int64_t sts_duration_s(const struct sbx_request *req, int64_t otherwise)
{
	const char *text = sts_param(req, "DurationSeconds");
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
	sbx_query_answer(req, rep, STS_XMLNS, &out);
	json_decref(cred);
}

enum mfa_result sts_check_mfa(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	return mfa_check(sbx, req, rep, sts_param(req, "SerialNumber"),
			 sts_param(req, "TokenCode"));
}

static void get_session_token(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	auto_sts_session cred = { 0 };
	auto_buf out = BUF_INIT;

	if (!sbx_query_check(req, rep))
		return;
	if (!text_eq(req->caller_key_id, SANDBOX_ACCESS_KEY)) {
		sbx_fail(req, rep, 403, "AccessDenied",
			 "Cannot call GetSessionToken with session credentials");
		return;
	}
	if (sts_check_mfa(sbx, req, rep) == MFA_REFUSED)
		return;
	cred.arn = xstrdup(req->caller_arn);
	cred.user_id = xstrdup(SANDBOX_ACCOUNT);
	sts_issue(sbx, /* role= */ NULL, /* policy= */ NULL, sts_duration_s(req, 43200),
		  req->now_ms, &cred);
	sts_add_credentials(&out, &cred);
	sbx_query_answer(req, rep, STS_XMLNS, &out);
}

/* ---- the small ones ----------------------------------------------------- */

static void get_access_key_info(struct sbx *sbx, const struct sbx_request *req,
				struct sbx_reply *rep)
{
	const char *id = sts_param(req, "AccessKeyId");
	auto_buf out = BUF_INIT;
	json_t *cred;

	if (!sbx_query_check(req, rep))
		return;
	cred = store_get(sbx_store(sbx), SBX_CREDENTIAL, "", id);
	if (cred || text_eq(id, SANDBOX_ACCESS_KEY)) {
		sbx_xml_element(&out, "Account", SANDBOX_ACCOUNT);
		sbx_query_answer(req, rep, STS_XMLNS, &out);
	} else {
		sbx_fail(req, rep, 400, "ValidationError", "The access key %s is not valid", id);
	}
	json_decref(cred);
}

/* Our encoded messages are JSON in base64; nothing else can be decoded. */
static void decode_message(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	const char *message = sts_param(req, "EncodedMessage");
	auto_buf text = BUF_INIT, out = BUF_INIT;
	json_t *json = NULL;

	(void)sbx;
	if (!sbx_query_check(req, rep))
		return;
	if (text_base64_decode(message, strlen(message), &text))
		json = json_loadb(text.p, text.n, 0, NULL);
	if (json_is_object(json)) {
		sbx_xml_element(&out, "DecodedMessage", text.p);
		sbx_query_answer(req, rep, STS_XMLNS, &out);
	} else {
		sbx_fail(req, rep, 400, "InvalidAuthorizationMessageException",
			 "Message is not valid.");
	}
	json_decref(json);
}

const struct sbx_action sbx_sts_actions[] = {
	{ "sts", "GetCallerIdentity", get_caller_identity, false },
	{ "sts", "GetSessionToken", get_session_token, true },
	{ "sts", "AssumeRole", sts_assume_role, true },
	{ "sts", "AssumeRoleWithWebIdentity", sts_assume_with_web_identity, true },
	{ "sts", "GetAccessKeyInfo", get_access_key_info, false },
	{ "sts", "DecodeAuthorizationMessage", decode_message, false },
	{ 0 },
};
