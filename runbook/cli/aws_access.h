/* SPDX-License-Identifier: Apache-2.0 */
/* One command's access to AWS: settings, credentials and connections, or a sandbox instead. */
#ifndef RUNBOOK_AWS_ACCESS_H
#define RUNBOOK_AWS_ACCESS_H

#include "aws/core/client.h"
#include "base/attr.h"
#include "base/error.h"
#include "net/http.h"
#include "net/loop.h"
#include "runbook/cli/cli.h"
#include "runbook/cli/recording.h"
#include "runbook/cli/sandbox_child.h"

struct aws_access {
	struct loop *loop;
	bool own_loop; /* not that of a home in a bucket */
	struct http *http;
	struct aws_session *session;
	struct sandbox_child sandbox;
	char *account; /* after aws_access_identify */
	char *arn;
	char *world;		   /* the sandbox's world; NULL: no sandbox, or it gives no name */
	struct recorder *recorder; /* NULL: without --record */
	struct rb_error **record_failed; /* aws_access_close puts the error here */
	char *sandbox_ca;		 /* its CA's file; NULL: no sandbox was started */
	/* Where the names of endpoints are served, "::HOST:PORT": by the sandbox that was started,
	 * or as RUNBOOK_CONNECT_TO says; NULL: where DNS says. */
	char *connect_to;
	/* What leads to the sandbox that was started, "NAME=value" each: for our own settings and
	 * laid over the environment of children; empty: none was. */
	struct strv environment;
};

/*
 * AWS's settings, which are read once: their files may be pipes.  They belong to `cli` until
 * aws_access_open hands them to its session.  With --sandbox, only aws_access_open knows the
 * right ones.
 *   fails  as aws_config_load does
 */
NODISCARD struct rb_error *aws_access_config(struct cli *cli, const struct aws_config **ret);

/*
 * Opens a session.  With --sandbox, a sandbox is started over the stack's sandbox.db.  No request
 * is sent to AWS yet.  The caller calls aws_access_close, also after a failure.
 */
NODISCARD struct rb_error *aws_access_open(struct aws_access *aws, struct cli *cli,
					   const struct stack *stack);
void aws_access_close(struct aws_access *aws);
#define auto_aws_access CLEANUP(aws_access_close) struct aws_access

/*
 * Asks STS in `region` whose credentials these are, and stores account and ARN.  `st` is the run
 * that the command goes on with, or looks after once it is undone; NULL: there is none.
 *   fails  CREDENTIALS and the like; ACCOUNT when the run was made in another account, and then
 *          nothing was changed; USAGE when it was made in another sandbox's world
 */
NODISCARD struct rb_error *aws_access_identify(struct aws_access *aws, const struct run_state *st,
					       const char *region);

#endif
