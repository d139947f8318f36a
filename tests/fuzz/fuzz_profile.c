/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shared files: a NUL byte ends the config file, the rest is the credentials
 * file.  Whatever parses is looked at through every question that we ask of it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aws/core/profile.h"
#include "aws/core/words.h"
#include "base/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Our mistake, not the input's. */
static void must(int ok)
{
	if (!ok)
		abort();
}

/* What is found must be text that ends, and what is asked for twice the same. */
static void look(const struct aws_profiles *p, const char *name)
{
	static const char *const keys[] = {
		"region", "role_arn", "source_profile", "aws_secret_access_key",
		"s3",	  "services", "sso_session",	"credential_process"
	};
	auto_strv words = { 0 };

	must(aws_profiles_has(p, name));
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char *config = aws_profiles_get_from(p, AWS_FILE_CONFIG, name, keys[i]);
		const char *over = aws_profiles_get_from(p, AWS_FILE_CREDENTIALS, name, keys[i]);
		const char *merged = aws_profiles_get(p, name, keys[i]);
		const char *nested = aws_profiles_get_nested(p, name, keys[i], "endpoint_url");

		must(!over || merged == over);
		must(over || !merged || merged == config);
		must(!nested || !merged);
		if (merged && words_split(merged, &words))
			strv_clear(&words);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const uint8_t *end = n ? memchr(data, 0, n) : NULL;
	struct span config = { (const char *)data, end ? (size_t)(end - data) : n };
	struct span credentials = { end ? (const char *)end + 1 : "", 0 };
	struct aws_profiles *p = NULL;
	auto_strv warnings = { 0 };
	auto_strv names = { 0 };
	struct rb_error *err;

	if (end)
		credentials.n = n - config.n - 1;
	err = aws_profiles_parse(config, "config", credentials, "credentials", &warnings, &p);
	must(!err == (p != NULL));
	if (err) {
		must(err->kind == RB_USAGE && err->why && strstr(err->why, ": "));
		(void)rb_error_free(err);
		return 0;
	}
	aws_profiles_names(p, &names);
	for (size_t i = 0; i < names.n && i < 50; i++) {
		look(p, names.v[i]);
		(void)aws_section_get(p, AWS_SECTION_SSO_SESSION, names.v[i], "sso_region");
		(void)aws_section_get_nested(p, AWS_SECTION_SERVICES, names.v[i], "ec2",
					     "endpoint_url");
	}
	aws_profiles_free(p);
	return 0;
}
