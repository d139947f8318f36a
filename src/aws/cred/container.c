/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys from the container's agent (ECS, EKS Pod Identity, Greengrass): an URL in
 * the environment.  Plain http goes only to the hosts that are the machine itself
 * or an agent's known address, never by a proxy, and redirects are not followed.
 * Once configured, a failure is final: the machine's own role is not a fallback.
 */
#include "aws/cred/source.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"
#include "net/loop.h"
#include "net/uri.h"

#define ECS_AGENT "http://169.254.170.2"
#define TIMEOUT_MS 2000
#define TRIES 3

static bool is_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

static bool same_ipv6(const char *a, const char *b)
{
	struct in6_addr x, y;

	return inet_pton(AF_INET6, a, &x) == 1 && inet_pton(AF_INET6, b, &y) == 1 &&
	       memcmp(&x, &y, sizeof(x)) == 0;
}

static bool may_be_plain(const char *host)
{
	return text_eq(host, "localhost") || is_loopback(host) ||
	       text_eq(host, "169.254.170.2") ||  /* ECS */
	       text_eq(host, "169.254.170.23") || /* EKS Pod Identity */
	       same_ipv6(host, "fd00:ec2::23");
}

struct rb_error *cred_container_url(const char *relative, const char *full, char **ret)
{
	struct uri uri = { 0 };
	struct rb_error *err;
	bool allowed;

	if (relative) {
		if (relative[0] != '/')
			return cred_fail(
				"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with '/'");
		*ret = xasprintf("%s%s", ECS_AGENT, relative);
		return NULL;
	}
	err = uri_parse(full, &uri);
	if (err) {
		(void)rb_error_free(err);
		uri_clear(&uri);
		return cred_fail("AWS_CONTAINER_CREDENTIALS_FULL_URI is not an http or https URL");
	}
	allowed = strcmp(uri.scheme, "https") == 0 || may_be_plain(uri.host);
	if (!allowed)
		err = rb_error_hint(
			cred_fail(
				"AWS_CONTAINER_CREDENTIALS_FULL_URI may not be plain http to '%s'",
				uri.host),
			"plain http is for this machine and the agents of ECS and EKS; use https");
	uri_clear(&uri);
	if (!err)
		*ret = xstrdup(full);
	return err;
}

/* Read at each fetch: whoever gave the file also renews it. */
static struct rb_error *authorization(const struct cred_ctx *ctx, struct http_headers *headers)
{
	const char *file = aws_config_env(ctx->config, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *plain = aws_config_env(ctx->config, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
	struct secret token = { 0 };
	struct rb_error *err = NULL;

	if (file)
		err = cred_read_token_file(file, N_("container authorization token"), &token);
	else if (plain)
		secret_set_str(&token, plain);
	if (!err && strpbrk(secret_reveal(&token), "\r\n"))
		err = cred_fail("the container authorization token holds a line break");
	if (!err && secret_is_set(&token))
		http_headers_add(headers, "Authorization", secret_reveal(&token));
	secret_clear(&token);
	return err;
}

static struct rb_error *ask_once(struct cred_ctx *ctx, const char *url, struct http_response *res)
{
	struct http_headers headers = { 0 };
	struct rb_error *err;

	http_headers_add(&headers, "Accept", "application/json");
	err = authorization(ctx, &headers);
	if (!err)
		err = cred_http_perform(ctx,
					&(const struct cred_http){ .method = "GET",
								   .url = url,
								   .headers = &headers,
								   .timeout_ms = TIMEOUT_MS,
								   .no_proxy = true },
					res);
	cred_headers_clear(&headers);
	if (!err && res->status != 200) {
		autofree char *body = text_printable(res->body.p, res->body.n, /* max= */ 200);

		err = cred_fail("the container's agent answers HTTP %d: %s", res->status, body);
	}
	return err;
}

static struct rb_error *ask(struct cred_ctx *ctx, const char *url, struct cred *ret)
{
	static const struct cred_fields fields = { .id = "AccessKeyId",
						   .secret = "SecretAccessKey",
						   .token = "Token",
						   .expiry = "Expiration",
						   .account = "AccountId" };
	static const char *const whence = N_("the answer of the container's agent");
	json_auto_t *object = NULL;
	auto_cred_response res = HTTP_RESPONSE_INIT;

	TRY(ask_once(ctx, url, &res));
	TRY(cred_parse_json((struct span){ res.body.p, res.body.n }, whence, &object));
	return cred_from_json(object, &fields, whence, ret);
}

struct rb_error *cred_container_fetch(struct cred_ctx *ctx, const struct cred_query *q,
				      bool *ret_found, struct cred *ret)
{
	const char *relative =
		aws_config_env(ctx->config, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full = aws_config_env(ctx->config, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
	autofree char *url = NULL;
	struct rb_error *err;

	(void)q;
	if (!relative && !full) {
		cred_note(ctx, "container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and "
			       "AWS_CONTAINER_CREDENTIALS_FULL_URI are not set");
		return NULL;
	}
	TRY(cred_container_url(relative, full, &url));
	for (int n_try = 1; (err = ask(ctx, url, ret)) != NULL; n_try++) {
		if (n_try == TRIES || rb_error_is(err, RB_INTERRUPTED) ||
		    rb_error_is(err, RB_USAGE))
			return err;
		log_debug("container credentials, try %d: %s", n_try, err->why);
		(void)rb_error_free(err);
		TRY(loop_sleep(http_loop(ctx->http), ctx->retry_pause_ms));
	}
	ret->source = xstrdup("container");
	*ret_found = true;
	return NULL;
}
