/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inner port: connections of our own TLS ends, known by the endpoint that they came in by.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "sandbox/core/server.h"
#include "sandbox/path/listen.h"
#include "sandbox/path/path.h"

bool inner_endpoint_of(void *arg, struct MHD_Connection *conn, const char *method,
		       const char *target, const struct sbx_pairs *headers, int *ret_code,
		       struct server_origin *ret_origin)
{
	struct sbx_path *p = arg;
	uint16_t port = server_peer_port(conn);

	(void)method;
	(void)target;
	(void)headers;
	(void)ret_code;
	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->n_origins; i++)
		if (p->origins[i].port == port)
			*ret_origin = p->origins[i].from;
	pthread_mutex_unlock(&p->lock);
	return false;
}

int path_inner_open(struct sbx_path *p, const struct server_origin *from)
{
	struct sockaddr_storage a;
	socklen_t n = listen_address(p->address, p->inner_port, &a);
	int fd = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct path_origin *o;
	int one = 1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, n) != 0) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	pthread_mutex_lock(&p->lock);
	p->origins = xreallocarray(p->origins, p->n_origins + 1, sizeof(*p->origins));
	o = &p->origins[p->n_origins++];
	*o = (struct path_origin){ .port = listen_port(fd), .from = *from };
	pthread_mutex_unlock(&p->lock);
	return fd;
}

void path_inner_close(struct sbx_path *p, int fd)
{
	uint16_t port = listen_port(fd);

	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->n_origins; i++) {
		if (p->origins[i].port != port)
			continue;
		p->origins[i] = p->origins[--p->n_origins];
		break;
	}
	/* under the lock, so that the port cannot be another's before it is forgotten */
	close(fd);
	pthread_mutex_unlock(&p->lock);
}
