/* SPDX-License-Identifier: Apache-2.0 */
/* One setting, for the files that load them (config*.c). */
#ifndef AWS_CONFIG_INT_H
#define AWS_CONFIG_INT_H

#include "aws/core/config.h"

struct aws_setting {
	const char *value; /* NULL: not set */
	const char *env;   /* where it came from: a variable, else ... */
	const char *key;   /* ... a key of the profile */
};

/* From the environment, else the profile; empty is unset.  Either name may be NULL.  Borrowed. */
struct aws_setting aws_setting_find(const struct aws_config *config, const char *env,
				    const char *key);
/* USAGE: it names the setting's place and shows its value; `expected` is why. */
NODISCARD RETURNS_NONNULL struct rb_error *
aws_setting_bad(const struct aws_config *config, const struct aws_setting *s, const char *expected);
/* A number from 1 to `max`; `otherwise` when it is not set. */
NODISCARD struct rb_error *aws_setting_int(const struct aws_config *config, const char *env,
					   const char *key, int otherwise, int max, int *ret);
bool aws_setting_bool(const struct aws_config *config, const char *env, const char *key);

/* ---- groups with a file of their own --------------------------------------- */

/* config_profile.c: the two shared files, the profile in them. */
NODISCARD struct rb_error *aws_config_load_profile(struct aws_config *config,
						   const struct aws_config_options *options);
/* config_ca_bundle.c */
NODISCARD struct rb_error *aws_config_load_ca_bundle(struct aws_config *config,
						     const struct aws_config_options *options);

#endif
