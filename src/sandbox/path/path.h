/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything of the sandbox that listens beside its main port, and what those
 * parts share.
 *
 *   TLS port    host names of AWS, mapped here by the client: API hosts and the
 *               Instance Connect Endpoint's are served, interface endpoints hang
 *               (their addresses are private, and the client is outside)
 *   proxy port  CONNECT for clients that cannot map names, and the one way out
 *               for programs on an instance: it knows by their credentials where
 *               they are, and asks the world whether their packets arrive
 *   inner port  the same HTTP service as the main port; only our own TLS ends
 *               connect to it, so a connection's port shows which endpoint it
 *               came in by
 *
 * Each connection has a thread.  Nothing here ever dials anything but ourselves.
 */
#ifndef SANDBOX_SBX_PATH_H
#define SANDBOX_SBX_PATH_H

#include <pthread.h>
#include <stdint.h>

#include "sandbox/core/sbx.h"
#include "sandbox/core/cert.h"
#include "sandbox/core/host.h"
#include "sandbox/core/server.h"
#include "sandbox/network/way.h"
#include "sandbox/path/io.h"

struct server;

/* As long as a client could care to wait for an answer that never comes. */
#define PATH_HANG_MS (10 * 60 * 1000)

/* Read-only once started, but for what the lock holds. */
struct sbx_path {
	struct sbx *sbx;
	char *address; /* the loopback address of all listeners */
	char *dir;     /* private, removed at the end */
	char *ca_file;
	char *tool; /* our own program, which is the instances' small tools as well; or NULL */
	char *aws;  /* the AWS CLI of the instances */
	char *mark; /* in the environment of all that runs on instances */
	int warden; /* closed when we end: then the warden clears up; -1: none */
	pid_t warden_pid;
	unsigned char secret[32]; /* of this process; makes the instances' tokens */
	struct ca *ca;
	SSL_CTX *tls;
	struct server *inner;
	uint16_t inner_port, tls_port, proxy_port;
	int tls_fd, proxy_fd;
	int stop_fd; /* readable once the sandbox ends: everything that waits, waits for it too */
	int wake_fd; /* the acceptor is to read its list again */
	pthread_t acceptor;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t n_threads;
	struct path_origin {
		uint16_t port; /* of our end of a connection to the inner port */
		struct server_origin from;
	} * origins;
	size_t n_origins;
	struct path_door { /* an SSH port of one instance */
		char instance[SBX_ID_MAX];
		int fd;
		uint16_t port;
	} * doors;
	size_t n_doors;
	struct path_tunnels {
		char endpoint[SBX_ID_MAX];
		int n;
	} * tunnels;
	size_t n_tunnels;
	json_t *credentials; /* instance id -> what its role gave it last */
};

/* Run `fn` in a thread of its own; false when there are too many, then nothing happened. */
NODISCARD bool path_spawn(struct sbx_path *p, void (*fn)(struct sbx_path *p, void *arg), void *arg);

/* What the network swallowed, for GET /_sandbox/requests. */
void path_note(struct sbx_path *p, const char *action, const char *region, const char *hop);

/* A connection to the inner port, non-blocking, known to come from there; -1: it failed. */
NODISCARD int path_inner_open(struct sbx_path *p, const struct server_origin *from);
void path_inner_close(struct sbx_path *p, int fd);

/* A loopback port at which the instance's SSH answers, without a tunnel: for measuring. */
NODISCARD struct rb_error *path_door(struct sbx_path *p, const char *instance_id,
				     uint16_t *ret_port);

/* ---- path/tls.c ---- */

/* `way`: how it came from an instance to an interface endpoint; NULL: from outside. */
void tls_serve(struct sbx_path *p, int fd, const struct way *way);
NODISCARD struct rb_error *tls_start(struct sbx_path *p);

/* ---- path/proxy.c ---- */

void proxy_serve(struct sbx_path *p, int fd);
/* A stream that an instance forwards to `host`: is there such a host, and does it listen there? */
NODISCARD bool proxy_may_forward(struct sbx_path *p, const char *instance_id, const char *host,
				 int port);
/* The other end of such a stream, which is taken. */
void proxy_forward(struct sbx_path *p, int fd, const char *instance_id, const char *host, int port);
/* What an instance proves itself with: 32 hex digits.  Caller frees. */
NODISCARD char *path_token(const struct sbx_path *p, const char *instance_id);

/* ---- instance/imds.c ---- */

/* The instance metadata service, version 2 only. */
void imds_serve(struct sbx_path *p, struct io *io, const char *instance_id, const struct head *head,
		const char *path);
/* The role's credentials as a container's agent gives them; 404 without a role. */
void imds_credentials(struct sbx_path *p, struct io *io, const char *instance_id);

/* ---- path/tunnel.c ---- */

/* The Instance Connect Endpoint `host`, spoken to over `io`. */
void tunnel_serve(struct sbx_path *p, struct io *io, const struct host *host);

/* ---- instance/instance.c ---- */

/* Lay out what all instances share below the private directory. */
NODISCARD struct rb_error *instance_prepare(struct sbx_path *p);
/* A stream to the instance's SSH server; -1: too much is going on.  Caller closes. */
NODISCARD int instance_dial(struct sbx_path *p, const char *instance_id);
/* Serve SSH on `fd`, which is taken. */
void instance_serve(struct sbx_path *p, const char *instance_id, int fd);
/* Its public host key line.  Caller frees. */
NODISCARD struct rb_error *instance_host_key(struct sbx *sbx, const char *instance_id,
					     char **ret_private, char **ret_public);

#endif
