/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The AWS CLI's own cache of assumed roles, read and never written.
 *
 * Only for roles that ask for an MFA code: whoever typed one for the AWS CLI need
 * not type another for us.  (AWS takes each code once, so it would mean waiting for
 * the next one, too.)  All other roles cost one call to STS.
 */
#include "aws/cred/source.h"

#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"

#define CACHE_FILE_MAX ((size_t)64 << 10)
#define LEFT_AT_LEAST_S (15 * 60)

/* The file's name is the hash of what STS was asked, without a name that was made up. */
static char *cache_path(const struct cred_assume_role *role, bool name_is_made)
{
	json_auto_t *asked =
		json_pack("{s:s, s:s*, s:s*, s:s*}", "RoleArn", role->role_arn, "RoleSessionName",
			  name_is_made ? NULL : role->session_name, "ExternalId", role->external_id,
			  "SerialNumber", role->mfa_serial);
	char hex[CRED_SHA1_HEX_SIZE];
	char *text;

	if (role->duration_s)
		(void)json_object_set_new(asked, "DurationSeconds", json_integer(role->duration_s));
	text = json_dumps(asked, JSON_SORT_KEYS | JSON_ENSURE_ASCII);
	if (!text) /* text that is not UTF-8 */
		return NULL;
	cred_sha1_hex(text, hex);
	free(text);
	autofree char *name = xasprintf("~/.aws/cli/cache/%s.json", hex);

	return file_expand(name);
}

/* The AWS CLI writes "2026-01-01T00:00:00UTC", too. */
static void mend_expiry(json_t *credentials)
{
	const char *text = cred_json_text(credentials, "Expiration");

	if (text && text_ends_with(text, "UTC")) {
		autofree char *cut = xstrndup(text, strlen(text) - 3);
		autofree char *mended = xasprintf("%sZ", cut);

		(void)json_object_set_new(credentials, "Expiration", json_string(mended));
	}
}

static struct rb_error *read_cache(const char *path, struct cred *ret)
{
	static const struct cred_fields fields = { .id = "AccessKeyId",
						   .secret = "SecretAccessKey",
						   .token = "SessionToken",
						   .expiry = "Expiration",
						   .account = "AccountId" };
	auto_secret_buf text = BUF_INIT;
	json_auto_t *cache = NULL;
	json_t *credentials;

	TRY(file_read(path, CACHE_FILE_MAX, &text));
	TRY(cred_parse_json((struct span){ text.p, text.n }, path, &cache));
	credentials = json_object_get(cache, "Credentials");
	mend_expiry(credentials);
	return cred_from_json(credentials, &fields, path, ret);
}

bool cred_cli_cache(const struct cred_ctx *ctx, const struct cred_assume_role *role,
		    bool name_is_made, struct cred *ret)
{
	autofree char *path = cache_path(role, name_is_made);
	struct rb_error *err = path ? read_cache(path, ret) : NULL;

	if (!path || rb_error_is(err, RB_GONE)) {
		(void)rb_error_free(err);
		return false;
	}
	if (err) {
		log_debug("the AWS CLI's cache is not used: %s", err->why);
		(void)rb_error_free(err);
		return false;
	}
	if (ret->expires_utc_s - ctx->utc_s() >= LEFT_AT_LEAST_S)
		return true;
	cred_clear(ret);
	return false;
}
