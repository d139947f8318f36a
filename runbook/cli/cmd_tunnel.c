/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook tunnel`: standard input and output through an Instance Connect Endpoint. */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "aws/eic.h"
#include "base/alloc.h"
#include "base/log.h"
#include "base/signals.h"
#include "net/tunnel.h"
#include "runbook/cli/aws_access.h"
#include "runbook/cli/tunnel_request.h"
#include "runbook/ssh/tunnel_keys.h"
#include "runbook/ssh/tunnel_report.h"

enum { TRIES = 3, PAUSE_MS = 1000 }; /* within ssh's patience */

/* The upgrade was refused for now: nothing has been carried yet, so another try is safe. */
static bool may_pass(const struct rb_error *err)
{
	return err && err->http_status &&
	       (rb_error_is(err, RB_RETRY) || rb_error_is(err, RB_THROTTLED));
}

static struct rb_error *carry_once(struct aws_access *aws, const struct tunnel_request *request,
				   struct aws_client *c, int stop_fd)
{
	const char *const connect_to[] = { aws->connect_to, NULL };
	char *host = NULL, *path = NULL;
	struct rb_error *err;

	TRY(eic_open_tunnel_url(c, request->target.endpoint_dns, request->target.endpoint_id,
				request->target.private_ip, (int)request->port,
				(int)request->max_duration_s, &host, &path));
	const struct tunnel_options options = {
		.host = host,
		.path_and_query = path,
		.ca_bundle = aws->sandbox_ca ? aws->sandbox_ca
					     : aws_session_config(aws->session)->ca_bundle,
		.ca_pem = aws->sandbox_ca ? NULL : aws_session_config(aws->session)->ca_pem,
		.connect_to = aws->connect_to ? connect_to : NULL,
		.no_proxy = aws->environment.n != 0,
		.user_agent = "runbook/" RUNBOOK_VERSION,
		.in_fd = STDIN_FILENO,
		.out_fd = STDOUT_FILENO,
		.stop_fd = stop_fd,
	};

	err = tunnel_run(&options);
	OPENSSL_cleanse(path, strlen(path)); /* a signed query is a key */
	free(path);
	free(host);
	return err;
}

/*
 * Behind an endpoint of one's own (a sandbox, a mock) the names that it gives are in no DNS:
 * waiting for them to be published would not help.
 */
static struct rb_error *explain_name(const struct aws_access *aws, struct rb_error *err)
{
	autofree char *url = NULL;

	if (!rb_error_is_aws(err, TUNNEL_NO_SUCH_NAME))
		return err;
	(void)rb_error_free(aws_config_endpoint_url(aws_session_config(aws->session), "ec2", &url));
	if (!url)
		return err;
	err->kind = RB_FAILED;
	rb_error_advise(
		err,
		"EC2 is not AWS's own here (AWS_ENDPOINT_URL or endpoint_url), and the names that it "
		"gives are in no DNS: say where they are served, RUNBOOK_CONNECT_TO=::HOST:PORT, or "
		"rehearse with --sandbox, which does that by itself; a sandbox of one's own: "
		"docs/sandbox.md, With runbook",
		RB_NEXT_NONE, NULL);
	return err;
}

static struct rb_error *push_key(struct aws_client *c, const struct tunnel_request *request)
{
	if (!request->public_key)
		return NULL;
	if (!request->target.instance_id)
		return rb_error_new(RB_USAGE, "'--send-key' needs the instance (--instance-id)");
	return eic_send_ssh_public_key(c, request->target.instance_id, request->os_user,
				       request->public_key);
}

static struct rb_error *carry(struct aws_access *aws, struct tunnel_request *request, int stop_fd)
{
	struct aws_client *c = aws_client_new(aws->session, request->region);
	struct rb_error *err = target_resolve(c, &request->target);

	if (!err)
		err = push_key(c, request);
	for (int n_try = 1; !err; n_try++) {
		err = carry_once(aws, request, c, stop_fd);
		if (!may_pass(err) || n_try == TRIES)
			break;
		log_debug("tunnel: %s, once more", err->why ? err->why : err->what);
		err = rb_error_free(err);
		(void)poll(&(struct pollfd){ .fd = stop_fd, .events = POLLIN }, 1,
			   PAUSE_MS * n_try);
	}
	if (!getenv(TUNNEL_REPORT_ENV)) /* else who reads the report looks for himself */
		err = target_explain(c, &request->target, err);
	aws_client_free(c);
	return explain_name(aws, err);
}

static struct rb_error *open_and_carry(struct cli *cli, struct tunnel_request *request)
{
	struct signals signals = { .fd = -1 };
	auto_cred given = { 0 };
	auto_aws_access aws = { 0 };
	int64_t skew_s = 0;
	auto_stack st = { .lock_fd = -1 };
	struct rb_error *err;

	if (tunnel_request_needs_stack(cli, request))
		TRY(tunnel_request_open_stack(cli, request, &st));
	if (cli->send_key && !request->os_user)
		return rb_error_next(rb_error_new(RB_USAGE, "--send-key needs --os-user here: the "
							    "run's procedure logs in to nothing"),
				     RB_NEXT_HELP, "tunnel");
	TRY(aws_access_open(&aws, cli, &st));
	cred_chain_leave_stdin(aws_session_creds(aws.session));
	if (tunnel_keys_take(&given, &skew_s)) {
		cred_chain_use(aws_session_creds(aws.session), &given);
		aws_session_set_skew(aws.session, skew_s);
	}
	(void)signal(SIGPIPE, SIG_IGN);
	TRY(signals_open(&signals));
	signals_ignore_resize(&signals); /* ssh's business, though we get the signal as well */
	err = carry(&aws, request, signals.fd);
	signals_take(&signals);
	signals_close(&signals);
	/* ssh hangs up when it is done: that is the usual end. */
	if (signals.terminated_by == SIGINT || signals.terminated_by == SIGTERM) {
		(void)rb_error_free(err);
		return rb_error_new(RB_INTERRUPTED, "interrupted");
	}
	return err;
}

struct rb_error *cmd_tunnel(struct cli *cli, int *status)
{
	struct tunnel_request request = { .region = cli->region };
	struct rb_error *err;

	err = tunnel_request_read(cli, &request);
	if (!err)
		err = open_and_carry(cli, &request);
	target_clear(&request.target);
	free(request.public_key);
	if (err && tunnel_report_write(err)) {
		*status = rb_error_exit_status(err); /* who reads the report prints it, once */
		return rb_error_free(err);
	}
	return err;
}
