/* SPDX-License-Identifier: Apache-2.0 */
/* What `runbook tunnel` is asked for: by its command line, else by the stack. */
#include "runbook/cli/tunnel_request.h"

#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "runbook/cli/world.h"

enum { SSH_PORT = 22, RDP_PORT = 3389, LONGEST_S = 3600, KEY_FILE_MAX = 64 * 1024 };

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

struct rb_error *tunnel_request_read(struct cli *cli, struct tunnel_request *request)
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
bool tunnel_request_needs_stack(const struct cli *cli, const struct tunnel_request *request)
{
	const struct target *t = &request->target;

	if (cli->stack || cli->home || cli->config || cli->sets.n || cli->sandbox || cli->record)
		return true;
	return !request->region || !t->private_ip || !t->endpoint_id || !t->endpoint_dns ||
	       (cli->send_key && !request->os_user);
}

struct rb_error *tunnel_request_open_stack(struct cli *cli, struct tunnel_request *request,
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
