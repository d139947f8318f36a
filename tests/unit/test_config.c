/* SPDX-License-Identifier: Apache-2.0 */
/* Settings: precedence, checks, messages.  Every test starts from an empty environment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "aws/core/config.h"
#include "base/alloc.h"
#include "base/file.h"
#include "tests/lib/temp.h"

static char dir[TEMP_MAX];

static void write_file(const char *name, const char *text)
{
	autofree char *path = file_join(dir, name);

	assert_null(file_write_atomic(path, text, strlen(text), 0600));
}

static int fresh(void **state)
{
	(void)state;
	if (!temp_folder(dir, "rbtest"))
		return -1;
	clearenv();
	autofree char *aws = file_join(dir, ".aws");

	assert_null(file_make_private_dir(aws));
	return setenv("HOME", dir, 1);
}

static int clean(void **state)
{
	(void)state;
	return file_remove_tree(dir) ? -1 : 0;
}

static struct aws_config *load(const struct aws_config_options *options)
{
	struct aws_config *config = NULL;

	struct rb_error *err = aws_config_load(options, &config);

	if (err)
		fail_msg("%s: %s", err->what, err->why ? err->why : "");
	return config;
}

static void assert_load_fails(const struct aws_config_options *options, const char *what,
			      const char *why, const char *hint)
{
	struct aws_config *config = NULL;
	auto_error struct rb_error *err = aws_config_load(options, &config);

	assert_true(rb_error_is(err, RB_USAGE));
	assert_null(config);
	assert_non_null(strstr(err->what, what));
	assert_non_null(err->why);
	assert_non_null(strstr(err->why, why));
	if (hint) {
		assert_non_null(err->hint);
		assert_non_null(strstr(err->hint, hint));
	}
}

static void without_any_setting_there_are_defaults(void **state)
{
	struct aws_config *config = load(NULL);

	(void)state;
	assert_string_equal(config->profile, "default");
	assert_false(config->profile_explicit);
	assert_null(config->region);
	assert_null(config->ca_bundle);
	assert_false(config->fips);
	assert_false(config->dual_stack);
	assert_int_equal(config->max_attempts, 8);
	assert_string_equal(config->retry_mode, "standard");
	assert_false(config->imds_disabled);
	assert_string_equal(config->imds_endpoint, "http://169.254.169.254");
	assert_int_equal(config->imds_timeout_s, 1);
	assert_int_equal(config->imds_attempts, 1);
	assert_int_equal(config->warnings.n, 0);
	aws_config_free(config);
}

/* As a sandbox of one's own has it: nothing of the process's own is looked at, and the last counts.
 */
static void an_environment_that_is_given_stands_for_the_process(void **state)
{
	static const char *const given[] = { "AWS_DEFAULT_REGION=", "AWS_DEFAULT_REGION=eu-west-2",
					     "AWS_ENDPOINT_URL=http://127.0.0.1:1",
					     "AWS_MAX_ATTEMPTS=", NULL };
	const struct aws_config_options options = { .environment = given };
	struct aws_config *config;
	autofree char *url = NULL;

	(void)state;
	setenv("AWS_DEFAULT_REGION", "eu-west-3", 1);
	setenv("AWS_MAX_ATTEMPTS", "5", 1);
	setenv("AWS_ENDPOINT_URL_EC2", "http://127.0.0.1:2", 1);
	config = load(&options);
	assert_string_equal(config->region, "eu-west-2");
	assert_int_equal(config->max_attempts, 8);
	assert_null(aws_config_env(config, "AWS_MAX_ATTEMPTS"));
	assert_null(aws_config_env(config, "AWS_DEFAULT"));
	assert_null(aws_config_endpoint_url(config, "ec2", &url));
	assert_string_equal(url, "http://127.0.0.1:1");
	aws_config_free(config);
	config = load(NULL);
	assert_string_equal(config->region, "eu-west-3");
	aws_config_free(config);
}

static void option_beats_environment_beats_file(void **state)
{
	const struct aws_config_options option = { .region = "eu-west-3" };
	struct aws_config *config;

	(void)state;
	write_file(".aws/config", "[default]\nregion = eu-west-1\nmax_attempts = 7\n"
				  "use_fips_endpoint = TRUE\nuse_dualstack_endpoint = yes\n");
	config = load(NULL);
	assert_string_equal(config->region, "eu-west-1");
	assert_int_equal(config->max_attempts, 7);
	assert_true(config->fips);
	assert_false(config->dual_stack); /* only "true" is */
	aws_config_free(config);

	setenv("AWS_DEFAULT_REGION", "eu-west-2", 1);
	setenv("AWS_MAX_ATTEMPTS", "5", 1);
	setenv("AWS_USE_FIPS_ENDPOINT", "false", 1);
	config = load(NULL);
	assert_string_equal(config->region, "eu-west-2");
	assert_int_equal(config->max_attempts, 5);
	assert_false(config->fips);
	aws_config_free(config);

	setenv("AWS_REGION", "eu-north-1", 1);
	config = load(NULL);
	assert_string_equal(config->region, "eu-north-1");
	aws_config_free(config);

	config = load(&option);
	assert_string_equal(config->region, "eu-west-3");
	aws_config_free(config);
}

static void an_empty_variable_is_an_unset_one(void **state)
{
	struct aws_config *config;

	(void)state;
	write_file(".aws/config", "[default]\nregion = eu-west-1\nca_bundle =\n");
	setenv("AWS_REGION", "", 1);
	setenv("AWS_PROFILE", "", 1);
	setenv("AWS_CONFIG_FILE", "", 1);
	setenv("AWS_MAX_ATTEMPTS", "", 1);
	config = load(NULL);
	assert_string_equal(config->profile, "default");
	assert_string_equal(config->region, "eu-west-1");
	assert_int_equal(config->max_attempts, 8);
	aws_config_free(config);
}

static void the_profile_is_chosen_by_option_then_environment(void **state)
{
	const struct aws_config_options option = { .profile = "c" };
	struct aws_config *config;

	(void)state;
	write_file(".aws/config", "[profile a]\nregion = r-a\n[profile b]\nregion = r-b\n");
	write_file(".aws/credentials", "[c]\nregion = r-c\n");
	setenv("AWS_DEFAULT_PROFILE", "a", 1);
	config = load(NULL);
	assert_string_equal(config->region, "r-a");
	aws_config_free(config);
	setenv("AWS_PROFILE", "b", 1);
	config = load(NULL);
	assert_string_equal(config->region, "r-b");
	assert_false(config->profile_explicit);
	aws_config_free(config);
	config = load(&option);
	assert_string_equal(config->region, "r-c");
	assert_string_equal(aws_config_profile_key(config, "region"), "r-c");
	assert_null(aws_config_profile_key(config, "output"));
	assert_true(config->profile_explicit);
	aws_config_free(config);
}

static void a_missing_profile_lists_those_that_exist(void **state)
{
	const struct aws_config_options by_default = { .profile = "default" };
	const struct aws_config_options typo = { .profile = "wrok" };

	(void)state;
	assert_load_fails(&typo, "'wrok'", ".aws/credentials", "aws configure --profile wrok");
	write_file(".aws/config", "[profile work]\n[bare]\n[profile e\x1b[2J]\n");
	write_file(".aws/credentials", "[only]\n");
	assert_load_fails(&typo, "'wrok'", ".aws/config", "did you mean 'work'?");
	assert_load_fails(&typo, "'wrok'", ".aws/config", "work, e?[2J, only");
	assert_load_fails(&by_default, "'default'", ".aws/config", "the profiles are: work");
	setenv("AWS_PROFILE", "bare", 1);
	assert_load_fails(NULL, "'bare'", ".aws/config", "[profile bare]");
}

static void files_are_where_the_environment_says(void **state)
{
	struct aws_config *config;

	(void)state;
	write_file("c1", "[default]\nregion = r1\n");
	setenv("WHERE", dir, 1);
	setenv("AWS_CONFIG_FILE", "$WHERE/c1", 1);
	config = load(NULL);
	assert_string_equal(config->region, "r1");
	aws_config_free(config);
	setenv("AWS_CONFIG_FILE", "~/c1", 1);
	config = load(NULL);
	assert_string_equal(config->region, "r1");
	aws_config_free(config);
	setenv("AWS_CONFIG_FILE", "~/none", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "${WHERE}/c1", 1);
	config = load(NULL);
	assert_string_equal(config->region, "r1");
	aws_config_free(config);
}

static void a_broken_file_stops_every_command(void **state)
{
	(void)state;
	write_file(".aws/credentials", "[default]\naws_access_key_id\n");
	assert_load_fails(NULL, "cannot read the AWS settings", "/.aws/credentials:2: ", NULL);
}

static void values_that_are_none_are_refused_with_their_place(void **state)
{
	static const struct {
		const char *env, *value, *what, *why;
	} cases[] = {
		{ "AWS_MAX_ATTEMPTS", "0", "AWS_MAX_ATTEMPTS '0'", "from 1 to 100" },
		{ "AWS_MAX_ATTEMPTS", "three", "AWS_MAX_ATTEMPTS 'three'", "from 1 to 100" },
		{ "AWS_RETRY_MODE", "fast", "AWS_RETRY_MODE 'fast'", "'standard'" },
		{ "AWS_REGION", "us_east_1", "AWS_REGION 'us_east_1'", "letters" },
		{ "AWS_REGION", "evil.example/", "AWS_REGION 'evil.example/'", "letters" },
		{ "AWS_DEFAULT_REGION", "-x", "AWS_DEFAULT_REGION '-x'", "letters" },
		{ "AWS_CA_BUNDLE", "/nonexistent/ca", "AWS_CA_BUNDLE '/nonexistent/ca'",
		  "no such file" },
		{ "REQUESTS_CA_BUNDLE", "/nonexistent/ca", "REQUESTS_CA_BUNDLE", "no such file" },
		{ "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ipv5", "'ipv5'", "'ipv6'" },
		{ "AWS_METADATA_SERVICE_TIMEOUT", "-1", "AWS_METADATA_SERVICE_TIMEOUT '-1'",
		  "from 1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		setenv(cases[i].env, cases[i].value, 1);
		assert_load_fails(NULL, cases[i].what, cases[i].why, NULL);
		unsetenv(cases[i].env);
	}
	setenv("AWS_CA_BUNDLE", "/nonexistent/ca", 1);
	assert_load_fails(NULL, "AWS_CA_BUNDLE", "no such file",
			  "the environment sets AWS_CA_BUNDLE: unset it");
	setenv("RUNBOOK_CONNECT_TO", "::127.0.0.1:9", 1);
	assert_load_fails(NULL, "AWS_CA_BUNDLE", "no such file", "start it again");
	unsetenv("RUNBOOK_CONNECT_TO");
	unsetenv("AWS_CA_BUNDLE");
	write_file(".aws/config", "[default]\nca_bundle = /nonexistent/ca\n");
	assert_load_fails(NULL, "ca_bundle '/nonexistent/ca' of AWS profile 'default'",
			  "no such file", "let ca_bundle of the profile name a file");
	write_file(".aws/config", "[default]\nmax_attempts = many\n");
	assert_load_fails(NULL, "max_attempts 'many' of AWS profile 'default'", "a number", NULL);
}

static void ca_bundles_are_looked_for_in_order(void **state)
{
	const struct aws_config_options option = { .ca_bundle = "~/o" };
	struct aws_config *config;

	(void)state;
	for (const char *const *name = (const char *const[]){ "o", "e", "f", "r", NULL }; *name;
	     name++)
		write_file(*name, "");
	setenv("REQUESTS_CA_BUNDLE", "~/r", 1);
	config = load(NULL);
	assert_string_equal(strrchr(config->ca_bundle, '/'), "/r");
	aws_config_free(config);
	write_file(".aws/config", "[default]\nca_bundle = ~/f\n");
	config = load(NULL);
	assert_string_equal(strrchr(config->ca_bundle, '/'), "/f");
	aws_config_free(config);
	setenv("AWS_CA_BUNDLE", "~/e", 1);
	config = load(NULL);
	assert_string_equal(strrchr(config->ca_bundle, '/'), "/e");
	aws_config_free(config);
	config = load(&option);
	assert_string_equal(strrchr(config->ca_bundle, '/'), "/o");
	aws_config_free(config);
}

static void the_metadata_endpoint_follows_url_then_mode(void **state)
{
	struct aws_config *config;

	(void)state;
	setenv("AWS_EC2_METADATA_DISABLED", "True", 1);
	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6", 1);
	config = load(NULL);
	assert_true(config->imds_disabled);
	assert_string_equal(config->imds_endpoint, "http://[fd00:ec2::254]");
	aws_config_free(config);
	setenv("AWS_IMDS_USE_IPV6", "true", 1);
	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ipv4", 1);
	config = load(NULL);
	assert_string_equal(config->imds_endpoint, "http://169.254.169.254");
	aws_config_free(config);
	unsetenv("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
	config = load(NULL);
	assert_string_equal(config->imds_endpoint, "http://[fd00:ec2::254]");
	aws_config_free(config);
	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1/", 1);
	config = load(NULL);
	assert_string_equal(config->imds_endpoint, "http://127.0.0.1:1");
	aws_config_free(config);
}

static void odd_but_usable_values_are_warned_of(void **state)
{
	struct aws_config *config;

	(void)state;
	write_file(".aws/config", "[default]\nretry_mode = adaptive\noutput = text # mine\n");
	setenv("AWS_SDK_UA_APP_ID", "a-name-of-much-more-than-the-fifty-characters-that-are-usual",
	       1);
	config = load(NULL);
	assert_string_equal(config->retry_mode, "standard");
	assert_int_equal(config->warnings.n, 3);
	assert_non_null(strstr(config->warnings.v[0], "/.aws/config:3: "));
	assert_non_null(strstr(config->warnings.v[1], "AWS_SDK_UA_APP_ID"));
	assert_non_null(strstr(config->warnings.v[2], "'adaptive'"));
	aws_config_free(config);
}

static void a_fips_pseudo_region_is_a_region_and_fips(void **state)
{
	static const char *const names[] = { "fips-us-gov-west-1", "us-gov-west-1-fips" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct aws_config *config;

		setenv("AWS_REGION", names[i], 1);
		config = load(NULL);
		assert_string_equal(config->region, "us-gov-west-1");
		assert_true(config->fips);
		aws_config_free(config);
	}
}

static void assert_url(const struct aws_config *config, const char *service, const char *expected)
{
	char *url = NULL;

	assert_null(aws_config_endpoint_url(config, service, &url));
	if (!expected) {
		assert_null(url);
	} else {
		assert_non_null(url);
		assert_string_equal(url, expected);
	}
	free(url);
}

static void endpoint_urls_are_overridden_in_order(void **state)
{
	const struct aws_config_options option = { .endpoint_url = "http://option" };
	struct aws_config *config;

	(void)state;
	write_file(".aws/config", "[default]\n"
				  "services = local\n"
				  "endpoint_url = http://profile\n"
				  "[services local]\n"
				  "ec2_instance_connect =\n"
				  "  endpoint_url = http://section-eic\n"
				  "s3 =\n"
				  "  endpoint_url = http://section-s3\n");
	config = load(NULL);
	assert_url(config, "ec2-instance-connect", "http://section-eic");
	assert_url(config, "s3", "http://section-s3");
	assert_url(config, "sts", "http://profile");
	setenv("AWS_ENDPOINT_URL", "http://env", 1);
	assert_url(config, "s3", "http://env"); /* the environment beats the file altogether */
	setenv("AWS_ENDPOINT_URL_S3", "http://env-s3", 1);
	setenv("AWS_ENDPOINT_URL_EC2_INSTANCE_CONNECT", "http://env-eic", 1);
	setenv("AWS_ENDPOINT_URL_SSO_OIDC", "http://env-oidc", 1);
	assert_url(config, "s3", "http://env-s3");
	assert_url(config, "ec2-instance-connect", "http://env-eic");
	assert_url(config, "sso-oidc", "http://env-oidc");
	assert_url(config, "iam", "http://env");
	aws_config_free(config);

	setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", 1);
	config = load(NULL);
	assert_url(config, "s3", NULL);
	assert_url(config, "sts", NULL);
	aws_config_free(config);
	config = load(&option);
	assert_url(config, "s3", "http://option");
	aws_config_free(config);
}

static void a_services_section_that_is_not_there_is_an_error(void **state)
{
	struct aws_config *config;
	char *url = NULL;

	(void)state;
	write_file(".aws/config", "[default]\nservices = nowhere\nendpoint_url = http://profile\n");
	config = load(NULL);
	auto_error struct rb_error *err = aws_config_endpoint_url(config, "ec2", &url);

	assert_true(rb_error_is(err, RB_USAGE));
	assert_non_null(strstr(err->why, "'nowhere'"));
	assert_null(url);
	setenv("AWS_ENDPOINT_URL", "http://env", 1);
	assert_url(config, "ec2", "http://env");
	aws_config_free(config);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fresh, clean)
	const struct CMUnitTest tests[] = {
		T(without_any_setting_there_are_defaults),
		T(an_environment_that_is_given_stands_for_the_process),
		T(option_beats_environment_beats_file),
		T(an_empty_variable_is_an_unset_one),
		T(the_profile_is_chosen_by_option_then_environment),
		T(a_missing_profile_lists_those_that_exist),
		T(files_are_where_the_environment_says),
		T(a_broken_file_stops_every_command),
		T(values_that_are_none_are_refused_with_their_place),
		T(ca_bundles_are_looked_for_in_order),
		T(the_metadata_endpoint_follows_url_then_mode),
		T(odd_but_usable_values_are_warned_of),
		T(a_fips_pseudo_region_is_a_region_and_fips),
		T(endpoint_urls_are_overridden_in_order),
		T(a_services_section_that_is_not_there_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
