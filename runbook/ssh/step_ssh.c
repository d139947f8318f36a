/* SPDX-License-Identifier: Apache-2.0 */
/* ssh for steps: the stack's own instance, endpoint and known hosts. */
#include "runbook/contract/step_ssh.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "runbook/contract/step_host.h"
#include "runbook/ssh/connection.h"
#include "runbook/ssh/private_dir.h"

static char *known_hosts_of(struct step_ctx *ctx)
{
	return step_host_path(ctx, "known_hosts");
}

static const char *instance_of(struct step_ctx *ctx)
{
	return step_output_of(ctx, step_host_procedure(ctx)->parts.instance, "instance_id");
}

struct rb_error *step_ssh(struct step_ctx *ctx, const char *command, int64_t timeout_ms,
			  int *ret_status, struct buf *out, struct buf *err_out)
{
	autofree char *known_hosts = known_hosts_of(ctx);
	const struct procedure *procedure = step_host_procedure(ctx);
	const struct procedure_parts *parts = &procedure->parts;
	struct connection c = { .aws = step_aws_of(ctx,
						   procedure_side_of(procedure, parts->instance)),
				.profile = step_host_profile(ctx),
				.env = step_host_environment(ctx),
				.known_hosts = known_hosts };
	struct rb_error *err;

	TRY(step_need_output(ctx, parts->instance, "instance_id", &c.target.instance_id));
	TRY(step_need_output(ctx, parts->instance, "private_ip", &c.target.private_ip));
	TRY(step_need_output(ctx, parts->connect_endpoint, "instance_connect_endpoint_id",
			     &c.target.endpoint_id));
	TRY(step_need_output(ctx, parts->connect_endpoint, "instance_connect_endpoint_dns",
			     &c.target.endpoint_dns));
	c.target.endpoint_step = parts->connect_endpoint;
	c.target.os_user = step_param(ctx, parts->os_user);
	c.target.os_user_param = parts->os_user;
	/* the tunnel is opened by a process of its own, which knows no step */
	step_log(ctx, "look", "ec2-instance-connect", "OpenTunnel");
	err = connection_run(&c, command, timeout_ms, ret_status, out, err_out);
	return connection_explain(&c, err);
}

bool step_ssh_refused_key(const struct rb_error *err)
{
	return rb_error_is_aws(err, CONNECTION_KEY_REFUSED);
}

char *step_ssh_fingerprint(struct step_ctx *ctx)
{
	autofree char *known_hosts = known_hosts_of(ctx);
	const char *id = instance_of(ctx);

	return id ? connection_fingerprint(known_hosts, id) : NULL;
}

struct rb_error *step_ssh_forget(struct step_ctx *ctx)
{
	autofree char *known_hosts = known_hosts_of(ctx);
	const char *id = instance_of(ctx);

	private_dir_sweep();
	return id ? connection_forget(known_hosts, id) : NULL;
}
