/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tunnel beside plain ssh: the same client, cipher and server, once straight over
 * loopback and once through WebSocket and TLS.  This program is the plain server; the
 * measuring is bench_tunnel.py's.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "sandbox/instance/ssh.h"

static char *host_key;

static bool admit_all(void *arg, const char *user, const char *public_line)
{
	(void)arg;
	(void)user;
	(void)public_line;
	return true;
}

static struct rb_error *settle_here(void *arg, const char *user, char **ret_dir,
				    struct strv *ret_env)
{
	(void)arg;
	(void)user;
	*ret_dir = xstrdup("/");
	strv_add(ret_env, "PATH=/usr/bin:/bin");
	return NULL;
}

static bool alive(void *arg)
{
	(void)arg;
	return true;
}

static void *serve(void *arg)
{
	const struct sshd ssh = {
		.host_key = host_key, .admits = admit_all, .settle = settle_here, .alive = alive
	};

	(void)rb_error_free(sshd_serve(&ssh, (int)(intptr_t)arg, /* stop_fd= */ -1));
	return NULL;
}

static void *accept_all(void *arg)
{
	int fd;

	while ((fd = accept4((int)(intptr_t)arg, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd))
			abort();
		(void)pthread_detach(thread);
	}
	return NULL;
}

int main(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct buf key = BUF_INIT;
	pthread_t thread;
	char port[16];
	int status;
	pid_t pid;

	(void)signal(SIGPIPE, SIG_IGN);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) || listen(fd, 16) ||
	    getsockname(fd, (struct sockaddr *)&a, &n) || sshd_new_host_key(&key))
		abort();
	host_key = key.p;
	(void)snprintf(port, sizeof(port), "%d", ntohs(a.sin_port));
	if (pthread_create(&thread, NULL, accept_all, (void *)(intptr_t)fd))
		abort();
	pid = fork();
	if (pid == 0) {
		execlp("/usr/bin/python3", "python3", "tests/bench/bench_tunnel.py", port,
		       (char *)NULL);
		_exit(127);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
