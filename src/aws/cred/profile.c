/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Static keys in a profile.  Each file is read alone: the credentials file
 * comes early in the chain, the config file after processes.
 */
#include "aws/cred/source.h"

#include <string.h>

#include "aws/core/profile.h"
#include "base/alloc.h"
#include "base/text.h"

static struct rb_error *fetch_from(struct cred_ctx *ctx, enum aws_shared_file file,
				   const struct cred_query *q, bool *ret_found, struct cred *ret)
{
	const struct aws_profiles *p = ctx->config->profiles;
	const char *id = aws_profiles_get_from(p, file, q->profile, "aws_access_key_id");
	const char *secret = aws_profiles_get_from(p, file, q->profile, "aws_secret_access_key");
	const char *token = aws_profiles_get_from(p, file, q->profile, "aws_security_token");
	const char *account = aws_profiles_get_from(p, file, q->profile, "aws_account_id");

	if (!id || !*id)
		return NULL;
	if (!secret || !*secret) {
		autofree char *name = text_printable(q->profile, strlen(q->profile), 100);

		return cred_fail("profile '%s' in '%s' has an aws_access_key_id but no "
				 "aws_secret_access_key",
				 name, aws_profiles_path(p, file));
	}
	if (!token || !*token)
		token = aws_profiles_get_from(p, file, q->profile, "aws_session_token");
	ret->access_key_id = xstrdup(id);
	secret_set_str(&ret->secret_key, secret);
	if (token)
		secret_set_str(&ret->session_token, token);
	ret->account_id = account && *account ? xstrdup(account) : NULL;
	ret->source = cred_label(q, file == AWS_FILE_CONFIG ? "keys of the config file"
							    : "keys of the credentials file");
	*ret_found = true;
	return NULL;
}

struct rb_error *cred_profile_fetch_credentials(struct cred_ctx *ctx, const struct cred_query *q,
						bool *ret_found, struct cred *ret)
{
	return fetch_from(ctx, AWS_FILE_CREDENTIALS, q, ret_found, ret);
}

struct rb_error *cred_profile_fetch_config(struct cred_ctx *ctx, const struct cred_query *q,
					   bool *ret_found, struct cred *ret)
{
	return fetch_from(ctx, AWS_FILE_CONFIG, q, ret_found, ret);
}
