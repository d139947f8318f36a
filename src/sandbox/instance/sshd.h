/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the instances' SSH server share: a connection, and its channels. */
#ifndef SANDBOX_INSTANCE_SSHD_H
#define SANDBOX_INSTANCE_SSHD_H

#include <stdbool.h>
#include <stddef.h>
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>

#include "base/strv.h"
#include "sandbox/instance/proc.h"
#include "sandbox/instance/ssh.h"

#define MAX_CHANNELS 42 /* sessions, and what is forwarded */

/* Bytes that were read on one side and not yet taken by the other. */
struct sshd_held {
	char *p;
	size_t cap, at, n;
};

struct sshd_channel {
	struct sshd_conn *conn;
	ssh_channel ssh; /* NULL: the slot is free */
	struct ssh_channel_callbacks_struct callbacks;
	struct instance_proc proc;
	bool started, pty;
	bool forward; /* to another host: no program, a stream in its place */
	char *term;
	int rows, cols;
	struct strv env; /* what the client asked for and may have */

	struct sshd_held in, out, err;
	bool in_eof, out_eof, err_eof, ended;
};

struct sshd_conn {
	const struct sshd *config;
	ssh_session session;
	ssh_event event;
	struct ssh_server_callbacks_struct callbacks;
	char *user; /* NULL: not logged in */
	int failures;
	bool gone;
	struct sshd_channel *channels[MAX_CHANNELS];
};

/* *ret: ssh_key_free frees it. */
struct rb_error *sshd_import_host_key(const char *text, ssh_key *ret);
/* "ssh-ed25519 AAAA..." of either half of a key; NULL when it has no such form. */
char *sshd_public_line(const ssh_key key);
/* libssh's callback: a client wants a session. NULL refuses it. */
ssh_channel sshd_on_open_session(ssh_session session, void *arg);
/* All that libssh has no callback of its own for.  1: it is to be refused. */
int sshd_on_message(ssh_session session, ssh_message message, void *arg);
/* Ends its program and frees it. */
void sshd_drop_channel(struct sshd_channel *chan);
/* Pending output is waited for only while the client is behind. */
bool sshd_client_is_behind(const struct sshd_conn *c);
/* Moves what can be moved now; a channel that is over is dropped. */
void sshd_serve_channel(struct sshd_conn *c, size_t i);

#endif
