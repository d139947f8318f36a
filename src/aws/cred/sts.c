/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two calls of STS that make credentials out of others.
 *
 * They stand below the client of call.h, which itself asks the chain for
 * credentials, so the little they need of it is here: sign, send, ask again a
 * few times.  Asking twice does no harm, for a session that nobody uses costs
 * nothing.
 */
#include "aws/cred/source.h"

#include <stdlib.h>
#include <string.h>

#include "aws/core/advice.h"
#include "aws/core/endpoint.h"
#include "aws/core/query.h"
#include "aws/core/reply.h"
#include "aws/core/xml.h"
#include "aws/core/retry.h"
#include "aws/core/sign.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

#define STS_VERSION "2011-06-15"
#define STS_TIMEOUT_MS 30000

char *cred_session_name(const struct cred_ctx *ctx)
{
	return xasprintf("runbook-%lld", (long long)ctx->utc_s());
}

/* The active region; without one, where the role's partition surely has STS. */
static const char *sts_region(const struct cred_ctx *ctx, const char *role_arn)
{
	static const struct {
		const char *arn, *region;
	} homes[] = {
		{ "arn:aws-cn:", "cn-north-1" },	{ "arn:aws-us-gov:", "us-gov-west-1" },
		{ "arn:aws-iso:", "us-iso-east-1" },	{ "arn:aws-iso-b:", "us-isob-east-1" },
		{ "arn:aws-iso-e:", "eu-isoe-west-1" }, { "arn:aws-iso-f:", "us-isof-south-1" },
		{ "arn:aws-eusc:", "eusc-de-east-1" },
	};

	if (ctx->config->region)
		return ctx->config->region;
	for (size_t i = 0; i < ARRAY_LEN(homes); i++)
		if (text_starts_with(role_arn, homes[i].arn))
			return homes[i].region;
	return "us-east-1";
}

static void make_request(const struct aws_endpoint *ep, const struct cred_assume_role *role,
			 struct http_request *req)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "Action", role->web_token ? "AssumeRoleWithWebIdentity" : "AssumeRole");
	params_add(&p, "Version", STS_VERSION);
	params_add(&p, "RoleArn", role->role_arn);
	params_add(&p, "RoleSessionName", role->session_name);
	params_add(&p, "ExternalId", role->external_id);
	params_add(&p, "SerialNumber", role->mfa_serial);
	params_add(&p, "TokenCode", role->mfa_code);
	params_add(&p, "WebIdentityToken", role->web_token);
	if (role->duration_s)
		params_add_int(&p, "DurationSeconds", role->duration_s);
	req->method = xstrdup("POST");
	req->scheme = xstrdup(ep->url_scheme);
	req->host = xstrdup(ep->host);
	req->port = ep->port;
	req->path = xasprintf("%s/", ep->base_path);
	req->timeout_ms = STS_TIMEOUT_MS;
	req->max_answer_bytes = CRED_ANSWER_MAX;
	http_headers_add(&req->headers, "Content-Type",
			 "application/x-www-form-urlencoded; charset=utf-8");
	(void)buf_add(&req->body, p.body.p, p.body.n);
	buf_cleanse(&p.body);
}

/* True when the answer's clock explains the error; the next try signs by it. */
static bool learn_skew(struct cred_ctx *ctx, const struct rb_error *err,
		       const struct http_response *res)
{
	const char *date = http_headers_get(&res->headers, "date");
	bool definite = false;
	int64_t theirs, skew;

	if (!advice_is_skew(err->aws_code, &definite) || !date ||
	    !clock_parse_http_date(date, &theirs))
		return false;
	skew = theirs - ctx->utc_s();
	if (llabs(skew - ctx->skew_s) <= (definite ? 0 : SKEW_TOLERATED_S))
		return false;
	ctx->skew_s = skew;
	return true;
}

/* What a good answer shows of AWS's clock. */
static void follow_clock(struct cred_ctx *ctx, const struct http_response *res)
{
	const char *date = http_headers_get(&res->headers, "date");
	int64_t theirs;

	if (!date || !clock_parse_http_date(date, &theirs))
		return;
	if (llabs(theirs - ctx->utc_s() - ctx->skew_s) > SKEW_NOISE_S)
		ctx->skew_s = theirs - ctx->utc_s();
}

static struct rb_error *send_once(struct cred_ctx *ctx, const struct aws_endpoint *ep,
				  const struct cred *with, const char *action,
				  struct http_request *req, struct http_response *res,
				  bool *ret_again)
{
	const struct sigv4_scope scope = { .utc_s = ctx->utc_s() + ctx->skew_s,
					   .region = ep->signing_region,
					   .service = ep->signing_name };
	struct rb_error *err;

	if (with)
		sign_request(req, with, &scope);
	err = http_perform(ctx->http, req, res);
	if (err) {
		*ret_again = rb_error_is(err, RB_NETWORK) || rb_error_is(err, RB_LOST);
		return err;
	}
	if (res->status == 200) {
		follow_clock(ctx, res);
		return NULL;
	}
	err = reply_error(AWS_PROTOCOL_QUERY, "sts", action, res);
	*ret_again = rb_error_is(err, RB_RETRY) || rb_error_is(err, RB_THROTTLED) ||
		     rb_error_is_aws(err, "IDPCommunicationError") || learn_skew(ctx, err, res);
	return err;
}

static struct rb_error *send(struct cred_ctx *ctx, const struct cred *with,
			     const struct cred_assume_role *role, const char *action,
			     struct http_response *res)
{
	const char *region = sts_region(ctx, role->role_arn);
	struct http_request req = HTTP_REQUEST_INIT;
	struct aws_endpoint ep = { 0 };
	struct rb_error *err = aws_endpoint_resolve(ctx->config, "sts", region, &ep);

	if (err)
		return err;
	make_request(&ep, role, &req);
	for (int n_try = 1;; n_try++) {
		bool again = false;

		err = send_once(ctx, &ep, with, action, &req, res, &again);
		if (!err || !again || n_try >= ctx->config->max_attempts)
			break;
		if (http_no_such_name(err) && n_try >= RETRY_NAME_ATTEMPTS)
			break;
		(void)rb_error_free(err);
		err = cred_pause_after(ctx, n_try, res);
		if (err)
			break;
	}
	buf_cleanse(&req.body);
	http_request_clear(&req);
	aws_endpoint_clear(&ep);
	return err;
}

/* arn:aws:sts::111122223333:assumed-role/ROLE/SESSION */
static char *account_of(const char *arn)
{
	const char *p = arn;
	size_t n;

	for (int colons = 0; p && colons < 4; colons++) {
		p = strchr(p, ':');
		if (p)
			p++;
	}
	n = p ? strcspn(p, ":") : 0;
	return n ? xstrndup(p, n) : NULL;
}

static struct rb_error *read_answer(const char *action, const struct http_response *res,
				    struct cred *ret)
{
	autofree char *result = xasprintf("%sResult", action);
	auto_xml_reply xml = XML_REPLY_INIT;
	const struct xml_node *root;
	int64_t expires = 0;

	TRY(xml_parse(res->body.p, res->body.n, &xml));
	root = xml_first(xml.root, result);
	autofree char *id = xml_text(root, "Credentials/AccessKeyId");
	autofree char *expiration = xml_text(root, "Credentials/Expiration");
	autofree char *arn = xml_text(root, "AssumedRoleUser/Arn");
	char *secret = xml_text(root, "Credentials/SecretAccessKey");
	char *token = xml_text(root, "Credentials/SessionToken");
	bool whole =
		id && secret && token && expiration && clock_parse_iso8601(expiration, &expires);

	if (whole) {
		cred_clear(ret);
		ret->access_key_id = steal_str(&id);
		secret_set_str(&ret->secret_key, secret);
		secret_set_str(&ret->session_token, token);
		ret->expires_utc_s = expires;
		ret->account_id = arn ? account_of(arn) : NULL;
	}
	cred_wipe_str(secret);
	cred_wipe_str(token);
	return whole ? NULL : cred_fail("the answer of STS to %s holds no credentials", action);
}

struct rb_error *cred_sts_assume_role(struct cred_ctx *ctx, const struct cred *with,
				      const struct cred_assume_role *role, struct cred *ret)
{
	const char *action = role->web_token ? "AssumeRoleWithWebIdentity" : "AssumeRole";
	auto_cred_response res = HTTP_RESPONSE_INIT;

	TRY(send(ctx, with, role, action, &res));
	return read_answer(action, &res, ret);
}
