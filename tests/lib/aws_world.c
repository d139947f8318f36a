/* SPDX-License-Identifier: Apache-2.0 */
/* See aws_world.h. */
#include "tests/lib/aws_world.h"

#include <stdio.h>
#include <stdlib.h>

#include "aws/core/config.h"
#include "base/error.h"
#include "base/sandbox.h"

static void must(struct rb_error *err)
{
	if (!err)
		return;
	(void)fprintf(stderr, "%s: %s\n", err->what ? err->what : "", err->why ? err->why : "");
	abort();
}

static void set_environment(const char *url)
{
	static const char *const pairs[][2] = {
		{ "AWS_ACCESS_KEY_ID", SANDBOX_ACCESS_KEY },
		{ "AWS_SECRET_ACCESS_KEY", SANDBOX_SECRET_KEY },
		{ "AWS_EC2_METADATA_DISABLED", "true" },
		{ "AWS_CONFIG_FILE", "/dev/null" },
		{ "AWS_SHARED_CREDENTIALS_FILE", "/dev/null" },
		{ "AWS_REGION", "us-east-1" },
		{ "NO_PROXY", "127.0.0.1" },
	};
	static const char *const unset[] = {
		"AWS_PROFILE",
		"AWS_DEFAULT_REGION",
		"AWS_SESSION_TOKEN",
		"AWS_CA_BUNDLE",
		"AWS_MAX_ATTEMPTS",
		"AWS_RETRY_MODE",
		"AWS_ROLE_ARN",
		"AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
		"AWS_ENDPOINT_URL_EC2",
		"AWS_ENDPOINT_URL_S3",
		"AWS_USE_FIPS_ENDPOINT",
		"AWS_USE_DUALSTACK_ENDPOINT",
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(pairs); i++)
		(void)setenv(pairs[i][0], pairs[i][1], 1);
	for (i = 0; i < ARRAY_LEN(unset); i++)
		(void)unsetenv(unset[i]);
	(void)setenv("AWS_ENDPOINT_URL", url, 1);
}

void aws_world_start(struct aws_world *w, const char *url, const char *region)
{
	const struct aws_config_options none = { 0 };
	const struct http_options plain = { .user_agent = "runbook-tests" };
	struct aws_config *config;

	set_environment(url);
	must(aws_config_load(&none, &config));
	w->loop = loop_new();
	w->http = http_new(w->loop, &plain);
	w->session = aws_session_new(config, w->http);
	w->client = aws_client_new(w->session, region);
}

struct aws_client *aws_world_client(struct aws_world *w, const char *region)
{
	return aws_client_new(w->session, region);
}

void aws_world_stop(struct aws_world *w)
{
	aws_client_free(w->client);
	aws_session_free(w->session);
	http_free(w->http);
	loop_free(w->loop);
}
