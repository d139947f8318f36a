/* SPDX-License-Identifier: Apache-2.0 */
/* The words by which the AWS CLI reaches a rehearsal. */
#include "runbook/record/aws_reach.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/sandbox.h"
#include "base/text.h"

/* Where a person's sandbox listens: a port that is in no list of well-known services, so that the
 * commands can be printed before it runs. */
#define PERSONS_PORT "127.0.0.1:8420"

/* `url` goes to the shell as it is. */
static void set(struct aws_reach *r, const char *url, const char *serve, const char *shell)
{
	auto_buf word = BUF_INIT;

	text_shell_quote(&word, url);
	aws_reach_clear(r);
	r->endpoint = xasprintf("--endpoint-url %s", word.p);
	r->serve = xstrdup_or_null(serve);
	r->shell = xstrdup_or_null(shell);
}

/* A session's token of an account does not belong to the sandbox's key.  An AWS CLI older than 2.13
 * knows no AWS_ENDPOINT_URL, so that each command names the endpoint, too. */
static void set_with_key(struct aws_reach *r, const char *url, const char *serve)
{
	autofree char *shell =
		xasprintf("export AWS_ENDPOINT_URL=%s AWS_ACCESS_KEY_ID=" SANDBOX_ACCESS_KEY
			  " AWS_SECRET_ACCESS_KEY=" SANDBOX_SECRET_KEY " AWS_SESSION_TOKEN=",
			  url);

	set(r, url, serve, shell);
}

void aws_reach_own(struct aws_reach *r, const char *state_file, double speed)
{
	auto_buf serve = BUF_INIT;

	(void)buf_adds(&serve, "runbook-sandbox serve --listen " PERSONS_PORT " --state ");
	text_shell_quote(&serve, state_file);
	(void)buf_addf(&serve, " --speed %g", speed > 0 ? speed : 1);
	set_with_key(r, "http://" PERSONS_PORT, serve.p);
}

void aws_reach_running(struct aws_reach *r, const char *url)
{
	set_with_key(r, url, NULL);
}

void aws_reach_named(struct aws_reach *r, const char *url)
{
	if (url) {
		set(r, url, NULL, NULL);
		return;
	}
	aws_reach_clear(r);
	r->endpoint = xstrdup("--endpoint-url \"${AWS_ENDPOINT_URL}\"");
	r->shell = xstrdup(": \"${AWS_ENDPOINT_URL:?the sandbox that the run was made in}\"");
}

void aws_reach_clear(struct aws_reach *r)
{
	free(r->endpoint);
	free(r->serve);
	free(r->shell);
	*r = (struct aws_reach){ 0 };
}

bool aws_reach_is_needed(const struct aws_reach *r)
{
	return r && r->endpoint;
}

json_t *aws_reach_json(const struct aws_reach *r)
{
	if (!aws_reach_is_needed(r))
		return json_null();
	return json_pack("{s:s?, s:s?}", "serve", r->serve, "shell", r->shell);
}
