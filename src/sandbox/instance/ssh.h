/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SSH server of an instance: one call serves one connection, over whatever
 * file it is given.  What it lets in and where its programs run is asked of the
 * caller.
 */
#ifndef SANDBOX_SBX_SSH_H
#define SANDBOX_SBX_SSH_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"

struct sshd {
	const char *host_key; /* a private key as sshd_new_host_key makes it */
	/* May this user come in with this key ("ssh-ed25519 AAAA...", no comment) now? */
	bool (*admits)(void *arg, const char *user, const char *key);
	/* Where a program of `user` starts and with what (NAME=VALUE).  *ret_dir: caller frees. */
	struct rb_error *(*settle)(void *arg, const char *user, char **ret_dir,
				   struct strv *ret_env);
	/* Is the machine still there?  Asked every few seconds; when it is not, the connection
	 * ends. */
	bool (*alive)(void *arg);
	/* A stream (non-blocking, the callee's from then on) to what `host` is in the machine's own
	 * network; -1: it cannot be reached.  NULL: nothing is forwarded. */
	int (*dial)(void *arg, const char *host, int port);
	void *arg;
	int grace_ms; /* to log in; 0: two minutes, as sshd */
};

/* An Ed25519 key in OpenSSH's private form; `out` is to be cleansed. */
NODISCARD struct rb_error *sshd_new_host_key(struct buf *out);
/* Its public half: "ssh-ed25519 AAAA...".  Caller frees. */
NODISCARD struct rb_error *sshd_key_line(const char *host_key, char **ret);

/*
 * Serve the connection `fd` (taken) until it ends or `stop_fd` becomes readable;
 * its programs have ended when this returns.  An error says why a connection
 * did not come to a login; what happens after one is the client's affair.
 */
NODISCARD struct rb_error *sshd_serve(const struct sshd *ssh, int fd, int stop_fd);

#endif
