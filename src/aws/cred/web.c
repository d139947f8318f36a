/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Web identity: a token from a file (Kubernetes and others put it there), given
 * to STS for a role.  The call is not signed.  The file is read again at each
 * fetch, for whoever put it there also renews it.
 */
#include "aws/cred/source.h"

#include <string.h>

#include "base/alloc.h"

/* The environment wins key by key. */
static const char *setting(const struct cred_ctx *ctx, const struct cred_query *q, const char *env,
			   const char *key)
{
	const char *value = q->use_env ? aws_config_env(ctx->config, env) : NULL;

	return value ? value : cred_key(ctx, q, key);
}

struct rb_error *cred_web_fetch(struct cred_ctx *ctx, const struct cred_query *q, bool *ret_found,
				struct cred *ret)
{
	const char *file =
		setting(ctx, q, "AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
	const char *role_arn = setting(ctx, q, "AWS_ROLE_ARN", "role_arn");
	const char *name = setting(ctx, q, "AWS_ROLE_SESSION_NAME", "role_session_name");
	autofree char *made_name = cred_session_name(ctx);
	struct secret token = { 0 };
	struct cred_assume_role role = { .role_arn = role_arn,
					 .session_name = name ? name : made_name };
	struct rb_error *err;

	if (!file)
		return NULL;
	if (!role_arn)
		return rb_error_hint(cred_fail("a web identity token file is set, but no role"),
				     "set AWS_ROLE_ARN, or role_arn in the profile");
	TRY(cred_read_token_file(file, N_("web identity token"), &token));
	role.web_token = secret_reveal(&token);
	err = cred_sts_assume_role(ctx, NULL, &role, ret);
	secret_clear(&token);
	if (err)
		return err;
	ret->source = cred_label(q, "web identity");
	*ret_found = true;
	return NULL;
}
