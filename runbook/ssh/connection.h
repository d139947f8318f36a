/* SPDX-License-Identifier: Apache-2.0 */
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
	const char *os_user_param; /* the parameter that says it */
	const char *endpoint_id;
	const char *endpoint_dns;
	const char *endpoint_step; /* that makes the endpoint, for what comes next; NULL: none */
};

struct connection {
	struct aws_client *aws; /* in the instance's region */
	struct connection_target target;
	const char *profile;	      /* handed on to the tunnel; NULL: none was given */
	const char *known_hosts;      /* file */
	const char *const *env;	      /* "NAME=value" for ssh and the tunnel; NULL: none */
	const char *program;	      /* the tunnel, absolute; NULL: runbook itself */
	const char *const *ssh_words; /* of connection_ssh_words; NULL: none */
};

/*
 * Run `command` and collect what it says; never asks anything.  In a task, others
 * go on meanwhile.
 *   *ret_status  the remote exit status; 0 to 254
 *   fails  the connection itself:
 *     USAGE        what ssh_ready says
 *     RETRY        the instance does not answer yet: booting, or a group is closed
 *     DENIED       IAM refuses the key or the tunnel
 *     CREDENTIALS  expired, missing
 *     FAILED       the instance refused the key, or another host answers (aws_code is which:
 *                  CONNECTION_KEY_REFUSED, CONNECTION_HOST_CHANGED)
 *     LOST         it broke, or `timeout_ms` ran out
 */
#define CONNECTION_KEY_REFUSED "KeyRefused"
#define CONNECTION_HOST_CHANGED "HostKeyChanged"
#define CONNECTION_NO_USER "NoSuchUser"
NODISCARD struct rb_error *connection_run(const struct connection *c, const char *command,
					  int64_t timeout_ms, int *ret_status, struct buf *out,
					  struct buf *err_out);

/*
 * `err` (taken) is of a connection.  When the key was refused and the user is not Amazon Linux's
 * own, that one may be let in and see that the other does not exist: then the answer is USAGE, of a
 * parameter, CONNECTION_NO_USER, without a hint.  Else it is `err`.
 */
NODISCARD struct rb_error *connection_explain(const struct connection *c, struct rb_error *err);

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

/*
 * What --ssh-option says, as words for ssh, added to `ret`: -L, -D, -R, -W, -N, -v, -o and what
 * else leaves the connection what it is. fails  USAGE  it is none of these, or a setting that a
 * connection of ours has to make itself: another host, key or user, a shared connection, less care
 * about host keys
 */
NODISCARD struct rb_error *connection_ssh_words(const char *option, struct strv *ret);

/* What an ssh that ended with 255 leaves behind. */
struct ssh_end {
	const char *said;   /* what it wrote to stderr */
	const char *report; /* the tunnel's: JSON, or "" */
	bool tunnel_ran;    /* false: it never came so far */
	int key_age_s;	    /* since it was sent to AWS */
};
/* What that means.  For tests. */
NODISCARD struct rb_error *connection_judge(const struct connection_target *target,
					    const struct ssh_end *end);

#endif
