/* SPDX-License-Identifier: Apache-2.0 */
/* Connections come in at the sandbox's ports, and each gets a thread. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "sandbox/core/server.h"
#include "sandbox/path/listen.h"
#include "sandbox/path/path.h"

#define MAX_THREADS 512

#define MAX_DOORS 64

#define STACK_BYTES (1024 * 1024) /* libssh and OpenSSL are deep, sanitizers deeper */

struct job {
	struct sbx_path *path;
	void (*fn)(struct sbx_path *p, void *arg);
	void *arg;
};

static void *run_job(void *arg)
{
	struct job job = *(struct job *)arg;

	free(arg);
	job.fn(job.path, job.arg);
	pthread_mutex_lock(&job.path->lock);
	job.path->n_threads--;
	pthread_cond_broadcast(&job.path->changed);
	pthread_mutex_unlock(&job.path->lock);
	return NULL;
}

bool path_spawn(struct sbx_path *p, void (*fn)(struct sbx_path *p, void *arg), void *arg)
{
	struct job *job = xcalloc(1, sizeof(*job));
	pthread_attr_t attr;
	pthread_t thread;
	bool ok;

	*job = (struct job){ p, fn, arg };
	pthread_mutex_lock(&p->lock);
	ok = p->n_threads < MAX_THREADS;
	if (ok)
		p->n_threads++;
	pthread_mutex_unlock(&p->lock);
	if (!ok) {
		free(job);
		return false;
	}
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	ok = pthread_create(&thread, &attr, run_job, job) == 0;
	pthread_attr_destroy(&attr);
	if (!ok) {
		pthread_mutex_lock(&p->lock);
		p->n_threads--;
		pthread_mutex_unlock(&p->lock);
		free(job);
	}
	return ok;
}

socklen_t listen_address(const char *address, uint16_t port, struct sockaddr_storage *ret)
{
	struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, address, &in4.sin_addr) == 1) {
		memcpy(ret, &in4, sizeof(in4));
		return sizeof(in4);
	}
	(void)inet_pton(AF_INET6, address, &in6.sin6_addr);
	memcpy(ret, &in6, sizeof(in6));
	return sizeof(in6);
}

uint16_t listen_port(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in4;
		struct sockaddr_in6 in6;
	} a = { .in6 = { 0 } };
	socklen_t n = sizeof(a);

	if (getsockname(fd, &a.any, &n) != 0)
		return 0;
	return ntohs(a.any.sa_family == AF_INET ? a.in4.sin_port : a.in6.sin6_port);
}

struct rb_error *listen_open(const char *address, int *ret_fd, uint16_t *ret_port)
{
	struct sockaddr_storage a;
	socklen_t n = listen_address(address, 0, &a);
	auto_fd int fd = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) != 0 || listen(fd, 128) != 0)
		return rb_error_sys(errno, "cannot listen on '%s'", address);
	*ret_port = listen_port(fd);
	*ret_fd = fd;
	fd = -1;
	return NULL;
}

enum visit_kind { VISIT_TLS, VISIT_PROXY, VISIT_SSH };

struct visit {
	enum visit_kind kind;
	int fd;
	char instance[SBX_ID_MAX];
};

static void serve_visit(struct sbx_path *p, void *arg)
{
	struct visit v = *(struct visit *)arg;

	free(arg);
	switch (v.kind) {
	case VISIT_TLS:
		tls_serve(p, v.fd, /* way= */ NULL);
		break;
	case VISIT_PROXY:
		proxy_serve(p, v.fd);
		break;
	case VISIT_SSH:
		instance_serve(p, v.instance, v.fd);
		break;
	}
}

static void accept_one(struct sbx_path *p, int listener, enum visit_kind kind, const char *instance)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct visit *v;
	int one = 1;

	if (fd < 0)
		return;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	v = xcalloc(1, sizeof(*v));
	v->kind = kind;
	v->fd = fd;
	memcpy(v->instance, instance, strlen(instance) + 1);
	if (!path_spawn(p, serve_visit, v)) {
		close(fd);
		free(v);
	}
}

static void drain_wake(int fd)
{
	uint64_t n;

	(void)!read(fd, &n, sizeof(n));
}

void *listen_accept_all(void *arg)
{
	struct sbx_path *p = arg;

	for (;;) {
		struct pollfd fds[4 + MAX_DOORS] = { { .fd = p->stop_fd, .events = POLLIN },
						     { .fd = p->wake_fd, .events = POLLIN },
						     { .fd = p->tls_fd, .events = POLLIN },
						     { .fd = p->proxy_fd, .events = POLLIN } };
		char who[MAX_DOORS][SBX_ID_MAX];
		nfds_t n = 4;

		pthread_mutex_lock(&p->lock);
		for (size_t i = 0; i < p->n_doors; i++) {
			memcpy(who[i], p->doors[i].instance, SBX_ID_MAX);
			fds[n++] = (struct pollfd){ .fd = p->doors[i].fd, .events = POLLIN };
		}
		pthread_mutex_unlock(&p->lock);
		if (poll(fds, n, -1) < 0 && errno != EINTR)
			return NULL;
		if (fds[0].revents)
			return NULL;
		if (fds[1].revents)
			drain_wake(p->wake_fd);
		if (fds[2].revents)
			accept_one(p, p->tls_fd, VISIT_TLS, "");
		if (fds[3].revents)
			accept_one(p, p->proxy_fd, VISIT_PROXY, "");
		for (nfds_t i = 4; i < n; i++)
			if (fds[i].revents)
				accept_one(p, fds[i].fd, VISIT_SSH, who[i - 4]);
	}
}

void listen_wake(int fd)
{
	uint64_t one = 1;

	(void)!write(fd, &one, sizeof(one));
}

struct rb_error *path_door(struct sbx_path *p, const char *instance_id, uint16_t *ret_port)
{
	struct rb_error *err = NULL;
	struct path_door door = { .fd = -1 };

	if (strlen(instance_id) >= SBX_ID_MAX)
		return rb_error_new(RB_USAGE, "no such instance");
	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->n_doors && !door.port; i++)
		if (!strcmp(p->doors[i].instance, instance_id))
			door.port = p->doors[i].port;
	if (!door.port) {
		err = p->n_doors < MAX_DOORS ? listen_open(p->address, &door.fd, &door.port)
					     : rb_error_new(RB_QUOTA, "too many ssh ports");
		if (!err) {
			memcpy(door.instance, instance_id, strlen(instance_id) + 1);
			p->doors = xreallocarray(p->doors, p->n_doors + 1, sizeof(*p->doors));
			p->doors[p->n_doors++] = door;
			listen_wake(p->wake_fd);
		}
	}
	*ret_port = door.port;
	pthread_mutex_unlock(&p->lock);
	return err;
}
