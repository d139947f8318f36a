/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which credentials the chain resolves here: "ACCESS-KEY-ID SOURCE", or on stderr
 * why there are none, with the exit status of runbook.  For test keys alone: an id
 * without TEST in it is not shown.
 *
 *   show_cred [PROFILE]     PROFILE: as by --profile
 */
#include <stdio.h>
#include <string.h>

#include "aws/cred/cred.h"
#include "net/loop.h"

static struct rb_error *show(struct cred_chain *chain)
{
	auto_cred cred = { 0 };

	TRY(cred_chain_get(chain, &cred));
	if (!strstr(cred.access_key_id, "TEST"))
		return rb_error_new(RB_USAGE, "cannot show what is no test key");
	(void)printf("%s %s\n", cred.access_key_id, cred.source);
	return NULL;
}

static struct rb_error *run(const char *profile)
{
	const struct aws_config_options options = { .profile = profile };
	struct aws_config *config = NULL;
	struct cred_chain *chain;
	struct rb_error *err;
	struct loop *loop;
	struct http *http;

	TRY(aws_config_load(&options, &config));
	loop = loop_new();
	http = http_new(loop, NULL);
	chain = cred_chain_new(config, http);
	err = show(chain);
	cred_chain_free(chain);
	http_free(http);
	loop_free(loop);
	aws_config_free(config);
	return err;
}

int main(int argc, char **argv)
{
	auto_error struct rb_error *err = run(argc > 1 ? argv[1] : NULL);

	if (err)
		(void)fprintf(stderr, "%s: %s\n", err->what ? err->what : "",
			      err->why ? err->why : "");
	return rb_error_exit_status(err);
}
