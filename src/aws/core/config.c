/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Option, environment, profile, default: the first that is there and not empty.
 * (The AWS CLI takes an empty variable as a value for some settings and not for
 * others; here empty is always the same as unset.)
 */
#include "aws/core/config.h"

#include <stdlib.h>
#include <string.h>

#include "aws/core/profile.h"
#include "aws/core/retry.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/text.h"

#define IMDS_IPV4 "http://169.254.169.254"
#define IMDS_IPV6 "http://[fd00:ec2::254]"
#define APP_ID_MAX 50
#define CA_BUNDLE_MAX (4 * 1024 * 1024) /* Mozilla's list has 0.2 MB */

/* The last of several, as a child would find it. */
static const char *find_variable(const struct strv *environment, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = environment->n; i-- > 0;)
		if (strncmp(environment->v[i], name, n) == 0 && environment->v[i][n] == '=')
			return environment->v[i] + n + 1;
	return NULL;
}

const char *aws_config_env(const struct aws_config *config, const char *name)
{
	const char *value =
		config->own_environment ? find_variable(&config->environment, name) : getenv(name);

	return value && *value ? value : NULL;
}

bool aws_config_truth(const char *value)
{
	return value && text_eq_nocase(value, "true");
}

const char *aws_config_profile_key(const struct aws_config *config, const char *key)
{
	return aws_profiles_get(config->profiles, config->profile, key);
}

/* ---- one setting ------------------------------------------------------------ */

struct setting {
	const char *value; /* NULL: not set */
	const char *env;   /* where it came from: a variable, else ... */
	const char *key;   /* ... a key of the profile */
};

/* Either name may be NULL. */
static struct setting look_up(const struct aws_config *config, const char *env, const char *key)
{
	struct setting s = { .value = env ? aws_config_env(config, env) : NULL, .env = env };

	if (!s.value && key) {
		s.value = aws_config_profile_key(config, key);
		if (s.value && !*s.value)
			s.value = NULL;
		s.env = NULL;
		s.key = key;
	}
	return s;
}

static struct rb_error *bad_value(const struct aws_config *config, const struct setting *s,
				  const char *expected)
{
	autofree char *shown = text_printable(s->value, strlen(s->value), 100);
	struct rb_error *err;

	if (s->env)
		err = rb_error_new(RB_USAGE, "cannot use %s '%s'", s->env, shown);
	else
		err = rb_error_new(RB_USAGE, "cannot use %s '%s' of AWS profile '%s'", s->key,
				   shown, config->profile);
	return rb_error_why(err, "%-s", expected);
}

static struct rb_error *load_int(const struct aws_config *config, const char *env, const char *key,
				 int otherwise, int max, int *ret)
{
	struct setting s = look_up(config, env, key);
	int64_t n = otherwise;

	if (s.value && !text_parse_i64(s.value, 1, max, &n)) {
		autofree char *expected = xasprintf(N_("it must be a number from 1 to %d"), max);

		return bad_value(config, &s, expected);
	}
	*ret = (int)n;
	return NULL;
}

static bool load_bool(const struct aws_config *config, const char *env, const char *key)
{
	return aws_config_truth(look_up(config, env, key).value);
}

/* ---- the profile ------------------------------------------------------------ */

static struct rb_error *no_such_profile(const struct aws_config *config)
{
	const char *config_path = aws_profiles_path(config->profiles, AWS_FILE_CONFIG);
	const char *credentials_path = aws_profiles_path(config->profiles, AWS_FILE_CREDENTIALS);
	autofree char *name = text_printable(config->profile, strlen(config->profile), 100);
	struct rb_error *err = rb_error_new(RB_USAGE, "cannot find AWS profile '%s'", name);
	auto_strv names = { 0 };
	const char *near;

	err = rb_error_why(err, "it is neither in '%s' nor in '%s'", config_path, credentials_path);
	if (aws_section_has(config->profiles, AWS_SECTION_OTHER, config->profile))
		return rb_error_hint(
			err, "'%s' has a section [%s]; there a profile is written [profile %s]",
			config_path, name, name);
	aws_profiles_names(config->profiles, &names);
	if (!names.n)
		return rb_error_hint(
			err, "there are no profiles yet; make one: aws configure --profile %s",
			name);
	autofree char *joined = strv_join(&names, ", ");
	autofree char *list = text_printable(joined, strlen(joined), 600);

	near = text_near(config->profile, strv_list(&names));
	if (near) {
		autofree char *shown = text_printable(near, strlen(near), 100);

		return rb_error_hint(err, "did you mean '%s'? the profiles are: %s", shown, list);
	}
	return rb_error_hint(err, "the profiles are: %s", list);
}

static struct rb_error *load_profile(struct aws_config *config,
				     const struct aws_config_options *options)
{
	const char *config_path = aws_config_env(config, "AWS_CONFIG_FILE");
	const char *credentials_path = aws_config_env(config, "AWS_SHARED_CREDENTIALS_FILE");
	autofree char *config_file = file_expand(config_path ? config_path : "~/.aws/config");
	autofree char *credentials_file =
		file_expand(credentials_path ? credentials_path : "~/.aws/credentials");
	const char *name = options->profile && *options->profile ? options->profile : NULL;

	config->shared_streams = file_is_stream(config_file) || file_is_stream(credentials_file);
	config->profile_explicit = name != NULL;
	if (!name)
		name = aws_config_env(config, "AWS_PROFILE");
	if (!name)
		name = aws_config_env(config, "AWS_DEFAULT_PROFILE");
	config->profile = xstrdup(name ? name : "default");
	TRY(aws_profiles_load(config_file, credentials_file, &config->warnings, &config->profiles));
	if (name && !aws_profiles_has(config->profiles, name))
		return no_such_profile(config);
	return NULL;
}

/* ---- groups of settings ----------------------------------------------------- */

static bool is_host_label(const char *s)
{
	size_t n = strlen(s);

	return n && n <= 63 && s[0] != '-' && s[n - 1] != '-' &&
	       strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static struct rb_error *load_region(struct aws_config *config,
				    const struct aws_config_options *options)
{
	struct setting s = { .value = options->region, .env = "--region" };
	const char *region;

	if (!s.value || !*s.value)
		s = look_up(config, "AWS_REGION", NULL);
	if (!s.value)
		s = look_up(config, "AWS_DEFAULT_REGION", "region");
	if (!s.value)
		return NULL;
	if (!is_host_label(s.value))
		return bad_value(config, &s, N_("a region is made of letters, digits and '-'"));
	region = s.value;
	if (text_starts_with(region, "fips-") || text_ends_with(region, "-fips")) {
		bool front = text_starts_with(region, "fips-");

		config->fips = true;
		config->region = front ? xstrdup(region + 5) : xstrndup(region, strlen(region) - 5);
		return NULL;
	}
	config->region = xstrdup(region);
	return NULL;
}

/* Most often it is left over: a sandbox of one's own takes its file with it when it ends. */
static struct rb_error *no_ca_bundle(const struct aws_config *config, const struct setting *s,
				     const struct aws_config_options *options)
{
	struct rb_error *err = bad_value(config, s, N_("there is no such file or directory"));
	const char *mapping = getenv("RUNBOOK_CONNECT_TO");

	if (s->value == options->ca_bundle)
		return err;
	if (!s->env)
		return rb_error_hint(err,
				     "let %s of the profile name a file that is there, or "
				     "take it out",
				     s->key);
	if (mapping && *mapping)
		return rb_error_hint(
			err,
			"the environment sets %s, and RUNBOOK_CONNECT_TO beside it, as for a "
			"sandbox of one's own, whose file goes when it ends: start it again and "
			"export its settings (docs/sandbox.md, With runbook), or unset "
			"AWS_ENDPOINT_URL RUNBOOK_CONNECT_TO AWS_ACCESS_KEY_ID "
			"AWS_SECRET_ACCESS_KEY %s",
			s->env, s->env);
	return rb_error_hint(err,
			     "the environment sets %s: unset it, or let it name a file that "
			     "is there",
			     s->env);
}

static struct rb_error *load_ca_bundle(struct aws_config *config,
				       const struct aws_config_options *options)
{
	struct setting s = { .value = options->ca_bundle, .env = "--ca-bundle" };
	auto_buf pem = BUF_INIT;

	if (!s.value || !*s.value)
		s = look_up(config, "AWS_CA_BUNDLE", "ca_bundle");
	if (!s.value)
		s = look_up(config, "REQUESTS_CA_BUNDLE", NULL);
	if (!s.value)
		return NULL;
	/* A name with $ in it, as a folder may have, is not one with a variable in it when it is
	 * there. */
	config->ca_bundle = file_exists(s.value) ? xstrdup(s.value) : file_expand(s.value);
	if (!file_exists(config->ca_bundle))
		return no_ca_bundle(config, &s, options);
	if (!file_is_stream(config->ca_bundle))
		return NULL;
	TRY(file_read_input(config->ca_bundle, CA_BUNDLE_MAX, &pem));
	if (strlen(pem.p) != pem.n || !strstr(pem.p, "-----BEGIN "))
		return bad_value(config, &s, N_("it gives no certificates (PEM)"));
	config->ca_pem = buf_steal(&pem);
	return NULL;
}

static struct rb_error *load_retries(struct aws_config *config)
{
	struct setting mode = look_up(config, "AWS_RETRY_MODE", "retry_mode");

	TRY(load_int(config, "AWS_MAX_ATTEMPTS", "max_attempts", RETRY_ATTEMPTS, /* max= */ 100,
		     &config->max_attempts));
	config->retry_mode = xstrdup("standard");
	if (!mode.value || strcmp(mode.value, "standard") == 0)
		return NULL;
	if (strcmp(mode.value, "adaptive") != 0 && strcmp(mode.value, "legacy") != 0)
		return bad_value(config, &mode,
				 N_("it must be 'standard', 'adaptive' or 'legacy'"));
	strv_addf(&config->warnings, "retry mode '%s' is taken as 'standard'", mode.value);
	return NULL;
}

static struct rb_error *load_imds_endpoint(struct aws_config *config)
{
	struct setting url = look_up(config, "AWS_EC2_METADATA_SERVICE_ENDPOINT",
				     "ec2_metadata_service_endpoint");
	struct setting mode = look_up(config, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
				      "ec2_metadata_service_endpoint_mode");
	bool ipv6 = load_bool(config, "AWS_IMDS_USE_IPV6", "imds_use_ipv6");

	if (mode.value) {
		ipv6 = text_eq_nocase(mode.value, "ipv6");
		if (!ipv6 && !text_eq_nocase(mode.value, "ipv4"))
			return bad_value(config, &mode, N_("it must be 'ipv4' or 'ipv6'"));
	}
	config->imds_endpoint = xstrdup(url.value ? url.value : ipv6 ? IMDS_IPV6 : IMDS_IPV4);
	for (size_t n = strlen(config->imds_endpoint); n && config->imds_endpoint[n - 1] == '/';)
		config->imds_endpoint[--n] = '\0';
	return NULL;
}

static struct rb_error *load_imds(struct aws_config *config)
{
	config->imds_disabled = load_bool(config, "AWS_EC2_METADATA_DISABLED", NULL);
	TRY(load_imds_endpoint(config));
	TRY(load_int(config, "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout",
		     /* otherwise= */ 1, /* max= */ 60, &config->imds_timeout_s));
	return load_int(config, "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
			"metadata_service_num_attempts", /* otherwise= */ 1, /* max= */ 10,
			&config->imds_attempts);
}

static void load_app_id(struct aws_config *config)
{
	struct setting s = look_up(config, "AWS_SDK_UA_APP_ID", "sdk_ua_app_id");

	config->app_id = xstrdup_or_null(s.value);
	if (s.value && strlen(s.value) > APP_ID_MAX)
		strv_addf(&config->warnings, "the application id (%s) is longer than %d characters",
			  s.env ? s.env : s.key, APP_ID_MAX);
}

static struct rb_error *load(struct aws_config *config, const struct aws_config_options *options)
{
	TRY(load_profile(config, options));
	config->fips = load_bool(config, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
	config->dual_stack =
		load_bool(config, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
	config->ignore_endpoint_urls = load_bool(config, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
						 "ignore_configured_endpoint_urls");
	config->endpoint_url_option = options->endpoint_url && *options->endpoint_url
					      ? xstrdup(options->endpoint_url)
					      : NULL;
	load_app_id(config);
	TRY(load_region(config, options));
	TRY(load_ca_bundle(config, options));
	TRY(load_retries(config));
	return load_imds(config);
}

struct rb_error *aws_config_load(const struct aws_config_options *options, struct aws_config **ret)
{
	static const struct aws_config_options none;
	struct aws_config *config = xcalloc(1, sizeof(*config));
	struct rb_error *err;

	secret_no_core_dumps(); /* the files may hold keys */
	if (options && options->environment) {
		config->own_environment = true;
		for (const char *const *variable = options->environment; *variable; variable++)
			strv_add(&config->environment, *variable);
	}
	err = load(config, options ? options : &none);
	if (err)
		aws_config_free(config);
	else
		*ret = config;
	return err;
}

void aws_config_free(struct aws_config *config)
{
	if (!config)
		return;
	free(config->profile);
	aws_profiles_free(config->profiles);
	free(config->region);
	free(config->ca_bundle);
	free(config->ca_pem);
	free(config->retry_mode);
	free(config->imds_endpoint);
	free(config->app_id);
	free(config->endpoint_url_option);
	strv_clear(&config->environment);
	strv_clear(&config->warnings);
	free(config);
}
