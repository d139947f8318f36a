/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the sandbox's ports share. */
#ifndef SANDBOX_PATH_LISTEN_H
#define SANDBOX_PATH_LISTEN_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "sandbox/path/path.h"

/* The address of a loopback port; answers its size. */
socklen_t listen_address(const char *address, uint16_t port, struct sockaddr_storage *ret);
/* The port of this end of a socket. */
uint16_t listen_port(int fd);
/* A listener on a port that the kernel chooses. */
struct rb_error *listen_open(const char *address, int *ret_fd, uint16_t *ret_port);
/* The acceptor's thread: serves what comes until the sandbox ends. */
void *listen_accept_all(void *arg);
/* Makes an eventfd readable. */
void listen_wake(int fd);

/* The server's question for each request: which endpoint did it come in by? */
bool inner_endpoint_of(void *arg, struct MHD_Connection *conn, const char *method,
		       const char *target, const struct sbx_pairs *headers, int *ret_code,
		       struct server_origin *ret_origin);

#endif
