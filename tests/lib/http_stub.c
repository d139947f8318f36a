/* SPDX-License-Identifier: Apache-2.0 */
/* Canned answers over plain sockets. */
#include "tests/lib/http_stub.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/strv.h"

#define REQUEST_MAX ((size_t)1 << 20)
#define HELD_MAX 64

struct answer {
	char *what;
	int status;
	char *header;
	char *body;
};

struct http_stub {
	int listen_fd;
	int stop[2]; /* a pipe: its closing ends the thread */
	pthread_t thread;
	char *url;
	pthread_mutex_t lock; /* for what follows */
	struct answer *answers;
	size_t n_answers;
	struct strv requests;
	int held[HELD_MAX]; /* connections that are never answered */
	size_t n_held;
};

static void must(int ok)
{
	if (!ok)
		abort();
}

static size_t body_length(const char *head)
{
	const char *p = strcasestr(head, "\r\ncontent-length:");

	return p ? (size_t)strtoul(p + 17, NULL, 10) : 0;
}

/* Until head and body are whole, or the other side goes. */
static void read_request(int fd, struct buf *text)
{
	char chunk[4096];
	const char *end;
	ssize_t n;

	while (text->n < REQUEST_MAX && (n = read(fd, chunk, sizeof(chunk))) > 0) {
		(void)buf_add(text, chunk, (size_t)n);
		end = strstr(text->p, "\r\n\r\n");
		if (end && text->n >= (size_t)(end + 4 - text->p) + body_length(text->p))
			return;
	}
}

/* "GET /a?b=c HTTP/1.1" -> "GET /a" */
static char *what_of(const char *request)
{
	size_t method = strcspn(request, " \r\n");
	size_t n = request[method] ? method + 1 + strcspn(request + method + 1, "? \r\n") : method;

	return xstrndup(request, n);
}

static void write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = send(fd, p, n, MSG_NOSIGNAL);

		if (done <= 0)
			return; /* the client went away: its business */
		p += done;
		n -= (size_t)done;
	}
}

static void reply(struct http_stub *s, int fd, const char *request)
{
	autofree char *what = what_of(request);
	auto_buf out = BUF_INIT;
	int status = 404;

	pthread_mutex_lock(&s->lock);
	strv_add(&s->requests, request);
	(void)buf_adds(&out, "Content-Length: 0\r\n\r\n");
	for (size_t i = 0; i < s->n_answers; i++) {
		const struct answer *a = &s->answers[i];

		if (strcmp(a->what, what) != 0)
			continue;
		status = a->status;
		buf_reset(&out);
		(void)buf_addf(&out, "Content-Length: %zu\r\n%s%s\r\n%s", strlen(a->body),
			       a->header ? a->header : "", a->header ? "\r\n" : "", a->body);
	}
	if (status < 0 && s->n_held < HELD_MAX)
		s->held[s->n_held++] = fd;
	pthread_mutex_unlock(&s->lock);
	if (status > 0) {
		autofree char *head =
			xasprintf("HTTP/1.1 %d Canned\r\nConnection: close\r\n", status);

		write_all(fd, head, strlen(head));
		write_all(fd, out.p, out.n);
	}
	if (status >= 0)
		close(fd);
}

static void *serve(void *arg)
{
	struct http_stub *s = arg;

	for (;;) {
		struct pollfd fds[2] = { { .fd = s->listen_fd, .events = POLLIN },
					 { .fd = s->stop[0], .events = POLLIN } };
		auto_buf request = BUF_INIT;
		int fd;

		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents)
			return NULL;
		fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		read_request(fd, &request);
		reply(s, fd, request.p);
	}
}

struct http_stub *http_stub_start(void)
{
	struct http_stub *s = xcalloc(1, sizeof(*s));
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);

	s->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(s->listen_fd >= 0);
	must(bind(s->listen_fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	must(listen(s->listen_fd, 16) == 0);
	must(getsockname(s->listen_fd, (struct sockaddr *)&at, &n) == 0);
	must(pipe2(s->stop, O_CLOEXEC) == 0); /* children must not hold it open */
	s->url = xasprintf("http://127.0.0.1:%d", ntohs(at.sin_port));
	pthread_mutex_init(&s->lock, NULL);
	must(pthread_create(&s->thread, NULL, serve, s) == 0);
	return s;
}

void http_stub_stop(struct http_stub *s)
{
	if (!s)
		return;
	close(s->stop[1]);
	pthread_join(s->thread, NULL);
	close(s->stop[0]);
	close(s->listen_fd);
	for (size_t i = 0; i < s->n_held; i++)
		close(s->held[i]);
	for (size_t i = 0; i < s->n_answers; i++) {
		free(s->answers[i].what);
		free(s->answers[i].header);
		free(s->answers[i].body);
	}
	free(s->answers);
	strv_clear(&s->requests);
	pthread_mutex_destroy(&s->lock);
	free(s->url);
	free(s);
}

const char *http_stub_url(const struct http_stub *s)
{
	return s->url;
}

void http_stub_answer(struct http_stub *s, const char *what, int status, const char *header,
		      const char *body)
{
	struct answer *a = NULL;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->n_answers; i++)
		if (strcmp(s->answers[i].what, what) == 0)
			a = &s->answers[i];
	if (!a) {
		s->answers = xreallocarray(s->answers, s->n_answers + 1, sizeof(*s->answers));
		a = &s->answers[s->n_answers++];
		*a = (struct answer){ .what = xstrdup(what) };
	}
	a->status = status;
	set_str(&a->header, header);
	set_str(&a->body, body);
	pthread_mutex_unlock(&s->lock);
}

size_t http_stub_count(struct http_stub *s)
{
	size_t n;

	pthread_mutex_lock(&s->lock);
	n = s->requests.n;
	pthread_mutex_unlock(&s->lock);
	return n;
}

const char *http_stub_request(struct http_stub *s, size_t n)
{
	const char *text;

	pthread_mutex_lock(&s->lock);
	text = n < s->requests.n ? s->requests.v[n] : "";
	pthread_mutex_unlock(&s->lock);
	return text;
}
