/* SPDX-License-Identifier: Apache-2.0 */
/* AWS, opened for one command: settings, credentials, connections; or the sandbox. */
#ifndef RUNBOOK_CLOUD_H
#define RUNBOOK_CLOUD_H

#include "aws/core/client.h"
#include "base/attr.h"
#include "base/error.h"
#include "net/http.h"
#include "net/loop.h"
#include "runbook/cli/cli.h"
#include "runbook/cli/recording.h"
#include "runbook/cli/sandbox_child.h"

struct cloud {
	struct loop *loop;
	struct http *http;
	struct aws_session *session;
	struct sandbox_child sandbox;
	char *account; /* after cloud_identify */
	char *arn;
	char *world; /* the name of the sandbox's world; NULL: this is none, or it tells none */
	struct recorder *recorder;	 /* NULL: without --record */
	struct rb_error **record_failed; /* where cloud_close tells */
	char *sandbox_ca; /* whose certificates its host names have; NULL: no sandbox of ours */
};

/*
 * AWS's settings, which are read once: their files may be pipes.  They stay the command line's
 * until cloud_open gives them to its session.  With --sandbox, only cloud_open knows the right
 * ones. fails  as aws_config_load
 */
NODISCARD struct rb_error *cloud_config(struct cli *cli, const struct aws_config **ret);

/*
 * With --sandbox one is started over the stack's sandbox.db.  Nothing is asked of
 * AWS yet.  cloud_close it, also after a failure.
 */
NODISCARD struct rb_error *cloud_open(struct cloud *cloud, struct cli *cli,
				      const struct stack *stack);
void cloud_close(struct cloud *cloud);
#define auto_cloud CLEANUP(cloud_close) struct cloud

/*
 * Whose credentials these are, asked of STS in `region`; `st`: of the run that is gone on
 * with, also to look after its undo; NULL: none.
 *   fails  CREDENTIALS and the like; ACCOUNT when the run was made in another
 *          account: nothing was changed; USAGE when it was made in another world of sandboxes
 */
NODISCARD struct rb_error *cloud_identify(struct cloud *cloud, const struct run_state *st,
					  const char *region);

#endif
