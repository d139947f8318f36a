/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The token of an SSO session, from the cache that `aws sso login` fills.
 *
 * The session form (sso_session = NAME) may renew the token by itself and writes
 * it back for the AWS CLI to share; the old form (sso_start_url in the profile)
 * never does.  The call is not signed.
 */
#include "aws/cred/sso_int.h"

#include <string.h>

#include "aws/core/reply.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

#define CACHE_FILE_MAX ((size_t)64 << 10)
#define RENEW_BEFORE_S (15 * 60)
#define RENEW_PAUSE_S 60 /* one try a minute */

struct rb_error *sso_log_in_again(const struct cred_query *q, struct rb_error *err)
{
	return rb_error_hint(err, "aws sso login --profile %s", q->profile);
}

static struct rb_error *read_cache(const struct cred_query *q, const struct sso *sso, json_t **ret)
{
	auto_secret_buf text = BUF_INIT;
	struct rb_error *err = file_read(sso->cache_path, CACHE_FILE_MAX, &text);

	if (rb_error_is(err, RB_GONE)) {
		(void)rb_error_free(err);
		return sso_log_in_again(q,
					cred_fail("there is no SSO session: nobody has logged in"));
	}
	if (err)
		return err;
	autofree char *whence = xasprintf("the SSO cache '%s'", sso->cache_path);

	return sso_log_in_again(q, cred_parse_json((struct span){ text.p, text.n }, whence, ret));
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

char *sso_url(const struct aws_endpoint *ep, const char *path)
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
	autofree char *url = sso_url(&ep, "/token");
	aws_endpoint_clear(&ep);
	body = json_dumps(ask, JSON_COMPACT);
	http_headers_add(&headers, "Content-Type", "application/json");
	err = cred_http_perform(ctx,
				&(const struct cred_http){ .method = "POST",
							   .url = url,
							   .headers = &headers,
							   .body = body,
							   .timeout_ms = SSO_TIMEOUT_MS },
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

struct rb_error *sso_get_token(struct cred_ctx *ctx, const struct cred_query *q,
			       const struct sso *sso, json_t **ret)
{
	struct rb_error *err;
	int64_t expires = 0;

	TRY(read_cache(q, sso, ret));
	if (!cred_json_text(*ret, "accessToken") || !time_of(*ret, "expiresAt", &expires))
		return sso_log_in_again(
			q, cred_fail("the SSO token in '%s' is invalid", sso->cache_path));
	if (sso->session && expires - ctx->utc_s() < RENEW_BEFORE_S && can_renew(ctx, *ret) &&
	    ctx->utc_s() - ctx->sso_tried_utc_s >= RENEW_PAUSE_S) {
		err = renew(ctx, sso, *ret);
		if (!err || rb_error_is(err, RB_INTERRUPTED))
			return err;
		log_debug("the SSO token is not renewed: %s", err->why ? err->why : err->what);
		if (expires <= ctx->utc_s())
			return sso_log_in_again(q, err);
		(void)rb_error_free(err);
	}
	if (expires <= ctx->utc_s()) {
		char when[CLOCK_ISO_SIZE];

		clock_iso8601(expires, when);
		return sso_log_in_again(q, cred_fail("the SSO session ended at %s", when));
	}
	return NULL;
}
