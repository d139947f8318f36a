/*
 * Into the instance: a fresh key, SendSSHPublicKey, the system's ssh with
 * `runbook tunnel` as its ProxyCommand.
 *
 * The key lives in a private directory (private_dir.h) that is removed on every way
 * out, also by a signal.  The host key is remembered in a known_hosts of the stack, under the
 * instance's id: addresses come back with other hosts behind them.
 */
#ifndef RUNBOOK_CONNECTION_H
#define RUNBOOK_CONNECTION_H

#include <stdbool.h>

#include "aws/core/client.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"

/* Whom to reach, and through what.  Borrowed strings. */
struct connection_target {
	const char *instance_id;
	const char *private_ip;
	const char *os_user;
	const char *endpoint_id;
	const char *endpoint_dns;
};

struct connection {
	struct aws_client *aws; /* in the instance's region */
	struct connection_target target;
	const char *profile;	    /* handed on to the tunnel; NULL: none was given */
	const char *known_hosts;    /* file */
	const char *const *env;	    /* "NAME=value" for ssh and the tunnel; NULL: none */
	const char *program;	    /* runbook itself, absolute */
};

/*
 * Run `command` and collect what it says; never asks anything.  In a task, others
 * go on meanwhile.
 *   *ret_status  the remote exit status; 0 to 254
 *   fails  the connection itself:
 *     USAGE        no ssh in PATH (sys_errno ENOENT)
 *     RETRY        the instance does not answer yet: booting, or a group is closed
 *     DENIED       IAM refuses the key or the tunnel
 *     CREDENTIALS  expired, missing
 *     FAILED       the instance refused the key, or another host answers (aws_code tells:
 *                  CONNECTION_KEY_REFUSED, CONNECTION_HOST_CHANGED)
 *     LOST         it broke, or `timeout_ms` ran out
 */
#define CONNECTION_KEY_REFUSED "KeyRefused"
#define CONNECTION_HOST_CHANGED "HostKeyChanged"
NODISCARD struct rb_error *connection_run(const struct connection *c, const char *command,
					  int64_t timeout_ms, int *ret_status, struct buf *out,
					  struct buf *err_out);

/*
 * A person's session on the terminal: a shell (`words` empty) or the command made
 * of `words`, joined as ssh joins them.  *ret_status: ssh's own, that is the remote one,
 * or 255 with the reason as an error.
 */
NODISCARD struct rb_error *connection_interactive(const struct connection *c,
						  const char *const *words, int *ret_status);

/* "SHA256:..." of the host key that is remembered for `alias`; NULL: none.  Caller frees. */
NODISCARD char *connection_fingerprint(const char *known_hosts, const char *alias);
/* Forget it; content when there is none. */
NODISCARD struct rb_error *connection_forget(const char *known_hosts, const char *alias);

/* The words that ssh is started with, for tests: argv as one list, `key_file` and all. */
struct strv;
void connection_argv(const struct connection *c, const char *key_file, bool batch,
		     struct strv *ret);

/* Judge what ssh left behind when it ended with 255: its own words and the tunnel's report (JSON,
 * may be empty).  For tests. */
NODISCARD struct rb_error *connection_judge(const struct connection_target *target,
					    const char *ssh_said, const char *report);

#endif
