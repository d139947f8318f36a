/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pushes a fresh key for a user of an instance, as `runbook connect` does before it
 * starts ssh; says "sent", or on stderr why not, with the exit status of runbook.
 *
 *   send_key REGION INSTANCE-ID USER
 */
#include <stdio.h>

#include "aws/eic.h"
#include "net/loop.h"
#include "net/sshkey.h"

static struct rb_error *send_key(struct aws_session *session, char **argv)
{
	struct aws_client *c = aws_client_new(session, argv[1]);
	auto_sshkey key = { 0 };
	struct rb_error *err = sshkey_generate(&key);

	if (!err)
		err = eic_send_ssh_public_key(c, argv[2], argv[3], key.public_line);
	aws_client_free(c);
	return err;
}

static struct rb_error *run(char **argv)
{
	const struct aws_config_options options = { .profile = NULL };
	struct aws_config *config = NULL;
	struct aws_session *session;
	struct rb_error *err;
	struct loop *loop;
	struct http *http;

	TRY(aws_config_load(&options, &config));
	loop = loop_new();
	http = http_new(loop, NULL);
	session = aws_session_new(config, http);
	err = send_key(session, argv);
	aws_session_free(session);
	http_free(http);
	loop_free(loop);
	return err;
}

int main(int argc, char **argv)
{
	auto_error struct rb_error *err =
		argc == 4 ? run(argv) : rb_error_new(RB_USAGE, "send_key REGION INSTANCE-ID USER");

	if (err)
		(void)fprintf(stderr, "%s: %s\n", err->what ? err->what : "",
			      err->why ? err->why : "");
	else
		(void)puts("sent");
	return rb_error_exit_status(err);
}
