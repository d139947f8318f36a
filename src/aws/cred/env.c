/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in the environment.  The old AWS_SECURITY_TOKEN goes first, as in the AWS CLI. */
#include "aws/cred/source.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"

struct rb_error *cred_env_fetch(struct cred_ctx *ctx, const struct cred_query *q, bool *ret_found,
				struct cred *ret)
{
	const char *id = aws_config_env(ctx->config, "AWS_ACCESS_KEY_ID");
	const char *secret = aws_config_env(ctx->config, "AWS_SECRET_ACCESS_KEY");
	const char *token = aws_config_env(ctx->config, "AWS_SECURITY_TOKEN");
	const char *expiry = aws_config_env(ctx->config, "AWS_CREDENTIAL_EXPIRATION");
	int64_t expires = 0;

	if (!q->use_env) {
		cred_note(ctx, "environment: not looked at, as --profile was given");
		return NULL;
	}
	if (!id) {
		cred_note(ctx, "environment: AWS_ACCESS_KEY_ID is not set");
		return NULL;
	}
	if (!secret)
		return cred_fail("AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not");
	if (expiry && !cred_parse_time(expiry, &expires))
		return cred_fail("AWS_CREDENTIAL_EXPIRATION is not an ISO 8601 time");
	if (!token)
		token = aws_config_env(ctx->config, "AWS_SESSION_TOKEN");
	ret->access_key_id = xstrdup(id);
	secret_set_str(&ret->secret_key, secret);
	if (token)
		secret_set_str(&ret->session_token, token);
	ret->expires_utc_s = expires;
	ret->account_id = xstrdup_or_null(aws_config_env(ctx->config, "AWS_ACCOUNT_ID"));
	ret->source = xstrdup("environment");
	*ret_found = true;
	return NULL;
}
