/* SPDX-License-Identifier: Apache-2.0 */
/* Regions to partitions, services to hosts and signing regions, and what overrides them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <jansson.h>

#include "aws/core/config.h"
#include "aws/core/endpoint.h"
#include "aws/eic_region.h"
#include "base/alloc.h"
#include "base/percent.h"
#include "base/text.h"
#include "net/names.h"
#include "net/uri.h"

static const char *const services[] = { "EC2", "IAM", "STS", "S3", "SSM", "EC2_INSTANCE_CONNECT" };

static void set_env(const char *name, const char *value)
{
	assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

static struct aws_config *load(bool fips, bool dual_stack)
{
	const struct aws_config_options options = { 0 };
	struct aws_config *config = NULL;

	set_env("AWS_USE_FIPS_ENDPOINT", fips ? "true" : NULL);
	set_env("AWS_USE_DUALSTACK_ENDPOINT", dual_stack ? "true" : NULL);
	assert_null(aws_config_load(&options, &config));
	return config;
}

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(services); i++) {
		autofree char *name = xasprintf("AWS_ENDPOINT_URL_%s", services[i]);

		set_env(name, NULL);
	}
	set_env("AWS_ENDPOINT_URL", NULL);
	set_env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", NULL);
	set_env("AWS_PROFILE", NULL);
	set_env("AWS_CONFIG_FILE", "/nonexistent");
	set_env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
	return 0;
}

static void every_region_falls_to_its_partition(void **state)
{
	static const struct {
		const char *region, *partition;
		bool known;
	} cases[] = {
		{ "us-east-1", "aws", true },
		{ "ap-northeast-1", "aws", true },
		{ "mx-central-1", "aws", true },
		{ "me-west-1", "aws", true },
		{ "sa-west-1", "aws", true },
		{ "eu-south-9", "aws", false }, /* by pattern */
		{ "cn-northwest-1", "aws-cn", true },
		{ "cn-south-1", "aws-cn", false },
		{ "us-gov-west-1", "aws-us-gov", true },
		{ "us-gov-north-7", "aws-us-gov", false },
		{ "us-iso-east-1", "aws-iso", true },
		{ "us-isob-east-1", "aws-iso-b", true },
		{ "eu-isoe-west-1", "aws-iso-e", true },
		{ "us-isof-south-1", "aws-iso-f", true },
		{ "eusc-de-east-1", "aws-eusc", true },
		{ "eusc-de-west-2", "aws-eusc", false },
		{ "local", "aws", false }, /* nothing fits */
		{ "us-east-1a", "aws", false },
		{ "us-east", "aws", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_string_equal(aws_partition_of(cases[i].region)->id, cases[i].partition);
		assert_int_equal(aws_region_is_known(cases[i].region), cases[i].known);
	}
	assert_string_equal(aws_partition_of("cn-north-1")->dns_suffix, "amazonaws.com.cn");
	assert_string_equal(aws_partition_of("eusc-de-east-1")->dual_stack_suffix,
			    "api.amazonwebservices.eu");
	assert_string_equal(aws_partition_of("cn-north-1")->global_region, "cn-northwest-1");
}

static void the_table_holds_what_the_published_data_holds(void **state)
{
	json_t *all = json_load_file("tests/data/partitions.json", 0, NULL);
	const json_t *p, *region;
	struct aws_config *config = load(false, false);
	size_t i, j, n = 0;

	(void)state;
	json_array_foreach(json_object_get(all, "partitions"), i, p) {
		const char *id = json_string_value(json_object_get(p, "id"));
		const json_t *iam = json_object_get(p, "iam"),
			     *regions = json_object_get(p, "regions");
		const struct aws_partition *ours = NULL;
		size_t n_ours = 0;

		json_array_foreach(regions, j, region) {
			const char *name = json_string_value(region);
			struct aws_endpoint ep = { 0 };

			assert_true(aws_region_is_known(name));
			assert_null(aws_region_check(name));
			ours = aws_partition_of(name);
			assert_string_equal(ours->id, id);
			assert_null(aws_endpoint_resolve(config, "iam", name, &ep));
			assert_string_equal(ep.host,
					    json_string_value(json_object_get(iam, "host")));
			assert_string_equal(ep.signing_region, json_string_value(json_object_get(
								       iam, "signingRegion")));
			aws_endpoint_clear(&ep);
			n++;
		}
		assert_non_null(ours);
		while (ours->regions[n_ours])
			n_ours++;
		assert_int_equal(n_ours, json_array_size(regions));
		assert_string_equal(ours->dns_suffix,
				    json_string_value(json_object_get(p, "dnsSuffix")));
		assert_string_equal(ours->dual_stack_suffix,
				    json_string_value(json_object_get(p, "dualStackDnsSuffix")));
		assert_string_equal(ours->global_region,
				    json_string_value(json_object_get(p, "implicitGlobalRegion")));
	}
	assert_true(n > 40);
	aws_config_free(config);
	json_decref(all);
}

static void an_unknown_region_lists_near_ones(void **state)
{
	static const struct {
		const char *typed, *hint;
	} cases[] = {
		{ "ap-northeast1", "ap-northeast-1" },
		{ "ap-northeast-", "ap-northeast-1" },
		{ "apnortheast-1", "ap-northeast-1" },
		{ "us-east-1a", "us-east-1" },
		{ "uss-east-1", "us-east-1" },
		{ "US-EAST-1", "us-east-1" },
		{ "us-east_x-1", "'ap-northeast-1'" },
		{ "moon-south-1", "near ones" },
		{ "", "'ap-northeast-1'" },
		{ "bad_region", "'ap-northeast-1'" },
		{ "-", "'ap-northeast-1'" },
		{ "us-east-1.evil.example", "'ap-northeast-1'" },
	};

	(void)state;
	assert_null(aws_region_check("us-east-1"));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_error struct rb_error *err = aws_region_check(cases[i].typed);

		assert_true(rb_error_is(err, RB_USAGE));
		if (!strstr(err->hint, cases[i].hint))
			fail_msg("'%s': %s", cases[i].typed, err->hint);
	}
}

/* Regions that no list holds: taken by their partition's pattern, with that one's hosts, as the
 * SDKs' endpoint rules have it. */
static void a_new_region_finds_its_partitions_hosts(void **state)
{
	static const struct {
		const char *region, *suffix, *iam_host, *iam_region;
	} cases[] = {
		{ "us-foo-9", "amazonaws.com", "iam.amazonaws.com", "us-east-1" },
		{ "ap-norteast-1", "amazonaws.com", "iam.amazonaws.com", "us-east-1" },
		{ "mx-south2-14", "amazonaws.com", "iam.amazonaws.com", "us-east-1" },
		{ "cn-south-1", "amazonaws.com.cn", "iam.cn-north-1.amazonaws.com.cn",
		  "cn-north-1" },
		{ "us-gov-north-7", "amazonaws.com", "iam.us-gov.amazonaws.com", "us-gov-west-1" },
		{ "eusc-de-east-2", "amazonaws.eu", "iam.eusc-de-east-1.amazonaws.eu",
		  "eusc-de-east-1" },
		{ "us-iso-foo-1", "c2s.ic.gov", "iam.us-iso-east-1.c2s.ic.gov", "us-iso-east-1" },
		{ "us-isob-foo-1", "sc2s.sgov.gov", "iam.us-isob-east-1.sc2s.sgov.gov",
		  "us-isob-east-1" },
		{ "eu-isoe-foo-1", "cloud.adc-e.uk", "iam.eu-isoe-west-1.cloud.adc-e.uk",
		  "eu-isoe-west-1" },
		{ "us-isof-foo-1", "csp.hci.ic.gov", "iam.us-isof-south-1.csp.hci.ic.gov",
		  "us-isof-south-1" },
	};
	static const char *const regional[] = { "ec2", "sts", "ssm", "s3", "ec2-instance-connect" };
	struct aws_config *config = load(false, false);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct aws_endpoint ep = { 0 };

		assert_false(aws_region_is_known(cases[i].region));
		assert_true(aws_region_is_possible(cases[i].region));
		assert_null(aws_region_check(cases[i].region));
		assert_null(aws_endpoint_resolve(config, "iam", cases[i].region, &ep));
		assert_string_equal(ep.host, cases[i].iam_host);
		assert_string_equal(ep.signing_region, cases[i].iam_region);
		aws_endpoint_clear(&ep);
		for (size_t k = 0; k < ARRAY_LEN(regional); k++) {
			autofree char *host = xasprintf("%s.%s.%s", regional[k], cases[i].region,
							cases[i].suffix);

			assert_null(
				aws_endpoint_resolve(config, regional[k], cases[i].region, &ep));
			assert_string_equal(ep.host, host);
			assert_string_equal(ep.signing_region, cases[i].region);
			aws_endpoint_clear(&ep);
		}
	}
	{
		autofree char *near = aws_region_near("us-esat-1");

		assert_non_null(strstr(near, "us-east-1"));
	}
	aws_config_free(config);
}

static void hosts_follow_the_partitions_rules(void **state)
{
	/* Standard, FIPS, dual-stack, both; "-": refused. */
	static const struct {
		const char *service, *region, *hosts[4], *signing_region;
	} cases[] = {
		{ "ec2",
		  "ap-northeast-1",
		  { "ec2.ap-northeast-1.amazonaws.com", "ec2-fips.ap-northeast-1.amazonaws.com",
		    "ec2.ap-northeast-1.api.aws", "ec2-fips.ap-northeast-1.api.aws" },
		  "ap-northeast-1" },
		{ "ec2",
		  "us-gov-west-1",
		  { "ec2.us-gov-west-1.amazonaws.com", "ec2.us-gov-west-1.amazonaws.com",
		    "ec2.us-gov-west-1.api.aws", "ec2-fips.us-gov-west-1.api.aws" },
		  "us-gov-west-1" },
		{ "ssm",
		  "cn-north-1",
		  { "ssm.cn-north-1.amazonaws.com.cn", "ssm-fips.cn-north-1.amazonaws.com.cn",
		    "ssm.cn-north-1.api.amazonwebservices.com.cn",
		    "ssm-fips.cn-north-1.api.amazonwebservices.com.cn" },
		  "cn-north-1" },
		{ "ssm",
		  "us-gov-east-1",
		  { "ssm.us-gov-east-1.amazonaws.com", "ssm.us-gov-east-1.amazonaws.com",
		    "ssm.us-gov-east-1.api.aws", "ssm-fips.us-gov-east-1.api.aws" },
		  "us-gov-east-1" },
		{ "sts",
		  "us-east-1",
		  { "sts.us-east-1.amazonaws.com", "sts-fips.us-east-1.amazonaws.com",
		    "sts.us-east-1.api.aws", "sts-fips.us-east-1.api.aws" },
		  "us-east-1" },
		{ "sts",
		  "us-gov-west-1",
		  { "sts.us-gov-west-1.amazonaws.com", "sts.us-gov-west-1.amazonaws.com",
		    "sts.us-gov-west-1.api.aws", "sts-fips.us-gov-west-1.api.aws" },
		  "us-gov-west-1" },
		{ "ec2-instance-connect",
		  "us-gov-west-1",
		  { "ec2-instance-connect.us-gov-west-1.amazonaws.com",
		    "ec2-instance-connect-fips.us-gov-west-1.amazonaws.com",
		    "ec2-instance-connect.us-gov-west-1.api.aws",
		    "ec2-instance-connect-fips.us-gov-west-1.api.aws" },
		  "us-gov-west-1" },
		{ "s3",
		  "us-east-1",
		  { "s3.us-east-1.amazonaws.com", "s3-fips.us-east-1.amazonaws.com",
		    "s3.dualstack.us-east-1.amazonaws.com",
		    "s3-fips.dualstack.us-east-1.amazonaws.com" },
		  "us-east-1" },
		{ "s3",
		  "cn-north-1",
		  { "s3.cn-north-1.amazonaws.com.cn", "-",
		    "s3.dualstack.cn-north-1.amazonaws.com.cn", "-" },
		  "cn-north-1" },
		{ "sso",
		  "us-gov-west-1",
		  { "portal.sso.us-gov-west-1.amazonaws.com",
		    "portal.sso.us-gov-west-1.amazonaws.com", "portal.sso.us-gov-west-1.api.aws",
		    "portal.sso-fips.us-gov-west-1.api.aws" },
		  "us-gov-west-1" },
		{ "sso-oidc",
		  "eu-west-1",
		  { "oidc.eu-west-1.amazonaws.com", "oidc-fips.eu-west-1.amazonaws.com",
		    "oidc.eu-west-1.api.aws", "oidc-fips.eu-west-1.api.aws" },
		  "eu-west-1" },
		{ "iam",
		  "ap-northeast-1",
		  { "iam.amazonaws.com", "iam-fips.amazonaws.com", "iam.global.api.aws",
		    "iam-fips.global.api.aws" },
		  "us-east-1" },
		{ "iam",
		  "cn-northwest-1",
		  { "iam.cn-north-1.amazonaws.com.cn", "iam-fips.amazonaws.com.cn",
		    "iam.global.api.amazonwebservices.com.cn",
		    "iam-fips.api.amazonwebservices.com.cn" },
		  "cn-north-1" },
		{ "iam",
		  "us-gov-east-1",
		  { "iam.us-gov.amazonaws.com", "iam.us-gov.amazonaws.com", "iam.us-gov.api.aws",
		    "iam.us-gov.api.aws" },
		  "us-gov-west-1" },
		{ "iam",
		  "us-iso-west-1",
		  { "iam.us-iso-east-1.c2s.ic.gov", "iam-fips.us-iso-east-1.c2s.ic.gov",
		    "iam.api.aws.ic.gov", "iam-fips.api.aws.ic.gov" },
		  "us-iso-east-1" },
		{ "iam",
		  "us-isob-east-1",
		  { "iam.us-isob-east-1.sc2s.sgov.gov", "iam-fips.us-isob-east-1.sc2s.sgov.gov",
		    "iam.api.aws.scloud", "iam-fips.api.aws.scloud" },
		  "us-isob-east-1" },
		{ "iam",
		  "eu-isoe-west-1",
		  { "iam.eu-isoe-west-1.cloud.adc-e.uk", "iam-fips.cloud.adc-e.uk",
		    "iam.api.cloud-aws.adc-e.uk", "iam-fips.api.cloud-aws.adc-e.uk" },
		  "eu-isoe-west-1" },
		{ "iam",
		  "us-isof-east-1",
		  { "iam.us-isof-south-1.csp.hci.ic.gov", "iam-fips.csp.hci.ic.gov",
		    "iam.api.aws.hci.ic.gov", "iam-fips.api.aws.hci.ic.gov" },
		  "us-isof-south-1" },
		{ "iam",
		  "eusc-de-east-1",
		  { "iam.eusc-de-east-1.amazonaws.eu", "iam-fips.amazonaws.eu",
		    "iam.global.api.amazonwebservices.eu", "iam-fips.api.amazonwebservices.eu" },
		  "eusc-de-east-1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (int v = 0; v < 4; v++) {
			struct aws_config *config = load(v & 1, v & 2);
			struct aws_endpoint ep = { 0 };
			struct rb_error *err = aws_endpoint_resolve(config, cases[i].service,
								    cases[i].region, &ep);

			if (text_eq(cases[i].hosts[v], "-")) {
				assert_true(rb_error_is(err, RB_USAGE));
				(void)rb_error_free(err);
			} else {
				assert_null(err);
				assert_string_equal(ep.host, cases[i].hosts[v]);
				assert_string_equal(ep.url_scheme, "https");
				assert_string_equal(ep.base_path, "");
				assert_string_equal(ep.signing_region, cases[i].signing_region);
				assert_string_equal(ep.signing_name, cases[i].service);
				assert_false(ep.custom);
				assert_int_equal(ep.port, 0);
			}
			aws_endpoint_clear(&ep);
			aws_config_free(config);
		}
	}
}

static void old_names_of_fips_regions_mean_fips(void **state)
{
	static const char *const regions[] = { "fips-us-east-1", "us-east-1-fips" };
	struct aws_config *config = load(false, false);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(regions); i++) {
		struct aws_endpoint ep = { 0 };

		assert_null(aws_endpoint_resolve(config, "ec2", regions[i], &ep));
		assert_string_equal(ep.host, "ec2-fips.us-east-1.amazonaws.com");
		assert_string_equal(ep.signing_region, "us-east-1");
		aws_endpoint_clear(&ep);
	}
	aws_config_free(config);
}

static void a_configured_url_overrides_everything(void **state)
{
	struct aws_endpoint ep = { 0 };
	struct aws_config *config;

	(void)state;
	set_env("AWS_ENDPOINT_URL", "http://127.0.0.1:4566/prefix/");
	set_env("AWS_ENDPOINT_URL_IAM", "https://[::1]");
	config = load(/* fips= */ true, /* dual_stack= */ true);
	assert_null(aws_endpoint_resolve(config, "ec2", "ap-northeast-1", &ep));
	assert_string_equal(ep.url_scheme, "http");
	assert_string_equal(ep.host, "127.0.0.1");
	assert_int_equal(ep.port, 4566);
	assert_string_equal(ep.base_path, "/prefix");
	assert_true(ep.custom);
	aws_endpoint_clear(&ep);
	/* IAM's own region belongs to the built-in host alone. */
	assert_null(aws_endpoint_resolve(config, "iam", "ap-northeast-1", &ep));
	assert_string_equal(ep.host, "::1");
	assert_string_equal(ep.signing_region, "ap-northeast-1");
	assert_string_equal(ep.base_path, "");
	aws_endpoint_clear(&ep);
	aws_config_free(config);
	(void)setup(NULL);
}

static void a_url_that_is_none_is_refused_with_its_reason(void **state)
{
	static const char *const bad[] = { "",
					   "127.0.0.1:4566",
					   "ftp://host/",
					   "http://",
					   "http://user@host/",
					   "http://host:0/",
					   "http://host:65536/",
					   "http://host:12x/",
					   "http://ho st/",
					   "http://host/#part",
					   "http://[::1/",
					   "http://[::1]x/",
					   "http://h\xc3\xa9/",
					   "http://host\r\nX: y/",
					   "https://a/<b>" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct uri u = { 0 };
		auto_error struct rb_error *err = uri_parse(bad[i], &u);

		if (!rb_error_is(err, RB_USAGE))
			fail_msg("'%s' was taken", bad[i]);
		assert_non_null(err->why);
		assert_null(u.host);
	}
}

static void urls_are_taken_apart(void **state)
{
	static const struct {
		const char *text, *scheme, *host;
		int port;
		const char *path, *query;
	} cases[] = {
		{ "https://Host.Example", "https", "host.example", 0, "/", NULL },
		{ "HTTP://h:80/a%20b?x=1&y", "http", "h", 80, "/a%20b", "x=1&y" },
		{ "https://h?q", "https", "h", 0, "/", "q" },
		{ "http://[FE80::1]:8080/", "http", "fe80::1", 8080, "/", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct uri u = { 0 };

		assert_null(uri_parse(cases[i].text, &u));
		assert_string_equal(u.scheme, cases[i].scheme);
		assert_string_equal(u.host, cases[i].host);
		assert_int_equal(u.port, cases[i].port);
		assert_string_equal(u.path, cases[i].path);
		assert_true(text_eq(u.query, cases[i].query));
		uri_clear(&u);
	}
}

static void escapes_survive_a_round_trip(void **state)
{
	auto_buf all = BUF_INIT, encoded = BUF_INIT, back = BUF_INIT;
	static const char *const broken[] = { "%", "%4", "%4g", "a%", "%%41" };

	(void)state;
	for (int c = 0; c < 256; c++)
		(void)buf_addc(&all, (char)c);
	percent_encode(&encoded, all.p, all.n, /* keep_slash= */ false);
	assert_true(percent_decode(&back, encoded.p, encoded.n));
	assert_int_equal(back.n, 256);
	assert_memory_equal(back.p, all.p, 256);
	assert_null(strpbrk(encoded.p, " +/:=&?#"));
	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		auto_buf out = BUF_INIT;

		assert_false(percent_decode(&out, broken[i], strlen(broken[i])));
	}
}

/* Who is there, as one resolver tells it: the regions of an AWS page where the service has none. */
static size_t n_lookups;

static enum name_state lookup_of_today(const char *host)
{
	static const char *const missing[] = {
		"ec2-instance-connect.ap-south-2.",	"ec2-instance-connect.ap-southeast-3.",
		"ec2-instance-connect.ap-southeast-4.", "ec2-instance-connect-fips.ap-southeast-4.",
		"ec2-instance-connect.us-moon-1.",	"ec2.us-moon-1."
	};

	n_lookups++;
	for (size_t i = 0; i < ARRAY_LEN(missing); i++)
		if (text_starts_with(host, missing[i]))
			return NAME_MISSING;
	return NAME_EXISTS;
}

static enum name_state lookup_without_network(const char *host)
{
	(void)host;
	return NAME_UNCLEAR;
}

static void a_region_without_instance_connect_is_known_by_its_names(void **state)
{
	static const struct {
		const char *region;
		bool has_it;
	} cases[] = { { "ap-south-2", false },	   { "ap-southeast-3", false },
		      { "ap-southeast-4", false }, { "ap-northeast-1", true },
		      { "us-east-1", true },	   { "cn-north-1", true },
		      { "us-moon-1", true } /* nothing of it is there: not for this to say */ };

	(void)state;
	set_env("https_proxy", NULL);
	set_env("HTTPS_PROXY", NULL);
	set_env("ALL_PROXY", NULL);
	set_env("all_proxy", NULL);
	for (int fips = 0; fips < 2; fips++) {
		struct aws_config *config = load(fips, false);

		for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
			auto_error struct rb_error *err =
				eic_check_region(config, cases[i].region, lookup_of_today);
			auto_error struct rb_error *unclear =
				eic_check_region(config, cases[i].region, lookup_without_network);

			assert_null(unclear);
			if (cases[i].has_it || (fips && strcmp(cases[i].region, "ap-southeast-4")))
				assert_null(err);
			else
				assert_true(rb_error_is(err, RB_USAGE) &&
					    strstr(err->what, cases[i].region));
		}
		aws_config_free(config);
	}
	/* names that somebody else looks up: an endpoint of one's own, a proxy */
	for (size_t i = 0; i < 3; i++) {
		static const char *const set[][2] = { { "AWS_ENDPOINT_URL", "http://127.0.0.1:1" },
						      { "AWS_ENDPOINT_URL_EC2_INSTANCE_CONNECT",
							"http://127.0.0.1:1" },
						      { "HTTPS_PROXY", "http://127.0.0.1:1" } };
		struct aws_config *config;

		set_env(set[i][0], set[i][1]);
		config = load(false, false);
		n_lookups = 0;
		assert_null(eic_check_region(config, "ap-south-2", lookup_of_today));
		assert_int_equal(n_lookups, 0);
		aws_config_free(config);
		set_env(set[i][0], NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_region_falls_to_its_partition),
		cmocka_unit_test(the_table_holds_what_the_published_data_holds),
		cmocka_unit_test(an_unknown_region_lists_near_ones),
		cmocka_unit_test(a_new_region_finds_its_partitions_hosts),
		cmocka_unit_test(a_region_without_instance_connect_is_known_by_its_names),
		cmocka_unit_test(hosts_follow_the_partitions_rules),
		cmocka_unit_test(old_names_of_fips_regions_mean_fips),
		cmocka_unit_test(a_configured_url_overrides_everything),
		cmocka_unit_test(a_url_that_is_none_is_refused_with_its_reason),
		cmocka_unit_test(urls_are_taken_apart),
		cmocka_unit_test(escapes_survive_a_round_trip),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
