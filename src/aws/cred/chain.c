/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain of credential sources, asked in their order.  The first that is
 * configured gives the credentials, or its error.
 */
#include <stdlib.h>

#include "aws/core/profile.h"
#include "aws/cred/source.h"
#include "base/alloc.h"
#include "base/text.h"

static const struct cred_source sources[] = {
	{ cred_env_fetch, N_("the environment"), false, false },
	{ cred_assume_fetch, "assume role", false, true },
	{ cred_web_fetch, "web identity", true, true },
	{ cred_sso_fetch, "SSO", true, true },
	{ cred_profile_fetch_credentials, N_("keys of the credentials file"), true, false },
	{ cred_login_fetch, "aws login", true, true },
	{ cred_process_fetch, "process", true, true },
	{ cred_profile_fetch_config, N_("keys of the config file"), true, false },
	{ cred_container_fetch, N_("the container's agent"), false, true },
	{ cred_imds_fetch, N_("instance metadata"), false, true },
};

struct rb_error *cred_fetch_source_profile(struct cred_ctx *ctx, const char *profile,
					   bool *ret_found, struct cred *ret)
{
	const struct cred_query q = { .profile = profile };

	for (size_t i = 0; i < ARRAY_LEN(sources) && !*ret_found; i++)
		if (sources[i].of_profile)
			TRY(cred_ask(sources[i].fetch, ctx, &q, ret_found, ret));
	return NULL;
}

/*
 * Below, `what` says which file or call; above, which source.  And the kinds that
 * would make the engine wonder whether something changed become plain ones.
 */
static struct rb_error *name_source(struct rb_error *err, const struct cred_source *source,
				    const struct cred_query *q)
{
	bool of_profile = source->of_profile || source->fetch == cred_assume_fetch;
	autofree char *label = of_profile ? cred_label(q, source->how) : xstrdup(source->how);

	if (err->what) {
		if (err->why)
			rb_error_replace(err, RB_WHY, "%s: %s", err->what, err->why);
		else
			rb_error_replace(err, RB_WHY, "%s", err->what);
		rb_error_drop(err, RB_WHAT);
	}
	if (rb_error_has_trait(err, RB_IS_PASSING))
		err->kind = RB_NETWORK;
	else if (!rb_error_has_trait(err, RB_IS_SENDER))
		err->kind = RB_CREDENTIALS;
	return rb_error_what(err, "cannot get AWS credentials from %-s", label);
}

static void note_profile(struct cred_ctx *ctx)
{
	const struct aws_config *config = ctx->config;
	const char *config_path = aws_profiles_path(config->profiles, AWS_FILE_CONFIG);
	const char *credentials_path = aws_profiles_path(config->profiles, AWS_FILE_CREDENTIALS);

	if (aws_profiles_has(config->profiles, config->profile))
		cred_note(ctx,
			  "profile '%s' in '%s' and '%s': no role, SSO, keys, login or process",
			  config->profile, config_path, credentials_path);
	else
		cred_note(ctx, "profile '%s': neither in '%s' nor in '%s'", config->profile,
			  config_path, credentials_path);
}

static struct rb_error *nothing_found(const char *tried)
{
	return rb_error_hint(
		rb_error_why(rb_error_new(RB_CREDENTIALS, "cannot find AWS credentials"), "%s",
			     tried),
		"run 'aws configure' or 'aws configure sso', or name a profile with "
		"--profile or AWS_PROFILE; --sandbox needs no account");
}

bool cred_none_found(const struct rb_error *err)
{
	return rb_error_is(err, RB_CREDENTIALS) &&
	       text_eq(err->what, "cannot find AWS credentials");
}

/* NULL and *ret_from NULL: none of them has any. */
static struct rb_error *ask_in_turn(struct cred_ctx *ctx, const struct cred_source **ret_from,
				    struct cred *ret)
{
	const struct cred_query q = { .profile = ctx->config->profile,
				      .use_env = !ctx->config->profile_explicit };
	bool found = false, noted = false;

	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		struct rb_error *err;

		if (sources[i].fetch == cred_container_fetch && !noted) {
			note_profile(ctx);
			noted = true;
		}
		err = cred_ask(sources[i].fetch, ctx, &q, &found, ret);
		if (err)
			return name_source(err, &sources[i], &q);
		if (found) {
			*ret_from = &sources[i];
			return NULL;
		}
	}
	return NULL;
}

struct rb_error *cred_fetch_in_order(struct cred_ctx *ctx, const struct cred_source **ret_from,
				     struct cred *ret)
{
	const char *tried = NULL;
	struct rb_error *err;

	*ret_from = NULL;
	ctx->tried = &tried;
	err = ask_in_turn(ctx, ret_from, ret);
	ctx->tried = NULL;
	if (!err && !*ret_from)
		err = nothing_found(tried);
	said_drop(&tried);
	return err;
}
