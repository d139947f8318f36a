/* SPDX-License-Identifier: Apache-2.0 */
/* The certificates by which AWS is believed, where others than the system's are set. */
#include "aws/core/config_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"

#define CA_BUNDLE_MAX (4 * 1024 * 1024) /* Mozilla's list has 0.2 MB */

/* Most often it is left over: a sandbox of one's own takes its file with it when it ends. */
static struct rb_error *no_ca_bundle(const struct aws_config *config, const struct aws_setting *s,
				     const struct aws_config_options *options)
{
	struct rb_error *err = aws_setting_bad(config, s, N_("there is no such file or directory"));
	const char *mapping = getenv("RUNBOOK_CONNECT_TO");

	if (s->value == options->ca_bundle)
		return err;
	if (!s->env)
		return rb_error_hint(err,
				     "let %s of the profile name a file that is there, or "
				     "take it out",
				     s->key);
	if (mapping && *mapping)
		return rb_error_hint(
			err,
			"the environment sets %s, and RUNBOOK_CONNECT_TO beside it, as for a "
			"sandbox of one's own, whose file goes when it ends: start it again and "
			"export its settings (docs/sandbox.md, With runbook), or unset "
			"AWS_ENDPOINT_URL RUNBOOK_CONNECT_TO AWS_ACCESS_KEY_ID "
			"AWS_SECRET_ACCESS_KEY %s",
			s->env, s->env);
	return rb_error_hint(err,
			     "the environment sets %s: unset it, or let it name a file that "
			     "is there",
			     s->env);
}

struct rb_error *aws_config_load_ca_bundle(struct aws_config *config,
					   const struct aws_config_options *options)
{
	struct aws_setting s = { .value = options->ca_bundle, .env = "--ca-bundle" };
	auto_buf pem = BUF_INIT;

	if (!s.value || !*s.value)
		s = aws_setting_find(config, "AWS_CA_BUNDLE", "ca_bundle");
	if (!s.value)
		s = aws_setting_find(config, "REQUESTS_CA_BUNDLE", NULL);
	if (!s.value)
		return NULL;
	/* A name with $ in it, as a folder may have, is not one with a variable in it when it is
	 * there. */
	config->ca_bundle = file_exists(s.value) ? xstrdup(s.value) : file_expand(s.value);
	if (!file_exists(config->ca_bundle))
		return no_ca_bundle(config, &s, options);
	if (!file_is_stream(config->ca_bundle))
		return NULL;
	TRY(file_read_input(config->ca_bundle, CA_BUNDLE_MAX, &pem));
	if (strlen(pem.p) != pem.n || !strstr(pem.p, "-----BEGIN "))
		return aws_setting_bad(config, &s, N_("it gives no certificates (PEM)"));
	config->ca_pem = buf_steal(&pem);
	return NULL;
}
