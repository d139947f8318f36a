/* SPDX-License-Identifier: Apache-2.0 */
/* Which values a parameter can have at all. */
#include "steps/common/param_checks.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aws/core/endpoint.h"
#include "aws/s3_name.h"
#include "base/text.h"
#include "steps/common/upload.h"

#define REFUSE(...) return rb_error_because(RB_USAGE, __VA_ARGS__)

static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
static const char digits[] = "0123456789";
static const char lower_digits_dash[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

static bool made_of(const char *s, const char *set)
{
	return *s && s[strspn(s, set)] == '\0';
}

struct rb_error *param_check_region(const char *value)
{
	return aws_region_check(value);
}

static bool in_block(uint32_t base, uint32_t block, int prefix)
{
	return (base ^ block) >> (32 - prefix) == 0;
}

struct rb_error *param_check_cidr(const char *value)
{
	uint32_t base;
	int prefix;

	if (!text_parse_cidr(value, &base, &prefix))
		REFUSE(N_("it is no IPv4 network such as 10.0.0.0/16 (host bits must be 0)"));
	if (prefix < 16 || prefix > 28)
		REFUSE("AWS takes networks from /16 to /28, not /%d", prefix);
	if (in_block(base, 0, 8) || in_block(base, 0x7f000000u, 8) ||
	    in_block(base, 0xa9fe0000u, 16) || in_block(base, 0xe0000000u, 3))
		REFUSE(N_("AWS does not take this range for a VPC"));
	return NULL;
}

struct rb_error *param_check_zone(const char *value)
{
	if (strlen(value) > 40 || !made_of(value, lower_digits_dash) ||
	    !strchr(lower, value[strlen(value) - 1]))
		REFUSE(N_("it is no zone name such as ap-northeast-1a"));
	return NULL;
}

struct rb_error *param_check_instance_type(const char *value)
{
	const char *dot = strchr(value, '.');

	if (!dot || dot == value || strlen(value) > 40 || strchr(dot + 1, '.') ||
	    value[strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-.")] ||
	    !made_of(dot + 1, lower_digits_dash))
		REFUSE(N_("it is no instance type such as t3.micro"));
	return NULL;
}

struct rb_error *param_check_architecture(const char *value)
{
	if (!text_eq(value, "x86_64") && !text_eq(value, "arm64"))
		REFUSE(N_("it is neither x86_64 nor arm64"));
	return NULL;
}

struct rb_error *param_check_image(const char *value)
{
	if (!text_starts_with(value, "ami-") || strlen(value) > 30 ||
	    !made_of(value + 4, "0123456789abcdef"))
		REFUSE(N_("it is no image id such as ami-0123456789abcdef0"));
	return NULL;
}

struct rb_error *param_check_user(const char *value)
{
	if (strlen(value) > 32 || !strchr("abcdefghijklmnopqrstuvwxyz_", value[0]) ||
	    value[strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789_-")])
		REFUSE(N_("it is no user name such as ec2-user"));
	return NULL;
}

struct rb_error *param_check_bucket(const char *value)
{
	const char *problem = bucket_name_problem(value);

	if (problem)
		REFUSE("%-s", problem);
	return NULL;
}

struct rb_error *param_check_namespace(const char *value)
{
	if (!text_eq(value, NAMESPACE_GLOBAL) && !text_eq(value, NAMESPACE_ACCOUNT))
		REFUSE("it is neither %s nor %s", NAMESPACE_GLOBAL, NAMESPACE_ACCOUNT);
	return NULL;
}

/* The key is also a file's name on the instance and a word of a command there. */
struct rb_error *param_check_key(const char *value)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				   "._-";

	if (strlen(value) > 200 || !made_of(value, good) || value[0] == '-' || value[0] == '.')
		REFUSE(N_("a key here is made of letters, digits, '.', '_' and '-', begins with "
			  "none of '.' and '-', and has 200 characters at most"));
	return NULL;
}

struct rb_error *param_check_bytes(const char *value)
{
	int64_t n;

	if (!made_of(value, digits) || !text_parse_i64(value, 0, UPLOAD_BYTES_MAX, &n))
		REFUSE("it is no number from 0 to %d", UPLOAD_BYTES_MAX);
	return NULL;
}
