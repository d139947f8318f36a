/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook connect`: a shell on the instance, or one command there. */
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "runbook/cli/cli.h"
#include "runbook/cli/aws_access.h"
#include "runbook/cli/world.h"
#include "runbook/ssh/connection.h"
#include "runbook/ssh/ssh_ready.h"
#include "runbook/ssh/target.h"

static struct rb_error *no_instance(const struct cli *cli)
{
	return rb_error_new(RB_USAGE, "there is no instance to connect to in stack '%s'",
			    cli_stack_name(cli));
}

static struct rb_error *fill_target(struct cli *cli, const struct run_state *st, struct target *t)
{
	const struct step_history *instance = state_history(st, st->procedure->parts.instance);
	const struct step_history *endpoint =
		state_history(st, st->procedure->parts.connect_endpoint);
	const char *id = instance && !st->undone ? history_output(instance, "instance_id") : NULL;

	if (!id)
		return cli_not_there(st, instance, no_instance(cli));
	set_str(&t->instance_id, id);
	set_str(&t->private_ip, history_output(instance, "private_ip"));
	set_str(&t->endpoint_id, history_output(endpoint, "instance_connect_endpoint_id"));
	set_str(&t->endpoint_dns, history_output(endpoint, "instance_connect_endpoint_dns"));
	if (!t->endpoint_dns)
		set_str(&t->endpoint_id, NULL); /* let it be looked up */
	return NULL;
}

static struct rb_error *read_ssh_options(const struct cli *cli, struct strv *ret)
{
	for (size_t i = 0; i < cli->ssh_options.n; i++)
		TRY(connection_ssh_words(cli->ssh_options.v[i], ret));
	return NULL;
}

/* `t` is completed. */
static struct rb_error *connect_to(struct cli *cli, struct stack *st, struct aws_access *aws,
				   struct target *t, const struct strv *words, int *status)
{
	autofree char *known_hosts = stack_path(st, "known_hosts");
	const struct procedure *procedure = st->state.procedure;
	const char *region = params_region(&st->state.params,
					   procedure_side_of(procedure, procedure->parts.instance));
	struct aws_client *c;
	struct rb_error *err;

	TRY(aws_access_identify(aws, &st->state, region));
	c = aws_client_new(aws->session, region);
	err = target_resolve(c, t);
	if (!err) {
		const struct connection connection = {
			.aws = c,
			.target = { .instance_id = t->instance_id,
				    .private_ip = t->private_ip,
				    .os_user =
					    params_get(&st->state.params, procedure->parts.os_user),
				    .os_user_param = procedure->parts.os_user,
				    .endpoint_id = t->endpoint_id,
				    .endpoint_dns = t->endpoint_dns,
				    .endpoint_step = procedure->parts.connect_endpoint },
			.profile = cli->sandbox ? NULL : cli->profile,
			.known_hosts = known_hosts,
			.env = strv_list(&aws->environment),
			.ssh_words = strv_list(words),
		};

		err = connection_interactive(&connection, (const char *const *)cli->rest, status);
		err = connection_explain(&connection, err);
		err = target_explain(c, t, err);
	}
	aws_client_free(c);
	return err;
}

struct rb_error *cmd_connect(struct cli *cli, int *status)
{
	auto_aws_access aws = { 0 };
	auto_target t = { 0 };
	auto_strv words = { 0 };
	auto_stack st;

	TRY(cli_open_run(cli, STACK_READ, no_instance(cli), &st));
	TRY(read_ssh_options(cli, &words));
	TRY(fill_target(cli, &st.state, &t));
	TRY(world_check(cli, &st));
	TRY(ssh_ready());
	TRY(aws_access_open(&aws, cli, &st));
	if (!isatty(STDIN_FILENO)) /* it is the remote command's */
		cred_chain_leave_stdin(aws_session_creds(aws.session));
	return connect_to(cli, &st, &aws, &t, &words, status);
}
