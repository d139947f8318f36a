/* SPDX-License-Identifier: Apache-2.0 */
/* Where a service is to be asked instead of at AWS's own address. */
#include "aws/core/config.h"

#include <string.h>

#include "aws/core/profile.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"

/* "ec2-instance-connect" -> "ec2_instance_connect", as the files spell it. */
static char *file_id(const char *service)
{
	char *id = xstrdup(service);

	for (char *c = id; *c; c++)
		if (*c == '-')
			*c = '_';
	return id;
}

static const char *endpoint_env(const struct aws_config *config, const char *id)
{
	autofree char *name = xasprintf("AWS_ENDPOINT_URL_%s", id);
	const char *url;

	for (char *c = name; *c; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	url = aws_config_env(config, name);
	return url ? url : aws_config_env(config, "AWS_ENDPOINT_URL");
}

struct rb_error *aws_config_endpoint_url(const struct aws_config *config, const char *service,
					 char **ret)
{
	autofree char *id = file_id(service);
	const char *services, *url = config->endpoint_url_option;

	if (!url && !config->ignore_endpoint_urls) {
		url = endpoint_env(config, id);
		services = url ? NULL : aws_config_profile_key(config, "services");
		if (services) {
			if (!aws_section_has(config->profiles, AWS_SECTION_SERVICES, services)) {
				autofree char *name =
					text_printable(services, strlen(services), 100);

				return rb_error_why(
					rb_error_new(RB_USAGE, "cannot use AWS profile '%s'",
						     config->profile),
					"its services section '%s' is not in '%s'", name,
					aws_profiles_path(config->profiles, AWS_FILE_CONFIG));
			}
			url = aws_section_get_nested(config->profiles, AWS_SECTION_SERVICES,
						     services, id, "endpoint_url");
		}
		if (!url || !*url)
			url = aws_config_profile_key(config, "endpoint_url");
	}
	*ret = url && *url ? xstrdup(url) : NULL;
	return NULL;
}
