/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles of profiles: role_arn with source_profile or credential_source.
 *
 *   A --source_profile--> B --source_profile--> C with keys
 *
 * is followed to its end first and assumed on the way back.  A profile that holds
 * keys ends the chain even when it has a role_arn too; that is also the one case
 * in which a profile may name itself.
 */
#include "aws/cred/source.h"

#include <string.h>

#include "aws/core/profile.h"
#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"

#define CHAIN_MAX 16 /* roles; AWS users have two or three */

static struct rb_error *assume(struct cred_ctx *ctx, const char *profile, struct cred *ret);

/* Exact letter case, as the AWS CLI asks for. */
static const struct {
	const char *name;
	cred_fetch_fn *fetch;
} machine_sources[] = {
	{ "Environment", cred_env_fetch },
	{ "Ec2InstanceMetadata", cred_imds_fetch },
	{ "EcsContainer", cred_container_fetch },
};

static bool has_keys(const struct aws_profiles *p, const char *profile)
{
	return aws_profiles_get(p, profile, "aws_access_key_id") ||
	       aws_profiles_get(p, profile, "aws_secret_access_key");
}

static bool has_role(const struct aws_profiles *p, const char *profile)
{
	return aws_profiles_get(p, profile, "role_arn") &&
	       !aws_profiles_get(p, profile, "web_identity_token_file");
}

static cred_fetch_fn *machine_source(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(machine_sources); i++)
		if (strcmp(machine_sources[i].name, name) == 0)
			return machine_sources[i].fetch;
	return NULL;
}

static struct rb_error *from_machine(struct cred_ctx *ctx, const char *profile, const char *name,
				     struct cred *ret)
{
	const struct cred_query q = { .profile = profile, .use_env = true };
	cred_fetch_fn *fetch = machine_source(name);
	autofree char *shown = text_printable(name, strlen(name), 100);
	const char **outer = ctx->tried, *notes = NULL;
	struct rb_error *err;
	bool found = false;

	if (!fetch)
		return rb_error_hint(cred_fail("profile '%s' has an unknown credential_source '%s'",
					       profile, shown),
				     "it must be Environment, Ec2InstanceMetadata or EcsContainer");
	ctx->tried = &notes;
	err = cred_ask(fetch, ctx, &q, &found, ret);
	ctx->tried = outer;
	if (!err && !found)
		err = cred_fail("credential_source '%s' of profile '%s' has nothing: %-s", shown,
				profile, notes ? notes : "");
	said_drop(&notes);
	return err;
}

static struct rb_error *check_source(struct cred_ctx *ctx, const char *profile, const char *source)
{
	const struct aws_profiles *p = ctx->config->profiles;
	autofree char *shown = text_printable(source, strlen(source), 100);

	if (!aws_profiles_has(p, source))
		return cred_fail(
			"profile '%s' has source_profile '%s', and there is no such profile",
			profile, shown);
	if (!strv_has(&ctx->visited, source))
		return ctx->visited.n < CHAIN_MAX
			       ? NULL
			       : cred_fail(
					 "more than %d profiles name each other as source_profile",
					 CHAIN_MAX);
	if (strcmp(source, profile) == 0 && has_keys(p, source))
		return NULL;
	autofree char *way = strv_join(&ctx->visited, " -> ");
	autofree char *way_shown = text_printable(way, strlen(way), 300);

	return rb_error_hint(
		cred_fail("source_profile runs in a circle: %s -> %s", way_shown, shown),
		"let one of these profiles have keys, or name one that has");
}

static struct rb_error *from_profile(struct cred_ctx *ctx, const char *profile, const char *source,
				     struct cred *ret)
{
	const struct aws_profiles *p = ctx->config->profiles;
	bool found = false;

	TRY(check_source(ctx, profile, source));
	strv_add(&ctx->visited, source);
	if (!has_keys(p, source) && has_role(p, source))
		return assume(ctx, source, ret);
	TRY(cred_fetch_source_profile(ctx, source, &found, ret));
	if (!found)
		return cred_fail("source_profile '%s' of profile '%s' has no credentials", source,
				 profile);
	return NULL;
}

static struct rb_error *source_credentials(struct cred_ctx *ctx, const struct cred_query *q,
					   struct cred *ret)
{
	const char *source_profile = cred_key(ctx, q, "source_profile");
	const char *credential_source = cred_key(ctx, q, "credential_source");

	if (source_profile && credential_source)
		return cred_fail("profile '%s' has both source_profile and credential_source",
				 q->profile);
	if (credential_source)
		return from_machine(ctx, q->profile, credential_source, ret);
	if (source_profile)
		return from_profile(ctx, q->profile, source_profile, ret);
	return rb_error_hint(cred_fail("profile '%s' has a role_arn but neither source_profile nor "
				       "credential_source",
				       q->profile),
			     "add source_profile = NAME of the profile that may assume the role");
}

static struct rb_error *assume(struct cred_ctx *ctx, const char *profile, struct cred *ret)
{
	const struct cred_query q = { .profile = profile };
	autofree char *made_name = cred_session_name(ctx);
	const char *name = cred_key(ctx, &q, "role_session_name");
	const char *duration = cred_key(ctx, &q, "duration_seconds");
	auto_secret_buf code = BUF_INIT;
	auto_cred with = { 0 };
	struct cred_assume_role role = {
		.role_arn = aws_profiles_get(ctx->config->profiles, profile, "role_arn"),
		.session_name = name ? name : made_name,
		.external_id = cred_key(ctx, &q, "external_id"),
		.mfa_serial = cred_key(ctx, &q, "mfa_serial"),
	};

	if (duration && !text_parse_i64(duration, 1, INT32_MAX, &role.duration_s))
		log_debug("duration_seconds of profile '%s' is no number: not used", profile);
	if (role.mfa_serial && cred_cli_cache(ctx, &role, !name, ret)) {
		ctx->asked = true; /* by the AWS CLI */
		ret->source = cred_label(&q, "assume role, from the AWS CLI's cache");
		return NULL;
	}
	TRY(source_credentials(ctx, &q, &with));
	if (role.mfa_serial) {
		TRY(cred_ask_code(ctx, role.mfa_serial, &code));
		role.mfa_code = code.p;
		ctx->asked = true;
	}
	TRY(cred_sts_assume_role(ctx, &with, &role, ret));
	free(ret->source);
	ret->source = cred_label(&q, "assume role");
	return NULL;
}

struct rb_error *cred_assume_fetch(struct cred_ctx *ctx, const struct cred_query *q,
				   bool *ret_found, struct cred *ret)
{
	if (!cred_key(ctx, q, "role_arn") || !has_role(ctx->config->profiles, q->profile))
		return NULL;
	strv_clear(&ctx->visited);
	strv_add(&ctx->visited, q->profile);
	TRY(assume(ctx, q->profile, ret));
	*ret_found = true;
	return NULL;
}
