/* SPDX-License-Identifier: Apache-2.0 */
/* Settings: option, environment, profile, default, the first that is there and not empty. */
#include "aws/core/config_int.h"

#include <stdlib.h>
#include <string.h>

#include "aws/core/profile.h"
#include "aws/core/retry.h"
#include "base/alloc.h"
#include "base/secret.h"
#include "base/text.h"

#define IMDS_IPV4 "http://169.254.169.254"
#define IMDS_IPV6 "http://[fd00:ec2::254]"
#define APP_ID_MAX 50

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
	struct aws_setting s = { .value = options->region, .env = "--region" };
	const char *region;

	if (!s.value || !*s.value)
		s = aws_setting_find(config, "AWS_REGION", NULL);
	if (!s.value)
		s = aws_setting_find(config, "AWS_DEFAULT_REGION", "region");
	if (!s.value)
		return NULL;
	if (!is_host_label(s.value))
		return aws_setting_bad(config, &s,
				       N_("a region is made of letters, digits and '-'"));
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

static struct rb_error *load_retries(struct aws_config *config)
{
	struct aws_setting mode = aws_setting_find(config, "AWS_RETRY_MODE", "retry_mode");

	TRY(aws_setting_int(config, "AWS_MAX_ATTEMPTS", "max_attempts", RETRY_ATTEMPTS,
			    /* max= */ 100, &config->max_attempts));
	config->retry_mode = xstrdup("standard");
	if (!mode.value || strcmp(mode.value, "standard") == 0)
		return NULL;
	if (strcmp(mode.value, "adaptive") != 0 && strcmp(mode.value, "legacy") != 0)
		return aws_setting_bad(config, &mode,
				       N_("it must be 'standard', 'adaptive' or 'legacy'"));
	strv_addf(&config->warnings, N_("retry mode '%s' is taken as 'standard'"), mode.value);
	return NULL;
}

static struct rb_error *load_imds_endpoint(struct aws_config *config)
{
	struct aws_setting url = aws_setting_find(config, "AWS_EC2_METADATA_SERVICE_ENDPOINT",
						  "ec2_metadata_service_endpoint");
	struct aws_setting mode = aws_setting_find(config, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
						   "ec2_metadata_service_endpoint_mode");
	bool ipv6 = aws_setting_bool(config, "AWS_IMDS_USE_IPV6", "imds_use_ipv6");

	if (mode.value) {
		ipv6 = text_eq_nocase(mode.value, "ipv6");
		if (!ipv6 && !text_eq_nocase(mode.value, "ipv4"))
			return aws_setting_bad(config, &mode, N_("it must be 'ipv4' or 'ipv6'"));
	}
	config->imds_endpoint = xstrdup(url.value ? url.value : ipv6 ? IMDS_IPV6 : IMDS_IPV4);
	for (size_t n = strlen(config->imds_endpoint); n && config->imds_endpoint[n - 1] == '/';)
		config->imds_endpoint[--n] = '\0';
	return NULL;
}

static struct rb_error *load_imds(struct aws_config *config)
{
	config->imds_disabled = aws_setting_bool(config, "AWS_EC2_METADATA_DISABLED", NULL);
	TRY(load_imds_endpoint(config));
	TRY(aws_setting_int(config, "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout",
			    /* otherwise= */ 1, /* max= */ 60, &config->imds_timeout_s));
	return aws_setting_int(config, "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
			       "metadata_service_num_attempts", /* otherwise= */ 1, /* max= */ 10,
			       &config->imds_attempts);
}

static void load_app_id(struct aws_config *config)
{
	struct aws_setting s = aws_setting_find(config, "AWS_SDK_UA_APP_ID", "sdk_ua_app_id");

	config->app_id = xstrdup_or_null(s.value);
	if (s.value && strlen(s.value) > APP_ID_MAX)
		strv_addf(&config->warnings,
			  N_("the application id (%s) is longer than %d characters"),
			  s.env ? s.env : s.key, APP_ID_MAX);
}

static struct rb_error *load(struct aws_config *config, const struct aws_config_options *options)
{
	TRY(aws_config_load_profile(config, options));
	config->fips = aws_setting_bool(config, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
	config->dual_stack =
		aws_setting_bool(config, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
	config->ignore_endpoint_urls = aws_setting_bool(
		config, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls");
	config->endpoint_url_option = options->endpoint_url && *options->endpoint_url
					      ? xstrdup(options->endpoint_url)
					      : NULL;
	load_app_id(config);
	TRY(load_region(config, options));
	TRY(aws_config_load_ca_bundle(config, options));
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
