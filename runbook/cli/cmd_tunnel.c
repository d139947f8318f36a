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
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "net/tunnel.h"
#include "runbook/cli/cli.h"
#include "runbook/cli/aws_access.h"
#include "runbook/cli/world.h"
#include "base/signals.h"
#include "runbook/ssh/target.h"
#include "runbook/ssh/tunnel_keys.h"
#include "runbook/ssh/tunnel_report.h"

enum { SSH_PORT = 22, RDP_PORT = 3389, LONGEST_S = 3600, KEY_FILE_MAX = 64 * 1024 };

struct tunnel_request {
	struct target target;
	const char *region;
	int64_t port;
	int64_t max_duration_s;
	char *public_key; /* to push first; NULL: none */
	const char *os_user;
};

static struct rb_error *number(const char *option, const char *value, int64_t min, int64_t max,
			       int64_t *ret)
{
	autofree char *shown = value ? text_printable(value, strlen(value), 60) : NULL;

	if (!value || text_parse_i64(value, min, max, ret))
		return NULL;
	return rb_error_hint(rb_error_new(RB_USAGE, "--%s cannot be '%s'", option, shown),
			     "a whole number from %lld to %lld", (long long)min, (long long)max);
}

static struct rb_error *no_public_key(const char *path, const char *why)
{
	return rb_error_why(rb_error_new(RB_USAGE, "cannot use '--send-key %s'", path), "%-s", why);
}

/* "TYPE BASE64 [COMMENT]": the first two words of the file are the key. */
static struct rb_error *read_key(const struct cli *cli, struct tunnel_request *request)
{
	auto_buf text = BUF_INIT;
	struct rb_error *err;
	size_t type_n, key_n;
	const char *key;

	request->os_user = cli->os_user;
	if (cli->os_user && !cli->send_key)
		return rb_error_new(RB_USAGE, "'--os-user' says whose key '--send-key' pushes, and "
					      "there is none");
	if (!cli->send_key)
		return NULL;
	err = file_read(cli->send_key, KEY_FILE_MAX, &text);
	if (err) {
		err->kind = RB_USAGE;
		return err;
	}
	if (strstr(text.p, "PRIVATE KEY"))
		return rb_error_hint(
			no_public_key(cli->send_key, N_("it is a private key, which goes "
							"nowhere")),
			"name its public half: %s.pub", cli->send_key);
	type_n = strcspn(text.p, " \t\r\n");
	key = text.p + type_n + strspn(text.p + type_n, " \t");
	key_n = strcspn(key, " \t\r\n");
	if (!type_n || !key_n || key == text.p + type_n)
		return no_public_key(cli->send_key, N_("it does not hold a line of OpenSSH's form, "
						       "TYPE KEY COMMENT"));
	request->public_key = xasprintf("%.*s %.*s", (int)type_n, text.p, (int)key_n, key);
	return NULL;
}

static struct rb_error *read_options(struct cli *cli, struct tunnel_request *request)
{
	request->port = SSH_PORT;
	request->max_duration_s = LONGEST_S;
	if (cli->port && (!text_parse_i64(cli->port, 1, 65535, &request->port) ||
			  (request->port != SSH_PORT && request->port != RDP_PORT))) {
		autofree char *shown = text_printable(cli->port, strlen(cli->port), 60);

		return rb_error_hint(rb_error_new(RB_USAGE, "--port cannot be '%s'", shown),
				     "22 or 3389: an Instance Connect Endpoint serves no other");
	}
	TRY(number("max-duration", cli->max_duration, 1, LONGEST_S, &request->max_duration_s));
	set_str(&request->target.instance_id, cli->instance_id);
	set_str(&request->target.private_ip, cli->private_ip);
	set_str(&request->target.endpoint_id, cli->endpoint_id);
	set_str(&request->target.endpoint_dns, cli->endpoint_dns);
	TRY(read_key(cli, request));
	if (isatty(STDIN_FILENO))
		return rb_error_next(
			rb_error_hint(
				rb_error_new(RB_USAGE, "a tunnel carries bytes, and standard "
						       "input is a terminal"),
				"ssh takes it as -o ProxyCommand='runbook tunnel'; a shell is opened by:"),
			RB_NEXT_CONNECT, NULL);
	return NULL;
}

/* What the command line does not give is the stack's. */
static void fill_from_stack(struct tunnel_request *request, const struct run_state *st)
{
	const struct procedure_parts *parts = &st->procedure->parts;
	const struct step_history *instance = state_history(st, parts->instance);
	const struct step_history *endpoint = state_history(st, parts->connect_endpoint);
	struct target *t = &request->target;

	if (!request->region)
		request->region = params_region(&st->params,
						procedure_side_of(st->procedure, parts->instance));
	if (!request->os_user && parts->os_user)
		request->os_user = params_get(&st->params, parts->os_user);
	if (!st->run_id || st->undone || t->instance_id || t->private_ip || !instance || !endpoint)
		return;
	set_str(&t->instance_id, history_output(instance, "instance_id"));
	set_str(&t->private_ip, history_output(instance, "private_ip"));
	if (t->endpoint_id)
		return;
	set_str(&t->endpoint_id, history_output(endpoint, "instance_connect_endpoint_id"));
	set_str(&t->endpoint_dns, history_output(endpoint, "instance_connect_endpoint_dns"));
	if (!t->endpoint_dns)
		set_str(&t->endpoint_id, NULL);
}

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

/* The stack gives the instance, or the region when it was named for that. */
static bool needs_run(const struct cli *cli, const struct tunnel_request *request)
{
	const struct target *t = &request->target;

	if (!t->instance_id && !t->private_ip && !t->endpoint_dns)
		return true;
	return cli->stack && !request->region;
}

static struct rb_error *no_target(const struct cli *cli)
{
	if (!cli->instance_id && !cli->private_ip)
		return rb_error_new(RB_USAGE,
				    "no instance was named (--instance-id), and stack '%s' has "
				    "no run",
				    cli_stack_name(cli));
	return rb_error_new(RB_USAGE, "stack '%s' has no run that tells the region (--region)",
			    cli_stack_name(cli));
}

/* The stack has an instance to go to, or the command line names one. */
static struct rb_error *check_instance(const struct tunnel_request *request,
				       const struct run_state *st)
{
	const struct target *t = &request->target;

	if (t->instance_id || t->private_ip)
		return NULL;
	return cli_not_there(st, state_history(st, st->procedure->parts.instance),
			     rb_error_new(RB_USAGE, "no instance was named (--instance-id), and "
						    "this stack has none"));
}

/*
 * As connect starts it, nothing is left to ask a stack for.  Then neither the home nor the
 * parameters are looked at, which are those of whoever started ssh: in a rehearsal the AWS of the
 * environment is the rehearsal's, and a home in a bucket is not there.
 */
static bool needs_stack(const struct cli *cli, const struct tunnel_request *request)
{
	const struct target *t = &request->target;

	if (cli->stack || cli->home || cli->config || cli->sets.n || cli->sandbox || cli->record)
		return true;
	return !request->region || !t->private_ip || !t->endpoint_id || !t->endpoint_dns ||
	       (cli->send_key && !request->os_user);
}

static struct rb_error *open_stack(struct cli *cli, struct tunnel_request *request,
				   struct stack *st)
{
	bool of_run = needs_run(cli, request);

	if (of_run)
		TRY(cli_open_run(cli, STACK_READ, no_target(cli), st));
	else
		TRY(cli_open_stack(cli, STACK_READ, st));
	if (!st->state.run_id && !request->region)
		request->region = params_region(&cli->params, 0);
	fill_from_stack(request, &st->state);
	if (!of_run)
		return NULL;
	TRY(check_instance(request, &st->state));
	return world_check(cli, st);
}

static struct rb_error *open_and_carry(struct cli *cli, struct tunnel_request *request)
{
	struct signals signals = { .fd = -1 };
	auto_cred given = { 0 };
	auto_aws_access aws = { 0 };
	int64_t skew_s = 0;
	auto_stack st = { .lock_fd = -1 };
	struct rb_error *err;

	if (needs_stack(cli, request))
		TRY(open_stack(cli, request, &st));
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

	err = read_options(cli, &request);
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
