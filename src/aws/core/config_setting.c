/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One setting: environment, then profile, the first that is there and not empty.
 * (The AWS CLI takes an empty variable as a value for some settings and not for
 * others; here empty is always the same as unset.)
 */
#include "aws/core/config_int.h"

#include <stdlib.h>
#include <string.h>

#include "aws/core/profile.h"
#include "base/alloc.h"
#include "base/text.h"

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

struct aws_setting aws_setting_find(const struct aws_config *config, const char *env,
				    const char *key)
{
	struct aws_setting s = { .value = env ? aws_config_env(config, env) : NULL, .env = env };

	if (!s.value && key) {
		s.value = aws_config_profile_key(config, key);
		if (s.value && !*s.value)
			s.value = NULL;
		s.env = NULL;
		s.key = key;
	}
	return s;
}

struct rb_error *aws_setting_bad(const struct aws_config *config, const struct aws_setting *s,
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

struct rb_error *aws_setting_int(const struct aws_config *config, const char *env, const char *key,
				 int otherwise, int max, int *ret)
{
	struct aws_setting s = aws_setting_find(config, env, key);
	int64_t n = otherwise;

	if (s.value && !text_parse_i64(s.value, 1, max, &n)) {
		autofree char *expected = xasprintf(N_("it must be a number from 1 to %d"), max);

		return aws_setting_bad(config, &s, expected);
	}
	*ret = (int)n;
	return NULL;
}

bool aws_setting_bool(const struct aws_config *config, const char *env, const char *key)
{
	return aws_config_truth(aws_setting_find(config, env, key).value);
}
