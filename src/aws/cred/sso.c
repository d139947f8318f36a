/* SPDX-License-Identifier: Apache-2.0 */
/* IAM Identity Center: a role's keys from its portal, which an SSO session's token buys. */
#include "aws/cred/sso_int.h"

#include <string.h>

#include "aws/core/profile.h"
#include "aws/core/reply.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/percent.h"
#include "base/text.h"

/* ---- settings --------------------------------------------------------------- */

/* A value that profile and session both may have; they must agree. */
static struct rb_error *shared_key(const struct cred_ctx *ctx, const struct cred_query *q,
				   const struct sso *sso, const char *key, const char **ret)
{
	const char *own = cred_key(ctx, q, key);
	const char *theirs = sso->session
				     ? aws_section_get(ctx->config->profiles,
						       AWS_SECTION_SSO_SESSION, sso->session, key)
				     : NULL;

	if (own && theirs && strcmp(own, theirs) != 0)
		return cred_fail(
			"profile '%s' and its sso-session '%s' have different values of %s",
			q->profile, sso->session, key);
	*ret = theirs && *theirs ? theirs : own;
	return NULL;
}

static struct rb_error *load_settings(const struct cred_ctx *ctx, const struct cred_query *q,
				      struct sso *sso)
{
	auto_strv missing = { 0 };

	sso->session = cred_key(ctx, q, "sso_session");
	if (sso->session &&
	    !aws_section_has(ctx->config->profiles, AWS_SECTION_SSO_SESSION, sso->session))
		return cred_fail(
			"profile '%s' has sso_session '%s', and there is no such sso-session "
			"section in '%s'",
			q->profile, sso->session,
			aws_profiles_path(ctx->config->profiles, AWS_FILE_CONFIG));
	TRY(shared_key(ctx, q, sso, "sso_start_url", &sso->start_url));
	TRY(shared_key(ctx, q, sso, "sso_region", &sso->region));
	TRY(shared_key(ctx, q, sso, "sso_account_id", &sso->account_id));
	TRY(shared_key(ctx, q, sso, "sso_role_name", &sso->role_name));
	const struct {
		const char *key, *value;
	} needed[] = {
		{ "sso_start_url", sso->start_url },
		{ "sso_region", sso->region },
		{ "sso_account_id", sso->account_id },
		{ "sso_role_name", sso->role_name },
	};

	for (size_t i = 0; i < ARRAY_LEN(needed); i++)
		if (!needed[i].value)
			strv_add(&missing, needed[i].key);
	if (missing.n) {
		autofree char *list = strv_join(&missing, ", ");

		return rb_error_hint(
			cred_fail("profile '%s' is set up for SSO but lacks %s", q->profile, list),
			"aws configure sso --profile %s", q->profile);
	}
	return NULL;
}

static char *cache_path_of(const struct sso *sso)
{
	const char *key = sso->session ? sso->session : sso->start_url;
	char hex[CRED_SHA1_HEX_SIZE];

	cred_sha1_hex(key, hex);
	autofree char *name = xasprintf("~/.aws/sso/cache/%s.json", hex);

	return file_expand(name);
}

/* ---- the keys --------------------------------------------------------------- */

static struct rb_error *ask_for_keys(struct cred_ctx *ctx, const struct sso *sso, const char *token,
				     struct http_response *res)
{
	struct http_headers headers = { 0 };
	struct aws_endpoint ep = { 0 };
	auto_buf path = BUF_INIT;
	struct rb_error *err;

	TRY(aws_endpoint_resolve(ctx->config, "sso", sso->region, &ep));
	(void)buf_adds(&path, "/federation/credentials?role_name=");
	percent_encode(&path, sso->role_name, strlen(sso->role_name), /* keep_slash= */ false);
	(void)buf_adds(&path, "&account_id=");
	percent_encode(&path, sso->account_id, strlen(sso->account_id), /* keep_slash= */ false);
	autofree char *url = sso_url(&ep, path.p);
	aws_endpoint_clear(&ep);
	http_headers_add(&headers, "x-amz-sso_bearer_token", token);
	err = cred_http_perform(ctx,
				&(const struct cred_http){ .method = "GET",
							   .url = url,
							   .headers = &headers,
							   .timeout_ms = SSO_TIMEOUT_MS },
				res);
	cred_headers_clear(&headers);
	return err;
}

/* Asked again while the portal is busy or the network fails; nothing is used up by asking. */
static struct rb_error *ask_patiently(struct cred_ctx *ctx, const struct sso *sso,
				      const char *token, struct http_response *res)
{
	for (int n_try = 1;; n_try++) {
		struct rb_error *err = ask_for_keys(ctx, sso, token, res);
		bool again = err ? rb_error_is(err, RB_NETWORK) || rb_error_is(err, RB_LOST)
				 : res->status == 429 || res->status >= 500;

		if (!again || n_try >= ctx->config->max_attempts)
			return err;
		(void)rb_error_free(err);
		TRY(cred_pause_after(ctx, n_try, res));
		cred_response_clear(res);
	}
}

static struct rb_error *fetch(struct cred_ctx *ctx, const struct cred_query *q, struct sso *sso,
			      struct cred *ret)
{
	static const struct cred_fields fields = { .id = "accessKeyId",
						   .secret = "secretAccessKey",
						   .token = "sessionToken",
						   .expiry = "expiration",
						   .expiry_in_ms = true };
	auto_cred_response res = HTTP_RESPONSE_INIT;
	json_auto_t *cache = NULL;
	json_auto_t *answer = NULL;

	TRY(load_settings(ctx, q, sso));
	sso->cache_path = cache_path_of(sso);
	TRY(sso_get_token(ctx, q, sso, &cache));
	TRY(ask_patiently(ctx, sso, cred_json_text(cache, "accessToken"), &res));
	if (res.status != 200) {
		struct rb_error *err =
			reply_error(AWS_PROTOCOL_JSON, "sso", "GetRoleCredentials", &res);

		if (res.status == 401)
			return sso_log_in_again(q, err);
		if (res.status != 403)
			return err;
		return rb_error_hint(err,
				     "role '%s' of account '%s' must be assigned to you: "
				     "aws sso list-account-roles",
				     sso->role_name, sso->account_id);
	}
	TRY(cred_parse_json((struct span){ res.body.p, res.body.n }, N_("the answer of SSO"),
			    &answer));
	TRY(cred_from_json(json_object_get(answer, "roleCredentials"), &fields,
			   N_("the answer of SSO"), ret));
	ret->account_id = xstrdup(sso->account_id);
	ret->source = cred_label(q, "SSO");
	return NULL;
}

struct rb_error *cred_sso_fetch(struct cred_ctx *ctx, const struct cred_query *q, bool *ret_found,
				struct cred *ret)
{
	struct sso sso = { .start_url = "", .region = "", .account_id = "", .role_name = "" };
	struct rb_error *err;

	if (!cred_key(ctx, q, "sso_role_name") && !cred_key(ctx, q, "sso_account_id"))
		return NULL;
	err = fetch(ctx, q, &sso, ret);
	free(sso.cache_path);
	*ret_found = !err;
	return err;
}
