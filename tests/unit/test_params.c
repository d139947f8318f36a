/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters: names, values, sources, and the rules between them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "runbook/record/params.h"

static void ok(struct rb_error *err)
{
	if (err)
		print_error("%s: %s\n", err->what ? err->what : "-", err->why ? err->why : "-");
	assert_null(err);
}

static bool says(const struct rb_error *err, const char *part)
{
	for (size_t i = 0; i < err->next_n; i++)
		if (err->next[i].args && strcmp(err->next[i].args, part) == 0)
			return true;
	return (err->what && strstr(err->what, part)) || (err->why && strstr(err->why, part)) ||
	       (err->hint && strstr(err->hint, part));
}

static void refused(struct rb_error *err, const char *part)
{
	assert_non_null(err);
	assert_int_equal(err->kind, RB_USAGE);
	if (!says(err, part))
		fail_msg("no '%s' in '%s' / '%s' / '%s'", part, err->what,
			 err->why ? err->why : "-", err->hint ? err->hint : "-");
	(void)rb_error_free(err);
}

static void the_defaults_are_the_published_procedures(void **state)
{
	static const char *const expected[][2] = {
		{ "source.region", "ap-northeast-1" },
		{ "source.vpc_cidr", "10.0.0.0/16" },
		{ "source.subnet_cidr", "10.0.0.0/20" },
		{ "source.zone", "ap-northeast-1a" },
		{ "source.instance_type", "t3.micro" },
		{ "source.architecture", "x86_64" },
		{ "source.image", "" },
		{ "source.os_user", "ec2-user" },
		{ "destination.region", "us-east-1" },
		{ "destination.vpc_cidr", "10.1.0.0/16" },
		{ "destination.subnet_cidr", "10.1.0.0/20" },
		{ "destination.zone", "" },
		{ "destination.bucket", "" },
		{ "destination.bucket_namespace", "global" },
		{ "upload.key", "dummy.txt" },
		{ "upload.bytes", "0" },
		{ "tags.", "" },
		{ "iam.permissions_boundary", "" },
		{ "price.", "" },
	};
	struct params p;

	(void)state;
	params_init(&p, all_procedures[0]);
	ok(params_finish(&p));
	for (size_t i = 0; i < ARRAY_LEN(expected); i++)
		assert_string_equal(params_get(&p, expected[i][0]), expected[i][1]);
	assert_int_equal(ARRAY_LEN(expected), p.n);
	params_clear(&p);
}

static void values_that_cannot_be_are_refused(void **state)
{
	static const struct {
		const char *pair;
		const char *says;
	} cases[] = {
		{ "source.region", "KEY=VALUE" },
		{ "=x", "KEY=VALUE" },
		{ "source.regoin=eu-west-1", "source.region" },
		{ "source.region=mars-north-1", "mars-north-1" },
		{ "source.region=ap-northeast1", "ap-northeast-1" },
		{ "destination.region=us-east-1a", "us-east-1" },
		{ "source.region=", "source.region" },
		{ "source.vpc_cidr=10.0.0.0", "IPv4 network" },
		{ "source.vpc_cidr=10.0.0.1/16", "host bits" },
		{ "source.vpc_cidr=10.0.0.0/016", "IPv4 network" },
		{ "source.vpc_cidr=10.0.0.0/15", "/16 to /28" },
		{ "source.vpc_cidr=10.0.0.0/29", "/16 to /28" },
		{ "source.vpc_cidr=127.0.0.0/16", "range" },
		{ "source.vpc_cidr=224.0.0.0/16", "range" },
		{ "source.vpc_cidr=169.254.0.0/16", "range" },
		{ "source.vpc_cidr=0.0.0.0/16", "range" },
		{ "source.zone=tokyo 1", "zone" },
		{ "source.zone=ap-northeast-1", "zone" },
		{ "source.instance_type=t3", "instance type" },
		{ "source.instance_type=t3.micro; rm", "instance type" },
		{ "source.architecture=amd64", "x86_64" },
		{ "source.image=img-1", "image id" },
		{ "source.image=ami-XYZ", "image id" },
		{ "source.os_user=Root User", "user name" },
		{ "source.os_user=$(id)", "user name" },
		{ "destination.bucket=My-Bucket", "lower-case" },
		{ "destination.bucket=a.b.c", "dot" },
		{ "destination.bucket=ab", "3 to 63" },
		{ "destination.bucket=-ab", "begin" },
		{ "destination.bucket=ab-", "begin" },
		{ "destination.bucket=xn--abc", "for itself" },
		{ "destination.bucket=abc-s3alias", "for itself" },
		{ "destination.bucket_namespace=", "neither" },
		{ "destination.bucket_namespace=account", "neither" },
		{ "destination.bucket_namespace=Global", "neither" },
		{ "upload.key=../etc", "key" },
		{ "upload.key=a b", "key" },
		{ "upload.key=", "key" },
		{ "upload.key=-rf", "key" },
		{ "upload.bytes=-1", "number" },
		{ "upload.bytes=1e9", "number" },
		{ "upload.bytes=99999999999999999999", "number" },
		{ "tags.=x", "names no tag" },
		{ "tags.Name=x", "runbook writes" },
		{ "tags.name=x", "runbook writes" },
		{ "tags.runbook:run=x", "runbook writes" },
		{ "tags.Runbook:x=x", "runbook writes" },
		{ "tags.aws:x=x", "AWS keeps" },
		{ "tags.AWS:x=x", "AWS keeps" },
		{ "tags.a;b=x", "letters, digits, blanks" },
		{ "tags.a=x{y}", "letters, digits, blanks" },
		{ "tags.a=x\ny", "control characters" },
		{ "tags.a=\xff", "control characters" },
		{ "tag.a=b", "unknown" },
		{ "iam.permissions_boundary=boundary", "no ARN" },
		{ "iam.permissions_boundary=arn:aws:iam::123456789012:role/x", "no ARN" },
		{ "iam.permissions_boundary=arn:aws:iam::12345678901:policy/x", "no ARN" },
		{ "iam.permissions_boundary=arn:aws:iam:us-east-1:123456789012:policy/x",
		  "no ARN" },
		{ "iam.permissions_boundary=arn:aws:iam::123456789012:policy/", "no ARN" },
		{ "iam.permissions_boundary=arn:aws:iam::123456789012:policy/a//b", "no ARN" },
		{ "iam.permissions_boundary=arn:aws:iam::123456789012:policy/a b", "no ARN" },
		{ "iam.permissions_boundary=arn:aws:s3:::policy/x", "no ARN" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct params p;

		params_init(&p, all_procedures[0]);
		refused(params_set_pair(&p, cases[i].pair), cases[i].says);
		params_clear(&p);
	}
}

static void values_that_do_not_fit_together_are_refused(void **state)
{
	static const struct {
		const char *pairs[4];
		const char *says;
	} cases[] = {
		{ { "source.region=us-east-1" }, "both 'us-east-1'" },
		{ { "source.region=cn-north-1" }, "partition" },
		{ { "source.subnet_cidr=10.9.0.0/20" }, "not inside" },
		{ { "source.subnet_cidr=10.0.0.0/16", "source.vpc_cidr=10.0.0.0/20" },
		  "not inside" },
		{ { "destination.subnet_cidr=10.0.0.0/20" }, "not inside" },
		{ { "destination.vpc_cidr=10.0.0.0/17", "destination.subnet_cidr=10.0.0.0/20" },
		  "overlap" },
		{ { "source.zone=us-east-1a" }, "not a zone" },
		{ { "destination.zone=us-east-2a" }, "not a zone" },
		{ { "source.zone=ap-northeast-1ab" }, "not a zone" },
		{ { "source.architecture=arm64", "source.instance_type=t3.micro" }, "x86_64" },
		{ { "source.architecture=arm64", "source.instance_type=g4dn.xlarge" }, "x86_64" },
		{ { "source.architecture=arm64", "source.instance_type=m5.large" }, "x86_64" },
		{ { "source.architecture=x86_64", "source.instance_type=t4g.micro" }, "arm64" },
		{ { "source.architecture=x86_64", "source.instance_type=im4gn.large" }, "arm64" },
		{ { "source.architecture=x86_64", "source.instance_type=a1.medium" }, "arm64" },
		{ { "source.architecture=x86_64", "source.instance_type=hpc7g.4xlarge" }, "arm64" },
		{ { "source.architecture=x86_64", "source.instance_type=x2gd.medium" }, "arm64" },
		{ { "destination.bucket=data-an" }, "PREFIX-ACCOUNT-us-east-1-an" },
		{ { "destination.bucket=123456789012-us-east-1-an" }, "PREFIX-" },
		{ { "destination.bucket=data-12345678901-us-east-1-an" }, "PREFIX-" },
		{ { "destination.bucket=data-1234567890123-us-east-1-an" }, "PREFIX-" },
		{ { "destination.bucket=data-123456789012-us-west-2-an" }, "-us-east-1-an" },
		{ { "destination.bucket=data-123456789012us-east-1-an" }, "PREFIX-" },
		{ { "destination.bucket=data-123456789012-us-east-1-an",
		    "destination.bucket_namespace=global" },
		  "'global'" },
		{ { "destination.bucket=data", "destination.bucket_namespace=account-regional" },
		  "PREFIX-ACCOUNT-us-east-1-an" },
		{ { "destination.bucket=data-123456789012-us-east-1",
		    "destination.bucket_namespace=account-regional" },
		  "PREFIX-" },
		{ { "destination.bucket=data-123456789012-me-south-1-an",
		    "destination.region=me-south-1" },
		  "no account-regional" },
		{ { "destination.region=me-central-1",
		    "destination.bucket_namespace=account-regional" },
		  "no account-regional" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct params p;

		params_init(&p, all_procedures[0]);
		for (size_t k = 0; k < 4 && cases[i].pairs[k]; k++)
			ok(params_set_pair(&p, cases[i].pairs[k]));
		refused(params_finish(&p), cases[i].says);
		params_clear(&p);
	}
}

static void defaults_follow_what_was_given(void **state)
{
	struct params p;

	(void)state;
	params_init(&p, all_procedures[0]);
	ok(params_set_pair(&p, "source.region=eu-west-1"));
	ok(params_set_pair(&p, "source.architecture=arm64"));
	ok(params_set_pair(&p, "source.zone=eu-west-1b"));
	ok(params_finish(&p));
	assert_string_equal(params_get(&p, "source.zone"), "eu-west-1b");
	assert_string_equal(params_get(&p, "source.instance_type"), "t4g.micro");
	params_clear(&p);

	params_init(&p, all_procedures[0]);
	ok(params_set_pair(&p, "source.region=cn-north-1"));
	ok(params_set_pair(&p, "destination.region=cn-northwest-1"));
	ok(params_finish(&p));
	assert_string_equal(params_get(&p, "source.zone"), "cn-north-1a");
	ok(params_begin(&p, "a-very-long-stack-name-of-32-chars", "20261123-0123abcd",
			"123456789012"));
	assert_string_equal(params_get(&p, "destination.bucket"),
			    "runbook-a-very-long-stack-name-of-32-chars-20261123-0123abcd");
	params_clear(&p);
}

/* What one of the two says the other follows; what neither says EC2 does. */
static void the_architecture_follows_the_instance_type(void **state)
{
	static const struct {
		const char *type, *architecture;
	} cases[] = {
		{ "t3.micro", "x86_64" },
		{ "t4g.small", "arm64" },
		{ "m7i-flex.large", "x86_64" },
		{ "c7gn.large", "arm64" },
		{ "is4gen.medium", "arm64" },
		{ "g5g.xlarge", "arm64" },
		{ "g5.xlarge", "x86_64" },
		{ "x2iedn.xlarge", "x86_64" },
		{ "u7in-16tb.224xlarge", "x86_64" },
		{ "r8gb.large", "arm64" },
		{ "a1.large", "arm64" },
		{ "z9.huge", "x86_64" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct params p;

		params_init(&p, all_procedures[0]);
		ok(params_set(&p, "source.instance_type", cases[i].type, "--set"));
		ok(params_finish(&p));
		assert_string_equal(params_get(&p, "source.architecture"), cases[i].architecture);
		params_clear(&p);

		params_init(&p, all_procedures[0]); /* and both, when they agree */
		ok(params_set(&p, "source.instance_type", cases[i].type, "--set"));
		ok(params_set(&p, "source.architecture", cases[i].architecture, "--set"));
		ok(params_finish(&p));
		params_clear(&p);
	}
	/* names that do not say it are for EC2 to judge, with either */
	for (size_t i = 0; i < 2; i++) {
		static const char *const any[] = { "p6e-gb200.36xlarge", "mac2.metal" };
		struct params p;

		params_init(&p, all_procedures[0]);
		ok(params_set(&p, "source.instance_type", any[i], "--set"));
		ok(params_set(&p, "source.architecture", "arm64", "--set"));
		ok(params_finish(&p));
		params_clear(&p);
	}
}

static void a_buckets_name_implies_its_namespace(void **state)
{
	static const char name[] = "data-123456789012-us-east-1-an";
	struct params p;

	(void)state;
	params_init(&p, all_procedures[0]);
	ok(params_set(&p, "destination.bucket", name, "--set"));
	ok(params_finish(&p));
	assert_string_equal(params_get(&p, "destination.bucket_namespace"), "account-regional");
	ok(params_check_account(&p, "123456789012"));
	refused(params_check_account(&p, "210987654321"), "account 123456789012");
	ok(params_begin(&p, "default", "20261123-0123abcd", "123456789012"));
	assert_string_equal(params_get(&p, "destination.bucket"), name);
	params_clear(&p);

	/* without a name the account decides nothing; the name is made of it */
	params_init(&p, all_procedures[0]);
	ok(params_set_pair(&p, "destination.bucket_namespace=account-regional"));
	ok(params_finish(&p));
	ok(params_check_account(&p, "210987654321"));
	ok(params_begin(&p, "default", "20261123-0123abcd", "210987654321"));
	assert_string_equal(params_get(&p, "destination.bucket"),
			    "runbook-default-20261123-0123abcd-210987654321-us-east-1-an");
	params_clear(&p);
}

static void a_run_of_before_the_namespace_was_a_parameter_goes_on(void **state)
{
	static const struct {
		const char *bucket, *space;
	} cases[] = { { "runbook-default-20261101-0123abcd", "global" },
		      { "data-123456789012-us-east-1-an", "account-regional" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		json_t *recorded = json_pack("{s:s}", "destination.bucket", cases[i].bucket);
		struct params then, now;

		params_init(&then, all_procedures[0]);
		ok(params_from_json(&then, recorded));
		json_decref(recorded);
		assert_string_equal(params_get(&then, "destination.bucket_namespace"),
				    cases[i].space);
		params_init(&now, all_procedures[0]);
		ok(params_set(&now, "destination.bucket_namespace", cases[i].space, "--set"));
		ok(params_agree(&now, &then, "r1"));
		params_clear(&now);
		params_clear(&then);
	}
}

static char *config_with(const char *text)
{
	char name[] = "/tmp/test_params.XXXXXX";
	int fd = mkstemp(name);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return xstrdup(name);
}

static void a_file_may_nest_or_use_dots(void **state)
{
	autofree char *path =
		config_with("{\"source\": {\"region\": \"eu-west-1\"},"
			    " \"upload.bytes\": 12, \"destination.region\": \"eu-north-1\"}");
	struct params p;

	(void)state;
	params_init(&p, all_procedures[0]);
	ok(params_load(&p, path));
	ok(params_set_pair(&p, "upload.bytes=13")); /* --set beats the file */
	ok(params_finish(&p));
	assert_string_equal(params_get(&p, "source.region"), "eu-west-1");
	assert_string_equal(params_get(&p, "destination.region"), "eu-north-1");
	assert_string_equal(params_get(&p, "upload.bytes"), "13");
	params_clear(&p);
	assert_int_equal(unlink(path), 0);
}

static void a_file_with_anything_else_is_refused(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
		{ "", "line" },
		{ "[1]", "object" },
		{ "{\"source\": {\"region\": true}}", "neither" },
		{ "{\"source\": {\"regoin\": \"eu-west-1\"}}", "source.region" },
		{ "{\"colour\": 1}", "unknown" },
		{ "{\"upload.bytes\": 1, \"upload.bytes\": 2}", "line" },
		{ "{\"source\": {\"vpc\": {\"cidr\": \"x\"}}}", "unknown" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *path = config_with(cases[i].text);
		struct params p;

		params_init(&p, all_procedures[0]);
		refused(params_load(&p, path), cases[i].says);
		params_clear(&p);
		assert_int_equal(unlink(path), 0);
	}
}

static const char *tag(const struct params *p, const char *name)
{
	const struct param_member *m;
	size_t i = 0;

	while ((m = params_next(p, PARAM_TAGS, &i)))
		if (strcmp(m->name, name) == 0)
			return m->value;
	return NULL;
}

static void any_number_of_tags_may_be_given(void **state)
{
	autofree char *path = config_with("{\"tags\": {\"Owner\": \"file\", \"a.b\": 12},"
					  " \"tags.x=y\": \"\"}");
	struct params p, then;
	json_t *recorded;

	(void)state;
	params_init(&p, all_procedures[0]);
	ok(params_load(&p, path));
	ok(params_set_pair(&p, "tags.Owner=me=you")); /* --set beats the file */
	ok(params_set_pair(&p, "tags.Kosten Stelle=Zürich"));
	ok(params_finish(&p));
	recorded = params_to_json(&p);
	params_init(&then, all_procedures[0]);
	ok(params_from_json(&then, recorded));
	assert_string_equal(tag(&then, "tags.Owner"), "me=you");
	assert_string_equal(tag(&then, "tags.a.b"), "12");
	assert_string_equal(tag(&then, "tags.x=y"), "");
	assert_string_equal(tag(&then, "tags.Kosten Stelle"), "Zürich");
	assert_null(json_object_get(recorded, "tags."));
	json_decref(recorded);
	ok(params_agree(&p, &then, "r1"));
	ok(params_set_pair(&p, "tags.More=1"));
	refused(params_agree(&p, &then, "r1"), "but run r1 has none");
	ok(params_set_pair(&then, "tags.More=1"));
	ok(params_set_pair(&p, "tags.Owner=other"));
	refused(params_agree(&p, &then, "r1"), "'me=you' in run r1");
	params_clear(&p);
	params_clear(&then);
	assert_int_equal(unlink(path), 0);
}

static void as_many_tags_as_aws_takes(void **state)
{
	char longest[400];
	struct params p;

	(void)state;
	params_init(&p, all_procedures[0]);
	for (int i = 0; i < 45; i++) {
		(void)snprintf(longest, sizeof(longest), "tags.k%d=%0256d", i, i);
		ok(params_set_pair(&p, longest));
	}
	ok(params_finish(&p));
	ok(params_set_pair(&p, "tags.one more=x"));
	refused(params_finish(&p), "46 tags are too many");
	params_clear(&p);
	params_init(&p, all_procedures[0]);
	(void)snprintf(longest, sizeof(longest), "tags.k=%0257d", 1);
	refused(params_set_pair(&p, longest), "256 characters at most, this one has 257");
	(void)snprintf(longest, sizeof(longest), "tags.%0129d=", 1);
	refused(params_set_pair(&p, longest), "128 characters at most");
	ok(params_set_pair(&p, "tags.owner=a"));
	ok(params_set_pair(&p, "tags.Owner=b"));
	refused(params_finish(&p), "differ by case alone");
	params_clear(&p);
}

static void a_boundary_is_of_the_regions_partition_and_of_the_account(void **state)
{
	struct params p;

	(void)state;
	params_init(&p, all_procedures[0]);
	ok(params_set_pair(&p, "iam.permissions_boundary=arn:aws:iam::123456789012:policy/x/b"));
	ok(params_finish(&p));
	ok(params_check_account(&p, "123456789012"));
	refused(params_check_account(&p, "210987654321"), "of account 123456789012");
	ok(params_set_pair(&p,
			   "iam.permissions_boundary=arn:aws:iam::aws:policy/AmazonS3FullAccess"));
	ok(params_check_account(&p, "210987654321"));
	ok(params_set_pair(&p, "iam.permissions_boundary=arn:aws-cn:iam::123456789012:policy/b"));
	refused(params_finish(&p), "partition aws-cn");
	params_clear(&p);
}

static void a_runs_parameters_stay_what_they_were(void **state)
{
	struct params now, then;
	json_t *recorded;

	(void)state;
	params_init(&then, all_procedures[0]);
	ok(params_finish(&then));
	recorded = params_to_json(&then);
	params_clear(&then);
	params_init(&then, all_procedures[0]);
	ok(params_from_json(&then, recorded));
	json_decref(recorded);

	params_init(&now, all_procedures[0]);
	ok(params_set_pair(&now, "source.region=ap-northeast-1")); /* given, and the same */
	ok(params_finish(&now));
	ok(params_agree(&now, &then, "r1"));
	ok(params_set_pair(&now, "upload.key=other.txt"));
	{
		struct rb_error *err = params_agree(&now, &then, "r1");

		assert_non_null(err);
		assert_true(says(err, "'other.txt'") && says(err, "'dummy.txt'") &&
			    says(err, "r1") && err->of_run && rb_error_has_next(err, RB_NEXT_SET) &&
			    says(err, "upload.key=other.txt"));
		refused(err, "upload.key");
	}
	params_clear(&now);

	/* of a run in another region: the next one is to be there, too, or the zone is none of its
	 */
	ok(params_set_pair(&then, "source.region=us-west-2"));
	params_init(&now, all_procedures[0]);
	ok(params_set_pair(&now, "source.zone=us-west-2z"));
	{
		struct rb_error *err = params_agree(&now, &then, "r1");

		assert_non_null(err);
		assert_int_equal(err->next_n, 1);
		assert_string_equal(err->next[0].args,
				    "source.zone=us-west-2z source.region=us-west-2");
		refused(err, "source.zone");
	}
	params_clear(&now);
	params_clear(&then);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_defaults_are_the_published_procedures),
		cmocka_unit_test(values_that_cannot_be_are_refused),
		cmocka_unit_test(values_that_do_not_fit_together_are_refused),
		cmocka_unit_test(defaults_follow_what_was_given),
		cmocka_unit_test(the_architecture_follows_the_instance_type),
		cmocka_unit_test(a_buckets_name_implies_its_namespace),
		cmocka_unit_test(a_run_of_before_the_namespace_was_a_parameter_goes_on),
		cmocka_unit_test(a_file_may_nest_or_use_dots),
		cmocka_unit_test(a_file_with_anything_else_is_refused),
		cmocka_unit_test(a_runs_parameters_stay_what_they_were),
		cmocka_unit_test(any_number_of_tags_may_be_given),
		cmocka_unit_test(as_many_tags_as_aws_takes),
		cmocka_unit_test(a_boundary_is_of_the_regions_partition_and_of_the_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
