/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The role of the EC2 instance that we run on, by its metadata service.
 *
 * Version 2 alone: a token first, then the questions.  Where there is no such
 * service (most places) this is the last source and costs one timeout, so its
 * silence is a note and no error.
 *
 * Expired keys are kept: the service may be late with new ones, and AWS
 * goes on taking the old ones meanwhile.
 */
#include "aws/cred/source.h"

#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/percent.h"
#include "base/text.h"

#define TOKEN_TTL_S 21600
#define TOKEN_TTL_TEXT "21600"
#define TOKEN_EARLY_S 60
#define ROLES "/latest/meta-data/iam/security-credentials/"
#define REGION "/latest/meta-data/placement/region"

static struct rb_error *call(struct cred_ctx *ctx, const char *method, const char *path,
			     const char *header, const char *value, struct http_response *res)
{
	autofree char *url = xasprintf("%s%s", ctx->config->imds_endpoint, path);
	struct http_headers headers = { 0 };
	struct rb_error *err;

	http_headers_add(&headers, header, value);
	err = cred_http_perform(ctx,
				&(const struct cred_http){
					.method = method,
					.url = url,
					.headers = &headers,
					.timeout_ms = (int64_t)ctx->config->imds_timeout_s * 1000,
					.no_proxy = true },
				res);
	cred_headers_clear(&headers);
	return err;
}

static struct rb_error *get_token(struct cred_ctx *ctx)
{
	auto_cred_response res = HTTP_RESPONSE_INIT;
	int64_t now = ctx->utc_s();

	if (secret_is_set(&ctx->imds_token) && now < ctx->imds_token_until_utc_s)
		return NULL;
	TRY(call(ctx, "PUT", "/latest/api/token", "x-aws-ec2-metadata-token-ttl-seconds",
		 TOKEN_TTL_TEXT, &res));
	if (res.status == 403)
		return cred_fail("the metadata service is switched off for this instance");
	if (res.status != 200 || !res.body.n)
		return cred_fail("the metadata service gives no token (HTTP %d)", res.status);
	for (size_t i = 0; i < res.body.n; i++) /* it becomes a header */
		if (res.body.p[i] <= ' ' || res.body.p[i] > '~')
			return cred_fail("the metadata service's token is none");
	secret_set(&ctx->imds_token, res.body.p, res.body.n);
	ctx->imds_token_until_utc_s = now + TOKEN_TTL_S - TOKEN_EARLY_S;
	return NULL;
}

/* A token that the service no longer takes (401) is replaced once. */
static struct rb_error *get(struct cred_ctx *ctx, const char *path, struct http_response *res)
{
	for (int n_try = 1;; n_try++) {
		TRY(get_token(ctx));
		TRY(call(ctx, "GET", path, "x-aws-ec2-metadata-token",
			 secret_reveal(&ctx->imds_token), res));
		if (res->status != 401 || n_try == 2)
			return NULL;
		secret_clear(&ctx->imds_token);
	}
}

static struct rb_error *get_role(struct cred_ctx *ctx, struct buf *ret)
{
	auto_cred_response res = HTTP_RESPONSE_INIT;
	struct span name;

	TRY(get(ctx, ROLES, &res));
	if (res.status == 404)
		return rb_error_because(RB_GONE, "this instance has no role");
	if (res.status != 200)
		return cred_fail("the metadata service answers HTTP %d", res.status);
	name = span_trim((struct span){ res.body.p, strcspn(res.body.p, "\r\n") });
	if (!name.n)
		return cred_fail("the metadata service names no role");
	(void)buf_add(ret, name.p, name.n);
	return NULL;
}

static struct rb_error *get_keys(struct cred_ctx *ctx, const struct buf *role, struct cred *ret)
{
	static const struct cred_fields fields = { .id = "AccessKeyId",
						   .secret = "SecretAccessKey",
						   .token = "Token",
						   .expiry = "Expiration",
						   .account = "AccountId" };
	static const char *const whence = N_("the metadata service's answer");
	auto_cred_response res = HTTP_RESPONSE_INIT;
	json_auto_t *object = NULL;
	auto_buf path = BUF_INIT;
	const char *code;

	(void)buf_adds(&path, ROLES);
	percent_encode(&path, role->p, role->n, /* keep_slash= */ false);
	TRY(get(ctx, path.p, &res));
	if (res.status != 200)
		return cred_fail("the metadata service answers HTTP %d for the role's keys",
				 res.status);
	TRY(cred_parse_json((struct span){ res.body.p, res.body.n }, whence, &object));
	code = cred_json_text(object, "Code");
	if (code && strcmp(code, "Success") != 0) {
		const char *message = cred_json_text(object, "Message");
		autofree char *reason =
			xasprintf("%s%s%s", code, message ? ": " : "", message ? message : "");
		autofree char *shown = text_printable(reason, strlen(reason), 300);

		return cred_fail("the metadata service has no keys: %s", shown);
	}
	return cred_from_json(object, &fields, whence, ret);
}

static struct rb_error *fetch_once(struct cred_ctx *ctx, struct cred *ret)
{
	auto_buf role = BUF_INIT;

	TRY(get_role(ctx, &role));
	TRY(get_keys(ctx, &role, ret));
	autofree char *shown = text_printable(role.p, role.n, 100);

	ret->source = xasprintf("instance metadata (role '%s')", shown);
	ret->keep_when_expired = true;
	return NULL;
}

struct rb_error *cred_imds_fetch(struct cred_ctx *ctx, const struct cred_query *q, bool *ret_found,
				 struct cred *ret)
{
	struct rb_error *err;

	(void)q;
	if (ctx->config->imds_disabled) {
		cred_note(ctx, "instance metadata: switched off by AWS_EC2_METADATA_DISABLED");
		return NULL;
	}
	for (int n_try = 1;; n_try++) {
		err = fetch_once(ctx, ret);
		if (!err || rb_error_is(err, RB_INTERRUPTED) || rb_error_is(err, RB_USAGE)) {
			*ret_found = !err;
			return err;
		}
		log_debug("instance metadata, try %d: %s", n_try, err->why);
		if (n_try >= ctx->config->imds_attempts || rb_error_is(err, RB_GONE))
			break;
		(void)rb_error_free(err);
	}
	cred_note(ctx, "instance metadata at %s: %s", ctx->config->imds_endpoint,
		  err->why ? err->why : err->what);
	(void)rb_error_free(err);
	return NULL;
}

struct rb_error *cred_imds_region(struct cred_chain *chain, char **ret)
{
	struct cred_ctx *ctx = cred_chain_ctx(chain);
	auto_cred_response res = HTTP_RESPONSE_INIT;
	struct rb_error *err;
	struct span name;

	*ret = NULL;
	if (ctx->config->imds_disabled)
		return NULL;
	err = get(ctx, REGION, &res);
	if (rb_error_is(err, RB_INTERRUPTED) || rb_error_is(err, RB_USAGE))
		return err;
	if (err) {
		log_debug("instance metadata, region: %s", err->why ? err->why : err->what);
		return rb_error_free(err);
	}
	name = span_trim((struct span){ res.body.p, res.body.n });
	if (res.status != 200 || !name.n || name.n > 63)
		return NULL;
	for (size_t i = 0; i < name.n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-", name.p[i]))
			return NULL;
	*ret = xstrndup(name.p, name.n);
	return NULL;
}
