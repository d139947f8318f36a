/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small programs of an instance.  They are runbook-sandbox itself under
 * another name, so an instance has them wherever the sandbox runs:
 *
 *   aws           s3 cp, when this machine has no AWS CLI
 *   curl          HTTP by the sandbox's proxy, whatever --noproxy says
 *   getent        ahosts, ahostsv4 and hosts of AWS's names, passwd of Amazon Linux; the
 *                 rest is the system's
 *   ec2-metadata  Amazon Linux's reader of the metadata service
 *   sftp-server   what scp and sftp talk to
 *
 * And the warden, which waits for the sandbox's end, however it comes, and then
 * ends what still runs on its instances and removes their directories.
 */
#ifndef SANDBOX_SBX_TOOLS_H
#define SANDBOX_SBX_TOOLS_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/error.h"
#include "sandbox/path/path.h"
#include "sandbox/instance/proc.h"

/* The bytes that a tool takes from the sandbox at the most. */
#define TOOL_MAX_ANSWER (1024 * 1024)

extern const char *const tool_names[]; /* NULL-terminated */

/* Called first in main: when the program was called by a tool's name, it is that tool; then true
 * and its exit status.  Otherwise the program is known to have the tools in it. */
NODISCARD bool tool_run(int argc, char **argv, int *ret_status);

/* Sets the path's `tool`, `mark` and `warden`; does nothing in a program without the tools. */
NODISCARD struct rb_error *tool_start_warden(struct sbx_path *p);

int tool_aws(int argc, char **argv);
int tool_curl(int argc, char **argv);
int tool_getent(int argc, char **argv);
int tool_metadata(int argc, char **argv);
int tool_sftp(int argc, char **argv);
int tool_warden(int argc, char **argv);

/*
 * One GET from the sandbox, by the proxy of the environment: status and body.
 * `url` may name the metadata service; `own` is a path of the proxy itself
 * instead.  False when there is no sandbox to ask.
 */
struct buf;
NODISCARD bool tool_ask(const char *method, const char *url, const char *header, long *ret_status,
			struct buf *body);
/* The environment's proxy without user and password, and those; false when there is none. */
NODISCARD bool tool_proxy(char **ret_base, char **ret_identity);

#endif
