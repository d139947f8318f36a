/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IAM Identity Center: the token that `aws sso login` left in its cache buys a
 * role's keys from the portal.
 *
 * The session form (sso_session = NAME) may renew the token by itself and writes
 * it back for the AWS CLI to share; the old form (sso_start_url in the profile)
 * never does.  Neither call is signed.
 */
#include "aws/cred/source.h"

#include <string.h>

#include "aws/core/endpoint.h"
#include "aws/core/profile.h"
#include "aws/core/reply.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/percent.h"
#include "base/text.h"

#define CACHE_FILE_MAX ((size_t)64 << 10)
#define RENEW_BEFORE_S (15 * 60)
#define RENEW_PAUSE_S 60 /* one try a minute */
#define TIMEOUT_MS 30000

struct sso {
	const char *session; /* NULL: old form */
	const char *start_url, *region, *account_id, *role_name;
	char *cache_path;
};

static struct rb_error *log_in_again(const struct cred_query *q, struct rb_error *err)
{
	return rb_error_hint(err, "aws sso login --profile %s", q->profile);
}

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

/* ---- the token -------------------------------------------------------------- */

static struct rb_error *read_cache(const struct cred_query *q, const struct sso *sso, json_t **ret)
{
	auto_secret_buf text = BUF_INIT;
	struct rb_error *err = file_read(sso->cache_path, CACHE_FILE_MAX, &text);

	if (rb_error_is(err, RB_GONE)) {
		(void)rb_error_free(err);
		return log_in_again(q, cred_fail("there is no SSO session: nobody has logged in"));
	}
	if (err)
		return err;
	autofree char *whence = xasprintf("the SSO cache '%s'", sso->cache_path);

	return log_in_again(q, cred_parse_json((struct span){ text.p, text.n }, whence, ret));
}

static bool time_of(const json_t *cache, const char *name, int64_t *ret)
{
	const char *text = cred_json_text(cache, name);

	return text && cred_parse_time(text, ret);
}

static bool can_renew(const struct cred_ctx *ctx, const json_t *cache)
{
	int64_t registered_until = 0;

	return cred_json_text(cache, "refreshToken") && cred_json_text(cache, "clientId") &&
	       cred_json_text(cache, "clientSecret") &&
	       time_of(cache, "registrationExpiresAt", &registered_until) &&
	       registered_until > ctx->utc_s();
}

static char *url_of(const struct aws_endpoint *ep, const char *path)
{
	bool ipv6 = strchr(ep->host, ':');
	autofree char *port = ep->port ? xasprintf(":%d", ep->port) : xstrdup("");

	return xasprintf("%s://%s%s%s%s%s%s", ep->url_scheme, ipv6 ? "[" : "", ep->host,
			 ipv6 ? "]" : "", port, ep->base_path, path);
}

static struct rb_error *ask_for_token(struct cred_ctx *ctx, const struct sso *sso,
				      const json_t *cache, json_t **ret)
{
	struct aws_endpoint ep = { 0 };
	auto_cred_response res = HTTP_RESPONSE_INIT;
	struct http_headers headers = { 0 };
	struct rb_error *err;
	char *body;
	json_auto_t *ask = json_pack("{s:s, s:O, s:O, s:O}", "grantType", "refresh_token",
				     "clientId", json_object_get(cache, "clientId"), "clientSecret",
				     json_object_get(cache, "clientSecret"), "refreshToken",
				     json_object_get(cache, "refreshToken"));

	if (!ask)
		return cred_fail("the SSO cache '%s' cannot be used", sso->cache_path);
	TRY(aws_endpoint_resolve(ctx->config, "sso-oidc", sso->region, &ep));
	autofree char *url = url_of(&ep, "/token");
	aws_endpoint_clear(&ep);
	body = json_dumps(ask, JSON_COMPACT);
	http_headers_add(&headers, "Content-Type", "application/json");
	err = cred_http_perform(ctx,
				&(const struct cred_http){ .method = "POST",
							   .url = url,
							   .headers = &headers,
							   .body = body,
							   .timeout_ms = TIMEOUT_MS },
				&res);
	http_headers_clear(&headers);
	cred_wipe_str(body);
	if (err)
		return err;
	if (res.status != 200)
		return reply_error(AWS_PROTOCOL_JSON, "sso-oidc", "CreateToken", &res);
	return cred_parse_json((struct span){ res.body.p, res.body.n },
			       N_("the answer of SSO OIDC"), ret);
}

/* Lay the new token over the cache and write it back, so that the AWS CLI has it too. */
static struct rb_error *keep_token(struct cred_ctx *ctx, const struct sso *sso, json_t *cache,
				   const json_t *answer)
{
	const json_t *lasts_s = json_object_get(answer, "expiresIn");
	json_t *refresh = json_object_get(answer, "refreshToken");
	char expires[CLOCK_ISO_SIZE];
	struct rb_error *err;
	char *text;

	if (!cred_json_text(answer, "accessToken") || !json_is_integer(lasts_s) ||
	    json_integer_value(lasts_s) <= 0 || json_integer_value(lasts_s) > INT32_MAX)
		return cred_fail("the answer of SSO OIDC holds no token");
	clock_iso8601(ctx->utc_s() + json_integer_value(lasts_s), expires);
	(void)json_object_set(cache, "accessToken", json_object_get(answer, "accessToken"));
	(void)json_object_set_new(cache, "expiresAt", json_string(expires));
	if (json_is_string(refresh))
		(void)json_object_set(cache, "refreshToken", refresh);
	text = json_dumps(cache, 0);
	if (!text)
		return cred_fail("the SSO token cannot be kept");
	err = file_write_atomic(sso->cache_path, text, strlen(text), 0600);
	cred_wipe_str(text);
	if (err) { /* the token serves us all the same */
		log_debug("the new SSO token is not kept: %s", err->what);
		(void)rb_error_free(err);
	}
	return NULL;
}

static struct rb_error *renew(struct cred_ctx *ctx, const struct sso *sso, json_t *cache)
{
	json_auto_t *answer = NULL;

	ctx->sso_tried_utc_s = ctx->utc_s();
	TRY(ask_for_token(ctx, sso, cache, &answer));
	return keep_token(ctx, sso, cache, answer);
}

/* A token that is good now, in *cache. */
static struct rb_error *get_token(struct cred_ctx *ctx, const struct cred_query *q,
				  const struct sso *sso, json_t **ret)
{
	struct rb_error *err;
	int64_t expires = 0;

	TRY(read_cache(q, sso, ret));
	if (!cred_json_text(*ret, "accessToken") || !time_of(*ret, "expiresAt", &expires))
		return log_in_again(q,
				    cred_fail("the SSO token in '%s' is invalid", sso->cache_path));
	if (sso->session && expires - ctx->utc_s() < RENEW_BEFORE_S && can_renew(ctx, *ret) &&
	    ctx->utc_s() - ctx->sso_tried_utc_s >= RENEW_PAUSE_S) {
		err = renew(ctx, sso, *ret);
		if (!err || rb_error_is(err, RB_INTERRUPTED))
			return err;
		log_debug("the SSO token is not renewed: %s", err->why ? err->why : err->what);
		if (expires <= ctx->utc_s())
			return log_in_again(q, err);
		(void)rb_error_free(err);
	}
	if (expires <= ctx->utc_s()) {
		char when[CLOCK_ISO_SIZE];

		clock_iso8601(expires, when);
		return log_in_again(q, cred_fail("the SSO session ended at %s", when));
	}
	return NULL;
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
	autofree char *url = url_of(&ep, path.p);
	aws_endpoint_clear(&ep);
	http_headers_add(&headers, "x-amz-sso_bearer_token", token);
	err = cred_http_perform(ctx,
				&(const struct cred_http){ .method = "GET",
							   .url = url,
							   .headers = &headers,
							   .timeout_ms = TIMEOUT_MS },
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
	TRY(get_token(ctx, q, sso, &cache));
	TRY(ask_patiently(ctx, sso, cred_json_text(cache, "accessToken"), &res));
	if (res.status != 200) {
		struct rb_error *err =
			reply_error(AWS_PROTOCOL_JSON, "sso", "GetRoleCredentials", &res);

		if (res.status == 401)
			return log_in_again(q, err);
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
