/* SPDX-License-Identifier: Apache-2.0 */
/* The profile that settings come from. */
#include "aws/core/config_int.h"

#include <stdlib.h>
#include <string.h>

#include "aws/core/profile.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"

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

struct rb_error *aws_config_load_profile(struct aws_config *config,
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
