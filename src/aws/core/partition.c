/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AWS's partitions and regions as of late 2026, and how one of the latter finds its
 * way to the former.
 *   source  the SDKs' endpoint partition data, version 1.1
 */
#include "aws/core/partition.h"

#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "base/text.h"

static const char *const regions_aws[] = {
	"af-south-1",
	"ap-east-1",
	"ap-east-2",
	"ap-northeast-1",
	"ap-northeast-2",
	"ap-northeast-3",
	"ap-south-1",
	"ap-south-2",
	"ap-southeast-1",
	"ap-southeast-2",
	"ap-southeast-3",
	"ap-southeast-4",
	"ap-southeast-5",
	"ap-southeast-6",
	"ap-southeast-7",
	"ca-central-1",
	"ca-west-1",
	"eu-central-1",
	"eu-central-2",
	"eu-north-1",
	"eu-south-1",
	"eu-south-2",
	"eu-west-1",
	"eu-west-2",
	"eu-west-3",
	"il-central-1",
	"me-central-1",
	"me-south-1",
	"me-west-1",
	"mx-central-1",
	"sa-east-1",
	"sa-west-1",
	"us-east-1",
	"us-east-2",
	"us-west-1",
	"us-west-2",
	NULL,
};
static const char *const regions_aws_cn[] = {
	"cn-north-1",
	"cn-northwest-1",
	NULL,
};
static const char *const regions_aws_eusc[] = {
	"eusc-de-east-1",
	NULL,
};
static const char *const regions_aws_iso[] = {
	"us-iso-east-1",
	"us-iso-west-1",
	NULL,
};
static const char *const regions_aws_iso_b[] = {
	"us-isob-east-1",
	"us-isob-west-1",
	NULL,
};
static const char *const regions_aws_iso_e[] = {
	"eu-isoe-west-1",
	NULL,
};
static const char *const regions_aws_iso_f[] = {
	"us-isof-east-1",
	"us-isof-south-1",
	NULL,
};
static const char *const regions_aws_us_gov[] = {
	"us-gov-east-1",
	"us-gov-west-1",
	NULL,
};

static const struct partition partitions[] = {
	{ .facts = { "aws", "amazonaws.com", "api.aws", "us-east-1", regions_aws },
	  .prefixes = { "us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx" },
	  .iam_host = { "iam.amazonaws.com", "iam-fips.amazonaws.com", "iam.global.api.aws",
			"iam-fips.global.api.aws" },
	  .iam_region = "us-east-1" },
	{ .facts = { "aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "cn-northwest-1",
		     regions_aws_cn },
	  .prefixes = { "cn" },
	  .iam_host = { "iam.cn-north-1.amazonaws.com.cn", "iam-fips.amazonaws.com.cn",
			"iam.global.api.amazonwebservices.com.cn",
			"iam-fips.api.amazonwebservices.com.cn" },
	  .iam_region = "cn-north-1" },
	{ .facts = { "aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu", "eusc-de-east-1",
		     regions_aws_eusc },
	  .prefixes = { "eusc-de" },
	  .iam_host = { "iam.eusc-de-east-1.amazonaws.eu", "iam-fips.amazonaws.eu",
			"iam.global.api.amazonwebservices.eu",
			"iam-fips.api.amazonwebservices.eu" },
	  .iam_region = "eusc-de-east-1" },
	{ .facts = { "aws-iso", "c2s.ic.gov", "api.aws.ic.gov", "us-iso-east-1", regions_aws_iso },
	  .prefixes = { "us-iso" },
	  .iam_host = { "iam.us-iso-east-1.c2s.ic.gov", "iam-fips.us-iso-east-1.c2s.ic.gov",
			"iam.api.aws.ic.gov", "iam-fips.api.aws.ic.gov" },
	  .iam_region = "us-iso-east-1" },
	{ .facts = { "aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud", "us-isob-east-1",
		     regions_aws_iso_b },
	  .prefixes = { "us-isob" },
	  .iam_host = { "iam.us-isob-east-1.sc2s.sgov.gov", "iam-fips.us-isob-east-1.sc2s.sgov.gov",
			"iam.api.aws.scloud", "iam-fips.api.aws.scloud" },
	  .iam_region = "us-isob-east-1" },
	{ .facts = { "aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", "eu-isoe-west-1",
		     regions_aws_iso_e },
	  .prefixes = { "eu-isoe" },
	  .iam_host = { "iam.eu-isoe-west-1.cloud.adc-e.uk", "iam-fips.cloud.adc-e.uk",
			"iam.api.cloud-aws.adc-e.uk", "iam-fips.api.cloud-aws.adc-e.uk" },
	  .iam_region = "eu-isoe-west-1" },
	{ .facts = { "aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov", "us-isof-south-1",
		     regions_aws_iso_f },
	  .prefixes = { "us-isof" },
	  .iam_host = { "iam.us-isof-south-1.csp.hci.ic.gov", "iam-fips.csp.hci.ic.gov",
			"iam.api.aws.hci.ic.gov", "iam-fips.api.aws.hci.ic.gov" },
	  .iam_region = "us-isof-south-1" },
	{ .facts = { "aws-us-gov", "amazonaws.com", "api.aws", "us-gov-west-1",
		     regions_aws_us_gov },
	  .prefixes = { "us-gov" },
	  .iam_host = { "iam.us-gov.amazonaws.com", "iam.us-gov.amazonaws.com",
			"iam.us-gov.api.aws", "iam.us-gov.api.aws" },
	  .iam_region = "us-gov-west-1" },
};

static bool lists(const struct partition *p, const char *region)
{
	for (const char *const *r = p->facts.regions; *r; r++)
		if (strcmp(*r, region) == 0)
			return true;
	return false;
}

/* PREFIX-WORD-DIGITS, where WORD holds no '-'. */
static bool fits(const char *prefix, const char *region)
{
	static const char word_chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789_";
	size_t n = strlen(prefix), word, digits;

	if (strncmp(region, prefix, n) != 0 || region[n] != '-')
		return false;
	region += n + 1;
	word = strspn(region, word_chars);
	if (!word || region[word] != '-')
		return false;
	region += word + 1;
	digits = strspn(region, "0123456789");
	return digits && !region[digits];
}

/* NULL: no list holds it and no pattern fits. */
static const struct partition *find_partition(const char *region)
{
	for (size_t i = 0; i < ARRAY_LEN(partitions); i++)
		if (lists(&partitions[i], region))
			return &partitions[i];
	for (size_t i = 0; i < ARRAY_LEN(partitions); i++)
		for (const char *const *p = partitions[i].prefixes; *p; p++)
			if (fits(*p, region))
				return &partitions[i];
	return NULL;
}

const struct partition *partition_of(const char *region)
{
	const struct partition *p = find_partition(region);

	return p ? p : &partitions[0];
}

const struct aws_partition *aws_partition_of(const char *region)
{
	return &partition_of(region)->facts;
}

bool aws_region_is_known(const char *region)
{
	for (size_t i = 0; i < ARRAY_LEN(partitions); i++)
		if (lists(&partitions[i], region))
			return true;
	return false;
}

/* The names that AWS gives regions; the SDKs' pattern takes capitals and '_' as well. */
static bool is_plain_label(const char *s)
{
	size_t n = strlen(s);

	return n && n <= 63 && s[0] != '-' && s[n - 1] != '-' &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

bool aws_region_is_possible(const char *region)
{
	return is_plain_label(region) && find_partition(region);
}

/* Up to three known regions that look like `typed`, the nearest first. */
static char *near_regions(const char *typed)
{
	auto_strv all = { 0 }, near = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(partitions); i++)
		for (const char *const *r = partitions[i].facts.regions; *r; r++)
			strv_add(&all, *r);
	while (near.n < 3) {
		const char *best = text_near(typed, strv_list(&all));
		auto_strv rest = { 0 };

		if (!best)
			break;
		strv_add(&near, best);
		for (size_t i = 0; i < all.n; i++)
			if (!strv_has(&near, all.v[i]))
				strv_add(&rest, all.v[i]);
		strv_copy(&all, &rest);
	}
	return near.n ? strv_join(&near, ", ") : NULL;
}

char *aws_region_near(const char *region)
{
	return near_regions(region);
}

struct rb_error *aws_region_check(const char *region)
{
	autofree char *shown = text_printable(region, strlen(region), /* max= */ 80);
	autofree char *near = NULL;
	struct rb_error *err;

	if (aws_region_is_possible(region))
		return NULL;
	err = rb_error_new(RB_USAGE, "there is no region '%s'", shown);
	if (strspn(region, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") ==
	    strlen(region))
		near = near_regions(region);
	if (near)
		return rb_error_hint(err, "near ones are: %s", near);
	return rb_error_hint(err, "a region is written like 'ap-northeast-1'");
}
