/* SPDX-License-Identifier: Apache-2.0 */
/* See faultd.h. */
#include "tests/lib/faultd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/strv.h"
#include "tests/lib/faultd_tls.h"
#include "tests/lib/temp.h"

struct faultd {
	int listener;
	int stop_pipe[2]; /* readable: everybody ends */
	int port;
	char *url;
	char dir[TEMP_MAX];
	char *ca_file, *ca_dir;
	SSL_CTX *tls;
	pthread_t acceptor;
	pthread_mutex_t lock; /* what follows */
	const struct faultd_step *steps;
	size_t n_steps, next_step;
	struct strv requests;
	size_t connections;
	pthread_t *threads;
	size_t n_threads;
};

struct connection {
	struct faultd *d;
	int fd;
	SSL *ssl;
};

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* False when the server is to stop, or the peer stays silent too long. */
static bool wait_readable(const struct connection *c, int ms)
{
	struct pollfd fds[2] = { { .fd = c->fd, .events = POLLIN },
				 { .fd = c->d->stop_pipe[0], .events = POLLIN } };

	if (c->ssl && SSL_pending(c->ssl))
		return true;
	return poll(fds, 2, ms) > 0 && !fds[1].revents;
}

static void nap(const struct connection *c, int ms)
{
	struct pollfd stop = { .fd = c->d->stop_pipe[0], .events = POLLIN };

	(void)poll(&stop, 1, ms);
}

static ssize_t receive(struct connection *c, char *p, size_t n)
{
	if (!wait_readable(c, /* ms= */ 30000))
		return -1;
	return c->ssl ? SSL_read(c->ssl, p, (int)n) : recv(c->fd, p, n, 0);
}

static bool transmit(struct connection *c, const char *p, size_t n)
{
	while (n) {
		ssize_t sent =
			c->ssl ? SSL_write(c->ssl, p, (int)n) : send(c->fd, p, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		p += sent;
		n -= (size_t)sent;
	}
	return true;
}

/* Head and body of one request; false at the end of the connection. */
static bool read_request(struct connection *c, struct buf *out)
{
	size_t head = 0, body = 0;

	for (;;) {
		char part[4096];
		ssize_t n;

		if (!head) {
			const char *end = strstr(out->p, "\r\n\r\n");
			const char *length = end ? strcasestr(out->p, "\r\ncontent-length:") : NULL;

			if (end)
				head = (size_t)(end - out->p) + 4;
			if (length && length < end)
				body = strtoul(length + 17, NULL, 10);
		}
		if (head && out->n >= head + body)
			return true;
		n = receive(c, part, sizeof(part));
		if (n <= 0)
			return false;
		(void)buf_add(out, part, (size_t)n);
	}
}

static struct faultd_step take_step(struct faultd *d)
{
	struct faultd_step step;

	must(pthread_mutex_lock(&d->lock) == 0);
	step = d->steps[d->next_step];
	if (d->next_step + 1 < d->n_steps)
		d->next_step++;
	must(pthread_mutex_unlock(&d->lock) == 0);
	return step;
}

static struct faultd_step peek_step(struct faultd *d)
{
	struct faultd_step step;

	must(pthread_mutex_lock(&d->lock) == 0);
	step = d->steps[d->next_step];
	must(pthread_mutex_unlock(&d->lock) == 0);
	return step;
}

static void record(struct faultd *d, const char *request)
{
	must(pthread_mutex_lock(&d->lock) == 0);
	strv_add(&d->requests, request);
	must(pthread_mutex_unlock(&d->lock) == 0);
}

/* close() then sends RST instead of FIN. */
static void arm_reset(const struct connection *c)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	must(setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)) == 0);
}

/* True when the connection goes on. */
static bool play(struct connection *c, const struct faultd_step *step)
{
	char part[512];

	switch (step->act) {
	case FAULTD_ANSWER:
		return transmit(c, step->bytes, strlen(step->bytes));
	case FAULTD_ANSWER_CLOSE:
		(void)transmit(c, step->bytes, strlen(step->bytes));
		return false;
	case FAULTD_LATE:
		nap(c, step->ms);
		return transmit(c, step->bytes, strlen(step->bytes));
	case FAULTD_SLOW:
		for (const char *p = step->bytes; *p; p++) {
			nap(c, step->ms);
			if (!transmit(c, p, 1))
				return false;
		}
		return true;
	case FAULTD_ENDLESS:
		memset(part, 'x', sizeof(part));
		if (!transmit(c, step->bytes, strlen(step->bytes)))
			return false;
		while (transmit(c, part, sizeof(part)))
			;
		return false;
	case FAULTD_HANG:
		while (receive(c, part, sizeof(part)) > 0)
			;
		return false;
	case FAULTD_RESET_UNREAD:
	case FAULTD_RESET_READ:
		arm_reset(c);
		return false;
	case FAULTD_CLOSE_READ:
		return false;
	}
	return false;
}

static void *serve(void *arg)
{
	struct connection *c = arg;
	bool more = true;

	if (c->d->tls) {
		c->ssl = SSL_new(c->d->tls);
		must(c->ssl && SSL_set_fd(c->ssl, c->fd) == 1);
		more = wait_readable(c, /* ms= */ 30000) && SSL_accept(c->ssl) == 1;
	}
	while (more) {
		auto_buf request = BUF_INIT;
		struct faultd_step step;

		/* Only with something to read is it a request's turn, not the close's. */
		if (!wait_readable(c, /* ms= */ 30000))
			break;
		if (peek_step(c->d).act == FAULTD_RESET_UNREAD) {
			char byte;

			if (!c->ssl && recv(c->fd, &byte, 1, MSG_PEEK) <= 0)
				break;
			step = take_step(c->d);
		} else {
			if (!read_request(c, &request))
				break;
			record(c->d, request.p);
			step = take_step(c->d);
		}
		more = play(c, &step);
	}
	SSL_free(c->ssl);
	(void)close(c->fd);
	free(c);
	return NULL;
}

static void *accept_all(void *arg)
{
	struct faultd *d = arg;

	for (;;) {
		struct pollfd fds[2] = { { .fd = d->listener, .events = POLLIN },
					 { .fd = d->stop_pipe[0], .events = POLLIN } };
		struct connection *c;
		int fd;

		if (poll(fds, 2, -1) < 0 || fds[1].revents)
			return NULL;
		fd = accept(d->listener, NULL, NULL);
		if (fd < 0)
			continue;
		c = xcalloc(1, sizeof(*c));
		c->d = d;
		c->fd = fd;
		must(pthread_mutex_lock(&d->lock) == 0);
		d->connections++;
		d->threads = xreallocarray(d->threads, d->n_threads + 1, sizeof(*d->threads));
		must(pthread_create(&d->threads[d->n_threads++], NULL, serve, c) == 0);
		must(pthread_mutex_unlock(&d->lock) == 0);
	}
}

static void open_listener(struct faultd *d)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t n = sizeof(at);

	d->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(d->listener >= 0);
	must(bind(d->listener, (struct sockaddr *)&at, sizeof(at)) == 0);
	must(listen(d->listener, 64) == 0);
	must(getsockname(d->listener, (struct sockaddr *)&at, &n) == 0);
	d->port = ntohs(at.sin_port);
}

struct faultd *faultd_start(enum faultd_cert cert, const struct faultd_step *steps, size_t n)
{
	struct faultd *d = xcalloc(1, sizeof(*d));

	(void)signal(SIGPIPE, SIG_IGN); /* SSL_write */
	open_listener(d);
	must(pipe(d->stop_pipe) == 0);
	d->url = xasprintf("%s://127.0.0.1:%d", cert == FAULTD_PLAIN ? "http" : "https", d->port);
	must(temp_folder(d->dir, "faultd"));
	d->ca_file = file_join(d->dir, "ca.pem");
	d->ca_dir = file_join(d->dir, "ca");
	must(mkdir(d->ca_dir, 0700) == 0);
	if (cert != FAULTD_PLAIN)
		d->tls = faultd_tls_context(cert, d->ca_file, d->ca_dir);
	must(pthread_mutex_init(&d->lock, NULL) == 0);
	faultd_script(d, steps, n);
	must(pthread_create(&d->acceptor, NULL, accept_all, d) == 0);
	return d;
}

void faultd_script(struct faultd *d, const struct faultd_step *steps, size_t n)
{
	must(pthread_mutex_lock(&d->lock) == 0);
	d->steps = steps;
	d->n_steps = n;
	d->next_step = 0;
	strv_clear(&d->requests);
	d->connections = 0;
	must(pthread_mutex_unlock(&d->lock) == 0);
}

void faultd_stop(struct faultd *d)
{
	struct rb_error *err;

	must(write(d->stop_pipe[1], "x", 1) == 1);
	must(pthread_join(d->acceptor, NULL) == 0);
	for (size_t i = 0; i < d->n_threads; i++)
		must(pthread_join(d->threads[i], NULL) == 0);
	free(d->threads);
	(void)close(d->listener);
	(void)close(d->stop_pipe[0]);
	(void)close(d->stop_pipe[1]);
	SSL_CTX_free(d->tls);
	err = file_remove_tree(d->dir);
	must(!err);
	strv_clear(&d->requests);
	(void)pthread_mutex_destroy(&d->lock);
	free(d->url);
	free(d->ca_file);
	free(d->ca_dir);
	free(d);
}

int faultd_port(const struct faultd *d)
{
	return d->port;
}

const char *faultd_url(const struct faultd *d)
{
	return d->url;
}

const char *faultd_ca_file(const struct faultd *d)
{
	return d->ca_file;
}

const char *faultd_ca_dir(const struct faultd *d)
{
	return d->ca_dir;
}

size_t faultd_count(struct faultd *d)
{
	size_t n;

	must(pthread_mutex_lock(&d->lock) == 0);
	n = d->requests.n;
	must(pthread_mutex_unlock(&d->lock) == 0);
	return n;
}

size_t faultd_connections(struct faultd *d)
{
	size_t n;

	must(pthread_mutex_lock(&d->lock) == 0);
	n = d->connections;
	must(pthread_mutex_unlock(&d->lock) == 0);
	return n;
}

const char *faultd_request(struct faultd *d, size_t i)
{
	const char *request;

	must(pthread_mutex_lock(&d->lock) == 0);
	request = i < d->requests.n ? d->requests.v[i] : NULL;
	must(pthread_mutex_unlock(&d->lock) == 0);
	return request;
}

char *faultd_http(int status, const char *headers, int64_t date_offset_s, const char *body)
{
	char date[CLOCK_ISO_SIZE];

	clock_http_date(clock_utc_s() + date_offset_s, date);
	return xasprintf("HTTP/1.1 %d Word\r\nDate: %s\r\n%sContent-Length: %zu\r\n\r\n%s", status,
			 date, headers, strlen(body), body);
}
