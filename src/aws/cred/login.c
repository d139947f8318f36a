/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `aws login` stores: used while it lasts.  Renewing it takes a key-bound
 * call to the sign-in service that the AWS CLI makes well; so it is asked to.
 */
#include "aws/cred/source.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

#define CACHE_FILE_MAX ((size_t)64 << 10)

static struct rb_error *log_in_again(const struct cred_query *q, struct rb_error *err)
{
	return rb_error_hint(err, "aws login --profile %s", q->profile);
}

static struct rb_error *fetch(struct cred_ctx *ctx, const char *session, struct cred *ret)
{
	static const struct cred_fields fields = { .id = "accessKeyId",
						   .secret = "secretAccessKey",
						   .token = "sessionToken",
						   .expiry = "expiresAt",
						   .account = "accountId" };
	const char *dir = aws_config_env(ctx->config, "AWS_LOGIN_CACHE_DIRECTORY");
	auto_secret_buf text = BUF_INIT;
	json_auto_t *cache = NULL;
	char hex[65], when[CLOCK_ISO_SIZE];
	struct rb_error *err;

	text_sha256_hex(session, strlen(session), hex);
	autofree char *written = xasprintf("%s/%s.json", dir ? dir : "~/.aws/login/cache", hex);
	autofree char *path = file_expand(written);
	autofree char *whence = xasprintf("the login cache '%s'", path);

	err = file_read(path, CACHE_FILE_MAX, &text);
	if (rb_error_is(err, RB_GONE)) {
		(void)rb_error_free(err);
		return cred_fail("nobody has logged in");
	}
	if (err)
		return err;
	TRY(cred_parse_json((struct span){ text.p, text.n }, whence, &cache));
	TRY(cred_from_json(json_object_get(cache, "accessToken"), &fields, whence, ret));
	if (ret->expires_utc_s && ret->expires_utc_s <= ctx->utc_s()) {
		clock_iso8601(ret->expires_utc_s, when);
		return cred_fail("the login ended at %s", when);
	}
	return NULL;
}

struct rb_error *cred_login_fetch(struct cred_ctx *ctx, const struct cred_query *q, bool *ret_found,
				  struct cred *ret)
{
	const char *session = cred_key(ctx, q, "login_session");
	struct rb_error *err;

	if (!session)
		return NULL;
	err = fetch(ctx, session, ret);
	if (err)
		return log_in_again(q, err);
	ret->source = cred_label(q, "aws login");
	*ret_found = true;
	return NULL;
}
