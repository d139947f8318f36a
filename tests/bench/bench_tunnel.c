/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ends that tunnels are measured between: an SSH server that is reached straight over loopback,
 * and an Instance Connect Endpoint's end of TLS and WebSocket, without the rest of the sandbox.
 * Behind its port 22 is the same SSH server; behind 3389 nothing but bytes: what comes is counted,
 * and zeros are sent as long as somebody reads.
 *
 *   bench_tunnel                       serves, and runs bench_tunnel.py, which measures
 *   bench_tunnel ADDRESS PORT CA-FILE  serves the endpoint there, says "plain PORT tls PORT", then
 * "came BYTES" for each tunnel that ended; until the end of standard input
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
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
#include "base/clock.h"
#include "base/file.h"
#include "base/strv.h"
#include "sandbox/core/cert.h"
#include "sandbox/instance/ssh.h"
#include "sandbox/path/io.h"
#include "sandbox/path/ws.h"

#define BLOCK (256 * 1024)
#define PATIENCE_MS 20000
#define LIFE_MS 3600000
#define GIVER "10.0.0.5"
#define RECEIPT_EVERY (16 << 20)

static char *host_key;
static SSL_CTX *tls;
static bool tells; /* what came */

/* ---- the SSH server ------------------------------------------------------ */

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

static void *serve_ssh(void *arg)
{
	const struct sshd ssh = {
		.host_key = host_key, .admits = admit_all, .settle = settle_here, .alive = alive
	};

	(void)rb_error_free(sshd_serve(&ssh, (int)(intptr_t)arg, /* stop_fd= */ -1));
	return NULL;
}

/* ---- nothing but bytes --------------------------------------------------- */

static void *take_bytes(void *arg)
{
	static _Thread_local char came[BLOCK];
	int fd = (int)(intptr_t)arg;
	unsigned long long total = 0;
	ssize_t n;

	while ((n = recv(fd, came, sizeof(came), 0)) > 0) {
		unsigned long long receipts =
			(total + (unsigned long long)n) / RECEIPT_EVERY - total / RECEIPT_EVERY;

		total += (unsigned long long)n;
		while (receipts--)
			(void)!send(fd, "+", 1, MSG_NOSIGNAL);
	}
	if (tells) {
		(void)printf("came %llu\n", total);
		(void)fflush(stdout);
	}
	close(fd);
	return NULL;
}

static void *give_bytes(void *arg)
{
	static const char zeros[BLOCK];
	int fd = (int)(intptr_t)arg;

	while (send(fd, zeros, sizeof(zeros), MSG_NOSIGNAL) > 0)
		;
	close(fd);
	return NULL;
}

/* ---- the endpoint -------------------------------------------------------- */

static void start_thread(void *(*fn)(void *), int fd)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, fn, (void *)(intptr_t)fd))
		abort();
	(void)pthread_detach(thread);
}

static bool shake_hands(struct io *io)
{
	for (;;) {
		int rc = SSL_accept(io->ssl), e = SSL_get_error(io->ssl, rc);

		if (rc == 1)
			return true;
		if ((e != SSL_ERROR_WANT_READ && e != SSL_ERROR_WANT_WRITE) ||
		    !io_wait(io->fd, e == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, -1,
			     clock_mono_ms() + PATIENCE_MS))
			return false;
	}
}

static void serve_upgraded(struct io *io, const struct head *head, struct buf *rest)
{
	int64_t until_ms = clock_mono_ms() + PATIENCE_MS;
	const char *key = head_field(head, "sec-websocket-key");
	char accept[WS_ACCEPT_SIZE];
	auto_buf answer = BUF_INIT;
	int ends[2];

	if (!key || !ws_accept(key, accept))
		return;
	(void)buf_addf(&answer,
		       "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
		       "Upgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		       accept);
	if (!io_send(io, answer.p, answer.n, -1, until_ms) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return;
	start_thread(strstr(head->target, "remotePort=22")	       ? serve_ssh
		     : strstr(head->target, "privateIpAddress=" GIVER) ? give_bytes
								       : take_bytes,
		     ends[1]);
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	ws_carry(io, rest, ends[0], /* stop_fd= */ -1, clock_mono_ms() + LIFE_MS,
		 /* rude= */ false);
	close(ends[0]);
}

static void *serve_endpoint(void *arg)
{
	struct head head = { 0 };
	auto_buf rest = BUF_INIT;
	struct io io;
	int fd = (int)(intptr_t)arg;

	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	if (!io_tls(&io, fd, tls))
		abort();
	if (shake_hands(&io) &&
	    io_read_head(&io, -1, clock_mono_ms() + PATIENCE_MS, &head, &rest) == 0)
		serve_upgraded(&io, &head, &rest);
	head_clear(&head);
	io_close(&io);
	return NULL;
}

/* ---- listening ----------------------------------------------------------- */

struct door {
	int fd;
	void *(*serve)(void *);
};

static void *accept_all(void *arg)
{
	const struct door *door = arg;
	const int one = 1;
	int fd;

	/* As servers do: else an answer in two parts waits for the client's delayed word of the
	 * first. */
	while ((fd = accept4(door->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		start_thread(door->serve, fd);
	}
	return NULL;
}

/* The port that it got. */
static int open_door(struct door *door, const char *address, int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	socklen_t n = sizeof(a);
	pthread_t thread;

	door->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (inet_pton(AF_INET, address, &a.sin_addr) != 1 || door->fd < 0 ||
	    bind(door->fd, (struct sockaddr *)&a, n) || listen(door->fd, 64) ||
	    getsockname(door->fd, (struct sockaddr *)&a, &n) ||
	    pthread_create(&thread, NULL, accept_all, door)) {
		perror(address);
		exit(1);
	}
	return ntohs(a.sin_port);
}

static int measure(const char *plain, const char *endpoint, const char *ca_file)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execlp("/usr/bin/python3", "python3", "tests/bench/bench_tunnel.py", plain,
		       endpoint, ca_file, (char *)NULL);
		_exit(127);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
	static struct door plain = { .serve = serve_ssh }, endpoint = { .serve = serve_endpoint };
	const char *address = argc == 4 ? argv[1] : "127.0.0.1";
	int port = argc == 4 ? (int)strtol(argv[2], NULL, 10) : 0;
	char ca_file[] = "/tmp/bench_tunnel.XXXXXX", ports[2][16];
	struct buf key = BUF_INIT, pem = BUF_INIT;
	struct ca *ca = NULL;
	int status = 0, fd;

	(void)signal(SIGPIPE, SIG_IGN);
	if (sshd_new_host_key(&key) || ca_new(&ca) || ca_server(ca, NULL, NULL, &tls))
		abort();
	host_key = key.p;
	ca_cert_pem(ca, &pem);
	(void)snprintf(ports[0], sizeof(ports[0]), "%d", open_door(&plain, "127.0.0.1", 0));
	(void)snprintf(ports[1], sizeof(ports[1]), "%d", open_door(&endpoint, address, port));
	if (argc == 4) {
		tells = true;
		if (file_write_atomic(argv[3], pem.p, pem.n, 0644))
			abort();
		(void)printf("plain %s tls %s\n", ports[0], ports[1]);
		(void)fflush(stdout);
		while (getchar() != EOF)
			;
	} else {
		fd = mkstemp(ca_file);
		if (fd < 0 || write(fd, pem.p, pem.n) != (ssize_t)pem.n)
			abort();
		status = measure(ports[0], ports[1], ca_file);
		close(fd);
		unlink(ca_file);
	}
	buf_clear(&pem);
	_exit(status); /* threads may still be at work */
}
